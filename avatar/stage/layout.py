"""Who stands where: the companion beside the person, at a plausible depth, never over the face.

The rules, in the order of their weight: the face stays free; the companion's head is whole in the picture; it stands
beside the person, a little behind, on the side with more room, eye to eye; and it stands still while that holds.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..linalg import affine
from ..linalg.signals import Damped
from ..types import ByteArray, FloatArray, Observation
from .build import Build
from .camera import Box, Camera
from .person import FADE, HOLD, floor_under, looked_at, person_in
from .placement import Placement, box_round
from .room import room_beside

BEHIND: Final = 0.15  # metres behind the person's face
BESIDE: Final = 0.52  # metres from the person's middle to the companion's
LOWER: Final = 0.04  # metres the companion's eyes are below the person's
TURN: Final = math.radians(22.0)  # towards the person, from facing the camera
_DEFAULT: Final = (0.0, 0.05, -1.5)  # where a person would have their eyes, when there is nobody, stage frame
_MARGIN: Final = 0.015  # of the picture's height, between the companion's head and the picture's edge
_SWAY: Final = 0.02  # metres the head moves by itself
_FARTHEST: Final = 6.0  # metres
_STILL: Final = np.array([0.015, 0.015, 0.03], np.float32)  # the person may move this much unfollowed, metres
_FOLLOW: Final = np.array([3.0, 2.0, 2.0], np.float32)  # how fast the rest is followed, radians a second
_ROOM_SECONDS: Final = 1.5
_BETTER, _SWITCH_SECONDS = 0.22, 2.5  # of the picture's width, and for how long, before the side is changed
_FADE_SECONDS: Final = 0.35
_YOUNG_SECONDS: Final = 0.5  # nobody has got used to its place yet: it may be put right at once
_JUMP: Final = 0.12  # metres in one step that must not be seen
_SHORTEST, _TALLEST = 1.25, 2.1  # companions outside are scaled to it, metres


def life_size(build: Build) -> float:
    """The scale at which a companion is as tall as a person may be; 1 for one that is."""
    return min(max(build.height, _SHORTEST), _TALLEST) / build.height


class Layout:
    """The state of one companion's standing. Give every picture's observation to ``step``, in order."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self.scale = life_size(build)
        self.side = 0
        self._corners = build.corners() * np.float32(self.scale)
        self._eyes = np.array(_DEFAULT, np.float32)
        self._face: Box | None = None
        self._anchor = self._eyes.copy()
        self._place = Damped(3)  # x and z of the companion's middle, and the height of its eyes; stage frame
        self._room: FloatArray | None = None
        self._floor: float | None = None
        self._opacity = 1.0
        self._leaving = 0  # the side it is fading out to go to, or 0
        self._better_for = 0.0
        self._age = math.inf
        self._matte_seen = False
        self._life = 0.0

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Placement:
        """The placement ``dt`` seconds after the last one, for what is known of the person now (None = nothing)."""
        person = person_in(observation, camera) if observation is not None else None
        matte = observation.matte if observation is not None else None
        # What is known for the first time may change everything; later things only change slowly.
        news = (person is not None and self._age == math.inf) or (matte is not None and not self._matte_seen)
        self._matte_seen = self._matte_seen or matte is not None
        if person is not None:
            if self._age == math.inf:
                self._anchor = person[0].copy()
            self._eyes, self._face = person
            self._age = 0.0
        else:
            self._age += dt
            if self._age > HOLD + FADE:
                self._face = None
        drift = self._eyes - self._anchor
        self._anchor += drift - np.clip(drift, -_STILL, _STILL)
        room = self._see_room(matte, camera, dt, news)
        self._see_floor(observation, camera, dt)
        young = self._life < _YOUNG_SECONDS
        if self.side == 0 or (news and young):
            self.side = self._first_side(room)
        if not self._leaving:
            self._choose_side(room, camera, dt)
        self._move(self._target(room, camera, self._leaving or self.side), news, young, dt)
        self._keep_free(room, camera, young)
        self._life += dt
        return self._placement(camera)

    def _move(self, target: FloatArray, news: bool, young: bool, dt: float) -> None:
        far = float(np.abs(target - self._place.value).max()) > _JUMP
        if self._life == 0.0 or (news and (young or far)):
            self._settle(target)
            self._opacity = self._opacity if young else 0.0
        elif self._leaving:
            self._opacity -= dt / _FADE_SECONDS
            if self._opacity <= 0:
                self.side, self._opacity, self._leaving = self._leaving, 0.0, 0
                self._settle(target)
        else:
            self._place.step(target, _FOLLOW, dt)
            self._opacity = min(1.0, self._opacity + dt / _FADE_SECONDS)

    def _see_room(self, matte: ByteArray | None, camera: Camera, dt: float, fresh: bool) -> FloatArray:
        view = camera.visible
        margin = _MARGIN * (view[3] - view[1])
        view = (view[0] + margin, view[1] + margin, view[2] - margin, view[3] - margin)
        if self._face is not None:
            seen = room_beside(self._face, camera.size, view, matte)
        elif self._room is not None:
            seen = self._room
        else:
            middle = camera.project(self._eyes)
            seen = np.array([[middle[0], view[0]], [middle[0], view[2]]], np.float32)
        if self._room is None or fresh:
            self._room = seen
        else:
            self._room = self._room + (seen - self._room) * np.float32(1 - math.exp(-dt / _ROOM_SECONDS))
        return self._room

    def _see_floor(self, observation: Observation | None, camera: Camera, dt: float) -> None:
        body = observation.body if observation is not None else None
        floor = floor_under(body, self._eyes, camera) if body is not None else None
        if floor is not None:
            self._floor = floor if self._floor is None else self._floor + (floor - self._floor) * min(1.0, dt)

    def _first_side(self, room: FloatArray) -> int:
        return 1 if _width(room, 1) >= _width(room, -1) else -1

    def _choose_side(self, room: FloatArray, camera: Camera, dt: float) -> None:
        """Change sides only when the other has been much better for a while, or this one is too narrow to stand in."""
        view = camera.visible
        gain = (_width(room, -self.side) - _width(room, self.side)) / (view[2] - view[0])
        pressed = self._depth(room, camera, self.side) > 2.2 * (-float(self._anchor[2]) + BEHIND)
        better = gain > _BETTER or (pressed and gain > 0)
        self._better_for = self._better_for + dt * (2 if pressed else 1) if better else 0.0
        if self._better_for > _SWITCH_SECONDS:
            self._leaving, self._better_for = -self.side, 0.0

    def _depth(self, room: FloatArray, camera: Camera, side: int) -> float:
        """Metres from the lens: as near to the person's as head and shoulders fit into the room."""
        return max(-float(self._anchor[2]) + BEHIND, self._least_depth(room, camera, side))

    def _least_depth(self, room: FloatArray, camera: Camera, side: int) -> float:
        begin, end = self._offsets(room, camera, side)
        wide = camera.focal * (self._inner + self._outer) + self._deep * (abs(begin) + abs(end))
        return min(wide / max(end - begin, 1.0), _FARTHEST)

    @staticmethod
    def _offsets(room: FloatArray, camera: Camera, side: int) -> tuple[float, float]:
        """Where the room begins and ends, pixels from the frame's middle towards ``side``."""
        begin, end = room[(side + 1) // 2]
        middle = camera.size[0] / 2
        return side * (float(begin) - middle), side * (float(end) - middle)

    @property
    def _deep(self) -> float:
        """Metres the head reaches before and behind its middle: what is nearer is drawn farther from the middle."""
        half, _, _, back, front = self.build.head
        return self.scale * max(half, -back, front)

    @property
    def _inner(self) -> float:
        """Metres from its middle to its edge on the person's side: head or shoulders."""
        half, _, _, back, front = self.build.head
        turned = half * math.cos(TURN) + max(-back, front) * math.sin(TURN)
        return self.scale * max(turned, self.build.shoulders[0] * math.cos(TURN)) + _SWAY

    @property
    def _outer(self) -> float:
        """The same on the other side: the head alone, since shoulders may leave the picture."""
        half, _, _, back, front = self.build.head
        return self.scale * (half * math.cos(TURN) + max(-back, front) * math.sin(TURN)) + _SWAY

    def _target(self, room: FloatArray, camera: Camera, side: int) -> FloatArray:
        """(3,): where it should stand: x of its middle, height of its eyes, z; stage frame."""
        depth = self._depth(room, camera, side)
        x = side * self._across(self._wish(camera, side, depth), room, camera, side, depth)
        level = float(self._anchor[1]) - LOWER
        if self._floor is not None:
            level = self._floor + self.build.eyes[0] * self.scale
        return np.array([x, self._height(level, camera, depth), -depth], np.float32)

    def _wish(self, camera: Camera, side: int, depth: float) -> float:
        """Where its middle would best be, metres towards ``side``."""
        return side * float(self._anchor[0]) + BESIDE

    def _across(self, wish: float, room: FloatArray, camera: Camera, side: int, depth: float) -> float:
        """``wish`` (metres towards its side) moved into the room at ``depth``; the face weighs more than the edge."""
        begin, end = self._offsets(room, camera, side)
        low = begin * (depth + math.copysign(self._deep, begin)) / camera.focal + self._inner
        high = end * (depth - math.copysign(self._deep, end)) / camera.focal - self._outer
        return max(min(wish, high), low)

    def _height(self, y: float, camera: Camera, depth: float) -> float:
        """The height of its eyes moved so that hair and chin are in the picture."""
        _, top, _, bottom = camera.visible
        metres = (depth - self._deep) / camera.focal
        half = (0.5 - _MARGIN) * (bottom - top) * metres
        above = (self.build.head[2] - self.build.eyes[0]) * self.scale + _SWAY
        below = (self.build.eyes[0] - self.build.head[1]) * self.scale + _SWAY
        return min(max(y, below - half), half - above)

    def _settle(self, target: FloatArray) -> None:
        self._place.value[:] = target
        self._place.speed[:] = 0

    def _keep_free(self, room: FloatArray, camera: Camera, young: bool) -> None:
        """Whatever the smoothing did: not over the face as it is now, and the head in the picture."""
        side = self.side
        x, y, z = (float(v) for v in self._place.value)
        now = room
        if self._face is not None:
            now = room.copy()
            now[0, 0], now[1, 0] = self._face[0], self._face[2]
        depth = max(-z, self._least_depth(now, camera, side))
        fixed = np.array(
            [side * self._across(side * x, now, camera, side, depth), self._height(y, camera, depth), -depth],
            np.float32,
        )
        moved = np.abs(fixed - self._place.value)
        if moved.max() > _JUMP and not young:
            self._opacity = 0.0
        self._place.speed[moved > 1e-6] = 0
        self._place.value[:] = fixed

    def _placement(self, camera: Camera) -> Placement:
        x, eyes, z = (float(v) for v in self._place.value)
        yaw = math.atan2(-x, -z) - self.side * TURN
        turn = np.array([0, math.sin(yaw / 2), 0, math.cos(yaw / 2)], np.float32)
        feet = np.array([x, eyes - self.build.eyes[0] * self.scale, z], np.float32)
        matrix = affine.compose(feet, turn, np.full(3, self.scale, np.float32))
        rigid = affine.compose(feet, turn)
        look = looked_at(self._eyes, self._age)
        own = affine.apply(affine.invert_rigid(rigid), look) / np.float32(self.scale)
        marks = camera.project(affine.apply(rigid, self._corners))
        return Placement(
            matrix,
            feet,
            max(0.0, self._opacity),
            look.copy(),
            own.astype(np.float32),
            self.side,
            box_round(marks[:8]),
            box_round(marks),
            self._age,
        )


def _width(room: FloatArray, side: int) -> float:
    begin, end = room[(side + 1) // 2]
    return side * float(end - begin)
