"""Measures taken from a model, and the camera's pixels."""

from __future__ import annotations

import math

import numpy as np
import pytest

from avatar.linalg import affine
from avatar.model.load import load
from avatar.paths import companion
from avatar.stage.alone import alone
from avatar.stage.build import build_of
from avatar.stage.camera import Camera
from avatar.stage.room import room_beside


def test_the_house_companion_is_measured_as_it_is_built():
    model = load(companion("hikari"))
    build = build_of(model)
    assert build.height == pytest.approx(model.height(), abs=0.02)
    half, low, high, back, front = build.head
    assert low < build.eyes[0] < high == build.height
    assert build.shoulders[1] < low
    assert 0.07 < half < 0.35
    assert back < 0 < front
    assert half < build.shoulders[0] * 2


def test_output_pixels_are_the_middle_of_the_frame_filled():
    camera = Camera((640, 480), math.radians(50), (1280, 720))
    assert camera.visible == (0, 60, 640, 420)
    corners = np.array([[0, 60], [640, 420], [320, 240]], np.float32)
    assert camera.to_output(corners).tolist() == [[0, 0], [1280, 720], [640, 360]]
    assert camera.output_fov_y == pytest.approx(2 * math.atan(0.75 * math.tan(math.radians(25))))


def test_project_and_unproject_are_inverse():
    camera = Camera((640, 480), math.radians(50))
    points = np.random.default_rng(0).uniform([-1, -1, -4], [1, 1, -0.5], (50, 3)).astype(np.float32)
    assert np.allclose(camera.unproject(camera.project(points), -points[:, 2]), points, atol=1e-5)


def test_room_ends_at_somebody_else_but_not_at_the_persons_own_hair_or_hand():
    matte = np.zeros((120, 160), np.uint8)
    matte[20:, 30:62] = 255  # the person with hair: pixels 120 to 248
    matte[20:, 110:140] = 255  # somebody else: pixels 440 to 560
    room = room_beside((140, 100, 230, 220), (640, 480), (5, 5, 635, 475), matte)
    assert room[0] == pytest.approx([120, 5], abs=5)
    assert room[1] == pytest.approx([248, 440], abs=5)
    assert room_beside((140, 100, 230, 220), (640, 480), (5, 5, 635, 475))[1, 1] == 635


@pytest.mark.parametrize("size", [(640, 480), (1280, 720), (480, 640)])
def test_alone_it_stands_in_the_middle_with_its_head_in_the_picture(size: tuple[int, int]) -> None:
    model = load(companion("hikari"))
    build, camera = build_of(model), Camera(size, 0.8)
    place = alone(build, camera)
    head = camera.project(
        affine.apply(place.matrix, np.array([[0, build.eyes[0], 0], [0, build.height, 0]], np.float32))
    )
    assert head[:, 0] == pytest.approx(size[0] / 2, abs=1)
    assert 0 < head[1, 1] < head[0, 1] < 0.45 * size[1]
    assert affine.apply(place.matrix, place.look_at_own) == pytest.approx([0, 0, 0], abs=1e-5)
