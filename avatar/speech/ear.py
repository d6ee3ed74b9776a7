"""The ear: bands of loudness into how likely each speech sound is, a hundred times a second.

A small time-delay network (Waibel 1989; residual, 259,000 weights of one byte) taught on synthetic voices, see
assets/atelier/ear. It answers twice: the near head hears 60 ms ahead of the frame it judges, the deep one 160 ms.
What it hears is set against a running level and a running mean, so that neither loudness nor a microphone matters.
"""

from __future__ import annotations

import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import VoiceError
from ..paths import assets
from ..types import FloatArray
from .features import BANDS

PHONES: Final = (
    *(
        "SIL",
        "AA",
        "AE",
        "AH",
        "AO",
        "AW",
        "AY",
        "B",
        "CH",
        "D",
        "DH",
        "EH",
        "ER",
        "EY",
        "F",
        "G",
        "HH",
        "IH",
        "IY",
        "JH",
    ),
    *("K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH"),
)
MOUTHS: Final = (
    ("SIL",),
    ("P", "B", "M"),
    ("F", "V"),
    ("AA", "AE", "AH", "AY", "AW"),
    ("EH", "EY"),
    ("AO", "OW", "OY"),
    ("UH", "UW", "W"),
    ("HH",),
    ("CH", "D", "DH", "ER", "G", "IH", "IY", "JH", "K", "L", "N", "NG", "R", "S", "SH", "T", "TH", "Y", "Z", "ZH"),
)
"""Sounds that look alike: lips shut, behind teeth, rounded, wide and so on; the last ones hardly open the mouth."""
KIND: Final = np.array([next(k for k, mouth in enumerate(MOUTHS) if name in mouth) for name in PHONES])
_ALIKE: Final = (KIND[:, None] == KIND).astype(np.float32)
NEAR_AHEAD: Final = 6
DEEP_AHEAD: Final = 16
"""Frames that either head hears ahead."""
_WIDTH: Final = 112
_REACH: Final = 4
"""Frames before the newest that the first layer sees."""
_NEAR: Final = (("n1", 1, 1), ("n2", 2, 0), ("n3", 3, 3), ("n4", 4, 0))
_DEEP: Final = (("d1", 4, 4), ("d2", 6, 6))
"""Layers: the gap between their three taps, and how late what they add to is, frames."""
_SHAPES: Final = {
    "first": ((_REACH + 1) * BANDS, _WIDTH),
    **{name: (3 * _WIDTH, _WIDTH) for name, *_ in (*_NEAR, *_DEEP)},
    "out": (_WIDTH, len(PHONES)),
    "deepout": (_WIDTH, len(PHONES)),
}
_QUIET: Final = np.float32(-11.5)
"""The lowest level speech is taken to have, nats of power: about -55 dB below full scale."""
_FALL: Final = np.float32(0.01)
"""By how much the running level falls in a frame, nats."""
_GATE: Final = np.float32(5.0)
"""Frames this far below the level do not count towards the running mean, nats."""
_SILENCE: Final = np.log(np.where(np.arange(len(PHONES)) == 0, 0.99, 0.01 / (len(PHONES) - 1))).astype(np.float32)
_PACE, _CAUTION = 1 / 150, 20.0
_SPREAD, _LEAST = np.float32(2.5), np.float32(-8.0)


class Weights:
    """What was learnt, as float32. Raises VoiceError where the file is missing, broken or of another shape."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file, np.load(file) as kept:
                self.mean = np.asarray(kept["mean"], np.float32)
                self.prior = np.asarray(kept["prior"], np.float32)
                self.follow = kept["follow"].astype(np.float32) / np.float32(-10)
                self.layers = {
                    name: (
                        kept[name].astype(np.float32) * kept[f"{name}.s"].astype(np.float32),
                        np.asarray(kept[f"{name}.b"], np.float32),
                    )
                    for name in _SHAPES
                }
        except FileNotFoundError as error:
            raise VoiceError(f"{path}: what the ear has learnt is missing: install Presence again") from error
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise VoiceError(
                f"{path}: this is not what the ear has learnt ({error}): install Presence again"
            ) from error
        shapes = {name: w.shape for name, (w, b) in self.layers.items() if w.shape[1:] == b.shape}
        finite = all(np.isfinite(w).all() and np.isfinite(b).all() for w, b in self.layers.values())
        follow = self.follow.shape != (len(PHONES), len(PHONES))
        if (
            shapes != _SHAPES
            or self.mean.shape != (BANDS,)
            or self.prior.shape != (len(PHONES),)
            or not finite
            or follow
        ):
            raise VoiceError(f"{path}: the weights of the ear do not have the shape that they must have")


@lru_cache(maxsize=1)
def learnt() -> Weights:
    """The weights that Presence brings."""
    return Weights(assets() / "voice" / "ear.npz")


def judge(bands: FloatArray, weights: Weights) -> FloatArray:
    """A whole sound's bands (N, 40) into log probabilities of the sounds (N, 40), by the deep head."""
    if len(bands) == 0:
        return np.zeros((0, len(PHONES)), np.float32)
    loud = bands.mean(1)
    level = max(np.float32(np.quantile(loud, 0.97)), _QUIET)
    counted = bands[loud > level - _GATE]
    mean = counted.mean(0) - level if len(counted) else weights.mean
    fall = np.arange(1, len(bands) + 1, dtype=np.float32) * _FALL
    running = np.maximum(np.maximum.accumulate(np.append(level, loud + fall))[1:] - fall, _QUIET)
    x = np.maximum(bands - running[:, None] - mean, _LEAST) / _SPREAD
    x = np.concatenate([x, np.zeros((DEEP_AHEAD, BANDS), np.float32)])
    w, b = weights.layers["first"]
    h = np.maximum(np.concatenate([_back(x, k) for k in range(_REACH, -1, -1)], 1) @ w + b, 0)
    for name, gap, late in (*_NEAR, *_DEEP):
        w, b = weights.layers[name]
        taps = np.concatenate([_back(h, 2 * gap), _back(h, gap), h], 1)
        h = _back(h, late) + np.maximum(taps @ w + b, 0)
    w, b = weights.layers["deepout"]
    return _log_softmax(h[DEEP_AHEAD:] @ w + b)


def alike(scores: FloatArray) -> FloatArray:
    """Log probabilities (…, 40) of the sounds into those (…, 40) of any sound with the same mouth."""
    return np.asarray(np.log(np.exp(scores) @ _ALIKE + np.float32(1e-7)), np.float32)


class Judge:
    """The same as it comes, by the near head: constant memory, two frames at a time and always in the same way."""

    def __init__(self, weights: Weights) -> None:
        self._w = weights
        self._level: np.float32 = _QUIET
        self._mean = weights.mean.copy()
        self._counted = 0
        self._bands = np.zeros((_REACH + 2, BANDS), np.float32)
        self._past = [np.zeros((2 * gap + 2, _WIDTH), np.float32) for _, gap, _ in _NEAR]

    def hear(self, bands: FloatArray) -> FloatArray:
        """The next two frames (2, 40) in, log probabilities (2, 40) of the frames ``NEAR_AHEAD`` before them out."""
        self._bands[:-2] = self._bands[2:]
        self._bands[-2] = self._normal(bands[0])
        self._bands[-1] = self._normal(bands[1])
        flat = self._bands.ravel()
        w, b = self._w.layers["first"]
        h = np.maximum(np.stack((flat[:-BANDS], flat[BANDS:])) @ w + b, 0)
        for (name, gap, late), past in zip(_NEAR, self._past, strict=True):
            past[:-2] = past[2:]
            past[-2:] = h
            w, b = self._w.layers[name]
            taps = np.stack((past[:-1:gap], past[1::gap])).reshape(2, -1)
            h = past[len(past) - 2 - late : len(past) - late] + np.maximum(taps @ w + b, 0)
        w, b = self._w.layers["out"]
        if self._level <= _QUIET:
            # Nothing has been as loud as speech for long; the network has not learnt how its own beginning sounds.
            return np.tile(_SILENCE, (2, 1))
        return _log_softmax(h @ w + b)

    def _normal(self, bands: FloatArray) -> FloatArray:
        """Against the running level and mean, which only what is loud enough moves."""
        loud = bands.sum() * np.float32(1 / BANDS)
        self._level = max(loud, self._level - _FALL, _QUIET)
        apart: FloatArray = bands - self._level - self._mean
        if loud > self._level - _GATE:
            self._counted += 1
            step = np.float32(max(_PACE, 1 / (self._counted + _CAUTION)))
            self._mean += step * apart
            apart -= step * apart
        return np.asarray(np.maximum(apart, _LEAST) / _SPREAD, np.float32)


def _back(x: FloatArray, frames: int) -> FloatArray:
    """What was ``frames`` ago; before the beginning, nothing."""
    if frames == 0:
        return x
    out = np.zeros_like(x)
    out[frames:] = x[:-frames]
    return out


def _log_softmax(x: FloatArray) -> FloatArray:
    apart = x - x.max(-1, keepdims=True)
    return np.asarray(apart - np.log(np.exp(apart).sum(-1, keepdims=True)), np.float32)
