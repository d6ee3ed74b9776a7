"""Locks of hair: tapered strands with a lens-shaped section lofted along a curve, and the weights of their chains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from face_form import normals, surface
from kit import Array, Chain
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Ints = NDArray[np.int64]
MM = 1e-3
# across (half widths) and out (thicknesses) of a section, from the left edge over the front; the last is the back
_SECTION = np.array([(-1.0, 0.0), (-0.45, 0.82), (0.45, 0.82), (1.0, 0.0), (0.0, -0.55)])
TOP, BOTTOM = 1.672, 1.290
"""Heights of the hair picture's upper and lower edge."""


_DOME = np.array([0.0, 1.545, -0.008]), np.array([0.0800, 0.1030, 0.0945])


def dome(p: Array) -> Array:
    """Points of the skull (n, 3), above the temples moved out to the fuller round of dressed hair."""
    q = p - _DOME[0]
    grow = 1 / np.linalg.norm(q / _DOME[1], axis=-1, keepdims=True)
    above = np.clip(q[..., 1:2] / 0.03, 0, 1)
    return np.asarray(_DOME[0] + q * (1 + np.maximum(grow - 1, 0) * above))


def scalp(turn: float, fall: float, lift: float) -> Array:
    """(3,) point ``lift`` millimetres above the hair's ground; a negative turn is the right side."""
    t, f = np.array([abs(turn)]), np.array([max(fall, 0.35)])
    p = dome(surface(t, f, 0.0))[0] + normals(np.maximum(t, 1e-3), f, 0.0)[0] * lift * MM
    return np.asarray(p * (np.sign(turn) if turn else 0.0, 1.0, 1.0))


Profile = tuple[tuple[float, float], ...]


@dataclass
class Lock:
    """One strand. path : (k, 3) points it runs through, root first; width : millimetres at its widest; widths, thick :
    (fraction along, share of the width or millimetres) rows; chain : the spring chain that moves it; shift : where it
    sits across the picture; segments : along its length."""

    path: list[Array]
    width: float
    widths: Profile
    thick: Profile
    chain: str
    shift: float
    segments: int


def _curve(path: Array, n: int) -> tuple[Array, Array]:
    """(n, 3) points of a spline through ``path``, closer together where it bends and toward its tip, and the
    fraction of its length at each."""
    s = np.concatenate([[0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(path, axis=0), axis=1)))])
    fine = CubicSpline(s, path)(np.linspace(0, s[-1], 240))
    step = np.diff(fine, axis=0)
    length = np.linalg.norm(step, axis=1)
    arc = np.concatenate([[0], np.cumsum(length)]) / length.sum()
    way = step / length[:, None]
    bend = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1)), [0]])
    bend[-1] = bend[-2]
    pace = arc + 0.9 * bend / bend[-1] + 0.35 * arc**4
    at = np.interp(np.linspace(0, pace[-1], n), pace, arc)
    return np.stack([np.interp(at, arc, fine[:, k]) for k in range(3)], axis=1), at


def _away(p: Array) -> Array:
    """(n, 3) directions away from the head and neck's middle, level below the ears."""
    centre = np.stack([np.zeros(len(p)), np.clip(p[:, 1], 1.20, 1.545), np.full(len(p), -0.008)], 1)
    d = p - centre
    return np.asarray(d / np.linalg.norm(d, axis=1, keepdims=True))


def loft(lock: Lock) -> tuple[Array, Ints, Array, Array]:
    """positions, triangles, uvs and normals of a lock; its tip is one point, its root is closed."""
    n = lock.segments + 1
    mid, t = _curve(np.array(lock.path), n)
    w = np.interp(t, *np.array(lock.widths).T) * lock.width * MM / 2
    h = np.interp(t, *np.array(lock.thick).T) * MM
    along = np.gradient(mid, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    out = _away(mid)
    out = out - along * np.sum(out * along, axis=1, keepdims=True)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    across = np.cross(out, along)  # to the viewer's right when the strand hangs, so the section runs left to right
    m = len(_SECTION)
    sag = w**2 / (2 * 0.085)  # edges bend round the head
    rows = []
    for a, o in _SECTION:
        rows.append(mid + across * (a * w)[:, None] + out * (o * h - sag * a * a)[:, None])
    rings = np.stack(rows, axis=1)
    p = np.concatenate([rings[:-1].reshape(-1, 3), mid[-1:], mid[:1] - along[:1] * 1.0 * MM])
    tip, root = (n - 1) * m, (n - 1) * m + 1
    tri = []
    for k in range(n - 2):
        for i in range(m):
            a, b = k * m + i, k * m + (i + 1) % m
            tri += [(a, a + m, b), (b, a + m, b + m)]
    last = (n - 2) * m
    tri += [(last + i, tip, last + (i + 1) % m) for i in range(m)]
    tri += [(i, (i + 1) % m, root) for i in range(m)]
    tris = np.array(tri, dtype=np.int64)
    a, b, c = p[tris[2]]  # on the front
    if np.cross(b - a, c - a) @ out[0] < 0:
        tris = tris[:, ::-1]
    spread = np.array([0.0, 0.28, 0.72, 1.0, 0.5])
    share = float(w.max()) / MM / 110.0
    left = lock.shift % 1.0 * (1 - 2 * share)
    u = np.concatenate([(left + spread[None] * (w[:-1, None] / MM) / 55.0).ravel(), [left + share, left + share]])
    v = (TOP - p[:, 1]) / (TOP - BOTTOM)
    v[m - 1 : (n - 1) * m : m] = 0.03  # the side toward the head lies in the dark
    away = np.concatenate([np.repeat(_away(mid)[:-1], m, axis=0), _away(mid)[-1:], _away(mid)[:1]])
    return p, tris, np.stack([u, v], 1), away


def chain_weights(p: Array, chain: Chain) -> dict[str, Array]:
    """Bone name -> (V,) share of each joint, by where a point falls along the chain; the rest is the head's."""
    j = np.array([x for _, x in chain.joints])
    step = np.diff(j, axis=0)
    length = np.linalg.norm(step, axis=1)
    start = np.concatenate([[0], np.cumsum(length)])
    best, at = np.full(len(p), np.inf), np.zeros(len(p))
    for k in range(len(step)):
        f = (p - j[k]) @ step[k] / length[k] ** 2
        f = np.clip(f, -1.0 if k == 0 else 0.0, 2.0 if k == len(step) - 1 else 1.0)
        d = np.linalg.norm(p - j[k] - f[:, None] * step[k], axis=1)
        at = np.where(d < best, start[k] + f * length[k], at)
        best = np.minimum(best, d)
    nodes = np.concatenate([[-0.5 * length[0]], (start[:-1] + start[1:]) / 2])
    names = [chain.parent, *(n for n, _ in chain.joints[:-1])]
    eye = np.eye(len(nodes))
    return {name: np.interp(at, nodes, eye[i]) for i, name in enumerate(names)}
