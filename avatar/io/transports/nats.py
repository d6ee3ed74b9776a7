"""The NATS door: events in from ``presence.<stage>.in``, news out on ``presence.<stage>.out.<kind>``.

Everything here runs in one asyncio loop, which is the caller's. nats-py is an extra and is loaded only here.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

from ...errors import EventError, PortError, UsageError
from ...events import messages
from ...events.messages import SCOPES, Scope
from .hub import Hub, Session

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

EXTRA: Final = "--nats needs the extra 'nats': pip install 'avatar-presence[nats]'"
DEFAULT_PORT: Final = 4222
TOKEN_HEADER: Final = "Presence-Token"
"""The message header that carries a client's token, where the engine asks for one."""
STAGE_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONNECT_S: Final = 2.0
_FIRST_S, _LAST_S = 0.25, 5.0
_WATCH_S: Final = 0.5
_MOST_TOKENS: Final = 8
_LOCAL: Final = ("localhost", "127.0.0.1", "::1")
_ERROR: Final = f'"type":"{messages.Error.TYPE}"'
Tell = Callable[[str], None]


def library() -> Any:
    """nats-py. Raises UsageError, which says what to type, where it is not installed."""
    try:
        import nats
    except ImportError:
        raise UsageError(EXTRA) from None
    return nats


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is and who we are to it. url : without credentials; host : lower case."""

    url: str
    host: str
    user: str | None = None
    password: str | None = None
    token: str | None = None

    @property
    def local(self) -> bool:
        """Is it this very machine?"""
        return self.host in _LOCAL


def address(text: str) -> Address:
    """``nats://[user:password@|token@]host[:port]`` or ``tls://…``; what is not in it is taken from PRESENCE_NATS_USER,
    PRESENCE_NATS_PASSWORD and PRESENCE_NATS_TOKEN. Raises UsageError."""
    wrong = UsageError("--nats: write nats://HOST:4222, tls://HOST:4222 or 'embedded'")
    try:
        parts = urlsplit(text if "://" in text else f"nats://{text}")
        port = parts.port or DEFAULT_PORT
    except ValueError:
        raise wrong from None
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("nats", "tls") or not re.fullmatch(r"[a-z0-9.:_-]+", host) or parts.path.strip("/"):
        raise wrong
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    token = None
    if user is not None and password is None:
        user, token = None, user
    if user is None and token is None:
        user, password = os.environ.get("PRESENCE_NATS_USER"), os.environ.get("PRESENCE_NATS_PASSWORD")
        token = os.environ.get("PRESENCE_NATS_TOKEN") if user is None else None
    shown = f"[{host}]" if ":" in host else host
    return Address(f"{parts.scheme}://{shown}:{port}", host, user, password, token)


class Link:
    """One connection that is kept: lost, it is made again with a back-off from 0.25 to 5 s.

    at : gives the address at every try; ready : called with each new connection; gone : when it is lost; allowed :
    whether the person consents to it still, asked twice a second; tell : gets one line when it goes and when it is
    there again.
    """

    def __init__(
        self,
        at: Callable[[], Address],
        ready: Callable[[Client], Awaitable[None]],
        tell: Tell,
        name: str,
        gone: Callable[[], None] = lambda: None,
        allowed: Callable[[], bool] = lambda: True,
    ) -> None:
        self._at, self._ready, self._gone, self._allowed = at, ready, gone, allowed
        self._tell, self._name = tell, name
        self._said = ""
        self._stopped = asyncio.Event()
        self.client: Client | None = None

    def stop(self) -> None:
        """Let ``run`` end."""
        self._stopped.set()

    async def run(self) -> None:
        """Connect and stay connected until ``stop``. Never raises for what a server can do."""
        wait = _FIRST_S
        while not self._stopped.is_set():
            if not self._allowed():
                self._once("NATS: consent for that machine is withdrawn; nothing goes there")
            elif await self._connected():
                wait = _FIRST_S
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), wait)
            wait = min(_LAST_S, 2 * wait)

    async def _connected(self) -> bool:
        """One connection's life; False where there was none."""
        lost = asyncio.Event()

        async def closed() -> None:
            lost.set()

        async def quiet(error: Exception) -> None:
            problem.append(error)

        problem: list[Exception] = []
        client: Client | None = None
        try:
            where = self._at()
            client = library().NATS()
            await client.connect(
                where.url,
                name=self._name,
                user=where.user,
                password=where.password,
                token=where.token,
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0.05,
                connect_timeout=_CONNECT_S,
                ping_interval=5,
                max_outstanding_pings=2,
                closed_cb=closed,
                disconnected_cb=closed,
                error_cb=quiet,
            )
            self.client = client
            await self._ready(client)
            self._once("")
            await self._stay(lost)
            if lost.is_set():
                self._once(f"NATS: the server at {where.url} is gone; the show goes on, and it is looked for")
            return True
        except Exception as error:
            self._once(f"NATS: {_reason(problem[-1] if problem else error, self._where())}; it is tried again")
            return False
        finally:
            self.client = None
            self._gone()
            if client is not None:
                with contextlib.suppress(Exception):
                    await asyncio.wait_for(client.close(), 1.0)

    async def _stay(self, lost: asyncio.Event) -> None:
        while not (lost.is_set() or self._stopped.is_set()):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(lost.wait(), _WATCH_S)
            if not self._allowed():
                return

    def _where(self) -> str:
        try:
            return self._at().url
        except (UsageError, PortError):
            return "its address"

    def _once(self, line: str) -> None:
        """Say what is new, once; "" = all is well."""
        if line != self._said:
            if line or self._said:
                self._tell(line or "NATS: the server is there again")
            self._said = line


def _reason(error: Exception, url: str) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    if "authorization" in text.lower() or "authentication" in text.lower():
        return f"{url} refuses the credentials (PRESENCE_NATS_USER and _PASSWORD, or PRESENCE_NATS_TOKEN)"
    if isinstance(error, EventError | PortError | UsageError):
        return text
    return f"{url} does not answer ({text[:120]})"


class NatsDoor:
    """Messages become events of the hub; the hub's news become messages.

    observe : news that need the scope ``observe`` go out too, because the person allows it. One message is one event.
    Its token, where the engine asks for one, is in the header ``Presence-Token``; the answer goes to the message's
    reply subject, where there is one, and an error without one to ``out.error``. near : the server is on this machine.
    """

    def __init__(self, hub: Hub, stage: str, observe: Callable[[], bool], near: bool = True) -> None:
        self._hub, self._stage, self._observe, self._near = hub, stage, observe, near
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._sessions: dict[str | None, Session] = {}
        self._client: Client | None = None
        session = hub.open(wake=self._wake, scopes=SCOPES, patient=True)
        if session is None:
            raise PortError("the NATS door cannot open: too many clients are connected")
        self.session = session

    async def ready(self, client: Client) -> None:
        """Use this connection from now on."""
        await client.subscribe(f"presence.{self._stage}.in", cb=self._heard)
        self._client = client

    def gone(self) -> None:
        """There is no connection."""
        self._client = None

    def close(self) -> None:
        """Leave the hub."""
        for session in (self.session, *self._sessions.values()):
            self._hub.close(session)

    async def speak(self) -> None:
        """Send what the hub has to say, for as long as the task lives. What nobody can hear is dropped: it is news."""
        while True:
            await self._news.wait()
            self._news.clear()
            out = [text for _, text in iter(self.session.pop, None)]
            for session in self._sessions.values():
                out += [text for _, text in iter(session.pop, None) if _ERROR in text]
            for text in out:
                await self._send(text)

    async def _send(self, text: str) -> None:
        client = self._client
        if client is None or not client.is_connected:
            return
        kind = json.loads(text)["type"].removeprefix("presence.")
        if kind.startswith("user.") and not self._observe():
            return
        with contextlib.suppress(Exception):
            await client.publish(f"presence.{self._stage}.out.{kind}", text.encode())

    async def _heard(self, message: Msg) -> None:
        answer = self._answer(message)
        text = self._hub.encode(answer)
        if message.reply:
            with contextlib.suppress(Exception):
                await message.respond(text.encode())
        elif isinstance(answer, messages.Error):
            await self._send(text)

    def _answer(self, message: Msg) -> messages.Data:
        token = (message.headers or {}).get(TOKEN_HEADER)
        if _is_hello(message.data):
            return self._greet(message.data)
        session = self._session(token)
        if session is None:
            error = EventError("not_authorised", f"a token this engine knows is needed, in the header {TOKEN_HEADER}")
            return self.session.refusal(error)
        return session.receive(message.data)

    def _greet(self, text: bytes) -> messages.Data:
        """Hello opens nothing here, since a message is not a connection: it is answered, and that is all."""
        session = self._hub.open(patient=True, near=self._near)
        if session is None:
            return self.session.refusal(EventError("rate_limited", "too many clients are connected"))
        try:
            return session.receive(text)
        finally:
            self._hub.close(session)

    def _session(self, token: str | None) -> Session | None:
        """Those of one token share a session, and with it its limits."""
        grant = self._hub.keys.grant(token, self._near)
        if grant is None:
            return None
        scopes = grant.scopes
        known = self._sessions.get(token)
        if known is None or known.closed:
            if len(self._sessions) >= _MOST_TOKENS:
                self._hub.close(self._sessions.pop(next(iter(self._sessions))))
            known = self._hub.open(
                wake=self._wake, scopes=scopes & _UNSEEING, patient=True, near=self._near, key=grant.key
            )
            if known is None:
                return None
            self._sessions[token] = known
        known.scopes = scopes & _UNSEEING
        return known

    def _wake(self) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
            self._loop.call_soon_threadsafe(self._news.set)


_UNSEEING: Final[frozenset[Scope]] = SCOPES - {"observe"}


def _is_hello(raw: bytes) -> bool:
    """Hello's type, also where it is only spoken of."""
    if messages.Hello.TYPE.encode() not in raw or len(raw) > 1 << 16:
        return False
    with contextlib.suppress(ValueError, RecursionError, AttributeError):
        return bool(json.loads(raw).get("type") == messages.Hello.TYPE)
    return False
