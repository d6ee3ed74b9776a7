"""How long sounds last beside each other in a word: fits the tables of avatar/speech/rhythm.py to the bundled voice.

    .venv/bin/python assets/atelier/rhythm.py            # speaks 50 minutes of text unheard, prints the tables

The voice says how long each of its sounds lasts. In every word the logarithms of the lengths, less their mean, are
explained by ridge regression from the sound itself, the kinds of sound before and after it, and its place in the word.
The text is the prose of docs/ and the licence: it needs no more than every sound in every kind of place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from avatar.errors import VoiceError
from avatar.io.voice.neural import NeuralVoice
from avatar.speech.rhythm import TABLES, places

ROOT = Path(__file__).resolve().parents[2]
RIDGE = 10.0


def sentences() -> list[str]:
    """Plain prose: no code, tables or links."""
    files = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "LICENSE"]
    text = "\n".join(f.read_text(encoding="utf-8") for f in files)
    text = re.sub(r"```.*?```", " ", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", re.sub(r"[|`*#<>\[\]()_]", " ", text))
    found = (s.strip() for s in re.split(r"(?<=[.;:?!])\s+", text))
    return [s for s in found if 20 < len(s) < 160 and sum(c.isalpha() or c == " " for c in s) > 0.93 * len(s)]


def words() -> Iterator[tuple[list[str], bool, list[float]]]:
    """(phones, is there a pause after it, their seconds) of every word."""
    voice = NeuralVoice()
    for sentence in sentences():
        try:
            phones = voice.speak(sentence, "").track.phones
        except VoiceError:
            continue
        for k in range(max(p.word for p in phones) + 1):
            mine = [i for i, p in enumerate(phones) if p.word == k]
            if mine:
                after = phones[mine[-1] + 1].value if mine[-1] + 1 < len(phones) else "SIL"
                yield [phones[i].value for i in mine], after == "SIL", [phones[i].end - phones[i].start for i in mine]


def main() -> None:
    names = [(table, key) for table, keys in TABLES.items() for key in keys]
    column = {name: i for i, name in enumerate(names)}
    rows, wanted = [], []
    for said, pause, seconds in words():
        x = np.zeros((len(said), len(names)))
        for row, found in zip(x, places(said, pause), strict=True):
            row[[column[name] for name in found if name in column]] = 1
        y = np.log(np.maximum(seconds, 0.02))
        rows.append(x - x.mean(0))
        wanted.append(y - y.mean())
    x, y = np.concatenate(rows), np.concatenate(wanted)
    fitted = np.linalg.solve(x.T @ x + RIDGE * np.eye(len(names)), x.T @ y)
    print(f"{len(rows)} words, {len(y)} sounds, R² {1 - ((y - x @ fitted) ** 2).sum() / (y**2).sum():.3f}")
    for table, keys in TABLES.items():
        print(f'    "{table}": {{')
        print("".join(f'        "{key}": {fitted[column[table, key]]:.2f},\n' for key in keys) + "    },")


if __name__ == "__main__":
    main()
