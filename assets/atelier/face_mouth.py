"""Inside of the mouth and the line between the lips, for any Shape; whole width."""

from __future__ import annotations

import numpy as np
from face_eyes import Mesh, disc, ribbon
from face_form import MOUTH_Y, on_face
from face_loops import MOUTH_UP, mouth_rings
from face_shapes import MM, Shape
from kit import Array

TEETH_DEPTH = 5.4
"""Millimetres from the middle of the resting lips to the front of the teeth."""
TEETH_LOW = -1.9


def _whole(half: Array) -> Array:
    """A half loop (n, 3), middle over the upper lip to the middle below, as the whole loop, counter-clockwise from the
    front."""
    left = half[1:-1] * (-1.0, 1.0, 1.0)
    return np.asarray(np.concatenate([half[:1], left, half[::-1][:-1]])[:])


def _front() -> float:
    return float(on_face(np.array([[0.0, MOUTH_Y]]))[0, 2])


def cavity(shape: Shape) -> Mesh:
    """The dark bag behind the lips, seen from within; uv v runs from the lips (0) to the throat (1)."""
    deep = _whole(mouth_rings(shape)[0])
    c = deep.mean(0)
    wide = c + (deep - c) * (1.04, 1.15, 1.0)
    back = c + (deep - c) * (1.0, 1.0, 0.4) - (0, 0, 0.013)
    end = c + (deep - c) * (0.5, 0.55, 0.1) - (0, 0, 0.024)
    n = len(deep)
    v = np.repeat([0.75, 0.45, 0.05], n).reshape(3, n)
    uv = np.stack([np.full_like(v, 0.5), v], -1)
    return disc(np.array([end, back, wide]), c - (0, 0, 0.026), uv, np.array([0.5, 0.95]))


def teeth(shape: Shape) -> Mesh:
    """The upper teeth as one clean strip; rounded lips draw it up a little."""
    x = np.linspace(-24.0, 24.0, 17)
    rise = 0.3 * max(17.0 - shape.width, 0.0)
    z = _front() - MM * (TEETH_DEPTH + x * x / (2 * 28.0))
    low = np.stack([x * MM, MOUTH_Y + MM * (TEETH_LOW + rise + 0.008 * x * x), z], 1)
    high = np.stack([x * MM, np.full_like(x, MOUTH_Y + 5.0 * MM), z], 1)
    return ribbon(low, high)


def tongue(shape: Shape) -> Mesh:
    """A low dome that sinks with the jaw."""
    a = 2 * np.pi * np.arange(14) / 14
    drop = 0.36 * shape.low + 0.15 * shape.jaw
    y0, z0 = MOUTH_Y - MM * (5.2 + drop), _front() - MM * (16.0 - 0.4 * shape.forward)
    width = 8.0 * np.clip(0.55 + 0.45 * shape.width / 17.0, 0.5, 1.1)
    rings = []
    for s, h in ((0.5, -0.5), (0.85, -2.2), (1.0, -5.0)):
        rings.append(
            np.stack([width * s * np.cos(a) * MM, np.full_like(a, y0 + h * MM), z0 - 9.0 * s * np.sin(a) * MM], 1)
        )
    uv = np.zeros((3, 14, 2)) + 0.5
    return disc(np.array(rings), np.array([0.0, y0, z0]), uv, np.array([0.5, 0.5]))


def lip_line(shape: Shape) -> Mesh:
    """The dark line where the lips meet: it rides on the upper lip's edge and runs a little past the corners."""
    edge = mouth_rings(shape)[2][:MOUTH_UP]
    step = edge[-1] - edge[-2]
    step /= np.linalg.norm(step)
    past = 1.1 * np.clip(1 - (shape.up + shape.low) / 3.0, 0.2, 1.0)
    tip = edge[-1] + (step * (1.3, 1.0, 1.0) + (0, 0.2, 0)) * past * MM
    row = np.concatenate([(edge * (-1, 1, 1))[::-1], edge[1:]])
    row = np.concatenate([tip[None] * (-1, 1, 1), row, tip[None]])
    u = np.abs(np.linspace(-1, 1, len(row)))
    thick = MM * np.interp(u, [0, 0.3, 0.75, 0.9, 1.0], [0.42, 0.30, 0.42, 0.55, 0.05])
    up = np.array([0.0, 1.0, 0.0])
    front = np.array([0.0, 0.0, 0.75 * MM])
    return ribbon(row - up * thick[:, None] + front, row + up * thick[:, None] * 0.8 + front)
