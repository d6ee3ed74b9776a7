"""Vertices and triangles of one primitive as arrays: normals, tangents, and what triangles do not use left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray, IntArray
from .place import Place

_ROWS = 1 << 15
"""Vertices that are looked at together, few enough to stay near the processor."""


@dataclass(slots=True)
class Vertices:
    """What one set of attributes says of V vertices; K morph targets. Shapes as in ``Primitive``. needs : how many
    joints their skin must have."""

    positions: FloatArray
    normals: FloatArray | None = None
    tangents: FloatArray | None = None
    uvs: tuple[FloatArray, ...] = ()
    colors: FloatArray | None = None
    joints: IntArray | None = None
    weights: FloatArray | None = None
    morph_positions: FloatArray | None = None
    morph_normals: FloatArray | None = None
    morph_tangents: FloatArray | None = None
    needs: int = 0

    def nbytes(self) -> int:
        """Bytes held."""
        few = (self.positions, self.normals, self.tangents, self.colors, self.joints, self.weights)
        morphs = (self.morph_positions, self.morph_normals, self.morph_tangents)
        return sum([a.nbytes for a in (*few, *morphs, *self.uvs) if a is not None])

    def pulled(self, joints: IntArray, weights: FloatArray) -> None:
        """Sets joints and weights (V, 4 or 8)."""
        self.joints, self.weights, self.needs = joints, weights, int(joints.max()) + 1

    def take(self, rows: NDArray[Any]) -> Vertices:
        """Those rows only, as new arrays."""
        made = Vertices(self.positions[rows], uvs=tuple(uv[rows] for uv in self.uvs))
        for name in ("normals", "tangents", "colors"):
            if (value := getattr(self, name)) is not None:
                setattr(made, name, value[rows])
        for name in ("morph_positions", "morph_normals", "morph_tangents"):
            if (value := getattr(self, name)) is not None:
                setattr(made, name, value[:, rows])
        if self.joints is not None and self.weights is not None:
            made.pulled(self.joints[rows], self.weights[rows])
        return made


@dataclass(slots=True)
class Geometry:
    """One primitive before it is hung on a node. material : the file's index or -1; place : where it stands."""

    vertices: Vertices
    normals: FloatArray
    indices: IntArray
    material: int
    place: Place


def triangles(indices: IntArray, mode: int) -> IntArray:
    """(T, 3) triangles, counter-clockwise as drawn, of a list (4), a strip (5) or a fan (6)."""
    n = len(indices)
    if n < 3:
        return np.empty((0, 3), np.int32)
    if mode == 4:
        return indices[: n // 3 * 3].reshape(-1, 3)
    if mode == 5:
        strip = np.stack([indices[:-2], indices[1:-1], indices[2:]], -1)
        strip[1::2] = strip[1::2, [1, 0, 2]]
        return strip
    return np.stack([indices[1:-1], indices[2:], np.broadcast_to(indices[0], n - 2)], -1)


def used(faces: IntArray, count: int) -> tuple[NDArray[np.intp], IntArray] | None:
    """(which of ``count`` vertices triangles use, rising; the triangles by those); None where it is most of them."""
    if faces.size < count // 8:
        rows, flat = np.unique(faces, return_inverse=True)
        return rows.astype(np.intp), flat.reshape(faces.shape).astype(np.int32)
    marked = np.zeros(count, np.bool_)
    marked[faces] = True
    if np.count_nonzero(marked) >= 0.75 * count:
        return None
    return np.flatnonzero(marked), (np.cumsum(marked, dtype=np.int32) - 1)[faces]


def strongest(joints: list[IntArray], weights: list[FloatArray], most: int) -> tuple[IntArray, FloatArray, bool]:
    """Of several sets (V, 4): the ``most`` joints that pull each vertex most, the strongest first, and their weights
    (V, most); whether that leaves out a hundredth of any vertex's pull."""
    count = len(joints[0])
    chosen, pulls, lost = np.empty((count, most), np.int32), np.empty((count, most), np.float32), False
    for start in range(0, count, _ROWS):
        rows = slice(start, start + _ROWS)
        joint = np.concatenate([part[rows] for part in joints], 1)
        weight = np.concatenate([part[rows] for part in weights], 1)
        largest = np.argsort(-weight, axis=1, kind="stable")[:, :most]
        chosen[rows] = np.take_along_axis(joint, largest, 1)
        pulls[rows] = np.take_along_axis(weight, largest, 1)
        lost = lost or bool((pulls[rows].sum(1) < 0.99 * weight.sum(1)).any())
    return chosen, pulls, lost


def face_normals(positions: FloatArray, faces: IntArray) -> FloatArray:
    """(T, 3) unit normals of triangles; a triangle without area points up."""
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    b -= a
    c -= a
    normal = np.empty_like(a)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        normal[:, i] = b[:, j] * c[:, k] - b[:, k] * c[:, j]
    return unit(normal)


def unit(vectors: NDArray[Any]) -> FloatArray:
    """Vectors (n, 3) of length 1; one without a length points up."""
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    bad = length < 1e-20
    lost = bool(bad.any())
    if lost:
        length[bad] = 1
    result = np.empty(vectors.shape, np.float32)
    np.divide(vectors, length[:, None], out=result, casting="same_kind")
    if lost:
        result[bad] = (0, 1, 0)
    return result


NO_NORMALS = np.empty((0, 3), np.float32)


def flatten(bare: list[Geometry]) -> None:
    """Flat normals for geometries that have three corners of their own for each triangle."""
    if not bare:
        return
    each = [g.vertices.positions for g in bare]
    points = np.concatenate(each) if len(each) > 1 else each[0]
    normals = np.repeat(face_normals(points, np.arange(len(points), dtype=np.int32).reshape(-1, 3)), 3, 0)
    at = 0
    for geometry, positions in zip(bare, each, strict=True):
        geometry.normals = normals[at : at + len(positions)]
        at += len(positions)


def tangents(raw: FloatArray) -> FloatArray:
    """Tangents (n, 4) of length 1, their w -1 or 1."""
    side = np.where(raw[:, 3:] < 0, np.float32(-1), np.float32(1))
    return np.concatenate([unit(raw[:, :3]), side], 1)
