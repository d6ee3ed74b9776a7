"""What one observation says of a person's posture, in units of the person: the measures that gestures are read from.

Torso units: the origin is between the shoulders, x to the image's right, y up, and 1 is the width of the shoulders. A
part that is missing, out of date or not finite is None.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from ..types import Body, Face, FloatArray, Hand, Observation
from . import gesture_hand
from .gesture_hand import Shape

Spot: TypeAlias = tuple[float, float]

Side: TypeAlias = Literal["left", "right"]
SIDES: Final[tuple[Side, Side]] = ("left", "right")
_SHOULDERS, _NOSE = (11, 12), 0
_ELBOW, _WRIST, _LITTLE, _INDEX = 13, 15, 17, 19  # of the left; the right is one more
_FACES: Final = 2.3
"""Shoulders in widths of a face, and (_CHIN) how far below a face's middle they are, in widths of the shoulders: as
measured on nine people."""
_CHIN: Final = 0.6
_LIPS: Final = (13, 14)
"""Of the face's points, the inner middles of upper and lower lip."""
_NEAR_LIPS: Final = (4, 3, 8, 7, 12, 11)
"""Of the hand's points, tips and last joints of thumb, index and middle finger: a cup is between them."""
_OLD: Final = 0.35
"""Seconds after which a body or a hand says nothing of now."""
_SEEN: Final = 0.5
_HEAD: Final = 0.85
"""The most that a nose is above the shoulders, in their width (0.58 to 0.71 on nine people who face the camera)."""


@dataclass(frozen=True, slots=True)
class ArmLook:
    """An arm. elbow, wrist, index : torso units; reach : (x, y, z) from shoulder to wrist in stage axes, in lengths of
    the arm; bend : radians at the elbow, 0 = straight; seen : 0-1, of elbow and wrist."""

    elbow: Spot
    wrist: Spot
    index: Spot
    reach: tuple[float, float, float]
    bend: float
    seen: float


@dataclass(frozen=True, slots=True)
class HandLook:
    """A hand. at : the palm's middle, tips : the fingertips', torso units; long : wrist to middle knuckle in the
    picture, torso units; up : how far the fingers point up in the picture, -1 to 1; over : how far the thumb's tip is
    above every other point, in lengths of the palm; clear : from the nearest point of it to the face, in widths of the
    face, 9 without a face; mouth : from the nearest of its thumb and first two fingers to the mouth, under : how far
    the palm's middle is below it, both in widths of the face, 9 without a face."""

    at: Spot
    tips: Spot
    long: float
    up: float
    over: float
    clear: float
    shape: Shape
    mouth: float = 9.0
    under: float = 9.0


@dataclass(frozen=True, slots=True)
class HeadLook:
    """A head. pitch (down), yaw (to the image's right), radians; height : of the eyes, metres in the stage frame."""

    pitch: float
    yaw: float
    height: float


@dataclass(frozen=True, slots=True)
class TrunkLook:
    """Shoulders and nose. middle : between the shoulders, unit : their width, pixels; nose : its height over them,
    torso units, None when it is not seen."""

    middle: Spot
    unit: float
    nose: float | None


@dataclass(frozen=True, slots=True)
class Look:
    """One observation measured. hands_t, body_t : the stamps of what hands, and trunk and arms, were made from."""

    head: HeadLook | None
    trunk: TrunkLook | None
    arms: dict[str, ArmLook]
    hands: dict[str, HandLook]
    hands_t: float
    body_t: float


@dataclass(frozen=True, slots=True)
class _Bare:
    """A hand before it is known where the person is. at, tips : pixels; long : pixels; the rest as in HandLook."""

    at: np.ndarray
    tips: np.ndarray
    long: float
    up: float
    over: float
    shape: Shape


class Looked:
    """What was made of the last body and hands, which stay the same for several frames between two looks."""

    def __init__(self) -> None:
        self._body: Body | None = None
        self._posture: tuple[TrunkLook | None, dict[str, ArmLook]] | None = None
        self._hands: list[tuple[Hand, _Bare | None]] = []

    def posture(self, body: Body) -> tuple[TrunkLook | None, dict[str, ArmLook]] | None:
        """Trunk and arms; None where the numbers are no body's."""
        if body is not self._body:
            self._body, self._posture = body, _posture(body) if _good_body(body) else None
        return self._posture

    def hands(self, hands: tuple[Hand, ...]) -> list[tuple[Hand, _Bare | None]]:
        """What each is, the surest last; None where it is none."""
        if len(hands) != len(self._hands) or any(h is not was for h, (was, _) in zip(hands, self._hands, strict=True)):
            self._hands = [(hand, _bare(hand) if gesture_hand.usable(hand) else None) for hand in hands]
        return sorted(self._hands, key=lambda h: h[0].score)


def look(seen: Observation, looked: Looked | None = None) -> Look:
    """Measure an observation, whatever it holds. looked : of the observations before it; the result is the same."""
    looked = Looked() if looked is None else looked
    face = seen.face if seen.face is not None and _good_face(seen.face) else None
    hands_t = seen.t if seen.hands_t < 0 else seen.hands_t
    body_t = seen.t if seen.body_t < 0 else seen.body_t
    posture = looked.posture(seen.body) if seen.body is not None and seen.t - body_t < _OLD else None
    trunk, arms = (None, {}) if posture is None else posture
    frame = (trunk.middle, trunk.unit) if trunk is not None else _below(face)
    hands: dict[str, HandLook] = {}
    lips = _lips(face) if face is not None else None
    if frame is not None and seen.t - hands_t < _OLD and seen.hands:
        box = face.box if face is not None else _face_over(trunk)
        for hand, bare in looked.hands(seen.hands):
            if bare is not None:
                hands[hand.side] = _hand(hand, bare, frame, box, lips)
    return Look(_head(face) if face is not None else None, trunk, arms, hands, hands_t, body_t)


def _good_face(face: Face) -> bool:
    if face.matrix.shape != (4, 4) or face.box.shape != (4,):
        return False
    if not (np.isfinite(face.matrix).all() and np.isfinite(face.box).all()):
        return False
    return bool(face.box[2] - face.box[0] > 2 and np.linalg.norm(face.matrix[:3, 2]) > 1e-3)


def _good_body(body: Body) -> bool:
    if body.points.shape != (33, 3) or body.world.shape != (33, 3) or body.visibility.shape != (33,):
        return False
    return bool(np.isfinite(body.points).all() and np.isfinite(body.world).all() and np.isfinite(body.visibility).all())


def _head(face: Face) -> HeadLook:
    x, y, z = (float(v) for v in face.matrix[:3, 2] / np.linalg.norm(face.matrix[:3, 2]))
    return HeadLook(math.asin(min(max(-y, -1.0), 1.0)), math.atan2(x, z), float(face.eyes[1]))


def _below(face: Face | None) -> tuple[Spot, float] | None:
    """Where the shoulders of a face are likely to be: (middle, width), pixels."""
    if face is None:
        return None
    x0, y0, x1, y1 = (float(v) for v in face.box)
    unit = _FACES * (x1 - x0)
    return ((x0 + x1) / 2, (y0 + y1) / 2 + _CHIN * unit), unit


def _face_over(trunk: TrunkLook | None) -> FloatArray | None:
    """(4,) pixels: about where the face is over a trunk."""
    if trunk is None or trunk.nose is None:
        return None
    x, y, half = trunk.middle[0], trunk.middle[1] - trunk.nose * trunk.unit, 0.5 * trunk.unit / _FACES
    return np.array([x - half, y - 1.2 * half, x + half, y + half], np.float32)


def _trunk(body: Body) -> TrunkLook | None:
    left, right = (body.points[k, :2] for k in _SHOULDERS)
    if body.visibility[list(_SHOULDERS)].min() < _SEEN:
        return None
    unit = float(np.linalg.norm(left - right))
    nose = float((left[1] + right[1]) / 2 - body.points[_NOSE, 1])
    # a person seen from the side has narrow shoulders; the nose is as high over them all the same
    unit = max(unit, abs(nose) / _HEAD)
    if unit < 4:
        return None
    seen = body.visibility[_NOSE] >= _SEEN
    return TrunkLook(
        (float(left[0] + right[0]) / 2, float(left[1] + right[1]) / 2), unit, nose / unit if seen else None
    )


def _posture(body: Body) -> tuple[TrunkLook | None, dict[str, ArmLook]]:
    trunk = _trunk(body)
    if trunk is None:
        return None, {}
    return trunk, {side: arm for k, side in enumerate(SIDES) if (arm := _arm(body, k, trunk)) is not None}


def _arm(body: Body, k: int, trunk: TrunkLook) -> ArmLook | None:
    seen = float(body.visibility[[_ELBOW + k, _WRIST + k]].min())
    upper = body.world[_ELBOW + k] - body.world[_SHOULDERS[k]]
    fore = body.world[_WRIST + k] - body.world[_ELBOW + k]
    a, b = float(np.linalg.norm(upper)), float(np.linalg.norm(fore))
    if seen < _SEEN or min(a, b) < 1e-3:
        return None
    x, y, z = (float(v) for v in (upper + fore) / (a + b))
    elbow, wrist, index = (_spot(body.points[i + k], trunk.middle, trunk.unit) for i in (_ELBOW, _WRIST, _INDEX))
    return ArmLook(elbow, wrist, index, (x, y, z), math.acos(min(max(float(upper @ fore) / (a * b), -1.0), 1.0)), seen)


def _lips(face: Face) -> FloatArray | None:
    """(2,) pixels: the middle of the mouth."""
    if face.points.ndim != 2 or face.points.shape[0] <= max(_LIPS):
        return None
    middle = np.asarray(face.points[list(_LIPS), :2].mean(0), np.float32)
    return middle if np.isfinite(middle).all() else None


def _bare(hand: Hand) -> _Bare | None:
    points = hand.points
    made = gesture_hand.shape([(x, y, z) for x, y, z in hand.world.tolist()], hand.side)
    ahead = points[9, :2] - points[0, :2]
    long = float(np.linalg.norm(ahead))
    if made is None or long < 1:
        return None
    over = float(np.delete(points[:, 1], (3, 4)).min() - points[4, 1]) / long
    return _Bare(gesture_hand.middle(points), gesture_hand.tips(points), long, -float(ahead[1]) / long, over, made)


def _hand(
    hand: Hand, bare: _Bare, frame: tuple[Spot, float], face: FloatArray | None, lips: FloatArray | None
) -> HandLook:
    clear = 9.0
    if face is not None:
        points = hand.points
        away = np.maximum(0, np.maximum(face[:2] - points[:, :2], points[:, :2] - face[2:]))
        clear = float(np.linalg.norm(away, axis=1).min() / (face[2] - face[0]))
    mouth = under = 9.0
    if face is not None and lips is not None:
        wide = float(face[2] - face[0])
        mouth = float(np.linalg.norm(hand.points[_NEAR_LIPS, :2] - lips, axis=1).min()) / wide
        under = (float(bare.at[1]) - float(lips[1])) / wide
    at, tips = _spot(bare.at, *frame), _spot(bare.tips, *frame)
    return HandLook(at, tips, bare.long / frame[1], bare.up, bare.over, clear, bare.shape, mouth, under)


def _spot(pixel: np.ndarray, middle: Spot, unit: float) -> Spot:
    return (float(pixel[0]) - middle[0]) / unit, (middle[1] - float(pixel[1])) / unit
