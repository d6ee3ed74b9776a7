"""The rows of a PLY file, as text or packed, to columns and lists. What they mean: see ``ply``.

A list makes its row as long as it likes, so the way through a row is the same in both: a place for every row, moved on
over one property after another, by words in text and by bytes where it is packed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import LimitError, ModelError
from .place import printable
from .ply_header import Element, Header
from .prop_checks import MAX_TRIANGLES
from .text_lines import Places, plain
from .text_numbers import NotANumber, numbers, why

Column = NDArray[Any]

_WANTED: Final = frozenset(
    ("x", "y", "z", "nx", "ny", "nz", "red", "green", "blue", "alpha", "u", "v", "s", "t", "texture_u", "texture_v")
)
_LISTS: Final = 2 * MAX_TRIANGLES
"""Lists of uneven length in a packed element: each is found only through the one before."""


@dataclass(slots=True)
class Rows:
    """An element's R rows. columns : name -> (R,), of those that mean something; lists : name -> ((R,) how long each
    is, what gives all of their numbers, one list behind the other); whole : columns of whole numbers, as announced;
    where : a row's place, for a refusal."""

    columns: dict[str, Column] = field(default_factory=dict)
    lists: dict[str, tuple[Places, Callable[[], Column]]] = field(default_factory=dict)
    whole: frozenset[str] = frozenset()
    where: Callable[[int], str] = lambda row: ""


def read_rows(path: Path, data: bytes, header: Header) -> dict[str, Rows]:
    """The rows of every element that has some. Raises ModelError."""
    body = _Text(path, data, header) if header.text else _Packed(path, data, header)
    found = {}
    for element in header.elements:
        if element.rows:
            found[element.name] = rows = body.rows(element)
            rows.whole = frozenset(own.name for own in element.properties if own.type[0] != "f")
    body.end()
    return found


class _Text:
    """Words, a line of them for each row; blank lines do not count, nor do words and lines too many."""

    def __init__(self, path: Path, data: bytes, header: Header) -> None:
        self._path, self._above = path, header.lines + 1
        body = plain(data[header.body :])
        try:
            self._values, offsets = numbers(body)
        except NotANumber as error:
            line = self._above + body.count(b"\n", 0, error.offset)
            raise ModelError(path, f"line {line}", printable(f"the PLY cannot be read: {why(error.word)}")) from None
        ends = np.flatnonzero(np.frombuffer(body, np.uint8) == ord("\n"))
        first = np.searchsorted(offsets, np.concatenate([[0], ends + 1, [len(body)]]).astype(np.int32))
        self._lines = np.flatnonzero(first[1:] > first[:-1])
        self._starts, self._ends = first[self._lines], first[self._lines + 1]
        self._row = 0

    def rows(self, element: Element) -> Rows:
        rows = slice(self._row, self._row + element.rows)
        if rows.stop > len(self._lines):
            rule = f"the PLY cannot be read: it ends after {len(self._lines)} rows, more are announced"
            raise ModelError(self._path, "", rule)
        lines, at, ends = self._lines[rows], self._starts[rows].copy(), self._ends[rows]
        self._row = rows.stop
        made = Rows(where=lambda row: f"line {self._above + int(lines[row])}")
        self._refuse(made, ends - at < len(element.properties), "has too few numbers")
        for own in element.properties:
            if not own.count:
                if own.name in _WANTED:
                    made.columns[own.name] = self._values[np.minimum(at, len(self._values) - 1)]
                at += 1
                continue
            sizes = self._values[np.minimum(at, len(self._values) - 1)]
            fits = (sizes >= 0) & (sizes == np.floor(sizes)) & (sizes < ends - at)
            self._refuse(made, ~fits, "has a list that does not fit into its line")
            long = sizes.astype(np.intp)
            made.lists[own.name] = (long, partial(_gathered, self._values, at + 1, long))
            at = at + 1 + long
        self._refuse(made, at > ends, "has too few numbers")
        return made

    def end(self) -> None:
        """Nothing: what follows the rows is passed over."""

    def _refuse(self, rows: Rows, wrong: NDArray[np.bool_], rule: str) -> None:
        if wrong.any():
            raise ModelError(self._path, rows.where(int(np.argmax(wrong))), f"the PLY cannot be read: {rule}")


class _Packed:
    """Bytes, one row behind the other."""

    def __init__(self, path: Path, data: bytes, header: Header) -> None:
        self._path, self._data, self._order = path, data, header.order
        self._bytes = np.frombuffer(data, np.uint8)
        self._at = header.body

    def rows(self, element: Element) -> Rows:
        even = self._even(element)
        return self._uneven(element) if even is None else even

    def end(self) -> None:
        """Refuses what follows the rows."""
        if self._at != len(self._data):
            raise self._refuse(f"{len(self._data) - self._at} bytes follow what is announced")

    def _even(self, element: Element) -> Rows | None:
        """The rows where all are as long as the first, None where they are not."""
        made, at, lists = Rows(), self._at, []
        columns: list[tuple[str, int, np.dtype[Any]]] = []
        for own in element.properties:
            kind = np.dtype(self._order + own.type)
            if not own.count:
                columns.append((own.name, at, kind))
                at += kind.itemsize
                continue
            count = np.dtype(self._order + own.count)
            if at + count.itemsize > len(self._data):
                raise self._refuse("it ends within its rows")
            size = int(np.frombuffer(self._data, count, 1, at)[0])
            lists.append((own.name, at, count, size, kind))
            at += count.itemsize + max(size, 0) * kind.itemsize
            if at > len(self._data):
                return None
        step, rows = at - self._at, element.rows
        if self._at + step * rows > len(self._data):
            return None

        def column(start: int, kind: np.dtype[Any]) -> Column:
            return np.ndarray((rows,), kind, self._data, start, (step,))

        if any((column(start, count) != size).any() or size < 0 for _, start, count, size, _ in lists):
            return None
        made.columns = {name: column(start, kind) for name, start, kind in columns if name in _WANTED}
        for name, start, count, size, kind in lists:
            shape, behind = (rows, size), start + count.itemsize
            whole = np.ndarray(shape, kind, self._data, behind, (step, kind.itemsize)) if size else np.empty(shape)
            made.lists[name] = (np.full(rows, size, np.intp), partial(np.reshape, whole, -1))
        self._at += step * rows
        return made

    def _uneven(self, element: Element) -> Rows:
        lists = [own for own in element.properties if own.count]
        if not lists:
            raise self._refuse("it ends within its rows")
        if element.rows * len(lists) > _LISTS:
            raise LimitError(self._path, "", f"has more than {_LISTS} lists of uneven length")
        at, sizes = self._sizes(element, len(lists))
        made = Rows()
        for own in element.properties:
            kind = np.dtype(self._order + own.type)
            if not own.count:
                if own.name in _WANTED:
                    made.columns[own.name] = self._read(at, kind)
                at = at + kind.itemsize
                continue
            long, sizes = sizes[:, 0], sizes[:, 1:]
            at = at + np.dtype(own.count).itemsize
            made.lists[own.name] = (long, partial(self._list, at, long, kind))
            at = at + long * kind.itemsize
        self._at = int(at[-1])
        return made

    def _sizes(self, element: Element, lists: int) -> tuple[Places, Places]:
        """((R,) where each row begins, (R, lists) how long its lists are)."""
        steps, before = [], 0
        for own in element.properties:
            size = np.dtype(own.type).itemsize
            if own.count:
                steps.append((before, np.dtype(own.count).itemsize, own.count[0] == "i", size))
            before = 0 if own.count else before + size
        order: Any = "little" if self._order == "<" else "big"
        data, at, starts, sizes = self._data, self._at, [], []
        for _ in range(element.rows):
            starts.append(at)
            for gap, width, signed, size in steps:
                at += gap
                count = int.from_bytes(data[at : at + width], order, signed=signed)
                sizes.append(count)
                at += width + count * size
                if count < 0 or at > len(data):
                    raise self._refuse("it ends within its rows" if count >= 0 else "a list is shorter than nothing")
            at += before
        if at > len(data):
            raise self._refuse("it ends within its rows")
        return np.array(starts, np.intp), np.array(sizes, np.intp).reshape(-1, lists)

    def _list(self, at: Places, long: Places, kind: np.dtype[Any]) -> Column:
        starts = np.repeat(at - kind.itemsize * (np.cumsum(long) - long), long)
        return self._read(starts + kind.itemsize * np.arange(len(starts)), kind)

    def _read(self, at: Places, kind: np.dtype[Any]) -> Column:
        found: Column = self._bytes[at[:, None] + np.arange(kind.itemsize)].view(kind).reshape(-1)
        return found

    def _refuse(self, rule: str) -> ModelError:
        return ModelError(self._path, "", f"the PLY cannot be read: {rule}")


def _gathered(values: Column, starts: Places, sizes: Places) -> Column:
    """The numbers of lists that begin at these places, one list behind the other."""
    return values[np.repeat(starts - (np.cumsum(sizes) - sizes), sizes) + np.arange(int(sizes.sum()))]
