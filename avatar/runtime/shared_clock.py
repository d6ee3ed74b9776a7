"""A display's clock: it shows the stage's time, and follows it without ever going back."""

from __future__ import annotations

import math
import threading
from typing import Final

from ..clock import Clock

SLEW: Final = 0.005
"""Seconds a second by which it runs faster or slower to come to the stage's time: nobody sees it in a movement."""
STEP: Final = 0.128
"""A gap larger than that is not slewed but jumped over (RFC 5905, STEPT)."""


class SharedClock:
    """``base`` and an offset that follows what ``aim`` is told. Thread-safe.

    Where the other clock is behind by more than ``STEP`` (the stage has begun anew, or slept), this one goes on and
    ``shift``, whole seconds, says how far apart they are from then on: pictures made at whole parts of a second stay in
    step with the stage's.
    """

    def __init__(self, base: Clock, offset: float = 0.0) -> None:
        self._base = base
        self._offset = self._wanted = offset
        self._shift = 0.0
        self._read = base.now()
        self._shown = self._read + offset
        self._lock = threading.Lock()

    def now(self) -> float:
        """Seconds, monotonic."""
        with self._lock:
            return self._now()

    def sleep(self, seconds: float) -> None:
        """Wait; returns at once for zero or less."""
        self._base.sleep(seconds)

    def aim(self, offset: float, afresh: bool = False) -> None:
        """The stage's clock is ``offset`` seconds ahead of the base; afresh : it is another clock than before."""
        with self._lock:
            now = self._now()
            gap = offset + self._shift - self._offset
            if afresh or gap < -STEP:
                stage = self._read + offset
                self._shift = float(math.ceil(now - stage))
                self._offset = self._wanted = offset + self._shift
                return
            self._wanted = offset + self._shift
            if gap > STEP:
                self._offset = self._wanted

    def local(self, at: float) -> float:
        """A moment on the stage's clock, on this one."""
        with self._lock:
            return at + self._shift

    def stage(self, at: float) -> float:
        """A moment on this clock, on the stage's."""
        with self._lock:
            return at - self._shift

    @property
    def base(self) -> Clock:
        """The machine's own."""
        return self._base

    def _now(self) -> float:
        read = self._base.now()
        most = SLEW * (read - self._read)
        self._offset += min(most, max(-most, self._wanted - self._offset))
        self._read = read
        self._shown = max(self._shown, read + self._offset)
        return self._shown
