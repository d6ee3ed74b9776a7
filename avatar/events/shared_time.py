"""How far another machine's clock is from ours, by asking it what time it is: NTP's arithmetic, without its daemon.

Source: RFC 5905. Offset and delay of one exchange are section 8's, the choice among the last eight exchanges is the
clock filter of section 10: the least delayed tells the truth best, and the older one is the less it is worth.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

STAGES: Final = 8
"""Exchanges that are remembered (RFC 5905, NSTAGE)."""
DRIFT: Final = 100e-6
"""Seconds a second by which an old exchange is worth less. RFC 5905 takes 15e-6 (PHI), for clocks that are disciplined
already; quartz of a plain computer drifts by up to 100e-6."""


class Exchange(NamedTuple):
    """One question and answer. offset : the other clock minus ours; delay : on the way there and back; at : ours when
    the answer came. Seconds."""

    offset: float
    delay: float
    at: float


def exchange(t1: float, t2: float, t3: float, t4: float) -> Exchange:
    """t1 : asked, t4 : answer heard, on our clock; t2 : question heard, t3 : answered, on the other. Seconds."""
    return Exchange(((t2 - t1) + (t3 - t4)) / 2, max(0.0, (t4 - t1) - (t3 - t2)), t4)


class Offset:
    """The best guess from the last eight exchanges."""

    def __init__(self) -> None:
        self._kept: deque[Exchange] = deque(maxlen=STAGES)

    def add(self, t1: float, t2: float, t3: float, t4: float) -> float:
        """Take an exchange in; the offset that is believed now. Times as ``exchange`` has them."""
        self._kept.append(exchange(t1, t2, t3, t4))
        return self.best(t4).offset

    def best(self, now: float) -> Exchange:
        """The exchange that is believed at ``now`` (our clock): the one with the least distance, half the delay and
        what the clocks may have drifted since. Raises ValueError before there is one."""
        return min(self._kept, key=lambda e: e.delay / 2 + DRIFT * (now - e.at))

    def __len__(self) -> int:
        return len(self._kept)

    def clear(self) -> None:
        """Forget all: it is another clock now."""
        self._kept.clear()
