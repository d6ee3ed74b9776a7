"""A camera's own numbers, measured: from pictures of a board, or from a face at a known distance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ..types import FloatArray, Mark
from .depth import IRIS, iris_pixels

FEWEST_VIEWS: Final = 5
MOST_VIEWS: Final = 60
_NEW: Final = 0.035  # of the picture's width that a board must have moved to be another view
_WILD: Final = 3.0  # times the usual error, of a view that is left out
_SURE: Final = math.radians(1.0)
"""Standard error of the field of view above which the views do not tell it."""
_PLAUSIBLE: Final = (math.radians(10), math.radians(150))


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """size : (width, height) of the pictures; fov_y : vertical field of view, radians; focal : (x, y) pixels; centre :
    (x, y) pixels, origin at the picture's corner; distortion : k1, k2 of Brown's model; error : what is left, pixels,
    or for a face a part of the focal length; views : pictures it was made from; by : ``board`` or ``distance``."""

    size: tuple[int, int]
    fov_y: float
    focal: tuple[float, float]
    centre: tuple[float, float]
    distortion: tuple[float, float]
    error: float
    views: int
    by: str


def different(marks: Sequence[Mark], size: tuple[int, int]) -> list[Mark]:
    """The boards that show something new: moved since the last one that did; at most MOST_VIEWS, spread over all."""
    kept: list[Mark] = []
    for mark in marks:
        if not kept or _moved(kept[-1], mark) > _NEW * size[0]:
            kept.append(mark)
    if len(kept) > MOST_VIEWS:
        kept = [kept[k] for k in np.linspace(0, len(kept) - 1, MOST_VIEWS).round().astype(int)]
    return kept


def _moved(a: Mark, b: Mark) -> float:
    """Pixels that the corners seen in both have moved, or inf."""
    known = {(round(float(x), 5), round(float(y), 5)): k for k, (x, y) in enumerate(a.plane)}
    pairs = [
        (known[key], k)
        for k, p in enumerate(b.plane)
        if (key := (round(float(p[0]), 5), round(float(p[1]), 5))) in known
    ]
    if len(pairs) < 4:
        return math.inf
    first, second = np.array(pairs).T
    return float(np.linalg.norm(a.pixels[first] - b.pixels[second], axis=1).mean())


def from_board(marks: Sequence[Mark], size: tuple[int, int]) -> Intrinsics:
    """The camera by which a board is seen as in ``marks``, one for each view; size : (width, height) of the pictures.

    Z. Zhang, "A flexible new technique for camera calibration", PAMI 2000, as OpenCV has it, with two terms of radial
    distortion; views that fit much worse than the others are left out. ValueError, in words for a person, where the
    views are too few or too alike to tell.
    """
    marks = [m for m in marks if len(m.pixels) >= 6]
    if len(marks) < FEWEST_VIEWS:
        raise ValueError(f"the board was seen in {len(marks)} different views; {FEWEST_VIEWS} are needed, 15 are good")
    found = _solved(marks, size)
    errors = found[1]
    good = [m for m, e in zip(marks, errors, strict=True) if e <= _WILD * float(np.median(errors)) + 0.05]
    if FEWEST_VIEWS <= len(good) < len(marks):
        marks, found = good, _solved(good, size)
    matrix, errors, sigma, distortion = found
    focal = float(matrix[1, 1])
    fov_y = 2 * math.atan(size[1] / 2 / focal)
    unsure = 2 * float(sigma[1]) / focal * math.sin(fov_y / 2) * math.cos(fov_y / 2)
    if not _PLAUSIBLE[0] < fov_y < _PLAUSIBLE[1] or unsure > _SURE:
        raise ValueError("the views are too alike to tell the field of view: tilt the board more, to all sides")
    return Intrinsics(
        size,
        fov_y,
        (float(matrix[0, 0]), focal),
        (float(matrix[0, 2]), float(matrix[1, 2])),
        (float(distortion[0]), float(distortion[1])),
        float(np.sqrt((errors**2).mean())),
        len(marks),
        "board",
    )


def _solved(marks: Sequence[Mark], size: tuple[int, int]) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """(camera matrix, error of each view, standard errors of the numbers, distortion)."""
    objects = [np.column_stack([m.plane * (1, -1), np.zeros(len(m.plane))]).astype(np.float32) for m in marks]
    pixels = [m.pixels.astype(np.float32).reshape(-1, 1, 2) for m in marks]
    flags = cv2.CALIB_ZERO_TANGENT_DIST | cv2.CALIB_FIX_K3
    _, matrix, distortion, _, _, sigma, _, errors = cv2.calibrateCameraExtended(
        objects, pixels, size, None, None, flags=flags
    )
    return matrix, np.ravel(errors), np.ravel(sigma), np.ravel(distortion)


def from_face(faces: Sequence[FloatArray], distance: float, size: tuple[int, int]) -> Intrinsics:
    """The camera from faces that were seen ``distance`` metres away, looking into the lens: by the width of the iris.

    faces : (478, 3) points, pixels, of each picture; size : (width, height) of the pictures. The middle of all that
    they say; good to about 5 % in the field of view, since irises differ. ValueError, in words, where none can be told.
    """
    wide = np.array([w for w in map(iris_pixels, faces) if w is not None])
    if not len(wide):
        raise ValueError(
            "no eyes were seen large enough to measure: come nearer, into the light, and look at the camera"
        )
    each = wide * distance / IRIS
    focal = float(np.median(each))
    fov_y = 2 * math.atan(size[1] / 2 / focal)
    if not _PLAUSIBLE[0] < fov_y < _PLAUSIBLE[1]:
        raise ValueError(
            f"a face at {distance:g} m would mean a field of view of {math.degrees(fov_y):.0f} degrees: measure again"
        )
    spread = float(np.median(np.abs(each - focal))) / focal
    middle = (size[0] / 2, size[1] / 2)
    return Intrinsics(size, fov_y, (focal, focal), middle, (0.0, 0.0), spread, len(wide), "distance")
