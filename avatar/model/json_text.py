"""Strict JSON: UTF-8, finite numbers, values and nesting within limits.

What may be wrong with a number or with the nesting is seen in the bytes, which is many times quicker than to look at
every value; only a text in which something may be wrong is looked at value by value.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, NamedTuple, NoReturn

import numpy as np

from ..config import Limits
from ..errors import LimitError, ModelError
from .place import Place, printable

_BRACKETS: Final = b'{}[]"'
_OTHERS: Final = bytes(set(range(256)) - set(_BRACKETS))
_SHAPE: Final = bytes(
    ord("0") if chr(c) in "0123456789" else ord("e") if chr(c) in "eE" else c if chr(c) == "+" else ord(" ")
    for c in range(256)
)
"""What a byte may be to a number: a digit, an exponent's letter or sign, or nothing."""
_LARGE: Final = (b"e000", b"e+000", b"0" * 200)
"""Without any of these a number has 199 digits and an exponent of 99 at most, which a float holds."""


class Parsed(NamedTuple):
    """root : the text's object; values : how many values it has, at most."""

    root: Place
    values: int


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:30]} is too large")
    return value


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not allowed in JSON")


def parse_json(path: Path, data: bytes, limits: Limits) -> Parsed:
    """The root object of a JSON text. Raises ModelError."""
    if len(data) > limits.json_bytes:
        raise LimitError(path, "", f"its JSON is {len(data) >> 20} MiB, at most {limits.json_bytes >> 20} MiB are read")
    values = sum(map(data.count, (b",", b"{", b"[")))
    if values > limits.json_values:
        raise LimitError(path, "", f"its JSON has more than {limits.json_values} values")
    shape = data.translate(_SHAPE)
    check = _finite if any(word in shape for word in _LARGE) else None
    try:
        root = json.loads(data.decode("utf-8-sig"), parse_float=check, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ModelError(path, "", f"its JSON is not UTF-8 (byte {error.start})") from error
    except RecursionError as error:
        raise LimitError(path, "", f"its JSON is nested deeper than {limits.json_depth} levels") from error
    except ValueError as error:
        raise ModelError(path, "", printable(f"its JSON cannot be read: {error}")) from error
    if not isinstance(root, dict):
        raise ModelError(path, "", "its JSON must be an object")
    if not 0 < _nesting(data) <= limits.json_depth and _is_deeper(root, limits.json_depth):
        raise LimitError(path, "", f"its JSON is nested deeper than {limits.json_depth} levels")
    return Parsed(Place(path, "", root), values)


def _nesting(data: bytes) -> int:
    """How deep brackets stand inside each other in sound JSON; 0 where a string holds one, which tells nothing."""
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    bare = data.translate(None, _OTHERS).replace(b'""', b"")
    # A bracket in a string parts that string's quotes, and quotes go in pairs: then some are left.
    if b'"' in bare:
        return 0
    # Of { [ ] } the opening ones have this bit.
    steps = (np.frombuffer(bare, np.int8) & 2) - 1
    return int(np.cumsum(steps, dtype=np.int32).max())


def _is_deeper(root: dict[str, Any], depth: int) -> bool:
    level: list[Any] = [root]
    for _ in range(depth):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return False
    return True
