"""The light of a ceremony on the companion: the ceremony's tint over the room's own light."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ..ceremony.lighting import Light
from ..stage.scene import Lighting

_WHITE: Final = 0.86
"""Of the main light, linear: what of a white cloth that faces it is still not blown out."""


class Lights(Light):
    """What the light is turned to, as the stage is lit with it."""

    def lit(self, room: Lighting, now: float) -> Lighting:
        """The room's light as the ceremony has it."""
        tint = self.tint(now)
        if np.all(tint == 1.0):
            return room
        tint = tint * np.float32(min(1.0, _WHITE / max(float((room.color * tint).max()), 1e-6)))
        probe = None if room.probe is None else room.probe * tint
        return replace(room, color=room.color * tint, ambient=room.ambient * tint, probe=probe)
