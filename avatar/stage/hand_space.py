"""A hand in the room: its 21 points in metres of the stage, and the rounded limbs round them.

A limb is a capsule: two ends and a radius. Radii are those of an adult's hand whose middle finger ends ``_LENGTH`` from
the wrist (breadths of fingers and hand: J. W. Garrett, "The adult human hand: some anthropometric and biomechanical
considerations", Human Factors 13, 1971), and go with the hand's own length.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..types import Body, FloatArray, Hand, Limbs
from .anchors_person import hand_depth
from .camera import Camera

GROUPS: Final = 17
"""Parts of a hand that may lie before or behind a thing by themselves: the palm (0), the three segments of each finger
(1-15, thumb first), the forearm (16)."""
PALM, FOREARM = 0, 16
SIDES: Final = ("left", "right")

_LENGTH: Final = 0.185
_SIZES: Final = (0.85, 1.12)  # of an adult's hand: what is said beyond is not believed
_PALM_PAIRS: Final = ((0, 1), (0, 5), (0, 9), (0, 13), (0, 17), (1, 5), (5, 9), (9, 13), (13, 17))
_PALM_RADIUS: Final = 0.0125
_FINGERS: Final = (
    (0.0120, 0.0105, 0.0095),
    (0.0098, 0.0088, 0.0078),
    (0.0100, 0.0090, 0.0078),
    (0.0095, 0.0084, 0.0074),
    (0.0085, 0.0075, 0.0068),
)
_FOREARM: Final = 0.034
_WITHOUT_ELBOW: Final = 0.17  # metres of forearm that are taken for granted
_ELBOWS: Final = {"left": (13, 15), "right": (14, 16)}  # elbow, wrist
_SEEN: Final = 0.5
_OF_HAND: Final = 1.2  # palm lengths between the body's wrist and the hand's, at most
_NEAREST: Final = 0.08
_DEPTH_NOISE: Final = 0.06  # of a distance: what a hand's differs by from picture to picture although nothing moves
_SLOWEST: Final = 0.12
_MEDIAN: Final = 3  # looks: one in which a hand is quite another size does not count
_PALM_LONG, _PALM_WIDE = 0.094, 0.066  # metres from the wrist to the knuckles, from the first to the last of these
_NEARER, _FARTHER = 0.75, 1.25
"""Of the distance at which an adult's palm that faces the camera looks so large."""
_REACH, _BEHIND = 0.8, 0.3  # metres before and behind a person's face that their hands can be

_STARTS: Final = np.array([a for a, _ in _PALM_PAIRS] + [1 + 4 * f + j for f in range(5) for j in range(3)], np.intp)
_ENDS: Final = np.array([b for _, b in _PALM_PAIRS] + [2 + 4 * f + j for f in range(5) for j in range(3)], np.intp)
_RADII: Final = np.array([_PALM_RADIUS] * len(_PALM_PAIRS) + [r for finger in _FINGERS for r in finger], np.float32)
_GROUP: Final = np.array([PALM] * len(_PALM_PAIRS) + list(range(1, 16)), np.intp)


@dataclass(frozen=True, slots=True)
class SolidHand:
    """side : the person's own; depth : metres of its middle before the lens; points : (21, 3) stage frame; scale : of
    an adult's; ends : (K, 2, 3) stage frame, radii : (K,) metres, group : (K,) of its limbs; hand : what it is of."""

    side: str
    depth: float
    points: FloatArray
    scale: float
    ends: FloatArray
    radii: FloatArray
    group: np.ndarray
    hand: Hand

    def middle_of(self, group: int) -> FloatArray:
        """(3,) the middle of a group's limbs."""
        return np.asarray(self.ends[self.group == group].mean((0, 1)), np.float32)


class HandSpace:
    """Puts hands into the room, their distances made steady."""

    def __init__(self) -> None:
        self._logs: dict[str, float] = {}
        self._last: dict[str, deque[float]] = {}
        self._looked: dict[str, FloatArray] = {}

    def step(
        self, hands: Sequence[Hand], body: Body | None, camera: Camera, person: float | None = None
    ) -> tuple[SolidHand, ...]:
        """The hands in one picture; those too small to say where they are are left out. body : for the forearms;
        person : metres from the lens to the person, within whose reach their hands are."""
        found = []
        for hand in hands:
            last = self._last.setdefault(hand.side, deque(maxlen=_MEDIAN))
            if self._looked.get(hand.side) is not hand.world:
                # between two looks it is carried on, and says nothing new
                self._looked[hand.side] = hand.world
                raw = _likely(hand_depth(hand, camera), hand, camera)
                if raw is not None:
                    last.append(min(max(raw, person - _REACH), person + _BEHIND) if person is not None else raw)
            if not last:
                continue
            now = math.log(sorted(last)[len(last) // 2])
            before = self._logs.get(hand.side, now)
            off = (now - before) ** 2
            share = max(off / (off + _DEPTH_NOISE**2), _SLOWEST)
            self._logs[hand.side] = before + (now - before) * share
            found.append(solid(hand, math.exp(self._logs[hand.side]), body, camera))
        kept = {hand.side for hand in hands}
        self._logs = {side: value for side, value in self._logs.items() if side in kept}
        self._last = {side: value for side, value in self._last.items() if side in kept}
        return tuple(found)


def _likely(depth: float | None, hand: Hand, camera: Camera) -> float | None:
    """A hand's distance as far as one that large may be there: length and breadth of a palm are not both foreshortened
    at once, whatever is thought of its fingers."""
    if depth is None:
        return None
    p = hand.points[:, :2]
    long = max(float(np.linalg.norm(p[k] - p[0])) for k in (5, 9, 13, 17))
    wide = float(np.linalg.norm(p[5] - p[17]))
    flat = camera.focal * min(_PALM_LONG / max(long, 1.0), _PALM_WIDE / max(wide, 1.0))
    return min(max(depth, _NEARER * flat), _FARTHER * flat)


def solid(hand: Hand, depth: float, body: Body | None, camera: Camera) -> SolidHand:
    """A hand whose middle is ``depth`` metres before the lens."""
    away = np.maximum(depth - hand.world[:, 2], _NEAREST).astype(np.float32)
    points = camera.unproject(hand.points[:, :2], away)
    scale = min(max(length_of(hand.world) / _LENGTH, _SIZES[0]), _SIZES[1])
    ends = np.stack([points[_STARTS], points[_ENDS]], 1)
    elbow = _elbow(hand, points, body, camera)
    ends = np.concatenate([ends, np.stack([points[0], elbow])[None]]).astype(np.float32)
    radii = np.append(_RADII, np.float32(_FOREARM)) * np.float32(scale)
    return SolidHand(hand.side, depth, points, scale, ends, radii, np.append(_GROUP, FOREARM), hand)


def length_of(world: FloatArray) -> float:
    """Metres from the wrist to the middle finger's tip, along the bones. world : (21, 3)."""
    chain = world[[0, 9, 10, 11, 12]]
    return float(np.linalg.norm(np.diff(chain, axis=0), axis=1).sum())


def _elbow(hand: Hand, points: FloatArray, body: Body | None, camera: Camera) -> FloatArray:
    """(3,) where the forearm goes from the wrist: to the elbow where the body shows it, else straight on."""
    elbow, wrist = _ELBOWS.get(hand.side, (13, 15))
    if body is not None and body.visibility[[elbow, wrist]].min() > _SEEN:
        palm = float(np.linalg.norm(hand.points[9, :2] - hand.points[0, :2]))
        off = float(np.linalg.norm(body.points[wrist, :2] - hand.points[0, :2]))
        if off < _OF_HAND * max(palm, 1.0):
            away = -float(points[0, 2]) - float(body.world[elbow, 2] - body.world[wrist, 2])
            return camera.unproject(body.points[elbow, :2], max(away, _NEAREST))
    way = points[0] - points[[5, 9, 13, 17]].mean(0)
    way /= max(float(np.linalg.norm(way)), 1e-6)
    there = points[0] + way * np.float32(_WITHOUT_ELBOW)
    there[2] = min(float(there[2]), -_NEAREST)
    return np.asarray(there, np.float32)


def capsules(hand: SolidHand, times: float = 1.0) -> FloatArray:
    """(K, 4, 4) a hand's limbs as stage matrices of a unit capsule: its axis from the origin to (0, 1, 0), radius 1.
    times : their radii."""
    return capsules_of(hand.ends, hand.radii * np.float32(times))


def capsules_of(ends: FloatArray, radii: FloatArray) -> FloatArray:
    """(K, 4, 4) stage matrices of unit capsules along +Y. ends : (K, 2, 3); radii : (K,)."""
    a, along = ends[:, 0], ends[:, 1] - ends[:, 0]
    size = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-6)
    way = along / size
    other = np.where(np.abs(way[:, :1]) < 0.8, np.array([[1, 0, 0]]), np.array([[0, 0, 1]]))
    x = np.cross(way, other)
    x /= np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-9)
    thick = radii[:, None]
    out = np.zeros((len(a), 4, 4), np.float32)
    out[:, :3, 0], out[:, :3, 1] = x * thick, along
    out[:, :3, 2], out[:, :3, 3] = np.cross(x, way) * thick, a
    out[:, 3, 3] = 1
    return out


def limbs(hands: Sequence[SolidHand], camera: Camera) -> Limbs:
    """All hands' limbs as they are seen, for drawing them into a mask. Labels are 1 + group, the right hand's after the
    left one's."""
    solids = list(hands)
    if not solids:
        none = np.zeros(0, np.float32)
        return Limbs(np.zeros((0, 2, 2), np.float32), none, none, none.astype(np.uint8), none.astype(bool))
    ends = np.concatenate([hand.ends for hand in solids])
    ends[..., 2] = np.minimum(ends[..., 2], -_NEAREST)
    away = -ends[..., 2].mean(1)
    group = np.concatenate([hand.group for hand in solids])
    side = np.repeat([SIDES.index(hand.side) for hand in solids], [len(hand.group) for hand in solids])
    radii = np.concatenate([hand.radii for hand in solids]) * np.float32(camera.focal) / away
    label = (1 + group + GROUPS * side).astype(np.uint8)
    return Limbs(camera.project(ends), radii.astype(np.float32), away.astype(np.float32), label, group == FOREARM)
