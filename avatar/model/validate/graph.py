"""The file as objects that know each other: what the checks of references and data share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ..codes import Journal
from .checks import COMPONENTS
from .schema import Item, TooMuchError

SIZES: Final = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
_MOST_STEPS = 3_000_000


@dataclass(slots=True)
class Graph:
    """The file as objects that know each other. lists : root list -> its elements, None where one is not an object;
    root : the file's own extensions; read : every object; checkers : what to look at in an accessor's elements:
    (kind, pointer, argument)."""

    journal: Journal
    root: Item
    lists: dict[str, list[Item | None]]
    read: list[Item]
    checkers: dict[int, list[tuple[str, str, Any]]] = field(default_factory=dict)
    shared_views: dict[int, set[int]] = field(default_factory=dict)
    steps: int = 0

    def find(self, name: str, index: int | None) -> Item | None:
        """Element of a root list, None where there is none."""
        if index is None:
            return None
        found = self.lists.get(name, ())
        return found[index] if 0 <= index < len(found) else None

    def resolve(self, item: Item, key: str, name: str, at: str | None = None, mark: bool = True) -> Item | None:
        """What ``item[key]`` names in a root list; an index to nothing is noted."""
        index = item[key]
        if index is None:
            return None
        found = self.find(name, index)
        if found is None:
            place = at or f"{item.at}/{key}"
            self.journal.add("UNRESOLVED_REFERENCE", place, f"there is no element {index} in {name}")
        elif mark:
            found.used = True
        return found

    def each(self, item: Item, key: str, name: str) -> Iterator[tuple[int, int, Item]]:
        """(place in the list, index, element) of a list of indices; what is found counts as used."""
        for place, index in enumerate(item[key] or ()):
            if index < 0:
                continue
            found = self.find(name, index)
            if found is None:
                text = f"there is no element {index} in {name}"
                self.journal.add("UNRESOLVED_REFERENCE", f"{item.at}/{key}/{place}", text)
            else:
                found.used = True
                yield place, index, found

    def work(self, amount: int = 1) -> None:
        """Counts steps of work that a file could make grow faster than itself."""
        self.steps += amount
        if self.steps > _MOST_STEPS:
            raise TooMuchError

    def kind(self, name: str) -> Iterator[Item]:
        """The objects of a root list."""
        return (item for item in self.lists.get(name, ()) if item is not None)

    def check(self, accessor: Item, kind: str, at: str, argument: Any = None) -> None:
        """Plans a look at the accessor's elements."""
        self.checkers.setdefault(id(accessor), []).append((kind, at, argument))

    def use_view(self, view: Item, usage: str, at: str) -> None:
        """Notes what a buffer view is for; it can be for one thing only."""
        view.used = True
        before = view.facts.get("usage")
        if before is None:
            view.facts["usage"] = usage
            if usage in ("IndexBuffer", "VertexBuffer"):
                self.journal.add("BUFFER_VIEW_TARGET_MISSING", at, "the buffer view should have a target")
        elif before != usage:
            text = f"the buffer view is used as {before} and as {usage}"
            self.journal.add("BUFFER_VIEW_TARGET_OVERRIDE", at, text)

    def use_accessor(self, accessor: Item, usage: str, at: str) -> None:
        """The same of an accessor."""
        accessor.used = True
        before = accessor.facts.setdefault("usage", usage)
        if before != usage:
            self.journal.add("ACCESSOR_USAGE_OVERRIDE", at, f"the accessor is used as {before} and as {usage}")


_ONE: Final = {("MAT2", 1): 6, ("MAT3", 1): 11, ("MAT3", 2): 22}
_STEP: Final = {("MAT2", 1): 8, ("MAT3", 1): 12, ("MAT3", 2): 24}
"""Bytes of a matrix of bytes or shorts, and from one to the next, by (type, bytes of a component)."""


def component_size(component: int | None) -> int:
    """Bytes of one component, 0 where its type is wrong."""
    return SIZES.get(component or 0, 0)


def element_size(accessor: Item) -> int:
    """Bytes of one element without what follows it; matrix columns start on multiples of 4 bytes."""
    size, kind = component_size(accessor["componentType"]), accessor["type"] or ""
    return _ONE.get((kind, size), size * COMPONENTS.get(kind, 0))


def packed_size(accessor: Item) -> int:
    """Bytes from one element to the next where there is no stride."""
    size, kind = component_size(accessor["componentType"]), accessor["type"] or ""
    return _STEP.get((kind, size), size * COMPONENTS.get(kind, 0))


def placement(view: Item, offset: int | None, size: int, unit: int) -> list[tuple[str, str, str]]:
    """What is wrong with ``size`` bytes at ``offset`` of a view, in units of ``unit`` bytes: (code, member, text)."""
    if offset is None:
        return [("", "", "")]
    found = []
    if unit and offset % unit:
        found.append(("ACCESSOR_OFFSET_ALIGNMENT", "/byteOffset", f"{offset} is not a multiple of {unit}"))
    start, length = view["byteOffset"], view["byteLength"]
    if start is None:
        return [*found, ("", "", "")]
    if unit and (start + offset) % unit:
        text = f"the total offset {start + offset} is not a multiple of {unit}"
        found.append(("ACCESSOR_TOTAL_OFFSET_ALIGNMENT", "", text))
    length = -1 if length is None else length
    if offset + size > length:
        text = f"{size} bytes at {offset} do not fit a buffer view of {max(length, 0)} bytes"
        found.append(("ACCESSOR_TOO_LONG", "/byteOffset" if offset > length else "", text))
    return found
