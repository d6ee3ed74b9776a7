"""Sound and mouth in a finished recording: does the picture of the lips go with the sound beside it?

usage: python benchmarks/sync.py [--rounds 3] [--json]

A live run records the companion saying a line of open and shut syllables. From the file alone (picture and sound, as a
player would have them) the mouth's openness is read off the pixels, as how much the mouth's place differs from the shut
mouth, and the sound's loudness off the samples. The lag is the shift at which the two go best together: positive = the
mouth comes after the sound. Also told: duration against what was asked, the darkest frame, and torn or missing ones.
Targets: lag within 40 ms, duration within 2 %, no black frame.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import av
import numpy as np

from avatar.config import Settings
from avatar.linalg import affine, camera
from avatar.runtime.assemble import stage
from avatar.runtime.loops import Hooks, live
from avatar.runtime.report import Report
from avatar.types import Say

LINE = "Papa. My mama made a map of the park. Bob! Help Pam pack up a big apple bun, and stop by the pub."
SECONDS = 8.0
FPS = 30.0


def record(film: Path) -> np.ndarray:
    """Make the recording; where the mouth was: (n, 4) seconds, x, y, half its width, pixels."""
    places: list[tuple[float, float, float, float]] = []
    with stage(
        Settings(source="demo", headless=True, seconds=SECONDS, record=film, port=None), Report(), print
    ) as whole:

        def note(elapsed: float) -> None:
            figure = whole.engine.scene.figures[0]
            head = figure.placement @ figure.world[figure.model.humanoid["head"]]
            size, fov = whole.settings.size, whole.parts.fov_y
            around = np.array([[0, 0.019, 0.085], [0.02, 0.019, 0.085]], np.float32)
            middle, corner = camera.project(affine.apply(head, around), fov, size)
            places.append((elapsed, float(middle[0]), float(middle[1]), float(np.linalg.norm(corner - middle))))

        def first(now: float) -> None:
            whole.parts.conversation.say(Say(LINE, "line"))

        live(whole, print, Hooks(first=first, each=note))
    return np.array(places)


def read(film: Path) -> tuple[list[np.ndarray], np.ndarray, np.ndarray, int]:
    """Pictures, their times, the sound and its rate."""
    with av.open(str(film)) as container:
        pictures, times = [], []
        for frame in container.decode(video=0):
            pictures.append(frame.to_ndarray(format="rgb24"))
            times.append(float(frame.time))
    with av.open(str(film)) as container:
        rate = container.streams.audio[0].rate
        sound = np.concatenate([f.to_ndarray().mean(axis=0) for f in container.decode(audio=0)])
    return pictures, np.array(times), sound, rate


def lag_ms(pictures: list[np.ndarray], places: np.ndarray, sound: np.ndarray, rate: int) -> float:
    """The shift, in ms, of the mouth against the sound that makes openness and loudness go best together."""
    shown = np.arange(len(pictures)) / FPS
    openness = []
    for k, picture in enumerate(pictures):
        x, y, half = (np.interp(shown[k], places[:, 0], places[:, c]) for c in (1, 2, 3))
        reach = max(6, round(1.1 * half))
        spot = picture[round(y) - reach : round(y) + reach, round(x) - reach : round(x) + reach].astype(np.int16)
        # The inside of a mouth is dark and red; the skin around it is neither.
        openness.append(float(((spot[..., 1] < 110) & (spot[..., 0] - spot[..., 1] > 25)).mean()))
    step = 0.005
    grid = np.arange(0.0, len(openness) / FPS - 1 / FPS, step)
    mouth = np.interp(grid, shown + 0.5 / FPS, openness)
    hop = round(rate * step)
    spans = [(max(0, k - 3) * hop, (k + 3) * hop) for k in range(len(grid))]
    loud = np.sqrt(np.array([np.mean(sound[a:b] ** 2) for a, b in spans]))
    best = max(range(-40, 41), key=lambda s: _together(mouth, loud, s))
    return best * step * 1000


def _together(mouth: np.ndarray, loud: np.ndarray, shift: int) -> float:
    a, b = (mouth[shift:], loud[: len(loud) - shift]) if shift >= 0 else (mouth[:shift], loud[-shift:])
    return float(np.corrcoef(a, b)[0, 1])


def once(folder: Path, number: int) -> dict[str, Any]:
    """One recording, judged."""
    film = folder / f"{number}.mp4"
    places = record(film)
    pictures, times, sound, rate = read(film)
    return {
        "lag_ms": lag_ms(pictures, places, sound, rate),
        "duration_error": abs(len(pictures) / FPS - SECONDS) / SECONDS,
        "frames": len(pictures),
        "dropped": len(pictures) - len(places),
        "darkest": float(min(p.mean() for p in pictures)),
        "largest_gap_ms": float(np.diff(times).max() * 1000),
        "peak": float(np.abs(sound).max()),
    }


def main() -> None:
    """Run the rounds and print a table, or one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rounds = [once(Path(folder), k) for k in range(asked.rounds)]
    if asked.json:
        print(json.dumps({"rounds": rounds, "lag_ms": statistics.median(r["lag_ms"] for r in rounds)}))
        return
    for name in rounds[0]:
        print(f"{name:16} {[round(r[name], 4) for r in rounds]}")


if __name__ == "__main__":
    main()
