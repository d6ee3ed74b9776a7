"""The companion stands in every picture, beside the person and never over the face."""

from __future__ import annotations

import math

import numpy as np
import pytest

from avatar.linalg import affine, quat
from avatar.stage.build import Build
from avatar.stage.camera import Camera
from avatar.stage.layout import BEHIND, Layout
from avatar.stage.person import FADE, HOLD
from avatar.stage.placement import Placement
from avatar.types import EYES_OF_FACE, Body, Face, Observation

DT = 1 / 30
CAMERA = Camera((640, 480), math.radians(45))


def face_at(eyes, camera=CAMERA) -> Face:
    """A face 15 cm wide and 20 high whose eyes are at this stage point."""
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, 3] = np.asarray(eyes, np.float32) - EYES_OF_FACE
    corners = camera.project(np.add(eyes, [[-0.075, 0.06, 0], [0.075, -0.13, 0]]))
    points = np.zeros((478, 3), np.float32)
    points[:, :2] = corners.mean(0)
    return Face(points, np.zeros(52, np.float32), matrix, corners.reshape(-1).astype(np.float32))


def seen(eyes, camera=CAMERA, **parts) -> Observation:
    return Observation(0.0, camera.size, face=face_at(eyes, camera), **parts)


def overlap(a, b) -> bool:
    return min(a[2], b[2]) > max(a[0], b[0]) and min(a[3], b[3]) > max(a[1], b[1])


def inside(box, view) -> bool:
    return box[0] >= view[0] and box[1] >= view[1] and box[2] <= view[2] and box[3] <= view[3]


def stand(layout: Layout, observation, seconds: float = 4.0, camera=CAMERA) -> Placement:
    for _ in range(round(seconds / DT)):
        placement = layout.step(observation, camera, DT)
    return placement


def test_stands_beside_the_person_a_little_behind_and_eye_to_eye():
    eyes = np.array([-0.1, 0.15, -1.4], np.float32)
    placement = stand(Layout(Build()), seen(eyes))
    own_eyes = affine.apply(placement.matrix, np.array([0, Build().eyes[0], 0], np.float32))
    assert placement.side == 1
    assert 0.35 < own_eyes[0] - eyes[0] < 0.75
    assert eyes[2] - own_eyes[2] == pytest.approx(BEHIND, abs=0.02)
    assert own_eyes[1] == pytest.approx(eyes[1], abs=0.08)
    assert placement.opacity == 1


@pytest.mark.parametrize("x", [-0.35, 0.35])
def test_takes_the_side_with_more_room_and_turns_towards_the_person(x):
    placement = stand(Layout(Build()), seen([x, 0.1, -1.4]))
    assert placement.side == -np.sign(x)
    forward = placement.matrix[:3, 2]
    place, person = placement.matrix[:3, 3], np.array([x, 0.1, -1.4])
    to_person, to_camera = (person - place)[[0, 2]], -place[[0, 2]]
    heading = forward[[0, 2]]

    def angle(v):
        return math.degrees(math.acos(np.dot(v, heading) / np.linalg.norm(v) / np.linalg.norm(heading)))

    assert angle(to_camera) == pytest.approx(22, abs=1)
    assert angle(to_person) < 90


@pytest.mark.parametrize("output", [None, (1280, 720), (480, 640), (960, 400)])
def test_no_way_of_moving_brings_it_over_the_face_or_out_of_the_picture(output):
    rng = np.random.default_rng(7)
    camera = Camera((640, 480), math.radians(45), output)
    view = camera.visible
    layout = Layout(Build())
    moved = []
    goal = eyes = np.array([0.0, 0.1, -1.2])
    for k in range(900):
        if k % 45 == 0:  # every 1.5 s somewhere else, from 0.6 m to 3 m away
            depth = rng.uniform(0.6, 3)
            reach = (view[2] - view[0]) / 2 / camera.focal * depth * 0.6
            goal = np.array([rng.uniform(-reach, reach), rng.uniform(-0.05, 0.2) * depth, -depth])
        eyes = eyes + (goal - eyes) * 0.12
        observation = seen(eyes, camera)
        placement = layout.step(observation, camera, DT)
        assert inside(placement.head_box, view), (k, placement.head_box)
        assert not overlap(placement.body_box, observation.face.box), (k, eyes)
        moved.append((placement.opacity, *placement.matrix[:3, 3]))
    moved = np.array(moved)
    jumps = np.abs(np.diff(moved[:, 1:], axis=0)).max(1)
    assert (moved[1:, 0][jumps > 0.2] < 0.05).all(), "a jump must not be seen"


def test_small_movements_of_the_person_are_not_followed_and_large_ones_smoothly():
    layout = Layout(Build())
    stand(layout, seen([0, 0.1, -1.4]))
    rng = np.random.default_rng(1)
    still = [layout.step(seen(np.array([0, 0.1, -1.4]) + rng.uniform(-0.01, 0.01, 3)), CAMERA, DT) for _ in range(90)]
    places = np.array([p.matrix[:3, 3] for p in still])
    assert np.ptp(places, axis=0).max() < 0.003
    walk = [layout.step(seen([-0.2 * min(k / 30, 1), 0.1, -1.4]), CAMERA, DT) for k in range(120)]
    speed = np.linalg.norm(np.diff([p.matrix[:3, 3] for p in walk], axis=0), axis=1) / DT
    assert 0.1 < speed.max() < 0.4
    assert np.abs(np.diff(speed)).max() < 0.04
    assert {p.side for p in walk} == {walk[0].side}


def test_changes_sides_only_after_seconds_and_unseen():
    layout = Layout(Build())
    assert stand(layout, seen([-0.15, 0.1, -1.6])).side == 1
    steps = [layout.step(seen([0.3, 0.1, -1.6]), CAMERA, DT) for _ in range(180)]
    change = next(k for k, p in enumerate(steps) if p.side == -1)
    assert change * DT > 1.2
    assert steps[change].opacity < 0.1
    assert steps[-1].opacity == 1
    assert steps[-1].side == -1


def test_does_not_stand_in_somebody_else():
    """The right has more room, but another person is there: what counts is the room that nobody takes."""
    matte = np.zeros((240, 320), np.uint8)
    matte[:, 60:100] = 255
    matte[:, 175:300] = 255
    observation = seen([-0.3, 0.1, -1.4], matte=matte)
    placement = stand(Layout(Build()), observation)
    x0, _, x1, _ = placement.head_box
    columns = np.arange(max(0, int(x0 / 2)), int(x1 / 2))
    assert (matte[60, columns] > 0).mean() < 0.1


def test_with_nobody_there_it_stands_in_the_picture_and_looks_at_the_camera():
    placement = stand(Layout(Build()), None)
    assert inside(placement.head_box, CAMERA.visible)
    assert placement.opacity == 1
    assert placement.person_age == math.inf
    assert np.array_equal(placement.look_at, np.zeros(3))


def test_when_the_person_is_lost_it_stays_where_it_is():
    layout = Layout(Build())
    before = stand(layout, seen([0, 0.1, -1.4]))
    after = [layout.step(Observation(0, (640, 480)), CAMERA, DT) for _ in range(150)]
    assert np.allclose(after[-1].matrix, before.matrix, atol=0.01)
    assert np.allclose(after[round(HOLD / DT) - 1].look_at, [0, 0.1, -1.4], atol=1e-5), "held"
    assert np.array_equal(after[-1].look_at, np.zeros(3))
    assert after[-1].person_age == pytest.approx(5, abs=0.05)


@pytest.mark.parametrize("fps", [15, 30, 60])
def test_a_lost_person_is_held_then_let_go_and_found_again_without_a_leap(fps):
    layout, eyes = Layout(Build()), np.array([0.1, 0.1, -1.4])
    stand(layout, seen(eyes))
    looks, places = [eyes], []
    for k in range(1, 3 * fps):
        placement = layout.step(None if k % 2 else Observation(0, (640, 480)), CAMERA, 1 / fps)
        looks.append(placement.look_at)
        places.append(placement.matrix[:3, 3])
        assert placement.opacity == 1
    share = np.array(looks)[:, 2] / eyes[2]
    assert share[: int(HOLD * fps)].min() == pytest.approx(1, abs=1e-6), "held"
    assert (np.diff(share) <= 1e-9).all()
    assert np.abs(np.diff(share)).max() < 2.2 / (FADE * fps), "eased, in no step a leap"
    assert share[round((HOLD + FADE) * fps) + 1] == 0
    back = [layout.step(seen((0.15, 0.1, -1.4)), CAMERA, 1 / fps).matrix[:3, 3] for _ in range(fps)]
    assert np.abs(np.diff([*places, *back], axis=0)).max() < 0.6 / fps, "metres a second"


def test_look_at_is_the_same_point_in_both_frames():
    small = Build(height=0.9, eyes=(0.8, 0.05), head=(0.1, 0.7, 0.9, -0.1, 0.1), shoulders=(0.1, 0.68))
    for build in (Build(), small):
        placement = stand(Layout(build), seen([0.1, 0.2, -1.5]))
        assert np.allclose(affine.apply(placement.matrix, placement.look_at_own), placement.look_at, atol=1e-4)
    assert np.linalg.norm(placement.matrix[:3, 0]) * 0.9 == pytest.approx(1.25, abs=0.01)


def body_with(ankle_pixels) -> Body:
    points = np.zeros((33, 3), np.float32)
    points[[0, 2, 5], :2] = [320, 140]
    points[27, :2], points[28, :2] = ankle_pixels
    return Body(points, np.zeros((33, 3), np.float32), np.ones(33, np.float32))


def test_where_the_floor_is_seen_it_stands_on_it():
    eyes = np.array([0, 0.55, -3.5], np.float32)
    ankles = CAMERA.project(np.array([[0.1, -0.97, -3.5], [-0.1, -0.97, -3.5]], np.float32))
    placement = stand(Layout(Build()), seen(eyes, body=body_with(ankles)))
    assert placement.shadow[1] == pytest.approx(-1.05, abs=0.02)


def test_the_body_alone_is_enough():
    wide = 0.4 * CAMERA.focal / 2.0
    points, world = np.zeros((33, 3), np.float32), np.zeros((33, 3), np.float32)
    points[[0, 2, 5], :2] = [[300, 150], [305, 145], [295, 145]]
    points[11, :2], points[12, :2] = [300 + wide / 2, 220], [300 - wide / 2, 220]
    world[11, 0], world[12, 0] = 0.2, -0.2
    body = Body(points, world, np.ones(33, np.float32))
    placement = stand(Layout(Build()), Observation(0.0, (640, 480), body=body))
    assert placement.matrix[2, 3] == pytest.approx(-2.0 - BEHIND, abs=0.05)
    assert placement.head_box[0] > 340


@pytest.mark.parametrize(("width", "left"), [(640, True), (380, False)])
def test_the_hand_to_wave_with_is_the_far_one_where_the_picture_has_room_for_it(width: int, left: bool) -> None:
    """The person at 150 of ``width`` pixels, the companion to the right: its left hand is the far one."""
    camera = Camera((width, 480), np.radians(45.0))
    depth = 1.6
    x = (250 - width / 2) * depth / camera.focal
    matrix = affine.compose(np.array([x, -1.4, -depth], np.float32), quat.identity())
    nowhere = np.zeros(3, np.float32)
    place = Placement(matrix, nowhere, 1.0, nowhere, nowhere, 1, (0, 0, 1, 1), (0, 0, 1, 1), 0.0)
    assert place.wave_with_left(camera, np.array([110, 90, 140, 130], np.float32)) is left
    over_the_face = np.array([90, 150, 190, 300], np.float32)
    assert place.wave_with_left(camera, over_the_face) is True
