"""Dark four-sided shapes in a picture, their corners to a small part of a pixel, and the cells inside them.

Pixels are as everywhere: (0, 0) is the corner of the first one, its middle at (0.5, 0.5).
Quads are (N, 4, 2), clockwise.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...linalg import planar
from ...types import ByteArray
from .codes import CELLS, FAMILIES, dictionary

Array = NDArray[np.float64]

SMALLEST: Final = {False: 40.0, True: 16.0}
"""Pixels of a quad's outline, quickly and exactly."""
_EDGE_POINTS: Final = 16
_STEP: Final = 0.25  # pixels
_FARTHEST: Final = 2.0  # pixels from the first guess that an edge is looked for
_OF_CELL: Final = (1.2, 0.6, 0.6)  # the same, of a cell's width, each time: the next edge is a cell away
_MOST_MOVED: Final = 3.5  # pixels
_TAPS: Final = 3  # samples across a cell


def candidates(grey: ByteArray, exact: bool = False) -> Array:
    """Quads (N, 4, 2) where dark squares may be seen.

    exact : by AprilTag's own way, lines through the gradients, to 0.1 or 0.2 pixels and slow (0.2 s a picture);
    otherwise by the outlines of dark spots, to a pixel or two.
    """
    settings = cv2.aruco.DetectorParameters()
    settings.minMarkerPerimeterRate = SMALLEST[exact] / max(grey.shape)
    settings.maxMarkerPerimeterRate = 8.0
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_APRILTAG if exact else cv2.aruco.CORNER_REFINE_NONE
    finder = cv2.aruco.ArucoDetector(dictionary(next(iter(FAMILIES))), settings)
    known, _, others = finder.detectMarkers(grey)
    found = [*known, *others]
    if not found:
        return np.zeros((0, 4, 2))
    # AprilTag's way counts from the first pixel's corner already.
    quads = np.stack([q.reshape(4, 2) for q in found]).astype(np.float64) + (0.0 if exact else 0.5)
    x, y = quads[..., 0], quads[..., 1]
    turned = (x * np.roll(y, -1, 1) - np.roll(x, -1, 1) * y).sum(1) < 0
    quads[turned] = quads[turned][:, ::-1]
    return quads


def sharpened(grey: ByteArray, quads: Array, most: float = _MOST_MOVED) -> Array:
    """Corners where the lines along the edges meet, each line through the places of steepest change from dark to light
    (after ``refine_edges`` of AprilTag 3). most : pixels that a corner may move; farther, the quad stays as it was."""
    now = quads
    for of_cell in _OF_CELL:
        now = _once(grey, now, of_cell)
    far = np.linalg.norm(now - quads, axis=-1).max(-1)
    good = np.isfinite(far) & (far <= most)
    return np.asarray(np.where(good[:, None, None], now, quads), np.float64)


def limited(quads: Array, by: Array, most: float) -> Array:
    """``quads`` with each corner at most ``most`` pixels from that of ``by``."""
    way = quads - by
    far = np.linalg.norm(way, axis=-1, keepdims=True)
    return np.asarray(by + way * np.minimum(1, most / np.maximum(far, 1e-9)), np.float64)


def _once(grey: ByteArray, quads: Array, of_cell: float) -> Array:
    along = np.roll(quads, -1, 1) - quads
    length = np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-9)
    out = np.stack([along[..., 1], -along[..., 0]], -1) / length
    share = (np.arange(_EDGE_POINTS) + 1) / (_EDGE_POINTS + 1)
    points = quads[:, :, None] + along[:, :, None] * share[:, None]
    # How wide the quad is across each edge, in cells, bounds how far the edge may be looked for.
    across = np.abs(((np.roll(quads, -2, 1) - quads) * out).sum(-1)) / (CELLS + 2)
    reach = np.clip(of_cell * across, 0.5, _FARTHEST)
    steps = np.arange(-_FARTHEST, _FARTHEST + 1e-6, _STEP)
    tried = points[..., None, :] + out[:, :, None, None] * steps[:, None]
    rise = _sample(grey, tried + out[:, :, None, None] * 0.5) - _sample(grey, tried - out[:, :, None, None] * 0.5)
    weight = np.where(np.abs(steps) <= reach[..., None, None], np.maximum(rise, 0) ** 2, 0)
    total = weight.sum(-1)
    points = points + out[:, :, None] * ((weight * steps).sum(-1) / np.maximum(total, 1e-9))[..., None]
    return _corners(points, np.sqrt(total), quads)


def _corners(points: Array, weight: Array, quads: Array) -> Array:
    """Robust lines through the points (N, 4, P, 2) of each edge, and where each meets the one before it."""
    now = weight + 1e-6
    for _ in range(2):
        middle = (points * now[..., None]).sum(2) / now.sum(2)[..., None]
        off = points - middle[:, :, None]
        _, axes = np.linalg.eigh(np.einsum("qesi,qesj,qes->qeij", off, off, now))
        normal = axes[..., 0]
        rest = np.abs(np.einsum("qesi,qei->qes", off, normal))
        usual = np.median(rest, -1, keepdims=True) + 0.05
        now = weight / (1 + (rest / (2 * usual)) ** 2) + 1e-6
    far = (normal * middle).sum(-1)
    both = np.stack([np.roll(normal, 1, 1), normal], -2)
    meets = np.abs(np.linalg.det(both)) > 0.05
    right = np.stack([np.roll(far, 1, 1), far], -1)[..., None]
    found = np.linalg.solve(np.where(meets[..., None, None], both, np.eye(2)), right)[..., 0]
    return np.asarray(np.where(meets[..., None], found, quads), np.float64)


def _sample(grey: ByteArray, at: Array) -> Array:
    """Brightness at points (..., 2), between pixels."""
    flat = (at.reshape(-1, 1, 2) - 0.5).astype(np.float32)
    rows = max(1, -(-len(flat) // 16384))  # OpenCV takes maps of at most 32767 rows
    pad = -len(flat) % rows
    grid = np.pad(flat[:, 0], ((0, pad), (0, 0)), mode="edge").reshape(rows, -1, 2)
    values = cv2.remap(grey, grid[..., 0], grid[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(values.reshape(-1)[: len(flat)].reshape(at.shape[:-1]), np.float64)


def inside(grey: ByteArray, quads: Array) -> tuple[ByteArray, Array, Array]:
    """What is printed in quads: (cells (N, 6, 6) uint8, 1 = white; border (N,) share of the border's cells that are
    black; contrast (N,) levels between black and white).

    What counts as white changes across a quad as the black of its border does, and the white round it where that is
    seen (AprilTag 2's model: J. Wang and E. Olson, IROS 2016).
    """
    side = CELLS + 2
    spread = 0.2 + 0.6 * (np.arange(_TAPS) + 0.5) / _TAPS
    u = (np.arange(-1, side + 1)[:, None] + spread).reshape(-1) / side
    grid = np.stack(np.meshgrid(u, u), -1).reshape(-1, 2)
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)
    at = np.stack([planar.through(planar.homography(unit, q), grid) for q in quads])
    seen = _sample(grey, at).reshape(len(quads), side + 2, _TAPS, side + 2, _TAPS).mean((2, 4))
    place = np.mgrid[0 : side + 2, 0 : side + 2]
    rim = np.minimum(place, side + 1 - place).min(0)
    slope = np.stack([np.ones(rim.shape), *(place / (side + 1) - 0.5)], -1)
    black = _spread(seen, rim == 1, slope)
    white = _spread(seen, rim == 0, slope)
    light = np.percentile(seen[:, 2:-2, 2:-2].reshape(len(quads), -1), 90, axis=1)[:, None, None]
    middle = (black + np.minimum(white, np.maximum(light, black + 1))) / 2
    bits = seen > middle
    border = 1 - bits[:, rim == 1].mean(1)
    contrast = light[:, 0, 0] - seen[:, rim == 1].mean(1)
    return np.asarray(bits[:, 2:-2, 2:-2], np.uint8), border, contrast


def _spread(seen: Array, where: NDArray[np.bool_], slope: Array) -> Array:
    """The plane of brightness through some of the cells, at all of them."""
    fit = seen[:, where] @ np.linalg.pinv(slope[where]).T
    return np.asarray(np.einsum("yxi,qi->qyx", slope, fit), np.float64)
