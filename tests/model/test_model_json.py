"""JSON from strangers: what is refused without a look at every value, and that brackets in strings fool nothing."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from avatar.config import Limits
from avatar.errors import LimitError, ModelError
from avatar.model.json_text import parse_json

PATH, FOUR = Path("x.gltf"), Limits(json_depth=4)
DEEP = b'{"a":[[[%s]]]}'


@pytest.mark.parametrize(
    "held",
    [
        *(b"0", b'"x"', b'"[[["', b'"]]]"', b'"\\"[["', b'"\\\\"', b'"[\\\\\\"["', b'"\\\\\\\\"', b'"{\\"}"', b'""'),
        *(b'"\xc3\xa9["', b'"\\u005b\\u005b"', b'"\\n"', b'"\\t[\\n"', b'"]["', b'"\\"\\"\\""'),
    ],
)
def test_nesting_is_counted_outside_strings_only(held: bytes) -> None:
    assert parse_json(PATH, DEEP % held, FOUR).root.value == json.loads(DEEP % held)
    for deeper in (b"[%s]", b'{"k":%s}', b'"[","]",[%s],1', b'"{","",[%s,"]"],"}"'):
        with pytest.raises(LimitError, match="deeper than 4 levels"):
            parse_json(PATH, DEEP % (deeper % held), FOUR)


def test_a_member_that_stands_twice_counts_as_it_is_kept() -> None:
    assert parse_json(PATH, b'{"a":[[[[0]]]],"a":1}', FOUR).root.value == {"a": 1}


def test_every_nesting_is_found_in_random_texts() -> None:
    rng = np.random.default_rng(5)
    words = ['"', "\\", "[", "]", "{", "}", "a", "é"]

    def value(depth: int) -> object:
        if depth == 0:
            return "".join(rng.choice(words, 6))
        inner = [value(depth - 1), *(value(0) for _ in range(rng.integers(3)))]
        return inner if rng.random() < 0.5 else {value(0): part for part in inner}

    for depth in range(1, 40):
        data = json.dumps({"a": value(depth)}, ensure_ascii=bool(rng.integers(2))).encode()
        parse_json(PATH, data, Limits(json_depth=depth + 1))
        with pytest.raises(LimitError):
            parse_json(PATH, data, Limits(json_depth=depth))


@pytest.mark.parametrize("number", ["1e308", "-1E+308", "0.5e-999", "9" * 300, "1e0000001", "1" * 200 + "e99", "1e99"])
def test_numbers_that_a_float_holds(number: str) -> None:
    found = parse_json(PATH, f'{{"a":[{number}]}}'.encode(), Limits()).root.value["a"][0]
    assert float(found) == float(number)
    assert np.isfinite(float(found))


@pytest.mark.parametrize("number", ["1e309", "-1e+309", "1E400", "1" * 310 + ".0", "1" * 250 + "e99", "1e00000400"])
def test_numbers_that_a_float_does_not_hold_are_told(number: str) -> None:
    with pytest.raises(ModelError, match="is too large"):
        parse_json(PATH, f'{{"b":"1e999","a":[{number}]}}'.encode(), Limits())


def test_a_large_number_in_a_string_is_none() -> None:
    assert parse_json(PATH, b'{"a":"1e999"}', Limits()).root.value == {"a": "1e999"}


def test_values_are_counted() -> None:
    assert parse_json(PATH, b'{"a":[1,2],"b":{}}', Limits()).values == 5
