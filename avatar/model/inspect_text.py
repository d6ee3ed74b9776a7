"""The findings of ``inspect`` as lines of text for a person."""

from __future__ import annotations

from typing import Any

_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")


def describe_lines(found: dict[str, Any]) -> list[str]:
    """What ``inspect`` found, in plain readable lines."""
    lines = [f"{found['file']}: {found['format']} {found['kind']}, {_bytes(found['bytes'])}"]
    lines += {"avatar": _avatar, "motion": _motion, "prop": _prop}[found["kind"]](found)
    return lines


def _bytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.1f} kB"


def _some(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _list(lines: list[str], title: str, items: list[str]) -> None:
    if items:
        lines.append(f"{title}:")
        lines += [f"  {item}" for item in items]


def _avatar(found: dict[str, Any]) -> list[str]:
    c = found["counts"]
    lines = [f"name: {found['name']}"]
    if found["generator"]:
        lines.append(f"made with: {found['generator']}")
    lines.append(f"height: {found['height_m']:.2f} m")
    shape = [
        _some(c["vertices"], "vertex", "vertices"),
        _some(c["triangles"], "triangle"),
        _some(c["primitives"], "primitive"),
        _some(c["meshes"], "mesh", "meshes"),
        _some(c["nodes"], "node"),
        _some(c["skins"], "skin"),
        _some(c["joints"], "joint"),
        _some(c["morph_targets"], "morph target"),
    ]
    lines.append("geometry: " + ", ".join(shape))
    sizes = [f"{size[0]}x{size[1]}" if size else "not read" for size in found["pictures"]]
    shown = ", ".join(sizes[:12]) + (" ..." if len(sizes) > 12 else "")
    pixels = f" ({c['pixels'] / 1e6:.2f} megapixels: {shown})" if sizes else ""
    textures = f"{c['textures']}, from {_some(c['pictures'], 'picture')}{pixels}" if sizes else "none"
    lines.append(f"textures: {textures}")
    bones = found["bones"]
    if bones["present"]:
        missing = ", ".join(_fewer(bones["missing_optional"])) or "none"
        lines.append(f"humanoid: {_some(len(bones['present']), 'bone')}; optional bones missing: {missing}")
    else:
        lines.append("humanoid: none")
    _list(lines, f"expressions ({len(found['expressions'])})", [_expression(e) for e in found["expressions"]])
    lines.append(f"mouth: {_mouth(found['mouth'])}")
    springs = found["springs"]
    shapes = ", ".join(_some(n, shape) for shape, n in springs["colliders"].items() if n) or "no colliders"
    if springs["chains"] or any(springs["colliders"].values()):
        chains, joints = _some(springs["chains"], "chain"), _some(springs["joints"], "joint")
        lines.append(f"springs: {chains}, {joints}; colliders: {shapes}")
    constraints = [f"{n} {kind}" for kind, n in found["constraints"].items() if n]
    if constraints:
        lines.append("constraints: " + ", ".join(constraints))
    look = found["look_at"]
    if look is not None:
        lines.append(f"look-at: by {look['kind']}")
    person = [f"{n} {kind}" for kind, n in found["first_person"].items() if kind != "auto"]
    if person:
        lines.append("first person: " + ", ".join(person))
    _list(lines, f"materials ({len(found['materials'])})", [_material(m) for m in found["materials"]])
    if found["parts"]:
        lines.append(f"parts, for outfits: {', '.join(found['parts'])}")
    _list(lines, f"clips ({len(found['clips'])})", [_clip(clip) for clip in found["clips"]])
    lines += _extensions(found["extensions"])
    scenes = found["scenes"]
    if len(scenes["names"]) > 1:
        lines.append(f"scenes: {', '.join(name or '(unnamed)' for name in scenes['names'])}; shown: {scenes['shown']}")
    _list(lines, "notes", found["notes"])
    _list(lines, "licence", found["licence"])
    return lines


def _fewer(bones: list[str]) -> list[str]:
    """Finger bones by their number, where there are many."""
    fingers = [name for name in bones if any(finger in name for finger in _FINGERS)]
    if len(fingers) < 4:
        return bones
    return [*(name for name in bones if name not in fingers), f"{len(fingers)} finger bones"]


def _mouth(found: dict[str, Any]) -> str:
    shapes = found["shapes"]
    if found["kind"] == "arkit":
        return f"{len(shapes)} ARKit shapes"
    if found["kind"] == "oculus":
        return f"{len(shapes)} Oculus visemes"
    if found["kind"] == "vowels":
        vowels = [name for name in ("aa", "ih", "ou", "ee", "oh") if name in shapes]
        more = [name for name in ("lipPress", "lipBite") if name in shapes]
        return "vowels " + ", ".join(vowels) + (f", and {' and '.join(more)}" if more else "")
    if found["kind"] == "opening":
        return f"one shape that opens it ({shapes['aa']})"
    if found["kind"] == "jaw":
        return f"a jaw that turns ({found['jaw']})"
    return "none; its head nods when it speaks" if found["nods"] else "none; nothing of it moves when it speaks"


def _expression(found: dict[str, Any]) -> str:
    binds = [
        _some(found[key], word)
        for key, word in (("morph_binds", "morph"), ("color_binds", "colour"), ("texture_binds", "texture shift"))
        if found[key]
    ]
    marks = [] if found["preset"] else ["custom"]
    marks += ["binary"] if found["binary"] else []
    marks += [f"{how}s {what.replace('_', '-')}" for what, how in found["overrides"].items() if how != "none"]
    return f"{found['name']}: {', '.join(binds) or 'nothing bound'}" + (f" ({', '.join(marks)})" if marks else "")


def _material(found: dict[str, Any]) -> str:
    cutoff = f" at {found['alpha_cutoff']:g}" if found["alpha_mode"] == "MASK" else ""
    parts = [found["kind"], found["alpha_mode"].lower() + cutoff]
    parts += ["double-sided"] if found["double_sided"] else []
    parts += [f"outline in {found['outline']}"] if found["outline"] != "none" else []
    parts += ["emissive"] if found["emissive"] else []
    parts += [_some(len(found["textures"]), "texture")] if found["textures"] else []
    return f"{found['name'] or '(unnamed)'}: {', '.join(parts)}"


def _clip(found: dict[str, Any]) -> str:
    parts = [f"{found['duration_s']:g} s"]
    parts += [_some(found["node_tracks"], "node track")] if found["node_tracks"] else []
    parts += [_some(len(found["bones"]), "bone")] if found["bones"] else []
    parts += [_some(len(found["expressions"]), "expression")] if found["expressions"] else []
    parts += ["hips travel"] if found["hips_translation"] else []
    parts += ["look-at"] if found["look_at"] else []
    return f"{found['name'] or '(unnamed)'}: {', '.join(parts)}"


def _extensions(found: dict[str, list[str]]) -> list[str]:
    lines = []
    if found["used"]:
        names = [name + (" (required)" if name in found["required"] else "") for name in found["used"]]
        lines.append("extensions: " + ", ".join(names))
    if found["ignored"]:
        lines.append("extensions not acted on: " + ", ".join(found["ignored"]))
    return lines


def _motion(found: dict[str, Any]) -> list[str]:
    lines = [f"duration: {found['duration_s']:g} s"]
    for clip in found["clips"]:
        lines.append(f"clip {_clip(clip)}")
        if clip["bones"]:
            lines.append("  bones: " + ", ".join(clip["bones"]))
        if clip["expressions"]:
            lines.append("  expressions: " + ", ".join(clip["expressions"]))
    return lines + _extensions(found["extensions"])


def _prop(found: dict[str, Any]) -> list[str]:
    c = found["counts"]
    size = " x ".join(f"{v:.3f}" for v in found["size_m"])
    lines = [
        f"size: {size} m",
        f"geometry: {_some(c['vertices'], 'vertex', 'vertices')}, {_some(c['triangles'], 'triangle')}",
    ]
    _list(lines, "notes", found["notes"])
    return lines
