"""Her gaze follows a person who moves: the eyes are there first, the head comes after, the chest a little.

The dot is where the person is, with its way of the last half second.

usage: python examples/09_gaze.py [OUT.png]
"""

import math
import sys
from pathlib import Path

import cv2
import numpy as np

from avatar import load, paths
from avatar.animate.animator import Animator
from avatar.linalg.camera import look_at, project
from avatar.render.renderer import Renderer
from avatar.render.still import staged
from avatar.stage.scene import Figure

out = Path(sys.argv[1] if len(sys.argv) > 1 else "gaze.png")
SIZE, FOV, COLUMNS, MOMENTS = (370, 330), 23, 4, 8
CAMERA = np.array([0.0, 1.47, 1.9], np.float32)
DOT = (60, 90, 235)


def person(t: float) -> np.ndarray:
    """(3,) where the person's eyes are after t of 1: once round her face, beginning at her right."""
    turn = 2 * math.pi * t
    return np.array([-0.30 * math.cos(turn), 1.44 + 0.21 * math.sin(turn), 0.32], np.float32)


def dot(cell: np.ndarray, point: np.ndarray, radius: int) -> None:
    """Mark a point of her frame in the picture."""
    spot = project((view @ np.append(point, 1))[None, :3], math.radians(FOV), SIZE)[0]
    at = (round(float(spot[0])), round(float(spot[1])))
    cv2.circle(cell, at, radius + 2, (255, 255, 255), -1, cv2.LINE_AA)
    cv2.circle(cell, at, radius, DOT, -1, cv2.LINE_AA)


companion = load(paths.companion("hikari"))
animator = Animator(companion, seed=3)
view = look_at(CAMERA, np.array([0.0, 1.44, 0.0], np.float32))
for k in range(90):
    animator.step([], k / 60, 1 / 60, look=person(0))
cells = []
with Renderer(SIZE, samples=4, fine=True) as renderer:
    for k in range(60 * MOMENTS):
        here = person(k / (60 * MOMENTS))
        pose = animator.step([], 1.5 + k / 60, 1 / 60, look=here)
        if k % 60 == 0:
            figure = Figure(companion, pose.world, pose.morphs, np.eye(4, dtype=np.float32), pose.expressions)
            renderer.draw(staged(figure, SIZE, view, FOV, "#d6cfc4"))
            cell = renderer.read_rgba()[..., 2::-1].copy()
            for earlier in (24, 18, 12, 6, 0):
                dot(cell, person((k - earlier) / (60 * MOMENTS)), 8 if earlier == 0 else 1)
            cells.append(cell)
cv2.imwrite(str(out), np.vstack([np.hstack(cells[r : r + COLUMNS]) for r in range(0, MOMENTS, COLUMNS)]))
print(out)
