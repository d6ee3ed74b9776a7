"""Detections into our words: pixels of the whole frame, metres of the stage frame, the person's own left and right.

Detectors speak in parts of the picture they were shown (x, y in 0–1). That picture is a ``region`` (x0, y0, x1, y1 in
pixels) of the frame, often all of it.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np

from ..linalg.camera import focal_pixels
from ..types import Body, Face, FloatArray, Hand
from .face_pose import FaceModel

Region: TypeAlias = tuple[int, int, int, int]

_TO_STAGE: Final = np.array([1, -1, -1], np.float32)  # MediaPipe's world: y downwards, z away from the camera
_NOSE, _LEFT_SHOULDER, _RIGHT_SHOULDER = 0, 11, 12
_CROP_HALF_WIDTH: Final = 0.9  # of the shoulders' width
_SEEN: Final = 0.5


def pixels(points: FloatArray, region: Region) -> FloatArray:
    """Landmarks (N, 3) in parts of the region (z in parts of its width) to pixels of the frame, (N, 3)."""
    x0, y0, x1, y1 = region
    width, height = x1 - x0, y1 - y0
    return (points * np.array([width, height, width], np.float32) + np.array([x0, y0, 0], np.float32)).astype(
        np.float32
    )


def face(
    points: FloatArray, blendshapes: FloatArray, model: FaceModel, region: Region, size: tuple[int, int], fov_y: float
) -> Face | None:
    """points : (478, 3) in parts of the region; blendshapes : (52,); size : (width, height) of the frame; fov_y : the
    camera's own, radians. None where ``model`` does not fit the points."""
    inside = pixels(points, region)
    matrix = model.matrix(inside, size, focal_pixels(fov_y, size[1]))
    if matrix is None:
        return None
    return Face(inside, blendshapes, matrix, np.concatenate([inside[:, :2].min(0), inside[:, :2].max(0)]))


def hand(
    points: FloatArray,
    world: FloatArray,
    label: str,
    score: float,
    size: tuple[int, int],
    region: Region | None = None,
) -> Hand:
    """points : (21, 3) in parts of the region (None = the whole picture of ``size``); world : (21, 3) metres; label :
    MediaPipe's ``Left`` or ``Right``, which for a picture that is not mirrored is the person's own side (measured
    against the body's wrists)."""
    return Hand(label.lower(), pixels(points, region or (0, 0, *size)), world * _TO_STAGE, score)


def body(
    points: FloatArray, world: FloatArray, visibility: FloatArray, size: tuple[int, int], region: Region | None = None
) -> Body:
    """points : (33, 3) in parts of the region (None = the whole picture of ``size``); world : (33, 3) metres;
    visibility : (33,) in 0–1."""
    return Body(pixels(points, region or (0, 0, *size)), world * _TO_STAGE, visibility)


def face_crop(person: Body, size: tuple[int, int]) -> Region | None:
    """Where to look closely for a face too small to be found in the whole frame: a square about the pose's nose.

    None when nose or shoulders are not seen, or when the square would be nearly the whole frame anyway.
    """
    joints = [_NOSE, _LEFT_SHOULDER, _RIGHT_SHOULDER]
    if person.visibility[joints].min() < _SEEN:
        return None
    shoulders = person.points[[_LEFT_SHOULDER, _RIGHT_SHOULDER], :2]
    nose = person.points[_NOSE, :2]
    # A person seen from the side has narrow shoulders; the way from nose to shoulders then says how big they are.
    width = max(float(np.linalg.norm(shoulders[0] - shoulders[1])), float(np.linalg.norm(nose - shoulders.mean(0))))
    return square(nose, _CROP_HALF_WIDTH * width, size)


def square(middle: FloatArray, half: float, size: tuple[int, int]) -> Region | None:
    """The square about ``middle`` (2,), pushed inside the frame; None when over 0.8 of the frame's smaller side."""
    side = round(2 * max(half, 24.0))
    if side > 0.8 * min(size):
        return None
    x = int(np.clip(round(float(middle[0]) - side / 2), 0, size[0] - side))
    y = int(np.clip(round(float(middle[1]) - side / 2), 0, size[1] - side))
    return x, y, x + side, y + side
