"""The person's own word: told before anything counts, asked before anything is done for good, able to stop."""

from __future__ import annotations

import pytest
from performance import HEAD, SAID

from avatar.ceremony import consenting, preflight, reading
from avatar.ceremony.fitting import Means
from avatar.ceremony.preflight import World
from avatar.model.licence import Licence

HEAD_STOP = HEAD.replace(
    "scenes:", 'stop: {words: {en: [please stop]}, do: [{say: "We stop here, and all is well."}]}\nscenes:'
)
KIND = "do: [{say: fine}], goto: end"


def asks(id: str, yes: str, no: str = KIND, silence: str = KIND, of: str = "person") -> str:
    words = 'words: {en: ["i do so"]}'
    return f"  - {{id: {id}, answer: {{of: {of}, yes: {{{words}, {yes}}}, no: {{{no}}}, silence: {{{silence}}}}}}}\n"


def found(cues: str, level: str = "error", head: str = HEAD_STOP) -> list[str]:
    ceremony = reading.parse(head + cues, "f")
    world = World(voices={"heart": ("en",)}, licence=Licence(users="everyone"), means=Means())
    return [f"{p.line}:{p.column}: {p.rule}" for p in preflight.check(ceremony, world) if p.level == level]


RITE = "  - {id: rite, trigger: follow, irreversible: true, do: [{wait: 1}], goto: end}\n"


def test_told_asked_and_done_in_this_order_is_right() -> None:
    cues = SAID + asks("question", "goto: rite") + RITE
    assert found(cues) == []
    assert found(cues, "warning") == []


@pytest.mark.parametrize("branch", ["yes", "no", "silence"])
def test_the_statement_is_on_every_branch_before_what_is_done_for_good(branch: str) -> None:
    gotos = dict.fromkeys(("yes", "no", "silence"), "goto: told")
    gotos[branch] = "goto: rite"
    first = asks("question", gotos["yes"], f"do: [{{say: a}}], {gotos['no']}", f"do: [{{say: a}}], {gotos['silence']}")
    told = '  - {id: told, do: [{say: "{statement}"}]}\n'
    errors = found(first + told + RITE)
    before = [one for one in errors if "before the statement is said" in one]
    assert len(before) == 1
    assert before[0].startswith(f"{len((HEAD_STOP + first + told).splitlines()) + 1}:")
    assert "'question' leads here" in before[0]


def test_a_way_that_ends_unsaid_is_found() -> None:
    cues = "  - {id: a, timeout: {run: 5, goto: b}}\n" + SAID + "  - {id: b, do: [{say: bye}]}\n"
    errors = found(cues)
    assert errors == [
        f"{len(HEAD_STOP.splitlines()) + 3}:10: from 'b' it ends, and on that way the statement was never said"
    ]


def test_a_statement_that_a_time_out_leaves_out_was_not_said() -> None:
    said = '  - {id: said, trigger: {gesture: bow}, timeout: {wait: 5, goto: b}, do: [{say: "{statement}"}]}\n'
    start = "  - {id: a, do: [{say: hello}]}\n"
    assert any("never said" in one for one in found(start + said + "  - {id: b, do: [{say: bye}]}\n"))
    assert found(start + said.replace("goto: b", "go: true") + "  - {id: b, do: [{say: bye}]}\n") == []


def test_questions_and_vows_come_after_it() -> None:
    cues = "  - {id: v, do: [{vow: mine}]}\n" + asks("q", "goto: said").replace("goto: end", "goto: said") + SAID
    told = found(cues, "warning")
    assert ["has a vow" in one or "asks, and" in one for one in told] == [True, True]


@pytest.mark.parametrize("branch", ["no", "silence"])
def test_nothing_is_done_for_good_on_a_no_or_a_silence(branch: str) -> None:
    parts = {"no": KIND, "silence": KIND, branch: "do: [{say: fine}], goto: rite"}
    errors = found(SAID + asks("question", "goto: rite", parts["no"], parts["silence"]) + RITE)
    assert len(errors) == 1
    assert "'question' leads to it without the person's yes" in errors[0]


def test_a_human_who_begins_it_may_mean_it() -> None:
    by_hand = RITE.replace("trigger: follow", "trigger: go")
    assert found(SAID + by_hand) == []
    assert any("without the person's yes" in one for one in found(SAID + by_hand, "warning"))


def test_nor_without_a_question_nor_by_another_persons_yes() -> None:
    assert any("without the person's yes" in one for one in found(SAID + RITE))
    assert any("without the person's yes" in one for one in found(SAID + asks("q", "goto: rite", of="guests") + RITE))
    gated = SAID + asks("q", "goto: gate", "do: [{say: a}], goto: gate", "do: [{say: a}], goto: gate")
    gate = "  - {id: gate, irreversible: true, trigger: {answer: {to: q, is: yes}}, do: [{wait: 1}]}\n"
    assert found(gated + gate) == []
    assert found(gated + gate.replace("is: yes", "is: no")) != []


def test_a_ceremony_of_a_kind_asks_the_person() -> None:
    head = HEAD_STOP.replace("kind: other", "kind: wedding")
    assert found(SAID, "warning", head) == [
        "3:7: the person is never asked: a wedding has a question with 'answer: {of: person, …}' before its rite"
    ]
    assert found(SAID + asks("q", "goto: end"), "warning", head) == []


def test_words_stop_it_in_every_language_and_stopping_is_answered() -> None:
    told = found(SAID + asks("q", "goto: end"), "warning", HEAD)
    assert "'stop' has no 'words' in 'en'" in told[0]
    assert any("'stop' says nothing" in one for one in told)
    same = found(SAID + asks("q", "goto: end"), head=HEAD_STOP.replace("please stop", "I do so!"))
    assert any("'i do so' would mean yes, and stop the ceremony" in one for one in same)


def test_marks_and_capitals_do_not_make_another_phrase() -> None:
    assert consenting.bare("  I  DO, so! ") == consenting.bare("i do so")
    assert consenting.bare("はい。") == "はい"
