"""Carries messages between a running engine and a program beside it, through one of ``io/adapters``.

One connection to each; when either goes, both are closed, and both are tried again with a growing pause and a new
adapter: nothing of before is said again. A program on another machine is spoken to only where the person has consented
to that host, which is asked before each connection and twice a second while it lasts.
"""

from __future__ import annotations

import asyncio
import contextlib
import difflib
import json
import os
import signal
import socket
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from ..errors import OutputError, PortError, UsageError
from ..io.adapters.aiavatarkit import AiAvatarKit
from ..io.adapters.base import Adapter, GarbageError
from ..io.adapters.obs import Obs
from ..io.adapters.open_llm_vtuber import OpenLlmVtuber
from ..io.adapters.pipecat_rtvi import PipecatRtvi
from ..io.adapters.vtube_studio import VTubeStudio, announced
from .adapter_line import LARGEST, Joint, Line, Over, event, local

CONNECT_S: Final = 5.0
LONGEST_S: Final = 10.0
"""Between two attempts, seconds."""
DISCOVERY_PORT: Final = 47779


def checked(url: str) -> str:
    """A WebSocket's address. Raises UsageError."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("ws", "wss") and bool(parts.hostname) and not parts.username and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"'{url[:100]}': write an address as in ws://127.0.0.1:4455")
    return url


def adapt(joint: Joint, typed: bool = False) -> None:
    """Carry until the person ends it (SIGINT, SIGTERM). typed : lines of standard input go to the program.

    Raises UsageError (no consent, no address) and PortError (the program or the engine refuses for good).
    """
    checked(joint.url)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_until_stopped(joint, typed))


async def _until_stopped(joint: Joint, typed: bool) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):
            loop.add_signal_handler(number, stop.set)
    lines: asyncio.Queue[str] = asyncio.Queue()
    if typed:
        threading.Thread(target=_read, args=(loop, lines), name="typed", daemon=True).start()
    await carry(joint, stop, lines)


def _read(loop: asyncio.AbstractEventLoop, lines: asyncio.Queue[str]) -> None:
    for text in sys.stdin:
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(lines.put_nowait, text.rstrip("\n"))


async def carry(joint: Joint, stop: asyncio.Event, lines: asyncio.Queue[str] | None = None) -> None:
    """``adapt`` in a loop that runs already, until ``stop`` is set."""
    attempt, wait, said = 0, joint.first, ""
    while not stop.is_set():
        _consent(joint)
        adapter = joint.make(uuid.uuid4().hex[:6], attempt)
        over = await _session(joint, adapter, stop, lines or asyncio.Queue())
        if over.final:
            raise PortError(f"{adapter.NAME}: {over.reason}")
        if stop.is_set():
            return
        attempt, wait = (attempt, joint.first) if over.ready else (attempt + 1, wait)
        if over.ready or over.reason != said:
            joint.tell(f"{adapter.NAME}: {over.reason}; trying again")
        said = over.reason
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), wait)
        wait = min(LONGEST_S, 2 * wait)


def _consent(joint: Joint) -> None:
    host = urlsplit(joint.url).hostname or ""
    if not local(joint.url) and not joint.allowed(host):
        raise UsageError(
            f"{joint.url} is on another machine, which would be told what the companion says and shows; to allow it: "
            f"avatar consent grant remote-adapter {host}"
        )


async def _session(joint: Joint, adapter: Adapter, stop: asyncio.Event, lines: asyncio.Queue[str]) -> Over:
    """One connection to each side, until either ends."""
    async with contextlib.AsyncExitStack() as stack:
        try:
            engine = await stack.enter_async_context(
                connect(joint.engine, open_timeout=CONNECT_S, close_timeout=0.5, proxy=None, compression=None)
            )
            welcome = await asyncio.wait_for(_greet(engine, joint.token(), adapter), CONNECT_S)
        except (ValueError, KeyError, TypeError):
            return Over(f"what answers at {joint.engine} is no engine")
        except (OSError, WebSocketException):
            return Over(f"no engine answers at {joint.engine}: start one with 'avatar run'")
        if welcome["type"] != "presence.welcome":
            refused = welcome["data"]
            return Over(f"the engine refuses: {refused['message']}", final=refused["code"] == "not_authorised")
        adapter.welcome(welcome["data"]["capabilities"])
        protocols = [Subprotocol(adapter.SUBPROTOCOL)] if adapter.SUBPROTOCOL else None
        try:
            peer = await stack.enter_async_context(
                connect(
                    joint.url,
                    open_timeout=CONNECT_S,
                    close_timeout=0.5,
                    proxy=None,
                    compression=None,
                    subprotocols=protocols,
                    max_size=LARGEST,
                )
            )
        except InvalidStatus as error:
            return Over(f"{joint.url} refuses with status {error.response.status_code}")
        except TimeoutError:
            return Over(f"{joint.url} does not answer within {CONNECT_S:g} s")
        except (OSError, WebSocketException) as error:
            words = getattr(error, "strerror", None) or type(error).__name__
            return Over(f"nothing answers at {joint.url} ({words})")
        return await Line(joint, adapter, engine, peer).run(stop, lines)


async def _greet(engine: ClientConnection, token: str | None, adapter: Adapter) -> dict[str, Any]:
    data: dict[str, Any] = {"client": f"avatar adapter {adapter.NAME}", "scopes": list(adapter.SCOPES)}
    data |= ({"token": token} if token else {}) | ({"visemes": True} if adapter.VISEMES else {})
    await engine.send(event("hello", "presence.hello", data))
    while True:
        answer: dict[str, Any] = json.loads(await engine.recv())
        if answer["type"] in ("presence.welcome", "presence.error"):
            return answer


def discover(seconds: float = 5.0, port: int = DISCOVERY_PORT) -> str | None:
    """The address of a VTube Studio that says of itself where it is, on UDP; None where none does in that time, or its
    API is off. It says so every 2 s."""
    until = time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            ear.bind(("", port))
        except OSError as error:
            raise PortError(f"UDP port {port} cannot be listened on ({error.strerror})") from None
        while (left := until - time.monotonic()) > 0:
            ear.settimeout(left)
            try:
                packet, (host, _) = ear.recvfrom(65536)
                found = announced(packet)
            except (TimeoutError, GarbageError):
                continue
            if found is not None:
                return f"ws://{'127.0.0.1' if _ours(host) else host}:{found}"
    return None


def _ours(host: str) -> bool:
    """Is this one of this machine's own addresses?"""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return False
    return True


KINDS: Final[tuple[type[Adapter], ...]] = (OpenLlmVtuber, AiAvatarKit, PipecatRtvi, Obs, VTubeStudio)
"""Every adapter, those that make the companion speak first."""


def kind(name: str) -> type[Adapter]:
    """The adapter of that name. Raises UsageError, which names the others."""
    found = next((k for k in KINDS if name == k.NAME), None)
    if found is None:
        near = difflib.get_close_matches(name, [k.NAME for k in KINDS], 1, 0.5)
        guess = f"did you mean '{near[0]}'? " if near else ""
        raise UsageError(
            f"there is no adapter '{name[:40]}': {guess}the adapters are {', '.join(k.NAME for k in KINDS)}"
        )
    return found


def source(kind: type[Adapter], session: str, attempt: int) -> Adapter:
    """One of those that make the companion speak, for a new connection after so many that failed."""
    if kind is PipecatRtvi:
        return PipecatRtvi(session, binary=attempt % 2 == 1)
    return AiAvatarKit(session) if kind is AiAvatarKit else OpenLlmVtuber(session)


class Secret:
    """A program's token for the next time, in a file that only the person may read."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> str:
        """The token; "" where none is kept."""
        try:
            return self._path.read_text(encoding="ascii")[:256].strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def keep(self, secret: str) -> None:
        """Keep it, or nothing any more for "". Raises OutputError."""
        try:
            if not secret:
                self._path.unlink(missing_ok=True)
                return
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.unlink(missing_ok=True)
            with os.fdopen(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secret)
        except OSError as error:
            raise OutputError(f"{self._path}: it cannot be written ({error.strerror or error})") from None
