"""How far human joints turn, and the other side of each bone, for rotations that come from outside.

Rotations are normalised ones (see ``rig``): from the T-pose, on axes parallel to the companion's. Each is divided into
a twist about its bone and a swing of the bone; both are held in boxes. The ranges are those of a supple adult (American
Academy of Orthopaedic Surgeons 1965), a little widened; the hips, which stand for the whole body, are free.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat
from ..model.model import HUMAN_BONES
from ..types import FloatArray
from .rig import ROW, ROWS

Box = tuple[tuple[float, float], tuple[float, float], tuple[float, float]]


def _even(x: float, y: float, z: float) -> Box:
    return ((-x, x), (-y, y), (-z, z))


# Degrees about +x, +y, +z, of the middle and the left; the right is their mirror. Arms lie along x, all else along y.
_TRUNK: Final[Box] = ((-20, 40), (-25, 25), (-20, 20))
_MIDDLE: Final[dict[str, Box]] = {
    **dict.fromkeys(("spine", "chest", "upperChest"), _TRUNK),
    "neck": ((-35, 40), (-45, 45), (-30, 30)),
    "head": ((-40, 45), (-55, 55), (-35, 35)),
    "jaw": ((-5, 35), (-10, 10), (-5, 5)),
}
_LEFT: Final[dict[str, Box]] = {
    "Eye": _even(30, 40, 5),
    "UpperLeg": ((-130, 35), (-60, 60), (-35, 70)),
    "LowerLeg": ((-5, 155), (-25, 25), (-6, 6)),
    "Foot": ((-40, 60), (-35, 35), (-30, 30)),
    "Toes": ((-60, 50), (-10, 10), (-10, 10)),
    "Shoulder": ((-20, 20), (-25, 25), (-15, 35)),
    "UpperArm": ((-95, 95), (-140, 65), (-110, 110)),
    "LowerArm": ((-100, 100), (-155, 8), (-8, 8)),
    "Hand": ((-70, 70), (-40, 40), (-85, 80)),
    "ThumbMetacarpal": _even(50, 60, 60),  # lies askew, so its bending is about all three
    "ThumbProximal": _even(60, 75, 75),
    "ThumbDistal": _even(60, 85, 85),
    **{
        f"{finger}{joint}": box
        for finger in ("Index", "Middle", "Ring", "Little")
        for joint, box in (
            ("Proximal", ((-12.0, 12.0), (-28.0, 28.0), (-100.0, 40.0))),
            ("Intermediate", ((-6.0, 6.0), (-6.0, 6.0), (-120.0, 8.0))),
            ("Distal", ((-6.0, 6.0), (-6.0, 6.0), (-95.0, 15.0))),
        )
    },
}
_ALONG_X: Final = ("Shoulder", "Arm", "Hand", "Thumb", "Index", "Middle", "Ring", "Little")
MIRROR: Final = np.array([1, -1, -1, 1], np.float32)
"""What a mirror at x = 0 does to a quaternion (an axial vector keeps its x and turns its y and z over)."""


def _other(bone: str) -> str:
    for a, b in (("left", "right"), ("right", "left")):
        if bone.startswith(a):
            return b + bone[len(a) :]
    return bone


OTHER_SIDE: Final = np.array([*(ROW[_other(b)] for b in HUMAN_BONES), ROWS - 1], np.int64)
"""For each row, the row of the same bone on the other side."""


def _table() -> tuple[FloatArray, FloatArray, FloatArray, NDArray[np.bool_]]:
    """(ROWS, 3) lowest and highest, radians; (ROWS, 3) unit twist axis; (ROWS,) True where there is a range."""
    low, high = np.zeros((2, ROWS, 3), np.float32)
    axis = np.zeros((ROWS, 3), np.float32)
    axis[:, 1] = 1
    bound = np.zeros(ROWS, bool)
    for bone, row in ROW.items():
        left = bone if bone in _MIDDLE or bone.startswith("left") else _other(bone)
        box = _MIDDLE.get(left) or _LEFT.get(left.removeprefix("left"))
        if box is None:
            continue
        bound[row] = True
        low[row], high[row] = np.radians(np.array(box, np.float32).T)
        if bone.startswith("right"):
            low[row, 1:], high[row, 1:] = -high[row, 1:].copy(), -low[row, 1:].copy()
        if any(part in bone for part in _ALONG_X):
            axis[row] = (1, 0, 0)
    return low, high, axis, bound


_LOW, _HIGH, _AXIS, BOUND = _table()


def divided(rotation: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(ROWS, 4) into (ROWS,) twist about each bone, radians, and (ROWS, 3) swing vectors square to it:
    ``rotation = swing twist``."""
    q = np.where(rotation[:, 3:] < 0, -rotation, rotation)
    along = np.einsum("ij,ij->i", q[:, :3], _AXIS)
    twist = np.concatenate([_AXIS * along[:, None], q[:, 3:]], -1).astype(np.float32)
    swing = quat.multiply(q, quat.conjugate(quat.normalize(twist)))
    return (2 * np.arctan2(along, q[:, 3])).astype(np.float32), quat.to_vector(swing)


def within(rotation: FloatArray) -> FloatArray:
    """The nearest that a person can do, bone by bone. rotation : (ROWS, 4) unit; a new array of the same."""
    twist, swing = divided(rotation)
    turn = np.einsum("ij,ij->i", np.clip(_AXIS * twist[:, None], _LOW, _HIGH), _AXIS)
    bent = np.clip(swing, _LOW, _HIGH)
    done = quat.multiply(quat.from_vector(bent), quat.from_axis_angle(_AXIS, turn))
    out: FloatArray = np.where(BOUND[:, None], quat.normalize(done), rotation).astype(np.float32)
    out[ROWS - 1] = (0, 0, 0, 1)
    return out


def excess(rotation: FloatArray) -> FloatArray:
    """(ROWS,) radians by which each bone is beyond its range, 0 within it."""
    twist, swing = divided(rotation)
    v = swing + _AXIS * twist[:, None]
    over = np.maximum(np.maximum(v - _HIGH, _LOW - v), 0).max(-1)
    return np.where(BOUND, over, 0).astype(np.float32)
