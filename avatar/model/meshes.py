"""Mesh primitives: vertices, weights, morph targets and triangles, checked against each other.

Source: glTF 2.0, sections 3.7 (meshes) and 3.7.3 (skins); KHR_mesh_quantization.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray, IntArray
from .accessors import Accessors
from .container import Absent, Container
from .draco import NAME as DRACO
from .draco import Draco, Packed, Unpack, unpack_here
from .missing import BOX, NO_MESH, Gaps, bounds, box
from .place import Place

_SMALL = ("SCALAR",)
_PULLS = 8
"""Joints that pull a vertex, at most."""
_MORPHED = {"POSITION": "morph_positions", "NORMAL": "morph_normals", "TANGENT": "morph_tangents"}


@dataclass(slots=True)
class Vertices:
    """What one set of attributes says of V vertices; K morph targets. Shapes as in ``Primitive``."""

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

    def nbytes(self) -> int:
        """Bytes held."""
        found = (getattr(self, name) for name in self.__slots__ if name != "uvs")
        return sum(a.nbytes for a in (*found, *self.uvs) if a is not None)

    def take(self, rows: NDArray[Any]) -> Vertices:
        """Those rows only, as new arrays."""
        made = Vertices(self.positions[rows], uvs=tuple(uv[rows] for uv in self.uvs))
        for name in ("normals", "tangents", "colors", "joints", "weights"):
            if (value := getattr(self, name)) is not None:
                setattr(made, name, value[rows])
        for name in ("morph_positions", "morph_normals", "morph_tangents"):
            if (value := getattr(self, name)) is not None:
                setattr(made, name, value[:, rows])
        return made


@dataclass(slots=True)
class Geometry:
    """One primitive before it is hung on a node. material : the file's index or -1; place : where it stands;
    joints : how many joints its skin must have."""

    vertices: Vertices
    normals: FloatArray
    indices: IntArray
    material: int
    place: Place
    joints: int = field(init=False)

    def __post_init__(self) -> None:
        self.joints = 0 if self.vertices.joints is None else int(self.vertices.joints.max()) + 1


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


def _tangents(raw: FloatArray) -> FloatArray:
    side = np.where(raw[:, 3:] < 0, np.float32(-1), np.float32(1))
    return np.concatenate([_unit(raw[:, :3]), side], 1)


class Meshes:
    """Reads primitives; attributes that several primitives share are read once."""

    def __init__(self, container: Container, accessors: Accessors, gaps: Gaps, unpack: Unpack = unpack_here) -> None:
        root, self._limits = container.root, container.limits
        self.places = root.each("meshes", self._limits.primitives)
        self._materials = len(root.array("materials"))
        self._accessors, self._gaps = accessors, gaps
        self._draco = Draco(container, accessors, unpack)
        self._shared: dict[Any, Vertices] = {}
        self._made: dict[int, list[Geometry]] = {}
        self._targets: dict[int, int] = {}
        self._vertices = self._primitives = 0

    def geometry(self, mesh: int) -> list[Geometry]:
        """The mesh's drawable primitives (points, lines and empty ones are left out)."""
        if mesh not in self._made:
            found = [self._primitive(p) for p in self.places[mesh].each("primitives", self._limits.primitives)]
            self._made[mesh] = [g for g in found if g is not None]
        return self._made[mesh]

    def target_count(self, mesh: int) -> int:
        """Largest number of morph targets of its primitives."""
        if mesh not in self._targets:
            places = self.places[mesh].each("primitives", self._limits.primitives)
            self._targets[mesh] = max((len(p.array("targets", self._limits.morphs)) for p in places), default=0)
        return self._targets[mesh]

    def _primitive(self, place: Place) -> Geometry | None:
        self._primitives += 1
        if self._primitives > self._limits.primitives:
            raise place.exceeds(f"the model has more than {self._limits.primitives} primitives")
        mode = place.integer("mode", 4, high=6)
        material = place.index("material", self._materials, "materials", -1)
        attributes = place.need("attributes")
        if mode < 4:
            self._gaps.count("primitives of points or lines are not drawn")
        if mode < 4 or not attributes.has("POSITION"):
            return None
        if self._empty(attributes, "POSITION") or (place.has("indices") and self._empty(place, "indices")):
            return None
        try:
            packed = self._packed(place, attributes)
            vertices = self._read(place, attributes, packed)
            faces = self._faces(place, mode, len(vertices.positions), packed)
        except Absent as error:
            return self._stand_in(place, attributes, material, error)
        if not len(faces):
            return None
        if vertices.normals is None:
            return self._flat(place, vertices, faces, material)
        count = len(vertices.positions)
        used = np.zeros(count, np.bool_)
        used[faces] = True
        kept = int(np.count_nonzero(used))
        if kept < 0.75 * count:
            self._accessors.spend(vertices.nbytes() * kept // count, place)
            vertices = vertices.take(np.flatnonzero(used))
            faces = (np.cumsum(used, dtype=np.int32) - 1)[faces]
        assert vertices.normals is not None
        return Geometry(vertices, vertices.normals, np.ascontiguousarray(faces, np.int32), material, place)

    def _faces(self, place: Place, mode: int, count: int, packed: Packed | None) -> IntArray:
        if packed is not None:
            return packed.triangles
        if place.has("indices"):
            flat = self._accessors.integers(place, "indices", _SMALL)[:, 0]
            if flat.max() >= count:
                raise place.refuse(f"an index is {flat.max()}, but there are {count} vertices", "indices")
        else:
            flat = np.arange(count, dtype=np.int32)
        # Also bounds the time: many primitives may share one long accessor.
        self._accessors.spend(flat.nbytes * (1 if mode == 4 else 3) + count, place)
        return triangles(flat, mode)

    def _flat(self, place: Place, vertices: Vertices, faces: IntArray, material: int) -> Geometry:
        """glTF asks for flat normals where there are none, so every triangle gets its own corners."""
        rows = faces.reshape(-1)
        self._count_vertices(len(rows), place)
        self._accessors.spend(vertices.nbytes() // len(vertices.positions) * len(rows) + len(rows) * 24, place)
        normals = np.repeat(face_normals(vertices.positions, faces), 3, 0)
        own = np.arange(len(rows), dtype=np.int32).reshape(-1, 3)
        return Geometry(vertices.take(rows), normals, own, material, place)

    def _stand_in(self, place: Place, attributes: Place, material: int, error: Absent) -> Geometry | None:
        """The box that POSITION announces, for a primitive whose file is not there."""
        ends = bounds(self._accessors, attributes)
        if ends is None:
            self._gaps.add(error, NO_MESH)
            return None
        self._gaps.add(error, BOX)
        positions, normals, uv, faces = box(*ends)
        made = Vertices(positions, normals, uvs=(uv,))
        if attributes.has("JOINTS_0"):
            made.joints = np.zeros((len(positions), 4), np.int32)
            made.weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(positions), 1))
        targets = len(place.array("targets", self._limits.morphs))
        if targets:
            self._accessors.spend(targets * positions.nbytes, place)
            made.morph_positions = np.zeros((targets, *positions.shape), np.float32)
        return Geometry(made, normals, faces, material, place)

    def _count_vertices(self, count: int, place: Place) -> None:
        self._vertices += count
        if self._vertices > self._limits.vertices:
            raise place.exceeds(f"the model has more than {self._limits.vertices} vertices")

    def _empty(self, user: Place, key: str) -> bool:
        return self._accessors.count(user.index(key, len(self._accessors), "accessors")) == 0

    def _packed(self, place: Place, attributes: Place) -> Packed | None:
        """What a Draco stream holds of the primitive; the plain data is taken where the file has it too."""
        extension = place.extension(DRACO)
        if extension is None or self._accessors.stored(attributes.index("POSITION", len(self._accessors), "accessors")):
            return None
        if place.integer("mode", 4) == 6:
            raise place.refuse("a Draco mesh is no fan", "mode")
        return self._draco.primitive(place, extension)

    def _read(self, place: Place, attributes: Place, packed: Packed | None) -> Vertices:
        targets = place.each("targets", self._limits.morphs)
        wanted = [{k: p.integer(k) for k in p.value if k in _MORPHED} for p in targets]
        names = [k for k in attributes.value if attributes.has(k)]
        key = (
            tuple((k, attributes.integer(k)) for k in names),
            tuple(tuple(sorted(target.items())) for target in wanted),
            None if packed is None else id(packed),
        )
        if key in self._shared:
            return self._shared[key]
        count = self._accessors.count(attributes.index("POSITION", len(self._accessors), "accessors"))
        self._count_vertices(count, place)
        for name in names:
            if self._accessors.count(attributes.index(name, len(self._accessors), "accessors")) != count:
                raise attributes.refuse(f"must have {count} elements, as POSITION has", name)
        source = _Source(self._accessors, attributes, {} if packed is None else packed.values)
        vertices = Vertices(source.floats("POSITION", "VEC3"))
        if attributes.has("NORMAL"):
            vertices.normals = _unit(source.floats("NORMAL", "VEC3"))
            if attributes.has("TANGENT"):
                vertices.tangents = _tangents(source.floats("TANGENT", "VEC4"))
        self._surface(source, vertices, count)
        self._skinning(source, vertices, count)
        self._morphs(targets, vertices, count)
        if packed is None:
            self._shared[key] = vertices
        return vertices

    def _surface(self, source: _Source, vertices: Vertices, count: int) -> None:
        sets = [i for i in range(8) if source.has(f"TEXCOORD_{i}")]
        gaps = bool(sets) and sets != list(range(len(sets)))
        empty = np.zeros((count if gaps else 0, 2), np.float32)
        vertices.uvs = tuple(
            source.floats(f"TEXCOORD_{i}", "VEC2") if i in sets else empty for i in range(sets[-1] + 1 if sets else 0)
        )
        if source.has("COLOR_0"):
            colors = source.floats("COLOR_0", "VEC3", "VEC4")
            if colors.shape[1] == 3:
                self._accessors.spend(count * 16, source.place)
                colors = np.concatenate([colors, np.ones((count, 1), np.float32)], 1)
            vertices.colors = colors

    def _skinning(self, source: _Source, vertices: Vertices, count: int) -> None:
        sets = [i for i in range(4) if source.has(f"JOINTS_{i}") and source.has(f"WEIGHTS_{i}")]
        if not sets:
            return
        self._accessors.spend(count * 112 * len(sets), source.place)
        if len(sets) == 1:
            joints = source.integers(f"JOINTS_{sets[0]}", "VEC4")
            weights = source.floats(f"WEIGHTS_{sets[0]}", "VEC4")
        else:
            joints = np.concatenate([source.integers(f"JOINTS_{i}", "VEC4") for i in sets], 1)
            weights = np.concatenate([source.floats(f"WEIGHTS_{i}", "VEC4") for i in sets], 1)
            largest = np.argsort(-weights, axis=1, kind="stable")[:, :_PULLS]
            whole = weights.sum(1)
            joints, weights = np.take_along_axis(joints, largest, 1), np.take_along_axis(weights, largest, 1)
            if (weights.sum(1) < 0.99 * whole).any():
                self._gaps.count("meshes pulled by more than eight joints a vertex keep the eight strongest")
            if not (weights[:, 4:] > 0).any():
                joints, weights = joints[:, :4], weights[:, :4]
        weights = np.maximum(weights, np.float32(0))
        total = weights.sum(1, keepdims=True)
        lost = total[:, 0] < 1e-8
        total[lost] = 1
        weights /= total
        weights[lost, 0] = 1
        vertices.weights = weights
        vertices.joints = joints * (weights > 0)

    def _morphs(self, targets: list[Place], vertices: Vertices, count: int) -> None:
        bases = {"POSITION": vertices.positions, "NORMAL": vertices.normals, "TANGENT": vertices.tangents}
        for name, member in _MORPHED.items():
            if bases[name] is None or not any(t.has(name) for t in targets):
                continue
            self._accessors.spend(len(targets) * count * 12, targets[0])
            stack = np.zeros((len(targets), count, 3), np.float32)
            for target, into in zip(targets, stack, strict=True):
                if target.has(name):
                    self._accessors.deltas(target, name, into)
            setattr(vertices, member, stack)


@dataclass(slots=True)
class _Source:
    """A primitive's attributes, some of them unpacked from elsewhere."""

    accessors: Accessors
    place: Place
    packed: dict[str, NDArray[Any]]

    def has(self, name: str) -> bool:
        return self.place.has(name)

    def floats(self, name: str, *types: str) -> FloatArray:
        return self.accessors.floats(self.place, name, types, self.packed.get(name))

    def integers(self, name: str, *types: str) -> IntArray:
        return self.accessors.integers(self.place, name, types, self.packed.get(name))
