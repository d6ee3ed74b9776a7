"""Mesh primitives: vertices, weights, morph targets and triangles, checked against each other.

Source: glTF 2.0, sections 3.7 (meshes) and 3.7.3 (skins).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray, IntArray
from .accessors import Accessors
from .place import Place

MAX_VERTICES = 4_000_000
MAX_PRIMITIVES = 1 << 13
MAX_TARGETS = 1 << 12

_SMALL = ("SCALAR",)


@dataclass(slots=True)
class Vertices:
    """What one set of attributes says of V vertices; K morph targets. Shapes as in ``Primitive``."""

    positions: FloatArray
    normals: FloatArray | None
    uvs: tuple[FloatArray, ...]
    colors: FloatArray | None
    joints: IntArray | None
    weights: FloatArray | None
    morph_positions: FloatArray | None
    morph_normals: FloatArray | None

    def nbytes(self) -> int:
        """Bytes held."""
        arrays = (self.positions, self.normals, *self.uvs, self.colors, self.joints, self.weights)
        return sum(a.nbytes for a in (*arrays, self.morph_positions, self.morph_normals) if a is not None)

    def take(self, rows: NDArray[Any]) -> Vertices:
        """Those rows only, as new arrays."""

        def part(a: Any) -> Any:
            return None if a is None else a[rows]

        def morph(a: Any) -> Any:
            return None if a is None else a[:, rows]

        return Vertices(
            part(self.positions),
            part(self.normals),
            tuple(uv[rows] for uv in self.uvs),
            part(self.colors),
            part(self.joints),
            part(self.weights),
            morph(self.morph_positions),
            morph(self.morph_normals),
        )


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


def face_normals(positions: FloatArray, faces: IntArray) -> FloatArray:
    """(T, 3) unit normals of triangles; a triangle without area points up."""
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    return _unit(np.cross(b - a, c - a))


def _unit(vectors: NDArray[Any]) -> FloatArray:
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))[:, None]
    bad = length[:, 0] < 1e-20
    result = (vectors / np.where(length < 1e-20, 1, length)).astype(np.float32)
    result[bad] = (0, 1, 0)
    return result


class Meshes:
    """Reads primitives; attributes that several primitives share are read once."""

    def __init__(self, root: Place, accessors: Accessors) -> None:
        self.places = root.each("meshes", MAX_PRIMITIVES)
        self._materials = len(root.array("materials"))
        self._accessors = accessors
        self._shared: dict[Any, Vertices] = {}
        self._made: dict[int, list[Geometry]] = {}
        self._vertices = self._primitives = 0

    def geometry(self, mesh: int) -> list[Geometry]:
        """The mesh's drawable primitives (points, lines and empty ones are left out)."""
        if mesh not in self._made:
            found = [self._primitive(place) for place in self.places[mesh].each("primitives", MAX_PRIMITIVES)]
            self._made[mesh] = [g for g in found if g is not None]
        return self._made[mesh]

    def target_count(self, mesh: int) -> int:
        """Largest number of morph targets of its primitives."""
        return max((len(p.array("targets", MAX_TARGETS)) for p in self.places[mesh].each("primitives")), default=0)

    def _primitive(self, place: Place) -> Geometry | None:
        self._primitives += 1
        if self._primitives > MAX_PRIMITIVES:
            raise place.refuse(f"the model has more than {MAX_PRIMITIVES} primitives")
        mode = place.integer("mode", 4, high=6)
        material = place.index("material", self._materials, "materials", -1)
        attributes = place.need("attributes")
        if mode < 4 or not attributes.has("POSITION"):
            return None
        self._refuse_packed(place, attributes)
        if self._empty(attributes, "POSITION") or (place.has("indices") and self._empty(place, "indices")):
            return None
        vertices = self._read(place, attributes)
        count = len(vertices.positions)
        if place.has("indices"):
            flat = self._accessors.integers(place, "indices", _SMALL)[:, 0]
            if flat.max() >= count:
                raise place.refuse(f"an index is {flat.max()}, but there are {count} vertices", "indices")
        else:
            flat = np.arange(count, dtype=np.int32)
        # Also bounds the time: many primitives may share one long accessor.
        self._accessors.spend(flat.nbytes * (1 if mode == 4 else 3) + count, place)
        faces = triangles(flat, mode)
        if not len(faces):
            return None
        if vertices.normals is None:
            return self._flat(place, vertices, faces, material)
        used = np.zeros(count, np.bool_)
        used[faces] = True
        kept = int(np.count_nonzero(used))
        if kept < 0.75 * count:
            self._accessors.spend(vertices.nbytes() * kept // count, place)
            vertices = vertices.take(np.flatnonzero(used))
            faces = (np.cumsum(used, dtype=np.int32) - 1)[faces]
        assert vertices.normals is not None
        return Geometry(vertices, vertices.normals, np.ascontiguousarray(faces, np.int32), material, place)

    def _flat(self, place: Place, vertices: Vertices, faces: IntArray, material: int) -> Geometry:
        """glTF asks for flat normals where there are none, so every triangle gets its own corners."""
        rows = faces.reshape(-1)
        self._count_vertices(len(rows), place)
        self._accessors.spend(vertices.nbytes() // len(vertices.positions) * len(rows) + len(rows) * 24, place)
        normals = np.repeat(face_normals(vertices.positions, faces), 3, 0)
        own = np.arange(len(rows), dtype=np.int32).reshape(-1, 3)
        return Geometry(vertices.take(rows), normals, own, material, place)

    def _count_vertices(self, count: int, place: Place) -> None:
        self._vertices += count
        if self._vertices > MAX_VERTICES:
            raise place.refuse(f"the model has more than {MAX_VERTICES // 1_000_000} million vertices")

    def _empty(self, user: Place, key: str) -> bool:
        return self._accessors.count(user.index(key, len(self._accessors), "accessors")) == 0

    def _refuse_packed(self, place: Place, attributes: Place) -> None:
        draco = "KHR_draco_mesh_compression"
        position = attributes.index("POSITION", len(self._accessors), "accessors")
        if place.extension(draco) is not None and not self._accessors.stored(position):
            raise place.refuse(f"needs the extension {draco}, which is not supported")

    def _read(self, place: Place, attributes: Place) -> Vertices:
        targets = place.each("targets", MAX_TARGETS)
        wanted = [{k: p.integer(k) for k in p.value if k in ("POSITION", "NORMAL")} for p in targets]
        names = [k for k in attributes.value if attributes.has(k)]
        key = (
            tuple((k, attributes.integer(k)) for k in names),
            tuple(tuple(sorted(target.items())) for target in wanted),
        )
        if key in self._shared:
            return self._shared[key]
        count = self._accessors.count(attributes.index("POSITION", len(self._accessors), "accessors"))
        self._count_vertices(count, place)
        for name in names:
            if self._accessors.count(attributes.index(name, len(self._accessors), "accessors")) != count:
                raise attributes.refuse(f"must have {count} elements, as POSITION has", name)
        vertices = Vertices(
            self._accessors.floats(attributes, "POSITION", ("VEC3",)), None, (), None, None, None, None, None
        )
        if attributes.has("NORMAL"):
            vertices.normals = _unit(self._accessors.floats(attributes, "NORMAL", ("VEC3",)))
        self._surface(attributes, vertices, count)
        self._skinning(attributes, vertices, count)
        self._morphs(targets, vertices, count)
        self._shared[key] = vertices
        return vertices

    def _surface(self, attributes: Place, vertices: Vertices, count: int) -> None:
        sets = [i for i in range(8) if attributes.has(f"TEXCOORD_{i}")]
        gaps = bool(sets) and sets != list(range(len(sets)))
        empty = np.zeros((count if gaps else 0, 2), np.float32)
        vertices.uvs = tuple(
            self._accessors.floats(attributes, f"TEXCOORD_{i}", ("VEC2",)) if i in sets else empty
            for i in range(sets[-1] + 1 if sets else 0)
        )
        if attributes.has("COLOR_0"):
            colors = self._accessors.floats(attributes, "COLOR_0", ("VEC3", "VEC4"))
            if colors.shape[1] == 3:
                self._accessors.spend(count * 16, attributes)
                colors = np.concatenate([colors, np.ones((count, 1), np.float32)], 1)
            vertices.colors = colors

    def _skinning(self, attributes: Place, vertices: Vertices, count: int) -> None:
        sets = [i for i in range(4) if attributes.has(f"JOINTS_{i}") and attributes.has(f"WEIGHTS_{i}")]
        if not sets:
            return
        self._accessors.spend(count * 32 * len(sets), attributes)
        joints = np.concatenate([self._accessors.integers(attributes, f"JOINTS_{i}", ("VEC4",)) for i in sets], 1)
        weights = np.concatenate([self._accessors.floats(attributes, f"WEIGHTS_{i}", ("VEC4",)) for i in sets], 1)
        if len(sets) > 1:
            largest = np.argsort(-weights, axis=1, kind="stable")[:, :4]
            joints, weights = np.take_along_axis(joints, largest, 1), np.take_along_axis(weights, largest, 1)
        weights = np.maximum(weights, 0)
        total = weights.sum(1, keepdims=True)
        lost = total[:, 0] < 1e-8
        weights = (weights / np.where(total < 1e-8, 1, total)).astype(np.float32)
        weights[lost, 0] = 1
        vertices.weights = weights
        vertices.joints = np.where(weights > 0, joints, 0).astype(np.int32)

    def _morphs(self, targets: list[Place], vertices: Vertices, count: int) -> None:
        for name in ("POSITION", "NORMAL"):
            if not any(t.has(name) for t in targets) or (name == "NORMAL" and vertices.normals is None):
                continue
            self._accessors.spend(len(targets) * count * 12, targets[0])
            stack = np.zeros((len(targets), count, 3), np.float32)
            for k, target in enumerate(targets):
                if target.has(name):
                    delta = self._accessors.floats(target, name, ("VEC3",))
                    if len(delta) != count:
                        raise target.refuse(f"has {len(delta)} elements, must have {count} as the base has", name)
                    stack[k] = delta
            if name == "POSITION":
                vertices.morph_positions = stack
            else:
                vertices.morph_normals = stack
