"""A client's connection that stays: asks a running engine for things, and hears what becomes of them.

Asynchronous, for a program that has a loop of its own (``mcp_tools``). What the engine says unasked is taken in as it
comes, so that the engine never waits; a connection that broke is made anew when something is next asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from ...errors import EventError, PortError
from .greeting import OPENING, event, hello, told

Token: TypeAlias = str | Callable[[], str | None] | None
_REMEMBERED: Final = 64
_OVER: Final = frozenset(("presence.speech.finished", "presence.speech.interrupted"))


class Link:
    """url : of the engine's WebSocket door; client : the name it is greeted with, and the events' source; token : to
    come in with, or what finds it at each connection, for an engine makes one when it first runs; timeout : seconds an
    answer may take.

    welcome : what the engine said of itself, empty before the first connection; state : the newest of what it tells
    once a second, of its camera, and of what is being said.
    """

    def __init__(self, url: str, client: str, token: Token = None, timeout: float = 5.0) -> None:
        self.url, self._client, self._token, self._timeout = url, client, token, timeout
        self.welcome: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        self._socket: ClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()
        self._asked: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._speeches: OrderedDict[str, asyncio.Future[str]] = OrderedDict()

    async def ask(self, type: str, data: Mapping[str, Any], id: str | None = None) -> str:
        """Send one event and wait until it is taken; its id. Raises EventError as the engine refuses it, PortError
        where no engine answers."""
        await self.connected()
        event_id = id or uuid.uuid4().hex
        answer = await self._send(type, data, event_id)
        if answer["type"] == "presence.error":
            raise _refusal(answer)
        return event_id

    async def say(self, data: Mapping[str, Any], seconds: float | None) -> str:
        """Have a text spoken; ``finished`` or ``interrupted`` within ``seconds``, else ``speaking``; ``queued`` where
        nothing is waited for. Raises as ``ask`` does, also for what the engine finds out later."""
        name = str(data.get("utterance") or uuid.uuid4().hex)
        heard: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._speeches[name] = heard
        if len(self._speeches) > _REMEMBERED:
            self._speeches.popitem(last=False)
        try:
            await self.ask("presence.say", {**data, "utterance": name}, id=name)
            if seconds is None:
                return "queued"
            try:
                return await asyncio.wait_for(asyncio.shield(heard), seconds)
            except TimeoutError:
                return "speaking"
        finally:
            if heard.done():
                self._speeches.pop(name, None)
                if not heard.cancelled():
                    heard.exception()

    async def connected(self) -> dict[str, Any]:
        """The welcome, of a connection that is made where there is none. Raises EventError, PortError."""
        async with self._lock:
            if self._socket is not None:
                return self.welcome
            with told(self.url, self._timeout):
                socket = await connect(self.url, open_timeout=self._timeout, **OPENING)
            self._socket = socket
            self._reader = asyncio.create_task(self._read(socket))
            known = self._token() if callable(self._token) else self._token
            answer = await self._send("presence.hello", hello(self._client, known), uuid.uuid4().hex)
            if answer["type"] != "presence.welcome":
                await self._drop()
                raise _refusal(answer)
            self.welcome = answer["data"]
            return self.welcome

    async def close(self) -> None:
        """Leave."""
        await self._drop()

    async def _send(self, type: str, data: Mapping[str, Any], event_id: str) -> dict[str, Any]:
        socket = self._socket
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        keys = (event_id, "") if type == "presence.hello" else (event_id,)
        self._asked.update(dict.fromkeys(keys, answer))
        try:
            if socket is None:
                raise PortError(f"{self.url}: the engine has closed the connection")
            await socket.send(event(self._client, event_id, type, data))
            return await asyncio.wait_for(answer, self._timeout)
        except TimeoutError:
            raise PortError(f"{self.url}: no answer within {self._timeout:g} s") from None
        except (OSError, WebSocketException):
            raise PortError(f"{self.url}: the engine has closed the connection") from None
        finally:
            for key in keys:
                self._asked.pop(key, None)

    async def _drop(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            with contextlib.suppress(OSError, WebSocketException):
                await socket.close()
        if self._reader is not None:
            self._reader.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reader
            self._reader = None

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._hear(json.loads(text))
        except WebSocketException:
            pass
        finally:
            if self._socket is socket:
                self._socket = None
            self.state = {}
            gone = PortError(f"{self.url}: the engine has closed the connection")
            everybody: list[asyncio.Future[Any]] = [*self._asked.values(), *self._speeches.values()]
            for waiting in everybody:
                if not waiting.done():
                    waiting.set_exception(gone)
                    waiting.exception()

    def _hear(self, event: dict[str, Any]) -> None:
        kind, data = event["type"], event["data"]
        if kind in ("presence.welcome", "presence.ack", "presence.error"):
            event_id = "" if kind == "presence.welcome" else data["id"]
            answer = self._asked.get(event_id or "")
            if answer is not None and not answer.done():
                answer.set_result(event)
            elif kind == "presence.error" and (speech := self._speeches.get(event_id)) and not speech.done():
                speech.set_exception(_refusal(event))
        elif kind == "presence.stage":
            self.state.update({k: data[k] for k in ("fps", "companions") if k in data})
        elif kind == "presence.camera":
            self.state["camera"] = data["state"]
        elif kind == "presence.caption":
            self.state["caption"] = data["text"]
        elif kind == "presence.speech.started":
            self.state["speaking"] = data["utterance"]
        elif kind in _OVER:
            self.state.pop("speaking", None)
            self.state.pop("caption", None)
            if (speech := self._speeches.get(data["utterance"])) is not None and not speech.done():
                speech.set_result(kind.rpartition(".")[2])


def _refusal(answer: Mapping[str, Any]) -> EventError:
    data = answer["data"]
    return EventError(data["code"], data["message"], data.get("pointer") or "")
