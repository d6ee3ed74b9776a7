"""A spring joint never leaves its limit, whatever throws it about (VRMC_springBone_limit 1.0)."""

from __future__ import annotations

import numpy as np
import pytest
from animate_figure import humanoid

from avatar.animate.limits import Limits
from avatar.animate.rig import Rig
from avatar.animate.springs import Springs, spring_nodes
from avatar.linalg import quat
from avatar.model.model import Collider, SpringLimit

X, Y, Z = np.eye(3, dtype=np.float32)
LIMITS = (SpringLimit("cone", 0.3), SpringLimit("hinge", 0.4), SpringLimit("spherical", 0.5, 0.2))


def one(limit: SpringLimit, way: np.ndarray, axis: np.ndarray = Y) -> np.ndarray:
    """What is left of a direction, in the joint's own axes."""
    limits = Limits([limit], axis[None])
    return limits.apply(np.zeros(1, np.int64), np.eye(3, dtype=np.float32)[None], way[None].astype(np.float32))[0]


def at(pitch: float, yaw: float) -> np.ndarray:
    return np.array([np.sin(yaw), np.cos(yaw) * np.cos(pitch), np.cos(yaw) * np.sin(pitch)])


def test_inside_nothing_changes_and_outside_the_border_is_reached() -> None:
    np.testing.assert_allclose(one(LIMITS[0], at(0.2, 0.1)), at(0.2, 0.1), atol=1e-6)
    np.testing.assert_allclose(one(LIMITS[0], at(1.2, 0)), at(0.3, 0), atol=1e-6)
    np.testing.assert_allclose(one(LIMITS[1], at(0.3, 0.9)), at(0.3, 0), atol=1e-6)
    np.testing.assert_allclose(one(LIMITS[1], at(-2.0, 0.9)), at(-0.4, 0), atol=1e-6)
    np.testing.assert_allclose(one(LIMITS[2], at(0.9, -0.8)), at(0.5, -0.2), atol=1e-6)
    np.testing.assert_allclose(one(SpringLimit("cone", 9.0), -Y), -Y, atol=1e-6)


def test_the_table_of_singular_directions() -> None:
    np.testing.assert_allclose(one(LIMITS[0], -Y), at(0.3, 0), atol=1e-5)
    for side in (X, -X):
        np.testing.assert_allclose(one(LIMITS[1], side), Y, atol=1e-5)
        np.testing.assert_allclose(one(LIMITS[2], side), at(0, 0.2 * side[0]), atol=1e-5)
    np.testing.assert_allclose(one(LIMITS[1], -Y), at(0.4, 0), atol=1e-5)
    np.testing.assert_allclose(one(LIMITS[2], -Y), at(0.5, 0), atol=1e-5)


def test_the_limit_stands_on_the_bone_and_turns_with_its_rotation() -> None:
    cone = LIMITS[0]
    for axis in (X, -Y, quat.normalize(np.array([1, -2, 0.5, 0], np.float32))[:3]):
        np.testing.assert_allclose(one(cone, axis, axis), axis, atol=1e-6)
        out = one(cone, -axis + 0.01 * Z, axis)
        assert np.arccos(np.clip(out @ axis, -1, 1)) == pytest.approx(0.3, abs=1e-3)
    # a bone that points down is half a turn about X, so its hinge is still about X
    assert abs(one(LIMITS[1], np.array([0.5, -1, 0.2]), -Y)[0]) < 1e-6
    turned = SpringLimit("cone", 0.3, rotation=tuple(quat.from_axis_angle(X, 0.5).tolist()))
    np.testing.assert_allclose(one(turned, at(0.5, 0)), at(0.5, 0), atol=1e-6)
    np.testing.assert_allclose(one(turned, at(0.0, 0)), at(0.2, 0), atol=1e-6)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda x: x.kind)
def test_hair_that_is_thrown_about_keeps_its_limits(limit: SpringLimit) -> None:
    model = humanoid(hair=5, twist=4)
    for spring in model.springs:
        for joint in spring.joints:
            joint.limit = limit
    head = model.humanoid["head"]
    model.colliders = (Collider(head, "sphere", (0, 0.05, 0), 0.1),) * 2
    rig = Rig(model, spring_nodes(model))
    springs, pose = Springs(model, rig), rig.make_pose()
    joints = [j for s in model.springs for j in s.joints]
    axes = np.array([model.translation[j.tail] / np.linalg.norm(model.translation[j.tail]) for j in joints])
    bounds = Limits([limit] * len(joints), axes.astype(np.float32))
    swung = 0.0
    for k in range(60):
        pose.translation[0] = (0.3 * np.sin(k / 3), 0.2 * np.cos(k / 2), 0.3 * np.cos(k / 4))
        rig.forward(pose)
        springs.step(1 / 60, pose)
        for i, joint in enumerate(joints):
            turn = quat.multiply(quat.conjugate(quat.normalize(model.rotation[joint.node])), pose.rotation[joint.node])
            way = quat.rotate(turn, axes[i].astype(np.float32))
            left = bounds.apply(np.array([i]), np.eye(3, dtype=np.float32)[None], way[None])[0]
            assert np.linalg.norm(left - way) < 2e-3
            swung = max(swung, float(np.linalg.norm(way - axes[i])))
    assert swung > 0.1
