"""Music of a ceremony under the voices: a piece, what sounds beside it, and how both make room for whoever speaks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from .. import paths
from ..io.voice.sound_files import read_sound
from ..speech.sound import resample
from ..types import FloatArray

UNDER: Final = 0.3
"""Times its level under a voice: 10.5 dB less."""
_SINK_S: Final = 0.6
"""Seconds to get there from full level."""
_RISE_S: Final = 1.8
"""The same on the way back: between two sentences music does not come up to speak."""
_HOLD_S: Final = 0.7
"""How long it stays down after the last word."""
_SOFT_S: Final = 0.02
"""The least that any beginning of silence takes: no click."""
_AWAY_S: Final = 1.0
"""In which a piece goes at least when another takes its place."""
_SEAM_S: Final = 0.05
"""This much of the end of what goes round is laid over its beginning, for no step is heard there."""


@dataclass(slots=True)
class _Track:
    """One sound on its way. u : 0 = not heard, 1 = at its level, changing by ``step`` a sample to ``wanted``."""

    sound: FloatArray
    loop: bool
    level: float
    u: float
    wanted: float
    step: float
    over: bool
    at: int = 0

    def next(self, count: int) -> FloatArray:
        """Its next samples at its level."""
        if self.loop:
            part = self.sound[np.arange(self.at, self.at + count) % len(self.sound)]
        else:
            part = np.zeros(count, np.float32)
            left = self.sound[self.at : self.at + count]
            part[: len(left)] = left
        self.at += count
        u = _ramp(self.u, self.wanted, self.step, count)
        self.u = float(u[-1])
        return np.asarray(part * (self.level * u * u), np.float32)

    @property
    def ended(self) -> bool:
        """Will nothing more be heard of it?"""
        return (not self.loop and self.at >= len(self.sound)) or (self.wanted == 0.0 and self.u == 0.0)

    def go(self, steps: float) -> None:
        """Fall silent within so many samples."""
        self.wanted, self.step = 0.0, max(self.u, 1e-3) / steps


class Music:
    """Lines of samples beside the speech. Every method may be called from any thread; rate : samples a second."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._lock = threading.Lock()
        self._tracks: list[_Track] = []
        self._frozen = self._attentive = False
        self._flow = self._under = 1.0
        self._held = 0

    def read(self, path: Path) -> FloatArray:
        """The sound in a file, (N,) float32 mono at ``rate``, not to be written to; read once, so that a cue need not
        wait for it. Raises VoiceError."""
        return _read(path, self.rate, path.stat().st_mtime_ns if path.is_file() else 0)

    def play(self, sound: FloatArray, rate: int, level: float, fade: float, loop: bool, over: bool = False) -> None:
        """Begin a piece, (N,) float32 mono, in place of what plays; it comes within ``fade`` seconds (0 : with its own
        beginning). over : beside what plays, which goes on."""
        even = resample(sound, rate, self.rate)
        if not len(even):
            return
        if loop:
            even = seamless(even, round(_SEAM_S * self.rate))
        step = 1 / max(1.0, fade * self.rate)
        with self._lock:
            if not over:
                self._away(max(fade, _AWAY_S), lambda track: not track.over)
            self._tracks.append(_Track(even, loop, level, 0.0 if fade > 0 else 1.0, 1.0, step, over))

    def stop(self, fade: float = 0.0) -> None:
        """Let all of it go within ``fade`` seconds; 0 : as fast as it can without a click."""
        with self._lock:
            self._away(fade, lambda track: True)

    def freeze(self, on: bool) -> None:
        """Hold it where it is, or let it go on."""
        with self._lock:
            self._frozen = on

    def attend(self, on: bool) -> None:
        """Make room for somebody who is not on the line of speech: a human reads, or an answer is listened for."""
        self._attentive = on

    @property
    def playing(self) -> bool:
        """Is anything of it left to be heard?"""
        return bool(self._tracks)

    def mix(self, block: FloatArray, speaking: bool) -> None:
        """Add the next samples to ``block``, (n,) float32, in place."""
        count = len(block)
        with self._lock:
            sunk = self._sinking(speaking or self._attentive, count) if count else None
            flow = 0.0 if self._frozen else 1.0
            if not self._tracks or sunk is None or (self._flow == flow == 0.0):
                return
            gain = _ramp(self._flow, flow, 1 / (_SOFT_S * self.rate), count)
            self._flow = float(gain[-1])
            gain *= sunk
            for track in self._tracks:
                block += track.next(count) * gain
            self._tracks = [track for track in self._tracks if not track.ended]

    def _sinking(self, speaking: bool, count: int) -> FloatArray:
        """(count,) how far it is down under voices."""
        self._held = round(_HOLD_S * self.rate) if speaking else max(0, self._held - count)
        down = speaking or self._held > 0
        step = (1 - UNDER) / ((_SINK_S if down else _RISE_S) * self.rate)
        under = _ramp(self._under, UNDER if down else 1.0, step, count)
        self._under = float(under[-1])
        return under

    def _away(self, fade: float, which: Callable[[_Track], bool]) -> None:
        for track in self._tracks:
            if which(track):
                track.go(max(fade, _SOFT_S) * self.rate)


@lru_cache(maxsize=16)
def _read(path: Path, rate: int, changed: int) -> FloatArray:
    return resample(*read_sound(path), rate)


def house(name: str) -> Path | None:
    """The file of the house's music or bell of that name."""
    return paths.sounds().get(name)


def seamless(sound: FloatArray, seam: int) -> FloatArray:
    """(N - seam,) float32 that goes round without a step: the last ``seam`` samples go over into the first. Shorter
    sound than four seams comes back as it is."""
    if seam < 1 or len(sound) < 4 * seam:
        return sound
    out = sound[:-seam].copy()
    weight = np.arange(seam, dtype=np.float32) / seam
    out[:seam] = sound[:seam] * weight + sound[-seam:] * (1 - weight)
    return out


def _ramp(now: float, goal: float, step: float, count: int) -> FloatArray:
    """(count,) float32 from ``now`` on towards ``goal``, by ``step`` a sample."""
    way = step * np.arange(1, count + 1)
    line = np.minimum(now + way, goal) if goal > now else np.maximum(now - way, goal)
    return np.asarray(line, np.float32)
