"""Gestures that are motions: a nod or a shake of the head, a wave, a beckoning hand.

Each takes the looks of its own part, at whatever rate they come, and says when its motion began; ``active`` until it
has come to rest.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

from .gesture_hold import Swings
from .gesture_look import ArmLook, HandLook, HeadLook, Spot

_REST: Final = 0.6
"""Seconds without a turn after which a motion to and fro has ended."""
_MEMORY: Final = 2.5
_EVEN: Final = 0.4
"""Ways up and down of a nod are alike; a head thrown back that comes to rest is none."""


class Move:
    """A motion. active : it has begun and not ended; since, last : when it began, and when it was last seen."""

    def __init__(self, least: float, longest: float) -> None:
        self.active, self.since, self.last = False, 0.0, -1e9
        self._swings, self._longest = Swings(least), longest

    def _become(self, going: bool, since: float, t: float) -> bool:
        if going:
            self.last = t
        if going and not self.active:
            self.active, self.since = True, since
            return True
        if self.active and self._swings.legs(0, self._longest, t):
            self.last = max(self.last, self._swings.reached)
        if self.active and not going and t - self.last >= _REST:
            self.active = False
            return True
        return False


class HeadMove(Move):
    """A nod (``pitch``) or a shake (``yaw``): the head to and fro, its other angle hardly; a nod may be single."""

    def __init__(self, axis: str) -> None:
        self._nod = axis == "pitch"
        super().__init__(math.radians(4.5 if self._nod else 8.0), 0.75)
        self._path: deque[tuple[float, float, float, float]] = deque(maxlen=160)

    def step(self, head: HeadLook | None, t: float) -> bool:
        """Whether it began or ended with this look."""
        if head is None:
            return self._become(False, 0.0, t)
        along, across = (head.pitch, head.yaw) if self._nod else (head.yaw, head.pitch)
        while self._path and t - self._path[0][0] > _MEMORY:
            self._path.popleft()
        self._path.append((t, along, across, head.height))
        turned = self._swings.step(along, t)
        going = turned or (not self.active and t - self._swings.reached < 0.2)
        if going and self._swings.legs(0.08, self._longest, t) >= 3:
            began = self._swings.begun(3)
            if (self.active or self._swings.even(3) > _EVEN) and self._straight(began):
                return self._become(True, began, t)
        if self._nod and not self.active and (start := self._single(along, t)) is not None:
            self._swings.clear()
            return self._become(True, start, t)
        return self._become(False, 0.0, t)

    def _straight(self, began: float) -> bool:
        """Whether the head moved along its axis mostly, since ``began``."""
        path = [(a, b) for at, a, b, _ in self._path if at >= began]
        along, across = (max(v) - min(v) for v in zip(*path, strict=True))
        return bool(along > 1.5 * across)

    def _single(self, pitch: float, t: float) -> float | None:
        """When one whole nod began: steady, well down, and back where it was within a second."""
        turns = self._swings.turns
        if len(turns) < 2 or turns[-1][1] < turns[-2][1]:
            return None
        (t0, top), (t1, low) = turns[-2], turns[-1]
        deep = low - top
        if deep < math.radians(10) or not (0.1 <= t1 - t0 <= 0.6 and t - t1 <= 0.6):
            return None
        before = [a for at, a, *_ in self._path if t0 - 0.4 <= at <= t0]
        first = next((at for at, *_ in self._path), t)
        if t0 - first < 0.3 or max(before) - min(before) > 0.25 * deep or abs(pitch - top) > 0.3 * deep:
            return None
        return t0 if self._straight(t0) and self._risen(t0) else None

    def _risen(self, began: float) -> bool:
        """Whether the eyes are about as high again as they were: in a bow that begins they are not."""
        heights = [height for at, *_, height in self._path if at >= began]
        return heights[0] - heights[-1] <= max(0.5 * (heights[0] - min(heights)), 0.012)


class Wave(Move):
    """One raised hand whose fingertips go from side to side; from a hand's look, or from the body's finger."""

    def __init__(self) -> None:
        super().__init__(0.16, 0.65)
        self._path: deque[tuple[float, Spot]] = deque(maxlen=120)

    def step(self, tips: Spot | None, up: bool, t: float) -> bool:
        """tips : torso units, None where they are not seen; up : the hand is raised and not closed."""
        if tips is None or not up:
            if tips is not None:
                self._swings.clear()
                self._path.clear()
            return self._become(False, 0.0, t)
        while self._path and t - self._path[0][0] > _MEMORY:
            self._path.popleft()
        self._path.append((t, tips))
        if self._swings.step(tips[0], t) and self._swings.legs(0.08, self._longest, t) >= 3:
            began = self._swings.begun(3)
            x, y = zip(*[p for at, p in self._path if at >= began], strict=True)
            return self._become(bool(max(x) - min(x) > 1.2 * (max(y) - min(y))), began, t)
        return self._become(False, 0.0, t)


def waving(hand: HandLook, arm: ArmLook | None) -> bool:
    """Whether a hand is held as one that waves is."""
    lifted = arm is None or arm.wrist[1] > arm.elbow[1] + 0.1
    return lifted and hand.at[1] > -0.15 and hand.up > 0.3 and sum(f > 1.1 for f in hand.shape.fold) >= 3


def waving_arm(arm: ArmLook) -> bool:
    """The same of an arm alone, whose hand is not made out: then it must be higher."""
    return arm.index[1] > 0.05 and arm.wrist[1] > arm.elbow[1] + 0.3 and arm.index[1] > arm.wrist[1]


class Beckon(Move):
    """Fingers bent and stretched again and again, on a hand that stays where it is: come closer."""

    def __init__(self) -> None:
        super().__init__(0.75, 0.8)
        self._path: deque[tuple[float, Spot, Spot]] = deque(maxlen=120)

    def step(self, hand: HandLook | None, t: float) -> bool:
        """Whether it began or ended with this look."""
        if hand is None or not self._held(hand):
            if hand is not None:
                self._swings.clear()
            return self._become(False, 0.0, t)
        while self._path and t - self._path[0][0] > _MEMORY:
            self._path.popleft()
        tips = hand.tips[0] - hand.at[0], hand.tips[1] - hand.at[1]
        self._path.append((t, hand.at, tips))
        turned = self._swings.step(sum(hand.shape.open) / 4, t)
        if turned and self._swings.legs(0.1, self._longest, t) >= 3:
            began = self._swings.begun(3)
            still = _wide([at for when, at, _ in self._path if when >= began]) < 0.4
            # a hand seen from its end seems to open and close while it does nothing: its tips stay where they are
            moved = _wide([tip for when, _, tip in self._path if when >= began]) > 0.13
            return self._become(still and moved, began, t)
        return self._become(False, 0.0, t)

    @staticmethod
    def _held(hand: HandLook) -> bool:
        """In front of the body, and no palm shown to the camera, which says hello or no."""
        shown = hand.shape.palm[2] > 0.6 and hand.up > 0.6
        return hand.at[1] > -1.1 and not shown and hand.long > 0.06


def _wide(spots: list[Spot]) -> float:
    x, y = zip(*spots, strict=True)
    return float(max(max(x) - min(x), max(y) - min(y)))
