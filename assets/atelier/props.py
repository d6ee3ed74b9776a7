"""Builds the house's props: ``python assets/atelier/props.py`` writes assets/props/*.glb, prints counts.

Metres, +Y up. What stands has its foot at y = 0; a ring's middle is the origin, its finger goes along +Y, its stone is
at +Z. A node called ``flame`` flickers and one called ``glow`` turns to the camera (``avatar/stage/props.py``).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

import numpy as np
from glb import INDICES, VERTICES, Glb
from kit import Array, smooth_normals
from numpy.typing import NDArray

OUT = Path(__file__).resolve().parents[1] / "props"

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


def ring() -> Prop:
    """A gold band for a finger 17 mm thick, with a small stone."""
    prop = Prop()
    gold = prop.metal("gold", (1.0, 0.70, 0.24), 0.36)
    inner, thick, half = 0.0085, 0.0017, 0.0020
    a = np.linspace(-np.pi, np.pi, 17)
    # round outside, nearly flat inside; upwards on the outside means: once round, against the clock
    outline = [
        (inner + thick / 2 + thick / 2 * np.cos(t) * (1.0 if np.cos(t) > 0 else 0.75), half * np.sin(t)) for t in a
    ]
    prop.add("band", lathe(outline, sides=48), gold)
    stone = prop.glaze("stone", (0.62, 0.80, 0.93), 0.08, (0.10, 0.14, 0.17))
    out = inner + thick
    turned = lathe([(0.0, 0.0), (0.0022, 0.0), (0.0026, 0.0014), (0.0022, 0.0014)], sides=16)
    collar = tuple(m[:, [0, 2, 1]] * (1, -1, 1) for m in turned[:2])
    prop.add("collar", moved((collar[0], collar[1], turned[2]), (0, 0, out - 0.0006)), gold)
    prop.add("stone", moved(gem(0.0023, 0.0011, 0.0016), (0, 0, out + 0.0011)), stone)
    return prop


def cup() -> Prop:
    """A tea cup without a handle, 84 mm high, with tea in it."""
    prop = Prop()
    white = prop.glaze("glaze", (0.86, 0.84, 0.78), 0.22)
    blue = prop.glaze("band", (0.06, 0.13, 0.33), 0.25)
    tea = prop.glaze("tea", (0.24, 0.16, 0.04), 0.05)
    foot = [(0.0, 0.002), (0.018, 0.002), (0.019, 0.0), (0.021, 0.0), (0.022, 0.003), (0.026, 0.010)]
    wall = [(0.026, 0.010), (0.0295, 0.020), (0.0310, 0.032), (0.0318, 0.046), (0.0322, 0.060)]
    band = [(0.0324, 0.060), (0.0326, 0.068)]
    lip = [(0.0324, 0.068), (0.0328, 0.080), (0.0326, 0.0835), (0.0318, 0.0840), (0.0308, 0.0830), (0.0300, 0.070)]
    prop.add("body", lathe([*foot, *wall[1:]], lip), white)
    prop.add("stripe", lathe(band), blue)
    prop.add("tea", lathe([(0.0302, 0.072), (0.0, 0.072)]), tea)
    return prop


def candle() -> Prop:
    """A candle on a brass dish, 0.13 m with its flame."""
    prop = Prop()
    brass = prop.metal("brass", (0.88, 0.60, 0.25), 0.42)
    wax = prop.glaze("wax", (1.0, 1.0, 1.0), 0.5, (0.045, 0.026, 0.010))
    black = prop.glaze("wick", (0.02, 0.015, 0.012), 0.9)
    prop.add(
        "dish",
        lathe(
            [(0.0, 0.0), (0.030, 0.0), (0.040, 0.006), (0.0405, 0.008)],
            [(0.0405, 0.008), (0.039, 0.0078), (0.030, 0.003), (0.0, 0.0028)],
        ),
        brass,
    )
    side = [(0.0126 - 0.0005 * h / 0.09, h) for h in (0.0028, 0.03, 0.05, 0.062, 0.072, 0.081, 0.089)]
    body = lathe([*side, (0.0113, 0.0925), (0.0098, 0.0915), (0.005, 0.0890), (0.0, 0.0885)], sides=32)
    # the flame shines through the wax below it
    near = np.clip((body[0][:, 1:2] - 0.02) / 0.07, 0, 1) ** 2.5
    prop.add("candle", body, wax, np.array([0.80, 0.72, 0.58, 1.0]) + near * np.array([0.20, 0.13, 0.0, 0.0]))
    prop.add("wick", lathe([(0.0007, 0.088), (0.0006, 0.0965), (0.0, 0.097)], sides=8), black)
    light = prop.light("flame")
    # a drop, bluish and clear at its foot, white inside, yellow at the tip
    h = np.linspace(0, 1, 15)
    r = 0.0058 * np.sin(np.pi * h**0.62) ** 0.9 * (1 - 0.25 * h)
    r[[0, -1]] = 0
    mesh = lathe(list(zip(r, 0.034 * h, strict=True)), sides=20)
    up = mesh[0][:, 1:2] / 0.034
    hot, mid, tip = (
        np.array([0.55, 0.45, 0.75, 0.25]),
        np.array([1.0, 0.93, 0.72, 0.95]),
        np.array([1.0, 0.62, 0.16, 0.8]),
    )
    first = np.clip(up / 0.3, 0, 1)
    then = np.clip((up - 0.35) / 0.65, 0, 1)
    prop.add("flame", mesh, light, hot + (mid - hot) * first + (tip - mid) * then, (0, 0.093, 0))
    prop.add("glow", *glow(0.062, light), at=(0, 0.108, 0))
    return prop


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


PROPS = {"ring": ring, "cup": cup, "candle": candle}


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    for name, make in PROPS.items():
        prop = make()
        data = prop.tobytes()
        (OUT / f"{name}.glb").write_bytes(data)
        print(f"{name:8} {prop.triangles:5} triangles, {len(data) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
