"""Numbers read by the array are those that ``float`` reads, word for word; what is no number is told by its place."""

from __future__ import annotations

import random

import numpy as np
import pytest

from avatar.model import text_numbers
from avatar.model.text_numbers import NUMBER, NotANumber, numbers

EDGES = (
    *("0", "-0", "+1", "1.", ".5", "-.5", "+.5e3", "1.E5", "0e999", "1e999", "-1e-999", "00012", "1e+05", "9" * 18),
    *("9" * 19, "9" * 400, "0." + "0" * 30 + "1e31", "1e22", "1e23", "1e-22", "123456789012345678e-30", "5e-324"),
    *("1e" + "0" * 25 + "3", "1" + "0" * 250 + "e-250", "1e200", "1e-200", "1e400", "0.1", "-17e300"),
)
WRONG = ("nan", "inf", "1_0", "0x1", "-", "+", ".", "-.", "e5", "1e", "1e+", "1e.5", "1e5.5", "1e2e3", "1.2.3", "--1")
WRONG += ("1-2", "1+", "e", ".e1", "1ee2", "1,5", "٣", "#", "1e5-", "1/2", "+-1", "1\x002", "1\x1c2")


def word(rng: random.Random) -> str:
    size = 10 ** rng.randint(-12, 12)
    kind = rng.randrange(5)
    if kind == 0:
        return repr(rng.uniform(-size, size))
    if kind == 1:
        return str(rng.randint(-(10 ** rng.randint(0, 30)), 10 ** rng.randint(0, 30)))
    if kind == 2:
        return f"{rng.uniform(-1, 1) * 10.0 ** rng.randint(-330, 308):.{rng.randint(0, 40)}e}"
    if kind == 3:
        return f"{rng.uniform(-100, 100):.{rng.randint(0, 25)}f}"
    return rng.choice(EDGES)


def same(values: np.ndarray, words: list[str]) -> None:
    wanted = np.array([float(w) for w in words])
    assert values.shape == wanted.shape
    whole = np.isfinite(wanted)
    assert (values == wanted)[~whole].all()
    values, wanted = values[whole], wanted[whole]
    assert (np.abs(values - wanted) <= 2 * np.spacing(np.abs(wanted))).all()


@pytest.mark.parametrize("block", [1, 40, 1 << 17])
def test_numbers_are_those_that_float_reads(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_numbers, "_BLOCK", block)
    rng = random.Random(11)
    for length in (0, 1, 2, 30, 400):
        words = [word(rng) for _ in range(length)]
        text = "".join(rng.choice((" ", "\n", "\t\r ", "\v\f")) + w for w in words) + rng.choice(("", "\n"))
        values, offsets = numbers(text.encode())
        same(values, words)
        assert [text[at:].split(maxsplit=1)[0] for at in offsets] == words


@pytest.mark.parametrize("edge", EDGES)
def test_every_edge_is_read_alone_too(edge: str) -> None:
    same(numbers(edge.encode())[0], [edge])


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("among", ["", "1 2.5 ", "1e5 ", ".5 "])
def test_the_first_word_that_is_no_number_is_named(wrong: str, among: str) -> None:
    text = f"{among}{wrong} {among}{wrong}!".encode()
    with pytest.raises(NotANumber) as caught:
        numbers(text)
    assert caught.value.offset == len(among)
    assert caught.value.word == wrong.encode()


def test_a_word_is_a_number_exactly_where_the_grammar_says() -> None:
    rng = random.Random(5)
    found = set()
    for _ in range(3000):
        text = "".join(rng.choice("0123456789+-.eE ") for _ in range(rng.randint(1, 9)))
        right = all(NUMBER.fullmatch(w.encode()) for w in text.split())
        found.add(right)
        if right:
            same(numbers(text.encode())[0], text.split())
        else:
            with pytest.raises(NotANumber):
                numbers(text.encode())
    assert found == {True, False}
