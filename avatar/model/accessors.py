"""glTF accessors to arrays: every type and component type, strides, sparse values, normalised integers.

Every bound is checked before an array is made. Source: glTF 2.0, section 3.6.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray, IntArray
from .container import Container
from .place import BIG, Place

Array = NDArray[Any]

_DTYPES = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_SHAPES = {
    "SCALAR": (1, 1),
    "VEC2": (1, 2),
    "VEC3": (1, 3),
    "VEC4": (1, 4),
    "MAT2": (2, 2),
    "MAT3": (3, 3),
    "MAT4": (4, 4),
}


_TYPES = tuple(_SHAPES)


class Accessors:
    """The accessors of one file, decoded when asked for and kept, so that what is shared is decoded once."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._most = container.limits.elements
        self._places = container.root.each("accessors")
        self._floats: dict[int, FloatArray] = {}
        self._integers: dict[int, IntArray] = {}
        self.spend = container.spend

    def __len__(self) -> int:
        return len(self._places)

    def count(self, index: int) -> int:
        """Number of elements. Empty accessors exist in the wild but are never read."""
        return self._bounded(self._places[index], 0)

    def _bounded(self, place: Place, low: int) -> int:
        count = place.integer("count", low=low)
        if count > self._most:
            raise place.exceeds(f"is {count}, must be from {low} to {self._most}", "count")
        return count

    def stored(self, index: int) -> bool:
        """Whether the accessor has data of its own (else it is all zeros)."""
        return self._places[index].has("bufferView") or self._places[index].has("sparse")

    def place(self, user: Place, key: str) -> Place:
        """The accessor that ``user/key`` names."""
        return self._places[user.index(key, len(self._places), "accessors")]

    def floats(self, user: Place, key: str, types: tuple[str, ...], raw: Array | None = None) -> FloatArray:
        """The accessor that ``user/key`` names, (count, n) float32, finite, normalised integers as numbers.

        Matrices come as (count, n) in the file's column order. raw : its elements (count, n) as stored, where they
        were unpacked from elsewhere.
        """
        index = self._check(user, key, types)
        if raw is not None:
            return self.numbers(raw, self._places[index])
        if index not in self._floats:
            place = self._places[index]
            self._floats[index] = self.numbers(self._raw(place), place)
        return self._floats[index]

    def numbers(self, raw: Array, place: Place) -> FloatArray:
        """Elements as stored to float32, as the accessor at ``place`` says."""
        if raw.dtype.kind == "f":
            if not -BIG <= float(raw.min()) <= float(raw.max()) <= BIG:
                raise place.refuse(f"holds a number that is not finite, or beyond {BIG:g}")
            return np.array(raw, np.float32)
        value = raw.astype(np.float32)
        if place.flag("normalized"):
            value /= np.float32(np.iinfo(raw.dtype).max)
            np.maximum(value, np.float32(-1), out=value)
        return value

    def deltas(self, user: Place, key: str, into: FloatArray) -> None:
        """Writes the VEC3 accessor that ``user/key`` names into zeros (count, 3); sparse ones cost what they hold."""
        index = self._check(user, key, ("VEC3",))
        place = self._places[index]
        if place.integer("count") != len(into):
            raise user.refuse(f"has {place.integer('count')} elements, must have {len(into)} as the base has", key)
        sparse = place.child("sparse")
        if place.has("bufferView") or sparse is None or index in self._floats:
            into[:] = self.floats(user, key, ("VEC3",))
            return
        found = self._patch(sparse, len(into), 1, 3, self.dtype(place))
        if found is not None:
            into[found[0]] = self.numbers(found[1], place)

    def integers(self, user: Place, key: str, types: tuple[str, ...], raw: Array | None = None) -> IntArray:
        """The accessor of unsigned integers that ``user/key`` names, (count, n) int32; raw as in ``floats``."""
        index = self._check(user, key, types)
        place = self._places[index]
        if self.dtype(place).kind != "u":
            raise place.refuse("must hold unsigned integers", "componentType")
        if raw is not None or index not in self._integers:
            found = self._raw(place) if raw is None else raw
            if found.dtype.itemsize == 4 and found.max() > 2**31 - 2:
                raise place.refuse("holds an index that is too large")
            if raw is not None:
                return found.astype(np.int32)
            self._integers[index] = found.astype(np.int32)
        return self._integers[index]

    def _check(self, user: Place, key: str, types: tuple[str, ...]) -> int:
        index = user.index(key, len(self._places), "accessors")
        kind = self._places[index].choice("type", _TYPES)
        if kind not in types:
            raise user.refuse(f"accessor {index} is of type {kind}, must be {' or '.join(types)}", key)
        return index

    def _raw(self, place: Place) -> Array:
        count = self._bounded(place, 1)
        columns, rows = _SHAPES[place.choice("type", _TYPES)]
        dtype = self.dtype(place)
        self.spend(count * columns * rows * 4, place)
        if place.has("bufferView"):
            value = self._strided(place, count, columns, rows, dtype)
        else:
            value = np.zeros((count, columns * rows), dtype)
        sparse = place.child("sparse")
        return value if sparse is None else self._sparse(sparse, value, columns, rows)

    def width(self, place: Place) -> int:
        """Components of an element."""
        columns, rows = _SHAPES[place.choice("type", _TYPES)]
        return columns * rows

    def dtype(self, place: Place) -> np.dtype[Any]:
        """Of a component as stored."""
        component = place.integer("componentType")
        if component not in _DTYPES:
            raise place.refuse(f"is {component}, must be one of {', '.join(map(str, _DTYPES))}", "componentType")
        return np.dtype(_DTYPES[component])

    def _strided(self, place: Place, count: int, columns: int, rows: int, dtype: np.dtype[Any]) -> Array:
        data, stride, _ = self._container.view(place)
        offset = place.integer("byteOffset", 0)
        # Matrix columns start on 4-byte boundaries.
        column = rows * dtype.itemsize if columns == 1 else (rows * dtype.itemsize + 3) // 4 * 4
        element = column * (columns - 1) + rows * dtype.itemsize
        stride = stride or column * columns
        if stride < element:
            raise place.refuse(f"elements of {element} bytes do not fit the byteStride {stride}")
        end = offset + stride * (count - 1) + element
        if end > len(data):
            raise place.refuse(f"needs {end} bytes of a bufferView that has {len(data)}")
        found: Array = np.ndarray(
            (count, columns, rows), dtype, data, offset=offset, strides=(stride, column, dtype.itemsize)
        )
        return found.reshape(count, columns * rows)

    def _patch(
        self, sparse: Place, length: int, columns: int, rows: int, dtype: np.dtype[Any]
    ) -> tuple[NDArray[np.int64], Array] | None:
        """(which elements, their values), None where the accessor has none."""
        count = sparse.integer("count", high=length)
        if not count:
            return None
        where, values = sparse.need("indices"), sparse.need("values")
        if where.integer("componentType") not in (5121, 5123, 5125):
            raise where.refuse("must be 5121, 5123 or 5125", "componentType")
        at = self._strided(where, count, 1, 1, self.dtype(where))[:, 0].astype(np.int64)
        if at[-1] >= length or (at[1:] <= at[:-1]).any():
            raise where.refuse(f"sparse indices must increase and stay below {length}")
        return at, self._strided(values, count, columns, rows, dtype)

    def _sparse(self, sparse: Place, base: Array, columns: int, rows: int) -> Array:
        patch = self._patch(sparse, len(base), columns, rows, base.dtype)
        if patch is None:
            return base
        result = base.copy()
        result[patch[0]] = patch[1]
        return result
