"""Primitives of KHR_draco_mesh_compression, unpacked by the format's own decoder, which is loaded only when needed.

The decoder is native code and its input comes from strangers: what a stream announces is read and bounded first
(``draco_header``), and ``runtime`` lets it run in a process of its own, since a damaged stream can keep it busy for
long. Source: KHR_draco_mesh_compression.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..types import IntArray
from .accessors import Accessors
from .container import Container
from .draco_header import announced
from .place import Place

NAME: Final = "KHR_draco_mesh_compression"
_BYTES_A_VALUE: Final = 12
"""What the decoder takes at its peak."""


@dataclass(slots=True)
class Unpacked:
    """A whole stream. triangles : (T, 3) uint32; values : Draco's unique id of an attribute -> (V, n) as it is."""

    triangles: NDArray[np.uint32]
    values: dict[int, NDArray[Any]]


Unpack = Callable[[bytes], Unpacked]
"""Unpacks a Draco stream. Raises ValueError, with words for a person, where it cannot."""


@dataclass(slots=True)
class Packed:
    """One primitive. triangles : (T, 3) int32; values : attribute name -> (V, n) as its accessor stores."""

    triangles: IntArray
    values: dict[str, NDArray[Any]]


def unpack_here(data: bytes) -> Unpacked:
    """Unpacks in this process."""
    import DracoPy

    try:
        mesh = DracoPy.decode(data)
        found = {int(a["unique_id"]): a["data"] for a in mesh.attributes if a["data"] is not None}
        return Unpacked(np.ascontiguousarray(mesh.faces, np.uint32).reshape(-1, 3), found)
    except (DracoPy.FileTypeException, AttributeError, TypeError, ValueError, MemoryError) as error:
        raise ValueError("the packed data is damaged") from error


class Draco:
    """Unpacks the Draco streams of one file, each once; primitives that ask for the same of one get the same."""

    def __init__(self, container: Container, accessors: Accessors, unpack: Unpack) -> None:
        self._container, self._accessors, self._unpack = container, accessors, unpack
        self._meshes: dict[int, tuple[Unpacked, IntArray, int]] = {}
        self._made: dict[Any, Packed] = {}
        self._values = 0

    def primitive(self, primitive: Place, extension: Place) -> Packed:
        """The primitive whose extension object that is. Raises ModelError."""
        key = extension.integer("bufferView")
        if key not in self._meshes:
            self._meshes[key] = self._decode(extension)
        mesh, triangles, count = self._meshes[key]
        attributes = primitive.need("attributes")
        named = extension.need("attributes")
        asked = (key, primitive.value.get("indices"))
        asked += tuple(part for name in named.value for part in (name, named.value[name], attributes.value.get(name)))
        plain = all(type(part) in (int, str, type(None)) for part in asked)
        if plain and asked in self._made:
            return self._made[asked]
        values = {}
        for name in named.value:
            if not attributes.has(name):
                raise named.refuse("is not an attribute of the primitive", name)
            values[name] = self._array(mesh, named, name, self._accessors.place(attributes, name), count)
        if "POSITION" not in values:
            raise named.refuse("'POSITION' is missing")
        if primitive.has("indices"):
            place = self._accessors.place(primitive, "indices")
            if place.integer("count") != triangles.size:
                raise place.refuse(f"must be {triangles.size}, as the packed mesh has", "count")
        made = Packed(triangles, values)
        self._made[asked if plain else id(made)] = made  # kept, since it is known by its id
        return made

    def _decode(self, extension: Place) -> tuple[Unpacked, IntArray, int]:
        data = self._container.view(extension)[0]
        most = self._container.limits.packed_values
        size = announced(data, most)
        if size is None:
            raise extension.refuse("the packed data is not a Draco mesh of version 2.2, or is damaged", "bufferView")
        self._values += size.values
        if max(size.points, 3 * size.faces, self._values) > most:
            raise extension.exceeds(f"the Draco meshes unpack to more than {most} values", "bufferView")
        self._container.spend(size.values * _BYTES_A_VALUE, extension)
        try:
            mesh = self._unpack(bytes(data))
        except ValueError as error:
            raise extension.refuse(str(error), "bufferView") from error
        count = min((len(value) for value in mesh.values.values()), default=0)
        if not len(mesh.triangles) or int(mesh.triangles.max()) >= count:
            raise extension.refuse("the packed data is damaged", "bufferView")
        return mesh, mesh.triangles.astype(np.int32), count

    def _array(self, mesh: Unpacked, named: Place, name: str, place: Place, count: int) -> NDArray[Any]:
        wanted = named.integer(name, high=2**32 - 1)
        if wanted not in mesh.values:
            raise named.refuse(f"the packed mesh has no attribute {wanted}", name)
        raw = mesh.values[wanted]
        if place.integer("count") != count:
            raise place.refuse(f"must be {count}, as the packed mesh has", "count")
        if raw.shape != (count, self._accessors.width(place)):
            raise place.refuse(f"{name} has {raw.shape[-1]} components in the packed mesh", "type")
        dtype = self._accessors.dtype(place)
        self._container.spend(raw.size * 8, place)
        if dtype.kind == "f" or raw.dtype == dtype:
            return raw.astype(dtype)
        info = np.iinfo(dtype)
        if raw.dtype.kind == "f" or raw.min() < info.min or raw.max() > info.max:
            raise place.refuse(f"does not suit what {name} is in the packed mesh", "componentType")
        return raw.astype(dtype)
