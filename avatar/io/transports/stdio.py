"""The door of a child process: a line in, a line out. The parent is trusted: it need not say hello."""

from __future__ import annotations

import threading
from typing import BinaryIO

from ...errors import EventError, PortError
from ...events.codec import MAX_BYTES
from ...events.messages import SCOPES
from .hub import Hub

_TOO_LONG = MAX_BYTES + 2


class StdioDoor:
    """reader : lines of UTF-8 JSON; writer : where answers and news go, one line each."""

    def __init__(self, hub: Hub, reader: BinaryIO, writer: BinaryIO) -> None:
        self._news = threading.Event()
        session = hub.open(wake=self._news.set, scopes=SCOPES, patient=True)
        if session is None:
            raise PortError("the stdio door cannot open: too many clients are connected")
        self.session = session
        self._hub, self._reader, self._writer = hub, reader, writer

    def read(self) -> None:
        """Take events in until the other end closes; it may go on listening. Blocks: for a thread of its own."""
        while line := self._reader.readline(_TOO_LONG):
            if not line.endswith(b"\n") and len(line) == _TOO_LONG:
                while (rest := self._reader.readline(_TOO_LONG)) and not rest.endswith(b"\n"):
                    pass
                error = EventError("too_large", f"an event is at most {MAX_BYTES} bytes")
                self.session.push(self.session.refusal(error))
            elif text := line.strip():
                self.session.push(self.session.receive(text))

    def write(self) -> None:
        """Send what waits until the door closes. Blocks: for a thread of its own."""
        while True:
            self._news.wait()
            self._news.clear()
            closed = bool(self.session.closed)
            for _, text in iter(self.session.pop, None):
                try:
                    self._writer.write(text.encode() + b"\n")
                    self._writer.flush()
                except (BrokenPipeError, ValueError):
                    self._hub.close(self.session)
                    return
            if closed:
                return

    def close(self) -> None:
        """Let ``write`` end once it has sent what waits."""
        self._hub.close(self.session)
        self._news.set()
