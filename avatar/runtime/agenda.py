"""When accepted events take effect: in the order they came, or at the moment that ``data.at`` asks for.

Events of one source take effect in the order sent; two for the same moment too. What belongs to an utterance that waits
for its moment waits with it, so that words sent after it cannot be heard before it.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable
from typing import Final

from ..errors import EventError
from ..events import messages
from ..events.gate import MOST_WAITING
from ..io.transports.hub import Delivery
from .mailbox import Inbox

STREAMED: Final = (messages.SayDelta, messages.SpeechAudio, messages.SpeechTiming)
_COST_BYTES: Final = 16384


class Agenda:
    """inbox : where the doors put accepted events."""

    def __init__(self, inbox: Inbox[Delivery]) -> None:
        self._inbox = inbox
        self._later: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._keys: set[tuple[str, str]] = set()
        self._behind: dict[tuple[str, str], float] = {}
        self._costs: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._inbox) + len(self._later)

    def take(self, now: float) -> list[tuple[int, Delivery]]:
        """(order of arrival, event) of all that take effect at ``now``, in the order in which they do."""
        arrived = [(next(self._order), delivery) for delivery in self._inbox.drain()]
        found = []
        while self._later and self._later[0][0] <= now:
            _, order, delivery = heapq.heappop(self._later)
            self._forget(delivery)
            found.append((order, delivery))
        self._behind = {key: at for key, at in self._behind.items() if at > now}
        for order, delivery in arrived:
            at = self._moment(delivery)
            if at <= now:
                found.append((order, delivery))
            elif (delivery.event.source, delivery.event.id) not in self._keys:
                self._wait(at, order, delivery)
        return found

    def cancel(self, which: Callable[[Delivery], bool], before: int | None = None) -> list[Delivery]:
        """Drop what waits for its moment and is meant, of what arrived before an event; what it was, in order."""
        dropped = [entry for entry in self._later if (before is None or entry[1] < before) and which(entry[2])]
        if dropped:
            orders = {entry[1] for entry in dropped}
            self._later = [entry for entry in self._later if entry[1] not in orders]
            heapq.heapify(self._later)
        for _, _, delivery in dropped:
            self._forget(delivery)
            if isinstance(delivery.event.data, STREAMED):
                self._behind.pop((delivery.event.source, delivery.event.data.utterance), None)
        return [delivery for _, _, delivery in sorted(dropped, key=lambda entry: entry[:2])]

    def _moment(self, delivery: Delivery) -> float:
        data = delivery.event.data
        asked = data.at if isinstance(data, messages.Timed) and data.at is not None else 0.0
        if isinstance(data, STREAMED):
            asked = max(asked, self._behind.get((delivery.event.source, data.utterance), 0.0))
        return asked

    def _wait(self, at: float, order: int, delivery: Delivery) -> None:
        cost = _cost(delivery)
        if self._costs[delivery.session] + cost > MOST_WAITING:
            message = f"more than {MOST_WAITING} events, or {MOST_WAITING * _COST_BYTES >> 20} MiB, wait for their time"
            delivery.refuse(EventError("rate_limited", message, "/data/at", delivery.event.id))
            return
        self._costs[delivery.session] += cost
        self._keys.add((delivery.event.source, delivery.event.id))
        if isinstance(delivery.event.data, STREAMED):
            self._behind[delivery.event.source, delivery.event.data.utterance] = at
        heapq.heappush(self._later, (at, order, delivery))

    def _forget(self, delivery: Delivery) -> None:
        self._keys.discard((delivery.event.source, delivery.event.id))
        self._costs[delivery.session] -= _cost(delivery)
        if self._costs[delivery.session] <= 0:
            del self._costs[delivery.session]


def _cost(delivery: Delivery) -> int:
    """1 for an event, and 1 for every 16 KiB of text or sound that it holds."""
    data = delivery.event.data
    size = len(delivery.sound or b"")
    match data:
        case messages.Say() | messages.SayDelta():
            size += len(data.text)
        case messages.SpeechAudio():
            size += len(data.audio or "")
        case messages.SpeechTiming():
            size += 32 * len(data.marks)
    return 1 + size // _COST_BYTES
