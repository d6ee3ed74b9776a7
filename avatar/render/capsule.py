"""A capsule of which only the depth is drawn: what hides part of a figure and is itself in the picture, as a finger."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..linalg import quat
from ..model.model import AvatarModel, Material, Primitive

_SIDES: Final = 20
_CAP: Final = 0.2
"""Of its axis: how far its round ends reach beyond it."""


def capsule() -> AvatarModel:
    """Its axis from the origin to (0, 1, 0), radius 1, ends rounded."""
    bend = np.linspace(0, np.pi / 2, 5)
    radius = np.concatenate([np.sin(bend), np.cos(bend)])
    height = np.concatenate([-_CAP * np.cos(bend), 1 + _CAP * np.sin(bend)])
    turn = np.linspace(0, 2 * np.pi, _SIDES, endpoint=False)
    points = np.stack(
        [radius[:, None] * np.sin(turn), np.repeat(height[:, None], _SIDES, 1), radius[:, None] * np.cos(turn)], -1
    )
    k = np.arange(points.shape[0] * _SIDES).reshape(-1, _SIDES)
    right = np.roll(k, -1, axis=1)
    a, b, c, d = (x.ravel() for x in (k[:-1], right[:-1], right[1:], k[1:]))
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32)
    positions = points.reshape(-1, 3).astype(np.float32)
    part = Primitive(
        positions, positions.copy(), (np.zeros((len(positions), 2), np.float32),), faces, material=0, node=0
    )
    return AvatarModel(
        name="capsule",
        kind="prop",
        node_names=("capsule",),
        parents=np.full(1, -1, np.int32),
        translation=np.zeros((1, 3), np.float32),
        rotation=quat.identity((1,)),
        scale=np.ones((1, 3), np.float32),
        primitives=(part,),
        skins=(),
        materials=(Material(kind="unlit", double_sided=True),),
        textures=(),
        morph_defaults=np.zeros(0, np.float32),
    )
