"""Where a plane lies, from what is seen of it; and homographies."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from avatar.linalg import planar

SQUARE = np.array([[-1, 1], [1, 1], [1, -1], [-1, -1]], float) * 0.04


def placed(tilt: float, around: float, spin: float, at: tuple[float, float, float]) -> np.ndarray:
    """A plane turned by ``spin`` in itself and tilted by ``tilt`` about an axis in it; degrees, metres."""
    a, t, s = np.radians([around, tilt, spin])
    tip = cv2.Rodrigues(np.array([np.cos(a), np.sin(a), 0]) * t)[0]
    matrix = np.eye(4)
    matrix[:3, :3] = tip @ cv2.Rodrigues(np.array([0, 0, s]))[0]
    matrix[:3, 3] = at
    return matrix


def angle(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arccos(np.clip((np.trace(a[:3, :3].T @ b[:3, :3]) - 1) / 2, -1, 1))))


@pytest.mark.parametrize("tilt", [0, 20, 45, 70])
@pytest.mark.parametrize("around", [0, 130, 250])
def test_the_place_of_a_square_is_found_exactly(tilt: float, around: float) -> None:
    true = placed(tilt, around, 33, (0.2, -0.15, -0.9))
    found = planar.poses(SQUARE, planar.slopes(true, SQUARE))
    (first, error), (_, other) = found
    assert error < 1e-9
    assert other >= error
    assert np.abs(first[:3, 3] - true[:3, 3]).max() < 1e-6
    assert angle(first, true) < 1e-3
    assert np.linalg.det(first[:3, :3]) == pytest.approx(1)


def test_it_agrees_with_opencv_on_both_solutions() -> None:
    rng = np.random.default_rng(4)
    corners = np.array([[-1, 1, 0], [1, 1, 0], [1, -1, 0], [-1, -1, 0]], float) * 0.04
    flip = np.diag([1.0, -1, -1])
    for _ in range(20):
        true = placed(rng.uniform(10, 60), rng.uniform(0, 360), rng.uniform(0, 360), (0.1, 0.05, -rng.uniform(0.4, 2)))
        seen = planar.slopes(true, SQUARE) + rng.normal(0, 2e-4, (4, 2))
        _, turns, places, errors = cv2.solvePnPGeneric(
            corners, seen * (1, -1), np.eye(3), None, flags=cv2.SOLVEPNP_IPPE_SQUARE
        )
        ours = planar.poses(SQUARE, seen)
        for (matrix, error), r, t, e in zip(ours, turns, places, np.ravel(errors), strict=True):
            assert error <= e * np.sqrt(2) + 1e-9, "refined, so never worse"
            theirs = np.eye(4)
            theirs[:3, :3] = flip @ cv2.Rodrigues(r)[0]
            theirs[:3, 3] = flip @ t[:, 0]
            assert np.linalg.norm(matrix[:3, 3] - theirs[:3, 3]) < 0.06 * np.linalg.norm(theirs[:3, 3])
            assert angle(matrix, theirs) < 15


def test_many_points_of_a_plane_give_a_better_place_than_four() -> None:
    rng = np.random.default_rng(2)
    grid = np.stack(np.meshgrid(np.linspace(-0.1, 0.1, 5), np.linspace(-0.1, 0.1, 5)), -1).reshape(-1, 2)
    few, many = [], []
    for _ in range(30):
        true = placed(50, rng.uniform(0, 360), 10, (0, 0, -0.8))
        for points, out in ((grid[[0, 4, 24, 20]], few), (grid, many)):
            noisy = planar.slopes(true, points) + rng.normal(0, 3e-4, (len(points), 2))
            out.append(angle(planar.poses(points, noisy)[0][0], true))
    assert np.median(many) < 0.7 * np.median(few)


def test_homographies_take_points_there_and_back() -> None:
    h = np.array([[1.1, 0.05, 12], [-0.04, 0.93, -7], [2e-4, -1e-4, 1]])
    points = np.random.default_rng(0).uniform(0, 640, (30, 2))
    assert np.abs(planar.homography(points, planar.through(h, points)) - h).max() < 1e-9
    assert np.abs(planar.through(np.linalg.inv(h), planar.through(h, points)) - points).max() < 1e-9
    line = np.stack([np.arange(6.0), 2 * np.arange(6.0)], 1)
    with pytest.raises(ValueError, match="four points"):
        planar.homography(line, line)


def test_lines_of_sight_meet_the_plane_where_its_points_are() -> None:
    matrix = placed(55, 20, 70, (0.1, -0.2, -1.1))
    points = np.random.default_rng(1).uniform(-0.2, 0.2, (20, 2))
    assert np.abs(planar.meet(matrix, planar.slopes(matrix, points)) - points).max() < 1e-9
    level = placed(-90, 0, 0, (0, -1, 0))
    assert np.isnan(planar.meet(level, np.array([[0.0, 0.5]]))).all(), "a look upwards does not meet the floor"
