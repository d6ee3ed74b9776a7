"""Whether somebody is there, through flicker and absence."""

from __future__ import annotations

import pytest

from avatar.stage import person
from avatar.tracking.presence import FADE, HOLD, Presence


def changes(found, until: float, fps: float = 30) -> list[tuple[float, bool]]:
    presence, told = Presence(), []
    for k in range(round(until * fps)):
        if presence.step(found(k / fps), k / fps):
            told.append((k / fps, presence.there))
    return told


@pytest.mark.parametrize("fps", [5, 15, 30, 60])
def test_a_person_is_held_then_fades_then_has_gone_and_is_found_again(fps: float) -> None:
    told = changes(lambda t: t < 2 or t >= 5, 7, fps)
    assert [there for _, there in told] == [True, False, True]
    assert told[1][0] == pytest.approx(2 + HOLD + FADE, abs=2.1 / fps)
    presence, weights = Presence(), {}
    for k in range(round(4 * fps)):
        presence.step(k / fps < 2, k / fps)
        weights[round(k / fps, 3)] = presence.weight
    assert min(w for t, w in weights.items() if t < 2 + HOLD - 1 / fps) == 1
    fading = [w for t, w in weights.items() if t >= 2 + HOLD]
    assert fading == sorted(fading, reverse=True)
    assert fading[-1] == 0


def test_flicker_is_neither_coming_nor_going() -> None:
    assert [there for _, there in changes(lambda t: int(t * 30) % 3 != 1, 4)] == [True]
    assert changes(lambda t: int(t * 30) % 40 == 0, 6) == [], "one face in forty pictures is nobody"
    assert [there for _, there in changes(lambda t: t < 1 or t > 1 + 0.8 * HOLD, 3)] == [True]


def test_times_are_those_of_the_first_and_last_sight() -> None:
    presence, since = Presence(), []
    for k in range(150):
        if presence.step(1 <= k / 30 < 3, k / 30):
            since.append(presence.since)
    assert since == pytest.approx([1.0, 3.0], abs=0.05)
    assert not presence.step(True, 0.0), "time does not go back"


def test_the_stage_holds_as_long_as_presence_does() -> None:
    assert (person.HOLD, person.FADE) == (HOLD, FADE)
