"""A prop's own measures: how tall and wide it is, how wide its hole, and where a hand takes hold of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..linalg import affine
from ..model.model import AvatarModel
from ..types import FloatArray

_SLICES: Final = 24
_HELD: Final = (0.16, 0.62)  # of its height, between which a hand takes hold
_LIKED: Final = 0.45
_RIM: Final = 0.06  # of its height, from the top: only a rim is there in what is open above
_SHALLOW: Final = 0.8  # of half its width: a cup that is less high
_LARGEST: Final = 0.09  # metres of half a width that one hand holds
HANDLE: Final = "handle"
"""How the names of nodes begin by which a thing is carried, and from which it hangs."""
_WIRE: Final = 0.002  # metres, half as thick as a handle is
_FOOT: Final = 0.08  # of its height
_STANDS: Final = 1.8  # radii of where it is held
_THIN: Final = 1.25  # times the thinnest there: as good to hold


@dataclass(frozen=True, slots=True)
class Shape:
    """A prop's measures, metres in its own frame. low, high : along +Y; hole : the smallest distance of anything from
    the axis; half : half of its width across; grip : the share of its height where it is held, and its radius there;
    open : it has a rim above, as cups have; bowl : and is shallow, held with the fingers under it; hangs : it is held
    by a handle at its top; stands : its foot is wide enough for that."""

    low: float
    high: float
    hole: float
    half: float
    grip: tuple[float, float] = (0.5, 0.03)
    open: bool = False
    bowl: bool = False
    hangs: bool = False
    stands: bool = True

    @property
    def height(self) -> float:
        """Metres along +Y."""
        return self.high - self.low

    @property
    def ring(self) -> bool:
        """Is it one that a finger goes through?"""
        return self.hole > 0.25 * self.half and self.height < 2 * self.half


def shape_of(model: AvatarModel) -> Shape:
    """Measure a prop at rest, but for what only shines."""
    world = model.rest_world()
    solid = [p for p in model.primitives if model.materials[p.material].alpha_mode != "BLEND"] or model.primitives
    points = np.concatenate([affine.apply(world[p.node], p.positions) for p in solid])
    away = np.hypot(points[:, 0], points[:, 2])
    low, high = float(points[:, 1].min()), float(points[:, 1].max())
    half = float(np.ptp(points[:, [0, 2]], axis=0).max()) / 2
    high = max(high, low + 1e-4)
    top = away[points[:, 1] > high - _RIM * (high - low)]
    rim = bool(half < _LARGEST and top.min() > 0.8 * half)
    bowl = rim and high - low < _SHALLOW * half
    handles = [p for p in solid if model.node_names[p.node].lower().startswith(HANDLE)]
    if handles:
        top_of = max(float(affine.apply(world[p.node], p.positions)[:, 1].max()) for p in handles)
        grip = ((top_of - low) / (high - low), _WIRE)
    else:
        grip = _grip(points, low, high, half)
    foot = float(away[points[:, 1] < low + _FOOT * (high - low)].max())
    stands = foot > _STANDS * grip[1]
    return Shape(low, high, float(away.min()), max(half, 1e-4), grip, rim, bowl, bool(handles), stands)


def _grip(points: FloatArray, low: float, high: float, half: float) -> tuple[float, float]:
    """Where it is thin enough to be held, as near to ``_LIKED`` of its height as that goes. Between two rows of a
    mesh's points nothing is known: its radius there is that of a straight line."""
    away = np.hypot(points[:, 0], points[:, 2])
    share = (points[:, 1] - low) / (high - low)
    rows = np.round(share * _SLICES).astype(np.intp)
    known = np.unique(rows)
    most = np.array([away[rows == row].max() for row in known])
    at = np.linspace(*_HELD, 12)
    radii = np.interp(at, known / _SLICES, most)
    good = radii <= _THIN * max(float(radii.min()), 1e-4)
    best = int(np.argmin(np.where(good, np.abs(at - _LIKED), np.inf)))
    return float(at[best]), max(min(float(radii[best]), half), 1e-3)
