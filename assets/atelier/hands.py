"""The hands: a cage of quads (palm of twenty columns, fingers and thumb of eight); the palm is pulled onto a field of
bones and pads, the fingers are lofted ring by ring. Made for the left, mirrored for the right."""

from __future__ import annotations

import numpy as np
from fingers import FINGERS, GIRTH, TIPS, Spots, axes_of, bone, joints_of, left_nails, rings
from kit import Array, Part
from numpy.typing import NDArray
from sculpt import away, blob, both, merged, onto, relax, round_cone, smoothstep, soft_union

PALM_X = (0.592, 0.618, 0.637, 0.656, 0.675, 0.693)
WEB_X = 0.7085
THUMB_ROWS = (1, 3)  # rows of the palm between which the thumb grows out of the index side
MIDDLE = np.array([0.66, 1.30, -0.016])


def field(p: Array) -> Array:
    """Distance to the palm: wrist, metacarpals with their knuckles, the ball of the thumb and the outer edge."""
    wrist = round_cone(
        p, np.array([0.55, 1.3015, -0.0165]), np.array([0.622, 1.3015, -0.0160]), 0.0165, 0.0160, (1, 1.0, 0.76)
    )
    palm = []
    for i, f in enumerate(FINGERS):
        head = bone(f + "Proximal") - np.array([0.0, 0.0030, 0.0])
        root = np.array([0.622, 1.302, -0.004 - 0.0085 * i])
        tip = head + (bone(f + "Intermediate") - bone(f + "Proximal")) * 0.62
        r = GIRTH[f][0]
        shaft = round_cone(p, root, head, 0.0110, r + 0.0008, (1, 1, 0.95))
        palm.append(soft_union(0.006, shaft, round_cone(p, head, tip, r + 0.001, r)))
    ball = round_cone(p, np.array([0.626, 1.2945, 0.004]), np.array([0.661, 1.2875, 0.030]), 0.0150, 0.0118)
    edge = blob(p, (0.650, 1.2935, -0.036), (0.030, 0.0118, 0.0135))
    pads = blob(p, (0.689, 1.2945, -0.016), (0.011, 0.0095, 0.030))
    hand = soft_union(0.010, soft_union(0.013, *palm), edge, pads)
    return soft_union(0.020, soft_union(0.018, hand, ball), wrist)


class Cage:
    """Vertices and quads of the hand as it is put together. ``share`` holds what is known of a vertex's weights."""

    def __init__(self) -> None:
        self.points: list[Array] = []
        self.fixed: list[bool] = []
        self.triangles: list[tuple[int, int, int]] = []
        self.share: dict[int, dict[str, float]] = {}

    def add(self, points: Array, fixed: bool = True) -> list[int]:
        start = len(self.points)
        self.points += list(np.atleast_2d(points))
        self.fixed += [fixed] * (len(self.points) - start)
        return list(range(start, len(self.points)))

    def bridge(self, a: list[int], b: list[int]) -> None:
        """Quads between two rings of the same length."""
        for k in range(len(a)):
            n = (k + 1) % len(a)
            self.triangles += [(a[n], a[k], b[k]), (a[n], b[k], b[n])]

    def limb(self, finger: str, base: list[int], spots: Spots, shares: list[tuple[float, float]]) -> None:
        """A finger grown from the eight vertices of ``base``; shares: of the second and third joint, ring by ring."""
        first, second, third = joints_of(finger)
        before = base
        for i, ring in enumerate(rings(finger, spots)):
            ids = self.add(ring)
            if i == 0:
                order = nearest_turn(np.array(self.points), base, ids)
            ids = [ids[k] for k in order]
            self.bridge(before, ids)
            b, c = shares[i]
            self.share |= {k: {first: 1 - b, second: b - c, third: c} for k in ids}
            before = ids
        tip = self.add(TIPS[finger])[0]
        self.share[tip] = {third: 1.0}
        self.triangles += [(before[(k + 1) % 8], before[k], tip) for k in range(8)]


def nearest_turn(p: Array, base: list[int], ids: list[int]) -> list[int]:
    """The order, turned and directed, in which a ring of eight lies closest to ``base``."""
    orders = [[(k + step * i) % 8 for i in range(8)] for step in (1, -1) for k in range(8)]
    return min(orders, key=lambda o: float(((p[base] - p[[ids[k] for k in o]]) ** 2).sum()))


def palm(cage: Cage) -> list[list[int]]:
    """Rows of twenty: column 0 the index side, 1–9 the back, 10 the little side, 11–19 the palm."""
    rows = []
    for r, x in enumerate(PALM_X):
        t = (x - PALM_X[0]) / (PALM_X[-1] - PALM_X[0])
        z0, z1 = 0.010 + 0.016 * t, -0.042 - 0.016 * t
        across = np.linspace(z0, z1, 9)
        ring = np.full((20, 3), x)
        ring[:, 1] = np.r_[1.300, np.full(9, 1.322), 1.300, np.full(9, 1.282)]
        ring[:, 2] = np.r_[z0 + 0.008, across, z1 - 0.008, across[::-1]]
        rows.append(cage.add(onto(field, ring), fixed=r == 0))
    return rows


def webs(cage: Cage) -> dict[str, list[int]]:
    """Base ring of each finger on the web line; neighbours share the three vertices between them."""
    at, radius = [], [GIRTH[f][0] for f in FINGERS]
    for f in FINGERS:
        a, b = bone(f + "Proximal"), bone(f + "Intermediate")
        at.append(a + (b - a) / np.linalg.norm(b - a) * (WEB_X - a[0] - (0.010 if f == "Little" else 0.0)))
    sides = []  # between the fingers, and outside the first and last: top, middle, low
    for i in range(5):
        if 0 < i < 4:
            web = (at[i - 1] + at[i]) / 2
            places = web + np.array([[-0.0005, 0.0048, 0], [0.0040, 0, 0], [0.0025, -0.0058, 0]])
        else:
            end, sign = (0, 1.0) if i == 0 else (3, -1.0)
            r = radius[end]
            places = at[end] + np.array([[0, 0.70 * r, 0.71 * r], [0, 0, r], [0, -0.72 * r, 0.71 * r]]) * (1, 1, sign)
        sides.append(cage.add(places))
    base = {}
    for i, f in enumerate(FINGERS):
        back, front = cage.add(at[i] + np.array([[-0.001, radius[i] * 0.92, 0], [0.001, -radius[i] * 1.02, 0]]))
        (t0, m0, l0), (t1, m1, l1) = sides[i], sides[i + 1]
        base[f] = [back, t0, m0, l0, front, l1, m1, t1]
    return base


def left_hand() -> Part:
    """The whole left hand, open at the wrist (which the cuff hides)."""
    cage = Cage()
    rows = palm(cage)
    base = webs(cage)
    crown = [base["Index"][2]]
    for f in FINGERS:
        crown += [base[f][1], base[f][0]]
    crown += [base["Little"][7], base["Little"][6]]
    for f in reversed(FINGERS):
        crown += [base[f][5], base[f][4]]
    crown.append(base["Index"][3])
    lo, hi = THUMB_ROWS
    for r, (a, b) in enumerate(zip(rows, [*rows[1:], crown], strict=True)):
        for c in range(20):
            n = (c + 1) % 20
            if not (lo <= r < hi and c in (19, 0)):
                cage.triangles += [(a[c], a[n], b[n]), (a[c], b[n], b[c])]
    for f in FINGERS:
        l = axes_of(f)[1]
        spots = [(0, l[0] - 0.0055), (1, 0.0), (1, 0.0055), (1, l[1] - 0.0042), (2, 0.0042), (2, l[2] - 0.0085)]
        shares = [(0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (1.0, 0.06), (1.0, 0.94), (1.0, 1.0), (1.0, 1.0)]
        cage.limb(f, base[f], [*spots, (2, l[2] - 0.0022)], shares)
    hole = [rows[r][c] for r, c in ((lo, 0), (lo, 19), (lo + 1, 19), (hi, 19), (hi, 0), (hi, 1), (lo + 1, 1), (lo, 1))]
    l = axes_of("Thumb")[1]
    spots = [(1, -0.001), (1, 0.008), (1, l[1] - 0.006), (2, 0.0), (2, 0.006), (2, l[2] - 0.0105), (2, l[2] - 0.0026)]
    shares = [(0.75, 0.0), (1.0, 0.0), (1.0, 0.05), (1.0, 0.5), (1.0, 0.95), (1.0, 1.0), (1.0, 1.0)]
    cage.limb("Thumb", hole, spots, shares)
    return finished(cage)


def finished(cage: Cage) -> Part:
    """The cage as a mesh: unused vertices gone, the palm relaxed on its field, weights and blush laid on."""
    p, t = np.array(cage.points), np.array(cage.triangles)
    used = np.zeros(len(p), np.bool_)
    used[t.reshape(-1)] = True
    p = relax(field, p, t, np.array(cage.fixed) | ~used, 12)
    weights = palm_weights(p)
    for k, known in cage.share.items():
        for j in weights:
            weights[j][k] = known.get(j, 0.0)
    new = np.cumsum(used) - 1
    t = away(p, t, MIDDLE)
    named = {"left" + j: w[used] for j, w in weights.items()}
    return Part("hand", p[used], new[t].astype(np.int64), named, "skin", uvs=blush(p[used]))


def palm_weights(p: Array) -> dict[str, Array]:
    """Forearm, hand, first phalanges and the ball of the thumb, for vertices of the palm."""
    x = p[:, 0]
    w = {j: np.zeros(len(p)) for f in (*FINGERS, "Thumb") for j in joints_of(f)}
    z = np.array([bone(f + "Proximal")[2] for f in FINGERS])
    near = np.exp(-(((p[:, 2:3] - z) / 0.0085) ** 2))
    near /= near.sum(1, keepdims=True)
    for i, f in enumerate(FINGERS):
        at = bone(f + "Proximal")[0]
        w[f + "Proximal"] = near[:, i] * smoothstep(at - 0.008, at + 0.015, x)
    start, axis = bone("ThumbMetacarpal"), bone("ThumbProximal") - bone("ThumbMetacarpal")
    s = (p - start) @ axis / (axis @ axis)
    off = np.linalg.norm(p - start - np.clip(s, 0, 1.2)[:, None] * axis, axis=1)
    ball = smoothstep(0.15, 0.95, s) * (1 - smoothstep(0.013, 0.026, off)) * (1 - smoothstep(0.672, 0.690, x))
    w["ThumbMetacarpal"] = ball
    w["LowerArm"] = 1 - smoothstep(0.594, 0.624, x)
    w["Hand"] = np.clip(1 - sum(w.values()), 0, None)
    return w


def blush(p: Array) -> NDArray[np.float64]:
    """(n, 2) into the skin's texture: rosier at fingertips, knuckles and the pads of the palm."""
    t = (p[:, 1] < 1.296) * np.exp(-(((p[:, 0] - 0.688) / 0.012) ** 2)) * 0.35
    for f in (*FINGERS, "Thumb"):
        knuckles = [(bone(j), 0.0116, 0.30) for j in joints_of(f)[f == "Thumb" :]]
        for x, reach, much in ((TIPS[f], 0.012, 0.75), *knuckles):
            t = np.maximum(t, much * np.exp(-((np.linalg.norm(p - x, axis=1) / reach) ** 2)))
    return np.stack([np.clip(0.02 + t, 0.02, 0.98), np.full(len(p), 0.25)], axis=1)


def hand_parts() -> list[Part]:
    """Both hands with their nails."""
    return [merged("hands", "skin", [*both(left_hand()), *both(left_nails())])]
