"""Mesh primitives: vertices, weights, morph targets and triangles, checked against each other.

Source: glTF 2.0, sections 3.7 (meshes) and 3.7.3 (skins); KHR_mesh_quantization.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray, IntArray
from .accessors import Accessors
from .container import Absent, Container
from .draco import NAME as DRACO
from .draco import Draco, Packed, Unpack, unpack_here
from .missing import BOX, NO_MESH, Gaps, bounds, box
from .place import Place
from .vertices import NO_NORMALS, Geometry, Vertices, flatten, strongest, tangents, triangles, unit, used

_SMALL = ("SCALAR",)
_UVS = tuple(f"TEXCOORD_{i}" for i in range(8))
_PULLING = tuple((f"JOINTS_{i}", f"WEIGHTS_{i}") for i in range(4))
_PULLS = 8
"""Joints that pull a vertex, at most."""
_MORPHED = {"POSITION": "morph_positions", "NORMAL": "morph_normals", "TANGENT": "morph_tangents"}


def _sums(weights: FloatArray) -> FloatArray:
    """Of each row; a sum along four numbers takes several times as long as three additions of columns."""
    a, b, c, d, *more = weights.T
    sums: FloatArray = weights.sum(1) if more else a + b + c + d
    return sums


class _Drawn(NamedTuple):
    """Triangles over vertices of their own. What each further primitive of the same accessors pays for, as if it were
    read anew: reading : bytes; corners : vertices; taking : bytes."""

    vertices: Vertices
    faces: IntArray
    reading: int
    corners: int = 0
    taking: int = 0


class Meshes:
    """Reads primitives; what several of them share is read once."""

    def __init__(self, container: Container, accessors: Accessors, gaps: Gaps, unpack: Unpack = unpack_here) -> None:
        root, self._limits = container.root, container.limits
        self.places = root.each("meshes", self._limits.primitives)
        self._materials = len(root.array("materials"))
        self._accessors, self._gaps = accessors, gaps
        self._draco = Draco(container, accessors, unpack)
        self._shared: dict[Any, Vertices] = {}
        self._drawn: dict[Any, _Drawn] = {}
        self._parts: dict[int, list[Place]] = {}
        self._made: dict[int, list[Geometry]] = {}
        self._targets: dict[int, int] = {}
        self._vertices = self._primitives = 0

    def geometry(self, mesh: int) -> list[Geometry]:
        """The mesh's drawable primitives (points, lines and empty ones are left out)."""
        if mesh not in self._made:
            found = [self._primitive(place) for place in self._primitives_of(mesh)]
            self._made[mesh] = [g for g in found if g is not None]
            flatten([g for g in self._made[mesh] if g.vertices.normals is None])
        return self._made[mesh]

    def target_count(self, mesh: int) -> int:
        """Largest number of morph targets of its primitives."""
        if mesh not in self._targets:
            places = self._primitives_of(mesh)
            self._targets[mesh] = max((len(p.array("targets", self._limits.morphs)) for p in places), default=0)
        return self._targets[mesh]

    def _primitives_of(self, mesh: int) -> list[Place]:
        if mesh not in self._parts:
            self._parts[mesh] = self.places[mesh].each("primitives", self._limits.primitives)
        return self._parts[mesh]

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
            key, vertices = self._read(place, attributes, packed)
            key = key, mode, place.index("indices", len(self._accessors), "accessors", -1)
            drawn = self._drawn.get(key)
            if drawn is None:
                drawn = self._drawn[key] = self._draw(place, mode, vertices, packed)
            else:
                self._accessors.spend(drawn.reading, place)
                self._count_vertices(drawn.corners, place)
                self._accessors.spend(drawn.taking, place)
        except Absent as error:
            return self._stand_in(place, attributes, material, error)
        if not len(drawn.faces):
            return None
        normals = drawn.vertices.normals
        return Geometry(drawn.vertices, NO_NORMALS if normals is None else normals, drawn.faces, material, place)

    def _draw(self, place: Place, mode: int, vertices: Vertices, packed: Packed | None) -> _Drawn:
        count = len(vertices.positions)
        flat = self._corners(place, count) if packed is None else packed.triangles.reshape(-1)
        # Also bounds the time: many primitives may share one long accessor.
        reading = flat.nbytes * (1 if mode == 4 else 3) + count
        self._accessors.spend(reading, place)
        faces = packed.triangles if packed is not None else triangles(flat, mode)
        if not len(faces):
            return _Drawn(vertices, faces, reading)
        if vertices.normals is None:
            # glTF asks for flat normals, so every triangle gets its own corners; the normals follow for a whole mesh.
            rows = faces.reshape(-1)
            self._count_vertices(len(rows), place)
            taking = vertices.nbytes() // count * len(rows) + len(rows) * 24
            self._accessors.spend(taking, place)
            own = np.arange(len(rows), dtype=np.int32).reshape(-1, 3)
            return _Drawn(vertices.take(rows), own, reading, len(rows), taking)
        few = used(faces, count)
        if few is None:
            return _Drawn(vertices, np.ascontiguousarray(faces, np.int32), reading)
        kept, faces = few
        taking = vertices.nbytes() * len(kept) // count
        self._accessors.spend(taking, place)
        return _Drawn(vertices.take(kept), np.ascontiguousarray(faces, np.int32), reading, taking=taking)

    def _corners(self, place: Place, count: int) -> IntArray:
        if not place.has("indices"):
            return np.arange(count, dtype=np.int32)
        flat = self._accessors.integers(place, "indices", _SMALL)[:, 0]
        most = flat.max()
        if most >= count:
            raise place.refuse(f"an index is {most}, but there are {count} vertices", "indices")
        return flat

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
            weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(positions), 1))
            made.pulled(np.zeros((len(positions), 4), np.int32), weights)
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

    def _read(self, place: Place, attributes: Place, packed: Packed | None) -> tuple[Any, Vertices]:
        """What tells the vertices from others, and the vertices."""
        targets = place.each("targets", self._limits.morphs)
        wanted = [{k: p.integer(k) for k in p.value if k in _MORPHED} for p in targets]
        names = [k for k in attributes.value if attributes.has(k)]
        key = (
            tuple((k, attributes.integer(k)) for k in names),
            tuple(tuple(sorted(target.items())) for target in wanted),
            None if packed is None else id(packed),
        )
        if key in self._shared:
            return key, self._shared[key]
        count = self._accessors.count(attributes.index("POSITION", len(self._accessors), "accessors"))
        self._count_vertices(count, place)
        for name in names:
            if self._accessors.count(attributes.index(name, len(self._accessors), "accessors")) != count:
                raise attributes.refuse(f"must have {count} elements, as POSITION has", name)
        source = _Source(self._accessors, attributes, frozenset(names), {} if packed is None else packed.values)
        vertices = Vertices(source.floats("POSITION", "VEC3"))
        if attributes.has("NORMAL"):
            vertices.normals = unit(source.floats("NORMAL", "VEC3"))
            if attributes.has("TANGENT"):
                vertices.tangents = tangents(source.floats("TANGENT", "VEC4"))
        self._surface(source, vertices, count)
        self._skinning(source, vertices, count)
        self._morphs(targets, vertices, count)
        self._shared[key] = vertices
        return key, vertices

    def _surface(self, source: _Source, vertices: Vertices, count: int) -> None:
        sets = [i for i, name in enumerate(_UVS) if name in source.names]
        if sets:
            gaps = sets != list(range(len(sets)))
            empty = np.zeros((count if gaps else 0, 2), np.float32)
            uvs = [source.floats(name, "VEC2") if i in sets else empty for i, name in enumerate(_UVS[: sets[-1] + 1])]
            vertices.uvs = tuple(uvs)
        if "COLOR_0" in source.names:
            colors = source.floats("COLOR_0", "VEC3", "VEC4")
            if colors.shape[1] == 3:
                self._accessors.spend(count * 16, source.place)
                colors = np.concatenate([colors, np.ones((count, 1), np.float32)], 1)
            vertices.colors = colors

    def _skinning(self, source: _Source, vertices: Vertices, count: int) -> None:
        sets = [i for i, names in enumerate(_PULLING) if source.names.issuperset(names)]
        if not sets:
            return
        self._accessors.spend(count * 112 * len(sets), source.place)
        if len(sets) == 1:
            joints = source.integers(f"JOINTS_{sets[0]}", "VEC4")
            weights = source.floats(f"WEIGHTS_{sets[0]}", "VEC4")
        else:
            each = [source.integers(f"JOINTS_{i}", "VEC4") for i in sets]
            joints, weights, weak = strongest(each, [source.floats(f"WEIGHTS_{i}", "VEC4") for i in sets], _PULLS)
            if weak:
                self._gaps.count("meshes pulled by more than eight joints a vertex keep the eight strongest")
            if not (weights[:, 4:] > 0).any():
                joints, weights = joints[:, :4], weights[:, :4]
        weights = np.maximum(weights, np.float32(0))
        total = _sums(weights)[:, None]
        lost = total[:, 0] < 1e-8
        total[lost] = 1
        weights /= total
        weights[lost, 0] = 1
        vertices.pulled(joints * (weights > 0), weights)

    def _morphs(self, targets: list[Place], vertices: Vertices, count: int) -> None:
        if not targets:
            return
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
    names: frozenset[str]
    packed: dict[str, NDArray[Any]]

    def floats(self, name: str, *types: str) -> FloatArray:
        return self.accessors.floats(self.place, name, types, self.packed.get(name))

    def integers(self, name: str, *types: str) -> IntArray:
        return self.accessors.integers(self.place, name, types, self.packed.get(name))
