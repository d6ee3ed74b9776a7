"""Hands get the sides of the wrists they hang on; strangers' hands and hands found twice are left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from signs_actor import Camera, see
from signs_scripts import arm

from avatar.tracking.hands import own_hands
from avatar.types import Hand

POSE = arm("left", (0.3, 0.1, 0.1), (0, 1, 0), (0, 0, 1)) | arm("right", (0.3, -0.1, 0.1), (0, 1, 0), (0, 0, 1))
SEEN = see(POSE, Camera(), 0.0, np.random.default_rng(0), noise=0)
LEFT, RIGHT = SEEN.hands
BODY = SEEN.body


def wrists(hands: tuple[Hand, ...]) -> dict[str, float]:
    return {h.side: float(h.points[0, 0]) for h in hands}


TRUE = wrists(SEEN.hands)


@pytest.mark.parametrize("named", [("left", "right"), ("right", "left"), ("left", "left"), ("right", "right")])
def test_two_hands_have_the_sides_of_their_wrists_whatever_the_detector_says(named: tuple[str, str]) -> None:
    given = [replace(hand, side=side) for hand, side in zip(SEEN.hands, named, strict=True)]
    assert wrists(own_hands(given, BODY)) == TRUE
    assert wrists(own_hands(given[::-1], BODY)) == TRUE


def test_one_hand_has_the_side_of_the_wrist_it_hangs_on() -> None:
    (hand,) = own_hands([replace(LEFT, side="right")], BODY)
    assert hand.side == "left"


def test_where_both_wrists_are_as_near_the_detector_is_believed() -> None:
    body = replace(BODY, points=BODY.points.copy())
    body.points[15] = body.points[16] = LEFT.points[0] + 8
    assert own_hands([replace(LEFT, side="right")], body)[0].side == "right"


def test_a_strangers_hand_is_left_out_and_one_found_twice_is_one() -> None:
    far = replace(LEFT, points=LEFT.points + np.array([260, 0, 0], np.float32))
    assert wrists(own_hands([far, RIGHT], BODY)) == {"right": TRUE["right"]}
    again = replace(RIGHT, points=RIGHT.points + 3, score=0.5)
    assert own_hands([again, RIGHT], BODY) == (RIGHT,)


def test_without_a_body_the_surest_hand_of_each_side_is_kept() -> None:
    weak = replace(LEFT, score=0.1, side="right")
    assert own_hands([weak, RIGHT], None) == (RIGHT,)
    unseen = replace(BODY, visibility=np.zeros(33, np.float32))
    assert own_hands([weak, LEFT], unseen) == (weak, LEFT)
    assert own_hands([], BODY) == ()
