"""A script's YAML: what is taken, what is refused, and where each thing stands."""

from __future__ import annotations

import random

import pytest

from avatar.ceremony import marked
from avatar.errors import CeremonyError


def test_values_and_places() -> None:
    found = marked.read(
        b"presence: 1\nscenes:\n- id: a\n  yes: [no, on, 2.5, true, null]\n  t: |\n    Hello {x}\n", "f"
    )
    assert found.value == {
        "presence": 1,
        "scenes": [{"id": "a", "yes": ["no", "on", 2.5, True, None], "t": "Hello {x}\n"}],
    }
    assert found.mark(("scenes", 0, "id"))[:2] == (3, 7)
    assert found.key(("scenes", 0, "yes"))[:2] == (4, 3)
    assert found.within(("scenes", 0, "t"), "{x}")[:2] == (6, 11)
    assert found.mark(("scenes", 0, "not", "there"))[:2] == (3, 3)


@pytest.mark.parametrize(
    ("data", "place", "words"),
    [
        (b"a: &x 1", "1:4", "anchor"),
        (b"a: 1\nb: *a", "2:4", "alias"),
        (b"a: !!python/object:os.system 1", "1:4", "tag"),
        (b"a: !x 1", "1:4", "tag"),
        (b"a: 1\nb: 2\na: 3", "3:1", "twice, first in line 1"),
        (b"<<: {a: 1}", "1:1", "merge"),
        (b"1: 2", "1:1", "keys are text"),
        (b"? [a]\n: b", "1:3", "keys are text"),
        (b"a: .nan", "1:4", "finite"),
        (b"a: -.inf", "1:4", "finite"),
        (b"a: 1e999", "1:4", "finite"),
        (b"a: 1\n---\nb: 2", "2:1", "one document"),
        (b"%YAML 1.1\n---\na: 1", "1:1", "directives"),
        (b"a: \xff", "1:4", "UTF-8"),
        (b"a:\n\t- b", "2:1", "spaces"),
        (b"a: \x00", "1:4", "U+0000"),
        ("a: \uffff".encode(), "1:4", "U+FFFF"),
        (b"[" * 40, "1:33", "32 deep"),
        (b"a: [1", "2:1", "no YAML"),
        (b"", "1:1", "empty"),
        (b"# only a remark\n", "1:1", "empty"),
        (b"x" * 10_000_000, "1:1", "1 MiB"),
        (b"- a\n" * 120_000, "100000:3", "100000 values"),
    ],
)
def test_refused_with_its_place(data: bytes, place: str, words: str) -> None:
    with pytest.raises(CeremonyError) as error:
        marked.read(data, "f.yaml")
    assert str(error.value).startswith(f"f.yaml:{place}: ")
    assert words in str(error.value)


def test_a_thousand_laughs_are_one_error() -> None:
    lines = ["a0: &a0 [ha, ha]"] + [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 30)]
    with pytest.raises(CeremonyError, match="anchor"):
        marked.read("\n".join(lines))


def test_whatever_the_bytes_it_is_a_value_or_one_error() -> None:
    good = b"presence: 1\ntitle: {en: A, ja: \xe3\x81\x82}\nscenes:\n- id: a\n  cues: [{id: b, do: [{say: 'x'}]}]\n"
    letters = b"{}[]:,-&*!%\"'|>\t\n #?\xff\x00a1"
    chance = random.Random(8)
    errors: list[CeremonyError] = []
    for _ in range(600):
        data = bytearray(good)
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(data))
            data[at : at + chance.randint(0, 3)] = bytes(chance.choices(letters, k=2))
        try:
            marked.read(bytes(data), "f")
        except CeremonyError as error:
            errors.append(error)
    assert 50 < len(errors) < 600
    assert all(str(e).isprintable() and e.line >= 1 and e.column >= 1 for e in errors)
