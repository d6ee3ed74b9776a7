"""A talk in a stage without a picture: a voice of one vowel a word, a clock that moves when told, a real backend."""

from __future__ import annotations

import threading
import time
from typing import Any

import numpy as np

from avatar.clock import ManualClock
from avatar.events.messages import Capabilities
from avatar.events.tags import Words
from avatar.io.chat.history import History
from avatar.io.transports.hub import Delivery
from avatar.io.voice.playback import open_device
from avatar.runtime.conversation import Conversation
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox
from avatar.runtime.speaking import Speaker
from avatar.runtime.talk import Backend, Talk
from avatar.speech.visemes import track
from avatar.types import Express, Gesture, Phone, Speech

WORD_S = 0.3
EXPRESSIONS, GESTURES = ["happy", "sad", "neutral", "relaxed"], ["wave", "nod", "beat_both"]


class Drum:
    """A voice that says each word as one open vowel of 0.3 s."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def warm(self) -> None:
        pass

    def speaks(self, language: str | None) -> bool:
        return True

    def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
        self.said.append(text)
        count = len(text.split())
        phones = tuple(Phone("AA", k * WORD_S, (k + 1) * WORD_S, 1, k) for k in range(count))
        sound = np.full(int(24000 * count * WORD_S), 0.1, np.float32)
        return Speech(utterance, caption or text, sound, 24000, track(phones, count * WORD_S))


class Room:
    """told : what the person is told; shown : the answer's words; news : (clock, event); moves : what the face and body
    were asked for."""

    def __init__(self, backend: Backend, words: Words | None = None, rewrite: bool = False, budget: int = 3000) -> None:
        self.clock, self.voice = ManualClock(), Drum()
        inbox: Inbox[Delivery] = Inbox()
        self.speaker = Speaker(self.clock, open_device(self.clock, "none"), lambda name: self.voice, sync=True)
        self.doors = Doors(inbox, self.clock, Capabilities(expressions=EXPRESSIONS, gestures=GESTURES))
        self.stage = Conversation(inbox, self.speaker, self.doors.publish, "Hikari", EXPRESSIONS, GESTURES)
        self.client = self.doors.memory()
        self.told: list[str] = []
        self.shown: list[str] = []
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.news: list[tuple[float, dict[str, Any]]] = []
        self.moves: list[Any] = []
        self.history = History("Be kind.", budget)
        self.talk = Talk(
            backend,
            self._send,
            self.history,
            words or Words(EXPRESSIONS, GESTURES),
            self.clock.now,
            self.told.append,
            self.shown.append,
            rewrite,
        )

    def _send(self, type: str, **data: Any) -> dict[str, Any]:
        self.sent.append((type, data))
        return self.client.send(type, **data)

    def step(self) -> None:
        """A hundredth of a second; the threads that talk get a moment too."""
        now = self.clock.advance(0.01)
        self.moves += self.stage.step(now)
        for event in self.client.received():
            self.news.append((now, event))
            self.talk.hear(event)
        self.talk.tick()
        time.sleep(0.001)

    def begin(self, line: str) -> threading.Thread:
        thread = threading.Thread(target=self.talk.turn, args=(line,))
        thread.start()
        return thread

    def until(self, done: Any, steps: int = 20_000) -> None:
        for _ in range(steps):
            if done():
                return
            self.step()
        raise AssertionError("it does not come to that")

    def say(self, line: str) -> None:
        """A whole turn."""
        thread = self.begin(line)
        self.until(lambda: not thread.is_alive())

    def heard(self, kind: str) -> list[dict[str, Any]]:
        return [e["data"] for _, e in self.news if e["type"] == f"presence.speech.{kind}"]

    @property
    def captions(self) -> str:
        return " ".join(e["data"]["text"] for _, e in self.news if e["type"] == "presence.caption")

    @property
    def faces(self) -> list[str]:
        return [m.expression for m in self.moves if isinstance(m, Express)]

    @property
    def gestures(self) -> list[str]:
        return [m.name for m in self.moves if isinstance(m, Gesture)]
