"""On a table or a floor where printed tags lie: the companion stands on their plane, upright from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray, Mark, Observation
from .anchors import Spot
from .camera import Camera
from .marks import MarkPlane, Name, find_plane, slopes_of
from .steady import SteadyPlane

Array = NDArray[np.float64]

ON_TABLE: Final = 0.30
"""Metres tall on a table; on a floor the companion is as tall as it is."""
FLOOR_TAGS: Final = range(20, 40)
"""AprilTags of these numbers lie on a floor, and are twice as large as the others."""
FLOOR_TIMES: Final = 2.0

_CARRIED_S: Final = 3.0  # seconds without sight of a mark after which it counts for nothing
_SMALL: Final = (8.0, 16.0)  # pixels of a mark's side: too small to rely on, large enough
_ERROR: Final = (1.5, 4.0)  # pixels that the fit is off: good, worthless
_ANEW_S: Final = 1.0  # seconds for which only unknown marks are seen before they become the plane
_TURN_STILL: Final = 0.7  # radians that the camera may go round before the companion turns after it
_TURN_RATE: Final = 1.8  # radians a second, at most
_GONE_S: Final = 0.25


def floor_sizes(size: float) -> dict[Name, float]:
    """Metres of the floor's tags where a table's are ``size``."""
    return {("april", number): FLOOR_TIMES * size for number in FLOOR_TAGS}


class TagAnchor:
    """given : where marks lie on the plane, see ``MarkPlane``. It stands in the middle of the mark that was there
    first, the lowest number of several, and keeps that place while any known mark is seen."""

    def __init__(self, given: Mapping[Name, tuple[float, float, float]] | None = None) -> None:
        self._plane = MarkPlane(given or {})
        self._steady = SteadyPlane()
        self._floor = any(_on_floor(name) for name in (given or {}))
        self._t = -math.inf
        self._frame: FloatArray | None = None
        self._sure = 0.0
        self._heading: float | None = None
        self._unknown_since: float | None = None
        self._lost = 0.0
        self._number = 0

    @property
    def known(self) -> frozenset[Name]:
        """The marks by which it finds its plane."""
        return self._plane.known

    @property
    def plane(self) -> Array | None:
        """(4, 4) the print's own frame, x right, y up on it, to the stage; None while none is seen."""
        return self._steady.matrix

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot on the marks' plane; None while none was ever seen."""
        if observation is not None and observation.t > self._t:
            self._t = observation.t
            found = self._see(observation, camera)
            self._sure = found or 0.0
        self._lost = 0.0 if self._sure > 0 else self._lost + dt
        if self._lost > _GONE_S:
            self._steady.forget()
        if self._steady.matrix is not None:
            self._frame = self._standing(self._steady.matrix, dt)
        if self._frame is None:
            return None
        height = None if self._floor else ON_TABLE
        return Spot(self._frame, self._sure, height, self._number, before_person=None)

    def _see(self, seen: Observation, camera: Camera) -> float | None:
        """Take in what is seen; how sure the plane is now, None where it is not seen."""
        marks = seen.marks
        plane, pixels = self._plane.points(marks)
        if not len(plane):
            if not marks:
                self._unknown_since = None
                return None
            if self._unknown_since is None:
                self._unknown_since = seen.t
            if self._plane.known and seen.t - self._unknown_since < _ANEW_S:
                return None
            self._begin(marks)
            plane, pixels = self._plane.points(marks)
        self._unknown_since = None
        found = find_plane(plane, pixels, camera, self._steady.matrix)
        if found is None:
            return None
        matrix, error = found
        slopes = slopes_of(pixels, camera)
        steady = self._steady.step(matrix, plane, slopes, camera.focal)
        if seen.marks_t == seen.t:
            self._plane.learn(marks, steady, camera)
        side = float(np.sqrt(_area(pixels)))
        sure = _ramp(side, *_SMALL) * (1 - _ramp(error, *_ERROR))
        return sure * max(0.0, 1 - max(seen.t - seen.marks_t, 0.0) / _CARRIED_S)

    def _begin(self, marks: tuple[Mark, ...]) -> None:
        # A floor's and a table's marks lie on two planes: the table's come first.
        first = min(marks, key=lambda m: (_on_floor((m.family, m.id)), m.family, m.id))
        self._plane.begin(first)
        self._floor = _on_floor((first.family, first.id))
        self._steady.forget()
        self._heading, self._number = None, self._number + 1

    def _standing(self, matrix: Array, dt: float) -> FloatArray:
        """The frame under the feet: upright from the plane, turned to the camera by no more than need be."""
        turn = matrix[:3, :3]
        eye = -turn.T @ matrix[:3, 3]
        if math.hypot(eye[0], eye[1]) > 0.05 * abs(eye[2]) or self._heading is None:
            goal = math.atan2(eye[1], eye[0])
            if self._heading is None:
                self._heading = goal
            off = (goal - self._heading + math.pi) % (2 * math.pi) - math.pi
            over = off - min(max(off, -_TURN_STILL), _TURN_STILL)
            self._heading += min(max(over, -_TURN_RATE * dt), _TURN_RATE * dt)
        ahead = turn[:, 0] * math.cos(self._heading) + turn[:, 1] * math.sin(self._heading)
        up = turn[:, 2]
        frame = np.eye(4, dtype=np.float32)
        frame[:3, 0], frame[:3, 1], frame[:3, 2] = np.cross(up, ahead), up, ahead
        frame[:3, 3] = matrix[:3, 3]
        return frame


def _on_floor(name: Name) -> bool:
    return name[0] == "april" and name[1] in FLOOR_TAGS


def _ramp(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _area(pixels: Array) -> float:
    """Of the box round pixels (N, 2)."""
    return float(np.prod(np.ptp(pixels, axis=0)))
