"""Displays: late, killed, cut off from a server that dies: each is where the others are, and nothing happens twice."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from nats_machines import Director, Screen, closing, server, until

from avatar.events import show
from avatar.types import Express, Gesture, Move

__all__ = ["closing", "server"]


def both(stage: Director, *screens: Screen, seconds: float) -> None:
    """Let the time of all machines go on together."""
    for _ in range(round(seconds * 100)):
        for each in (stage, *screens):
            each.base.advance(0.01)
            each.step()


def test_a_cue_is_done_at_the_same_instant_everywhere(server, closing):
    stage = closing(Director(server))
    one, two = closing(Screen(server)), closing(Screen(server, 777.0))
    assert abs(one.clock.now() - stage.base.now()) < 1e-6
    assert abs(two.clock.now() - stage.base.now()) < 1e-6
    stage.send("gesture", name="wave")
    stage.send("express", expression="happy", intensity=0.5, at=3.5)
    until(lambda: one.numbers() == two.numbers() == [1, 2], "both have the cues")
    both(stage, one, two, seconds=1.0)
    for each in (stage, one, two):
        assert [t for t, _ in each.done] == pytest.approx([t for t, _ in stage.done], abs=0.011)
        assert [t for t, _ in each.done] == pytest.approx([3.1, 3.5], abs=0.011)
        assert [type(c) for _, c in each.done] == [Gesture, Express]


def test_a_late_display_does_what_is_in_force_and_nothing_that_is_over(server, closing):
    stage = closing(Director(server))
    stage.send("gesture", name="wave")
    stage.send("express", expression="sad", intensity=1.0)
    stage.send("express", expression="happy", intensity=0.5)
    stage.send("move", anchor="left-half")
    stage.send("say", text="Done.", utterance="old")
    both(stage, seconds=2.0)
    stage.settle()
    late = closing(Screen(server))
    until(lambda: len(late.acts) >= 2, "it has caught up")
    both(stage, late, seconds=0.5)
    assert [type(c) for _, c in late.done] == [Express, Move]
    assert late.done[0][1] == Express("happy", 0.5)
    assert not late.talk.spoken


def test_an_utterance_is_joined_at_its_place_and_the_mouth_goes_along(server, closing):
    stage = closing(Director(server))
    stage.send("say", text="[wave] One two three four five six seven eight nine ten.", utterance="long")
    stage.send("say", text="And then a lot more of it came along.", utterance="next")
    both(stage, seconds=1.5)
    stage.settle()
    late = closing(Screen(server))
    until(lambda: late.numbers() == [1, 2, 3], "it has caught up")
    both(stage, late, seconds=1.0)
    late.mouths = {t: v for t, v in late.mouths.items() if t > 4.6}
    assert len(late.mouths) > 80
    assert all(abs(v - stage.mouths[t]) < 1e-3 for t, v in late.mouths.items())
    assert not [c for _, c in late.done if isinstance(c, Gesture)]  # the wave was before it came
    both(stage, late, seconds=2.0)
    until(
        lambda: [r.utterance for r in late.acts if r.kind.endswith("started")] == ["long", "next"], "the next is heard"
    )
    both(stage, late, seconds=0.3)
    assert late.talk.spoken[-1] == "And then a lot more of it came along."
    now = round(late.clock.now(), 3)
    assert abs(late.mouths[now] - stage.mouths[now]) < 1e-3


def test_an_interruption_shuts_every_mouth_together(server, closing):
    stage, screen = closing(Director(server)), closing(Screen(server))
    stage.send("say", text="One two three four five six.", utterance="u")
    until(lambda: screen.numbers() == [1], "it knows of it")
    both(stage, screen, seconds=0.3)
    until(lambda: len(screen.acts) == 2, "it knows when it began")
    both(stage, screen, seconds=0.3)
    stage.send("interrupt")
    until(lambda: len(screen.acts) == 3, "it knows of the end")
    both(stage, screen, seconds=0.5)
    shut = [max(t for t, v in each.mouths.items() if v > 0.05) for each in (stage, screen)]
    assert abs(shut[0] - shut[1]) <= 0.02
    assert 3.7 <= shut[0] < 4.0


def test_a_display_that_was_cut_off_goes_on_where_the_others_are(server, closing):
    stage, first = closing(Director(server)), closing(Screen(server))
    stage.send("express", expression="happy", intensity=0.5)
    stage.send("gesture", name="wave")
    until(lambda: first.numbers() == [1, 2], "it has them")
    first.follower.close()
    both(stage, seconds=1.0)
    stage.send("move", anchor="right-half")
    stage.settle()
    again = closing(Screen(server))
    until(lambda: len(again.numbers()) == 2, "it has caught up")
    both(stage, again, seconds=0.5)
    assert [c for _, c in again.done] == [Express("happy", 0.5), Move("right-half")]


def test_a_server_that_is_killed_loses_no_cue(server, closing):
    stage, screen = closing(Director(server)), closing(Screen(server))
    for k in range(5):
        stage.send("express", expression="happy", intensity=k / 10)
    until(lambda: screen.numbers() == [1, 2, 3, 4, 5], "it has the first five")
    killed = server.pid
    os.kill(killed, signal.SIGKILL)
    for k in range(5, 10):
        stage.send("express", expression="happy", intensity=k / 10)
    stage.step()  # the show goes on
    until(lambda: server.pid != killed, "the server is begun again")
    for k in range(10, 15):
        stage.send("gesture", name="wave", intensity=k / 20)
    stage.settle()
    until(lambda: screen.numbers()[-1:] == [15], "it has all of it")
    assert screen.numbers() == sorted(set(screen.numbers()))
    both(stage, screen, seconds=0.5)
    # what was said while nobody could hear it is done once, in order; of five expressions the last is in force
    assert [c.intensity for _, c in screen.done if isinstance(c, Express)][-1] == 0.9
    assert [c.intensity for _, c in screen.done if isinstance(c, Gesture)] == [k / 20 for k in range(10, 15)]
    assert "is gone; the show goes on" in stage.told[0]
    assert stage.told[-1] == "NATS: the server is there again"
    late = closing(Screen(server))
    until(lambda: late.numbers()[:1] == [10], "its files were still there")


def test_a_record_that_comes_twice_is_done_once(server, closing):
    stage, screen = closing(Director(server)), closing(Screen(server))
    stage.send("gesture", name="wave")
    assert stage.client.send("presence.gesture", id="memory-1", name="wave")["type"] == "presence.ack"
    until(lambda: screen.numbers() == [1], "it has the cue")
    copy = show.text(screen.acts[-1]).encode()

    async def repeat() -> None:
        import nats

        client = await nats.connect(server.url)
        js = client.jetstream()
        same = await js.publish("presence.hall.show", copy, headers={"Nats-Msg-Id": f"{stage.show.run}.1"})
        assert same.duplicate  # the server knows it
        other = await js.publish("presence.hall.show", copy, headers={"Nats-Msg-Id": "another"})
        assert not other.duplicate  # and where it does not, the display does
        await client.close()

    asyncio.run(repeat())
    stage.send("express", expression="happy", intensity=1.0)
    until(lambda: screen.numbers() == [1, 2], "the next one came")
    both(stage, screen, seconds=0.5)
    assert [type(c) for _, c in screen.done] == [Gesture, Express]


def test_a_stage_that_begins_anew_begins_anew_everywhere(server, closing):
    stage, screen = closing(Director(server)), closing(Screen(server, 50.0))
    stage.send("express", expression="sad", intensity=1.0)
    until(lambda: screen.numbers() == [1], "it has the cue")
    both(stage, screen, seconds=2.0)
    before = screen.clock.now()
    stage.show.close()
    stage = closing(Director(server))
    until(lambda: screen.acts[-1].kind == show.BEGIN and screen.acts[-1].run == stage.show.run, "it has noticed")
    stage.send("gesture", name="nod")
    until(lambda: screen.acts[-1].kind == "presence.gesture", "it follows")
    assert screen.clock.now() >= before
    screen.done.clear()
    both(stage, screen, seconds=0.5)
    assert [c for _, c in screen.done] == [Express("neutral", 1.0), Gesture("nod")]
    at = {type(c): t for t, c in screen.done}[Gesture]
    assert abs(screen.clock.stage(at) - stage.done[-1][0]) < 0.02


_DISPLAY = """
import sys, time
sys.path[:0] = sys.argv[1:3]
from avatar.clock import SystemClock
from avatar.io.transports.nats import address
from avatar.runtime.display import Follower
follower = Follower(SystemClock(), lambda: address(sys.argv[3]), "hall", lambda line: None)
follower.wait()
def act(record):
    name = getattr(record.event.data, "expression", record.kind) if record.event else record.kind
    print(record.number, name, flush=True)
follower.attach(act, frozenset(("happy", "sad")))
time.sleep(60)
"""


def test_a_killed_display_comes_back_to_the_same_state(server, closing):
    """Two processes, and kill -9."""
    root = Path(__file__).resolve().parents[2]
    stage = closing(Director(server))

    def display() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", _DISPLAY, str(root), str(Path(__file__).parent), server.guest_url]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def lines(process: subprocess.Popen[str], last: str) -> list[str]:
        assert process.stdout is not None
        found: list[str] = []
        while (line := process.stdout.readline().strip()) and line != last:
            found.append(line)
        return [*found, line]

    stage.send("express", expression="sad", intensity=1.0)
    with display() as first:
        try:
            lines(first, "1 sad")
            stage.send("express", expression="happy", intensity=1.0)
            assert lines(first, "2 happy") == ["2 happy"]
        finally:
            first.send_signal(signal.SIGKILL)
    stage.send("gesture", name="wave")
    stage.base.advance(2.0)
    stage.settle()
    with display() as second:
        try:
            assert [line for line in lines(second, "2 happy") if line[0] != "0"] == ["2 happy"]
            stage.send("gesture", name="nod")
            assert lines(second, "4 presence.gesture") == ["4 presence.gesture"]
        finally:
            second.send_signal(signal.SIGKILL)
