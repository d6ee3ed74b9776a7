"""Whom of two people it looks at: the one who talks, in a human time, and without going to and fro."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from avatar.animate.attending import Attending
from avatar.animate.persona import Persona

DT = 1 / 30
Says = Callable[[float], bool]


def silent(t: float) -> bool:
    return False


def turns(
    other: Says,
    person: Says = silent,
    seconds: float = 10,
    there: Says = lambda t: True,
    persona: Persona | None = None,
) -> list[tuple[float, bool]]:
    """(seconds, at the other) of every turn."""
    attending, found, now = Attending(persona), [], False
    for k in range(round(seconds / DT)):
        t = k * DT
        if attending.step(there(t), other(t), person(t), t) != now:
            now = attending.other
            found.append((t, now))
    return found


def test_it_looks_at_whoever_talks_after_a_persons_time_and_back_after_a_while() -> None:
    (there, back) = turns(lambda t: 2 <= t < 5)
    assert there[1]
    assert 0.3 < there[0] - 2 < 0.8
    assert not back[1]
    assert 1.2 < back[0] - 5 < 3.2


def test_it_comes_back_when_the_person_begins_to_talk() -> None:
    (_, back) = turns(lambda t: 2 <= t < 5, lambda t: t >= 5)
    assert 0.3 < back[0] - 5 < 0.8


def test_a_word_between_is_no_reason_and_two_at_once_neither() -> None:
    assert turns(lambda t: 2 <= t < 2.3) == []
    assert turns(lambda t: t >= 2, lambda t: t >= 1) == []
    assert len(turns(lambda t: t >= 2, lambda t: t >= 4)) == 1, "it stays with whom it looks at"


def test_quick_talk_in_turns_does_not_make_it_go_to_and_fro() -> None:
    found = turns(lambda t: int(t / 0.4) % 2 == 0, lambda t: int(t / 0.4) % 2 == 1, 20)
    assert len(found) <= 6, "of 50"
    assert min((b[0] - a[0] for a, b in itertools.pairwise(found)), default=9) > 1.2


def test_nobody_else_nobody_looked_at() -> None:
    assert turns(lambda t: True, there=lambda t: False) == []
    gone = turns(lambda t: True, there=lambda t: t < 3)
    assert [at for _, at in gone] == [True, False]
    assert gone[1][0] == pytest.approx(3, abs=0.05)


def test_a_persona_can_leave_it_out() -> None:
    for persona in (Persona(turns=False), Persona(quiet=True)):
        assert turns(lambda t: t > 1, persona=persona) == []
    assert turns(lambda t: t > 1) == turns(lambda t: t > 1), "the same every time"
