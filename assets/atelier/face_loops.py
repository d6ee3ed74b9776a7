"""The rings of vertices round the left eye and the left half of the mouth, for any Shape. Metres, companion frame."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from face_form import on_face
from face_shapes import MM, REST, Shape, eye_xy, lid_lines, lid_loop, lip_lines, mouth_xy
from kit import Array
from numpy.typing import NDArray

EYE_UP, EYE_LOW = 14, 10
EYE_POINTS = EYE_UP + EYE_LOW
_EYE_OUT = (0.0, 1.2, 2.9, 5.0, 8.0)  # millimetres from the lid's edge
_EYE_FOLLOW = (1.0, 0.84, 0.58, 0.26, 0.0)
EYE_RINGS = len(_EYE_OUT) + 1  # the first is the lid's inside

MOUTH_UP, MOUTH_LOW = 7, 6
MOUTH_POINTS = MOUTH_UP + MOUTH_LOW
_MOUTH_FORWARD = (0.5, 0.9, 1.0, 1.0, 0.85, 0.5, 0.2)
MOUTH_RINGS = len(_MOUTH_FORWARD)  # two inside, edge, lip, border, two outside


def _outward(x: Array, y: Array) -> Array:
    d = np.stack([(x - 0.3) / 15.0**2, (y + 1.0) / 9.0**2], axis=1)
    d[:, 1] *= 0.8
    return np.asarray(d / np.linalg.norm(d, axis=1, keepdims=True))


def lid_edge(shape: Shape) -> tuple[Array, Array, NDArray[np.bool_], Array]:
    """The opening's loop: (n, 2) millimetres, (n, 2) outward at rest, upper mask, and how open it is at each place."""
    x, upper = lid_loop(EYE_UP, EYE_LOW)
    top, bottom = lid_lines(x, shape)
    top0, bottom0 = lid_lines(x, REST)
    gap = np.maximum(top0 - bottom0, 1e-6)
    opened = np.where(gap > 0.2, (top - bottom) / gap, 1.0)
    rest = np.stack([x, np.where(upper, top0, bottom0)], axis=1)
    edge = np.stack([x, np.where(upper, top, bottom)], axis=1)
    return edge, _outward(rest[:, 0], rest[:, 1]), upper, opened


@lru_cache(maxsize=64)
def eye_rings(shape: Shape) -> Array:
    """(EYE_RINGS, EYE_POINTS, 3), inside of the lid first, then its edge and outward."""
    rest = lid_edge(REST)[0]
    edge, out, upper, opened = lid_edge(shape)
    closing = np.clip(1 - opened, 0, 1) * upper
    rings = []
    for k, (off, follow) in enumerate(zip(_EYE_OUT, _EYE_FOLLOW, strict=True)):
        xy = rest + off * out + follow * (edge - rest)
        if k == 0:
            xy = xy - np.stack([np.zeros_like(closing), 0.35 * closing], axis=1)
        p = on_face(eye_xy(xy[:, 0], xy[:, 1]))
        p[:, 2] += (0.5 * MM) * closing * (k <= 2) + 0.25 * MM * (k <= 1)
        rings.append(p)
    inside = rings[0].copy()
    inside[:, :2] += 0.5 * MM * out
    inside[:, 2] -= (3.4 + 2.2 * np.clip(-rest[:, 0] / 16, 0, 1)) * MM
    return np.stack([inside, *rings])


def mouth_u() -> tuple[Array, NDArray[np.bool_]]:
    """Places along the half mouth: from the middle over the upper lip to the corner and back below; upper mask."""
    a = np.linspace(0, np.pi / 2, MOUTH_UP)
    b = np.linspace(np.pi / 2, 0, MOUTH_LOW + 1)[1:]
    return np.concatenate([np.sin(a), np.sin(b)]), np.concatenate([np.ones(MOUTH_UP, bool), np.zeros(MOUTH_LOW, bool)])


def _lip_xy(shape: Shape) -> tuple[Array, Array, Array]:
    """Edge (n, 2), outward (n, 2) and height of the red (n,), millimetres about the mouth."""
    u, upper = mouth_u()
    x, top, bottom, red_up, red_low = lip_lines(u, shape)
    sign = np.where(upper, 1.0, -1.0)
    out = np.stack([u**2, sign * np.sqrt(np.maximum(1 - u**4, 0))], axis=1)
    red = np.maximum(np.where(upper, red_up, red_low), 0.9 * shape.plump)
    return np.stack([x, np.where(upper, top, bottom)], axis=1), out, red


@lru_cache(maxsize=64)
def mouth_rings(shape: Shape) -> Array:
    """(MOUTH_RINGS, MOUTH_POINTS, 3), deepest first."""
    u, upper = mouth_u()
    sign = np.where(upper, 1.0, -1.0)
    rest_edge, out, rest_red = _lip_xy(REST)
    edge, _, red = _lip_xy(shape)
    border0 = rest_edge + out * rest_red[:, None]
    move = edge + out * red[:, None] - border0
    tuck = shape.bite * ~upper * (1 - u**4)

    def outside(off: float, up: float, low: float) -> tuple[Array, Array]:
        at = border0 + out * off
        return at, at + move * np.where(upper, up, low)[:, None]

    pairs = [
        (rest_edge, edge),
        (rest_edge + out * rest_red[:, None] * 0.5, edge + out * red[:, None] * 0.5),
        (border0, border0 + move),
        outside(3.2, 0.72, 0.85),
        outside(7.5, 0.38, 0.62),
    ]
    rings = []
    for k, (at, to) in enumerate(pairs):
        to = to.copy()
        to[:, 1] += tuck * (0.3, 1.2, 0.8, 0.3, 0.0)[k]
        p = on_face(mouth_xy(at[:, 0], at[:, 1]))
        plain = on_face(mouth_xy(at[:, 0], at[:, 1]), 0.0)[:, 2]
        p[:, 2] += on_face(mouth_xy(to[:, 0], to[:, 1]), 0.0)[:, 2] - plain
        p[:, :2] = mouth_xy(to[:, 0], to[:, 1])
        p[:, 2] += MM * shape.forward * _MOUTH_FORWARD[k + 2] * (1 - 0.35 * u**2)
        p[:, 2] -= MM * shape.press * (0.9, 0.5, 0.1, 0.0, 0.0)[k] * (1 - u**2)
        p[:, 2] -= MM * tuck * (4.2, 2.2, 0.4, 0.0, 0.0)[k]
        rings.append(p)
    lip = rings[0]
    near, deep = lip.copy(), lip.copy()
    near[:, 1] += sign * 0.5 * MM * (1 - u**6)
    near[:, 2] -= MM * (2.8 - 1.2 * u**6)
    deep[:, 0] *= 1.02
    deep[:, 1] += sign * MM * 2.2 * (1 - u**6)
    deep[:, 2] -= MM * (6.5 - 3.0 * u**6)
    return np.stack([deep, near, *rings])
