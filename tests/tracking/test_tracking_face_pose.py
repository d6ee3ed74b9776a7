"""A head's place and turn from landmarks alone: a made-up face whose truth is known, through several lenses."""

from __future__ import annotations

import math

import numpy as np
import pytest

from avatar.linalg import quat
from avatar.linalg.camera import focal_pixels, project
from avatar.tracking.face_pose import FaceModel
from avatar.tracking.record import angles

SIZE = (640, 480)


def made_up() -> FaceModel:
    """Points over a front of a head, the nose out of it."""
    x, y = np.meshgrid(np.linspace(-0.07, 0.07, 6), np.linspace(-0.07, 0.08, 6))
    z = 0.06 - 6 * (x**2 + 0.6 * y**2) + 0.02 * np.exp(-((x / 0.02) ** 2 + (y / 0.03) ** 2))
    points = np.stack([x, y, z], -1).reshape(-1, 3)
    return FaceModel(points, np.arange(36), np.linspace(0.5, 1.5, 36))


def landmarks(model: FaceModel, turn: np.ndarray, place: np.ndarray, fov: float) -> np.ndarray:
    """As a detector has them: pixels, and depths beside the mean one in the same unit."""
    points = model.points @ quat.to_matrix(turn).astype(np.float64).T + place
    deep = -points[:, 2]
    z = focal_pixels(fov, SIZE[1]) * (deep / deep.mean() - 1)
    return np.column_stack([project(points.astype(np.float32), fov, SIZE), z]).astype(np.float32)


@pytest.mark.parametrize("fov", [0.5, 0.8, 1.1, 1.4])
@pytest.mark.parametrize("pose", [(0, 0, 0), (20, 0, 0), (0, 35, 0), (0, 0, 25), (-15, -25, 10)])
@pytest.mark.parametrize("place", [(0.0, 0.0, -0.6), (0.2, 0.1, -0.9), (-0.3, -0.2, -2.5)])
def test_turn_and_place_are_found_through_any_lens_anywhere(fov, pose, place) -> None:
    model, turn = made_up(), quat.from_euler(*np.radians(pose))
    found = model.matrix(landmarks(model, turn, np.array(place), fov), SIZE, focal_pixels(fov, SIZE[1]))
    assert found is not None
    off = quat.multiply(quat.from_matrix(found[:3, :3]), quat.conjugate(turn))
    assert np.linalg.norm(quat.to_vector(off)) < math.radians(1.5)
    assert found[:3, 3] == pytest.approx(place, rel=0.02, abs=0.004)
    assert found[:3, :3] @ found[:3, :3].T == pytest.approx(np.eye(3), abs=1e-5), "rigid"


def test_a_larger_head_is_nearer_and_turned_alike() -> None:
    model, fov = made_up(), 0.9
    marks = landmarks(model, quat.from_euler(0.2, 0.3, 0.1), np.array([0.0, 0.0, -1.0]), fov)
    middle = np.array([SIZE[0] / 2, SIZE[1] / 2, 0])
    focal = focal_pixels(fov, SIZE[1])
    far, near = model.matrix(marks, SIZE, focal), model.matrix((marks - middle) * 2 + middle, SIZE, focal)
    assert near[2, 3] / far[2, 3] == pytest.approx(0.5, abs=0.05)
    assert np.abs(np.subtract(angles(near), angles(far))).max() < 3


def test_what_is_no_face_has_no_place() -> None:
    model, focal = made_up(), 500.0
    assert model.matrix(np.zeros((36, 3), np.float32), SIZE, focal) is None
    assert model.matrix(np.full((36, 3), np.nan, np.float32), SIZE, focal) is None
    assert model.matrix(np.full((36, 3), np.inf, np.float32), SIZE, focal) is None
    wild = np.random.default_rng(1).normal(0, 1e6, (36, 3)).astype(np.float32)
    found = model.matrix(wild, SIZE, focal)
    assert found is None or np.isfinite(found).all()
