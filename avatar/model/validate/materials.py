"""Materials and their extensions: textures, texture coordinates, and extensions that need one another.

Source: glTF 2.0 and the KHR_materials specifications; codes as in the Khronos glTF-Validator.
"""

from __future__ import annotations

from typing import Final

from .graph import Graph
from .schema import Item

_TEXTURES: Final = ("textureInfo", "normalTextureInfo", "occlusionTextureInfo")


def link_materials(graph: Graph) -> None:
    """Texture slots to textures; facts ``texcoords`` (pointer -> set) and ``tangents`` of each material."""
    for material in graph.kind("materials"):
        material.facts["texcoords"] = {}
    for item in graph.read:
        if item.kind not in _TEXTURES:
            continue
        graph.resolve(item, "index", "textures")
        material_of = item.above("material")
        if material_of is None:
            continue
        material_of.facts.setdefault("texcoords", {})[item.at] = item["texCoord"]
        moved = item.extensions.get("KHR_texture_transform")
        if moved is not None:
            material_of.facts["texcoords"][moved.at] = moved["texCoord"]
        if item.kind == "normalTextureInfo":
            material_of.facts["tangents"] = True
    for material in graph.kind("materials"):
        _extensions(graph, material)
    for node in graph.kind("nodes"):
        _light(graph, node)


def _light(graph: Graph, node: Item) -> None:
    light = node.extensions.get("KHR_lights_punctual")
    if light is None:
        return
    root = graph.root.extensions.get("KHR_lights_punctual")
    if root is None:
        text = "needs KHR_lights_punctual at the root"
        graph.journal.add("UNSATISFIED_DEPENDENCY", light.at, text)
        return
    lights, index = root["lights"] or (), light["light"]
    if index is None:
        return
    if index < len(lights):
        lights[index].used = True
    else:
        graph.journal.add("UNRESOLVED_REFERENCE", f"{light.at}/light", f"there is no light {index}")


def _extensions(graph: Graph, material: Item) -> None:
    journal, found = graph.journal, material.extensions
    normal = material["normalTexture"]
    for name, slot, code in (
        (
            "KHR_materials_anisotropy",
            "anisotropyTexture",
            "KHR_MATERIALS_ANISOTROPY_ANISOTROPY_TEXTURE_TEXCOORD",
        ),
        (
            "KHR_materials_clearcoat",
            "clearcoatNormalTexture",
            "KHR_MATERIALS_CLEARCOAT_CLEARCOAT_NORMAL_TEXTURE_TEXCOORD",
        ),
    ):
        extension = found.get(name)
        texture = extension[slot] if extension is not None else None
        if texture is not None:
            material.facts["tangents"] = True
            if normal is not None and normal["texCoord"] != texture["texCoord"]:
                journal.add(code, texture.at, "should use the texture coordinates of the normal texture")
    dispersion, volume = found.get("KHR_materials_dispersion"), found.get("KHR_materials_volume")
    if dispersion is not None and "KHR_materials_volume" not in found:
        journal.add("KHR_MATERIALS_DISPERSION_NO_VOLUME", dispersion.at, "needs KHR_materials_volume")
    strong = found.get("KHR_materials_emissive_strength")
    dark = material["emissiveFactor"] == [0.0, 0.0, 0.0]
    if strong is not None and strong["emissiveStrength"] not in (None, 1.0) and dark:
        text = "the emissive factor is zero, so its strength does nothing"
        journal.add("KHR_MATERIALS_EMISSIVE_STRENGTH_ZERO_FACTOR", strong.at, text)
    if volume is not None:
        if "KHR_materials_transmission" not in found and None not in found.values():
            text = "needs an extension that lets light through, such as KHR_materials_transmission"
            journal.add("KHR_MATERIALS_VOLUME_NO_TRANSMISSION", volume.at, text)
        if material["doubleSided"] and (volume["thicknessFactor"] or 0) > 0:
            text = "should not be used with double-sided materials"
            journal.add("KHR_MATERIALS_VOLUME_DOUBLE_SIDED", volume.at, text)
