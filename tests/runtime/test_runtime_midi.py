"""The MIDI door: a desk's bytes reach the stage as events; mistakes are told, and a cable may be pulled."""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import Any

from avatar.clock import ManualClock
from avatar.config import Settings
from avatar.errors import PortError
from avatar.io.transports.hub import Delivery
from avatar.runtime.doors import CUES, HANDLED, Doors
from avatar.runtime.mailbox import Inbox
from avatar.runtime.midi_door import MidiDoor, open_midi

GO = b"\xf0\x7f\x7f\x02\x01\x0112\xf7\x00\x00\x00"


class Fake:
    """An input that was told what comes. read_out : everything has been read; gone : the cable is pulled then."""

    name = "desk"

    def __init__(self, *messages: bytes, gone: bool = False) -> None:
        self._left = deque(m[k : k + 4] for m in messages for k in range(0, len(m), 4))
        self._gone, self.closed = gone, False
        self.read_out = threading.Event()

    def read(self) -> list[bytes]:
        found = [self._left.popleft() for _ in range(min(2, len(self._left)))]
        if not found:
            self.read_out.set()
            if self._gone:
                raise PortError("the MIDI input 'desk' is gone")
        return found

    def close(self) -> None:
        self.closed = True


def stage(handled: frozenset[str] = HANDLED | CUES) -> tuple[Doors, Inbox[Delivery]]:
    inbox: Inbox[Delivery] = Inbox()
    return Doors(inbox, ManualClock(), None, handled), inbox


def test_a_desk_gives_go_and_panic() -> None:
    doors, inbox = stage()
    panic = b"\xf0\x7f\x7f\x02\x01\x08\xf7\x00"
    source, told = Fake(GO, b"\x90\x3c\x64\x00", panic), list[str]()
    with contextlib.ExitStack() as stack:
        open_midi(Settings(midi="desk"), doors.hub, stack, told.append, lambda want: source)
        assert source.read_out.wait(10)
    assert source.closed
    assert told == ["midi: show control from 'desk'"]
    found: Any = {d.event.type: d.event.data for d in inbox.drain()}
    assert set(found) == {"presence.cue.go", "presence.panic"}
    assert found["presence.cue.go"].cue == "12"


def test_without_the_wish_no_device_is_looked_for() -> None:
    doors, _ = stage()
    with contextlib.ExitStack() as stack:
        open_midi(Settings(), doors.hub, stack, print, lambda want: (_ for _ in ()).throw(AssertionError(want)))


def test_mistakes_are_told_a_few_times_and_change_nothing() -> None:
    doors, inbox = stage(HANDLED)
    told: list[str] = []
    door = MidiDoor(doors.hub, Fake(), told.append)
    for _ in range(20):
        for k in range(0, len(GO), 4):
            door.take(GO[k : k + 4])
    door.close()
    assert inbox.drain() == []
    assert door.refused == 20
    assert len(told) == 8
    assert "presence.cue.go" in told[0]


def test_a_pulled_cable_is_told_and_ends_nothing_else() -> None:
    doors, inbox = stage()
    told = list[str]()
    done = threading.Event()

    def tell(line: str) -> None:
        told.append(line)
        done.set()

    door = MidiDoor(doors.hub, Fake(GO, gone=True), tell)
    door.start()
    assert done.wait(10)
    door.close()
    assert told == ["note: the MIDI input 'desk' is gone"]
    assert [d.event.type for d in inbox.drain()] == ["presence.cue.go"]
