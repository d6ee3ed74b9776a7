"""What the engine itself says, taken out of what a microphone hears; and whether, besides it, a person speaks.

An adaptive filter learns the way from loudspeaker to microphone, up to 0.4 s of it: partitioned blocks in the frequency
domain (Soo & Pang 1990), in two copies (Ochiai et al. 1977), so that somebody who speaks at the same time does not
spoil it: one always learns, the other, whose result is used, takes over what it learnt only where that is better. What
is left is a person when it is stronger than what has been left of the echo lately.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray

RATE: Final = 16000
BLOCK: Final = 256
"""Samples between two answers: 16 ms."""
REACH_S: Final = 0.42
"""The longest way from playing to hearing, with its echoes, seconds."""
_PARTS: Final = -(-int(REACH_S * RATE) // BLOCK)
_STEP: Final = 0.5
_QUIET: Final = 1e-4
"""Of full scale, root mean square: what is softer is silence."""
_KNOWN: Final = 60
"""Blocks of echo that must have been heard before a person is told from it: about a second."""
_LATELY: Final = 250
_MARGIN: Final = 10**0.35
_LEAST: Final = 0.01
"""What may be left of the echo however well it went before: rooms change."""
_ASIDE: Final = 0.05
"""Part of the echo that may come at another time than the filter says."""
_LOUD: Final = 4.0
"""Times the noise: what is stronger is no noise."""
_BAND: Final = slice(8, 120)
"""Of the 257 bins: 250 Hz to 3.7 kHz, where voices are."""
_AGREE, _OF, _HOLD = 4, 7, 14
"""Loud blocks of the last so many make a person, who stays for so many after the last of them."""
_FOR_EVER: Final = 1200
_NOISE: Final = 120
"""Blocks over which the softest are the noise."""

Spectra = NDArray[np.complex64]


class _Ring:
    """The last values of something."""

    def __init__(self, size: int) -> None:
        self._values = np.zeros(size, np.float32)
        self.count = 0

    def add(self, value: float) -> None:
        self._values[self.count % len(self._values)] = value
        self.count += 1

    def quantile(self, part: float) -> float:
        """The value that ``part`` of them are below."""
        known = self._values[: self.count]
        k = int(part * (len(known) - 1))
        return float(np.partition(known, k)[k])


@dataclass(slots=True)
class Heard:
    """What one block says. person : somebody speaks; clean : (BLOCK,) float32, without the engine's own voice."""

    person: bool
    clean: FloatArray


@dataclass(slots=True)
class EchoGate:
    """Feed it both sides in step, ``BLOCK`` samples of ``RATE`` at a time: what was played, and what was heard
    meanwhile. An echo may come up to ``REACH_S`` later."""

    _far: Spectra = field(default_factory=lambda: np.zeros((_PARTS, BLOCK + 1), np.complex64))
    _power: FloatArray = field(default_factory=lambda: np.zeros(BLOCK + 1, np.float32))
    _used: Spectra = field(default_factory=lambda: np.zeros((_PARTS, BLOCK + 1), np.complex64))
    _learns: Spectra = field(default_factory=lambda: np.zeros((_PARTS, BLOCK + 1), np.complex64))
    _last: FloatArray = field(default_factory=lambda: np.zeros(BLOCK, np.float32))
    _turn: int = 0
    _errors: list[float] = field(default_factory=lambda: [0.0, 0.0])
    _tail: float = 0.0
    _played: deque[float] = field(default_factory=lambda: deque([0.0] * _PARTS, maxlen=_PARTS))
    _left: _Ring = field(default_factory=lambda: _Ring(_LATELY))
    _fresh: deque[float] = field(default_factory=deque)
    _softest: _Ring = field(default_factory=lambda: _Ring(_NOISE))
    _gain: float = 0.0
    _since: int = 0
    _votes: deque[bool] = field(default_factory=lambda: deque(maxlen=_OF))
    _held: int = 0

    def step(self, played: FloatArray, heard: FloatArray) -> Heard:
        """The next block of both sides, (BLOCK,) float32 each."""
        self._far = np.roll(self._far, 1, 0)
        self._far[0] = np.fft.rfft(np.concatenate([self._last, played])).astype(np.complex64)
        self._last = np.asarray(played, np.float32).copy()
        used, learnt = self._echo(self._used), self._echo(self._learns)
        left, tried = heard - used, heard - learnt
        self._learn(tried)
        self._choose(left, tried)
        person = self._judge(played, heard, left, used)
        return Heard(person, left.astype(np.float32))

    def _echo(self, way: Spectra) -> FloatArray:
        """(BLOCK,) what of the played sound arrives by this way."""
        whole = np.fft.irfft((self._far * way).sum(0))
        return np.asarray(whole[BLOCK:], np.float32)

    def _learn(self, error: FloatArray) -> None:
        power = (self._far.real**2 + self._far.imag**2).sum(0)
        self._power = np.maximum(0.7 * self._power, power).astype(np.float32)
        if power.mean() < _QUIET * _QUIET * BLOCK * BLOCK:
            return
        spectrum = np.fft.rfft(np.concatenate([np.zeros(BLOCK, np.float32), error]))
        step = _STEP * spectrum / (self._power + 1e-6 * BLOCK)
        self._learns += (np.conj(self._far) * step).astype(np.complex64)
        # A way shorter than its block: each part in turn is cut to its first half, as the products wrap round.
        for part in (self._turn, (self._turn + _PARTS // 2) % _PARTS):
            way = np.fft.irfft(self._learns[part])
            way[BLOCK:] = 0
            self._learns[part] = np.fft.rfft(way).astype(np.complex64)
        self._turn = (self._turn + 1) % _PARTS

    def _choose(self, left: FloatArray, tried: FloatArray) -> None:
        """Which of the two ways is better lately."""
        for k, error in enumerate((left, tried)):
            self._errors[k] = 0.85 * self._errors[k] + 0.15 * float(np.mean(np.square(error)))
        if self._errors[1] < 0.85 * self._errors[0]:
            self._used = self._learns.copy()
            self._gain = float(np.mean(np.abs(self._used) ** 2) * _PARTS)
            self._errors[0] = self._errors[1]
        elif self._errors[1] > 2.0 * self._errors[0]:
            self._learns = self._used.copy()
            self._errors[1] = self._errors[0]

    def _judge(self, played: FloatArray, heard: FloatArray, left: FloatArray, used: FloatArray) -> bool:
        """Is there a person in what is left?"""
        window = np.hanning(BLOCK).astype(np.float32)
        power = float((np.abs(np.fft.rfft(left * window, 2 * BLOCK)[2 * _BAND.start : 2 * _BAND.stop]) ** 2).sum())
        power /= BLOCK * BLOCK
        self._played.append(float(np.mean(np.square(played))))
        self._tail = max(float(np.mean(np.square(used))), 0.75 * self._tail)
        self._softest.add(power)
        noise = max(1.5 * self._softest.quantile(0.1), _QUIET * _QUIET * 1e-2)
        loudest = max(self._played)
        expected = noise * _LOUD
        if loudest > _QUIET * _QUIET:
            # What is left of the echo goes with what there is of it, and with what was played lately.
            likely = self._tail + (_ASIDE * self._gain + 1e-6) * loudest
            part = max(self._left.quantile(0.98), _LEAST) if self._left.count >= _KNOWN else float("inf")
            expected += part * _MARGIN * likely
            self._fresh.append(max(0.0, power - noise) / likely)
            if len(self._fresh) > _OF:
                self._left.add(self._fresh.popleft())
        loud = power > expected
        self._votes.append(loud)
        if sum(self._votes) >= _AGREE:
            self._held = _HOLD
        elif self._held:
            self._held -= 1
        # A person is no measure of what is left of the echo; but nobody speaks for ever.
        self._since = self._since + 1 if self._held else 0
        if 0 < self._since < _FOR_EVER:
            self._fresh.clear()
        return self._held > 0
