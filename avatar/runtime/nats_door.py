"""The stage on NATS: its event door, the log of its show for displays, and a server of its own if it is asked for."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..care import consent
from ..clock import Clock
from ..errors import UsageError
from ..events import show
from ..events.messages import Data
from ..io.transports.hub import Delivery, Hub
from ..io.transports.nats import Address, Link, NatsDoor, Tell, address, library
from ..io.transports.nats_log import ShowWriter
from .nats_loop import Loop, Tasks
from .nats_server import OwnServer, guest_url
from .voicing import consent_file

if TYPE_CHECKING:
    from nats.aio.client import Client

EMBEDDED: Final = "embedded"
SHOW: Final = "remote-display"
OBSERVE: Final = "remote-observe"


def where(text: str, stage: str) -> Callable[[], Address]:
    """The address that ``--nats`` names, asked for anew at every try. Raises UsageError at once for one that is none,
    and for another machine's without the person's consent to that very host."""
    library()
    if text == EMBEDDED:
        return lambda: address(guest_url(stage))
    known = address(text)
    if not known.local and not consent.allowed(consent_file(), SHOW, known.host):
        raise UsageError(
            f"--nats would tell {known.host} what is said and done here; to allow it: "
            f"avatar consent grant {SHOW} {known.host}"
        )
    return lambda: known


def allowed(at: Callable[[], Address], purpose: str) -> Callable[[], bool]:
    """Whether the person consents to it now; this machine needs no consent."""

    def now() -> bool:
        try:
            known = at()
        except UsageError:
            return True  # there is no such server yet: nothing goes anywhere
        return known.local or consent.allowed(consent_file(), purpose, known.host)

    return now


def _near(at: Callable[[], Address]) -> bool:
    try:
        return at().local
    except UsageError:
        return True  # it is the embedded one, which is about to start


class StageShow:
    """What ``Doors`` needs to be the first of many: it sets the moment of every event and logs it.

    The three calls come with the doors' lock held, so the log has the order in which the engine gets them.
    """

    def __init__(
        self, hub: Hub, clock: Clock, at: Callable[[], Address], stage: str, tell: Tell, observe: bool
    ) -> None:
        self._hub, self._clock, self._at, self._stage, self._tell = hub, clock, at, stage, tell
        self._may_observe = allowed(at, OBSERVE) if observe else lambda: False
        self.run = uuid.uuid4().hex[:12]
        self._number = 0
        self._loop = Loop("nats", self._main)
        self.writer: ShowWriter

    def start(self) -> None:
        """Open it; a server that is not there is said, and looked for."""
        self._loop.start()

    def close(self) -> None:
        """Close it."""
        self._loop.close()

    def stamp(self, delivery: Delivery) -> Delivery:
        """The same with the moment of its effect."""
        return replace(delivery, event=show.stamped(delivery.event, self._clock.now()))

    def log(self, delivery: Delivery) -> None:
        """Tell displays of what the engine has taken."""
        if delivery.event.type in show.FLEETING:
            self.writer.put_now(show.asked(delivery.event, self.run, -1))
            return
        self._number += 1
        self.writer.put(self._number, show.asked(delivery.event, self.run, self._number, delivery.sound))

    def report(self, news: Data) -> None:
        """Tell displays when an utterance is heard."""
        text = show.reported(news, self.run, self._number + 1)
        if text is not None:
            self._number += 1
            self.writer.put(self._number, text)

    async def _main(self, end: asyncio.Event, started: Callable[[], None]) -> None:
        expressions = frozenset(self._hub.capabilities.expressions)
        door = NatsDoor(self._hub, self._stage, self._may_observe, _near(self._at))
        self.writer = writer = ShowWriter(self._stage, self.run, self._clock, self._tell, expressions)
        tasks = Tasks()

        async def ready(client: Client) -> None:
            await writer.ready(client)
            await door.ready(client)
            tasks.add(writer.write(client))

        def gone() -> None:
            door.gone()
            tasks.cancel()

        link = Link(self._at, ready, self._tell, f"stage {self._stage}", gone, allowed(self._at, SHOW))
        running, speaking = asyncio.ensure_future(link.run()), asyncio.ensure_future(door.speak())
        started()
        await end.wait()
        link.stop()
        await running
        speaking.cancel()
        door.close()


def stage_show(
    hub: Hub, clock: Clock, text: str, stage: str, tell: Tell, observe: bool
) -> tuple[StageShow, Callable[[], None]]:
    """The stage's part, open, and what closes it together with the server that was started where ``text`` is
    ``embedded``. Raises UsageError, PortError, OutputError."""
    library()
    if text != EMBEDDED:
        at = where(text, stage)
        tell(f"NATS: {at().url}, stage '{stage}'; displays: avatar run --nats {at().url} --stage {stage} --follow")
        made = StageShow(hub, clock, at, stage, tell, observe)
        made.start()
        return made, made.close
    own = OwnServer(stage)
    tell(
        f"NATS: a server of its own on {address(own.url).url}, for this machine only; its log lies in "
        f"{own.folder} and goes with the run; displays: avatar run --nats embedded --stage {stage} --follow"
    )
    made = StageShow(hub, clock, lambda: address(own.url), stage, tell, observe)

    def close() -> None:
        made.close()
        own.close()

    try:
        made.start()
    except BaseException:
        close()
        raise
    return made, close
