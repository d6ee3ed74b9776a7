"""Round-toed strap shoes with a low heel, feet flat on y = 0."""

from __future__ import annotations

import numpy as np
from body import BONES
from kit import Array, Part
from sculpt import along, away, both, cap, facing, merged, sheet

SHOE_BOX = (0.400, 0.760, 0.700, 0.850)
# z, inner x, outer x (from the ankle's x, + is outwards), of the sole
SOLE = (
    (-0.064, 0.000, 0.000),
    (-0.058, -0.017, 0.017),
    (-0.040, -0.026, 0.026),
    (0.000, -0.026, 0.029),
    (0.050, -0.032, 0.036),
    (0.090, -0.037, 0.041),
    (0.122, -0.035, 0.035),
    (0.145, -0.028, 0.025),
    (0.157, -0.018, 0.014),
    (0.162, -0.006, 0.002),
)
N = 18


def sole_outline(grow: float) -> Array:
    """(18, 2) x, z around the sole from the outer side towards the toe, back along the inner side to the heel."""
    rows = np.array(SOLE)
    inner = np.stack([rows[:, 1], rows[:, 0]], 1)
    outer = np.stack([rows[:, 2], rows[:, 0]], 1)
    loop = np.concatenate([outer, inner[::-1]])
    keep = np.r_[True, np.linalg.norm(np.diff(loop, axis=0), axis=1) > 1e-9]
    loop = loop[keep]
    loop = np.concatenate([loop, loop[:1]])
    s = np.r_[0, np.cumsum(np.linalg.norm(np.diff(loop, axis=0), axis=1))]
    t = np.linspace(0, s[-1], N, endpoint=False)
    p = np.stack([np.interp(t, s, loop[:, k]) for k in (0, 1)], 1)
    middle = np.array([0.0, 0.045])
    d = p - middle
    return p + d / np.linalg.norm(d, axis=1, keepdims=True) * grow


def left_shoe() -> list[Part]:
    x0 = BONES["leftFoot"][0]
    flat = sole_outline(0.0)
    # where the shoe ends above: a loop about the ankle, low over the instep
    a = np.arctan2(flat[:, 0], flat[:, 1] - 0.02)
    top = np.stack([0.0275 * np.sin(a), np.interp(np.cos(a), [-1, 0, 1], [-0.0610, 0.002, 0.0860])], 1)
    top[:, 0] *= np.interp(top[:, 1], [-0.06, -0.03, 0.05, 0.086], [1.0, 1.0, 1.15, 1.0])
    top_y = np.interp(top[:, 1], [-0.061, -0.03, 0.02, 0.06, 0.086], [0.060, 0.048, 0.036, 0.042, 0.0465])
    arch = 0.011 * np.exp(-(((flat[:, 1] - 0.012) / 0.030) ** 2)) * (flat[:, 1] > -0.03)
    rings = []
    for t, y, bulge in (
        (0.0, 0.0, -0.002),
        (0.0, 0.0105, 0.0),
        (0.0, 0.0125, -0.0022),
        (0.10, 0.45, 0.0022),
        (0.46, 0.85, 0.0050),
        (1.0, 1.0, 0.0),
    ):
        xz = flat * (1 - t) + top * t
        d = xz - np.array([0.0, 0.045])
        xz = xz + d / np.linalg.norm(d, axis=1, keepdims=True) * bulge
        h = np.full(N, y) if y < 0.1 else 0.0125 + (top_y - 0.0125) * y
        if y == 0.0:
            h = h + arch
        rings.append(np.stack([x0 + xz[:, 0], h, xz[:, 1]], 1))
    p, t, uv = sheet(np.array(rings), box=SHOE_BOX, v=np.array([1.0, 0.9, 0.88, 0.5, 0.2, 0.0]), flip=False)
    t = away(p, t, np.array([x0, 0.02, 0.045]))
    bottom = len(p)
    p = np.concatenate([p, [[x0, 0.006, 0.030]]])
    uv = np.concatenate([uv, [[SHOE_BOX[0] + 0.02, SHOE_BOX[3] - 0.001]]])
    t = np.concatenate([t, facing(p, cap(0, N, bottom), np.array([0.0, -1.0, 0.0]))])
    return [Part("shoe", p, t, foot_weights(p), "dress", uvs=uv), strap(x0)]


def foot_weights(p: Array) -> dict[str, Array]:
    return along(p[:, 2], ["leftFoot", "leftToes"], [0.088], [0.022])


def strap(x0: float) -> Part:
    """The strap over the instep, from one side of the shoe to the other."""
    a = np.radians(np.linspace(-14, 194, 7))
    rings = []
    for dz, off in ((-0.0070, 0.0), (-0.0062, 0.0020), (0.0062, 0.0020), (0.0070, 0.0)):
        y = 0.0690 - 0.50 * (dz + 0.007)
        x = (0.0275 + off) * np.cos(a)
        up = y - 0.033 + (0.033 + off) * np.sin(a)
        rings.append(np.stack([x0 + x, up, 0.028 + dz + 0.30 * (y - up)], 1))
    p, t, uv = sheet(np.array(rings), closed=False, box=SHOE_BOX, flip=False)
    t = facing(p, t, np.array([0.0, 1.0, 0.0]))
    uv[:, 1] = SHOE_BOX[1] + 0.5 * (SHOE_BOX[3] - SHOE_BOX[1])
    return Part("strap", p, t, foot_weights(p), "dress", uvs=uv)


def shoe_parts() -> list[Part]:
    """Both shoes."""
    return [merged("shoes", "dress", [q for part in left_shoe() for q in both(part)])]
