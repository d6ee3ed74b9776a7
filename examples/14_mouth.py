"""A mouth strip: what the house companion's lips do while it says a sentence, over the sound and its phones.

usage: python examples/14_mouth.py [OUT.png]
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from avatar import load, paths, render_still
from avatar.io.voice.neural import NeuralVoice
from avatar.model.mouth import find_mouth
from avatar.speech.mouths import mouth_map
from avatar.speech.visemes import MOUTH, sample
from avatar.types import VISEMES

out = Path(sys.argv[1] if len(sys.argv) > 1 else "mouth.png")
SENTENCE = "My brother Paul moved five boxes of books."
FACES, SIZE, HEIGHT, LABEL = 14, 130, 150, 24
INK, PALE, RED = (70, 60, 50), (190, 180, 170), (60, 60, 200)

companion = load(paths.companion("hikari"))
speech = NeuralVoice().speak(SENTENCE, "strip")
table, names = mouth_map((found := find_mouth(companion)).kind, found.shapes)


def face(t: float) -> np.ndarray:
    """The mouth at ``t`` seconds."""
    shown = sample(speech.track, t, np.empty(MOUTH, np.float32))
    weights = np.clip(shown @ table, 0, 1) * (1 - min(1.0, shown[VISEMES.index("PP")] / 0.75))
    if "lipPress" in names:
        weights[names.index("lipPress")] = shown[VISEMES.index("PP")]
    where = {"camera": (0.05, 1.445, 0.42), "target": (0.0, 1.442, 0.05), "fov": 14}
    look = dict(zip(names, weights.tolist(), strict=True))
    return render_still(companion, (SIZE, SIZE), look, "#d6cfc4", **where)[..., 2::-1].copy()


said = [p for p in speech.track.phones if p.value != "SIL"]
# Every closure has its face; the others are the longest of the rest, in the order they are said.
shut = [p for p in said if p.value in "PBMFV"]
rest = sorted((p for p in said if p not in shut), key=lambda p: p.start - p.end)[: FACES - len(shut)]
shown = sorted([*shut, *rest], key=lambda p: p.start)

width = SIZE * len(shown)
across = width / speech.seconds
top = SIZE + LABEL
page = np.full((top + 40 + HEIGHT + 34, width, 3), 244, np.uint8)
for k, phone in enumerate(shown):
    middle = (phone.start + phone.end) / 2
    page[:SIZE, k * SIZE : (k + 1) * SIZE] = face(middle)
    mark = RED if phone in shut else INK
    cv2.putText(
        page, phone.value, (k * SIZE + SIZE // 2 - 8, SIZE + 17), cv2.FONT_HERSHEY_SIMPLEX, 0.5, mark, 1, cv2.LINE_AA
    )
    ends = (k * SIZE + SIZE // 2, top + 2), (round(middle * across), top + 38)
    cv2.line(page, *ends, mark if phone in shut else PALE, 1, cv2.LINE_AA)

block = np.array_split(speech.sound, width)
level = HEIGHT / 2 * np.array([np.abs(b).max() for b in block]) / np.abs(speech.sound).max()
axis = top + 40 + HEIGHT // 2
for x, high in enumerate(level.round().astype(int)):
    cv2.line(page, (x, axis - high), (x, axis + high), (150, 140, 128), 1)
for phone in said:
    left, right = round(phone.start * across), round(phone.end * across)
    mark = RED if phone in shut else INK
    cv2.line(page, (left, top + 40), (left, top + 40 + HEIGHT + 22), PALE, 1)
    cv2.putText(page, phone.value, (left + 3, page.shape[0] - 14), cv2.FONT_HERSHEY_SIMPLEX, 0.42, mark, 1, cv2.LINE_AA)

cv2.imwrite(str(out), page)
print(out)
