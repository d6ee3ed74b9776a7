"""What a mixer's line is made of: stretches of speech, and the gain over all of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ...types import FloatArray, VisemeTrack

DUCK_DB: Final = -12.0
"""How far the companion's voice sinks while somebody speaks over it."""
_QUIET: Final = 10 ** (-50 / 20)
_QUIETEST: Final = 2400
_DUCK_S: Final = 0.15
"""How long it takes to sink that far, or to come back, seconds."""


@dataclass(eq=False, slots=True)
class Piece:
    """A stretch of an utterance on the line.

    sound : (N,) float32 at the line's rate; last : no more of its utterance comes; begins : where its text begins in
    the utterance's; serial : its number on the line; offset : samples of its track before its first; joined : it
    follows the one before it without a pause; start, end : positions, -1 before it has a place; cut, silent : positions
    between which it fades, -1 for never; rise, fall : samples at its ends that are faded because of a gap beside them.
    """

    utterance: str
    text: str
    sound: FloatArray
    track: VisemeTrack
    last: bool
    begins: int
    serial: int = 0
    offset: int = 0
    joined: bool = False
    start: int = -1
    end: int = -1
    cut: int = -1
    silent: int = -1
    rise: int = 0
    fall: int = 0

    def keeps(self, position: float) -> float:
        """How much of it a fade has left at a position, 0-1."""
        if self.cut < 0 or position <= self.cut:
            return 1.0
        return 0.5 + 0.5 * math.cos(math.pi * min(1.0, (position - self.cut) / (self.silent - self.cut)))

    def mix(self, begin: int, end: int, block: FloatArray) -> None:
        """Add what lies between two positions to ``block`` (end - begin,)."""
        first, last = max(begin, self.start), min(end, self.end)
        part = self.sound[first - self.start : last - self.start]
        if self.cut >= 0:
            along = (np.arange(first, last, dtype=np.float32) - self.cut) / (self.silent - self.cut)
            part = part * (0.5 + 0.5 * np.cos(np.pi * np.clip(along, 0.0, 1.0))).astype(np.float32)
        elif self.rise or self.fall:
            at = np.arange(first, last, dtype=np.float32)
            up, down = (at - self.start) / max(1, self.rise), (self.end - at) / max(1, self.fall)
            part = part * np.clip(np.minimum(up if self.rise else 1.0, down if self.fall else 1.0), 0.0, 1.0)
        block[first - begin : last - begin] += part


def quiet(sound: FloatArray, keep: int) -> int:
    """How many samples at the beginning are quiet (under -50 dBFS), but for the last ``keep`` of them; at most 50 ms at
    48 kHz, so that a breath is not lost."""
    loud = np.abs(sound[:_QUIETEST]) > _QUIET
    return max(0, (int(loud.argmax()) if loud.any() else 0) - keep)


@dataclass(slots=True)
class Gain:
    """A gain that never leaps. wanted : factor it goes to; now : where it is; seconds : from silence to all of it, None
    = as quick as ducking is."""

    rate: int
    wanted: float = 1.0
    now: float = 1.0
    seconds: float | None = None
    _step: float = field(init=False)

    def __post_init__(self) -> None:
        ducked = _DUCK_S / (1 - 10 ** (DUCK_DB / 20))
        self._step = 1 / ((ducked if self.seconds is None else self.seconds) * self.rate)

    def apply(self, block: FloatArray) -> None:
        """Multiply the next samples of the line, in place."""
        wanted = self.wanted
        if self.now == wanted:
            if wanted != 1.0:
                block *= np.float32(wanted)
            return
        way = np.arange(1, len(block) + 1, dtype=np.float32) * np.float32(self._step)
        ramp = np.maximum(self.now - way, wanted) if wanted < self.now else np.minimum(self.now + way, wanted)
        block *= ramp
        if len(ramp):
            self.now = wanted if abs(float(ramp[-1]) - wanted) < 1e-6 else float(ramp[-1])
