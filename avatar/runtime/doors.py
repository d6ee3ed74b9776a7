"""The doors of one engine: opens them, runs their threads, and carries events between them and the engine's Inbox."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import BinaryIO, Final

import uvicorn

from ..clock import Clock
from ..errors import EventError, PortError
from ..events.gate import Gate
from ..events.messages import Capabilities, Data, Scope
from ..io.transports.hub import Delivery, Hub
from ..io.transports.memory import MemoryClient
from ..io.transports.stdio import StdioDoor
from ..io.transports.websocket import FRAME_LIMIT, PATH, AbortableProtocol, create_app
from .mailbox import Inbox

HOST: Final = "127.0.0.1"
HANDLED: Final = frozenset(
    (
        *("presence.say", "presence.interrupt", "presence.express", "presence.gesture", "presence.gaze"),
        *("presence.companion", "presence.move", "presence.prop"),
        *("presence.say.delta", "presence.speech.audio", "presence.speech.timing"),
    )
)
CUES: Final = frozenset(("presence.cue.go", "presence.cue.hold", "presence.cue.back", "presence.cue.goto"))
"""What is acted on besides while a ceremony is performed."""
_START_S, _STOP_S = 5.0, 0.9


class Doors:
    """All the ways events come in and go out.

    inbox : accepted events are put here, in order, as ``Delivery``; a full one refuses with rate_limited.
    clock : the engine's; capabilities : the names told to clients and checked (empty list = unchecked);
    handled : inbound types the engine acts on, others are refused as not_ready; tokens : token -> scopes, where
    clients need one; origins : web origins that may connect.
    """

    def __init__(
        self,
        inbox: Inbox[Delivery],
        clock: Clock,
        capabilities: Capabilities | None = None,
        handled: Iterable[str] = HANDLED,
        tokens: Mapping[str, Iterable[Scope]] | None = None,
        origins: Iterable[str] = (),
    ) -> None:
        self._inbox = inbox
        self._gate = Gate(handled, capabilities or Capabilities())
        self._gate_lock = threading.Lock()
        self.hub = Hub(self._deliver, clock, self._gate.capabilities, tokens)
        self._origins = tuple(origins)
        self._server: uvicorn.Server | None = None
        self._threads: list[threading.Thread] = []
        self._stdio: StdioDoor | None = None
        self.port: int | None = None

    @property
    def url(self) -> str:
        """Where the WebSocket door listens."""
        return f"ws://{HOST}:{self.port}{PATH}"

    def announce(self, capabilities: Capabilities) -> None:
        """Replace the names told to clients and checked: the companion or the voice has changed."""
        with self._gate_lock:
            self._gate.capabilities = self.hub.capabilities = capabilities

    def publish(self, news: Data) -> None:
        """Send news to every client it is for. Any thread; never blocks on a client."""
        with self._gate_lock:
            self._gate.observe(news)
        self.hub.broadcast(news)

    def memory(self) -> MemoryClient:
        """A client inside this process."""
        return MemoryClient(self.hub)

    def listen(self, port: int) -> None:
        """Open the network door on 127.0.0.1; 0 picks a free port (see ``port``). Raises PortError when it cannot."""
        sock = _bind(port)
        self.port = sock.getsockname()[1]
        config = uvicorn.Config(
            create_app(self.hub, self._origins),
            http=AbortableProtocol,
            ws="websockets-sansio",
            ws_max_size=FRAME_LIMIT,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=0,
        )
        server = self._server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([sock],), name="doors", daemon=True)
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

    def _deliver(self, delivery: Delivery) -> None:
        with self._gate_lock:
            self._gate.admit(delivery.event)
            if not self._inbox.put(delivery):
                raise EventError("rate_limited", "the engine is too far behind", "", delivery.event.id)


def _bind(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if sys.platform == "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOST, port))
        sock.listen(64)
    except OSError as error:
        sock.close()
        reason = "is in use" if error.errno in _IN_USE else f"cannot be opened ({error.strerror})"
        raise PortError(f"port {port} {reason}: choose another with --port, or 0 for any free one") from None
    return sock


_IN_USE: Final = (48, 98, 10048)  # EADDRINUSE on macOS, Linux, Windows
