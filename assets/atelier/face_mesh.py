"""The skin of the head: rings round eyes and mouth, a relaxed triangulation between them, mirrored; and its morphs, the
rings' own movement spread smoothly over the skin between.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from face_form import ROWS, locate, normals, surface
from face_loops import EYE_POINTS, EYE_RINGS, MOUTH_POINTS, MOUTH_RINGS, eye_rings, mouth_rings
from face_shapes import MM, REST, SHAPES, Shape
from kit import Array
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import factorized
from scipy.spatial import Delaunay, cKDTree

Ints = NDArray[np.int64]
_AROUND = 0.078  # metres of domain per radian of turn

_FALLS = np.linspace(0, ROWS, 400)
_LINE = 0.5 * (surface(np.full(400, 1e-4), _FALLS, 0.0) + surface(np.full(400, 1.2), _FALLS, 0.0))
_ARC = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(_LINE, axis=0), axis=1))])


def _flat(turn: Array, fall: Array) -> Array:
    return np.stack([turn * _AROUND, np.interp(fall, _FALLS, _ARC)], axis=-1)


def _lift(st: Array) -> tuple[Array, Array]:
    return st[:, 0] / _AROUND, np.interp(st[:, 1], _ARC, _FALLS)


def inside(poly: Array, q: Array) -> NDArray[np.bool_]:
    """Whether points (n, 2) lie within the polygon (k, 2)."""
    a, b = poly[None], np.roll(poly, -1, axis=0)[None]
    y = q[:, None, 1]
    cross = (a[..., 1] > y) != (b[..., 1] > y)
    x = a[..., 0] + (y - a[..., 1]) * (b[..., 0] - a[..., 0]) / np.where(
        a[..., 1] == b[..., 1], 1.0, b[..., 1] - a[..., 1]
    )
    return np.asarray((cross & (q[:, None, 0] < x)).sum(1) % 2 == 1)


@dataclass
class HalfFace:
    """Left half. positions, normals (V, 3); triangles (T, 3); turn, fall (V,), of ring vertices those of their resting
    place on the face; eye (rings, points) and mouth (rings, points): vertex indices."""

    positions: Array
    normals: Array
    triangles: Ints
    turn: Array
    fall: Array
    eye: Ints
    mouth: Ints


def _spacing(turn: Array, fall: Array) -> Array:
    """Wanted distance between vertices of the domain, metres."""
    p = surface(turn, fall, 0.0)
    near = np.hypot(p[..., 0] * 0.8, p[..., 1] - 1.468) + np.where(turn > 1.75, 0.08, 0.0)
    plain = 0.0092 + 0.012 * np.clip((near - 0.05) / 0.07, 0, 1)
    plain = np.where((fall > 7.0) & (turn < 1.75), np.minimum(plain, 0.0086), plain)
    return np.asarray(plain)


def _joined(st: Array) -> Ints:
    """(T, 3) Delaunay triangles. Many vertices lie on straight lines and circles, where the last bit of a number would
    decide: so the places are snapped to a micrometre first (beside the round numbers that the places are made of), and
    every processor joins them alike."""
    return np.asarray(Delaunay(np.floor(st * 2.0**20 + 0.3817) / 2**20).simplices, np.int64)


def _strips(ids: Ints, closed: bool) -> Ints:
    a = ids if not closed else np.concatenate([ids, ids[:, :1]], axis=1)
    p, q, r, s = a[:-1, :-1].ravel(), a[:-1, 1:].ravel(), a[1:, :-1].ravel(), a[1:, 1:].ravel()
    return np.concatenate([np.stack([p, q, s], 1), np.stack([p, s, r], 1)])


def half_face() -> HalfFace:
    """The left half at rest; its middle vertices have x = 0 exactly."""
    eye, mouth = eye_rings(REST), mouth_rings(REST)
    eye_ids = np.arange(EYE_RINGS * EYE_POINTS).reshape(EYE_RINGS, EYE_POINTS)
    mouth_ids = eye_ids.size + np.arange(MOUTH_RINGS * MOUTH_POINTS).reshape(MOUTH_RINGS, MOUTH_POINTS)
    ring_pos = np.concatenate([eye.reshape(-1, 3), mouth.reshape(-1, 3)])
    ring_turn, ring_fall = locate(ring_pos[:, :2])
    ring_turn[ring_pos[:, 0] < 1e-9] = 0.0
    ring_st = _flat(ring_turn, ring_fall)
    eye_poly, mouth_half = ring_st[eye_ids[-1]], ring_st[mouth_ids[-1]]
    mouth_poly = np.concatenate([mouth_half, [[-0.01, mouth_half[-1, 1]], [-0.01, mouth_half[0, 1]]]])

    steps = np.radians(np.arange(0, 181, 15.0))
    nose_y = np.array([1.4960, 1.4885, 1.4810, 1.4755, 1.4718, 1.4682, 1.4645, 1.4605])
    nose = [
        np.stack([np.full(len(nose_y) - k, x), nose_y[k:]], 1)
        for k, x in ((0, 0.0), (1, 0.0042), (2, 0.0082), (3, 0.0120))
    ]
    nose_turn, nose_fall = locate(np.concatenate(nose))
    nose_turn[: len(nose_y)] = 0.0
    mid_y = np.array([1.5750, 1.5590, 1.5450, 1.5330, 1.5220, 1.5120, 1.5040, 1.4295, 1.4235])
    mid_turn, mid_fall = locate(np.stack([np.zeros_like(mid_y), mid_y], 1))
    below = np.array([11.0, 11.6, 12.3, 13.0, 13.5])
    back = np.array([2.2, 3.3, 4.4, 5.5, 6.6, 7.7, 8.8, 9.9, 11.0, 12.0])
    top_turn = np.linspace(0, np.pi, 7)
    fixed_turn = np.concatenate(
        [steps, steps, nose_turn, mid_turn * 0, below * 0, [0.0], np.full(len(back), np.pi), top_turn]
    )
    fixed_fall = np.concatenate(
        [
            np.full(13, float(ROWS)),
            np.full(13, 13.45),
            nose_fall,
            mid_fall,
            below[:-1],
            [12.3],
            [2.1],
            back,
            np.full(7, 0.9),
        ]
    )
    fixed = _flat(fixed_turn, fixed_fall)
    fixed = np.unique(np.round(fixed, 7), axis=0)
    outer = np.concatenate([eye_poly, mouth_half])
    fixed = fixed[~inside(eye_poly, fixed) & ~inside(mouth_poly, fixed)]
    fixed = fixed[cKDTree(outer).query(fixed)[0] > 0.0028]

    rng = np.random.default_rng(7)
    span = np.array([np.pi * _AROUND, _ARC[-1]])
    tries = rng.random((30000, 2)) * span
    turn, fall = _lift(tries)
    want = _spacing(turn, fall)
    keep = (fall > 1.2) & (fall < 13.2) & (tries[:, 0] > 0.004) & (tries[:, 0] < span[0] - 0.006)
    keep &= ~inside(eye_poly, tries) & ~inside(mouth_poly, tries)
    still = np.concatenate([outer, fixed])
    keep &= cKDTree(still).query(tries)[0] > want * 0.86
    fresh, taken = np.empty_like(tries), 0
    for q, r in zip(tries[keep], want[keep], strict=True):
        if not taken or np.min(np.sum((fresh[:taken] - q) ** 2, 1)) > r * r:
            fresh[taken] = q
            taken += 1
    filler = fresh[:taken]
    for _ in range(12):
        st = np.concatenate([still, filler])
        tri = _joined(st)
        total, count = np.zeros_like(st), np.zeros(len(st))
        for i, j in ((0, 1), (1, 2), (2, 0)):
            for a, b in ((i, j), (j, i)):
                np.add.at(total, tri[:, a], st[tri[:, b]])
                np.add.at(count, tri[:, a], 1)
        moved = total[len(still) :] / count[len(still) :, None]
        moved = filler + 0.5 * (moved - filler)
        bad = inside(eye_poly, moved) | inside(mouth_poly, moved) | (cKDTree(outer).query(moved)[0] < 0.0045)
        filler = np.where(bad[:, None], filler, moved)
    st = np.concatenate([still, filler])
    tri = _joined(st)
    middle = st[tri].mean(1)
    e, f = st[tri[:, 1]] - st[tri[:, 0]], st[tri[:, 2]] - st[tri[:, 0]]
    area = np.abs(e[:, 0] * f[:, 1] - e[:, 1] * f[:, 0])
    tri = tri[~inside(eye_poly, middle) & ~inside(mouth_poly, middle) & (area > 1e-9)]

    rest_turn, rest_fall = _lift(st[len(outer) :])
    turn = np.concatenate([ring_turn, rest_turn, [0.0]])
    fall = np.concatenate([ring_fall, rest_fall, [0.0]])
    free = len(ring_pos)
    pole = len(turn) - 1
    to = np.concatenate([eye_ids[-1], mouth_ids[-1], free + np.arange(len(st) - len(outer))])
    skin = to[tri]
    top = [int(free + np.argmin(np.hypot(rest_turn - a, rest_fall - 0.9))) for a in top_turn]
    crown = np.array([(pole, b, a) for a, b in pairwise(top)], dtype=np.int64)
    positions = surface(turn, fall)
    positions[:free] = ring_pos
    positions[pole] = surface(np.array(0.0), np.array(0.0)) * (0, 1, 1)
    edge = (turn < 1e-6) | (turn > np.pi - 1e-6)
    edge[pole] = True
    positions[edge, 0] = 0.0
    normal = normals(turn, fall)
    normal[pole] = (0, 1, 0)
    normal[edge, 0] = 0.0
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    tris = np.concatenate([_strips(eye_ids, True), _strips(mouth_ids, False), skin, crown])
    outside = np.einsum("ij,ij->i", _cross(positions, tris), normal[tris].sum(1))
    ring_count = len(_strips(eye_ids, True)), len(_strips(mouth_ids, False))
    start = 0
    for n in ring_count:  # rings keep one winding, also where they turn inward
        block = slice(start, start + n)
        if outside[block].sum() < 0:
            tris[block] = tris[block][:, ::-1]
        start += n
    rest = np.arange(len(tris)) >= start
    flip = rest & (outside < 0)
    tris[flip] = tris[flip][:, ::-1]
    return HalfFace(positions, normal, tris, turn, fall, eye_ids, mouth_ids)


def _cross(p: Array, t: Ints) -> Array:
    return np.cross(p[t[:, 1]] - p[t[:, 0]], p[t[:, 2]] - p[t[:, 0]])


class Spread:
    """Movement of the whole half skin from that of its rings and chin: the smoothest field that agrees with them."""

    def __init__(self, half: HalfFace) -> None:
        self.half = half
        n = len(half.positions)
        t = half.triangles
        i = np.concatenate([t[:, 0], t[:, 1], t[:, 2]])
        j = np.concatenate([t[:, 1], t[:, 2], t[:, 0]])
        adj = coo_matrix((np.ones(2 * len(i)), (np.r_[i, j], np.r_[j, i])), shape=(n, n)).tocsr()
        adj.data[:] = 1.0
        lap = diags(np.asarray(adj.sum(1)).ravel()) - adj
        p = half.positions
        self.ring = np.zeros(n, bool)
        self.ring[half.eye.ravel()] = True
        self.ring[half.mouth.ravel()] = True
        self.chin = (half.fall > 9.7) & (half.fall < 13.3) & (half.turn < 1.35) & ~self.ring
        quiet = (half.turn > 1.3) | (half.fall < 6.6) | (half.fall > 13.3) | ((p[:, 1] > 1.462) & (p[:, 0] < 0.012))
        self.fixed = self.ring | self.chin | quiet
        free = ~self.fixed
        q = (lap.T @ lap).tocsc()
        self._solve = factorized(q[free][:, free].tocsc())
        self._cross = q[free][:, self.fixed]

    def move(self, shape: Shape) -> Array:
        """(V, 3) deltas of the half."""
        h = self.half
        d = np.zeros_like(h.positions)
        d[h.eye.ravel()] = (eye_rings(shape) - eye_rings(REST)).reshape(-1, 3)
        d[h.mouth.ravel()] = (mouth_rings(shape) - mouth_rings(REST)).reshape(-1, 3)
        side = np.clip((1.35 - h.turn) / 0.9, 0, 1)
        under = np.clip((13.3 - h.fall) / 1.6, 0, 1)
        w = (side * side * (3 - 2 * side) * under * under * (3 - 2 * under))[self.chin]
        d[self.chin] = w[:, None] * np.array([0.0, -1.0, -0.22]) * MM * shape.jaw
        free = ~self.fixed
        for k in range(3):
            d[free, k] = self._solve(-self._cross @ d[self.fixed, k])
        p = h.positions
        lump = np.exp(-0.5 * ((p[:, 0] - 0.038) / 0.012) ** 2 - 0.5 * ((p[:, 1] - 1.471) / 0.009) ** 2)
        lump *= ~self.ring & (p[:, 2] > 0.03)
        d += lump[:, None] * np.array([0.0, 0.8, 0.6]) * MM * shape.cheek
        d[p[:, 0] == 0.0, 0] = 0.0
        return d


def mirror(half: HalfFace) -> tuple[Array, Array, Ints, Ints]:
    """Both halves: positions, normals, triangles, and for each right vertex the left one it mirrors."""
    n = len(half.positions)
    own = np.flatnonzero(half.positions[:, 0] > 0.0)
    right = np.arange(n)
    right[own] = n + np.arange(len(own))
    flip = np.array([-1.0, 1.0, 1.0])
    p = np.concatenate([half.positions, half.positions[own] * flip])
    m = np.concatenate([half.normals, half.normals[own] * flip])
    return p, m, np.concatenate([half.triangles, right[half.triangles][:, ::-1]]), own


def softened(n: Array, tri: Ints, rounds: int = 3) -> Array:
    """Unit normals averaged with their neighbours', so that a toon shadow's edge runs clean."""
    e = np.concatenate([tri[:, [0, 1]], tri[:, [1, 2]], tri[:, [2, 0]]])
    e = np.unique(np.sort(e, axis=1), axis=0)
    for _ in range(rounds):
        total = n.copy()
        np.add.at(total, e[:, 0], n[e[:, 1]])
        np.add.at(total, e[:, 1], n[e[:, 0]])
        n = total / np.linalg.norm(total, axis=1, keepdims=True)
    return n


def both_sides(left: Array, own: Ints, keep: str = "both") -> Array:
    """A half's deltas on the whole face; keep : both, left or right."""
    d = np.concatenate([left, left[own] * (-1.0, 1.0, 1.0)])
    n = len(left)
    if keep == "left":
        d[n:] = 0.0
    elif keep == "right":
        d[:n] = 0.0
    return d


def face_morphs(half: HalfFace, own: Ints) -> dict[str, Array]:
    """Every morph of the skin, on the mirrored mesh."""
    spread = Spread(half)
    moves = {name: spread.move(shape) for name, shape in SHAPES.items()}
    morphs = {name: both_sides(d, own) for name, d in moves.items()}
    for side in ("left", "right"):
        morphs["blink" + side.capitalize()] = both_sides(moves["blink"], own, side)
    return morphs
