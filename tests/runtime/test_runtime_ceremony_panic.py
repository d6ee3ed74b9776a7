"""Panic while a line is heard and the voice behind it hangs: silent within a tenth of a second, and it stays so."""

from __future__ import annotations

import threading
import time
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


def test_panic_with_the_voice_hung(tmp_path: Path) -> None:
    clock, voice = ManualClock(), Hangs()
    heard: list[tuple[float, FloatArray]] = []
    device = open_device(clock, "none", lambda t, block: heard.append((t, block)))
    speaker = Speaker(clock, device, lambda name: voice)
    inbox: Inbox[Delivery] = Inbox()
    doors = Doors(inbox, clock, Capabilities(), HANDLED | CUES)
    talk = Conversation(inbox, speaker, doors.publish, "Hikari", ["neutral"], ["bow"])
    director = Director(reading.parse(SCRIPT, "f"))
    picture: Any = lambda: np.zeros((4, 4, 3), np.uint8)  # noqa: E731
    show = Performance(director, doors, device.mixer, clock, picture, "f", Keep(tmp_path, tmp_path))

    def frame() -> None:
        clock.advance(1 / 60)
        show.step(clock.now())
        talk.step(clock.now())

    try:
        show.give(orders.Go())
        end = time.monotonic() + 30
        while not (talk.speaking and voice.hung.is_set() and clock.now() > 1.0) and time.monotonic() < end:
            frame()
            time.sleep(0.001)
        assert voice.hung.is_set()
        assert np.abs(heard[-1][1]).max() > 0.01, "it speaks"
        show.give(orders.Panic())
        asked = clock.now()
        for _ in range(120):
            frame()
        rate = device.mixer.rate
        loud = [t + np.flatnonzero(np.abs(block) > 1e-4)[-1] / rate for t, block in heard if np.abs(block).max() > 1e-4]
        assert asked < max(loud) <= asked + 0.1
        assert director.mode == "panic"
        assert not talk.speaking
        mouth = np.zeros(15, np.float32)
        speaker.mouth(clock.now(), mouth)
        assert mouth[10] == 0.0
    finally:
        voice.release.set()
        speaker.close()
