"""The network door: WebSocket, HTTP POST and server-sent events on one local port, as one Starlette application.

    ws://127.0.0.1:8765/v1/events     first event presence.hello
    POST /v1/events                   202 with the ack, 4xx with the error; a token goes in Authorization: Bearer
    GET  /v1/events                   server-sent events out

A client needs a token, unless the person opened the door. Before that is looked at, ``guard`` refuses what a web page
from elsewhere could send, and ``lines`` what no honest client does to a connection.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from ...errors import EventError
from ...events import messages
from ...events.codec import MAX_BYTES
from ...spelling import LOOPBACK
from .guard import Guard, is_near
from .hub import NEEDED, Hub, Session
from .lines import Take
from .tokens import Grant

PATH: Final = "/v1/events"
PATIENCE_S: Final = 5.0
"""How long a client may leave what is sent to it unread."""
FRAME_LIMIT: Final = 4 * MAX_BYTES
"""A message over 1 MiB is answered too_large; over this it closes the connection (1009) without being read."""
BODY_S: Final = 10.0
"""How long the body of a POST may take."""
_CLOSE: Final = {"connection": "close"}
"""Who was refused begins anew, if at all."""
_POSTERS: Final = 256
_STATUS: Final = {"not_authorised": 401, "scope": 403, "too_large": 413, "rate_limited": 429, "not_ready": 503}


def create_app(hub: Hub, origins: Iterable[str] = (), host: str = LOOPBACK, pages: Sequence[BaseRoute] = ()) -> ASGIApp:
    """The door's application. origins : web origins that may connect, none unless listed; host : the address it listens
    on besides this machine's own; pages : of the engine's own, which may connect as well."""
    door = _Door(hub)
    routes = [
        *pages,
        WebSocketRoute(PATH, door.websocket),
        Route(PATH, door.post, methods=["POST"]),
        Route(PATH, door.listen, methods=["GET"]),
    ]
    return Guard(Starlette(routes=routes), origins, host, bool(pages))


class _Door:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._posts: dict[str, Session] = {}

    async def websocket(self, socket: WebSocket) -> None:
        session, news = self._open(socket, binary=True)
        if session is None:
            await socket.send_denial_response(PlainTextResponse("too many clients are connected\n", 503))
            return
        await socket.accept()
        socket.state.direct(_taking(session, self._hub))
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
            answer: messages.Data = messages.Error(id=None, code="not_authorised", pointer="", message=NEEDED)
        else:
            answer = await _body_answer(session, request)
        status, headers = 202, {}
        if isinstance(answer, messages.Error):
            status = _STATUS.get(answer.code, 400)
            headers = _CLOSE if status in (401, 413, 429) else {}
        return Response(self._hub.encode(answer), status, headers, "application/cloudevents+json")

    async def listen(self, request: Request) -> Response:
        grant = self._grant(request)
        if grant is None:
            return PlainTextResponse(f"{NEEDED}\n", 401, _CLOSE)
        session, news = self._open(request, grant)
        if session is None:
            return PlainTextResponse("too many clients are connected\n", 503, _CLOSE)
        session.visemes = request.query_params.get("visemes") in ("1", "true")
        return _EventStream(self._hub, session, news)

    def _open(
        self, client: HTTPConnection, grant: Grant | None = None, binary: bool = False
    ) -> tuple[Session | None, asyncio.Event]:
        loop, news, home = asyncio.get_running_loop(), asyncio.Event(), threading.get_ident()

        def wake() -> None:
            if threading.get_ident() == home:
                news.set()
            elif not loop.is_closed():
                loop.call_soon_threadsafe(news.set)

        scopes, key = (grant.scopes, grant.key) if grant is not None else (None, "")
        return self._hub.open(wake, scopes, binary=binary, near=is_near(client.scope), key=key), news

    def _grant(self, request: Request) -> Grant | None:
        return self._hub.keys.grant(_bearer(request), is_near(request.scope))

    def _poster(self, request: Request) -> Session | None:
        """All posts with one token share a session, and so its rate."""
        grant = self._grant(request)
        if grant is None:
            return None
        if grant.key not in self._posts:
            if len(self._posts) > _POSTERS:
                self._posts.clear()
            self._posts[grant.key] = Session(self._hub, grant.scopes, True, True, lambda: None, key=grant.key)
        session = self._posts[grant.key]
        session.scopes = grant.scopes
        return session


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


def _taking(session: Session, hub: Hub) -> Take:
    """Takes a message and gives its answer, where nothing waits that must go out before it."""

    def take(message: str | bytes, readable: bool) -> str | None:
        if session.closed:
            return None
        answer = session.receive(message) if isinstance(message, str) else session.receive_bytes(message)
        if answer is None:
            return None
        if session.closed or session.waiting or not readable:
            session.push(answer)
            return None
        return hub.encode(answer)

    return take


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
        async with asyncio.timeout(BODY_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BYTES:
                    return session.refusal(EventError("too_large", f"an event is at most {MAX_BYTES} bytes"))
    except TimeoutError:
        return session.refusal(EventError("invalid_json", f"the body took more than {BODY_S:.0f} s"))
    except ClientDisconnect:
        return session.refusal(EventError("invalid_json", "the body ended too early"))
    return session.receive(bytes(body))


def _bearer(request: Request) -> str | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None
