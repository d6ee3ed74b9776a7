"""The faces of the house companion: five moods, and the mouth at five vowels and two closures.

usage: python examples/05_faces.py [OUT.png]
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from avatar import load, paths, render_still

out = Path(sys.argv[1] if len(sys.argv) > 1 else "faces.png")
companion = load(paths.companion("hikari"))
ROWS = (("neutral", "happy", "relaxed", "sad", "angry", "surprised"), ("aa", "ih", "ou", "ee", "oh", "lipPress"))


def face(name: str) -> np.ndarray:
    """One face, seen a little from the side."""
    where = {"camera": (0.14, 1.49, 0.8), "target": (0.0, 1.485, 0.03), "fov": 22}
    picture = render_still(companion, (280, 280), {name: 1.0}, "#d6cfc4", **where)[..., 2::-1].copy()
    cv2.putText(picture, name, (10, 268), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (70, 60, 50), 1, cv2.LINE_AA)
    return picture


cv2.imwrite(str(out), np.vstack([np.hstack([face(name) for name in row]) for row in ROWS]))
print(out)
