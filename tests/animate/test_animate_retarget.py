"""One motion on many bodies: the same posture, whatever their rest rotations, sizes and missing bones."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from animate_figure import humanoid

from avatar.animate.clips import bind
from avatar.animate.retarget import product
from avatar.errors import UsageError
from avatar.linalg import affine, quat
from avatar.model.bvh import read
from avatar.model.clip import Clip, Track
from avatar.model.load import load
from avatar.model.model import HUMAN_BONES, AvatarModel
from avatar.model.motion import load_motion

sys.path.append(str(Path(__file__).resolve().parents[1] / "model"))
import bvh_walker as walker
from model_files import Gltf

COMPANIONS = Path(__file__).resolve().parents[2] / "assets" / "companions"
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "avatars"


def f4(values: Any) -> np.ndarray:
    return np.asarray(values, "f4")


def world(model: AvatarModel, pose: Any) -> np.ndarray:
    made = affine.compose(pose.translation, pose.rotation, pose.scale).astype(float)
    for j, p in enumerate(model.parents):
        if p >= 0:
            made[j] = made[p] @ made[j]
    return made


def random_clip(seed: int = 0, kind: str = "linear") -> Clip:
    rng = np.random.default_rng(seed)
    times = f4([0, 0.4, 1])
    tracks = {}
    for bone in HUMAN_BONES:
        turns = quat.from_vector(f4(rng.normal(size=(3, 3)) * 0.4))
        if kind == "cubic":
            edge = f4(rng.normal(size=(3, 4)) * 0.2)
            turns = np.stack([edge, turns, edge], 1)
        tracks[bone] = Track(times, turns, kind)
    return Clip("random", 1.0, "vrma", bone_rotation=tracks)


@pytest.mark.parametrize("kind", ["step", "linear", "cubic"])
def test_rest_rotations_make_no_difference_to_where_joints_go(kind: str) -> None:
    """The same body twice, once with every node's axes turned at random."""
    plain, twisted = humanoid(), humanoid(twist=7)
    clip = random_clip(1, kind)
    a, b = bind(plain, clip), bind(twisted, clip)
    for t in (0.0, 0.13, 0.4, 0.77, 1.0):
        one, two = world(plain, a.pose(t)), world(twisted, b.pose(t))
        for bone in HUMAN_BONES:
            if bone in plain.humanoid:
                d = one[plain.humanoid[bone]][:3, 3] - two[twisted.humanoid[bone]][:3, 3]
                assert np.abs(d).max() < 2e-4, (bone, t)


def test_the_t_pose_is_every_models_rest() -> None:
    model = humanoid(twist=3)
    still = Track(f4([0]), quat.identity((1,)))
    pose = bind(model, Clip("t", 0, "vrma", bone_rotation=dict.fromkeys(HUMAN_BONES, still))).pose(0)
    rest = quat.normalize(model.rotation)
    assert np.allclose(np.abs(np.sum(pose.rotation * rest, 1)), 1, atol=1e-6)


def test_hips_go_as_far_as_the_legs_are_long() -> None:
    model = humanoid(twist=2)
    rest = model.rest_world()[model.humanoid["hips"]][:3, 3]
    way = f4([[0, 1.8, 0], [0.5, 1.5, -1.0]])
    clip = Clip("hips", 1.0, "vrma", hips_translation=Track(f4([0, 1]), way), hips_height=1.8)
    bound = bind(model, clip)
    for t, place in zip((0, 1), way, strict=True):
        found = world(model, bound.pose(t))[model.humanoid["hips"]][:3, 3]
        assert np.allclose(found, place * rest[1] / 1.8, atol=1e-5)


def test_a_missing_bone_hands_its_rotation_down() -> None:
    """A body without upper chest and shoulders holds head and arms as the one that has them."""
    whole, poor = humanoid(), humanoid()
    for bone in ("upperChest", "leftShoulder", "rightShoulder"):
        del poor.humanoid[bone]
    clip = random_clip(4)
    one, two = world(whole, bind(whole, clip).pose(0.4)), world(poor, bind(poor, clip).pose(0.4))
    for bone in ("neck", "head", "leftUpperArm", "rightHand", "leftFoot"):
        a, b = one[whole.humanoid[bone]][:3, :3], two[poor.humanoid[bone]][:3, :3]
        assert np.abs(a - b).max() < 1e-5, bone
    assert clip.bone_rotation.keys() == dict.fromkeys(HUMAN_BONES).keys(), "the clip itself is left as it was"


def test_a_product_is_exact_at_the_keys_of_both() -> None:
    a = Track(f4([0, 1]), quat.from_vector(f4([[0, 0, 0], [1, 0, 0]])))
    b = Track(f4([0, 0.5, 1]), quat.from_vector(f4([[0, 0.3, 0], [0, 0.9, 0], [0, 0, 0]])))
    made = product([a, b])
    assert made.times.tolist() == [0, 0.5, 1]
    middle = quat.multiply(quat.from_vector(f4([0.5, 0, 0])), quat.from_vector(f4([0, 0.9, 0])))
    assert np.allclose(made.values[1], middle, atol=1e-6)


def bodies() -> list[Any]:
    files = [COMPANIONS / "hikari.vrm", SHARED / "Godette_vrm_v4.vrm", SHARED / "conf_smoke_spring.vrm"]
    return [
        pytest.param(f, marks=pytest.mark.skipif(not f.is_file(), reason=f"{f.name} is not here"), id=f.stem)
        for f in files
    ]


@pytest.mark.parametrize("file", bodies())
@pytest.mark.parametrize("rest", ["t", "i"])
def test_a_walk_from_bvh_is_a_walk_on_every_companion(file: Path, rest: str) -> None:
    """Physical truth: knees bend forward, feet stay feet, arms hang, the head is up, the walker goes where it faces."""
    model = load(file)
    clip = read(Path("walk.bvh"), walker.text(rest=rest, facing=90.0, frames=16).encode())
    bound = bind(model, clip)
    rest_world = model.rest_world().astype(float)
    node = model.humanoid
    height = rest_world[node["hips"]][1, 3]
    for t in np.linspace(0, bound.duration, 9):
        m = world(model, bound.pose(float(t)))
        at = {bone: m[n][:3, 3] for bone, n in node.items()}
        was = {bone: rest_world[n][:3, 3] for bone, n in node.items()}
        for side, sign in (("left", 1), ("right", -1)):
            hip, knee, foot = (at[f"{side}{b}"] for b in ("UpperLeg", "LowerLeg", "Foot"))
            assert foot[1] < knee[1] < hip[1]
            line = hip + (foot - hip) * (hip[1] - knee[1]) / (hip[1] - foot[1])
            assert knee[2] > line[2] - 0.02 * height, "knees bend forward"
            thigh = np.linalg.norm(knee - hip)
            assert thigh == pytest.approx(np.linalg.norm(was[f"{side}LowerLeg"] - was[f"{side}UpperLeg"]), rel=1e-3)
            own = m[node[f"{side}Foot"]][:3, :3] @ np.linalg.inv(rest_world[node[f"{side}Foot"]][:3, :3])
            forward = own @ (0, 0, 1)
            assert forward[2] > 0.6 * np.linalg.norm(forward), "feet point ahead and do not fold"
            shoulder, elbow, hand = (at[f"{side}{b}"] for b in ("UpperArm", "LowerArm", "Hand"))
            assert elbow[1] < shoulder[1] - 0.1 * height
            assert sign * (hand[0] - at["hips"][0]) > 0, "each hand stays on its side"
        assert at["head"][1] > at["hips"][1] + 0.3 * height
        assert abs(at["hips"][1] - height) < 0.1 * height
    start, end = (world(model, bound.pose(t))[node["hips"]][:3, 3] for t in (0, bound.duration))
    assert end[2] - start[2] > 0.8 * height
    assert abs(end[0] - start[0]) < 0.05 * height


def test_limbs_point_as_the_files_do() -> None:
    """Bone directions on the companion are those of the walk, to the degree that its own rest is straight."""
    model = load(COMPANIONS / "hikari.vrm")
    bound = bind(model, read(Path("walk.bvh"), walker.text(rest="a").encode()))
    rest = model.rest_world().astype(float)
    worst = 0.0
    for frame in range(12):
        pose, turned = walker.gait(frame / 12), {}
        for bone, (parent, _) in walker.BODY.items():
            turned[bone] = quat.multiply(turned[parent], pose[bone]) if parent else pose[bone]
        m = world(model, bound.pose(frame / 12))
        for a, b in (("UpperLeg", "LowerLeg"), ("LowerLeg", "Foot"), ("UpperArm", "LowerArm"), ("LowerArm", "Hand")):
            for side in ("left", "right"):
                i, j = model.humanoid[side + a], model.humanoid[side + b]
                there = m[j][:3, 3] - m[i][:3, 3]
                own = quat.rotate(turned[side + a], f4(rest[j][:3, 3] - rest[i][:3, 3]))
                cosine = there @ own / np.linalg.norm(there) / np.linalg.norm(own)
                worst = max(worst, float(np.degrees(np.arccos(min(1, cosine)))))
    assert worst < 0.2


def test_a_plain_skeleton_with_known_names_is_retargeted_out_of_its_own_rest() -> None:
    """A model without a humanoid that rests in an A-pose takes the T-pose's motion to the same world directions."""
    model = humanoid()
    names = list(model.node_names)
    for bone, n in model.humanoid.items():
        names[n] = bone
    model.node_names = tuple(names)
    bones, model.humanoid = dict(model.humanoid), {}
    for side, sign in (("left", 1), ("right", -1)):
        model.rotation[bones[f"{side}UpperArm"]] = quat.from_vector(f4([0, 0, -sign * np.radians(45)]))
    up = quat.from_vector(f4([[0, 0, np.radians(30)]]))
    clip = Clip("raise", 0.0, "vrma", bone_rotation={"leftUpperArm": Track(f4([0]), up)})
    m = world(model, bind(model, clip).pose(0))
    arm = m[bones["leftHand"]][:3, 3] - m[bones["leftUpperArm"]][:3, 3]
    assert np.degrees(np.arctan2(arm[1], arm[0])) == pytest.approx(30, abs=3)
    other = m[bones["rightHand"]][:3, 3] - m[bones["rightUpperArm"]][:3, 3]
    assert abs(np.degrees(np.arctan2(other[1], -other[0]))) < 3, "an arm without a track is in the T-pose"


def test_a_gltf_walk_by_names_out_of_an_a_pose_with_twisted_axes(tmp_path: Path) -> None:
    """As a common character site gives it: a root in centimetres that lies down, any axes, an A-pose."""
    rng, g, names = np.random.default_rng(8), Gltf(), walker.names("mixamo")
    lying, stance = walker.turn("x", -90), walker.stance("a")
    root = g.node(name="Armature", rotation=lying.tolist(), scale=[0.01] * 3)
    axes, nodes, world_at = {"": lying}, {"": root}, {"": np.zeros(3, "f4")}
    g.json["animations"] = [{"name": "walk", "samplers": [], "channels": []}]
    times = g.accessor(f4(np.arange(12) / 12))
    walk = {bone: [walker.gait(k / 12)[bone] for k in range(12)] for bone in walker.BODY}
    moved = {"": [lying] * 12}
    whole: dict[str, list[np.ndarray]] = {"": [quat.identity()] * 12}
    for bone, (parent, place) in walker.BODY.items():
        above = quat.identity() if not parent else stance[parent]
        step = f4(np.subtract(place, walker.BODY[parent][1] if parent else (0, 0, 0)))
        world_at[bone] = world_at[parent] + quat.rotate(above, step)
        axes[bone] = quat.from_vector(f4(rng.normal(size=3)))
        back = quat.conjugate(axes[parent])
        local = quat.rotate(back, world_at[bone] - world_at[parent]) * 100
        nodes[bone] = g.node(
            root=False,
            name=names[bone],
            translation=local.tolist(),
            rotation=quat.multiply(back, axes[bone]).tolist(),
        )
        g.json["nodes"][nodes[parent]].setdefault("children", []).append(nodes[bone])
        whole[bone] = [quat.multiply(w, n) for w, n in zip(whole[parent], walk[bone], strict=True)]
        change = quat.multiply(quat.conjugate(stance[bone]), axes[bone])
        moved[bone] = [quat.multiply(w, change) for w in whole[bone]]
        values = [quat.multiply(quat.conjugate(p), q) for p, q in zip(moved[parent], moved[bone], strict=True)]
        target = {"node": nodes[bone], "path": "rotation"}
        samplers = g.json["animations"][0]["samplers"]
        samplers.append({"input": times, "output": g.accessor(f4(values))})
        g.json["animations"][0]["channels"].append({"sampler": len(samplers) - 1, "target": target})
    (clip,) = load_motion(g.write(tmp_path))
    for bone in walker.BODY:
        for k in range(12):
            assert abs(clip.bone_rotation[bone].values[k] @ walk[bone][k]) > 1 - 1e-5, (bone, k)
    model = load(COMPANIONS / "hikari.vrm")
    assert set(bind(model, clip).nodes.tolist()) >= {model.humanoid[b] for b in walker.BODY}


def test_what_is_no_person_takes_no_humanoid_motion() -> None:
    model = humanoid()
    model.humanoid, model.node_names = {}, tuple(f"n{i}" for i in range(model.joint_count))
    with pytest.raises(UsageError, match="moves nothing"):
        bind(model, random_clip())
