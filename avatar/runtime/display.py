"""A display: an engine that does what the stage does, at the same instant, from the show log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ..clock import Clock
from ..errors import EventError, PortError
from ..events import messages, show
from ..events.codec import Event
from ..events.messages import SCOPES, Data
from ..events.show import Record
from ..io.transports.hub import Hub
from ..io.transports.nats import Address, Link, Tell
from ..io.transports.nats_show import ShowReader
from .nats_door import SHOW, allowed
from .nats_loop import Loop, Tasks
from .shared_clock import SharedClock
from .speaking import Speaker

if TYPE_CHECKING:
    from nats.aio.client import Client

PATIENCE_S: Final = 3.0
"""How long a display waits for the stage's clock before it shows its companion by itself."""
_END_S: Final = 0.5
"""So long after the stage has heard the end of an utterance it is over here, too."""


class Actor:
    """Gives records to one engine. hub : of its doors, where each event acts once; speaker : whose mixer is led by when
    the stage was heard; clock : the display's; tell : gets what this display cannot do, once each."""

    def __init__(self, hub: Hub, speaker: Speaker, clock: SharedClock, tell: Tell) -> None:
        self._hub, self._speaker, self._clock, self._tell = hub, speaker, clock, tell
        session = hub.open(scopes=SCOPES, patient=True)
        if session is None:
            raise PortError("too many clients are connected")
        self._session = session
        self._waiting: list[str] = []
        self._told: set[str] = set()
        self._resets = 0
        speaker.device.mixer.lead(None, 0)

    def act(self, record: Record) -> None:
        """Do it, or have it done at its moment."""
        if record.kind == show.BEGIN:
            self._reset(record)
        elif record.event is None:
            self._hear(record)
        else:
            if isinstance(record.event.data, messages.Say | messages.SayDelta | messages.SpeechAudio):
                self._expect(record.event.data.utterance or record.event.id)
            event = show.shifted(record.event, max(0.0, self._clock.local(record.at)))
            # Senders may count from 1 again when the stage begins anew; within a run the stage has seen to repeats.
            self._accept(event.model_copy(update={"source": f"{record.run} {event.source}"}))
        while self._session.pop() is not None:
            pass

    def over(self, utterance: str) -> None:
        """The stage is done with it."""
        if utterance in self._waiting:
            self._waiting.remove(utterance)
        self._accept(self._event(messages.Interrupt(utterance=utterance)))

    def _expect(self, utterance: str) -> None:
        if utterance not in self._waiting:
            self._waiting.append(utterance)
            del self._waiting[:-256]

    def _hear(self, record: Record) -> None:
        name = record.utterance
        if record.kind.endswith("started"):
            if name in self._waiting:
                for other in self._waiting[: self._waiting.index(name)]:
                    self.over(other)  # had its turn on the stage, or could not be said there
            device = self._speaker.device
            device.mixer.lead(name, round(device.due(self._clock.local(record.at))))
        elif record.kind.endswith("interrupted"):
            self.over(name)
        else:
            asyncio.get_running_loop().call_later(_END_S, self.over, name)

    def _reset(self, record: Record) -> None:
        """Another run of the stage: its companion stands there anew, and so does ours."""
        self._waiting.clear()
        for data in (messages.Interrupt(), messages.Express(expression="neutral", intensity=1.0)):
            self._accept(self._event(data))

    def _event(self, data: Data) -> Event:
        self._resets += 1
        return Event.model_construct(
            specversion="1.0",
            id=f"display.{self._resets}",
            source="presence.display",
            type=data.TYPE,
            data=data,
            time=None,
        )

    def _accept(self, event: Event) -> None:
        try:
            self._hub.accept(event, self._session)
        except EventError as error:
            if error.code not in ("unknown_utterance", "rate_limited") and error.code + error.pointer not in self._told:
                self._told.add(error.code + error.pointer)
                self._tell(f"the stage asks for what this display cannot do: {error}")


class Follower:
    """The display's part on NATS: a clock that goes with the stage's, and records for whoever acts.

    ``clock`` may be used once ``wait`` has returned; records come once ``attach`` was called.
    """

    def __init__(self, base: Clock, at: Callable[[], Address], stage: str, tell: Tell) -> None:
        self._base, self._at, self._stage, self._tell = base, at, stage, tell
        self._early: float | None = None
        self._act: Callable[[Record], None] = lambda record: None
        self._clock: SharedClock | None = None
        self._loop = Loop("nats", self._main)
        self._reader: ShowReader
        self._running: asyncio.AbstractEventLoop

    def wait(self) -> SharedClock:
        """Start, and wait a moment for the stage's clock. Raises PortError where the thread does not start."""
        self._loop.start()
        self._reader.known.wait(PATIENCE_S)
        self._clock = clock = SharedClock(self._base, self._early or 0.0)
        return clock

    def attach(self, act: Callable[[Record], None], expressions: frozenset[str]) -> None:
        """From now on ``act`` gets every record, on the thread that listens."""
        self._act = act
        self._running.call_soon_threadsafe(self._reader.expect, expressions)

    @property
    def delay(self) -> float:
        """Of the exchange of times that is believed, there and back, seconds."""
        return self._reader.delay

    def close(self) -> None:
        """Leave."""
        self._loop.close()

    def _aim(self, offset: float, afresh: bool) -> None:
        if self._clock is None:
            self._early = offset
        else:
            self._clock.aim(offset, afresh or self._early is None)
            self._early = offset

    def _now(self) -> float:
        """On the stage's clock."""
        clock = self._clock
        return 0.0 if clock is None else clock.stage(clock.now())

    async def _main(self, end: asyncio.Event, started: Callable[[], None]) -> None:
        self._running = asyncio.get_running_loop()
        reader = self._reader = ShowReader(
            self._stage, self._base, lambda record: self._act(record), self._aim, self._now, self._tell
        )
        tasks = Tasks()

        async def ready(client: Client) -> None:
            tasks.add(reader.ask(client), reader.read(client))

        link = Link(self._at, ready, self._tell, "display", tasks.cancel, allowed(self._at, SHOW))
        running = asyncio.ensure_future(link.run())
        started()
        await end.wait()
        link.stop()
        await running
