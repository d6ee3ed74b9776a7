"""``inspect``: what is in a companion's, motion's or prop's file, as plain data and as lines for a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from ..config import Limits
from .clip import Clip
from .container import open_container, read_file
from .draco import Unpack, unpack_here
from .gltf import SUPPORTED
from .inspect_pictures import picture_sizes
from .inspect_text import describe_lines as describe_lines
from .licence import describe
from .load import read_opened
from .model import HUMAN_BONES, REQUIRED_BONES, AvatarModel, Expression, Material, MToon, TextureSlot
from .motion import load_motion, read_motion
from .mouth import find_mouth
from .parts import parts_of
from .place import printable
from .static import load_prop

FORMATS = {"vrm1": "VRM 1.0", "vrm0": "VRM 0.x", "gltf": "glTF 2.0", "vrma": "VRM animation 1.0", "bvh": "BVH"}
_SHAPES = ("sphere", "capsule", "plane", "insideSphere", "insideCapsule")


def inspect(path: str | Path, limits: Limits | None = None, *, unpack: Unpack = unpack_here) -> dict[str, Any]:
    """What the file holds, JSON-ready, told by its content and not by its name.

    ``kind`` is avatar, motion or prop; the other keys of each are always all there. limits, unpack : as of ``load``.
    Raises ModelError for a file that cannot be loaded.
    """
    path, limits = Path(path), limits or Limits()
    data = read_file(path, limits)
    head: dict[str, Any] = {"file": printable(path.name), "bytes": len(data)}
    start = data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:9]
    if start.upper() == b"HIERARCHY":
        return head | _motion(load_motion(path, limits), {}, "text")
    if start[:4] != b"glTF" and start[:1] != b"{":
        return head | _prop(path, limits)
    container = open_container(path, limits, data)
    root, kind = container.root.value, "GLB" if start[:4] == b"glTF" else "JSON"
    if "VRMC_vrm_animation" in _object(root, "extensions"):
        return head | _motion(read_motion(container, unpack), root, kind)
    document = read_opened(container, unpack=unpack)
    pictures = picture_sizes(path, root, container.binary, document.textures.headers)
    return head | _avatar(document.model, root, kind, pictures)


def _object(raw: dict[str, Any], key: str) -> dict[str, Any]:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


def _names(raw: dict[str, Any], key: str) -> list[str]:
    value = raw.get(key)
    return [printable(v)[:120] for v in value[:256] if isinstance(v, str)] if isinstance(value, list) else []


def _count(raw: dict[str, Any], key: str) -> int:
    value = raw.get(key)
    return len(value) if isinstance(value, list) else 0


def _extensions(root: dict[str, Any]) -> dict[str, list[str]]:
    used = _names(root, "extensionsUsed")
    return {
        "used": used,
        "required": _names(root, "extensionsRequired"),
        "acted_on": [name for name in used if name in SUPPORTED],
        "ignored": [name for name in used if name not in SUPPORTED],
    }


def _avatar(
    model: AvatarModel, root: dict[str, Any], container: str, pictures: list[list[int] | None]
) -> dict[str, Any]:
    generator = _object(root, "asset").get("generator")
    primitives = model.primitives
    return {
        "kind": "avatar",
        "format": FORMATS[model.kind],
        "container": container,
        "generator": printable(generator)[:200] if isinstance(generator, str) else "",
        "name": printable(model.name)[:200],
        "counts": {
            "nodes": model.joint_count,
            "meshes": _count(root, "meshes"),
            "primitives": len(primitives),
            "vertices": sum(len(p.positions) for p in primitives),
            "triangles": sum(len(p.indices) for p in primitives),
            "materials": len(model.materials),
            "textures": _count(root, "textures"),
            "pictures": len(pictures),
            "pixels": sum(size[0] * size[1] for size in pictures if size is not None),
            "skins": len(model.skins),
            "joints": len({int(j) for skin in model.skins for j in skin.joints}),
            "morph_targets": len(model.morph_defaults),
            "clips": len(model.clips),
        },
        "height_m": round(float(model.height()), 4),
        "bones": {
            "present": [name for name in HUMAN_BONES if name in model.humanoid],
            "missing_optional": [
                name for name in HUMAN_BONES if model.humanoid and name not in (*model.humanoid, *REQUIRED_BONES)
            ],
        },
        "expressions": [_expression(e) for e in model.expressions.values()],
        "mouth": _mouth(model),
        "springs": {
            "chains": len(model.springs),
            "joints": sum(len(spring.joints) for spring in model.springs),
            "colliders": {shape: sum(c.shape == shape for c in model.colliders) for shape in _SHAPES},
        },
        "constraints": {kind: sum(c.kind == kind for c in model.constraints) for kind in ("roll", "aim", "rotation")},
        "materials": [_material(m) for m in model.materials],
        "parts": {printable(name)[:120]: len(found) for name, found in parts_of(model).items()},
        "pictures": pictures,
        "extensions": _extensions(root),
        "scenes": {"names": [printable(name)[:120] for name in model.scenes], "shown": model.scene},
        "clips": [_clip(clip) for clip in model.clips],
        "look_at": _look_at(model),
        "first_person": dict(sorted(Counter(p.first_person for p in primitives).items())),
        "notes": list(model.notes),
        "licence": describe(model.meta, model.kind),
    }


def _mouth(model: AvatarModel) -> dict[str, Any]:
    mouth = find_mouth(model)
    return {
        "kind": mouth.kind,
        "shapes": {shape: printable(name)[:120] for shape, name in mouth.shapes.items()},
        "jaw": printable(model.node_names[mouth.jaw])[:120] if mouth.jaw >= 0 else "",
        "nods": "head" in model.humanoid,
    }


def _expression(expression: Expression) -> dict[str, Any]:
    moved = sum(bind.kind == "textureTransform" for bind in expression.materials)
    return {
        "name": printable(expression.name)[:120],
        "preset": expression.preset,
        "morph_binds": len(expression.morphs),
        "color_binds": len(expression.materials) - moved,
        "texture_binds": moved,
        "binary": expression.is_binary,
        "overrides": {
            "blink": expression.override_blink,
            "look_at": expression.override_look_at,
            "mouth": expression.override_mouth,
        },
    }


def _material(material: Material) -> dict[str, Any]:
    held: list[Material | MToon] = [material, material.mtoon] if material.mtoon is not None else [material]
    slots = sorted(f.name for owner in held for f in fields(owner) if isinstance(getattr(owner, f.name), TextureSlot))
    mtoon = material.mtoon
    return {
        "name": printable(material.name)[:120],
        "kind": material.kind,
        "alpha_mode": material.alpha_mode,
        "alpha_cutoff": round(float(material.alpha_cutoff), 4),
        "double_sided": material.double_sided,
        "emissive": bool(np.any(np.asarray(material.emissive) > 0)),
        "outline": mtoon.outline_mode if mtoon is not None and mtoon.outline_width > 0 else "none",
        "textures": slots,
    }


def _look_at(model: AvatarModel) -> dict[str, Any] | None:
    look = model.look_at
    if look is None:
        return None
    maps = ("horizontal_inner", "horizontal_outer", "vertical_down", "vertical_up")
    return {
        "kind": look.kind,
        "offset_m": [round(float(v), 5) for v in look.offset],
        **{name: [round(float(v), 4) for v in getattr(look, name)] for name in maps},
    }


def _clip(clip: Clip) -> dict[str, Any]:
    return {
        "name": printable(clip.name)[:120],
        "kind": clip.kind,
        "duration_s": round(float(clip.duration), 4),
        "node_tracks": sum(len(t) for t in (clip.translation, clip.rotation, clip.scale, clip.weights)),
        "bones": sorted(clip.bone_rotation),
        "expressions": sorted(clip.expressions),
        "hips_translation": clip.hips_translation is not None,
        "look_at": clip.look_at is not None,
    }


def _motion(clips: tuple[Clip, ...], root: dict[str, Any], container: str) -> dict[str, Any]:
    return {
        "kind": "motion",
        "format": FORMATS.get(clips[0].kind, clips[0].kind),
        "container": container,
        "duration_s": round(max(float(clip.duration) for clip in clips), 4),
        "clips": [_clip(clip) for clip in clips],
        "extensions": _extensions(root),
    }


def _prop(path: Path, limits: Limits | None) -> dict[str, Any]:
    model = load_prop(path, limits)
    points = [p.positions for p in model.primitives]
    low = np.min([p.min(axis=0) for p in points], axis=0)
    high = np.max([p.max(axis=0) for p in points], axis=0)
    return {
        "kind": "prop",
        "format": path.suffix.lstrip(".").upper() or "prop",
        "counts": {
            "primitives": len(model.primitives),
            "vertices": sum(map(len, points)),
            "triangles": sum(len(p.indices) for p in model.primitives),
            "materials": len(model.materials),
            "textures": len(model.textures),
        },
        "size_m": [round(float(v), 4) for v in high - low],
        "notes": list(model.notes),
    }
