"""Where the companion is in one picture, as what comes after asks for it: drawing, gaze, gestures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from ..linalg import affine
from ..model.model import AvatarModel
from ..types import FloatArray, Pose
from .build import Build
from .camera import Box, Camera
from .scene import Figure

_WAVE: Final = (0.26, 1.42, 0.12)
_WAVE_EDGE: Final = (0.44, 1.42, 0.28)
"""Where a waving hand is on the whole, and its outermost finger at its farthest: aside, up, ahead, companion frame."""
_AHEAD: Final = 0.25
"""Cosine of the angle from straight ahead beyond which nobody looks without turning round."""


class Hold(NamedTuple):
    """A hand that carries something. side : the person's own; how : ``stand`` = it stands on the palm, ``grip`` = the
    hand is closed round it, ``thumb``, ``behind`` = it is open, and the thumb holds it before the palm, which faces the
    lens or is turned away, ``bowl`` = a shallow cup is on its fingers, ``worn`` = it is on a finger."""

    side: str
    how: str


@dataclass(frozen=True, slots=True)
class Placement:
    """Where the companion is in this picture.

    matrix : (4, 4) float32, companion frame to stage frame; shadow : (3,) stage point under its feet; opacity : 0–1;
    look_at, look_at_own : (3,) the person's eyes, or the camera when nobody is there, in the stage frame and in the
    companion's own; side : +1 when it stands to the right of the person in the unmirrored picture, -1 left;
    head_box : its head and hair, pixels of the frame; body_box : head and shoulders; person_age : seconds since
    somebody was seen, inf if never; behind_person : the person's body hides it where both are, None = as the metres
    say; floor : what it stands on goes on round its feet, so that its shadow falls there; hold : the hand that it is
    on, in or with.
    """

    matrix: FloatArray
    shadow: FloatArray
    opacity: float
    look_at: FloatArray
    look_at_own: FloatArray
    side: int
    head_box: Box
    body_box: Box
    person_age: float
    behind_person: bool | None = True
    floor: bool = True
    hold: Hold | None = None

    def wave_with_left(self, camera: Camera, face: FloatArray | None) -> bool:
        """Whether the left hand is the one to raise: the far one from the person where it would be in the picture,
        else the near one, unless that would be over the person's face. face : (4,) box in pixels of the frame."""
        far, near = self.side > 0, self.side < 0
        x0, y0, x1, y1 = camera.visible

        def spot(left: bool, at: tuple[float, float, float]) -> FloatArray:
            hand = np.array([at[0] if left else -at[0], *at[1:]], np.float32)
            return camera.project(affine.apply(self.matrix, hand))

        x, y = spot(far, _WAVE_EDGE)
        if x0 < x < x1 and y0 < y < y1:
            return far
        x, y = spot(near, _WAVE)
        if face is not None:
            reach = 0.33 * (face[2] - face[0])
            if face[0] - reach < x < face[2] + reach and face[1] - reach < y < face[3] + reach:
                return far
        return near


@dataclass(frozen=True, slots=True)
class Cover:
    """How much of a thing is hidden, 0-1. body : by the body, where the matte shows it; hands : (``order.LABELS``,)
    float32 by the parts of the hands, where their mask shows them."""

    body: float
    hands: FloatArray


def figure(place: Placement, model: AvatarModel, pose: Pose, cover: Cover) -> Figure:
    """What to draw of a companion in a pose at a place, hidden as ``cover`` says."""
    shadow = place.shadow if place.opacity > 0 else None
    return Figure(
        model,
        pose.world,
        pose.morphs,
        place.matrix,
        pose.expressions,
        place.opacity,
        shadow,
        cover.body,
        place.floor,
        cover.hands,
        on_hand=place.hold is not None,
    )


def placed(
    build: Build,
    frame: FloatArray,
    scale: float,
    camera: Camera,
    opacity: float,
    eyes: FloatArray | None,
    person_age: float,
    behind_person: bool | None,
    floor: bool,
    hold: Hold | None = None,
) -> Placement:
    """The placement of a companion that stands at a frame's origin.

    frame : (4, 4) float32 rigid, to the stage: +Y up from what it stands on, +Z the way it faces; scale : its own
    metres to those of the stage; eyes : (3,) the person's, stage frame, or None. It looks into the lens where nobody
    is, and where it would have to turn round to see them.
    """
    matrix = frame.copy()
    matrix[:3, :3] *= np.float32(scale)
    feet = frame[:3, 3].copy()
    own = affine.invert_rigid(frame)
    head = np.array([0, build.eyes[0] * scale, 0], np.float32)
    look = np.zeros(3, np.float32)
    if eyes is not None:
        way = affine.apply(own, eyes) - head
        if way[2] > _AHEAD * float(np.linalg.norm(way)):
            look = np.asarray(eyes, np.float32)
    side = 1 if eyes is None or feet[0] >= eyes[0] else -1
    marks = camera.project(in_front(affine.apply(matrix, build.corners())))
    return Placement(
        matrix,
        feet,
        opacity,
        look.copy(),
        (affine.apply(own, look) / np.float32(scale)).astype(np.float32),
        side,
        box_round(marks[:8]),
        box_round(marks),
        person_age,
        behind_person,
        floor,
        hold,
    )


def in_front(points: FloatArray) -> FloatArray:
    """Stage points (N, 3), those behind the lens or at it moved a little before it."""
    moved = points.copy()
    moved[:, 2] = np.minimum(moved[:, 2], -0.02)
    return moved


def box_round(points: FloatArray) -> Box:
    """The box round pixels (N, 2)."""
    x0, y0 = (float(v) for v in points.min(0))
    x1, y1 = (float(v) for v in points.max(0))
    return x0, y0, x1, y1
