"""The light of a ceremony on the companion: the ceremony's tint over the room's own light."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..ceremony.lighting import Light
from ..stage.scene import Lighting


class Lights(Light):
    """What the light is turned to, as the stage is lit with it."""

    def lit(self, room: Lighting, now: float) -> Lighting:
        """The room's light as the ceremony has it."""
        tint = self.tint(now)
        if np.all(tint == 1.0):
            return room
        probe = None if room.probe is None else room.probe * tint
        return replace(room, color=room.color * tint, ambient=room.ambient * tint, probe=probe)
