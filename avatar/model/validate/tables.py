"""glTF 2.0's objects and those of the Khronos extensions as tables: member -> what it may be.

Source: the JSON schemas of glTF 2.0 and of each extension named here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from .fields import Attributes, Child, Children, Indices, Targets
from .schema import Field
from .values import Flag, Index, Later, Number, Numbers, Text, Whole

_NAME = Text()
_WRAPS = (33071, 33648, 10497)
_INFO: dict[str, Field] = {"index": Index(need=True), "texCoord": Whole(default=0)}
_TEXTURE = Child("textureInfo")


def _fraction(default: float) -> Number:
    return Number(low=0.0, high=1.0, default=default)


_TABLES: dict[str, dict[str, Field]] = {
    "asset": {
        "copyright": _NAME,
        "generator": _NAME,
        "version": Text(pattern=r"([0-9]+)\.([0-9]+)", need=True),
        "minVersion": Text(pattern=r"([0-9]+)\.([0-9]+)"),
    },
    "accessor": {
        "bufferView": Index(),
        "byteOffset": Later(),
        "min": Later(),
        "max": Later(),
        "componentType": Whole(words=(5120, 5121, 5122, 5123, 5125, 5126), need=True),
        "count": Whole(low=1, need=True),
        "type": Text(words=("SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4"), need=True),
        "normalized": Flag(),
        "sparse": Child("sparse"),
        "name": _NAME,
    },
    "sparse": {
        "count": Whole(low=1, need=True),
        "indices": Child("sparseIndices", need=True),
        "values": Child("sparseValues", need=True),
    },
    "sparseIndices": {
        "bufferView": Index(need=True),
        "byteOffset": Whole(default=0),
        "componentType": Whole(words=(5121, 5123, 5125), need=True),
    },
    "sparseValues": {"bufferView": Index(need=True), "byteOffset": Whole(default=0)},
    "animation": {"channels": Children("channel"), "samplers": Children("animationSampler"), "name": _NAME},
    "channel": {"sampler": Index(need=True), "target": Child("target", need=True)},
    "target": {"node": Index(), "path": Text(words="paths", need=True)},
    "animationSampler": {
        "input": Index(need=True),
        "interpolation": Text(words=("LINEAR", "STEP", "CUBICSPLINE"), default="LINEAR"),
        "output": Index(need=True),
    },
    "buffer": {"uri": _NAME, "byteLength": Whole(low=1, need=True), "name": _NAME},
    "bufferView": {
        "buffer": Index(need=True),
        "byteOffset": Whole(default=0),
        "byteLength": Whole(low=1, need=True),
        "byteStride": Whole(low=4, high=252),
        "target": Whole(words=(34962, 34963)),
        "name": _NAME,
    },
    "camera": {
        "type": Text(words=("orthographic", "perspective"), need=True),
        "orthographic": Later(),
        "perspective": Later(),
        "name": _NAME,
    },
    "orthographic": {
        "xmag": Number(need=True),
        "ymag": Number(need=True),
        "zfar": Number(above=0.0, need=True),
        "znear": Number(low=0.0, need=True),
    },
    "perspective": {
        "yfov": Number(above=0.0, need=True),
        "zfar": Number(above=0.0),
        "znear": Number(above=0.0, need=True),
        "aspectRatio": Number(above=0.0),
    },
    "image": {"bufferView": Index(), "mimeType": Text(words="mimes"), "uri": _NAME, "name": _NAME},
    "material": {
        "pbrMetallicRoughness": Child("pbr"),
        "normalTexture": Child("normalTextureInfo"),
        "occlusionTexture": Child("occlusionTextureInfo"),
        "emissiveTexture": _TEXTURE,
        "emissiveFactor": Numbers(3, 0.0, 1.0, default=(0.0, 0.0, 0.0)),
        "alphaMode": Text(words=("OPAQUE", "MASK", "BLEND"), default="OPAQUE"),
        "alphaCutoff": Number(low=0.0),
        "doubleSided": Flag(),
        "name": _NAME,
    },
    "pbr": {
        "baseColorFactor": Numbers(4, 0.0, 1.0),
        "baseColorTexture": _TEXTURE,
        "metallicFactor": _fraction(1.0),
        "roughnessFactor": _fraction(1.0),
        "metallicRoughnessTexture": _TEXTURE,
    },
    "textureInfo": dict(_INFO),
    "normalTextureInfo": {**_INFO, "scale": Number()},
    "occlusionTextureInfo": {**_INFO, "strength": _fraction(1.0)},
    "mesh": {"primitives": Children("primitive"), "weights": Numbers(), "name": _NAME},
    "primitive": {
        "attributes": Attributes(),
        "indices": Index(),
        "material": Index(),
        "mode": Whole(high=6, default=4),
        "targets": Targets(),
    },
    "node": {
        "camera": Index(),
        "children": Indices(),
        "skin": Index(),
        "matrix": Numbers(16),
        "mesh": Index(),
        "rotation": Numbers(4, low=-1.0, high=1.0),
        "scale": Numbers(3),
        "translation": Numbers(3),
        "weights": Numbers(),
        "name": _NAME,
    },
    "sampler": {
        "magFilter": Whole(words=(9728, 9729)),
        "minFilter": Whole(words=(9728, 9729, 9984, 9985, 9986, 9987)),
        "wrapS": Whole(words=_WRAPS),
        "wrapT": Whole(words=_WRAPS),
        "name": _NAME,
    },
    "scene": {"nodes": Indices(), "name": _NAME},
    "skin": {"inverseBindMatrices": Index(), "skeleton": Index(), "joints": Indices(need=True), "name": _NAME},
    "texture": {"sampler": Index(), "source": Index(), "name": _NAME},
    "EXT_texture_webp": {"source": Index()},
    "KHR_animation_pointer": {"pointer": Text(pattern=r"(?:/(?:[^/~]|~0|~1)*)*", need=True)},
    "KHR_lights_punctual": {"lights": Children("light")},
    "light": {
        "color": Numbers(3, 0.0, 1.0),
        "intensity": Number(low=0.0),
        "type": Text(words=("directional", "point", "spot"), need=True),
        "range": Number(above=0.0),
        "spot": Later(),
        "name": _NAME,
    },
    "spot": {
        "innerConeAngle": Number(low=0.0, below=1.5707963267948966, default=0.0),
        "outerConeAngle": Number(above=0.0, high=1.5707963267948966, default=0.7853981633974483),
    },
    "nodeLight": {"light": Index(need=True)},
    "KHR_materials_anisotropy": {
        "anisotropyStrength": _fraction(0.0),
        "anisotropyRotation": Number(),
        "anisotropyTexture": _TEXTURE,
    },
    "KHR_materials_clearcoat": {
        "clearcoatFactor": _fraction(0.0),
        "clearcoatTexture": _TEXTURE,
        "clearcoatRoughnessFactor": _fraction(0.0),
        "clearcoatRoughnessTexture": _TEXTURE,
        "clearcoatNormalTexture": Child("normalTextureInfo"),
    },
    "KHR_materials_dispersion": {"dispersion": Number(low=0.0)},
    "KHR_materials_emissive_strength": {"emissiveStrength": Number(low=0.0, default=1.0)},
    "KHR_materials_ior": {"ior": Number(low=1.0, free=0.0)},
    "KHR_materials_iridescence": {
        "iridescenceFactor": _fraction(0.0),
        "iridescenceTexture": _TEXTURE,
        "iridescenceIor": Number(low=1.0),
        "iridescenceThicknessMinimum": Number(low=0.0, default=100.0),
        "iridescenceThicknessMaximum": Number(low=0.0, default=400.0),
        "iridescenceThicknessTexture": _TEXTURE,
    },
    "KHR_materials_pbrSpecularGlossiness": {
        "diffuseFactor": Numbers(4, 0.0, 1.0),
        "diffuseTexture": _TEXTURE,
        "specularFactor": Numbers(3, 0.0, 1.0),
        "glossinessFactor": _fraction(1.0),
        "specularGlossinessTexture": _TEXTURE,
    },
    "KHR_materials_sheen": {
        "sheenColorFactor": Numbers(3, 0.0, 1.0),
        "sheenColorTexture": _TEXTURE,
        "sheenRoughnessFactor": _fraction(0.0),
        "sheenRoughnessTexture": _TEXTURE,
    },
    "KHR_materials_specular": {
        "specularFactor": _fraction(1.0),
        "specularTexture": _TEXTURE,
        "specularColorFactor": Numbers(3, low=0.0),
        "specularColorTexture": _TEXTURE,
    },
    "KHR_materials_transmission": {"transmissionFactor": _fraction(0.0), "transmissionTexture": _TEXTURE},
    "KHR_materials_unlit": {},
    "KHR_materials_variants": {"variants": Children("variant")},
    "variant": {"name": Text(need=True)},
    "mappings": {"mappings": Children("mapping")},
    "mapping": {"variants": Indices(need=True), "material": Index(need=True), "name": _NAME},
    "KHR_materials_volume": {
        "attenuationColor": Numbers(3, 0.0, 1.0),
        "attenuationDistance": Number(above=0.0),
        "thicknessFactor": Number(low=0.0, default=0.0),
        "thicknessTexture": _TEXTURE,
    },
    "KHR_texture_transform": {
        "offset": Numbers(2),
        "rotation": Number(),
        "scale": Numbers(2),
        "texCoord": Whole(),
    },
    "root": {},
}
TABLES: Final = MappingProxyType(_TABLES)
"""kind -> member -> field."""

LISTS: Final = {
    "accessors": "accessor",
    "animations": "animation",
    "buffers": "buffer",
    "bufferViews": "bufferView",
    "cameras": "camera",
    "images": "image",
    "materials": "material",
    "meshes": "mesh",
    "nodes": "node",
    "samplers": "sampler",
    "scenes": "scene",
    "skins": "skin",
    "textures": "texture",
}
"""The file's own lists and the tables of their elements."""

_MATERIAL = ("anisotropy", "clearcoat", "dispersion", "emissive_strength", "ior", "iridescence", "sheen", "specular")
EXTENSIONS: Final[dict[tuple[str, str], tuple[str, bool]]] = {
    ("texture", "EXT_texture_webp"): ("EXT_texture_webp", False),
    ("target", "KHR_animation_pointer"): ("KHR_animation_pointer", False),
    ("root", "KHR_lights_punctual"): ("KHR_lights_punctual", False),
    ("node", "KHR_lights_punctual"): ("nodeLight", False),
    **{
        ("material", f"KHR_materials_{name}"): (f"KHR_materials_{name}", name in ("unlit", "pbrSpecularGlossiness"))
        for name in (*_MATERIAL, "transmission", "volume", "unlit", "pbrSpecularGlossiness")
    },
    ("root", "KHR_materials_variants"): ("KHR_materials_variants", False),
    ("primitive", "KHR_materials_variants"): ("mappings", False),
    **{
        (kind, "KHR_texture_transform"): ("KHR_texture_transform", False)
        for kind in ("textureInfo", "normalTextureInfo", "occlusionTextureInfo")
    },
}
"""(where it stands, extension) -> (its table, whether it stands alone)."""

KNOWN: Final = frozenset({name for _, name in EXTENSIONS} | {"KHR_mesh_quantization"})
"""Extensions whose content is checked by these tables."""
