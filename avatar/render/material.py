"""Materials as the shaders read them: a variant (defines), textures, and one row of the material buffer.

The row's layout is ``Material`` in ``shaders/common_figure.glsl``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..model.model import Expression, Material, MToon, TextureSlot
from ..types import FloatArray

ROWS, STRIDE_ROWS = 9 + 22, 32
"""FLOAT4s a material uses, and how far apart they lie in the buffer (512 bytes: a multiple of every alignment)."""

SLOTS = (
    *("base", "shade", "shift", "normal", "emissive", "matcap", "rim", "outline_width", "uv_mask"),
    *("metal_rough", "occlusion"),
)
"""Texture uses, in the order of the shader's slot numbers; the number is also the texture unit."""

COLORS = frozenset(SLOTS.index(name) for name in ("base", "shade", "emissive", "matcap", "rim"))
"""Slots that hold colours; the others hold numbers."""

_BIND_ROW = {"color": 0, "shadeColor": 1, "emissionColor": 2, "matcapColor": 3, "rimColor": 4, "outlineColor": 5}


@dataclass(frozen=True, slots=True)
class Surface:
    """How one material is drawn. fragment : shader file; defines : its variant; textures : (unit, texture index);
    outline : the outline's defines, or None; depth : the variant that only tests its mask, () where it has none;
    order : sort key of drawing: opaque, masked, see-through with depth, see-through; in each its render queue."""

    fragment: str
    defines: tuple[str, ...]
    textures: tuple[tuple[int, int], ...]
    outline: tuple[str, ...] | None
    depth: tuple[str, ...]
    order: tuple[int, int]
    blend: bool
    depth_write: bool
    double_sided: bool


def slots(material: Material) -> dict[str, TextureSlot]:
    """The textures a material really uses, by slot name."""
    m = material.mtoon or MToon()
    found = {"base": material.base_texture, "emissive": material.emissive_texture, "normal": material.normal_texture}
    if material.kind == "mtoon":
        found |= {
            "shade": m.shade_texture,
            "shift": m.shading_shift_texture,
            "matcap": m.matcap_texture,
            "rim": m.rim_texture if any(m.rim_color) or m.matcap_texture else None,
            "outline_width": m.outline_width_texture if m.outline_mode != "none" else None,
            "uv_mask": m.uv_mask_texture if _moves(m) else None,
        }
        if (
            m.shade_texture is not None
            and material.base_texture is not None
            and _same(m.shade_texture, material.base_texture)
        ):
            del found["shade"]  # sampled once, SHADE_AS_BASE
    elif material.kind == "pbr":
        found |= {"metal_rough": material.metallic_roughness_texture, "occlusion": material.occlusion_texture}
    else:
        found["normal"] = None
    return {name: slot for name, slot in found.items() if slot is not None}


def surface(material: Material, has_rim_bind: bool = False) -> Surface:
    """The variant of a material. has_rim_bind : an expression may change its rim colour."""
    used = slots(material)
    m = material.mtoon or MToon()
    sampled = {name: s for name, s in used.items() if name not in ("matcap", "outline_width")}
    defines = {f"MAP_{name.upper()}" for name in sampled}
    first = next(iter(sampled.values()), None)
    if any(_transform(s) != _transform(first) or s.uv for s in sampled.values()):
        defines.add("UV_SLOTS")
    if any(s.uv for s in sampled.values()):
        defines.add("UV1")
    if material.alpha_mode != "OPAQUE":
        defines.add(f"ALPHA_{material.alpha_mode}")
    if material.kind == "mtoon" and _moves(m):
        # The motion comes before the transform, which only then has to be done in the fragment.
        defines |= {"UV_MOTION"} | ({"UV_SLOTS"} if any(_transform(s) != _PLAIN for s in sampled.values()) else set())
    mask = {d for d in defines if d.startswith(("UV", "ALPHA")) or d in ("MAP_BASE", "MAP_UV_MASK")}
    if material.double_sided:
        defines.add("DOUBLE_SIDED")
    if material.kind == "mtoon":
        if any(m.rim_color) or has_rim_bind:
            defines |= {"RIM_LIGHT", "RIM_OR_MATCAP"}
        if m.shade_texture is not None and "shade" not in used:
            defines.add("SHADE_AS_BASE")
        if "matcap" in used:
            defines |= {"MAP_MATCAP", "RIM_OR_MATCAP"}
    if material.kind == "pbr" or defines & {"RIM_OR_MATCAP", "MAP_NORMAL"}:
        defines.add("POSITION")
    blend = material.alpha_mode == "BLEND"
    z_write = not blend or (m.transparent_with_z_write if material.depth_write is None else material.depth_write)
    stage = {"OPAQUE": 0, "MASK": 1}.get(material.alpha_mode, 2 if z_write else 3)
    return Surface(
        fragment=f"surface_{material.kind}.frag",
        defines=tuple(sorted(defines)),
        textures=tuple((SLOTS.index(name), slot.index) for name, slot in used.items()),
        outline=_outline(material, used, defines, mask),
        depth=tuple(sorted(mask)) if material.alpha_mode == "MASK" else (),
        order=(stage, m.render_queue_offset if blend else 0),
        blend=blend,
        depth_write=z_write,
        double_sided=material.double_sided,
    )


def _outline(
    material: Material, used: dict[str, TextureSlot], defines: set[str], mask: set[str]
) -> tuple[str, ...] | None:
    """The variant of a material's outline: lit as its surface is, where it takes colour from there."""
    m = material.mtoon
    if material.kind != "mtoon" or m is None or m.outline_mode == "none" or m.outline_width <= 0:
        return None
    found = (defines - {"DOUBLE_SIDED"} | {"OUTLINE_LIT"}) if m.outline_lighting_mix > 0 else set(mask)
    found.add("OUTLINE_WORLD" if m.outline_mode == "worldCoordinates" else "OUTLINE_SCREEN")
    if "outline_width" in used:
        found.add("MAP_OUTLINE_WIDTH")
        if used["outline_width"].uv:
            found |= {"UV1", "UV_SLOTS"}
    return tuple(sorted(found))


def pack(material: Material) -> FloatArray:
    """The material's rows, (STRIDE_ROWS, 4) float32."""
    m = material.mtoon or MToon()
    used = slots(material)
    normal, shift, occlusion = (used[n].factor if n in used else 1.0 for n in ("normal", "shift", "occlusion"))
    rows = np.zeros((STRIDE_ROWS, 4), np.float32)
    rows[:9] = (
        material.base_color,
        (*m.shade_color, material.alpha_cutoff),
        (*material.emissive, normal),
        (*m.matcap_color, m.rim_lift),
        (*m.rim_color, m.rim_fresnel_power),
        (*m.outline_color, m.outline_width),
        (m.shading_shift, m.shading_toony, m.gi_equalization, m.rim_lighting_mix),
        (m.outline_lighting_mix, shift, material.metallic, material.roughness),
        (*m.uv_scroll, m.uv_rotation_speed, occlusion),
    )
    shared = _shared(used)
    for k, name in enumerate(SLOTS):
        rows[9 + 2 * k : 11 + 2 * k] = uv_rows(used.get(name, shared))
    return rows


def uv_rows(slot: TextureSlot) -> FloatArray:
    """KHR_texture_transform as two rows (2, 4): ``u' = row · (u, v, 1)``; the first row's last number is the UV set."""
    c, s = math.cos(slot.rotation), math.sin(slot.rotation)
    (sx, sy), (ox, oy) = slot.scale, slot.offset
    return np.array([[c * sx, s * sy, ox, slot.uv], [-s * sx, c * sy, oy, 0]], np.float32)


class Wardrobe:
    """Every material's rows of one model, and how expressions change them.

    rows : (N, STRIDE_ROWS, 4) float32, as now worn.
    """

    def __init__(self, materials: tuple[Material, ...], expressions: dict[str, Expression]) -> None:
        self._rest = np.stack([pack(m) for m in materials] or [pack(Material())])
        self._slots = [slots(m) for m in materials]
        self.rows = self._rest.copy()
        self._binds = {name: e.materials for name, e in expressions.items() if e.materials}
        self._worn: tuple[tuple[str, float], ...] = ()

    def wear(self, weights: Mapping[str, float]) -> bool:
        """Apply expression weights: each bind moves its value from rest towards its own. True if anything changed."""
        now = tuple((n, w) for n in self._binds if (w := weights.get(n, 0.0)) > 0)
        if now == self._worn:
            return False
        self._worn = now
        np.copyto(self.rows, self._rest)
        shifts: dict[int, list[tuple[float, FloatArray]]] = {}
        for name, weight in now:
            for bind in self._binds[name]:
                rest, row = self._rest[bind.material], self.rows[bind.material]
                if bind.kind == "textureTransform":
                    to = np.asarray(bind.value, np.float32)
                    shifts.setdefault(bind.material, []).append((weight, to))
                else:
                    k = _BIND_ROW[bind.kind]
                    n = 4 if bind.kind == "color" else 3
                    row[k, :n] += weight * (np.asarray(bind.value[:n], np.float32) - rest[k, :n])
        for material, binds in shifts.items():
            self._shift(material, binds)
        return True

    def _shift(self, material: int, binds: list[tuple[float, FloatArray]]) -> None:
        """Move and scale every texture of a material but the matcap, which has no place on the surface."""
        used = self._slots[material]
        shared = _shared(used)
        for k, name in enumerate(SLOTS):
            slot = used.get(name, shared)
            now = rest = np.array((*slot.offset, *slot.scale), np.float32)
            for weight, to in binds:
                now = now + weight * (to - rest)
            if name != "matcap":
                ox, oy, sx, sy = now.tolist()
                self.rows[material][9 + 2 * k : 11 + 2 * k] = uv_rows(replace(slot, offset=(ox, oy), scale=(sx, sy)))


def _shared(used: dict[str, TextureSlot]) -> TextureSlot:
    return next((s for n, s in used.items() if n not in ("matcap", "outline_width")), TextureSlot(0))


def _moves(m: MToon) -> bool:
    return any(m.uv_scroll) or m.uv_rotation_speed != 0


def _same(a: TextureSlot | None, b: TextureSlot | None) -> bool:
    return a is not None and b is not None and a.index == b.index and _transform(a) == _transform(b)


def _transform(s: TextureSlot | None) -> tuple[float, ...]:
    return (s.uv, *s.offset, *s.scale, s.rotation) if s is not None else _PLAIN


_PLAIN = (0, 0.0, 0.0, 1.0, 1.0, 0.0)
