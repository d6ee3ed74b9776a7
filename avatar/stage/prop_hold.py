"""How the companion has a prop: which way a hand holds it, what is stacked on a palm, and the cup that it can raise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..spelling import PropPlace
from ..types import FloatArray
from .passing import Cup
from .prop_shape import Shape

HOW: Final = {
    "companion-palm": "palm",
    "companion-hand": "hand",
    "companion-fingertips": "fingertips",
    "companion-ring-finger": "ring-finger",
}
"""Places on the companion -> how its hand has what is there."""
_NESTED: Final = 0.86
"""Of a shallow cup's height, above which the foot of the next one in it is."""
_HAND: Final = 0.055  # metres round a wrist that belong to the hand
_ON: Final = 0.03  # metres of a palm over its wrist
_HANGS: Final = 0.02  # metres under the wrist, a handle in a fist


@dataclass(frozen=True, slots=True)
class Load:
    """What a hand of the companion's carries. how : ``palm``, ``hand``, ``bowl`` or ``fingertips``; below, above :
    metres from the wrist down and up to the ends of it and of the hand."""

    how: str
    below: float = _HAND
    above: float = _HAND

    def with_other(self, other: Load | None) -> Load:
        """Both in one hand."""
        if other is None:
            return self
        return Load(self.how, max(self.below, other.below), max(self.above, other.above))


def load_of(how: str, shape: Shape, lift: float = 0.0) -> Load:
    """A prop as it is carried, ``lift`` metres over the palm."""
    if how in ("palm", "bowl"):
        return Load(how, above=_ON + lift + shape.height)
    if how == "hand":
        share = shape.grip[0]
        return Load(
            how, max(_HAND, share * shape.height + _HANGS * shape.hangs), max(_HAND, (1 - share) * shape.height)
        )
    return Load(how)


def how_held(place: PropPlace, shape: Shape) -> str:
    """One of ``HOW``, or ``bowl``: a shallow cup is on the fingers of a hand, not in its fist."""
    return "bowl" if shape.bowl and place.on == "companion-hand" else HOW[place.on]


def stacked(lying: Mapping[str, Shape]) -> dict[str, float]:
    """Metres over the palm of each of those that lie on it, by name: the wider under the narrower."""
    lifts, high = {}, 0.0
    for name, shape in sorted(lying.items(), reverse=True, key=lambda one: one[1].half):
        lifts[name] = high
        high += (_NESTED if shape.bowl else 1.0) * shape.height
    return lifts


def cup_of(matrix: FloatArray, shape: Shape, side: str) -> Cup:
    """A cup at a place (4, 4), stage, in a hand of the companion's."""
    scale = float(np.linalg.norm(matrix[:3, 1]))
    up = np.asarray(matrix[:3, 1] / np.float32(scale), np.float32)
    foot = np.asarray(matrix[:3, 3] + up * np.float32(shape.low * scale), np.float32)
    return Cup(side, foot, up, shape.height * scale, shape.half * scale)
