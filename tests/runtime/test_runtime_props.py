"""Props of a run: how they are asked for, by words and by events; whose left and right; and what is refused."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from avatar import Stage
from avatar.config import Settings
from avatar.errors import AssetError, EventError, UsageError
from avatar.events.codec import decode
from avatar.events.commands import command
from avatar.events.gate import Gate
from avatar.events.messages import Capabilities
from avatar.runtime.assemble import stage
from avatar.runtime.props import act, props_for
from avatar.runtime.report import Report
from avatar.spelling import PropPlace, PropWish, parse_place, parse_prop
from avatar.stage.camera import Camera
from avatar.types import Attach, Hand, Observation, VideoFrame

FOV = math.radians(50)
SIZE = (320, 240)
CAMERA = Camera(SIZE, FOV)
SKIN = (196, 148, 122)


def hand(side: str, x: float, z: float = -0.32) -> Hand:
    """An open hand, palm to the camera, fingers up."""
    world = np.zeros((21, 3))
    for finger, across in enumerate((-0.045, -0.03, -0.01, 0.01, 0.028)):
        for joint in range(4):
            reach = (0.03, 0.055, 0.075, 0.095) if finger == 0 else (0.09, 0.13, 0.155, 0.175)
            world[1 + 4 * finger + joint] = (-across, reach[joint], 0)
    world *= (1, 1, 1) if side == "right" else (-1, 1, 1)
    world = (world - world.mean(0)).astype(np.float32)
    points = np.zeros((21, 3), np.float32)
    points[:, :2] = CAMERA.project(world + np.array([x, 0, z], np.float32))
    return Hand(side, points, world, 1.0)


def picture(*hands: Hand) -> np.ndarray:
    """The hands on a grey ground."""
    image = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    for one in hands:
        p = one.points[:, :2].astype(int)
        cv2.fillConvexPoly(image, cv2.convexHull(p[[0, 1, 5, 9, 13, 17]]), SKIN)
        for first in range(1, 21, 4):
            cv2.polylines(image, [p[first : first + 4]], False, SKIN, 17)
    return image


def run(folder: Path, hands: tuple[Hand, ...], mirror: bool, prop: str, ticks: int = 20):
    """(picture without, picture with the prop, engine's props) of a run with that prop."""
    image, seen = picture(*hands), []
    file = folder / "seen.png"
    cv2.imwrite(str(file), image[..., ::-1])
    for props in ((), (prop,)):
        # the companion waits for a tag that never comes, so that there is nothing else in the picture
        settings = Settings(
            str(file), headless=True, offline=True, size=SIZE, port=None, fov_y=FOV, anchor="tag", mirror=mirror,
            props=props,
        )  # fmt: skip
        with stage(settings, Report(), lambda text: None) as whole:
            for k in range(ticks):
                t = k / 30
                whole.engine.tick(t, VideoFrame(image, t, k), Observation(t, SIZE, hands=hands, hands_t=t))
            seen.append(whole.engine.look().astype(int))
            placed = list(whole.engine._props)
    return seen[0], seen[1], placed


@pytest.mark.gl
@pytest.mark.parametrize("mirror", [False, True])
def test_the_persons_own_left_wears_it_whatever_the_mirror_shows(tmp_path: Path, mirror: bool) -> None:
    hands = (hand("left", 0.08), hand("right", -0.08))
    plain, worn, (placed,) = run(tmp_path, hands, mirror, "ring@ring-finger:left")
    changed = np.abs(worn - plain).max(2) > 40
    assert changed.sum() > 12, "it is seen"
    x = float(np.nonzero(changed)[1].mean())
    seat = hands[0].points[13, :2] * 0.44 + hands[0].points[14, :2] * 0.56
    assert x == pytest.approx(SIZE[0] - seat[0] if mirror else seat[0], abs=3)
    assert float(np.nonzero(changed)[0].mean()) == pytest.approx(seat[1], abs=4)
    assert placed.thing.place.hold.side == "left"
    gold = worn[changed].mean(0)
    assert gold[0] > gold[2] + 30


class Recorder:
    """Takes the place of what tells clients of the person."""

    def __init__(self) -> None:
        self.told: list[tuple[str, float]] = []

    def step(self, seen: Observation) -> list[str]:
        self.told += [(one.side, float(one.points[0, 0])) for one in seen.hands]
        return []


@pytest.mark.gl
def test_left_and_right_are_told_the_same_in_a_mirror(tmp_path: Path) -> None:
    """What events say of the person is made from this; only the picture is turned."""
    hands = (hand("left", 0.08), hand("right", -0.08))
    file = tmp_path / "seen.png"
    cv2.imwrite(str(file), picture(*hands)[..., ::-1])
    seen, shown = [], []
    for mirror in (False, True):
        settings = Settings(str(file), headless=True, offline=True, size=SIZE, port=None, anchor="tag", mirror=mirror)
        with stage(settings, Report(), lambda text: None) as whole:
            recorder: Any = Recorder()
            whole.parts.watch = recorder
            image = picture(*hands)
            image[:, :30] = (200, 30, 30)
            whole.engine.tick(0.0, VideoFrame(image, 0.0, 0), Observation(0.0, SIZE, hands=hands, hands_t=0.0))
            seen.append(recorder.told)
            shown.append(whole.engine.look()[120])
    assert seen[0] == seen[1] == [(one.side, float(one.points[0, 0])) for one in hands]
    assert shown[0][10].tolist() == shown[1][-10].tolist() == [200, 30, 30]


def test_the_words_for_a_prop() -> None:
    assert parse_prop("ring") == PropWish("ring", "ring", PropPlace("ring-finger", "left"))
    assert parse_prop("cup@hand:left") == PropWish("cup", "cup", PropPlace("hand", "left"))
    assert parse_prop("Candle@TAG:03") == PropWish("candle", "candle", PropPlace("tag", "3"))
    assert parse_prop("my things/crown@2.obj@hand:right").model == "my things/crown@2.obj"
    assert parse_prop("band.stl@index-finger:right") == PropWish("band", "band.stl", PropPlace("index-finger", "right"))
    assert parse_place("tag") == PropPlace("tag", "")
    assert parse_place("tag:3|Hand:left") == PropPlace("tag", "3", "hand:left")
    assert parse_prop("candle@tag|companion-palm:left").place == PropPlace("tag", "", "companion-palm:left")
    assert str(parse_place("tag:3")) == "tag:3"
    assert str(parse_place("hand")) == "hand"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("crown", "ring, cup, candle"),
        ("ring@nose", "ring-finger"),
        ("ring@ring-finger", "left or ring-finger:right"),
        ("ring@ring-finger:middle", "ring-finger:left"),
        ("candle@tag:x", "tag:NUMBER"),
        ("candle@tag:587", "0 to 586"),
        ("candle@tag:²", "tag:NUMBER"),
        ("candle@hand:left|tag", "a tag, and one other place"),
        ("candle@tag|tag:3", "a tag, and one other place"),
        ("candle@tag|nose", "ring-finger"),
        ("candle@tag|", "ring-finger"),
        ("candle@tag|hand:left|hand:right", "hand:left"),
        ("band.stl", "band.stl@hand:right"),
        ("@hand:right", "ring, cup, candle"),
        ("", "ring, cup, candle"),
    ],
)
def test_a_wrong_word_is_one_clear_error(wrong: str, says: str) -> None:
    with pytest.raises(UsageError, match="prop") as refused:
        Settings(props=(wrong,))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_each_prop_has_one_place_and_files_must_be_there() -> None:
    with pytest.raises(UsageError, match="twice"):
        Settings(props=("ring", "ring@ring-finger:right"))
    with pytest.raises(UsageError, match="8 at most"):
        Settings(props=tuple(f"p{k}.stl@hand:left" for k in range(9)))
    with pytest.raises(AssetError, match=r"nothing\.stl"):
        props_for(("nothing.stl@hand:left",), Settings().limits)


def test_an_own_file_is_worn_as_wide_as_the_finger(tmp_path: Path) -> None:
    ring = tmp_path / "band.obj"
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    lines = [f"v {9 * math.sin(a)} {y} {9 * math.cos(a)}" for y in (-1, 1) for a in turn]  # millimetres, say
    lines += [f"f {k + 1} {(k + 1) % 24 + 1} {(k + 1) % 24 + 25} {k + 25}" for k in range(24)]
    ring.write_text("\n".join(lines))
    props = props_for((f"{ring}@middle-finger:left",), Settings().limits)
    assert props.names == ("band",)
    from avatar.stage.hand_space import HandSpace

    solid = HandSpace().step([hand("left", 0.0)], None, CAMERA)
    for _ in range(20):
        (placed,) = props.step(None, solid, (), CAMERA, 1 / 30)
    hole = 9 * float(np.linalg.norm(placed.figure.placement[:3, 1]))
    assert hole == pytest.approx(0.0095, abs=0.0016)


def test_events_show_hide_and_move_them() -> None:
    props = props_for((), Settings().limits)
    act(props, Attach("candle", "hide"))
    assert props.names == (), "what is not there is not fetched to be hidden"
    act(props, Attach("candle", "show"))
    assert props.names == ("candle",)
    assert props.seeks_marks
    act(props, Attach("candle", "hide"))
    assert not props.seeks_marks
    act(props, Attach("candle", "attach", "hand:left"))
    assert props.needs_hands
    with pytest.raises(UsageError):
        act(props, Attach("candle", "attach", "moon"))


def event(**data: Any):
    import json

    whole = {"specversion": "1.0", "id": "1", "source": "t", "type": "presence.prop", "data": data}
    return decode(json.dumps(whole).encode())


def test_the_event_is_a_command() -> None:
    sent = event(name="ring", action="attach", to="ring-finger:left")
    assert command(sent) == Attach("ring", "attach", "ring-finger:left")


def test_the_gate_refuses_what_there_is_not() -> None:
    gate = Gate(("presence.prop",), Capabilities(props=["candle", "cup", "ring"]))
    gate.admit(event(name="ring", action="attach", to="ring-finger:right"))
    gate.admit(event(name="ring", action="hide"))
    for data, code, pointer in (
        ({"name": "crown", "action": "show"}, "unknown_name", "/data/name"),
        ({"name": "ring", "action": "attach"}, "missing_field", "/data/to"),
        ({"name": "ring", "action": "attach", "to": "nose"}, "bad_value", "/data/to"),
        ({"name": "ring", "action": "hide", "to": "tag"}, "bad_value", "/data/to"),
    ):
        with pytest.raises(EventError) as refused:
            gate.admit(event(**data))
        assert (refused.value.code, refused.value.pointer) == (code, pointer)


@pytest.mark.gl
def test_a_stage_takes_the_event_and_welcomes_with_the_names(tmp_path: Path) -> None:
    file = tmp_path / "ground.png"
    cv2.imwrite(str(file), np.full((240, 320, 3), 90, np.uint8))
    show = Stage(source=str(file), headless=True, offline=True, seconds=0.2, size=SIZE, props=("ring",))
    news: list[dict[str, Any]] = []
    show.on("presence.ack", news.append)
    show.on("presence.error", news.append)
    show.send("prop", name="candle", action="show")
    show.send("prop", name="sword", action="show")
    show.run()
    assert [e["type"] for e in news] == ["presence.ack", "presence.error"]
    assert "ring" in news[1]["data"]["message"]
