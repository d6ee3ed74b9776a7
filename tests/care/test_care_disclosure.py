"""The notice comes at the start and every period after, whatever happens, and says what it must."""

from __future__ import annotations

import pytest

from avatar.care import disclosure
from avatar.care.disclosure import BREAK, HOUR, NOTICE, Disclosure
from avatar.clock import ManualClock
from avatar.errors import UsageError


@pytest.mark.parametrize("period", [3 * HOUR, HOUR])
def test_at_the_start_and_every_period(period: float) -> None:
    clock, told = ManualClock(), Disclosure(period)
    said = []
    while clock.now() <= 6 * HOUR:
        if text := told.due(clock.now()):
            said.append((clock.now(), text))
        clock.advance(0.5)
    assert [t for t, _ in said] == [k * period for k in range(int(6 * HOUR / period) + 1)]
    assert said[0][1] == NOTICE["en"]
    assert all(NOTICE["en"] in text and BREAK["en"] in text for _, text in said[1:])


def test_visible_for_six_seconds() -> None:
    told = Disclosure()
    assert told.visible(0.0) == ""
    told.due(10.0)
    assert told.visible(10.0) == told.visible(15.9) == NOTICE["en"]
    assert told.visible(16.0) == ""
    told.due(10.0 + 3 * HOUR)
    assert BREAK["en"] in told.visible(12.0 + 3 * HOUR)


def test_after_a_long_sleep_once() -> None:
    told = Disclosure()
    told.due(0.0)
    assert told.due(30 * HOUR)
    assert told.due(30 * HOUR + 1) is None
    assert told.due(33 * HOUR)


@pytest.mark.parametrize("period", [0.0, -1.0, 3 * HOUR + 1, float("inf"), float("nan")])
def test_it_cannot_be_turned_off_or_thinned(period: float) -> None:
    with pytest.raises(UsageError, match="at least every 3 h"):
        Disclosure(period)


def test_the_words_say_what_they_must() -> None:
    assert set(NOTICE) == set(BREAK) == {"en", "ja"}
    low = NOTICE["en"].lower()
    assert all(part in low for part in ("an ai companion", "not a person", "no feelings", "stays on this machine"))
    assert "AI" in NOTICE["ja"]
    assert disclosure.notice("ja-JP") == NOTICE["ja"]
    assert disclosure.notice("xx") == NOTICE["en"]
    assert disclosure.pause("ja") == BREAK["ja"]
    for text in (*NOTICE.values(), *BREAK.values()):
        assert "?" not in text
        assert "\n" not in text
        assert "hour" not in text.lower(), "no counting of time together"
