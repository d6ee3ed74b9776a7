"""The show log as a display reads it: every record once and in order, and the time of the stage's clock."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from ...clock import Clock
from ...errors import EventError
from ...events import show
from ...events.shared_time import Offset
from ...events.show import InForce, Record
from .nats import Tell, library
from .nats_log import asked, stream_name

if TYPE_CHECKING:
    from nats.aio.client import Client
    from nats.aio.msg import Msg

_log = logging.getLogger(__name__)

_ACK_S: Final = 2.0
_EVERY_S: Final = 1.0
_FIRST_ASKS: Final = 4
_MISSES: Final = 2
"""Questions without an answer until a stage is missed."""


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
        begun = self._base.now()
        answer = await asked(client, self._stage)
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
            self._aim(self._offset.add(begun, answer["t2"], answer["t3"], heard), afresh)
        else:
            self._aim(self._offset.add(begun, answer["t2"], answer["t3"], heard), False)
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
            found = _read(message.data)
            if found is not None and (record := await self._fresh(client, found)) is not None:
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
            if (found := _read(raw)) is None:
                continue
            if not excused and (found.run != self._run or found.number > self._number + 1):
                return raw
            excused = False
            if (record := await self._fresh(client, found)) is not None:
                self._kept.add(record)
                self._go(record)
        return None

    async def _fresh(self, client: Client, record: Record) -> Record | None:
        """The record, where it is of this run and new."""
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


def _read(raw: bytes) -> Record | None:
    try:
        return show.read(raw)
    except EventError as error:
        _log.warning("a record of the show log is not understood: %s", error)
        return None
