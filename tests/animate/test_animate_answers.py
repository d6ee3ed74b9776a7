"""A companion returns a smile, a wave and a bow as people do, once and in time, and a persona can leave each out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from avatar.animate.answers import Answers, Sight
from avatar.animate.persona import Persona
from avatar.types import Command, Express, Gesture

DT = 1 / 30


def live(
    sight: Callable[[float], Sight], seconds: float, persona: Persona | None = None, seed: int = 0, **more: bool
) -> list[tuple[float, Command]]:
    answers = Answers(persona, seed)
    return [
        (k * DT, command) for k in range(round(seconds / DT)) for command in answers.step(sight(k * DT), k * DT, **more)
    ]


def gestures(found: list[tuple[float, Command]], name: str) -> list[float]:
    return [t for t, c in found if isinstance(c, Gesture) and c.name == name]


def test_greets_once_however_often_somebody_comes() -> None:
    found = live(lambda t: Sight(present=t % 20 > 5), 120)
    assert len(gestures(found, "wave")) == 1
    assert 5.6 < gestures(found, "wave")[0] < 6.8


def test_nobody_seen_nothing_done() -> None:
    assert live(lambda t: Sight(), 60) == []


def test_somebody_who_passes_is_not_greeted() -> None:
    assert live(lambda t: Sight(present=t % 3 < 0.4), 30) == []


@pytest.mark.parametrize("seed", range(6))
def test_returns_a_smile_after_a_human_delay_and_lets_it_go(seed: int) -> None:
    found = live(lambda t: Sight(True, 0.7 if 3 < t < 6 else 0.05), 12, seed=seed)
    smiles = [(t, c) for t, c in found if isinstance(c, Express)]
    assert [c.expression for _, c in smiles] == ["happy", "neutral"]
    assert 3.35 < smiles[0][0] < 4.0
    assert 6.5 < smiles[1][0] < 7.2
    assert 0.2 < smiles[0][1].intensity < 0.7


def test_a_twitch_is_no_smile() -> None:
    found = live(lambda t: Sight(True, 0.7 if t % 2 < 0.15 else 0.05), 12)
    assert not [c for _, c in found if isinstance(c, Express)]


def test_a_smile_does_not_overrule_what_somebody_asked_for() -> None:
    found = live(lambda t: Sight(True, 0.7), 8, feeling=True)
    assert not [c for _, c in found if isinstance(c, Express)]


@pytest.mark.parametrize(("sign", "back"), [("wave", "wave"), ("bow", "bow_small")])
def test_returns_a_wave_and_a_bow_and_not_every_one_of_many(sign: str, back: str) -> None:
    persona = Persona(greets=False)
    found = live(lambda t: Sight(True, signs=(sign,) if t % 1 < DT else ()), 15, persona)
    times = gestures(found, back)
    assert len(times) == 2
    assert 0.3 < times[0] < 0.8
    assert times[1] - times[0] > 7.5


def test_a_greeting_and_a_wave_are_answered_with_one_wave() -> None:
    found = live(lambda t: Sight(True, signs=("wave",) if 0.9 < t < 0.9 + DT else ()), 6)
    assert len(gestures(found, "wave")) == 1


def test_what_comes_too_late_is_not_done() -> None:
    answers, done = Answers(Persona(greets=False)), []
    for k in range(300):
        t = k * DT
        done += answers.step(Sight(True, signs=("wave",) if k == 0 else ()), t, busy=t < 5)
    assert done == []


def test_nods_in_the_pauses_of_one_who_talks() -> None:
    found = live(lambda t: Sight(True, talking=t % 4 < 3.2), 60, Persona(greets=False))
    nods = gestures(found, "nod")
    assert 5 <= len(nods) <= 17
    assert all(t % 4 >= 3.2 for t in nods)
    assert min(b - a for a, b in pairwise(nods)) > 2.7
    assert not gestures(live(lambda t: Sight(True, talking=t % 4 < 0.8), 30, Persona(greets=False)), "nod")
    assert not gestures(live(lambda t: Sight(True, talking=True), 30, Persona(greets=False)), "nod")
    assert not gestures(live(lambda t: Sight(True, talking=t % 4 < 3.2), 30, Persona(greets=False), busy=True), "nod")


BUSY = Sight(True, 0.8, False, ("wave", "bow"))


@pytest.mark.parametrize(
    ("switch", "gone"), [("greets", "wave"), ("answers", "bow_small"), ("nods", "nod"), ("smiles_back", "happy")]
)
def test_each_can_be_switched_off_and_quiet_switches_all_off(switch: str, gone: str) -> None:
    def sight(t: float) -> Sight:
        signs = ("bow",) if abs(t - 10) < DT / 2 else ()
        return Sight(True, 0.8 if 4 < t < 8 else 0.0, 12 < t < 16 or 20 < t < 24, signs)

    def names(persona: Persona) -> set[str]:
        return {c.name if isinstance(c, Gesture) else c.expression for _, c in live(sight, 30, persona)}

    assert names(Persona()) == {"wave", "bow_small", "nod", "happy", "neutral"}
    without = names(replace(Persona(), **{switch: False}))
    assert without == names(Persona()) - ({gone, "neutral"} if gone == "happy" else {gone})
    assert names(Persona(quiet=True)) == set()


def test_time_that_stands_still_or_leaps_is_survived() -> None:
    answers = Answers()
    for t in (0.0, 0.0, 5.0, 4.0, 1e9, float("nan"), 1e9 + 1):
        answers.step(BUSY, t)


def test_equal_seeds_answer_equally_and_others_do_not() -> None:
    def sight(t: float) -> Sight:
        return Sight(True, 0.7 if 3 < t < 6 else 0.05)

    assert live(sight, 12, seed=3) == live(sight, 12, seed=3)
    assert live(sight, 12, seed=3) != live(sight, 12, seed=4)
