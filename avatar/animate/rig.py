"""The skeleton in motion: normalised humanoid rotations to node rotations, and forward kinematics by level.

Body motion is written in one frame for every companion: rotations of the 55 VRM bones relative to the rest pose, on
axes parallel to the companion's own (+Y up, faces +Z, T-pose at rest), whatever rest rotations the file has. For a
bone whose parent node has the rest world rotation P and whose own rest rotation is R, the node's rotation is ``P^-1 n
P R`` (the normalised humanoid of VRM 1.0); it is linear in n, so one baked 4x4 matrix a bone does it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import affine, quat
from ..model.model import HUMAN_BONES, AvatarModel
from ..types import FloatArray, Pose

ROWS: Final = len(HUMAN_BONES) + 1
"""Rows of a body array: the VRM bones in ``HUMAN_BONES`` order, then one that catches what a companion has no bone
for."""

ROW: Final = {name: i for i, name in enumerate(HUMAN_BONES)}
_FOLD: Final = {"upperChest": "chest", "chest": "spine", "neck": "head"}


class Rig:
    """Baked hierarchy of one model.

    driven : (J,) True for the nodes that springs turn; these and all below them are late: ``forward`` does not make
    their world matrices; the springs write those of the driven ones and ``finish`` makes the rest.
    order : (J,) node of each row of ``matrices``: body nodes by level, then late nodes by level; rank : its inverse.
    matrices : (J, 4, 4) float32 world matrices in that order, companion frame.
    """

    def __init__(self, model: AvatarModel, driven: NDArray[np.bool_] | None = None) -> None:
        j = model.joint_count
        parents = np.asarray(model.parents, np.int64)
        self.model = model
        depth = np.zeros(j, np.int64)
        driven = np.zeros(j, bool) if driven is None else driven
        late = driven.copy()
        for n, p in enumerate(parents):
            if p >= 0:
                depth[n] = depth[p] + 1
                late[n] |= late[p]
        self.order: NDArray[np.int64] = np.lexsort((np.arange(j), depth, late)).astype(np.int64)
        self.rank = np.empty(j, np.int64)
        self.rank[self.order] = np.arange(j)
        self.scale = np.asarray(model.scale, np.float32)
        self._scaled = bool(np.abs(self.scale - 1).max(initial=0) > 1e-6)
        self.rest_world = model.rest_world()
        self.matrices = self.rest_world[self.order]
        self._local = affine.compose(model.translation, quat.normalize(model.rotation), model.scale)[self.order]
        self._scale = self.scale[self.order][:, None, :].copy()
        self.early = int(j - late.sum())
        self._early_nodes = self.order[: self.early].copy()
        self._levels = self._plan(depth, parents, self.order[: self.early])
        self._late_levels = self._plan(depth, parents, self.order[self.early :], driven)
        hung = self.order[self.early :]
        self._hung = hung[~driven[hung]]
        self._hung_rank = self.rank[self._hung]
        self._q = np.empty((self.early, 4), np.float32)
        self._qq = np.empty((self.early, 4, 4), np.float32)
        self._t = np.empty((self.early, 3), np.float32)
        self._gather = np.empty((max(1, j), 4, 4), np.float32)
        self._bake_humanoid(model, parents)

    def _plan(
        self,
        depth: NDArray[np.int64],
        parents: NDArray[np.int64],
        nodes: NDArray[np.int64],
        skip: NDArray[np.bool_] | None = None,
    ) -> list[tuple[slice, NDArray[np.int64] | None]]:
        """Runs of neighbours in ``order`` of equal depth, each with the ranks of the parents (None for roots)."""
        plan: list[tuple[slice, NDArray[np.int64] | None]] = []
        wanted = nodes if skip is None else nodes[~skip[nodes]]
        rank = self.rank[wanted]
        breaks = np.flatnonzero((np.diff(rank) != 1) | (np.diff(depth[wanted]) != 0)) + 1
        for run in np.split(rank, breaks):
            if len(run):
                up = parents[self.order[run]]
                plan.append((slice(int(run[0]), int(run[-1]) + 1), self.rank[up] if up[0] >= 0 else None))
        return plan

    def _bake_humanoid(self, model: AvatarModel, parents: NDArray[np.int64]) -> None:
        _, world_rotation, _ = affine.decompose(self.rest_world)
        present = [b for b in HUMAN_BONES if b in model.humanoid]
        self.human = "hips" in present
        self.rows = np.array([ROW[b] for b in present], np.int64)
        self.nodes = np.array([model.humanoid[b] for b in present], np.int64)
        bake = np.empty((len(present), 4, 4), np.float32)
        for i, n in enumerate(self.nodes):
            p = parents[n]
            turn = world_rotation[p] if p >= 0 else quat.identity()
            after = quat.multiply(turn, quat.normalize(model.rotation[n]))
            bake[i] = quat.left_matrix(quat.conjugate(turn)) @ quat.right_matrix(after)
        self._bake = bake
        self._n = np.empty((len(present), 4, 1), np.float32)
        self._raw = np.empty((len(present), 4, 1), np.float32)
        self.rest_position = {b: self.rest_world[model.humanoid[b]][:3, 3].astype(np.float64) for b in present}
        if self.human:
            hips = model.humanoid["hips"]
            above = self.rest_world[parents[hips]][:3, :3] if parents[hips] >= 0 else np.eye(3)
            self._hips = hips
            self._hips_rest = np.asarray(model.translation[hips], np.float32)
            self._to_hips = np.linalg.inv(above.astype(np.float64)).astype(np.float32)
            self._shift = np.empty(3, np.float32)

    def row(self, bone: str) -> int:
        """Row of a bone in a body array; torso bones a companion lacks fold into the one below, others into the
        last."""
        while bone not in self.rest_position:
            if bone not in _FOLD:
                return ROWS - 1
            bone = _FOLD[bone]
        return ROW[bone]

    def make_pose(self) -> Pose:
        """A pose at rest, to be written in place by everything after."""
        m = self.model
        return Pose(
            np.array(m.translation, np.float32),
            quat.normalize(np.array(m.rotation, np.float32)),
            self.rest_world.copy(),
            np.array(m.morph_defaults, np.float32),
        )

    def write_body(self, n: FloatArray, hips_offset: FloatArray, pose: Pose) -> None:
        """Normalised rotations n : (ROWS, 4) and the hips' shift from rest, (3,) metres, into the pose's local
        arrays."""
        n.take(self.rows, axis=0, out=self._n[..., 0], mode="clip")
        np.matmul(self._bake, self._n, out=self._raw)
        pose.rotation[self.nodes] = self._raw[..., 0]
        np.matmul(self._to_hips, hips_offset, out=self._shift)
        self._shift += self._hips_rest
        pose.translation[self._hips] = self._shift

    def forward(self, pose: Pose) -> None:
        """World matrices of all nodes that are not late, from the pose's rotations and translations."""
        e = self.early
        pose.rotation.take(self._early_nodes, axis=0, out=self._q, mode="clip")
        local = quat.to_affine(self._q, self._qq, self._local[:e])
        if self._scaled:
            local[:, :3, :3] *= self._scale[:e]
        pose.translation.take(self._early_nodes, axis=0, out=self._t, mode="clip")
        local[:, :3, 3] = self._t
        self._sweep(self._levels)

    def _sweep(self, levels: list[tuple[slice, NDArray[np.int64] | None]]) -> None:
        world, local = self.matrices, self._local
        for span, up in levels:
            if up is None:
                world[span] = local[span]
                continue
            gathered = self._gather[: span.stop - span.start]
            world.take(up, axis=0, out=gathered, mode="clip")
            np.matmul(gathered, local[span], out=world[span])

    def finish(self, pose: Pose) -> None:
        """What hangs below the springs, then everything into ``pose.world``."""
        if len(self._hung):
            n = self._hung
            self._local[self._hung_rank] = affine.compose(pose.translation[n], pose.rotation[n], self.scale[n])
        self._sweep(self._late_levels)
        self.matrices.take(self.rank, axis=0, out=pose.world, mode="clip")
