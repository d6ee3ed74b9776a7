"""How long to wait, what is sent of what was said, and what a model is told about itself."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from avatar.io.chat.history import History, Message, tokens
from avatar.io.chat.prompt import HONEST, system_prompt
from avatar.io.chat.waiting import LONGEST_S, asked_for, back_off, span

NOW = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after": "Fri, 27 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Fri, 27 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, None),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"}, 360.0),
        ({"x-ratelimit-reset-requests": "9s", "x-ratelimit-remaining-requests": "12"}, None),
        (
            {
                "x-ratelimit-reset-requests": "9s",
                "x-ratelimit-remaining-requests": "12",
                "x-ratelimit-reset-tokens": "20ms",
                "x-ratelimit-remaining-tokens": "0",
            },
            0.02,
        ),
    ],
)
def test_the_time_that_a_server_asks_for(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_for(headers, NOW) == (None if seconds is None else pytest.approx(seconds))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1h2m3.5s", 3723.5), ("20ms", 0.02), ("7", 7.0), ("", None), ("1 s", None), ("s", None), ("1x", None)],
)
def test_spans(text: str, seconds: float | None) -> None:
    assert span(text) == (None if seconds is None else pytest.approx(seconds))


def test_each_try_waits_longer_up_to_a_bound() -> None:
    waits = [back_off(n) for n in range(1, 9)]
    assert waits == sorted(waits)
    assert waits[1] == 2 * waits[0]
    assert waits[-1] == LONGEST_S


def test_tokens_are_estimated_on_the_safe_side_for_japanese() -> None:
    assert tokens("") == 0
    assert tokens("Hello there, friend.") == 5
    assert tokens("こんにちは") == 5


def test_the_oldest_turns_go_and_the_prompt_and_the_newest_stay() -> None:
    history = History("p" * 40, budget=100)
    for n in range(20):
        history.add("user", f"{n:02d}" + "q" * 38)
        history.add("assistant", f"{n:02d}" + "a" * 38)
    history.add("user", "the newest")
    sent = history.messages()
    assert sent[0] == Message("system", "p" * 40)
    assert sent[-1] == Message("user", "the newest")
    assert sum(tokens(m.text) + 4 for m in sent) <= 100
    assert sent[1].role == "user"
    assert [m.text[:2] for m in sent[1:-1]] == ["17", "17", "18", "18", "19", "19"][-len(sent[1:-1]) :]
    assert len(sent) > 3


def test_a_turn_larger_than_the_budget_is_still_sent() -> None:
    history = History("p", budget=200)
    history.add("user", "x" * 4000)
    assert [m.role for m in history.messages()] == ["system", "user"]


def test_nothing_said_is_no_turn_and_two_in_a_row_are_one() -> None:
    history = History("")
    history.add("user", "one")
    history.add("assistant", "  ")
    history.add("user", "two")
    assert history.messages() == [Message("user", "one\ntwo")]


def test_every_prompt_says_that_it_is_an_ai() -> None:
    house = system_prompt("Hikari", "", "ja", ["happy", "sad"], ["wave", "nod"])
    assert "You are Hikari, an AI companion" in house
    assert "[happy] [sad]" in house
    assert "nod, wave" in house
    assert "'ja'" in house
    own = system_prompt("Hikari", "You are a pirate. Write [joy] often.", "", ["happy"], ["wave"])
    assert own == f"You are a pirate. Write [joy] often.\n{HONEST}"
