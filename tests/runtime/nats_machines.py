"""A real NATS server, a stage and displays without pictures, on clocks that move when told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("nats", reason="the extra 'nats' is not installed")

from avatar.clock import ManualClock
from avatar.errors import UsageError
from avatar.events.messages import Capabilities
from avatar.events.show import Record
from avatar.io.transports.hub import Delivery
from avatar.io.transports.nats import address
from avatar.io.transports.nats_server import program
from avatar.io.voice.playback import open_device
from avatar.runtime.conversation import Conversation
from avatar.runtime.display import Actor, Follower
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox
from avatar.runtime.nats_door import StageShow
from avatar.runtime.nats_server import OwnServer
from avatar.runtime.speaking import Speaker
from avatar.speech.visemes import track
from avatar.types import Command, Phone, Speech

WORD_S = 0.3
PATIENCE_S = 20.0
NAMES = Capabilities(expressions=["happy", "sad", "neutral"], gestures=["wave", "nod"])


def until(true: Callable[[], Any], what: str) -> None:
    """Wait for something that another thread does; give up after a long while."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.01)


class Drum:
    """A voice that says each word as one open vowel of 0.3 s."""

    def warm(self) -> None:
        pass

    def speaks(self, language: str | None) -> bool:
        return True

    def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
        count = len(text.split())
        phones = tuple(Phone("AA", k * WORD_S, (k + 1) * WORD_S, 1, k) for k in range(count))
        sound = np.full(round(24000 * WORD_S * count), 0.1, np.float32)
        return Speech(utterance, caption or text, sound, 24000, track(phones, WORD_S * count))


class Engine:
    """What both sides have: doors, a voice, a conversation."""

    def __init__(self, clock: Any, tokens: dict[str, Any] | None = None) -> None:
        self.clock = clock
        self.inbox: Inbox[Delivery] = Inbox()
        self.speaker = Speaker(clock, open_device(clock, "none"), lambda name: Drum(), sync=True)
        self.doors = Doors(self.inbox, clock, NAMES, keys=tokens)
        self.talk = Conversation(
            self.inbox, self.speaker, self.doors.publish, "Hikari", NAMES.expressions, NAMES.gestures
        )
        self.done: list[tuple[float, Command]] = []
        self.mouths: dict[float, float] = {}

    def step(self) -> None:
        now = self.clock.now()
        self.done += [(now, command) for command in self.talk.step(now)]
        mouth = np.zeros(15, np.float32)
        self.speaker.mouth(now, mouth)
        self.mouths[round(now, 3)] = float(mouth[1:].max())


class Director(Engine):
    """The stage."""

    def __init__(self, server: OwnServer, observe: bool = False, tokens: dict[str, Any] | None = None) -> None:
        self.base = ManualClock(3.0)
        super().__init__(self.base, tokens)
        self.told: list[str] = []
        self.show = StageShow(
            self.doors.hub, self.base, lambda: address(server.url), server_stage(server), self.told.append, observe
        )
        self.show.start()
        self.doors.show = self.show
        self.client = self.doors.memory()
        until(lambda: self.show.writer.waiting == 0 or self.told, "the stage is on the server")

    def send(self, kind: str, **data: Any) -> None:
        answer = self.client.send(f"presence.{kind}", **data)
        assert answer["type"] == "presence.ack", answer

    def settle(self) -> None:
        until(lambda: self.show.writer.waiting == 0, "the server has every record")


class Screen(Engine):
    """A display. acts : every record that it was given."""

    def __init__(self, server: OwnServer, start: float = 0.0) -> None:
        self.base = ManualClock(start)
        self.told: list[str] = []
        self.acts: list[Record] = []
        self.follower = Follower(self.base, lambda: address(server.guest_url), server_stage(server), self.told.append)
        super().__init__(self.follower.wait())
        self.talk.joins = True
        actor = Actor(self.doors.hub, self.speaker, self.clock, self.told.append)

        def act(record: Record) -> None:
            actor.act(record)
            self.acts.append(record)

        self.follower.attach(act, frozenset(NAMES.expressions))

    def numbers(self) -> list[int]:
        return [r.number for r in self.acts if r.number > 0]


def server_stage(server: OwnServer) -> str:
    return server._stage


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnServer]:
    """One for the tests of a file; each stage begins its log anew."""
    try:
        program()
    except UsageError:
        pytest.skip("nats-server is not installed (extra 'nats')")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        own = OwnServer("hall")
        yield own
        own.close()


@pytest.fixture
def closing() -> Iterator[Callable[[Any], Any]]:
    """Gives back what it is given, and closes it in the end."""
    kept: list[Any] = []

    def keep(thing: Any) -> Any:
        kept.append(thing)
        return thing

    yield keep
    for thing in reversed(kept):
        (thing.show if isinstance(thing, Director) else thing.follower).close()
