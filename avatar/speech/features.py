"""Sound into what an ear makes of it: 40 bands of loudness a hundred times a second, of a whole file or as it comes.

Frame k covers ``[k, k + 1) / 100`` seconds; its 25 ms window lies about the middle of that, so it needs sound until
17.5 ms after the frame begins.
"""

from __future__ import annotations

from functools import lru_cache
from math import gcd
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..types import FloatArray

RATE: Final = 16000
HOP: Final = 160
WINDOW: Final = 400
BANDS: Final = 40
BEFORE: Final = (WINDOW - HOP) // 2
"""Samples of a frame's window before the frame begins, and as many after it ends."""
FLOOR: Final = 1e-7
"""Power added to every band: about -70 dB below full scale, so that digital silence is a number."""
_FFT: Final = 512
_LOWEST, _HIGHEST = 60.0, 7600.0
_TAPS: Final = 24
"""Samples of the slower rate on which each resampled one rests."""


@lru_cache(maxsize=1)
def _window() -> FloatArray:
    return np.hanning(WINDOW).astype(np.float32)


@lru_cache(maxsize=1)
def bands() -> FloatArray:
    """(257, 40) float32: triangles evenly spaced on the mel scale (O'Shaughnessy 1987) from 60 to 7600 Hz, each of
    sum 1 so that a band's power is that of its mean bin."""

    def mel(hertz: FloatArray) -> FloatArray:
        return np.asarray(2595.0 * np.log10(1.0 + hertz / 700.0), np.float32)

    low, high = mel(np.array([_LOWEST, _HIGHEST], np.float32)).tolist()
    edges = np.linspace(low, high, BANDS + 2)
    at = mel(np.arange(_FFT // 2 + 1, dtype=np.float32) * (RATE / _FFT))[:, None]
    rise = (at - edges[:-2]) / (edges[1:-1] - edges[:-2])
    fall = (edges[2:] - at) / (edges[2:] - edges[1:-1])
    weights = np.maximum(np.minimum(rise, fall), 0.0)
    return np.asarray(weights / np.maximum(weights.sum(0), 1e-9), np.float32)


def loudness_bands(frames: FloatArray) -> FloatArray:
    """Windows (N, 400) of sound at 16 kHz into natural logarithms of power in 40 bands, (N, 40) float32."""
    spectrum = np.fft.rfft(frames * _window(), _FFT)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) * np.float32(1.0 / _FFT)
    return np.asarray(np.log(power @ bands() + np.float32(FLOOR)), np.float32)


def mel(sound: FloatArray) -> FloatArray:
    """A whole sound (N,) float32 at 16 kHz into (ceil(N / 160), 40) float32; outside it there is silence."""
    count = -(-len(sound) // HOP)
    if count == 0:
        return np.zeros((0, BANDS), np.float32)
    padded = np.zeros(count * HOP + 2 * BEFORE, np.float32)
    padded[BEFORE : BEFORE + len(sound)] = sound
    return loudness_bands(sliding_window_view(padded, WINDOW)[::HOP][:count])


class Stream:
    """Sound at any rate as it comes, in pieces of any size, into frames at 16 kHz, each made the same way.

    The resampler is a Hann-windowed sinc that looks ``_TAPS / 2`` samples of the slower rate ahead.
    """

    def __init__(self, rate: int) -> None:
        """rate : samples a second of what will come, 4000 or more."""
        shared = gcd(rate, RATE)
        self._up, self._down = RATE // shared, rate // shared
        slower = min(rate, RATE)
        half = _TAPS // 2 if rate != RATE else 0
        self._half = -(-half * rate // slower)
        """Input samples on either side of one output sample."""
        self.ahead = self._half / rate
        """Seconds that the resampler looks ahead."""
        if half:
            taps = np.arange(1 - self._half, self._half + 1)
            lag = (taps - np.arange(self._up)[:, None] / self._up) * (slower / rate)
            shape = np.sinc(lag * 0.92) * np.cos(np.pi / 2 * np.clip(lag / half, -1, 1)) ** 2
            self._phases: NDArray[np.float32] | None = (shape / shape.sum(1, keepdims=True)).astype(np.float32)
        else:
            self._phases = None
        self._raw = np.zeros(max(self._half, 1) if half else 0, np.float32)
        self._first = -len(self._raw)
        self._made = 0
        self._ready = np.zeros(BEFORE, np.float32)
        self._size = (WINDOW - BEFORE) % HOP
        """Samples of the next block: the first is short, so that blocks end where windows do."""

    def push(self, samples: FloatArray) -> list[FloatArray]:
        """Windows (400,) of the frames that are now complete. samples : (N,) float32, any number of them."""
        self._raw = np.concatenate([self._raw, samples])
        found = []
        while (block := self._block()) is not None:
            self._ready = np.concatenate([self._ready, block])
            if len(self._ready) >= WINDOW:
                found.append(self._ready[:WINDOW])
                self._ready = self._ready[HOP:]
        return found

    def _block(self) -> FloatArray | None:
        """The next samples at 16 kHz, or None until enough has come: made in one way however it came."""
        if self._phases is None:
            if len(self._raw) < self._size:
                return None
            block, self._raw = self._raw[: self._size], self._raw[self._size :]
            self._size = HOP
            return block
        last = (self._made + self._size - 1) * self._down // self._up
        if last - self._first + 1 + self._half > len(self._raw):
            return None
        at = np.arange(self._made, self._made + self._size) * self._down
        whole, phase = at // self._up, at % self._up
        start = whole - self._first + 1 - self._half
        taps = sliding_window_view(self._raw, 2 * self._half)[start]
        self._made += self._size
        self._size = HOP
        keep = max(0, int(self._made * self._down // self._up) - self._half - self._first)
        block = np.einsum("ij,ij->i", taps, self._phases[phase])
        self._raw = self._raw[keep:]
        self._first += keep
        return np.asarray(block, np.float32)
