"""What a voice model says of each frame of its sound, bent before it becomes sound: higher, longer, louder.

The voice is a source (pulses at the pitch ``f0``) and filters (spectra), so a pitch is moved without the formants that
make the voice, a vowel is held without a seam, and nothing can click. All in frames of 12.5 ms.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..types import FloatArray

FRAME: Final = 0.0125
_VOICED: Final = 40.0
_HIGHEST: Final = 11000.0
_FREE: Final = -1.0
"""How the branch that is not driven by pulses is lowered where the pitch is moved (natural logarithm, -8.7 dB): it
holds rests of the old pitch."""


class Frames(NamedTuple):
    """harmonic, noise, free : (B, F) float32 natural logarithms of magnitude, ``B`` bins from 0 Hz to half of the
    rate; turn, phase : their phases; f0 : (F,) float32 hertz, under 40 where there is no voice."""

    harmonic: FloatArray
    turn: FloatArray
    noise: FloatArray
    free: FloatArray
    phase: FloatArray
    f0: FloatArray


def raised(frames: Frames, semitones: FloatArray, rate: int) -> Frames:
    """The pitch moved by ``semitones`` (F,); the spectra stay where they are.

    The network means its harmonic spectrum only where harmonics are: it is read there and drawn through between them.
    """
    moved = np.abs(semitones) > 1e-3
    if not moved.any():
        return frames
    harmonic, free = frames.harmonic.copy(), frames.free.copy()
    bins = np.arange(len(harmonic), dtype=np.float32)
    width = rate / 2 / (len(harmonic) - 1)
    for k in np.flatnonzero(moved & (frames.f0 > _VOICED)):
        at = np.arange(1, int(_HIGHEST / frames.f0[k]) + 1) * (frames.f0[k] / width)
        harmonic[:, k] = np.interp(bins, at, np.interp(at, bins, harmonic[:, k]))
        free[:, k] += _FREE * min(1.0, abs(float(semitones[k])))
    f0 = np.where(frames.f0 > _VOICED, frames.f0 * 2 ** (semitones / 12), frames.f0)
    return frames._replace(harmonic=harmonic, free=free, f0=np.asarray(f0, np.float32))


def louder(frames: Frames, decibels: FloatArray) -> Frames:
    """Every branch by ``decibels`` (F,)."""
    step = (decibels * (np.log(10) / 20)).astype(np.float32)
    return frames._replace(harmonic=frames.harmonic + step, noise=frames.noise + step, free=frames.free + step)


def stretched(frames: Frames, times: FloatArray) -> Frames:
    """Each frame ``times`` (F,) as long, frames in between drawn from their neighbours. (B, round(sum(times)))."""
    ends = np.concatenate(([0.0], np.cumsum(times)))
    count = max(1, round(float(ends[-1])))
    at = np.interp(np.arange(count) + 0.5, ends, np.arange(len(ends))) - 0.5
    low = np.clip(np.floor(at).astype(int), 0, len(times) - 1)
    high = np.minimum(low + 1, len(times) - 1)
    part = np.clip(at - low, 0.0, 1.0).astype(np.float32)
    near = np.where(part < 0.5, low, high)

    def between(values: FloatArray) -> FloatArray:
        return np.asarray(values[..., low] * (1 - part) + values[..., high] * part, np.float32)

    voiced = (frames.f0[low] > _VOICED) & (frames.f0[high] > _VOICED)
    f0 = np.where(voiced, between(frames.f0), frames.f0[near])
    return Frames(
        between(frames.harmonic),
        frames.turn[:, near],
        between(frames.noise),
        between(frames.free),
        frames.phase[:, near],
        np.asarray(f0, np.float32),
    )
