"""The connections under the network door: what a client may do to one before, beside and beneath its events.

uvicorn's protocols with an end to everything: a head that never comes whole, a peer that is gone without a word, pings
that nobody reads the answers of, a message in endless pieces, more connections than anybody needs.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import Any, Final

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

CONNECTIONS: Final = 64
HEAD_S: Final = 8.0
"""How long a connection may be without a whole request: at its beginning, and after each answer."""
PEER_S: Final = 15
"""Seconds after which a peer that acknowledges nothing is gone."""
PIECES: Final = 1024
_UNREAD: Final = 1 << 20


class HttpLine(H11Protocol):
    """One connection. The application can cut it: ``scope["state"]["abort"]()``."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, unless there are too many."""
        self.app_state = {**self.app_state, "abort": transport.abort}
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()
            return
        watch_peer(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._stop_waiting()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Bytes came: a request may be whole now."""
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop_waiting()

    def handle_websocket_upgrade(self, event: Any) -> None:
        """It is a WebSocket from here on."""
        self._stop_waiting()
        super().handle_websocket_upgrade(event)
        protocol = self.transport.get_protocol()
        if isinstance(protocol, SocketLine) and not protocol.handshake_initiated:
            self.transport.abort()  # a head that its parser gave up on: nothing would ever follow

    def on_response_complete(self) -> None:
        """An answer is out."""
        self._wait()
        super().on_response_complete()

    def _wait(self) -> None:
        self._stop_waiting()
        self._deadline = self.loop.call_later(HEAD_S, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()


Take = Callable[[str | bytes, bool], str | None]
"""A message, and whether the peer reads what is sent to it; the text to send back at once, if any."""


class SocketLine(WebSocketsSansIOProtocol):
    """A WebSocket. Once it is accepted, the application may take its messages where they are read, without a queue and
    a task between: ``scope["state"]["direct"](take)``. That is a fifth of the time, which the pictures get."""

    _take: Take | None = None

    def handle_connect(self, event: Any) -> None:
        """The request for it."""
        self.app_state = {**self.app_state, "direct": self._direct}
        super().handle_connect(event)

    def data_received(self, data: bytes) -> None:
        """Bytes came: all that is answered at once goes out in one piece."""
        super().data_received(data)
        if self._take is not None and (output := self.conn.data_to_send()):
            self.transport.write(b"".join(output))

    def send_receive_event_to_app(self) -> None:
        """A message is whole."""
        # What came before it may still wait in the queue, and goes first.
        if self._take is None or self.close_sent or not self.queue.empty():
            super().send_receive_event_to_app()
            return
        data, self.frames = b"".join(self.frames), []
        message: str | bytes = data
        if self.curr_msg_data_type == "text":
            try:
                message = data.decode()
            except UnicodeDecodeError:
                self.conn.send_close(1007)
                self.handle_parser_exception()
                return
        if (answer := self._take(message, self.writable.is_set())) is not None:
            self.conn.send_text(answer.encode())

    def _direct(self, take: Take) -> None:
        self._take = take

    def handle_cont(self, event: Frame) -> None:
        """A piece of a message; empty ones have no size to be limited by."""
        if len(self.frames) >= PIECES:
            self.conn.fail(1009, "too many pieces")
            self.handle_parser_exception()
            return
        super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answered, unless the answers before are not read."""
        if self.transport.get_write_buffer_size() > _UNREAD:
            self.transport.abort()
            return
        super().handle_ping()


def watch_peer(transport: asyncio.Transport) -> None:
    """Have the system notice a peer that vanished without a word, as far as it can."""
    sock = transport.get_extra_info("socket")
    if sock is None:
        return
    wanted = [("SO_KEEPALIVE", socket.SOL_SOCKET, 1)]
    tcp = {"TCP_KEEPIDLE": 5, "TCP_KEEPALIVE": 5, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 2}
    tcp["TCP_USER_TIMEOUT"] = PEER_S * 1000
    wanted += [(name, socket.IPPROTO_TCP, value) for name, value in tcp.items()]
    for name, level, value in wanted:
        option = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(level, option, value)
