"""Many tracks of one width at one time, all together.

The keys of all tracks lie one after another in one table, with what interpolation needs worked out once for each key.
Tracks that share their times (an exporter writes them once for a whole skeleton) share the search for the key; then
one gather fetches every track's key and one product of matrices interpolates them.
Source: glTF 2.0, appendix C.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat
from ..model.clip import Track
from ..types import FloatArray

_NO_LENGTH: Final = 1e-12
_NO_TURN: Final = (0, 0, 0, 1)
_SHORTEST: Final = 1e-9
"""Seconds. Keys that lie nearer are one moment."""
_NARROWEST: Final = 1e-3
"""Radians. Below this, spherical and straight weights are the same in float32, and the sine stays safe to divide by."""
_HERMITE: Final = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [-3, 3, -2, -1], [2, -2, 1, 1]], np.float32)
"""Powers 1, u, u², u³ to the weights of: value before, value after, tangent out of the one, tangent into the other."""


class Bank:
    """Tracks of the same width, all cubic or none; ``rotation``: they are quaternions.

    count : T; width : C; rows : (T,) 0 … T-1, what ``at`` takes for all tracks at once.
    ``sample`` works in buffers of the bank's own and allocates nothing: one thread at a time."""

    def __init__(self, tracks: Sequence[Track], rotation: bool = False) -> None:
        self.cubic, self.rotation = tracks[0].interpolation == "cubic", rotation
        self.count, self.width = len(tracks), tracks[0].width
        self.rows = np.arange(self.count)
        times = [np.asarray(t.times, np.float64) for t in tracks]
        self._first, self._last = np.array([t[0] for t in times]), np.array([t[-1] for t in times])
        self._base = self.rows * (float(self._last.max(initial=0)) + 1.0)
        self._keys = np.concatenate([t + b for t, b in zip(times, self._base, strict=True)])
        self._time = np.concatenate(times)
        self._fill(tracks, [len(t) for t in times])
        self._plan(tracks, times)

    def _fill(self, tracks: Sequence[Track], lengths: list[int]) -> None:
        """The table: a row a key; side by side the values before and after it, then the tangents or the sines."""
        c = self.width
        values = np.concatenate([np.asarray(t.values, np.float32) for t in tracks])
        step = np.diff(self._time, append=0).astype(np.float32)
        ends = np.cumsum(lengths) - 1
        step[ends] = 0
        held = np.repeat([t.interpolation == "step" for t in tracks], lengths)
        self._pace = np.divide(1, step, out=np.zeros_like(step), where=(step > _SHORTEST) & ~held)
        after = np.minimum(np.arange(1, len(values) + 1), len(values) - 1)
        after[ends] = ends
        if self.cubic:
            parts = [values[:, 1], values[after, 1], values[:, 2] * step[:, None], values[after, 0] * step[:, None]]
        else:
            parts = [values, values[after]]
            if self.rotation:
                parts[1] *= np.where(np.einsum("ki,ki->k", *parts) < 0, -1, 1).astype(np.float32)[:, None]
                # by the chord: the arc cosine of nearly 1 would lose half the digits
                chord = np.linalg.norm(parts[1].astype(np.float64) - parts[0], axis=1)
                angle = np.maximum(2 * np.arcsin(np.minimum(chord / 2, 1)), _NARROWEST)
                parts.append(np.stack([angle, 1 / np.sin(angle)], 1).astype(np.float32))
        self._table = np.concatenate(parts, axis=1, dtype=np.float32)
        self._from, self._to = self._table[:, :c], self._table[:, c : 2 * c]

    def _plan(self, tracks: Sequence[Track], times: list[NDArray[np.float64]]) -> None:
        """Which tracks share their times, and the buffers."""
        seen: dict[tuple[bytes, bool], int] = {}
        keys = [(t.tobytes(), track.interpolation == "step") for t, track in zip(times, tracks, strict=True)]
        grids = np.array([seen.setdefault(key, len(seen)) for key in keys], np.intp)
        self._grids = [(array("d", key[0]), key[1]) for key in seen]
        lengths = np.array([len(t) for t in times])
        self._starts = (np.cumsum(lengths) - lengths).astype(np.intp)
        t, c, g = self.count, self.width, len(self._grids)
        parts = 4 if self.cubic else 2
        self._alike = g == 1
        self._at, self._grid_of = np.empty(t, np.intp), grids
        self._grid_key, self._grid_u = np.zeros(g, np.intp), np.zeros(g, np.float32)
        self._u, self._rest = np.empty(t, np.float32), np.empty(t, np.float32)
        self._powers, self._weights = np.ones((t, parts), np.float32), np.ones((t, parts), np.float32)
        self._got = np.empty((t, self._table.shape[1]), np.float32)
        self._parts, self._shares = self._got[:, : parts * c].reshape(t, parts, c), self._weights[:, None, :]
        self._angle, self._per_sine = self._got[:, -2], self._got[:, -1]
        self._length, self._lengths = np.empty(t, np.float32), np.empty((t, c), np.float32)
        self._again = np.repeat(np.arange(t), c).reshape(t, c)

    def all(self, t: float) -> FloatArray:
        """(T, C): every track at ``t`` seconds."""
        return self.sample(t, np.empty((self.count, self.width), np.float32))

    def sample(self, t: float, out: FloatArray) -> FloatArray:
        """Every track at ``t`` seconds into out : (T, C) float32, contiguous; clamped to each track's keys. What is no
        number is taken as 0. Returns ``out``."""
        t = 0.0 if math.isnan(t) else t
        for i, (times, held) in enumerate(self._grids):
            k = bisect_right(times, t) - 1
            if k < 0 or k == len(times) - 1 or held:
                self._grid_u[i] = 0.0
                self._grid_key[i] = max(k, 0)
                continue
            step = times[k + 1] - times[k]
            self._grid_u[i] = (t - times[k]) / step if step > _SHORTEST else 0.0
            self._grid_key[i] = k
        # one number for all, or one for each; broadcasting would have NumPy make buffers
        u: FloatArray | float = self._u
        if self._alike:
            np.add(self._starts, self._grid_key.item(0), out=self._at)
            u = self._grid_u.item(0)
        else:
            self._grid_key.take(self._grid_of, out=self._at, mode="clip")
            self._at += self._starts
            self._grid_u.take(self._grid_of, out=self._u, mode="clip")
        self._table.take(self._at, axis=0, out=self._got, mode="clip")
        self._weigh(u)
        np.matmul(self._shares, self._parts, out=out[:, None, :])
        if self.rotation:
            np.vecdot(out, out, out=self._length)
            np.sqrt(self._length, out=self._length)
            # tangents may cancel the values; then there is no direction to keep
            if self._length.min() < _NO_LENGTH:
                none = self._length < _NO_LENGTH
                out[none], self._length[none] = _NO_TURN, 1
            self._length.take(self._again, out=self._lengths, mode="clip")
            out /= self._lengths
        return out

    def _weigh(self, u: FloatArray | float) -> None:
        """The shares of the parts of each row of the table."""
        powers, weights = self._powers, self._weights
        if self.cubic:
            powers[:, 1] = u
            np.multiply(powers[:, 1], u, out=powers[:, 2])
            np.multiply(powers[:, 2], u, out=powers[:, 3])
            np.matmul(powers, _HERMITE, out=weights)
            return
        rest = 1 - u if isinstance(u, float) else np.subtract(1, u, out=self._rest)
        if not self.rotation:
            weights[:, 0], weights[:, 1] = rest, u
            return
        np.multiply(self._angle, rest, out=weights[:, 0])
        np.multiply(self._angle, u, out=weights[:, 1])
        np.sin(weights, out=weights)
        weights[:, 0] *= self._per_sine
        weights[:, 1] *= self._per_sine

    def at(self, rows: NDArray[np.intp], t: float | NDArray[np.float64]) -> FloatArray:
        """(n, C): track ``rows[i]`` at ``t`` (n,) or one time for all, seconds; clamped to each track's keys."""
        time = np.minimum(np.maximum(t, self._first[rows]), self._last[rows])
        k = np.searchsorted(self._keys, time + self._base[rows], side="right") - 1
        u = np.minimum(np.maximum((time - self._time[k]) * self._pace[k], 0), 1).astype(np.float32)[:, None]
        a, b = self._from[k], self._to[k]
        if self.cubic:
            weights = np.concatenate([u**0, u, u * u, u * u * u], 1) @ _HERMITE
            value = np.matmul(weights[:, None], self._table[k].reshape(len(k), 4, self.width))[:, 0]
            return quat.normalize(value) if self.rotation else value
        if not self.rotation:
            return np.asarray(a + (b - a) * u, np.float32)
        angle, per_sine = self._table[k, -2, None], self._table[k, -1, None]
        turn = (np.sin((1 - u) * angle) * a + np.sin(u * angle) * b) * per_sine
        return np.asarray(turn / np.sqrt(np.vecdot(turn, turn))[:, None], np.float32)


def sample(track: Track, times: NDArray[np.float64], rotation: bool = False) -> FloatArray:
    """(n, C): one track at many times (n,)."""
    return Bank([track], rotation).at(np.zeros(len(times), np.intp), times)
