"""One minute of idle life: nobody asks for anything, and she breathes, sways, blinks and shifts her weight.

usage: python examples/08_idle.py [OUT.png]
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from avatar import load, paths
from avatar.animate.animator import Animator
from avatar.linalg.camera import look_at
from avatar.render.renderer import Renderer
from avatar.render.still import staged
from avatar.stage.scene import Figure

out = Path(sys.argv[1] if len(sys.argv) > 1 else "idle.png")
EVERY, COLUMNS, ROWS, SIZE = 3, 5, 4, (288, 300)
VIEWER = np.array([0.16, 1.48, 1.6], np.float32)

companion = load(paths.companion("hikari"))
animator = Animator(companion, seed=4)
view = look_at(VIEWER, np.array([0.0, 1.395, 0.0], np.float32))
cells = []
with Renderer(SIZE, samples=4, fine=True) as renderer:
    for frame in range(1, EVERY * COLUMNS * ROWS * 30 + 1):
        pose = animator.step([], frame / 30, 1 / 30, look=VIEWER)
        if frame % (EVERY * 30) == 0:
            figure = Figure(companion, pose.world, pose.morphs, np.eye(4, dtype=np.float32), pose.expressions)
            renderer.draw(staged(figure, SIZE, view, 23, "#d6cfc4"))
            cell = renderer.read_rgba()[..., 2::-1].copy()
            words = f"{frame // 30} s"
            cv2.putText(cell, words, (10, 290), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (60, 50, 40), 1, cv2.LINE_AA)
            cells.append(cell)
cv2.imwrite(str(out), np.vstack([np.hstack(cells[r * COLUMNS : (r + 1) * COLUMNS]) for r in range(ROWS)]))
print(out)
