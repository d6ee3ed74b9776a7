"""The other end of the door: one event and its answer (``avatar send``), or a client that stays (``avatar chat``)."""

from __future__ import annotations

import contextlib
import json
import queue
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from ...errors import PortError, UsageError
from .greeting import OPENING, event, hello, told

ANSWERS: Final = frozenset(("presence.welcome", "presence.ack", "presence.error"))


def parse_fields(pairs: Iterable[str]) -> dict[str, Any]:
    """``["text=Hello", "intensity=0.5", "interrupt=true", "offset=[0,1,0]"]`` as event data.

    Numbers, true, false, null, lists and objects are read as JSON, anything else as text; quote a value as JSON
    (``name='"7"'``) to keep it text. Raises UsageError.
    """
    data: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not key or not equals:
            raise UsageError(f"'{pair}': write key=value")
        try:
            data[key] = json.loads(value)
        except ValueError:
            data[key] = value
    return data


def send(
    url: str, type: str, data: Mapping[str, Any], timeout: float = 5.0, token: str | None = None
) -> list[dict[str, Any]]:
    """Say hello, send one event, and wait for its answer.

    type : with or without ``presence.``. Returns every event received up to and with the ack or error, the welcome
    first (a refused hello is the last). Raises PortError when nobody answers there in ``timeout`` seconds.
    """
    kind = type if type.startswith("presence.") else f"presence.{type}"
    first = hello("avatar send", token) | {"stays": True}
    deadline = time.monotonic() + timeout
    heard: list[dict[str, Any]] = []
    with told(url, timeout), connect(url, open_timeout=timeout, **OPENING) as socket:
        steps = [("presence.hello", first)] + ([(kind, dict(data))] if kind != "presence.hello" else [])
        for step, fields in steps:
            event_id = uuid.uuid4().hex
            event = {"specversion": "1.0", "id": event_id, "source": "avatar-send", "type": step, "data": fields}
            socket.send(json.dumps(event))
            while not heard or not _answers(heard[-1], event_id, step):
                heard.append(json.loads(socket.recv(max(0.0, deadline - time.monotonic()))))
            if heard[-1]["type"] == "presence.error":
                break
    return heard


class Caller:
    """A client that stays: sends events, each answered, and hears what the engine says.

    url : the WebSocket door; client : who it says it is; scopes : what it asks for, None = all that the token grants.
    ``receive`` belongs to one thread, ``send`` to any other. Raises PortError when nobody answers there, or hello is
    refused.
    """

    def __init__(
        self, url: str, client: str, token: str | None = None, scopes: list[str] | None = None, timeout: float = 5.0
    ) -> None:
        self._source, self._timeout = f"{client}-{uuid.uuid4().hex[:8]}".replace(" ", "-"), timeout
        self._waiting: dict[str, queue.SimpleQueue[dict[str, Any]]] = {}
        self._open = contextlib.ExitStack()
        with told(url, timeout):
            self._socket = self._open.enter_context(connect(url, open_timeout=timeout, **OPENING))
        try:
            self._socket.send(event(self._source, uuid.uuid4().hex, "presence.hello", hello(client, token, scopes)))
            self.welcome: dict[str, Any] = json.loads(self._socket.recv(timeout))
        except (OSError, WebSocketException, ValueError):
            self._open.close()
            raise PortError(f"{url}: no answer within {timeout:g} s") from None
        if self.welcome.get("type") != "presence.welcome":
            self._open.close()
            raise PortError(f"{url}: {self.welcome.get('data', {}).get('message', 'it is no engine')}")

    def send(self, type: str, **data: Any) -> dict[str, Any]:
        """Send one event; the whole ack or error. Raises PortError when the engine is gone, or does not answer."""
        event_id = uuid.uuid4().hex
        answer = self._waiting[event_id] = queue.SimpleQueue()
        try:
            self._socket.send(event(self._source, event_id, type, data))
            return answer.get(timeout=self._timeout)
        except (OSError, WebSocketException, queue.Empty):
            raise PortError("the engine is gone") from None
        finally:
            self._waiting.pop(event_id, None)

    def receive(self) -> Iterator[dict[str, Any]]:
        """Every event that is no answer to one just sent, until the engine or this client closes."""
        try:
            for text in self._socket:
                event = json.loads(text)
                waiting = self._waiting.get(str(event["data"].get("id"))) if event["type"] in ANSWERS else None
                if waiting is not None:
                    waiting.put(event)
                else:
                    yield event
        except (OSError, WebSocketException, ValueError):
            return

    def close(self) -> None:
        """Leave."""
        self._open.close()


def _answers(event: dict[str, Any], event_id: str, step: str) -> bool:
    if event["type"] == "presence.welcome":
        return step == "presence.hello"
    return event["type"] in ANSWERS and event["data"]["id"] in (event_id, None)
