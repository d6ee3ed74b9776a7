"""VRM 1.0 and VRMA beyond their tables: humanoid, expressions, look-at, springs, constraints, MToon, clips.

Source: the specifications of VRMC_vrm, VRMC_springBone, VRMC_node_constraint, VRMC_materials_mtoon and
VRMC_vrm_animation 1.0. The codes are explained in docs/VALIDATE.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..model import REQUIRED_BONES
from ..vrm1 import PRESETS, rename_thumb
from .checks import target_count
from .graph import Graph
from .schema import Item
from .vrm_tables import BONE_PARENT, VERSIONS

_MTOON_RANGES: Final = {
    "shadingShiftFactor": (-1.0, 1.0),
    "shadingToonyFactor": (0.0, 1.0),
    "giEqualizationFactor": (0.0, 1.0),
    "rimLightingMixFactor": (0.0, 1.0),
    "parametricRimFresnelPowerFactor": (0.0, float("inf")),
    "outlineWidthFactor": (0.0, float("inf")),
    "outlineLightingMixFactor": (0.0, 1.0),
    "renderQueueOffsetNumber": (-9.0, 9.0),
}


def check_vrm(graph: Graph) -> None:
    """Everything of VRM 1.0 in the file."""
    for item in graph.read:
        allowed = VERSIONS.get(item.kind)
        if allowed and item["specVersion"] is not None and item["specVersion"] not in allowed:
            text = f"{item['specVersion'][:20]} is not {' or '.join(allowed)}"
            graph.journal.add("VRM_UNSUPPORTED_VERSION", f"{item.at}/specVersion", text)
        if item.kind in ("mtoonTexture", "shiftTexture"):
            graph.resolve(item, "index", "textures")
        elif item.kind == "mtoon":
            _mtoon(graph, item)
    found = graph.root.extensions
    vrm, springs, clip = (found.get(name) for name in ("VRMC_vrm", "VRMC_springBone", "VRMC_vrm_animation"))
    if vrm is not None:
        _avatar(graph, vrm)
    if springs is not None:
        _springs(graph, springs)
    if clip is not None:
        _clip(graph, clip)
    _constraints(graph)


def descends(graph: Graph, node: Item, from_: Item) -> bool:
    """Whether ``node`` lies below ``from_``."""
    up: Item | None = node.facts.get("parent")
    steps = 0
    while up is not None and up is not from_ and steps < 4096:
        steps += 1
        up = up.facts.get("parent")
    found = up is from_ and steps < 4096
    graph.work(steps + found)
    return found


def check_bones(graph: Graph, at: str, bones: Mapping[str, tuple[str, Item | None]], whole: bool = True) -> None:
    """bones : name -> (pointer, node). Required ones, one node for each, and each below its parent."""
    journal = graph.journal
    if whole:
        for name in REQUIRED_BONES:
            if name not in bones:
                journal.add("VRM_BONE_MISSING", at, f"the humanoid has no {name}")
    owners: dict[int, str] = {}
    for name, (place, node) in bones.items():
        if node is None:
            continue
        other = owners.setdefault(id(node), name)
        if other != name:
            journal.add("VRM_BONE_DUPLICATE", place, f"its node stands for {other} too")
        parent, needed = BONE_PARENT.get(name, ("", False))
        if needed and parent not in bones and parent not in REQUIRED_BONES:
            journal.add("VRM_BONE_PARENT_MISSING", place, f"{name} needs {parent}")
        while parent and parent not in bones:
            parent = BONE_PARENT.get(parent, ("", False))[0]
        above = bones[parent][1] if parent else None
        if above is not None and above is not node and not descends(graph, node, above):
            journal.add("VRM_BONE_PARENT", place, f"{name} is not below {parent}")


def _bones(graph: Graph, humanoid: Item | None, whole: bool) -> dict[str, tuple[str, Item | None]]:
    bones = humanoid["humanBones"] if humanoid is not None else None
    if bones is None:
        return {}
    old = any(f"{side}ThumbIntermediate" in bones.raw for side in ("left", "right"))
    found = {
        rename_thumb(name) if old else name: (item.at, graph.resolve(item, "node", "nodes"))
        for name, item in bones.values.items()
        if item is not None
    }
    check_bones(graph, bones.at, found, whole)
    return found


def _avatar(graph: Graph, vrm: Item) -> None:
    journal = graph.journal
    if vrm["meta"] is not None:
        graph.resolve(vrm["meta"], "thumbnailImage", "images")
    _bones(graph, vrm["humanoid"], True)
    first = vrm["firstPerson"]
    for note in (first["meshAnnotations"] or ()) if first is not None else ():
        node = graph.resolve(note, "node", "nodes")
        if node is not None and node["mesh"] is None:
            journal.add("VRM_FIRST_PERSON_NO_MESH", f"{note.at}/node", "the node has no mesh")
    look = vrm["lookAt"]
    for name, item in look.values.items() if look is not None else ():
        if isinstance(item, Item) and item["inputMaxValue"] is not None and item["inputMaxValue"] <= 0:
            text = f"{name} covers no angle"
            journal.add("VRM_LOOK_AT_RANGE", f"{item.at}/inputMaxValue", text)
    expressions = vrm["expressions"]
    if expressions is None:
        return
    preset = expressions["preset"]
    for item in preset.values.values() if preset is not None else ():
        if item is not None:
            _expression(graph, item)
    for name, item in expressions["custom"].items():
        if name in PRESETS:
            journal.add("VRM_EXPRESSION_CUSTOM_PRESET", item.at, f"{name} is a preset's name")
        _expression(graph, item)


def _expression(graph: Graph, item: Item) -> None:
    journal = graph.journal
    seen: set[tuple[object, ...]] = set()

    def once(bind: Item, *what: object) -> None:
        if None not in what and what in seen:
            journal.add("VRM_EXPRESSION_BIND_DUPLICATE", bind.at, "another bind of this expression does the same")
        seen.add(what)

    for bind in item["morphTargetBinds"] or ():
        node = graph.resolve(bind, "node", "nodes")
        mesh = graph.find("meshes", node["mesh"]) if node is not None else None
        count = target_count(mesh["primitives"][0]) if mesh is not None and mesh["primitives"] else 0
        if node is not None and bind["index"] is not None and bind["index"] >= count:
            text = f"the node's mesh has {count} morph targets, not {bind['index'] + 1}"
            journal.add("UNRESOLVED_REFERENCE", f"{bind.at}/index", text)
        if bind["weight"] is not None and not 0 <= bind["weight"] <= 1:
            text = f"{bind['weight']:g} is not from 0 to 1"
            journal.add("VRM_EXPRESSION_BIND_RANGE", f"{bind.at}/weight", text)
        once(bind, "morph", bind["node"], bind["index"])
    for bind in item["materialColorBinds"] or ():
        graph.resolve(bind, "material", "materials")
        once(bind, "color", bind["material"], bind["type"])
    for bind in item["textureTransformBinds"] or ():
        graph.resolve(bind, "material", "materials")
        once(bind, "texture", bind["material"])


def _springs(graph: Graph, springs: Item) -> None:
    journal = graph.journal
    colliders, groups = springs["colliders"] or (), springs["colliderGroups"] or ()
    for collider in colliders:
        graph.resolve(collider, "node", "nodes")
        extended = collider.extensions.get("VRMC_springBone_extended_collider")
        for shape in (collider["shape"], extended["shape"] if extended is not None else None):
            if shape is not None and sum(value is not None for value in shape.values.values()) != 1:
                text = f"must have exactly one of {', '.join(shape.values)}"
                journal.add("VRM_COLLIDER_SHAPE", shape.at, text)
        plane = extended["shape"]["plane"] if extended is not None and extended["shape"] is not None else None
        if plane is not None and plane["normal"] == [0.0, 0.0, 0.0]:
            journal.add("VRM_COLLIDER_SHAPE", f"{plane.at}/normal", "must not be zero")
    for group in groups:
        _inside(graph, group, "colliders", len(colliders))
    owners: dict[int, str] = {}
    for spring in springs["springs"] or ():
        _inside(graph, spring, "colliderGroups", len(groups))
        chain = [(joint, graph.resolve(joint, "node", "nodes")) for joint in spring["joints"] or ()]
        if len(chain) < 2:
            journal.add("VRM_SPRING_TOO_SHORT", spring.at, "a spring needs two joints to do anything")
        before: Item | None = None
        for joint, node in chain:
            if node is None:
                before = None
                continue
            other = owners.setdefault(id(node), joint.at)
            if other != joint.at:
                journal.add("VRM_SPRING_SHARED_JOINT", f"{joint.at}/node", f"the node is a joint at {other} too")
            elif before is not None and not descends(graph, node, before):
                journal.add("VRM_SPRING_CHAIN", f"{joint.at}/node", "the node is not below the joint before it")
            before = node
        center = graph.resolve(spring, "center", "nodes")
        top = chain[0][1] if chain else None
        if center is not None and top is not None and (center is top or descends(graph, center, top)):
            journal.add("VRM_SPRING_CENTER", f"{spring.at}/center", "the centre moves with the spring itself")


def _inside(graph: Graph, item: Item, key: str, count: int) -> None:
    for place, index in enumerate(item[key] or ()):
        if index >= count:
            text = f"there is no element {index} in {key}"
            graph.journal.add("UNRESOLVED_REFERENCE", f"{item.at}/{key}/{place}", text)


def _constraints(graph: Graph) -> None:
    """Every node's constraint; sources must not lead back."""
    sources: dict[int, tuple[Item, Item]] = {}
    for node in graph.kind("nodes"):
        extension = node.extensions.get("VRMC_node_constraint")
        constraint = extension["constraint"] if extension is not None else None
        if constraint is None:
            continue
        kinds = [item for item in constraint.values.values() if item is not None]
        if len(kinds) != 1:
            text = "must have exactly one of roll, aim and rotation"
            graph.journal.add("VRM_CONSTRAINT_KIND", constraint.at, text)
        if not kinds:
            continue
        source = graph.resolve(kinds[0], "source", "nodes")
        if source is None:
            continue
        sources[id(node)] = (source, kinds[0])
        if source is not node and descends(graph, source, node):
            text = "the source moves with the node that it moves"
            graph.journal.add("VRM_CONSTRAINT_SOURCE", f"{kinds[0].at}/source", text)
    done: set[int] = set()
    for start in sources:
        trail: list[int] = []
        at = start
        while at in sources and at not in done:
            done.add(at)
            trail.append(at)
            at = id(sources[at][0])
        if at in trail:
            place = f"{sources[at][1].at}/source"
            graph.journal.add("VRM_CONSTRAINT_CYCLE", place, "the node's constraint depends on itself")


def _mtoon(graph: Graph, item: Item) -> None:
    for key, (low, high) in _MTOON_RANGES.items():
        value = item[key]
        if value is not None and not low <= value <= high:
            graph.journal.add(
                "VRM_MTOON_RANGE", f"{item.at}/{key}", f"{str(value)[:30]} is not from {low:g} to {high:g}"
            )


def _clip(graph: Graph, clip: Item) -> None:
    journal = graph.journal
    bones = _bones(graph, clip["humanoid"], False)
    allowed: dict[int, tuple[str, ...]] = {}
    for name, (place, node) in bones.items():
        if name in ("leftEye", "rightEye"):
            journal.add("VRMA_EYE_BONE", place, "eyes are moved by look-at, not as bones")
        if node is not None:
            allowed[id(node)] = ("rotation", "translation") if name == "hips" else ("rotation",)
    expressions, look = clip["expressions"], clip["lookAt"]
    if expressions is not None:
        preset = expressions["preset"]
        named = [*(preset.values.values() if preset is not None else ()), *expressions["custom"].values()]
        for item in named:
            node = graph.resolve(item, "node", "nodes") if item is not None else None
            if node is not None:
                allowed[id(node)] = ("translation",)
    if look is not None:
        node = graph.resolve(look, "node", "nodes")
        if node is not None:
            allowed[id(node)] = ("rotation",)
    if not graph.lists.get("animations"):
        journal.add("VRMA_NO_ANIMATION", clip.at, "there is no animation")
    for animation in graph.kind("animations"):
        for channel in animation["channels"] or ():
            target = channel["target"]
            node = graph.find("nodes", target["node"]) if target is not None else None
            paths = allowed.get(id(node)) if node is not None else None
            if paths is not None and target["path"] not in paths:
                text = f"moves {target['path']}, only {' and '.join(paths)} may move"
                journal.add("VRMA_TRACK", f"{target.at}/path", text)
