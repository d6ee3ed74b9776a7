"""glTF materials with KHR_materials_unlit, KHR_materials_emissive_strength and VRMC_materials_mtoon 1.0.

Source: glTF 2.0, section 3.9; VRMC_materials_mtoon-1.0.
"""

from __future__ import annotations

from .images import Textures
from .model import Material, MToon
from .place import Place

MAX_MATERIALS = 1 << 12


def read_materials(root: Place, textures: Textures) -> list[Material]:
    """Every material of the file, in its order."""
    return [_material(place, textures) for place in root.each("materials", MAX_MATERIALS)]


def _material(place: Place, textures: Textures) -> Material:
    made = Material(name=place.text("name", ""))
    pbr = place.child("pbrMetallicRoughness")
    if pbr is not None:
        r, g, b, a = pbr.numbers("baseColorFactor", 4, made.base_color)
        made.base_color = (r, g, b, a)
        made.base_texture = textures.slot(pbr, "baseColorTexture")
        made.metallic = pbr.number("metallicFactor", 1.0)
        made.roughness = pbr.number("roughnessFactor", 1.0)
        made.metallic_roughness_texture = textures.slot(pbr, "metallicRoughnessTexture")
    made.normal_texture = textures.slot(place, "normalTexture", "scale")
    made.occlusion_texture = textures.slot(place, "occlusionTexture", "strength")
    made.emissive_texture = textures.slot(place, "emissiveTexture")
    strength = 1.0
    for name, key in (
        ("KHR_materials_emissive_strength", "emissiveStrength"),
        ("VRMC_materials_hdr_emissiveMultiplier", "emissiveMultiplier"),
    ):
        extension = place.extension(name)
        if extension is not None:
            strength = extension.number(key, 1.0, low=0.0)
            break
    r, g, b = place.vector3("emissiveFactor", (0.0, 0.0, 0.0))
    made.emissive = (r * strength, g * strength, b * strength)
    # The schema leaves room for other modes; a reader that does not know one draws it opaque.
    mode = place.text("alphaMode", "OPAQUE")
    made.alpha_mode = mode if mode in ("OPAQUE", "MASK", "BLEND") else "OPAQUE"
    made.alpha_cutoff = place.number("alphaCutoff", 0.5)
    made.double_sided = place.flag("doubleSided")
    mtoon = place.extension("VRMC_materials_mtoon")
    if mtoon is not None:
        made.kind, made.mtoon = "mtoon", _mtoon(mtoon, textures)
    elif place.extension("KHR_materials_unlit") is not None:
        made.kind = "unlit"
    return made


def _mtoon(place: Place, textures: Textures) -> MToon:
    made = MToon()
    made.shade_color = place.vector3("shadeColorFactor", made.shade_color)
    made.shade_texture = textures.slot(place, "shadeMultiplyTexture")
    made.shading_shift = place.number("shadingShiftFactor", made.shading_shift)
    made.shading_shift_texture = textures.slot(place, "shadingShiftTexture", "scale")
    made.shading_toony = place.number("shadingToonyFactor", made.shading_toony)
    made.gi_equalization = place.number("giEqualizationFactor", made.gi_equalization)
    made.matcap_color = place.vector3("matcapFactor", made.matcap_color)
    made.matcap_texture = textures.slot(place, "matcapTexture")
    made.rim_color = place.vector3("parametricRimColorFactor", made.rim_color)
    made.rim_texture = textures.slot(place, "rimMultiplyTexture")
    made.rim_lighting_mix = place.number("rimLightingMixFactor", made.rim_lighting_mix)
    made.rim_fresnel_power = place.number("parametricRimFresnelPowerFactor", made.rim_fresnel_power)
    made.rim_lift = place.number("parametricRimLiftFactor", made.rim_lift)
    modes = ("none", "worldCoordinates", "screenCoordinates")
    made.outline_mode = place.choice("outlineWidthMode", modes, made.outline_mode)
    made.outline_width = place.number("outlineWidthFactor", made.outline_width)
    made.outline_width_texture = textures.slot(place, "outlineWidthMultiplyTexture")
    made.outline_color = place.vector3("outlineColorFactor", made.outline_color)
    made.outline_lighting_mix = place.number("outlineLightingMixFactor", made.outline_lighting_mix)
    made.uv_mask_texture = textures.slot(place, "uvAnimationMaskTexture")
    made.uv_scroll = (
        place.number("uvAnimationScrollXSpeedFactor", 0.0),
        place.number("uvAnimationScrollYSpeedFactor", 0.0),
    )
    made.uv_rotation_speed = place.number("uvAnimationRotationSpeedFactor", 0.0)
    made.transparent_with_z_write = place.flag("transparentWithZWrite")
    made.render_queue_offset = place.integer("renderQueueOffsetNumber", 0, low=-(2**31), high=2**31)
    return made
