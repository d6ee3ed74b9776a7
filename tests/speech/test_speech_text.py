"""Sentences end where a reader would end them, and a voice gets only what it can say."""

from __future__ import annotations

import pytest

from avatar.errors import VoiceError
from avatar.speech.text import LIMIT, PIECE, pieces, sentences, spoken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith met J. K. Rowling. They spoke.", ["Dr. Smith met J. K. Rowling.", "They spoke."]),
        ("See No. 5. No. I will not.", ["See No. 5.", "No.", "I will not."]),
        ("It costs 3.14 or 1,000.50 in all. Fine.", ["It costs 3.14 or 1,000.50 in all.", "Fine."]),
        ("Wait... what? Well... Yes.", ["Wait... what?", "Well...", "Yes."]),
        ("Fruit, e.g. apples. So do I. You too.", ["Fruit, e.g. apples.", "So do I.", "You too."]),
        ("“Really?” she said. (Yes.) Good", ["“Really?”", "she said.", "(Yes.)", "Good"]),
        ("First line\nsecond line\n\nthird", ["First line", "second line", "third"]),
        ("Open example.org today. Done.", ["Open example.org today.", "Done."]),
        ("1. Wash. 2. Dry.", ["1. Wash.", "2. Dry."]),
        ("你好。再见！", ["你好。", "再见！"]),
    ],
)
def test_sentences(text, expected):
    assert sentences(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello 😀 world 👋🏽!", "Hello world!"),
        ("a\x00b\x1b[31m", "a b"),
        ("**Bold** and `code` and _this_", "Bold and code and this"),
        ("See https://www.example.org/a?b=1, please.", "See example dot org, please."),
        ("[the guide](https://example.org/guide)", "the guide"),
        ("mail me.you@x-y.org", "mail me dot you at x y dot org"),
        ("5 * 3 = 15 at 20°C for £5", "five times three equals fifteen at twenty degrees Celsius for five pounds"),
        ("What?!! No...", "What?! No…"),
        ("ﬁne ＡＢＣ", "fine ABC"),
        ("1234567890123456", "one two three four five six seven eight nine zero one two three four five six"),
    ],
)
def test_spoken(text, expected):
    assert spoken(text) == expected


def test_captions_keep_what_was_written():
    found = pieces("Hello **you** 😀! 🎉🎉 Bye...")
    assert [p.caption for p in found] == ["Hello **you** 😀!", "🎉🎉 Bye..."]
    assert [p.spoken for p in found] == ["Hello you!", "Bye…"]


def test_nothing_is_lost_and_nothing_is_too_long():
    text = "word, " * 500 + "x" * 1000
    found = pieces(text)
    assert "".join("".join(p.caption.split()) for p in found) == "".join(text.split())
    assert max(len(p.spoken) for p in found) <= PIECE


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("😀 👋", "nothing to pronounce"),
        ("?! ...", "nothing to pronounce"),
        ("a" * (LIMIT + 1), "100,001 characters"),
    ],
)
def test_what_cannot_be_said_is_refused_in_one_line(text, rule):
    with pytest.raises(VoiceError, match=rule) as caught:
        pieces(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 120


def test_the_longest_text_is_accepted():
    assert sum(len(p.spoken) for p in pieces("ab " * (LIMIT // 3))) > LIMIT * 0.9
