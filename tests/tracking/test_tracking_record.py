"""One observation as plain numbers: what each says is true of a made-up person, and none is ever no number."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from signs_actor import Camera, see
from signs_scripts import arm

from avatar.linalg import quat
from avatar.linalg.camera import project
from avatar.tracking.record import angles, record
from avatar.types import BLENDSHAPES, Face, FloatArray, Light, Observation

FIELDS = ["t", "head", "hands", "body", "matte", "light", "gestures"]


def strict(value: object) -> str:
    return json.dumps(value, allow_nan=False)


def turned(pitch: float, yaw: float, roll: float) -> FloatArray:
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = quat.to_matrix(quat.from_euler(*np.radians([pitch, yaw, roll])))
    return matrix


@pytest.mark.parametrize("degrees", [(0, 0, 0), (20, 0, 0), (0, -35, 0), (0, 0, 15), (-12, 40, -25)])
def test_angles_are_yaw_pitch_roll_about_the_heads_own_axes(degrees: tuple[float, float, float]) -> None:
    pitch, yaw, roll = degrees
    assert angles(turned(pitch, yaw, roll)) == pytest.approx((yaw, pitch, roll), abs=1e-3)


def test_angles_point_where_they_say() -> None:
    """To the right of the picture, down, and with the crown to the left of it."""
    ahead = turned(0, 30, 0)[:3, 2]
    assert ahead[0] > 0.4
    assert turned(30, 0, 0)[1, 2] < -0.4
    assert turned(0, 0, 30)[0, 1] < -0.4, "the crown"


def test_every_field_says_what_is_true() -> None:
    camera = Camera(1.4)
    pose = {"yaw": 0.3, "pitch": 0.1} | arm("left", (0.25, 0.45, 0.05), (0, 1, 0), (0, 0, 1))
    seen = see(pose, camera, 2.0, np.random.default_rng(0), noise=0)
    matte = np.zeros((240, 320), np.uint8)
    matte[60:, 80:240] = 255
    seen = replace(seen, matte=matte, matte_t=2.0)
    light = Light(np.array([1, 0.9, 0.8], np.float32), np.array([0, 1, 0], np.float32))
    told = record(seen, light, [("palm", "left", 1.5)])
    assert list(told) == FIELDS
    strict(told)
    head = told["head"]
    assert told["t"] == 2.0
    assert project(np.array(head["position"], np.float32), camera.fov_y, camera.size) == pytest.approx(
        project(seen.face.eyes, camera.fov_y, camera.size), abs=0.1
    )
    assert head["yaw"] == pytest.approx(np.degrees(0.3), abs=0.1)
    assert head["pitch"] == pytest.approx(np.degrees(0.1), abs=0.1)
    assert np.linalg.norm(head["rotation"]) == pytest.approx(1, abs=1e-4)
    assert quat.to_matrix(np.array(head["rotation"], np.float32)) == pytest.approx(seen.face.matrix[:3, :3], abs=1e-3)
    assert tuple(head["blendshapes"]) == BLENDSHAPES
    assert head["box"] == pytest.approx(seen.face.box, abs=0.01)
    assert [h["side"] for h in told["hands"]] == ["left", "right"]
    assert np.shape(told["hands"][0]["points"]) == np.shape(told["hands"][0]["world"]) == (21, 3)
    assert told["hands"][0]["points"][9][1] < told["hands"][0]["points"][0][1], "fingers up: y is downwards"
    assert np.shape(told["body"]["points"]) == np.shape(told["body"]["world"]) == (33, 3)
    assert len(told["body"]["visibility"]) == 33
    assert told["matte"] == {"share": pytest.approx(0.375), "box": [160.0, 120.0, 480.0, 480.0]}
    assert told["light"] == {"ambient": pytest.approx([1, 0.9, 0.8]), "direction": [0, 1, 0]}
    assert told["gestures"] == [{"name": "palm", "side": "left", "since": 1.5}]


def test_what_is_not_seen_is_null() -> None:
    told = record(Observation(0.5, (640, 480), matte=np.zeros((24, 32), np.uint8), matte_t=0.5))
    assert told == {"t": 0.5, **dict.fromkeys(FIELDS[1:])}


def test_what_was_seen_long_ago_is_not_told_as_now() -> None:
    seen = see({}, Camera(), 0.0, np.random.default_rng(0))
    told = record(replace(seen, t=1.0, matte=np.full((24, 32), 255, np.uint8), matte_t=0.5))
    assert told["head"] is not None
    assert told["hands"] is told["body"] is told["matte"] is None


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_never_told(bad: float) -> None:
    seen = see({}, Camera(), 0.0, np.random.default_rng(0))
    face, hand, body = seen.face, seen.hands[0], seen.body

    def spoilt(values: FloatArray) -> FloatArray:
        out = values.copy()
        out.flat[0] = bad
        return out

    for broken in (
        replace(seen, face=replace(face, matrix=spoilt(face.matrix))),
        replace(seen, face=replace(face, box=spoilt(face.box))),
        replace(seen, face=replace(face, blendshapes=spoilt(face.blendshapes))),
        replace(seen, hands=(replace(hand, points=spoilt(hand.points)),)),
        replace(seen, hands=(replace(hand, world=spoilt(hand.world), score=bad),)),
        replace(seen, body=replace(body, world=spoilt(body.world))),
    ):
        light = Light(spoilt(np.ones(3, np.float32)), np.ones(3, np.float32))
        told = record(broken, light)
        assert None in (told["head"], told["hands"], told["body"])
        assert told["light"] is None
        strict(told)
    assert isinstance(face, Face)
    strict(record(replace(seen, hands=(replace(hand, score=bad),))))
