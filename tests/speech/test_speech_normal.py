"""What is written is said as a reader would say it; nothing that a person may send makes it fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from avatar.errors import VoiceError
from avatar.speech import normal as module
from avatar.speech.normal import normal
from avatar.speech.text import PIECE, pieces, spoken, written
from avatar.types import Phone

TABLE = Path(__file__).with_name("normal.txt").read_text(encoding="utf-8")
CASES = [tuple(line.split(" => ")) for line in TABLE.splitlines() if " => " in line]


def test_there_are_many_cases() -> None:
    assert len(CASES) > 300


@pytest.mark.parametrize(("text", "said"), CASES, ids=[text for text, _ in CASES])
def test_what_is_said(text: str, said: str) -> None:
    assert normal(text).spoken == said
    assert normal(said).spoken == said, "what is in words already stays as it is"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\x00b\x1b[31m red", "a b red"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("\u202eright to left\u202c", "right to left"),
        ("cafe\u0301", "café"),
        ("line one\n# Heading\n- item", "line one Heading item"),
        ("```py\nx = 1\n```", "py x equals one"),
        ("Hi :) there ;-) you", "Hi there you"),
        ("8 =3", "eight equals three"),
        ("IT IS US, STOP IT NOW!", "it is us, STOP it NOW!"),
        ("こ\u3099", "go"),
        ("ﾊﾟﾊﾟ means dad", "papa means dad"),
    ],
)
def test_what_is_not_seen_makes_no_sound(text: str, said: str) -> None:
    assert normal(text).spoken == said


def test_emoji_are_silent_unless_asked_for() -> None:
    text = "Well done 🎉🎉👍🏽 you!"
    assert normal(text).spoken == "Well done you!"
    assert normal("🎉").spoken == ""
    assert normal(text, emoji=True).spoken == "Well done party popper party popper thumbs up sign you!"
    assert pieces("Yes! 😀", emoji=True)[1].spoken == "grinning face"


def test_words_without_a_reading_are_left_out_and_named() -> None:
    found = normal("The word 東京 and مرحبا and שלום stay, Tokyo does.")
    assert found.spoken == "The word and and stay, Tokyo does."
    assert found.unread == ("東京", "مرحبا", "שלום")


def test_a_text_in_another_language_is_the_voices_matter() -> None:
    assert spoken("今日は2026年です。") == "今日は2026年です。"
    assert spoken("Das kostet 5 €.", "de") == "Das kostet 5 €."
    assert spoken("It costs 5 €.", "en-GB") == "It costs five euros."
    with pytest.raises(VoiceError, match="nothing to pronounce"):
        pieces("東京", "en")


def test_each_word_knows_where_it_is_written() -> None:
    text = "It  costs $3.50 in 1999, Dr. Who!"
    found = normal(text)
    said = [w for w in found.spoken.split() if any(c.isalnum() for c in w)]
    assert len(said) == len(found.starts())
    where = dict(zip(said, found.starts(), strict=True))
    assert text[where["costs"] :].startswith("costs")
    assert text[where["fifty"] :].startswith("$3.50")
    assert text[where["nineteen"] :].startswith("1999")
    assert text[where["Doctor"] :].startswith("Dr.")
    assert text[where["Who!"] :].startswith("Who!")


def test_phones_are_counted_by_the_words_of_the_caption() -> None:
    (piece,) = pieces("Pay $26 now 😀")
    assert piece.spoken == "Pay twenty six dollars now"
    said = [Phone("AA", k * 0.1, k * 0.1 + 0.1, 1, k) for k in range(5)]
    assert [p.word for p in written(said, piece)] == [0, 1, 1, 1, 2]
    assert written(said[:3], piece) == tuple(said[:3]), "a voice that says other words is left alone"


def test_a_mute_beginning_moves_the_places() -> None:
    (piece,) = pieces("🎉🎉\nSay 7 times")
    assert [piece.caption[at:][:3] for at in piece.starts] == ["Say", "7 t", "tim"]


TEXTS = st.text(max_size=120) | st.text(
    st.sampled_from(" aAbIVX019.,:;/-–$€%°'\"()[]@#*_`~^&+=<>xX½²\nスЖα京é😀\u0301\u200b"), max_size=120
)


@given(TEXTS)
@example("@²")
def test_it_never_fails_and_its_length_is_bounded(text: str) -> None:
    found = normal(text)
    assert len(found.spoken) <= 64 * len(text) + 1
    assert found.spoken == " ".join(found.spoken.split())
    begins = [(token.start, token.end) for token in found.tokens]
    assert begins == sorted(begins)
    assert all(0 <= a < b <= len(text) for a, b in begins)
    assert not re.search(r"[\u200b\x00-\x1f\x7f]", found.spoken)


@given(st.text(st.sampled_from("abcdefgh ABC019.,-$"), min_size=1, max_size=60))
def test_what_can_be_said_is_never_emptied(text: str) -> None:
    assert any(c.isalnum() for c in normal(text).spoken) or not any(c.isalnum() or c in "$" for c in text)


@given(st.lists(st.from_regex(r"[a-z]{1,9}[,.!?]?", fullmatch=True), min_size=1, max_size=12))
def test_plain_words_stay_and_the_short_way_agrees_with_the_long(words: list[str]) -> None:
    text = " ".join(words)
    found = normal(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PLAIN", re.compile(r"(?!)"))
        assert module.normal(text) == found
    assert normal(found.spoken).spoken == found.spoken


def test_a_long_text_is_one_sweep() -> None:
    text = "It rose 3.5% to $1,200 on 26/11/2026. " * 2600
    assert len(text) < 100_000
    found = pieces(text)
    assert len(found) == 2600
    assert {p.spoken for p in found} == {
        "It rose three point five percent to one thousand two hundred dollars on November twenty sixth, "
        "twenty twenty six."
    }
    assert max(len(p.spoken) for p in pieces("9" * 5000)) <= 6 * PIECE
