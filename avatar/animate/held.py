"""Expressions that somebody else holds: over the face's own life while they are held, and eased back when let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from ..linalg import signals
from ..types import FloatArray

_TAKE: Final = 60.0
"""Radians a second: how quickly a held weight takes the place of the face's own (critically damped, 0.1 s)."""
_LET_GO: Final = 16.0
"""The same for coming back, 0.4 s."""
_NOTHING: Final = 1e-3


class Held:
    """Weights of E expressions for A actors that are held from outside.

    value : (A, E) float32 0-1; share : (A, E) float32 0-1, how much of each expression is the holder's; any : whether
    anything is.
    """

    def __init__(self, index: Mapping[str, int], actors: int) -> None:
        self._index = {name.lower(): row for name, row in index.items()}
        self.value, self.share, self._wanted = (np.zeros((actors, len(index)), np.float32) for _ in range(3))
        self._damped = signals.Damped((actors, len(index)))
        self._omega = np.full((actors, len(index)), _TAKE, np.float32)
        self.any = False

    def hold(self, weights: Mapping[str, float | None], actor: int = 0) -> bool:
        """Hold each name at its weight, or let go of it where that is None; False when none of them is known."""
        known = False
        for name, weight in weights.items():
            row = self._index.get(name.strip().lower())
            if row is None:
                continue
            known = True
            if weight is None or not np.isfinite(weight):
                self._wanted[actor, row], self._omega[actor, row] = 0.0, _LET_GO
            else:
                self.value[actor, row] = min(1.0, max(0.0, weight))
                self._wanted[actor, row], self._omega[actor, row] = 1.0, _TAKE
                self.any = True
        return known

    def release(self, actor: int = 0) -> None:
        """Let go of all of an actor's."""
        self._wanted[actor], self._omega[actor] = 0.0, _LET_GO

    def step(self, dt: float) -> bool:
        """Move ``share`` on; whether anything is held."""
        if self.any:
            np.clip(self._damped.step(self._wanted, self._omega, dt), 0, 1, out=self.share)
            self.share[(self.share < _NOTHING) & (self._wanted == 0)] = 0
            self.any = bool(self.share.any() or self._wanted.any())
        return self.any

    def over(self, weights: FloatArray, rows: Sequence[bool] | FloatArray) -> FloatArray:
        """weights (A, E) with what is held in their place where rows (E,) is true, as a new array."""
        share = self.share * np.asarray(rows, np.float32)
        return np.asarray(weights + (self.value - weights) * share, np.float32)
