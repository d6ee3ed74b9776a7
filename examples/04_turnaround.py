"""The house companion from all sides, at ease, waving, bowing and with a hand on the heart.

usage: python examples/04_turnaround.py [OUT.png]
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from avatar import load, paths, render_still
from avatar.animate.animator import Animator
from avatar.types import Gesture

out = Path(sys.argv[1] if len(sys.argv) > 1 else "turnaround.png")
companion = load(paths.companion("hikari"))
EYES_OF_A_VIEWER = np.array([0.1, 1.5, 2.0], np.float32)


def picture(gesture: str | None, seconds: float, eye: tuple[float, float, float]) -> np.ndarray:
    """One view after ``seconds`` of a gesture that begins at once."""
    animator = Animator(companion, seed=2)
    for k in range(120):
        animator.step([], k / 60, 1 / 60, look=EYES_OF_A_VIEWER)
    commands = [Gesture(gesture)] if gesture else []
    for k in range(round(seconds * 60)):
        animator.step(commands if k == 0 else [], 2 + k / 60, 1 / 60, look=EYES_OF_A_VIEWER)
    return render_still(companion, (300, 600), None, "#d6cfc4", eye, (0, 0.86, 0), 25, world=animator.pose.world)


front, side, back = (0.2, 1.1, 4.3), (-3.7, 1.1, 2.2), (0.0, 1.1, -4.3)
views = [(None, 0.5, front), (None, 0.5, side), (None, 0.5, back)]
views += [("wave", 1.1, front), ("bow", 1.2, front), ("hand_on_heart", 1.3, front)]
sheet = np.hstack([picture(*view) for view in views])
cv2.imwrite(str(out), cv2.cvtColor(sheet, cv2.COLOR_RGBA2BGR))
print(out)
