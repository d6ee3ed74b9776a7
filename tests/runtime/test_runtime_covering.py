"""A mask of the hands is made where it matters, and only there."""

from __future__ import annotations

import math

import numpy as np
import pytest
from test_runtime_props import CAMERA, SIZE, hand, picture

from avatar.linalg import affine, quat
from avatar.runtime.covering import Covering
from avatar.stage.order import Thing
from avatar.stage.placement import Hold, Placement
from avatar.types import Observation, VideoFrame


def thing(x: float, z: float, behind: bool, hold: Hold | None = None) -> Thing:
    feet = np.array([x, -0.15, z], np.float32)
    none, box = np.zeros(3, np.float32), (0.0, 0.0, 1.0, 1.0)
    matrix = affine.compose(feet, quat.identity())
    return Thing(Placement(matrix, feet, 1.0, none, none, 1, box, box, math.inf, behind, True, hold), 0.3)


def run(one: Thing, z: float = -0.32, ticks: int = 12):
    covering, hands = Covering(), (hand("left", 0.0, z),)
    for k in range(ticks):
        t = k / 30
        frame = VideoFrame(picture(*hands), t, k)
        covering.see(Observation(t, SIZE, hands=hands, hands_t=t), frame, t, CAMERA)
        mask, (cover,) = covering.step([one], frame, CAMERA, 1 / 30)
    return covering, mask, cover


def test_before_the_body_and_behind_the_hand_there_is_a_mask() -> None:
    covering, mask, cover = run(thing(0.0, -0.6, behind=False))
    assert cover.body == 0
    assert cover.hands.max() == 1
    x0, y0, x1, y1 = mask.box
    middle = covering.hands[0].hand.points[9, :2]
    column = int((middle[0] - x0) / (x1 - x0) * mask.alpha.shape[1])
    row = int((middle[1] - y0) / (y1 - y0) * mask.alpha.shape[0])
    assert mask.alpha[row, column] > 200
    assert covering.close


@pytest.mark.parametrize(
    "one",
    [thing(0.0, -0.6, behind=True), thing(0.0, -0.2, behind=False), thing(0.9, -0.6, behind=False)],
    ids=["body and hand before", "body and hand behind", "elsewhere"],
)
def test_where_the_matte_says_it_all_there_is_none(one: Thing) -> None:
    covering, mask, _ = run(one)
    assert mask is None
    assert not covering.close, "nor is the hand's way worth following to a pixel"


def test_what_stands_on_the_hand_needs_one_for_its_shadow() -> None:
    _, mask, cover = run(thing(0.0, -0.32, behind=False, hold=Hold("left", "stand")))
    assert mask is not None
    assert cover.hands[1] == 0
