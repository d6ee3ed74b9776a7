"""Small VRM files made in memory, each with one thing about its material varied: for pictures to be compared.

``cases()`` gives every one by name; ``build`` makes the file of any material.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

Json = dict[str, Any]
MTOON = "VRMC_materials_mtoon"
_BONES = (
    ("hips", -1, (0, 0.9, 0)),
    *(("spine", 0, (0, 0.1, 0)), ("chest", 1, (0, 0.1, 0)), ("neck", 2, (0, 0.2, 0)), ("head", 3, (0, 0.1, 0))),
    *(("leftUpperArm", 2, (0.15, 0.15, 0)), ("leftLowerArm", 5, (0.25, 0, 0)), ("leftHand", 6, (0.25, 0, 0))),
    *(("rightUpperArm", 2, (-0.15, 0.15, 0)), ("rightLowerArm", 8, (-0.25, 0, 0)), ("rightHand", 9, (-0.25, 0, 0))),
    *(("leftUpperLeg", 0, (0.1, 0, 0)), ("leftLowerLeg", 11, (0, -0.4, 0)), ("leftFoot", 12, (0, -0.4, 0))),
    *(("rightUpperLeg", 0, (-0.1, 0, 0)), ("rightLowerLeg", 14, (0, -0.4, 0)), ("rightFoot", 15, (0, -0.4, 0))),
)


@dataclass(frozen=True)
class Case:
    """One file and how to look at it. time : seconds of UV animation; expressions : weights of the drawn face."""

    name: str
    data: bytes
    time: float = 0.0
    expressions: dict[str, float] = field(default_factory=dict)


def paint(kind: str) -> np.ndarray:
    """A texture by name, (64, 64, 4) uint8 RGBA, smooth and without a seam unless its name says otherwise."""
    v, u = np.mgrid[0:64, 0:64] / 64 * 2 * np.pi
    one = np.ones_like(u)
    planes = {
        "base": (0.6 + 0.4 * np.sin(2 * u), 0.6 + 0.4 * np.cos(3 * v), 0.6 + 0.4 * np.sin(u + v), one),
        "alpha": (0.9 * one, 0.5 + 0.4 * np.sin(3 * u), 0.4 * one, 0.5 + 0.5 * np.sin(4 * u) * np.cos(2 * v)),
        "shade": (0.5 + 0.3 * np.cos(3 * u), 0.4 + 0.3 * np.sin(2 * v), 0.7 * one, one),
        "shift": (0.5 + 0.5 * np.sin(4 * u) * np.sin(3 * v), 0 * one, 0 * one, one),
        "emissive": (0.5 + 0.5 * np.sin(5 * u), 0.5 + 0.5 * np.sin(4 * v), 0.2 * one, one),
        "matcap": ((1 + np.cos(u / 2)) / 2, (1 - np.cos(v / 2)) / 2, 0.5 + 0.5 * np.sin(u) * np.sin(v), one),
        "rim": (0.5 + 0.5 * np.cos(6 * u), 0.8 * one, 0.5 + 0.5 * np.sin(5 * v), one),
        "width": (0 * one, 0.5 + 0.5 * np.sin(3 * u) * np.cos(2 * v), 0 * one, one),
        "mask": (0 * one, 0 * one, 0.5 + 0.5 * np.sin(2 * u), one),
        "steps": (1.0 * (np.sin(2 * u) > 0), 0 * one, 0 * one, one),
        "orm": (0.5 + 0.5 * np.sin(2 * u), 0.5 + 0.4 * np.sin(3 * v), 0.5 + 0.5 * np.cos(3 * u), one),
    }
    if kind == "checker":
        tone = ((u // (np.pi / 4)).astype(int) + (v // (np.pi / 4)).astype(int)) % 2
        planes["checker"] = (0.1 + 0.8 * tone, 0.9 - 0.8 * tone, 0.2 * one, one)
    if kind == "normal":
        slope = np.stack([-0.6 * np.cos(6 * u) * np.sin(4 * v), -0.6 * np.sin(6 * u) * np.cos(4 * v), one])
        planes["normal"] = (*(0.5 + 0.5 * slope / np.linalg.norm(slope, axis=0)), one)
    return np.round(np.stack(np.broadcast_arrays(*planes[kind]), -1) * 255).clip(0, 255).astype(np.uint8)


def ball(radius: float = 0.3, center: tuple[float, float, float] = (0, 1.4, 0), **more: Any) -> Json:
    """A sphere's attributes. more: top (how far down it reaches, radians: π is whole), uv1, color (channels), tangent,
    flip (winding against the normals), material."""
    across, down = 48, 24
    a, b = np.meshgrid(np.linspace(0, 2 * np.pi, across + 1), np.linspace(0, more.get("top", np.pi), down + 1))
    normal = np.stack([np.sin(b) * np.sin(a), np.cos(b), np.sin(b) * np.cos(a)], -1).reshape(-1, 3)
    if "lean" in more:
        c, s = math.cos(more["lean"]), math.sin(more["lean"])
        normal = normal @ np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
    uv = np.stack([a / (2 * np.pi), b / np.pi], -1).reshape(-1, 2)
    k = np.arange(down * across)
    corner = k // across * (across + 1) + k % across
    p, q, r, s = corner, corner + 1, corner + across + 1, corner + across + 2
    faces = np.stack([p, r, q, q, r, s], -1).reshape(-1, 3)
    found: Json = {
        "POSITION": (normal * radius + center).astype("<f4"),
        "NORMAL": normal.astype("<f4"),
        "TEXCOORD_0": uv.astype("<f4"),
        "indices": (faces[:, ::-1] if more.get("flip") else faces).reshape(-1).astype("<u2"),
        "material": more.get("material", 0),
    }
    if more.get("uv1"):
        found["TEXCOORD_1"] = (uv[:, ::-1] * 2).astype("<f4")
    if n := more.get("color"):
        tint = np.stack([0.5 + 0.5 * np.sin(3 * a), 0.5 + 0.5 * np.cos(5 * b), 1 + 0 * a, 0.2 + 0.8 * b / np.pi], -1)
        found["COLOR_0"] = tint.reshape(-1, 4)[:, :n].astype("<f4")
    if more.get("tangent"):
        t = np.stack([np.cos(a), 0 * a, -np.sin(a), 1 + 0 * a], -1).reshape(-1, 4)
        found["TANGENT"] = t.astype("<f4")
    return found


def build(
    materials: list[Json], shapes: list[Json], textures: tuple[str, ...] = (), sampler: Json | None = None, **vrm: Any
) -> bytes:
    """A .vrm file's bytes. textures : ``paint`` names; sampler : glTF's, for every texture; vrm : preset (expressions),
    v0 (materialProperties: a VRM 0 file), used (more extensions)."""
    body, views, accessors = bytearray(), [], []

    def view(data: bytes) -> int:
        body.extend(b"\0" * (-len(body) % 4))
        views.append({"buffer": 0, "byteOffset": len(body), "byteLength": len(data)})
        body.extend(data)
        return len(views) - 1

    def accessor(data: np.ndarray) -> int:
        kind = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4"}[1 if data.ndim == 1 else data.shape[1]]
        entry: Json = {"bufferView": view(data.tobytes()), "count": len(data), "type": kind}
        entry["componentType"] = 5126 if data.dtype.kind == "f" else 5123
        if kind == "VEC3":
            entry |= {"min": data.min(0).tolist(), "max": data.max(0).tolist()}
        accessors.append(entry)
        return len(accessors) - 1

    nodes: list[Json] = [{"name": n, "translation": list(t)} for n, _, t in _BONES]
    for k, (_, parent, _) in enumerate(_BONES):
        if parent >= 0:
            nodes[parent].setdefault("children", []).append(k)
    meshes = []
    for shape in shapes:
        attributes = {k: accessor(x) for k, x in shape.items() if k.isupper()}
        primitive = {"attributes": attributes, "indices": accessor(shape["indices"]), "material": shape["material"]}
        meshes.append({"primitives": [primitive]})
        nodes.append({"name": f"shape{len(meshes)}", "mesh": len(meshes) - 1})
    images = [cv2.imencode(".png", cv2.cvtColor(paint(k), cv2.COLOR_RGBA2BGRA))[1].tobytes() for k in textures]
    document: Json = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0, *range(len(_BONES), len(nodes))]}],
        "nodes": nodes,
        "meshes": meshes,
        "materials": materials,
        "images": [{"bufferView": view(png), "mimeType": "image/png"} for png in images],
        "textures": [{"source": k} | ({"sampler": 0} if sampler else {}) for k in range(len(images))],
        "bufferViews": views,
        "accessors": accessors,
        "extensions": {"VRM": _vrm0(vrm["v0"])} if "v0" in vrm else {"VRMC_vrm": _vrm1(vrm.get("preset", {}))},
    }
    if sampler:
        document["samplers"] = [sampler]
    document["extensionsUsed"] = sorted({*_names(materials), *document["extensions"]})
    document = {k: v for k, v in document.items() if v != []}
    document["buffers"] = [{"byteLength": len(body)}]
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body.extend(b"\0" * (-len(body) % 4))
    head = struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(body))
    return (
        head + struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(body), b"BIN\0") + bytes(body)
    )


def _names(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_names, value))
    if not isinstance(value, dict):
        return set()
    return set(value.get("extensions", {})).union(*map(_names, value.values()))


def _vrm1(preset: Json) -> Json:
    meta = {"name": "ball", "version": "1", "authors": ["Presence"], "licenseUrl": "https://vrm.dev/licenses/1.0/"}
    bones = {name: {"node": k} for k, (name, _, _) in enumerate(_BONES)}
    return {"specVersion": "1.0", "meta": meta, "humanoid": {"humanBones": bones}, "expressions": {"preset": preset}}


def _vrm0(properties: list[Json]) -> Json:
    bones = [{"bone": name, "node": k, "useDefaultValues": True} for k, (name, _, _) in enumerate(_BONES)]
    return {
        "exporterVersion": "UniVRM-0.99",
        "specVersion": "0.0",
        "meta": {"title": "ball", "author": "Presence", "licenseName": "CC0"},
        "humanoid": {"humanBones": bones},
        "firstPerson": {"firstPersonBone": 4},
        "blendShapeMaster": {"blendShapeGroups": []},
        "secondaryAnimation": {"boneGroups": [], "colliderGroups": []},
        "materialProperties": properties,
    }


def toon(material: Json | None = None, **mtoon: Any) -> Json:
    """An MToon 1.0 material; ``material`` overrides what glTF itself keeps."""
    found: Json = {
        "name": "ball",
        "pbrMetallicRoughness": {"baseColorFactor": [0.9, 0.8, 0.6, 1], "metallicFactor": 0, "roughnessFactor": 0.9},
    }
    material = dict(material or {})
    found["pbrMetallicRoughness"] |= material.pop("pbr", {})
    extensions = material.pop("extensions", {})
    rest = {"specVersion": "1.0", "shadeColorFactor": [0.5, 0.3, 0.4], "shadingToonyFactor": 0.7, **mtoon}
    return found | material | {"extensions": {"KHR_materials_unlit": {}, MTOON: rest, **extensions}}


def texture(index: int = 0, **more: Any) -> Json:
    """A glTF textureInfo. more : texCoord, scale, and offset/turn/size for KHR_texture_transform."""
    move = {n: more.pop(k) for k, n in (("offset", "offset"), ("turn", "rotation"), ("size", "scale")) if k in more}
    return {"index": index, **more} | ({"extensions": {"KHR_texture_transform": move}} if move else {})


SLOTS: dict[str, tuple[str, Json]] = {
    "base": ("base", {}),
    "shade": ("shade", {"shadeColorFactor": [1, 1, 1]}),
    "shift": ("shift", {"shadingToonyFactor": 0.5}),
    "normal": ("normal", {}),
    "emissive": ("emissive", {}),
    "rim": ("rim", {"parametricRimColorFactor": [1, 0.8, 0.5], "parametricRimFresnelPowerFactor": 2}),
    "matcap": ("matcap", {"matcapFactor": [0.5, 0.5, 0.5]}),
    "width": ("width", {"outlineWidthMode": "worldCoordinates", "outlineWidthFactor": 0.03}),
}
"""Texture slot -> (what is painted, what makes it show)."""

_KEYS = {
    "shade": "shadeMultiplyTexture",
    "shift": "shadingShiftTexture",
    "rim": "rimMultiplyTexture",
    "matcap": "matcapTexture",
    "width": "outlineWidthMultiplyTexture",
}


def textured(slot: str, info: Json, material: Json | None = None, **mtoon: Any) -> Json:
    """An MToon material with one texture."""
    material = dict(material or {})
    mtoon = {**SLOTS[slot][1], **mtoon}
    if slot == "base":
        material["pbr"] = {**material.get("pbr", {}), "baseColorTexture": info}
    elif slot == "normal":
        material["normalTexture"] = info
    elif slot == "emissive":
        material |= {"emissiveTexture": info, "emissiveFactor": [0.6, 0.6, 0.6]}
    else:
        mtoon[_KEYS[slot]] = info
    return toon(material, **mtoon)


RIM: Json = {"parametricRimColorFactor": [1.0, 0.5, 0.2]}
EDGE: Json = {"outlineWidthMode": "worldCoordinates", "outlineWidthFactor": 0.02, "outlineColorFactor": [0.2, 0.4, 0.9]}

PLAIN: dict[str, tuple[Json, Json]] = {
    "default": ({}, {}),
    **{f"shift {v:g}": ({}, {"shadingShiftFactor": v}) for v in (-1, -0.5, -0.2, 0.2, 0.5, 1)},
    **{f"toony {v:g}": ({}, {"shadingToonyFactor": v}) for v in (0, 0.25, 0.5, 0.95, 1)},
    **{
        f"shift {s:g} toony {t:g}": ({}, {"shadingShiftFactor": s, "shadingToonyFactor": t})
        for s, t in ((-0.3, 0), (0.3, 0), (-0.3, 1), (0.3, 1), (-1, 1), (1, 1))
    },
    **{f"gi {v:g}": ({}, {"giEqualizationFactor": v}) for v in (0, 0.5, 1)},
    **{f"base {c}": ({"pbr": {"baseColorFactor": [*c, 1]}}, {}) for c in ((1, 0.2, 0.1), (0, 0, 0), (0.1, 0.3, 1))},
    **{f"shade {c}": ({}, {"shadeColorFactor": list(c)}) for c in ((1, 0.2, 0.1), (0, 0, 0), (1, 1, 1))},
    **{f"rim power {v:g}": ({}, {**RIM, "parametricRimFresnelPowerFactor": v}) for v in (0, 0.5, 1, 3, 5, 20, 100)},
    **{f"rim lift {v:g}": ({}, {**RIM, "parametricRimLiftFactor": v}) for v in (-0.5, 0, 0.2, 0.5, 1)},
    **{f"rim mix {v:g}": ({}, {**RIM, "rimLightingMixFactor": v}) for v in (0, 0.5, 1)},
    **{
        f"rim mix {m:g} lift 0.3 power 2 shift {s:g}": (
            {},
            {**RIM, "rimLightingMixFactor": m, "parametricRimLiftFactor": 0.3, "parametricRimFresnelPowerFactor": 2}
            | {"shadingShiftFactor": s},
        )
        for m, s in ((0, -0.5), (1, -0.5), (1, 0.5))
    },
    **{
        f"outline world {v:g}": ({}, {**EDGE, "outlineWidthFactor": v})
        for v in (0.0005, 0.001, 0.002, 0.005, 0.02, 0.05)
    },
    **{
        f"outline screen {v:g}": ({}, {**EDGE, "outlineWidthMode": "screenCoordinates", "outlineWidthFactor": v})
        for v in (0.001, 0.002, 0.005, 0.02, 0.05)
    },
    **{f"outline mix {v:g}": ({}, {**EDGE, "outlineLightingMixFactor": v}) for v in (0, 0.5, 1)},
    "outline mix 1 shade": ({}, {**EDGE, "outlineLightingMixFactor": 1, "outlineColorFactor": [1, 1, 1]}),
    "outline mix 1 rim": ({}, {**EDGE, **RIM, "outlineColorFactor": [1, 1, 1], "parametricRimFresnelPowerFactor": 1}),
    "outline mix 1 glow": ({"emissiveFactor": [0.4, 0, 0]}, {**EDGE, "outlineColorFactor": [1, 1, 1]}),
    "outline double-sided": ({"doubleSided": True}, EDGE),
    "outline blend": ({"alphaMode": "BLEND", "pbr": {"baseColorFactor": [0.9, 0.8, 0.6, 0.5]}}, EDGE),
    "outline blend z": (
        {"alphaMode": "BLEND", "pbr": {"baseColorFactor": [0.9, 0.8, 0.6, 0.5]}},
        {**EDGE, "transparentWithZWrite": True},
    ),
    "emissive": ({"emissiveFactor": [0.3, 0.1, 0]}, {}),
    "emissive strength 4": (
        {"emissiveFactor": [0.1, 0.05, 0], "extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 4}}},
        {},
    ),
    "opaque with alpha": ({"pbr": {"baseColorFactor": [0.9, 0.8, 0.6, 0.3]}}, {}),
    "mask kept": ({"alphaMode": "MASK", "pbr": {"baseColorFactor": [0.9, 0.8, 0.6, 0.6]}}, {}),
    "mask gone": ({"alphaMode": "MASK", "alphaCutoff": 0.7, "pbr": {"baseColorFactor": [0.9, 0.8, 0.6, 0.6]}}, {}),
    "blend": ({"alphaMode": "BLEND", "pbr": {"baseColorFactor": [0.9, 0.8, 0.6, 0.5]}}, {}),
    "blend double-sided": (
        {"alphaMode": "BLEND", "doubleSided": True, "pbr": {"baseColorFactor": [0.9, 0.8, 0.6, 0.5]}},
        {},
    ),
    "blend z": (
        {"alphaMode": "BLEND", "pbr": {"baseColorFactor": [0.9, 0.8, 0.6, 0.5]}},
        {"transparentWithZWrite": True},
    ),
    "blend rim glow": (
        {"alphaMode": "BLEND", "emissiveFactor": [0, 0.3, 0], "pbr": {"baseColorFactor": [0.9, 0.8, 0.6, 0.3]}},
        {**RIM, "parametricRimFresnelPowerFactor": 2},
    ),
    "double-sided": ({"doubleSided": True}, {}),
}
"""What needs no texture: name -> (glTF's part, MToon's part)."""
