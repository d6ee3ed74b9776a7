"""A human reads for the companion: GO ends the line, its mouth goes along, and the microphone is open no longer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.ceremony import orders, reading
from avatar.ceremony.director import Director
from avatar.clock import ManualClock
from avatar.config import Settings
from avatar.errors import SourceError
from avatar.events.messages import Capabilities
from avatar.io.capture.microphone import SamplesMicrophone
from avatar.io.transports.hub import Delivery
from avatar.io.voice.playback import open_device
from avatar.runtime import ceremonies, performing
from avatar.runtime.acts import Keep
from avatar.runtime.ceremony import Performance
from avatar.runtime.conversation import Conversation
from avatar.runtime.doors import CUES, HANDLED, Doors
from avatar.runtime.mailbox import Inbox
from avatar.runtime.reading_aloud import Ears
from avatar.runtime.speaking import Speaker
from avatar.speech.loudness import Listener
from avatar.types import FloatArray, Gesture

RATE = 16000
STILL = 1e-3
SCRIPT = """presence: 1
title: T
kind: other
statement: "One [bow] word more. And the last."
scenes:
- {id: all, title: t, cues: [{id: said, do: [{say: "{statement}"}]}, {id: closing, do: [{wait: 0.1}]}]}
"""


def spoken(seconds: float) -> FloatArray:
    """Half a second of a buzz like a voice's, half a second of silence, and so on."""
    t = np.arange(int(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 130 * k * t) / k for k in range(1, 20))
    return (0.2 * buzz * (t % 1.0 < 0.5)).astype(np.float32)


class Stage:
    """A ceremony whose companion is read for by a human, thirty pictures a second, on a clock that is moved by hand."""

    def __init__(self, folder: Path, script: str = SCRIPT, microphone: bool = False, all_read: bool = True) -> None:
        self.clock, self.told = ManualClock(), list[str]()
        self.opened, self.device = 0, None
        device = open_device(self.clock, "none")
        self.speaker = Speaker(self.clock, device)
        inbox: Inbox[Delivery] = Inbox()
        names = Capabilities(gestures=["bow"], voices=["none", "heart"])
        doors = Doors(inbox, self.clock, names, HANDLED | CUES)
        self.talk = Conversation(inbox, self.speaker, doors.publish, "Hikari", ["neutral"], ["bow"])
        reads: Callable[[Any], bool] = lambda role: all_read or role != "companion"  # noqa: E731
        self.director = Director(reading.parse(script, "f"), reads=reads)
        picture: Any = lambda: np.zeros((4, 4, 3), np.uint8)  # noqa: E731
        self.show = Performance(
            self.director,
            doors,
            device.mixer,
            self.clock,
            picture,
            "f",
            Keep(folder, folder),
            tell=self.told.append,
            reader=self.open if microphone else None,
        )
        self.gestures: list[str] = []
        self.mouth = np.zeros(15, np.float32)

    def open(self) -> SamplesMicrophone:
        self.opened += 1
        self.device = SamplesMicrophone(spoken(60.0), RATE, self.clock)
        return self.device

    def frame(self) -> float:
        """One picture; how far its mouth is from shut."""
        self.clock.advance(1 / 30)
        now = self.clock.now()
        self.show.step(now)
        self.gestures += [c.name for c in self.talk.step(now) if isinstance(c, Gesture)]
        if not self.show.aloud.mouth(now, self.mouth):
            self.speaker.mouth(now, self.mouth)
        return float(np.abs(self.mouth[1:]).max())

    def go(self) -> None:
        self.show.give(orders.Go())

    def frames(self, count: int) -> list[float]:
        found = []
        for _ in range(count):
            time.sleep(0.002)  # the voice has a thread of its own
            found.append(self.frame())
        return found

    def until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + 30
        while not true():
            assert time.monotonic() < end
            self.frames(1)


@pytest.fixture
def stage(tmp_path: Path) -> Any:
    made: list[Stage] = []

    def make(**options: Any) -> Stage:
        made.append(Stage(tmp_path, **options))
        made[-1].frame()
        return made[-1]

    yield make
    for one in made:
        one.show.close()
        one.speaker.close()


def test_a_line_is_over_when_it_was_read(stage: Any) -> None:
    one = stage()
    one.go()
    one.until(lambda: one.talk.speaking)
    assert any(line.strip() == "read for companion: One word more. And the last." for line in one.told), one.told
    moved = one.frames(30)
    assert max(moved) > 0.2, "its mouth goes along"
    one.until(lambda: not one.talk.speaking)
    assert one.gestures == ["bow"], "at its word"
    assert max(one.frames(300)[30:]) < STILL
    assert one.show.caption(one.clock.now()) == ("And the last.", "companion"), "as long as somebody reads"
    assert one.director.view().lines
    assert one.director.done == []
    one.go()
    one.frames(2)
    assert one.director.done == ["said"]
    assert one.show.caption(one.clock.now()) == ("", "")


def test_read_quickly_it_is_silent_at_once(stage: Any) -> None:
    one = stage()
    one.go()
    one.until(lambda: one.talk.speaking)
    one.frames(20)
    one.go()
    one.until(lambda: not one.talk.speaking)
    assert one.director.done == ["said"]
    assert max(one.frames(30)[10:]) < STILL


def test_the_mouth_follows_the_reader_and_nobody_else(stage: Any) -> None:
    one = stage(microphone=True)
    assert one.opened == 0, "nothing is open before a line is read"
    one.go()
    moved = np.array(one.frames(120))
    began = one.clock.now() - 120 / 30
    at = began + np.arange(1, 121) / 30
    heard = ((at - one.device._start) % 1.0 > 0.2) & ((at - one.device._start) % 1.0 < 0.5)
    quiet = (at - one.device._start) % 1.0 > 0.8
    later = at - one.device._start > 1.0
    assert np.median(moved[heard & later]) > 0.2
    assert np.median(moved[quiet & later]) < 0.05
    assert one.show.levels._ear is not None, "its meter is seen"
    one.until(lambda: not one.talk.speaking)
    assert max(one.frames(60)) > 0.2, "whoever takes longer is followed to the end"
    one.go()
    one.frames(3)
    assert one.director.done == ["said"]
    assert one.show.aloud.ears._hearing is None
    assert one.show.levels._ear is None
    assert max(one.frames(60)[15:]) < STILL, "nobody's voice moves it between its lines"
    assert one.opened == 1


@pytest.mark.parametrize("stop", [orders.Panic(), orders.Pause(), orders.Back(), orders.Crisis(), orders.FadeAll()])
def test_whatever_breaks_a_line_off_stops_listening(stage: Any, stop: orders.Input) -> None:
    one = stage(microphone=True)
    one.go()
    one.frames(45)
    assert one.show.aloud.ears._hearing is not None
    one.show.give(stop)
    one.frames(3)
    assert one.show.aloud.ears._hearing is None
    assert max(one.frames(60)[30:]) < STILL


def test_after_a_pause_it_is_read_again(stage: Any) -> None:
    one = stage(microphone=True)
    one.go()
    one.frames(45)
    one.show.give(orders.Pause())
    one.frames(5)
    one.show.give(orders.Resume())
    assert max(one.frames(60)) > 0.2
    assert one.opened == 2
    one.go()
    one.frames(2)
    assert one.director.done == ["said"]


def test_one_line_alone_can_be_a_readers(stage: Any) -> None:
    script = SCRIPT.replace('do: [{say: "{statement}"}]', 'do: [{say: "{statement}", voice: reader}]')
    one = stage(script=script, all_read=False)
    one.go()
    one.frames(3)
    (line,) = one.director.view().lines
    assert line.read


class Device:
    """A microphone that says whether it is open, and a silent one."""

    rate, name = RATE, "fake"

    def __init__(self, all_of_them: list[Device]) -> None:
        self.open = True
        all_of_them.append(self)

    def read(self, now: float) -> tuple[float, FloatArray]:
        return now, np.zeros(0, np.float32)

    def close(self) -> None:
        self.open = False


class Deaf:
    """Hears nothing in anything."""

    def feed(self, sound: FloatArray) -> FloatArray:
        return np.zeros((0, 15), np.float32)


def deaf(rate: int) -> Listener:
    return Deaf()  # type: ignore[return-value]


def soon(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not true() and time.monotonic() < end:
        time.sleep(0.005)
    return true()


def test_in_a_live_run_a_device_is_opened_and_closed_beside_the_picture() -> None:
    made: list[Device] = []
    slow, by = threading.Event(), list[str]()

    def opens() -> Device:
        by.append(threading.current_thread().name)
        slow.wait(10)
        return Device(made)

    ears = Ears(opens, ManualClock(), lambda sound, rate: None, lambda why: None, apart=True, listener=deaf)
    mouth = np.ones(15, np.float32)
    try:
        ears.begin()  # returns while the device is still being opened
        assert not ears.mouth(0.0, mouth)
        assert soon(lambda: by == ["reader"])
        slow.set()
        assert soon(lambda: ears.mouth(0.0, mouth))
        assert ears.open
        ears.end()
        assert not ears.mouth(0.0, mouth), "from that moment on, whatever the device still does"
        assert soon(lambda: not made[0].open)
        ears.begin()
        assert soon(lambda: len(made) == 2 and ears.open)
    finally:
        ears.close()
    assert soon(lambda: not made[-1].open)


def test_a_microphone_that_is_not_there_is_told_and_tried_again() -> None:
    told: list[str] = []

    def opens() -> Device:
        raise SourceError("no microphone 'x'", "none")

    for apart in (True, False):
        told.clear()
        ears = Ears(opens, ManualClock(), lambda sound, rate: None, told.append, apart, deaf)
        for k in (1, 2):
            ears.begin()
            assert soon(lambda k=k: len(told) == k)  # type: ignore[misc]
            ears.end()
            time.sleep(0.05)
        ears.close()
        assert told == ["no microphone 'x'"] * 2


@pytest.mark.parametrize(
    ("voice", "microphone", "own", "read"),
    [
        (None, None, None, False),
        (None, None, "reader", True),
        ("heart", None, "reader", False),
        ("reader", None, "heart", True),
        (None, "auto", "heart", True),
        ("heart", "auto", "heart", False),
    ],
)
def test_who_says_that_a_human_reads(voice: str | None, microphone: str | None, own: str | None, read: bool) -> None:
    script = SCRIPT if own is None else SCRIPT.replace("scenes:", f"settings: {{voice: {own}}}\nscenes:")
    ceremony = reading.parse(script, "f")
    wanted = Settings(voice=voice, reader_mic=microphone)
    assert performing.read_by_a_human(ceremony, wanted) is read
    staged = performing.staged(ceremony, Path(), performing.Plan(wanted, Path()))
    assert (staged.voice == "none") is read
    assert staged.reader_mic is None, "not open for the whole run"


def test_check_knows_the_reader_and_says_why_there_is_none(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(SCRIPT.replace("scenes:", "settings: {voice: reader}\nscenes:"))
    _, problems = ceremonies.check(path, reader="no microphone")
    assert not [p for p in problems if p.level == "error"], problems
    (told,) = [p for p in problems if "reader-mic" in p.rule]
    assert (told.line, told.column, told.level) == (5, 19, "warning")
    assert "moves as if it read along" in told.rule
