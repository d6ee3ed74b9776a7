"""Each ceremony of the house, performed end to end in each language: yes, no, silence, and stopped at every cue."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from house_ceremonies import way

from avatar import paths
from avatar.animate.library import GESTURES
from avatar.care import farewell
from avatar.ceremony import actions, orders, preflight, reading
from avatar.ceremony.auto import Auto
from avatar.ceremony.director import Director
from avatar.ceremony.meaning import all_acts
from avatar.ceremony.preflight import World
from avatar.ceremony.reading import Ceremony
from avatar.ceremony.restoring import restore, standing
from avatar.ceremony.script import KINDS
from avatar.ceremony.texts import Wording
from avatar.clock import ManualClock
from avatar.model.licence import read_licence
from avatar.model.load import load
from avatar.spelling import MOST_PROPS

HOUSE = sorted((Path(__file__).resolve().parents[2] / "assets/ceremonies").glob("*.yaml"))
NAMES = [path.stem for path in HOUSE]
STEP_S = 0.25
LONGEST_S = 1200.0
ANSWERS = ("yes", "no", "silence")

FEELS_EN = re.compile(
    r"\bI(?:'m| am)? (?:\w+ly |so |very |too )?(?:feel|love|adore|miss|hope|wish|want|need|care|enjoy|cherish|long"
    r"|happy|glad|sad|proud|grateful|moved|touched|honou?red|sorry|afraid|lonely|delighted|excited)\b"
    r"|\b(?:my (?:heart|soul|love|feelings|joy|tears)|makes me (?:\w+ )?(?:happy|sad|glad|proud)|with all my)\b",
    re.IGNORECASE,
)
FEELS_JA = re.compile(
    r"愛して|愛する(?!人)|大好き|恋し|うれし|嬉し|悲しい|悲しく|幸せです|寂し|さみし|楽しみにして|(?<!出)会いた|胸がいっぱい"
    r"|心から|感動し|わたしの(心|気持ち|愛)|光栄"
)


@cache
def ceremony_of(name: str) -> Ceremony:
    path = paths.assets() / "ceremonies" / f"{name}.yaml"
    return reading.parse(path.read_bytes(), path.name)


@cache
def world() -> World:
    model = load(paths.companion("hikari"))
    return World(
        expressions=frozenset(model.expressions),
        gestures=frozenset(GESTURES),
        voices={"heart": ("en",), "neutral": ("ja",), "none": ("*",)},
        licence=read_licence(model.meta),
    )


class Evening:
    """One performance: the director, a voice that takes its time, and a human who gives GO and answers."""

    def __init__(self, name: str, language: str, answer: str) -> None:
        self.director = Director(ceremony_of(name), language=language)
        asks = [s.cue.id for s in self.director.plan.steps if s.cue.answer is not None]
        self.auto = Auto(dict.fromkeys(asks, answer))
        self.clock = ManualClock()
        self.talk: list[tuple[float, str]] = []
        self.out: list[orders.Command] = []

    def step(self, *inputs: orders.Input, human: bool = True) -> list[orders.Command]:
        now = self.clock.now()
        spoken: list[orders.Input] = [orders.Spoken(name, "finished") for end, name in self.talk if end <= now]
        self.talk = [one for one in self.talk if one[0] > now]
        does = self.auto.step(self.director) if human else []
        got = self.director.step(now, [*inputs, *spoken, *does])
        for command in got:
            if isinstance(command, orders.Line) and not command.read:
                self.talk.append((now + command.seconds, command.utterance))
            if isinstance(command, orders.Hush | orders.Calm):
                self.talk = []
        self.out += got
        self.clock.advance(STEP_S)
        return got

    def moments(self) -> Iterator[str]:
        """Perform it to its end; the id of each cue as it begins."""
        for _ in range(int(LONGEST_S / STEP_S)):
            got = self.step()
            yield from (c.cue for c in got if isinstance(c, orders.News) and c.kind == "started")
            if self.director.mode in ("ended", "stopped"):
                return
        raise AssertionError(f"not over after {LONGEST_S} s: {self.director.view()}")

    def told(self) -> list[str]:
        return [c.text for c in self.out if isinstance(c, orders.Line)]


def companion_lines(name: str, language: str) -> list[str]:
    """Everything that the companion can say, with the names in it."""
    ceremony = ceremony_of(name)
    words = Wording(ceremony.script, language)
    out = []
    for action, _, step in all_acts(ceremony):
        if isinstance(action, actions.Say | actions.Vow):
            who = action.who or (step.cue.who if step is not None else "companion")
            if who == "companion":
                out.append(words(action.say if isinstance(action, actions.Say) else action.vow))
    return out


def test_there_is_one_for_each_kind() -> None:
    assert {ceremony_of(name).script.kind for name in NAMES} == set(KINDS) - {"other"}
    assert all(ceremony_of(name).script.kind == name for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_checks_clean_in_english_and_japanese(name: str) -> None:
    ceremony = ceremony_of(name)
    assert ceremony.script.languages == ["en", "ja"]
    assert [p.told(name) for p in preflight.check(ceremony, world()) if p.level != "note"] == []
    assert len({a.prop for a, _, _ in all_acts(ceremony) if isinstance(a, actions.Prop)}) <= MOST_PROPS


def holding_out(name: str, side: str) -> Evening:
    """A performance whose person holds a hand out all the time, to its end."""
    evening = Evening(name, "en", "yes")
    while evening.director.mode not in ("ended", "stopped"):
        evening.step(orders.HeldOut(side))
        assert evening.clock.now() < LONGEST_S
    return evening


def done_with(evening: Evening, prop: str) -> list[str | None]:
    """Where a prop was brought to, in the order of time; None for hidden."""
    acts = [c.action for c in evening.out if isinstance(c, orders.Do) and isinstance(c.action, actions.Prop)]
    return [a.to for a in acts if a.prop == prop]


def test_with_a_hand_both_rings_are_given_once_and_stay() -> None:
    evening = holding_out("wedding", "left")
    assert "ring-kept" not in evening.director.done
    assert done_with(evening, "ring") == ["ring-pillow:left", "companion-fingertips:right", "ring-finger:left"]
    assert done_with(evening, "band") == ["ring-pillow:right", "fingertips", "companion-ring-finger:left"]


def test_without_a_hand_the_ring_goes_back_to_its_pillow_and_nothing_hangs_in_the_air() -> None:
    evening = Evening("wedding", "en", "yes")
    begun = list(evening.moments())
    assert "ring-on" not in begun
    assert begun.index("ring-kept") < begun.index("rings-lie")
    assert done_with(evening, "ring") == ["ring-pillow:left", "companion-fingertips:right", "ring-pillow:left"]
    assert done_with(evening, "ring-pillow")[-1] is None
    assert done_with(evening, "band")[-1] is None


CUPS = ("sake-cup-small", "sake-cup-middle", "sake-cup-large")
HERS = ("companion-hand:right",)


@pytest.mark.parametrize("sips", [False, True])
def test_each_cup_goes_into_the_hand_and_back_and_the_branch_into_it(sips: bool) -> None:
    evening = Evening("shinto-wedding", "en", "yes")
    while evening.director.mode not in ("ended", "stopped"):
        seen = [orders.Seen("sip")] if sips else []
        evening.step(orders.HeldOut("right"), *seen)
        assert evening.clock.now() < LONGEST_S
    for cup in CUPS:
        ways = [to for to in done_with(evening, cup) if to is not None]
        assert ways == ["companion-palm:left", *HERS, "hand", *HERS]
        assert done_with(evening, cup)[-1] is None, "put away"
    assert done_with(evening, "sakaki") == [*HERS, "hand", None]
    begun = [e.cue for e in evening.director.log if e.what == "started"]
    person = ["first-sip", "second-sip", "third-sip"]
    companion = ["first-companion", "second-cup", "third-companion"]
    assert [cue for cue in begun if cue in person + companion] == [
        *("first-sip", "first-companion", "second-cup", "second-sip", "third-sip", "third-companion"),
    ], "first and third cup: the person, the companion; the second the other way round"
    late = {e.cue for e in evening.director.log if e.what == "timeout"}
    assert set(person) & late == (set() if sips else set(person)), "nobody has to drink"
    assert [c.action.gesture for c in evening.out if isinstance(c, orders.Do) and cued(c) == "raise_cup"] == 3 * [
        "raise_cup"
    ]


def cued(command: orders.Do) -> str:
    return command.action.gesture if isinstance(command.action, actions.Gesture) else ""


def test_without_a_hand_every_cup_stays_with_her_and_is_put_away() -> None:
    evening = Evening("shinto-wedding", "ja", "yes")
    begun = list(evening.moments())
    assert evening.clock.now() < 330, "five minutes and a half"
    assert not {"first-given", "second-given", "third-given", "first-sip", "branch-given"} & set(begun)
    assert {"first-companion", "second-kept", "third-companion", "branch-kept"} <= set(begun)
    for prop in (*CUPS, "sakaki"):
        assert "hand" not in done_with(evening, prop)
        assert done_with(evening, prop)[-1] is None


@pytest.mark.parametrize("hand", [False, True])
def test_the_tea_is_handed_over_or_stays_and_never_comes_from_nowhere(hand: bool) -> None:
    evening = holding_out("tea", "left") if hand else Evening("tea", "en", "yes")
    begun = [] if hand else list(evening.moments())
    assert done_with(evening, "cup") == [*HERS, *(["hand"] if hand else []), None]
    assert ("kept" in begun) != hand


GIFTS = {
    "wedding": "bouquet",
    "anniversary": "bouquet",
    "graduation": "scroll",
    "remembrance": "taper",
    "reflection": "lantern",
}


@pytest.mark.parametrize("name", GIFTS)
@pytest.mark.parametrize("side", ["left", "right"])
def test_what_is_offered_goes_over_to_whichever_hand_is_held_out_and_stays_without_one(name: str, side: str) -> None:
    given = [to for to in done_with(holding_out(name, side), GIFTS[name]) if to is not None]
    assert given == ["companion-hand:right", "hand"]
    alone = Evening(name, "en", "yes")
    assert list(alone.moments())
    assert [to for to in done_with(alone, GIFTS[name]) if to is not None] == ["companion-hand:right"]
    assert alone.director.mode == "ended"


def test_the_wrong_hand_begins_nothing() -> None:
    evening = Evening("wedding", "en", "yes")
    while "ring-kept" not in evening.director.done and evening.director.mode != "ended":
        evening.step(orders.HeldOut("right"))
    assert "ring-finger:left" not in done_with(evening, "ring")


@pytest.mark.parametrize("after", [0.0, 0.1, 2.0, 6.0])
def test_a_ring_that_was_given_is_on_the_finger_after_a_restart_and_is_not_given_again(after: float) -> None:
    evening = Evening("wedding", "en", "yes")
    while "ring-on" not in evening.director.acts:
        evening.step(orders.HeldOut("left"))
    for _ in range(round(after / STEP_S)):
        evening.step()
    saved = [c.checkpoint for c in evening.out if isinstance(c, orders.Save)][-1]
    again = Evening("wedding", "en", "yes")
    restore(again.director, saved)
    stands = {c.action.prop: c.action.to for c in standing(again.director) if isinstance(c.action, actions.Prop)}
    assert stands["ring"] == "ring-finger:left"
    again.step(orders.Resume())
    again.step(orders.Go())
    while again.director.mode != "ended":
        again.step(orders.HeldOut("left"))
    assert done_with(again, "ring") == [], "it is there already"


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("name", NAMES)
def test_every_answer_is_performed_to_the_end_and_no_cue_is_skipped_in_silence(
    name: str, answer: str, language: str
) -> None:
    evening, ceremony = Evening(name, language, answer), ceremony_of(name)
    begun = list(evening.moments())
    passed = [e.cue for e in evening.director.log if e.what == "passed"]
    assert evening.director.mode == "ended"
    assert [id for id in way(ceremony, answer) if id not in passed] == begun
    assert all(not s.cue.required for s in ceremony.plan.steps if s.cue.id in passed)
    words = Wording(ceremony.script, language)
    assert words(ceremony.script.statement) in evening.told()
    assert "{" not in "".join(evening.told())
    asked = [s.cue.answer for s in ceremony.plan.steps if s.cue.answer is not None and s.cue.id in begun]
    assert asked
    for question in asked:
        lines = [words(a.say) for a in getattr(question, answer).do if isinstance(a, actions.Say)]
        assert lines
        assert set(lines) <= set(evening.told())


@pytest.mark.parametrize("answer", ["no", "silence"])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_done_for_good_without_a_yes(name: str, answer: str) -> None:
    final = {s.cue.id for s in ceremony_of(name).plan.steps if s.cue.irreversible}
    assert not final & set(way(ceremony_of(name), answer))
    assert final <= set(way(ceremony_of(name), "yes", hand=True))


@pytest.mark.parametrize("name", NAMES)
def test_it_can_be_stopped_at_every_cue_and_ends_kindly(name: str) -> None:
    ceremony = ceremony_of(name)
    closing = Wording(ceremony.script, "en")(next(a.say for a in ceremony.script.stop.do if isinstance(a, actions.Say)))
    seen = set()
    for answer in ANSWERS:
        evening = Evening(name, "en", answer)
        for cue in evening.moments():
            if cue in seen:
                continue
            seen.add(cue)
            other = copy.copy(evening)
            other.director, other.talk, other.out = copy.deepcopy(evening.director), list(evening.talk), []
            other.clock = ManualClock(evening.clock.now())
            other.step(orders.Stop(), human=False)
            for _ in range(80):
                other.step(human=False)
            assert other.director.mode == "stopped", cue
            assert [c.text for c in other.out if isinstance(c, orders.Line)] == [closing], cue
            before = len(other.out)
            other.step(orders.Go(), orders.Answered("yes"), human=False)
            assert other.out[before:] == [], cue
    skippable = {s.cue.id for s in ceremony.plan.steps if not s.cue.required}
    assert seen | skippable == {s.cue.id for s in ceremony.plan.steps}


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", NAMES)
def test_the_companion_claims_no_feelings_and_holds_nobody_back(name: str, language: str) -> None:
    feels = {"en": FEELS_EN, "ja": FEELS_JA}[language]
    lines = companion_lines(name, language)
    assert len(lines) > 5
    for line in lines:
        assert not feels.search(line), line
        assert [f for f in farewell.lint(line) if f.rule in farewell.TACTICS] == [], line


@pytest.mark.parametrize("line", ["I feel close to you.", "I really love you.", "I am so glad.", "It is in my heart."])
def test_claims_of_feelings_are_found(line: str) -> None:
    assert FEELS_EN.search(line)


@pytest.mark.parametrize(
    "line", ["愛しています。", "わたしもうれしいです。", "わたしの心は変わりません。", "光栄です。"]
)
def test_claims_of_feelings_are_found_in_japanese(line: str) -> None:
    assert FEELS_JA.search(line)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_last_word_of_a_farewell_lets_go(language: str) -> None:
    ceremony = ceremony_of("farewell")
    words = Wording(ceremony.script, language)
    closed = ceremony.plan.step("closed")
    assert closed is not None
    assert closed.cue.irreversible
    last = [words(a.say) for a in closed.cue.do if isinstance(a, actions.Say)]
    assert [farewell.lint(line) for line in last] == [[]]
    question = ceremony.plan.step("question")
    assert question is not None
    assert question.cue.answer is not None
    assert question.cue.answer.yes.gestures == [], "a nod that was seen by mistake ends nothing"


def test_a_farewell_is_closed_by_a_yes_only_and_never_by_go() -> None:
    evening = Evening("farewell", "en", "silence")
    begun = []
    for cue in evening.moments():
        begun.append(cue)
        if evening.director.view().asked is not None:
            evening.step(orders.Go())
    assert "closed" not in begun
    assert begun[-1] == "as-it-was"
