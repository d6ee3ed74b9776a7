"""The blouse: a torso of thirty-two columns with armholes, full sleeves gathered into cuffs, a stand collar."""

from __future__ import annotations

import numpy as np
from body import torso_field
from kit import Array, Part
from sculpt import (
    added,
    along,
    away,
    both,
    diffused,
    merged,
    relax,
    scaled,
    sheet,
    smoothstep,
    table,
    tidy,
)

TORSO_BOX = (0.004, 0.004, 0.996, 0.300)
SLEEVE_BOX = (0.004, 0.692, 0.376, 0.856)
CUFF_BOX = (0.400, 0.692, 0.540, 0.736)
COLLAR_BOX = (0.560, 0.692, 0.840, 0.736)

COLUMNS = 32
LOW_Y = (1.000, 1.044, 1.084, 1.122, 1.156, 1.188, 1.226)
ARM_ROW = len(LOW_Y) - 1  # the row along the bottom of the armhole
ARM_HIGH = 4  # quads up the armhole, and across it
TOP_ROWS = 3  # loops from the top of the armhole to the neckline, the neckline included
ROWS = len(LOW_Y) + ARM_HIGH + TOP_ROWS
COLLAR = (0.0, 1.3570, -0.0165, 0.0505, 0.0540)  # middle of the neckline x y z, half width, half depth

# x, y, z of the middle; half height, half depth: the sleeve with its fullness
SLEEVE = (
    (0.140, 1.2840, -0.0170, 0.0465, 0.0490),
    (0.170, 1.2890, -0.0180, 0.0440, 0.0465),
    (0.210, 1.2950, -0.0185, 0.0410, 0.0435),
    (0.280, 1.3005, -0.0190, 0.0375, 0.0395),
    (0.350, 1.3015, -0.0198, 0.0355, 0.0370),
    (0.385, 1.3018, -0.0200, 0.0350, 0.0365),
    (0.430, 1.3010, -0.0195, 0.0360, 0.0372),
    (0.490, 1.2990, -0.0185, 0.0398, 0.0412),
    (0.528, 1.2970, -0.0178, 0.0440, 0.0455),
    (0.554, 1.2985, -0.0170, 0.0395, 0.0415),
    (0.568, 1.3010, -0.0165, 0.0280, 0.0310),
)


def neckline(turn: Array) -> Array:
    """(n, 3): the seam between blouse and collar, higher behind; ``turn`` radians from +X towards +Z."""
    x, y, z, rx, rz = COLLAR
    c, s = np.cos(turn), np.sin(turn)
    return np.stack([x + rx * c, y - 0.013 * s - 0.006 * np.maximum(s, 0) ** 3, z + rz * s], axis=1)


def armhole(i: Array) -> Array:
    """(n, 3): the left armhole's sixteen places, from its lowest towards the front, up and back."""
    a = np.radians(-90 + 22.5 * i)
    up, forward = np.sin(a), np.cos(a)
    return np.stack([0.134 + 0.002 * up, 1.2830 + 0.0470 * up, -0.017 + 0.0495 * forward], axis=1)


def grid_index(row: int, column: int) -> int:
    return row * COLUMNS + column % COLUMNS


def hole_loop() -> list[tuple[int, int]]:
    """(row, column) of the left armhole's sixteen vertices, in ``armhole``'s order."""
    h, b = ARM_HIGH // 2, ARM_ROW
    path = [(b, k) for k in range(h)] + [(b + j, h) for j in range(ARM_HIGH)]
    path += [(b + ARM_HIGH, k) for k in range(h, -h, -1)] + [(b + j, -h) for j in range(ARM_HIGH, 0, -1)]
    return path + [(b, k) for k in range(-h, 0)]


def torso_cage() -> tuple[Array, Array]:
    """Positions (rows x 32, 3), and triangles with the armholes open."""
    turn = 2 * np.pi * np.arange(COLUMNS) / COLUMNS
    arm_y = np.linspace(LOW_Y[-1], 1.312, ARM_HIGH + 1)[1:]
    rows = []
    for y in (*LOW_Y, *arm_y):
        d = np.stack([np.cos(turn) * 0.17, np.zeros(COLUMNS), np.sin(turn) * 0.13], axis=1)
        rows.append(d + np.array([0, y, 0]))
    neck = neckline(turn)
    for j in range(1, TOP_ROWS + 1):
        t = j / TOP_ROWS
        rows.append(rows[len(LOW_Y) + ARM_HIGH - 1] * (1 - t) * (1.0, 1.0, 0.8) + neck * t + (0, 0.01 * (1 - t), 0))
    p = np.concatenate(rows)
    n_rows = len(rows)
    fixed = np.zeros(len(p), bool)
    below = len(LOW_Y) * COLUMNS
    # columns straight out from the axis, onto the field along their own ray
    for _ in range(30):
        d = p[: below + ARM_HIGH * COLUMNS] * (1.0, 0.0, 1.0)
        r = np.linalg.norm(d, axis=1, keepdims=True)
        f = torso_field(p[: below + ARM_HIGH * COLUMNS])
        p[: below + ARM_HIGH * COLUMNS] -= d / r * np.clip(f, -0.02, 0.02)[:, None] * 0.7
    fixed[:below] = True
    places = armhole(np.arange(16))
    for (row, k), x in zip(hole_loop(), places, strict=True):
        for col, sign in ((k, 1.0), (COLUMNS // 2 - k, -1.0)):
            i = grid_index(row, col)
            p[i], fixed[i] = x * (sign, 1, 1), True
    last = (n_rows - 1) * COLUMNS
    p[last:], fixed[last:] = neck, True
    quads = []
    h = ARM_HIGH // 2
    for r in range(n_rows - 1):
        for k in range(COLUMNS):
            side = min((k + h) % COLUMNS, (k + h - COLUMNS // 2) % COLUMNS)
            if ARM_ROW <= r < ARM_ROW + ARM_HIGH and side < ARM_HIGH:
                continue
            a, b = grid_index(r, k), grid_index(r, k + 1)
            quads.append((a, b, b + COLUMNS, a + COLUMNS))
    q = np.array(quads)
    right = ((q[:, 0] % COLUMNS) >= COLUMNS // 4) & ((q[:, 0] % COLUMNS) < 3 * COLUMNS // 4)
    q[right] = q[right][:, [1, 2, 3, 0]]
    tri = np.concatenate([q[:, [0, 2, 1]], q[:, [0, 3, 2]]])
    unused = np.ones(len(p), bool)
    unused[tri.reshape(-1)] = False
    p = relax(torso_field, p, tri, fixed | unused, 14)
    grid = p.reshape(n_rows, COLUMNS, 3)
    grid = (grid + grid[:, (COLUMNS // 2 - np.arange(COLUMNS)) % COLUMNS] * (-1, 1, 1)) / 2
    return grid.reshape(-1, 3), tri


def arm_share(p: Array) -> Array:
    """How much of a vertex the left upper arm moves, before smoothing."""
    return smoothstep(0.108, 0.182, p[:, 0] + 0.25 * (p[:, 1] - 1.302)) * smoothstep(1.19, 1.25, p[:, 1])


def trunk_weights(p: Array) -> dict[str, Array]:
    """Hips to the shoulders, for the vertices of the upper body."""
    w = along(p[:, 1], ["hips", "spine", "chest", "upperChest"], [0.965, 1.085, 1.195], [0.03, 0.05, 0.05])
    for sign, side in ((1.0, "left"), (-1.0, "right")):
        q = p * (sign, 1, 1)
        arm = arm_share(q)
        shoulder = smoothstep(0.035, 0.115, q[:, 0]) * smoothstep(1.215, 1.29, q[:, 1]) * (1 - arm)
        w = scaled(w, 1 - arm - shoulder)
        w[side + "Shoulder"], w[side + "UpperArm"] = shoulder, arm
    return w


def torso() -> Part:
    p, tri = torso_cage()
    rows = len(p) // COLUMNS
    grid = p.reshape(rows, COLUMNS, 3)
    # the texture's seam runs down the back (column 24)
    order = np.r_[24:32, 0:25] % COLUMNS
    wide = grid[:, order].reshape(-1, 3)
    position_of = {int(c): j for j, c in enumerate(order[:-1])}
    c_of, r_of = tri % COLUMNS, tri // COLUMNS
    j = np.vectorize(position_of.__getitem__)(c_of)
    wrap = (j.max(1) - j.min(1)) > COLUMNS // 2
    j = np.where(wrap[:, None] & (j == 0), COLUMNS, j)
    t = r_of * (COLUMNS + 1) + j
    u = np.tile(np.linspace(TORSO_BOX[0], TORSO_BOX[2], COLUMNS + 1), rows)
    v = np.repeat(np.linspace(TORSO_BOX[3], TORSO_BOX[1], rows), COLUMNS + 1)
    used = np.unique(t)
    new = np.zeros(len(wide), int)
    new[used] = np.arange(len(used))
    t, wide, uv = new[t], wide[used], np.stack([u, v], 1)[used]
    t = away(wide, t, np.array([0, 1.15, 0]))
    return Part("torso", wide, tidy(wide, t), trunk_weights(wide), "blouse", uvs=uv)


def left_sleeve() -> Part:
    """From the armhole to the gathers above the cuff, sixteen columns."""
    xs = np.array([0.158, 0.188, 0.240, 0.310, 0.358, 0.388, 0.418, 0.478, 0.528, 0.555, 0.568])
    rows = table(SLEEVE, xs)
    a = np.radians(-90 + 22.5 * np.arange(16))
    rings = [armhole(np.arange(16))]
    for x, (y, z, ry, rz) in zip(xs, rows, strict=True):
        lean = 0.25 * max(0.0, 1 - (x - 0.136) / 0.06)
        up, forward = np.sin(a), np.cos(a)
        # soft folds: a little wave near elbow and gathers
        fold = 1 + 0.020 * np.sin(3 * a + x * 60) * np.exp(-(((x - 0.385) / 0.05) ** 2))
        fold = fold + 0.030 * np.cos(8 * a) * smoothstep(0.50, 0.55, x)
        droop = -0.004 * smoothstep(0.45, 0.53, x) * (1 - smoothstep(0.55, 0.568, x))
        rings.append(np.stack([x + lean * 0.02 * up, y + droop + ry * fold * up, z + rz * fold * forward], axis=1))
    p, t, uv = sheet(np.array(rings), box=SLEEVE_BOX)
    below = along(p[:, 0], ["leftUpperArm", "leftLowerArm"], [0.388], [0.045])
    past = smoothstep(0.132, 0.190, p[:, 0])
    weights = added(scaled(below, past), scaled(trunk_weights(p), 1 - past))
    return Part("sleeve", p, t, weights, "blouse", uvs=uv)


def left_cuff() -> Part:
    """A firm band at the wrist with a turned edge."""
    rows = ((0.565, 0.0270, 0.0295), (0.603, 0.0240, 0.0285), (0.606, 0.0224, 0.0268), (0.592, 0.0205, 0.0240))
    a = np.radians(-90 + 22.5 * np.arange(16))
    rings = [np.stack([np.full(16, x), 1.3015 + ry * np.sin(a), -0.0165 + rz * np.cos(a)], 1) for x, ry, rz in rows]
    p, t, uv = sheet(np.array(rings), box=CUFF_BOX, v=np.array([0, 0.75, 0.85, 1.0]))
    weights = along(p[:, 0], ["leftLowerArm", "leftHand"], [0.618], [0.03])
    return Part("cuff", p, t, weights, "blouse", uvs=uv)


def collar() -> Part:
    """The stand collar: outside, edge and inside, a little open at the front."""
    n = 24
    turn = 2 * np.pi * (np.arange(n) / n + 0.75)
    base = neckline(turn)
    s = np.sin(turn)
    front = np.exp(-(((turn - 2.5 * np.pi) / 0.22) ** 2))
    out = np.stack([np.cos(turn), np.zeros(n), s], axis=1)
    lift = np.stack([np.zeros(n), 0.0265 - 0.003 * s - 0.008 * front, np.zeros(n)], axis=1)
    rings = np.array(
        [
            base + out * 0.0016 - (0, 0.005, 0),
            base + lift + out * -0.0008,
            base + lift + out * -0.0036 + (0, 0.0006, 0),
            base + lift * 0.2 + out * -0.0050,
        ]
    )
    p, t, uv = sheet(rings, box=COLLAR_BOX, v=np.array([0, 0.8, 0.86, 1.0]))
    neck = 0.35 * smoothstep(1.348, 1.388, p[:, 1])
    return Part("collar", p, t, {"upperChest": 1 - neck, "neck": neck}, "blouse", uvs=uv)


def top_parts() -> list[Part]:
    """The blouse, whole."""
    shell = merged("shell", "blouse", [torso(), *both(left_sleeve())])
    shell.weights = diffused(shell.weights, shell.triangles, shell.positions, 5)
    return [merged("blouse", "blouse", [shell, *both(left_cuff()), collar()])]
