"""Materials that leave fields out, one at a time and all at once: what a reader takes for what is not said."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from peer_models import MTOON, Case, Json, ball, build, texture, toon

_MTOON: Json = {
    "shadeColorFactor": [0.5, 0.3, 0.4],
    "shadingShiftFactor": -0.2,
    "shadingToonyFactor": 0.5,
    "giEqualizationFactor": 0.2,
    "parametricRimColorFactor": [0.2, 0.4, 0.6],
    "parametricRimFresnelPowerFactor": 2,
    "parametricRimLiftFactor": 0.1,
    "rimLightingMixFactor": 0.3,
    "outlineWidthMode": "worldCoordinates",
    "outlineWidthFactor": 0.03,
    "outlineColorFactor": [0.9, 0.7, 0.2],
    "outlineLightingMixFactor": 0.4,
    "matcapFactor": [0.3, 0.2, 0.1],
    "matcapTexture": texture(0),
    "shadeMultiplyTexture": texture(1),
    "shadingShiftTexture": texture(2, scale=0.5),
    "rimMultiplyTexture": texture(3),
    "outlineWidthMultiplyTexture": texture(4),
}
"""Every field that stands still; the shift texture's values are 0 and 1, which three-vrm decodes to themselves."""
_MOVING: Json = {
    "uvAnimationMaskTexture": texture(5),
    "uvAnimationScrollXSpeedFactor": 0.1,
    "uvAnimationScrollYSpeedFactor": 0.2,
    "uvAnimationRotationSpeedFactor": 0.3,
}
_PAINTED = ("matcap", "shade", "steps", "rim", "width", "mask", "base", "normal", "emissive", "orm")
_GLTF: Json = {
    "pbr": {"baseColorFactor": [0.9, 0.8, 0.6, 0.8], "baseColorTexture": texture(6)},
    "normalTexture": texture(7, scale=0.5),
    "emissiveFactor": [0.2, 0.3, 0.4],
    "emissiveTexture": texture(8),
    "alphaMode": "MASK",
    "alphaCutoff": 0.7,
    "doubleSided": True,
    "extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 2}},
}
_MOVED: Json = {"offset": [0.2, 0.1], "rotation": 0.5, "scale": [1.5, 0.7], "texCoord": 1}
_SAMPLER: Json = {"magFilter": 9728, "minFilter": 9728, "wrapS": 33071, "wrapT": 33648}


def absent() -> Iterator[Case]:
    """Of MToon 1.0, glTF's material, textures, and MToon 0.x."""
    yield from _mtoon()
    yield from _gltf()
    yield from _textures()
    yield from _version0()


def _without(value: Json, *path: str) -> Json:
    """A copy without the field at the end of the path."""
    made = copy.deepcopy(value)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return made


def _every() -> Json:
    return toon(_GLTF, **_MTOON)


def _bare(**more: Any) -> Json:
    """Only what an MToon material must have."""
    return {"extensions": {MTOON: {"specVersion": "1.0", **more}}}


def _mtoon() -> Iterator[Case]:
    every = _every()
    yield Case("nothing absent", build([every], [ball()], _PAINTED))
    for key in _MTOON:
        yield Case(f"absent {key}", build([_without(every, "extensions", MTOON, key)], [ball()], _PAINTED))
    unscaled = _without(every, "extensions", MTOON, "shadingShiftTexture", "scale")
    yield Case("absent scale of shadingShiftTexture", build([unscaled], [ball()], _PAINTED))
    moving = toon({"pbr": _GLTF["pbr"]}, **_MOVING)
    yield Case("moving, nothing absent", build([moving], [ball()], _PAINTED), 1.0)
    for key in _MOVING:
        yield Case(f"absent {key}", build([_without(moving, "extensions", MTOON, key)], [ball()], _PAINTED), 1.0)
    yield Case("absent all of MToon", build([_bare()], [ball()]))
    yield Case("absent all but the rim's colour", build([_bare(parametricRimColorFactor=[1, 1, 1])], [ball()]))
    yield Case("absent all but the matcap", build([_bare(matcapTexture=texture())], [ball()], ("matcap",)))
    yield Case("absent all but the shade texture", build([_bare(shadeMultiplyTexture=texture())], [ball()], ("shade",)))
    yield Case("absent all but the shift texture", build([_bare(shadingShiftTexture=texture())], [ball()], ("steps",)))
    edge = {"outlineWidthMode": "worldCoordinates", "outlineWidthFactor": 0.02}
    yield Case("absent all but the outline", build([_bare(**edge)], [ball()]))
    glow = {"outlineColorFactor": [1, 1, 1]}
    yield Case("absent all but the outline and its colour", build([_bare(**edge, **glow)], [ball()]))
    yield Case("absent outline mode", build([_bare(outlineWidthFactor=0.02)], [ball()]))
    yield Case("absent outline width", build([_bare(outlineWidthMode="worldCoordinates")], [ball()]))
    for given in ({}, {"transparentWithZWrite": True}, {"renderQueueOffsetNumber": 0}):
        kinds = [toon({"alphaMode": "BLEND", "pbr": {"baseColorFactor": [*tint, 0.5]}}) for tint in _TINTS]
        kinds[1]["extensions"][MTOON] |= given
        shapes = [ball(0.25, (0.1 * k, 1.4, 0.2 * k), material=k) for k in (1, 0)]
        yield Case(f"absent queue and depth but {given}", build(kinds, shapes))


_TINTS = ([0.9, 0.2, 0.2], [0.2, 0.3, 0.9])


def _gltf() -> Iterator[Case]:
    every = _every()
    pbr, strength = "pbrMetallicRoughness", "KHR_materials_emissive_strength"
    for path in (
        *((pbr,), (pbr, "baseColorFactor"), (pbr, "baseColorTexture"), ("normalTexture",), ("normalTexture", "scale")),
        *(("emissiveFactor",), ("emissiveTexture",), ("alphaMode",), ("alphaCutoff",), ("doubleSided",), ("name",)),
        *(
            ("extensions", "KHR_materials_unlit"),
            ("extensions", strength),
            ("extensions", strength, "emissiveStrength"),
        ),
    ):
        yield Case(f"absent {' '.join(path)}", build([_without(every, *path)], [ball()], _PAINTED))
    half = {"alphaMode": "MASK", "pbrMetallicRoughness": {"baseColorFactor": [0.9, 0.8, 0.6, 0.45]}}
    yield Case("absent cutoff of a mask just gone", build([_bare() | half], [ball()]))
    plain = {
        "name": "ball",
        pbr: {
            "baseColorFactor": [0.9, 0.5, 0.3, 1],
            "metallicFactor": 0,
            "roughnessFactor": 0.6,
            "baseColorTexture": texture(6),
        },
        "occlusionTexture": texture(9, strength=0.5),
        "emissiveFactor": [0.1, 0.2, 0.1],
    }
    yield Case("pbr nothing absent", build([plain], [ball()], _PAINTED))
    for path in (
        *((pbr, "baseColorFactor"), (pbr, "baseColorTexture"), (pbr, "roughnessFactor"), (pbr, "metallicFactor")),
        *(("occlusionTexture",), ("occlusionTexture", "strength"), ("emissiveFactor",)),
    ):
        yield Case(f"pbr absent {' '.join(path)}", build([_without(plain, *path)], [ball()], _PAINTED))
    yield Case("pbr absent all", build([{}], [ball()]))
    yield Case("unlit absent all", build([{"extensions": {"KHR_materials_unlit": {}}}], [ball()]))


def _textures() -> Iterator[Case]:
    def moved(move: Json) -> Json:
        return toon(
            {"pbr": {"baseColorTexture": {"index": 0, "extensions": {"KHR_texture_transform": move}}}},
            shadeColorFactor=[1, 1, 1],
        )

    for key in _MOVED:
        if key != "texCoord":
            yield Case(
                f"absent {key} of a texture's transform",
                build([moved(_without(_without(_MOVED, "texCoord"), key))], [ball(uv1=True)], ("base",)),
            )
    yield Case("absent all of a texture's transform", build([moved({})], [ball()], ("base",)))
    for key in _SAMPLER:
        material = toon({"pbr": {"baseColorTexture": texture(size=[3, 2], offset=[-0.3, -0.4])}})
        yield Case(f"absent {key}", build([material], [ball()], ("checker",), _without(_SAMPLER, key)))
    painted = toon({"pbr": {"baseColorTexture": texture()}}, shadeColorFactor=[1, 1, 1])
    yield Case(
        "absent TEXCOORD_0", build([painted], [{k: v for k, v in ball().items() if k != "TEXCOORD_0"}], ("base",))
    )


_FLOATS: Json = {
    "_BumpScale": 0.5,
    "_ShadeShift": -0.2,
    "_ShadeToony": 0.6,
    "_IndirectLightIntensity": 0.7,
    "_RimLightingMix": 0.5,
    "_RimFresnelPower": 2,
    "_RimLift": 0.2,
    "_OutlineWidth": 1.5,
    "_OutlineWidthMode": 1,
    "_OutlineColorMode": 1,
    "_OutlineLightingMix": 0.6,
    "_BlendMode": 1,
    "_Cutoff": 0.7,
    "_CullMode": 0,
    "_ZWrite": 1,
}
_SCROLL: Json = {"_UvAnimScrollX": 0.1, "_UvAnimScrollY": 0.2}
_VECTORS: Json = {
    "_Color": [0.9, 0.8, 0.6, 0.8],
    "_ShadeColor": [0.6, 0.4, 0.5, 1],
    "_EmissionColor": [1, 0, 0, 1],
    "_OutlineColor": [0.8, 0.5, 0.6, 1],
    "_RimColor": [0.5, 0.2, 0.3, 1],
    "_MainTex": [0.2, 0.1, 1.5, 0.7],
}
_MAPS: Json = {
    "_MainTex": 0,
    "_ShadeTexture": 1,
    "_BumpMap": 2,
    "_SphereAdd": 3,
    "_EmissionMap": 4,
    "_RimTexture": 5,
    "_OutlineWidthTexture": 6,
    "_UvAnimMaskTexture": 7,
}
_PAINTED0 = ("base", "shade", "normal", "matcap", "emissive", "rim", "width", "mask")


def _version0() -> Iterator[Case]:
    """MToon 0.x: one of its properties left out, and all."""
    whole = {
        "name": "ball",
        "shader": "VRM/MToon",
        "renderQueue": 2450,
        "floatProperties": _FLOATS,
        "vectorProperties": _VECTORS,
        "textureProperties": _MAPS,
        "keywordMap": {"_ALPHATEST_ON": True},
        "tagMap": {},
    }

    def case(name: str, properties: Json) -> Case:
        return Case(f"0.x {name}", build([{"name": "ball"}], [ball()], _PAINTED0, v0=[properties]), 1.0)

    yield case("nothing absent", whole)
    moving = whole | {"floatProperties": {**_FLOATS, **_SCROLL, "_OutlineWidthMode": 0}}
    yield case("moving, nothing absent", moving)
    for key in (
        ("floatProperties", "_UvAnimScrollX"),
        ("floatProperties", "_UvAnimScrollY"),
        ("textureProperties", "_UvAnimMaskTexture"),
    ):
        yield case(f"moving, absent {key[1]}", _without(moving, *key))
    for part in ("floatProperties", "vectorProperties", "textureProperties"):
        for key in whole[part]:
            yield case(f"absent {part[:-10]} {key}", _without(whole, part, key))
        yield case(f"absent all of {part}", whole | {part: {}})
    for key in whole:
        if key not in ("name", "shader"):
            yield case(f"absent {key}", _without(whole, key))
    yield case("absent all", {"name": "ball", "shader": "VRM/MToon"})
