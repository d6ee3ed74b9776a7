"""The fields of the tables that hold objects and indices: children, lists of indices, attributes, morph targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from .schema import Item, Reader, Row, step, whole
from .values import strings

_WHOLE: Final = frozenset((int,))


@dataclass(frozen=True, slots=True)
class Indices(Row):
    """An array of distinct indices; -1 where one is wrong. empty : whether it may be empty."""

    need: bool = False
    empty: bool = False

    def read(self, reader: Reader, item: Item, key: str) -> list[int] | None:
        found: Any = item.raw.get(key)
        plain = type(found) is list and found and _WHOLE.issuperset(map(type, found)) and min(found) >= 0
        if plain and len(set(found)) == len(found):
            return [*found]
        value, at = reader.array(item, key, self.need, self.empty), f"{item.at}/{step(key)}"
        if value is None:
            return None
        made: list[int] = []
        seen: set[int] = set()
        for i, v in enumerate(value):
            found = whole(v)
            if found is None or found < 0:
                reader.journal.add("INVALID_INDEX", f"{at}/{i}", "an index must be a non-negative integer")
                found = -1
            elif found in seen:
                reader.journal.add("DUPLICATE_ELEMENTS", f"{at}/{i}", f"{found} stands twice")
            seen.add(found)
            made.append(found)
        return made


@dataclass(frozen=True, slots=True)
class Child(Row):
    """An object of a table."""

    kind: str
    need: bool = False

    def read(self, reader: Reader, item: Item, key: str) -> Item | None:
        value = reader.typed(item, key, "an object", self.need)
        if value is None:
            return None
        return reader.item(self.kind, value, f"{item.at}/{step(key)}", item)


@dataclass(frozen=True, slots=True)
class Children(Row):
    """An array of objects of a table; None where any element is not an object. empty : whether it may be empty."""

    kind: str
    need: bool = True
    empty: bool = False

    def read(self, reader: Reader, item: Item, key: str) -> list[Item] | None:
        value, at = reader.array(item, key, self.need, self.empty), f"{item.at}/{step(key)}"
        if value is None:
            return None
        wrong = sum(not isinstance(v, dict) for v in value)
        if wrong:
            reader.journal.add("ARRAY_TYPE_MISMATCH", at, "an element is not an object", wrong)
            return None
        return [reader.item(self.kind, v, f"{at}/{i}", item) for i, v in enumerate(value)]


@dataclass(frozen=True, slots=True)
class Named:
    """An object whose members, of any name, are objects of a table: name -> Item."""

    kind: str

    def read(self, reader: Reader, item: Item, key: str) -> dict[str, Item]:
        value: dict[str, Any] = reader.typed(item, key, "an object", False) or {}
        made: dict[str, Item] = {}
        for name, inner in value.items():
            at = f"{item.at}/{step(key)}/{step(name)}"
            if isinstance(inner, dict):
                made[name] = reader.item(self.kind, inner, at, item)
            else:
                reader.journal.add("TYPE_MISMATCH", at, "is not an object")
        return made


@dataclass(frozen=True, slots=True)
class Strings:
    """An array of strings, which may be empty."""

    need: bool = False

    def read(self, reader: Reader, item: Item, key: str) -> list[str] | None:
        if self.need and item.raw.get(key) is None:
            reader.get(item, key, "an array", True)
            return None
        return strings(reader, item, key, empty=True)


def attribute_number(digits: str) -> int | None:
    """The set index of ``TEXCOORD_3``: digits without a leading zero."""
    if not digits.isascii() or not digits.isdigit() or (len(digits) > 1 and digits[0] == "0"):
        return None
    return int(digits[:9])


def _index_map(reader: Reader, value: dict[str, Any], at: str) -> dict[str, int | None]:
    made: dict[str, int | None] = {}
    for name, v in value.items():
        found = whole(v)
        if found is None or found < 0:
            reader.journal.add("INVALID_INDEX", f"{at}/{step(name)}", "an index must be a non-negative integer")
            found = None
        made[name] = found
    return made


def _invalid(reader: Reader, at: str, name: str) -> None:
    reader.journal.add("MESH_PRIMITIVE_INVALID_ATTRIBUTE", f"{at}/{step(name)}", "not a name of an attribute")


@dataclass(frozen=True, slots=True)
class Attributes:
    """A primitive's attributes: semantic -> accessor, None where the index is wrong.

    The item's facts get ``normal``, ``tangent`` and ``sets``: how many of COLOR, JOINTS, TEXCOORD, WEIGHTS there are.
    """

    def read(self, reader: Reader, item: Item, key: str) -> dict[str, int | None] | None:
        sets = dict.fromkeys(("COLOR", "JOINTS", "TEXCOORD", "WEIGHTS"), 0)
        item.facts.update(sets=sets, normal=False, tangent=False)
        value, at = reader.typed(item, key, "an object", True), f"{item.at}/{key}"
        if value is None:
            return None
        if not value:
            reader.journal.add("EMPTY_ENTITY", at, "must not be empty")
            return None
        highest = dict.fromkeys(sets, -1)
        for name in value:
            if name.startswith("_") or name in ("POSITION", "NORMAL", "TANGENT"):
                continue
            base, *rest = name.split("_")
            number = attribute_number(rest[0]) if base in sets and len(rest) == 1 else None
            if number is None:
                _invalid(reader, at, name)
                continue
            sets[base] += 1
            highest[base] = max(highest[base], number)
        made = _index_map(reader, value, at)
        item.facts.update(normal="NORMAL" in value, tangent="TANGENT" in value)
        journal = reader.journal
        if "POSITION" not in value:
            journal.add("MESH_PRIMITIVE_NO_POSITION", at, "there is no POSITION attribute")
        if "TANGENT" in value and "NORMAL" not in value:
            journal.add("MESH_PRIMITIVE_TANGENT_WITHOUT_NORMAL", f"{at}/TANGENT", "TANGENT without NORMAL")
        for base, count in list(sets.items()):
            if highest[base] + 1 != count:
                text = f"{base} sets must count from 0 without gaps"
                journal.add("MESH_PRIMITIVE_INDEXED_SEMANTIC_CONTINUITY", at, text)
                sets[base] = 0
        if sets["JOINTS"] != sets["WEIGHTS"]:
            text = f"{sets['JOINTS']} JOINTS sets, but {sets['WEIGHTS']} WEIGHTS sets"
            journal.add("MESH_PRIMITIVE_JOINTS_WEIGHTS_MISMATCH", at, text)
            sets["JOINTS"] = sets["WEIGHTS"] = 0
        return made


@dataclass(frozen=True, slots=True)
class Targets:
    """Morph targets: a list of attribute maps, None where one is not an object or is empty."""

    silent: ClassVar[bool] = True

    def read(self, reader: Reader, item: Item, key: str) -> list[dict[str, int | None]] | None:
        value, at = reader.array(item, key), f"{item.at}/{key}"
        if value is None:
            return None
        made, good = [], True
        for i, target in enumerate(value):
            here = f"{at}/{i}"
            if not isinstance(target, dict):
                reader.journal.add("ARRAY_TYPE_MISMATCH", at, f"element {i} is not an object")
                good = False
            elif not target:
                reader.journal.add("EMPTY_ENTITY", here, "must not be empty")
                good = False
            else:
                for name in target:
                    base, *rest = name.split("_")
                    plain = name.startswith("_") or name in ("POSITION", "NORMAL", "TANGENT")
                    indexed = base in ("COLOR", "TEXCOORD") and len(rest) == 1
                    if not plain and not (indexed and attribute_number(rest[0]) is not None):
                        _invalid(reader, here, name)
                made.append(_index_map(reader, target, here))
        return made if good else None
