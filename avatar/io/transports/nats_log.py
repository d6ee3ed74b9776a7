"""The show log on JetStream as the stage writes it: in order and without a gap, whatever happens to the server.

Subjects: ``presence.<stage>.show`` is kept by the stream ``presence-<stage>``, ``presence.<stage>.now`` carries what is
over as soon as it comes, ``presence.<stage>.clock`` answers with the stage's clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from ...clock import Clock
from ...errors import EventError, PortError
from ...events import show
from ...events.show import InForce
from .nats import Tell, library

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

MOST_RECORDS: Final = 200_000
MOST_BYTES: Final = 256 << 20
"""What the log keeps; the oldest goes first."""
_ACK_S: Final = 2.0
_ASK_S: Final = 0.5
_WAITING: Final = 20_000


def stream_name(stage: str) -> str:
    """The JetStream stream of a stage."""
    return f"presence-{stage}"


async def asked(client: Client, stage: str) -> dict[str, Any] | None:
    """What the stage answers on its clock's subject; None where there is none."""
    try:
        answer = json.loads((await client.request(f"presence.{stage}.clock", b"{}", timeout=_ASK_S)).data)
    except Exception:
        return None
    match answer:
        case {"run": str(), "last": int(), "t2": int() | float(), "t3": int() | float()}:
            return dict(answer)
    return None


class ShowWriter:
    """The stage's side. ``put`` from any thread; a record is let go when the server has acknowledged it, and the next
    is sent only then, so that the log is in order whatever happens to the server.

    run : this start of the stage's name; largest : bytes, beyond which a record is left out.
    """

    def __init__(self, stage: str, run: str, clock: Clock, tell: Tell, expressions: frozenset[str]) -> None:
        self._stage, self._run, self._clock, self._tell = stage, run, clock, tell
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._lock = threading.Lock()
        self._log: deque[tuple[int, str]] = deque()
        self._now: deque[str] = deque(maxlen=512)
        self._kept = InForce(expressions)
        self._last = -1
        self._begun = False
        self._told: set[str] = set()
        self.sent = 0
        self.put(0, show.begun(run, clock.now()))

    def put(self, number: int, text: str) -> None:
        """Log a record; the oldest go, and it is said, when the server has been away too long."""
        with self._lock:
            if len(self._log) >= _WAITING:
                self._log.popleft()
                self._once(f"NATS: more than {_WAITING} records wait for the server; the oldest are lost to displays")
            self._log.append((number, text))
        self._wake()

    def put_now(self, text: str) -> None:
        """Tell displays of something that is over as soon as it comes."""
        self._now.append(text)
        self._wake()

    @property
    def waiting(self) -> int:
        """Records that the server has not acknowledged."""
        with self._lock:
            return len(self._log)

    async def ready(self, client: Client) -> None:
        """Answer for the clock, and make the log where it is not there. Raises PortError: there is another stage of
        that name."""
        if not self._begun:
            await self._alone(client)
        await client.subscribe(f"presence.{self._stage}.clock", cb=self._time)
        js = client.jetstream(timeout=_ACK_S)
        made = await self._stream(js)
        if not self._begun:
            with contextlib.suppress(Exception):
                await js.purge_stream(stream_name(self._stage))
            self._begun = True
        elif made:  # the server has lost its files: those who come later still need what is in force
            again = [(r.number, show.text(r)) for r in self._kept.at(self._clock.now())]
            with self._lock:
                begin = [] if self._log and self._log[0][0] == 0 else [(0, show.begun(self._run, self._clock.now()))]
                self._log.extendleft(reversed(begin + [line for line in again if line[0] not in dict(self._log)]))

    async def write(self, client: Client) -> None:
        """Send what waits, as long as the connection is there."""
        js = client.jetstream(timeout=_ACK_S)
        largest = client.max_payload - 512
        while client.is_connected:
            while self._now and client.is_connected:
                with contextlib.suppress(Exception):
                    await client.publish(f"presence.{self._stage}.now", self._now.popleft().encode())
            with self._lock:
                head = self._log[0] if self._log else None
            if head is None:
                await self._news.wait()
                self._news.clear()
                continue
            raw = head[1].encode()
            if len(raw) > largest:
                self._once(f"NATS: a record of {len(raw)} bytes is more than the server takes; displays do without it")
            elif not await self._acknowledged(js, head[0], raw):
                continue
            with self._lock:
                if self._log and self._log[0] == head:
                    self._log.popleft()
            with contextlib.suppress(EventError):
                self._kept.add(show.read(raw))
            self._last = max(self._last, head[0])

    async def _acknowledged(self, js: Any, number: int, raw: bytes) -> bool:
        try:
            await js.publish(
                f"presence.{self._stage}.show",
                raw,
                timeout=_ACK_S,
                stream=stream_name(self._stage),
                headers={"Nats-Msg-Id": f"{self._run}.{number}"},
            )
        except Exception as error:
            if type(error).__name__ == "NoStreamResponseError":
                with contextlib.suppress(Exception):
                    await self._stream(js)
            await asyncio.sleep(0.05)
            return False
        self.sent += 1
        return True

    async def _alone(self, client: Client) -> None:
        answer = await asked(client, self._stage)
        if answer is not None and answer.get("run") != self._run:
            raise PortError(f"there is a stage named '{self._stage}' already: choose another name with --stage")

    async def _stream(self, js: Any) -> bool:
        """Is it new?"""
        api = library().js.api
        errors = library().js.errors
        try:
            await js.stream_info(stream_name(self._stage))
            return False
        except errors.NotFoundError:
            pass
        await js.add_stream(
            api.StreamConfig(
                name=stream_name(self._stage),
                subjects=[f"presence.{self._stage}.show"],
                storage=api.StorageType.FILE,
                retention=api.RetentionPolicy.LIMITS,
                discard=api.DiscardPolicy.OLD,
                max_msgs=MOST_RECORDS,
                max_bytes=MOST_BYTES,
                duplicate_window=120,
            )
        )
        return True

    async def _time(self, message: Msg) -> None:
        heard = self._clock.now()
        answer = {"run": self._run, "last": self._last, "t2": heard, "t3": self._clock.now()}
        with contextlib.suppress(Exception):
            await message.respond(json.dumps(answer).encode())

    def _once(self, line: str) -> None:
        if line[:40] not in self._told:
            self._told.add(line[:40])
            self._tell(line)

    def _wake(self) -> None:
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._news.set)
