"""Which way a hand points and its palm faces, within what a wrist and a forearm do."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..linalg import quat
from ..types import FloatArray
from .reach_bake import Arms, fold_table
from .reach_trunk import cross, matrices
from .turns import product

_ROLL_SHARE: Final = 0.6
"""How much of the palm's turn the forearm takes; the wrist takes the rest."""
_BEND: Final = fold_table(float(np.radians(72.0)), 0.2)
_ROLL: Final = fold_table(float(np.radians(105.0)), 0.3)
_ASIDE: Final = float(np.radians(32.0))
"""A wrist bends to thumb and little finger less than to palm and back."""


class Hands:
    """The hands of A companions, rows of a buffer as in ``reach``: lower arms 8:10, hands 10:12."""

    def __init__(self, arms: Arms) -> None:
        self.arms = arms
        self._third = cross(arms.hand, arms.palm)

    def turn(self, fore: FloatArray, fingers: FloatArray | None, palm: FloatArray | None, new: FloatArray) -> None:
        """fore : (A, 2, 3, 3) world rotation of the forearms; fingers, palm : (A, 2, 3), zero where nothing is wanted;
        new : (A, 12, 4), its lower arms and hands are written. The wrists stay where they are."""
        arms = self.arms
        v, bend = np.zeros_like(arms.hand), quat.identity(arms.hand.shape[:2])
        if fingers is not None:
            way = self._seen(fingers, fore)
            axis = cross(arms.hand, way)
            sine = np.sqrt(np.vecdot(axis, axis))
            angle = np.interp(np.arctan2(sine, np.vecdot(arms.hand, way)), *_BEND).astype(np.float32)
            v = axis * (angle / np.maximum(sine, 1e-9))[..., None]
            bend = quat.from_vector(v)
        roll = np.zeros(arms.hand.shape[:2], np.float32)
        if palm is not None:
            way = np.matmul(self._seen(palm, fore)[..., None, :], matrices(bend))[..., 0, :]
            x, y = np.vecdot(way, arms.palm), np.vecdot(way, self._third)
            angle = np.arctan2(y, x)
            held = np.copysign(np.interp(np.abs(angle), *_ROLL), angle)
            # a palm that is to face where the fingers point has no roll
            roll = (held * np.minimum(4 * (x * x + y * y), 1)).astype(np.float32)
        if fingers is not None:
            # to thumb and little finger, as the rolled forearm has them
            part = (_ROLL_SHARE * roll)[..., None]
            flat = np.cos(part) * arms.palm + np.sin(part) * self._third
            aside = np.vecdot(v, flat)
            held = _ASIDE * np.tanh(aside / _ASIDE)
            bend = quat.from_vector(v + (held - aside)[..., None] * flat)
        with_fore = quat.from_axis_angle(arms.fore, _ROLL_SHARE * roll)
        back = quat.from_axis_angle(arms.fore, -_ROLL_SHARE * roll)
        new[:, 10:12] = product(product(back, bend), quat.from_axis_angle(arms.hand, roll))
        new[:, 8:10] = product(new[:, 8:10], with_fore)

    def _seen(self, way: FloatArray, fore: FloatArray) -> FloatArray:
        """As the forearm sees it, unit; zero stays zero."""
        own = np.matmul(way[..., None, :], fore)[..., 0, :]
        return np.asarray(own / np.maximum(np.sqrt(np.vecdot(own, own)), 1e-6)[..., None], np.float32)
