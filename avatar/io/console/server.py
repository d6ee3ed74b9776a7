"""The console's addresses on the port of the event door: the page, the state it shows, and what it may ask for.

    GET  /console                   the page; /console/… what belongs to it
    POST /console/ticket            the ticket of a printed link for its token, once, from this machine
    GET  /v1/ceremony?after=N       the state once it is another than N (or after ten seconds), as JSON
    POST /v1/ceremony               {"command": …}
    GET  /v1/ceremony/meters        how loud everything is now, as JSON
    GET  /v1/ceremony/preview       a small JPEG, where the person allows it

The last four need a token, ``Authorization: Bearer``; without the scope ``direct`` it is a guest's, who sees what is
said, and may do what the cue that stands by asks of guests, at a guest's pace. ``guard`` has refused every page but
this one before any of it is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import ipaddress
import json
import time
from importlib import resources
from typing import Any, Final, Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from ...errors import EventError
from .console import Console
from .guests import Pace

PATH: Final = "/console"
STATE_PATH: Final = "/v1/ceremony"
POLL_S: Final = 10.0
_BODY: Final = 4096
_FILES: Final = {
    "": ("console.html", "text/html"),
    "/console.css": ("console.css", "text/css"),
    "/console.js": ("console.js", "text/javascript"),
    "/words.js": ("words.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Grant(Protocol):
    """What a token is worth."""

    @property
    def scopes(self) -> frozenset[Any]:
        """What its client may do."""


class Keys(Protocol):
    """Who may come in: as the event door has it."""

    def grant(self, token: str | None, near: bool = True) -> Grant | None:
        """What a client may do who shows this token, or None; near : it is on this machine."""


def routes(console: Console, keys: Keys) -> list[BaseRoute]:
    """The console's addresses, for the application of the event door. keys : the door's own."""
    return _Server(console, keys).routes()


class _Server:
    def __init__(self, console: Console, keys: Keys) -> None:
        self._console, self._keys = console, keys
        self._pace = Pace()
        folder = resources.files(__package__)
        self._files = {path: (folder.joinpath(name).read_bytes(), kind) for path, (name, kind) in _FILES.items()}

    def routes(self) -> list[BaseRoute]:
        return [
            *(Route(PATH + path, self._file, methods=["GET"]) for path in self._files),
            Route(f"{PATH}/ticket", self._ticket, methods=["POST"]),
            Route(STATE_PATH, self._state, methods=["GET"]),
            Route(STATE_PATH, self._command, methods=["POST"]),
            Route(f"{STATE_PATH}/meters", self._meters, methods=["GET"]),
            Route(f"{STATE_PATH}/preview", self._preview, methods=["GET"]),
        ]

    async def _file(self, request: Request) -> Response:
        body, kind = self._files[request.url.path.removeprefix(PATH)]
        # The guard has checked the host; some browsers do not count the WebSocket of their own origin as 'self'.
        policy = (
            f"default-src 'self'; connect-src 'self' ws://{request.headers['host']}; object-src 'none'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        return Response(body, headers={**_HEADERS, "content-security-policy": policy}, media_type=kind)

    async def _ticket(self, request: Request) -> Response:
        body = await _json(request)
        token = self._console.redeem(str(body.get("ticket", ""))) if body and _near(request) else None
        if token is None:
            return _refused(401, "not_authorised", "this link was used before: start again, or open the newest one")
        return JSONResponse({"token": token}, headers=_HEADERS)

    def _scopes(self, request: Request) -> frozenset[Any] | None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if hmac.compare_digest(token.strip().encode(), self._console.guest_token.encode()):
            return frozenset()
        grant = self._keys.grant(token.strip() if kind.lower() == "bearer" else None, _near(request))
        return None if grant is None else grant.scopes

    async def _state(self, request: Request) -> Response:
        scopes = self._scopes(request)
        if scopes is None:
            return _refused(401, "not_authorised", "a token this engine knows is needed")
        query = request.query_params
        await self._change(_number(query.get("after")))
        guest = "direct" not in scopes or query.get("view") == "guests"
        found = self._console.get_state(query.get("language"), guest)
        if found is None:
            return _refused(503, "not_ready", "there is no ceremony yet")
        return JSONResponse(found, headers=_HEADERS)

    async def _change(self, after: int) -> None:
        """Until the state is another one than ``after``, or the time of a poll is over."""
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile
                loop.call_soon_threadsafe(news.set)

        with self._console.watched(wake), contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                if self._console.version == after:
                    await news.wait()

    async def _command(self, request: Request) -> Response:
        scopes = self._scopes(request)
        if scopes is None:
            return _refused(401, "not_authorised", "a token this engine knows is needed")
        body = await _json(request)
        if body is None:
            return _refused(400, "invalid_json", f"a command is a JSON object of at most {_BODY} bytes")
        name = str(body.pop("command", ""))
        if name != "guest" and "direct" not in scopes:
            return _refused(403, "scope", f"'{name[:32]}' needs the scope 'direct'")
        if "direct" not in scopes and not self._pace.allows(_who(request), time.monotonic()):
            return _refused(429, "rate_limited", "one moment, please")
        try:
            self._console.command(name, **body)
        except EventError as error:
            return _refused(409 if error.code == "not_ready" else 400, error.code, str(error))
        return JSONResponse({"ok": True}, 202, headers=_HEADERS)

    async def _meters(self, request: Request) -> Response:
        scopes = self._scopes(request)
        if scopes is None or "direct" not in scopes:
            return _refused(401 if scopes is None else 403, "scope", "the meters need the scope 'direct'")
        return JSONResponse({"meters": self._console.meters()}, headers=_HEADERS)

    async def _preview(self, request: Request) -> Response:
        scopes = self._scopes(request)
        if scopes is None or "direct" not in scopes:
            return _refused(401 if scopes is None else 403, "scope", "the preview needs the scope 'direct'")
        if not (_near(request) or self._console.preview_far):
            return _refused(403, "scope", "the preview is for this machine only")
        picture = self._console.preview()
        if picture is None:
            return _refused(404, "not_ready", "the person has not allowed a preview")
        return Response(picture, headers=_HEADERS, media_type="image/jpeg")


async def _json(request: Request) -> dict[str, Any] | None:
    body = bytearray()
    with contextlib.suppress(TimeoutError, ValueError, RecursionError):
        async with asyncio.timeout(5.0):
            async for chunk in request.stream():
                body += chunk
                if len(body) > _BODY:
                    return None
        found = json.loads(bytes(body))
        return {str(key): value for key, value in found.items()} if isinstance(found, dict) else None
    return None


def _refused(status: int, code: str, message: str) -> Response:
    return JSONResponse({"code": code, "message": message}, status, headers=_HEADERS)


def _near(request: Request) -> bool:
    with contextlib.suppress(ValueError):
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    return False


def _who(request: Request) -> str:
    """A guest, as far as one can be told from another: all of them may have the same token."""
    return request.client.host if request.client is not None else ""


def _number(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else -1
