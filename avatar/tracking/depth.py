"""How far away the person is, in metres, from what is known of everybody's size.

The coloured part of the eye is 11.7 mm wide in every adult and nearly so in children (11.7 ± 0.5 mm horizontally:
F. Rüfer, A. Schröder and C. Erb, Cornea 24, 2005), a head and shoulders are less alike. Each says a distance for the
camera's own field of view; a small iris says it badly, so all count by how sure they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..types import EYES_OF_FACE, Body, Face, FloatArray, Observation

IRIS: Final = 0.0117
"""Metres across."""

_IRISES: Final = (((469, 471), (470, 472)), ((474, 476), (475, 477)))  # right, left; across, up and down
_SHOULDERS: Final = [11, 12]
_SEEN: Final = 0.6
_IRIS_ALIKE, _IRIS_PIXELS = 0.045, 0.6  # of its size; pixels that its edge is off
_FACE_ALIKE: Final = 0.10
_SHOULDERS_ALIKE: Final = 0.15
_SMALLEST: Final = 3.0  # pixels of an iris, of a thirtieth of the shoulders
_AVERAGED_S: Final = 3.0
_BELIEVED: Final = 1.3  # times nearer or farther than the face says

Cue = tuple[float, float]
"""metres, and how sure: the standard error as a part of them."""


def iris_pixels(points: FloatArray) -> float | None:
    """How wide a face's irises are, pixels, from its (478, 3) points: the mean of both, each the wider of its two
    diameters, since lids cover and turning narrows. None where there are none to speak of."""
    wide = [max(_between(points, *pair) for pair in pairs) for pairs in _IRISES]
    mean = (wide[0] + wide[1]) / 2
    return mean if min(wide) > 1.0 and max(wide) < 1.6 * min(wide) and mean >= _SMALLEST else None


def _between(points: FloatArray, a: int, b: int) -> float:
    return math.hypot(float(points[a, 0] - points[b, 0]), float(points[a, 1] - points[b, 1]))


def from_iris(face: Face, focal: float) -> Cue | None:
    """The distance along the line of sight's axis that the irises say. focal : pixels."""
    wide = iris_pixels(face.points)
    if wide is None:
        return None
    return focal * IRIS / wide, math.hypot(_IRIS_ALIKE, _IRIS_PIXELS / wide)


def from_shoulders(body: Body, focal: float) -> Cue | None:
    """The distance that makes the shoulders, whose metres the body tells, as wide as they are in the picture."""
    if body.visibility[_SHOULDERS].min() < _SEEN:
        return None
    a, b = _SHOULDERS
    metres = float(np.linalg.norm(body.world[a, :2] - body.world[b, :2]))
    wide = float(np.linalg.norm(body.points[a, :2] - body.points[b, :2]))
    if metres < 0.15 or wide < 30 * _SMALLEST / 4:
        return None
    return focal * metres / wide, _SHOULDERS_ALIKE


def combined(cues: Sequence[Cue]) -> float | None:
    """One distance from several: the mean of their logarithms, each by how sure it is, and one that is far from the
    rest by less (Cauchy's weights, from the weighted median). None without any."""
    if not cues:
        return None
    logs = np.log([metres for metres, _ in cues])
    error = np.array([sure for _, sure in cues])
    weight = 1 / error**2
    order = np.argsort(logs)
    half = np.searchsorted(np.cumsum(weight[order]), weight.sum() / 2)
    middle = float(logs[order][min(int(half), len(logs) - 1)])
    for _ in range(5):
        now = weight / (1 + ((logs - middle) / (2 * error)) ** 2)
        middle = float((now * logs).sum() / now.sum())
    return math.exp(middle)


def person_depth(seen: Observation, focal: float) -> float | None:
    """Metres from the lens's plane to the person's eyes, from iris, face and shoulders; None where neither is seen.

    focal : of the camera's own field of view, pixels of the frame (``linalg.camera.focal_pixels``)."""
    return combined(_cues(seen, focal))


def _cues(seen: Observation, focal: float) -> list[Cue]:
    cues: list[Cue | None] = []
    if seen.face is not None:
        cues += [(-float(seen.face.eyes[2]), _FACE_ALIKE), from_iris(seen.face, focal)]
    if seen.body is not None:
        cues.append(from_shoulders(seen.body, focal))
    return [cue for cue in cues if cue is not None and 0.05 < cue[0] < 50]


class MetricFace:
    """Puts a tracked face at its own distance: MediaPipe's takes every head for one of average size. How much nearer or
    farther a person is than that is the same in every picture, so it is averaged over time."""

    def __init__(self) -> None:
        self._log = 0.0
        self._age = 0.0
        self._t = -math.inf

    def step(self, seen: Observation, focal: float) -> Observation:
        """The observation with its face moved along the line of sight to the eyes. Give every new one, in order."""
        face = seen.face
        if face is None:
            return seen
        far = person_depth(seen, focal)
        if far is not None and seen.t != self._t:
            dt = min(max(seen.t - self._t, 0.0), 0.2)
            self._t = seen.t
            now = math.log(min(max(far / -float(face.eyes[2]), 1 / _BELIEVED), _BELIEVED))
            # The mean of all so far, until there is enough for a moving one.
            self._age = min(self._age + max(dt, 1e-3), _AVERAGED_S)
            self._log += (now - self._log) * min(1.0, max(dt, 1e-3) / self._age)
        return replace(seen, face=moved(face, math.exp(self._log)))


def moved(face: Face, times: float) -> Face:
    """A face ``times`` as far away in the same direction, its turn kept."""
    matrix = face.matrix.copy()
    matrix[:3, 3] = face.eyes * np.float32(times) - matrix[:3, :3] @ EYES_OF_FACE
    return replace(face, matrix=matrix)
