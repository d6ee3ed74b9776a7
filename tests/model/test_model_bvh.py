"""BVH: whatever the names, rest pose, facing, unit and channel order, the same walk comes out; hostile files do not."""

from __future__ import annotations

from pathlib import Path

import bvh_walker as walker
import numpy as np
import pytest

from avatar.errors import ModelError
from avatar.linalg import quat
from avatar.model.bvh import parse, read
from avatar.model.motion import load_motion
from avatar.model.skeleton import find_bones, split, why_nobody

PATH = Path("walk.bvh")


def clip_of(text: str):
    return read(PATH, text.encode())


def angle(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(2 * np.arccos(min(1.0, abs(float(a @ b))))))


def assert_same_walk(clip) -> None:
    for frame in range(12):
        truth = walker.gait(frame / 12)
        for bone, q in truth.items():
            assert angle(clip.bone_rotation[bone].values[frame], q) < 0.2, (bone, frame)


@pytest.mark.parametrize("style", ["cmu", "mixamo", "accad", "unreal", "biped", "bandai", "blender", "vrm"])
def test_names_of_every_program_give_the_same_walk(style: str) -> None:
    assert_same_walk(clip_of(walker.text(style)))


@pytest.mark.parametrize("rest", ["t", "a", "i"])
@pytest.mark.parametrize("facing", [0.0, 90.0, 180.0])
def test_the_rest_pose_and_facing_do_not_matter(rest: str, facing: float) -> None:
    assert_same_walk(clip_of(walker.text(rest=rest, facing=facing)))


@pytest.mark.parametrize("order", ["zxy", "xyz", "zyx", "yxz", "yzx", "xzy"])
def test_channels_are_applied_in_their_own_order(order: str) -> None:
    assert_same_walk(clip_of(walker.text(order=order)))


@pytest.mark.parametrize("unit", [1.0, 100.0, 1000.0, 1 / 0.0254])
def test_the_unit_is_told_by_the_hips(unit: float) -> None:
    clip = clip_of(walker.text(unit=unit, away=3.0))
    assert clip.hips_height == pytest.approx(0.95, abs=0.01)
    way = clip.hips_translation.values
    assert np.allclose(way[0, [0, 2]], 0)
    assert way[-1, 2] == pytest.approx(1.1, abs=0.01)
    assert np.abs(way[:, 1] - 0.93).max() < 0.03


def test_a_floor_that_is_not_at_zero_is_moved_there() -> None:
    lines = walker.text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Frame Time")) + 1
    for i in range(start, len(lines)):
        words = lines[i].split()
        words[1] = str(float(words[1]) - 95)
        lines[i] = " ".join(words)
    assert np.abs(clip_of("\n".join(lines)).hips_translation.values[:, 1] - 0.93).max() < 0.08


def test_bones_written_all_along_one_axis_take_the_first_frame_for_the_rest() -> None:
    """Some programs write every offset along X and put the stance into the rotations."""
    joints = [(0, "Hips", (0, 0, 0), (0, 0, 90))]
    for side, s in (("Left", 1), ("Right", -1)):
        joints += [
            (1, f"{side}UpLeg", (0, -10 * s, 0), (0, 0, 180)),
            (2, f"{side}Leg", (40, 0, 0), (0, 0, 0)),
            (3, f"{side}Foot", (40, 0, 0), (0, 90, 0)),
            (4, f"{side}ToeBase", (12, 0, 0), (0, 0, 0)),
        ]
    joints.append((1, "Spine", (20, 0, 0), (0, 0, 0)))
    for side, s in (("Left", 1), ("Right", -1)):
        joints += [
            (2, f"{side}Arm", (38, -15 * s, 0), (0, 0, -90 * s)),
            (3, f"{side}ForeArm", (25, 0, 0), (0, 0, 0)),
            (4, f"{side}Hand", (25, 0, 0), (0, 0, 0)),
        ]
    joints += [(2, "Neck", (40, 0, 0), (0, 0, 0)), (3, "Head", (10, 0, 0), (0, 0, 0))]
    lines, open_, rows = ["HIERARCHY"], 0, []
    for depth, name, offset, turn in joints:
        while open_ > depth:
            lines.append("}")
            open_ -= 1
        lines += [f"{'JOINT' if depth else 'ROOT'} {name}", "{", "OFFSET {} {} {}".format(*offset)]
        lines.append("CHANNELS 3 Zrotation Yrotation Xrotation")
        rows += [turn[2], turn[1], turn[0]]
        open_ += 1
    lines += ["}"] * open_
    bent = list(rows)
    knee = next(i for i, j in enumerate(joints) if j[1] == "LeftLeg")
    bent[3 * knee + 1] = -40
    lines += ["MOTION", "Frames: 2", "Frame Time: 0.5", " ".join(map(str, rows)), " ".join(map(str, bent))]
    clip = clip_of("\n".join(lines))
    for bone in ("hips", "spine", "leftUpperLeg", "leftLowerLeg", "leftFoot", "leftUpperArm", "rightLowerArm"):
        assert angle(clip.bone_rotation[bone].values[0], quat.identity()) < 0.5, bone
    knee_turn = quat.to_vector(clip.bone_rotation["leftLowerLeg"].values[1])
    assert np.degrees(np.linalg.norm(knee_turn)) == pytest.approx(40, abs=0.5)
    assert abs(knee_turn[0]) > 0.99 * np.linalg.norm(knee_turn), "a knee turns about the axis from right to left"


def test_two_files_of_joint_names() -> None:
    assert split("mixamorig:LeftHandIndex2") == ("left", "handindex", "2")
    assert split("Bip01 R Finger01")[0] == "right"
    assert split("J_Bip_C_UpperChest") == ("", "upperchest", "")
    assert split("upperarm_twist_01_l")[1] == ""
    assert find_bones(["a", "b"], [-1, 0]) == {}


def test_why_joints_are_nobody_is_said_by_name() -> None:
    names = list(walker.names("mixamo").values())
    parents = [list(walker.BODY).index(p) if p else -1 for p, _ in walker.BODY.values()]
    assert find_bones(names, parents)
    for bone in ("head", "leftLowerArm", "rightLowerLeg"):
        other = ["wheel" if b == bone else name for b, name in zip(walker.BODY, names, strict=True)]
        said = why_nobody(other, parents)
        assert said.startswith(f"no joint is known for {bone} (joints not recognised: "), said
        assert "'wheel'" in said
    assert why_nobody(["a", "b" * 99], [-1, 0]).endswith(f"(joints not recognised: 'a', '{'b' * 24}')")
    assert why_nobody(["x"] * 40, [-1] * 40).endswith(" and 28 more)")


def test_fingers_are_found_by_hand_and_order() -> None:
    names = list(walker.names("mixamo").values())
    parents = [list(walker.BODY).index(p) if p else -1 for p, _ in walker.BODY.values()]
    hand = list(walker.BODY).index("leftHand")
    for finger in ("Thumb", "Index", "Pinky"):
        above = hand
        for joint in (1, 2, 3, 4):
            parents.append(above)
            names.append(f"mixamorig:LeftHand{finger}{joint}")
            above = len(names) - 1
    found = find_bones(names, parents)
    assert names[found["leftThumbMetacarpal"]].endswith("Thumb1")
    assert names[found["leftIndexIntermediate"]].endswith("Index2")
    assert names[found["leftLittleDistal"]].endswith("Pinky3")


def change(old: str, new: str) -> str:
    text = walker.text()
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "place", "rule"),
    [
        ("", "", "HIERARCHY"),
        ("HIERARCHY\n", "line 2", "ends where"),
        (change("ROOT Hips", "JOINT Hips"), "line 2", "ROOT must stand"),
        (change("CHANNELS 6", "CHANNELS 7"), "line 5", "7 channels"),
        (change("CHANNELS 6", "CHANNELS 5"), "line 5", "5 channels are announced, 6"),
        (change("Xposition", "Wposition"), "line 5", "not a channel"),
        (change("Xposition", "Yposition"), "line 5", "twice"),
        (change("OFFSET 0.000000", "OFFSET nan"), "line 4", "not finite"),
        (change("OFFSET 0.000000", "OFFSET zero"), "line 4", "'zero' is not a number"),
        (change("OFFSET 0.000000 ", "OFFSET "), "line 4", "2 numbers"),
        (change("Frames: 12", "Frames: 13"), "line", "ends where frame 13"),
        (change("Frames: 12", "Frames: 11"), "line", "follows the 11 frames"),
        (change("Frames: 12", "Frames: 200000"), "line", "too short"),
        (change("Frames: 12", "Frames: 99999999"), "line", "must be 1 to"),
        (change("Frames: 12", "Frames: -1"), "line", "whole number"),
        (change("Frame Time: 0.08333333", "Frame Time: 0"), "line", "a frame lasts 0 s"),
        (change("Frame Time: 0.08333333", "Frame Time: inf"), "line", "not finite"),
        (walker.text() + "1 2 3\n", "line", "follows"),
        (walker.text().replace("Hips", "Box").replace("Leg", "Wheel"), "line 1", "not those of a person"),
        (
            walker.text().replace("Leg", "Wheel"),
            "line 1",
            "no joint is known for leftUpperLeg, leftLowerLeg, rightUpperLeg, rightLowerLeg (joints not recognised: ",
        ),
    ],
)
def test_a_broken_file_is_refused_by_its_line(text: str, place: str, rule: str, tmp_path: Path) -> None:
    path = tmp_path / "x.bvh"
    path.write_text(text)
    with pytest.raises(ModelError) as caught:
        read(path, text.encode())
    assert caught.value.pointer.startswith(place)
    assert rule in str(caught.value)


def test_a_number_in_the_motion_that_is_not_finite_is_refused_by_its_line() -> None:
    lines = walker.text().splitlines()
    lines[-2] = "nan " + lines[-2].split(maxsplit=1)[1]
    with pytest.raises(ModelError) as caught:
        parse(PATH, "\n".join(lines).encode())
    assert caught.value.pointer == f"line {len(lines) - 1}"


def long(repeats: int) -> list[str]:
    """The walk's lines with its frames again and again."""
    lines = walker.text().replace("Frames: 12", f"Frames: {12 * repeats}").splitlines()
    return lines[:-12] + lines[-12:] * repeats


def test_a_long_motion_is_the_short_one_again_and_again() -> None:
    lines = long(500)
    one, many = clip_of(walker.text()), clip_of("\n".join(lines))
    assert len("\n".join(lines)) > 1 << 20
    for bone, track in one.bone_rotation.items():
        assert np.allclose(many.bone_rotation[bone].values, np.tile(track.values, (500, 1)), atol=1e-6), bone
    assert np.allclose(many.hips_translation.values, np.tile(one.hips_translation.values, (500, 1)), atol=1e-5)
    assert many.duration == pytest.approx((6000 - 1) / 12, rel=1e-4)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda row: row + " 0", "has 67 numbers, must have 66"),
        (lambda row: row.rsplit(maxsplit=1)[0], "has 65 numbers, must have 66"),
        (lambda row: row + "\n" + row, "follows the 6000 frames"),
        (lambda row: row.replace(" ", " 1_", 1), "'1_"),
        (lambda row: row.replace(".", "x"), "is not a number"),
        (lambda row: row.replace(" ", "\xa0", 1), "has 65 numbers"),
        (lambda row: "-inf" + row[row.index(" ") :], "not finite"),
        (lambda row: "2e9" + row[row.index(" ") :], "beyond 1e+09"),
        (lambda row: row + " " * (1 << 18), "characters, at most"),
    ],
)
def test_one_bad_row_of_thousands_is_refused_by_its_line(change, rule: str) -> None:
    lines = long(500)
    lines[-1] = change(lines[-1])
    with pytest.raises(ModelError) as caught:
        parse(PATH, "\n".join(lines).encode())
    assert caught.value.pointer == f"line {len(lines) + lines[-1].count(chr(10))}"
    assert rule in str(caught.value)


def test_blank_lines_and_lone_carriage_returns_between_frames_count_as_lines_only() -> None:
    lines = walker.text().splitlines()
    spaced = "\r".join(lines[:-3]) + "\n\r\n \t\r\r" + "\r\n\n".join(lines[-3:]) + "\n\n"
    assert np.array_equal(parse(PATH, spaced.encode()).frames, parse(PATH, walker.text().encode()).frames)
    with pytest.raises(ModelError) as caught:
        parse(PATH, (spaced + "0\n").encode())
    assert caught.value.pointer == f"line {len(lines) - 3 + 4 + 2 * 2 + 2}"


def test_too_many_and_too_deep_joints_are_refused() -> None:
    deep = "HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 0\n" + "JOINT a\n{\nOFFSET 0 0 0\nCHANNELS 0\n" * 300
    with pytest.raises(ModelError, match="256 inside each other"):
        parse(PATH, deep.encode())


def test_a_bvh_is_told_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "walk.vrma"
    path.write_bytes(b"\xef\xbb\xbf" + walker.text().replace("\n", "\r\n").encode())
    (clip,) = load_motion(path)
    assert clip.kind == "bvh"
    assert_same_walk(clip)
