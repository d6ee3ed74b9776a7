"""The small things: a ribbon tied at the collar and its brooch, the clasp and the knot of the sash."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from body import torso_field
from clothes_skirt import outline
from kit import Array, Part
from sculpt import Box, both, cap, facing, merged, sheet

RIBBON_BOX = (0.640, 0.868, 0.800, 0.940)
BROOCH_BOX = (0.820, 0.868, 0.892, 0.940)
SASH_KNOT_BOX = (0.640, 0.952, 0.800, 0.992)
COLLAR_Y, SASH_Y = 1.3350, 1.0120
Surface = Callable[[float, float], float]


def front_z(x: float, y: float) -> float:
    """z of the blouse's front at (x, y), metres."""
    z = np.linspace(0.0, 0.16, 321)
    f = torso_field(np.stack([np.full(321, x), np.full(321, y), z], axis=1))
    return float(z[f < 0].max())


def back_depth(x: float, y: float) -> float:
    """How far behind the middle the sash, and below it the skirt, lies at (x, y), metres."""
    turn = -np.pi / 2 + np.linspace(0, 1.2, 60)
    p = outline(np.full(60, y), turn)
    return float(np.interp(x, p[:, 0], -p[:, 2])) + 0.0045


def loop(y0: float, size: float, depth: Surface, box: Box, weights: dict[str, float]) -> Part:
    """The left loop of a bow: a flat pillow, full in its middle. depth: the surface under it."""
    a = 2 * np.pi * np.arange(6) / 6
    rings = []
    for x, h, thick, drop in (
        (0.001, 0.0040, 0.0032, 0.0),
        (0.012, 0.0098, 0.0050, 0.0002),
        (0.027, 0.0152, 0.0058, -0.0028),
        (0.038, 0.0132, 0.0044, -0.0070),
        (0.043, 0.0068, 0.0016, -0.0098),
    ):
        z = depth(x * size, y0 + drop * size) + 0.0065 * size
        ring = np.stack([np.full(6, x), drop + h * np.sin(a), thick * np.cos(a)], axis=1) * size
        rings.append(ring + np.array([0, y0, z]))
    p, t, uv = sheet(np.array(rings), box=box)
    return Part("loop", p, t, {j: np.full(len(p), w) for j, w in weights.items()}, "dress", uvs=uv)


def tail(y0: float, size: float, length: float, depth: Surface, box: Box) -> Part:
    """The left end of a ribbon, lying on what is under it, cut aslant."""
    rows = []
    for k, (x, half) in enumerate(((0.0035, 0.0040), (0.0090, 0.0070), (0.0140, 0.0088), (0.0185, 0.0102))):
        row = []
        for side in (-1, 0, 1):
            px, py = (x + side * half) * size, y0 - length * k / 3 + (0.009 * side if k == 3 else 0.0)
            row.append((px, py, depth(px, py) + 0.0040 + 0.0018 * (side == 0) + 0.001 * (k == 0)))
        rows.append(row)
    p, t, uv = sheet(np.array(rows), closed=False, box=box, flip=False)
    t = facing(p, t, np.array([0.0, 0.0, 1.0]))
    return Part("tail", p, t, {}, "dress", uvs=uv)


def turned(part: Part) -> Part:
    """Turned half round the vertical: from the front to the back."""
    return replace(part, positions=part.positions * (-1, 1, -1))


def collar_bow() -> list[Part]:
    """The ribbon at the collar."""
    end = tail(COLLAR_Y, 1.0, 0.082, front_z, RIBBON_BOX)
    w = np.clip((end.positions[:, 1] - 1.23) / 0.04, 0, 1)
    end.weights = {"upperChest": w, "chest": 1 - w}
    return [*both(loop(COLLAR_Y, 1.0, front_z, RIBBON_BOX, {"upperChest": 1.0})), *both(end)]


def sash_bow() -> list[Part]:
    """The sash's own knot, behind."""
    end = tail(SASH_Y, 1.35, 0.105, back_depth, SASH_KNOT_BOX)
    end.weights = {"hips": np.ones(len(end.positions))}
    wing = loop(SASH_Y, 1.35, back_depth, SASH_KNOT_BOX, {"hips": 0.3, "spine": 0.7})
    return [turned(p) for p in (*both(wing), *both(end))]


def cabochon(middle: Array, rx: float, ry: float, height: float, weights: dict[str, float]) -> Part:
    """An oval stone in its setting, facing forward."""
    a = 2 * np.pi * np.arange(8) / 8
    rings = [
        np.stack(
            [middle[0] + s * rx * np.cos(a), middle[1] + s * ry * np.sin(a), np.full(8, middle[2] + h * height)],
            axis=1,
        )
        for s, h in ((1.0, -0.5), (1.0, 0.35), (0.62, 0.85))
    ]
    p = np.concatenate([*rings, [middle + np.array([0, 0, height])]])
    i = np.arange(8)
    j = (i + 1) % 8
    t = np.concatenate(
        [
            np.concatenate([np.stack([b + i, b + j, b + 8 + i], 1), np.stack([b + j, b + 8 + j, b + 8 + i], 1)])
            for b in (0, 8)
        ]
        + [cap(16, 8, 24)]
    )
    u0, v0, u1, v1 = BROOCH_BOX
    flat = np.stack([(p[:, 0] - middle[0]) / rx, (p[:, 1] - middle[1]) / ry], axis=1)
    uv = np.stack(
        [(u0 + u1) / 2 + flat[:, 0] * (u1 - u0) * 0.47, (v0 + v1) / 2 - flat[:, 1] * (v1 - v0) * 0.47], axis=1
    )
    return Part("stone", p, t, {j: np.full(len(p), w) for j, w in weights.items()}, "dress", uvs=uv)


def trim_parts() -> list[Part]:
    """Ribbon with its brooch, clasp and knot of the sash."""
    over = front_z(0.010, COLLAR_Y) + 0.0105
    brooch = cabochon(np.array([0.0, COLLAR_Y, over]), 0.0068, 0.0080, 0.0045, {"upperChest": 1.0})
    at = outline(np.array([SASH_Y]), np.array([np.pi / 2]))[0]
    waist = {"hips": 0.3, "spine": 0.7}
    clasp = cabochon(at + np.array([0, 0, 0.0085]), 0.0150, 0.0105, 0.0040, waist)
    knot = cabochon(np.array([0.0, SASH_Y, back_depth(0.0, SASH_Y) + 0.0105]), 0.0085, 0.0130, 0.0050, waist)
    u0, v0, u1, v1 = SASH_KNOT_BOX
    knot.uvs = np.tile([(u0 + u1) / 2, (v0 + v1) / 2], (len(knot.positions), 1))
    return [merged("trim", "dress", [*collar_bow(), brooch, clasp, *sash_bow(), turned(knot)])]
