"""The fields of the tables that hold plain values: indices, numbers, words, flags and arrays of numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

import numpy as np

from .schema import Item, Reader, Row, is_number, step, whole

INFINITY: Final = math.inf
_HUGE: Final = 1e308
_NUMBERS: Final = frozenset((int, float))


def _listed(reader: Reader, item: Item, key: str, value: Any, words: Any) -> bool:
    if value in words:
        return True
    shown = ", ".join(map(str, words))
    reader.journal.add("VALUE_NOT_IN_LIST", f"{item.at}/{step(key)}", f"{str(value)[:60]} is not one of {shown}")
    return False


def _outside(reader: Reader, at: str, value: Any) -> None:
    reader.journal.add("VALUE_NOT_IN_RANGE", at, f"{str(value)[:60]} is out of range")


@dataclass(frozen=True, slots=True)
class Later:
    """A member that only a check reads, since what it may be depends on others."""

    optional: ClassVar[bool] = True

    def read(self, reader: Reader, item: Item, key: str) -> Any:
        return None


@dataclass(frozen=True, slots=True)
class Index(Row):
    """A non-negative index."""

    need: bool = False

    def read(self, reader: Reader, item: Item, key: str) -> int | None:
        value = item.raw.get(key)
        if type(value) is int and value >= 0:
            return value
        value = reader.get(item, key, "an integer", self.need)
        if value is None:
            return None
        found = whole(value)
        if found is None:
            reader.mismatch(item, key, value, "an integer")
        elif found < 0:
            reader.journal.add("INVALID_INDEX", f"{item.at}/{step(key)}", "an index must not be negative")
            return None
        return found


@dataclass(frozen=True, slots=True)
class Whole(Row):
    """An integer in a range or a list."""

    low: int = 0
    high: int | None = None
    words: tuple[int, ...] = ()
    need: bool = False
    default: int | None = None

    def read(self, reader: Reader, item: Item, key: str) -> int | None:
        value = item.raw.get(key)
        if type(value) is int and self._allows(value):
            return value
        value = reader.get(item, key, "an integer", self.need)
        if value is None:
            return None if self.need else self.default
        found = whole(value)
        if found is None:
            reader.mismatch(item, key, value, "an integer")
            return None
        if self._allows(found):
            return found
        if self.words:
            _listed(reader, item, key, found, self.words)
        else:
            _outside(reader, f"{item.at}/{step(key)}", found)
        return None

    def _allows(self, value: int) -> bool:
        if self.words:
            return value in self.words
        return self.low <= value and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True)
class Number(Row):
    """A number; low and high belong to the range, above and below do not; ``free`` is allowed besides."""

    low: float = -INFINITY
    high: float = INFINITY
    above: float = -INFINITY
    below: float = INFINITY
    free: float | None = None
    need: bool = False
    default: float | None = None

    def read(self, reader: Reader, item: Item, key: str) -> float | None:
        value = item.raw.get(key)
        if (type(value) is float or type(value) is int) and -_HUGE < value < _HUGE and self._allows(value):
            return float(value)
        value = reader.get(item, key, "a number", self.need)
        if value is None:
            return None if self.need else self.default
        if not is_number(value):
            reader.mismatch(item, key, value, "a number")
            return None
        if value != self.free and not self._allows(value):
            _outside(reader, f"{item.at}/{step(key)}", value)
            return None
        return float(value) if abs(value) < _HUGE else (INFINITY if value > 0 else -INFINITY)

    def _allows(self, value: float) -> bool:
        return self.low <= value <= self.high and self.above < value < self.below


@dataclass(frozen=True, slots=True)
class Flag:
    """true or false."""

    silent: ClassVar[bool] = True
    default: ClassVar[bool] = False

    def read(self, reader: Reader, item: Item, key: str) -> bool:
        return reader.typed(item, key, "true or false", False) is True


@dataclass(frozen=True, slots=True)
class Text(Row):
    """A string: any, of a list (a name in ``Reader.words``, or the words themselves), or of a pattern."""

    words: str | tuple[str, ...] = ()
    pattern: str = ""
    need: bool = False
    default: str | None = None

    def read(self, reader: Reader, item: Item, key: str) -> str | None:
        value = item.raw.get(key)
        if type(value) is str and not self.pattern and (not self.words or value in self._listed(reader)):
            return value
        value = reader.get(item, key, "a string", self.need)
        if value is None:
            return None if self.need else self.default
        if not isinstance(value, str):
            reader.mismatch(item, key, value, "a string")
            return None
        if self.words:
            _listed(reader, item, key, value, self._listed(reader))
        elif self.pattern and not re.fullmatch(self.pattern, value):
            text = f"'{value[:60]}' does not match {self.pattern}"
            reader.journal.add("PATTERN_MISMATCH", f"{item.at}/{step(key)}", text)
            return None
        return value

    def _listed(self, reader: Reader) -> Sequence[str]:
        return reader.words[self.words] if isinstance(self.words, str) else self.words


@dataclass(frozen=True, slots=True)
class Numbers:
    """An array of numbers. length : how many, 0 for any; single : rounded to float32."""

    length: int = 0
    low: float = -INFINITY
    high: float = INFINITY
    default: tuple[float, ...] | None = None
    single: bool = False
    need: bool = False

    @property
    def silent(self) -> bool:
        return not self.need and self.default is None

    def read(self, reader: Reader, item: Item, key: str) -> list[float] | None:
        if item.raw.get(key) is None and self.default is not None:
            reader.get(item, key, "an array", self.need)
            return list(self.default)
        found = item.raw.get(key)
        if type(found) is list and self._plain(found):
            return self._floats(found)
        value, at = reader.array(item, key, self.need), f"{item.at}/{step(key)}"
        if value is None:
            return None
        if self.length and len(value) != self.length:
            text = f"has {len(value)} elements, must have {self.length}"
            reader.journal.add("ARRAY_LENGTH_NOT_IN_LIST", at, text)
            return None
        good = True
        for i, v in enumerate(value):
            if not is_number(v):
                reader.journal.add("ARRAY_TYPE_MISMATCH", at, f"{str(v)[:60]} is not a number")
                good = False
            elif not self.low <= v <= self.high or not abs(v) < _HUGE:
                _outside(reader, f"{at}/{i}", v)
                good = False
        return self._floats(value) if good else None

    def _plain(self, value: list[Any]) -> bool:
        """Whether there is nothing to say of an array."""
        if not value or (self.length and len(value) != self.length) or not _NUMBERS.issuperset(map(type, value)):
            return False
        low, high = min(value), max(value)
        return bool(self.low <= low and high <= self.high and low > -_HUGE and high < _HUGE)

    def _floats(self, value: list[Any]) -> list[float]:
        if self.single:
            with np.errstate(over="ignore"):
                rounded: list[float] = np.array(value, np.float64).astype(np.float32).tolist()
                return rounded
        return list(map(float, value))


def read_bounds(reader: Reader, item: Item, key: str, length: int, component: int) -> list[float] | None:
    """``min`` or ``max`` of an accessor of integers."""
    value, at = reader.array(item, key, empty=True), f"{item.at}/{key}"
    if value is None:
        return None
    if len(value) != length:
        reader.journal.add("ARRAY_LENGTH_NOT_IN_LIST", at, f"has {len(value)} elements, must have {length}")
        return None
    limits = np.iinfo({5120: "i1", 5121: "u1", 5122: "i2", 5123: "u2", 5125: "u4"}[component])
    good = True
    for v in value:
        found = whole(v)
        if found is None:
            reader.journal.add("ARRAY_TYPE_MISMATCH", at, f"{str(v)[:60]} is not an integer")
            good = False
        elif not limits.min <= found <= limits.max:
            reader.journal.add("INVALID_GL_VALUE", at, f"{found} does not fit the component type")
            good = False
    return [float(v) for v in value] if good else None


def strings(reader: Reader, item: Item, key: str, empty: bool = False) -> list[str] | None:
    """An array of strings; None where anything is wrong with its types."""
    value, at = reader.array(item, key, empty=empty), f"{item.at}/{key}"
    if value is None:
        return None
    good, seen = True, set()
    for i, v in enumerate(value):
        if not isinstance(v, str):
            reader.journal.add("ARRAY_TYPE_MISMATCH", f"{at}/{i}", f"{str(v)[:60]} is not a string")
            good = False
        elif v in seen:
            reader.journal.add("DUPLICATE_ELEMENTS", f"{at}/{i}", f"'{v[:60]}' stands twice")
        else:
            seen.add(v)
    return value if good else None
