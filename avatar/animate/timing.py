"""When a clip is where: start, speed and a map of time, so that a stroke falls on a word."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from ..errors import UsageError

_EASE: Final = 0.15
"""Seconds in which a map's last slope goes over into the clip's own speed."""


class Timing:
    """The clip's time from the seconds since it was begun.

    warp : (clip time, play time) pairs, play times growing, clip times never falling. Between them goes the monotone
    cubic of Fritsch and Butland (1984), so that speed never jumps and time never runs backwards; before the first the
    clip leads up to it from ``start``, after the last it goes on at its own speed. speed : of the play time.
    """

    def __init__(self, start: float = 0.0, speed: float = 1.0, warp: Sequence[tuple[float, float]] | None = None):
        self.start = start if math.isfinite(start) else 0.0
        self.speed = min(max(speed, -20.0), 20.0) if math.isfinite(speed) else 1.0
        self._x: list[float] = []
        if warp:
            points = [(float(c), float(p)) for c, p in warp]
            if points[0][1] > 0:
                points.insert(0, (min(self.start, points[0][0]), 0.0))
            self._y, self._x = [c for c, _ in points], [p for _, p in points]
            runs = [b - a for a, b in zip(self._x, self._x[1:], strict=False)]
            rises = [b - a for a, b in zip(self._y, self._y[1:], strict=False)]
            sound = all(math.isfinite(v) for pair in points for v in pair)
            if not sound or any(r <= 0 for r in runs) or any(r < 0 for r in rises):
                raise UsageError("a warp needs play times that grow and clip times that do not fall")
            self._m = _slopes(runs, [rise / run for rise, run in zip(rises, runs, strict=True)])

    def at(self, seconds: float) -> float:
        """Clip time, seconds; may lie before the clip's start or after its end."""
        x = seconds * self.speed
        if not self._x:
            return self.start + x
        xs, ys, ms = self._x, self._y, self._m
        if x <= xs[0]:
            return ys[0] + (x - xs[0])
        if x >= xs[-1]:
            on = x - xs[-1]
            return ys[-1] + on + (ms[-1] - 1) * _EASE * -math.expm1(-on / _EASE)
        k = bisect_right(xs, x) - 1
        h = xs[k + 1] - xs[k]
        u = (x - xs[k]) / h
        v = 1 - u
        return (
            (1 + 2 * u) * v * v * ys[k]
            + u * v * v * h * ms[k]
            + u * u * (3 - 2 * u) * ys[k + 1]
            - u * u * v * h * ms[k + 1]
        )


def _slopes(runs: list[float], secants: list[float]) -> list[float]:
    """A slope a point: the weighted harmonic mean of the secants beside it; at the ends the clip's own speed, as far
    as three times the secant allows (beyond which a cubic would turn back)."""
    if not secants:
        return [1.0]
    found = [min(1.0, 3 * secants[0])]
    for h0, h1, d0, d1 in zip(runs, runs[1:], secants, secants[1:], strict=False):
        if d0 <= 0 or d1 <= 0:
            found.append(0.0)
            continue
        a, b = 2 * h1 + h0, h1 + 2 * h0
        found.append((a + b) / (a / d0 + b / d1))
    return [*found, min(1.0, 3 * secants[-1])]
