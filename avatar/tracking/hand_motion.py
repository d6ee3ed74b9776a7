"""Where the hands are at the moment of display: still where they are still, and carried on where they move.

Hands are looked for less often than pictures are shown. Between two looks each goes on with the last velocity, damped
as a face's is (``predict``); at a look, differences within the slack, which are noise, are followed slowly, as a face's
are (``steady``). A hand that is not found again stays for a moment: one look often misses a hand that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..types import FloatArray, Hand, Observation
from .predict import DAMPING, MOST_FRAMES

Carry = Callable[[FloatArray, float], FloatArray | None]
"""Points (21, 2), pixels, and the time they are of → the same in the picture that is shown, or None."""

HELD_S, MISSED_S = 0.22, 0.14
"""Seconds that a hand stays after the last look that found it: where none came since, and where one did not find it."""
_GAP_S: Final = 0.25  # between two looks; more says nothing about the velocity
_JUMP: Final = 1.6  # lengths of the palm between two looks; more is another hand
_REST: Final = 0.15  # how much of a difference within the slack is followed at a look
_SLACK: Final = 0.035  # of a point, palm lengths
_SPEED: Final = 1.5  # slacks a look of the whole hand, at which nothing is left of it
_EASE: Final = 0.4  # how much of the newest step the speed takes on
_WORLD: Final = 0.09  # metres of a palm: what its slack in metres is told by


@dataclass(slots=True)
class _Kept:
    shown: Hand
    found: Hand
    t: float
    speed: FloatArray
    """(2,) of the whole hand, palm lengths a look; smoothed."""
    velocity: FloatArray
    """(2,) of the whole hand, pixels a second: what single points seem to do is mostly noise."""
    gap: float = 0.0


class HandMotion:
    """Follows both hands of one person. going : sides of those that the last look did not find any more."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}
        self._t = -1e9
        self.going: frozenset[str] = frozenset()

    def step(self, seen: Observation | None, t: float, carry: Carry | None = None) -> tuple[Hand, ...]:
        """The hands at ``t`` seconds, from the newest observation (None = nothing is known any more): at most one of a
        side, their ``points`` carried on, ``world`` as it is. carry : where pictures themselves say where points have
        gone; None, or where it does not know, the last velocity says."""
        if seen is not None and seen.hands_t > self._t:
            self._t = seen.hands_t
            self.going = frozenset(self._kept) - {hand.side for hand in seen.hands}
            for hand in seen.hands:
                if np.isfinite(hand.points).all() and np.isfinite(hand.world).all():
                    self._look(hand, seen.hands_t)
        self._kept = {
            side: kept
            for side, kept in self._kept.items()
            if t - kept.t <= (MISSED_S if side in self.going else HELD_S)
        }
        return tuple(_carried(kept, t, carry) for kept in self._kept.values())

    def _look(self, hand: Hand, t: float) -> None:
        before = self._kept.get(hand.side)
        size = palm_pixels(hand.points)
        gap = t - before.t if before is not None else 0.0
        if before is None or not 0 < gap <= _GAP_S:
            self._kept[hand.side] = _Kept(hand, hand, t, np.zeros(2, np.float32), np.zeros(2, np.float32))
            return
        step = (hand.points[:, :2] - before.found.points[:, :2]).mean(0) / np.float32(size)
        if float(np.hypot(step[0], step[1])) > _JUMP:
            self._kept[hand.side] = _Kept(hand, hand, t, np.zeros(2, np.float32), np.zeros(2, np.float32))
            return
        speed = (before.speed + np.float32(_EASE) * (step - before.speed)).astype(np.float32)
        slack = max(0.0, 1 - float(np.hypot(speed[0], speed[1])) / (_SPEED * _SLACK))
        shown = _eased(before.shown, hand, size, slack)
        velocity = (shown.points[:, :2] - before.shown.points[:, :2]).mean(0) / np.float32(gap)
        self._kept[hand.side] = _Kept(shown, hand, t, speed, velocity.astype(np.float32), gap)


def palm_pixels(points: FloatArray) -> float:
    """How long a palm looks, pixels, at least 1: the longest way from the wrist to a knuckle. points : (21, 3)."""
    ways = points[[5, 9, 13, 17], :2] - points[0, :2]
    across = points[5, :2] - points[17, :2]
    return max(float(np.linalg.norm(ways, axis=1).max()), 1.3 * float(np.linalg.norm(across)), 1.0)


def _eased(old: Hand, new: Hand, size: float, slack: float) -> Hand:
    """``new`` as far as it is more than noise away from what was shown."""
    off = new.points - old.points
    mean = off[:, :2].mean(0)
    whole = _gain(float(np.hypot(mean[0], mean[1])) / (size * _SLACK), slack)
    each = _gain(np.linalg.norm(off[:, :2], axis=1) / (size * _SLACK), slack)
    points = old.points + off * np.maximum(each, whole)[:, None]
    turn = new.world - old.world
    bend = _gain(np.linalg.norm(turn, axis=1) / (_WORLD * _SLACK * 1.5), slack)
    world = old.world + turn * np.maximum(bend, whole)[:, None]
    return replace(new, points=points.astype(np.float32), world=world.astype(np.float32))


def _gain(size: FloatArray | float, slack: float) -> FloatArray:
    """How much of differences of these sizes, in slacks, is followed: all over the slack, little of the rest."""
    return np.asarray(_REST + (1 - _REST) * np.clip(1 - slack / np.maximum(size, 1e-9), 0, 1), np.float32)


def _carried(kept: _Kept, t: float, carry: Carry | None) -> Hand:
    lead = t - kept.t
    there = carry(kept.shown.points[:, :2], kept.t) if carry is not None and lead > 1e-4 else None
    if there is not None:
        points = kept.shown.points.copy()
        points[:, :2] = there
        return replace(kept.shown, points=points)
    if lead <= 0 or kept.gap <= 0:
        return kept.shown
    ahead = np.float32(DAMPING * min(lead, MOST_FRAMES * kept.gap))
    points = kept.shown.points.copy()
    points[:, :2] += ahead * kept.velocity
    return replace(kept.shown, points=points)


def of_side(hands: Sequence[Hand], side: str) -> Hand | None:
    """The hand of a side, the person's own ``left`` or ``right``."""
    return next((hand for hand in hands if hand.side == side), None)
