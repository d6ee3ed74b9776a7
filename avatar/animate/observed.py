"""The tracked person as a puppet: torso and arms from the pose's points, hands from the hands', head from the face.

The stage frame's axes are those of somebody who faces the camera (+Y up, +Z towards it, left hand at +X), so the
directions between points are used as they are. Directions do not care for proportions: a tall person moves a small
companion alike. What is hardly seen, or was seen a while ago, is less sure.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat
from ..types import Body, FloatArray, Hand, Observation
from . import joints
from .ik import Array, frame, unit
from .observed_face import expressions
from .observed_hand import HandPose, pose
from .puppet import Puppet, mirrored, nobody
from .rig import ROW

_SHOULDER, _ELBOW, _WRIST, _LITTLE, _INDEX, _HIP = (11, 13, 15, 17, 19, 23)  # of the left; the right is one more
_UP: Final = np.array([0.0, 1, 0])
_AHEAD: Final = np.array([0.0, 0, 1])
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
    found = nobody(observation.t)
    turns = found.rotation.astype(np.float64)
    mask = found.mask
    body = _usable(observation.body)
    chest, sure = np.eye(3), 0.0
    if body is not None:
        fresh = _fresh(observation.t, observation.body_t)
        chest, sure = _torso(body, fresh, turns, mask)
    hands = {h.side: h for h in sorted(observation.hands, key=lambda h: h.score) if np.isfinite(h.world).all()}
    for side in ("left", "right"):
        hand = hands.get(side)
        near = _fresh(observation.t, observation.hands_t) * (hand.score if hand is not None else 0.0)
        _arm(side, body, hand, near, chest, sure, turns, mask)
    face: dict[str, float] = {}
    if observation.face is not None and np.isfinite(observation.face.matrix).all():
        _head(observation.face.matrix, chest, turns, mask)
        face = expressions(observation.face.blendshapes)
    rotation = joints.within(quat.normalize(turns.astype(np.float32)))
    puppet = replace(found, rotation=rotation, mask=np.clip(mask, 0, 1), face=face)
    return mirrored(puppet) if mirror else puppet


def _usable(body: Body | None) -> Body | None:
    if body is None or not np.isfinite(body.world).all() or not np.isfinite(body.visibility).all():
        return None
    return body


def _fresh(now: float, stamp: float) -> float:
    """1 while a part is new, 0 when it is older than ``_STALE`` seconds; a part without a stamp is taken as new."""
    return 1.0 if stamp < 0 else float(np.clip((_STALE - (now - stamp)) / (_STALE - _FRESH), 0, 1))


def _seen(body: Body, *points: int) -> float:
    """0 to 1 over visibilities of 0.35 to 0.7 of the least seen point."""
    return float(np.clip((body.visibility[list(points)].min() - 0.35) / 0.35, 0, 1))


def _quat(m: Array) -> NDArray[np.float64]:
    return quat.from_matrix(m.astype(np.float32)).astype(np.float64)


def _share(m: Array, share: float) -> Array:
    """A part of a rotation, about its own axis."""
    v = quat.to_vector(quat.from_matrix(m.astype(np.float32))) * np.float32(share)
    return quat.to_matrix(quat.from_vector(v)).astype(np.float64)


def _torso(body: Body, fresh: float, turns: Array, mask: FloatArray) -> tuple[Array, float]:
    """Writes hips and spine. Returns ((3, 3) how the chest stands in the stage frame, how sure that is)."""
    at = body.world.astype(np.float64)
    across = at[_SHOULDER] - at[_SHOULDER + 1]
    sure = _seen(body, _SHOULDER, _SHOULDER + 1) * fresh
    hips_sure = _seen(body, _HIP, _HIP + 1) * fresh
    trunk = (at[_SHOULDER] + at[_SHOULDER + 1] - at[_HIP] - at[_HIP + 1]) / 2
    low, wide = np.linalg.norm(trunk), np.linalg.norm(across)
    if wide < 0.05 or sure <= 0:
        return np.eye(3), 0.0
    # hips that are out of the picture are guessed by the detector: then the person is taken to sit upright
    up = unit(_UP + (unit(trunk) - _UP) * hips_sure) if low > 0.05 and hips_sure > 0 else _UP
    if abs(unit(across) @ up) > 0.9:
        return np.eye(3), 0.0
    chest = _upright(across, up)
    hips = np.eye(3)
    line = at[_HIP] - at[_HIP + 1]
    if hips_sure > 0 and np.linalg.norm(line) > 0.05 and abs(unit(line) @ up) < 0.9:
        leaning = unit(_UP + (up - _UP) * _HIPS)
        hips = _share(_upright(line, leaning), hips_sure)
    third = _share(hips.T @ chest, 1 / 3)
    turns[ROW["hips"]] = _quat(hips)
    mask[ROW["hips"]] = hips_sure
    for bone in ("spine", "chest", "upperChest"):
        turns[ROW[bone]] = _quat(third)
        mask[ROW[bone]] = sure
    return chest, sure


def _upright(across: Array, up: Array) -> Array:
    """(3, 3) whose +x is unit ``across`` and whose +y is nearest to ``up``."""
    return frame(across, up)


def _head(matrix: FloatArray, chest: Array, turns: Array, mask: FloatArray) -> None:
    m = matrix[:3, :3].astype(np.float64)
    size = np.linalg.norm(m, axis=0)
    if size.min() < 1e-6 or abs(np.linalg.det(m / size)) < 0.5:
        return
    u, _, vt = np.linalg.svd(m / size)
    v = quat.to_vector(quat.from_matrix((chest.T @ u @ vt).astype(np.float32)))
    for bone, share in (("neck", _NECK), ("head", 1 - _NECK)):
        turns[ROW[bone]] = quat.from_vector(v * np.float32(share))
        mask[ROW[bone]] = 1.0


def _arm(
    side: str,
    body: Body | None,
    hand: Hand | None,
    near: float,
    chest: Array,
    sure: float,
    turns: Array,
    mask: FloatArray,
) -> None:
    """Writes upper arm, lower arm, hand and fingers. near : how sure the hand's own points are."""
    s, i = (1.0, 0) if side == "left" else (-1.0, 1)
    along = np.array([s, 0, 0])
    shape = pose(hand.world.astype(np.float64), side) if hand is not None and near > 0 else None
    if shape is not None:
        for bone, turn in shape.fingers.items():
            turns[ROW[bone]], mask[ROW[bone]] = turn, near
    if body is None or sure <= 0:
        return
    at = body.world.astype(np.float64)
    upper, fore = at[_ELBOW + i] - at[_SHOULDER + i], at[_WRIST + i] - at[_ELBOW + i]
    if np.linalg.norm(upper) < 0.03 or np.linalg.norm(fore) < 0.03:
        return
    u, f = chest.T @ unit(upper), chest.T @ unit(fore)
    n_upper = _upper(along, u, f)
    n_fore = quat.to_matrix(quat.between(u.astype(np.float32), f.astype(np.float32))).astype(np.float64) @ n_upper
    elbow_sure = min(sure, _seen(body, _SHOULDER + i, _ELBOW + i))
    wrist_sure = min(elbow_sure, _seen(body, _ELBOW + i, _WRIST + i))
    if shape is None:
        shape, near = _coarse(at, i, side), _BODY_HAND * _seen(body, _WRIST + i, _LITTLE + i, _INDEX + i)
    n_hand, hand_sure = n_fore, 0.0
    if shape is not None and wrist_sure > 0:
        n_hand, hand_sure = chest.T @ shape.turn, min(wrist_sure, near)
        q = _quat(n_fore.T @ n_hand)
        roll = 2 * np.arctan2(q[:3] @ along, q[3])
        roll = (roll + np.pi) % (2 * np.pi) - np.pi
        rolled = quat.from_axis_angle(along.astype(np.float32), float(roll * _ROLL_SHARE * hand_sure))
        n_fore = n_fore @ quat.to_matrix(rolled)
    for bone, m, weight in (
        ("UpperArm", n_upper, elbow_sure),
        ("LowerArm", n_upper.T @ n_fore, wrist_sure),
        ("Hand", n_fore.T @ n_hand, hand_sure),
    ):
        turns[ROW[side + bone]], mask[ROW[side + bone]] = _quat(m), weight


def _upper(along: Array, u: Array, f: Array) -> Array:
    """(3, 3) turn of the upper arm. along : the way it points at rest; u, f : the way it and the forearm point. A bent
    elbow tells its twist, for at rest its inside faces forwards; a straight one does not, and is only swung."""
    fold = f - (f @ u) * u
    bent = float(np.clip((np.linalg.norm(fold) - 0.15) / 0.2, 0, 1))
    swung = quat.between(along.astype(np.float32), u.astype(np.float32))
    if bent <= 0:
        return quat.to_matrix(swung).astype(np.float64)
    told = quat.from_matrix((frame(u, fold) @ frame(along, _AHEAD).T).astype(np.float32))
    return quat.to_matrix(quat.slerp(swung, told, bent)).astype(np.float64)


def _coarse(at: Array, i: int, side: str) -> HandPose | None:
    """The hand from the pose's own points, without fingers."""
    wrist, little, index = at[_WRIST + i], at[_LITTLE + i], at[_INDEX + i]
    points = np.zeros((21, 3))
    points[0], points[5], points[17], points[9] = wrist, index, little, (index + little) / 2
    return pose(points, side, fingers=False)
