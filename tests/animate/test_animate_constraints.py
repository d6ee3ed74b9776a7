"""Roll, aim and rotation constraints do what VRMC_node_constraint 1.0 says, one after the other."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.animate.constraints import Constraints
from avatar.animate.rig import Rig
from avatar.linalg import quat
from avatar.model.model import AvatarModel, Constraint
from avatar.types import Pose

X, Y, Z = np.eye(3, dtype=np.float32)


def model(constraints: tuple[Constraint, ...], seed: int | None = None) -> AvatarModel:
    """Node 0 the root; 1, 2, 3 beside each other below it; 4 below 1."""
    rng = np.random.default_rng(seed)
    r = quat.identity((5,))
    if seed is not None:
        r = quat.normalize(rng.normal(size=(5, 4)).astype(np.float32))
    return AvatarModel(
        name="nodes",
        kind="gltf",
        node_names=tuple("abcde"),
        parents=np.array([-1, 0, 0, 0, 1], np.int32),
        translation=np.array([(0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1), (0, 0.5, 0)], np.float32),
        rotation=r,
        scale=np.ones((5, 3), np.float32),
        primitives=(),
        skins=(),
        materials=(),
        textures=(),
        morph_defaults=np.zeros(0, np.float32),
        constraints=constraints,
    )


def made(m: AvatarModel, **turned: np.ndarray) -> Pose:
    pose = Rig(m).make_pose()
    for name, q in turned.items():
        n = m.node_names.index(name)
        pose.rotation[n] = quat.multiply(pose.rotation[n], q.astype(np.float32))
    Constraints(m).apply(pose)
    return pose


def angle(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(2 * np.arccos(np.clip(abs(a @ b), 0, 1))))


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_rotation_copies_the_turn_by_weight(seed: int | None) -> None:
    turn = quat.from_axis_angle(quat.normalize(np.array([1, 2, 0.5, 0], np.float32))[:3], 0.9)
    for weight in (0.0, 0.5, 1.0):
        m = model((Constraint(2, 1, "rotation", weight=weight),), seed)
        pose = made(m, b=turn)
        got = quat.multiply(quat.conjugate(m.rotation[2]), pose.rotation[2])
        want = quat.slerp(quat.identity(), turn, weight)
        assert angle(got, want) < 0.1


def test_roll_takes_only_the_twist() -> None:
    m = model((Constraint(2, 1, "roll", "X"),))
    both = quat.multiply(quat.from_axis_angle(Y, 0.5), quat.from_axis_angle(X, 0.7))
    assert angle(made(m, b=both).rotation[2], quat.from_axis_angle(X, 0.7)) < 0.5
    assert angle(made(m, b=quat.from_axis_angle(Z, 0.8)).rotation[2], quat.identity()) < 0.1
    half = model((Constraint(2, 1, "roll", "X", 0.5),))
    assert angle(made(half, b=quat.from_axis_angle(X, 1.0)).rotation[2], quat.from_axis_angle(X, 0.5)) < 0.1


@pytest.mark.parametrize("seed", [None, 4])
@pytest.mark.parametrize("axis", ["PositiveX", "NegativeY", "PositiveZ"])
def test_aim_points_the_axis_at_the_source(axis: str, seed: int | None) -> None:
    m = model((Constraint(2, 3, "aim", axis),), seed)
    pose = made(m)
    rig = Rig(m)
    rig.forward(pose)
    rig.finish(pose)
    own = {"X": X, "Y": Y, "Z": Z}[axis[-1]] * (-1 if axis.startswith("Neg") else 1)
    way = pose.world[3][:3, 3] - pose.world[2][:3, 3]
    assert np.degrees(np.arccos(np.clip(pose.world[2][:3, :3] @ own @ way / np.linalg.norm(way), -1, 1))) < 0.1


def test_chains_are_applied_in_dependency_order() -> None:
    m = model((Constraint(3, 2, "rotation"), Constraint(2, 1, "rotation")))
    turn = quat.from_axis_angle(Z, 0.6)
    pose = made(m, b=turn)
    assert angle(pose.rotation[3], turn) < 0.1
    round_and_round = model((Constraint(3, 2, "rotation"), Constraint(2, 3, "rotation")))
    assert np.isfinite(made(round_and_round).rotation).all()
