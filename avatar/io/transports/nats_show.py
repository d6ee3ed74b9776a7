"""The show log on JetStream: the stage writes it, in order and without a gap; displays read it, and ask for the time.

Subjects: ``presence.<stage>.show`` is kept by the stream ``presence-<stage>``, ``presence.<stage>.now`` carries what is
over as soon as it comes, ``presence.<stage>.clock`` answers with the stage's clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ...clock import Clock
from ...errors import EventError, PortError
from ...events import show
from ...events.shared_time import Offset
from ...events.show import InForce, Record
from .nats import Tell, library

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

_log = logging.getLogger(__name__)

MOST_RECORDS: Final = 200_000
MOST_BYTES: Final = 256 << 20
"""What the log keeps; the oldest goes first."""
_ACK_S: Final = 2.0
_ASK_S: Final = 0.5
_EVERY_S: Final = 1.0
_FIRST_ASKS: Final = 4
_MISSES: Final = 2
"""Questions without an answer until a stage is missed."""
_WAITING: Final = 20_000


def stream_name(stage: str) -> str:
    """The JetStream stream of a stage."""
    return f"presence-{stage}"


async def _asked(client: Client, stage: str) -> dict[str, Any] | None:
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
        answer = await _asked(client, self._stage)
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


class ShowReader:
    """A display's side: the clock it shares, and every record of the log once and in order.

    base : the machine's own clock; act : gets each record that is to be acted on, a log's first line wherever a stage
    began anew; aim : gets what ``SharedClock.aim`` takes; now : seconds on the stage's clock; tell : one line when the
    stage is not there, and when it is again.
    """

    def __init__(
        self,
        stage: str,
        base: Clock,
        act: Callable[[Record], None],
        aim: Callable[[float, bool], None],
        now: Callable[[], float],
        tell: Tell,
    ) -> None:
        self._stage, self._base = stage, base
        self._act, self._aim, self._now, self._tell = act, aim, now, tell
        self._offset = Offset()
        self._kept = InForce()
        self._run, self._number, self._last = "", -1, -1
        self._sequence, self._created = 0, ""
        self._said = False
        self._missed = 0
        self._renewed = False
        self._behind = 0
        self._news: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.open = asyncio.Event()
        self.known = threading.Event()
        """Set once the stage's clock is known."""
        self.acted = 0
        self.caught = False
        """What was before is done; the rest comes as it happens."""

    def expect(self, expressions: frozenset[str]) -> None:
        """There is somebody to act, who has these expressions: records may come."""
        self._kept = InForce(expressions)
        self.open.set()

    async def ask(self, client: Client) -> None:
        """Keep asking what time it is, as long as the connection is there."""
        count = 0
        while client.is_connected:
            there = await self._asked_once(client)
            count += there
            await asyncio.sleep(0.03 if there and count < _FIRST_ASKS else _EVERY_S)

    async def read(self, client: Client) -> None:
        """Follow the log from where we are, as long as the connection is there.

        What comes now is heard as it is published, which costs the server least; JetStream is asked for what was
        before, and again wherever a number is missing."""
        await self.open.wait()
        news = self._news = asyncio.Queue()

        async def hear(message: Msg) -> None:
            news.put_nowait(message.data)

        await client.subscribe(f"presence.{self._stage}.now", cb=self._fleeting)
        await client.subscribe(f"presence.{self._stage}.show", cb=hear)
        first: bytes | None = None
        while client.is_connected:
            if self.known.is_set() and await self._catch_up(client):
                first = await self._live(client, news, first)
            else:
                await asyncio.sleep(_EVERY_S / 4)

    @property
    def delay(self) -> float:
        """Of the exchange that is believed, there and back, seconds; 0 before there is one."""
        return self._offset.best(self._base.now()).delay if len(self._offset) else 0.0

    async def _asked_once(self, client: Client) -> bool:
        asked = self._base.now()
        answer = await _asked(client, self._stage)
        heard = self._base.now()
        if answer is None:
            self._missed += 1
            if self._missed == _MISSES:
                self._said = True
                self._tell(f"NATS: there is no stage named '{self._stage}' on that server now; it is waited for")
            return False
        self._missed = 0
        if self._said:
            self._said = False
            self._tell(f"NATS: the stage '{self._stage}' is there")
        if answer["run"] != self._run:
            afresh = bool(self._run) or self.open.is_set()
            self._renewed = bool(self._run)
            self._run, self._number = answer["run"], -1
            self._offset.clear()
            self._aim(self._offset.add(asked, answer["t2"], answer["t3"], heard), afresh)
        else:
            self._aim(self._offset.add(asked, answer["t2"], answer["t3"], heard), False)
        self._behind = self._behind + 1 if answer["last"] > self._number else 0
        self._last = answer["last"]
        self._news.put_nowait(None)
        if len(self._offset) >= _FIRST_ASKS:
            self.known.set()
        return True

    async def _catch_up(self, client: Client) -> bool:
        """Read what the log has and we have not; False where there is no log yet."""
        errors, api = library().js.errors, library().js.api
        js = client.jetstream(timeout=_ACK_S)
        try:
            info = await js.stream_info(stream_name(self._stage))
        except (errors.Error, TimeoutError):
            return False
        created, until = str(getattr(info, "created", "")), info.state.last_seq
        if created != self._created or until < self._sequence:
            self._created, self._sequence = created, 0
        self._behind = 0
        if self._sequence >= until:
            self.caught = True
            return True
        subscription = await js.subscribe(
            f"presence.{self._stage}.show",
            stream=stream_name(self._stage),
            manual_ack=True,
            config=api.ConsumerConfig(
                deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=max(self._sequence + 1, info.state.first_seq),
                ack_policy=api.AckPolicy.NONE,
            ),
        )
        try:
            await self._read_until(client, subscription, until if info.state.messages else 0)
        finally:
            with contextlib.suppress(Exception):
                await subscription.unsubscribe()
        return True

    async def _read_until(self, client: Client, subscription: Any, until: int) -> None:
        """Take the records up to the place ``until`` in, and do at once what they come to. A consumer that falls
        silent is left: whoever misses something asks anew."""
        before, late = self._number, []
        while self._sequence < until:
            try:
                message = await subscription.next_msg(timeout=_ACK_S)
            except (library().errors.TimeoutError, TimeoutError):
                break
            self._sequence = message.metadata.sequence.stream
            if (record := await self._record(client, message.data)) is not None:
                self._kept.add(record)
                if before >= 0 and (record.heard or record.kind in _TURNS):
                    late.append(record)
        standing = [r for r in self._kept.at(self._now()) if r.number > before and r not in late]
        for each in sorted([*standing, *late], key=lambda r: r.number):
            self._go(each)
        self.caught = True

    async def _live(self, client: Client, news: asyncio.Queue[bytes | None], first: bytes | None) -> bytes | None:
        """Do what comes, until something is missing; what came in its place, which is then done next. first : of
        before."""
        excused = first is not None
        while client.is_connected:
            raw, first = first if first is not None else await news.get(), None
            if raw is None:  # the clock was asked
                if self._behind > _MISSES:
                    return None
                continue
            if not excused and self._gap(raw):
                return raw
            excused = False
            if (record := await self._record(client, raw)) is not None:
                self._kept.add(record)
                self._go(record)
        return None

    def _gap(self, raw: bytes) -> bool:
        """Are there records between the last and this one, or is it of another run?"""
        with contextlib.suppress(EventError):
            record = show.read(raw)
            return record.run != self._run or record.number > self._number + 1
        return False

    async def _record(self, client: Client, raw: bytes) -> Record | None:
        """The record, where it is of this run and new."""
        try:
            record = show.read(raw)
        except EventError as error:
            _log.warning("a record of the show log is not understood: %s", error)
            return None
        if record.run != self._run:
            await self._asked_once(client)
        if record.run != self._run or record.number <= self._number:
            return None
        self._number = record.number
        if record.kind == show.BEGIN and self._renewed:
            self._renewed = False
            self._act(record)
        return record

    async def _fleeting(self, message: Msg) -> None:
        with contextlib.suppress(EventError):
            record = show.read(message.data)
            if record.run == self._run:
                self._go(record)

    def _go(self, record: Record) -> None:
        if record.kind != show.BEGIN:
            self.acted += 1
            self._act(record)


_TURNS: Final = ("presence.interrupt", "presence.panic", "presence.resume")
