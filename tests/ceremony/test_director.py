"""The state machine: cues begin when they should, a human is in charge, and the person can always say no or stop."""

from __future__ import annotations

import json

import pytest
from performance import FRAME, SAID, Stage, director

from avatar.ceremony import orders
from avatar.ceremony.orders import (
    Answered,
    Back,
    Crisis,
    FadeAll,
    Go,
    Goto,
    Guest,
    Hold,
    Panic,
    Pause,
    Resume,
    Seen,
    Stop,
)
from avatar.ceremony.restoring import restore
from avatar.ceremony.texts import after_sentences, sentences

ASK = """  - id: ask
    do: [{say: "Shall we?"}]
    answer:
      yes: {words: {en: [i do]}, gestures: [nod], do: [{say: Then yes.}], goto: feast}
      no: {words: {en: ["no"]}, gestures: [shake], do: [{say: Thank you.}], goto: close}
      silence: {after: 5, do: [{say: No need.}], goto: close}
  - {id: feast, do: [{wait: 1}]}
  - {id: close, do: [{wait: 1}]}
"""


def kinds(commands: list[orders.Command]) -> list[str]:
    return [type(c).__name__ for c in commands]


def test_go_begins_in_the_same_step_and_follow_at_the_exact_end() -> None:
    stage = Stage(director("  - {id: a, pre: 1, do: [{wait: 2.5}], post: 0.25}\n  - {id: b, trigger: follow}\n" + SAID))
    assert stage.news("standby") == ["a"]
    assert stage.news("started") == []
    begun = stage.now
    stage.run(5, Go())
    assert stage.at("started", "a") == begun
    assert stage.at("started", "b") == begun + 3.75
    assert stage.machine.view().standby == "said"


def test_waits_add_up_without_drift() -> None:
    stage = Stage(director("  - {id: a, do: [" + ", ".join(["{wait: 0.1}"] * 100) + "]}\n" + SAID))
    stage.run(12, Go())
    begun = stage.at("started", "a")
    assert begun + 10 <= stage.at("finished", "a") <= begun + 10 + FRAME + 1e-9


def test_with_and_after_run_beside() -> None:
    cues = "  - {id: a, do: [{wait: 4}]}\n  - {id: b, trigger: with, do: [{wait: 1}]}\n"
    cues += "  - {id: c, trigger: {after: 2}, do: [{wait: 0.5}]}\n  - {id: d, trigger: follow}\n"
    stage = Stage(director(cues + SAID))
    stage.run(6, Go())
    begun = stage.at("started", "a")
    assert stage.at("started", "b") == begun
    assert stage.at("started", "c") == begun + 2
    assert stage.at("started", "d") == begun + 4
    assert stage.news("finished")[:3] == ["b", "c", "a"]


def test_a_second_go_within_half_a_second_is_a_slip() -> None:
    stage = Stage(director("  - {id: a}\n  - {id: b}\n" + SAID))
    stage.step(Go())
    stage.run(0.4, Go())
    assert stage.news("started") == ["a"]
    stage.run(0.5)
    stage.step(Go())
    assert stage.news("started") == ["a", "b"]


def test_go_while_a_cue_runs_is_kept_for_its_end() -> None:
    stage = Stage(director("  - {id: a, do: [{wait: 3}]}\n  - {id: b}\n" + SAID))
    stage.run(1, Go())
    stage.run(1, Go())
    assert stage.machine.view().kept
    assert stage.news("started") == ["a"]
    stage.run(2)
    assert stage.news("started") == ["a", "b"]
    assert stage.machine.view().standby == "said"


def test_hold_lets_the_cue_end_and_nothing_follow() -> None:
    stage = Stage(director("  - {id: a, do: [{wait: 1}]}\n  - {id: b, trigger: follow}\n" + SAID))
    stage.run(0.5, Go())
    stage.run(3, Hold())
    assert stage.news("finished") == ["a"]
    assert stage.news("started") == ["a"]
    stage.step(Resume())
    assert stage.news("started") == ["a", "b"]


def test_pause_stops_waits_before_cues_too_and_says_the_line_again() -> None:
    stage = Stage(
        director('  - {id: a, pre: 2}\n  - {id: b, trigger: follow, do: [{say: "A long enough line."}]}\n' + SAID)
    )
    stage.run(1, Go())
    stage.run(10, Pause())
    assert stage.news("finished") == []
    assert kinds(stage.step(Go())) == []
    stage.run(1.25, Resume())
    assert stage.news("started") == ["a", "b"]
    assert "Hush" in kinds(stage.step(Pause()))
    again = [c for c in stage.step(Resume()) if isinstance(c, orders.Line)]
    assert [line.text for line in again] == ["A long enough line."]
    stage.run(6)
    assert stage.news("finished") == ["a", "b"]


@pytest.mark.parametrize(
    ("heard", "left"),
    [(0, "One is said. Two is said! Three is."), (1, "Two is said! Three is."), (2, "Three is."), (9, "")],
)
def test_a_pause_says_again_from_the_beginning_of_the_sentence(heard: int, left: str) -> None:
    stage = Stage(director('  - {id: a, do: [{say: "One is said. Two is said! Three is."}, {wait: 1}]}\n' + SAID))
    stage.run(1, Go())
    name = stage.machine.view().lines[0].utterance
    stage.step(Pause())
    stage.step(orders.Spoken(name, "interrupted", heard))
    stage.step(orders.Spoken("another", "interrupted", 2))
    assert stage.news("finished") == []
    again = [c for c in stage.step(Resume()) if isinstance(c, orders.Line)]
    assert [line.text for line in again] == ([left] if left else [])
    assert all(line.utterance != name for line in again)
    stage.run(30)
    assert stage.news("finished") == ["a"]


def test_a_human_reads_again_from_the_beginning() -> None:
    stage = Stage(director('  - {id: a, who: person, do: [{vow: "One. Two."}]}\n' + SAID))
    stage.run(1, Go())
    stage.step(Pause())
    stage.step(orders.Spoken(stage.machine.view().lines[0].utterance, "interrupted", 1))
    assert [c.text for c in stage.step(Resume()) if isinstance(c, orders.Line)] == ["One. Two."]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("No end", 0),
        ("It is 0.5 m. Really", 1),
        ("“Yes.” He said so…", 2),
        ("Dr. Mori came. Mr. Ito too.", 2),
        ("はい。「誓います。」それでは", 2),
    ],
)
def test_whole_sentences_are_counted(text: str, count: int) -> None:
    assert sentences(text) == count
    assert after_sentences(text, 0) == text
    assert text.endswith(after_sentences(text, count))
    assert sentences(after_sentences(text, count)) == 0


def test_a_human_line_ends_with_go_and_is_not_skipped() -> None:
    stage = Stage(director("  - {id: a, who: person, do: [{vow: I will.}]}\n  - {id: b}\n" + SAID))
    stage.run(60, Go())
    assert stage.news("finished") == []
    assert stage.machine.view().lines[0].read
    stage.step(Go())
    assert stage.news("finished") == ["a"]
    assert stage.news("started") == ["a"]


@pytest.mark.parametrize(
    ("say", "goes", "line"),
    [
        (Answered("yes", "spoken"), "feast", "Then yes."),
        (Answered("no", "typed"), "close", "Thank you."),
        (Seen("nod"), "feast", "Then yes."),
        (Seen("shake"), "close", "Thank you."),
        (None, "close", "No need."),
    ],
)
def test_yes_no_and_silence_have_their_own_ways(say: orders.Input | None, goes: str, line: str) -> None:
    stage = Stage(director(ASK + SAID))
    stage.run(4, Go())
    asked = stage.machine.view().asked
    assert asked is not None
    assert asked.words == {"yes": ("i do",), "no": ("no",)}
    stage.run(9, *([say] if say else []))
    assert line in [c.text for _, c in stage.out if isinstance(c, orders.Line)]
    assert stage.news("finished") == ["ask"]
    assert stage.machine.view().standby == goes
    assert stage.machine.view().asked is None


def test_go_is_no_answer() -> None:
    stage = Stage(director(ASK + SAID))
    stage.run(4, Go())
    stage.step(Go())
    assert stage.machine.view().asked is not None
    assert stage.machine.answers == {}


@pytest.mark.parametrize("moment", range(0, 300, 23))
def test_the_person_can_stop_at_any_moment_and_it_ends_kindly(moment: int) -> None:
    stage = Stage(director(ASK + SAID))
    stage.step(Go())
    for _ in range(moment):
        stage.step()
    stage.run(8, Stop())
    assert stage.machine.mode == "stopped"
    assert "We stop here. Thank you." in [c.text for _, c in stage.out if isinstance(c, orders.Line)]
    before = len(stage.out)
    stage.run(5, Go(), Answered("yes"))
    assert stage.out[before:] == []


def test_words_of_the_stop_that_a_human_reads_end_with_go_and_are_not_waited_for_without_end() -> None:
    read = Stage(director(ASK + SAID, reads=lambda role: True))
    read.run(1, Go())
    read.run(1, Stop())
    (line,) = read.machine.view().lines
    assert line.read
    assert line.text == "We stop here. Thank you."
    read.run(0.1, Answered("yes"))
    assert read.machine.mode == "stopping"
    read.run(1, Go())
    assert read.machine.mode == "stopped"
    left = Stage(director(ASK + SAID, reads=lambda role: True))
    left.run(1, Go())
    left.run(1, Stop())
    left.run(3 * line.seconds + 16)
    assert left.machine.mode == "stopped"
    assert any(isinstance(c, orders.Hush) and c.utterance == line.utterance for _, c in left.out)


def test_panic_is_one_step_and_nothing_comes_after_it_until_resume() -> None:
    stage = Stage(director('  - {id: a, do: [{say: "Something long to say here."}]}\n' + SAID))
    stage.run(1, Go())
    got = stage.step(Panic())
    assert kinds(got) == ["News", "Calm"]
    assert isinstance(got[0], orders.News)
    assert got[0].kind == "standby"
    before = len(stage.out)
    stage.run(5, Go(), Guest("x"), Seen("nod"), Goto("said"), Back(), Hold())
    assert stage.out[before:] == []
    stage.run(2, Resume())
    assert stage.machine.view().standby == "a"
    assert stage.news("started") == ["a"]
    stage.run(1, Go())
    assert stage.news("started") == ["a", "a"]


def test_a_crisis_suspends_it() -> None:
    stage = Stage(director(ASK + SAID))
    stage.run(4, Go())
    got = stage.step(Crisis())
    assert {"Fade", "Unlisten"} <= set(kinds(got))
    stage.run(30, Go())
    assert stage.machine.mode == "suspended"


def test_back_and_goto_stand_by_and_wait() -> None:
    stage = Stage(
        director("  - {id: a}\n  - {id: b, trigger: follow}\n  - {id: c, checkpoint: true}\n  - {id: d}\n" + SAID)
    )
    stage.run(1, Go())
    assert stage.machine.view().standby == "c"
    stage.run(1, Back())
    assert stage.machine.view().standby == "b"
    stage.run(1, Back())
    assert stage.machine.view().standby == "a"
    stage.run(1, Goto("d"))
    assert stage.machine.view().standby == "d"
    stage.run(1, Goto("checkpoint"))
    assert stage.machine.view().standby == "a"
    assert stage.news("started") == ["a", "b"]
    stage.run(1, Goto("nowhere"))
    assert stage.machine.view().standby == "a"


def test_fade_all_breaks_off_and_go_begins_again() -> None:
    stage = Stage(director("  - {id: a, do: [{wait: 9}]}\n" + SAID))
    stage.run(1, Go())
    assert "Fade" in kinds(stage.step(FadeAll(2)))
    assert stage.machine.view().standby == "a"
    stage.run(1, Go())
    assert stage.news("started") == ["a", "a"]


def test_what_does_not_come_is_waited_for_only_so_long() -> None:
    cues = "  - {id: a}\n  - {id: b, trigger: {gesture: bow}, timeout: {wait: 4, go: true}}\n"
    cues += "  - {id: c, trigger: {guest: candles}, required: false, timeout: {wait: 2, skip: true}}\n"
    cues += (
        "  - {id: d, trigger: {event: presence.user.arrived}, timeout: {wait: 1, read: officiant}, do: [{say: x}]}\n"
    )
    stage = Stage(director(cues + SAID))
    stage.run(9, Go())
    begun = stage.at("started", "a")
    assert stage.at("started", "b") == begun + 4
    assert "c" not in stage.news("started")
    assert [e.detail for e in stage.machine.log if (e.what, e.cue) == ("passed", "c")] == ["nothing came"]
    assert stage.at("started", "d") == begun + 7
    assert [c.who for _, c in stage.out if isinstance(c, orders.Line)] == ["officiant"]


def test_a_gesture_that_comes_early_counts() -> None:
    stage = Stage(director("  - {id: a, do: [{wait: 2}]}\n  - {id: b, trigger: {gesture: bow}}\n" + SAID))
    stage.run(1, Go())
    stage.run(2, Seen("bow"))
    assert stage.at("started", "b") == stage.at("started", "a") + 2


def test_a_voice_that_hangs_becomes_words_on_the_picture() -> None:
    stage = Stage(director('  - {id: a, do: [{say: "One two three."}]}\n' + SAID), speaks=False)
    stage.run(40, Go())
    assert [c.action.caption for _, c in stage.out if isinstance(c, orders.Do)] == ["One two three."]
    assert stage.news("failed") == ["a"]
    assert stage.news("finished") == ["a"]


def test_a_cue_that_does_not_end_has_a_way_out() -> None:
    cues = '  - {id: a, do: [{say: "One two."}], timeout: {run: 3, play: vow.ogg}}\n'
    stage = Stage(director(cues + SAID), speaks=False)
    stage.run(4, Go())
    files = [c.file for _, c in stage.out if isinstance(c, orders.Line)]
    assert files == [None, "vow.ogg"]


def test_groups() -> None:
    cues = """  - id: side
    group: parallel
    cues:
    - {id: a, do: [{wait: 2}]}
    - {id: b, do: [{wait: 1}]}
  - id: ways
    group: choice
    default: y
    cues:
    - {id: x, trigger: {guest: left}}
    - id: y
      group: sequence
      cues: [{id: y1}, {id: y2, trigger: follow}]
  - {id: after, trigger: follow}
"""
    stage = Stage(director(cues + SAID))
    stage.run(3, Go())
    assert stage.at("started", "a") == stage.at("started", "b")
    stage.run(1, Go())
    assert stage.news("started") == ["a", "b", "y1", "y2", "after"]
    other = Stage(director(cues + SAID))
    other.run(3, Go())
    other.run(1, Guest("left"))
    assert other.news("started") == ["a", "b", "x", "after"]


def test_what_is_not_armed_is_passed_over_and_in_the_log() -> None:
    stage = Stage(
        director("  - {id: a}\n  - {id: b, armed: false, trigger: follow}\n  - {id: c, trigger: follow}\n" + SAID)
    )
    stage.run(1, Go())
    assert stage.news("started") == ["a", "c"]
    assert any((e.what, e.cue) == ("passed", "b") for e in stage.machine.log)


def test_an_answer_decides_what_follows() -> None:
    cues = ASK.replace("goto: feast", "goto: toast").replace(
        "- {id: feast,", "- {id: toast, trigger: {answer: {to: ask, is: yes}},"
    )
    stage = Stage(director(cues + SAID))
    stage.run(4, Go())
    stage.run(4, Answered("yes"))
    assert stage.news("started") == ["ask", "toast"]


def test_after_a_sleep_it_asks_to_go_on() -> None:
    stage = Stage(director("  - {id: a, do: [{wait: 10}]}\n  - {id: b, trigger: follow}\n" + SAID))
    stage.run(1, Go())
    stage.now += 8 * 3600
    stage.run(20)
    assert stage.machine.mode == "paused"
    assert stage.news("finished") == []
    stage.run(10, Resume())
    assert stage.news("started") == ["a", "b"]


def test_time_that_runs_backwards_counts_as_none() -> None:
    stage = Stage(director("  - {id: a, do: [{wait: 1}]}\n" + SAID))
    stage.run(0.5, Go())
    stage.now -= 3600
    t = stage.machine.t
    stage.run(4)
    assert stage.machine.t == t


def test_a_checkpoint_is_plain_and_a_damaged_one_is_refused() -> None:
    stage = Stage(director("  - {id: a}\n" + SAID))
    stage.run(1, Go())
    saved = json.loads(json.dumps(stage.machine.checkpoint()))
    restore(director("  - {id: a}\n" + SAID), saved)
    for key, value in (("presence", 2), ("standby", "x"), ("done", ["x"]), ("t", -1), ("log", [{"q": 1}]), ("acts", 3)):
        with pytest.raises(Exception, match=r"^checkpoint:1:1: "):
            restore(director("  - {id: a}\n" + SAID), {**saved, key: value})
