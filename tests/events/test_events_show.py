"""The show log: what is in force for somebody who comes late."""

from __future__ import annotations

import json
from typing import Any

import pytest

from avatar.errors import EventError
from avatar.events import codec, messages, show
from avatar.events.show import InForce, Record


class Log:
    """Records in the order of the calls."""

    def __init__(self) -> None:
        self.force = InForce(["happy", "sad"])
        self.number = 0

    def ask(self, kind: str, at: float, **data: Any) -> Record:
        self.number += 1
        raw = {"specversion": "1.0", "id": str(self.number), "source": "t", "type": f"presence.{kind}", "data": data}
        event = show.shifted(codec.decode(json.dumps(raw)), at)
        record = show.read(show.asked(event, "r", self.number).encode())
        self.force.add(record)
        return record

    def hear(self, what: str, utterance: str, at: float) -> Record:
        self.number += 1
        kinds = {
            "started": messages.SpeechStarted,
            "finished": messages.SpeechFinished,
            "interrupted": messages.SpeechInterrupted,
        }
        text = show.reported(kinds[what](utterance=utterance, at=at, seconds=1.0), "r", self.number)
        assert text is not None
        self.force.add(show.read(text.encode()))
        return show.read(text.encode())

    def kinds(self, now: float) -> list[str]:
        return [r.kind.removeprefix("presence.") for r in self.force.at(now)]


def test_the_last_of_each_is_in_force():
    log = Log()
    log.ask("express", 1.0, expression="sad", intensity=1.0)
    log.ask("move", 1.0, anchor="beside")
    log.ask("gaze", 1.0, target="camera")
    last = log.ask("express", 2.0, expression="happy", intensity=0.5)
    log.ask("prop", 2.0, name="ring", action="attach", to="hand:left")
    log.ask("prop", 3.0, name="ring", action="hide")
    assert log.kinds(10.0) == ["move", "gaze", "express", "prop", "prop"]
    assert last in log.force.at(10.0)


def test_what_is_over_is_not():
    log = Log()
    log.ask("gesture", 1.0, name="wave")
    log.ask("express", 1.0, expression="happy", intensity=1.0, seconds=2.0)
    assert log.kinds(1.1) == ["gesture", "express"]
    assert log.kinds(1.3) == ["express"]
    assert log.kinds(3.0) == []


def test_an_utterance_is_in_force_until_it_is_heard_out():
    log = Log()
    log.ask("say", 1.0, text="Once upon a time.", utterance="a")
    log.ask("say", 1.0, text="And then.", utterance="b")
    assert log.kinds(2.0) == ["say", "say"]
    log.hear("started", "a", 1.4)
    assert log.kinds(2.0) == ["say", "say", "speech.started"]
    log.hear("finished", "a", 3.0)
    assert log.kinds(3.0) == ["say"]
    log.hear("started", "b", 3.1)
    log.hear("interrupted", "b", 3.5)
    assert log.kinds(4.0) == []


def test_what_could_not_be_said_is_dropped_when_the_next_one_is_heard():
    log = Log()
    log.ask("say", 1.0, text="…", utterance="never")
    log.ask("say", 1.0, text="But this.", utterance="b")
    log.hear("started", "b", 2.0)
    assert [r.utterance or r.event.data.utterance for r in log.force.at(3.0)] == ["b", "b"]


@pytest.mark.parametrize(
    ("say", "shown"),
    [
        ({"text": "Well.", "expression": "happy", "intensity": 0.4}, ("happy", 0.4)),
        ({"text": "[joy] Well, [sad] not so.", "expression": "happy"}, ("sad", 1.0)),
        ({"text": "Well."}, None),
    ],
)
def test_a_spoken_text_leaves_its_expression(say, shown):
    log = Log()
    log.ask("say", 1.0, utterance="a", **say)
    log.hear("started", "a", 1.4)
    log.hear("finished", "a", 3.0)
    found = [(r.event.data.expression, r.event.data.intensity) for r in log.force.at(9.0)]
    assert found == ([shown] if shown else [])


def test_an_interrupted_one_leaves_a_neutral_face():
    log = Log()
    log.ask("say", 1.0, utterance="a", text="Well.", expression="happy")
    log.hear("started", "a", 1.4)
    log.hear("interrupted", "a", 2.0)
    assert log.kinds(3.0) == []


def test_a_new_run_forgets_everything():
    log = Log()
    log.ask("move", 1.0, anchor="beside")
    log.force.add(show.read(show.begun("s", 0.0).encode()))
    assert log.kinds(2.0) == []


def test_panic_holds_for_those_who_come_late_until_it_is_over():
    log = Log()
    log.ask("express", 1.0, expression="happy", intensity=1.0)
    log.ask("say", 1.0, text="Well.")
    log.ask("panic", 2.0)
    assert log.kinds(9.0) == ["panic"]
    log.ask("resume", 10.0)
    assert log.kinds(11.0) == []


def test_every_effect_has_a_moment_a_little_later_and_panic_has_none():
    def moment(kind: str, **data: Any) -> float:
        raw = {"specversion": "1.0", "id": "1", "source": "t", "type": f"presence.{kind}", "data": data}
        at: float = show.stamped(codec.decode(json.dumps(raw)), 5.0).data.at
        return at

    assert moment("say", text="Hi.") == 5.0 + show.LEAD_S
    assert moment("say", text="Hi.", at=4.0) == 5.0 + show.LEAD_S
    assert moment("say", text="Hi.", at=9.0) == 9.0
    assert moment("panic") == 5.0


def test_a_record_survives_its_way_and_a_broken_one_is_refused():
    log = Log()
    record = log.ask("gaze", 1.5, target="point", point=[0.0, 1.0, -1.0])
    assert show.read(show.text(record).encode()) == record
    heard = log.hear("started", "a", 2.5)
    assert show.read(show.text(heard).encode()) == heard
    for broken in (b"{", b"[]", b'{"type": "presence.say"}', b"\xff"):
        with pytest.raises(EventError):
            show.read(broken)
