"""Which hands a person holds out: open, kept still for a moment, and large enough in the picture to see its fingers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from ..types import FloatArray
from .hand_space import SolidHand

STILL_S: Final = 0.5
"""Seconds that a hand is kept out."""
_FAR: Final = 0.6  # palm lengths from where it was lately
_LATELY_S: Final = 0.25
_STRAIGHT: Final = 0.55  # cosine of the bend between the first and the other bones of the ring finger
_LEAST: Final = 14.0  # pixels from the wrist to the knuckles


class HeldOut:
    """Give every picture's hands to ``step``; ``sides`` are the person's own hands that are held out now."""

    def __init__(self) -> None:
        self._lately: dict[str, FloatArray] = {}
        self._kept: dict[str, float] = {}

    @property
    def sides(self) -> tuple[str, ...]:
        """``left``, ``right``, both or none."""
        return tuple(side for side, kept in self._kept.items() if kept >= STILL_S)

    def step(self, hands: Sequence[SolidHand], going: Collection[str], dt: float) -> None:
        """The hands ``dt`` seconds after the last ones. going : sides that were not found any more."""
        found = {hand.side: hand for hand in hands if hand.side not in going}
        for side in set(self._kept) - set(found):
            del self._kept[side], self._lately[side]
        for side, hand in found.items():
            p = hand.hand.points[:, :2]
            palm = max(float(np.linalg.norm(p[9] - p[0])), float(np.linalg.norm(p[5] - p[17])), 1.0)
            at = np.asarray(p[[0, 5, 9, 13, 17]].mean(0), np.float32)
            lately = self._lately.get(side, at)
            self._lately[side] = lately + (at - lately) * np.float32(min(1.0, dt / _LATELY_S))
            still = float(np.linalg.norm(at - lately)) < _FAR * palm
            still = still and palm > _LEAST and open_finger(hand.hand.world)
            self._kept[side] = self._kept.get(side, 0.0) + dt if still else 0.0


def open_finger(world: FloatArray) -> bool:
    """Is the ring finger straight enough for a ring to be put on? world : (21, 3) metres."""
    first, rest = world[14] - world[13], world[16] - world[14]
    sizes = max(float(np.linalg.norm(first) * np.linalg.norm(rest)), 1e-9)
    return float(first @ rest) / sizes > _STRAIGHT
