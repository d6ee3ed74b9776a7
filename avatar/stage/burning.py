"""What of a prop burns: nodes whose names begin with ``flame`` flicker and rise, those with ``glow`` turn to the lens,
and both give light."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..linalg import affine, quat
from ..linalg.signals import Noise
from ..types import FloatArray
from .scene import Flame, Lighting

_FLICKER: Final = 5.0
"""Lattice points a second of the flames' noise, which then holds nothing above 2.5 Hz: fewer than the three flashes a
second that WCAG 2.3.1 allows, and those of a few pixels."""
_TALLER, _WIDER, _LEAN = 0.07, 0.03, 0.05
_SHINES: Final = {True: 0.062, False: 0.085}
"""Of a white surface a metre away: a candle's flame, a lantern's paper."""
_BELOW: Final = {True: 0.3, False: 1.0}
"""Share that reaches what is under it: the wax of a candle is in the way, and some shines through."""
_AS_BRIGHT: Final = 1.2
"""The room's light on white, main and ambient, by which half of a flame's is seen."""
_UNSTEADY: Final = 0.10  # of that, for each of the noise's own deviations
_WARM: Final = np.array([1.0, 0.56, 0.22], np.float32)  # of luminance near 0.6: of 1900 K, as a camera shows it


def exposed(flames: Sequence[Flame], lighting: Lighting) -> tuple[Flame, ...]:
    """Flames as a camera shows them that is exposed to the room: nearly all of them in the dark, less the more other
    light there is, a third in a bright room."""
    other = float(lighting.color.max()) + float(lighting.ambient.max())
    share = np.float32(1 / (1 + (other / _AS_BRIGHT) ** 2))
    return tuple(replace(flame, color=flame.color * share) for flame in flames)


class Burning:
    """Of one prop. names : of its nodes; world : (J, 4, 4) they at rest; seed : of its noise."""

    def __init__(self, names: Sequence[str], world: FloatArray, seed: int) -> None:
        self._world = world
        self._noise = Noise(np.full(4, _FLICKER, np.float32), seed)
        self._flames = [k for k, name in enumerate(names) if name.lower().startswith("flame")]
        self._glows = [k for k, name in enumerate(names) if name.lower().startswith("glow")]

    @property
    def flame(self) -> bool:
        """Is there an open flame?"""
        return bool(self._flames)

    @property
    def shines(self) -> bool:
        """Is there anything that gives light?"""
        return bool(self._flames or self._glows)

    def step(self, dt: float) -> None:
        """``dt`` seconds on."""
        self._noise.step(dt)

    def moved(self, matrix: FloatArray) -> FloatArray:
        """(J, 4, 4) the nodes of the prop at ``matrix`` (4, 4), stage: flames taller and shorter and leaning, straight
        up whatever the wick does; glows turned to the camera."""
        if not self.shines:
            return self._world
        tall, wide, x, z = (float(v) for v in np.clip(self._noise.value, -1.5, 1.5))
        world = self._world.copy()
        turn = matrix[:3, :3] / np.float32(max(float(np.linalg.norm(matrix[:3, 1])), 1e-9))
        rises = np.eye(4, dtype=np.float32)
        rises[:3, :3] = quat.to_matrix(quat.between(np.array([0, 1, 0], np.float32), turn[1]))
        for k in self._flames:
            bent = np.eye(4, dtype=np.float32)
            bent[1, 1], bent[0, 0], bent[2, 2] = 1 + _TALLER * tall, 1 + _WIDER * wide, 1 + _WIDER * wide
            bent[0, 1], bent[2, 1] = _LEAN * x, _LEAN * z
            world[k] = world[k] @ rises @ bent
        for k in self._glows:
            way = -turn.T @ affine.apply(matrix, world[k, :3, 3])
            world[k, :3, :3] = _towards(np.asarray(way, np.float32)) * np.float32(1 + _WIDER * tall)
        return world

    def light(self, matrix: FloatArray, world: FloatArray, opacity: float) -> Flame | None:
        """What it lights at ``matrix`` with nodes ``world`` (J, 4, 4): from its flames, or where it has none, from what
        glows."""
        nodes = self._flames or self._glows
        if not nodes:
            return None
        at = affine.apply(matrix, world[nodes][:, :3, 3].mean(0))
        unsteady = 1 + _UNSTEADY * float(np.clip(self._noise.value[0], -1.5, 1.5))
        level = _SHINES[self.flame] * opacity * unsteady
        return Flame(np.asarray(at, np.float32), _WARM * np.float32(level), _BELOW[self.flame])


def _towards(way: FloatArray) -> FloatArray:
    """(3, 3) a rotation that takes +Z to ``way`` (3,), +Y as far up as that allows."""
    z = way / max(float(np.linalg.norm(way)), 1e-9)
    x = np.cross(np.array([0, 1, 0], np.float32), z)
    long = float(np.linalg.norm(x))
    x = x / long if long > 1e-3 else np.array([1, 0, 0], np.float32)
    return np.stack([x, np.cross(z, x), z], 1).astype(np.float32)
