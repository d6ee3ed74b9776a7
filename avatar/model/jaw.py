"""Which node of a companion is a jaw that moves something, and which way it opens."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray
from .model import AvatarModel

_JAW: Final = re.compile(
    r"(?:^|[^a-z])(?:lower)?(?:jaw|mandible)(?:root|bone|joint|master)?(?![a-z])(?![^a-z]*(?:end|tip|nub|left|right))"
)
_PULL: Final = 0.2
"""A vertex that hangs on the jaw with less than this does not say which way it opens."""


def find_jaw(model: AvatarModel) -> tuple[int, float]:
    """(node, sign): turning it about the companion's +X by a positive ``sign`` times an angle moves the chin down.

    The humanoid's ``jaw``, or else the first node named for one, where vertices hang on it; (-1, 1.0) where there is
    none.
    """
    named = [n for n, name in enumerate(model.node_names) if _JAW.search(_words(name)) and "upper" not in name.lower()]
    human = model.humanoid.get("jaw")
    for node in [human, *named] if human is not None else named:
        moved = _moved(model, node)
        if len(moved):
            ahead = float(moved[:, 2].mean() - model.rest_world()[node, 2, 3])
            return node, 1.0 if ahead >= 0 else -1.0
    return -1, 1.0


def hanging(model: AvatarModel, node: int) -> NDArray[np.bool_]:
    """(J,) which nodes are ``node`` or below it."""
    below = np.zeros(model.joint_count, np.bool_)
    below[node] = True
    for n, parent in enumerate(model.parents):
        if parent >= 0 and below[parent]:
            below[n] = True
    return below


def pulls(model: AvatarModel, node: int) -> list[FloatArray]:
    """For each primitive, (V,) float32 0-1: how much of each vertex follows a node and what hangs on it."""
    below = hanging(model, node)
    found = []
    for prim in model.primitives:
        if prim.joints is None or prim.weights is None or prim.skin < 0:
            found.append(np.full(len(prim.positions), float(below[prim.node]), np.float32))
        else:
            follows = below[model.skins[prim.skin].joints]
            found.append((prim.weights * follows[prim.joints]).sum(1).astype(np.float32))
    return found


def rest_positions(model: AvatarModel, index: int) -> FloatArray:
    """(V, 3) float32 vertices of a primitive at rest, companion frame, metres; morph targets left out."""
    prim, world = model.primitives[index], model.rest_world()
    if prim.joints is None or prim.weights is None or prim.skin < 0:
        at: FloatArray = prim.positions @ world[prim.node][:3, :3].T + world[prim.node][:3, 3]
        return at
    skin = model.skins[prim.skin]
    bind = world[skin.joints] @ skin.inverse_bind
    turn = np.einsum("vk,vkij->vij", prim.weights, bind[prim.joints])
    placed: FloatArray = np.einsum("vij,vj->vi", turn[:, :3, :3], prim.positions) + turn[:, :3, 3]
    return placed.astype(np.float32)


def jaw_motion(model: AvatarModel) -> list[FloatArray] | None:
    """For each primitive, (V, 3) float32 metres a radian: how its vertices set out when the jaw opens; None without a
    jaw."""
    node, sign = find_jaw(model)
    if node < 0:
        return None
    pivot = model.rest_world()[node, :3, 3]
    found = []
    for k, pull in enumerate(pulls(model, node)):
        away = rest_positions(model, k) - pivot
        # a small turn about +X takes (x, y, z) by (0, -z, y)
        found.append(
            np.stack([0 * pull, -away[:, 2] * pull, away[:, 1] * pull], 1).astype(np.float32) * np.float32(sign)
        )
    return found


def _moved(model: AvatarModel, node: int) -> FloatArray:
    """(n, 3) rest positions of what follows the node."""
    parts = [np.zeros((0, 3), np.float32)]
    for k, pull in enumerate(pulls(model, node)):
        if (pull > _PULL).any():
            parts.append(rest_positions(model, k)[pull > _PULL])
    return np.concatenate(parts)


def _words(name: str) -> str:
    """Camel case divided, in lower case: ``LowerJaw`` is ``lower jaw``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
