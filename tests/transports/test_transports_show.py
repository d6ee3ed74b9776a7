"""Show control over OSC: each address is the contract's event, through the same hub, and only for who may."""

from __future__ import annotations

from typing import Any

import pytest
from pythonosc.osc_message import OscMessage

from avatar.clock import ManualClock
from avatar.config import Settings
from avatar.errors import EventError, UsageError
from avatar.events.messages import Capabilities
from avatar.io.transports import osc
from avatar.io.transports.hub import Delivery, Hub
from avatar.io.transports.osc import Message
from avatar.io.transports.show import ShowDoor, event_of

HERE = ("127.0.0.1", 50001)


class Stage:
    def __init__(self, *allowed: str) -> None:
        self.got: list[Delivery] = []
        self.refusal: EventError | None = None
        self.hub = Hub(self.take, ManualClock(), Capabilities())
        self.door = ShowDoor(self.hub, allowed)

    def take(self, delivery: Delivery) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.got.append(delivery)

    def send(self, address: str, *args: Any, sender: tuple[str, int] = HERE) -> list[tuple[list[Any], Any]]:
        return [(said(data), to) for data, to in self.door.take(osc.message(address, *args), sender)]


def said(data: bytes) -> list[Any]:
    message = OscMessage(data)
    return [message.address, *message.params]


@pytest.mark.parametrize(
    ("address", "args", "type", "data"),
    [
        ("/presence/say", ("Good evening.",), "say", {"text": "Good evening."}),
        ("/presence/interrupt", (), "interrupt", {}),
        ("/presence/express", ("happy", 0.5), "express", {"expression": "happy", "intensity": 0.5}),
        ("/presence/express", ("happy",), "express", {"expression": "happy", "intensity": 1.0}),
        ("/presence/gesture", ("wave",), "gesture", {"name": "wave"}),
        ("/presence/gaze", ("away",), "gaze", {"target": "away"}),
        ("/presence/gaze", ("point", 0.0, 1.0, -2), "gaze", {"target": "point", "point": [0.0, 1.0, -2.0]}),
        ("/presence/go", (), "cue.go", {}),
        ("/presence/go", (1,), "cue.go", {}),
        ("/presence/go", ("3.5",), "cue.go", {"cue": "3.5"}),
        ("/presence/hold", (), "cue.hold", {}),
        ("/presence/back", (1.0,), "cue.back", {}),
        ("/presence/goto", ("12a",), "cue.goto", {"cue": "12a"}),
        ("/presence/goto", (12,), "cue.goto", {"cue": "12"}),
        ("/presence/goto", (1.5,), "cue.goto", {"cue": "1.5"}),
        ("/presence/panic", (), "panic", {}),
        ("/presence/panic", (0.0,), "panic", {"fade": 0.0}),
        ("/presence/panic", (1.5,), "panic", {"fade": 1.5}),
        ("/presence/panic", (-1.0,), "panic", {}),
        ("/presence/panic", (float("nan"),), "panic", {}),
        ("/presence/panic", ("now",), "panic", {}),
        ("/presence/resume", (2.0,), "resume", {"fade": 2.0}),
        ("/presence/crisis", (), "crisis", {}),
        ("/presence/goodbye", (), "goodbye", {}),
        ("/go", (), "cue.go", {}),
        ("/workspace/A1-B2/go", (), "cue.go", {}),
        ("/panic", (), "panic", {}),
        ("/panicInTime", (3.0,), "panic", {"fade": 3.0}),
        ("/cue/7.1/start", (), "cue.go", {"cue": "7.1"}),
        ("/cue/7.1/load", (), "cue.goto", {"cue": "7.1"}),
        ("/hold", (), "cue.hold", {}),
        ("/pause", (), "cue.hold", {}),
        ("/workspace/A1-B2/back", (), "cue.back", {}),
        ("/playhead/previous", (), "cue.back", {}),
        ("/resume", (), "resume", {}),
        ("/stop", (), "panic", {}),
        ("/hardStop", (1,), "panic", {"fade": 1.0}),
        ("/workspace/x/cue/vows/start", (), "cue.go", {"cue": "vows"}),
    ],
)
def test_every_address_is_its_event(address: str, args: tuple[Any, ...], type: str, data: dict[str, Any]) -> None:
    assert event_of(Message(address, args)) == (f"presence.{type}", data)
    stage = Stage()
    assert stage.send(address, *args) == []  # nobody asked for an answer
    (delivery,) = stage.got
    assert delivery.event.type == f"presence.{type}"
    assert delivery.event.source == "osc"


@pytest.mark.parametrize("address", ["/presence/go", "/presence/hold", "/presence/back", "/go", "/presence/goodbye"])
@pytest.mark.parametrize("let_go", [0, 0.0, False])
def test_a_button_that_is_let_go_asks_for_nothing(address: str, let_go: Any) -> None:
    stage = Stage()
    assert stage.send(address, let_go) == []
    assert stage.got == []


@pytest.mark.parametrize(
    ("address", "args", "code", "pointer"),
    [
        ("/presence/dance", (), "unknown_type", "/type"),
        ("/presence/say", (), "missing_field", "/data/text"),
        ("/presence/say", (7,), "bad_value", "/data/text"),
        ("/presence/say", ("",), "bad_value", "/data/text"),
        ("/presence/express", ("happy", 2.0), "bad_value", "/data/intensity"),
        ("/presence/express", ("happy", "much"), "bad_value", "/data/intensity"),
        ("/presence/gaze", ("point",), "missing_field", "/data/point"),
        ("/presence/gaze", ("point", 1.0), "missing_field", "/data/point"),
        ("/presence/gaze", ("nowhere",), "bad_value", "/data/target"),
        ("/presence/goto", (), "missing_field", "/data/cue"),
        ("/presence/resume", (-1.0,), "bad_value", "/data/fade"),
        ("/presence/resume", (float("nan"),), "not_finite", "/data/fade"),
        ("/cue//start", (), "unknown_type", "/type"),
    ],
)
def test_a_mistake_is_told_with_code_and_field(address: str, args: tuple[Any, ...], code: str, pointer: str) -> None:
    stage = Stage()
    ((answer, to),) = stage.send(address, *args)
    assert answer[:4] == ["/presence/error", address, code, pointer]
    assert answer[4]
    assert to == HERE
    assert stage.got == []


def test_broken_datagrams_are_told_and_do_not_close_the_door() -> None:
    stage = Stage()
    for _ in range(100):
        ((data, _),) = stage.door.take(b"#bundle\0nonsense!!!!", HERE)
        assert said(data)[:3] == ["/presence/error", "", "bad_value"]
    stage.send("/presence/say", "still here")
    assert len(stage.got) == 1


def test_acks_go_where_they_were_asked_for() -> None:
    stage = Stage()
    assert stage.send("/presence/reply", 1) == []
    ((answer, to),) = stage.send("/presence/say", "one")
    assert answer[:2] == ["/presence/ack", "/presence/say"]
    assert answer[2] == stage.got[0].event.id
    assert to == HERE
    stage.send("/alwaysReply", 53001)
    ((answer, to),) = stage.send("/presence/say", "two")
    assert to == ("127.0.0.1", 53001)
    ((answer, to),) = stage.send("/presence/say")
    assert answer[0] == "/presence/error"
    assert to == HERE  # nothing of it was an event
    stage.send("/presence/reply", 0)
    assert stage.send("/presence/say", "three") == []
    ((answer, _),) = stage.send("/presence/reply", "here")
    assert answer[2] == "bad_value"


def test_what_cannot_be_done_after_all_is_told_later_to_who_asked() -> None:
    stage = Stage()
    stage.send("/presence/say", "one", sender=("127.0.0.1", 1111))
    stage.send("/presence/gesture", "wave", sender=("127.0.0.1", 2222))
    assert stage.door.later() == []
    stage.got[1].refuse(EventError("not_ready", "no arms", "/data/name"))
    ((data, to),) = stage.door.later()
    assert said(data) == ["/presence/error", "/presence/gesture", "not_ready", "/data/name", "no arms"]
    assert to == ("127.0.0.1", 2222)
    stage.refusal = EventError("not_ready", "there is no ceremony", "/type")
    ((answer, _),) = stage.send("/presence/go")
    assert answer[1:4] == ["/presence/go", "not_ready", "/type"]


def test_only_this_machine_and_listed_addresses_are_heard() -> None:
    stage = Stage("192.168.1.20", "fe80::1")
    for host in ("10.0.0.9", "192.168.1.21", "::2", "nonsense"):
        assert stage.send("/presence/say", "hello", sender=(host, 1)) == []
    assert stage.got == []
    assert stage.door.ignored == 4
    for host in ("127.0.0.1", "::1", "192.168.1.20", "fe80::1%eth0"):
        stage.send("/presence/say", "hello", sender=(host, 1))
    assert len(stage.got) == 4
    with pytest.raises(UsageError, match="osc-allow"):
        Settings(osc=53000, osc_host="0.0.0.0")
    with pytest.raises(UsageError, match="osc-allow 'desk'"):
        Settings(osc=53000, osc_allow=("desk",))
    assert Settings(osc=53000, osc_host="0.0.0.0", osc_allow=("192.168.1.20",)).osc_host == "0.0.0.0"


def test_it_is_told_nothing_of_the_person() -> None:
    stage = Stage()
    assert "observe" not in stage.door._session.scopes


def test_a_flood_is_limited_and_said_to_be() -> None:
    stage = Stage()
    answers = [stage.send("/presence/interrupt") for _ in range(2100)]
    assert len(stage.got) <= 2000
    assert answers[-1][0][0][2] == "rate_limited"
