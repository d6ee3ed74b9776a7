"""The pleated skirt with its spring chains, and the sash at the waist."""

from __future__ import annotations

import numpy as np
from kit import Array, Chain, Part
from sculpt import along, sheet, smoothstep, table
from vrm import Helper

SKIRT_BOX = (0.0, 0.312, 1.0, 0.680)
SASH_BOX = (0.004, 0.868, 0.620, 0.940)

PLEATS = 18
# each leg has two chains before it and two behind
CHAIN_TURNS = np.radians([18, 63, 90, 117, 162, 198, 243, 270, 297, 342])
JOINT_Y = (0.935, 0.760, 0.570, 0.375)  # three joints and the end
# y, half width, depth to the front, depth to the back
SHAPE = (
    (0.360, 0.232, 0.216, 0.222),
    (0.480, 0.215, 0.196, 0.202),
    (0.620, 0.197, 0.173, 0.180),
    (0.740, 0.178, 0.152, 0.161),
    (0.830, 0.162, 0.130, 0.143),
    (0.900, 0.1425, 0.110, 0.119),
    (0.950, 0.1235, 0.094, 0.096),
    (0.990, 0.1075, 0.0835, 0.0745),
    (1.020, 0.1025, 0.0805, 0.0685),
    (1.050, 0.1060, 0.0835, 0.0700),
)
ROWS = (1.005, 0.955, 0.905, 0.845, 0.765, 0.675, 0.575, 0.470, 0.372)


def outline(y: Array, turn: Array) -> Array:
    """(n, 3) on the skirt's smooth shape at height ``y`` and angle ``turn`` from +X towards +Z."""
    rx, zf, zb = table(SHAPE, y).T
    c, s = np.cos(turn), np.sin(turn)
    return np.stack([rx * c, y, np.where(s > 0, zf, zb) * s - 0.002], axis=1)


def skirt_helpers() -> list[Helper]:
    """Two joints, one in the other, that turn half-way between the legs: the middle of the skirt hangs there."""
    at = np.array([0.0, 0.865, 0.0])
    return [
        Helper("skirtLeft", "hips", at, "leftUpperLeg", 0.5),
        Helper("skirtRight", "skirtLeft", at, "rightUpperLeg", 0.5),
    ]


def skirt_chains() -> list[Chain]:
    """Ten chains around the hips: four go with each leg, front and back between them."""
    chains = []
    for i, turn in enumerate(CHAIN_TURNS):
        x = np.cos(turn)
        parent = "skirtRight" if abs(x) < 0.1 else "leftUpperLeg" if x > 0 else "rightUpperLeg"
        joints = []
        for k, y in enumerate(JOINT_Y):
            p = outline(np.array([y]), turn)[0]
            joints.append((f"skirt{i}_{k}" if k < 3 else f"skirt{i}_end", np.round(p, 5)))
        chains.append(
            Chain(
                f"skirt{i}",
                parent,
                joints,
                stiffness=1.3,
                drag=0.45,
                gravity=0.15,
                radius=0.014,
                colliders=("leftUpperLeg", "rightUpperLeg", "leftLowerLeg", "rightLowerLeg", "hips"),
            )
        )
    return chains


def chain_weights(y: Array, turn: Array) -> dict[str, Array]:
    """Each vertex hangs on the two chains beside it."""
    down = along(-y, ["hips", "0", "1", "2"], [-0.930, -0.760, -0.570], [0.045, 0.06, 0.06])
    weights = {"hips": down["hips"]}
    n = len(CHAIN_TURNS)
    at = np.interp(turn % (2 * np.pi), CHAIN_TURNS, np.arange(n))
    wrap = 2 * np.pi - CHAIN_TURNS[-1] + CHAIN_TURNS[0]
    past = (turn - CHAIN_TURNS[-1]) % (2 * np.pi)
    at = np.where(past <= wrap, n - 1 + past / wrap, at)
    for i in range(n):
        near = np.clip(1 - np.abs((at - i + n / 2) % n - n / 2), 0, 1)
        for k in range(3):
            weights[f"skirt{i}_{k}"] = near * down[str(k)]
    return weights


def skirt() -> Part:
    """Eighteen knife pleats, three columns each, deeper towards the hem."""
    parts = np.array([0.0, 0.14, 0.55])
    depth = np.array([1.0, -1.0, -0.15])
    place = (np.arange(PLEATS)[:, None] + parts).reshape(-1) / PLEATS
    amount = np.tile(depth, PLEATS)
    turn = 2 * np.pi * (place - 0.25)  # the seam is behind
    rings = []
    for y in ROWS:
        p = outline(np.full(len(turn), y), turn)
        out = np.stack([np.cos(turn), np.zeros_like(turn), np.sin(turn)], axis=1)
        fold = 0.0008 + 0.0105 * (1 - float(smoothstep(0.38, 0.97, y)))
        rings.append(p + out * (amount * fold)[:, None])
    u0, u1 = SKIRT_BOX[0], SKIRT_BOX[2]
    v = (ROWS[0] - np.array(ROWS)) / (ROWS[0] - ROWS[-1])
    p, t, uv = sheet(np.array(rings), box=SKIRT_BOX, v=v)
    uv[:, 0] = np.tile(u0 + (u1 - u0) * np.append(place, 1.0), len(ROWS))
    weights = chain_weights(p[:, 1], np.tile(np.append(turn, turn[0] + 2 * np.pi), len(ROWS)))
    return Part("skirt", p, t, weights, "dress", uvs=uv)


def sash() -> Part:
    """A fine band over blouse hem and skirt."""
    rows = ((0.985, 0.002), (0.984, 0.0068), (1.012, 0.0066), (1.040, 0.0072), (1.030, 0.0040))
    turn = 2 * np.pi * (np.arange(24) / 24 - 0.25)
    out = np.stack([np.cos(turn), np.zeros(24), np.sin(turn)], axis=1)
    rings = np.array([outline(np.full(24, y), turn) + out * off for y, off in rows])
    p, t, uv = sheet(rings, box=SASH_BOX, v=np.array([1.0, 0.96, 0.5, 0.04, 0.0]))
    w = along(p[:, 1], ["hips", "spine"], [0.975], [0.03])
    return Part("sash", p, t, w, "dress", uvs=uv)


def skirt_parts() -> tuple[list[Part], list[Chain], list[Helper]]:
    """Skirt, sash, the chains that move the skirt, and the joints its middle hangs on."""
    return [skirt(), sash()], skirt_chains(), skirt_helpers()
