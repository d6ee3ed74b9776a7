"""Postures of arms and hands as scores: 0 and more where one clearly is so, down to -1 where it still may be.

Each is the worst of its conditions, each condition a line between where it begins to hold and where it ends to.
"""

from __future__ import annotations

import math
from typing import Final

from .gesture_look import ArmLook, HandLook, Look

_INWARD: Final = {"left": -1.0, "right": 1.0}
"""The image's way from a person's side to the middle."""


def _score(value: float, enter: float, leave: float) -> float:
    """0 at ``enter``, -1 at ``leave``, in a line on both sides; either may be the greater one."""
    return (value - enter) / abs(enter - leave) if enter > leave else (enter - value) / abs(enter - leave)


def palm(hand: HandLook) -> float:
    """An open hand, all fingers and thumb out, its palm to the camera and its fingers up. A thumb across the palm, as
    where four fingers are shown, is none."""
    s = hand.shape
    return min(
        _score(min(s.open), 0.7, 0.45),
        _score(s.aside, -0.05, -0.25),
        _score(s.palm[2], 0.55, 0.35),
        _score(hand.up, 0.55, 0.25),
    )


def thumbs_up(hand: HandLook) -> float:
    """A fist with its thumb straight up."""
    s = hand.shape
    return min(
        _score(max(s.fold), 1.02, 1.12),
        _score(max(s.open), 0.2, 0.4),
        _score(s.thumb[1], 0.75, 0.55),
        _score(s.thumb_straight, 0.85, 0.75),
        _score(hand.over, 0.3, 0.15),
        _score(abs(s.ahead[1]), 0.75, 0.9),
    )


def raised(arm: ArmLook | None, hand: HandLook | None) -> float | None:
    """A hand beside or above the head and clear of it, the forearm up."""
    if hand is not None:
        high, clear = hand.at[1], hand.clear
        wrist = arm.wrist[1] if arm is not None else high - 0.25
    elif arm is not None:
        high, wrist, clear = arm.index[1], arm.wrist[1], 2.3 * (math.hypot(arm.index[0], arm.index[1] - 0.6) - 0.3)
    else:
        return None
    scores = [_score(high, 0.2, 0.08), _score(wrist, -0.1, -0.25), _score(clear, 0.3, 0.15)]
    if arm is not None:
        scores.append(_score(wrist - arm.elbow[1], 0.35, 0.2))
    return min(scores)


def on_heart(side: str, look: Look) -> float | None:
    """One flat hand on the chest, from its own side, the other hand not there."""
    hand, arm = look.hands.get(side), look.arms.get(side)
    if hand is None:
        return None
    inward, s = _INWARD[side], hand.shape
    scores = [
        _score(abs(hand.at[0]), 0.35, 0.45),
        _score(hand.at[1], -0.62, -0.72),
        _score(hand.at[1], -0.08, 0.0),
        _score(s.palm[2], -0.5, -0.25),
        _score(sum(s.open) / 4, 0.5, 0.3),
        _score(s.ahead[0] * inward, 0.45, 0.25),
    ]
    if arm is not None:
        scores += [_score(arm.wrist[0] * inward, 0.1, 0.25), _score(arm.wrist[1] - arm.elbow[1], -0.05, -0.2)]
    for name, other in look.arms.items():
        if name != side:
            near = max(abs(other.wrist[0]) - 0.35, -other.wrist[1] - 0.75)
            scores.append(_score(near, 0.1, 0.0))
    return min(scores)


def together(look: Look) -> float | None:
    """Both hands joined before the chest or the face, one the mirror image of the other: pressed, folded or clasped."""
    if len(look.arms) < 2:
        return None
    left, right = look.arms["left"], look.arms["right"]
    scores = [
        _score(math.dist(left.wrist, right.wrist), 0.37, 0.46),
        _score(math.dist(left.index, right.index), 0.3, 0.4),
        _score(abs(left.wrist[1] - right.wrist[1]), 0.14, 0.22),
        _score(abs(left.wrist[0] + right.wrist[0]) / 2, 0.3, 0.4),
        _score(min(left.wrist[1], right.wrist[1]), -0.85, -1.0),
        _score(left.elbow[0] - right.elbow[0], 0.8, 0.6),
        _score(min(left.bend, right.bend), 0.9, 0.7),
    ]
    if len(look.hands) == 2:
        scores.append(_score(math.dist(look.hands["left"].at, look.hands["right"].at), 0.35, 0.5))
    return min(scores)


def sipping(hand: HandLook) -> float:
    """Thumb and fingers at the mouth as they hold a cup there: the palm below it or beside it and not turned to the
    camera, the fingers bent round something, no fist. Whether there is a cup, and who drinks, is not seen."""
    s = hand.shape
    return min(
        _score(hand.mouth, 0.26, 0.42),
        _score(hand.under, 0.12, 0.0),
        _score(hand.under, 1.05, 1.3),
        _score(s.palm[2], 0.45, 0.65),
        _score(max(s.fold), 1.02, 0.9),
        _score(min(s.open), 0.93, 1.05),
    )


def reaching(arm: ArmLook, hand: HandLook | None) -> float:
    """An arm stretched out level, forwards or to its side; a hand that is seen is no fist."""
    x, y, z = arm.reach
    scores = [
        _score(math.degrees(arm.bend), 40.0, 55.0),
        _score(math.hypot(x, max(z, 0.0)), 0.8, 0.7),
        _score(abs(y + 0.05), 0.4, 0.55),
        _score(z, -0.2, -0.3),
    ]
    if hand is not None:
        scores.append(_score(max(hand.shape.fold), 1.0, 0.85))
    return min(scores)
