"""A shallow cup in the person's hand: level, on the fingers, the thumb at its rim.

It is as large as it is, however a hand is closed. On a palm that looks up its foot is on the fingers; in any other hand
it is before the palm, between thumb and fingers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..types import FloatArray, Observation
from .anchors import Spot
from .anchors_props import Held, palm_out
from .camera import Camera
from .hand_space import SolidHand
from .placement import Hold

_FLESH: Final = 0.0095  # metres of scale 1, from the middle of a finger's bone to its skin
_ON: Final = 0.42  # from the knuckles to the middle joints: where the foot is
_UP: Final = (0.05, 0.55)  # how much a palm looks up, from which on it does so wholly
_HIGH: Final = 0.72  # of its height, where a palm that is held up touches it
_HELD: Final = 0.8  # of its half width, how far from a palm held up its middle is: thumb and fingers are round it
_TO_LENS: Final = 0.2  # a palm that faces nowhere has it on the side of the lens
_FOLLOW_S: Final = 0.06
"""Seconds of the low-pass over where it is: a level thing shows every tremble of what is seen of a hand."""
_LEAPS: Final = 0.25  # metres, beyond which it is another hand, or seen anew
_KNUCKLES, _MIDDLES = [5, 9, 13, 17], [6, 10, 14, 18]


class Bowl:
    """In the person's hand. side : their own; height, half : metres."""

    def __init__(self, held: Held, side: str, height: float, half: float) -> None:
        self._held, self._side, self._height, self._half = held, side, height, half
        self._at: FloatArray | None = None
        self._last: Spot | None = None

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot under its foot."""
        hand = self._held.of(self._side)
        if hand is None:
            return replace(self._last, confidence=0.0) if self._last is not None else None
        at = bowl_seat(hand, self._height, self._half)
        if self._at is None or float(np.linalg.norm(at - self._at)) > _LEAPS:
            self._at = at
        self._at = self._at + (at - self._at) * np.float32(min(1.0, dt / _FOLLOW_S))
        frame = np.eye(4, dtype=np.float32)
        frame[:3, 3] = self._at
        hold = Hold(hand.side, "bowl")
        self._last = Spot(frame, 1.0, self._height, floor=False, before_person=True, hold=hold)
        return self._last


def bowl_seat(hand: SolidHand, height: float, half: float) -> FloatArray:
    """(3,) stage: where the middle of a shallow cup's foot is in a hand, the cup level."""
    p, flesh = hand.points, np.float32(_FLESH * hand.scale)
    out = palm_out(hand)
    knuckles, middles = p[_KNUCKLES].mean(0), p[_MIDDLES].mean(0)
    on = knuckles + (middles - knuckles) * np.float32(_ON)
    flat = on.copy()
    # under the foot no bone goes through it
    near = p[[*_KNUCKLES, *_MIDDLES]]
    under = near[np.hypot(near[:, 0] - on[0], near[:, 2] - on[2]) < 0.45 * half]
    flat[1] = max(float(on[1]), float(np.median(under[:, 1])) if len(under) else -9.0) + flesh
    aside = np.array([out[0], 0, out[2] + _TO_LENS], np.float32)
    aside = aside / np.float32(max(float(np.linalg.norm(aside)), 1e-6))
    held = on + aside * (np.float32(_HELD * half) + flesh)
    held[1] -= np.float32(_HIGH * height)
    share = min(max((float(out[1]) - _UP[0]) / (_UP[1] - _UP[0]), 0.0), 1.0)
    share = share * share * (3 - 2 * share)
    return np.asarray(held + (flat - held) * np.float32(share), np.float32)
