"""When events take effect: at their moment, in the order sent, once, and not at all when they are called off."""

from __future__ import annotations

import json
from typing import Any

import pytest
from event_scene import Scene

from avatar.errors import EventError
from avatar.events.codec import decode
from avatar.events.gate import MOST_WAITING
from avatar.io.transports import hub
from avatar.io.transports.hub import Delivery
from avatar.io.transports.memory import MemoryClient
from avatar.runtime.agenda import Agenda
from avatar.runtime.mailbox import Inbox
from avatar.types import Gesture


def delivery(kind: str, id: str, session: str = "s", source: str = "t", **data: Any) -> Delivery:
    envelope = {"specversion": "1.0", "id": id, "source": source, "type": f"presence.{kind}", "data": data}
    return Delivery(decode(json.dumps(envelope)), session, lambda error: None)


def test_each_type_waits_for_its_moment_to_the_picture() -> None:
    inbox: Inbox[Delivery] = Inbox()
    agenda = Agenda(inbox)
    inbox.put(delivery("crisis", "b", at=2.0))
    inbox.put(delivery("move", "a", anchor="beside", at=1.0))
    inbox.put(delivery("caption", "now", text="x"))
    assert [d.event.id for _, d in agenda.take(0.5)] == ["now"]
    assert agenda.take(0.99) == []
    assert [d.event.id for _, d in agenda.take(1.0)] == ["a"]
    assert len(agenda) == 1
    assert [d.event.id for _, d in agenda.take(5.0)] == ["b"]


def test_equal_moments_keep_the_order_in_which_they_were_sent_and_the_late_come_before_the_new() -> None:
    inbox: Inbox[Delivery] = Inbox()
    agenda = Agenda(inbox)
    for k in range(50):
        inbox.put(delivery("gesture", str(k), name="wave", at=1.0))
    assert agenda.take(0.0) == []
    inbox.put(delivery("gesture", "new", name="wave"))
    inbox.put(delivery("gesture", "past", name="wave", at=0.5))
    assert [d.event.id for _, d in agenda.take(1.0)] == [*map(str, range(50)), "new", "past"]


def test_words_of_an_utterance_that_waits_wait_with_it() -> None:
    inbox: Inbox[Delivery] = Inbox()
    agenda = Agenda(inbox)
    inbox.put(delivery("say.delta", "1", utterance="u", text="one ", at=1.0))
    inbox.put(delivery("say.delta", "2", utterance="u", text="two", final=True))
    inbox.put(delivery("say.delta", "other", source="other", utterance="u", text="mine"))
    assert [d.event.id for _, d in agenda.take(0.1)] == ["other"]
    inbox.put(delivery("say.delta", "3", utterance="u", text=" three", at=0.5))
    assert agenda.take(0.5) == []
    assert [d.event.id for _, d in agenda.take(1.0)] == ["1", "2", "3"]
    inbox.put(delivery("say.delta", "4", utterance="u", text="four"))
    assert [d.event.id for _, d in agenda.take(1.1)] == ["4"]


def test_what_waits_is_bounded_in_number_at_the_door_and_in_size_behind_it() -> None:
    scene = Scene()
    for _ in range(MOST_WAITING):
        assert scene.client.send("presence.gesture", name="nod", at=5.0)["type"] == "presence.ack"
    refused = scene.client.send("presence.gesture", name="nod", at=5.0)["data"]
    assert (refused["code"], refused["pointer"]) == ("rate_limited", "/data/at")
    assert scene.client.send("presence.gesture", name="nod")["type"] == "presence.ack"
    other = MemoryClient(scene.doors.hub, "other")
    assert other.send("presence.gesture", name="nod", at=5.0)["type"] == "presence.ack"
    scene.run(6.0)
    assert scene.client.send("presence.gesture", name="nod", at=9.0)["type"] == "presence.ack"

    errors: list[EventError] = []
    inbox: Inbox[Delivery] = Inbox()
    agenda = Agenda(inbox)
    for k in range(8):
        big = delivery("say.delta", str(k), utterance="u", text="x" * 1_000_000, at=1.0)
        inbox.put(Delivery(big.event, "s", errors.append))
    agenda.take(0.0)
    assert [e.code for e in errors] == ["rate_limited"] * len(errors)
    assert 0 < len(errors) < 8
    assert len(agenda.take(1.0)) == 8 - len(errors)


def test_a_repeat_is_harmless_while_it_waits_and_after_and_from_a_new_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene()
    assert scene.client.send("presence.gesture", id="g", name="nod", at=2.0)["type"] == "presence.ack"
    scene.run(0.1)
    monkeypatch.setattr(hub, "_REMEMBERED", 8)
    for k in range(20):  # so many others that the door itself has forgotten the first
        scene.client.send("presence.weights", id=f"w{k}", expressions={"aa": 0.5})
    assert ("memory", "g") not in scene.doors.hub._seen
    scene.client.close()
    again = MemoryClient(scene.doors.hub, "memory")
    assert again.send("presence.gesture", id="g", name="nod", at=2.0)["type"] == "presence.ack"
    scene.run(3.0)
    assert again.send("presence.gesture", id="g", name="nod", at=2.0)["type"] == "presence.ack"
    scene.run(1.0)
    assert [c for _, c in scene.moves if isinstance(c, Gesture)] == [Gesture("nod")]


@pytest.mark.parametrize("how", [{}, {"utterance": "u"}])
def test_an_interrupt_calls_off_speech_that_waits_and_nothing_else(how: dict[str, str]) -> None:
    scene = Scene()
    scene.client.send("presence.say", text="one", utterance="u", at=1.0)
    scene.client.send("presence.say.delta", text="two. ", utterance="v", at=1.0)
    scene.client.send("presence.gesture", name="nod", at=1.0)
    scene.run(0.1)
    assert scene.client.send("presence.interrupt", **how)["type"] == "presence.ack"
    scene.client.send("presence.say", text="three", at=1.0)
    scene.client.send("presence.say.delta", text="four", utterance="v", final=True)
    scene.run(3.0)
    assert scene.talk.spoken == (["three"] if not how else ["two. four", "three"])
    assert [e["data"]["utterance"] for e in scene.of("presence.speech.interrupted")] == (
        ["u", "v"] if not how else ["u"]
    )
    assert [c for _, c in scene.moves if isinstance(c, Gesture)] == [Gesture("nod")]


def test_an_interrupt_that_waits_itself_stops_only_what_was_sent_before_it() -> None:
    scene = Scene()
    scene.client.send("presence.say", text="one two three four five six seven", utterance="u")
    scene.client.send("presence.say", text="never", at=2.0)
    scene.client.send("presence.interrupt", at=1.0)
    scene.client.send("presence.say", text="eight", at=1.0)
    scene.run(3.0)
    assert scene.talk.spoken == ["one two three four five six seven", "eight"]


def test_a_client_that_leaves_takes_what_it_would_have_set_and_leaves_what_it_ordered() -> None:
    scene = Scene()
    guest = MemoryClient(scene.doors.hub, "guest")
    guest.send("presence.express", expression="happy", intensity=1, at=1.0)
    guest.send("presence.gaze", target="away", at=1.0)
    guest.send("presence.weights", expressions={"aa": 1}, at=1.0)
    guest.send("presence.gesture", name="nod", at=1.0)
    guest.send("presence.say", text="one", at=1.0)
    scene.run(0.1)
    guest.close()
    scene.run(2.0)
    assert [c for _, c in scene.moves] == [Gesture("nod")]
    assert scene.talk.spoken == ["one"]


def test_events_of_one_source_take_effect_in_the_order_sent_a_say_after_a_stream_too() -> None:
    scene = Scene()
    scene.client.send("presence.say.delta", utterance="u", text="one two")
    scene.client.send("presence.say", utterance="v", text="three")
    scene.client.send("presence.say.delta", utterance="u", text=" four. ", final=True)
    scene.client.send("presence.say", utterance="w", text="five")
    scene.run(4.0)
    assert scene.talk.spoken == ["one two four. ", "three", "five"]
