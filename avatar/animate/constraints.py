"""Node constraints (VRMC_node_constraint 1.0): roll, aim and rotation, each after those it depends on.

With R the rest and q the present local rotation of a node, the source's turn is ``R_s^-1 q_s`` in its own frame, and
``R_d^-1 q_s R_s^-1 R_d`` as the constrained node sees it: linear in ``q_s``, so baked as one matrix. A roll is the
twist of that about the axis.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..linalg import affine, quat
from ..model.model import AvatarModel, Constraint
from ..types import FloatArray, Pose
from .rig import Poses

_AXES: Final = {"X": (1, 0, 0), "Y": (0, 1, 0), "Z": (0, 0, 1)}
_SIGNS: Final = {"Positive": 1.0, "Negative": -1.0}


def _axis(name: str) -> FloatArray:
    sign = _SIGNS.get(name[:-1], 1.0)
    return np.array(_AXES[name[-1]], np.float32) * np.float32(sign)


class _Batch:
    """Constraints of one kind, roll or rotation, that do not depend on each other: N of them, baked.

    seen : (N, 4, 4) takes the source's rotation to its turn as the constrained node sees it; rest : (N, 4, 4) takes a
    turn to the node's rotation; axis : (N, 3) for roll, zero for rotation.
    """

    def __init__(self, members: list[Constraint], rest: FloatArray) -> None:
        self.roll = members[0].kind == "roll"
        self.nodes = np.array([c.node for c in members], np.int64)
        self.sources = np.array([c.source for c in members], np.int64)
        self.weight = np.clip(np.array([c.weight for c in members], np.float32), 0, 1)
        own, back = rest[self.nodes], quat.conjugate(rest[self.sources])
        self.rest = quat.left_matrix(own)
        if self.roll:
            self.axis = np.stack([_axis(c.axis) for c in members])
            self.seen = quat.left_matrix(quat.conjugate(own)) @ quat.right_matrix(quat.multiply(back, own))
        else:
            self.seen = quat.left_matrix(back)
        self._q, self._turn = (np.zeros((1, len(members), 4, 1), np.float32) for _ in range(2))

    def apply(self, poses: Poses) -> None:
        if len(self._q) != len(poses.rotation):
            self._q, self._turn = (np.zeros((len(poses.rotation), len(self.nodes), 4, 1), np.float32) for _ in range(2))
        poses.rotation.take(self.sources, axis=1, out=self._q[..., 0], mode="clip")
        q = np.matmul(self.seen, self._q, out=self._turn)[..., 0]
        np.multiply(q, np.where(q[..., 3:] < 0, -1, 1), out=q)
        # of a roll only the twist about the axis; then weight times the angle
        along = np.vecdot(q[..., :3], self.axis) if self.roll else np.sqrt(np.vecdot(q[..., :3], q[..., :3]))
        half = np.arctan2(along, q[..., 3]) * self.weight
        if self.roll:
            np.multiply(self.axis, np.sin(half)[..., None], out=q[..., :3])
        else:
            q[..., :3] *= (np.sin(half) / np.maximum(along, 1e-9))[..., None]
        np.cos(half, out=q[..., 3])
        poses.rotation[:, self.nodes] = np.matmul(self.rest, self._turn, out=self._q)[..., 0]


class Constraints:
    """Applies a model's constraints to a pose's local rotations, before forward kinematics."""

    def __init__(self, model: AvatarModel) -> None:
        self._rest = quat.normalize(np.array(model.rotation, np.float32))
        self._parents = model.parents
        self._scale = model.scale
        self.order = self._sorted(model)
        self.count = len(self.order)
        self._steps = self._batched()

    def _batched(self) -> list[_Batch | Constraint]:
        """Neighbours in ``order`` of one kind that do not read each other go together; each aim goes alone."""
        steps: list[_Batch | Constraint] = []
        run: list[Constraint] = []
        for c in [*self.order, None]:
            apart = c is None or c.kind == "aim" or any(c.source == r.node for r in run)
            if run and (c is None or apart or c.kind != run[0].kind):
                steps.append(_Batch(run, self._rest))
                run = []
            if c is not None and c.kind == "aim":
                steps.append(c)
            elif c is not None:
                run.append(c)
        return steps

    @staticmethod
    def _sorted(model: AvatarModel) -> list[Constraint]:
        """Those a constraint's source or its ancestors hang on come first; a circle is left in file order."""
        by_node = {c.node: c for c in model.constraints}
        done: list[Constraint] = []
        state: dict[int, int] = {}

        def above(node: int) -> list[int]:
            chain = []
            while node >= 0:
                chain.append(node)
                node = int(model.parents[node])
            return chain

        def visit(c: Constraint) -> None:
            state[c.node] = 1
            wanted = [c.source] if c.kind != "aim" else above(c.source) + above(int(model.parents[c.node]))
            for node in wanted:
                if node in by_node and node not in state:
                    visit(by_node[node])
            state[c.node] = 2
            done.append(c)

        for c in model.constraints:
            if c.node not in state:
                visit(c)
        return done

    def apply(self, pose: Pose | Poses) -> None:
        """Write the rotations of the constrained nodes."""
        poses = Poses.of(pose)
        for step in self._steps:
            if isinstance(step, _Batch):
                step.apply(poses)
                continue
            for actor in range(len(poses.rotation)):
                one = poses.one(actor)
                target = self._aim(step, _axis(step.axis), one)
                one.rotation[step.node] = quat.slerp(self._rest[step.node], target, min(1.0, max(0.0, step.weight)))

    def _world(self, node: int, pose: Pose) -> FloatArray:
        m = np.eye(4, dtype=np.float32)
        while node >= 0:
            m = affine.compose(pose.translation[node], pose.rotation[node], self._scale[node]) @ m
            node = int(self._parents[node])
        return m

    def _aim(self, c: Constraint, axis: FloatArray, pose: Pose) -> FloatArray:
        rest: FloatArray = self._rest[c.node]
        parent = self._world(int(self._parents[c.node]), pose)
        _, parent_turn, _ = affine.decompose(parent)
        here = parent[:3, :3] @ pose.translation[c.node] + parent[:3, 3]
        way = self._world(c.source, pose)[:3, 3] - here
        length = float(np.sqrt(way @ way))
        if length < 1e-6:
            return rest
        full = quat.multiply(parent_turn, rest)
        turn = quat.between(quat.rotate(full, axis), (way / length).astype(np.float32))
        return quat.multiply(quat.multiply(quat.conjugate(parent_turn), quat.multiply(turn, parent_turn)), rest)
