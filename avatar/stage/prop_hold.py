"""How the companion has a prop: which way a hand holds it, what is stacked on a palm, and the cup that it can raise."""

from __future__ import annotations

from collections.abc import Mapping
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
