"""The other end of the door: send one event to a running engine and hear its answer (``avatar send``)."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Mapping
from typing import Any, Final

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import connect

from ...errors import PortError, UsageError

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
    hello: dict[str, object] = {"client": "avatar send", "stays": True} | ({"token": token} if token else {})
    deadline = time.monotonic() + timeout
    heard: list[dict[str, Any]] = []
    try:
        with connect(url, open_timeout=timeout, close_timeout=0.5, proxy=None, compression=None) as socket:
            steps = [("presence.hello", hello)] + ([(kind, dict(data))] if kind != "presence.hello" else [])
            for step, fields in steps:
                event_id = uuid.uuid4().hex
                event = {"specversion": "1.0", "id": event_id, "source": "avatar-send", "type": step, "data": fields}
                socket.send(json.dumps(event))
                while not heard or not _answers(heard[-1], event_id, step):
                    heard.append(json.loads(socket.recv(max(0.0, deadline - time.monotonic()))))
                if heard[-1]["type"] == "presence.error":
                    break
    except TimeoutError:
        raise PortError(f"{url}: no answer within {timeout:g} s") from None
    except InvalidStatus as error:
        raise PortError(f"{url}: refused with status {error.response.status_code}") from None
    except (OSError, WebSocketException):
        raise PortError(f"{url}: no engine answers there; start one with 'avatar run'") from None
    return heard


def _answers(event: dict[str, Any], event_id: str, step: str) -> bool:
    if event["type"] == "presence.welcome":
        return step == "presence.hello"
    return event["type"] in ANSWERS and event["data"]["id"] in (event_id, None)
