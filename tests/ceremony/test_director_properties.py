"""What holds of every ceremony, whatever is done to it and whenever: by hypothesis, with scripts made up for it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from performance import SAID, Stage, director

from avatar.ceremony import orders
from avatar.ceremony.auto import Auto
from avatar.ceremony.restoring import restore

SETTINGS = settings(max_examples=40, deadline=None, derandomize=True)

TRIGGERS = st.sampled_from(["go", "follow", "with", "{after: 0.5}", "{gesture: bow}", "{guest: x}"])
DOES = st.lists(
    st.sampled_from(
        ["{wait: 0.5}", "{say: One two.}", "{gesture: bow}", "{silence: 1}", "{say: My line., who: person}"]
    ),
    max_size=3,
)


@st.composite
def scripts(draw: st.DrawFn) -> str:
    lines = []
    count = draw(st.integers(2, 6))
    for k in range(count):
        trigger = "go" if k == 0 else draw(TRIGGERS)
        parts = [f"id: c{k}", f"trigger: {trigger}", f"do: [{', '.join(draw(DOES))}]"]
        if trigger.startswith(("{g",)):
            parts.append("timeout: {wait: 2, go: true}")
        if draw(st.booleans()):
            parts.append("irreversible: true")
        elif draw(st.integers(0, 3)) == 0:
            goto = draw(st.integers(k + 1, count))
            to = "end" if goto == count else f"c{goto}"
            other = f"{{do: [{{say: Ah.}}], goto: {to}}}"
            parts.append(f"answer: {{yes: {{}}, no: {other}, silence: {other}}}")
        if draw(st.integers(0, 5)) == 0:
            parts.append("pre: 0.5")
        lines.append("  - {" + ", ".join(parts) + "}\n")
    return "".join(lines) + SAID


ANSWERS = st.sampled_from(["yes", "no", "silence"])


def performed(stage: Stage, auto: Auto, most: float = 240.0) -> None:
    """Let it perform itself to its end."""
    end = stage.now + most
    while stage.machine.mode != "ended" and stage.now < end:
        stage.step(*auto.step(stage.machine))


def acts(stage: Stage) -> list[str]:
    """The irreversible cues of which anything was done, in order, each time."""
    for_good = {s.cue.id for s in stage.machine.plan.steps if s.cue.irreversible}
    return [cue for cue in stage.news("started") if cue in for_good]


@SETTINGS
@given(cues=scripts(), cut=st.integers(0, 900), answer=ANSWERS)
def test_killed_and_restored_it_goes_on_where_it_was(cues: str, cut: int, answer: str) -> None:
    answers = {f"c{k}": answer for k in range(9)}
    whole = Stage(director(cues))
    performed(whole, Auto(answers))
    assert whole.machine.mode == "ended"

    first, auto = Stage(director(cues)), Auto(answers)
    saved: dict[str, Any] | None = None
    for _ in range(cut):
        for command in first.step(*auto.step(first.machine)):
            if isinstance(command, orders.Save):
                saved = command.checkpoint
        if first.machine.mode == "ended":
            break
    if saved is None:
        saved = director(cues).checkpoint()
    second = Stage.__new__(Stage)
    machine = director(cues)
    restore(machine, json.loads(json.dumps(saved)))
    second.__init__(machine, now=1000.0)  # type: ignore[misc]
    second.run(3, orders.Go(), orders.Seen("bow"), orders.Guest("x"))
    assert second.news("started") == [], "it waits for an explicit word"
    second.step(orders.Resume())
    second.run(1)
    assert second.news("started") == [], "and then for GO"
    if machine.mode != "ended":
        second.step(orders.Go())
        performed(second, Auto(answers))
    assert machine.mode == "ended"

    twice = acts(first) + acts(second)
    assert len(twice) == len(set(twice)), "nothing irreversible is done twice"
    reached = list(whole.news("finished"))
    passed = {e.cue for e in machine.log if e.what == "passed"}
    for cue in reached:
        assert cue in first.news("finished") or cue in second.news("finished") or cue in passed, cue
    tail = second.news("finished")
    left = [cue for cue in reached if cue in tail]
    assert sorted(left) == sorted(tail), "only what belongs to the ceremony is done"
    times = [entry.t for entry in machine.log]
    assert times == sorted(times)


INPUTS = st.one_of(
    st.sampled_from(
        [
            *(
                orders.Go(),
                orders.Hold(),
                orders.Back(),
                orders.Pause(),
                orders.Resume(),
                orders.FadeAll(),
                orders.Panic(),
            ),
            *(orders.Stop(), orders.Crisis(), orders.Answered("yes"), orders.Answered("no"), orders.Seen("bow")),
            *(orders.Guest("x"), orders.Goto("c1"), orders.Goto("nowhere"), orders.Goto("checkpoint"), orders.Go("c0")),
            orders.Trouble("c0", "lost"),
        ]
    )
)


@SETTINGS
@given(cues=scripts(), hands=st.lists(st.tuples(st.integers(0, 40), INPUTS), max_size=25))
def test_whatever_is_done_there_is_a_way_on_and_nothing_is_done_twice(
    cues: str, hands: list[tuple[int, orders.Input]]
) -> None:
    stage = Stage(director(cues))
    for frames, hand in hands:
        for _ in range(frames):
            stage.step()
        stage.step(hand)
        view = stage.machine.view()
        assert view.t >= 0
        if stage.machine.mode == "panic":
            before = len(stage.out)
            stage.step(orders.Go(), orders.Guest("x"))
            assert stage.out[before:] == []
    twice = acts(stage)
    assert len(twice) == len(set(twice))
    log = stage.machine.log
    assert [e.t for e in log] == sorted(e.t for e in log)
    assert [e.at for e in log] == sorted(e.at for e in log)
    # From every state the explicit word and GOs lead to the end.
    stage.step(orders.Resume())
    performed(stage, Auto())
    for _ in range(40):
        if stage.machine.mode == "ended":
            break
        stage.run(1, orders.Resume())
        stage.run(1, orders.Go())
        performed(stage, Auto(), 60)
    assert stage.machine.mode == "ended", stage.machine.view()


@SETTINGS
@given(
    cues=scripts(), steps=st.lists(st.sampled_from([1 / 128, 1 / 60, 1 / 30, 1 / 10, 0.5]), min_size=5, max_size=200)
)
def test_cues_begin_within_one_step_of_when_they_are_due(cues: str, steps: list[float]) -> None:
    """Waits are kept from where they are due, so that no error adds up, whatever the steps are."""
    machine, auto, now = director(cues), Auto(), 0.0
    longest = max(steps)
    talk: list[tuple[float, str]] = []
    k = 0
    while machine.mode != "ended" and now < 200:
        news = [orders.Spoken(name, "finished") for end, name in talk if end <= now]
        talk = [(end, name) for end, name in talk if end > now]
        for command in machine.step(now, [*auto.step(machine), *news]):
            if isinstance(command, orders.Line) and not command.read:
                talk.append((now + command.seconds, command.utterance))
        for p in machine._running:
            if p.waits == "time":
                assert p.until > machine.t, "what is due is done in the step that reaches it"
            assert p.t <= machine.t
        now += steps[k % len(steps)]
        k += 1
    assert longest <= 0.5
    assert machine.mode == "ended"
