"""The door inside the process: for tests, and for a program that embeds the engine. No thread, no socket."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from ...errors import EventError
from ...events.messages import SCOPES
from .hub import Hub


class MemoryClient:
    """A client that need not greet. Everything is deterministic: answers are there when ``send`` returns."""

    def __init__(self, hub: Hub, source: str = "memory") -> None:
        session = hub.open(scopes=SCOPES, patient=True, binary=True)
        if session is None:
            raise EventError("rate_limited", "too many clients are connected")
        self.session = session
        self._hub, self._source, self._ids = hub, source, count(1)

    def send(self, type: str, id: str | None = None, **data: Any) -> dict[str, Any]:
        """Send one event; returns the whole answering event (welcome, ack or error)."""
        event = {
            "specversion": "1.0",
            "id": id or f"{self._source}-{next(self._ids)}",
            "source": self._source,
            "type": type,
            "data": data,
        }
        return self.send_text(json.dumps(event))

    def send_text(self, text: str | bytes) -> dict[str, Any]:
        """Send one event as text; returns the whole answering event."""
        answer: dict[str, Any] = json.loads(self._hub.encode(self.session.receive(text)))
        return answer

    def send_bytes(self, sound: bytes) -> dict[str, Any] | None:
        """Send the sound that an event has announced; the whole error, or None when it is taken."""
        answer = self.session.receive_bytes(sound)
        return None if answer is None else json.loads(self._hub.encode(answer))

    def received(self) -> list[dict[str, Any]]:
        """Everything broadcast since the last call, oldest first."""
        return [json.loads(text) for _, text in iter(self.session.pop, None)]

    def close(self) -> None:
        """Leave."""
        self._hub.close(self.session)
