"""A UDP socket with a thread of its own, and where a host and port really are."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from ..errors import PortError

_LARGEST: Final = 65536
_IDLE_S: Final = 0.1
_BUFFER: Final = 1 << 18
RATE: Final = 20000.0
"""Datagrams a second that are looked at: single messages, 115 a frame at 90 frames a second, are 10350."""


def place(host: str, port: int, word: str) -> tuple[int, Any]:
    """(address family, socket address) of a host's first address. Raises PortError; word : what it is for."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    except (OSError, UnicodeError):
        raise PortError(f"{word}: there is no host '{host[:80]}'") from None
    return int(family), address


def is_local(address: Any) -> bool:
    """Does a socket address lie in this machine?"""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback
    return False


class Listener:
    """Reads datagrams and hands each to ``take(data, sender)`` in its own thread; ``idle`` is called there after each
    and ten times a second. More than ``RATE`` a second are dropped unread.

    port : where it listens; dropped : how many were too many.
    """

    def __init__(
        self,
        host: str,
        port: int,
        take: Callable[[bytes, Any], None],
        word: str,
        idle: Callable[[], None] = lambda: None,
    ) -> None:
        family, address = place(host, port, word)
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
            self._socket.bind(address)
        except OSError as error:
            self._socket.close()
            raise PortError(f"{word}: port {port} of {host} cannot be opened ({error.strerror})") from None
        self._socket.settimeout(_IDLE_S)
        self.host, self.port = self._socket.getsockname()[:2]
        self.dropped = 0
        self._take, self._idle = take, idle
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._read, name=word, daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._thread.start()

    def send(self, data: bytes, address: Any) -> None:
        """Send from the port it listens on; what cannot be sent is lost, as datagrams may be."""
        with contextlib.suppress(OSError):
            self._socket.sendto(data, address)

    def close(self) -> None:
        """Stop reading, within a fifth of a second."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join(1.0)
        self._socket.close()

    def _read(self) -> None:
        tokens, counted = RATE, time.monotonic()
        while not self._over.is_set():
            try:
                data, sender = self._socket.recvfrom(_LARGEST)
            except TimeoutError:
                self._idle()
                continue
            except OSError:  # Windows says so of an answer that nobody took
                if self._over.wait(0.01):
                    return
                continue
            now = time.monotonic()
            tokens, counted = min(RATE, tokens + (now - counted) * RATE), now
            if tokens < 1:
                self.dropped += 1
                continue
            tokens -= 1
            self._take(data, sender)
            self._idle()
