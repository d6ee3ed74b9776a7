"""The door that hears MIDI show control: a lighting desk or a sequencer gives GO, as OSC does."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Final

from ..config import Settings
from ..errors import EventError, PortError
from ..events.midi_show import Sysex, event_of
from ..io.transports.hub import Hub
from ..io.transports.memory import MemoryClient
from ..io.transports.midi import MidiInput, PygameMidi

_EVERY_S: Final = 0.004
_TOLD: Final = 8
"""Mistakes that are told; a desk that sends nothing else would fill the terminal."""


class MidiDoor:
    """Reads an input on a thread of its own, and sends what it says as events.

    name : the input's; refused : messages that asked for nothing that can be done."""

    def __init__(self, hub: Hub, source: MidiInput, tell: Callable[[str], None]) -> None:
        self._client, self._source, self._tell = MemoryClient(hub, "midi"), source, tell
        self._sysex, self._told = Sysex(), 0
        self.name, self.refused = source.name, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="midi", daemon=True)

    @property
    def broken(self) -> int:
        """Messages that were cut off or too long."""
        return self._sysex.broken

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and release the input."""
        self._over.set()
        if self._thread.ident is not None:
            self._thread.join(1.0)
        self._source.close()
        self._client.close()

    def take(self, four: bytes) -> None:
        """What came next, up to four bytes."""
        whole = self._sysex.feed(four)
        if whole is None:
            return
        try:
            asked = event_of(whole)
            if asked is None:
                return
            answer = self._client.send(asked[0], **asked[1])
            if answer["type"] == "presence.error":
                raise EventError(answer["data"]["code"], answer["data"]["message"], answer["data"].get("pointer") or "")
        except EventError as error:
            self.refused += 1
            self._told += 1
            if self._told <= _TOLD:
                self._tell(f"midi: {error}")

    def _run(self) -> None:
        while not self._over.wait(_EVERY_S):
            try:
                for four in self._source.read():
                    self.take(four)
            except PortError as error:
                self._tell(f"note: {error}")
                return


def open_midi(
    settings: Settings,
    hub: Hub,
    stack: contextlib.ExitStack,
    tell: Callable[[str], None],
    opened: Callable[[str], MidiInput] = PygameMidi,
) -> None:
    """MIDI show control as the run asks for it. Raises PortError."""
    if settings.midi is None:
        return
    door = MidiDoor(hub, opened(settings.midi), tell)
    stack.callback(door.close)
    door.start()
    tell(f"midi: show control from '{door.name}'")
