"""Anchors that a person carries: a shoulder and an open palm, for a companion as small as a bird."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..linalg.signals import Damped
from ..types import Body, ByteArray, FloatArray, Hand, Observation
from .anchors import Spot, facing, upright
from .camera import Box, Camera
from .person import person_in
from .placement import Hold

ON_SHOULDER: Final = 0.26
ON_PALM: Final = 0.19
"""Metres tall."""

_SHOULDERS: Final = {"left": 11, "right": 12}  # MediaPipe's pose
_SEEN: Final = 0.55
_TO_NECK: Final = (0.14, -0.12)  # of the way from the shoulder's joint to the other one's: at most, at least
_FLESH: Final = (0.05, 0.12)  # metres from the joint up to what one could stand on; more for the whole of that way
_OUTLINE: Final = 0.08  # metres from the guess that a shoulder's outline is believed
_HALF: Final = 0.045  # metres from its middle to its edge and a little, which the face's box shall not reach
_UNDER_EYES, _FROM_MIDDLE = 0.23, 0.17  # metres, where no body but a face is seen
_SHOULDER_BEHIND: Final = 0.03  # metres the shoulders are behind the eyes
_BETTER: Final = 1.25  # times the room at the other shoulder before it is taken, at first
_OLD_S: Final = 0.6  # seconds after which hands or body that were not seen again count for nothing
_FOLLOW: Final = np.array([40.0, 40.0, 10.0], np.float32)  # radians a second; along the line of sight all is less sure
_WITH_HAND: Final = np.array([90.0, 90.0, 10.0], np.float32)  # the same on a palm, whose hand is made steady before
_WRIST, _INDEX, _MIDDLE, _LITTLE = 0, 5, 9, 17
_TIPS: Final = (8, 12, 16, 20)
_KNUCKLES: Final = (5, 9, 13, 17)
_STRAIGHT: Final = (1.45, 1.75)  # a finger's tip from the wrist, of its knuckle from there: bent, straight
_OPEN: Final = (0.15, 0.5)  # how much of the palm must look up or at the camera
_LEVEL: Final = (0.7, 0.55)  # how much a palm looks up, for a shadow to fall along it, and to fall there no more
_OVER: Final = 0.012  # metres of sole over the palm's bones
_AHEAD_S: Final = 0.12  # seconds that a hand's last movement is believed
_DAMPING: Final = 0.6


class Shoulder:
    """On a person's shoulder, beside the head; upright, facing the camera."""

    def __init__(self) -> None:
        self._side = ""
        self._place: Damped | None = None
        self._age = math.inf

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot on the shoulder that it chose when it first saw one: the one with more of the picture beside it."""
        found = self._find(observation, camera) if observation is not None else None
        self._age = 0.0 if found is not None else self._age + dt
        if found is not None:
            if self._place is None:
                self._place = Damped(3)
                self._place.value[:] = found[0]
            self._place.step(found[0], _FOLLOW, dt)
        if self._place is None:
            return None
        sure = found[1] if found is not None else max(0.0, 1 - self._age / _OLD_S) * 0.6
        feet = self._place.value
        return Spot(upright(feet, facing(feet)), sure, ON_SHOULDER, floor=False, before_person=True)

    def _find(self, seen: Observation, camera: Camera) -> tuple[FloatArray, float] | None:
        person = person_in(seen, camera)
        if person is None:
            return None
        eyes = person[0]
        depth = -float(eyes[2]) + _SHOULDER_BEHIND
        joints = self._joints(seen.body) if seen.body is not None and seen.t - seen.body_t < _OLD_S else None
        if joints is None:
            if not self._side:
                self._side = "left" if eyes[0] < 0 else "right"
            out = _FROM_MIDDLE if self._side == "left" else -_FROM_MIDDLE
            return np.array([eyes[0] + out, eyes[1] - _UNDER_EYES, -depth], np.float32), 0.6
        x0, _, x1, _ = camera.visible
        if not self._side:
            room = {"left": x1 - float(joints["left"][0]), "right": float(joints["right"][0]) - x0}
            self._side = "left" if room["left"] > room["right"] * _BETTER else "right"
        joint, other = joints[self._side], joints["right" if self._side == "left" else "left"]
        share = self._clear(joint, other, person[1], camera.focal * _HALF / depth)
        at = camera.unproject(joint + np.float32(share) * (other - joint), depth)
        at[1] += _FLESH[0] + _FLESH[1] * max(share, 0.0)
        if seen.matte is not None and seen.t - seen.matte_t < _OLD_S:
            at[1] += _onto(seen.matte, at, float(joint[1]), camera)
        inside = x0 < float(joint[0]) < x1
        return at, 1.0 if inside else 0.0

    def _clear(self, joint: FloatArray, other: FloatArray, face: Box, half: float) -> float:
        """How far in from the joint it may stand without covering the face."""
        way = float(other[0] - joint[0])
        edge = face[2] + half if self._side == "left" else face[0] - half
        most, least = _TO_NECK
        return min(max((edge - float(joint[0])) / way, least), most) if abs(way) > 1 else most

    @staticmethod
    def _joints(body: Body) -> dict[str, FloatArray] | None:
        if body.visibility[list(_SHOULDERS.values())].min() < _SEEN:
            return None
        return {side: body.points[k, :2] for side, k in _SHOULDERS.items()}


def _onto(matte: ByteArray, at: FloatArray, inside: float, camera: Camera) -> float:
    """Metres to go up from a guessed point (3,) of the stage to stand on the person's outline; 0 where it is not near.

    matte : (h, w) uint8, 255 = person; inside : a row of the frame that is in the body, pixels."""
    x, y = (float(v) for v in camera.project(at))
    rows, columns = matte.shape
    column = int(x / camera.size[0] * columns)
    if not 0 <= column < columns:
        return 0.0
    metre = camera.focal / -float(at[2])
    low = min(int((inside + _OUTLINE * metre) / camera.size[1] * rows), rows - 1)
    high = max(int((y - _OUTLINE * metre) / camera.size[1] * rows), 0)
    strip = matte[high : low + 1, column][::-1] > 127
    if not len(strip) or not strip[0] or strip.all():
        return 0.0
    row = low + 1 - int(np.argmin(strip))
    up = (y - row / rows * camera.size[1]) / metre
    return up if abs(up) < _OUTLINE else 0.0


def hand_depth(hand: Hand, camera: Camera) -> float | None:
    """Metres from the lens to the middle of a hand: where its metres are seen as its pixels (linear least squares for
    its place). None for a hand too small to say, or one that would be nowhere."""
    pixels = (hand.points[:, :2] - np.array(camera.size) / 2) / camera.focal
    metres = hand.world.astype(np.float64) * (1, -1, -1)
    n = len(pixels)
    if float(np.ptp(pixels, axis=0).max()) * camera.focal < 12:
        return None
    rows, right = np.zeros((2 * n, 3)), np.zeros(2 * n)
    for axis in (0, 1):
        part = slice(axis * n, (axis + 1) * n)
        rows[part, 0], rows[part, 1 + axis] = pixels[:, axis], -1
        right[part] = metres[:, axis] - pixels[:, axis] * metres[:, 2]
    depth = float(np.linalg.lstsq(rows, right, rcond=None)[0][0])
    return depth if 0.1 < depth < 6 else None


def openness(hand: Hand) -> float:
    """0–1: how straight the four fingers are."""
    world = hand.world - hand.world[_WRIST]
    tips = np.linalg.norm(world[list(_TIPS)], axis=1)
    knuckles = np.maximum(np.linalg.norm(world[list(_KNUCKLES)], axis=1), 1e-6)
    low, high = _STRAIGHT
    return float(np.clip((tips / knuckles - low) / (high - low), 0, 1).mean())


def palm_normal(hand: Hand) -> FloatArray:
    """(3,) unit, stage axes: out of the palm."""
    world = hand.world
    out = np.cross(world[_INDEX] - world[_WRIST], world[_LITTLE] - world[_WRIST])
    out = out if hand.side == "right" else -out
    return np.asarray(out / max(float(np.linalg.norm(out)), 1e-9), np.float32)


def _sighted(point: FloatArray) -> FloatArray:
    """(3,) a stage point as slopes of its line of sight and metres away: those are known well, this badly."""
    away = max(-float(point[2]), 1e-3)
    return np.array([point[0] / away, point[1] / away, away], np.float32)


class Palm:
    """On an open palm that looks up or at the camera; upright however the hand turns, facing the camera."""

    def __init__(self) -> None:
        self._place: Damped | None = None
        self._last: FloatArray | None = None
        self._speed = np.zeros(3, np.float32)
        self._seen_t = -math.inf
        self._side = ""
        self._sure = 0.0
        self._number = 0
        self._flat = False

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        """The spot on the palm; it keeps to one hand while that is open."""
        if observation is not None and observation.hands_t > self._seen_t:
            self._see(observation, camera)
        age = observation.t - self._seen_t if observation is not None else math.inf
        if self._last is None or self._place is None:
            return None
        goal = self._last + self._speed * np.float32(_DAMPING * min(max(age, 0.0), _AHEAD_S))
        self._place.step(_sighted(goal), _WITH_HAND, dt)
        sure = self._sure * (1.0 if age < _OLD_S / 2 else max(0.0, 2 - 2 * age / _OLD_S))
        across, up, away = self._place.value
        feet = np.array([across * away, up * away, -away], np.float32)
        hold = Hold(self._side, "stand")
        return Spot(
            upright(feet, facing(feet)), sure, ON_PALM, self._number, floor=self._flat, before_person=True, hold=hold
        )

    def _see(self, seen: Observation, camera: Camera) -> None:
        gap = seen.hands_t - self._seen_t
        self._seen_t = seen.hands_t
        best: tuple[float, Hand] | None = None
        for hand in seen.hands:
            sure = open_palm(hand)
            kept = sure * (1.5 if hand.side == self._side and self._sure > 0.3 else 1.0)
            if best is None or kept > best[0]:
                best = (kept, hand)
        feet = palm_feet(best[1], camera) if best is not None and best[0] > 0 else None
        if best is None or feet is None:
            self._sure = 0.0
            return
        hand = best[1]
        fresh = self._last is None or self._place is None or hand.side != self._side or self._sure <= 0 or gap > _OLD_S
        self._sure = open_palm(hand)
        self._flat = bool(palm_normal(hand)[1] > (_LEVEL[1] if self._flat else _LEVEL[0]))
        if fresh:
            self._place = Damped(3)
            self._place.value[:] = _sighted(feet)
            self._speed[:] = 0
            self._number += 1
        elif self._last is not None:
            self._speed = ((feet - self._last) / np.float32(max(gap, 1e-3))).astype(np.float32)
        self._last, self._side = feet, hand.side


def open_palm(hand: Hand) -> float:
    """0–1: how surely this is an open palm that one could stand on or before."""
    _, up, ahead = (float(v) for v in palm_normal(hand))
    low, high = _OPEN
    shown = min(max((max(up, 0.9 * ahead) - low) / (high - low), 0.0), 1.0)
    spread = min(max((openness(hand) - 0.4) / 0.4, 0.0), 1.0)
    return shown * spread


def palm_feet(hand: Hand, camera: Camera) -> FloatArray | None:
    """(3,) stage: where feet stand on a palm: in its middle when it lies flat, at its heel when it is held up."""
    depth = hand_depth(hand, camera)
    if depth is None:
        return None
    world, pixels = hand.world, hand.points[:, :2]
    shares = np.array([0.4, 0.2, 0.2, 0.2], np.float32)
    corners = [_WRIST, _INDEX, _MIDDLE, _LITTLE]
    normal = palm_normal(hand)
    raised = 1 - min(max(float(normal[1]), 0.0), 1.0)
    shares = shares * np.float32(1 - 0.35 * raised)
    shares[0] += np.float32(0.35 * raised)
    z = float((world[corners, 2] * shares).sum())
    at = camera.unproject(shares @ pixels[corners], depth - z)
    return (at + normal * np.float32(_OVER)).astype(np.float32)
