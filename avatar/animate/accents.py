"""What head, brows and breath do while something is said: a few smooth bumps on a line of time.

A bump rises to its stroke and falls again, both by minimum jerk (Flash and Hogan 1985), so that value, speed and
acceleration are continuous and the bump's top lies on its stroke exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from ..linalg import signals
from ..types import FloatArray

CAPACITY: Final = 64
"""Bumps of one plan; a sentence of 20 seconds has about 40. Fixed, so that many plans stack into one array."""
KINDS: Final = ("nod", "shake", "lift", "brow", "breath")
WIDTH: Final = 5
"""Values of a sample: head's rotation vector (3), brows, breath."""
HEAD, BROW, BREATH = slice(0, 3), 3, 4
_NEVER: Final = 1e6


class Bump(NamedTuple):
    """stroke : seconds of its top; kind : one of ``KINDS``; strength : 0-1, how strong for its kind; rise, fall :
    seconds; amount : the five values at the top, radians for the head."""

    stroke: float
    kind: str
    strength: float
    rise: float
    fall: float
    amount: tuple[float, float, float, float, float]


class Beat(NamedTuple):
    """A beat of the hands. stroke : seconds at which the hand is at its lowest; name : gesture; strength : 0-1."""

    stroke: float
    name: str
    strength: float


class Accents:
    """A plan for one piece of speech; time 0 is the first sample of its sound. Bumps K = ``CAPACITY``, unused ones 0.

    stroke, strength, rise, fall : (K,) float32; kind : (K,) int8 into ``KINDS``, -1 unused; amount : (K, 5) float32;
    count : bumps in use; beats : in order of time; end : seconds at which the last bump is over.
    """

    def __init__(self, bumps: Sequence[Bump] = (), beats: Sequence[Beat] = ()) -> None:
        kept = sorted(sorted(bumps, key=lambda b: -b.strength)[:CAPACITY])
        n = self.count = len(kept)
        self.stroke = np.full(CAPACITY, _NEVER, np.float32)
        self.strength = np.zeros(CAPACITY, np.float32)
        self.rise, self.fall = np.ones((2, CAPACITY), np.float32)
        self.kind = np.full(CAPACITY, -1, np.int8)
        self.amount = np.zeros((CAPACITY, WIDTH), np.float32)
        self.beats = tuple(beats)
        if n:
            self.stroke[:n] = [b.stroke for b in kept]
            self.strength[:n] = [b.strength for b in kept]
            self.rise[:n] = [b.rise for b in kept]
            self.fall[:n] = [b.fall for b in kept]
            self.kind[:n] = [KINDS.index(b.kind) for b in kept]
            self.amount[:n] = [b.amount for b in kept]
        self.end = float((self.stroke + self.fall)[:n].max(initial=0.0))
        self._x, self._y = np.empty((2, CAPACITY), np.float32)

    def sample(self, t: float, out: FloatArray) -> FloatArray:
        """The five values at ``t`` seconds (negative before the sound begins) into ``out`` (5,) float32: head's
        rotation vector in radians, companion's axes (+x forwards, +y to its left, +z leans right), brows 0-1, breath
        0-1. Allocates nothing."""
        x, y = self._x, self._y
        if not -_NEVER / 2 < t < _NEVER / 2:
            out.fill(0)
            return out
        np.subtract(t, self.stroke, out=x)
        np.divide(x, self.fall, out=y)
        np.subtract(1, y, out=y)
        x /= self.rise
        x += 1
        np.minimum(x, y, out=x)
        np.clip(x, 0, 1, out=x)
        np.multiply(x, 6, out=y)
        y -= 15
        y *= x
        y += 10
        for _ in range(3):
            y *= x
        np.matmul(y, self.amount, out=out)
        return out

    def within(self, head: float, brow: float, step: float = 0.005) -> Accents:
        """The same with head and brows made smaller where bumps together pass the limits (radians; 0-1), in place."""
        if not self.count:
            return self
        n = self.count
        stroke, rise, fall = self.stroke[:n], self.rise[:n], self.fall[:n]
        t = np.arange(float((stroke - rise).min()), self.end, step, dtype=np.float32)[:, None]
        shape = signals.minimum_jerk(np.minimum(1 + (t - stroke) / rise, 1 - (t - stroke) / fall))
        values = shape @ self.amount[:n]
        tops = (
            float(np.square(values[:, HEAD]).sum(1).max()),
            float(values[:, BROW].max()),
            float(values[:, BREATH].max()),
        )
        self.amount[:, HEAD] *= min(1.0, head / max(tops[0] ** 0.5, 1e-9))
        self.amount[:, BROW] *= min(1.0, brow / max(tops[1], 1e-9))
        self.amount[:, BREATH] *= min(1.0, 1.0 / max(tops[2], 1e-9))
        return self
