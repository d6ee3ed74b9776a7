"""MToon 0.x and the other VRM 0 shaders, from ``materialProperties`` to materials as VRM 1.0 means them.

Formulas: the official migration from VRM 0 to 1.0 (MToon 0.x to VRMC_materials_mtoon), where Unity's colours are sRGB
(emission is linear), widths are centimetres or hundredths of half the picture, and v runs upwards. Where that migration
changes the look on purpose (it shades with the lit texture when there is no shade texture, and lights every rim), this
keeps what MToon 0.x drew.
"""

from __future__ import annotations

import math

from .gltf import Document
from .model import Material, MToon, TextureSlot
from .place import Place

_OPAQUE, _CUTOUT, _TRANSPARENT, _Z_WRITE = range(4)
_UNLIT = {
    "VRM/UnlitTexture": "OPAQUE",
    "VRM/UnlitCutout": "MASK",
    "VRM/UnlitTransparent": "BLEND",
    "VRM/UnlitTransparentZWrite": "BLEND",
    "Unlit/Color": "OPAQUE",
    "Unlit/Texture": "OPAQUE",
    "Unlit/Transparent Cutout": "MASK",
    "Unlit/Transparent": "BLEND",
}
"""Shader -> alpha mode. Those without "VRM/" stand in files that are older than KHR_materials_unlit."""


def linear(value: float) -> float:
    """sRGB to linear (IEC 61966-2-1); above 1 the curve is continued as a power, below 0 it is 0."""
    if value <= 0.04045:
        return max(value, 0.0) / 12.92
    return float(((min(value, 1e4) + 0.055) / 1.055) ** 2.4)


def apply_materials(document: Document, vrm: Place) -> None:
    """Rewrites the materials that have a VRM 0 shader. Raises ModelError."""
    materials = document.model.materials
    places = vrm.each("materialProperties", 1 << 12)
    offsets = _queues(places)
    for material, place in zip(materials, places, strict=False):
        shader = place.text("shader", "")
        if shader == "VRM/MToon":
            _Properties(document, place).mtoon(material, offsets.get((_mode(place), _queue(place)), 0))
        elif shader in _UNLIT:
            material.kind, material.mtoon, material.alpha_mode = "unlit", None, _UNLIT[shader]
            _Properties(document, place).unlit(material)
            material.depth_write = True if shader.endswith("ZWrite") else None


def _section(place: Place, key: str) -> Place:
    return place.child(key) or Place(place.path, f"{place.pointer}/{key}", {})


def _mode(place: Place) -> int:
    words, floats = _section(place, "keywordMap"), _section(place, "floatProperties")
    if floats.has("_BlendMode"):
        return min(max(int(floats.number("_BlendMode")), _OPAQUE), _Z_WRITE)
    if words.flag("_ALPHABLEND_ON"):
        return _Z_WRITE if floats.number("_ZWrite", 0.0) == 1 else _TRANSPARENT
    return _CUTOUT if words.flag("_ALPHATEST_ON") else _OPAQUE


def _queue(place: Place) -> int:
    return place.integer("renderQueue", -1, low=-(2**31), high=2**31)


def _queues(places: list[Place]) -> dict[tuple[int, int], int]:
    """(mode, Unity's queue) -> renderQueueOffset: the order is kept, from -9 to 0, and from 0 to 9 with z-writing."""
    found: dict[int, set[int]] = {_TRANSPARENT: set(), _Z_WRITE: set()}
    for place in places:
        if place.text("shader", "") == "VRM/MToon" and _mode(place) in found:
            found[_mode(place)].add(_queue(place))
    offsets = {(_TRANSPARENT, q): max(-i, -9) for i, q in enumerate(sorted(found[_TRANSPARENT], reverse=True))}
    offsets.update({(_Z_WRITE, q): min(i, 9) for i, q in enumerate(sorted(found[_Z_WRITE]))})
    return offsets


class _Properties:
    """One entry of ``materialProperties``."""

    def __init__(self, document: Document, place: Place) -> None:
        self._textures = document.textures
        self._place = place
        self._floats = _section(place, "floatProperties")
        self._vectors = _section(place, "vectorProperties")
        self._indices = _section(place, "textureProperties")
        x, y, sx, sy = self._vector("_MainTex", (0.0, 0.0, 1.0, 1.0))
        self._offset, self._scale = (x, 1.0 - sy - y), (sx, sy)

    def _vector(self, key: str, default: tuple[float, ...]) -> tuple[float, ...]:
        count = len(self._vectors.array(key))
        return (*self._vectors.numbers(key, count), *default[count:])[:4] if count else default

    def _color(self, key: str, default: tuple[float, ...]) -> tuple[float, float, float]:
        r, g, b, _ = self._vector(key, (*default, 1.0))
        return linear(r), linear(g), linear(b)

    def _slot(self, key: str, factor: float = 1.0, moved: bool = True) -> TextureSlot | None:
        if self._indices.integer(key, -1, low=-1) < 0:
            return None
        slot = TextureSlot(self._textures.use(self._indices, key), factor=factor)
        if moved:
            slot.offset, slot.scale = self._offset, self._scale
        return slot

    def unlit(self, made: Material) -> None:
        """Colour, texture and cutoff of an unlit shader, where they are said here."""
        if self._vectors.has("_Color"):
            made.base_color = (*self._color("_Color", (1.0, 1.0, 1.0)), self._vector("_Color", (1.0,) * 4)[3])
        made.base_texture = self._slot("_MainTex") or made.base_texture
        made.alpha_cutoff = self._floats.number("_Cutoff", made.alpha_cutoff)

    def mtoon(self, made: Material, queue_offset: int) -> None:
        """Overwrites ``made`` as VRM/MToon has it."""
        number = self._floats.number
        mode = _mode(self._place)
        made.kind = "mtoon"
        made.alpha_mode = ("OPAQUE", "MASK", "BLEND", "BLEND")[mode]
        made.alpha_cutoff = number("_Cutoff", 0.5)
        # Unity's "cull front" has no like in glTF; the official migration draws both sides.
        made.double_sided = number("_CullMode", 2.0) != 2
        alpha = self._vector("_Color", (1.0, 1.0, 1.0, 1.0))[3]
        made.base_color = (*self._color("_Color", (1.0, 1.0, 1.0)), alpha)
        made.base_texture = self._slot("_MainTex")
        made.normal_texture = self._slot("_BumpMap", number("_BumpScale", 1.0))
        r, g, b, _ = self._vector("_EmissionColor", (0.0, 0.0, 0.0, 1.0))
        made.emissive = (max(r, 0.0), max(g, 0.0), max(b, 0.0))
        made.emissive_texture = self._slot("_EmissionMap")
        made.occlusion_texture = made.metallic_roughness_texture = None
        made.mtoon = self._toon(mode, queue_offset)

    def _toon(self, mode: int, queue_offset: int) -> MToon:
        number = self._floats.number
        toon = MToon(transparent_with_z_write=mode == _Z_WRITE, render_queue_offset=queue_offset)
        toon.shade_color = self._color("_ShadeColor", (0.97, 0.81, 0.86))
        toon.shade_texture = self._slot("_ShadeTexture")
        shift, toony = number("_ShadeShift", 0.0), number("_ShadeToony", 0.9)
        # 0.x gives the two ends of the band between shade and light, 1.0 its middle and its margin.
        low, high = shift, 1.0 + (shift - 1.0) * toony
        toon.shading_toony = min(max((2.0 - (high - low)) * 0.5, 0.0), 1.0)
        toon.shading_shift = min(max(-(high + low) * 0.5, -1.0), 1.0)
        toon.gi_equalization = min(max(1.0 - number("_IndirectLightIntensity", 0.1), 0.0), 1.0)
        toon.matcap_texture = self._slot("_SphereAdd", moved=False)
        toon.matcap_color = (1.0, 1.0, 1.0) if toon.matcap_texture is not None else (0.0, 0.0, 0.0)
        toon.rim_color = self._color("_RimColor", (0.0, 0.0, 0.0))
        toon.rim_texture = self._slot("_RimTexture")
        toon.rim_fresnel_power, toon.rim_lift = number("_RimFresnelPower", 1.0), number("_RimLift", 0.0)
        toon.rim_lighting_mix = min(max(number("_RimLightingMix", 0.0), 0.0), 1.0)
        modes = {1: ("worldCoordinates", 0.01), 2: ("screenCoordinates", 0.01)}
        toon.outline_mode, unit = modes.get(int(number("_OutlineWidthMode", 0.0)), ("none", 0.0))
        toon.outline_width = number("_OutlineWidth", 0.5) * unit
        toon.outline_width_texture = self._slot("_OutlineWidthTexture")
        toon.outline_color = self._color("_OutlineColor", (0.0, 0.0, 0.0))
        toon.outline_lighting_mix = number("_OutlineLightingMix", 1.0) if number("_OutlineColorMode", 0.0) == 1 else 0.0
        toon.uv_mask_texture = self._slot("_UvAnimMaskTexture")
        toon.uv_scroll = (number("_UvAnimScrollX", 0.0), 0.0 - number("_UvAnimScrollY", 0.0))
        toon.uv_rotation_speed = number("_UvAnimRotation", 0.0) * 2 * math.pi
        return toon
