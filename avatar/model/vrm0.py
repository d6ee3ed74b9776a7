"""VRM 0.x as if it were VRM 1.0: names, units and frame are changed, so that nothing after this knows the difference.

Source: VRM 0.x (``extensions/VRM``) and the official migration to 1.0. Files of this age often hold stale indices
(-1, or beyond the end); a bind or bone that points nowhere is left out, as every viewer does.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from .expressions import VRM0_PRESETS
from .gltf import Document
from .model import HUMAN_BONES, AvatarModel, Expression, LookAt, MaterialBind, TextureSlot
from .mtoon0 import apply_materials, linear
from .place import Place
from .springs0 import apply_springs, node_or_none, turned_vector
from .vrm1 import FIRST_PERSON, SMALLEST_SPAN, clear_bound_morphs, rename_thumb, require_bones, take_meta

_MAX_BINDS = 1 << 18
_COLORS = {
    "_Color": "color",
    "_EmissionColor": "emissionColor",
    "_ShadeColor": "shadeColor",
    "_RimColor": "rimColor",
    "_OutlineColor": "outlineColor",
}
_FIRST_PERSON = {kind.lower(): kind for kind in FIRST_PERSON}


def apply(document: Document, vrm: Place) -> None:
    """Fills the model from ``extensions/VRM`` and turns it to face +Z. Raises ModelError."""
    model = document.model
    model.kind = "vrm0"
    take_meta(model, vrm, "title")
    turn(model)
    _humanoid(document, vrm.need("humanoid"))
    apply_materials(document, vrm)
    _expressions(document, vrm)
    first = vrm.child("firstPerson")
    if first is not None:
        _first_person(document, first)
        model.look_at = _look_at(document, first)
    secondary = vrm.child("secondaryAnimation")
    if secondary is not None:
        apply_springs(document, secondary)


def turn(model: AvatarModel) -> None:
    """Half a turn about +Y as a change of axes: every node's own axes turn along, so a bone that had no rotation still
    has none, and ``world' = R world R`` for every node, vertex and inverse bind matrix."""
    model.translation[:, ::2] *= -1
    model.rotation[:, :3:2] *= -1
    done: set[int] = set()
    for primitive in model.primitives:
        p = primitive
        for array in (p.positions, p.normals, p.tangents, p.morph_positions, p.morph_normals, p.morph_tangents):
            if array is not None and id(array) not in done:
                done.add(id(array))
                array[..., :3:2] *= -1
    for skin in model.skins:
        skin.inverse_bind[:, :3:2, :] *= -1
        skin.inverse_bind[:, :, :3:2] *= -1


def _humanoid(document: Document, humanoid: Place) -> None:
    for bone in humanoid.each("humanBones", 256):
        name, node = bone.text("bone", ""), node_or_none(document, bone, "node")
        name = rename_thumb(name)
        if name in HUMAN_BONES and node >= 0:
            document.model.humanoid.setdefault(name, node)
    require_bones(document, humanoid)


def _expressions(document: Document, vrm: Place) -> None:
    master = vrm.child("blendShapeMaster")
    if master is None:
        return
    made = document.model.expressions
    groups = master.each("blendShapeGroups", 1 << 12)
    reader = _Binds(document)
    customs = []
    # Presets first: a custom clip never takes a preset's name. A second group for a preset is a clip of its own.
    for index, group in enumerate(groups):
        preset, own = VRM0_PRESETS.get(group.text("presetName", "").lower(), ""), group.text("name", "")
        if preset and preset not in made:
            made[preset] = reader.expression(preset, group, True)
        else:
            customs.append((own or preset or f"expression {index}", group))
    used: Counter[str] = Counter()
    for wanted, group in customs:
        name = wanted
        while name in made:
            used[wanted] += 1
            name = f"{wanted} {used[wanted] + 1}"
        made[name] = reader.expression(name, group, False)
    clear_bound_morphs(document.model)


class _Binds:
    """Reads blend shape groups. One bind may stand for many nodes or materials, so the sum is limited."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._materials: dict[str, list[int]] = {}
        for index, material in enumerate(document.model.materials):
            self._materials.setdefault(material.name, []).append(index)
        self._total = 0

    def _count(self, number: int, place: Place) -> None:
        self._total += number
        if self._total > _MAX_BINDS:
            raise place.exceeds(f"the expressions have more than {_MAX_BINDS} binds")

    def expression(self, name: str, group: Place, preset: bool) -> Expression:
        """One group."""
        weights: dict[int, float] = {}
        for bind in group.each("binds"):
            index = bind.integer("index", -1, low=-(2**40))
            nodes = self._document.mesh_nodes.get(bind.integer("mesh", -1, low=-(2**40)), [])
            self._count(len(nodes), bind)
            for node in nodes:
                first, count = self._document.morphs[node]
                if 0 <= index < count:
                    weights[first + index] = weights.get(first + index, 0.0) + bind.number("weight", 100.0) / 100
        return Expression(
            name=name,
            preset=preset,
            morphs=np.array(list(weights), np.int32),
            weights=np.array(list(weights.values()), np.float32),
            materials=tuple(bind for place in group.each("materialValues") for bind in self._material(place)),
            is_binary=group.flag("isBinary"),
        )

    def _material(self, place: Place) -> list[MaterialBind]:
        key, count = place.text("propertyName", ""), len(place.array("targetValue", 16))
        x, y, z, w = (*place.numbers("targetValue", count, ()), 0.0, 0.0, 0.0, 0.0)[:4]
        indices = self._materials.get(place.text("materialName", ""), [])
        self._count(len(indices), place)
        if key == "_EmissionColor":
            return [MaterialBind(index, _COLORS[key], (x, y, z, w)) for index in indices]
        if key in _COLORS:
            return [MaterialBind(index, _COLORS[key], (linear(x), linear(y), linear(z), w)) for index in indices]
        if key not in ("_MainTex_ST", "_MainTex_ST_S", "_MainTex_ST_T"):
            return []
        made = []
        for index in indices:
            slot = self._document.model.materials[index].base_texture or TextureSlot(-1)
            (offset_x, offset_y), (scale_x, scale_y) = slot.offset, slot.scale
            if not key.endswith("_T"):
                scale_x, offset_x = x, z
            if not key.endswith("_S"):
                scale_y, offset_y = y, 1.0 - y - w
            made.append(MaterialBind(index, "textureTransform", (offset_x, offset_y, scale_x, scale_y)))
        return made


def _first_person(document: Document, first: Place) -> None:
    kinds: dict[int, str] = {}
    for note in first.each("meshAnnotations", 1 << 14):
        mesh, kind = note.integer("mesh", -1, low=-(2**40)), note.text("firstPersonFlag", "auto").lower()
        kinds[mesh] = _FIRST_PERSON.get(kind, "auto")
    of_node = {node: kind for mesh, kind in kinds.items() for node in document.mesh_nodes.get(mesh, ())}
    for primitive in document.model.primitives:
        primitive.first_person = of_node.get(primitive.node, "auto")


def _look_at(document: Document, first: Place) -> LookAt:
    made = LookAt(kind="expression" if first.text("lookAtTypeName", "").lower() == "blendshape" else "bone")
    made.offset = _eye_offset(document, first)

    def range_map(key: str, name: str) -> tuple[float, float]:
        found = first.child(key)
        span, scale = 90.0, 10.0 if made.kind == "bone" else 1.0
        if found is not None:
            span, scale = max(found.number("xRange", span), SMALLEST_SPAN), found.number("yRange", scale)
            keys = _curve(found)
            if keys:
                made.curves[name] = keys
        # A weight stops at 1, so a scale above 1 is the same as a full weight reached earlier.
        early = made.kind == "expression" and scale > 1 and name not in made.curves
        return (span / scale, 1.0) if early else (span, scale)

    made.horizontal_inner = range_map("lookAtHorizontalInner", "horizontal_inner")
    made.horizontal_outer = range_map("lookAtHorizontalOuter", "horizontal_outer")
    made.vertical_down = range_map("lookAtVerticalDown", "vertical_down")
    made.vertical_up = range_map("lookAtVerticalUp", "vertical_up")
    return made


def _curve(place: Place) -> tuple[tuple[float, float, float, float], ...]:
    """Keys in order of time, or none for the straight line. UniVRM writes that as [0, 0, 0, 1, 1, 1, 1, 0]."""
    values = place.numbers("curve", len(place.array("curve", 256)), ())
    if len(values) % 4:
        raise place.refuse("must have four numbers for each key", "curve")
    t, v, before, after = (values[k::4] for k in range(4))
    keys = tuple(sorted(zip(t, v, before, after, strict=True)))
    straight = [(k[:2], k[2] if i else 1.0, 1.0 if i else k[3]) for i, k in enumerate(keys)]
    return () if straight == [((0.0, 0.0), 1.0, 1.0), ((1.0, 1.0), 1.0, 1.0)] else keys


def _eye_offset(document: Document, first: Place) -> tuple[float, float, float]:
    """VRM 0 measures from any "first person bone"; 1.0 always from the head."""
    offset = turned_vector(first, "firstPersonBoneOffset", (0.0, 0.06, 0.0))
    model = document.model
    node, head = node_or_none(document, first, "firstPersonBone"), model.humanoid["head"]
    if node < 0 or node == head:
        return offset
    world = model.rest_world().astype(np.float64)
    x, y, z = np.linalg.pinv(world[head])[:3] @ (world[node] @ (*offset, 1.0))
    return float(x), float(y), float(z)
