"""A conversation with everything a client can ask of it, on a clock that moves when told, with a drum for a voice."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatar.clock import ManualClock
from avatar.events.messages import Capabilities
from avatar.io.transports.hub import Delivery
from avatar.io.transports.memory import MemoryClient
from avatar.io.voice.playback import open_device
from avatar.runtime.acting import Acting
from avatar.runtime.conversation import Conversation
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox
from avatar.runtime.speaking import Speaker
from avatar.speech.visemes import track
from avatar.types import Command, Hold, Phone, Speech

WORD_S = 0.3


class Drum:
    """A voice that says each word as one open vowel of 0.3 s."""

    def warm(self) -> None:
        pass

    def speaks(self, language: str | None) -> bool:
        return True

    def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
        words = text.split()
        phones = tuple(Phone("AA", k * WORD_S, (k + 1) * WORD_S, 1, k) for k in range(len(words)))
        seconds = len(words) * WORD_S
        sound = np.full(int(24000 * seconds), 0.1, np.float32)
        return Speech(utterance, caption or text, sound, 24000, track(phones, seconds))


class Scene:
    """A conversation with everything a client can ask of it, and a hand on the clock."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.inbox: Inbox[Delivery] = Inbox(2048)
        device = open_device(self.clock, "none")
        self.heard: list[tuple[float, np.ndarray]] = []
        device.tap = lambda t, block: self.heard.append((t, block.copy()))
        self.speaker = Speaker(self.clock, device, lambda name: Drum(), sync=True)
        can = Capabilities(expressions=["aa", "happy", "sad"], gestures=["wave", "nod"], personas=["calm"])
        self.doors = Doors(self.inbox, self.clock, can, on_panic=device.mixer.hush)
        acting = Acting(self.doors.publish, self.doors.departed, self.doors.halted, "en", "US")
        self.talk = Conversation(
            self.inbox,
            self.speaker,
            self.doors.publish,
            "Hikari",
            ["happy", "neutral"],
            ["wave", "nod"],
            acting=acting,
        )
        self.client = self.doors.memory()
        self.watcher = MemoryClient(self.doors.hub, "watcher")
        self.moves: list[tuple[float, Command]] = []
        self.news: list[tuple[float, dict[str, Any]]] = []

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 50)):
            now = self.clock.advance(0.02)
            self.moves += [(now, command) for command in self.talk.step(now)]
            self.news += [(now, event) for event in self.watcher.received()]

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for _, event in self.news if event["type"] == kind]

    def holds(self) -> list[tuple[float, dict[str, float | None]]]:
        return [(t, dict(c.weights)) for t, c in self.moves if isinstance(c, Hold)]


def sound_after(scene: Scene, t: float) -> float:
    """The loudest sample that was played at or after a time."""
    return max((float(np.abs(block).max()) for at, block in scene.heard if at >= t), default=0.0)
