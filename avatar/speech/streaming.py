"""Sound that comes bit by bit: its rate changed and its loudness evened out, without a seam between the bits."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from ..types import FloatArray
from .sound import PEAK_DBTP, TARGET_LUFS, block_power, limiting, reach

_TAPS: Final = 32
_MOST_PHASES: Final = 1024
_MOST_DB: Final = 24.0
"""A voice is made louder or softer by no more than this."""
_QUICK_DB_S, _SLOW_DB_S = 20.0, 2.0
"""How fast the gain moves while little of the voice is known, and later: too slowly for syllables, it never pumps."""
_KNOWN_S: Final = 1.5
_SILENCE_LUFS, _GATE_LU = -70.0, 10.0


@lru_cache(maxsize=8)
def _filter(rate: int, to: int) -> tuple[FloatArray, int]:
    """((P, T) float32 windowed sinc at P phases, T taps)."""
    phases = min(_MOST_PHASES, to // math.gcd(rate, to))
    cutoff = min(1.0, to / rate) * 0.95
    taps = 2 * math.ceil(_TAPS / 2 / min(1.0, to / rate))
    at = np.arange(taps) - taps // 2 + 1 - np.arange(phases)[:, None] / phases
    kaiser = np.i0(8.0 * np.sqrt(np.maximum(0.0, 1 - (2 * at / taps) ** 2))) / np.i0(8.0)
    table = cutoff * np.sinc(cutoff * at) * kaiser
    return (table / table.sum(1, keepdims=True)).astype(np.float32), taps


@dataclass(slots=True)
class Resampler:
    """From ``rate`` to ``to`` samples a second, by a windowed sinc; late by 16 samples of the slower rate."""

    rate: int
    to: int
    _rest: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    _origin: int = 0
    _made: int = 0

    def __post_init__(self) -> None:
        if self.rate != self.to:
            before = _filter(self.rate, self.to)[1] // 2 - 1
            self._rest, self._origin = np.zeros(before, np.float32), -before

    def feed(self, samples: FloatArray, final: bool = False) -> FloatArray:
        """The next sound, (n,) float32; what of it can be given now, (m,) float32; ``final`` : all that is left."""
        if self.rate == self.to:
            return samples
        table, taps = _filter(self.rate, self.to)
        end = self._origin + len(self._rest) + len(samples)
        parts = [self._rest, samples, np.zeros(taps if final else 0, np.float32)]
        self._rest = np.concatenate(parts)
        known = end if final else end - taps // 2
        count = max(0, -(-known * self.to // self.rate) - self._made)
        at = (self._made + np.arange(count, dtype=np.int64)) * self.rate
        whole, part = at // self.to, at % self.to
        phase = part * len(table) // self.to
        first = whole - (taps // 2 - 1) - self._origin
        out = np.empty(count, np.float32)
        for k in range(0, count, 16384):
            rows = sliding_window_view(self._rest, taps)[first[k : k + 16384]]
            np.einsum("nt,nt->n", rows, table[phase[k : k + 16384]], out=out[k : k + 16384])
        self._made += count
        keep = int(self._made * self.rate // self.to) - (taps // 2 - 1) - self._origin
        if keep > 0:
            self._rest, self._origin = self._rest[keep:].copy(), self._origin + keep
        return out


@dataclass(slots=True)
class Leveller:
    """Towards ``TARGET_LUFS`` by the gated loudness (BS.1770-5) of all that was heard so far, and under ``PEAK_DBTP``.

    rate : samples a second; gain : decibels it begins with, and where it is; known : seconds of voice it has heard.
    """

    rate: int
    gain: float = 0.0
    known: float = 0.0
    _heard: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    _fresh: int = 0
    _powers: list[float] = field(default_factory=list)
    _wanted: float | None = None
    _held: FloatArray = field(default_factory=lambda: np.zeros(0, np.float32))
    _past: int = 0

    def feed(self, samples: FloatArray, final: bool = False) -> FloatArray:
        """The next sound, (n,) float32; what can be given of it now: the limiter looks 5 ms ahead."""
        hop = self.rate // 10
        parts = [self._raise(samples[k : k + hop]) for k in range(0, len(samples), hop)]
        self._held = np.concatenate([self._held, *parts])
        near = reach(self.rate)
        until = len(self._held) if final else len(self._held) - near
        if until <= self._past:
            return np.zeros(0, np.float32)
        down = limiting(self._held, self.rate, PEAK_DBTP)
        out = self._held if down is None else self._held * down
        out = out[self._past : until].copy()
        keep = max(0, until - near)
        self._held, self._past = self._held[keep:].copy(), until - keep
        return out

    def _raise(self, part: FloatArray) -> FloatArray:
        """At most 100 ms with the gain on the way to what is wanted."""
        self._heard = np.concatenate([self._heard, part])[-4 * (self.rate // 10) :]
        self._fresh += len(part)
        first = self._wanted is None
        if self._fresh >= self.rate // 10 or first:
            self._measure(self._fresh)
            self._fresh = 0
        begin = self.gain
        if self._wanted is not None:
            if first and self.known == 0.0:
                begin = self.gain = self._wanted
            most = (_QUICK_DB_S if self.known < _KNOWN_S else _SLOW_DB_S) * len(part) / self.rate
            self.gain += float(np.clip(self._wanted - self.gain, -most, most))
        ramp = 10 ** (np.linspace(begin, self.gain, len(part), dtype=np.float32) / np.float32(20))
        return np.asarray(part * ramp, np.float32)

    def _measure(self, fresh: int) -> None:
        power = block_power(self._heard, self.rate)
        if -0.691 + 10 * math.log10(power + 1e-12) < _SILENCE_LUFS:
            return
        self._powers.append(power)
        powers = np.array(self._powers)
        loud = powers[powers > powers.mean() * 10 ** (-_GATE_LU / 10)]
        self.known += fresh / self.rate if power >= loud.min() else 0.0
        wanted = TARGET_LUFS + 0.691 - 10 * math.log10(float(loud.mean()))
        self._wanted = float(np.clip(wanted, -_MOST_DB, _MOST_DB))
