"""Every picture of the sweep by name: what ``peer_models`` can vary, one thing at a time and some in pairs."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from peer_absent import absent
from peer_models import MTOON, PLAIN, RIM, SLOTS, Case, Json, ball, build, texture, textured, toon

MOVED: dict[str, Any] = {"offset": [0.2, 0.1], "turn": 0.5, "size": [1.5, 0.7]}


def cases() -> list[Case]:
    """All of them."""
    return [*plain(), *slots(), *moving(), *geometry(), *order(), *expressed(), *other_kinds(), *version0(), *absent()]


def plain() -> Iterator[Case]:
    """Factors alone."""
    for name, (material, mtoon) in PLAIN.items():
        yield Case(name, build([toon(material, **mtoon)], [ball()]))


def on_file(path: Path) -> Iterator[Case]:
    """The same factors on a given .vrm's first material."""
    data = path.read_bytes()
    length = struct.unpack("<I", data[12:16])[0]
    rest = data[20 + length :]
    for name, (material, mtoon) in PLAIN.items():
        document = json.loads(data[20 : 20 + length])
        target = document["materials"][0]
        extra = {k: v for k, v in material.items() if k not in ("pbr", "extensions")}
        target |= extra
        target["pbrMetallicRoughness"] |= material.get("pbr", {})
        target["extensions"] |= material.get("extensions", {})
        target["extensions"][MTOON] |= mtoon
        text = json.dumps(document).encode()
        text += b" " * (-len(text) % 4)
        head = struct.pack("<4sII", b"glTF", 2, 20 + len(text) + len(rest)) + struct.pack("<I4s", len(text), b"JSON")
        yield Case(f"{path.stem}: {name}", head + text + rest)


def slots() -> Iterator[Case]:
    """Each texture: plain, moved by KHR_texture_transform, from the second UV set, sampled otherwise."""
    for slot, (kind, _) in SLOTS.items():
        yield Case(f"{slot} texture", build([textured(slot, texture())], [ball()], (kind,)))
        for key, value in MOVED.items():
            material = textured(slot, texture(**{key: value}))
            yield Case(f"{slot} texture {key}", build([material], [ball()], (kind,)))
        yield Case(f"{slot} texture moved", build([textured(slot, texture(**MOVED))], [ball()], (kind,)))
        uv1 = textured(slot, texture(texCoord=1))
        yield Case(f"{slot} texture uv1", build([uv1], [ball(uv1=True)], (kind,)))
    for scale in (-1, 0.5, 2):
        yield Case(
            f"shift texture scale {scale}", build([textured("shift", texture(scale=scale))], [ball()], ("shift",))
        )
    for scale in (0, 0.5, 2):
        material = textured("normal", texture(scale=scale))
        yield Case(f"normal texture scale {scale}", build([material], [ball()], ("normal",)))
    for name, sampler in {
        "nearest": {"magFilter": 9728, "minFilter": 9728},
        "linear": {"magFilter": 9729, "minFilter": 9729},
        "clamp": {"wrapS": 33071, "wrapT": 33071},
        "mirror": {"wrapS": 33648, "wrapT": 33648},
    }.items():
        material = textured("base", texture(size=[3, 2], offset=[-0.3, -0.4]))
        yield Case(f"sampler {name}", build([material], [ball()], ("checker",), sampler))
    yield Case("checker near", build([textured("base", texture(size=[0.2, 0.2]))], [ball()], ("checker",)))
    yield Case("checker far", build([textured("base", texture(size=[8, 5]))], [ball()], ("checker",)))
    both = textured("base", texture(0), shadeMultiplyTexture=texture(0), shadeColorFactor=[0.7, 0.6, 0.6])
    yield Case("base and shade one texture", build([both], [ball()], ("base",)))
    two = textured("base", texture(0), shadeMultiplyTexture=texture(1, offset=[0.3, 0]), shadeColorFactor=[1, 1, 1])
    yield Case("base and moved shade", build([two], [ball()], ("base", "shade")))
    every = textured(
        "base",
        texture(0),
        {"normalTexture": texture(3), "emissiveTexture": texture(4), "emissiveFactor": [0.2, 0.2, 0.2]},
        shadeMultiplyTexture=texture(1),
        shadingShiftTexture=texture(2),
        matcapTexture=texture(5),
        **{"rimMultiplyTexture": texture(6), "outlineWidthMultiplyTexture": texture(7), **RIM, **SLOTS["width"][1]},
        matcapFactor=[0.3, 0.3, 0.3],
    )
    kinds = ("base", "shade", "shift", "normal", "emissive", "matcap", "rim", "width")
    yield Case("every texture", build([every], [ball()], kinds))
    for name, mtoon in {
        "matcap rim mix 1": {"rimLightingMixFactor": 1},
        "matcap and rim": {**RIM, "parametricRimFresnelPowerFactor": 2},
        "matcap rim texture": {"rimMultiplyTexture": texture(1)},
        "matcap full": {"matcapFactor": [1, 1, 1]},
        "matcap normal": {"matcapFactor": [1, 1, 1]},
    }.items():
        more = {"normalTexture": texture(2)} if name == "matcap normal" else {}
        material = textured("matcap", texture(), more, **mtoon)
        yield Case(name, build([material], [ball()], ("matcap", "rim", "normal")))
    screen = textured("width", texture(), outlineWidthMode="screenCoordinates", outlineWidthFactor=0.04)
    yield Case("width texture screen", build([screen], [ball()], ("width",)))
    mixed = textured("width", texture(), {"pbr": {"baseColorTexture": texture(1)}}, outlineColorFactor=[1, 1, 1])
    yield Case("outline of a painted base", build([mixed], [ball()], ("width", "base")))
    cut = textured("base", texture(), {"alphaMode": "MASK", "alphaCutoff": 0.5})
    yield Case("mask texture", build([cut], [ball()], ("alpha",)))
    cut = textured("base", texture(), {"alphaMode": "MASK", "doubleSided": True}, **SLOTS["width"][1])
    yield Case("mask texture outline double-sided", build([cut], [ball()], ("alpha",)))
    for z in (False, True):
        for sides in (False, True):
            more = {"alphaMode": "BLEND", "doubleSided": sides}
            material = textured("base", texture(), more, transparentWithZWrite=z)
            yield Case(f"blend texture z {z} double {sides}", build([material], [ball()], ("alpha",)))


def moving() -> Iterator[Case]:
    """UV animation at its start and a second later."""
    x, y, turn = "uvAnimationScrollXSpeedFactor", "uvAnimationScrollYSpeedFactor", "uvAnimationRotationSpeedFactor"
    masked = {"uvAnimationMaskTexture": texture(1)}
    for name, mtoon in {
        "scroll x": {x: 0.15},
        "scroll y": {y: 0.15},
        "turn": {turn: 0.6},
        "scroll and turn": {x: 0.1, y: -0.2, turn: 0.6},
        "scroll masked": {x: 0.15, y: 0.1, **masked},
        "turn masked": {turn: 0.6, **masked},
    }.items():
        for time in (0.0, 1.0):
            material = textured("base", texture(), **mtoon)
            yield Case(f"{name} at {time:g} s", build([material], [ball()], ("base", "mask")), time)
    for slot, (kind, _) in SLOTS.items():
        material = textured(slot, texture(), **{x: 0.15, turn: 0.3})
        yield Case(f"{slot} texture scrolled", build([material], [ball()], (kind,)), 1.0)
    material = textured("base", texture(**MOVED), **{x: 0.15, turn: 0.6})
    yield Case("base texture moved and scrolled", build([material], [ball()], ("base",)), 1.0)


def geometry() -> Iterator[Case]:
    """What the mesh brings: colours, tangents, winding, an open bowl seen from inside."""
    for n in (3, 4):
        yield Case(f"vertex colour {n}", build([toon()], [ball(color=n)]))
        material = toon({"alphaMode": "BLEND"})
        yield Case(f"vertex colour {n} blend", build([material], [ball(color=n)]))
    yield Case("normal texture tangents", build([textured("normal", texture())], [ball(tangent=True)], ("normal",)))
    for sides in (False, True):
        tail = " double-sided" if sides else ""
        more = {"doubleSided": sides}
        yield Case(f"wound backwards{tail}", build([toon(more)], [ball(flip=True)]))
        bowl = {"top": 1.6, "lean": 2.2}
        yield Case(f"bowl{tail}", build([toon(more)], [ball(**bowl)]))
        material = textured("normal", texture(), more)
        yield Case(f"bowl normal texture{tail}", build([material], [ball(**bowl)], ("normal",)))
        edge = {"outlineWidthMode": "worldCoordinates", "outlineWidthFactor": 0.02, "outlineColorFactor": [1, 1, 1]}
        yield Case(f"bowl outline{tail}", build([toon(more, **edge)], [ball(**bowl)]))
        yield Case(f"bowl rim{tail}", build([toon(more, **RIM)], [ball(**bowl)]))
    bare = {k: v for k, v in ball().items() if k != "NORMAL"}
    yield Case("no normals", build([toon()], [bare]))


def order() -> Iterator[Case]:
    """See-through and solid surfaces one in another."""
    places = (0.3, (0.0, 1.4, -0.1)), (0.22, (-0.12, 1.42, 0.1)), (0.2, (0.13, 1.36, 0.15))
    tints = ([0.9, 0.2, 0.2], [0.2, 0.9, 0.2], [0.2, 0.3, 0.9])

    def three(name: str, kinds: tuple[Json, Json, Json], which: tuple[int, int, int] = (0, 1, 2)) -> Case:
        materials = []
        for tint, kind in zip(tints, kinds, strict=True):
            mtoon = dict(kind)
            mode, alpha = mtoon.pop("mode", "BLEND"), mtoon.pop("alpha", 0.5)
            materials.append(toon({"alphaMode": mode, "pbr": {"baseColorFactor": [*tint, alpha]}}, **mtoon))
        shapes = [ball(*places[k], material=k) for k in which]
        return Case(name, build(materials, shapes))

    solid = {"mode": "OPAQUE"}
    for which in ((0, 1, 2), (2, 1, 0), (1, 2, 0)):
        yield three(f"three blend {which}", ({}, {}, {}), which)
        yield three(f"solid behind two blend {which}", (solid, {}, {}), which)
        yield three(f"z then not {which}", ({"transparentWithZWrite": True}, {}, solid), which)
        queue = [{"renderQueueOffsetNumber": k} for k in (-3, -6, 0)]
        yield three(f"queue {which}", (queue[0], queue[1], queue[2]), which)
        zq = [{"renderQueueOffsetNumber": k, "transparentWithZWrite": True} for k in (9, 4, 0)]
        yield three(f"z queue {which}", (zq[0], zq[1], zq[2]), which)
    edge = {"outlineWidthMode": "worldCoordinates", "outlineWidthFactor": 0.015, "outlineColorFactor": [0, 0, 0]}
    yield three("three solid outlines", ({**solid, **edge}, {**solid, **edge}, {**solid, **edge}))
    yield three("three blend outlines", ({**edge}, {**edge}, {**edge}))
    yield three("solid outline behind blend", ({**solid, **edge}, {}, {"transparentWithZWrite": True, **edge}))


def expressed() -> Iterator[Case]:
    """Expressions that change a material."""
    colors = {
        "color": [0.1, 0.9, 0.3, 1],
        "shadeColor": [0, 0.1, 0.9, 1],
        "emissionColor": [0.3, 0, 0.5, 1],
        "rimColor": [0, 1, 0, 1],
        "outlineColor": [1, 0.8, 0, 1],
        "matcapColor": [1, 0, 0, 1],
    }
    base = {**RIM, "parametricRimFresnelPowerFactor": 2, "outlineWidthMode": "worldCoordinates"}
    base |= {"outlineWidthFactor": 0.02, "outlineColorFactor": [0.1, 0.1, 0.1], "matcapTexture": texture(0)}
    base |= {"matcapFactor": [0.3, 0.3, 0.3]}
    for kind, value in colors.items():
        bind = {"material": 0, "type": kind, "targetValue": value}
        data = build([toon(**base)], [ball()], ("matcap",), preset={"happy": {"materialColorBinds": [bind]}})
        for weight in (0.5, 1.0):
            yield Case(f"bind {kind} {weight}", data, expressions={"happy": weight})
    for weight in (0.5, 1.0):
        bind = {"material": 0, "scale": [2.0, 1.5], "offset": [0.3, 0.2]}
        preset = {"happy": {"textureTransformBinds": [bind]}}
        data = build([textured("base", texture())], [ball()], ("base",), preset=preset)
        yield Case(f"bind transform {weight}", data, expressions={"happy": weight})
        data = build([textured("base", texture(offset=[0.1, 0], size=[1.5, 1]))], [ball()], ("base",), preset=preset)
        yield Case(f"bind transform of a moved texture {weight}", data, expressions={"happy": weight})


def other_kinds() -> Iterator[Case]:
    """Unlit, and metallic-roughness."""
    tint = {"baseColorFactor": [0.9, 0.5, 0.3, 1]}

    def plain_material(pbr: Json, **more: Any) -> Json:
        return {"name": "ball", "pbrMetallicRoughness": {**tint, **pbr}, **more}

    unlit = {"extensions": {"KHR_materials_unlit": {}}}
    yield Case("unlit", build([plain_material({}, **unlit)], [ball()]))
    yield Case("unlit texture", build([plain_material({"baseColorTexture": texture()}, **unlit)], [ball()], ("base",)))
    yield Case("unlit vertex colour", build([plain_material({}, **unlit)], [ball(color=3)]))
    yield Case("unlit emissive", build([plain_material({}, emissiveFactor=[0, 0.4, 0], **unlit)], [ball()]))
    blend = {"baseColorFactor": [0.9, 0.5, 0.3, 0.5]}
    yield Case("unlit blend", build([plain_material(blend, alphaMode="BLEND", **unlit)], [ball()]))
    for metal in (0, 0.5, 1):
        for rough in (0, 0.25, 0.5, 0.75, 1):
            pbr = {"metallicFactor": metal, "roughnessFactor": rough}
            yield Case(f"pbr metal {metal:g} rough {rough:g}", build([plain_material(pbr)], [ball()]))
    half = {"metallicFactor": 0, "roughnessFactor": 0.6}
    orm = {"metallicRoughnessTexture": texture()}
    yield Case("pbr metal-rough texture", build([plain_material(orm)], [ball()], ("orm",)))
    occluded = plain_material(half, occlusionTexture=texture(strength=0.8))
    yield Case("pbr occlusion", build([occluded], [ball()], ("orm",)))
    yield Case("pbr texture", build([plain_material({**half, "baseColorTexture": texture()})], [ball()], ("base",)))
    yield Case("pbr normal", build([plain_material(half, normalTexture=texture())], [ball()], ("normal",)))
    yield Case(
        "pbr normal tangents", build([plain_material(half, normalTexture=texture())], [ball(tangent=True)], ("normal",))
    )
    yield Case(
        "pbr uv1",
        build([plain_material({**half, "baseColorTexture": texture(texCoord=1)})], [ball(uv1=True)], ("base",)),
    )
    yield Case("pbr emissive", build([plain_material(half, emissiveFactor=[0.3, 0, 0])], [ball()]))
    yield Case("pbr vertex colour 4 blend", build([plain_material(half, alphaMode="BLEND")], [ball(color=4)]))
    yield Case("pbr double-sided bowl", build([plain_material(half, doubleSided=True)], [ball(top=1.6, lean=2.2)]))


def version0() -> Iterator[Case]:
    """MToon 0.x as UniVRM writes it: one property varied."""
    floats = {"_Cutoff": 0.5, "_BumpScale": 1, "_ReceiveShadowRate": 1, "_ShadingGradeRate": 1, "_ShadeShift": 0}
    floats |= {"_ShadeToony": 0.9, "_LightColorAttenuation": 0, "_IndirectLightIntensity": 0.1, "_RimLightingMix": 0}
    floats |= {"_RimFresnelPower": 1, "_RimLift": 0, "_OutlineWidth": 0.5, "_OutlineScaledMaxDistance": 1}
    floats |= {
        "_OutlineLightingMix": 1,
        "_DebugMode": 0,
        "_BlendMode": 0,
        "_OutlineWidthMode": 0,
        "_OutlineColorMode": 0,
    }
    floats |= {"_CullMode": 2, "_OutlineCullMode": 1, "_SrcBlend": 1, "_DstBlend": 0, "_ZWrite": 1, "_AlphaToMask": 0}
    floats |= {"_MToonVersion": 38, "_UvAnimScrollX": 0, "_UvAnimScrollY": 0, "_UvAnimRotation": 0}
    vectors = {"_Color": [0.9, 0.8, 0.6, 1], "_ShadeColor": [0.6, 0.4, 0.5, 1], "_EmissionColor": [0, 0, 0, 1]}
    vectors |= {"_OutlineColor": [0.2, 0.1, 0.6, 1], "_RimColor": [0, 0, 0, 1], "_MainTex": [0, 0, 1, 1]}

    def case(name: str, textures: tuple[str, ...] = (), time: float = 0.0, **changes: Any) -> Case:
        queue, shape = changes.pop("queue", 2000), changes.pop("shape", None) or ball()
        maps = changes.pop("maps", {})
        gltf = {"pbrMetallicRoughness": {"baseColorFactor": [0.9, 0.8, 0.6, 1]}, "name": "ball"}
        mine = {"name": "ball", "shader": "VRM/MToon", "renderQueue": queue, "textureProperties": maps}
        mine |= {"floatProperties": {**floats, **{k: v for k, v in changes.items() if not isinstance(v, list)}}}
        mine |= {"vectorProperties": {**vectors, **{k: v for k, v in changes.items() if isinstance(v, list)}}}
        words = {1: {"_ALPHATEST_ON": True}, 2: {"_ALPHABLEND_ON": True}, 3: {"_ALPHABLEND_ON": True}}
        mine |= {"keywordMap": words.get(int(mine["floatProperties"]["_BlendMode"]), {}), "tagMap": {}}
        return Case(f"0.x {name}", build([gltf], [shape], textures, v0=[mine]), time)

    yield case("default")
    for v in (-1, -0.5, -0.2, 0.2, 0.5, 1):
        yield case(f"shift {v:g}", _ShadeShift=v)
    for v in (0, 0.5, 0.7, 1):
        yield case(f"toony {v:g}", _ShadeToony=v)
    yield case("shift -0.4 toony 0.5", _ShadeShift=-0.4, _ShadeToony=0.5)
    yield case("color", _Color=[0.2, 0.5, 0.9, 1])
    yield case("shade", _ShadeColor=[0.1, 0.2, 0.3, 1])
    yield case("emission", _EmissionColor=[0.3, 0.1, 0, 1])
    for mix in (0, 1):
        yield case(f"rim mix {mix}", _RimColor=[1, 0.6, 0.2, 1], _RimLightingMix=mix, _RimFresnelPower=3)
    yield case("rim lift", _RimColor=[1, 0.6, 0.2, 1], _RimLift=0.3, _RimFresnelPower=5)
    for mode in (1, 2):
        for width in (0.1, 0.5, 1):
            yield case(f"outline mode {mode} width {width:g}", _OutlineWidthMode=mode, _OutlineWidth=width)
    for color in (0, 1):
        for mix in (0, 0.5, 1):
            edge = {"_OutlineWidthMode": 1, "_OutlineWidth": 1, "_OutlineColorMode": color, "_OutlineLightingMix": mix}
            yield case(f"outline colour mode {color} mix {mix:g}", **edge)
    yield case("no culling", _CullMode=0)
    for mode in (0, 1, 2):
        yield case(f"bowl culling {mode}", shape=ball(top=1.6, lean=2.2), _CullMode=mode)
    yield case("cutout", ("alpha",), maps={"_MainTex": 0}, _BlendMode=1, queue=2450)
    yield case("transparent", ("alpha",), maps={"_MainTex": 0}, _BlendMode=2, _ZWrite=0, queue=3000)
    yield case("transparent z", ("alpha",), maps={"_MainTex": 0}, _BlendMode=3, queue=2501)
    yield case("gi", _IndirectLightIntensity=1.0)
    for slot, kind in {
        "_MainTex": "base",
        "_ShadeTexture": "shade",
        "_BumpMap": "normal",
        "_SphereAdd": "matcap",
        "_EmissionMap": "emissive",
        "_RimTexture": "rim",
        "_OutlineWidthTexture": "width",
        "_ShadingGradeTexture": "shift",
        "_ReceiveShadowTexture": "shift",
    }.items():
        show = {"_RimColor": [1, 0.6, 0.2, 1], "_EmissionColor": [0.5, 0.5, 0.5, 1], "_OutlineWidthMode": 1}
        show = {k: v for k, v in show.items() if k[:4] == slot[:4] or (k[:3], slot[:3]) == ("_Ou", "_Ou")}
        yield case(f"{slot}", (kind,), maps={slot: 0}, **show)
    yield case("base and shade textures", ("base", "shade"), maps={"_MainTex": 0, "_ShadeTexture": 1})
    yield case("main texture moved", ("base",), maps={"_MainTex": 0}, _MainTex=[0.2, 0.1, 1.5, 0.7])
    for time in (0.0, 1.0):
        move = {"_UvAnimScrollX": 0.15, "_UvAnimScrollY": 0.1, "_UvAnimRotation": 0.1}
        yield case(f"scroll at {time:g} s", ("base",), time, maps={"_MainTex": 0}, **move)
