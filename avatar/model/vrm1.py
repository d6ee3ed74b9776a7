"""VRM 1.0: humanoid, expressions, look-at, first person and meta, onto an AvatarModel.

Source: VRMC_vrm-1.0. Index and name errors are refused, since the specification allows none.
"""

from __future__ import annotations

import numpy as np

from .gltf import Document
from .model import HUMAN_BONES, REQUIRED_BONES, AvatarModel, Expression, LookAt, MaterialBind
from .place import Place

PRESETS = (
    *(
        "happy",
        "angry",
        "sad",
        "relaxed",
        "surprised",
        "aa",
        "ih",
        "ou",
        "ee",
        "oh",
        "blink",
        "blinkLeft",
        "blinkRight",
    ),
    *("lookUp", "lookDown", "lookLeft", "lookRight", "neutral"),
)
FIRST_PERSON = ("auto", "both", "firstPersonOnly", "thirdPersonOnly")
MAX_EXPRESSIONS = 1 << 12
SMALLEST_SPAN = 0.01
"""Degrees: a look-at range of zero would divide by zero."""
_OVERRIDES = ("none", "block", "blend")
_COLORS = ("color", "emissionColor", "shadeColor", "matcapColor", "rimColor", "outlineColor")


def apply(document: Document, vrm: Place) -> None:
    """Fills the model from ``extensions/VRMC_vrm``. Raises ModelError."""
    version = vrm.text("specVersion", "1.0")
    if version not in ("1.0", "1.0-beta"):
        raise vrm.refuse(f"VRM {version[:20]} is not supported, only 1.0 is", "specVersion")
    model = document.model
    model.kind = "vrm1"
    take_meta(model, vrm, "name")
    humanoid(document, vrm.need("humanoid").need("humanBones"))
    _expressions(document, vrm)
    _first_person(document, vrm)
    look = vrm.child("lookAt")
    if look is not None:
        model.look_at = _look_at(look)


def take_meta(model: AvatarModel, vrm: Place, key: str) -> None:
    """``vrm/meta`` as it is, and the model's name where ``key`` in it has one."""
    meta = vrm.child("meta")
    if meta is not None:
        model.meta = meta.value
        model.name = meta.text(key, "") or model.name


def humanoid(document: Document, bones: Place) -> None:
    """Fills ``model.humanoid``; a required bone that is missing is refused."""
    found = document.model.humanoid
    # Early 1.0 files still call the thumb's joints as VRM 0 did.
    old_thumbs = any(bones.has(f"{side}ThumbIntermediate") for side in ("left", "right"))
    for name, bone in bones.items():
        name = rename_thumb(name) if old_thumbs else name
        if name in HUMAN_BONES:
            found[name] = document.node(bone, "node")
    require_bones(document, bones)
    if len(set(found.values())) < len(found):
        raise bones.refuse("one node stands for two bones")


def rename_thumb(name: str) -> str:
    """VRM 0's name of a bone to VRM 1.0's: only the thumbs differ."""
    if name.endswith("ThumbProximal"):
        return name.replace("Proximal", "Metacarpal")
    return name.replace("ThumbIntermediate", "ThumbProximal")


def require_bones(document: Document, bones: Place) -> None:
    """Refuses a humanoid without a required bone."""
    found = document.model.humanoid
    missing = [name for name in REQUIRED_BONES if name not in found]
    if missing:
        raise bones.refuse(f"the humanoid has no {', '.join(missing)}")


def _expressions(document: Document, vrm: Place) -> None:
    groups = vrm.child("expressions")
    if groups is None:
        return
    # Custom names come first so that a preset of the same name has the last word.
    for preset, key in ((False, "custom"), (True, "preset")):
        group = groups.child(key)
        if group is not None and len(group.value) > MAX_EXPRESSIONS:
            raise groups.exceeds(f"has {len(group.value)} expressions, at most {MAX_EXPRESSIONS} are allowed", key)
        for name, place in group.items() if group is not None else ():
            document.model.expressions[name] = _expression(document, name, place, preset)
    clear_bound_morphs(document.model)


def clear_bound_morphs(model: AvatarModel) -> None:
    """A morph target that an expression holds starts from 0, whatever the mesh says (``expressions.md``)."""
    for expression in model.expressions.values():
        model.morph_defaults[expression.morphs] = 0


def _expression(document: Document, name: str, place: Place, preset: bool) -> Expression:
    slots, weights = [], []
    for bind in place.each("morphTargetBinds"):
        node = document.node(bind, "node")
        first, count = document.morphs.get(node, (0, 0))
        if count or document.nodes.shown[node]:
            slots.append(first + bind.index("index", count, "morph targets of that node"))
            weights.append(bind.number("weight", 1.0))
    binds = []
    count = len(document.root.array("materials"))
    for bind in place.each("materialColorBinds"):
        r, g, b, a = bind.numbers("targetValue", 4)
        kind = bind.choice("type", _COLORS)
        binds.append(MaterialBind(bind.index("material", count, "materials"), kind, (r, g, b, a)))
    for bind in place.each("textureTransformBinds"):
        x, y = bind.numbers("offset", 2, (0.0, 0.0))
        sx, sy = bind.numbers("scale", 2, (1.0, 1.0))
        binds.append(MaterialBind(bind.index("material", count, "materials"), "textureTransform", (x, y, sx, sy)))
    return Expression(
        name=name,
        preset=preset,
        morphs=np.array(slots, np.int32),
        weights=np.array(weights, np.float32),
        materials=tuple(binds),
        is_binary=place.flag("isBinary"),
        override_blink=place.choice("overrideBlink", _OVERRIDES, "none"),
        override_look_at=place.choice("overrideLookAt", _OVERRIDES, "none"),
        override_mouth=place.choice("overrideMouth", _OVERRIDES, "none"),
    )


def _first_person(document: Document, vrm: Place) -> None:
    first = vrm.child("firstPerson")
    if first is None:
        return
    notes = first.each("meshAnnotations")
    kinds = {document.node(note, "node"): note.choice("type", FIRST_PERSON) for note in notes}
    for primitive in document.model.primitives:
        primitive.first_person = kinds.get(primitive.node, "auto")


def _look_at(place: Place) -> LookAt:
    made = LookAt(kind=place.choice("type", ("bone", "expression"), "bone"))
    made.offset = place.vector3("offsetFromHeadBone", made.offset)
    scale = 10.0 if made.kind == "bone" else 1.0

    def range_map(key: str) -> tuple[float, float]:
        found = place.child(key)
        if found is None:
            return 90.0, scale
        return max(found.number("inputMaxValue", 90.0), SMALLEST_SPAN), found.number("outputScale", scale)

    made.horizontal_inner = range_map("rangeMapHorizontalInner")
    made.horizontal_outer = range_map("rangeMapHorizontalOuter")
    made.vertical_down = range_map("rangeMapVerticalDown")
    made.vertical_up = range_map("rangeMapVerticalUp")
    return made
