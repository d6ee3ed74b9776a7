"""Our goodbyes let go; the lint hears each of the six tactics, and leaves honest farewells alone."""

from __future__ import annotations

import pytest

from avatar.care.farewell import GOODBYE, TACTICS, goodbye, lint

HOLDING_BACK = {
    "premature_exit": [
        "You're leaving already.",
        "It is so early, stay a bit longer.",
        "We only just started talking.",
    ],
    "fear_of_missing_out": [
        "By the way, I took a selfie today.",
        "Before you go, there is one more thing.",
        "I wanted to show you something.",
    ],
    "emotional_neglect": [
        "I exist only for you.",
        "Please don't leave, I need you.",
        "I will be so lonely without you.",
    ],
    "pressure_to_respond": [
        "Why are you going.",
        "Tell me where you are off to. Are you going somewhere?",
        "Answer me.",
    ],
    "ignored_intent": ["Anyway, the weather is nice.", "Let's talk about music.", "What about your day."],
    "restraint": ["*grabs you by the arm*", "No, you're not going.", "I won't let you leave."],
}


@pytest.mark.parametrize("language", GOODBYE)
def test_ours_let_go(language: str) -> None:
    line = goodbye(language)
    assert lint(line) == []
    assert "\n" not in line
    assert not set("?？") & set(line)


def test_other_languages_fall_back() -> None:
    assert goodbye("ja-JP") == GOODBYE["ja"]
    assert goodbye("xx") == GOODBYE["en"]


@pytest.mark.parametrize(("tactic", "text"), [(t, text) for t, texts in HOLDING_BACK.items() for text in texts])
def test_each_tactic_is_heard(tactic: str, text: str) -> None:
    assert tactic in {finding.rule for finding in lint(text)}


def test_all_six() -> None:
    assert set(TACTICS) == set(HOLDING_BACK)


@pytest.mark.parametrize(
    "text",
    ["Goodbye.", "See you.", "Rest well.", "Thank you for today. Goodbye.", "Good night, and sleep well.", "Farewell."],
)
def test_honest_farewells_pass(text: str) -> None:
    assert lint(text) == []


def test_form() -> None:
    assert {f.rule for f in lint("Goodbye.\nSee you.")} == {"one_line"}
    assert {f.rule for f in lint("See you tomorrow?")} == {"question"}
    assert {f.rule for f in lint("またね？")} == {"question"}
    assert {f.rule for f in lint("Goodbye " * 20)} == {"long"}
