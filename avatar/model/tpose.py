"""How a skeleton stands in its file, and the turns that lead from there to the T-pose.

A file's rest may face anywhere and hold its arms in a T, an A, or at its sides. The torso's rest is taken for upright.
Limbs are told by their directions alone: each bone's correction is its parent's, then the shortest turn onto where the
bone points, so a whole arm is lowered as one and the palm goes along.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat
from ..types import FloatArray

Points = Mapping[str, NDArray[np.float64]]

_ARM: Final = ("UpperArm", "LowerArm", "Hand")
_NEXT: Final = {"UpperLeg": "LowerLeg", "LowerLeg": "Foot", "UpperArm": "LowerArm", "LowerArm": "Hand"}
_SNAP: Final = np.cos(np.radians(20.0))

PARENT: Final[dict[str, str]] = {
    "spine": "hips",
    "chest": "spine",
    "upperChest": "chest",
    "neck": "upperChest",
    "head": "neck",
    "leftEye": "head",
    "rightEye": "head",
    "jaw": "head",
    **{
        f"{side}{bone}": parent if parent in ("hips", "upperChest") else f"{side}{parent}"
        for side in ("left", "right")
        for bone, parent in (
            *(("UpperLeg", "hips"), ("LowerLeg", "UpperLeg"), ("Foot", "LowerLeg"), ("Toes", "Foot")),
            *(("Shoulder", "upperChest"), ("UpperArm", "Shoulder"), ("LowerArm", "UpperArm"), ("Hand", "LowerArm")),
            *(("ThumbMetacarpal", "Hand"), ("ThumbProximal", "ThumbMetacarpal"), ("ThumbDistal", "ThumbProximal")),
            *(
                (f"{finger}{joint}", above)
                for finger in ("Index", "Middle", "Ring", "Little")
                for joint, above in (
                    ("Proximal", "Hand"),
                    ("Intermediate", f"{finger}Proximal"),
                    ("Distal", f"{finger}Intermediate"),
                )
            ),
        )
    },
}
"""The humanoid's own tree: what each VRM bone hangs from when every bone is there."""


def parent_bone(bone: str, present: Mapping[str, object]) -> str:
    """The nearest bone above that is present, or ""."""
    above = PARENT.get(bone, "")
    while above and above not in present:
        above = PARENT.get(above, "")
    return above


def facing(points: Points) -> tuple[FloatArray, bool]:
    """((4,) turn from the figure's frame, +Y up and facing +Z, to the file's; whether the figure stands upright in it).

    points : the rest places of the bones in the file's frame. Directions within 20 degrees of an axis are that axis.
    """
    feet = [points[f"{side}{'Foot' if f'{side}Foot' in points else 'LowerLeg'}"] for side in ("left", "right")]
    rise = points["head"] - points["hips"]
    stand = points["hips"] - np.mean(feet, axis=0)
    up = _snap(rise)
    left = points["leftUpperLeg"] - points["rightUpperLeg"]
    left = _snap(left - up * (left @ up))
    upright = bool(_unit(rise) @ up > 0.8 and _unit(stand) @ up > 0.8 and abs(left @ up) < 0.1 and left.any())
    if not upright:
        return quat.identity(), False
    left = _unit(left - up * (left @ up))
    frame = np.stack([left, up, np.cross(left, up)], -1)
    return quat.from_matrix(frame.astype(np.float32)), True


def corrections(points: Points, frame: FloatArray) -> dict[str, FloatArray]:
    """(4,) turn of each bone from the T-pose to the file's rest, in the figure's frame.

    points : rest places in the file's frame, fingertips as ``<bone>End``; frame : from ``facing``."""
    here = {bone: quat.rotate(quat.conjugate(frame), p.astype(np.float32)) for bone, p in points.items()}
    found: dict[str, FloatArray] = {}
    for bone in ("hips", *PARENT):
        if bone not in points:
            continue
        above = found.get(parent_bone(bone, found), quat.identity())
        side, part = ("left", bone[4:]) if bone.startswith("left") else ("right", bone[5:])
        if part in ("Foot",):
            found[bone] = _foot(here, bone, f"{side}Toes")
        elif part == "Toes":
            found[bone] = above
        elif (aim := _aim(here, bone, side, part)) is not None:
            outward = np.array([1 if side == "left" else -1, 0, 0], np.float32)
            t_pose = np.array([0, -1, 0], np.float32) if part.endswith("Leg") else outward
            found[bone] = quat.multiply(quat.between(quat.rotate(above, t_pose), aim), above)
        elif part in _ARM or part.startswith(("Thumb", "Index", "Middle", "Ring", "Little")):
            found[bone] = above
        else:
            found[bone] = quat.identity()
    return found


def _aim(here: Mapping[str, FloatArray], bone: str, side: str, part: str) -> FloatArray | None:
    """Unit vector along a bone whose direction counts, or None."""
    if part == "Hand":
        end = next((b for f in ("Middle", "Index", "Ring") if (b := f"{side}{f}Proximal") in here), "")
    elif part.endswith("Proximal") and not part.startswith("Thumb"):
        end = bone.replace("Proximal", "Intermediate")
    elif part.endswith("Intermediate"):
        end = bone.replace("Intermediate", "Distal")
    elif part.endswith("Distal") and not part.startswith("Thumb"):
        end = f"{bone}End"
    else:
        end = f"{side}{_NEXT[part]}" if part in _NEXT else ""
    if end not in here:
        return None
    way = here[end] - here[bone]
    return _unit(way).astype(np.float32) if float(way @ way) > 1e-12 else None


def _foot(here: Mapping[str, FloatArray], foot: str, toes: str) -> FloatArray:
    """A foot that rests on the floor is only turned about the upright; one that points up or down is laid flat."""
    way = here.get(toes, here.get(f"{foot}End"))
    if way is None:
        return quat.identity()
    x, y, z = _unit(way - here[foot])
    if -0.9 < y < 0.4 and z > 0.3:
        return quat.from_axis_angle(np.array([0, 1, 0], np.float32), float(np.arctan2(x, z)))
    if abs(y) < 0.9:
        return quat.identity()
    return quat.between(_unit(np.array([0, -0.4, 0.9])).astype(np.float32), np.array([x, y, z], np.float32))


def _unit(v: NDArray[np.floating]) -> NDArray[np.float64]:
    length = float(np.linalg.norm(v))
    return np.asarray(v, np.float64) / length if length > 1e-9 else np.zeros(3)


def _snap(v: NDArray[np.float64]) -> NDArray[np.float64]:
    u = _unit(v)
    k = int(np.argmax(np.abs(u)))
    if abs(u[k]) < _SNAP:
        return u
    axis = np.zeros(3)
    axis[k] = np.sign(u[k])
    return axis
