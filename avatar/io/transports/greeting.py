"""What every client says first (``client.Caller``, ``link.Link``), and how a door that does not answer is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from websockets.exceptions import InvalidStatus, WebSocketException

from ...errors import PortError

OPENING: Final[Mapping[str, Any]] = {"close_timeout": 0.5, "proxy": None, "compression": None}
"""How every connection to an engine is opened: never through a proxy, for it is this machine or the next."""


def event(source: str, event_id: str, type: str, data: Mapping[str, Any]) -> str:
    """A CloudEvent as JSON text."""
    return json.dumps({"specversion": "1.0", "id": event_id, "source": source, "type": type, "data": dict(data)})


def hello(client: str, token: str | None, scopes: list[str] | None = None) -> dict[str, Any]:
    """The first event's data."""
    return {"client": client} | ({"token": token} if token else {}) | ({"scopes": scopes} if scopes else {})


@contextmanager
def told(url: str, timeout: float) -> Iterator[None]:
    """Opening a connection in here raises PortError, which says what became of it."""
    try:
        yield
    except TimeoutError:
        raise PortError(f"{url}: no answer within {timeout:g} s") from None
    except InvalidStatus as error:
        raise PortError(f"{url}: refused with status {error.response.status_code}") from None
    except (OSError, WebSocketException, ValueError):
        raise PortError(f"{url}: no engine answers there; start one with 'avatar run'") from None
