"""Writes BVH files of one walking figure, with any names, rest pose, facing and unit; for the tests."""

from __future__ import annotations

from functools import cache

import numpy as np

from avatar.linalg import quat

# bone: (parent, place in the T-pose in metres)
BODY = {
    "hips": ("", (0.0, 0.95, 0.0)),
    "spine": ("hips", (0.0, 1.05, 0.0)),
    "chest": ("spine", (0.0, 1.2, 0.0)),
    "neck": ("chest", (0.0, 1.45, 0.0)),
    "head": ("neck", (0.0, 1.55, 0.02)),
    **{
        f"{side}{bone}": (parent if parent in ("hips", "chest") else f"{side}{parent}", (sign * x, y, z))
        for side, sign in (("left", 1), ("right", -1))
        for bone, parent, (x, y, z) in (
            ("UpperLeg", "hips", (0.1, 0.9, 0.0)),
            ("LowerLeg", "UpperLeg", (0.1, 0.5, 0.0)),
            ("Foot", "LowerLeg", (0.1, 0.08, 0.0)),
            ("Toes", "Foot", (0.1, 0.02, 0.13)),
            ("Shoulder", "chest", (0.03, 1.4, 0.0)),
            ("UpperArm", "Shoulder", (0.18, 1.4, 0.0)),
            ("LowerArm", "UpperArm", (0.45, 1.4, 0.0)),
            ("Hand", "LowerArm", (0.7, 1.4, 0.0)),
        )
    },
}
ENDS = {"head": (0.0, 0.2, 0.0), "leftHand": (0.1, 0.0, 0.0), "rightHand": (-0.1, 0.0, 0.0)}
ENDS |= {"leftToes": (0.0, -0.02, 0.06), "rightToes": (0.0, -0.02, 0.06)}

_MIXAMO = {"UpperLeg": "UpLeg", "LowerLeg": "Leg", "Foot": "Foot", "Toes": "ToeBase", "Shoulder": "Shoulder"}
_MIXAMO |= {"UpperArm": "Arm", "LowerArm": "ForeArm", "Hand": "Hand"}
_ACCAD = {"UpperLeg": "Hip", "LowerLeg": "Knee", "Foot": "Ankle", "Toes": "Toe", "Shoulder": "Collar"}
_ACCAD |= {"UpperArm": "Shoulder", "LowerArm": "Elbow", "Hand": "Wrist"}
_UNREAL = {"UpperLeg": "thigh", "LowerLeg": "calf", "Foot": "foot", "Toes": "ball", "Shoulder": "clavicle"}
_UNREAL |= {"UpperArm": "upperarm", "LowerArm": "lowerarm", "Hand": "hand"}
_BIPED = {"UpperLeg": "Thigh", "LowerLeg": "Calf", "Foot": "Foot", "Toes": "Toe0", "Shoulder": "Clavicle"}
_BIPED |= {"UpperArm": "UpperArm", "LowerArm": "Forearm", "Hand": "Hand"}


def names(style: str) -> dict[str, str]:
    """BODY's bones to the names of a program."""
    made = {}
    for bone in BODY:
        side = "left" if bone.startswith("left") else "right" if bone.startswith("right") else ""
        part = bone[len(side) :]
        if style == "mixamo":
            torso = {"hips": "Hips", "spine": "Spine", "chest": "Spine1", "neck": "Neck", "head": "Head"}
            made[bone] = "mixamorig:" + (side.capitalize() + _MIXAMO[part] if side else torso[bone])
        elif style == "cmu":
            torso = {"hips": "Hips", "spine": "LowerBack", "chest": "Spine", "neck": "Neck", "head": "Head"}
            made[bone] = side.capitalize() + _MIXAMO[part] if side else torso[bone]
        elif style == "accad":
            torso = {"hips": "Hips", "spine": "ToSpine", "chest": "Chest", "neck": "Neck", "head": "Head"}
            made[bone] = side.capitalize() + _ACCAD[part] if side else torso[bone]
        elif style == "unreal":
            torso = {"hips": "pelvis", "spine": "spine_01", "chest": "spine_02", "neck": "neck_01", "head": "head"}
            made[bone] = f"{_UNREAL[part]}_{side[0]}" if side else torso[bone]
        elif style == "biped":
            torso = {"hips": "Pelvis", "spine": "Spine", "chest": "Spine1", "neck": "Neck", "head": "Head"}
            made[bone] = f"Bip01 {side[0].upper()} {_BIPED[part]}" if side else f"Bip01 {torso[bone]}"
        elif style == "bandai":
            made[bone] = f"{part}_{side[0].upper()}" if side else bone.capitalize()
        elif style == "blender":
            made[bone] = f"{_UNREAL[part]}.{side[0].upper()}" if side else bone
        else:
            made[bone] = bone
    return made


def turn(axis: str, degrees: float) -> np.ndarray:
    return quat.from_axis_angle(np.eye(3, dtype="f4")["xyz".index(axis)], np.radians(degrees))


def gait(phase: float) -> dict[str, np.ndarray]:
    """Normalised rotations of a walk at a phase of 0–1: thighs swing, knees bend back, arms hang and swing."""
    pose = {bone: quat.identity() for bone in BODY}
    pose["hips"] = turn("y", 4 * np.sin(2 * np.pi * phase))
    for side, sign, shift in (("left", 1, 0.0), ("right", -1, 0.5)):
        p = 2 * np.pi * (phase + shift)
        pose[f"{side}UpperLeg"] = turn("x", -25 * np.sin(p) - 8)
        pose[f"{side}LowerLeg"] = turn("x", 30 - 25 * np.cos(p))
        pose[f"{side}Foot"] = turn("x", -10 + 8 * np.cos(p))
        pose[f"{side}UpperArm"] = quat.multiply(turn("x", 20 * np.sin(p)), turn("z", -sign * 75))
        pose[f"{side}LowerArm"] = turn("y", -sign * 20)
    return pose


def stance(rest: str) -> dict[str, np.ndarray]:
    """World turns from the T-pose to a rest pose: t, a or i, as an arm is lowered about its shoulder."""
    drop = {"t": 0, "a": 45, "i": 90}[rest]
    return {
        bone: turn("z", -drop if bone.startswith("left") else drop)
        if bone.endswith(("UpperArm", "LowerArm", "Hand"))
        else quat.identity()
        for bone in BODY
    }


def euler(q: np.ndarray, order: str) -> list[float]:
    """Degrees about the axes of ``order``, the first outermost."""
    m = quat.to_matrix(quat.normalize(q)).astype(float)
    i, j, k = ("xyz".index(c) for c in order)
    sign = 1 if (i, j, k) in ((0, 1, 2), (1, 2, 0), (2, 0, 1)) else -1
    b = np.arcsin(np.clip(sign * m[i, k], -1, 1))
    return list(np.degrees([np.arctan2(-sign * m[j, k], m[k, k]), b, np.arctan2(-sign * m[i, j], m[i, i])]))


@cache
def text(
    style: str = "cmu",
    rest: str = "t",
    facing: float = 0.0,
    unit: float = 100.0,
    order: str = "zxy",
    frames: int = 12,
    away: float = 0.0,
    step: float = 1 / 12,
) -> str:
    """The file. facing : degrees the figure is turned; unit : a metre in the file's units; away : metres off."""
    name, above, lines = names(style), stance(rest), ["HIERARCHY"]
    whole = turn("y", facing)

    def out(v: np.ndarray) -> str:
        return " ".join(f"{x:.6f}" for x in v)

    def offset(bone: str) -> np.ndarray:
        parent, place = BODY[bone]
        if not parent:
            return np.zeros(3)
        bent = quat.rotate(above[parent], np.subtract(place, BODY[parent][1]).astype("f4"))
        return quat.rotate(whole, bent) * unit

    def joint(bone: str, depth: int) -> None:
        pad = "  " * depth
        lines.append(f"{pad}{'JOINT' if depth else 'ROOT'} {name[bone]}")
        lines.append(pad + "{")
        lines.append(f"{pad}  OFFSET {out(offset(bone))}")
        turns = " ".join(f"{c.upper()}rotation" for c in order)
        places = "" if depth else "Xposition Yposition Zposition "
        lines.append(f"{pad}  CHANNELS {3 if depth else 6} {places}{turns}")
        below = [b for b, (parent, _) in BODY.items() if parent == bone]
        for b in below:
            joint(b, depth + 1)
        if bone in ENDS:
            end = quat.rotate(whole, quat.rotate(above[bone], np.array(ENDS[bone], "f4"))) * unit
            lines.extend([f"{pad}  End Site", pad + "  {", f"{pad}    OFFSET {out(end)}", pad + "  }"])
        lines.append(pad + "}")
        ordered.append(bone)

    ordered: list[str] = []
    joint("hips", 0)
    written = [b for b in (line.split(maxsplit=1) for line in lines) if b[0] in ("ROOT", "JOINT")]
    back = {n: b for b, n in name.items()}
    lines += ["MOTION", f"Frames: {frames}", f"Frame Time: {step:.8f}"]
    for frame in range(frames):
        phase = frame / frames
        pose = gait(phase)
        place = np.array([away, 0.93 + 0.02 * np.cos(4 * np.pi * phase), away + 1.2 * phase], "f4")
        row = list(quat.rotate(whole, place) * unit)
        for _, joint_name in written:
            bone = back[joint_name]
            parent = BODY[bone][0]
            q = quat.multiply(pose[bone], quat.conjugate(above[bone]))
            if parent:
                q = quat.multiply(above[parent], q)
            row += euler(quat.multiply(quat.multiply(whole, q), quat.conjugate(whole)), order)
        lines.append(" ".join(f"{v:.6f}" for v in row))
    return "\n".join(lines) + "\n"
