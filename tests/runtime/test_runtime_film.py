"""``avatar render --out x.mp4``: films of a motion, of a gesture, of idle life."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import bvh_walker
import numpy as np
import pytest

from avatar import paths
from avatar.animate.clips import bind
from avatar.errors import AvatarError, OutputError, UsageError
from avatar.io.outputs.recorder import MARK, Recorder
from avatar.linalg import quat
from avatar.model.clip import Clip, Track
from avatar.model.load import load
from avatar.runtime import film, picture_options
from avatar.runtime.film import GROUND, render_film
from avatar.runtime.moment import Moment
from avatar.runtime.picture import render_picture
from avatar.runtime.playing import Idling, Playing

pytestmark = pytest.mark.gl
HOUSE = paths.companion_names()[0]
SMALL = (160, 240)


@pytest.fixture(scope="module")
def house():
    return load(paths.companion(HOUSE))


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    path = tmp_path / "walk.bvh"
    path.write_text(bvh_walker.text())
    return path


def shown(gl, out: Path, file: str = HOUSE, size: tuple[int, int] | None = SMALL, **more):
    """(facts, (n, H, W, 3) uint8 RGB)."""
    facts = render_film(file, out, size, samples=1, **more)
    gl.make_current()
    with av.open(str(out)) as container:
        return facts, np.stack([f.to_ndarray(format="rgb24") for f in container.decode(video=0)])


def figure(pictures: np.ndarray) -> np.ndarray:
    """(n, H, W) where something stands before the ground."""
    ground = np.array([int(GROUND[k : k + 2], 16) for k in (1, 3, 5)])
    return (np.abs(pictures.astype(int) - ground) > 24).any(-1)


def changes(pictures: np.ndarray) -> np.ndarray:
    """(n - 1,) mean difference of neighbours."""
    return np.abs(np.diff(pictures.astype(np.int16), axis=0)).mean((1, 2, 3))


def raise_arm(seconds: float = 0.8) -> Clip:
    """The right arm goes from hanging to level and stays there."""
    down = quat.from_axis_angle(np.array([0, 0, 1], np.float32), 1.3)
    turn = Track(np.array([0, seconds], np.float32), np.stack([down, quat.identity()]).astype(np.float32))
    smile = Track(np.array([0, seconds], np.float32), np.array([[0], [1]], np.float32))
    return Clip("raise", seconds, "vrma", bone_rotation={"rightUpperArm": turn}, expressions={"happy": smile})


@pytest.mark.parametrize("ending", [".mp4", ".mkv"])
def test_a_motion_is_shown_from_its_beginning_to_its_end(gl, tmp_path, monkeypatch, ending):
    monkeypatch.setattr(picture_options, "load_motion", lambda path, limits: (raise_arm(),))
    motion, out = tmp_path / "raise.vrma", tmp_path / f"clip{ending}"
    motion.write_bytes(b"")
    facts, pictures = shown(gl, out, motion=motion, fps=20)
    assert facts == {
        "model": "Hikari",
        "kind": "vrm1",
        "film": str(out),
        "size": [160, 240],
        "seconds": 0.8,
        "fps": 20,
        "frames": 16,
        "clip": "raise",
        "time": 0.0,
        "duration": 0.8,
    }
    assert pictures.shape == (16, 240, 160, 3)
    with av.open(str(out)) as container:
        assert container.duration / av.time_base == pytest.approx(0.8, abs=0.06)
        assert container.streams.video[0].codec_context.name == "h264"
        assert MARK in {v for k, v in container.metadata.items() if k.lower() in ("comment", "description")}
    seen = figure(pictures)
    assert 0.05 < seen.mean() < 0.5
    reach = [np.nonzero(s.any(0))[0].min() for s in seen]
    assert reach[0] - reach[-1] > 20  # the arm goes out to the left of the picture
    assert (np.diff(reach) <= 1).all()
    assert not any(p.name.startswith("clip.part") for p in tmp_path.iterdir())


def test_nobody_leaves_the_picture_and_nothing_jumps(gl, tmp_path, walk):
    _, pictures = shown(gl, tmp_path / "walk.mp4", motion=walk, fps=15)
    seen = figure(pictures)
    assert seen.any((1, 2)).all()
    edge = np.ones(seen.shape[1:], bool)
    edge[2:-2, 2:-2] = False
    assert not (seen & edge).any()
    # from picture to picture it moves about as much as on average, and always
    moved = changes(pictures)
    assert moved.max() < 4 * moved.mean()
    assert moved.min() > 0.05


def test_without_a_motion_it_breathes_and_blinks_for_six_seconds(gl, tmp_path, monkeypatch):
    monkeypatch.setattr(film, "IDLE_S", 1.0)
    facts, pictures = shown(gl, tmp_path / "idle.mp4", fps=10)
    assert (facts["seconds"], facts["frames"], len(pictures)) == (1.0, 10, 10)
    assert "clip" not in facts
    assert changes(pictures).max() > 0.02
    monkeypatch.undo()
    assert film.IDLE_S == 6
    facts, pictures = shown(gl, tmp_path / "idle.mp4", seconds=0.5)
    assert (facts["seconds"], facts["frames"], facts["fps"], len(pictures)) == (0.5, 15, 30, 15)


def test_a_blink_comes_and_the_eyes_look_at_the_camera(house):
    idling = Idling(house, np.array([1.0, 1.4, 2.0], np.float32))
    shut = []
    for k in range(180):
        idling.advance(k / 30)
        shut.append(max(idling.expressions.get(n, 0.0) for n in ("blink", "blinkLeft")))
    assert max(shut) > 0.9
    assert min(shut) < 0.1
    head = house.humanoid["head"]
    facing = idling.world[head][:3, :3] @ house.rest_world()[head][:3, :3].T
    assert (facing @ [0, 0, 1])[0] > 0.05


def test_a_gesture_is_a_motion_too(gl, tmp_path, house):
    facts, pictures = shown(gl, tmp_path / "wave.mp4", motion="wave", fps=10)
    assert facts["clip"] == "wave"
    assert 2.5 < facts["seconds"] < 5
    highest = [np.nonzero(s[:, :60].any(1))[0].min(initial=999) for s in figure(pictures)]
    assert min(highest) < highest[0] - 30
    assert abs(highest[-1] - highest[0]) < 8
    hand = house.humanoid["rightHand"]
    up, down = Moment(house), Moment(house)
    up.gesture("wave", 1.2)
    down.gesture("wave", 0.0)
    assert up.world[hand, 1, 3] > down.world[hand, 1, 3] + 0.4
    got = render_picture(HOUSE, tmp_path / "x.png", SMALL, motion="wave", time=1.2)
    gl.make_current()
    assert (got["clip"], got["time"]) == ("wave", 1.2)


def test_a_motion_is_the_same_in_a_film_and_in_a_picture(house):
    played = bind(house, raise_arm())
    film_ = Playing(house, played, 0.0, "stand", True)
    for k in range(1, 25):
        film_.advance(k / 30)
    moment = Moment(house)
    moment.play(played, 24 / 30, "stand", True)
    assert film_.world == pytest.approx(moment.world, abs=2e-3)
    assert film_.expressions == moment.expressions


@pytest.mark.parametrize("fps", [6, 15, 60])
def test_hair_swings_alike_at_any_rate(house, fps):
    """Springs go on from picture to picture, in steps that do not depend on the rate."""
    played = bind(house, raise_arm(0.5))
    ends = []
    for rate in (30, fps):
        playing = Playing(house, played, 0.0, "stand", True)
        for k in range(1, rate // 2 + 1):
            playing.advance(k / rate)
        ends.append(playing.world.copy())
    tails = [j.tail for s in house.springs for j in s.joints if j.tail >= 0]
    assert ends[1][tails, :3, 3] == pytest.approx(ends[0][tails, :3, 3], abs=1e-3)


def test_after_the_end_the_last_pose_stands(gl, tmp_path, monkeypatch):
    monkeypatch.setattr(picture_options, "load_motion", lambda path, limits: (raise_arm(0.2),))
    motion = tmp_path / "raise.vrma"
    motion.write_bytes(b"")
    facts, pictures = shown(gl, tmp_path / "clip.mp4", motion=motion, fps=10, time=0.1, seconds=2)
    assert facts["frames"] == 20
    moved = changes(pictures)
    assert moved[0] > 10 * moved[-5:].mean()


def test_an_animated_thing_plays_its_own_first_animation(gl, tmp_path, house, monkeypatch):
    turn = raise_arm()
    track = next(iter(turn.bone_rotation.values()))
    own = Clip(
        "spin", 0.5, "gltf", rotation={0: track}, nodes=house.node_names, rest=(house.translation, house.rotation)
    )
    thing = replace(house, humanoid={}, clips=(own,), springs=[])
    monkeypatch.setattr(picture_options, "open_model", lambda *_: thing)
    facts, _ = shown(gl, tmp_path / "x.mp4", fps=10)
    assert (facts["clip"], facts["frames"]) == ("spin", 5)


WRONG = (
    ({"fps": 0}, "fps 0"),
    ({"fps": 1000}, "fps 1000"),
    ({"fps": float("nan")}, "fps nan"),
    ({"seconds": 0}, "seconds 0"),
    ({"seconds": -1}, "seconds -1"),
    ({"seconds": float("inf")}, "seconds inf"),
    ({"seconds": 1e9}, "seconds 1e[+]09"),
    ({"size": (0, 10)}, "0x10"),
    ({"background": "transparent"}, "no transparency"),
    ({"background": "whitish"}, "not a colour"),
    ({"pose": "rest"}, "idle life"),
    ({"springs": False}, "idle life"),
    ({"time": 1.0}, "a time"),
    ({"motion": "wave", "springs": False}, "the gesture 'wave'"),
    ({"motion": "somersault"}, "no motion named 'somersault'"),
    ({"expression": {"gloomy": 1.0}}, "no expression 'gloomy'"),
    ({"camera": "1,2"}, "camera '1,2'"),
)


@pytest.mark.parametrize(("options", "why"), WRONG, ids=lambda v: str(v)[:24])
def test_what_cannot_be_done_is_one_line(gl, tmp_path, options, why, house, monkeypatch):
    monkeypatch.setattr(picture_options, "open_model", lambda *_: house)
    with pytest.raises(AvatarError, match=why) as error:
        render_film(HOUSE, tmp_path / "x.mp4", **options)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())
    gl.make_current()


def test_places_that_are_none(tmp_path):
    with pytest.raises(OutputError, match=r"film's name ends in \.mp4 or \.mkv"):
        render_film(HOUSE, tmp_path / "x.gif")
    with pytest.raises(OutputError, match="no folder"):
        render_film(HOUSE, tmp_path / "nowhere" / "x.mp4")


def test_a_film_that_fails_leaves_what_was_there(gl, tmp_path, monkeypatch):
    def full(self, image, t):
        raise OutputError("the disk is full")

    out = tmp_path / "x.mp4"
    out.write_bytes(b"before")
    monkeypatch.setattr(Recorder, "write_frame", full)
    with pytest.raises(OutputError, match="full"):
        render_film(HOUSE, out, SMALL, seconds=0.2, samples=1)
    gl.make_current()
    assert [p.name for p in tmp_path.iterdir()] == ["x.mp4"]
    assert out.read_bytes() == b"before"


def test_a_gesture_asks_for_a_humanoid(house):
    with pytest.raises(UsageError, match="no humanoid"):
        Idling(replace(house, humanoid={}), gesture="wave")
