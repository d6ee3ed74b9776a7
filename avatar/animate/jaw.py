"""A jaw bone that speaks, for companions whose mouth has no shapes."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np

from ..linalg import affine, quat
from ..model.model import AvatarModel
from ..types import VISEMES, FloatArray
from .rig import Poses

WIDEST: Final = math.radians(14.0)
"""How far it turns for the widest vowel. A person's turns about 10 degrees in loud speech; with lips that do not move
by themselves it takes more to be seen."""
LIMIT: Final = math.radians(30.0)
_PP: Final = VISEMES.index("PP")
_FF: Final = VISEMES.index("FF")


class JawMap(NamedTuple):
    """node : the jaw; sign : +1 where turning it about the companion's +X opens, else -1; opening : (15 or more,)
    float32, how far each number of a mouth opens it, 1 for ``WIDEST``."""

    node: int
    sign: float
    opening: FloatArray


class Jaw:
    """Turns one jaw for A actors, on top of what gestures and clips do with it."""

    def __init__(self, model: AvatarModel, jaw: JawMap) -> None:
        self.node = jaw.node
        self._sign, self._opening = jaw.sign, np.asarray(jaw.opening, np.float32)
        parent = int(model.parents[jaw.node])
        _, turns, _ = affine.decompose(model.rest_world())
        above = turns[parent] if parent >= 0 else quat.identity()
        # axis of the companion's +X in the parent's frame at rest
        self._axis = quat.rotate(quat.conjugate(above), np.array([1, 0, 0], np.float32)).astype(np.float32)
        self._rest = quat.normalize(np.array(model.rotation[jaw.node], np.float32))
        self._rewritten = jaw.node in model.humanoid.values() and "hips" in model.humanoid

    def loosen(self, poses: Poses) -> None:
        """Back to rest, before clips play, where nothing else writes the node in every frame."""
        if not self._rewritten:
            poses.rotation[:, self.node] = self._rest

    def step(self, mouth: FloatArray | None, poses: Poses) -> None:
        """Turn it. mouth : (A, 15 or more), viseme weights 0-1 first, None for silence. Lips that are shut for p, b, m,
        or at the teeth for f, v, shut it."""
        if mouth is None:
            return
        shut = np.minimum((mouth[:, _PP] + np.float32(0.7) * mouth[:, _FF]) / np.float32(0.75), 1)
        angle = np.clip(WIDEST * (mouth @ self._opening[: mouth.shape[1]]) * (1 - shut), 0, LIMIT) * self._sign
        turn = np.empty((len(mouth), 4), np.float32)
        turn[:, :3] = self._axis * np.sin(angle / 2)[:, None]
        turn[:, 3] = np.cos(angle / 2)
        poses.rotation[:, self.node] = quat.multiply(turn, poses.rotation[:, self.node])
