"""A person made of points: normalised joint rotations in, what a perfect tracker would see of them out."""

from __future__ import annotations

import numpy as np

from avatar.animate.rig import ROW, ROWS
from avatar.linalg import quat
from avatar.model.model import HUMAN_BONES
from avatar.model.tpose import PARENT
from avatar.types import Body, Face, Hand, Observation

HALF = {
    "hips": (0, 0, 0),
    "spine": (0, 0.10, 0),
    "chest": (0, 0.20, 0),
    "upperChest": (0, 0.30, 0),
    "neck": (0, 0.46, 0),
    "head": (0, 0.55, 0),
    "leftUpperLeg": (0.10, 0, 0),
    "leftShoulder": (0.04, 0.42, 0),
    "leftUpperArm": (0.17, 0.42, 0),
    "leftLowerArm": (0.45, 0.42, 0),
    "leftHand": (0.70, 0.42, 0),
    "leftThumbMetacarpal": (0.72, 0.415, 0.03),
    "leftThumbProximal": (0.7504, 0.4058, 0.0544),
    "leftThumbDistal": (0.7732, 0.3989, 0.0727),
    **{
        f"left{finger}{joint}": (0.79 + step, 0.42, z)
        for finger, z in (("Index", 0.022), ("Middle", 0.0), ("Ring", -0.02), ("Little", -0.04))
        for joint, step in (("Proximal", 0.0), ("Intermediate", 0.04), ("Distal", 0.065))
    },
}
TIP = {"Thumb": (0.0152, -0.0046, 0.0122), **dict.fromkeys(("Index", "Middle", "Ring", "Little"), (0.022, 0, 0))}
AT = {n: np.array(p, float) for n, p in HALF.items()}
AT |= {"right" + n[4:]: p * (-1, 1, 1) for n, p in list(AT.items()) if n.startswith("left")}


def rest() -> np.ndarray:
    return quat.identity((ROWS,))


def euler(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    """Degrees about one axis or another: the rotation vector."""
    return quat.from_vector(np.radians(np.array([x, y, z], np.float32)))


def placed(rotation: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """(bone -> (3,) place, bone -> (3, 3) world turn)."""
    at: dict[str, np.ndarray] = {}
    turn: dict[str, np.ndarray] = {}
    for bone in ("hips", *(b for b in HUMAN_BONES if b != "hips")):
        if bone not in AT:
            continue
        local = quat.to_matrix(rotation[ROW[bone]]).astype(float)
        above = PARENT.get(bone, "")
        if not above:
            at[bone], turn[bone] = AT[bone], local
        else:
            at[bone] = at[above] + turn[above] @ (AT[bone] - AT[above])
            turn[bone] = turn[above] @ local
    return at, turn


def hand_points(at: dict[str, np.ndarray], turn: dict[str, np.ndarray], side: str) -> np.ndarray:
    s = np.array([1.0 if side == "left" else -1.0, 1, 1])
    rows = [at[f"{side}Hand"]]
    for finger in ("Thumb", "Index", "Middle", "Ring", "Little"):
        joints = ("Metacarpal", "Proximal", "Distal") if finger == "Thumb" else ("Proximal", "Intermediate", "Distal")
        rows += [at[f"{side}{finger}{j}"] for j in joints]
        last = f"{side}{finger}Distal"
        rows.append(at[last] + turn[last] @ (np.array(TIP[finger]) * s))
    return np.array(rows)


def seen(
    rotation: np.ndarray,
    visibility: dict[int, float] | None = None,
    hands: bool = True,
    shapes: np.ndarray | None = None,
    t: float = 1.0,
) -> Observation:
    """rotation : (ROWS, 4) normalised; visibility : by pose point, else 1; shapes : (52,) blend shapes."""
    at, turn = placed(rotation)
    world = np.zeros((33, 3), np.float32)
    for i, side in enumerate(("left", "right")):
        points = hand_points(at, turn, side)
        for k, p in (
            (11, at[f"{side}UpperArm"]),
            (13, at[f"{side}LowerArm"]),
            (15, at[f"{side}Hand"]),
            (17, points[17]),
            (19, points[5]),
            (21, points[2]),
            (23, at[f"{side}UpperLeg"]),
        ):
            world[k + i] = p
    sure = np.ones(33, np.float32)
    for k, v in (visibility or {}).items():
        sure[k] = v
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = turn["head"]
    matrix[:3, 3] = (0.1, 0.2, -0.8)
    face = Face(
        np.zeros((478, 3), np.float32),
        np.zeros(52, np.float32) if shapes is None else shapes,
        matrix,
        np.array([0, 0, 9, 9], np.float32),
    )
    found = tuple(
        Hand(side, np.zeros((21, 3), np.float32), hand_points(at, turn, side).astype(np.float32), 1.0)
        for side in ("left", "right")
    )
    body = Body(np.zeros((33, 3), np.float32), world, sure)
    return Observation(t, (640, 480), face, found if hands else (), body, hands_t=t, body_t=t)


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """Degrees between two rotations."""
    return float(np.degrees(np.linalg.norm(quat.to_vector(quat.multiply(a, quat.conjugate(b))))))
