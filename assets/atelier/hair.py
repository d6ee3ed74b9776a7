"""The hair of the house companion: a cap on the scalp, a parted fringe, locks before the ears and a soft back to the
shoulders, moved by spring chains."""

from __future__ import annotations

from typing import Any

import numpy as np
from face_form import normals, surface
from hair_locks import back, fringe, pins, sides
from hair_strands import BOTTOM, MM, TOP, chain_weights, dome, loft
from kit import Array, Chain, Part, smooth_normals
from numpy.typing import NDArray

Ints = NDArray[np.int64]
HAIRLINE = np.array(  # turn, fall of the hair's edge on the skin
    [
        (0.0, 2.95),
        (0.35, 2.85),
        (0.65, 3.25),
        (0.85, 4.2),
        (1.0, 5.2),
        (1.2, 6.6),
        (1.45, 6.9),
        (1.7, 7.2),
        (2.2, 8.6),
        (np.pi, 9.4),
    ]
)


def _cap() -> tuple[Array, Ints, Array, Array]:
    turn = np.linspace(0, np.pi, 15)
    rows = 8
    grid = []
    for a in turn:
        low = np.interp(a, *HAIRLINE.T)
        f = np.concatenate([[0.3, 0.8, 1.4], np.linspace(2.1, low, rows - 3)])
        behind = np.clip((a - 0.7) / 0.6, 0, 1)
        lift = np.interp(
            np.arange(rows), [0, 1, 2, 4, 6, 7], [8.0, 8.0, 7.0, 6.5 - 3.5 * behind, 5.0 - 2.0 * behind, 2.6]
        )
        p = dome(surface(np.full(rows, a), f, 0.0)) + normals(np.full(rows, max(a, 1e-3)), f, 0.0) * lift[:, None] * MM
        if a in (turn[0], turn[-1]):
            p[:, 0] = 0.0
        grid.append(p)
    half = np.array(grid)
    whole = np.concatenate([half, (half * (-1, 1, 1))[1:-1][::-1]])
    n = len(whole)
    p = np.concatenate([whole.reshape(-1, 3), [[0.0, 1.6565, -0.010]]])
    tri = []
    for i in range(n):
        a, b = i * rows, ((i + 1) % n) * rows
        tri.append((len(p) - 1, a, b))
        for k in range(rows - 1):
            tri += [(a + k, a + k + 1, b + k), (b + k, a + k + 1, b + k + 1)]
    tris = np.array(tri, dtype=np.int64)
    away = p - np.array([0, 1.53, -0.01])
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    face = np.cross(p[tris[:, 1]] - p[tris[:, 0]], p[tris[:, 2]] - p[tris[:, 0]])
    if np.einsum("ij,ij->", face, away[tris[:, 0]]) < 0:
        tris = tris[:, ::-1]
    u = np.concatenate([np.repeat(np.abs(np.linspace(-1, 1, n)), rows), [0.5]])
    return p, tris, np.stack([u, (TOP - p[:, 1]) / (TOP - BOTTOM)], 1), away


_SOFT = {"stiffness": 0.9, "drag": 0.45, "gravity": 0.12, "radius": 0.014, "colliders": ("head", "neck", "chest")}
_STIFF = {"stiffness": 2.6, "drag": 0.5, "radius": 0.008, "colliders": ("head",)}
_LINES: dict[str, list[tuple[float, float, float]]] = {  # joints of the left chains
    "side": [(0.080, 1.492, 0.024), (0.0765, 1.446, 0.028), (0.071, 1.400, 0.032), (0.063, 1.345, 0.034)],
    "backOut": [(0.078, 1.478, -0.040), (0.078, 1.435, -0.044), (0.074, 1.390, -0.046), (0.064, 1.340, -0.044)],
    "backIn": [(0.052, 1.474, -0.085), (0.052, 1.430, -0.090), (0.049, 1.385, -0.090), (0.042, 1.330, -0.083)],
    "fringe": [(0.045, 1.580, 0.083), (0.060, 1.545, 0.086), (0.067, 1.505, 0.078)],
}
_MIDDLE = [(0.0, 1.472, -0.098), (0.0, 1.428, -0.104), (0.0, 1.382, -0.104), (0.0, 1.322, -0.095)]


def _chains() -> list[Chain]:
    def hang(name: str, line: Array, kind: dict[str, Any]) -> Chain:
        return Chain(name, "head", [(f"hair_{name}_{i}", q) for i, q in enumerate(line)], **kind)

    out = [hang("backMid", np.array(_MIDDLE), _SOFT)]
    for s, side in ((1.0, "Left"), (-1.0, "Right")):
        for key, line in _LINES.items():
            where = key.removeprefix("back")
            name = f"back{side}{where}" if where != key else key + side
            out.append(hang(name, np.array(line) * (s, 1.0, 1.0), _STIFF if key == "fringe" else _SOFT))
    return out


def hair_parts() -> tuple[list[Part], list[Chain]]:
    """The hair and the clasp in it, and the chains of the hair."""
    chains = {c.name: c for c in _chains()}
    pieces = [(*_cap(), "")] + [(*loft(lock), lock.chain) for lock in (*back(), *sides(), *fringe())]
    bones = ["head"] + [n for c in chains.values() for n, _ in c.joints[:-1]]
    weights: dict[str, list[Array]] = {b: [] for b in bones}
    ps, tris, uvs, ns, start = [], [], [], [], 0
    for p, tri, uv, away, name in pieces:
        w = chain_weights(p, chains[name]) if name else {"head": np.ones(len(p))}
        for b in bones:
            weights[b].append(w.get(b, np.zeros(len(p))))
        own = smooth_normals(p, tri)
        n = 0.5 * own + 0.5 * away
        ps.append(p)
        tris.append(tri + start)
        uvs.append(uv)
        ns.append(n / np.linalg.norm(n, axis=1, keepdims=True))
        start += len(p)
    part = Part("hair", np.concatenate(ps), np.concatenate(tris), {}, "hair", np.concatenate(uvs), np.concatenate(ns))
    part.weights = {b: np.concatenate(w) for b, w in weights.items()}
    clasps = []
    for lock in pins():
        p, tri, uv, _ = loft(lock)
        clasps.append(Part("pin", p, tri, {"head": np.ones(len(p))}, "pin", uv, smooth_normals(p, tri)))
    return [part, *clasps], list(chains.values())
