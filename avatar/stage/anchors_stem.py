"""A stem in a person's hand: of a bouquet, a branch, a candle; or the handle of what hangs from it.

A fist has it in its hollow, along its knuckles. In a hand that is held open it stands where a thumb holds it, in the
fold beside the index finger, close before the palm. Between the two it goes over as the hand closes.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

import numpy as np

from ..types import FloatArray, Observation
from .anchors import Spot, facing, upright
from .anchors_person import openness, palm_feet
from .anchors_props import Held, across, closed_round, palm_out, unit
from .camera import Camera
from .hand_space import SolidHand
from .placement import Hold

SLENDER: Final = 0.026
"""Metres of radius up to which a thing is held so, and not like a cup."""
FREE: Final = math.radians(15.0)
"""So far a hand may be tilted, and what is in it stays upright."""
LEANS: Final = math.radians(50.0)
"""Of most things, the farthest that they lean with a hand."""
FLAME: Final = math.radians(22.0)
"""The same of what burns: nobody lets wax run over their fingers."""
_FLESH: Final = 0.0105  # metres of scale 1, of the palm before its bones
_CLOSES_S: Final = 0.25
_TURNS: Final = 0.25  # how far the other end of a fist must be up, to be the upper one now
_WEB: Final = ((5, 0.46), (2, 0.44), (0, 0.10))  # knuckle of the index finger, of the thumb, wrist: the fold between
_FACES: Final = 0.12  # how much a palm must face the lens, or be turned away, for it to count as that
_LEVEL: Final = 0.5  # how level knuckles must be for a handle to lie along them
_FLAT: Final = 0.6  # how much an open palm looks up, for something to stand on it


class Stem:
    """In one hand. height : metres of the thing; grip : the share of its height where it is held, and its radius there;
    most : radians that it leans at most; hangs : it hangs from its handle; stands : its foot is wide enough for it to
    stand on a palm that is held up flat."""

    def __init__(
        self,
        held: Held,
        side: str,
        height: float,
        grip: tuple[float, float],
        most: float = LEANS,
        hangs: bool = False,
        stands: bool = False,
    ) -> None:
        self._held, self._side, self._height = held, side, height
        self._share, self._radius = grip
        self._most, self._hangs, self._stands = 0.0 if hangs else most, hangs, stands
        self._up = 1.0
        self._closed: float | None = None
        self._facing = True
        self._last: Spot | None = None

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot under its foot; sure wherever the hand is found."""
        hand = self._held.of(self._side)
        if hand is None:
            return replace(self._last, confidence=0.0) if self._last is not None else None
        if self._stands and (feet := self._flat(hand, camera)) is not None:
            frame, hold = upright(feet, facing(feet)), Hold(self._side, "stand")
            self._last = Spot(frame, 1.0, self._height, 2, floor=False, before_person=True, hold=hold)
            return self._last
        closed = closed_round(hand.hand.world, stem=True)
        share = 1.0 if self._closed is None else min(1.0, dt / _CLOSES_S)
        before = closed if self._closed is None else self._closed
        self._closed = before + (closed - before) * share
        out, p = palm_out(hand), hand.points
        # which side of the palm is seen changes only when that is clear
        faces = float(out @ unit(-p[[0, 5, 9, 13, 17]].mean(0)))
        self._facing = faces > (-_FACES if self._facing else _FACES)
        wide = unit(p[5] - p[17])
        if wide[1] * self._up < -_TURNS:
            self._up = -self._up
        eased = self._closed * self._closed * (3 - 2 * self._closed)
        up = leaning(unit(_upright_in(out) * (1 - eased) + wide * np.float32(self._up * eased)), self._most)
        before_palm = out * np.float32(_FLESH * hand.scale + self._radius)
        middle = _web(hand) * np.float32(1 - eased) + p[[5, 9, 13, 17]].mean(0) * np.float32(eased) + before_palm
        frame = np.eye(4, dtype=np.float32)
        z = across(_to_lens(middle), up, out)
        if self._hangs and float(np.hypot(wide[0], wide[2])) > _LEVEL:  # its handle lies across the fingers
            z = across(np.cross(wide if wide @ np.cross(up, z) > 0 else -wide, up), up, z)
        frame[:3, 0], frame[:3, 1], frame[:3, 2] = np.cross(up, z), up, z
        frame[:3, 3] = middle - up * np.float32(self._share * self._height)
        how = "grip" if eased > 0.5 else "thumb" if self._facing else "behind"
        hold = Hold(self._side, how)
        end = int(self._up > 0 or self._closed < 0.5 or self._hangs)
        self._last = Spot(frame, 1.0, self._height, end, floor=False, before_person=True, hold=hold)
        return self._last

    def _flat(self, hand: SolidHand, camera: Camera) -> FloatArray | None:
        """(3,) where it stands on a palm that is open and held up, or None."""
        was = self._last is not None and self._last.hold == Hold(self._side, "stand")
        if palm_out(hand)[1] < _FLAT - 0.15 * was or openness(hand.hand) < 0.8 - 0.2 * was:
            return None
        return palm_feet(hand.hand, camera)


def leaning(up: FloatArray, most: float) -> FloatArray:
    """(3,) unit: the stage's own up, leant the way of ``up`` (3,) unit: by nothing where that is near, and by ``most``
    radians at most."""
    aside = np.array([up[0], 0, up[2]], np.float32)
    far = float(np.linalg.norm(aside))
    away = math.atan2(far, float(up[1]))
    lean = min(max(away - FREE, 0.0), most)
    if far < 1e-6:
        return np.array([0, 1, 0], np.float32)
    return np.asarray(aside / np.float32(far) * np.float32(math.sin(lean)) + (0, math.cos(lean), 0), np.float32)


def _upright_in(out: FloatArray) -> FloatArray:
    """(3,) unit: what is up in the plane of a palm that faces ``out``; where that lies flat, the stage's own up, leant
    back from the palm a little."""
    up = np.array([0, 1, 0], np.float32)
    return unit(up - out * np.float32(0.6 * out[1]))


def _web(hand: SolidHand) -> FloatArray:
    return np.asarray(sum(hand.points[k] * np.float32(share) for k, share in _WEB), np.float32)


def _to_lens(point: FloatArray) -> FloatArray:
    """(3,) unit: the way from a point to the lens."""
    return unit(-point)
