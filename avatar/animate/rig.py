"""The skeleton in motion, of A actors: normalised humanoid rotations to node rotations, forward kinematics by level.

Body motion is written in one frame for every companion: rotations of the 55 VRM bones relative to the rest pose, on
axes parallel to the companion's own (+Y up, faces +Z, T-pose at rest), whatever rest rotations the file has. For a
bone whose parent node has the rest world rotation P and whose own rest rotation is R, the node's rotation is ``P^-1 n
P R`` (the normalised humanoid of VRM 1.0); it is linear in n, so one baked 4x4 matrix a bone does it.
"""

from __future__ import annotations

from dataclasses import dataclass
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
Levels = list[tuple[FloatArray, FloatArray, "FloatArray | None", "NDArray[np.int64] | None"]]
"""Of each level: its world matrices, its local ones, and those it hangs on: none, or a view of them, or scratch into
which to take them, and their ranks."""


@dataclass(slots=True)
class Poses:
    """The poses of A actors of one model, shapes as in ``Pose`` with the actor first."""

    translation: FloatArray
    rotation: FloatArray
    world: FloatArray
    morphs: FloatArray

    @staticmethod
    def of(pose: Pose | Poses) -> Poses:
        """Poses as they are, one pose as views with an actor axis."""
        if isinstance(pose, Poses):
            return pose
        return Poses(pose.translation[None], pose.rotation[None], pose.world[None], pose.morphs[None])

    def one(self, actor: int) -> Pose:
        """One actor's pose: views into these arrays."""
        return Pose(self.translation[actor], self.rotation[actor], self.world[actor], self.morphs[actor])


class Rig:
    """Baked hierarchy of one model, for A actors.

    driven : (S,) the nodes that springs turn, in the springs' order; these and all below them are late: ``forward``
    does not make their world matrices; the springs write those of the driven ones and ``finish`` makes the rest.
    order : (J,) node of each row of ``matrices``: body nodes by level, driven nodes in their order, what hangs on them
    by level; rank : its inverse; early : how many are body nodes.
    matrices : (A, J, 4, 4) float32 world matrices in that order, companion frame.
    """

    def __init__(self, model: AvatarModel, driven: NDArray[np.int64] | None = None, actors: int = 1) -> None:
        j = model.joint_count
        parents = np.asarray(model.parents, np.int64)
        self.model, self.actors = model, actors
        depth = np.zeros(j, np.int64)
        driven = np.zeros(0, np.int64) if driven is None else np.asarray(driven, np.int64)
        turned = np.zeros(j, bool)
        turned[driven] = True
        late = turned.copy()
        for n, p in enumerate(parents):
            if p >= 0:
                depth[n] = depth[p] + 1
                late[n] |= late[p]
        # what hangs on a driven node may be worked with all others that do
        depth[late] = 0
        for n, p in enumerate(parents):
            if p >= 0 and late[n] and not turned[n] and late[p] and not turned[p]:
                depth[n] = depth[p] + 1
        by_level = np.lexsort((np.arange(j), depth)).astype(np.int64)
        early, hung = by_level[~late[by_level]], by_level[late[by_level] & ~turned[by_level]]
        self.order: NDArray[np.int64] = np.concatenate([early, driven, hung])
        self.rank = np.empty(j, np.int64)
        self.rank[self.order] = np.arange(j)
        self.scale = np.asarray(model.scale, np.float32)
        self._scaled = bool(np.abs(self.scale - 1).max(initial=0) > 1e-6)
        self.rest_world = model.rest_world()
        self.matrices = np.tile(self.rest_world[self.order], (actors, 1, 1, 1))
        local = affine.compose(model.translation, quat.normalize(model.rotation), model.scale)[self.order]
        self._local = np.tile(local, (actors, 1, 1, 1))
        self._scale = self.scale[self.order][:, None, :].copy()
        self.early = len(early)
        self._early_nodes = early
        self._levels = self._plan(depth, parents, early)
        self._late_levels = self._plan(depth, parents, hung)
        self._hung, self._hung_rank = hung, self.rank[hung]
        self._q = np.empty((actors, self.early, 4), np.float32)
        self._qq = np.empty((actors, self.early, 4, 4), np.float32)
        self._t = np.empty((actors, self.early, 3), np.float32)
        self._hung_q = np.full((actors, len(hung), 4), 2.0, np.float32)
        self._bake_humanoid(model, parents)

    def _plan(self, depth: NDArray[np.int64], parents: NDArray[np.int64], nodes: NDArray[np.int64]) -> Levels:
        """Runs of neighbours in ``order`` of equal depth."""
        plan: Levels = []
        rank = self.rank[nodes]
        breaks = np.flatnonzero((np.diff(rank) != 1) | (np.diff(depth[nodes]) != 0)) + 1
        for run in np.split(rank, breaks):
            if not len(run):
                continue
            span = slice(int(run[0]), int(run[-1]) + 1)
            here, local = self.matrices[:, span], self._local[:, span]
            up = parents[self.order[run]]
            if up[0] < 0:
                plan.append((here, local, None, None))
                continue
            above = self.rank[up]
            first, last = int(above[0]), int(above[-1])
            if (above == first).all():
                plan.append((here, local, self.matrices[:, first : first + 1], None))
            elif (np.diff(above) == 1).all():
                plan.append((here, local, self.matrices[:, first : last + 1], None))
            else:
                plan.append((here, local, np.empty((self.actors, len(run), 4, 4), np.float32), above))
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
        # bone by bone, all actors at once
        self._bake = np.ascontiguousarray(bake.swapaxes(1, 2))
        self._n = np.empty((self.actors, len(present), 4), np.float32)
        self._raw = np.empty((self.actors, len(present), 4), np.float32)
        self.rest_position = {b: self.rest_world[model.humanoid[b]][:3, 3].astype(np.float64) for b in present}
        if self.human:
            hips = model.humanoid["hips"]
            above = self.rest_world[parents[hips]][:3, :3] if parents[hips] >= 0 else np.eye(3)
            self._hips = hips
            self._hips_rest = np.asarray(model.translation[hips], np.float32)
            self._to_hips = np.linalg.inv(above.astype(np.float64)).astype(np.float32).T.copy()
            self._shift = np.empty((self.actors, 3), np.float32)

    def row(self, bone: str) -> int:
        """Row of a bone in a body array; torso bones a companion lacks fold into the one below, others into the
        last."""
        while bone not in self.rest_position:
            if bone not in _FOLD:
                return ROWS - 1
            bone = _FOLD[bone]
        return ROW[bone]

    def make_poses(self) -> Poses:
        """Poses at rest, to be written in place by everything after."""
        m, a = self.model, self.actors
        return Poses(
            np.tile(np.asarray(m.translation, np.float32), (a, 1, 1)),
            np.tile(quat.normalize(np.array(m.rotation, np.float32)), (a, 1, 1)),
            np.tile(self.rest_world, (a, 1, 1, 1)),
            np.tile(np.asarray(m.morph_defaults, np.float32), (a, 1)),
        )

    def make_pose(self) -> Pose:
        """One actor's."""
        return self.make_poses().one(0)

    def write_body(self, n: FloatArray, hips_offset: FloatArray, pose: Pose | Poses) -> None:
        """Normalised rotations n : (A, ROWS, 4) and the hips' shift from rest, (A, 3) metres, into the pose's local
        arrays."""
        poses = Poses.of(pose)
        n.take(self.rows, axis=1, out=self._n, mode="clip")
        np.matmul(self._n.swapaxes(0, 1), self._bake, out=self._raw.swapaxes(0, 1))
        poses.rotation[:, self.nodes] = self._raw
        np.matmul(hips_offset, self._to_hips, out=self._shift)
        np.add(self._shift, self._hips_rest, out=poses.translation[:, self._hips])

    def read_body(self, pose: Pose | Poses) -> FloatArray:
        """Normalised rotations (A, ROWS, 4) of a pose, whatever made it: ``write_body`` the other way round."""
        raw = Poses.of(pose).rotation[:, self.nodes]
        n = quat.identity((len(raw), ROWS))
        n[:, self.rows] = np.matmul(raw.swapaxes(0, 1), self._bake.swapaxes(1, 2)).swapaxes(0, 1)
        return n

    def forward(self, pose: Pose | Poses) -> None:
        """World matrices of all nodes that are not late, from the pose's rotations and translations."""
        poses = Poses.of(pose)
        e = self.early
        poses.rotation.take(self._early_nodes, axis=1, out=self._q, mode="clip")
        local = self._local[:, :e]
        quat.to_affine(self._q, self._qq, local)
        if self._scaled:
            local[..., :3, :3] *= self._scale[:e]
        poses.translation.take(self._early_nodes, axis=1, out=self._t, mode="clip")
        local[..., :3, 3] = self._t
        self._sweep(self._levels)

    def _sweep(self, levels: Levels) -> None:
        for here, local, above, which in levels:
            if above is None:
                np.copyto(here, local)
                continue
            if which is not None:
                self.matrices.take(which, axis=1, out=above, mode="clip")
            np.matmul(above, local, out=here)

    def finish(self, pose: Pose | Poses) -> None:
        """What hangs below the springs, then everything into ``pose.world``."""
        poses = Poses.of(pose)
        if len(self._hung):
            n = self._hung
            turns = poses.rotation[:, n]
            if not (turns == self._hung_q).all():
                self._hung_q = turns
                self._local[:, self._hung_rank] = affine.compose(poses.translation[:, n], turns, self.scale[n])
            self._sweep(self._late_levels)
        self.matrices.take(self.rank, axis=1, out=poses.world, mode="clip")
