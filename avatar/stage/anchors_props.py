"""What a prop can be attached to: a finger, a hand closed round it, a printed tag. See ``anchors`` for what these give.

A side is always the person's own, since that is what tracking says: a mirrored picture changes nothing here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..spelling import FINGERS
from ..types import FloatArray, Observation
from .anchors import Anchor, Spot, facing, upright
from .anchors_person import openness, palm_feet
from .anchors_tags import TagAnchor
from .camera import Camera
from .hand_space import SolidHand, capsules
from .placement import Hold

SEAT: Final = 0.56  # of the way from a finger's knuckle to its middle joint: where a ring sits, clear of the web
_SLIM: Final = 0.88  # of a finger's radius where it is widest: at the seat of a ring, and what hides its far half
_NEAR: Final = 0.018  # metres round a ring within which other fingers may cover it
TIGHT: Final = 1.04  # of that: a ring's hole
_FLESH: Final = 0.0105  # metres of scale 1, of the palm before its bones and of a finger round its own
_GRIPS: Final = np.linspace(0.022, 0.044, 12)  # metres: radii of what a hand can be closed round
_SHIFTS: Final = np.linspace(-0.02, 0.02, 9)  # metres that its middle may be beside the knuckles
_BENT: Final = (0.92, 1.06, 1.66, 1.80)
"""How far a finger's tip is from the wrist, of its knuckle from there: in a fist, round a thing, round a thing still,
straight."""
_SIZES: Final = (0.7, 1.3)  # of a prop's own size, to fit the hand
_FITTED_S: Final = 0.25
_UPRIGHT: Final = (math.radians(25.0), math.radians(70.0))
"""Held so far from upright, what is in a hand is kept upright, and goes all the way with the hand."""
_FLAT: Final = 0.55  # how much of an open palm looks up, for something to stand on it
_LOST_S: Final = 1.0  # seconds after which another hand may be the one that something is in
_OVER: Final = (0.10, 0.0)  # metres on the print to the right and up from its middle, where no tag is named


@dataclass(slots=True)
class Held:
    """The hands that props are on, the nearest to the companion's first. going : sides of hands that are not found any
    more; out : of those held out, in the same order."""

    hands: tuple[SolidHand, ...] = ()
    going: frozenset[str] = field(default_factory=frozenset)
    out: tuple[str, ...] = ()

    def of(self, side: str) -> SolidHand | None:
        """The hand of a side, while it is found."""
        return next((h for h in self.hands if h.side == side), None)

    def capsules(self, side: str, point: FloatArray) -> FloatArray | None:
        """What a hand hides near a stage point (3,) by its shape (``hand_space.capsules``)."""
        hand = self.of(side)
        if hand is None:
            return None
        a, way = hand.ends[:, 0], hand.ends[:, 1] - hand.ends[:, 0]
        share = ((point - a) * way).sum(1) / np.maximum((way * way).sum(1), 1e-9)
        nearest = a + way * np.clip(share, 0, 1)[:, None]
        near = np.linalg.norm(nearest - point, axis=1) < _NEAR * hand.scale + hand.radii
        return np.asarray(capsules(hand, _SLIM)[near], np.float32)


class AnyHand:
    """On whichever hand is held out when it is first looked for, and on that from then on; on another one when that was
    lost and another is held out. make : the anchor on the hand of a side."""

    def __init__(self, held: Held, make: Callable[[str], Anchor]) -> None:
        self._held, self._make = held, make
        self._side = ""
        self._anchor: Anchor | None = None
        self._lost = 0.0

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot on the hand that it is; None before there is one."""
        seen = [hand.side for hand in self._held.hands]
        self._lost = 0.0 if self._side in seen else self._lost + dt
        if not self._side or self._lost > _LOST_S:
            sides = [side for side in self._held.out if side in seen] or (seen if not self._side else [])
            if sides:
                self._side, self._lost = sides[0], 0.0
                self._anchor = self._make(self._side)
        return None if self._anchor is None else self._anchor.step(observation, camera, dt)


class Finger:
    """Round the first phalanx of a finger, its stone at the back of the hand; as wide as the finger is."""

    def __init__(self, held: Held, side: str, finger: str, height: float, hole: float) -> None:
        self._held, self._side = held, side
        self._finger = FINGERS.index(finger)
        self._height, self._hole = height, hole
        self._last: Spot | None = None

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot in the middle of the ring."""
        hand = self._held.of(self._side)
        if hand is None:
            return replace(self._last, confidence=0.0) if self._last is not None else None
        first = 1 + 4 * self._finger + (self._finger == 0)
        group = 1 + 3 * self._finger + (self._finger == 0)
        a, b = hand.points[first], hand.points[first + 1]
        along = unit(b - a)
        back = across(-palm_out(hand), along, _knuckles(hand))
        frame = np.eye(4, dtype=np.float32)
        frame[:3, 0], frame[:3, 1], frame[:3, 2] = np.cross(along, back), along, back
        frame[:3, 3] = a + (b - a) * np.float32(SEAT)
        radius = float(hand.radii[hand.group == group][0])
        height = self._height * radius * _SLIM * TIGHT / self._hole
        self._last = Spot(frame, 1.0, height, floor=False, before_person=True, hold=Hold(self._side, "worn"))
        return self._last


class Fingertips:
    """Something small between the tips of thumb and index finger. side : "" = of the right hand, or of the left one
    where only that is found."""

    def __init__(self, held: Held, side: str, height: float, half: float) -> None:
        self._held, self._side, self._height, self._half = held, side, height, half
        self._last: Spot | None = None

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot in the middle of a ring that is held by its edge."""
        sides = (self._side,) if self._side else ("right", "left")
        hand = next((h for h in map(self._held.of, sides) if h is not None), None)
        if hand is None:
            return replace(self._last, confidence=0.0) if self._last is not None else None
        p = hand.points
        tips = (p[4] + p[8]) / 2
        ahead = unit(tips - p[0])
        axis = across(unit(p[5] - p[17]), ahead, palm_out(hand))
        frame = np.eye(4, dtype=np.float32)
        frame[:3, 0], frame[:3, 1], frame[:3, 2] = np.cross(axis, ahead), axis, ahead
        frame[:3, 3] = tips + ahead * np.float32(self._half)
        self._last = Spot(frame, 1.0, self._height, floor=False, before_person=True, hold=Hold(hand.side, "tips"))
        return self._last


class Grip:
    """In a hand that is closed round it, as thick as the hand is closed; on a flat palm it stands. half : metres of its
    radius where it is held, ``share`` of its height up; given : into a hand that was held out, where it stays however
    that is closed."""

    def __init__(self, held: Held, side: str, height: float, half: float, share: float, given: bool) -> None:
        self._held, self._side, self._given = held, side, given
        self._height, self._half, self._share = height, half, share
        self._up = 1.0
        self._size, self._shift = 1.0, 0.0
        self._last: Spot | None = None

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot under its foot."""
        hand = self._held.of(self._side)
        if hand is None:
            return replace(self._last, confidence=0.0) if self._last is not None else None
        sure = closed_round(hand.hand.world)
        if self._given and not (openness(hand.hand) >= 0.8 and palm_out(hand)[1] >= _FLAT):
            sure = 1.0
        if sure > 0 or self._last is None or self._last.hold != Hold(self._side, "stand"):
            spot = self._standing(hand, camera) if sure <= 0 else None
            self._last = spot or self._gripped(hand, sure, dt)
        else:
            self._last = self._standing(hand, camera) or replace(self._last, confidence=0.0)
        return self._last

    def _standing(self, hand: SolidHand, camera: Camera) -> Spot | None:
        if palm_out(hand)[1] < _FLAT or openness(hand.hand) < 0.8:
            return None
        feet = palm_feet(hand.hand, camera)
        if feet is None:
            return None
        hold = Hold(self._side, "stand")
        height = self._height * self._size
        return Spot(upright(feet, facing(feet)), 1.0, height, 2, floor=False, before_person=True, hold=hold)

    def _gripped(self, hand: SolidHand, sure: float, dt: float) -> Spot:
        p = hand.points
        wide = unit(p[5] - p[17])
        # Which end of it is up is decided anew only when that is clear.
        if wide[1] * self._up < -0.25:
            self._up = -self._up
        up = nearly_upright(wide * np.float32(self._up))
        out = across(palm_out(hand), up, unit(p[9] - p[0]))
        palm = p[[5, 9, 13, 17]].mean(0)
        flesh = _FLESH * hand.scale
        bones = p[[6, 7, 8, 10, 11, 12, 14, 15, 16, 18, 19, 20]]
        radius, shift = _round(bones - palm, up, out, flesh)
        size = min(max(radius / self._half, _SIZES[0]), _SIZES[1])
        share = min(1.0, dt / _FITTED_S) if self._last is not None else 1.0
        self._size += (size - self._size) * share
        self._shift += (shift - self._shift) * share
        palm = palm + np.cross(up, out) * np.float32(self._shift)
        middle = palm + out * np.float32(flesh + self._size * self._half)
        frame = np.eye(4, dtype=np.float32)
        frame[:3, 0], frame[:3, 1], frame[:3, 2] = np.cross(up, out), up, out
        height = self._height * self._size
        frame[:3, 3] = middle - up * np.float32(self._share * height)
        hold = Hold(self._side, "grip")
        return Spot(frame, sure, height, int(self._up > 0), floor=False, before_person=True, hold=hold)


class OnTag:
    """On the plane of a printed tag: in the middle of the one with this number, or of any, beside its middle, where the
    companion stands."""

    def __init__(self, height: float, half: float, number: int | None) -> None:
        self._anchor = TagAnchor({("april", number): (0.0, 0.0, 0.0)} if number is not None else None)
        self._height = height
        self._beside = (_OVER[0] + half, _OVER[1]) if number is None else (0.0, 0.0)

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot under its foot."""
        spot = self._anchor.step(observation, camera, dt)
        plane = self._anchor.plane
        if spot is None or plane is None:
            return spot
        frame = spot.frame.copy()
        frame[:3, 3] += (plane[:3, 0] * self._beside[0] + plane[:3, 1] * self._beside[1]).astype(np.float32)
        return replace(spot, frame=frame, height=self._height)


def closed_round(world: FloatArray, stem: bool = False) -> float:
    """0-1: how surely four fingers are bent round something, neither straight nor folded to a fist, but for a ``stem``,
    round which they are. world : (21, 3)."""
    off = np.linalg.norm(world - world[0], axis=1)
    bent = off[[8, 12, 16, 20]] / np.maximum(off[[5, 9, 13, 17]], 1e-6)
    fist, least, most, straight = _BENT
    shut = 1.0 if stem else np.clip((bent.min() - fist) / (least - fist), 0, 1)
    return float(shut * np.clip((straight - bent.max()) / (straight - most), 0, 1))


def palm_out(hand: SolidHand) -> FloatArray:
    """(3,) unit, stage: out of the palm, on the side that it faces."""
    p = hand.points
    out = np.cross(p[5] - p[0], p[17] - p[0])
    return unit(out if hand.side == "right" else -out)


def _knuckles(hand: SolidHand) -> FloatArray:
    """(3,) what a finger's back turns to when it is bent square to the palm."""
    return unit(hand.points[[5, 9, 13, 17]].mean(0) - hand.points[0])


def across(way: FloatArray, axis: FloatArray, other: FloatArray) -> FloatArray:
    """(3,) unit: ``way`` at right angles to ``axis``; the nearer both lie together, the more of ``other``."""
    along = float(way @ axis)
    mixed = way + other * np.float32(max(0.0, abs(along) - 0.3))
    return unit(mixed - axis * np.float32(float(mixed @ axis)))


def nearly_upright(up: FloatArray) -> FloatArray:
    """(3,) unit: ``up`` moved to the stage's own, wholly where it is near."""
    away = math.acos(min(max(float(up[1]), -1.0), 1.0))
    low, high = _UPRIGHT
    share = min(max((away - low) / (high - low), 0.0), 1.0)
    return unit(up * np.float32(share) + np.array([0, 1 - share, 0], np.float32))


def _round(bones: FloatArray, up: FloatArray, out: FloatArray, flesh: float) -> tuple[float, float]:
    """The radius of the thing before a palm (its knuckles at the origin, facing ``out``) round which bones (N, 3) lie,
    and how far along ``up × out`` its middle is, metres: of some, what fits best."""
    across, away = bones @ np.cross(up, out), bones @ out
    radius, shift = _GRIPS[:, None, None], _SHIFTS[None, :, None]
    off = np.hypot(across - shift, away - flesh - radius) - (radius + 0.8 * flesh)
    a, b = np.unravel_index(int(np.argmin((off**2).mean(2))), (len(_GRIPS), len(_SHIFTS)))
    return float(_GRIPS[a]), float(_SHIFTS[b])


def unit(v: FloatArray) -> FloatArray:
    return np.asarray(v / max(float(np.linalg.norm(v)), 1e-9), np.float32)
