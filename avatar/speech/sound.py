"""Arithmetic on sound: loudness (ITU-R BS.1770-5), true peak, level, resampling. Arrays in, arrays out."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ..types import FloatArray

TARGET_LUFS: Final = -18.0
"""Loudness of the voice: the level for mono speech in rooms and calls (AES TD1008 recommends -18 LUFS for speech)."""
PEAK_DBTP: Final = -1.0
"""Highest true peak, dB relative to full scale."""

_SHELF: Final = (1681.974450955533, 3.999843853973347, 0.7071752369554196)
_HIGH_PASS: Final = (38.13547087602444, 0.5003270373238773)


@lru_cache(maxsize=16)
def _k_power(size: int, rate: int) -> NDArray[np.float64]:
    """|H(f)| of the K weighting at the ``rfft`` bins of a block of ``size`` samples.

    The two biquads of BS.1770-5 annex 1, from their analogue prototypes so that any rate is served.
    """
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    f0, gain, q = _SHELF
    k = np.tan(np.pi * f0 / rate)
    vh = 10 ** (gain / 20)
    vb = vh**0.4996667741545416
    shelf = ((vh + vb * k / q + k * k) + 2 * (k * k - vh) * z + (vh - vb * k / q + k * k) * z * z) / (
        (1 + k / q + k * k) + 2 * (k * k - 1) * z + (1 - k / q + k * k) * z * z
    )
    f0, q = _HIGH_PASS
    k = np.tan(np.pi * f0 / rate)
    # The standard leaves this numerator at 1, -2, 1 whatever the first coefficient below it.
    a0 = 1 + k / q + k * k
    high = (1 - z) ** 2 / (1 + 2 * (k * k - 1) / a0 * z + (1 - k / q + k * k) / a0 * z * z)
    return np.asarray(np.abs(shelf * high), np.float64)


def block_power(sound: FloatArray, rate: int) -> float:
    """Mean square of K-weighted sound, of a block as it stands."""
    size = -(-len(sound) // (rate // 10)) * (rate // 10)
    weighted = np.fft.irfft(np.fft.rfft(sound, size) * _k_power(size, rate), size)
    return float(np.mean(np.square(weighted[: len(sound)])))


def loudness(sound: FloatArray, rate: int) -> float:
    """Integrated loudness of mono sound in LUFS, gated at -70 LUFS and 10 LU under the mean; -inf for silence.

    sound : (N,) float32; rate : samples a second. Blocks of 400 ms every 100 ms; shorter sound is one block.
    """
    block = round(0.4 * rate)
    hop = rate // 10
    size = -(-max(len(sound), block) // hop) * hop
    filtered = np.fft.irfft(np.fft.rfft(sound, size) * _k_power(size, rate), size)
    power = (filtered * filtered).reshape(-1, hop).sum(1)
    if len(sound) < block:
        mean = power.sum() / max(1, len(sound))
        return float(-0.691 + 10 * np.log10(mean)) if mean > 0 else float("-inf")
    blocks = sliding_window_view(power, 4).sum(1) / block
    for gate in (10 ** ((-70 + 0.691) / 10), 0.1):
        limit = gate if gate < 1e-6 else gate * blocks.mean()
        blocks = blocks[blocks > limit]
        if len(blocks) == 0:
            return float("-inf")
    return float(-0.691 + 10 * np.log10(blocks.mean()))


@lru_cache(maxsize=1)
def _phases(taps: int = 24) -> NDArray[np.float64]:
    """(3, taps) windowed-sinc interpolators for a quarter, a half and three quarters of a sample."""
    at = np.arange(taps) - taps / 2 + 1 - np.array([[0.25], [0.5], [0.75]])
    kaiser = np.i0(6.0 * np.sqrt(np.maximum(0.0, 1 - (2 * at / taps) ** 2))) / np.i0(6.0)
    return np.asarray(np.sinc(at) * kaiser, np.float64)


def _envelope(sound: FloatArray) -> FloatArray:
    """(N,) largest magnitude at each sample or in the gap after it, four times oversampled (BS.1770-5 annex 2)."""
    padded = np.pad(sound, (11, 12))
    peaks = np.abs(sound)
    for taps in _phases():
        np.maximum(peaks, np.abs(np.convolve(padded, taps[::-1].astype(np.float32), "valid")), out=peaks)
    return peaks


def true_peak(sound: FloatArray) -> float:
    """True peak in dBTP (0 = full scale), four times oversampled; -inf for silence."""
    top = float(_envelope(sound).max(initial=0.0))
    return 20 * float(np.log10(top)) if top > 0 else float("-inf")


def level(sound: FloatArray, rate: int, lufs: float = TARGET_LUFS, peak: float = PEAK_DBTP) -> FloatArray:
    """The sound at ``lufs``, its transients held under ``peak`` dBTP by a 2 ms look-ahead limiter. New array; silence
    comes back as it is."""
    now = loudness(sound, rate)
    if not np.isfinite(now):
        return sound
    out = (sound * np.float32(10 ** ((lufs - now) / 20))).astype(np.float32)
    gain = limiting(out, rate, peak)
    return out if gain is None else out * gain


def reach(rate: int) -> int:
    """How many samples to either side ``limiting`` looks at."""
    return 2 * max(1, rate // 500) + 12


def limiting(sound: FloatArray, rate: int, peak: float = PEAK_DBTP) -> FloatArray | None:
    """(N,) float32 factors that hold ``sound`` under ``peak`` dBTP, moving over 2 ms; None where none is needed."""
    # The gain moves slowly beside a sample, yet not infinitely: 0.2 dB covers what its motion adds between samples.
    ceiling = np.float32(10 ** ((peak - 0.2) / 20))
    peaks = _envelope(sound)
    if peaks.max(initial=0.0) <= ceiling:
        return None
    half = max(1, rate // 500)
    gain = np.minimum(1.0, ceiling / np.maximum(peaks, ceiling)).astype(np.float32)
    lowest = sliding_window_view(np.pad(gain, 2 * half, constant_values=1.0), 2 * half + 1).min(1)
    return np.convolve(lowest, np.full(2 * half + 1, 1 / (2 * half + 1), np.float32), "valid")


def resample(sound: FloatArray, rate: int, to: int) -> FloatArray:
    """Band-limited change of rate by the Fourier transform. (N,) float32 -> (round(N * to / rate),) float32."""
    if rate == to or len(sound) == 0:
        return sound
    unit = int(rate // np.gcd(rate, to))
    size = -(-(len(sound) + rate // 20) // unit) * unit
    size_out = size // unit * int(to // np.gcd(rate, to))
    wide = np.fft.rfft(sound, size)
    out = np.fft.irfft(wide[: size_out // 2 + 1], size_out) * (size_out / size)
    return out[: round(len(sound) * to / rate)].astype(np.float32)
