"""What a picture cannot show or see of a script: told in its place, with what happens instead."""

from __future__ import annotations

from dataclasses import replace

import pytest
from performance import HEAD, SAID

from avatar.ceremony import preflight, reading
from avatar.ceremony.fitting import Means
from avatar.ceremony.preflight import World
from avatar.ceremony.viewing import View
from avatar.model.licence import Licence

NONE: frozenset[str] = frozenset()
EMPTY = View("still.png", person=False, hands=False, tags=frozenset(), gestures=NONE, held_out=NONE)
ALONE = replace(EMPTY, person=True)
ASKS = (
    "  - {id: q, answer: {yes: {gestures: [nod, thumbs_up]}, "
    "no: {gestures: [shake], do: [{say: a}], goto: end}, silence: {do: [{say: a}], goto: end}}}\n"
)


def found(cues: str, view: View, head: str = HEAD, ear: str = "", levels: str = "warning error") -> list[str]:
    world = World(
        gestures=frozenset(("nod",)),
        voices={"heart": ("en",)},
        licence=Licence(users="everyone"),
        means=Means(view=view, ear=ear),
    )
    problems = preflight.check(reading.parse(head + SAID + cues, "f"), world)
    return [f"{p.line}:{p.column}: {p.rule}" for p in problems if p.level in levels.split() and p.line + p.column != 2]


def test_without_a_word_about_the_picture_nothing_is_said_of_it_but_what_has_to_be_printed() -> None:
    cues = "  - {id: a, trigger: {gesture: bow}, do: [{move: palm}, {prop: candle}, {prop: cake}]}\n"
    assert found(cues, View()) == []
    notes = [one for one in found(cues, View(), levels="note") if "printed" in one]
    assert notes == ["11:64: 'candle' on 'tag' needs a printed tag before the camera ('avatar tags' makes the sheets)"]


def test_anchors_that_find_nothing_say_where_the_companion_is_then() -> None:
    head = HEAD.replace("scenes:", "settings: {anchor: shoulder}\nscenes:")
    cues = "  - {id: a, do: [{move: palm}, {move: tag}, {move: beside}]}\n"
    assert found(cues, EMPTY, head) == [
        "6:20: anchor 'shoulder': 'still.png' shows no person; until then the companion is not seen",
        "12:25: anchor 'palm': 'still.png' shows no hand; the companion stays where it was",
        "12:39: anchor 'tag': 'still.png' shows no printed tag; the companion stays where it was",
    ]
    assert len(found(cues, ALONE, head)) == 2
    assert found(cues, replace(ALONE, hands=True, tags=frozenset((3,))), head) == []


@pytest.mark.parametrize(
    ("do", "told"),
    [
        ("{prop: ring}", "'ring' on 'ring-finger:left': 'still.png' shows no hand; it is not seen"),
        ("{prop: ring, action: attach, to: companion-palm:left}", ""),
        ("{prop: ring, action: attach, to: 'ring-pillow:left'}", ""),
        ("{prop: ring, action: hide}", ""),
        ("{prop: candle, action: attach, to: tag:3}", ""),
        (
            "{prop: candle, action: attach, to: 'tag:4|companion-palm:left'}",
            "'candle' on 'tag:4': 'still.png' shows no printed tag 4; it is on 'companion-palm:left'",
        ),
        (
            "{prop: candle, action: attach, to: tag:4}",
            "'candle' on 'tag:4': 'still.png' shows no printed tag 4; it is not seen",
        ),
        (
            "{prop: band, action: attach, to: companion-fingertips:right}, {prop: band, action: attach, "
            "to: ring-finger:left}",
            "'band' on 'ring-finger:left': 'still.png' shows no hand; it stays where it was",
        ),
    ],
)
def test_props_say_what_becomes_of_them(do: str, told: str) -> None:
    view = replace(ALONE, tags=frozenset((3,)))
    rules = [one.split(": ", 1)[1] for one in found(f"  - {{id: a, do: [{do}]}}\n", view)]
    assert rules == ([told] if told else [])


def test_a_trigger_that_cannot_come_says_whether_its_time_out_or_a_human_goes_on() -> None:
    bow = "  - {id: a, trigger: {gesture: bow}%s}\n"
    why = "cue 'a' does not begin by itself: 'still.png' shows no 'bow'"
    assert found(bow % "", ALONE) == [f"11:22: {why}; the cue waits for GO"]
    timed = found(bow % ", timeout: {wait: 7, go: true}", ALONE)
    assert timed == [f"11:22: {why}; after 7 s its time-out follows"]
    hand = "  - {id: a, trigger: {hand: left}}\n"
    right = replace(ALONE, hands=True, held_out=frozenset(("right",)))
    assert "no hand that is held out; the cue waits for GO" in found(hand, right)[0]
    assert found(hand.replace("left", "any"), right) == []
    assert found(hand.replace("left", "right"), right) == []


def test_of_a_film_only_what_was_looked_for_in_vain_is_told_and_as_no_more_than_that() -> None:
    film = View("film.mp4", person=True, hands=False, tags=frozenset(), looked=24)
    hand, wave = "  - {id: a, trigger: {hand: any}}\n", "  - {id: b, trigger: {gesture: wave}}\n"
    told = found(hand + wave, film)
    assert len(told) == 1  # a wave may be between the pictures
    assert "no hand that is held out was seen in the 24 pictures of 'film.mp4' that were looked at" in told[0]
    assert len(found(wave, replace(film, person=False))) == 1
    assert found(hand, replace(film, hands=True)) == []


def test_a_question_says_that_no_gesture_can_answer_it_and_what_still_can() -> None:
    notes = [one for one in found(ASKS, ALONE, levels="note") if "gesture" in one]
    assert len(notes) == 2
    assert "a 'yes' cannot be given by gesture: 'still.png' shows no 'nod'; it is spoken, typed or tapped" in notes[0]
    thumb = replace(ALONE, gestures=frozenset(("thumbs_up",)))
    assert [one for one in found(ASKS, thumb, levels="note") if "'yes' cannot" in one] == []


def test_a_film_that_ends_before_the_ceremony_does() -> None:
    cues = "  - {id: a, do: [{wait: 60}]}\n"
    short = replace(ALONE, seconds=30.0)
    told = found(cues, short)
    assert len(told) == 1
    assert told[0].startswith("6:1: 'still.png' ends after 30 s, and with it the ceremony, of about ")
    assert found(cues, replace(ALONE, seconds=120.0)) == []


def test_a_source_that_does_not_open_is_an_error_and_all_that_is_said_of_it() -> None:
    ceremony = reading.parse(HEAD + SAID + "  - {id: a, trigger: {hand: left}}\n", "f")
    problems = preflight.check(ceremony, World(means=Means(view=View("x.mp4", broken="there is no such file"))))
    errors = [p.told("f") for p in problems if p.level == "error"]
    assert errors == ["f:1:1: --source x.mp4: there is no such file"]
    assert not any("does not begin by itself" in p.rule for p in problems)


def test_a_microphone_that_there_is_not_is_told_at_the_first_question() -> None:
    why = "there is no microphone 'auto'"
    assert found(ASKS, View(), ear=why) == [f"11:13: --mic: {why}; answers are typed, tapped or given by gesture"]
    ceremony = reading.parse(HEAD + SAID, "f")
    problems = preflight.check(ceremony, World(voices={"heart": ("en",)}, means=Means(ear=why)))
    assert "f:1:1: warning: --mic: there is no microphone 'auto'; nothing is asked, and so nothing is listened for" in [
        p.told("f") for p in problems
    ]
