"""Reads glTF JSON by the tables of ``tables``: types, ranges, words, required and unexpected members.

Nothing is raised: what is wrong goes into the journal, and the ``Item`` that comes out holds None in its place.
Source: glTF 2.0 JSON schemas; codes as in the Khronos glTF-Validator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from ..codes import Journal


def step(key: str | int) -> str:
    """One step of a JSON pointer."""
    return str(key)[:200].replace("~", "~0").replace("/", "~1")


def whole(value: Any) -> int | None:
    """The value as an integer, where JSON wrote one (2.0 counts)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None


def is_number(value: Any) -> bool:
    """Whether JSON wrote a number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


KINDS: Final[dict[str, type]] = {"an array": list, "an object": dict, "a string": str, "true or false": bool}
"""What JSON calls a type -> what Python does."""
MOST_OBJECTS: Final = 40_000


FALLBACK: Final = {"KHR_materials_unlit": {"VRMC_materials_mtoon"}}
"""What an extension that stands alone may still go with: MToon takes precedence over unlit, by its specification."""


class TooMuchError(Exception):
    """Checking would take longer than it may."""


class Item:
    """One object of the file. raw : its JSON; at : JSON pointer; kind : its table; values : what its table reads, None
    where absent or wrong; extensions : name -> Item, or None where not read; used : whether anything refers to it;
    facts : what the linking found out."""

    __slots__ = ("at", "extensions", "facts", "kind", "parent", "raw", "used", "values")

    def __init__(self, raw: Mapping[str, Any], at: str, kind: str, parent: Item | None) -> None:
        self.raw, self.at, self.kind, self.parent = raw, at, kind, parent
        self.values: dict[str, Any] = {}
        self.extensions: dict[str, Item | None] = {}
        self.facts: dict[str, Any] = {}
        self.used = False

    def __getitem__(self, key: str) -> Any:
        return self.values.get(key)

    def above(self, kind: str) -> Item | None:
        """The nearest object of that kind that this one stands in."""
        found = self.parent
        while found is not None and found.kind != kind:
            found = found.parent
        return found


class Field(Protocol):
    """One row of a table: reads ``raw[key]``. Rows with a true ``optional`` or ``silent`` need not be asked where it is
    absent: it is their ``default`` then, or None. Silent ones are read before those that are optional."""

    def read(self, reader: Reader, item: Item, key: str) -> Any: ...


class Row:
    """A field that may be needed: only then is it asked for where it is absent."""

    __slots__ = ()

    @property
    def optional(self) -> bool:
        return not getattr(self, "need", False)


Check = Callable[["Reader", Item], None]


class Plan(NamedTuple):
    """How a kind of object is read. known : its members; absent : what those are of which nothing is said where they
    are absent; first : rows that are read first, in their order; rows : those that are read after them, in the file's
    order; check : as in Reader."""

    known: frozenset[str]
    absent: dict[str, Any]
    first: tuple[tuple[str, Field], ...]
    rows: dict[str, Field]
    check: Check | None


@dataclass(slots=True)
class Reader:
    """journal; tables : kind -> key -> field; checks : kind -> what to look at once an object is read;
    placed : (kind, extension) -> (table, whether it stands alone); words : lists that extensions lengthen;
    known, declared : extension names that are read here, and that the file declares."""

    journal: Journal
    tables: Mapping[str, Mapping[str, Field]]
    checks: Mapping[str, Check]
    placed: Mapping[tuple[str, str], tuple[str, bool]]
    words: dict[str, list[str]]
    known: set[str] = field(default_factory=set)
    declared: set[str] = field(default_factory=set)
    read: list[Item] = field(default_factory=list)
    plans: dict[str, Plan] = field(default_factory=dict)

    def item(self, kind: str, raw: Mapping[str, Any], at: str, parent: Item | None) -> Item:
        """Reads one object and all that is in it."""
        made = Item(raw, at, kind, parent)
        self.read.append(made)
        if len(self.read) > MOST_OBJECTS:
            raise TooMuchError
        plan = self.plans.get(kind) or self._plan(kind)
        if not plan.known.issuperset(raw):
            for key in raw:
                if key not in plan.known:
                    self.journal.add("UNEXPECTED_PROPERTY", f"{at}/{step(key)}", "this property is not defined")
        rows, absent = plan.rows, plan.absent
        values = made.values = absent.copy()
        for key, row in plan.first:
            if key in raw or key not in absent:
                values[key] = row.read(self, made, key)
        for key in raw:
            if key in rows:
                values[key] = rows[key].read(self, made, key)
        if "extensions" in raw:
            self._extensions(made)
        extras = raw.get("extras")
        if extras is not None and not isinstance(extras, dict):
            self.journal.add("NON_OBJECT_EXTRAS", f"{at}/extras", "extras should be an object")
        if plan.check is not None:
            plan.check(self, made)
        return made

    def _plan(self, kind: str) -> Plan:
        table = self.tables[kind]
        rows = {key: row for key, row in table.items() if getattr(row, "optional", False)}
        first = tuple((key, row) for key, row in table.items() if key not in rows)
        silent = {**rows, **{key: row for key, row in first if getattr(row, "silent", False)}}
        absent = {key: getattr(row, "default", None) for key, row in silent.items()}
        known = frozenset((*table, "extensions", "extras"))
        self.plans[kind] = Plan(known, absent, first, rows, self.checks.get(kind))
        return self.plans[kind]

    def get(self, item: Item, key: str, kind: str, need: bool) -> Any:
        """The member, None where absent; null is an error, and so is absence where it is needed."""
        value = item.raw.get(key)
        if value is None and key in item.raw:
            self.mismatch(item, key, None, kind)
        if value is None and need:
            self.journal.add("UNDEFINED_PROPERTY", item.at, f"'{key}' must be defined")
        return value

    def typed(self, item: Item, key: str, kind: str, need: bool) -> Any:
        """The member where it is of that kind (a key of KINDS), else None; another type is an error."""
        value = self.get(item, key, kind, need)
        if value is None or isinstance(value, KINDS[kind]):
            return value
        self.mismatch(item, key, value, kind)
        return None

    def array(self, item: Item, key: str, need: bool = False, empty: bool = False) -> list[Any] | None:
        """The member array, None where absent or wrong. empty : whether it may be empty."""
        value: list[Any] | None = self.typed(item, key, "an array", need)
        if value is None or value or empty:
            return value
        self.journal.add("EMPTY_ENTITY", f"{item.at}/{step(key)}", "must not be empty")
        return None

    def mismatch(self, item: Item, key: str, value: Any, kind: str) -> None:
        """Notes a value of the wrong type."""
        self.journal.add("TYPE_MISMATCH", f"{item.at}/{step(key)}", f"{str(value)[:60]} is not {kind}")

    def _extensions(self, item: Item) -> None:
        found = self.get(item, "extensions", "an object", False)
        if found is None:
            return
        if not isinstance(found, dict):
            self.mismatch(item, "extensions", found, "an object")
            return
        at = f"{item.at}/extensions"
        for name, value in found.items():
            here = f"{at}/{step(name)}"
            if not isinstance(value, dict):
                self.journal.add("TYPE_MISMATCH", here, f"{str(value)[:60]} is not an object")
                value = {}
            if name not in self.known:
                if name not in self.declared:
                    self.journal.add("UNDECLARED_EXTENSION", here, "this extension is not in extensionsUsed")
                item.extensions[name] = None
                continue
            place = self.placed.get((item.kind, name))
            if place is None:
                self.journal.add("UNEXPECTED_EXTENSION_OBJECT", here, "this extension does not belong here")
                continue
            if place[1] and len(found.keys() - FALLBACK.get(name, set())) > 1:
                self.journal.add("MULTIPLE_EXTENSIONS", here, "this extension may not go with the others here")
            item.extensions[name] = self.item(place[0], value, here, item)
