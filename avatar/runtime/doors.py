"""The doors of one engine: opens them, runs their threads, and carries events between them and the engine's Inbox."""

from __future__ import annotations

import socket
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import BinaryIO, Final, Protocol

import uvicorn
from starlette.routing import BaseRoute

from ..clock import Clock
from ..errors import EventError, PortError
from ..events import messages
from ..events.gate import Gate
from ..events.messages import Capabilities, Data, Scope
from ..io.transports.guard import HEAD_BYTES
from ..io.transports.hub import Busy, Delivery, Hub, Session
from ..io.transports.lines import HttpLine, SocketLine
from ..io.transports.memory import MemoryClient
from ..io.transports.stdio import StdioDoor
from ..io.transports.tokens import Keys
from ..io.transports.websocket import FRAME_LIMIT, PATH, create_app
from ..spelling import LOOPBACK
from .journalling import Record
from .mailbox import Inbox

HANDLED: Final = frozenset(
    (
        *("presence.say", "presence.interrupt", "presence.express", "presence.gesture", "presence.gaze"),
        *("presence.companion", "presence.move", "presence.prop"),
        *("presence.say.delta", "presence.speech.audio", "presence.speech.timing"),
        *("presence.weights", "presence.caption", "presence.panic", "presence.resume"),
        *("presence.crisis", "presence.goodbye"),
    )
)
"""Inbound types the engine acts on: all but hello, which is the doors' own, and the cues of a ceremony."""
CUES: Final = frozenset(("presence.cue.go", "presence.cue.hold", "presence.cue.back", "presence.cue.goto"))
"""What is acted on besides while a ceremony is performed."""
_START_S, _STOP_S = 5.0, 0.9


class _Server(uvicorn.Server):
    """uvicorn's, which also looks after the sessions ten times a second."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    async def on_tick(self, counter: int) -> bool:
        self._hub.review()
        return await super().on_tick(counter)


class Show(Protocol):
    """Whoever tells displays what the engine is given, and when it takes effect."""

    def stamp(self, delivery: Delivery) -> Delivery:
        """The same with the moment of its effect."""
        ...

    def log(self, delivery: Delivery) -> None:
        """It is with the engine."""
        ...

    def report(self, news: Data) -> None:
        """The engine says so."""
        ...


class Doors:
    """All the ways events come in and go out.

    inbox : accepted events are put here, in order, as ``Delivery``; a full one refuses with rate_limited.
    clock : the engine's; capabilities : the names told to clients and checked (empty list = unchecked);
    handled : inbound types the engine acts on, others are refused as not_ready; keys : who may come in by the network,
    or token -> scopes, None = every local client; origins : web origins that may connect; on_panic : called at once
    when a panic is accepted, from any thread, before the engine has heard of it.
    """

    def __init__(
        self,
        inbox: Inbox[Delivery],
        clock: Clock,
        capabilities: Capabilities | None = None,
        handled: Iterable[str] = HANDLED,
        keys: Keys | Mapping[str, Iterable[Scope]] | None = None,
        origins: Iterable[str] = (),
        on_panic: Callable[[], None] = lambda: None,
    ) -> None:
        self._inbox, self._clock, self._on_panic = inbox, clock, on_panic
        self._gate = Gate(handled, capabilities or Capabilities())
        self._gate_lock = threading.Lock()
        self.hub = Hub(self.take, clock, self._gate.capabilities, keys)
        self.hub.closed = self._gone
        self._departed: deque[str] = deque()
        self.journal: Record | None = None
        """Told of everything that comes in and goes out, None = nobody is."""
        self._origins = tuple(origins)
        self.pages: Sequence[BaseRoute] = ()
        """Served on the network door's port, by whoever sets them before it opens; their pages may connect."""
        self._server: uvicorn.Server | None = None
        self._threads: list[threading.Thread] = []
        self._stdio: StdioDoor | None = None
        self.port: int | None = None
        self.show: Show | None = None

    @property
    def url(self) -> str:
        """Where the WebSocket door listens."""
        return f"ws://{LOOPBACK}:{self.port}{PATH}"

    def announce(self, capabilities: Capabilities) -> None:
        """Replace the names told to clients and checked: the companion or the voice has changed."""
        with self._gate_lock:
            self._gate.capabilities = self.hub.capabilities = capabilities

    def publish(self, news: Data) -> None:
        """Send news to every client it is for. Any thread; never blocks on a client."""
        with self._gate_lock:
            self._gate.observe(news)
            if self.journal is not None:
                self.journal.went(news)
            if self.show is not None:
                self.show.report(news)
        self.hub.broadcast(news)

    def halted(self, stopped: bool) -> None:
        """A panic has taken effect, or is over: until then only what belongs to it is let through."""
        with self._gate_lock:
            self._gate.halt(stopped)

    def _gone(self, session: Session) -> None:
        if not session.stays:
            self.left(session.id)

    def left(self, session: str) -> None:
        """A client has gone. Any thread."""
        with self._gate_lock:
            self._gate.left(session)
            if self.journal is not None:
                self.journal.left(session)
            self._departed.append(session)

    def departed(self) -> list[str]:
        """Names of the sessions that have ended since the last call. Whatever they sent is in the inbox already."""
        return [self._departed.popleft() for _ in range(len(self._departed))]

    def memory(self) -> MemoryClient:
        """A client inside this process."""
        return MemoryClient(self.hub)

    def listen(self, port: int, host: str = LOOPBACK) -> None:
        """Open the network door on 127.0.0.1, and on ``host`` too where that is another address of this machine; 0
        picks a free port (see ``port``). Raises PortError when it cannot."""
        sockets = [_bind(port, host)] if host in ("0.0.0.0", LOOPBACK) else [_bind(port, LOOPBACK)]
        self.port = sockets[0].getsockname()[1]
        if host not in ("0.0.0.0", LOOPBACK):
            try:
                sockets.append(_bind(self.port, host))
            except PortError:
                sockets[0].close()
                raise
        config = uvicorn.Config(
            create_app(self.hub, self._origins, host, self.pages),
            http=HttpLine,
            ws=SocketLine,
            ws_max_size=FRAME_LIMIT,
            ws_ping_timeout=None,  # who only sends need not read; a peer that vanished is the system's to notice
            ws_per_message_deflate=False,
            h11_max_incomplete_event_size=2 * HEAD_BYTES,
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=0,
        )
        server = self._server = _Server(config, self.hub)
        thread = threading.Thread(target=server.run, args=(sockets,), name="doors", daemon=True)
        thread.start()
        self._threads.append(thread)
        waited = threading.Event()
        for _ in range(int(_START_S / 0.01)):
            if server.started or not thread.is_alive():
                break
            waited.wait(0.01)
        if not server.started:
            self.stop()
            raise PortError(f"the event door on port {port} did not open")

    def serve_stdio(self, reader: BinaryIO | None = None, writer: BinaryIO | None = None) -> threading.Thread:
        """Open the door on standard input and output; the thread returned ends when the parent closes its end."""
        door = self._stdio = StdioDoor(self.hub, reader or sys.stdin.buffer, writer or sys.stdout.buffer)
        reading = threading.Thread(target=door.read, name="stdio-in", daemon=True)
        writing = threading.Thread(target=door.write, name="stdio-out", daemon=True)
        reading.start()
        writing.start()
        self._threads.append(writing)
        return reading

    def stop(self) -> None:
        """Close every door, within a second."""
        if self._stdio is not None:
            self._stdio.close()
        if self._server is not None:
            self._server.should_exit = True
        for thread in self._threads:
            thread.join(_STOP_S)
        if self._server is not None and any(thread.is_alive() for thread in self._threads):
            self._server.force_exit = True
        self._threads.clear()
        self._server = None

    def take(self, delivery: Delivery) -> None:
        """Let an event through to the engine. Raises EventError: what the stage cannot do, or has no room for."""
        event, now = delivery.event, self._clock.now()
        urgent = isinstance(event.data, messages.Panic)
        with self._gate_lock:
            try:
                self._gate.admit(event, delivery.session, now)
                if self.show is not None:
                    delivery = self.show.stamp(delivery)
                if not self._inbox.put(self._told(delivery), urgent):
                    raise Busy(event.id)
            except EventError as error:
                if self.journal is not None:
                    self.journal.refused(delivery, error)
                raise
            if self.journal is not None:
                self.journal.came(delivery)
            if self.show is not None:
                self.show.log(delivery)
        if isinstance(event.data, messages.Panic) and (event.data.at is None or event.data.at <= now):
            self._on_panic()

    def _told(self, delivery: Delivery) -> Delivery:
        """The same, and the journal is told when it is refused later."""
        if self.journal is None:
            return delivery

        def refuse(error: EventError) -> None:
            with self._gate_lock:
                if self.journal is not None:
                    self.journal.refused(delivery, error)
            delivery.refuse(error)

        return replace(delivery, refuse=refuse)


def _bind(port: int, host: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if ":" in host:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((host, port))
        sock.listen(64)
    except OSError as error:
        sock.close()
        if error.errno in _NO_ADDRESS or isinstance(error, socket.gaierror):
            raise PortError(f"host {host}: is no address of this machine") from None
        reason = "is in use" if error.errno in _IN_USE else f"cannot be opened ({error.strerror})"
        raise PortError(f"port {port} {reason}: choose another with --port, or 0 for any free one") from None
    return sock


_IN_USE: Final = (48, 98, 10048)  # EADDRINUSE on macOS, Linux, Windows
_NO_ADDRESS: Final = (49, 99, 10049)  # EADDRNOTAVAIL
