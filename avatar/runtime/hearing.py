"""What a microphone is for: a human reader moves the companion's mouth, and its voice sinks while a person speaks.

Nothing that is heard is kept, and nothing of it leaves this machine.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

import numpy as np

from ..clock import Clock
from ..io.capture.microphone import Microphone
from ..io.voice.mixer import Mixer
from ..io.voice.pieces import DUCK_DB
from ..speech.by_ear import best_ear
from ..speech.echo import BLOCK, RATE, EchoGate
from ..speech.loudness import Listener
from ..speech.streaming import Resampler
from ..speech.visemes import MOUTH, closed, shown
from ..types import FloatArray

_EVERY_S: Final = 0.01
_STALE_S: Final = 0.3
"""Without sound for so long, seconds, a reader's mouth is shut."""
_MEMORY_S: Final = 4.0
_SHIFT_S: Final = 0.02
"""What is heard is compared with what was played from so long after it on, seconds: the times of neither are exact."""


class Played:
    """What the engine played lately, at ``RATE``, by the time at which it was heard. ``tap`` is for a sound device; any
    thread."""

    def __init__(self, rate: int) -> None:
        self._lock, self.rate = threading.Lock(), rate
        self._resampler = Resampler(rate, RATE)
        self._line = np.zeros(int(_MEMORY_S * RATE), np.float32)
        self._next: int | None = None

    def tap(self, t: float, block: FloatArray) -> None:
        """A block that is heard from ``t`` seconds on."""
        with self._lock:
            at = round(t * RATE)
            # Blocks are one line; only a gap or a leap begins another.
            if self._next is None or abs(at - self._next) > 0.03 * RATE:
                self._resampler, self._next = Resampler(self.rate, RATE), at
            part = self._resampler.feed(block)
            self._line[np.arange(self._next, self._next + len(part)) % len(self._line)] = part
            self._next += len(part)

    def take(self, t: float, count: int) -> FloatArray:
        """(count,) float32 that were heard from ``t`` on; silence where nothing was, or where it is long ago."""
        at = round(t * RATE)
        with self._lock:
            where = np.arange(at, at + count)
            part = self._line[where % len(self._line)].copy()
            end = self._next or 0
            part[(where >= end) | (where < end - len(self._line))] = 0.0
        return part


class Hearing:
    """microphone : what is listened to; reader : its sound moves the mouth; played : what the engine plays, None = it
    is silent, and nothing sinks; mixer : whose voice sinks by ``duck`` decibels while a person speaks.

    ``step`` does the work; as a context manager it is done on a thread of its own, else ``mouth`` does it."""

    def __init__(
        self,
        microphone: Microphone,
        clock: Clock,
        reader: bool = False,
        mixer: Mixer | None = None,
        played: Played | None = None,
        listener: Callable[[int], Listener] = best_ear,
        duck: float = DUCK_DB,
    ) -> None:
        self.microphone, self.clock = microphone, clock
        self.person = False
        self._mixer, self._played, self._duck = mixer, played, duck
        self._ear = listener(microphone.rate) if reader else None
        self._row = closed(np.empty(MOUTH, np.float32))
        self._newest = clock.now()
        self._gate = EchoGate()
        self._resampler = Resampler(microphone.rate, RATE)
        self._heard = np.zeros(0, np.float32)
        self._at: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ears", daemon=True)

    @property
    def reads(self) -> bool:
        """Does what is heard move the mouth?"""
        return self._ear is not None

    def step(self, now: float) -> None:
        """Take in what was heard up to ``now`` seconds."""
        t, sound = self.microphone.read(now)
        if not len(sound):
            return
        if self._ear is not None and len(rows := self._ear.feed(sound)):
            self._row, self._newest = rows[-1], now
        if self._mixer is not None and self._played is not None:
            self._listen(t, sound, self._mixer, self._played, now)

    def mouth(self, now: float, out: FloatArray) -> FloatArray:
        """A reader's mouth now into ``out``, (15,) or (18,) float32 as ``visemes.sample`` has it."""
        if self._thread.ident is None:
            self.step(now)
        if now - self._newest > _STALE_S:
            return closed(out)
        return shown(self._row, out)

    def _listen(self, t: float, sound: FloatArray, mixer: Mixer, played: Played, now: float) -> None:
        even = self._resampler.feed(sound)
        start = t - len(self._heard) / RATE
        if self._at is None or abs(start - self._at) > 0.05:
            self._at = start
        self._heard = np.concatenate([self._heard, even])
        # What was played is compared once it is all known.
        while len(self._heard) >= BLOCK and self._at + _SHIFT_S + 2 * BLOCK / RATE <= now:
            block, self._heard = self._heard[:BLOCK], self._heard[BLOCK:]
            found = self._gate.step(played.take(self._at + _SHIFT_S, BLOCK), block)
            self._at += BLOCK / RATE
            if found.person != self.person:
                self.person = found.person
                mixer.duck(self._duck if self.person else 0.0)

    def _run(self) -> None:
        while not self._stop.wait(_EVERY_S):
            self.step(self.clock.now())

    def __enter__(self) -> Hearing:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(1.0)
        self.microphone.close()
        if self._mixer is not None:
            self._mixer.duck(0.0)
