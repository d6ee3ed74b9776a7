"""Fingers: their measures, rings lofted along the bones, and the nails. Left side; T-pose, back of the hand up."""

from __future__ import annotations

import numpy as np
from kit import Array, Part, skeleton
from sculpt import facing, merged, sheet

BONES = {n: x for n, (_, x) in skeleton().items()}
FINGERS = ("Index", "Middle", "Ring", "Little")
TIPS = {
    "Index": np.array([0.7755, 1.3025, 0.0158]),
    "Middle": np.array([0.7880, 1.3045, -0.0080]),
    "Ring": np.array([0.7770, 1.3025, -0.0310]),
    "Little": np.array([0.7525, 1.2980, -0.0522]),
    "Thumb": np.array([0.7065, 1.2780, 0.0655]),
}
# radius at the base, first joint, second joint, and near the tip
GIRTH = {
    "Index": (0.0090, 0.0079, 0.0070, 0.0060),
    "Middle": (0.0094, 0.0082, 0.0072, 0.0062),
    "Ring": (0.0089, 0.0078, 0.0069, 0.0059),
    "Little": (0.0080, 0.0068, 0.0060, 0.0051),
    "Thumb": (0.0112, 0.0106, 0.0094, 0.0072),
}
UP = np.array([0.0, 1.0, 0.0])
THUMB_UP = np.array([-0.25, 0.82, 0.52])  # where the thumb's nail looks
EIGHT = 2 * np.pi * np.arange(8) / 8
Spots = list[tuple[int, float]]


def bone(name: str) -> Array:
    """Where a joint of the left side is."""
    return BONES["left" + name]


def joints_of(finger: str) -> tuple[str, str, str]:
    """The finger's three joints, from the palm out."""
    kinds = ("Metacarpal", "Proximal", "Distal") if finger == "Thumb" else ("Proximal", "Intermediate", "Distal")
    return (finger + kinds[0], finger + kinds[1], finger + kinds[2])


def axes_of(finger: str) -> tuple[Array, Array]:
    """(4, 3) joints and tip; (3,) lengths between them."""
    axes = np.array([*(bone(j) for j in joints_of(finger)), TIPS[finger]])
    return axes, np.linalg.norm(np.diff(axes, axis=0), axis=1)


def rings(finger: str, spots: Spots, turn: Array = EIGHT, grow: float = 0.0) -> Array:
    """(spots, turns, 3) about the finger. spots: (segment, metres past its start); turn: angles from the middle of the
    back towards the thumb's side; grow: metres further out."""
    axes, lengths = axes_of(finger)
    girth = np.array(GIRTH[finger])
    up = THUMB_UP if finger == "Thumb" else UP
    total = np.concatenate([[0], np.cumsum(lengths)])
    y, z = np.cos(turn), np.sin(turn)
    out = []
    for seg, metres in spots:
        d = (axes[seg + 1] - axes[seg]) / lengths[seg]
        s = total[seg] + metres
        r = float(np.interp(s, [0, total[1], total[2], total[3] - girth[3]], girth))
        fullness = np.sqrt(max(0.0, 1 - max(0.0, 1 - (total[3] - s) / (1.25 * girth[3])) ** 2))
        side = np.cross(d, up)
        side /= np.linalg.norm(side)
        lift = np.cross(side, d)
        knuckle = sum(np.exp(-(((s - total[j]) / 0.005) ** 2)) for j in (1, 2))
        pad = np.exp(-(((s - total[3] + 0.009) / 0.007) ** 2))
        pad += 0.5 * np.exp(-(((s - 0.5 * (total[1] + total[2])) / 0.007) ** 2))
        high = r * fullness * np.where(y > 0, 0.90 + 0.05 * knuckle, 0.98 + 0.07 * pad)
        wide = r * fullness * (0.98 + 0.035 * knuckle)
        sink = -0.10 * r * (1 - fullness)
        centre = axes[seg] + d * metres
        out.append(centre + np.outer(y * (high + grow) + sink, lift) + np.outer(z * (wide + grow), side))
    return np.array(out)


def left_nails() -> Part:
    """Five small plates that follow the fingers' backs."""
    parts = []
    for f in (*FINGERS, "Thumb"):
        last = float(axes_of(f)[1][2])
        size = GIRTH[f][3] / 0.006
        spots = [(2, last - 0.0118 * size), (2, last - 0.0070 * size), (2, last - 0.0016 * size)]
        grid = rings(f, spots, np.radians([-44, 0, 44]), 0.0004)
        grid[0, [0, 2]] += (grid[1, [0, 2]] - grid[0, [0, 2]]) * 0.28
        p, t, uv = sheet(grid, closed=False, box=(0.05, 0.62, 0.95, 0.9), flip=False)
        t = facing(p, t, THUMB_UP if f == "Thumb" else UP)
        parts.append(Part("nail", p, t, {f"left{f}Distal": np.ones(len(p))}, "skin", uvs=uv))
    return merged("nails", "skin", parts)
