"""A real door on a real port, and the ways to knock at it."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

from websockets.sync.client import ClientConnection, connect

from avatar.clock import SystemClock
from avatar.events.messages import Capabilities
from avatar.io.transports.hub import Delivery
from avatar.runtime.doors import Doors
from avatar.runtime.mailbox import Inbox

CAN = Capabilities(expressions=["happy", "sad"], gestures=["wave"])
_ids = itertools.count()


def event(kind: str, id: str | None = None, **data: Any) -> str:
    """An event as text."""
    envelope = {"specversion": "1.0", "id": id or f"e{next(_ids)}", "source": "tests", "type": f"presence.{kind}"}
    return json.dumps(envelope | {"data": data})


@contextlib.contextmanager
def opened(keys: Any = None, inbox: int = 1024, **more: Any) -> Iterator[tuple[Doors, Inbox[Delivery]]]:
    """A door for one test."""
    box: Inbox[Delivery] = Inbox(inbox)
    doors = Doors(box, SystemClock(), CAN, keys=keys, **more)
    doors.listen(0)
    try:
        yield doors, box
    finally:
        doors.stop()


def dial(doors: Doors, **more: Any) -> ClientConnection:
    """A WebSocket client nobody here wrote."""
    return connect(doors.url, proxy=None, compression=None, close_timeout=0.5, **more)


def hear(socket: ClientConnection) -> dict[str, Any]:
    """The next event."""
    answer: dict[str, Any] = json.loads(socket.recv(timeout=5))
    assert (answer["specversion"], answer["source"]) == ("1.0", "presence")
    return answer


def ask(socket: ClientConnection, text: str | bytes) -> dict[str, Any]:
    """Send one, hear one."""
    socket.send(text)
    return hear(socket)


def greet(socket: ClientConnection, **more: Any) -> dict[str, Any]:
    """Say hello; the answer."""
    return ask(socket, event("hello", client="test", **more))


def post(doors: Doors, text: str | bytes, headers: dict[str, str] | None = None) -> tuple[int, dict[str, Any]]:
    """Status and answer of a POST."""
    connection = http.client.HTTPConnection("127.0.0.1", doors.port, timeout=5)
    try:
        connection.request("POST", "/v1/events", text.encode() if isinstance(text, str) else text, headers or {})
        response = connection.getresponse()
        body = response.read()
        return response.status, json.loads(body) if body.startswith(b"{") else {}
    finally:
        connection.close()


def line(doors: Doors) -> socket.socket:
    """A bare connection."""
    assert doors.port is not None
    return socket.create_connection(("127.0.0.1", doors.port), timeout=5)


def raw(doors: Doors, request: str | bytes) -> bytes:
    """The first bytes that answer a request written by hand."""
    with line(doors) as connection:
        connection.sendall(request.encode() if isinstance(request, str) else request)
        return connection.recv(4096)


def rest(connection: socket.socket, seconds: float = 5.0) -> bytes | None:
    """What comes until the other end closes; None where it did not in that time."""
    end, got = time.perf_counter() + seconds, b""
    while (left := end - time.perf_counter()) > 0:
        connection.settimeout(left)
        try:
            part = connection.recv(65536)
        except TimeoutError:
            return None
        except OSError:
            return got
        if not part:
            return got
        got += part
    return None


def settles(condition: Callable[[], bool], seconds: float = 3.0) -> bool:
    """Whether it comes true in that time."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()
