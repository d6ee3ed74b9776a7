"""The elements of accessors as arrays, where the accessor, its views and its buffers are sound.

Source: glTF 2.0, section 3.6.2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..codes import MOST_ALIKE, Journal
from .checks import COMPONENTS
from .graph import component_size, element_size, packed_size, placement
from .schema import Item

Array = NDArray[Any]
_KINDS: Final = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_DTYPES: Final = {component: np.dtype(kind) for component, kind in _KINDS.items()}
_MOST_VALUES = 24_000_000
_MOST_BYTES = 256 << 20


class Elements:
    """Decodes accessors and keeps what is used again. Values that would take too much memory count as absent."""

    def __init__(self) -> None:
        self._made: dict[int, Array | None] = {}
        self._bytes = 0

    def get(self, accessor: Item) -> Array | None:
        """(count, components) as stored; None where the accessor, its views or its buffers are not sound."""
        if id(accessor) not in self._made:
            self._made[id(accessor)] = self._decode(accessor)
        return self._made[id(accessor)]

    def _decode(self, accessor: Item) -> Array | None:
        component, count, kind = accessor["componentType"], accessor["count"], accessor["type"]
        view, sparse = accessor.facts.get("view"), accessor["sparse"]
        if component not in _DTYPES or count is None or kind not in COMPONENTS or (view is None and sparse is None):
            return None
        dtype, width = _DTYPES[component], COMPONENTS[kind]
        if count * width > _MOST_VALUES:
            return None
        if view is not None:
            stride = view["byteStride"] or packed_size(accessor)
            if stride < element_size(accessor):
                return None
            found = _window(view, accessor["byteOffset"], stride * (count - 1) + element_size(accessor), dtype)
            if found is None:
                return None
            side = {"MAT2": 2, "MAT3": 3, "MAT4": 4}.get(kind, 0)
            if side and dtype.itemsize < 4 and side < 4:
                column = (side * dtype.itemsize + 3) // 4 * 4
                strides: tuple[int, ...] = (stride, column, dtype.itemsize)
                value: Array = np.ndarray((count, side, side), dtype, found, strides=strides).reshape(count, width)
            else:
                value = np.ndarray((count, width), dtype, found, strides=(stride, dtype.itemsize))
        elif self._spend(count * width * dtype.itemsize):
            value = np.zeros((count, width), dtype)
        else:
            return None
        return value if sparse is None else self._replace(sparse, value, dtype)

    def _spend(self, size: int) -> bool:
        self._bytes += size
        return self._bytes <= _MOST_BYTES

    def _replace(self, sparse: Item, base: Array, dtype: np.dtype[Any]) -> Array | None:
        at = sparse_indices(sparse)
        if at is None or sparse["count"] > len(base) or not self._spend(base.nbytes):
            return None
        values = sparse["values"]
        width = base.shape[1]
        found = None
        if values.facts.get("view") is not None:
            found = _window(values.facts["view"], values["byteOffset"], len(at) * width * dtype.itemsize, dtype)
        if found is None:
            return None
        # Indices that do not increase are an error of their own, and nothing after them is put in.
        falls = at[1:] <= at[:-1]
        rising = int(np.argmax(falls)) + 1 if falls.any() else len(at)
        inside = at[:rising] < len(base)
        made = base.copy()
        made[at[:rising][inside]] = np.ndarray((len(at), width), dtype, found)[:rising][inside]
        return made


def _window(view: Item, offset: int | None, size: int, dtype: np.dtype[Any]) -> memoryview | None:
    buffer = view.facts.get("buffer")
    data = buffer.facts.get("data") if buffer is not None else None
    if data is None or placement(view, offset, size, dtype.itemsize):
        return None
    start = view["byteOffset"] + offset
    return memoryview(data)[start : start + size] if start + size <= len(data) else None


def sparse_indices(sparse: Item) -> Array | None:
    """(count,) int64: which elements a sparse accessor replaces; None where they cannot be read."""
    if "places" not in sparse.facts:
        sparse.facts["places"] = _places(sparse)
    found: Array | None = sparse.facts["places"]
    return found


def _places(sparse: Item) -> Array | None:
    indices, count = sparse["indices"], sparse["count"]
    if indices is None or sparse["values"] is None or count is None:
        return None
    component, view = indices["componentType"], indices.facts.get("view")
    if component is None or view is None or count > _MOST_VALUES:
        return None
    dtype = _DTYPES[component]
    found = _window(view, indices["byteOffset"], count * component_size(component), dtype)
    return None if found is None else np.ndarray((count,), dtype, found).astype(np.int64)


def as_numbers(accessor: Item, value: Array) -> Array:
    """Normalised integers as numbers, everything else as float64."""
    if accessor["componentType"] == 5126 or not accessor["normalized"] or value.dtype == np.uint32:
        return value.astype(np.float64)
    return np.maximum(value.astype(np.float64) / np.iinfo(value.dtype).max, -1.0)


def lengths(rows: Array) -> Array:
    """(n,) of vectors (n, 3 or 4); a sum along so few numbers takes several times as long as sums of columns."""
    first, *more = rows.T
    total = first * first
    for column in more:
        total += column * column
    found: Array = np.sqrt(total)
    return found


def note_places(journal: Journal, code: str, at: str, where: Array, text: Callable[[int], str]) -> None:
    """One message for each of the first few places, and a count for the rest."""
    if not len(where):
        return
    for place in where[:MOST_ALIKE]:
        journal.add(code, at, text(int(place)))
    journal.add(code, at, f"and {len(where) - MOST_ALIKE} more", len(where) - MOST_ALIKE)
