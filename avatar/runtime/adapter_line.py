"""One connection between an engine and a program beside it: what either sends goes through the adapter, in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from ..io.adapters.base import Adapter, End, GarbageError, Keep, Step, Tell, ToEngine, ToPeer

LARGEST: Final = 8 << 20
"""Bytes of a program's message; a longer one ends the connection unread."""
GARBAGE: Final = 32
"""Messages in a row that cannot be read, before the connection is closed."""
RATE: Final = 1000.0
"""Messages a second that are read of a program, and their burst; a large one counts as several (16 KiB each). What is
more waits with the program: the engine takes twice as much."""
_COST_BYTES: Final = 16384
SEND_S: Final = 5.0
TICK_S: Final = 0.02
ASK_S: Final = 0.5


@dataclass(slots=True)
class Joint:
    """What is joined. make : an adapter for a new connection, of its name and the number of attempts that failed; url :
    the program's address; engine : the companion's; tell : says a line to the person; allowed : has the person
    consented to this host?; token : for the engine, asked before each connection; keep : puts a secret away; first :
    seconds before the second attempt."""

    make: Callable[[str, int], Adapter]
    url: str
    engine: str
    tell: Callable[[str], None]
    allowed: Callable[[str], bool]
    token: Callable[[], str | None] = lambda: None
    keep: Callable[[str], None] = lambda secret: None
    first: float = 0.5


@dataclass(slots=True)
class Over:
    """How a connection ended. ready : it had been one; final : there is no use in another."""

    reason: str
    ready: bool = False
    final: bool = False


def local(url: str) -> bool:
    """Is this address on this machine?"""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or (host.startswith("127.") and host.count(".") == 3)


@dataclass(slots=True)
class Line:
    """Both connections while they last."""

    joint: Joint
    adapter: Adapter
    engine: ClientConnection
    peer: ClientConnection
    over: Over | None = None
    joined: bool = False
    garbage: int = 0
    sent: dict[str, tuple[str, str | None]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self, stop: asyncio.Event, lines: asyncio.Queue[str]) -> Over:
        jobs = [self._of_peer(), self._of_engine(), self._time(), self._typed(lines), stop.wait()]
        tasks = [asyncio.ensure_future(job) for job in jobs]
        try:
            await self._take(self.adapter.opened)
            if self.over is None:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            over = self.over or Over("it is ended")
            over.ready = self.joined
            return over
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(ConnectionClosed, TimeoutError):
                for step in self.adapter.closed():
                    with contextlib.suppress(ConnectionClosed):
                        await self._do(step)

    async def _of_peer(self) -> None:
        tokens, counted = RATE, time.monotonic()
        while self.over is None:
            try:
                message = await self.peer.recv()
            except ConnectionClosed as error:
                self._peer_gone(error)
                return
            cost = 1.0 + len(message) / _COST_BYTES
            now = time.monotonic()
            tokens, counted = min(RATE, tokens + (now - counted) * RATE) - cost, now
            if tokens < 0:
                await asyncio.sleep(-tokens / RATE)
            await self._take(lambda message=message: self.adapter.peer(message))  # type: ignore[misc]

    async def _of_engine(self) -> None:
        while self.over is None:
            try:
                event = json.loads(await self.engine.recv())
            except ConnectionClosed:
                self.over = Over("the engine is gone")
                return
            kind, data = event["type"], event["data"]
            if kind == "presence.ack":
                self.sent.pop(data["id"], None)
                continue
            if kind == "presence.error":
                refused, utterance = self.sent.pop(str(data["id"]), ("", None))
                data = {**data, "refused": refused, "utterance": utterance}
                self._tell_refusal(refused, data)
            await self._take(lambda kind=kind, data=data: self.adapter.engine(kind, data))  # type: ignore[misc]

    async def _time(self) -> None:
        began, asked = time.monotonic(), 0.0
        far = not local(self.joint.url)
        while self.over is None:
            now = time.monotonic()
            if not self.adapter.ready and now - began > self.adapter.patience:
                self.over = Over(f"what answers at {self.joint.url} does not speak as {self.adapter.NAME} does")
                return
            if far and now - asked > ASK_S:
                asked = now
                if not self.joint.allowed(urlsplit(self.joint.url).hostname or ""):
                    self.over = Over("the consent to its machine is withdrawn")
                    return
            await self._take(lambda now=now: self.adapter.tick(now))  # type: ignore[misc]
            await asyncio.sleep(TICK_S)

    async def _typed(self, lines: asyncio.Queue[str]) -> None:
        while self.over is None:
            text = await lines.get()
            if self.adapter.ready:
                await self._take(lambda text=text: self.adapter.typed(text))  # type: ignore[misc]

    async def _take(self, make: Callable[[], Iterable[Step]]) -> None:
        """Have the adapter say what is to be done, and do it, before anything else is."""
        async with self.turn:
            try:
                steps = list(make())
                self.garbage = 0
            except GarbageError as error:
                self.garbage += 1
                self._once(f"a message was left out: {error}")
                if self.garbage >= GARBAGE:
                    self.over = Over(f"{GARBAGE} messages in a row could not be read")
                return
            if self.adapter.ready and not self.joined:
                self.joined = True
                self.joint.tell(f"{self.adapter.NAME}: joined {self.joint.url}")
            try:
                for step in steps:
                    await self._do(step)
            except TimeoutError:
                self.over = self.over or Over("it does not read what is sent to it")
            except ConnectionClosed as error:
                if self.peer.close_code is not None:
                    self._peer_gone(error)
                self.over = self.over or Over("the engine is gone")

    async def _do(self, step: Step) -> None:
        match step:
            case ToEngine(kind, data):
                name = uuid.uuid4().hex
                if len(self.sent) < 4096:
                    self.sent[name] = kind, data.get("utterance")
                await asyncio.wait_for(self.engine.send(event(name, kind, data)), SEND_S)
            case ToPeer(message):
                await asyncio.wait_for(self.peer.send(message), SEND_S)
            case Tell(text):
                self.joint.tell(f"{self.adapter.NAME}: {text}")
            case Keep(secret):
                self.joint.keep(secret)
            case End(reason, final):
                self.over = Over(reason, final=final)

    def _peer_gone(self, error: ConnectionClosed) -> None:
        code = self.peer.close_code or 0
        if code in self.adapter.CLOSED:
            self.over = self.over or Over(self.adapter.CLOSED[code], final=True)
        elif error.sent is not None and error.sent.code == 1009:
            self.over = self.over or Over(f"a message was larger than {LARGEST >> 20} MiB, and it was let go")
        else:
            self.over = self.over or Over("the connection is lost" if self.joined else "it closes the connection")

    def _tell_refusal(self, refused: str, data: Mapping[str, Any]) -> None:
        if refused != "presence.speech.timing" and data["code"] != "unknown_utterance":
            self._once(f"the engine refuses '{refused}' ({data['code']}): {data['message']}")

    def _once(self, text: str) -> None:
        if text not in self.refused and len(self.refused) < 64:
            self.refused.add(text)
            self.joint.tell(f"{self.adapter.NAME}: {text}")


def event(name: str, kind: str, data: Mapping[str, Any]) -> str:
    return json.dumps({"specversion": "1.0", "id": name, "source": "avatar-adapter", "type": kind, "data": data})
