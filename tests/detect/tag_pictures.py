"""Pictures of tags and of a board whose every corner is known: made by a pinhole camera, with blur and noise."""

from __future__ import annotations

import cv2
import numpy as np

from avatar.io.detect import codes
from avatar.io.detect.board import Board
from avatar.linalg import planar

FINE = 4  # samples of a picture's pixel to each side, averaged


def sheet(side: float = 1.0, per_metre: float = 400.0, seed: int = 5, level: float = 205.0) -> np.ndarray:
    """A square of paper-coloured ground with a texture that can be followed; (N, N) float32."""
    rng = np.random.default_rng(seed)
    n = round(side * per_metre)
    rough = cv2.resize(rng.normal(0, 1, (n // 12, n // 12)).astype(np.float32), (n, n), interpolation=cv2.INTER_CUBIC)
    fine = cv2.GaussianBlur(rng.normal(0, 1, (n, n)).astype(np.float32), (0, 0), 1.5)
    return np.clip(level - 60 + 22 * rough + 40 * fine, 0, 255).astype(np.float32)


def lay(ground: np.ndarray, family: str, number: int, size: float, at: tuple[float, float], per_metre: float) -> None:
    """Print a tag on the ground: its black square ``size`` metres wide with its middle ``at`` metres from the ground's
    (x right, y up), one cell of white round it."""
    cell = size / 8 * per_metre
    bits = np.pad(codes.cells(family, number), 1, constant_values=1)
    n = round(10 * cell)
    picture = cv2.resize(bits * 255.0, (n, n), interpolation=cv2.INTER_NEAREST)
    x = round(ground.shape[1] / 2 + at[0] * per_metre - n / 2)
    y = round(ground.shape[0] / 2 - at[1] * per_metre - n / 2)
    ground[y : y + n, x : x + n] = picture


def board_picture(board: Board, per_metre: float) -> np.ndarray:
    """The board with a rim of white, one square wide."""
    cell = board.square * per_metre
    ground = np.full((round((board.rows + 2) * cell), round((board.columns + 2) * cell)), 255.0, np.float32)
    for column, row, number in board.squares():
        x, y = round((column + 1) * cell), round((row + 1) * cell)
        n = round(cell)
        if number < 0:
            ground[y : y + n, x : x + n] = 0
            continue
        m = round(board.tag * per_metre)
        tag = cv2.resize(codes.cells("aruco", number) * 255.0, (m, m), interpolation=cv2.INTER_NEAREST)
        o = (n - m) // 2
        ground[y + o : y + o + m, x + o : x + o + m] = tag
    return ground


def photograph(
    ground: np.ndarray,
    per_metre: float,
    matrix: np.ndarray,
    size: tuple[int, int] = (640, 480),
    fov_y: float = np.radians(50.0),
    blur: float = 0.7,
    noise: float = 2.0,
    rng: np.random.Generator | None = None,
    dull: float = 0.75,
) -> np.ndarray:
    """(H, W, 3) uint8: a plane of ``ground`` (its middle at the origin) placed by ``matrix`` (4, 4), plane to stage."""
    h, w = ground.shape
    edge = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float64)
    plane = (edge - (w / 2, h / 2)) * (1, -1) / per_metre
    to_pixels = planar.homography(plane, pixels_of(matrix, plane, size, fov_y) * FINE)
    shift = np.array([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1.0]])
    from_ground = np.array([[1 / per_metre, 0, -w / 2 / per_metre], [0, -1 / per_metre, h / 2 / per_metre], [0, 0, 1]])
    warp = shift @ to_pixels @ from_ground @ np.linalg.inv(shift)
    big = cv2.warpPerspective(
        ground, warp, (size[0] * FINE, size[1] * FINE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_CONSTANT,
        borderValue=110.0,
    )  # fmt: skip
    seen = 30 + dull * cv2.resize(big, size, interpolation=cv2.INTER_AREA)
    if blur:
        seen = cv2.GaussianBlur(seen, (0, 0), blur)
    if noise:
        seen = seen + (rng or np.random.default_rng(0)).normal(0, noise, seen.shape)
    return np.repeat(np.clip(seen, 0, 255).astype(np.uint8)[..., None], 3, 2)


def pixels_of(
    matrix: np.ndarray, plane: np.ndarray, size: tuple[int, int] = (640, 480), fov_y: float = np.radians(50.0)
) -> np.ndarray:
    """(N, 2): where points of the plane are seen."""
    focal = size[1] / 2 / np.tan(fov_y / 2)
    return planar.slopes(matrix, plane) * (focal, -focal) + np.array(size) / 2


def table(tilt: float, spin: float = 0.0, at: tuple[float, float, float] = (0, -0.1, -0.8)) -> np.ndarray:
    """A level table: seen at ``tilt`` degrees above its edge-on view, turned by ``spin``. (4, 4) plane to stage."""
    t, s = np.radians([tilt - 90, spin])
    tip = np.array([[1, 0, 0], [0, np.cos(t), -np.sin(t)], [0, np.sin(t), np.cos(t)]])
    turn = np.array([[np.cos(s), -np.sin(s), 0], [np.sin(s), np.cos(s), 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = tip @ turn
    matrix[:3, 3] = at
    return matrix
