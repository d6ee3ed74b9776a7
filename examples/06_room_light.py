"""The house companion in three rooms: each picture of a room lights her, and she shadows herself.

usage: python examples/06_room_light.py [OUT.png]
"""

import sys
from pathlib import Path

import cv2
import numpy as np

from avatar import load, paths, render_still
from avatar.animate.animator import Animator
from avatar.stage.light import probe_from_picture
from avatar.stage.scene import Lighting
from avatar.types import Express, Gesture

out = Path(sys.argv[1] if len(sys.argv) > 1 else "room_light.png")
companion = load(paths.companion("hikari"))
WIDTH, HEIGHT = 420, 560


def room(wall: tuple[float, ...], glow: tuple[float, ...], x: float, y: float) -> np.ndarray:
    """A wall with one bright place, (H, W, 3) uint8 RGB."""
    across, down = np.meshgrid(np.linspace(0, 1, WIDTH), np.linspace(0, 1, HEIGHT))
    near = np.exp(-(((across - x) / 0.32) ** 2 + ((down - y) / 0.38) ** 2))[..., None]
    shade = (1 - 0.35 * down)[..., None]
    return np.clip(255 * (np.array(wall) * shade + np.array(glow) * near), 0, 255).astype(np.uint8)


def lit(picture: np.ndarray, colour: tuple[float, ...], towards: tuple[float, float, float]) -> np.ndarray:
    """The companion before that wall, in its light."""
    direction = np.array(towards, np.float32) / np.float32(np.linalg.norm(towards))
    light = Lighting(direction, np.array(colour, np.float32), probe=probe_from_picture(picture, 1.0))
    animator = Animator(companion, seed=2)
    for k in range(100):
        animator.step([Express("relaxed", 0.6), Gesture("hand_on_heart")] if k == 20 else [], k / 60, 1 / 60)
    pose = animator.pose
    figure = render_still(
        companion,
        (WIDTH, HEIGHT),
        {k: v for k, v in pose.expressions.items() if v},
        "transparent",
        (0.25, 1.3, 2.05),
        (0.0, 1.22, 0.0),
        26,
        world=pose.world,
        lighting=light,
    ).astype(np.float32)
    alpha = figure[..., 3:] / 255
    return (picture * (1 - alpha) + figure[..., :3] * alpha).astype(np.uint8)


morning = room((0.62, 0.58, 0.52), (0.36, 0.36, 0.34), 0.1, 0.2)
evening = room((0.36, 0.22, 0.16), (0.75, 0.42, 0.12), 0.95, 0.35)
night = room((0.10, 0.13, 0.24), (0.10, 0.20, 0.42), 0.05, 0.1)
sheet = np.hstack(
    [
        lit(morning, (1.0, 0.98, 0.94), (-0.6, 0.6, 0.6)),
        lit(evening, (1.0, 0.62, 0.34), (0.8, 0.45, 0.5)),
        lit(night, (0.30, 0.42, 0.72), (-0.7, 0.8, 0.4)),
    ]
)
cv2.imwrite(str(out), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
print(out)
