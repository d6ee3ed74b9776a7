"""Music of a ceremony: one sound file under the voices, which sinks while somebody speaks."""

from __future__ import annotations

import threading
from typing import Final

import numpy as np

from ..speech.sound import resample
from ..types import FloatArray

_UNDER: Final = 0.35
"""Times its level under a voice."""
_SINK_S: Final = 0.6


class Music:
    """A line of samples beside the speech. Every method may be called from any thread; rate : samples a second."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._lock = threading.Lock()
        self._sound = np.zeros(0, np.float32)
        self._at, self._loop, self._frozen = 0, False, False
        self._gain = self._wanted = self._level = 0.0
        self._step = 1.0
        self._under = 1.0

    def play(self, sound: FloatArray, rate: int, level: float, fade: float, loop: bool) -> None:
        """Begin a piece, (N,) float32 mono, in place of what plays; it comes within ``fade`` seconds."""
        even = resample(sound, rate, self.rate)
        with self._lock:
            self._sound, self._at, self._loop, self._frozen = even, 0, loop, False
            self._gain, self._wanted = 0.0, level
            self._step = 1 / max(1.0, fade * self.rate)

    def stop(self, fade: float = 0.0) -> None:
        """Let it go within ``fade`` seconds; 0 : at once."""
        with self._lock:
            self._wanted = 0.0
            self._step = 1 / max(1.0, fade * self.rate)
            if fade <= 0:
                self._sound = self._sound[:0]

    def freeze(self, on: bool) -> None:
        """Hold it where it is, or let it go on."""
        with self._lock:
            self._frozen = on

    @property
    def playing(self) -> bool:
        """Is anything of it heard?"""
        return len(self._sound) > 0

    def mix(self, block: FloatArray, speaking: bool) -> None:
        """Add the next samples to ``block``, (n,) float32, in place."""
        with self._lock:
            count = len(block)
            if not len(self._sound) or self._frozen or not count:
                return
            if self._loop:
                part = self._sound[np.arange(self._at, self._at + count) % len(self._sound)]
            else:
                part = np.zeros(count, np.float32)
                left = self._sound[self._at : self._at + count]
                part[: len(left)] = left
            self._at += count
            way = self._step * np.arange(1, count + 1)
            up = self._wanted > self._gain
            gain = np.minimum(self._gain + way, self._wanted) if up else np.maximum(self._gain - way, self._wanted)
            self._gain = float(gain[-1])
            goal = _UNDER if speaking else 1.0
            change = np.arange(1, count + 1) / (_SINK_S * self.rate)
            sunk = (
                np.maximum(self._under - change, goal) if goal < self._under else np.minimum(self._under + change, goal)
            )
            self._under = float(sunk[-1])
            block += part * (gain * sunk).astype(np.float32)
            ended = not self._loop and self._at >= len(self._sound)
            if ended or (self._wanted == 0.0 and self._gain == 0.0):
                self._sound = self._sound[:0]
