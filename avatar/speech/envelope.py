"""A mouth from loudness alone, for a whole sound of which nothing else is known: open where it is loud, shut where it
is quiet. It cannot tell an m from an n."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..types import VISEMES, FloatArray, VisemeTrack
from .visemes import RATE

_RANGE_DB: Final = 26.0
"""From a shut mouth to one as wide open as it gets."""
_WIDEST: Final = 0.75
_SMOOTH: Final = 5
"""Samples of the track that are averaged, 50 ms."""


def mouth(sound: FloatArray, rate: int) -> VisemeTrack:
    """sound : (N,) float32; the track says ``loudness`` and knows no phones."""
    count = int(np.ceil(len(sound) / rate * RATE - 1e-6)) + 1
    power = np.zeros(count)
    number = np.minimum((np.arange(len(sound)) * RATE / rate).astype(int), count - 1)
    np.add.at(power, number, np.square(sound.astype(np.float64)))
    wide = np.convolve(power, np.hanning(_SMOOTH + 2)[1:-1], "same")
    top = float(np.quantile(wide, 0.95)) if wide.any() else 1.0
    height = 1 + 10 * np.log10(np.maximum(wide, 1e-12) / max(top, 1e-12)) / _RANGE_DB
    open_ = (_WIDEST * np.clip(height, 0.0, 1.0)).astype(np.float32)
    weights = np.zeros((count, len(VISEMES)), np.float32)
    weights[:, VISEMES.index("sil")] = 1 - open_
    weights[:, VISEMES.index("aa")] = 0.7 * open_
    weights[:, VISEMES.index("E")] = 0.3 * open_
    return VisemeTrack(weights, RATE, (), "loudness")
