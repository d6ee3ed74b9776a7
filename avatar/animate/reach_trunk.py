"""How the trunk follows a hand that cannot come far enough: spine, chest and collarbones by damped least squares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..linalg import quat
from ..types import FloatArray
from .reach_bake import SIDES, soft
from .rig import Rig
from .turns import product

_CHAIN: Final = ("hips", "spine", "chest", "upperChest")
_SHARES: Final = np.array([0.35, 0.35, 0.30])
"""Of the trunk's turn, in spine, chest and upper chest; a bone that is not there leaves its share to the others."""
_EASY: Final = np.array([1.0, 1.0, 0.7], np.float32)
"""How willingly the trunk bows, turns and leans aside."""
_COLLAR: Final = 0.6
"""How willingly a collarbone turns, against the trunk."""
_DAMPING: Final = 0.006
_ROUNDS: Final = 3
_ONSET, _ROOM = 0.88, 0.07
"""Of the arm's length: from where on the trunk follows, and how much farther a wrist comes from its shoulder then."""
_MOST, _MORE = 0.31, 0.14
"""Of the arm's length: how far a shoulder is brought, and how much of what is asked beyond."""
_BOW: Final = (0.60, 0.15)
_SHRUG: Final = (0.25, 0.10)
"""Radians that trunk and collarbones turn freely, and how much farther in all."""


def cross(a: FloatArray, b: FloatArray) -> FloatArray:
    """Cross products (..., 3); np.cross costs three times as much on so few."""
    one, two = (1, 2, 0), (2, 0, 1)
    return np.asarray(a.take(one, -1) * b.take(two, -1) - a.take(two, -1) * b.take(one, -1))


def matrices(q: FloatArray) -> FloatArray:
    """(..., 3, 3) from unit q (..., 4), in two products."""
    n = q.size // 4
    flat = np.ascontiguousarray(q).reshape(n, 4)
    m = quat.to_affine(flat, np.empty((n, 4, 4), np.float32), np.empty((n, 4, 4), np.float32))
    return m.reshape(*q.shape[:-1], 4, 4)[..., :3, :3]


def _bounded(v: FloatArray, most: tuple[float, float]) -> FloatArray:
    size = np.sqrt(np.vecdot(v, v))[..., None]
    held = soft(size, np.full_like(size, most[0]), np.full_like(size, most[1]))
    return np.asarray(v * (held / np.maximum(size, 1e-9)))


class Trunk:
    """The trunks of A companions. missing : (A, 6, 1) bool, which of hips, spine, chest, upper chest and collarbones
    there are not, None where all are there.

    After ``place``, and again after ``lean``: root : (A, 2, 3) where the upper arms begin; chest : (A, 3, 3) world
    rotation of the upper chest. leant : (A,) whose trunk the last ``lean`` turned.
    """

    def __init__(self, rigs: Sequence[Rig]) -> None:
        a = len(rigs)
        rest = np.zeros((a, 8, 3))
        missing = np.zeros((a, 6, 1), bool)
        for i, rig in enumerate(rigs):
            for k, bone in enumerate(_CHAIN):
                missing[i, k] = bone not in rig.rest_position
                rest[i, k] = rig.rest_position.get(bone, rest[i, max(k - 1, 0)])
            for k, side in enumerate(SIDES):
                rest[i, 6 + k] = rig.rest_position[side + "UpperArm"]
                missing[i, 4 + k] = side + "Shoulder" not in rig.rest_position
                rest[i, 4 + k] = rig.rest_position.get(side + "Shoulder", rest[i, 6 + k])
        self.missing = missing if missing.any() else None
        self._spine = (rest[:, 1:4] - rest[:, 0:3]).astype(np.float32)[..., None]
        self._collar = (rest[:, 4:6] - rest[:, 3:4]).astype(np.float32)[..., None]
        self._arm = (rest[:, 6:8] - rest[:, 4:6]).astype(np.float32)[..., None]
        shares = _SHARES * ~missing[:, 1:4, 0]
        shares /= np.maximum(shares.sum(1, keepdims=True), 1e-9)
        self._share = shares.astype(np.float32)[..., None]
        self._so_far = np.cumsum(shares, 1).astype(np.float32)[..., None]
        self._shrugs = (~missing[:, 4:6]).astype(np.float32)
        self._c = np.empty((a, 4, 3, 3), np.float32)
        self._at = np.empty((a, 3, 3), np.float32)
        self._turns = np.empty((a, 5, 3), np.float32)
        self.leant = np.zeros(a, bool)

    def place(self, q: FloatArray, hips: FloatArray) -> None:
        """Forward kinematics down to the shoulders. q : (A, 6+, 4) rotations of the chain and the collarbones, local;
        hips : (A, 3)."""
        m, c = matrices(q[:, :6]), self._c
        c[:, 0] = m[:, 0]
        for k in (1, 2, 3):
            np.matmul(c[:, k - 1], m[:, k], out=c[:, k])
        # bone by bone, as vectors: spine, chest, upper chest; collarbones; from them the arms
        self._ways = np.matmul(c[:, :3], self._spine)[..., 0]
        self._collars = np.matmul(c[:, 3:], self._collar)[..., 0]
        self._arms = np.matmul(np.matmul(c[:, 3:], m[:, 4:6]), self._arm)[..., 0]
        np.cumsum(self._ways, 1, out=self._at)
        self._at += np.asarray(hips, np.float32).reshape(-1, 1, 3)
        self._joint = self._at[:, 2:] + self._collars
        self.root, self.chest = self._joint + self._arms, c[:, 3]

    def lean(self, target: FloatArray, weight: FloatArray, d: FloatArray, length: FloatArray) -> bool:
        """Turn trunk and collarbones towards target (A, 2, 3) as far as the arms (length (A, 2)) are too short, by
        weight (A, 2); d : (A, 2) how far the targets are from the shoulders. False where no arm is too short."""
        self.leant[:] = False
        if not (d > _ONSET * length).any():
            return False
        to = target - self.root
        over = d - soft(d, _ONSET * length, _ROOM * length)
        want = weight * soft(over, _MOST * length, _MORE * length)
        self.leant = want.max(1) > 1e-6
        if not self.leant.any():
            return False
        goal, some = d - want, (want > 0)[..., None].astype(np.float32)
        a = len(d)
        bow, shrug = np.zeros((a, 3), np.float32), np.zeros((a, 2, 3), np.float32)
        for _ in range(_ROUNDS):
            u = to / np.maximum(d, 1e-6)[..., None]
            arms = np.stack([self.root - np.sum(self._share * self._at, 1)[:, None], self.root - self._joint])
            lever, collar = cross(arms, u[None]) * some
            collar *= self._shrugs
            bows = self._least(lever, collar, d - goal)
            bow = _bounded(bow + np.matmul(bows[:, None], lever * _EASY)[:, 0], _BOW)
            shrug = _bounded(shrug + _COLLAR * collar * bows[..., None], _SHRUG)
            self._follow(bow, shrug)
            to = target - self.root
            d = np.sqrt(np.vecdot(to, to))
        self._bow, self._shrug = bow, shrug
        return True

    def _least(self, lever: FloatArray, collar: FloatArray, missing: FloatArray) -> FloatArray:
        """(A, 2) multipliers: the smallest turns that bring each shoulder ``missing`` metres (A, 2) nearer."""
        m = np.matmul(lever * _EASY, np.swapaxes(lever, 1, 2))
        own = _COLLAR * np.vecdot(collar, collar) + _DAMPING
        one, two, both = m[:, 0, 0] + own[:, 0], m[:, 1, 1] + own[:, 1], m[:, 0, 1]
        det = one * two - both * both
        found = np.empty_like(missing)
        found[:, 0] = (two * missing[:, 0] - both * missing[:, 1]) / det
        found[:, 1] = (one * missing[:, 1] - both * missing[:, 0]) / det
        return found

    def _follow(self, bow: FloatArray, shrug: FloatArray) -> None:
        """Where the shoulders come to."""
        turns = self._turns
        np.multiply(self._so_far, bow[:, None], out=turns[:, :3])
        turns[:, 3:] = shrug
        e = matrices(quat.from_vector(turns))
        ways = np.matmul(e[:, :2], self._ways[:, 1:, :, None])[..., 0]
        self._at[:, 1] = self._at[:, 0] + ways[:, 0]
        self._at[:, 2] = self._at[:, 1] + ways[:, 1]
        up = e[:, 2:3]
        self._joint = self._at[:, 2:] + np.matmul(up, self._collars[..., None])[..., 0]
        self.root = self._joint + np.matmul(e[:, 3:], np.matmul(up, self._arms[..., None]))[..., 0]
        self.chest = np.matmul(e[:, 2], self._c[:, 3])

    def write(self, q: FloatArray, out: FloatArray) -> None:
        """The lean into local rotations: q, out : (A, 6+, 4), rows as for ``place``."""
        turns = self._turns
        # as each bone's parent sees it
        np.matmul((self._share * self._bow[:, None])[:, :, None], self._c[:, :3], out=turns[:, :3, None])
        np.matmul(self._shrug, self.chest, out=turns[:, 3:])
        out[:, 1:6] = product(quat.from_vector(turns), q[:, 1:6])
