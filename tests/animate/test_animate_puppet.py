"""Puppeteering: a made person's joints come back, mirrors and VMC are exact, nothing is beyond what people can do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from animate_person import AT, angle, euler, placed, rest, seen

from avatar.animate import joints, vmc
from avatar.animate.observed import from_observation
from avatar.animate.observed_face import SHAPES, expressions
from avatar.animate.puppet import Fold, Puppet, clean, mirrored, nobody
from avatar.animate.rig import ROW, ROWS
from avatar.linalg import quat
from avatar.model.model import HUMAN_BONES, REQUIRED_BONES
from avatar.types import Body, Observation

PEOPLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "people"
TORSO = ("spine", "chest", "upperChest")


def a_person(rng: np.random.Generator) -> np.ndarray:
    """Somebody before a camera: turned a little, arms anywhere in front, elbows bent, hands turned, fingers curled."""
    q = rest()
    q[ROW["hips"]] = euler(y=rng.uniform(-25, 25))
    for bone in TORSO:
        q[ROW[bone]] = euler(y=rng.uniform(-8, 8))
    look = quat.from_vector(np.radians(rng.uniform(-25, 25, 3)).astype(np.float32))
    v = quat.to_vector(look)
    q[ROW["neck"]], q[ROW["head"]] = quat.from_vector(v * np.float32(0.4)), quat.from_vector(v * np.float32(0.6))
    for side, s in (("left", 1.0), ("right", -1.0)):
        q[ROW[f"{side}UpperArm"]] = quat.multiply(
            euler(y=-s * rng.uniform(0, 60), z=-s * rng.uniform(-40, 80)), euler(x=rng.uniform(-40, 40))
        )
        roll = rng.uniform(-80, 80)
        q[ROW[f"{side}LowerArm"]] = quat.multiply(euler(y=-s * rng.uniform(35, 130)), euler(x=0.6 * roll))
        q[ROW[f"{side}Hand"]] = quat.multiply(
            euler(x=0.4 * roll), euler(y=rng.uniform(-15, 15), z=rng.uniform(-40, 40))
        )
        for finger in ("Index", "Middle", "Ring", "Little"):
            for joint, most in (("Proximal", 80), ("Intermediate", 100), ("Distal", 70)):
                q[ROW[f"{side}{finger}{joint}"]] = euler(z=-s * rng.uniform(0, most))
    return q


def test_a_made_person_comes_back_within_three_degrees(rng: np.random.Generator) -> None:
    worst: dict[str, float] = {}
    for _ in range(60):
        truth = a_person(rng)
        found = from_observation(seen(truth), mirror=False)
        _, turns = placed(truth)
        _, got = placed(found.rotation)
        for bone in ("upperChest", "head", "leftUpperArm", "rightUpperArm", "leftLowerArm", "rightHand"):
            a, b = (quat.from_matrix(m[bone].astype(np.float32)) for m in (turns, got))
            worst[bone] = max(worst.get(bone, 0), angle(a, b))
        for bone in HUMAN_BONES:
            if any(p in bone for p in ("Arm", "Hand")) or (
                ("Intermediate" in bone or "Distal" in bone) and "Thumb" not in bone
            ):
                worst[bone] = max(worst.get(bone, 0), angle(truth[ROW[bone]], found.rotation[ROW[bone]]))
    assert max(worst.values()) < 3.0, {b: round(w, 1) for b, w in worst.items() if w >= 3.0}


def test_knuckles_bend_and_spread() -> None:
    for bend in (0.0, 30.0, 70.0):
        truth = rest()
        for side, s in (("left", 1.0), ("right", -1.0)):
            truth[ROW[f"{side}MiddleProximal"]] = euler(z=-s * bend)
        found = from_observation(seen(truth), mirror=False)
        for side in ("left", "right"):
            row = ROW[f"{side}MiddleProximal"]
            assert angle(truth[row], found.rotation[row]) < 3.0


@pytest.mark.parametrize("bend", [0.0, 25.0, 50.0])
def test_thumbs_bend(bend: float) -> None:
    truth = rest()
    for side, s in (("left", 1.0), ("right", -1.0)):
        bone = AT[f"{side}ThumbDistal"] - AT[f"{side}ThumbProximal"]
        axis = np.cross(bone, (0, 1, 0))
        turn = s * np.radians(bend) * axis / np.linalg.norm(axis)
        truth[ROW[f"{side}ThumbProximal"]] = quat.from_vector(turn.astype(np.float32))
    found = from_observation(seen(truth), mirror=False)
    for side in ("left", "right"):
        row = ROW[f"{side}ThumbProximal"]
        assert angle(truth[row], found.rotation[row]) < 3.0


@pytest.mark.parametrize("lean", [(20.0, 0.0, 0.0), (0.0, 30.0, 0.0), (0.0, 0.0, 15.0)])
def test_the_whole_trunk_leans_and_turns(lean: tuple[float, float, float]) -> None:
    truth = rest()
    truth[ROW["hips"]] = euler(*lean)
    found = from_observation(seen(truth), mirror=False)
    _, turns = placed(truth)
    _, got = placed(found.rotation)
    a, b = (quat.from_matrix(m["upperChest"].astype(np.float32)) for m in (turns, got))
    assert angle(a, b) < 3.0


def test_left_is_left_without_the_mirror_and_right_with_it() -> None:
    truth = rest()
    truth[ROW["leftLowerArm"]] = euler(y=-90)
    truth[ROW["head"]] = euler(y=25)  # to the person's left
    plain, mirror = (from_observation(seen(truth), m) for m in (False, True))
    assert angle(plain.rotation[ROW["leftLowerArm"]], euler(y=-90)) < 3
    assert angle(plain.rotation[ROW["rightLowerArm"]], euler()) < 3
    assert angle(mirror.rotation[ROW["rightLowerArm"]], euler(y=90)) < 3
    assert quat.to_vector(plain.rotation[ROW["head"]])[1] > 0.1
    assert quat.to_vector(mirror.rotation[ROW["head"]])[1] < -0.1


def test_the_mirror_is_an_involution(rng: np.random.Generator) -> None:
    puppet = Puppet(
        quat.normalize(rng.normal(size=(ROWS, 4)).astype(np.float32)),
        rng.random(ROWS, np.float32),
        {"blinkLeft": 0.7, "blinkRight": 0.1, "aa": 0.4},
        2.0,
    )
    once, twice = mirrored(puppet), mirrored(mirrored(puppet))
    assert once.face == {"blinkRight": 0.7, "blinkLeft": 0.1, "aa": 0.4}
    assert np.array_equal(twice.rotation, puppet.rotation)
    assert np.array_equal(twice.mask, puppet.mask)
    assert twice.face == puppet.face
    # a mirrored figure has mirrored joints
    held = joints.within(puppet.rotation)
    a, _ = placed(held)
    b, _ = placed(mirrored(replace(puppet, rotation=held)).rotation)
    for bone in ("leftHand", "head", "rightIndexDistal"):
        other = HUMAN_BONES[joints.OTHER_SIDE[ROW[bone]]]
        assert b[other] == pytest.approx(a[bone] * (-1, 1, 1), abs=1e-4)


def test_what_is_hardly_seen_is_less_sure(rng: np.random.Generator) -> None:
    q = a_person(rng)
    full = from_observation(seen(q), mirror=False).mask
    assert full[ROW["leftUpperArm"]] == full[ROW["rightHand"]] == full[ROW["head"]] == 1
    assert full[ROW["leftUpperLeg"]] == 0
    hidden = from_observation(seen(q, {15: 0.1, 17: 0.1, 19: 0.1}, hands=False), mirror=False).mask
    assert hidden[ROW["leftLowerArm"]] == hidden[ROW["leftHand"]] == 0
    assert hidden[ROW["leftUpperArm"]] == 1
    half = from_observation(seen(q, {13: 0.5}), mirror=False).mask
    assert 0.2 < half[ROW["leftUpperArm"]] < 0.8
    no_hips = from_observation(seen(q, {23: 0.0, 24: 0.0}), mirror=False).mask
    assert no_hips[ROW["hips"]] == 0
    assert no_hips[ROW["chest"]] == 1
    old = replace(seen(q), hands_t=0.0, body_t=0.5)
    mask = from_observation(old, mirror=False).mask
    assert mask[ROW["leftIndexProximal"]] == 0
    assert 0 < mask[ROW["leftUpperArm"]] < 1


def test_sitting_before_a_camera_with_hips_out_of_sight_stays_upright(rng: np.random.Generator) -> None:
    q = rest()
    observation = seen(q, {23: 0.05, 24: 0.05})
    assert observation.body is not None
    world = observation.body.world.copy()
    world[23:25] += (0.3, 0.2, 0.4)  # the detector's guess
    guess = Body(observation.body.points, world, observation.body.visibility)
    found = from_observation(replace(observation, body=guess), mirror=False)
    for bone in TORSO:
        assert angle(found.rotation[ROW[bone]], euler()) < 1


def test_nothing_seen_is_nothing_known() -> None:
    puppet = from_observation(Observation(3.0, (640, 480)))
    assert not puppet.mask.any()
    assert puppet.face == {}
    assert puppet.t == 3.0


def test_garbage_gives_unit_rotations_and_no_joint_beyond_its_range(rng: np.random.Generator) -> None:
    for k in range(60):
        base = seen(rest())
        assert base.body is not None
        assert base.face is not None
        world = rng.normal(0, 0.3, (33, 3)).astype(np.float32)
        hands = tuple(replace(h, world=rng.normal(0, 0.05, (21, 3)).astype(np.float32)) for h in base.hands)
        matrix = rng.normal(0, 1, (4, 4)).astype(np.float32)
        if k % 4 == 1:
            world[:] = 0
            matrix[:] = 0
            hands = tuple(replace(h, world=np.zeros((21, 3), np.float32)) for h in hands)
        if k % 4 == 2:
            world[13], matrix[0, 0] = np.nan, np.inf
            hands = tuple(replace(h, world=np.full((21, 3), np.nan, np.float32)) for h in hands)
        body = Body(base.body.points, world, rng.random(33, np.float32))
        face = replace(base.face, matrix=matrix, blendshapes=rng.normal(0, 9, 52 if k % 3 else 7).astype(np.float32))
        puppet = from_observation(replace(base, body=body, face=face, hands=hands), bool(k % 2))
        assert np.isfinite(puppet.rotation).all()
        assert np.linalg.norm(puppet.rotation, axis=1) == pytest.approx(1, abs=1e-4)
        assert joints.excess(puppet.rotation).max() < 0.01
        assert puppet.mask.min() >= 0
        assert puppet.mask.max() <= 1
        assert all(0 <= w <= 1 for w in puppet.face.values())


def test_ranges_hold_and_leave_alone_what_is_within(rng: np.random.Generator) -> None:
    wild = quat.normalize(rng.normal(size=(ROWS, 4)).astype(np.float32))
    held = joints.within(wild)
    assert joints.excess(held).max() < 0.01
    assert np.abs(joints.within(held) - held).max() < 1e-3
    for _ in range(20):
        person = a_person(rng)
        for bone in HUMAN_BONES:
            assert angle(person[ROW[bone]], joints.within(person)[ROW[bone]]) < 0.1, bone
    backwards = rest()
    backwards[ROW["leftLowerArm"]] = euler(y=60)
    assert angle(joints.within(backwards)[ROW["leftLowerArm"]], euler(y=8)) < 0.1


def shapes(**values: float) -> np.ndarray:
    b = np.zeros(52, np.float32)
    for name, value in values.items():
        b[SHAPES.index(name)] = value
    return b


def test_blend_shapes_become_lids_lips_and_a_smile() -> None:
    assert len(SHAPES) == len(set(SHAPES)) == 52
    calm = expressions(shapes())
    assert set(calm) == {"blinkLeft", "blinkRight", "aa", "ih", "ou", "ee", "oh", "happy"}
    assert not any(calm.values())
    wink = expressions(shapes(eyeBlinkLeft=0.8, eyeBlinkRight=0.4))
    assert (wink["blinkLeft"], wink["blinkRight"]) == (1.0, 0.0)
    vowels = ("aa", "ih", "ou", "ee", "oh")

    def largest(**values: float) -> str:
        found = expressions(shapes(**values))
        assert sum(found[v] for v in vowels) <= 1.0001
        return max(vowels, key=lambda v: found[v])

    assert largest(jawOpen=0.7) == "aa"
    assert largest(mouthPucker=0.9, jawOpen=0.05) == "ou"
    assert largest(mouthFunnel=0.5, jawOpen=0.35) == "oh"
    assert largest(mouthStretchLeft=0.6, mouthStretchRight=0.6, jawOpen=0.2) == "ee"
    assert largest(mouthLowerDownLeft=0.5, mouthLowerDownRight=0.5, mouthUpperUpLeft=0.4, mouthUpperUpRight=0.4) == "ih"
    assert expressions(shapes(mouthSmileLeft=0.9, mouthSmileRight=0.9))["happy"] == 1.0
    assert expressions(shapes(jawOpen=0.3, mouthClose=0.6))["aa"] == 0.0, "a jaw dropped behind shut lips is no vowel"
    mirror = from_observation(seen(rest(), shapes=shapes(eyeBlinkLeft=0.8)), mirror=True)
    assert mirror.face["blinkRight"] == 1.0


def test_vmc_speaks_of_the_same_pose_in_unitys_axes() -> None:
    # in Unity (left-handed, +Z ahead) the left arm lies along -X; lowering it turns it about +Z by +90 degrees there
    s = float(np.sin(np.pi / 4))
    puppet = vmc.from_vmc({"LeftUpperArm": ((0, 0, 0), (0, 0, s, s))})
    arm = quat.rotate(puppet.rotation[ROW["leftUpperArm"]], np.array([1, 0, 0], np.float32))
    assert arm == pytest.approx([0, -1, 0], abs=1e-5)
    # nodding (+X) is the same in both
    nod = vmc.from_vmc({"Head": ((0, 0, 0), (float(np.sin(0.15)), 0, 0, float(np.cos(0.15))))})
    assert quat.to_vector(nod.rotation[ROW["head"]]) == pytest.approx([0.3, 0, 0], abs=1e-5)


def test_vmc_names() -> None:
    assert vmc.UNITY["leftThumbMetacarpal"] == "LeftThumbProximal"
    assert vmc.UNITY["leftThumbProximal"] == "LeftThumbIntermediate"
    assert vmc.UNITY["rightThumbDistal"] == "RightThumbDistal"
    assert vmc.UNITY["leftIndexIntermediate"] == "LeftIndexIntermediate"
    assert vmc.UNITY["upperChest"] == "UpperChest"
    assert len(set(vmc.UNITY.values())) == len(HUMAN_BONES)
    blends = {"Joy": 0.5, "A": 1.0, "Blink_L": 0.3, "Sorrow": 2.0, "Fun": -1.0, "MyOwn": 0.2, "E": float("nan")}
    face = vmc.from_vmc({}, blends).face
    assert face == {"happy": 0.5, "aa": 1.0, "blinkLeft": 0.3, "sad": 1.0, "relaxed": 0.0, "MyOwn": 0.2}
    assert vmc.to_blends({"happy": 0.5, "blinkRight": 1, "MyOwn": 0.2}) == {"Joy": 0.5, "Blink_R": 1.0, "MyOwn": 0.2}


def test_vmc_there_and_back(rng: np.random.Generator) -> None:
    truth = a_person(rng)
    sent = vmc.to_vmc(truth, {"hips": (0.1, 0.9, 0.2)})
    assert sent["Hips"][0] == pytest.approx((-0.1, 0.9, 0.2))
    back = vmc.from_vmc(sent, t=4.0)
    assert back.t == 4.0
    assert back.mask[: ROWS - 1].min() == 1
    for bone in HUMAN_BONES:
        assert angle(truth[ROW[bone]], back.rotation[ROW[bone]]) < 0.1, bone
    twin = vmc.from_vmc(sent, mirror=True)
    assert angle(twin.rotation[ROW["rightLowerArm"]], mirrored(back).rotation[ROW["rightLowerArm"]]) < 1e-3


def test_vmc_garbage_is_left_out() -> None:
    nan, big = float("nan"), 1e300
    rows = {
        "Hips": (0.0, 0, 0, 0),
        "Head": (nan, 0, 0, 1),
        "Neck": (big, 0, 0, 1),
        "Tail": (0.0, 0, 0, 1),
        "Spine": (0.0, 0, 0, 2),
    }
    puppet = vmc.from_vmc({n: ((0, 0, 0), q) for n, q in rows.items()})
    assert np.flatnonzero(puppet.mask).tolist() == [ROW["spine"]]
    assert np.linalg.norm(puppet.rotation, axis=1) == pytest.approx(1, abs=1e-5)


def test_bones_a_companion_lacks_are_handed_down() -> None:
    q = rest()
    for bone in TORSO:
        q[ROW[bone]] = euler(y=10)
    q[ROW["neck"]], q[ROW["head"]] = euler(x=10), euler(x=15)
    q[ROW["leftShoulder"]], q[ROW["leftUpperArm"]] = euler(z=10), euler(z=-60)
    puppet = Puppet(q, np.ones(ROWS, np.float32))
    small = Fold(REQUIRED_BONES)(puppet)
    a, b = placed(q)[1], {}
    turn = quat.identity()
    for bone in ("hips", "spine"):
        turn = quat.multiply(turn, small.rotation[ROW[bone]])
    b["head"] = quat.multiply(turn, small.rotation[ROW["head"]])
    b["leftUpperArm"] = quat.multiply(turn, small.rotation[ROW["leftUpperArm"]])
    for bone, got in b.items():
        assert angle(quat.from_matrix(a[bone].astype(np.float32)), got) < 0.1
    assert Fold(HUMAN_BONES)(puppet) is puppet


def test_clean_takes_nothing_on_trust() -> None:
    puppet = nobody()
    puppet.rotation[3], puppet.rotation[4], puppet.mask[:] = np.nan, 0, 2.0
    puppet.mask[5] = np.nan
    found = clean(replace(puppet, face={"aa": float("inf"), "oh": 3.0}, t=float("nan")))
    assert np.isfinite(found.rotation).all()
    assert found.mask[[3, 4, 5]].tolist() == [0, 0, 0]
    assert found.mask.max() == 1
    assert found.face == {"oh": 1.0}
    assert np.isfinite(found.t)


@pytest.mark.slow
@pytest.mark.skipif(not PEOPLE.is_dir(), reason="needs ../shared/data/people")
def test_a_filmed_person_is_followed_bone_by_bone() -> None:
    pytest.importorskip("mediapipe")
    from itertools import islice

    from avatar.clock import ManualClock
    from avatar.io.capture.open import open_source
    from avatar.io.detect.mediapipe import Detectors

    off: list[float] = []
    with (
        Detectors(np.radians(50)).load("hand", "pose") as detectors,
        open_source(str(PEOPLE / "student.mkv"), clock=ManualClock(), offline=True) as source,
    ):
        for frame in islice(iter(source.grab, None), 0, 40, 4):
            body, hands = detectors.body(frame), detectors.hands(frame)
            assert body is not None
            size = (frame.image.shape[1], frame.image.shape[0])
            observation = Observation(frame.t, size, None, hands, body, hands_t=frame.t, body_t=frame.t)
            puppet = from_observation(observation, mirror=False)
            assert puppet.mask[ROW["leftUpperArm"]] > 0.9
            assert np.linalg.norm(puppet.rotation, axis=1) == pytest.approx(1, abs=1e-4)
            at, _ = placed(puppet.rotation)
            for side, i in (("left", 0), ("right", 1)):
                joints_seen = [body.world[k + i].astype(float) for k in (11, 13, 15)]
                made = [at[f"{side}{b}"] for b in ("UpperArm", "LowerArm", "Hand")]
                for k in (0, 1):
                    a, b = joints_seen[k + 1] - joints_seen[k], made[k + 1] - made[k]
                    off.append(np.degrees(np.arccos(np.clip(a @ b / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))))
    # what may be left over is an elbow or a shoulder held within a human range
    assert np.median(off) < 1.0
    assert np.percentile(off, 90) < 6.0
