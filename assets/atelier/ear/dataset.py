"""Read many sentences aloud and keep what an ear hears of them: ``python dataset.py VOICE SENTENCES OUT.npz [SEED]``.

VOICE : ``hibari``, ``kokoro``, a voice of flite or of festival. OUT.npz : ``bands`` (frames, 40) float16,
``phones`` (frames,) uint8 in the order of ``avatar.speech.ear.PHONES``, ``ends`` (sentences,) int64.
"""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent))

from texts import sentences
from voices import FESTIVAL, FLITE, Festival, Flite, Hibari, Kokoro, Said

from avatar.speech.ear import PHONES
from avatar.speech.features import HOP, RATE, mel
from avatar.speech.sound import resample

LATE = {
    "slt": 0.0055,
    "rms": 0.005,
    "awb": 0.006,
    "kal16": 0.007,
    "hibari": -0.0035,
    "ked_diphone": 0.0085,
    "kal_diphone": 0.0115,
    "cmu_us_slt_arctic_hts": 0.011,
}
"""Seconds to add to an engine's times so that their median goes with our forced alignment, on 12 sentences each."""
STRETCH = (0.8, 1.25)


def said(voice: str, count: int, random: np.random.Generator, seed: int) -> Iterator[Said]:
    """The sentences, one after the other."""
    texts = sentences(zlib.crc32(voice.encode()) + 1000 * seed)
    if voice in FESTIVAL:
        for _ in range(0, count, 50):
            yield from Festival(voice).many([next(texts) for _ in range(50)], random)
        return
    speak = Hibari() if voice == "hibari" else Kokoro() if voice == "kokoro" else Flite(voice)
    for _ in range(count):
        yield speak(next(texts), random)


def main() -> None:
    """Make one file."""
    voice, count, out = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    if voice not in (*FLITE, *FESTIVAL, "hibari", "kokoro"):
        raise SystemExit(f"there is no voice named '{voice}'")
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    random = np.random.default_rng(zlib.crc32(voice.encode()) + 1 + seed)
    number = {name: k for k, name in enumerate(PHONES)}
    heard, labels, begin = [], [], time.monotonic()
    for k, (sound, rate, phones) in enumerate(said(voice, count, random, seed)):
        # Played faster or slower, a voice is another one: pitch, throat and pace change together.
        stretch = random.uniform(*STRETCH) if random.random() < 0.7 else 1.0
        played = resample(sound, int(rate * stretch), RATE)
        top = np.abs(played).max(initial=1e-6)
        bands = mel(np.asarray(played * (10 ** random.uniform(-1.2, -0.05) / top), np.float32))
        middle = (np.arange(len(bands)) + 0.5) * HOP / RATE
        late = LATE.get(voice, 0.0)
        starts = np.array([start + (late if start > 0 else 0) for _, start, _ in phones]) / stretch
        which = np.clip(np.searchsorted(starts, middle, side="right") - 1, 0, len(phones) - 1)
        names = np.array([number[name] for name, _, _ in phones], np.uint8)
        heard.append(bands.astype(np.float16))
        labels.append(names[which])
        if k % 100 == 99:
            print(
                voice,
                k + 1,
                f"{sum(map(len, heard)) / 100:.0f} s of speech in {time.monotonic() - begin:.0f} s",
                flush=True,
            )
            keep(out, heard, labels)
    keep(out, heard, labels)


def keep(out: Path, heard: list[np.ndarray], labels: list[np.ndarray]) -> None:
    """Write what there is."""
    with out.open("wb") as file:
        np.savez(
            file,
            bands=np.concatenate(heard),
            phones=np.concatenate(labels),
            ends=np.cumsum([len(part) for part in labels]),
        )


if __name__ == "__main__":
    main()
