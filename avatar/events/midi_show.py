"""MIDI show control (MSC 1.0, MIDI Manufacturers Association RP-002) as events of the contract. Pure.

A message is ``F0 7F device 02 format command data… F7``. Cue numbers are ASCII digits and points, with 00 between the
number, the list and the path; of them only the number is used.
"""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

from ..errors import EventError

Event: TypeAlias = tuple[str, dict[str, Any]]
LONGEST: Final = 128
"""Bytes of a message, as the standard has it."""
_BEGIN, _END, _REAL_TIME, _ALL, _MSC = 0xF0, 0xF7, 0xF8, 0x7F, 0x02
_TIME_BYTES: Final = 5
_NUMBER: Final = re.compile(rb"[0-9]+(?:\.[0-9]+)*")
_COMMANDS: Final = {
    0x01: "presence.cue.go",  # GO
    0x02: "presence.cue.hold",  # STOP
    0x03: "presence.resume",  # RESUME
    0x04: "presence.cue.go",  # TIMED_GO: the script has the times
    0x05: "presence.cue.goto",  # LOAD
    0x08: "presence.panic",  # ALL_OFF
    0x09: "presence.resume",  # RESTORE
    0x0B: "presence.cue.back",  # GO_OFF
    0x10: "presence.cue.go",  # GO/JAM_CLOCK
    0x12: "presence.cue.back",  # STANDBY_-
}
_NAMED: Final = ("presence.cue.go", "presence.cue.goto")


def event_of(message: bytes, device: int | None = None) -> Event | None:
    """(type, data) of a whole message; None for one that is for another device, or is no show control. device : our
    own number, 0 to 111, None = everything is for us.

    Raises EventError: bad_value for a message that is broken, missing_field for one without its cue, unknown_type for a
    command that nothing here answers to."""
    if len(message) < 2 or message[0] != _BEGIN or message[-1] != _END or len(message) > LONGEST:
        raise EventError("bad_value", f"a system exclusive message is F0 … F7, at most {LONGEST} bytes", "/")
    body = message[1:-1]
    if any(byte > 0x7F for byte in body):
        raise EventError("bad_value", "inside a system exclusive message is a byte over 7F", "/")
    if len(body) < 3 or body[0] != _ALL or body[2] != _MSC:
        return None
    if device is not None and body[1] not in (device, _ALL):
        return None
    if len(body) < 5:
        raise EventError("bad_value", "show control ends before its command", "/command")
    command, data = body[4], body[5:]
    if command not in _COMMANDS:
        raise EventError("unknown_type", f"MSC command {command:02X} does nothing here", "/command")
    if command == 0x04:
        if len(data) < _TIME_BYTES:
            raise EventError("bad_value", "TIMED_GO has a time of five bytes", "/data")
        data = data[_TIME_BYTES:]
    type, cue = _COMMANDS[command], _cue(data)
    if type == "presence.cue.goto" and cue is None:
        raise EventError("missing_field", "LOAD needs the number of a cue", "/data/cue")
    return type, {"cue": cue} if cue is not None and type in _NAMED else {}


def _cue(data: bytes) -> str | None:
    number = data.partition(b"\0")[0]
    if not number:
        return None
    if not _NUMBER.fullmatch(number):
        raise EventError("bad_value", "a cue number is digits and points, as 12 or 12.5", "/data/cue")
    return number.decode("ascii")


class Sysex:
    """Puts messages together from what PortMidi hands on: four bytes at a time, the last ones padded, with whatever
    else a desk sends in between. broken : messages that were cut off, or grew too long, and are dropped."""

    def __init__(self) -> None:
        self.broken = 0
        self._part = bytearray()

    def feed(self, four: bytes) -> bytes | None:
        """The next up to four bytes; the message that they end, or None."""
        if not four or four[0] >= _REAL_TIME:  # clock and the like may stand in the middle of a message
            return None
        if four[0] == _BEGIN:
            self._drop()
        elif not self._part:
            return None
        for byte in four:
            if byte >= 0x80 and byte not in (_END, _BEGIN):
                self._drop()
                return None
            self._part.append(byte)
            if byte == _END:
                whole = bytes(self._part)
                self._part.clear()
                return whole
            if len(self._part) >= LONGEST:
                self._drop()
                return None
        return None

    def _drop(self) -> None:
        self.broken += bool(self._part)
        self._part.clear()
