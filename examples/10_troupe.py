"""Sixteen companions bow together: one Troupe moves them all, one Scene draws them.

usage: python examples/10_troupe.py [OUT.png]
"""

import math
import sys
from pathlib import Path

import cv2
import numpy as np

from avatar import load, paths
from avatar.animate.troupe import Troupe
from avatar.linalg import affine, quat
from avatar.linalg.camera import look_at
from avatar.render.renderer import Renderer
from avatar.stage.scene import Figure, Lighting, Scene
from avatar.types import Gesture, VideoFrame

out = Path(sys.argv[1] if len(sys.argv) > 1 else "troupe.png")
SIZE, FOV = (496, 440), 28
MOMENTS = (0.0, 0.5, 1.3)
CAMERA, TARGET = np.array([-0.08, 4.0, 7.0], np.float32), np.array([-0.08, 0.74, -0.45], np.float32)

# Four rows of four; every other row stands half a place aside, so that nobody is hidden.
places = [((c - 1.5) * 0.92 + 0.23 * (1 if r % 2 else -1), 0.0, 1.0 - 1.05 * r) for r in range(4) for c in range(4)]


def floor_and_wall() -> VideoFrame:
    """A room without corners, for them to stand in."""
    down = np.linspace(0, 1, SIZE[1])[:, None, None]
    wall, floor = np.array([206, 202, 198.0]), np.array([172, 160, 148.0])
    mix = 1 / (1 + np.exp(-(down - 0.1) * 30))
    shade = (wall * (1 - mix) + floor * mix) * (1 - 0.10 * down)
    return VideoFrame(np.broadcast_to(shade, (SIZE[1], SIZE[0], 3)).astype(np.uint8).copy(), 0.0, 0)


companion = load(paths.companion("hikari"))
troupe = Troupe(companion, seeds=range(16))
view = look_at(CAMERA, TARGET)
placements = [affine.compose(np.array(p, np.float32), quat.identity()) for p in places]
looks = [CAMERA - np.array(p, np.float32) for p in places]
room = floor_and_wall()


def picture(renderer: Renderer) -> np.ndarray:
    """All of them as they are now."""
    poses = [troupe.poses.one(a) for a in range(16)]
    figures = [
        Figure(companion, p.world, p.morphs, placements[a], troupe.face.view(a), shadow=np.array(places[a], np.float32))
        for a, p in enumerate(poses)
    ]
    light = Lighting(np.array([0.35, 0.75, 0.56], np.float32))
    renderer.draw(Scene(SIZE, frame=room, figures=figures, lighting=light, fov_y=math.radians(FOV), view=view))
    return renderer.read().copy()


cells = []
with Renderer(SIZE, samples=4, fine=True) as renderer:
    frame = 0
    for k in range(75):
        troupe.step([], k / 30, 1 / 30, look=looks)
    for moment in MOMENTS:
        while frame < round(moment * 30):
            bow = [(a, Gesture("bow")) for a in range(16)] if frame == 0 else []
            troupe.step(bow, 2.5 + frame / 30, 1 / 30, look=looks)
            frame += 1
        cells += [picture(renderer), np.full((SIZE[1], 6, 3), 255, np.uint8)]
cv2.imwrite(str(out), cv2.cvtColor(np.hstack(cells[:-1]), cv2.COLOR_RGB2BGR))
print(out)
