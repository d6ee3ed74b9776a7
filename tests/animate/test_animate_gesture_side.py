"""The same gesture with the other hand is its mirror image."""

from __future__ import annotations

import numpy as np
import pytest
from animate_figure import humanoid

from avatar.animate.animator import Animator
from avatar.types import Gesture


def wrist_path(left: bool) -> dict[str, np.ndarray]:
    model = humanoid()
    animator = Animator(model, seed=3)
    animator.use_left_hand(left)
    hands = {side: model.humanoid[f"{side}Hand"] for side in ("left", "right")}
    path: dict[str, list[np.ndarray]] = {side: [] for side in hands}
    for k in range(60):
        pose = animator.step([Gesture("wave")] if k == 0 else [], k / 30, 1 / 30)
        for side, node in hands.items():
            path[side].append(pose.world[node][:3, 3].copy())
    return {side: np.array(points) for side, points in path.items()}


def test_the_wave_is_made_by_the_hand_that_was_asked_for() -> None:
    right, left = wrist_path(False), wrist_path(True)
    assert right["right"][:, 1].max() > right["left"][:, 1].max() + 0.2
    assert left["left"][:, 1].max() > left["right"][:, 1].max() + 0.2
    mirror = left["left"] * (-1, 1, 1)
    assert float(np.abs(mirror - right["right"]).max()) == pytest.approx(0.0, abs=0.06)
