"""The body where it shows or shapes the clothes: the field of the upper body, the neck, the legs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from kit import Array, Part, skeleton
from sculpt import along, both, ellipse, round_cone, sheet, smoothstep, soft_union, table

BONES = {n: x for n, (_, x) in skeleton().items()}
NECK_RING_Y = 1.385
PLAIN_SKIN = (0.02, 0.25)  # where the skin's texture leaves its colour alone

# y, half width, depth to the front, depth to the back: the dressed upper body
TORSO = (
    (0.90, 0.150, 0.104, 0.106),
    (0.97, 0.107, 0.080, 0.072),
    (1.030, 0.1010, 0.0780, 0.0660),
    (1.052, 0.1070, 0.0845, 0.0710),
    (1.090, 0.1140, 0.0930, 0.0770),
    (1.14, 0.1210, 0.1050, 0.0830),
    (1.18, 0.1265, 0.1100, 0.0890),
    (1.22, 0.1280, 0.1010, 0.0930),
    (1.26, 0.1240, 0.0820, 0.0930),
    (1.30, 0.1050, 0.0640, 0.0840),
    (1.34, 0.0660, 0.0420, 0.0620),
)

# y, x offset, z of the middle, half width, depth to the front, depth to the back
LEG = (
    (0.095, 0.0000, -0.0235, 0.0225, 0.0265, 0.0275),
    (0.130, 0.0000, -0.0225, 0.0235, 0.0255, 0.0285),
    (0.180, 0.0010, -0.0200, 0.0285, 0.0280, 0.0350),
    (0.250, 0.0020, -0.0160, 0.0375, 0.0335, 0.0465),
    (0.320, 0.0025, -0.0120, 0.0425, 0.0370, 0.0530),
    (0.370, 0.0020, -0.0070, 0.0420, 0.0390, 0.0500),
    (0.430, 0.0010, 0.0000, 0.0395, 0.0415, 0.0420),
    (0.475, 0.0000, 0.0040, 0.0415, 0.0450, 0.0390),
    (0.530, 0.0010, 0.0040, 0.0470, 0.0500, 0.0450),
    (0.640, 0.0030, 0.0020, 0.0600, 0.0640, 0.0620),
)
# of the foot, ring by ring: y, z on top of the instep; y, z at heel or sole; half width
FOOT = (
    (0.0740, 0.0150, 0.0500, -0.0530, 0.0245),
    (0.0570, 0.0480, 0.0120, -0.0400, 0.0270),
    (0.0395, 0.0930, 0.0060, 0.0500, 0.0288),
)


def torso_field(p: Array) -> Array:
    """Distance (near the surface) to the dressed torso with shoulders, left and right alike."""
    q = np.stack([np.abs(p[:, 0]), p[:, 1], p[:, 2]], axis=1)
    rx, zf, zb = table(TORSO, q[:, 1]).T
    rz = np.where(q[:, 2] > 0, zf, zb)
    power = 2.35
    rho = ((q[:, 0] / rx) ** power + (np.abs(q[:, 2]) / rz) ** power) ** (1 / power)
    trunk = np.maximum((rho - 1) * np.minimum(rx, rz), (q[:, 1] - 1.335) * 0.8)
    shoulder = round_cone(q, np.array([0.020, 1.298, -0.020]), np.array([0.136, 1.2835, -0.017]), 0.042, 0.0440)
    arm = round_cone(q, np.array([0.136, 1.2835, -0.017]), np.array([0.385, 1.302, -0.020]), 0.0440, 0.040)
    slope = round_cone(q, np.array([0.018, 1.341, -0.022]), np.array([0.120, 1.300, -0.019]), 0.028, 0.032)
    throat = round_cone(q, np.array([0.0, 1.27, -0.022]), np.array([0.0, 1.42, -0.012]), 0.050, 0.048)
    return soft_union(0.022, soft_union(0.030, trunk, shoulder), soft_union(0.015, arm, shoulder), slope, throat)


def neck() -> Part:
    """From inside the collar up to the ring shared with the head."""
    rows = (
        (1.310, -0.0200, 0.0520, 0.0510),
        (1.340, -0.0180, 0.0470, 0.0480),
        (1.362, -0.0160, 0.0452, 0.0470),
        (NECK_RING_Y, -0.0140, 0.0450, 0.0470),
    )
    rings = []
    for y, z, rx, rz in rows:
        e = ellipse(24, rx, rz)
        rings.append(np.stack([e[:, 0], np.full(24, y), e[:, 1] + z], axis=1))
    p, t, _ = sheet(np.array(rings))
    y = p[:, 1]
    head = 0.3 * smoothstep(1.335, NECK_RING_Y, y)
    low = 1 - smoothstep(1.300, 1.362, y)
    weights = {"upperChest": low, "neck": 1 - low - head, "head": head}
    return Part("neck", p, t, weights, "skin", uvs=np.tile(PLAIN_SKIN, (len(p), 1)))


def with_slim_neck(part: Part) -> Part:
    """The part with the neck drawn in a little at its sides, head and body alike, so that their seam stays shut."""
    p = part.positions
    much = (
        smoothstep(1.325, 1.370, p[:, 1])
        * (1 - smoothstep(1.422, 1.455, p[:, 1]))
        * (1 - smoothstep(0.02, 0.05, p[:, 2]))
    )
    return replace(part, positions=p * np.stack([1 - 0.13 * much, np.ones(len(p)), 1 - 0.05 * much], axis=1))


def left_leg() -> Part:
    """From above the knee to the toes, in tights; the shoe hides the sole."""
    x0 = BONES["leftUpperLeg"][0]
    ys = np.array([0.590, 0.500, 0.442, 0.370, 0.300, 0.220, 0.150, 0.098])
    n = 10
    a = 2 * np.pi * np.arange(n) / n + np.pi / 2
    c, s = np.cos(a), np.sin(a)
    rings = []
    for y, (dx, z, rx, zf, zb) in zip(ys, table(LEG, ys), strict=True):
        rings.append(np.stack([x0 + dx + rx * c, np.full(n, y), z + np.where(s > 0, zf, zb) * s], axis=1))
    for y0, z0, y1, z1, w in FOOT:
        t = (s + 1) / 2
        rings.append(np.stack([x0 + w * c, y1 + (y0 - y1) * t, z1 + (z0 - z1) * t], axis=1))
    p, t, uv = sheet(np.array(rings), box=TIGHTS_BOX)
    weights = along(-p[:, 1], ["leftUpperLeg", "leftLowerLeg", "leftFoot"], [-0.474, -0.090], [0.045, 0.022])
    toes = smoothstep(0.066, 0.110, p[:, 2]) * (p[:, 1] < 0.06)
    weights["leftToes"] = weights["leftFoot"] * toes
    weights["leftFoot"] = weights["leftFoot"] * (1 - toes)
    return Part("leg", p, t, weights, "dress", uvs=uv)


TIGHTS_BOX = (0.72, 0.760, 0.99, 0.850)


def body_parts() -> list[Part]:
    """Neck and both legs."""
    return [neck(), *both(left_leg())]
