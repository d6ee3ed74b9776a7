"""How far a person's joints turn, for every VRM bone, and rotations brought within it.

Ranges are of the normalised rotation (``rig``): from the T-pose, thumbs forwards, about the companion's axes (+X its
left, +Y up, +Z ahead), in degrees, written for the left side and the middle. A rotation is taken apart into a twist
about the bone, then a swing that has no part about it. Both of a ball joint's swings share an ellipse; a hinge has one
swing, and next to nothing of the other.

Sources: American Academy of Orthopaedic Surgeons, "Joint Motion: Method of Measuring and Recording" (1965) for limbs,
neck and fingers; Kapandji, "The Physiology of the Joints" for what lumbar and thoracic spine and the neck's two halves
have each; NASA-STD-3000, 3.3.2, agrees within ten degrees. What is measured against another position than the T-pose is
turned into it: an arm hanging down is 90 lowered, an arm ahead with the elbow down is 90 forwards and 90 turned out.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..model.model import HUMAN_BONES
from ..types import FloatArray
from .rig import ROW, ROWS

Range = tuple[float, float]
_FREE: Final = (-180.0, 180.0)
_STIFF: Final = (-5.0, 5.0)

_MIDDLE: Final[dict[str, tuple[str, Range, Range, Range]]] = {
    # bone: axis of the twist; about x: + bows; about y: + turns left; about z: + leans right
    "hips": ("y", _FREE, _FREE, _FREE),
    "spine": ("y", (-30, 50), (-15, 15), (-25, 25)),
    "chest": ("y", (-20, 30), (-20, 20), (-20, 20)),
    "upperChest": ("y", (-15, 25), (-20, 20), (-15, 15)),
    "neck": ("y", (-35, 35), (-45, 45), (-30, 30)),
    "head": ("y", (-30, 30), (-45, 45), (-25, 25)),
    "jaw": ("z", (-5, 30), (-10, 10), _STIFF),
}
_LEFT: Final[dict[str, tuple[str, Range, Range, Range]]] = {
    "Eye": ("z", (-45, 50), (-50, 50), (-10, 10)),
    # about x: + turns the palm backwards (inwards); about y: + backwards; about z: + up
    "Shoulder": ("x", (-30, 30), (-25, 20), (-12, 45)),
    # backwards less than the 45 of the arm at the height of the shoulder, were it not for the 60 of the hanging arm
    "UpperArm": ("x", (-125, 80), (-135, 65), (-120, 100)),
    # pronation and supination of 80 to 90 are shared with the wrist, as skeletons do
    "LowerArm": ("x", (-90, 90), (-150, 5), _STIFF),
    # about z: - bends to the palm; about y: - to the thumb
    "Hand": ("x", (-45, 45), (-25, 40), (-80, 80)),
    # about x: - forwards; about y: + toes out; about z: + outwards
    "UpperLeg": ("y", (-125, 30), (-45, 45), (-30, 50)),
    "LowerLeg": ("y", (-5, 150), (-30, 30), _STIFF),
    "Foot": ("z", (-30, 50), (-25, 25), (-35, 25)),
    "Toes": ("z", (-75, 45), (-10, 10), (-10, 10)),
    "ThumbMetacarpal": ("x", (-40, 40), (-60, 60), (-60, 60)),
    "ThumbProximal": ("x", (-25, 25), (-75, 75), (-75, 75)),
    "ThumbDistal": ("x", (-25, 25), (-90, 90), (-90, 90)),
}
for _finger in ("Index", "Middle", "Ring", "Little"):
    _LEFT[_finger + "Proximal"] = ("x", (-15, 15), (-25, 25), (-95, 45))
    _LEFT[_finger + "Intermediate"] = ("x", (-10, 10), (-10, 10), (-115, 10))
    _LEFT[_finger + "Distal"] = ("x", (-10, 10), (-10, 10), (-90, 20))


def _table() -> dict[str, tuple[str, Range, Range, Range]]:
    found = dict(_MIDDLE)
    for bone, (axis, x, y, z) in _LEFT.items():
        found["left" + bone] = (axis, x, y, z)
        # in a mirror of left and right, turns about x keep their sign
        found["right" + bone] = (axis, x, (-y[1], -y[0]), (-z[1], -z[0]))
    return {bone: found[bone] for bone in HUMAN_BONES}


RANGES: Final = _table()
"""VRM bone -> (axis of its twist, ranges about x, y and z in degrees)."""

_TWIST: Final[NDArray[np.intp]] = np.array(["xyz".index(RANGES[b][0]) for b in HUMAN_BONES] + [1], np.intp)
# the twist's axis first, then the two others in cyclic order, so that handedness stays
_ORDER: Final = np.stack([_TWIST, (_TWIST + 1) % 3, (_TWIST + 2) % 3], 1)
_BACK: Final = np.argsort(_ORDER, 1)
_BOUNDS: Final = np.radians(
    np.take_along_axis(
        np.array([[*RANGES[b][1:]] for b in HUMAN_BONES] + [[_FREE] * 3], np.float32), _ORDER[..., None], 1
    )
)
_LOW: Final[FloatArray] = _BOUNDS[..., 0].astype(np.float32)
_HIGH: Final[FloatArray] = _BOUNDS[..., 1].astype(np.float32)
_FREE_ROWS: Final = (_HIGH - _LOW).min(1) > 6.2
_BALL: Final = (_HIGH - _LOW)[:, 1:].min(1, keepdims=True) > np.radians(12)
"""Hinges have a box of a swing: an ellipse would take a bent elbow back for the little it leans aside."""
_TINY: Final = 1e-6


def clamp(rotations: FloatArray, slack: float = 0.0) -> FloatArray:
    """rotations : (..., ROWS, 4) float32 unit normalised rotations, each brought within its joint's range; those that
    are within it already stay to the bit. slack : degrees that a joint may go beyond. Returns a new array."""
    parts, twist, swing = _apart(rotations)
    extra = np.float32(np.radians(slack))
    low, high = _LOW - extra, _HIGH + extra
    turned = np.clip(twist, low[:, 0], high[:, 0])
    held = np.clip(swing, low[:, 1:], high[:, 1:])
    # of the ellipse's four quarters the one the swing points to
    axes = np.where(held < 0, -low[:, 1:], high[:, 1:])
    size = np.sqrt(np.square(held / np.maximum(axes, _TINY)).sum(-1, keepdims=True))
    held = np.where(_BALL, held / np.maximum(size, 1), held)
    off = np.maximum(np.abs(held - swing).max(-1), np.abs(turned - twist))
    beyond = (off > 1e-5) & ~_FREE_ROWS
    if not beyond.any():
        return rotations.copy()
    angle = np.sqrt(np.square(held).sum(-1))
    s = held * (np.sin(angle / 2) / np.maximum(angle, _TINY))[..., None]
    w, tk, tw = np.cos(angle / 2), np.sin(turned / 2), np.cos(turned / 2)
    parts[..., 0] = w * tk
    parts[..., 1] = tw * s[..., 0] + s[..., 1] * tk
    parts[..., 2] = tw * s[..., 1] - s[..., 0] * tk
    found = np.empty_like(rotations)
    found[..., :3] = np.take_along_axis(parts, np.broadcast_to(_BACK, parts.shape), -1)
    found[..., 3] = w * tw
    found /= np.sqrt(np.vecdot(found, found))[..., None]
    return np.where(beyond[..., None], found, rotations).astype(np.float32, copy=False)


def angles(rotations: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(twist (..., ROWS), swing (..., ROWS, 2)) in degrees, of rotations (..., ROWS, 4): the twist about a bone's own
    axis, and the swing's rotation vector about the two axes that follow it (x y z x y)."""
    _, twist, swing = _apart(rotations)
    return np.degrees(twist), np.degrees(swing)


def degrees(rotations: FloatArray, bone: str) -> tuple[float, FloatArray]:
    """(twist, swing (2,)) of one bone in rotations (ROWS, 4)."""
    twist, swing = angles(rotations)
    return float(twist[ROW[bone]]), swing[ROW[bone]]


def _apart(q: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(vector part in the order of ``_ORDER``, twist angle, swing rotation vector)."""
    if q.shape[-2:] != (ROWS, 4):
        raise ValueError(f"rotations must be (..., {ROWS}, 4), not {q.shape}")
    q = np.where(q[..., 3:] < 0, -q, q)
    v = np.take_along_axis(q[..., :3], np.broadcast_to(_ORDER, q[..., :3].shape), -1)
    k, a, b, w = v[..., 0], v[..., 1], v[..., 2], q[..., 3]
    n = np.sqrt(k * k + w * w)
    # half a turn of swing has no twist of its own
    none = n < _TINY
    n = np.where(none, 1, n)
    tk, tw = np.where(none, 0, k / n), np.where(none, 1, w / n)
    sa, sb, cos = tw * a - b * tk, tw * b + a * tk, w * tw + k * tk
    sine = np.sqrt(sa * sa + sb * sb)
    ratio = 2 * np.arctan2(sine, cos) / np.maximum(sine, _TINY)
    ratio = np.where(sine < _TINY, 2, ratio)
    swing = np.stack([sa * ratio, sb * ratio], -1).astype(np.float32)
    return v, (2 * np.arctan2(tk, tw)).astype(np.float32), swing
