"""Metres to the person: a synthetic head projected from a known distance, with the camera's own field of view."""

from __future__ import annotations

import math

import numpy as np
import pytest

from avatar.linalg import quat
from avatar.linalg.camera import focal_pixels, project
from avatar.tracking.depth import (
    IRIS,
    MetricFace,
    combined,
    from_iris,
    from_shoulders,
    iris_pixels,
    moved,
    person_depth,
)
from avatar.types import EYES_OF_FACE, Body, Face, Observation

SIZE = (640, 480)


def head(
    eyes: np.ndarray, fov_y: float, size: float = 1.0, yaw: float = 0.0, noise: float = 0.0, seed: int = 0
) -> Face:
    """A head ``size`` times as large as the average, whose matrix takes it for average, as the detector does."""
    turn = quat.to_matrix(quat.from_axis_angle(np.array([0, 1, 0], np.float32), yaw))
    points = np.zeros((478, 3), np.float32)
    ring = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]]) * IRIS / 2
    for first, x in ((468, -0.0315), (473, 0.0315)):
        world = (ring + np.array([x * size, 0, 0])) @ turn.T + eyes
        points[first : first + 5, :2] = project(world.astype(np.float32), fov_y, SIZE)
    points[468:, :2] += np.random.default_rng(seed).normal(0, noise, (10, 2)).astype(np.float32)
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = turn
    # A head twice as large at twice the distance looks the same.
    matrix[:3, 3] = np.asarray(eyes) / size - turn @ EYES_OF_FACE
    return Face(points, np.zeros(52, np.float32), matrix, np.zeros(4, np.float32))


def shoulders(eyes: np.ndarray, fov_y: float, size: float = 1.0, yaw: float = 0.0) -> Body:
    """Shoulders 34 cm apart in an average body; the detector tells an average body's metres."""
    turn = quat.to_matrix(quat.from_axis_angle(np.array([0, 1, 0], np.float32), yaw))
    points, world = np.zeros((33, 3), np.float32), np.zeros((33, 3), np.float32)
    for k, x in ((11, 0.17), (12, -0.17)):
        offset = turn @ np.array([x, -0.25, 0])
        world[k] = offset
        points[k, :2] = project((eyes + offset * size).astype(np.float32), fov_y, SIZE)
    return Body(points, world, np.ones(33, np.float32))


@pytest.mark.parametrize("fov", [30, 45, 63, 80])
@pytest.mark.parametrize("far", [0.35, 0.6, 1.0, 1.5])
def test_an_average_head_is_where_it_is_within_five_percent(fov: float, far: float) -> None:
    fov_y = math.radians(fov)
    focal = focal_pixels(fov_y, SIZE[1])
    for x, y, yaw in ((0, 0, 0), (0.2, 0.1, 0.3), (-0.3, -0.1, -0.4)):
        eyes = np.array([x * far, y * far, -far])
        seen = Observation(0.0, SIZE, head(eyes, fov_y, yaw=yaw), body=shoulders(eyes, fov_y, yaw=yaw))
        assert person_depth(seen, focal) == pytest.approx(far, rel=0.05)


@pytest.mark.parametrize("size", [0.85, 0.92, 1.1])
def test_near_by_the_iris_corrects_for_heads_that_are_not_average(size: float) -> None:
    fov_y = math.radians(50)
    focal = focal_pixels(fov_y, SIZE[1])
    eyes = np.array([0.05, 0.05, -0.5])
    face = head(eyes, fov_y, size)
    assert from_iris(face, focal)[0] == pytest.approx(0.5, rel=0.01)
    seen = Observation(0.0, SIZE, face)
    wrong = abs(-face.eyes[2] / 0.5 - 1)
    assert abs(person_depth(seen, focal) / 0.5 - 1) < min(0.05, 0.5 * wrong)


def test_iris_noise_of_half_a_pixel_stays_within_five_percent() -> None:
    fov_y = math.radians(50)
    focal = focal_pixels(fov_y, SIZE[1])
    errors = []
    for far in (0.5, 0.8, 1.2):
        for seed in range(40):
            eyes = np.array([0.1, 0.0, -far])
            seen = Observation(0.0, SIZE, head(eyes, fov_y, noise=0.4, seed=seed), body=shoulders(eyes, fov_y))
            errors.append(abs(person_depth(seen, focal) / far - 1))
    assert np.percentile(errors, 95) < 0.05


def test_one_that_is_far_off_counts_little() -> None:
    assert combined([]) is None
    assert combined([(1.3, 0.1)]) == pytest.approx(1.3)
    assert combined([(1.0, 0.08), (1.02, 0.1), (2.5, 0.15)]) == pytest.approx(1.0, rel=0.06)
    assert combined([(1.0, 0.05), (1.1, 0.1)]) == pytest.approx(1.02, rel=0.01)


def test_what_cannot_be_seen_says_nothing() -> None:
    blank = np.zeros((478, 3), np.float32)
    assert iris_pixels(blank) is None
    fov_y = math.radians(50)
    far_off = head(np.array([0, 0, -4.0]), fov_y)
    assert iris_pixels(far_off.points) is None, "an iris of 1.5 pixels"
    body = shoulders(np.array([0, 0, -1.0]), fov_y)
    assert from_shoulders(Body(body.points, body.world, np.zeros(33, np.float32)), 500.0) is None
    assert person_depth(Observation(0.0, SIZE), 500.0) is None


def test_over_time_a_small_head_comes_to_its_place_without_trembling() -> None:
    fov_y = math.radians(50)
    focal = focal_pixels(fov_y, SIZE[1])
    metric = MetricFace()
    eyes = np.array([0.1, 0.05, -0.6])
    places = []
    for k in range(120):
        face = head(eyes, fov_y, size=0.85, noise=0.3, seed=k)
        seen = metric.step(Observation(k / 30, SIZE, face), focal)
        places.append(seen.face.eyes)
        assert np.allclose(seen.face.matrix[:3, :3], face.matrix[:3, :3])
        assert project(seen.face.eyes, fov_y, SIZE) == pytest.approx(project(face.eyes, fov_y, SIZE), abs=0.01)
    places = np.array(places)
    assert -places[-1][2] == pytest.approx(0.6, rel=0.06)
    assert np.abs(np.diff(places[30:, 2])).max() < 0.003
    empty = Observation(9.0, SIZE)
    assert metric.step(empty, focal) is empty


def test_a_face_is_moved_along_its_line_of_sight() -> None:
    face = head(np.array([0.2, -0.1, -1.0]), 0.9)
    assert moved(face, 1.2).eyes == pytest.approx(1.2 * face.eyes, abs=1e-6)
