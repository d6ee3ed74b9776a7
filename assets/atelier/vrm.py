"""Writes a companion as VRM 1.0: one mesh a material, the skeleton with its spring chains, expressions and licence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from colliders import GROUPS
from expressions import CUSTOM, PRESETS, ExpressionSpec
from glb import INDICES, VERTICES, Glb
from kit import Array, Chain, Part, skeleton, smooth_normals
from materials import RGB, MaterialSpec
from numpy.typing import NDArray

META: dict[str, Any] = {
    "name": "Hikari",
    "version": "1",
    "authors": ["The Presence authors"],
    "copyrightInformation": "The Presence authors; made by scripts that come with it",
    "licenseUrl": "https://vrm.dev/licenses/1.0/",
    "avatarPermission": "everyone",
    "allowExcessivelyViolentUsage": False,
    "allowExcessivelySexualUsage": False,
    "commercialUsage": "corporation",
    "allowPoliticalOrReligiousUsage": True,
    "allowAntisocialOrHateUsage": False,
    "creditNotation": "unnecessary",
    "allowRedistribution": True,
    "modification": "allowModificationRedistribution",
}
LOOK_AT: dict[str, Any] = {
    "offsetFromHeadBone": [0.0, 0.078, 0.072],
    "type": "bone",
    "rangeMapHorizontalInner": {"inputMaxValue": 32.0, "outputScale": 11.0},
    "rangeMapHorizontalOuter": {"inputMaxValue": 32.0, "outputScale": 13.0},
    "rangeMapVerticalDown": {"inputMaxValue": 26.0, "outputScale": 9.0},
    "rangeMapVerticalUp": {"inputMaxValue": 26.0, "outputScale": 9.0},
}
STEP = 1e-6  # metres, to which positions are rounded


def linear(color: RGB) -> list[float]:
    """sRGB 0–255 to linear, rounded."""
    c = np.asarray(color, float) / 255
    return [round(float(v), 6) for v in np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)]


@dataclass(frozen=True)
class Helper:
    """A joint beside the skeleton's that copies ``weight`` of another joint's rotation (VRMC_node_constraint)."""

    name: str
    parent: str
    position: Array
    source: str
    weight: float


class Companion:
    """All that goes into the file, joined by material."""

    def __init__(
        self,
        parts: Sequence[Part],
        chains: Sequence[Chain],
        materials: Mapping[str, MaterialSpec],
        textures: Mapping[str, NDArray[np.uint8]],
        helpers: Sequence[Helper] = (),
    ) -> None:
        self.materials, self.textures, self.chains, self.helpers = materials, textures, chains, helpers
        self.joints: dict[str, tuple[str, Array]] = dict(skeleton())
        self.joints |= {h.name: (h.parent, h.position) for h in helpers}
        for chain in chains:
            parent = chain.parent
            for name, x in chain.joints:
                self.joints[name] = (parent, np.asarray(x, float))
                parent = name
        tips = {chain.joints[-1][0] for chain in chains} | {h.name for h in helpers}
        self.skin = [j for j in self.joints if j not in tips]
        self.meshes = joined(parts)

    def tobytes(self) -> bytes:
        glb = Glb("Presence atelier")
        g = glb.json
        g["extensionsUsed"] = ["KHR_materials_unlit", "VRMC_materials_mtoon", "VRMC_springBone", "VRMC_vrm"]
        g["scene"], g["scenes"] = 0, [{"nodes": [0]}]
        node = {j: i + 1 for i, j in enumerate(self.joints)}
        self._skeleton(glb, node)
        materials = self._materials(glb)
        first_mesh = len(g["nodes"])
        for i, mesh in enumerate(self.meshes):
            self._mesh(glb, mesh, materials[mesh.material])
            g["nodes"].append({"name": mesh.name, "mesh": i, "skin": 0})
            g["nodes"][0]["children"].append(first_mesh + i)
        g["extensions"] = {
            "VRMC_vrm": {
                "specVersion": "1.0",
                "meta": META,
                "humanoid": {"humanBones": {b: {"node": node[b]} for b in skeleton()}},
                "lookAt": LOOK_AT,
                "firstPerson": {
                    "meshAnnotations": [{"node": first_mesh + i, "type": "auto"} for i in range(len(self.meshes))]
                },
                "expressions": self._expressions(first_mesh),
            },
            "VRMC_springBone": self._springs(node),
        }
        return glb.tobytes()

    def _skeleton(self, glb: Glb, node: dict[str, int]) -> None:
        nodes: list[dict[str, Any]] = [{"name": "Hikari", "children": []}]
        for name, (parent, x) in self.joints.items():
            at = x - (self.joints[parent][1] if parent else 0.0)
            nodes.append({"name": name, "translation": [round(float(v), 7) for v in at]})
            nodes[node[parent] if parent else 0].setdefault("children", []).append(node[name])
        for h in self.helpers:
            copy = {"source": node[h.source], "weight": h.weight}
            rule = {"specVersion": "1.0", "constraint": {"rotation": copy}}
            nodes[node[h.name]]["extensions"] = {"VRMC_node_constraint": rule}
        if self.helpers:
            glb.json["extensionsUsed"].append("VRMC_node_constraint")
        glb.json["nodes"] = nodes
        inverse = np.tile(np.eye(4), (len(self.skin), 1, 1))
        inverse[:, 3, :3] = [-self.joints[j][1] for j in self.skin]
        glb.json["skins"] = [
            {
                "inverseBindMatrices": glb.accessor(inverse.reshape(-1, 16), "f4"),
                "skeleton": 0,
                "joints": [node[j] for j in self.skin],
            }
        ]

    def _materials(self, glb: Glb) -> dict[str, int]:
        used = {m.material for m in self.meshes}
        specs = {k: s for k, s in self.materials.items() if k in used}
        glb.json["samplers"] = [{"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071}]
        slots: dict[str, int] = {}
        for key in sorted({t for s in specs.values() for t in (s.texture, s.shade_texture) if t}):
            slots[key] = glb.add("textures", {"sampler": 0, "source": glb.image(key, self.textures[key])})
        return {k: glb.add("materials", material(s, slots)) for k, s in specs.items()}

    def _mesh(self, glb: Glb, part: Part, material: int) -> None:
        joints, weights = four_largest(part, self.skin)
        assert part.normals is not None
        assert part.uvs is not None
        primitive: dict[str, Any] = {
            "attributes": {
                "POSITION": glb.accessor(part.positions, "f4", VERTICES, bounds=True),
                "NORMAL": glb.accessor(part.normals, "f4", VERTICES),
                "TEXCOORD_0": glb.accessor(part.uvs, "f4", VERTICES),
                "JOINTS_0": glb.accessor(joints, "u1" if len(self.skin) < 256 else "u2", VERTICES),
                "WEIGHTS_0": glb.accessor(weights, "f4", VERTICES),
            },
            "indices": glb.accessor(part.triangles.reshape(-1), "u2", INDICES),
            "material": material,
        }
        mesh: dict[str, Any] = {"name": part.name, "primitives": [primitive]}
        if part.morphs:
            base = smooth_normals(part.positions, part.triangles)
            targets = []
            for delta in part.morphs.values():
                turned = smooth_normals(part.positions + delta, part.triangles) - base
                targets.append(
                    {
                        "POSITION": glb.sparse(delta, bounds=True, least=2e-6),
                        "NORMAL": glb.sparse(np.round(turned, 5), least=4e-3),
                    }
                )
            primitive["targets"] = targets
            mesh["weights"] = [0.0] * len(targets)
            mesh["extras"] = {"targetNames": list(part.morphs)}
        glb.add("meshes", mesh)

    def _expressions(self, first_mesh: int) -> dict[str, Any]:
        def write(spec: ExpressionSpec) -> dict[str, Any]:
            binds = []
            for i, mesh in enumerate(self.meshes):
                names = list(mesh.morphs)
                binds += [
                    {"node": first_mesh + i, "index": names.index(n), "weight": w} for n, w in spec.morphs if n in names
                ]
            out: dict[str, Any] = {"isBinary": False}
            if binds:
                out["morphTargetBinds"] = binds
            out |= {"overrideBlink": spec.blink, "overrideLookAt": spec.look, "overrideMouth": spec.mouth}
            return out

        return {
            "preset": {n: write(s) for n, s in PRESETS.items()},
            "custom": {n: write(s) for n, s in CUSTOM.items()},
        }

    def _springs(self, node: dict[str, int]) -> dict[str, Any]:
        colliders: list[dict[str, Any]] = []
        groups: list[dict[str, Any]] = []
        for name, bumps in GROUPS.items():
            groups.append({"name": name, "colliders": []})
            for b in bumps:
                shape: dict[str, Any] = {"offset": list(b.offset), "radius": b.radius}
                if b.tail is not None:
                    shape["tail"] = list(b.tail)
                groups[-1]["colliders"].append(len(colliders))
                colliders.append({"node": node[b.bone], "shape": {"sphere" if b.tail is None else "capsule": shape}})
        order = list(GROUPS)
        springs = []
        for c in self.chains:
            joint = {
                "hitRadius": c.radius,
                "stiffness": c.stiffness,
                "gravityPower": c.gravity,
                "gravityDir": [0.0, -1.0, 0.0],
                "dragForce": c.drag,
            }
            springs.append(
                {
                    "name": c.name,
                    "joints": [{"node": node[n], **joint} for n, _ in c.joints],
                    "colliderGroups": [order.index(n) for n in c.colliders],
                }
            )
        return {"specVersion": "1.0", "colliders": colliders, "colliderGroups": groups, "springs": springs}


def joined(parts: Sequence[Part]) -> list[Part]:
    """One part for each material; normals made where missing, and shared where parts touch."""
    ready: list[Part] = []
    for p in parts:
        at = np.round(p.positions / STEP) * STEP
        n = smooth_normals(at, p.triangles) if p.normals is None else p.normals
        ready.append(Part(p.name, at, p.triangles, p.weights, p.material, p.uvs, np.asarray(n, float), p.morphs))
    groups: dict[str, list[Part]] = {}
    for p in ready:
        groups.setdefault(p.material, []).append(p)
    share_normals(ready)
    return [join(material, group) for material, group in groups.items()]


def share_normals(parts: list[Part]) -> None:
    """Where vertices of different parts lie at one place, they get the mean normal."""
    places: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for i, p in enumerate(parts):
        for k, key in enumerate(map(tuple, np.round(p.positions * 1e5).astype(int))):
            places.setdefault(key, []).append((i, k))
    for same in places.values():
        if len({i for i, _ in same}) > 1:
            n = sum(np.asarray(parts[i].normals)[k] for i, k in same)
            n /= max(float(np.linalg.norm(n)), 1e-9)
            for i, k in same:
                np.asarray(parts[i].normals)[k] = n


def join(material: str, parts: list[Part]) -> Part:
    start = np.cumsum([0, *(len(p.positions) for p in parts)])
    total = int(start[-1])
    weights: dict[str, Array] = {}
    morphs: dict[str, Array] = {}
    for p, o in zip(parts, start, strict=False):
        for j, w in p.weights.items():
            weights.setdefault(j, np.zeros(total))[o : o + len(w)] += w
        for m, d in p.morphs.items():
            morphs.setdefault(m, np.zeros((total, 3)))[o : o + len(d)] = np.round(d / STEP) * STEP
    return Part(
        material,
        np.concatenate([p.positions for p in parts]),
        np.concatenate([p.triangles + o for p, o in zip(parts, start, strict=False)]),
        weights,
        material,
        np.round(np.concatenate([np.zeros((len(p.positions), 2)) if p.uvs is None else p.uvs for p in parts]), 6),
        np.round(np.concatenate([np.asarray(p.normals) for p in parts]), 6),
        morphs,
    )


def four_largest(part: Part, skin: list[str]) -> tuple[NDArray[np.int64], Array]:
    """(V, 4) joints and weights that sum to 1; unused places point at joint 0 with weight 0."""
    table = np.zeros((len(part.positions), len(skin)))
    for j, w in part.weights.items():
        table[:, skin.index(j)] += w
    if (table.sum(1) <= 0).any():
        raise ValueError(f"part {part.name}: a vertex without weights")
    joints = np.argsort(-table, axis=1, kind="stable")[:, :4]
    weights = np.take_along_axis(table, joints, axis=1)
    weights = np.round(weights / weights.sum(1, keepdims=True), 4)
    weights[weights < 0.002] = 0.0
    weights = (weights / weights.sum(1, keepdims=True)).astype(np.float32).astype(float)
    return np.where(weights > 0, joints, 0), weights


def material(s: MaterialSpec, slots: Mapping[str, int]) -> dict[str, Any]:
    """The glTF material: MToon, and for those who do not know it an unlit one."""
    pbr: dict[str, Any] = {"baseColorFactor": [*linear(s.base), 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.9}
    mtoon: dict[str, Any] = {
        "specVersion": "1.0",
        "transparentWithZWrite": False,
        "renderQueueOffsetNumber": s.queue_offset,
        "shadeColorFactor": linear(s.shade),
        "shadingShiftFactor": s.shift,
        "shadingToonyFactor": s.toony,
        "giEqualizationFactor": s.gi,
        "parametricRimColorFactor": linear(s.rim),
        "parametricRimFresnelPowerFactor": s.rim_power,
        "parametricRimLiftFactor": s.rim_lift,
        "rimLightingMixFactor": s.rim_mix,
        "outlineWidthMode": "worldCoordinates" if s.outline > 0 else "none",
        "outlineWidthFactor": s.outline,
        "outlineColorFactor": linear(s.outline_color),
        "outlineLightingMixFactor": s.outline_mix,
    }
    if s.texture:
        pbr["baseColorTexture"] = {"index": slots[s.texture]}
    if s.shade_texture:
        mtoon["shadeMultiplyTexture"] = {"index": slots[s.shade_texture]}
    out: dict[str, Any] = {
        "name": s.name,
        "pbrMetallicRoughness": pbr,
        "alphaMode": s.alpha,
        "doubleSided": s.double_sided,
    }
    if s.alpha == "MASK":
        out["alphaCutoff"] = s.cutoff
    if any(s.emissive):
        out["emissiveFactor"] = linear(s.emissive)
    out["extensions"] = {"KHR_materials_unlit": {}, "VRMC_materials_mtoon": mtoon}
    return out
