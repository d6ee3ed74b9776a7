"""Detections in our words: pixels, metres, and the camera's own field of view."""

from __future__ import annotations

import math

import numpy as np
import pytest

from avatar.linalg import affine, quat
from avatar.tracking import landmarks
from avatar.tracking.landmarks import face_crop, hand
from avatar.tracking.predict import DAMPING, predict
from avatar.tracking.search import Search, again, look_next
from avatar.types import Body, Face, Observation

SIZE = (640, 480)


def test_points_seen_in_a_crop_are_pixels_of_the_frame():
    points = np.array([[0, 0, 0], [1, 1, 0.5], [0.5, 0.25, -0.1]], np.float32)
    assert landmarks.pixels(points, (100, 50, 300, 250)).tolist() == [[100, 50, 0], [300, 250, 100], [200, 100, -20]]


def test_world_points_are_in_stage_axes():
    world = np.array([[0.1, -0.2, -0.3]] * 21, np.float32)
    seen = hand(np.zeros((21, 3), np.float32), world, "Left", 0.9, SIZE)
    assert np.allclose(seen.world[0], [0.1, 0.2, 0.3])
    assert seen.side == "left"


def body(nose=(320, 100), half=40.0, visibility=1.0) -> Body:
    points = np.zeros((33, 3), np.float32)
    points[0, :2] = nose
    points[11, :2], points[12, :2] = (nose[0] + half, nose[1] + 50), (nose[0] - half, nose[1] + 50)
    return Body(points, np.zeros((33, 3), np.float32), np.full(33, visibility, np.float32))


def face(x: float, y: float, wide: float = 30.0) -> Face:
    corners = np.array([[x - wide / 2, y - wide / 2, 0], [x + wide / 2, y + wide / 2, 0]], np.float32)
    points = np.resize(corners, (478, 3)).astype(np.float32)
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, 3] = [(x - 320) / 600, (240 - y) / 600, -1]
    return Face(points, np.zeros(52, np.float32), matrix, corners[:, :2].reshape(-1))


def test_the_crop_is_round_the_nose_and_inside_the_frame():
    assert face_crop(body(), SIZE) == (248, 28, 392, 172)
    assert face_crop(body(nose=(20, 20)), SIZE) == (0, 0, 144, 144)
    assert face_crop(body(visibility=0.2), SIZE) is None
    assert face_crop(body(half=150), SIZE) is None


def test_a_face_not_found_is_looked_for_round_the_nose_and_then_everywhere_again():
    search = look_next(Search(), None, body(), SIZE)
    assert search.region == face_crop(body(), SIZE)
    regions = []
    for _ in range(12):
        search = look_next(search, None, body(), SIZE)
        regions.append(search.region)
    assert None in regions
    assert regions.count(None) < 6


def test_a_region_stays_while_the_face_is_inside_and_follows_it_when_it_leaves():
    search = Search((248, 28, 392, 172))
    assert look_next(search, face(320, 100), None, SIZE) == search
    moved = look_next(search, face(375, 100), None, SIZE)
    assert moved.region is not None
    assert (moved.region[0] + moved.region[2]) / 2 == pytest.approx(375, abs=1)
    assert look_next(search, face(320, 100, 200), None, SIZE).region is None, "a large face needs no crop"
    assert look_next(Search(), face(320, 100), body(), SIZE) == Search()


def seen(t: float, x: float, y: float = 100) -> Observation:
    return Observation(t, SIZE, face(x, y))


def test_prediction_goes_on_with_part_of_the_velocity_for_two_frames_at_most():
    before, newest = seen(0, 300), seen(0.033, 306)
    one = predict(before, newest, 0.066).face
    assert one.points[:, 0].mean() == pytest.approx(306 + DAMPING * 6, abs=1e-3)
    assert one.box[0] == pytest.approx(newest.face.box[0] + DAMPING * 6, abs=1e-3)
    assert one.eyes[0] - newest.face.eyes[0] == pytest.approx(DAMPING * 6 / 600, rel=1e-3)
    later = [predict(before, newest, t).face.points[:, 0].mean() for t in (0.099, 0.2, 1.0)]
    assert np.allclose(later, 306 + DAMPING * 12, atol=1e-3)


def test_prediction_does_nothing_without_a_believable_velocity():
    newest = seen(0.033, 306)
    assert predict(None, newest, 0.06) is newest
    assert predict(seen(-1, 300), newest, 0.06) is newest
    assert predict(seen(0, 200), newest, 0.06) is newest, "that is another face"
    assert predict(Observation(0, SIZE), newest, 0.06) is newest
    assert predict(seen(0, 300), Observation(0.033, SIZE), 0.06).face is None


def test_the_eyes_are_where_the_canonical_face_has_them():
    matrix = affine.compose(np.array([0.1, 0, -1], np.float32), quat.from_euler(0, math.pi / 2, 0))
    turned = Face(np.zeros((478, 3), np.float32), np.zeros(52, np.float32), matrix, np.zeros(4, np.float32))
    assert np.allclose(turned.eyes, [0.1335, 0.0262, -1], atol=1e-6)


def test_with_others_about_the_face_is_looked_for_where_it_alone_can_be() -> None:
    only = (100, 50, 200, 150)
    assert look_next(Search(), None, body(), SIZE, only) == Search(only, 1)
    assert look_next(Search(only, 1), face(150, 100), body(), SIZE, only) == Search(only)


def test_a_frame_is_looked_at_twice_at_first_and_then_seldom() -> None:
    region = face_crop(body(), SIZE)
    assert again(Search(), Search(region, 1))
    assert again(Search(region), Search(region, 1)), "lost between two frames, it is looked for afresh"
    assert not again(Search(region, 1), Search(region, 2)), "the same look again would see the same"
    assert sum(again(Search(), Search(region, missed)) for missed in range(3, 63)) == 12
