"""Spring bones against three-vrm's own numbers, and against physics."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from animate_figure import humanoid

from avatar.animate.rig import Rig
from avatar.animate.springs import Springs, spring_nodes
from avatar.model.model import AvatarModel, Collider, Spring, SpringJoint

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
FILES = (
    ("conf_smoke_spring", "smoke_spring", 30),
    ("conf_swing_springbone_stiffness_0p8", "swing_springbone_stiffness_0p8", 30),
    ("conf_springbone_collider_sphere_x0p02_r0p1", "springbone_collider_sphere_x0p02_r0p1", 60),
    ("conf_springbone_collider_capsule_x0p02_r0p05", "springbone_collider_capsule_x0p02_r0p05", 60),
)


class World:
    """A model whose springs alone move."""

    def __init__(self, model: AvatarModel) -> None:
        self.model = model
        self.rig = Rig(model, spring_nodes(model))
        self.springs = Springs(model, self.rig)
        self.pose = self.rig.make_pose()
        self.rest = self.pose.translation.copy()
        self.roots = [i for i, p in enumerate(model.parents) if p < 0]

    def step(self, dt: float = 1 / 60, shift: tuple[float, float, float] = (0, 0, 0)) -> np.ndarray:
        self.pose.translation[self.roots] = self.rest[self.roots] + np.array(shift, np.float32)
        self.rig.forward(self.pose)
        self.springs.step(dt, self.pose)
        self.rig.finish(self.pose)
        return self.pose.world[:, :3, 3]

    def at(self, name: str) -> np.ndarray:
        return self.pose.world[self.model.node_names.index(name)][:3, 3]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared development data is not here")
@pytest.mark.parametrize(("avatar", "oracle", "settle"), FILES)
def test_settles_and_swings_as_three_vrm_does(avatar: str, oracle: str, settle: int) -> None:
    from avatar.model.load import load

    truth = json.loads((SHARED / "data/oracle" / f"{oracle}.json").read_text())
    world = World(load(SHARED / "data/avatars" / f"{avatar}.vrm"))
    for _ in range(settle):
        world.step()
    for name, where in truth["settled"].items():
        assert np.linalg.norm(world.at(name) - where) <= 0.001, name
    for k in range(15):
        world.step(shift=(0.15 * (k + 1) / 15, 0, 0))
    for name, where in truth["swing"].items():
        assert np.linalg.norm(world.at(name) - where) <= 0.001, name


def lengths(world: World) -> np.ndarray:
    p = world.pose.world[:, :3, 3]
    child = np.flatnonzero(world.model.parents >= 0)
    return np.linalg.norm(p[child] - p[world.model.parents[child]], axis=1)


@pytest.mark.parametrize("twist", [None, 4])
def test_bone_lengths_hold_while_the_body_is_thrown_about(twist: int | None) -> None:
    world = World(humanoid(hair=5, twist=twist))
    world.step()
    before = lengths(world)
    rng = np.random.default_rng(1)
    for k in range(120):
        world.step(1 / rng.uniform(24, 144), (0.2 * np.sin(k / 5), 0.1 * np.cos(k / 3), 0.15 * np.sin(k / 4)))
        assert np.abs(lengths(world) - before).max() < 1e-5


def test_random_rest_rotations_change_nothing() -> None:
    a, b = World(humanoid(hair=4)), World(humanoid(hair=4, twist=9))
    for k in range(60):
        shift = (0.1 * np.sin(k / 6), 0, 0.05 * np.cos(k / 7))
        p, q = a.step(shift=shift), b.step(shift=shift)
        assert np.abs(p - q).max() < 2e-4


def test_hair_stays_outside_its_colliders() -> None:
    world = World(humanoid(hair=10))
    head = world.model.colliders[0]
    for k in range(150):
        world.step(shift=(0.12 * np.sin(k / 6), 0, 0.12 * np.cos(k / 8)))
        centre = world.pose.world[head.node] @ np.array([*head.offset, 1])
        tips = [j.tail for s in world.model.springs for j in s.joints]
        distance = np.linalg.norm(world.pose.world[tips][:, :3, 3] - centre[:3], axis=1)
        assert distance.min() > head.radius + 0.01 - 0.004


@pytest.mark.parametrize("rate", [24.0, 30.0, 90.0, 144.0])
def test_looks_alike_at_any_frame_rate(rate: float) -> None:
    reference, other = World(humanoid(hair=4)), World(humanoid(hair=4))

    def way(t: float) -> tuple[float, float, float]:
        return (0.1 * np.sin(3 * t), 0.0, 0.05 * np.sin(2 * t))

    for k in range(120):
        reference.step(1 / 60, way((k + 1) / 60))
    for k in range(round(2 * rate)):
        other.step(1 / rate, way((k + 1) / rate))
    off = np.linalg.norm(reference.pose.world[:, :3, 3] - other.pose.world[:, :3, 3], axis=1)
    assert off.max() < 0.02


def test_teleport_does_not_throw_the_hair() -> None:
    world = World(humanoid(hair=4))
    for _ in range(30):
        settled = world.step().copy()
    moved = world.step(shift=(5, 0, 0)) - np.array([5, 0, 0], np.float32)
    assert np.abs(moved - settled).max() < 0.03


@pytest.mark.parametrize("dt", [0.0, 1e-6, 5.0])
def test_any_step_is_survived(dt: float) -> None:
    world = World(humanoid(hair=4))
    for k in range(40):
        p = world.step(dt if k % 3 else 1 / 60, (0.02 * np.sin(k), 0, 0))
        assert np.isfinite(p).all()
        assert np.abs(p).max() < 3


@pytest.mark.parametrize("scale", [(0, 0, 0), (1, 0, 1), (-1, 1, 1), (1, 3, 0.2), (1e-6, 1e-6, 1e-6)])
def test_degenerate_nodes_stay_finite(scale: tuple[float, float, float]) -> None:
    model = humanoid(hair=3)
    model.scale[model.springs[0].joints[1].node] = scale
    model.scale[model.springs[1].joints[0].node] = scale
    model.translation[model.springs[2].joints[2].tail] = 0
    tip = model.springs[2].joints[0].tail
    model.colliders = (Collider(tip, "sphere", (0, 0, 0), 0.05), Collider(tip, "plane", (0, 0, 0), normal=(0, 1, 0)))
    world = World(model)
    for k in range(30):
        assert np.isfinite(world.step(shift=(0.1 * np.sin(k / 5), 0, 0))).all()
        assert np.isfinite(world.pose.rotation).all()


def test_a_chain_that_starts_at_the_root_moves_with_it() -> None:
    model = AvatarModel(
        name="rope",
        kind="gltf",
        node_names=("a", "b", "c"),
        parents=np.array([-1, 0, 1], np.int32),
        translation=np.array([(0, 2, 0), (0, -1, 0), (0, -1, 0)], np.float32),
        rotation=np.tile(np.array([0, 0, 0, 1], np.float32), (3, 1)),
        scale=np.ones((3, 3), np.float32),
        primitives=(),
        skins=(),
        materials=(),
        textures=(),
        morph_defaults=np.zeros(0, np.float32),
        springs=(Spring("rope", (SpringJoint(0, 1), SpringJoint(1, 2))),),
    )
    world = World(model)
    for k in range(500):
        world.step(shift=(min(0.3, 0.01 * k), 0, 0))
        assert np.abs(lengths(world) - 1).max() < 1e-5
    np.testing.assert_allclose(world.pose.world[:, :3, 3], [(0.3, 2, 0), (0.3, 1, 0), (0.3, 0, 0)], atol=0.01)


@pytest.mark.parametrize("shape", ["insideSphere", "plane", "insideCapsule"])
def test_inside_and_plane_colliders_hold(shape: str) -> None:
    model = humanoid(hair=3)
    head = model.humanoid["head"]
    tips = [j.tail for s in model.springs for j in s.joints]
    if shape == "plane":
        model.colliders = (Collider(head, "plane", (0, -0.05, 0), normal=(0, 1, 0)),) * 2
    else:
        model.colliders = (Collider(head, shape, (0, 0.05, 0), 0.16, (0, 0.06, 0)),) * 2
    world = World(model)
    for k in range(90):
        world.step(shift=(0.1 * np.sin(k / 5), 0, 0))
    local = np.einsum(
        "ij,nj->ni", np.linalg.inv(world.pose.world[head]), np.c_[world.pose.world[tips][:, :3, 3], np.ones(len(tips))]
    )
    free = np.array([j.tail for s in model.springs for j in s.joints[2:]])
    rows = [tips.index(t) for t in free]
    if shape == "plane":
        assert local[rows, 1].min() > -0.05 + 0.01 - 0.02
    else:
        assert np.linalg.norm(local[rows, :3] - (0, 0.05, 0), axis=1).max() < 0.16 + 0.02


def test_what_hangs_on_a_spring_can_still_be_turned() -> None:
    model = humanoid(hair=1)
    tip = model.springs[0].joints[-1].tail
    world = World(model)
    world.step()
    before = world.pose.world[tip].copy()
    world.pose.rotation[tip] = (0, np.sin(0.5), 0, np.cos(0.5))
    world.step()
    turn = before[:3, :3].T @ world.pose.world[tip][:3, :3]
    assert np.degrees(np.arccos((np.trace(turn) - 1) / 2)) == pytest.approx(np.degrees(1.0), abs=2)
