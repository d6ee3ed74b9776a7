"""``avatar render``: one picture in one moment of one motion."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar import paths
from avatar.animate.clips import bind
from avatar.errors import AssetError, AvatarError, OutputError, UsageError
from avatar.linalg import quat
from avatar.model.clip import Clip, Track
from avatar.model.load import load
from avatar.runtime import picture_options
from avatar.runtime.film import render_film
from avatar.runtime.moment import Moment
from avatar.runtime.picture import render_picture
from avatar.runtime.picture_options import open_model

pytestmark = pytest.mark.gl
SHARED = Path(__file__).resolve().parents[2].parent / "shared"
shared = pytest.mark.skipif(not (SHARED / "data").is_dir(), reason="needs ../shared/data")
HOUSE = paths.companion_names()[0]
SMALL = (160, 200)
MAGENTA = (255, 0, 255)


@pytest.fixture(scope="module")
def house():
    return load(paths.companion(HOUSE))


def drawn(gl, out: Path, file: str = HOUSE, size: tuple[int, int] | None = SMALL, **more) -> np.ndarray:
    """(H, W, 4) RGBA."""
    render_picture(file, out, size, **more)
    gl.make_current()
    return cv2.cvtColor(cv2.imread(str(out), cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)


def covered(image: np.ndarray) -> np.ndarray:
    return image[..., 3] > 128


def test_strangers_first_see_a_companion_at_ease(gl, tmp_path, house):
    ease = drawn(gl, tmp_path / "a.png")
    rest = drawn(gl, tmp_path / "b.png", pose="rest")
    wide = [np.ptp(np.nonzero(covered(i).any(0))[0]) / np.ptp(np.nonzero(covered(i).any(1))[0]) for i in (ease, rest)]
    assert wide[0] < 0.5  # arms beside the body
    assert wide[1] > 0.75  # the T-pose is as wide as it is high
    moment = Moment(house)
    moment.stand("stand", True)
    at = {b: moment.world[house.humanoid[b]][:3, 3] for b in ("leftHand", "leftUpperArm", "leftUpperLeg", "head")}
    assert at["leftHand"][1] < at["leftUpperArm"][1] - 0.3
    assert at["leftHand"][1] == pytest.approx(at["leftUpperLeg"][1], abs=0.2)
    assert abs(at["head"][0]) < 0.01


def test_facts_name_what_was_drawn(gl, tmp_path):
    facts = render_picture(HOUSE, tmp_path / "x.png", (160, 200))
    assert facts == {"model": "Hikari", "kind": "vrm1", "png": str(tmp_path / "x.png"), "size": [160, 200]}


def test_camera_and_target_frame_what_they_say(gl, tmp_path, house):
    head = house.rest_world()[house.humanoid["head"]][:3, 3]
    near = f"{head[0]},{head[1] + 0.08},{head[2]}"
    eye = f"{head[0]},{head[1] + 0.08},{head[2] + 0.8}"
    face = drawn(gl, tmp_path / "a.png", camera=eye, target=near, fov=25.0)
    assert covered(face)[100, 80]
    assert covered(face).mean() > 0.3
    back = drawn(gl, tmp_path / "b.png", camera=f"{head[0]},{head[1] + 0.08},{head[2] - 0.8}", target=near, fov=25.0)
    skin = [((i[..., 0] > 220) & (i[..., 2] < i[..., 0] - 15) & (i[..., 3] > 200)).sum() for i in (face, back)]
    assert skin[0] > 4 * max(skin[1], 1)
    narrow = drawn(gl, tmp_path / "c.png", camera=eye, target=near, fov=10.0)
    assert covered(narrow).mean() > covered(face).mean()


def test_light_comes_from_where_it_is_said_to(gl, tmp_path):
    box = write_box(tmp_path / "box.obj")
    view = {"camera": "0,0,5", "target": "0,0,0", "file": str(box)}
    lit, dark, dim, bright = (
        drawn(gl, tmp_path / "x.png", light=light, ambient=ambient, **view)[100, 80, :3].astype(float).mean()
        for light, ambient in (("0,0,1", 0.1), ("0,0,-1", 0.1), ("0,0,1,0.3", 0.1), ("0,0,-1", 1.5))
    )
    assert lit > dim + 30
    assert dim > dark + 20
    assert bright > dark + 60


def test_a_picture_lights_the_figure_with_its_room(gl, tmp_path):
    box = write_box(tmp_path / "box.obj")
    colors = []
    for rgb in ((230, 60, 40), (40, 60, 230)):
        room = np.full((48, 64, 3), rgb, np.uint8)
        cv2.imwrite(str(tmp_path / "room.png"), room[..., ::-1])
        got = drawn(gl, tmp_path / "x.png", str(box), light=str(tmp_path / "room.png"))
        colors.append(got[covered(got)][:, :3].astype(float).mean(0))
    red, blue = colors
    assert red[0] - red[2] > blue[0] - blue[2] + 20


def test_a_room_s_picture_that_is_broken_is_refused_quietly(gl, tmp_path, capfd):
    room = tmp_path / "room.png"
    cv2.imwrite(str(room), np.random.default_rng(1).integers(0, 255, (48, 64, 3)).astype(np.uint8))
    room.write_bytes(room.read_bytes()[:3000])
    with pytest.raises(UsageError, match="cannot be read"):
        render_picture(HOUSE, tmp_path / "x.png", SMALL, light=str(room))
    assert capfd.readouterr().err == ""
    gl.make_current()


def write_box(path: Path) -> Path:
    """A cube of 2 m, as Wavefront OBJ."""
    corners = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
    faces = [(1, 2, 4, 3), (5, 7, 8, 6), (1, 5, 6, 2), (3, 4, 8, 7), (1, 3, 7, 5), (2, 6, 8, 4)]
    lines = [f"v {x} {y} {z}" for x, y, z in corners] + ["f " + " ".join(map(str, f)) for f in faces]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_prop_is_drawn_too_and_seen_from_aslant(gl, tmp_path):
    got = drawn(gl, tmp_path / "x.png", str(write_box(tmp_path / "box.obj")))
    inside = covered(got)
    assert 0.2 < inside.mean() < 0.8
    # three of its faces, each with its own light
    assert len(np.unique(got[inside][:, 0] // 8)) >= 3
    assert open_model(str(tmp_path / "box.obj")).kind == "prop"


def nod(house, bone: str = "head") -> Clip:
    """A second of turning a bone about +X by a radian."""
    q = quat.from_axis_angle(np.array([1, 0, 0], np.float32), 1.0)
    turn = Track(np.array([0, 1], np.float32), np.stack([quat.identity(), q]).astype(np.float32))
    smile = Track(np.array([0, 1], np.float32), np.array([[0], [1]], np.float32))
    look = Track(np.array([0], np.float32), quat.from_euler(0, np.radians(20.0), 0)[None].astype(np.float32))
    return Clip("nod", 1.0, "vrma", bone_rotation={bone: turn}, expressions={"happy": smile}, look_at=look)


def test_a_motion_is_seen_as_it_is_at_its_time(gl, tmp_path, house, monkeypatch):
    monkeypatch.setattr(picture_options, "load_motion", lambda path, limits: (nod(house),))
    motion = tmp_path / "nod.vrma"
    motion.write_bytes(b"")
    view = {"camera": "0,1.5,1.2", "target": "0,1.45,0", "fov": 30.0, "motion": str(motion)}
    still = drawn(gl, tmp_path / "a.png", time=0.0, **view)
    bowed = drawn(gl, tmp_path / "b.png", time=1.0, **view)
    again = drawn(gl, tmp_path / "c.png", time=1.0, **view)
    assert (bowed == again).all()
    assert np.abs(bowed.astype(int) - still).mean() > 3


def test_a_motion_turns_bones_smiles_looks_and_leaves_other_arms_hanging(house):
    q = {}
    for t in (0.0, 0.5, 1.0):
        moment = Moment(house)
        moment.play(bind(house, nod(house)), t, "stand", True)
        q[t] = moment
    head = house.humanoid["head"]
    turns = [quat.from_matrix(q[t].world[head][:3, :3]) for t in (0.0, 0.5, 1.0)]
    assert [2 * np.arctan2(abs(v[0]), v[3]) for v in turns] == pytest.approx([0, 0.5, 1.0], abs=1e-3)
    assert q[0.5].expressions["happy"] == pytest.approx(0.5)
    hand, shoulder = (q[1.0].world[house.humanoid[b]][:3, 3] for b in ("leftHand", "leftUpperArm"))
    assert hand[1] < shoulder[1] - 0.3
    # the eyes look to the companion's left, in the head that bows
    eye = q[0.0].world[house.humanoid["leftEye"]][:3, :3] @ house.rest_world()[house.humanoid["leftEye"]][:3, :3].T
    assert 0.02 < (eye @ [0, 0, 1])[0] < 0.4
    # bones keep their lengths
    rest = house.rest_world()
    for a, b in (("leftUpperArm", "leftLowerArm"), ("neck", "head"), ("leftUpperLeg", "leftLowerLeg")):
        spans = [
            np.linalg.norm(w[house.humanoid[a], :3, 3] - w[house.humanoid[b], :3, 3]) for w in (rest, q[1.0].world)
        ]
        assert spans[1] == pytest.approx(spans[0], abs=1e-5)


def test_hair_swings_behind_a_motion_and_hangs_without_one(house):
    clip = nod(house)
    clip.bone_rotation["head"].times[1] = 0.2
    free, stiff = Moment(house), Moment(house)
    free.play(bind(house, clip), 0.2, "stand", True)
    stiff.play(bind(house, clip), 0.2, "stand", False)
    tails = [j.tail for s in house.springs for j in s.joints if j.tail >= 0]
    apart = np.linalg.norm(free.world[tails, :3, 3] - stiff.world[tails, :3, 3], axis=1)
    assert apart.max() > 0.01
    body = [house.humanoid[b] for b in ("head", "leftHand", "hips", "rightFoot")]
    assert free.world[body] == pytest.approx(stiff.world[body], abs=1e-5)


def test_an_expression_is_shown_with_its_rules(gl, tmp_path):
    face = {"camera": "0,1.45,0.9", "target": "0,1.42,0", "fov": 20.0}
    plain = drawn(gl, tmp_path / "a.png", **face)
    shut = drawn(gl, tmp_path / "b.png", expression={"blink": 1.0}, **face)
    assert np.abs(plain.astype(int) - shut).max() > 60
    assert np.array_equal(shut, drawn(gl, tmp_path / "d.png", expression={"BLINK": 1.0}, **face))
    with pytest.raises(UsageError, match="no expression 'gloomy'"):
        render_picture(HOUSE, tmp_path / "c.png", expression={"gloomy": 1.0})


WRONG = (
    ({"plan": "grand"}, "no plan 'grand'"),
    ({"plan": "oracle", "pose": "rest"}, "pose of its own"),
    ({"plan": "oracle", "pose": "stand"}, "pose of its own"),
    ({"pose": "sit"}, "no pose 'sit'"),
    ({"time": -1.0}, "time"),
    ({"time": float("nan")}, "time"),
    ({"fov": 0.0}, "fov"),
    ({"camera": "1,2"}, "camera '1,2'"),
    ({"camera": "1,2,far"}, "camera"),
    ({"target": "nan,0,0"}, "target"),
    ({"light": "0,0,0"}, "no direction"),
    ({"light": "0,1"}, "light"),
    ({"light": "0,1,0,-2"}, "intensity"),
    ({"light": "/nowhere/room.png"}, "room.png"),
    ({"ambient": -1.0}, "ambient"),
    ({"clip": "dance"}, "no animation"),
    ({"motion": "/nowhere/x.vrma"}, "no such file"),
    ({"size": (0, 10)}, "0x10"),
    ({"camera": "0,1,0", "target": "0,1,0"}, "same point"),
    ({"background": "whitish"}, "not a colour"),
)


@pytest.mark.parametrize(("options", "why"), WRONG, ids=lambda v: str(v)[:24])
def test_what_cannot_be_done_is_one_line(gl, tmp_path, options, why, house, monkeypatch):
    monkeypatch.setattr("avatar.runtime.picture_options.open_model", lambda *_: house)
    with pytest.raises(AvatarError, match=why) as error:
        render_picture(HOUSE, tmp_path / "x.png", **options)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "x.png").exists()
    gl.make_current()


@pytest.mark.parametrize("draw", [render_picture, render_film])
def test_an_option_that_there_is_not(tmp_path, draw):
    with pytest.raises(TypeError, match=r"no option 'colour' .*background"):
        draw(HOUSE, tmp_path / "x.png", colour="red")


def test_places_that_are_none(tmp_path):
    with pytest.raises(OutputError, match=r"\.png"):
        render_picture(HOUSE, tmp_path / "x.jpg")
    with pytest.raises(OutputError, match="no folder"):
        render_picture(HOUSE, tmp_path / "nowhere" / "x.png")
    with pytest.raises(AssetError, match="no such file"):
        render_picture(str(tmp_path / "gone.obj"), tmp_path / "x.png")


@shared
@pytest.mark.parametrize("expected", sorted((SHARED / "data" / "oracle").glob("*.png")), ids=lambda p: p.stem)
def test_the_comparison_s_pictures(gl, tmp_path, expected):
    """Mean absolute difference over the companion: at most 6 of 255."""
    avatars = SHARED / "data" / "avatars"
    file = next(f for n in (expected.stem, f"conf_{expected.stem}") if (f := avatars / f"{n}.vrm").is_file())
    got = drawn(gl, tmp_path / "x.png", str(file), None, plan="oracle")[..., :3]
    want = cv2.cvtColor(cv2.imread(str(expected)), cv2.COLOR_BGR2RGB)
    on = (got != MAGENTA).any(-1) | (want != MAGENTA).any(-1)
    difference = np.abs(got[on].astype(int) - want[on]).mean()
    assert difference <= (3.0 if "expressions" in expected.stem else 0.2)


@shared
@pytest.mark.parametrize(
    "file", sorted(p for p in (SHARED / "data" / "avatars").glob("*.*") if p.suffix != ".txt"), ids=lambda p: p.name
)
def test_every_file_draws(gl, tmp_path, file):
    got = drawn(gl, tmp_path / "x.png", str(file), (160, 160), samples=1)
    assert 0.02 < covered(got).mean() < 0.95
