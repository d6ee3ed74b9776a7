"""Inertialisation: at a change of motion the old one is dropped at once, and only the gap to the new one is kept, with
its speed, and settles to nothing. Whatever is interrupted, wherever, place and speed go on without a jump.

Source: D. Bollo, "Inertialization: High-Performance Animation Transitions in Gears of War", GDC 2018. There a quintic
falls along one axis of the gap; here it falls in all three numbers of its rotation vector, so that speed across that
axis is kept too.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..linalg import quat
from ..types import FloatArray

SPEED_SECONDS: Final = 0.3
"""In which a speed settles at the latest: the longer it took, the farther it would carry."""
FASTEST: Final = 25.0
"""Radians, or metres, a second; faster than any limb, so it is an error of the source."""


def decay(age: float, seconds: float) -> tuple[float, float]:
    """(share of the gap, seconds of its speed) that are left ``age`` seconds after the change.

    The two quintics with value, or slope, 1 at the start, no second derivative there, and nothing at all at the end."""
    if age >= seconds:
        return 0.0, 0.0
    u = max(age, 0.0) / seconds
    gap = 1 + u * u * u * (-10 + u * (15 - 6 * u))
    quick = min(seconds, SPEED_SECONDS)
    if age >= quick:
        return gap, 0.0
    u = max(age, 0.0) / quick
    return gap, quick * u * (1 + u * u * (-6 + u * (8 - 3 * u)))


def turn_gap(now: tuple[FloatArray, FloatArray], before: tuple[FloatArray, FloatArray], dt: float) -> FloatArray:
    """(2, n, 3): rotation vectors of the gap and its change a second.

    now, before : (what was shown, what would have been) at the last frame and ``dt`` seconds earlier, (n, 4) each;
    dt 0: no speed is known."""
    one = quat.multiply(now[0], quat.conjugate(now[1]))
    one = np.where(one[:, 3:] < 0, -one, one).astype(np.float32, copy=False)
    found = np.zeros((2, len(one), 3), np.float32)
    found[0] = _log(one)
    if dt > 0:
        two = quat.multiply(before[0], quat.conjugate(before[1]))
        # on the same branch, so that a gap of half a turn has a speed too
        two = np.where(np.vecdot(one, two)[:, None] < 0, -two, two).astype(np.float32, copy=False)
        found[1] = found[0] - _log(two)
        found[1] /= dt
        _bound(found[1])
    return found


def way_gap(now: tuple[FloatArray, FloatArray], before: tuple[FloatArray, FloatArray], dt: float) -> FloatArray:
    """(2, n, C): the same of places or weights, (n, C) each."""
    gap = now[0] - now[1]
    found = np.zeros((2, *gap.shape), np.float32)
    found[0] = gap
    if dt > 0:
        found[1] = gap - (before[0] - before[1])
        found[1] /= dt
        _bound(found[1])
    return found


def _log(q: FloatArray) -> FloatArray:
    """Rotation vectors of up to a whole turn: the sign of q counts."""
    n = np.sqrt(np.vecdot(q[:, :3], q[:, :3]))[:, None]
    ratio = 2 * np.arctan2(n, q[:, 3:]) / np.maximum(n, 1e-9)
    return np.asarray(q[:, :3] * np.where(n < 1e-7, 2, ratio), np.float32)


def _bound(speed: FloatArray) -> None:
    size = np.sqrt(np.vecdot(speed, speed))[:, None]
    speed *= np.minimum(1, FASTEST / np.maximum(size, 1e-9))
