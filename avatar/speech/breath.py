"""A soft breath before somebody goes on: noise through a half open mouth, and the mouth that goes with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..types import VISEMES, FloatArray, VisemeTrack

LEVEL_DB: Final = -30.0
"""Of the breath against the speech round it, mean power over either."""
LENGTHS: Final = (0.25, 0.4)
BEFORE: Final = 0.16
AFTER: Final = 0.06
"""Silence before and after the breath, seconds."""
OPEN: Final = 0.22
"""How far the mouth goes towards ``aa`` in the middle of a breath."""

_JAW: Final = 1.0
"""The jaw of an ``aa``, of which the mouth goes as far."""

_BANDS: Final = ((560.0, 260.0, 1.0), (1550.0, 420.0, 0.75), (2650.0, 600.0, 0.45), (3900.0, 1100.0, 0.25))
"""Resonances of a half open mouth at rest: centre and width in hertz, strength. A schwa's, wider: an open glottis
damps them."""
_FLOOR: Final = 0.06
_TURN: Final = 0.62
"""Where in its length a breath is strongest: air comes in slowly and stops sooner."""


def breath(rate: int, loud: float, seed: int = 0) -> FloatArray:
    """The sound of a breath taken in, 0.25 to 0.4 s, (N,) float32, beginning and ending at 0.

    rate : samples a second; loud : root mean square of the speech it goes with; seed : of its noise and length.
    """
    rng = np.random.default_rng(seed)
    seconds = float(rng.uniform(*LENGTHS))
    count = round(seconds * rate)
    size = 1 << (count - 1).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / rate)
    shape = sum(a / (1 + ((hertz - f) / w) ** 2) for f, w, a in _BANDS) + _FLOOR
    shape *= (hertz / (hertz + 200.0)) / (1 + (hertz / 7000.0) ** 4)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(size)) * shape, size)[:count]
    along = np.linspace(0.0, 1.0, count)
    swell = np.where(along < _TURN, along / _TURN, (1 - along) / (1 - _TURN))
    noise *= np.sin(0.5 * np.pi * swell) ** 2
    noise *= loud * 10 ** (LEVEL_DB / 20) / max(float(np.sqrt(np.square(noise).mean())), 1e-12)
    return np.asarray(noise, np.float32)


def opened(mouth: VisemeTrack, start: float, end: float) -> VisemeTrack:
    """The mouth a little open from ``start`` to ``end`` seconds, easing in and out, over whatever it did there."""
    t = np.arange(len(mouth.weights), dtype=np.float32) / np.float32(mouth.rate)
    along = np.clip((t - start) / max(end - start, 1e-6), 0.0, 1.0)
    part = (OPEN * np.maximum(np.sin(np.pi * along), 0.0) ** 0.7)[:, None].astype(np.float32)
    aim = np.zeros(len(VISEMES), np.float32)
    aim[VISEMES.index("aa")] = 1.0
    weights = np.ascontiguousarray(mouth.weights * (1 - part) + aim * part, np.float32)
    channels = mouth.channels
    if channels is not None:  # the jaw follows the same way; lips stay as they are
        channels = channels.copy()
        channels[:, 0] += part[:, 0] * np.maximum(_JAW - channels[:, 0], 0.0)
    return replace(mouth, weights=weights, channels=channels)
