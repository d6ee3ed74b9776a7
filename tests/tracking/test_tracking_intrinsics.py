"""A camera whose numbers are known is measured: a board projected by it, and a face at a known distance."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from avatar.tracking.intrinsics import FEWEST_VIEWS, MOST_VIEWS, different, from_board, from_face
from avatar.types import Mark

SIZE = (640, 480)
GRID = np.stack(np.meshgrid(np.arange(6), np.arange(8)), -1).reshape(-1, 2) * 0.025 - (0.0625, 0.0875)


def board(
    turn: tuple[float, float, float], at: tuple[float, float, float], focal: float, k: tuple[float, float] = (0.0, 0.0),
    noise: float = 0.0, rng: np.random.Generator | None = None, centre: tuple[float, float] = (320, 240),
) -> Mark:  # fmt: skip
    """The corners of a board held before the lens (y up), seen by a lens with radial distortion."""
    points = np.column_stack([GRID * (1, -1), np.zeros(len(GRID))])
    matrix = np.array([[focal, 0, centre[0]], [0, focal, centre[1]], [0, 0, 1]])
    pixels, _ = cv2.projectPoints(points, np.radians(turn), np.array(at, float), matrix, np.array([*k, 0, 0]))
    pixels = pixels.reshape(-1, 2)
    if rng is not None:
        pixels = pixels + rng.normal(0, noise, pixels.shape)
    return Mark("charuco", 0, pixels.astype(np.float32), GRID.astype(np.float32))


def views(count: int, focal: float, rng: np.random.Generator, tilt: float = 35, **lens) -> list[Mark]:
    return [
        board(tuple(rng.uniform(-tilt, tilt, 3)), (*rng.uniform(-0.08, 0.08, 2), rng.uniform(0.35, 0.6)), focal,
              noise=0.15, rng=rng, **lens)
        for _ in range(count)
    ]  # fmt: skip


@pytest.mark.parametrize("fov", [35, 50, 63, 78])
@pytest.mark.parametrize("k", [(0.0, 0.0), (-0.12, 0.05)])
def test_the_field_of_view_is_found_within_half_a_degree(fov: float, k: tuple[float, float]) -> None:
    focal = 240 / math.tan(math.radians(fov) / 2)
    found = from_board(views(15, focal, np.random.default_rng(fov), k=k, centre=(326, 236)), SIZE)
    assert math.degrees(found.fov_y) == pytest.approx(fov, abs=0.5)
    assert found.centre == pytest.approx((326, 236), abs=4)
    assert found.error < 0.3
    assert (found.views, found.by, found.size) == (15, "board", SIZE)


def test_a_wild_view_is_left_out() -> None:
    rng = np.random.default_rng(0)
    marks = views(14, 520, rng)
    wild = marks[3]
    marks[3] = Mark("charuco", 0, wild.pixels + rng.normal(0, 12, wild.pixels.shape).astype(np.float32), wild.plane)
    found = from_board(marks, SIZE)
    assert found.views == 13
    assert found.focal[1] == pytest.approx(520, rel=0.01)


def test_too_few_or_too_much_alike_is_said() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=f"{FEWEST_VIEWS} are needed"):
        from_board(views(4, 520, rng), SIZE)
    flat = views(12, 520, rng, tilt=0.5)
    with pytest.raises(ValueError, match="tilt the board"):
        from_board(flat, SIZE)


def test_a_film_is_thinned_to_views_that_differ() -> None:
    still = [board((10, 5, 0), (0, 0, 0.5), 520) for _ in range(30)]
    assert len(different(still, SIZE)) == 1
    moving = [board((10, 5, 0), (0.002 * k - 0.1, 0, 0.5), 520) for k in range(100)]
    kept = different(moving, SIZE)
    assert 5 <= len(kept) <= 12
    many = different(views(200, 520, np.random.default_rng(1)), SIZE)
    assert len(many) == MOST_VIEWS


def face(focal: float, distance: float, iris: float = 0.0117) -> np.ndarray:
    points = np.zeros((478, 3), np.float32)
    half = focal * iris / distance / 2
    for first, x in ((469, 280), (474, 360)):
        points[first : first + 4, :2] = np.array([[1, 0], [0, -1], [-1, 0], [0, 1]]) * half + (x, 200)
    return points


def test_a_measured_distance_gives_the_field_of_view() -> None:
    rng = np.random.default_rng(0)
    for fov in (40, 55, 70):
        focal = 240 / math.tan(math.radians(fov) / 2)
        faces = [face(focal, 0.5, 0.0117 * rng.normal(1, 0.04)) for _ in range(40)]
        found = from_face(faces, 0.5, SIZE)
        assert math.degrees(found.fov_y) == pytest.approx(fov, abs=1.5)
        assert found.by == "distance"
    with pytest.raises(ValueError, match="come nearer"):
        from_face([np.zeros((478, 3), np.float32)], 0.5, SIZE)
    with pytest.raises(ValueError, match="measure again"):
        from_face([face(500, 0.5)], 50.0, SIZE)
