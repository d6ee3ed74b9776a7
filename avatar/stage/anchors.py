"""What a companion can stand on or by: an anchor says where, as a frame in the stage, and how sure that is.

Anchors are plain state and arithmetic: an observation in, a ``Spot`` out. ``standing`` fades and scales.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from ..linalg.signals import Damped
from ..types import FloatArray, Observation
from .build import Build
from .camera import Camera
from .person import floor_under, person_in
from .placement import Hold

TURN: Final = math.radians(18.0)
"""Towards the person, from facing the camera."""
_NEAREST, _FARTHEST = 0.4, 8.0  # metres
_HEADROOM: Final = 0.03  # of the picture's height, over the hair
_FOLLOW: Final = 2.5  # radians a second
_STEEPEST: Final = 0.04  # slope of a line of sight that still meets the floor somewhere near


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an anchor is.

    frame : (4, 4) float32 rigid, anchor to stage frame: origin under the feet, +Y up from what it stands on, +Z the way
    it faces; confidence : 0–1, 0 = it is not there; height : metres that the companion is to be tall, None = as
    tall as it is; place : another number means another place altogether, to which nothing may glide; floor : what it
    stands on goes on round its feet; before_person : the person's body is not in front of it, None = as the
    metres say; hold : the hand that it is on, in or with.
    """

    frame: FloatArray
    confidence: float
    height: float | None = None
    place: int = 0
    floor: bool = True
    before_person: bool | None = False
    hold: Hold | None = None


class Anchor(Protocol):
    """Something to stand on or by."""

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot for what is known now, ``dt`` seconds after the last call; None while it was never found."""
        ...


def upright(feet: FloatArray, yaw: float) -> FloatArray:
    """(4, 4) float32: a frame at ``feet`` (3,) whose +Y is the stage's, turned by ``yaw`` from facing +Z."""
    frame = np.eye(4, dtype=np.float32)
    c, s = math.cos(yaw), math.sin(yaw)
    frame[0, 0], frame[0, 2], frame[2, 0], frame[2, 2] = c, s, -s, c
    frame[:3, 3] = feet
    return frame


def facing(feet: FloatArray, eyes: FloatArray | None = None, turn: float = TURN) -> float:
    """The yaw of somebody at ``feet`` (3,) who faces the lens, or ``turn`` from it towards ``eyes`` (3,)."""
    yaw = math.atan2(-float(feet[0]), -float(feet[2]))
    if eyes is None:
        return yaw
    way = math.atan2(float(eyes[0] - feet[0]), float(eyes[2] - feet[2]))
    off = (way - yaw + math.pi) % (2 * math.pi) - math.pi
    return yaw + min(max(off, -turn), turn)


class PictureSpot:
    """A fixed spot in the picture, on which the feet stand.

    x, y : parts of the result's width and height from its top left, as the camera sees it (not mirrored). Where the
    floor is known, by the ankles of a person, the spot is on it; otherwise the companion stands as far away as lets all
    of it be seen above the spot.
    """

    def __init__(self, build: Build, x: float, y: float) -> None:
        self._height, self._at = build.height, (x, y)
        self._floor: float | None = None
        self._depth: Damped | None = None

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot:
        """The spot; it is always there."""
        person = person_in(observation, camera) if observation is not None else None
        eyes = person[0] if person is not None else None
        if observation is not None and observation.body is not None and eyes is not None:
            floor = floor_under(observation.body, eyes, camera)
            if floor is not None:
                self._floor = floor if self._floor is None else self._floor + (floor - self._floor) * min(1.0, dt)
        x0, y0, x1, y1 = camera.visible
        x, y = x0 + self._at[0] * (x1 - x0), y0 + self._at[1] * (y1 - y0)
        goal = np.array([self._away(y, camera)], np.float32)
        if self._depth is None:
            self._depth = Damped(1)
            self._depth.value[:] = goal
        depth = float(self._depth.step(goal, _FOLLOW, dt)[0])
        feet = camera.unproject(np.array([x, y], np.float32), depth)
        return Spot(upright(feet, facing(feet, eyes)), 1.0, before_person=None)

    def _away(self, y: float, camera: Camera) -> float:
        """Metres before the lens."""
        _, y0, _, y1 = camera.visible
        down = (y - camera.size[1] / 2) / camera.focal
        if self._floor is not None and down > _STEEPEST:
            return min(max(-self._floor / down, _NEAREST), _FARTHEST)
        room = max(y - y0 - _HEADROOM * (y1 - y0), 0.1 * (y1 - y0))
        return min(max(camera.focal * self._height / room, _NEAREST), _FARTHEST)
