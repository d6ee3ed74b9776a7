"""How loud a ceremony is: a volume for each sound that is heard, and a meter for each that comes in or goes out."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import numpy as np

from ..io.voice.pieces import Gain
from ..types import FloatArray

VOICE: Final = "voice"
MUSIC: Final = "music"
MICROPHONE: Final = "microphone"
FLOOR_DB: Final = -60.0
"""What a meter shows as nothing, dB below full scale."""
_FALL_DB: Final = 20.0
"""How quickly a meter falls, dB a second: quick enough to follow a sentence, slow enough to be read."""
_TURN_S: Final = 0.12
"""From silence to all of it, seconds: a volume that is turned is never a step in the sound."""

Beside = Callable[[FloatArray, bool], None]


class Line(Protocol):
    """The line of samples that music is added to."""

    rate: int
    beside: Callable[..., None] | None


class Meter:
    """The loudest of the newest samples, falling. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._db = FLOOR_DB

    def feed(self, block: FloatArray, rate: float) -> None:
        """The next samples, (n,) float32 where 1 is full scale, at ``rate`` a second."""
        if not len(block):
            return
        peak = float(np.abs(block).max())
        heard = 20 * math.log10(peak) if peak > 0 else FLOOR_DB
        with self._lock:
            self._db = max(heard, self._db - _FALL_DB * len(block) / rate, FLOOR_DB)

    @property
    def value(self) -> float:
        """0 (60 dB below full scale, or less) to 1 (full scale), even in decibels."""
        with self._lock:
            return min(1.0, 1 - self._db / FLOOR_DB)


class Levels:
    """Stands where a mixer's ``beside`` does: the voices come in the block, and the music is added to it. rate :
    samples a second of that line; music : adds the music's next samples; turned : called when a volume was set.

    Volumes are gains from 0 to 1, over the levels that a script asks for; what is recorded has them too. The microphone
    has a meter while one is open, and no volume: what it hears is for an answer alone. Any thread."""

    def __init__(self, rate: int, music: Beside, turned: Callable[[], None] = lambda: None) -> None:
        self.turned = turned
        self._music = music
        self._gains = {name: Gain(rate, seconds=_TURN_S) for name in (VOICE, MUSIC)}
        self._meters = {name: Meter() for name in (VOICE, MUSIC)}
        self._ear: Meter | None = None
        self._part = np.zeros(0, np.float32)
        self._rate = rate

    def mix(self, block: FloatArray, speaking: bool) -> None:
        """As ``Mixer.beside``: ``block``, (n,) float32 with the voices in it, is changed in place."""
        if len(self._part) != len(block):
            self._part = np.zeros(len(block), np.float32)
        self._part.fill(0.0)
        self._music(self._part, speaking)
        for name, part in ((VOICE, block), (MUSIC, self._part)):
            self._gains[name].apply(part)
            self._meters[name].feed(part, self._rate)
        block += self._part

    def heard(self, sound: FloatArray, rate: float) -> None:
        """What the microphone heard, (n,) float32 at ``rate`` a second: for its meter, and kept nowhere."""
        ear = self._ear
        if ear is None:
            ear = self._ear = Meter()
        ear.feed(sound, rate)

    def deaf(self) -> None:
        """The microphone is closed."""
        self._ear = None

    def volumes(self) -> dict[str, float]:
        """Name -> 0 to 1 of each that can be set."""
        return {name: gain.wanted for name, gain in self._gains.items()}

    def set(self, name: str, value: float) -> None:
        """Turn one to ``value``, 0 to 1, within a tenth of a second. Raises KeyError for another name."""
        self._gains[name].wanted = min(1.0, max(0.0, float(value)))
        self.turned()

    def set_all(self, volumes: Mapping[str, object]) -> None:
        """Turn those of ``volumes`` that there are, as they were kept; what is no number from 0 to 1 is left out."""
        for name, value in volumes.items():
            known = name in self._gains and isinstance(value, int | float) and not isinstance(value, bool)
            if known and isinstance(value, int | float) and 0 <= value <= 1:
                self._gains[name].wanted = float(value)

    def meters(self) -> dict[str, float]:
        """Name -> 0 to 1 of everything that is heard now, the microphone's too while one is open."""
        shown = {name: meter.value for name, meter in self._meters.items()}
        ear = self._ear
        if ear is not None:
            shown[MICROPHONE] = ear.value
        return {name: round(value, 3) for name, value in shown.items()}
