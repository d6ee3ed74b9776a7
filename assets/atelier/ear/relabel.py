"""Set sounds' times right by what was learnt from other voices: ``python relabel.py EAR.npz DATA.npz OUT.npz``.

Some voices say roughly when they make a sound, others to the hundredth of a second. An ear that has learnt from all of
them hears where a sound of the former really begins: each sentence's sounds are aligned anew, no boundary moving more
than 60 ms.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from avatar.speech.ear import Weights, judge

FARTHEST = 6
LEAST = 2


def aligned(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """The labels (N,) with their boundaries where the scores (N, 40) have them."""
    edges = np.append(0, np.flatnonzero(np.diff(labels.astype(int))) + 1)
    names = labels[edges]
    frames, count = len(labels), len(names)
    time = np.arange(frames)[:, None]
    ends = np.append(edges[1:], frames)
    allowed = (time >= edges - FARTHEST) & (time < ends + FARTHEST)
    own = np.where(allowed, scores[:, names], -1e9)
    best = np.full((LEAST, count), -1e9)
    best[0, 0] = own[0, 0]
    came = np.zeros((frames, LEAST, count), np.int8)
    for k in range(1, frames):
        enter = np.append(-1e9, best[-1, :-1])
        stay = best[-1] >= best[0]
        came[k, 1] = stay
        best = np.stack((enter, np.where(stay, best[-1], best[0]))) + own[k]
    found = np.zeros(frames, labels.dtype)
    place, state = LEAST - 1, count - 1
    if best[place, state] < -1e8:
        return labels
    for k in range(frames - 1, -1, -1):
        found[k] = names[state]
        if place == 0:
            place, state = LEAST - 1, state - 1
        elif not came[k, 1, state]:
            place = 0
    return found


def main() -> None:
    """Write the file anew and say how far its boundaries went."""
    weights = Weights(Path(sys.argv[1]))
    with np.load(sys.argv[2]) as data:
        bands, labels, ends = data["bands"], data["phones"], data["ends"]
    prior = 0.6 * np.log(np.maximum(weights.prior, 1e-4))
    found, moved = [], []
    for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        scores = judge(bands[start:end].astype(np.float32), weights) - prior
        new = aligned(scores, labels[start:end])
        old, now = (np.flatnonzero(np.diff(part.astype(int))) for part in (labels[start:end], new))
        if len(old) == len(now):
            moved.append(now - old)
        found.append(new)
    far = np.concatenate(moved) * 10
    print(
        sys.argv[2], f"{len(moved)} of {len(found)} sentences; moved {far.mean():.1f} ms, {np.abs(far).mean():.1f} ms"
    )
    with open(sys.argv[3], "wb") as file:
        np.savez(file, bands=bands, phones=np.concatenate(found), ends=ends)


if __name__ == "__main__":
    main()
