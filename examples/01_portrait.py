"""A portrait of the house companion: load, let it stand at ease, draw, keep.

usage: python examples/01_portrait.py [OUT.png]
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from avatar import load, paths, render_still
from avatar.animate.animator import Animator

out = Path(sys.argv[1] if len(sys.argv) > 1 else "portrait.png")
companion = load(paths.companion("hikari"))
animator = Animator(companion, seed=1)
for k in range(120):
    pose = animator.step([], k / 60, 1 / 60, look=np.array([0.18, 1.47, 0.95], np.float32))
picture = render_still(
    companion,
    world=pose.world,
    size=(480, 480),
    expression={"happy": 0.6},
    background="#d9d2c8",
    camera=(0.18, 1.47, 0.95),
    target=(0.0, 1.44, 0.0),
    fov=26.0,
)
cv2.imwrite(str(out), cv2.cvtColor(picture, cv2.COLOR_RGBA2BGRA))
print(out)
