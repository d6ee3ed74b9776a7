"""Vectors and rotations one at a time, as plain tuples of floats: for a few of them, many times cheaper than arrays.

Vectors are ``(x, y, z)``; rotations unit quaternions ``(x, y, z, w)``, as in ``quat``.
"""

from __future__ import annotations

import math
from typing import Final, TypeAlias

Vector: TypeAlias = tuple[float, float, float]
Turn: TypeAlias = tuple[float, float, float, float]

NONE: Final[Turn] = (0.0, 0.0, 0.0, 1.0)


def minus(a: Vector, b: Vector) -> Vector:
    """a - b."""
    return (a[0] - b[0], a[1] - b[1], a[2] - b[2])


def mix(a: Vector, b: Vector, t: float) -> Vector:
    """The point at ``t`` on the way from a to b."""
    return (a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t)


def dot(a: Vector, b: Vector) -> float:
    """Scalar product."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    """Vector product."""
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def length(a: Vector) -> float:
    """Euclidean length."""
    return math.sqrt(dot(a, a))


def unit(a: Vector) -> Vector:
    """At length 1; zero stays zero."""
    n = length(a)
    return (a[0] / n, a[1] / n, a[2] / n) if n > 1e-12 else (0.0, 0.0, 0.0)


def square_to(along: Vector, a: Vector) -> Vector:
    """The part of a square to unit ``along``."""
    k = dot(along, a)
    return (a[0] - k * along[0], a[1] - k * along[1], a[2] - k * along[2])


def multiply(a: Turn, b: Turn) -> Turn:
    """b first, then a."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def inverse(a: Turn) -> Turn:
    """The way back."""
    return (-a[0], -a[1], -a[2], a[3])


def rotate(a: Turn, v: Vector) -> Vector:
    """v turned by a."""
    u, w = (a[0], a[1], a[2]), a[3]
    t = cross(u, v)
    t = (2 * t[0], 2 * t[1], 2 * t[2])
    r = cross(u, t)
    return (v[0] + w * t[0] + r[0], v[1] + w * t[1] + r[1], v[2] + w * t[2] + r[2])


def about(axis: Vector, angle: float) -> Turn:
    """By ``angle`` radians about a unit axis."""
    s = math.sin(angle / 2)
    return (axis[0] * s, axis[1] * s, axis[2] * s, math.cos(angle / 2))


def share(a: Turn, part: float) -> Turn:
    """A part of a rotation, about its own axis, the shorter way round."""
    x, y, z, w = a if a[3] >= 0 else (-a[0], -a[1], -a[2], -a[3])
    s = math.sqrt(x * x + y * y + z * z)
    if s < 1e-9:
        return NONE
    return about((x / s, y / s, z / s), 2 * math.atan2(s, w) * part)


def between(a: Vector, b: Vector) -> Turn:
    """The shortest turn that takes unit a onto unit b."""
    w = 1 + dot(a, b)
    if w < 1e-6:
        x, y, z = unit(cross(a, (0.0, 1.0, 0.0) if abs(a[0]) > 0.6 else (1.0, 0.0, 0.0)))
        return (x, y, z, 0.0)
    x, y, z = cross(a, b)
    n = math.sqrt(x * x + y * y + z * z + w * w)
    return (x / n, y / n, z / n, w / n)


def onto(along: Vector, towards: Vector, to_along: Vector, to_towards: Vector) -> Turn:
    """The turn that takes the direction ``along`` onto ``to_along`` and, about it, ``towards`` onto ``to_towards``.
    All unit or at least not zero; ``towards`` may be askew to ``along`` but not parallel to it."""
    a, b = unit(along), unit(to_along)
    first = between(a, b)
    side = unit(square_to(b, rotate(first, towards)))
    goal = unit(square_to(b, to_towards))
    roll = math.atan2(dot(b, cross(side, goal)), dot(side, goal))
    return multiply(about(b, roll), first)
