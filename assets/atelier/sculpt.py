"""Tools to sculpt with: lofted sheets, distance fields to pull a cage onto, weights along a limb, mirrors, merges."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from kit import Array, Part
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Box = tuple[float, float, float, float]
Field = Callable[[Array], Array]


def smoothstep(a: float, b: float, x: Array | float) -> Array:
    """0 below ``a``, 1 above ``b``, smooth between."""
    t = np.clip((np.asarray(x, float) - a) / (b - a), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def table(rows: Sequence[Sequence[float]], x: Array) -> Array:
    """Monotone cubic through ``rows`` (first column the key, rising), sampled at ``x``: (len(x), columns - 1)."""
    r = np.asarray(rows, float)
    return np.asarray(PchipInterpolator(r[:, 0], r[:, 1:], axis=0)(np.clip(x, r[0, 0], r[-1, 0])))


def ellipse(n: int, rx: float, rz: float, power: float = 2.0, phase: float = 0.0) -> Array:
    """(n, 2) x, z of a super-ellipse, from +X towards +Z."""
    a = 2 * np.pi * np.arange(n) / n + phase
    c, s = np.cos(a), np.sin(a)
    e = 2.0 / power
    return np.stack([rx * np.sign(c) * np.abs(c) ** e, rz * np.sign(s) * np.abs(s) ** e], axis=1)


def sheet(
    rings: Array,
    *,
    closed: bool = True,
    box: Box = (0.0, 0.0, 1.0, 1.0),
    v: Array | None = None,
    flip: bool | None = None,
) -> tuple[Array, NDArray[np.int64], Array]:
    """Join ``rings`` (R, C, 3) into positions, triangles, uvs inside ``box`` (u0, v0, u1, v1).

    A closed sheet repeats its first column for the texture's seam. Triangles face away from each ring's middle unless
    ``flip`` says (None = look).
    """
    if closed:
        rings = np.concatenate([rings, rings[:, :1]], axis=1)
    r, c = rings.shape[:2]
    i = (np.arange(r - 1)[:, None] * c + np.arange(c - 1)).reshape(-1)
    tri = np.concatenate([np.stack([i, i + 1, i + c], 1), np.stack([i + 1, i + c + 1, i + c], 1)])
    p = rings.reshape(-1, 3)
    if flip is None:
        middle = np.repeat(rings[:, : c - 1].mean(axis=1), c, axis=0)
        flip = bool((face_normals(p, tri) * (p[tri].mean(1) - middle[tri].mean(1))).sum() < 0)
    if flip:
        tri = tri[:, ::-1]
    u = np.linspace(box[0], box[2], c)
    t = np.linspace(0, 1, r) if v is None else v
    uv = np.stack(np.broadcast_arrays(u[None, :], (box[1] + (box[3] - box[1]) * t)[:, None]), axis=-1).reshape(-1, 2)
    return p, tidy(p, tri), uv


def face_normals(p: Array, triangles: NDArray[np.int64]) -> Array:
    """(T, 3) twice the area long."""
    return np.cross(p[triangles[:, 1]] - p[triangles[:, 0]], p[triangles[:, 2]] - p[triangles[:, 0]])


def facing(p: Array, triangles: NDArray[np.int64], way: Array) -> NDArray[np.int64]:
    """The triangles, all turned over if on the whole they look against ``way``."""
    return triangles[:, ::-1] if float((face_normals(p, triangles) @ way).sum()) < 0 else triangles


def away(p: Array, triangles: NDArray[np.int64], middle: Array) -> NDArray[np.int64]:
    """The triangles, all turned over if on the whole they look towards ``middle``."""
    out = (face_normals(p, triangles) * (p[triangles].mean(1) - middle)).sum()
    return triangles[:, ::-1] if float(out) < 0 else triangles


def tidy(positions: Array, triangles: NDArray[np.int64], area: float = 1e-10) -> NDArray[np.int64]:
    """The triangles without those that have no area."""
    return triangles[np.linalg.norm(face_normals(positions, triangles), axis=1) > 2 * area]


def cap(start: int, count: int, centre: int) -> NDArray[np.int64]:
    """A fan from vertex ``centre`` to the closed ring ``start … start + count - 1``."""
    k = np.arange(count)
    return np.stack([np.full(count, centre), start + k, start + (k + 1) % count], axis=1)


def along(s: Array, joints: Sequence[str], centres: Sequence[float], widths: Sequence[float]) -> dict[str, Array]:
    """Weights down a limb: ``joints[i]`` hands over to ``joints[i + 1]`` at ``centres[i]``, within ± ``widths[i]``."""
    f = [
        np.ones_like(s),
        *(smoothstep(c - w, c + w, s) for c, w in zip(centres, widths, strict=True)),
        np.zeros_like(s),
    ]
    return {j: np.maximum(f[i] - f[i + 1], 0.0) for i, j in enumerate(joints)}


def scaled(weights: dict[str, Array], by: Array) -> dict[str, Array]:
    """Every weight times ``by``."""
    return {j: w * by for j, w in weights.items()}


def added(*sets: dict[str, Array]) -> dict[str, Array]:
    """The sum of weight sets for the same vertices."""
    total: dict[str, Array] = {}
    for s in sets:
        for j, w in s.items():
            total[j] = total[j] + w if j in total else w
    return total


def merged(name: str, material: str, parts: Sequence[Part]) -> Part:
    """Several parts as one mesh."""
    offsets = np.cumsum([0, *(len(p.positions) for p in parts)])
    weights: dict[str, Array] = {}
    for p, o in zip(parts, offsets, strict=False):
        for j, w in p.weights.items():
            weights.setdefault(j, np.zeros(offsets[-1]))[o : o + len(w)] = w
    return Part(
        name,
        np.concatenate([p.positions for p in parts]),
        np.concatenate([p.triangles + o for p, o in zip(parts, offsets, strict=False)]),
        weights,
        material,
        uvs=np.concatenate([p.uvs if p.uvs is not None else np.zeros((len(p.positions), 2)) for p in parts]),
    )


def other_side(joint: str) -> str:
    """left ↔ right in a joint's name."""
    if joint.startswith("left"):
        return "right" + joint[4:]
    return "left" + joint[5:] if joint.startswith("right") else joint


def mirrored(part: Part) -> Part:
    """The same part on the other side of x = 0."""
    return Part(
        part.name,
        part.positions * (-1.0, 1.0, 1.0),
        part.triangles[:, ::-1],
        {other_side(j): w for j, w in part.weights.items()},
        part.material,
        uvs=part.uvs,
    )


def both(part: Part) -> list[Part]:
    """Left and right."""
    return [part, mirrored(part)]


# Distance fields


def round_cone(
    p: Array, a: Array, b: Array, ra: float, rb: float, squash: tuple[float, float, float] = (1, 1, 1)
) -> Array:
    """Distance to a capsule whose radius goes from ``ra`` to ``rb``; ``squash`` stretches space about ``a`` first."""
    s = np.asarray(squash, float)
    p, b = (p - a) * s, (np.asarray(b) - a) * s
    t = np.clip(p @ b / (b @ b), 0.0, 1.0)
    return np.linalg.norm(p - t[:, None] * b, axis=1) - (ra + (rb - ra) * t)


def blob(p: Array, centre: Sequence[float], radii: Sequence[float]) -> Array:
    """About the distance to an ellipsoid."""
    r = np.asarray(radii, float)
    q = (p - np.asarray(centre)) / r
    k0, k1 = np.linalg.norm(q, axis=1), np.linalg.norm(q / r, axis=1)
    return k0 * (k0 - 1.0) / np.maximum(k1, 1e-9)


def soft_union(k: float, *d: Array) -> Array:
    """Smooth minimum; ``k`` metres is the reach of the blend."""
    out = d[0]
    for e in d[1:]:
        h = np.maximum(k - np.abs(out - e), 0.0) / k
        out = np.minimum(out, e) - h * h * k * 0.25
    return out


def gradient(field: Field, p: Array, eps: float = 1e-4) -> Array:
    """Central differences, (n, 3)."""
    return np.stack([(field(p + d) - field(p - d)) / (2 * eps) for d in np.eye(3) * eps], axis=1)


def onto(field: Field, p: Array, steps: int = 6) -> Array:
    """Pull points to where the field is zero."""
    for _ in range(steps):
        g = gradient(field, p)
        p = p - g * (field(p) / np.maximum((g * g).sum(1), 0.05))[:, None]
    return p


def relax(field: Field, p: Array, triangles: NDArray[np.int64], fixed: NDArray[np.bool_], rounds: int = 20) -> Array:
    """Slide the free vertices to the middle of their neighbours, and back onto the field, again and again."""
    n = len(p)
    links = np.zeros((n, n), bool)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        links[triangles[:, a], triangles[:, b]] = links[triangles[:, b], triangles[:, a]] = True
    mean = links / np.maximum(links.sum(1, keepdims=True), 1)
    free = ~fixed
    for _ in range(rounds):
        q = p + 0.5 * (mean @ p - p)
        p = p.copy()
        p[free] = onto(field, q[free], 2)
    p[free] = onto(field, p[free], 6)
    return p


def diffused(
    weights: dict[str, Array], triangles: NDArray[np.int64], positions: Array, rounds: int
) -> dict[str, Array]:
    """Weights spread over the mesh: ``rounds`` of half-way averaging with the neighbours (same places count as one)."""
    _, same = np.unique(np.round(positions, 5), axis=0, return_inverse=True)
    same = same.reshape(-1)
    n = same.max() + 1
    links = np.zeros((n, n), bool)
    t = same[triangles]
    for a, b in ((0, 1), (1, 2), (2, 0)):
        links[t[:, a], t[:, b]] = links[t[:, b], t[:, a]] = True
    mean = links / np.maximum(links.sum(1, keepdims=True), 1)
    names = list(weights)
    w = np.zeros((n, len(names)))
    w[same] = np.stack([weights[j] for j in names], axis=1)
    for _ in range(rounds):
        w = 0.5 * (w + mean @ w)
    return {j: w[same, i] for i, j in enumerate(names)}
