"""The shape of one hand from its 21 points: which fingers are open, where the thumb and the palm point.

MediaPipe's order: wrist, then four points a finger, thumb first. All of it is in parts of the hand itself, so that the
size and the distance of a hand are of no account.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from ..linalg import turns
from ..linalg.turns import Vector
from ..types import Hand

_KNUCKLES: Final = (5, 9, 13, 17)
_PALM: Final = (0, 5, 9, 13, 17)
_TIPS: Final = (8, 12, 16)


class Shape(NamedTuple):
    """A hand's shape. Directions are unit vectors in stage axes.

    open : of index, middle, ring and little finger the cosine between the finger and the palm it grows from: 1 straight
        on, 0 bent square at the knuckle, below it folded; fold : of each, how far its tip is from the wrist, in the
        distance of its middle joint: under 1 it is folded into the palm, 1.4 straight;
    aside : where the thumb's tip is across the palm, in the palm's width from the index knuckle: over 0 beside the
        hand, below it across the palm; thumb : the way it points; thumb_straight : 1 when it is not bent;
    palm : the way the palm faces; ahead : from the wrist to the middle knuckle.
    """

    open: tuple[float, float, float, float]
    fold: tuple[float, float, float, float]
    aside: float
    thumb: Vector
    thumb_straight: float
    palm: Vector
    ahead: Vector


def usable(hand: Hand) -> bool:
    """Whether its numbers are those of a hand at all."""
    return (
        hand.side in ("left", "right")
        and hand.points.shape == (21, 3)
        and hand.world.shape == (21, 3)
        and bool(np.isfinite(hand.points).all() and np.isfinite(hand.world).all())
    )


def shape(world: Sequence[Vector], side: str) -> Shape | None:
    """world : 21 points, metres, stage axes; side : the person's own, ``left`` or ``right``. None where they are no
    hand: points on one spot or in one line."""
    ahead, across = turns.minus(world[9], world[0]), turns.minus(world[5], world[17])
    width = turns.length(across)
    facing = turns.cross(turns.minus(world[5], world[0]), turns.minus(world[17], world[0]))
    if min(turns.length(ahead), width) < 1e-3 or turns.length(facing) < 1e-6:
        return None
    palm = turns.unit(facing)
    if side == "left":
        palm = (-palm[0], -palm[1], -palm[2])
    aside = turns.dot(turns.minus(world[4], world[5]), turns.unit(across)) / width
    thumb = turns.minus(world[4], world[2])
    bones = turns.length(turns.minus(world[3], world[2])) + turns.length(turns.minus(world[4], world[3]))
    straight = turns.length(thumb) / bones if bones > 1e-6 else 0.0
    opened = [_open(world, k) for k in _KNUCKLES]
    folded = [_fold(world, k) for k in _KNUCKLES]
    return Shape(
        (opened[0], opened[1], opened[2], opened[3]),
        (folded[0], folded[1], folded[2], folded[3]),
        aside,
        turns.unit(thumb),
        straight,
        palm,
        turns.unit(ahead),
    )


def _open(world: Sequence[Vector], knuckle: int) -> float:
    grown = turns.unit(turns.minus(world[knuckle], world[0]))
    return turns.dot(grown, turns.unit(turns.minus(world[knuckle + 3], world[knuckle])))


def _fold(world: Sequence[Vector], knuckle: int) -> float:
    joint = turns.length(turns.minus(world[knuckle + 1], world[0]))
    return turns.length(turns.minus(world[knuckle + 3], world[0])) / joint if joint > 1e-6 else 0.0


def middle(points: np.ndarray) -> np.ndarray:
    """(2,) pixels: the middle of the palm. points : (21, 3) pixels."""
    return np.asarray(points[_PALM, :2].mean(0))


def tips(points: np.ndarray) -> np.ndarray:
    """(2,) pixels: the middle of the tips of index, middle and ring finger. points : (21, 3) pixels."""
    return np.asarray(points[_TIPS, :2].mean(0))
