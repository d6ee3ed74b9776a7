"""What is refused before the door looks at a request: foreign names, foreign pages, heads that are too large.

A web page from elsewhere must not reach the engine. Three things tell it apart: its ``Origin``, which a browser puts on
every WebSocket, POST and read by script (``null`` for a sandboxed frame or a file); ``Sec-Fetch-Site``, which it puts
on what carries no Origin (an image, a frame, a link); and ``Host``, which stays the page's own name when that name has
been pointed at this machine (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from ...spelling import LOOPBACK

HOSTS: Final = frozenset((LOOPBACK, "localhost", "[::1]"))
HEAD_BYTES: Final = 16 << 10
TARGET_BYTES: Final = 2 << 10
HEADERS: Final = 64


class Guard:
    """Refuses with 403, a WebSocket before its upgrade; 414 and 431 for a target or a head that is too large.

    origins : web origins that may connect; host : the address the door listens on besides loopback; pages : whether
    the application has a page of its own, which may connect: it alone is of the origin that is the door's own address.
    """

    def __init__(self, app: ASGIApp, origins: Iterable[str] = (), host: str = LOOPBACK, pages: bool = False) -> None:
        self._sites = frozenset(("none", "same-origin") if pages else ("none",))
        self._pages = pages
        self._origins = frozenset(origins)
        self._hosts = HOSTS | {_as_host(host)}
        # A name can be rebound, an address cannot: where every address is listened on, any may be named.
        self._any_address = host in ("0.0.0.0", "::")
        self._app = app
        if self._origins:
            self._app = CORSMiddleware(
                app,
                allow_origins=sorted(self._origins),
                allow_methods=("GET", "POST"),
                allow_headers=("authorization", "content-type"),
                allow_private_network=True,
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request or connection."""
        if scope["type"] in ("http", "websocket") and (refused := self._refusal(scope)) is not None:
            response = PlainTextResponse(f"{refused[1]}\n", refused[0], {"connection": "close"})
            if scope["type"] == "websocket":
                await WebSocket(scope, receive, send).send_denial_response(response)
            else:
                await response(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        if len(scope["raw_path"]) + len(scope["query_string"]) > TARGET_BYTES:
            return 414, "this address is too long"
        if len(headers) > HEADERS or sum(len(name) + len(value) for name, value in headers) > HEAD_BYTES:
            return 431, "these headers are too large"
        hosts = _values(headers, b"host")
        if len(hosts) != 1 or not self._is_ours(_without_port(hosts[0])):
            return 403, "this host name is not allowed"
        origins = _values(headers, b"origin")
        own = f"http://{hosts[0].lower()}" if self._pages else None
        if any(origin not in self._origins and origin != own for origin in origins):
            return 403, "this origin is not allowed"
        if not origins and any(site not in self._sites for site in _values(headers, b"sec-fetch-site")):
            return 403, "a web page may not ask for this"
        return None

    def _is_ours(self, host: str) -> bool:
        return host in self._hosts or (self._any_address and _is_address(host))


def is_near(scope: Scope) -> bool:
    """Whether a request comes from this machine itself."""
    try:
        return ipaddress.ip_address((scope.get("client") or ("",))[0]).is_loopback
    except ValueError:
        return False


def _values(headers: list[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    return [value.decode("latin-1") for name, value in headers if name == wanted]


def _without_port(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()


def _as_host(address: str) -> str:
    """As a Host header has it."""
    return f"[{address.lower()}]" if ":" in address else address.lower()


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
