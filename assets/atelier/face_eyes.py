"""Eyes, lashes, lid lines and brows of the left side, for any Shape; the right side is their mirror."""

from __future__ import annotations

import numpy as np
from face_form import EYE, on_face
from face_loops import lid_edge
from face_shapes import INNER, MM, OUTER, REST, Shape, eye_xy, lid_lines
from kit import Array
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Mesh = tuple[Array, Ints, Array]
"""positions (V, 3), triangles (T, 3), uvs (V, 2)"""

IRIS = (11.2, 12.6)
"""Half width and half height of the iris, millimetres."""
_IRIS_AT = (-0.3, 0.2)
_IRIS_DEPTH = 1.6
_MID, _HALF = (INNER + OUTER) / 2, (OUTER - INNER) / 2


def ribbon(low: Array, high: Array, back: Array | None = None) -> Mesh:
    """A strip between two rows of points (n, 3) that run from inner to outer; uv u along, v from high (0) to low (1).
    A third row ``back`` closes it behind ``high``."""
    rows = [low, high] if back is None else [low, high, back]
    n = len(low)
    p = np.concatenate(rows)
    i = np.arange(n - 1)
    tri = np.concatenate(
        [np.stack([k * n + a for a in (i, i + 1, i + 1 + n)], 1) for k in range(len(rows) - 1)]
        + [np.stack([k * n + a for a in (i, i + 1 + n, i + n)], 1) for k in range(len(rows) - 1)]
    )
    u = np.tile(np.linspace(0, 1, n), len(rows))
    v = np.repeat([1.0, 0.0, 0.0][: len(rows)], n)
    return p, tri, np.stack([u, v], axis=1)


def disc(rings: Array, middle: Array, uv: Array, uv_middle: Array) -> Mesh:
    """A fan and strips: rings (R, n, 3) from the inside out, counter-clockwise seen from the front."""
    r, n = rings.shape[:2]
    p = np.concatenate([middle[None], rings.reshape(-1, 3)])
    a, b = np.arange(n), (np.arange(n) + 1) % n
    tri = [np.stack([np.zeros(n, int), 1 + a, 1 + b], 1)]
    for k in range(r - 1):
        i, o = 1 + k * n, 1 + (k + 1) * n
        tri += [np.stack([i + a, o + a, o + b], 1), np.stack([i + a, o + b, i + b], 1)]
    return p, np.concatenate(tri), np.concatenate([uv_middle[None], uv.reshape(-1, 2)])


def white() -> Mesh:
    """The white: a shallow bowl behind the opening, wider than it. uv over the opening's box."""
    edge = lid_edge(REST)[0][::-1][::2]  # counter-clockwise
    middle = np.array([0.3, -0.2])
    rings, uvs = [], []
    for s in (0.45, 0.85, 1.14):
        xy = middle + s * (edge - middle)
        p = on_face(eye_xy(xy[:, 0], xy[:, 1]))
        p[:, 2] -= MM * (5.6 - 1.2 * s * s + 2.9 * s * np.clip((1.0 - xy[:, 0]) / 14, 0, 1))
        rings.append(p)
        uvs.append(np.stack([(xy[:, 0] + 19) / 38, (14.5 - xy[:, 1]) / 29], 1))
    c = on_face(eye_xy(middle[:1], middle[1:]))[0] - (0, 0, 5.6 * MM)
    return disc(np.array(rings), c, np.array(uvs), np.array([0.51, 0.5]))


def iris() -> Mesh:
    """The iris, a shallow cap just behind the lids. uv covers the unit disc; its texture is round."""
    a = 2 * np.pi * np.arange(28) / 28
    ends = on_face(eye_xy(np.array([-8.0, 0.0, 8.0]), np.zeros(3)))[:, 2]
    slope = (ends[2] - ends[0]) / (16 * MM)
    top = ends[1] - _IRIS_DEPTH * MM
    rings, uvs = [], []
    for s in (0.6, 1.0):
        x, y = IRIS[0] * s * np.cos(a), IRIS[1] * s * np.sin(a)
        z = top + 0.8 * slope * x * MM - (x * x + y * y) / (2 * 55.0) * MM
        rings.append(np.column_stack([eye_xy(x + _IRIS_AT[0], y + _IRIS_AT[1]), z]))
        uvs.append(np.stack([0.5 + 0.5 * s * np.cos(a), 0.5 - 0.5 * s * np.sin(a)], 1))
    c = np.array([EYE[0] + _IRIS_AT[0] * MM, EYE[1] + _IRIS_AT[1] * MM, top])
    return disc(np.array(rings), c, np.array(uvs), np.array([0.5, 0.5]))


def _on(x: Array, y: Array, lift: Array | float) -> Array:
    p = on_face(eye_xy(x, y))
    p[:, 2] += np.asarray(lift) * MM
    return p


def upper_lash(shape: Shape) -> Mesh:
    """A dark band on the upper lid's edge, thickest beyond its middle, with a small wing; shut, it turns down."""
    t = np.linspace(0, 1, 19)
    x = _MID - _HALF * np.cos(np.pi * t)
    top, bottom = lid_lines(x, shape)
    top0, bottom0 = lid_lines(x, REST)
    closing = np.clip(1 - (top - bottom) / np.maximum(top0 - bottom0, 0.3), 0, 1) * (top0 - bottom0 > 0.3)
    closing[-3:] = closing[-4] * np.array([0.8, 0.5, 0.25])
    closing[:2] = closing[2] * np.array([0.5, 0.8])
    thick = np.interp(t, [0, 0.15, 0.45, 0.8, 1.0], [0.4, 1.4, 2.6, 3.4, 2.6])
    rise = np.gradient(top0, x)
    out = np.stack([-rise, np.ones_like(rise)], 1) / np.hypot(rise, 1)[:, None]
    out[-3:] = np.array([0.62, 0.78])
    down = np.stack([0.25 * (t - 0.4), -np.ones_like(t)], 1)
    way = out * (1 - closing)[:, None] + down * closing[:, None] * 0.9
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 0.35)
    base = np.stack([x, top - 0.45 + 0.5 * closing], 1)
    far = base + way * thick[:, None]
    shut = closing[-1]
    far[-1] = np.array([x[-1] + 1.9, top[-1] + 3.4 - 4.0 * shut])
    tip = np.array([x[-1] + 4.0, top[-1] + 2.9 - 4.2 * shut])
    base, far = np.vstack([base, tip - (0.1, 0.2)]), np.vstack([far, tip])
    lift = np.append(np.full(19, 0.55), 0.9)
    flare = np.append(0.6 + 1.1 * np.sin(np.pi * t * 0.9), 0.9)
    return ribbon(_on(base[:, 0], base[:, 1], lift), _on(far[:, 0], far[:, 1], lift + flare * 0.8))


def lower_lash(shape: Shape) -> Mesh:
    """A thin line on the outer part of the lower lid."""
    t = np.linspace(0.30, 0.985, 11)
    x = _MID - _HALF * np.cos(np.pi * t)
    bottom = lid_lines(x, shape)[1]
    thick = np.interp(t, [0.3, 0.55, 0.85, 1.0], [0.15, 0.45, 0.75, 0.6])
    lift = 0.45
    return ribbon(_on(x, bottom - thick, lift), _on(x, bottom + 0.1, lift))


def crease(shape: Shape) -> Mesh:
    """The fold above the upper lid."""
    t = np.linspace(0.16, 0.95, 12)
    x = _MID - (_HALF + 0.6) * np.cos(np.pi * t)
    inner = np.clip(x, INNER, OUTER)
    move = lid_lines(inner, shape)[0] - lid_lines(inner, REST)[0]
    y = lid_lines(inner, REST)[0] + np.interp(t, [0.15, 0.5, 0.95], [2.8, 4.3, 5.0]) + 0.34 * move
    thick = 0.55 * np.sin(np.pi * np.clip((t - 0.12) / 0.86, 0, 1)) ** 0.7
    return ribbon(_on(x, y - thick / 2, 0.5), _on(x, y + thick / 2, 0.5))


def brow(shape: Shape) -> Mesh:
    """The brow: a soft band, full near its inner third, tapering outward; its back row gives it a rounded section."""
    t = np.concatenate([[0, 0.02, 0.06], np.linspace(0.13, 1, 10)])
    x = -18.5 + 42.0 * t
    y = np.interp(t, [0, 0.25, 0.6, 0.8, 1.0], [21.8, 23.2, 24.6, 23.6, 20.2])
    y = np.convolve(np.pad(y, 1, mode="edge"), [0.25, 0.5, 0.25], "valid")
    y[0], y[-1] = 21.8, 20.2
    thick = np.interp(t, [0, 0.02, 0.06, 0.3, 0.7, 1.0], [0.9, 2.2, 2.9, 3.4, 2.4, 0.4])
    rise = (1 - t) ** 2 * shape.brow_in + 2 * t * (1 - t) * shape.brow_mid * 1.35 + t**2 * shape.brow_out
    near = -shape.brow_near * (1 - t) ** 1.5
    low = _on(x + near, y + rise - thick / 2, 0.5)
    mid = _on(x + near - 0.2, y + rise, 1.0)
    high = _on(x + near - 0.4, y + rise + thick / 2, 0.5)
    return ribbon(low, mid, high)
