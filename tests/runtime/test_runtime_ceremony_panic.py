"""Panic while a line is heard and the voice behind it hangs: silent within a tenth of a second, and it stays so."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from avatar.ceremony import orders, reading
from avatar.ceremony.director import Director
from avatar.clock import ManualClock
from avatar.events.messages import Capabilities
from avatar.io.transports.hub import Delivery
from avatar.io.voice.playback import open_device
from avatar.runtime.acts import Keep
from avatar.runtime.ceremony import Performance
from avatar.runtime.conversation import Conversation
from avatar.runtime.doors import CUES, HANDLED, Doors
from avatar.runtime.mailbox import Inbox
from avatar.runtime.speaking import Speaker
from avatar.types import FloatArray, Phone, Speech, VisemeTrack

SCRIPT = """presence: 1
title: T
kind: other
statement: "First of all a long sentence that is heard. And then one that never comes."
scenes:
- {id: all, title: t, cues: [{id: said, do: [{say: "{statement}"}]}]}
"""


class Hangs:
    """Says one sentence for four seconds, and then nothing, for ever."""

    def __init__(self) -> None:
        self.hung, self.release = threading.Event(), threading.Event()

    def warm(self) -> None:
        pass

    def speaks(self, language: str | None) -> bool:
        return True

    def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
        if "never" in text:
            self.hung.set()
            self.release.wait(60)
        words = text.split()
        phones = tuple(Phone("AA", k * 0.5, (k + 1) * 0.5, 1, k) for k in range(len(words)))
        sound = np.full(int(24000 * 0.5 * len(words)), 0.1, np.float32)
        weights = np.zeros((round(50 * len(words)), 15), np.float32)
        weights[:, 10] = 1.0
        return Speech(utterance, caption or text, sound, 24000, VisemeTrack(weights, 100.0, phones))


class Stage:
    """A ceremony whose lines are really spoken, sixty pictures a second, on a clock that is moved by hand."""

    def __init__(self, folder: Path, script: str) -> None:
        self.clock, self.voice = ManualClock(), Hangs()
        self.heard: list[tuple[float, FloatArray]] = []
        self.device = open_device(self.clock, "none", lambda t, block: self.heard.append((t, block)))
        self.speaker = Speaker(self.clock, self.device, lambda name: self.voice)
        inbox: Inbox[Delivery] = Inbox()
        doors = Doors(inbox, self.clock, Capabilities(), HANDLED | CUES)
        self.talk = Conversation(inbox, self.speaker, doors.publish, "Hikari", ["neutral"], ["bow"])
        self.director = Director(reading.parse(script, "f"))
        picture: Any = lambda: np.zeros((4, 4, 3), np.uint8)  # noqa: E731
        files = Keep(folder, folder)
        self.show = Performance(self.director, doors, self.device.mixer, self.clock, picture, "f", files)

    def frame(self) -> None:
        self.clock.advance(1 / 60)
        self.show.step(self.clock.now())
        self.talk.step(self.clock.now())

    def until(self, true: Callable[[], bool]) -> None:
        """Frames until that is so; the voice works on a thread of its own meanwhile."""
        end = time.monotonic() + 30
        while not true():
            assert time.monotonic() < end
            self.frame()
            time.sleep(0.001)

    def close(self) -> None:
        self.voice.release.set()
        self.speaker.close()


def test_panic_with_the_voice_hung(tmp_path: Path) -> None:
    stage = Stage(tmp_path, SCRIPT)
    clock, heard, device = stage.clock, stage.heard, stage.device
    try:
        stage.show.give(orders.Go())
        stage.until(lambda: stage.talk.speaking and stage.voice.hung.is_set() and clock.now() > 1.0)
        assert np.abs(heard[-1][1]).max() > 0.01, "it speaks"
        stage.show.give(orders.Panic())
        asked = clock.now()
        for _ in range(120):
            stage.frame()
        rate = device.mixer.rate
        loud = [t + np.flatnonzero(np.abs(block) > 1e-4)[-1] / rate for t, block in heard if np.abs(block).max() > 1e-4]
        assert asked < max(loud) <= asked + 0.1
        assert stage.director.mode == "panic"
        assert not stage.talk.speaking
        mouth = np.zeros(15, np.float32)
        stage.speaker.mouth(clock.now(), mouth)
        assert mouth[10] == 0.0
    finally:
        stage.close()


def test_after_a_pause_the_sentence_that_was_cut_off_is_said_again(tmp_path: Path) -> None:
    line = "[bow] This was heard. Then a second one, cut off. And a third."
    stage = Stage(tmp_path, SCRIPT.replace(SCRIPT.partition('statement: "')[2].partition('"')[0], line))
    try:
        stage.show.give(orders.Go())
        stage.until(lambda: stage.talk.caption.startswith("Then a second"))
        for _ in range(40):
            stage.frame()
        stage.show.give(orders.Pause())
        stage.until(lambda: not stage.talk.speaking)
        assert stage.director.mode == "paused"
        stage.show.give(orders.Resume())
        stage.until(lambda: bool(stage.talk.caption))
        (said,) = stage.director.view().lines
        assert said.text == "Then a second one, cut off. And a third."
        assert stage.talk.caption.startswith("Then a second")
        stage.until(lambda: bool(stage.show.over))
        assert stage.director.done == ["said"]
    finally:
        stage.close()
