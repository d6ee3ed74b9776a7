"""A thing that goes from one hand to another: it waits until the other is there and the companion's has come near it,
and then goes along an arc, a ring the last part of the way down the finger.

Times ease with no jerk at either end (the smoothest way between two points at rest: T. Flash and N. Hogan, "The
coordination of arm movements", 1985).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..linalg import affine, quat
from ..spelling import COMPANION_PLACES, FINGERS, PropPlace
from ..types import FloatArray

REACH_S: Final = 1.4
"""Seconds for which a hand reaches before the thing goes."""
GO_S: Final = 1.5
STAY_S: Final = 0.5
"""Seconds for which the hand stays when it is there."""
_LIFT: Final = (0.25, 0.015, 0.09)  # of the way, and metres at least and at most: how high the arc is
_DOWN: Final = 0.062  # metres along a finger from where a ring sits, beyond its tip
_ABOVE: Final = 0.035  # metres over a palm or a cushion from which a thing comes down
_TURNED: Final = 0.62  # of the way, where it is turned as it will be: before a ring is over the fingertip
_LOST_S: Final = 0.3  # seconds that a hand may be lost without being let go


@dataclass(frozen=True, slots=True)
class Touch:
    """A hand of the companion's that gives or takes. side : its own; goal : (3,) stage, where the hand is to come;
    point : (3,) stage, what is looked at; takes : it takes, and does not give; ring : onto its own finger; holds : (3,)
    stage, the middle of what it gives or will have, None = what is between its fingertips; bowl : half the width of a
    shallow cup that it gives or takes on its fingers, metres, 0 for anything else; how : it has it: ``palm``, ``hand``,
    ``fingertips``; empty : it has nothing in it yet."""

    side: str
    goal: FloatArray
    point: FloatArray
    takes: bool
    ring: bool
    holds: FloatArray | None = None
    bowl: float = 0.0
    how: str = "fingertips"
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Cup:
    """A cup that a hand of the companion's holds. side : its own; foot, up : (3,) stage; height, half : metres."""

    side: str
    foot: FloatArray
    up: FloatArray
    height: float
    half: float


class Passing:
    """From ``begin`` to ``end``. Give every picture's ``step``; ``share`` 0–1 says how far it is."""

    def __init__(self, begin: PropPlace, end: PropPlace) -> None:
        self.begin, self.end = begin, end
        self._near = self._age = self._stayed = 0.0
        self._lost = 0.0

    @property
    def share(self) -> float:
        """0–1 of the way, eased; 0 while it waits."""
        u = min(self._age / GO_S, 1.0)
        return u * u * u * (10 - 15 * u + 6 * u * u)

    @property
    def reaching(self) -> bool:
        """Is a hand of the companion's on its way to it, or there?"""
        return self._near > 0

    @property
    def over(self) -> bool:
        """Is it there, and the hand about to go back?"""
        return self._stayed >= STAY_S

    @property
    def side(self) -> str:
        """The companion's own hand that gives or takes, "" for none."""
        if on_companion(self.end) and self.end.on != "ring-pillow":
            return self.end.which
        return self.begin.which if on_companion(self.begin) and self.begin.on != "ring-pillow" else ""

    def step(self, dt: float, there: bool) -> None:
        """``dt`` seconds on. there : both places are seen. A hand that is lost before the thing goes is waited for; one
        lost while it goes is believed to be where it was."""
        if self._age >= GO_S:
            self._stayed += dt
        elif self._age > 0 or (there and self._near >= (REACH_S if self.side else 0.0)):
            self._age += dt
        else:
            self._lost = 0.0 if there else self._lost + dt
            if there:
                self._near += dt
            elif self._lost > _LOST_S:
                self._near = max(0.0, self._near - 2 * dt)

    def matrix(self, begin: FloatArray, end: FloatArray, ring: bool) -> FloatArray:
        """(4, 4) where it is between two places (4, 4), stage. ring : it goes onto a finger, which is along +Y."""
        u = self.share
        if u <= 0:
            return begin
        if u >= 1:
            return end
        a, b = begin[:3, 3], end[:3, 3]
        far = float(np.linalg.norm(b - a))
        up = np.array([0, 1, 0], np.float32)
        lift = up * np.float32(min(max(_LIFT[0] * far, _LIFT[1]), _LIFT[2]))
        finger = end[:3, 1] / max(float(np.linalg.norm(end[:3, 1])), 1e-9)
        last = finger * np.float32(_DOWN) if ring else up * np.float32(min(_ABOVE, 0.5 * far))
        four = b + last
        # as quick at the end of the arc as at the beginning of what is straight
        one, two, three = a, a + lift, four + last * np.float32(_TURNED / (3 * (1 - _TURNED)))
        if u < _TURNED:  # to over the tip
            v = u / _TURNED
            w = 1 - v
            point = w**3 * one + 3 * w * w * v * two + 3 * w * v * v * three + v**3 * four
        else:
            v = (u - _TURNED) / (1 - _TURNED)
            point = four + (b - four) * np.float32(v)
        share = min(u / _TURNED, 1.0)
        share = share * share * (3 - 2 * share)
        return _between(begin, end, np.asarray(point, np.float32), share)


def _between(begin: FloatArray, end: FloatArray, at: FloatArray, share: float) -> FloatArray:
    """(4, 4) at a point, turned and sized between two places."""
    sizes = [float(np.linalg.norm(m[:3, 1])) for m in (begin, end)]
    a, b = (
        quat.from_matrix(np.asarray(m[:3, :3] / np.float32(s), np.float32))
        for m, s in zip((begin, end), sizes, strict=True)
    )
    size = sizes[0] ** (1 - share) * sizes[1] ** share
    return affine.compose(at, quat.slerp(a, b, share), np.full(3, size, np.float32))


def on_companion(place: PropPlace) -> bool:
    """Is it on the companion, or on what the companion holds?"""
    return place.on in COMPANION_PLACES or place.on == "ring-pillow"


def on_person(place: PropPlace) -> bool:
    """Is it on a hand of the person's?"""
    return place.on in (*FINGERS, "fingertips", "hand")
