"""Place: a JSON object and where it stands in which file, so that every wrong value is refused by its place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import LimitError, ModelError

MAX_ARRAY = 1 << 16
"""Elements of any array for which nothing else is said."""
BIG = 1e9
"""No number that Presence reads from a model may be larger; float32 squares of it stay finite."""


def printable(text: str) -> str:
    """One line, without control characters and half surrogates."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _step(key: str | int) -> str:
    return str(key) if isinstance(key, int) else key[:200].replace("~", "~0").replace("/", "~1")


_Keys = tuple[str | int, ...]
_NUMBERS = frozenset((int, float))
_WHOLE = frozenset((int,))


class Place:
    """A JSON object, its file and its JSON pointer. ``null`` counts as absent. Every reader raises ModelError only."""

    __slots__ = ("_above", "_keys", "path", "value")

    def __init__(self, path: Path, above: str | Place, value: dict[str, Any], keys: _Keys = ()) -> None:
        """above : the pointer, or that of the place from which ``keys`` lead here."""
        self.path, self._above, self.value, self._keys = path, above, value, keys

    @property
    def pointer(self) -> str:
        """The JSON pointer. Put together when it is asked for: most places are never named."""
        above = self._above if isinstance(self._above, str) else self._above.pointer
        return "/".join((above, *map(_step, self._keys)))

    def refuse(self, rule: str, *keys: str | int) -> ModelError:
        """The error to raise: this place, or what ``keys`` lead to from it, breaks ``rule``."""
        return ModelError(self.path, self._at(*keys), printable(rule))

    def exceeds(self, rule: str, *keys: str | int) -> LimitError:
        """The same where the file asks for more than Presence allows."""
        return LimitError(self.path, self._at(*keys), printable(rule))

    def _at(self, *keys: str | int) -> str:
        return printable("/".join((self.pointer, *map(_step, keys))))[:300]

    def has(self, key: str) -> bool:
        """Whether the member is there and not null."""
        return self.value.get(key) is not None

    def child(self, key: str) -> Place | None:
        """The member object, or None where absent."""
        value = self.value.get(key)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.refuse("must be an object", key)
        return Place(self.path, self, value, (key,))

    def need(self, key: str) -> Place:
        """The member object, which must be there."""
        found = self.child(key)
        if found is None:
            raise self.refuse(f"'{key}' is missing")
        return found

    def extension(self, name: str) -> Place | None:
        """``extensions/name``, or None."""
        extensions = self.child("extensions")
        return None if extensions is None else extensions.child(name)

    def items(self) -> Iterator[tuple[str, Place]]:
        """Members that are objects, with their names; nulls are left out."""
        for key in self.value:
            found = self.child(key)
            if found is not None:
                yield key, found

    def array(self, key: str, limit: int = MAX_ARRAY) -> list[Any]:
        """The member array as read, empty where absent, with at most ``limit`` elements."""
        value = self.value.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.refuse("must be an array", key)
        if len(value) > limit:
            raise self.exceeds(f"has {len(value)} elements, at most {limit} are allowed", key)
        return value

    def each(self, key: str, limit: int = MAX_ARRAY) -> list[Place]:
        """The member array of objects, empty where absent."""
        values, path = self.array(key, limit), self.path
        for i, value in enumerate(values):
            if not isinstance(value, dict):
                raise self.refuse("must be an object", key, i)
        return [Place(path, self, value, (key, i)) for i, value in enumerate(values)]

    def _number(self, value: Any, low: float, high: float, *keys: str | int) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.refuse("must be a number", *keys)
        if not (low <= value <= high):
            shown = value if isinstance(value, float) or abs(value) < 1e18 else "a huge number"
            raise self.refuse(f"is {shown}, must be from {low:g} to {high:g}", *keys)
        return float(value)

    def number(self, key: str, default: float | None = None, low: float = -BIG, high: float = BIG) -> float:
        """A finite number in [low, high]; no default means required."""
        value = self.value.get(key)
        if (type(value) is float or type(value) is int) and low <= value <= high:
            return float(value)
        if value is None:
            if default is None:
                raise self.refuse(f"'{key}' is missing")
            return default
        return self._number(value, low, high, key)

    def numbers(self, key: str, count: int, default: tuple[float, ...] | None = None) -> tuple[float, ...]:
        """Exactly ``count`` finite numbers; no default means required."""
        values = self.value.get(key)
        if values is None:
            if default is None:
                raise self.refuse(f"'{key}' is missing")
            return default
        if not isinstance(values, list) or len(values) != count:
            raise self.refuse(f"must be an array of {count} numbers", key)
        if _NUMBERS.issuperset(map(type, values)) and (not values or -BIG <= min(values) <= max(values) <= BIG):
            return tuple(map(float, values))
        return tuple(self._number(v, -BIG, BIG, key, i) for i, v in enumerate(values))

    def vector3(self, key: str, default: tuple[float, float, float]) -> tuple[float, float, float]:
        """Three numbers."""
        x, y, z = self.numbers(key, 3, default)
        return x, y, z

    def _integer(self, value: Any, low: int, high: int, *keys: str | int) -> int:
        if isinstance(value, float) and value.is_integer() and math.fabs(value) < 2**53:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.refuse("must be a whole number", *keys)
        if not (low <= value <= high):
            shown = value if abs(value) < 10**18 else "a huge number"
            raise self.refuse(f"is {shown}, must be from {low} to {high}", *keys)
        return value

    def integer(self, key: str, default: int | None = None, low: int = 0, high: int = 2**40) -> int:
        """A whole number in [low, high]; no default means required."""
        value = self.value.get(key)
        if type(value) is int and low <= value <= high:
            return value
        if value is None:
            if default is None:
                raise self.refuse(f"'{key}' is missing")
            return default
        return self._integer(value, low, high, key)

    def index(self, key: str, count: int, what: str, default: int | None = None) -> int:
        """An index into ``count`` things called ``what``."""
        value = self.value.get(key)
        if type(value) is int and 0 <= value < count:
            return value
        if value is None and default is not None:
            return default
        found = self.integer(key)
        if found >= count:
            raise self.refuse(f"is {found}, but there are {count} {what}", key)
        return found

    def indices(self, key: str, count: int, what: str, limit: int = MAX_ARRAY) -> list[int]:
        """An array of indices into ``count`` things, empty where absent."""
        values = self.array(key, limit)
        if not values or (_WHOLE.issuperset(map(type, values)) and 0 <= min(values) <= max(values) < count):
            return list(values)
        found = [self._integer(v, 0, 2**40, key, i) for i, v in enumerate(values)]
        for i, v in enumerate(found):
            if v >= count:
                raise self.refuse(f"is {v}, but there are {count} {what}", key, i)
        return found

    def text(self, key: str, default: str | None = None) -> str:
        """A string; no default means required."""
        value = self.value.get(key)
        if value is None:
            if default is None:
                raise self.refuse(f"'{key}' is missing")
            return default
        if not isinstance(value, str):
            raise self.refuse("must be a string", key)
        return value.encode("utf-8", "replace").decode()

    def choice(self, key: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of ``allowed``."""
        value = self.text(key, default)
        if value not in allowed:
            raise self.refuse(f"is '{value[:40]}', must be one of {', '.join(allowed)}", key)
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """A truth value."""
        value = self.value.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refuse("must be true or false", key)
        return value
