"""Events become speech, movements and news, in the right order and at the right word."""

from __future__ import annotations

import numpy as np
import pytest
from event_scene import WORD_S, Drum

from avatar.clock import ManualClock
from avatar.errors import EventError
from avatar.events.messages import Capabilities
from avatar.io.transports.hub import Delivery
from avatar.io.voice.playback import open_device
from avatar.runtime.conversation import Conversation
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox
from avatar.runtime.speaking import Speaker
from avatar.types import Command, Express, Gesture, Speech


class Room:
    """A conversation with a hand on the clock."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.inbox: Inbox[Delivery] = Inbox()
        self.speaker = Speaker(self.clock, open_device(self.clock, "none"), lambda name: Drum(), sync=True)
        self.doors = Doors(self.inbox, self.clock, Capabilities(expressions=["happy"], gestures=["wave", "nod"]))
        self.talk = Conversation(
            self.inbox, self.speaker, self.doors.publish, "Hikari", ["happy", "neutral"], ["wave", "nod"]
        )
        self.client = self.doors.memory()
        self.moves: list[tuple[float, Command]] = []
        self.news: list[tuple[float, str]] = []

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 100)):
            now = self.clock.advance(0.01)
            self.moves += [(now, command) for command in self.talk.step(now)]
            self.news += [(now, event["type"]) for event in self.client.received()]

    def when(self, kind: str) -> list[float]:
        return [t for t, name in self.news if name == kind]


@pytest.fixture
def room() -> Room:
    return Room()


def test_say_is_heard_captioned_and_reported_once(room: Room) -> None:
    answer = room.client.send("presence.say", text="one two three four", utterance="u")
    assert answer["type"] == "presence.ack"
    room.run(0.5)
    assert room.talk.caption == "one two three four"
    assert room.talk.speaking
    room.run(1.5)
    assert len(room.when("presence.speech.started")) == 1
    (finished,) = room.when("presence.speech.finished")
    assert finished == pytest.approx(0.01 + 4 * WORD_S, abs=0.03)
    assert room.talk.caption == ""
    assert not room.talk.speaking
    assert room.talk.spoken == ["one two three four"]


def test_tags_act_at_their_word_and_are_neither_spoken_nor_captioned(room: Room) -> None:
    room.client.send("presence.say", text="[joy]one two <face name='joy'/> [animation:wave] three four")
    room.run(2.0)
    assert room.talk.spoken == ["one two three four"]
    first, *others = [(t, c) for t, c in room.moves if isinstance(c, Express | Gesture)]
    assert isinstance(first[1], Express)
    assert first[0] < 0.1
    waves = [t for t, c in others if isinstance(c, Gesture)]
    assert len(waves) == 1
    assert waves[0] == pytest.approx(2 * WORD_S, abs=0.15)


def test_an_expression_lasts_as_long_as_its_utterance(room: Room) -> None:
    room.client.send("presence.say", text="one two", expression="happy", intensity=0.8)
    room.run(1.0)
    (t0, on), (t1, off) = room.moves
    assert on == Express("happy", 0.8)
    assert isinstance(off, Express)
    assert off.expression == "neutral"
    assert t1 - t0 == pytest.approx(2 * WORD_S, abs=0.05)


def test_an_interrupt_stops_what_was_sent_before_it_and_nothing_that_comes_after(room: Room) -> None:
    room.client.send("presence.say", text="one two three four five six", utterance="a")
    room.run(0.5)
    room.client.send("presence.say", text="seven", utterance="b")
    room.client.send("presence.interrupt")
    room.client.send("presence.say", text="eight", utterance="c")
    room.run(0.1)
    assert len(room.when("presence.speech.interrupted")) == 2
    room.run(1.0)
    assert room.talk.spoken == ["one two three four five six", "eight"]


def test_an_interrupt_shuts_the_mouth_within_a_tenth_of_a_second(room: Room) -> None:
    room.client.send("presence.say", text="one two three four five six")
    room.run(0.5)
    before = room.speaker.mouth(room.clock.now(), np.zeros(15, np.float32)).copy()
    room.client.send("presence.interrupt")
    room.run(0.1)
    mouth = room.speaker.mouth(room.clock.now(), np.zeros(15, np.float32))
    assert before[10] > 0.5
    assert mouth[0] == pytest.approx(1.0, abs=0.01)
    assert mouth[1:].max() < 0.01


def test_at_waits_for_its_moment(room: Room) -> None:
    room.client.send("presence.gesture", name="nod", at=0.7)
    room.run(1.0)
    ((t, gesture),) = room.moves
    assert gesture == Gesture("nod")
    assert t == pytest.approx(0.7, abs=0.011)


def test_a_text_of_tags_alone_moves_without_speaking(room: Room) -> None:
    room.client.send("presence.say", text="[animation:wave]")
    room.run(0.5)
    assert [c for _, c in room.moves] == [Gesture("wave")]
    assert room.talk.spoken == []


def test_what_cannot_be_said_is_refused_to_its_sender(room: Room) -> None:
    room.client.send("presence.say", text="…!?", id="bad")
    room.run(0.1)
    assert [kind for _, kind in room.news] == ["presence.error"]


def test_unknown_names_are_refused_at_the_door(room: Room) -> None:
    answer = room.client.send("presence.gesture", name="somersault")
    assert answer["type"] == "presence.error"
    assert answer["data"]["code"] == "unknown_name"
    assert answer["data"]["pointer"] == "/data/name"


def test_a_voice_that_breaks_is_said_to_its_sender_and_the_show_goes_on(room: Room) -> None:
    class Broken(Drum):
        def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
            raise RuntimeError("no breath")

    heard: list[EventError] = []
    speaker = Speaker(room.clock, open_device(room.clock, "none"), lambda name: Broken())
    talk = Conversation(room.inbox, speaker, room.doors.publish, "Hikari", [], [])
    from avatar.types import Say

    talk.say(Say("one", "u"), heard.append)
    for _ in range(200):
        talk.step(room.clock.advance(0.01))
        if heard:
            break
        room_sleep()
    speaker.close()
    assert heard[0].code == "internal"
    assert "no breath" in str(heard[0])


def room_sleep() -> None:
    import time

    time.sleep(0.005)
