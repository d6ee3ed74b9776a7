"""How far spring joints may turn (VRMC_springBone_limit 1.0): cone, hinge and spherical limits as arrays.

In a limit's own frame +Y is the way the bone points at rest. A cone keeps the bone within an angle of +Y; a hinge lets
it turn about X alone; a spherical limit bounds its pitch about X and its yaw about Z. Where the nearest allowed
direction is not unique, the specification's table of singular directions decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat
from ..model.model import SpringLimit
from ..types import FloatArray

_KINDS: Final = {"cone": 1, "hinge": 2, "spherical": 3}
_TINY: Final = 1e-7


def _frame(axis: FloatArray, rotation: Sequence[float]) -> FloatArray:
    """(3, 3) from the limit's frame to the joint's rest frame. axis : (3,) unit, the bone at rest."""
    x, y, z = (float(v) for v in axis)
    stand = np.array([1, 0, 0, 0] if y <= _TINY - 1 else [z, 0, -x, y + 1], np.float32)
    return quat.to_matrix(quat.normalize(quat.multiply(quat.normalize(stand), np.array(rotation, np.float32))))


class Limits:
    """The limits of S joints. any : whether a joint has one; has : (S,) bool."""

    def __init__(self, limits: Sequence[SpringLimit | None], axes: FloatArray) -> None:
        self.has = np.array([x is not None for x in limits], bool)
        self.any = bool(self.has.any())
        self._kind = np.array([_KINDS[x.kind] if x else 0 for x in limits], np.int64)
        self._angle = np.array([min(x.angle, np.pi) if x else 0 for x in limits], np.float64)
        self._yaw = np.array([min(x.yaw, np.pi / 2) if x else 0 for x in limits], np.float64)
        self._frames = np.array(
            [_frame(axis, x.rotation) if x else np.eye(3) for x, axis in zip(limits, axes, strict=True)], np.float32
        ).reshape(-1, 3, 3)

    def within(self, rows: slice) -> NDArray[np.int64]:
        """Indices of the joints among ``rows`` that have a limit."""
        found: NDArray[np.int64] = np.flatnonzero(self.has[rows]) + rows.start
        return found

    def apply(self, joints: NDArray[np.int64], rest: FloatArray, way: FloatArray) -> FloatArray:
        """Allowed directions (n, 3) nearest to ``way`` (n, 3) unit, world, of ``joints`` (n,).

        rest : (n, 3, 3) world axes of the joints at rest, any positive scale."""
        turn = rest / np.sqrt(np.einsum("nij,nij->nj", rest, rest))[:, None] @ self._frames[joints]
        own = np.einsum("nji,nj->ni", turn, way).astype(np.float64)
        kind, angle = self._kind[joints], self._angle[joints]
        for number, bound in ((1, _cone), (2, _hinge)):
            at = kind == number
            if at.any():
                own[at] = bound(own[at], angle[at])
        at = kind == 3
        if at.any():
            own[at] = _spherical(own[at], angle[at], self._yaw[joints][at])
        allowed: FloatArray = np.einsum("nij,nj->ni", turn, own).astype(np.float32)
        return allowed


def _cone(d: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
    out, flat = d.copy(), np.hypot(d[:, 0], d[:, 2])
    beyond = d[:, 1] < np.cos(angle)
    singular = flat < _TINY
    side = np.where(singular, 0, d[:, 0]) / np.maximum(flat, _TINY)
    ahead = np.where(singular, 1, d[:, 2] / np.maximum(flat, _TINY))
    out[beyond] = np.stack([side * np.sin(angle), np.cos(angle), ahead * np.sin(angle)], 1)[beyond]
    return out


def _hinge(d: NDArray[np.float64], angle: NDArray[np.float64]) -> NDArray[np.float64]:
    singular = np.hypot(d[:, 1], d[:, 2]) < _TINY
    pitch = np.where(singular, 0, np.arctan2(d[:, 2], d[:, 1]))
    pitch = np.where(np.abs(d[:, 2]) < _TINY, np.abs(pitch), pitch)
    pitch = np.clip(pitch, -angle, angle)
    return np.stack([np.zeros(len(d)), np.cos(pitch), np.sin(pitch)], 1)


def _spherical(
    d: NDArray[np.float64], limit: NDArray[np.float64], limit_yaw: NDArray[np.float64]
) -> NDArray[np.float64]:
    pitch = np.where(np.abs(d[:, 0]) >= 1 - _TINY, 0, np.arctan2(d[:, 2], d[:, 1]))
    pitch = np.where(d[:, 1] <= _TINY - 1, np.pi, pitch)
    pitch = np.clip(pitch, -limit, limit)
    yaw = np.clip(np.arcsin(np.clip(d[:, 0], -1, 1)), -limit_yaw, limit_yaw)
    return np.stack([np.sin(yaw), np.cos(yaw) * np.cos(pitch), np.cos(yaw) * np.sin(pitch)], 1)
