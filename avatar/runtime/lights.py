"""The light of a ceremony on the companion: a named tint over the room's own light, reached gently."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..stage.scene import Lighting
from ..types import FloatArray

TINTS: Final[dict[str, tuple[float, float, float]]] = {
    "room": (1.0, 1.0, 1.0),
    "warm": (0.93, 0.84, 0.73),
    "candle": (0.92, 0.70, 0.48),
    "gold": (0.95, 0.83, 0.63),
    "cool": (0.80, 0.86, 0.93),
    "moon": (0.62, 0.72, 0.92),
    "dark": (0.12, 0.12, 0.14),
}
"""Times the room's light, linear RGB. A colour takes from white and adds to nothing: what is white already keeps its
folds."""
_WHITE: Final = 0.86
"""Of the main light, linear: what of a white cloth that faces it is still not blown out."""
_LEAST_S: Final = 0.35
"""However short it is asked for: with it no light can flash more than three times a second."""


class Lights:
    """What the light is turned to; ``room`` leaves it as the camera sees it."""

    def __init__(self) -> None:
        self._from = self._to = np.ones(3, np.float32)
        self._begun, self._seconds = 0.0, 0.0

    def turn(self, name: str, level: float, seconds: float, now: float) -> None:
        """Go to a named light at ``level`` (0–1) within ``seconds`` from ``now`` on."""
        self._from = self.tint(now)
        self._to = np.array(TINTS[name], np.float32) * np.float32(level)
        self._begun, self._seconds = now, max(seconds, _LEAST_S)

    def tint(self, now: float) -> FloatArray:
        """(3,) float32 linear RGB that the room's light is multiplied with."""
        if self._seconds <= 0:
            return self._to
        u = min(max((now - self._begun) / self._seconds, 0.0), 1.0)
        u = u * u * (3 - 2 * u)
        return (self._from + (self._to - self._from) * np.float32(u)).astype(np.float32)

    def lit(self, room: Lighting, now: float) -> Lighting:
        """The room's light as the ceremony has it."""
        tint = self.tint(now)
        if np.all(tint == 1.0):
            return room
        tint = tint * np.float32(min(1.0, _WHITE / max(float((room.color * tint).max()), 1e-6)))
        probe = None if room.probe is None else room.probe * tint
        return replace(room, color=room.color * tint, ambient=room.ambient * tint, probe=probe)
