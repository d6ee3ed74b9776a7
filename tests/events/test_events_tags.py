"""Tags of four dialects become commands at their word, in one piece or in many; nothing of them is ever spoken."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from yardstick import quiet_seconds

from avatar.events.tags import Delay, TagFilter, Words, strip
from avatar.types import Express, Gesture

CASES = [
    ("[joy] Hello there.", "Hello there.", [(0, Express("happy"))]),
    ("Well [sorrow] then.", "Well then.", [(5, Express("sad"))]),
    ("[face:joy]Hi [animation:wave_hands] you", "Hi you", [(0, Express("happy")), (3, Gesture("wave"))]),
    ('<face name="joy"/>Hi', "Hi", [(0, Express("happy"))]),
    ("Hi <animation name='bow' duration='2'/>!", "Hi !", [(3, Gesture("bow"))]),
    (
        '<|ACT {"emotion":{"name":"happy","intensity":0.8},"motion":"wave"}|>Hey<|DELAY:0.5|> you',
        "Hey you",
        [(0, Express("happy", 0.8)), (0, Gesture("wave")), (3, Delay(0.5))],
    ),
    ('<|ACT:{"emotion":"surprised"}|> Oh', "Oh", [(0, Express("surprised"))]),
    ("[Happy]A [NEUTRAL]b", "A b", [(0, Express("happy")), (2, Express("neutral"))]),
    ("no tags at all", "no tags at all", []),
    ("a < b, see [1] and [see below] or [ ]", "a < b, see [1] and [see below] or [ ]", []),
    ("日本語[joy]です", "日本語です", [(3, Express("happy"))]),
]
UNKNOWN = [
    ("Hi [laughs loudly] [sparkle]you", "Hi [laughs loudly] you", 1),
    ("<|THINK hard|>ok", "ok", 1),
    ("<|ACT not json|>ok", "ok", 1),
    ('<|ACT {"emotion":{"name":"zorp"}}|>ok', "ok", 1),
    ("<|DELAY:ever|>ok", "ok", 1),
    ("[face:zorp][animation:zorp]ok", "ok", 2),
]


@pytest.mark.parametrize(("text", "plain", "marks"), CASES)
def test_whole(text: str, plain: str, marks: list[object]) -> None:
    assert strip(text) == (plain, marks, 0)


@pytest.mark.parametrize(("text", "plain", "dropped"), UNKNOWN)
def test_unknown_tags_are_dropped_and_counted(text: str, plain: str, dropped: int) -> None:
    assert strip(text) == (plain, [], dropped)


@pytest.mark.parametrize("text", [case[0] for case in CASES] + [case[0] for case in UNKNOWN])
def test_split_anywhere_it_is_the_same(text: str) -> None:
    whole = strip(text)
    cuts = random.Random(4)
    for pieces in [list(text), *(_split(text, cuts) for _ in range(20))]:
        tags, heard = TagFilter(), ""
        for piece in pieces:
            heard += tags.feed(piece)
        heard += tags.finish()
        assert heard == tags.text
        assert (tags.text, tags.marks, tags.dropped) == whole


@pytest.mark.parametrize(
    "broken", ["Hi [jo", 'Hi <|ACT {"emo', "Hi <face name=", "Hi [face:", "Hi <|", "Hi [animation:wa"]
)
def test_a_tag_broken_off_is_never_spoken(broken: str) -> None:
    assert strip(broken) == ("Hi ", [], 1)


def test_a_lone_bracket_at_the_end_is_text() -> None:
    assert strip("one <")[0] == "one <"
    assert strip("one [")[0] == "one ["


def test_text_is_not_held_back_longer_than_its_tag() -> None:
    tags = TagFilter()
    assert tags.feed("Hello [") == "Hello "
    assert tags.feed("joy") == ""
    assert tags.feed("] world") == "world"
    assert tags.feed(" < 3") == " < 3"


def test_only_what_the_companion_has() -> None:
    plain, marks, dropped = strip("[joy]a[sad]b[wave]c[bow]d[Twirl]e", ["happy"], ["wave", "twirl"])
    assert plain == "abcde"
    assert marks == [(0, Express("happy")), (2, Gesture("wave")), (4, Gesture("twirl"))]
    assert dropped == 2


def test_intensity_is_kept_in_range() -> None:
    _, marks, _ = strip('<|ACT {"emotion":{"name":"joy","intensity":9}}|>')
    assert marks == [(0, Express("happy", 1.0))]
    _, marks, _ = strip('<|ACT {"emotion":{"name":"joy","intensity":"much"}}|>')
    assert marks == [(0, Express("happy", 1.0))]
    _, marks, _ = strip('<|ACT {"emotion":{"name":"joy","intensity":1e999}}|>')
    assert marks == [(0, Express("happy", 1.0))]


@pytest.mark.parametrize("unit", ["[", "<|", "[a", "<face name=", "[joy]", "</", "<|ACT "])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    assert quiet_seconds(lambda: strip(text), 2.0) < 2.0


def _split(text: str, cuts: random.Random) -> list[str]:
    places = sorted({0, len(text), *(cuts.randrange(len(text) + 1) for _ in range(4))})
    return [text[a:b] for a, b in pairwise(places)]


def test_a_personas_own_words_come_first_and_an_empty_one_is_nothing() -> None:
    words = Words(["happy", "relaxed"], ["wave"]).known([("Joy", "relaxed"), ("think", "")], [("dance", "wave")])
    found = strip("[joy]a[think]b[dance]c[smile]d", words=words)
    assert found == ("abcd", [(0, Express("relaxed")), (2, Gesture("wave")), (3, Express("happy"))], 0)
    assert strip("[joy]a", words=words.known([], []))[1] == [(0, Express("happy"))], "another persona forgets them"


def test_what_is_unknown_is_named() -> None:
    tags = TagFilter(["happy"], ["wave"])
    tags.feed('[zorp]a [face:smug]b [joy]c <|ACT {"emotion":"happy","motion":"fly"}|>d [wave]e')
    assert tags.unknown == ["zorp", "smug", "fly"]
    assert tags.dropped == 2
