"""What the props' scripts share: surfaces of revolution, tubes, petals and leaves, and ``Prop``, one GLB.

Metres, +Y up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from glb import INDICES, VERTICES, Glb
from kit import Array, smooth_normals
from numpy.typing import NDArray

Mesh = tuple[Array, Array, NDArray[np.int64]]
"""positions (V, 3), normals (V, 3), triangles (T, 3)."""


def lathe(*profiles: Sequence[tuple[float, float]], sides: int = 40) -> Mesh:
    """Profiles of (radius, height), each upwards on the outside, turned about +Y; smooth along each, sharp between."""
    all_positions, all_triangles, start = [], [], 0
    turn = np.linspace(0, 2 * np.pi, sides + 1)
    for profile in profiles:
        r, y = np.array(profile, float).T
        p = np.stack([r[:, None] * np.sin(turn), np.repeat(y[:, None], sides + 1, 1), r[:, None] * np.cos(turn)], -1)
        k = np.arange(len(r) * (sides + 1)).reshape(len(r), -1)
        a, b, c, d = (x.ravel() for x in (k[:-1, :-1], k[:-1, 1:], k[1:, 1:], k[1:, :-1]))
        all_positions.append(p.reshape(-1, 3))
        all_triangles.append(np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]) + start)
        start += p.shape[0] * p.shape[1]
    positions = np.concatenate(all_positions)
    triangles = np.concatenate(all_triangles)
    sharp = positions + np.repeat(np.arange(len(profiles)), [len(x) for x in all_positions])[:, None] * 10.0
    normals = smooth_normals(sharp, triangles)
    edges = positions[triangles]
    area = np.linalg.norm(np.cross(edges[:, 1] - edges[:, 0], edges[:, 2] - edges[:, 0]), axis=1)
    return positions, normals, triangles[area > 1e-12]


def faceted(positions: Array, triangles: NDArray[np.int64]) -> Mesh:
    """Every face flat."""
    p = positions[triangles].reshape(-1, 3)
    n = np.cross(p[1::3] - p[::3], p[2::3] - p[::3])
    n /= np.linalg.norm(n, axis=1, keepdims=True)
    return p, np.repeat(n, 3, axis=0), np.arange(len(p)).reshape(-1, 3)


def gem(radius: float, crown: float, depth: float, sides: int = 8) -> Mesh:
    """A brilliant: a table, a crown, a point below; its table looks along +Z."""
    a = np.linspace(0, 2 * np.pi, sides, endpoint=False)

    def ring(r: float, z: float, shift: float = 0.0) -> Array:
        return np.stack([r * np.cos(a + shift), r * np.sin(a + shift), np.full(sides, z)], 1)

    top, girdle = ring(0.58 * radius, crown), ring(radius, 0.0, np.pi / sides)
    points = np.concatenate([top, girdle, [[0, 0, -depth], [0, 0, crown]]])
    faces = []
    for k in range(sides):
        m = (k + 1) % sides
        faces += [
            (2 * sides + 1, k, m),
            (k, sides + k, m),
            (m, sides + k, sides + m),
            (sides + k, 2 * sides, sides + m),
        ]
    return faceted(points, np.array(faces))


def moved(mesh: Mesh, by: tuple[float, float, float]) -> Mesh:
    return mesh[0] + np.array(by), mesh[1], mesh[2]


def sheet(points: Array) -> Mesh:
    """A surface over a grid of points (M, N, 3); seen from the side where rows x columns points."""
    rows, columns = points.shape[:2]
    k = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = (x.ravel() for x in (k[:-1, :-1], k[1:, :-1], k[1:, 1:], k[:-1, 1:]))
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)])
    flat = points.reshape(-1, 3)
    return flat, smooth_normals(flat, triangles), triangles


def tube(path: Array, radius: Array, sides: int = 8) -> Mesh:
    """A round rod along a path (M, 3), with a radius (M,) at each point."""
    ahead = np.gradient(path, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    side = np.cross(ahead, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    other = np.cross(ahead, side)
    a = np.linspace(0, 2 * np.pi, sides + 1)[:, None, None]
    ring = path + radius[:, None] * (np.cos(a) * side + np.sin(a) * other)
    return sheet(ring)


def leaf(length: float, width: float, bend: float = 0.25, fold: float = 0.15, along: int = 6) -> Mesh:
    """A pointed leaf from the origin along +Y, its upper face towards +Z; bend : tip back, fold : rims forward."""
    t = np.linspace(0, 1, along)[:, None]
    s = np.linspace(-1, 1, 3)[None, :]
    half = width / 2 * np.sin(np.pi * np.clip(t, 0.01, 0.995) ** 0.8) ** 0.8
    return sheet(
        np.stack(
            [
                -half * s + 0 * t,
                length * t + 0 * s,
                fold * width * np.abs(s) * half / (width / 2) - bend * length * t**2,
            ],
            -1,
        )
    )


def turned(mesh: Mesh, matrix: Array) -> Mesh:
    """Turned by a rotation (3, 3)."""
    return mesh[0] @ matrix.T, mesh[1] @ matrix.T, mesh[2]


def about(axis: str, degrees: float) -> Array:
    """(3, 3) the rotation about an axis."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    out = np.eye(3)
    out[i, i] = out[j, j] = c
    out[i, j], out[j, i] = -s, s
    return out


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Several meshes as one."""
    starts = np.cumsum([0, *(len(m[0]) for m in meshes[:-1])])
    return (
        np.concatenate([m[0] for m in meshes]),
        np.concatenate([m[1] for m in meshes]),
        np.concatenate([m[2] + start for m, start in zip(meshes, starts, strict=True)]),
    )


class Prop:
    """One GLB: meshes with their materials, one node each."""

    def __init__(self) -> None:
        self.glb = Glb("Presence atelier")
        self.triangles = 0
        self._roots: list[int] = []

    def material(self, name: str, **fields: Any) -> int:
        return self.glb.add("materials", {"name": name, **fields})

    def metal(self, name: str, rgb: tuple[float, float, float], rough: float) -> int:
        # Real metal shows its surroundings, of which only nine numbers are known: some of it is painted.
        pbr = {"baseColorFactor": [*rgb, 1.0], "metallicFactor": 0.5, "roughnessFactor": rough}
        return self.material(name, pbrMetallicRoughness=pbr)

    def glaze(self, name: str, rgb: tuple[float, float, float], rough: float, glow: Sequence[float] = ()) -> int:
        pbr = {"baseColorFactor": [*rgb, 1.0], "metallicFactor": 0.0, "roughnessFactor": rough}
        more = {"emissiveFactor": list(glow)} if glow else {}
        return self.material(name, pbrMetallicRoughness=pbr, **more)

    def light(self, name: str) -> int:
        return self.material(
            name,
            pbrMetallicRoughness={"baseColorFactor": [1.0, 1.0, 1.0, 1.0], "metallicFactor": 0.0},
            alphaMode="BLEND",
            doubleSided=False,
            extensions={"KHR_materials_unlit": {}},
        )

    def add(
        self, name: str, mesh: Mesh, material: int, colors: Array | None = None, at: Sequence[float] = (0, 0, 0)
    ) -> None:
        positions, normals, triangles = mesh
        glb = self.glb
        attributes = {
            "POSITION": glb.accessor(np.round(positions, 7), "f4", VERTICES, bounds=True),
            "NORMAL": glb.accessor(np.round(normals, 5), "f4", VERTICES),
        }
        if colors is not None:
            attributes["COLOR_0"] = glb.accessor(np.round(colors, 4), "f4", VERTICES)
        primitive = {
            "attributes": attributes,
            "indices": glb.accessor(triangles.ravel(), "u2", INDICES),
            "material": material,
        }
        node: dict[str, Any] = {"name": name, "mesh": glb.add("meshes", {"name": name, "primitives": [primitive]})}
        if any(at):
            node["translation"] = [float(v) for v in at]
        self._roots.append(glb.add("nodes", node))
        self.triangles += len(triangles)

    def tobytes(self) -> bytes:
        glb = self.glb
        glb.json["asset"]["copyright"] = "Presence, Apache-2.0"
        if any("extensions" in m for m in glb.json["materials"]):
            glb.json["extensionsUsed"] = ["KHR_materials_unlit"]
        glb.json["scenes"] = [{"nodes": self._roots}]
        glb.json["scene"] = 0
        return glb.tobytes()


def glow(radius: float, material: int, alpha: Callable[[Array], Array] = lambda s: 0.34 * (1 - s) ** 2.6) -> Any:
    """A disc that faces +Z, its light falling off to nothing at its rim."""
    rings, sides = 9, 32
    s = np.linspace(0, 1, rings)
    a = np.linspace(0, 2 * np.pi, sides + 1)
    p = np.stack([s[:, None] * np.cos(a), s[:, None] * np.sin(a), np.zeros((rings, sides + 1))], -1).reshape(-1, 3)
    k = np.arange(rings * (sides + 1)).reshape(rings, -1)
    i, j, m, n = (x.ravel() for x in (k[:-1, :-1], k[1:, :-1], k[1:, 1:], k[:-1, 1:]))
    triangles = np.concatenate([np.stack([i, j, m], 1), np.stack([i, m, n], 1)[sides:]])
    normals = np.tile([0.0, 0.0, 1.0], (len(p), 1))
    share = np.repeat(s, sides + 1)
    colors = np.column_stack([np.tile([1.0, 0.70, 0.34], (len(p), 1)), alpha(share)])
    return (p * radius, normals, triangles), material, colors
