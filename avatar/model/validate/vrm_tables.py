"""The VRM 1.0 extensions as tables: member -> what it may be.

Source: the JSON schemas of VRMC_vrm, VRMC_springBone, VRMC_springBone_extended_collider, VRMC_node_constraint,
VRMC_materials_mtoon, VRMC_materials_hdr_emissiveMultiplier and VRMC_vrm_animation, all 1.0.
"""

from __future__ import annotations

from typing import Final

from ..model import HUMAN_BONES
from ..vrm1 import FIRST_PERSON, PRESETS
from .fields import Child, Children, Indices, Named, Strings
from .schema import Field
from .values import Flag, Index, Later, Number, Numbers, Text, Whole

_NAME, _VERSION = Text(), Text(need=True)
_TEXTURE = Child("mtoonTexture")
_OVERRIDE = Text(words=("none", "block", "blend"))
_RANGE = Child("rangeMap")
_OFFSET, _LENGTH = Numbers(3), Number(low=0.0)
_OLD_THUMBS = ("leftThumbIntermediate", "rightThumbIntermediate")


def _many(kind: str) -> Children:
    return Children(kind, need=False, empty=True)


VRM_TABLES: Final[dict[str, dict[str, Field]]] = {
    "VRMC_vrm": {
        "specVersion": _VERSION,
        "meta": Child("vrmMeta", need=True),
        "humanoid": Child("vrmHumanoid", need=True),
        "firstPerson": Child("vrmFirstPerson"),
        "lookAt": Child("vrmLookAt"),
        "expressions": Child("vrmExpressions"),
    },
    "vrmMeta": {
        "name": Text(need=True),
        "version": _NAME,
        "authors": Strings(need=True),
        "copyrightInformation": _NAME,
        "contactInformation": _NAME,
        "references": Strings(),
        "thirdPartyLicenses": _NAME,
        "thumbnailImage": Index(),
        "licenseUrl": Text(need=True),
        "avatarPermission": Text(words=("onlyAuthor", "onlySeparatelyLicensedPerson", "everyone")),
        "allowExcessivelyViolentUsage": Flag(),
        "allowExcessivelySexualUsage": Flag(),
        "commercialUsage": Text(words=("personalNonProfit", "personalProfit", "corporation")),
        "allowPoliticalOrReligiousUsage": Flag(),
        "allowAntisocialOrHateUsage": Flag(),
        "creditNotation": Text(words=("required", "unnecessary")),
        "allowRedistribution": Flag(),
        "modification": Text(words=("prohibited", "allowModification", "allowModificationRedistribution")),
        "otherLicenseUrl": _NAME,
    },
    "vrmHumanoid": {"humanBones": Child("humanBones", need=True)},
    "humanBones": dict.fromkeys((*HUMAN_BONES, *_OLD_THUMBS), Child("nodeOf")),
    "nodeOf": {"node": Index(need=True)},
    "vrmFirstPerson": {"meshAnnotations": _many("meshAnnotation")},
    "meshAnnotation": {"node": Index(need=True), "type": Text(words=FIRST_PERSON, need=True)},
    "vrmLookAt": {
        "offsetFromHeadBone": _OFFSET,
        "type": Text(words=("bone", "expression")),
        "rangeMapHorizontalInner": _RANGE,
        "rangeMapHorizontalOuter": _RANGE,
        "rangeMapVerticalDown": _RANGE,
        "rangeMapVerticalUp": _RANGE,
    },
    "rangeMap": {"inputMaxValue": Number(), "outputScale": Number()},
    "vrmExpressions": {"preset": Child("presets"), "custom": Named("expression")},
    "presets": dict.fromkeys(PRESETS, Child("expression")),
    "expression": {
        "isBinary": Flag(),
        "morphTargetBinds": _many("morphTargetBind"),
        "materialColorBinds": _many("materialColorBind"),
        "textureTransformBinds": _many("textureTransformBind"),
        "overrideBlink": _OVERRIDE,
        "overrideLookAt": _OVERRIDE,
        "overrideMouth": _OVERRIDE,
    },
    "morphTargetBind": {"node": Index(need=True), "index": Index(need=True), "weight": Number(need=True)},
    "materialColorBind": {
        "material": Index(need=True),
        "type": Text(
            words=("color", "emissionColor", "shadeColor", "matcapColor", "rimColor", "outlineColor"), need=True
        ),
        "targetValue": Numbers(4, need=True),
    },
    "textureTransformBind": {"material": Index(need=True), "scale": Numbers(2), "offset": Numbers(2)},
    "VRMC_springBone": {
        "specVersion": _VERSION,
        "colliders": _many("collider"),
        "colliderGroups": _many("colliderGroup"),
        "springs": _many("spring"),
    },
    "collider": {"node": Index(need=True), "shape": Child("shape", need=True)},
    "shape": {"sphere": Child("sphere"), "capsule": Child("capsule")},
    "sphere": {"offset": _OFFSET, "radius": _LENGTH},
    "capsule": {"offset": _OFFSET, "radius": _LENGTH, "tail": _OFFSET},
    "extendedCollider": {"specVersion": _VERSION, "shape": Child("extendedShape", need=True)},
    "extendedShape": {
        "sphere": Child("extendedSphere"),
        "capsule": Child("extendedCapsule"),
        "plane": Child("plane"),
    },
    "extendedSphere": {"offset": _OFFSET, "radius": _LENGTH, "inside": Flag()},
    "extendedCapsule": {"offset": _OFFSET, "radius": _LENGTH, "tail": _OFFSET, "inside": Flag()},
    "plane": {"offset": _OFFSET, "normal": _OFFSET},
    "colliderGroup": {"name": _NAME, "colliders": Indices(need=True, empty=True)},
    "spring": {
        "name": _NAME,
        "joints": Children("springJoint", empty=True),
        "colliderGroups": Indices(empty=True),
        "center": Index(),
    },
    "springJoint": {
        "node": Index(need=True),
        "hitRadius": _LENGTH,
        "stiffness": _LENGTH,
        "gravityPower": Number(),
        "gravityDir": _OFFSET,
        "dragForce": Number(low=0.0, high=1.0),
    },
    "nodeConstraint": {"specVersion": _VERSION, "constraint": Child("constraint", need=True)},
    "constraint": {"roll": Child("roll"), "aim": Child("aim"), "rotation": Child("rotationConstraint")},
    "roll": {
        "source": Index(need=True),
        "rollAxis": Text(words=("X", "Y", "Z"), need=True),
        "weight": Number(low=0.0, high=1.0),
    },
    "aim": {
        "source": Index(need=True),
        "aimAxis": Text(words=tuple(f"{sign}{axis}" for axis in "XYZ" for sign in ("Positive", "Negative")), need=True),
        "weight": Number(low=0.0, high=1.0),
    },
    "rotationConstraint": {"source": Index(need=True), "weight": Number(low=0.0, high=1.0)},
    "mtoon": {
        "specVersion": _VERSION,
        "transparentWithZWrite": Flag(),
        "renderQueueOffsetNumber": Whole(low=-(2**31)),
        "shadeColorFactor": Numbers(3),
        "shadeMultiplyTexture": _TEXTURE,
        "shadingShiftFactor": Number(),
        "shadingShiftTexture": Child("shiftTexture"),
        "shadingToonyFactor": Number(),
        "giEqualizationFactor": Number(),
        "matcapFactor": Numbers(3),
        "matcapTexture": _TEXTURE,
        "parametricRimColorFactor": Numbers(3),
        "rimMultiplyTexture": _TEXTURE,
        "rimLightingMixFactor": Number(),
        "parametricRimFresnelPowerFactor": Number(),
        "parametricRimLiftFactor": Number(),
        "outlineWidthMode": Text(words=("none", "worldCoordinates", "screenCoordinates")),
        "outlineWidthFactor": Number(),
        "outlineWidthMultiplyTexture": _TEXTURE,
        "outlineColorFactor": Numbers(3),
        "outlineLightingMixFactor": Number(),
        "uvAnimationMaskTexture": _TEXTURE,
        "uvAnimationScrollXSpeedFactor": Number(),
        "uvAnimationScrollYSpeedFactor": Number(),
        "uvAnimationRotationSpeedFactor": Number(),
    },
    "mtoonTexture": {"index": Index(need=True), "texCoord": Whole(default=0)},
    "shiftTexture": {"index": Index(need=True), "texCoord": Whole(default=0), "scale": Number()},
    "hdr": {"emissiveMultiplier": Number(low=0.0, need=True)},
    "VRMC_vrm_animation": {
        "specVersion": _VERSION,
        "humanoid": Child("vrmHumanoid"),
        "expressions": Child("animatedExpressions"),
        "lookAt": Child("animatedLookAt"),
    },
    "animatedExpressions": {"preset": Child("animatedPresets"), "custom": Named("nodeOf")},
    "animatedPresets": dict.fromkeys(PRESETS, Child("nodeOf")),
    "animatedLookAt": {"node": Index(need=True), "offsetFromHeadBone": _OFFSET},
    "VRM": dict.fromkeys(
        (
            *("exporterVersion", "specVersion", "meta", "humanoid", "firstPerson", "blendShapeMaster"),
            *("secondaryAnimation", "materialProperties"),
        ),
        Later(),
    ),
}
"""kind -> member -> field. The content of ``VRM`` (0.x) has a module of its own."""

VRM_EXTENSIONS: Final[dict[tuple[str, str], tuple[str, bool]]] = {
    ("root", "VRMC_vrm"): ("VRMC_vrm", False),
    ("root", "VRMC_springBone"): ("VRMC_springBone", False),
    ("collider", "VRMC_springBone_extended_collider"): ("extendedCollider", False),
    ("node", "VRMC_node_constraint"): ("nodeConstraint", False),
    ("material", "VRMC_materials_mtoon"): ("mtoon", False),
    ("material", "VRMC_materials_hdr_emissiveMultiplier"): ("hdr", False),
    ("root", "VRMC_vrm_animation"): ("VRMC_vrm_animation", False),
    ("mtoonTexture", "KHR_texture_transform"): ("KHR_texture_transform", False),
    ("shiftTexture", "KHR_texture_transform"): ("KHR_texture_transform", False),
}
"""(where it stands, extension) -> (its table, whether it stands alone)."""

VERSIONS: Final = {
    "VRMC_vrm": ("1.0", "1.0-beta"),
    "VRMC_springBone": ("1.0", "1.0-beta"),
    "extendedCollider": ("1.0",),
    "nodeConstraint": ("1.0", "1.0-beta"),
    "mtoon": ("1.0", "1.0-beta"),
    "VRMC_vrm_animation": ("1.0", "1.0-draft"),
}
"""kind -> the values of specVersion."""

FINGERS: Final = ("Index", "Middle", "Ring", "Little")
BONE_PARENT: Final[dict[str, tuple[str, bool]]] = {
    "spine": ("hips", True),
    "chest": ("spine", True),
    "upperChest": ("chest", True),
    "neck": ("upperChest", False),
    "head": ("neck", False),
    "leftEye": ("head", True),
    "rightEye": ("head", True),
    "jaw": ("head", True),
    **{
        f"{side}{bone}": (parent if parent in ("hips", "upperChest") else f"{side}{parent}", needed)
        for side in ("left", "right")
        for bone, parent, needed in (
            ("UpperLeg", "hips", True),
            ("LowerLeg", "UpperLeg", True),
            ("Foot", "LowerLeg", True),
            ("Toes", "Foot", True),
            ("Shoulder", "upperChest", False),
            ("UpperArm", "Shoulder", False),
            ("LowerArm", "UpperArm", True),
            ("Hand", "LowerArm", True),
            ("ThumbMetacarpal", "Hand", True),
            ("ThumbProximal", "ThumbMetacarpal", True),
            ("ThumbDistal", "ThumbProximal", True),
            *((f"{f}Proximal", "Hand", True) for f in FINGERS),
            *((f"{f}Intermediate", f"{f}Proximal", True) for f in FINGERS),
            *((f"{f}Distal", f"{f}Intermediate", True) for f in FINGERS),
        )
    },
}
"""Bone -> (the bone it hangs from, whether that one must be there)."""
