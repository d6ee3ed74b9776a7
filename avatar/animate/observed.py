"""The tracked person as a puppet: torso and arms from the pose's points, hands from the hands', head from the face.

The stage frame's axes are those of somebody who faces the camera (+Y up, +Z towards it, left hand at +X), so the
directions between points are used as they are. Directions do not care for proportions: a tall person moves a small
companion alike. What is hardly seen, or was seen a while ago, is less sure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..linalg import quat, turns
from ..linalg.turns import Turn, Vector
from ..types import Body, FloatArray, Hand, Observation
from . import joints
from .observed_face import expressions
from .observed_hand import HandPose, pose
from .puppet import Puppet, mirrored, nobody
from .rig import ROW, ROWS

_SHOULDER, _ELBOW, _WRIST, _LITTLE, _INDEX, _HIP = (11, 13, 15, 17, 19, 23)  # of the left; the right is one more
_LEFT: Final = (1.0, 0.0, 0.0)
_UP: Final = (0.0, 1.0, 0.0)
_AHEAD: Final = (0.0, 0.0, 1.0)
_ROLL_SHARE: Final = 0.6
"""How much of the turn of the palm the forearm takes, as in ``body``."""
_NECK: Final = 0.4
_HIPS: Final = 0.3
"""How much of a lean of the trunk happens at the hips."""
_BODY_HAND: Final = 0.5
"""How sure the three hand points of the pose are, beside those of the hand itself."""
_FRESH, _STALE = 0.3, 0.7


def from_observation(observation: Observation, mirror: bool = True) -> Puppet:
    """What the person does. mirror : the companion moves as a mirror image, its right when the person moves the left.

    Legs stay unknown. No joint is beyond a human range; all rotations are unit, whatever the observation holds.
    """
    seen = _Seen(observation)
    rotation = joints.within(quat.normalize(np.array(seen.turns, np.float32)))
    mask = np.clip(np.array(seen.mask, np.float32), 0, 1)
    puppet = replace(nobody(observation.t), rotation=rotation, mask=mask, face=seen.face)
    return mirrored(puppet) if mirror else puppet


def _fresh(now: float, stamp: float) -> float:
    """1 while a part is new, 0 when it is older than ``_STALE`` seconds; a part without a stamp is taken as new."""
    return 1.0 if stamp < 0 else min(max((_STALE - (now - stamp)) / (_STALE - _FRESH), 0.0), 1.0)


def _points(array: FloatArray) -> list[Vector]:
    return [(x, y, z) for x, y, z in array.tolist()]


class _Seen:
    """One observation being read. turns, mask : a row for each bone; chest : how the chest stands in the stage frame,
    and sure, how sure that is."""

    def __init__(self, observation: Observation) -> None:
        self.turns: list[Turn] = [turns.NONE] * ROWS
        self.mask = [0.0] * ROWS
        self.face: dict[str, float] = {}
        self.chest, self.sure = turns.NONE, 0.0
        body, at = observation.body, None
        self._visible: list[float] = []
        if body is not None and self._usable(body):
            at, self._visible = _points(body.world), body.visibility.tolist()
            self._torso(at, _fresh(observation.t, observation.body_t))
        hands = {h.side: h for h in sorted(observation.hands, key=lambda h: h.score) if np.isfinite(h.world).all()}
        fresh = _fresh(observation.t, observation.hands_t)
        for side in ("left", "right"):
            self._arm(side, at, hands.get(side), fresh)
        face = observation.face
        if face is not None and np.isfinite(face.matrix).all():
            self._head(face.matrix)
            self.face = expressions(face.blendshapes)

    @staticmethod
    def _usable(body: Body) -> bool:
        return bool(np.isfinite(body.world).all() and np.isfinite(body.visibility).all())

    def _set(self, bone: str, turn: Turn, sure: float) -> None:
        self.turns[ROW[bone]], self.mask[ROW[bone]] = turn, sure

    def _clear(self, *points: int) -> float:
        """0 to 1 over visibilities of 0.35 to 0.7 of the least seen point."""
        return min(max((min(self._visible[k] for k in points) - 0.35) / 0.35, 0.0), 1.0)

    def _torso(self, at: Sequence[Vector], fresh: float) -> None:
        """Hips and spine."""
        across, line = turns.minus(at[_SHOULDER], at[_SHOULDER + 1]), turns.minus(at[_HIP], at[_HIP + 1])
        sure = self._clear(_SHOULDER, _SHOULDER + 1) * fresh
        hips_sure = self._clear(_HIP, _HIP + 1) * fresh
        above, below = (turns.mix(at[k], at[k + 1], 0.5) for k in (_SHOULDER, _HIP))
        trunk = turns.minus(above, below)
        if sure <= 0 or turns.length(across) < 0.05:
            return
        # hips that are out of the picture are guessed by the detector: then the person is taken to sit upright
        up = turns.unit(turns.mix(_UP, turns.unit(trunk), hips_sure)) if turns.length(trunk) > 0.05 else _UP
        if abs(turns.dot(turns.unit(across), up)) > 0.9:
            return
        self.chest, self.sure = turns.onto(_LEFT, _UP, across, up), sure
        hips = turns.NONE
        if hips_sure > 0 and turns.length(line) > 0.05 and abs(turns.dot(turns.unit(line), up)) < 0.9:
            hips = turns.share(turns.onto(_LEFT, _UP, line, turns.unit(turns.mix(_UP, up, _HIPS))), hips_sure)
        self._set("hips", hips, hips_sure)
        third = turns.share(turns.multiply(turns.inverse(hips), self.chest), 1 / 3)
        for bone in ("spine", "chest", "upperChest"):
            self._set(bone, third, sure)

    def _head(self, matrix: FloatArray) -> None:
        x, y, z = ((a, b, c) for a, b, c in matrix[:3, :3].T.tolist())
        if min(turns.length(v) for v in (x, y, z)) < 1e-6 or not all(math.isfinite(turns.length(v)) for v in (x, y, z)):
            return
        x, y, z = turns.unit(x), turns.unit(y), turns.unit(z)
        if turns.dot(turns.cross(x, y), z) < 0.5:
            return
        head = turns.multiply(turns.inverse(self.chest), turns.onto(_AHEAD, _UP, z, y))
        self._set("neck", turns.share(head, _NECK), 1.0)
        self._set("head", turns.share(head, 1 - _NECK), 1.0)

    def _arm(self, side: str, at: Sequence[Vector] | None, hand: Hand | None, fresh: float) -> None:
        """Upper arm, lower arm, hand and fingers."""
        s, i = (1.0, 0) if side == "left" else (-1.0, 1)
        near = fresh * min(max(hand.score, 0.0), 1.0) if hand is not None else 0.0
        shape = pose(_points(hand.world), side) if hand is not None and near > 0 else None
        if shape is not None:
            for bone, turn in shape.fingers.items():
                self._set(bone, turn, near)
        if at is None or self.sure <= 0:
            return
        upper, fore = turns.minus(at[_ELBOW + i], at[_SHOULDER + i]), turns.minus(at[_WRIST + i], at[_ELBOW + i])
        if min(turns.length(upper), turns.length(fore)) < 0.03:
            return
        back, along = turns.inverse(self.chest), (s, 0.0, 0.0)
        u, f = turns.rotate(back, turns.unit(upper)), turns.rotate(back, turns.unit(fore))
        n_upper = _upper(along, u, f)
        n_fore = turns.multiply(turns.between(u, f), n_upper)
        elbow_sure = min(self.sure, self._clear(_SHOULDER + i, _ELBOW + i))
        wrist_sure = min(elbow_sure, self._clear(_ELBOW + i, _WRIST + i))
        if shape is None:
            shape, near = _coarse(at, i, side), _BODY_HAND * self._clear(_WRIST + i, _LITTLE + i, _INDEX + i)
        bent, hand_sure = turns.NONE, 0.0
        if shape is not None and min(wrist_sure, near) > 0:
            hand_sure = min(wrist_sure, near)
            bent = turns.multiply(turns.inverse(n_fore), turns.multiply(back, shape.turn))
            roll = 2 * math.atan2(bent[0] * s, bent[3])
            roll = (roll + math.pi) % (2 * math.pi) - math.pi
            rolled = turns.about(along, roll * _ROLL_SHARE * hand_sure)
            n_fore, bent = turns.multiply(n_fore, rolled), turns.multiply(turns.inverse(rolled), bent)
        self._set(f"{side}UpperArm", n_upper, elbow_sure)
        self._set(f"{side}LowerArm", turns.multiply(turns.inverse(n_upper), n_fore), wrist_sure)
        self._set(f"{side}Hand", bent, hand_sure)


def _upper(along: Vector, u: Vector, f: Vector) -> Turn:
    """Turn of the upper arm. along : the way it points at rest; u, f : the way it and the forearm point. A bent elbow
    tells its twist, for at rest its inside faces forwards; a straight one does not, and is only swung."""
    fold = turns.square_to(u, f)
    bent = min(max((turns.length(fold) - 0.15) / 0.2, 0.0), 1.0)
    swung = turns.between(along, u)
    if bent <= 0:
        return swung
    told = turns.onto(along, _AHEAD, u, fold)
    return turns.multiply(turns.share(turns.multiply(told, turns.inverse(swung)), bent), swung)


def _coarse(at: Sequence[Vector], i: int, side: str) -> HandPose | None:
    """The hand from the pose's own points, without fingers."""
    points = [(0.0, 0.0, 0.0)] * 21
    points[0], points[5], points[17] = at[_WRIST + i], at[_INDEX + i], at[_LITTLE + i]
    points[9] = turns.mix(points[5], points[17], 0.5)
    return pose(points, side, fingers=False)
