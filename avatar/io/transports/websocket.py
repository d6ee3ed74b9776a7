"""The network door: WebSocket, HTTP POST and server-sent events on one local port, as one Starlette application.

    ws://127.0.0.1:8765/v1/events     first event presence.hello
    POST /v1/events                   202 with the ack, 4xx with the error; a token goes in Authorization: Bearer
    GET  /v1/events                   server-sent events out

A request whose Host is not this machine's own name, or that carries an Origin nobody listed, is refused before anything
else is looked at: a web page from elsewhere can neither connect nor be rebound to this port.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect
from uvicorn.protocols.http.h11_impl import H11Protocol

from ...errors import EventError
from ...events import messages
from ...events.codec import MAX_BYTES
from .hub import Hub, Session

PATH: Final = "/v1/events"
HOSTS: Final = frozenset(("127.0.0.1", "localhost", "[::1]"))
PATIENCE_S: Final = 5.0
"""How long a client may leave what is sent to it unread."""
FRAME_LIMIT: Final = 4 * MAX_BYTES
"""A message over 1 MiB is answered too_large; over this it closes the connection (1009) without being read."""
_STATUS: Final = {"not_authorised": 401, "scope": 403, "too_large": 413, "rate_limited": 429, "not_ready": 503}


class AbortableProtocol(H11Protocol):
    """uvicorn's HTTP protocol that lets the application cut a connection whose client has stopped reading."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "abort": transport.abort}
        super().connection_made(transport)


class Guard:
    """Refuses foreign Hosts and unlisted Origins with 403, a WebSocket before its upgrade."""

    def __init__(self, app: ASGIApp, origins: Iterable[str] = ()) -> None:
        self._app, self._origins = app, frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and (reason := self._refusal(scope["headers"])):
            if scope["type"] == "websocket":
                await WebSocket(scope, receive, send).send_denial_response(PlainTextResponse(reason, 403))
            else:
                await PlainTextResponse(reason, 403)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, headers: list[tuple[bytes, bytes]]) -> str:
        hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
        if len(hosts) != 1 or _without_port(hosts[0]) not in HOSTS:
            return "this host name is not allowed\n"
        origins = [value.decode("latin-1") for name, value in headers if name == b"origin"]
        return "this origin is not allowed\n" if any(o not in self._origins for o in origins) else ""


def _without_port(host: str) -> str:
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdigit() else host.lower()


def create_app(hub: Hub, origins: Iterable[str] = ()) -> ASGIApp:
    """The door's application. origins : web origins that may connect; none unless listed."""
    door = _Door(hub)
    routes = [
        WebSocketRoute(PATH, door.websocket),
        Route(PATH, door.post, methods=["POST"]),
        Route(PATH, door.listen, methods=["GET"]),
    ]
    return Guard(Starlette(routes=routes), origins)


class _Door:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._posts: dict[str, Session] = {}

    async def websocket(self, socket: WebSocket) -> None:
        session, news = self._open(binary=True)
        if session is None:
            await socket.send_denial_response(PlainTextResponse("too many clients are connected\n", 503))
            return
        await socket.accept()
        writer = asyncio.create_task(_write(session, news, socket.send_text))
        try:
            reader = asyncio.create_task(_read(session, socket))
            await asyncio.wait({reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            reader.cancel()
            if session.closed:
                news.set()
                if await writer:
                    with suppress(WebSocketDisconnect, RuntimeError):
                        await socket.close(1008, session.closed)
                else:
                    socket.state.abort()
        finally:
            writer.cancel()
            self._hub.close(session)

    async def post(self, request: Request) -> Response:
        session = self._poster(request)
        if session is None:
            answer: messages.Data = messages.Error(
                id=None, code="not_authorised", pointer="", message="a token this engine knows is needed"
            )
        else:
            answer = await _body_answer(session, request)
        status = 202
        if isinstance(answer, messages.Error):
            status = _STATUS.get(answer.code, 400)
        return Response(self._hub.encode(answer), status, media_type="application/cloudevents+json")

    async def listen(self, request: Request) -> Response:
        scopes = self._hub.allowed(_bearer(request))
        if scopes is None:
            return PlainTextResponse("a token this engine knows is needed\n", 401)
        session, news = self._open(scopes)
        if session is None:
            return PlainTextResponse("too many clients are connected\n", 503)
        session.visemes = request.query_params.get("visemes") in ("1", "true")
        return _EventStream(self._hub, session, news)

    def _open(
        self, scopes: frozenset[messages.Scope] | None = None, binary: bool = False
    ) -> tuple[Session | None, asyncio.Event]:
        loop, news, home = asyncio.get_running_loop(), asyncio.Event(), threading.get_ident()

        def wake() -> None:
            if threading.get_ident() == home:
                news.set()
            elif not loop.is_closed():
                loop.call_soon_threadsafe(news.set)

        return self._hub.open(wake, scopes, binary=binary), news

    def _poster(self, request: Request) -> Session | None:
        """All posts with one token share a session, and so its rate."""
        token = _bearer(request)
        scopes = self._hub.allowed(token)
        if scopes is None:
            return None
        key = token or ""
        if key not in self._posts:
            self._posts[key] = Session(self._hub, scopes, True, True, lambda: None)
        return self._posts[key]


class _EventStream(Response):
    """Server-sent events until the client goes, or leaves them unread too long."""

    def __init__(self, hub: Hub, session: Session, news: asyncio.Event) -> None:
        super().__init__(media_type="text/event-stream", headers={"cache-control": "no-store"})
        self._hub, self._session, self._news = hub, session, news

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(k, v) for k, v in self.raw_headers if k != b"content-length"]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

        async def send_text(text: str) -> None:
            await send({"type": "http.response.body", "body": f"data: {text}\n\n".encode(), "more_body": True})

        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        await send({"type": "http.response.body", "body": b": presence\n\n", "more_body": True})
        writer = asyncio.create_task(_write(self._session, self._news, send_text))
        reader = asyncio.create_task(gone())
        try:
            await asyncio.wait({writer, reader}, return_when=asyncio.FIRST_COMPLETED)
            if writer.done():
                scope["state"]["abort"]()
        finally:
            writer.cancel()
            reader.cancel()
            self._hub.close(self._session)


async def _read(session: Session, socket: WebSocket) -> None:
    while not session.closed:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if (text := message.get("text")) is not None:
            session.push(session.receive(text))
        else:
            refused = session.receive_bytes(message.get("bytes") or b"")
            if refused is not None:
                session.push(refused)


async def _write(session: Session, news: asyncio.Event, send_text: Callable[[str], Awaitable[Any]]) -> bool:
    """Send what waits, until the session is closed and all is sent (True), or the client is gone or behind (False)."""
    while True:
        if (waiting := session.pop()) is None:
            if session.closed:
                return True
            await news.wait()
            news.clear()
            continue
        stamp, text = waiting
        try:
            async with asyncio.timeout(stamp + PATIENCE_S - time.monotonic()):
                await send_text(text)
        except TimeoutError:
            session.closed = f"more than {PATIENCE_S:.0f} s behind"
            return False
        except (WebSocketDisconnect, RuntimeError, OSError):
            return False


async def _body_answer(session: Session, request: Request) -> messages.Data:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BYTES:
                return session.refusal(EventError("too_large", f"an event is at most {MAX_BYTES} bytes"))
    except ClientDisconnect:
        return session.refusal(EventError("invalid_json", "the body ended too early"))
    return session.receive(bytes(body))


def _bearer(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None
