"""What every door shares: sessions, who may send what, limits, repeats, and the way out.

A door hands a client's text to ``Session.receive`` and gets the answer; news for clients goes to ``Hub.broadcast`` and
waits in each session's own bounded outbox until its door has sent it. Nothing here knows the engine: accepted events go
to ``deliver``, which may refuse with an EventError. Thread-safe.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Final, cast

from ...clock import Clock
from ...errors import EventError
from ...events import codec, messages
from ...events.codec import Event
from ...events.messages import Capabilities, Code, Data, Scope
from .tokens import FixedKeys, Keys

_log = logging.getLogger(__name__)

NEEDED: Final = "a token this engine knows is needed ('avatar token own' prints yours)"
MAX_CLIENTS: Final = 16
MAX_ERRORS: Final = 32
RATE: Final = 2000.0
"""Events a second each client may send, and its burst; a large event counts as several (16 KiB each)."""
HELLO_S: Final = 5.0
"""How long a client may take to say hello."""
_COST_BYTES: Final = 16384
_REMEMBERED: Final = 16384
_ANNOUNCED: Final = 16
_OUTBOX_EVENTS: Final = 4096
_OUTBOX_BYTES: Final = 8 << 20


class Busy(EventError):
    """The engine is too far behind to take an event: told as ``rate_limited``, but no fault of the client's, which is
    not let go for it."""

    def __init__(self, event_id: str | None = None) -> None:
        super().__init__("rate_limited", "the engine is too far behind", "", event_id)


@dataclass(frozen=True, slots=True)
class Delivery:
    """An accepted event. session : who sent it; refuse : says to that client, later, that it could not be done;
    sound : of the binary frame that belongs to it."""

    event: Event
    session: str
    refuse: Callable[[EventError], None]
    sound: bytes | None = None


class Session:
    """One client. scopes : granted; greeted : hello is done; closed : why the door must let it go, "" while open;
    binary : its door carries frames of bytes too; near : it is on this machine; key : of the token it came in by, ""
    where none was needed."""

    def __init__(
        self,
        hub: Hub,
        allowed: frozenset[Scope],
        greeted: bool,
        patient: bool,
        wake: Callable[[], None],
        binary: bool = False,
        near: bool = True,
        key: str = "",
    ):
        self.id = uuid.uuid4().hex[:12]
        self.scopes = allowed
        self.greeted = greeted
        self.near, self.key = near, key
        self._known = allowed if greeted else None
        self.since = time.monotonic()
        self.visemes = self.stays = False
        self.closed = ""
        self._hub, self._patient, self._wake = hub, patient, wake
        self._outbox: deque[tuple[float, str]] = deque()
        self._outbox_bytes = 0
        self._lock = threading.Lock()
        self._tokens, self._counted = RATE, hub.clock.now()
        self._errors = 0
        self._binary = binary
        self._announced: deque[Event] = deque()

    def receive(self, text: str | bytes) -> Data:
        """Take one event in; the answer is Welcome, Ack or Error. Never raises for what a client can do."""
        try:
            self._spend(1.0 + len(text) / _COST_BYTES)
            event = codec.decode(text)
            answer = self._take(event)
        except EventError as error:
            return self.refusal(error)
        except Exception as error:
            # A fault of ours must not cost the client its connection; its text may hold content, so it is not logged.
            _log.error("an event of %d bytes met an internal error: %s", len(text), type(error).__name__)
            return self.refusal(EventError("internal", "the engine failed on this event"))
        self._errors = 0
        return answer

    def receive_bytes(self, sound: bytes) -> Data | None:
        """Take a frame of bytes in, which a speech event without sound has announced; the Error, or None when it is
        taken: the event was answered already."""
        if not self._announced:
            message = "a binary frame may only follow a speech event that announces it"
            return self.refusal(EventError("bad_value", message))
        event = self._announced.popleft()
        try:
            if len(sound) > codec.MAX_BYTES:
                message = f"a frame is at most {codec.MAX_BYTES} bytes, this one has {len(sound)}"
                raise EventError("too_large", message, "", event.id)
            self._spend(1.0 + len(sound) / _COST_BYTES)
            self._hub.accept(event, self, sound)
        except EventError as error:
            error.event_id = event.id
            return self.refusal(error)
        self._errors = 0
        return None

    def refusal(self, error: EventError) -> Data:
        """The Error to answer with; counts towards the 32 in a row that close an impatient door, if it is the
        client's."""
        self._errors += not isinstance(error, Busy)
        if self._errors >= MAX_ERRORS and not self._patient:
            self.closed = f"{MAX_ERRORS} errors in a row"
        return messages.Error(id=error.event_id, code=cast(Code, error.code), pointer=error.pointer, message=str(error))

    def let_go(self, reason: str) -> None:
        """Have the door close it. Any thread."""
        self.closed = self.closed or reason
        self._wake()

    def push(self, data: Data) -> None:
        """Put news into the outbox."""
        self.push_text(self._hub.encode(data))

    def push_text(self, text: str) -> None:
        """Put an encoded event into the outbox; a client too far behind to hold it is let go."""
        with self._lock:
            if len(self._outbox) >= _OUTBOX_EVENTS or self._outbox_bytes + len(text) > _OUTBOX_BYTES:
                self.closed = self.closed or "too far behind"
            else:
                self._outbox.append((time.monotonic(), text))
                self._outbox_bytes += len(text)
        self._wake()

    @property
    def waiting(self) -> bool:
        """Is anything in the outbox?"""
        return bool(self._outbox)

    def pop(self) -> tuple[float, str] | None:
        """The next encoded event to send and when it was put in (``time.monotonic``), or None."""
        with self._lock:
            if not self._outbox:
                return None
            stamp, text = self._outbox.popleft()
            self._outbox_bytes -= len(text)
            return stamp, text

    def wants(self, data: Data) -> bool:
        """Whether a broadcast of ``data`` is for this client."""
        if not self.greeted or self.closed or (data.SCOPE is not None and data.SCOPE not in self.scopes):
            return False
        return self.visemes or data.TYPE != messages.Viseme.TYPE

    def _spend(self, cost: float) -> None:
        now = self._hub.clock.now()
        self._tokens = min(RATE, self._tokens + (now - self._counted) * RATE)
        self._counted = now
        if self._tokens < cost:
            raise EventError("rate_limited", f"more than {RATE:.0f} events a second")
        self._tokens -= cost

    def _take(self, event: Event) -> Data:
        if isinstance(event.data, messages.Hello):
            return self._greet(event, event.data)
        if not self.greeted:
            raise EventError("not_authorised", "the first event is presence.hello", "/type", event.id)
        if event.data.SCOPE is not None and event.data.SCOPE not in self.scopes:
            message = f"'{event.type}' needs the scope '{event.data.SCOPE}'"
            raise EventError("scope", message, "/type", event.id)
        if isinstance(event.data, messages.SpeechAudio) and event.data.audio is None and not event.data.final:
            self._announce(event)
        else:
            self._hub.accept(event, self)
        return messages.Ack(id=event.id)

    def _announce(self, event: Event) -> None:
        """The next frame of bytes carries this event's sound."""
        if not self._binary:
            message = "the field 'data.audio' is missing: only a WebSocket carries sound in a frame of its own"
            raise EventError("missing_field", message, "/data/audio", event.id)
        if len(self._announced) >= _ANNOUNCED:
            message = f"{_ANNOUNCED} speech events wait for their binary frames already"
            raise EventError("rate_limited", message, "/data/audio", event.id)
        self._announced.append(event)

    def _greet(self, event: Event, hello: messages.Hello) -> Data:
        if self.greeted and not self._patient:
            raise EventError("duplicate", "hello has been said on this connection", "/type", event.id)
        allowed = self._known
        if allowed is None:
            grant = self._hub.keys.grant(hello.token, self.near)
            if grant is None:
                raise EventError("not_authorised", NEEDED, "/data/token", event.id)
            allowed, self.key = grant.scopes, grant.key
        self.scopes = allowed if hello.scopes is None else allowed & frozenset(hello.scopes)
        self.visemes, self.stays = hello.visemes, hello.stays
        self.greeted = True
        return messages.Welcome(
            session=self.id,
            scopes=sorted(self.scopes),
            clock=self._hub.clock.now(),
            capabilities=self._hub.capabilities,
        )


class Hub:
    """All sessions of one engine.

    deliver : takes an accepted event, or raises EventError; clock : the engine's; capabilities : told in welcome, may
    be replaced; keys : who may come in by the network, or token -> scopes; without any everybody may.

    closed : called once with each session that ends, whatever ended it, from the thread that noticed: what its client
    had set can be let go.
    """

    def __init__(
        self,
        deliver: Callable[[Delivery], None],
        clock: Clock,
        capabilities: Capabilities,
        keys: Keys | Mapping[str, Iterable[Scope]] | None = None,
    ) -> None:
        self.clock = clock
        self.capabilities = capabilities
        self.keys: Keys = FixedKeys(keys or {}) if keys is None or isinstance(keys, Mapping) else keys
        self.closed: Callable[[Session], None] = lambda session: None
        self._deliver = deliver
        self._sessions: dict[str, Session] = {}
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._lock = threading.Lock()
        self._ids = count(1)

    def open(
        self,
        wake: Callable[[], None] = lambda: None,
        scopes: frozenset[Scope] | None = None,
        patient: bool = False,
        binary: bool = False,
        near: bool = True,
        key: str = "",
    ) -> Session | None:
        """A new session, or None when 16 are open.

        wake : called, from any thread, when there is something to send; scopes : given where the door knows its client
        without a hello; patient : errors never close it, and hello may be said again; binary : frames of bytes come
        through the door too; near, key : see ``Session``.
        """
        session = Session(self, scopes or frozenset(), scopes is not None, patient, wake, binary, near, key)
        with self._lock:
            if len(self._sessions) >= MAX_CLIENTS:
                return None
            self._sessions[session.id] = session
        return session

    def close(self, session: Session) -> None:
        """The client is gone."""
        with self._lock:
            known = self._sessions.pop(session.id, None)
        session.closed = session.closed or "gone"
        if known is not None:
            self.closed(session)

    def review(self) -> None:
        """Let go who came in by a token that has been revoked, and who has not said hello in time. For a door to call
        several times a second."""
        with self._lock:
            sessions = list(self._sessions.values())
        late = time.monotonic() - HELLO_S
        for session in sessions:
            if session.key:
                grant = self.keys.holds(session.key)
                if grant is None:
                    session.let_go("its token has been revoked")
                else:
                    session.scopes &= grant.scopes
            elif not session.greeted and session.since < late:
                session.let_go(f"no hello in {HELLO_S:.0f} s")

    def accept(self, event: Event, session: Session, sound: bytes | None = None) -> None:
        """Deliver an event once, however often it is sent, with the sound of its own frame. Raises what ``deliver``
        raises."""
        key = (event.source, event.id)
        with self._lock:
            if key in self._seen:
                return
            self._seen[key] = None
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)

        def refuse(error: EventError) -> None:
            error.event_id = event.id
            session.push(session.refusal(error))

        try:
            self._deliver(Delivery(event, session.id, refuse, sound))
        except BaseException:
            with self._lock:
                self._seen.pop(key, None)
            raise

    def broadcast(self, data: Data) -> None:
        """Send news to every client it is for."""
        with self._lock:
            sessions = [s for s in self._sessions.values() if s.wants(data)]
        if sessions:
            text = self.encode(data)
            for session in sessions:
                session.push_text(text)

    def encode(self, data: Data) -> str:
        """Outbound data as JSON text, with the next id and the wall clock's time."""
        return codec.encode(data, str(next(self._ids)), datetime.now(UTC))

    @property
    def clients(self) -> int:
        """How many sessions are open."""
        with self._lock:
            return len(self._sessions)
