"""VRM and VRMA seeds: everything the specifications have, once each."""

from __future__ import annotations

import numpy as np
from corpus_parts import PICTURE, Json, animation, picture, square, track
from model_files import BODY, Gltf, png


def vrm1() -> Gltf:
    """VRM 1.0 with everything the specification has: MToon, expressions, look-at, springs, constraints."""
    g = Gltf()
    node = len(BODY)
    first, second = {"node": node, "index": 0, "weight": 1}, {"node": node, "index": 1, "weight": 0.5}
    color = {"material": 0, "type": "shadeColor", "targetValue": [1, 0, 0, 1]}
    moved = {"material": 0, "offset": [0.1, 0], "scale": [1, 2]}
    happy = {"morphTargetBinds": [first, second], "materialColorBinds": [color], "overrideBlink": "block"}
    own = {"isBinary": True, "textureTransformBinds": [moved], "overrideMouth": "blend", "overrideLookAt": "none"}
    span = {"inputMaxValue": 90, "outputScale": 8}
    g.vrm1(
        meta={"name": "m", "version": "1", "authors": ["a"], "licenseUrl": "https://vrm.dev/licenses/1.0/"},
        expressions={"preset": {"happy": happy, "blink": {"morphTargetBinds": [second]}}, "custom": {"own": own}},
        lookAt={
            "type": "bone",
            "offsetFromHeadBone": [0, 0.06, 0],
            "rangeMapHorizontalInner": span,
            "rangeMapHorizontalOuter": span,
            "rangeMapVerticalDown": span,
            "rangeMapVerticalUp": span,
        },
        firstPerson={"meshAnnotations": [{"node": node, "type": "thirdPersonOnly"}]},
    )
    mesh = square(g, skinned=True, targets=2, material=0)
    g.json["meshes"][mesh].update(weights=[0, 0.25], extras={"targetNames": ["a", "b"]})
    bind = np.tile(np.eye(4, dtype="f4").reshape(16), (5, 1))
    g.json["skins"] = [{"joints": [0, 1, 2, 3, 4], "inverseBindMatrices": g.accessor(bind), "skeleton": 0}]
    g.node(mesh=mesh, skin=0, name="body", weights=[0, 0])
    g.json["samplers"] = [{"magFilter": 9728, "minFilter": 9986, "wrapS": 33071, "wrapT": 33648}]
    info = {"index": g.image(png(PICTURE), sampler=0), "texCoord": 0}
    g.json["materials"] = [_mtoon(info), {"name": "plain", "extensions": {"KHR_materials_unlit": {}}}]
    g.json["extensionsUsed"] += ["VRMC_materials_mtoon", "KHR_materials_unlit", "KHR_texture_transform"]
    g.json["extensionsUsed"].append("KHR_materials_emissive_strength")
    _springs(g)
    _constraints(g)
    return g


def _mtoon(info: Json) -> Json:
    moved = {**info, "extensions": {"KHR_texture_transform": {"offset": [0.1, 0.2], "scale": [2, 2], "rotation": 1}}}
    toon = {
        "specVersion": "1.0",
        "transparentWithZWrite": True,
        "renderQueueOffsetNumber": 2,
        "shadeColorFactor": [0.5, 0.4, 0.3],
        "shadeMultiplyTexture": moved,
        "shadingShiftFactor": 0.1,
        "shadingShiftTexture": {**info, "scale": 0.5},
        "shadingToonyFactor": 0.8,
        "giEqualizationFactor": 0.7,
        "matcapFactor": [1, 1, 1],
        "matcapTexture": info,
        "parametricRimColorFactor": [0.1, 0.1, 0.1],
        "rimMultiplyTexture": info,
        "rimLightingMixFactor": 0.5,
        "parametricRimFresnelPowerFactor": 3,
        "parametricRimLiftFactor": 0.1,
        "outlineWidthMode": "worldCoordinates",
        "outlineWidthFactor": 0.01,
        "outlineWidthMultiplyTexture": info,
        "outlineColorFactor": [0, 0, 0],
        "outlineLightingMixFactor": 0.5,
        "uvAnimationMaskTexture": info,
        "uvAnimationScrollXSpeedFactor": 0.1,
        "uvAnimationScrollYSpeedFactor": 0.2,
        "uvAnimationRotationSpeedFactor": 0.3,
    }
    return {
        "name": "skin",
        "pbrMetallicRoughness": {"baseColorFactor": [1, 1, 1, 0.5], "baseColorTexture": moved},
        "normalTexture": {**info, "scale": 0.7},
        "emissiveTexture": info,
        "emissiveFactor": [0.1, 0, 0],
        "alphaMode": "MASK",
        "alphaCutoff": 0.4,
        "doubleSided": True,
        "extensions": {"VRMC_materials_mtoon": toon, "KHR_materials_emissive_strength": {"emissiveStrength": 2}},
    }


def _springs(g: Gltf) -> None:
    shapes: list[Json] = [
        {"sphere": {"offset": [0, 0, 0], "radius": 0.1}},
        {"capsule": {"offset": [0, 0, 0], "radius": 0.1, "tail": [0, 0.1, 0]}},
    ]
    extended: list[Json] = [
        {"sphere": {"offset": [0, 0, 0], "radius": 0.3, "inside": True}},
        {"capsule": {"offset": [0, 0, 0], "radius": 0.3, "tail": [0, 0.1, 0], "inside": True}},
        {"plane": {"offset": [0, -1, 0], "normal": [0, 1, 0]}},
    ]
    name = "VRMC_springBone_extended_collider"
    colliders = [{"node": 2, "shape": shape} for shape in shapes]
    colliders += [
        {"node": 1, "shape": shapes[0], "extensions": {name: {"specVersion": "1.0", "shape": shape}}}
        for shape in extended
    ]
    settings = {"hitRadius": 0.02, "stiffness": 1, "gravityPower": 0.5, "gravityDir": [0, -1, 0], "dragForce": 0.4}
    joints = [{"node": node, **settings} for node in (4, 5, 6)]
    spring = {"name": "hair", "joints": joints, "colliderGroups": [0, 1], "center": 0}
    groups = [{"name": "a", "colliders": [0, 1]}, {"colliders": [2, 3, 4]}]
    g.extension(
        "VRMC_springBone",
        {"specVersion": "1.0", "colliders": colliders, "colliderGroups": groups, "springs": [spring]},
    )
    g.json["extensionsUsed"].append(name)


def _constraints(g: Gltf) -> None:
    for kind, axis in (("roll", {"rollAxis": "X"}), ("aim", {"aimAxis": "PositiveX"}), ("rotation", {})):
        held = {"specVersion": "1.0", "constraint": {kind: {"source": 3, "weight": 0.5, **axis}}}
        g.node(name=kind, extensions={"VRMC_node_constraint": held})
    g.json["extensionsUsed"].append("VRMC_node_constraint")


def vrm0() -> Gltf:
    """VRM 0.x with blend-shape groups, MToon 0.x, look-at curves and springs."""
    g = Gltf()
    mesh = square(g, targets=2, material=0)
    g.json["materials"] = [{"name": "m"}, {"name": "n"}]
    texture = g.image(picture(".jpg"))
    g.json["images"][0]["mimeType"] = "image/jpeg"
    value = {"materialName": "m", "propertyName": "_MainTex_ST", "targetValue": [1, 1, 0, 0]}
    tint = {"materialName": "m", "propertyName": "_Color", "targetValue": [1, 0, 0, 1]}
    bind = {"mesh": mesh, "index": 0, "weight": 100}
    group = {"name": "A", "presetName": "a", "binds": [bind], "materialValues": [value, tint], "isBinary": True}
    vector = {"x": 0, "y": 0.1, "z": 0}
    curve = {"xRange": 90, "yRange": 8, "curve": [0, 0, 0, 1, 1, 1, 1, 0]}
    toon = {
        "name": "m",
        "shader": "VRM/MToon",
        "renderQueue": 3000,
        "keywordMap": {"_ALPHABLEND_ON": True, "_NORMALMAP": True},
        "tagMap": {"RenderType": "Transparent"},
        "floatProperties": {"_BlendMode": 2, "_ShadeShift": 0.1, "_ShadeToony": 0.8, "_OutlineWidthMode": 1,
                            "_OutlineWidth": 0.1, "_CullMode": 0, "_Cutoff": 0.5, "_ZWrite": 1, "_BumpScale": 1,
                            "_UvAnimScrollX": 0.1, "_UvAnimRotation": 0.2, "_RimLift": 0.1},
        "vectorProperties": {"_Color": [1, 1, 1, 1], "_ShadeColor": [1, 0.5, 0.5, 1], "_MainTex": [0, 0, 1, 1],
                             "_EmissionColor": [0, 0, 0, 1], "_RimColor": [0, 0, 0, 1], "_OutlineColor": [0, 0, 0, 1]},
        "textureProperties": {"_MainTex": texture, "_ShadeTexture": texture, "_BumpMap": texture,
                              "_SphereAdd": texture, "_OutlineWidthTexture": texture, "_UvAnimMaskTexture": texture},
    }  # fmt: skip
    g.vrm0(
        exporterVersion="UniVRM-0.99",
        specVersion="0.0",
        meta={"title": "t", "author": "a", "licenseName": "CC0", "violentUssageName": "Disallow", "texture": texture},
        blendShapeMaster={"blendShapeGroups": [group, {"name": "Own", "presetName": "unknown", "binds": [bind]}]},
        materialProperties=[toon, {"name": "n", "shader": "VRM/UnlitCutout", "renderQueue": 2450}],
        firstPerson={
            "firstPersonBone": 2,
            "firstPersonBoneOffset": vector,
            "lookAtTypeName": "BlendShape",
            "lookAtHorizontalInner": curve,
            "lookAtHorizontalOuter": curve,
            "lookAtVerticalDown": curve,
            "lookAtVerticalUp": curve,
            "meshAnnotations": [{"mesh": mesh, "firstPersonFlag": "Both"}],
        },
        secondaryAnimation={
            "boneGroups": [
                {"comment": "hair", "bones": [3, 11], "colliderGroups": [0], "gravityDir": vector, "gravityPower": 0.1,
                 "stiffiness": 1, "dragForce": 0.4, "hitRadius": 0.02, "center": -1}
            ],
            "colliderGroups": [{"node": 2, "colliders": [{"offset": vector, "radius": 0.1}]}],
        },
    )  # fmt: skip
    g.node(mesh=mesh)
    return g


def vrma() -> Gltf:
    """A motion for any humanoid: bones, hips, expressions and look-at."""
    g = Gltf()
    bones = g.body()
    smile, own, look = (g.node(name=name) for name in ("smile", "own", "look"))
    human = {bone: {"node": node} for bone, node in bones.items()}
    found = {
        "specVersion": "1.0",
        "humanoid": {"humanBones": human},
        "expressions": {"preset": {"happy": {"node": smile}}, "custom": {"own": {"node": own}}},
        "lookAt": {"node": look, "offsetFromHeadBone": [0, 0.06, 0]},
    }
    g.extension("VRMC_vrm_animation", found)
    clip = animation(g, "motion")
    track(g, clip, bones["hips"], "translation", [[0, 0.9, 0], [0, 1, 0]])
    track(g, clip, bones["head"], "rotation", [[0, 0, 0, 1]] * 6, "CUBICSPLINE")
    track(g, clip, bones["leftUpperArm"], "rotation", [[0, 0, 0, 1], [0, 0, 0.6, 0.8]])
    track(g, clip, smile, "translation", [[0, 0, 0], [1, 0, 0]], "STEP")
    track(g, clip, own, "translation", [[0, 0, 0], [0.5, 0, 0]])
    track(g, clip, look, "rotation", [[0, 0, 0, 1], [0, 0.1, 0, 1]])
    return g
