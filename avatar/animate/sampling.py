"""Many tracks of one width at one time, all together.

The keys of all tracks lie one after another on one line, each track moved far enough to be behind the one before, so
that a single binary search finds every track's key. What interpolation needs is worked out once for each key.
Source: glTF 2.0, appendix C.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat
from ..model.clip import Track
from ..types import FloatArray

_SHORTEST = 1e-9
"""Seconds. Keys that lie nearer are one moment."""


class Bank:
    """Tracks of the same width, all cubic or none; ``rotation``: they are quaternions.

    rows : (T,) 0 … T-1, what ``at`` takes for all tracks at once."""

    def __init__(self, tracks: Sequence[Track], rotation: bool = False) -> None:
        self.cubic, self.rotation = tracks[0].interpolation == "cubic", rotation
        self.rows = np.arange(len(tracks))
        times = [np.asarray(t.times, np.float64) for t in tracks]
        self._first, self._last = np.array([t[0] for t in times]), np.array([t[-1] for t in times])
        self._base = self.rows * (float(self._last.max(initial=0)) + 1.0)
        self._keys = np.concatenate([t + b for t, b in zip(times, self._base, strict=True)])
        self._time = np.concatenate(times)
        values = np.concatenate([np.asarray(t.values, np.float32) for t in tracks])
        step = np.diff(self._time, append=0).astype(np.float32)
        ends = np.cumsum([len(t) for t in times]) - 1
        step[ends] = 0
        held = np.repeat([t.interpolation == "step" for t in tracks], [len(t) for t in times])
        self._pace = np.divide(1, step, out=np.zeros_like(step), where=(step > _SHORTEST) & ~held)
        after = np.minimum(np.arange(1, len(values) + 1), len(values) - 1)
        after[ends] = ends
        if self.cubic:
            self._from, self._to = values[:, 1], values[after, 1]
            self._leave, self._arrive = values[:, 2] * step[:, None], values[after, 0] * step[:, None]
            return
        self._from, self._to = values, values[after]
        if rotation:
            dot = np.einsum("ki,ki->k", self._from, self._to)
            self._to *= np.where(dot < 0, -1, 1).astype(np.float32)[:, None]
            self._angle = np.arccos(np.minimum(np.abs(dot), 1))
            sine = np.sin(self._angle)
            self._near = sine < 1e-4
            self._per_sine = np.divide(1, sine, out=np.zeros_like(sine), where=~self._near)

    def all(self, t: float) -> FloatArray:
        """(T, C): every track at ``t`` seconds."""
        return self.at(self.rows, t)

    def at(self, rows: NDArray[np.intp], t: float | NDArray[np.float64]) -> FloatArray:
        """(n, C): track ``rows[i]`` at ``t`` (n,) or one time for all, seconds; clamped to each track's keys."""
        time = np.minimum(np.maximum(t, self._first[rows]), self._last[rows])
        k = np.searchsorted(self._keys, time + self._base[rows], side="right") - 1
        u = np.minimum(np.maximum((time - self._time[k]) * self._pace[k], 0), 1).astype(np.float32)[:, None]
        a, b = self._from[k], self._to[k]
        if self.cubic:
            uu = u * u
            uuu = uu * u
            value = (2 * uuu - 3 * uu + 1) * a + (uuu - 2 * uu + u) * self._leave[k]
            value += (3 * uu - 2 * uuu) * b + (uuu - uu) * self._arrive[k]
            return quat.normalize(value) if self.rotation else value
        if not self.rotation:
            return np.asarray(a + (b - a) * u, np.float32)
        angle, per_sine, near = self._angle[k, None], self._per_sine[k, None], self._near[k, None]
        uses = np.where(near, 1 - u, np.sin((1 - u) * angle) * per_sine)
        turn = uses * a + np.where(near, u, np.sin(u * angle) * per_sine) * b
        return np.asarray(turn / np.sqrt(np.vecdot(turn, turn))[:, None], np.float32)


def sample(track: Track, times: NDArray[np.float64], rotation: bool = False) -> FloatArray:
    """(n, C): one track at many times (n,)."""
    return Bank([track], rotation).at(np.zeros(len(times), np.intp), times)
