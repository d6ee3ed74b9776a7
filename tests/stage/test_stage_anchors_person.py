"""On a shoulder and on a palm: where they are, when they are none, and upright whatever they do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from test_stage_layout import CAMERA, DT, seen

from avatar.linalg import quat
from avatar.stage.anchors_person import (
    ON_PALM,
    ON_SHOULDER,
    Palm,
    Shoulder,
    hand_depth,
    open_palm,
    openness,
    palm_feet,
    palm_normal,
)
from avatar.types import Body, Hand, Observation

EYES = np.array([-0.1, 0.15, -1.2], np.float32)


def body(eyes=EYES, visibility: float = 1.0) -> Body:
    """Shoulders 34 cm apart, 23 cm under the eyes."""
    points = np.zeros((33, 3), np.float32)
    spots = {11: (0.17, -0.28, -0.03), 12: (-0.17, -0.28, -0.03), 0: (0, -0.04, 0), 2: (0.03, 0, 0), 5: (-0.03, 0, 0)}
    for k, offset in spots.items():
        points[k, :2] = CAMERA.project(np.add(eyes, offset).astype(np.float32))
    return Body(points, np.zeros((33, 3), np.float32), np.full(33, visibility, np.float32))


def flat_hand(side: str = "right") -> np.ndarray:
    """(21, 3) metres: an open right hand, palm towards +Z, fingers up; the left one its mirror image."""
    world = np.zeros((21, 3))
    for finger, x in enumerate((-0.045, -0.03, -0.01, 0.01, 0.028)):  # thumb to little finger, thumb at +x below
        for joint in range(4):
            k = 1 + 4 * finger + joint
            reach = (0.03, 0.055, 0.075, 0.095) if finger == 0 else (0.09, 0.13, 0.155, 0.175)
            world[k] = (-x, reach[joint] - (0.01 * abs(finger - 2) if finger else 0), 0)
    world[1:5, 0] = (0.03, 0.05, 0.065, 0.075)
    return world * ((1, 1, 1) if side == "right" else (-1, 1, 1))


def hand(turn: np.ndarray | None = None, at=(0.1, -0.1, -0.7), side: str = "right", curl: float = 0.0) -> Hand:
    world = flat_hand(side)
    if curl:
        for finger in range(1, 5):
            base = world[1 + 4 * finger]
            for joint in range(1, 4):
                k = 1 + 4 * finger + joint
                world[k] = base + (world[k] - base) * (1 - curl) + (0, 0, 0.03 * curl * joint)
    if turn is not None:
        world = world @ quat.to_matrix(turn).T
    world = (world - world.mean(0)).astype(np.float32)
    stage = world + np.array(at, np.float32)
    points = np.zeros((21, 3), np.float32)
    points[:, :2] = CAMERA.project(stage)
    return Hand(side, points, world, 1.0)


def tipped(degrees: float) -> np.ndarray:
    """From palm to the camera, fingers up, over to palm up, fingers away from the camera."""
    return quat.from_axis_angle(np.array([1, 0, 0], np.float32), -math.radians(degrees))


def with_hand(t: float, *hands: Hand) -> Observation:
    return Observation(t, CAMERA.size, hands=hands, hands_t=t)


def test_on_the_shoulder_it_stands_beside_the_head_upright_and_faces_the_camera() -> None:
    anchor = Shoulder()
    observation = seen(EYES, body=body(), body_t=0.0)
    for _ in range(60):
        spot = anchor.step(observation, CAMERA, DT)
    assert spot.confidence == 1
    assert spot.height == ON_SHOULDER
    assert not spot.floor
    assert spot.before_person
    x, y, z = spot.frame[:3, 3]
    assert 0.07 < x - EYES[0] < 0.15, "on the person's left, where the picture has more room, clear of the head"
    assert -0.25 < y - EYES[1] < -0.15
    assert abs(z - EYES[2]) < 0.1
    assert np.array_equal(spot.frame[:3, 1], [0, 1, 0])


def test_where_the_outline_is_seen_the_feet_stand_on_it() -> None:
    matte = np.zeros((240, 320), np.uint8)
    joint = CAMERA.project(EYES + np.array([0.17, -0.28, -0.03], np.float32))
    top = int(joint[1]) // 2 - 4
    matte[top:, :] = 255
    anchor = Shoulder()
    for _ in range(60):
        spot = anchor.step(seen(EYES, body=body(), body_t=0.0, matte=matte, matte_t=0.0), CAMERA, DT)
    assert CAMERA.project(spot.frame[:3, 3])[1] == pytest.approx(2 * top, abs=2.5)


def test_the_face_is_kept_free() -> None:
    """A head turned and leaning over the shoulder: it stands farther out."""
    near, far = Shoulder(), Shoulder()
    wide = seen(EYES + np.array([0.1, 0, 0], np.float32), body=body(), body_t=0.0)
    for _ in range(60):
        a = near.step(seen(EYES, body=body(), body_t=0.0), CAMERA, DT)
        b = far.step(wide, CAMERA, DT)
    assert b.frame[0, 3] > a.frame[0, 3] + 0.03
    edge = CAMERA.project(b.frame[:3, 3])[0] - CAMERA.focal * 0.04 / 1.2
    assert edge > wide.face.box[2] - 5


def test_the_shoulder_keeps_its_side_and_follows_without_lagging_behind() -> None:
    anchor = Shoulder()
    lag = []
    for k in range(90):
        x = -0.1 + 0.25 * math.sin(2 * math.pi * k / 90) ** 2
        eyes = np.array([x, 0.15, -1.2], np.float32)
        spot = anchor.step(seen(eyes, body=body(eyes), body_t=0.0), CAMERA, DT)
        lag.append(spot.frame[0, 3] - x)
    assert min(lag) > 0, "never over to the other side"
    assert np.ptp(lag) < 0.08


def test_without_a_body_the_shoulder_is_guessed_from_the_face_and_without_a_person_it_is_lost() -> None:
    anchor = Shoulder()
    guessed = anchor.step(seen(EYES), CAMERA, DT)
    assert 0 < guessed.confidence < 1
    assert anchor.step(seen(EYES, body=body(visibility=0.2), body_t=0.0), CAMERA, DT).confidence < 1
    for _ in range(30):
        lost = anchor.step(Observation(0, CAMERA.size), CAMERA, DT)
    assert lost.confidence == 0
    assert Shoulder().step(None, CAMERA, DT) is None


def test_depth_and_openness_and_the_way_a_palm_looks() -> None:
    for side in ("left", "right"):
        for far in (0.4, 0.7, 1.5):
            assert hand_depth(hand(at=(0.05, 0, -far), side=side), CAMERA) == pytest.approx(far, rel=0.02)
        assert palm_normal(hand(side=side)) == pytest.approx([0, 0, 1], abs=0.02)
        assert palm_normal(hand(tipped(90), side=side)) == pytest.approx([0, 1, 0], abs=0.02)
    assert openness(hand()) > 0.9
    assert openness(hand(curl=0.9)) < 0.2
    assert hand_depth(hand(tipped(80)), CAMERA) == pytest.approx(0.7, rel=0.02)
    assert hand_depth(hand(at=(0, 0, -30)), CAMERA) is None


def test_a_palm_counts_when_it_is_open_and_looks_up_or_at_the_camera() -> None:
    assert open_palm(hand()) == 1
    assert open_palm(hand(tipped(60))) == 1
    assert open_palm(hand(tipped(90))) == 1
    assert open_palm(hand(tipped(-90))) == 0, "palm down"
    assert open_palm(hand(quat.from_axis_angle(np.array([0, 1, 0], np.float32), math.pi))) == 0, "its back"
    assert open_palm(hand(curl=0.9)) == 0, "a fist"


def test_the_feet_are_on_the_palm() -> None:
    for degrees in (0, 45, 80):
        one = hand(tipped(degrees))
        feet = palm_feet(one, CAMERA)
        pixel, inside = CAMERA.project(feet), one.points[[0, 5, 9, 17], :2]
        assert (inside.min(0) - 3 < pixel).all()
        assert (pixel < inside.max(0) + 3).all()
        true = (one.world[[0, 5, 9, 17]] + (0.1, -0.1, -0.7)).mean(0)
        assert np.linalg.norm(feet - true) < 0.035


def test_on_the_palm_it_stands_upright_while_the_hand_rocks() -> None:
    anchor = Palm()
    for k in range(60):
        turn = tipped(70 + 10 * math.sin(k / 5))
        spot = anchor.step(with_hand(k / 30, hand(turn)), CAMERA, DT)
        assert np.array_equal(spot.frame[:3, 1], [0, 1, 0])
        assert np.dot(spot.frame[:3, 2], -spot.frame[:3, 3]) > 0
    assert (spot.height, spot.confidence, spot.place) == (ON_PALM, 1, 1)


def test_a_palm_seen_at_fifteen_hertz_is_followed_and_one_that_is_gone_is_lost() -> None:
    anchor = Palm()
    off = []
    newest = with_hand(0.0)
    for k in range(120):
        t = k / 30
        x = 0.15 * math.sin(2 * t)
        if k % 2 == 0:
            newest = with_hand(t, hand(tipped(70), (x, -0.1, -0.7)))
        now = Observation(t, CAMERA.size, hands=newest.hands, hands_t=newest.hands_t)
        spot = anchor.step(now, CAMERA, DT)
        off.append(abs(spot.frame[0, 3] - x))
    assert max(off[15:]) < 0.03, "three centimetres behind a hand at 0.3 m/s at most"
    for k in range(120, 150):
        now = Observation(k / 30, CAMERA.size, hands=(), hands_t=k / 30)
        spot = anchor.step(now, CAMERA, DT)
    assert spot.confidence == 0
    assert Palm().step(None, CAMERA, DT) is None


def test_a_flat_palm_takes_a_shadow_along_it_and_a_raised_one_only_a_patch() -> None:
    anchor = Palm()
    floors = []
    for k, degrees in enumerate((80, 45, 38, 30, 38, 45, 60)):
        floors.append(anchor.step(with_hand(k / 15, hand(tipped(degrees))), CAMERA, DT).floor)
    assert floors == [True, True, True, False, False, True, True]


def test_another_hand_is_another_place() -> None:
    anchor = Palm()
    first = anchor.step(with_hand(0.0, hand(tipped(70))), CAMERA, DT)
    both = [hand(tipped(70)), hand(tipped(80), (-0.2, -0.1, -0.7), "left")]
    assert anchor.step(with_hand(0.1, *both), CAMERA, DT).place == first.place, "it keeps to its hand"
    other = anchor.step(with_hand(0.2, both[1]), CAMERA, DT)
    assert other.place == first.place + 1
    assert other.frame[0, 3] < 0
