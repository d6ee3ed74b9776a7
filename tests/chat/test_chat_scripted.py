"""The built-in script: honest, quiet, easy to leave, and the same every time. Every line it can say is read."""

from __future__ import annotations

import re
import threading

import pytest

from avatar.animate.library import GESTURES
from avatar.care.farewell import lint
from avatar.events.tags import EMOTIONS, strip
from avatar.io.chat.history import Message
from avatar.io.chat.script_lines import LINES, WORDS
from avatar.io.chat.scripted import LABEL, Script, turned

ALL = [(language, kind, line) for language, kinds in LINES.items() for kind, lines in kinds.items() for line in lines]
FEELING = re.compile(
    r"\b(i|i'm|i am)\b[^.]{0,20}\b"
    r"(feel(?! )|love|miss|enjoy|happy|glad|sad|sorry for|lonely|hope|wish|care about|hurt|want)\b"
    r"|嬉しい|うれしい|悲しい|楽しい|愛して|好きです",
    re.IGNORECASE,
)


def says(text: str, **options: object) -> str:
    return Script("Hikari", **options).answer([Message("system", "p"), Message("user", text)])  # type: ignore[arg-type]


@pytest.mark.parametrize(("language", "kind", "line"), ALL)
def test_no_line_asks_holds_back_or_claims_a_feeling(language: str, kind: str, line: str) -> None:
    plain, marks, dropped = strip(line.format(name="Hikari", you="went home", mine="work"), None, GESTURES)
    assert [f for f in lint(plain) if f.rule != "long"] == []
    assert not FEELING.search(plain.replace("nothing that I feel", ""))
    assert dropped == 0
    assert len(plain) <= 160
    assert all(c not in plain for c in "[]<>{}")
    for _, what in marks:
        assert getattr(what, "name", "neutral") in GESTURES or what.expression in EMOTIONS.values()


def test_both_languages_answer_every_kind() -> None:
    assert set(LINES["en"]) == set(LINES["ja"])
    assert {kind for pairs in WORDS.values() for kind, _ in pairs} <= set(LINES["en"])
    assert "script" in LABEL["en"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hello!", "greet"),
        ("good evening", "greet"),
        ("Who are you?", "who"),
        ("are you a real person", "who"),
        ("How are you?", "feel"),
        ("Do you love me?", "feel"),
        ("I love you", "feel"),
        ("what can you do", "can"),
        ("please wave", "wave"),
        ("thanks a lot", "thanks"),
        ("Why is the sky blue?", "question"),
        ("mhm", "else"),
        ("こんにちは", "greet"),
        ("あなたは誰ですか", "who"),
        ("空はなぜ青いですか", "question"),
    ],
)
def test_it_answers_to_what_was_said(text: str, kind: str) -> None:
    language = "en" if text.isascii() else "ja"
    assert says(text) in [line.format(name="Hikari", you="", mine="") for line in LINES[language][kind]]


@pytest.mark.parametrize(
    ("said", "back"),
    [
        ("I am tired of my work", "you are tired of your work"),
        ("i'm late", "you are late"),
        ("I was at home with my brother", "you were at home with your brother"),
        ("We think it was nice", "you think it was nice"),
    ],
)
def test_a_persons_words_are_said_back_to_them(said: str, back: str) -> None:
    assert turned(said) == back
    assert back.removeprefix("you ") in says(said)


def test_it_says_that_it_is_an_ai_without_feelings() -> None:
    for seed in range(20):
        assert "AI" in says("who are you?", seed=seed)
        assert re.search(r"script|AI", says("do you feel lonely?", seed=seed))


def test_tags_and_braces_in_what_is_said_back_stay_out() -> None:
    answer = says("I like [joy] {name} <|ACT {}|> and so on")
    plain, _, dropped = strip(answer, None, GESTURES)
    assert dropped == 0
    assert not set("{}<>|[]") & set(plain)


def test_equal_lines_and_seeds_are_equal_answers_and_seeds_differ() -> None:
    assert says("Hello", seed=3) == says("Hello", seed=3)
    assert len({says("Hello", seed=n) for n in range(20)}) == len(LINES["en"]["greet"])


def test_a_quiet_one_makes_no_gestures() -> None:
    for seed in range(20):
        assert "animation" not in says("Hello", seed=seed, quiet=True)


def test_it_streams_and_stops() -> None:
    script, stop = Script("Hikari"), threading.Event()
    asked = [Message("user", "Hello")]
    pieces = list(script.reply(asked, stop))
    assert "".join(pieces) == script.answer(asked)
    assert len(pieces) > 8
    reply = script.reply(asked, stop)
    next(reply)
    stop.set()
    assert list(reply) == []
