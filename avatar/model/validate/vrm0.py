"""VRM 0.x: humanoid, blend shape groups, first person, secondary animation and material properties.

Files of this age often hold stale indices (-1, or beyond the end), which every viewer leaves out; those are warnings.
Source: the JSON schemas of VRM 0.x (``extensions/VRM``). The codes are explained in docs/VALIDATE.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..model import HUMAN_BONES
from ..vrm1 import rename_thumb
from .checks import target_count
from .graph import Graph
from .schema import Item, is_number, whole
from .vrm import check_bones


def check_vrm0(graph: Graph) -> None:
    """``extensions/VRM``, where there is one."""
    vrm = graph.root.extensions.get("VRM")
    if vrm is not None:
        _Old(graph).check(vrm.raw, vrm.at)


class _Old:
    def __init__(self, graph: Graph) -> None:
        self._graph, self._journal = graph, graph.journal
        self._materials = {item["name"] for item in graph.kind("materials")}

    def check(self, vrm: Mapping[str, Any], at: str) -> None:
        meta = self._object(vrm, at, "meta")
        self._stale(meta, f"{at}/meta", "texture", "textures", use=True)
        self._humanoid(vrm, at)
        groups = self._object(vrm, at, "blendShapeMaster")
        seen: set[str] = set()
        for group, place in self._each(groups, f"{at}/blendShapeMaster", "blendShapeGroups"):
            self._group(group, place, seen)
        first = self._object(vrm, at, "firstPerson")
        self._stale(first, f"{at}/firstPerson", "firstPersonBone", "nodes")
        for note, place in self._each(first, f"{at}/firstPerson", "meshAnnotations"):
            self._stale(note, place, "mesh", "meshes")
        for key in ("lookAtHorizontalInner", "lookAtHorizontalOuter", "lookAtVerticalDown", "lookAtVerticalUp"):
            span = self._object(first, f"{at}/firstPerson", key).get("xRange")
            if span is not None and is_number(span) and span <= 0:
                self._journal.add("VRM_LOOK_AT_RANGE", f"{at}/firstPerson/{key}/xRange", "covers no angle")
        self._secondary(vrm, at)
        properties = list(self._each(vrm, at, "materialProperties"))
        count = len(self._graph.lists.get("materials", ()))
        if properties and len(properties) != count:
            text = f"{len(properties)} material properties for {count} materials"
            self._journal.add("VRM_STALE_REFERENCE", f"{at}/materialProperties", text)
        for material, place in properties:
            textures = self._object(material, place, "textureProperties")
            for name in textures:
                self._stale(textures, f"{place}/textureProperties", name, "textures", use=True)

    def _object(self, raw: Mapping[str, Any], at: str, key: str, need: bool = False) -> dict[str, Any]:
        value = raw.get(key)
        if isinstance(value, dict):
            return value
        if value is not None:
            self._journal.add("TYPE_MISMATCH", f"{at}/{key}", "is not an object")
        elif need:
            self._journal.add("UNDEFINED_PROPERTY", at, f"'{key}' must be defined")
        return {}

    def _each(self, raw: Mapping[str, Any], at: str, key: str) -> Iterator[tuple[dict[str, Any], str]]:
        value = raw.get(key)
        if value is not None and not isinstance(value, list):
            self._journal.add("TYPE_MISMATCH", f"{at}/{key}", "is not an array")
        for i, inner in enumerate(value if isinstance(value, list) else ()):
            if isinstance(inner, dict):
                yield inner, f"{at}/{key}/{i}"
            else:
                self._journal.add("TYPE_MISMATCH", f"{at}/{key}/{i}", "is not an object")

    def _stale(
        self, raw: Mapping[str, Any], at: str, key: str, name: str, need: bool = False, use: bool = False
    ) -> Item | None:
        """What an index leads to; a wrong one is a warning, -1 stands for none."""
        value = raw.get(key)
        index = whole(value)
        if value is None or index == -1:
            if need:
                self._journal.add("VRM_STALE_REFERENCE", f"{at}/{key}", f"names none of {name}")
            return None
        if index is None:
            self._journal.add("TYPE_MISMATCH", f"{at}/{key}", f"{str(value)[:40]} is not an integer")
            return None
        found = self._graph.find(name, index)
        if found is None:
            self._journal.add("VRM_STALE_REFERENCE", f"{at}/{key}", f"there is no element {index} in {name}")
        elif use:
            found.used = True
        return found

    def _humanoid(self, vrm: Mapping[str, Any], at: str) -> None:
        humanoid, here = self._object(vrm, at, "humanoid", need=True), f"{at}/humanoid"
        bones: dict[str, tuple[str, Item | None]] = {}
        for bone, place in self._each(humanoid, here, "humanBones"):
            name = bone.get("bone")
            if not isinstance(name, str):
                self._journal.add("TYPE_MISMATCH", f"{place}/bone", "is not a string")
                continue
            node = self._stale(bone, place, "node", "nodes", need=True)
            new = rename_thumb(name)
            if new not in HUMAN_BONES:
                self._journal.add("VRM_BONE_UNKNOWN", f"{place}/bone", f"there is no bone {name[:40]}")
            elif new in bones:
                self._journal.add("VRM_BONE_REPEATED", place, f"{name} is named twice, the first counts")
            elif node is not None:
                bones[new] = (place, node)
        if humanoid:
            check_bones(self._graph, f"{here}/humanBones", bones)

    def _group(self, group: Mapping[str, Any], at: str, seen: set[str]) -> None:
        preset, own = group.get("presetName"), group.get("name")
        preset = preset.lower() if isinstance(preset, str) and preset.lower() != "unknown" else ""
        name = preset or (own if isinstance(own, str) else "")
        if name in seen:
            self._journal.add("VRM_EXPRESSION_DUPLICATE", at, f"another group stands for {name[:40]} too")
        seen.add(name)
        for bind, place in self._each(group, at, "binds"):
            mesh = self._stale(bind, place, "mesh", "meshes", need=True)
            index, weight = whole(bind.get("index")), bind.get("weight")
            primitives = mesh["primitives"] if mesh is not None else None
            count = target_count(primitives[0]) if primitives else 0
            if mesh is not None and (index is None or not 0 <= index < count):
                text = f"the mesh has {count} morph targets, the index is {str(bind.get('index'))[:20]}"
                self._journal.add("VRM_STALE_REFERENCE", f"{place}/index", text)
            if weight is not None and is_number(weight) and not 0 <= weight <= 100:
                self._journal.add(
                    "VRM_EXPRESSION_BIND_RANGE", f"{place}/weight", f"{str(weight)[:30]} is not from 0 to 100"
                )
        for value, place in self._each(group, at, "materialValues"):
            material = value.get("materialName")
            if isinstance(material, str) and material not in self._materials:
                text = f"there is no material '{material[:40]}'"
                self._journal.add("VRM_STALE_REFERENCE", f"{place}/materialName", text)

    def _secondary(self, vrm: Mapping[str, Any], at: str) -> None:
        secondary, here = self._object(vrm, at, "secondaryAnimation"), f"{at}/secondaryAnimation"
        groups = list(self._each(secondary, here, "colliderGroups"))
        for group, place in groups:
            self._stale(group, place, "node", "nodes", need=True)
        for spring, place in self._each(secondary, here, "boneGroups"):
            self._stale(spring, place, "center", "nodes")
            for key, count in (
                ("bones", len(self._graph.lists.get("nodes", ()))),
                ("colliderGroups", len(groups)),
            ):
                values = spring.get(key)
                for i, value in enumerate(values if isinstance(values, list) else ()):
                    index = whole(value)
                    if index is None or not 0 <= index < count:
                        text = f"there is no element {str(value)[:20]} for {key}"
                        self._journal.add("VRM_STALE_REFERENCE", f"{place}/{key}/{i}", text)
