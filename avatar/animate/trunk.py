"""How far the surface of a companion's trunk and head reaches in the rest pose, clothes and hair included."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..model.model import AvatarModel

Array = NDArray[np.float64]

_STEP: Final = 0.03
"""Metres between samples of a triangle; vertices alone leave holes in large ones."""
_MOST: Final = 5


def carried(model: AvatarModel, bones: Collection[str]) -> tuple[Array, Array]:
    """Points of the surface mostly carried by these bones and by what hangs on them unnamed, metres, companion frame:
    (V, 3) its vertices and (S, 3) samples of its triangles, corners included."""
    named = {n: b for b, n in model.humanoid.items()}
    owner: list[str] = []
    for n, p in enumerate(model.parents):
        owner.append(named.get(n, owner[p] if p >= 0 else ""))
    vertices, samples = [np.zeros((0, 3))], [np.zeros((0, 3))]
    for prim in model.primitives:
        if prim.joints is None or prim.weights is None or prim.skin < 0:
            continue
        mine = np.array([owner[j] in bones for j in model.skins[prim.skin].joints])
        kept = (prim.weights * mine[prim.joints]).sum(1) > 0.6
        positions = prim.positions.astype(np.float64)
        vertices.append(positions[kept])
        faces = prim.indices.reshape(-1, 3)
        corners = positions[faces[kept[faces].all(1)]]
        if len(corners):
            longest = float(np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=-1).max())
            n = int(np.clip(np.ceil(longest / _STEP), 1, _MOST))
            grid = np.array([(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)]) / n
            samples.append((grid @ corners).reshape(-1, 3))
    return np.concatenate(vertices), np.concatenate(samples)
