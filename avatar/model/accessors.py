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

MAX_COUNT = 24_000_000
MAX_DECODED = 1 << 30
"""Bytes that all arrays made from one file may take together."""


class Accessors:
    """The accessors of one file, decoded when asked for and kept, so that what is shared is decoded once."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._places = container.root.each("accessors")
        self._floats: dict[int, FloatArray] = {}
        self._integers: dict[int, IntArray] = {}
        self._decoded = 0

    def __len__(self) -> int:
        return len(self._places)

    def spend(self, size: int, place: Place) -> None:
        """Accounts for ``size`` bytes about to be allocated; raises ModelError past MAX_DECODED."""
        self._decoded += size
        if self._decoded > MAX_DECODED:
            raise place.refuse(f"unpacks to more than {MAX_DECODED >> 20} MiB")

    def count(self, index: int) -> int:
        """Number of elements. Empty accessors exist in the wild but are never read."""
        return self._places[index].integer("count", high=MAX_COUNT)

    def stored(self, index: int) -> bool:
        """Whether the accessor has data of its own (else it is all zeros)."""
        return self._places[index].has("bufferView") or self._places[index].has("sparse")

    def floats(self, user: Place, key: str, types: tuple[str, ...]) -> FloatArray:
        """The accessor that ``user/key`` names, (count, n) float32, finite, normalised integers as numbers.

        Matrices come as (count, n) in the file's column order.
        """
        index = self._check(user, key, types)
        if index not in self._floats:
            place = self._places[index]
            raw = self._raw(place)
            if raw.dtype.kind == "f":
                with np.errstate(invalid="ignore"):
                    if not (np.abs(raw) <= BIG).all():
                        raise place.refuse(f"holds a number that is not finite, or beyond {BIG:g}")
                value = raw.astype(np.float32)
            elif place.flag("normalized"):
                top = np.float32(np.iinfo(raw.dtype).max)
                value = np.maximum(raw.astype(np.float32) / top, np.float32(-1))
            else:
                value = raw.astype(np.float32)
            self._floats[index] = value
        return self._floats[index]

    def integers(self, user: Place, key: str, types: tuple[str, ...]) -> IntArray:
        """The accessor of unsigned integers that ``user/key`` names, (count, n) int32."""
        index = self._check(user, key, types)
        place = self._places[index]
        if place.integer("componentType") not in (5121, 5123, 5125):
            raise place.refuse("must hold unsigned integers", "componentType")
        if index not in self._integers:
            raw = self._raw(place)
            if raw.dtype.itemsize == 4 and raw.max() > 2**31 - 2:
                raise place.refuse("holds an index that is too large")
            self._integers[index] = raw.astype(np.int32)
        return self._integers[index]

    def _check(self, user: Place, key: str, types: tuple[str, ...]) -> int:
        index = user.index(key, len(self._places), "accessors")
        kind = self._places[index].choice("type", tuple(_SHAPES))
        if kind not in types:
            raise user.refuse(f"accessor {index} is of type {kind}, must be {' or '.join(types)}", key)
        return index

    def _raw(self, place: Place) -> Array:
        count = place.integer("count", low=1, high=MAX_COUNT)
        columns, rows = _SHAPES[place.choice("type", tuple(_SHAPES))]
        dtype = self._dtype(place, place.integer("componentType"))
        self.spend(count * columns * rows * 4, place)
        if place.has("bufferView"):
            value = self._strided(place, count, columns, rows, dtype)
        else:
            value = np.zeros((count, columns * rows), dtype)
        sparse = place.child("sparse")
        return value if sparse is None else self._sparse(sparse, value, columns, rows)

    def _dtype(self, place: Place, component: int) -> np.dtype[Any]:
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

    def _sparse(self, sparse: Place, base: Array, columns: int, rows: int) -> Array:
        count = sparse.integer("count", high=len(base))
        if not count:
            return base
        where, values = sparse.need("indices"), sparse.need("values")
        component = where.integer("componentType")
        if component not in (5121, 5123, 5125):
            raise where.refuse("must be 5121, 5123 or 5125", "componentType")
        at = self._strided(where, count, 1, 1, self._dtype(where, component))[:, 0].astype(np.int64)
        if at[-1] >= len(base) or (np.diff(at) <= 0).any():
            raise where.refuse(f"sparse indices must increase and stay below {len(base)}")
        result = base.copy()
        result[at] = self._strided(values, count, columns, rows, base.dtype)
        return result
