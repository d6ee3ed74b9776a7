"""Animations: samplers to accessors, channels to samplers and nodes.

Source: glTF 2.0, section 3.11; KHR_animation_pointer; codes as in the Khronos glTF-Validator.
"""

from __future__ import annotations

from typing import Final

from .checks import target_count
from .graph import Graph
from .mesh import Format, accessor_format
from .schema import Item

_SMALL: Final = tuple((component, True) for component in (5120, 5121, 5122, 5123))
_OUTPUTS: Final[dict[str, set[Format]]] = {
    "translation": {("VEC3", 5126, False)},
    "scale": {("VEC3", 5126, False)},
    "rotation": {("VEC4", 5126, False), *(("VEC4", *small) for small in _SMALL)},
    "weights": {("SCALAR", 5126, False), *(("SCALAR", *small) for small in _SMALL)},
}


def link_animations(graph: Graph) -> None:
    """Every animation of the file."""
    for animation in graph.kind("animations"):
        samplers, channels = animation["samplers"], animation["channels"]
        _pointers(graph, channels or [])
        if samplers is None or channels is None:
            continue
        for sampler in samplers:
            _sampler(graph, sampler)
        targets: dict[tuple[int, str | None], list[int]] = {}
        for place, channel in enumerate(channels):
            _channel(graph, channel, samplers)
            target = channel["target"]
            if target is not None and target["node"] is not None:
                targets.setdefault((target["node"], target["path"]), []).append(place)
        for places in targets.values():
            for i, place in enumerate(places[:-1]):
                text = f"channel {places[i + 1]} has the same target"
                at = f"{animation.at}/channels/{place}/target"
                graph.journal.add("ANIMATION_DUPLICATE_TARGETS", at, text, len(places) - 1 - i)
        for sampler in samplers:
            if not sampler.used:
                graph.journal.add("UNUSED_OBJECT", sampler.at, "no channel uses this")


def _sampler(graph: Graph, sampler: Item) -> None:
    journal = graph.journal
    for key in ("input", "output"):
        at = f"{sampler.at}/{key}"
        accessor = graph.resolve(sampler, key, "accessors", mark=False)
        sampler.facts[key] = accessor
        if accessor is None:
            continue
        graph.use_accessor(accessor, f"animation {key}", at)
        view = accessor.facts["view"]
        if view is not None:
            graph.use_view(view, "Other", at)
            if view["byteStride"] is not None:
                text = "animation data cannot have a byteStride"
                journal.add("ANIMATION_SAMPLER_ACCESSOR_WITH_BYTESTRIDE", at, text)
        if key == "output":
            continue
        if accessor_format(accessor) != ("SCALAR", 5126, False):
            text = "times must be scalar floats"
            journal.add("ANIMATION_SAMPLER_INPUT_ACCESSOR_INVALID_FORMAT", at, text)
        else:
            graph.check(accessor, "times", at)
        if accessor["min"] is None or accessor["max"] is None:
            text = "the accessor must have min and max"
            journal.add("ANIMATION_SAMPLER_INPUT_ACCESSOR_WITHOUT_BOUNDS", at, text)
        if sampler["interpolation"] == "CUBICSPLINE" and (accessor["count"] or -1) < 2:
            text = "CUBICSPLINE needs at least 2 keyframes"
            journal.add("ANIMATION_SAMPLER_INPUT_ACCESSOR_TOO_FEW_ELEMENTS", at, text)


def _channel(graph: Graph, channel: Item, samplers: list[Item]) -> None:
    journal, target, index = graph.journal, channel["target"], channel["sampler"]
    node = graph.resolve(target, "node", "nodes") if target is not None else None
    path = target["path"] if target is not None else None
    if node is not None:
        if path in ("translation", "rotation", "scale"):
            if node["matrix"] is not None:
                journal.add("ANIMATION_CHANNEL_TARGET_NODE_MATRIX", target.at, "the node has a matrix")
            if graph.find("skins", node["skin"]) is not None:
                text = "this does not move a skinned mesh"
                journal.add("ANIMATION_CHANNEL_TARGET_NODE_SKIN", f"{target.at}/path", text)
        elif path == "weights" and not _morphs(graph, node):
            text = "the node's mesh has no morph targets"
            journal.add("ANIMATION_CHANNEL_TARGET_NODE_WEIGHTS_NO_MORPHS", target.at, text)
    if index is None:
        return
    at = f"{channel.at}/sampler"
    if index >= len(samplers):
        journal.add("UNRESOLVED_REFERENCE", at, f"there is no element {index} in samplers")
        return
    sampler = samplers[index]
    sampler.used = True
    output, times = sampler.facts["output"], sampler.facts["input"]
    if target is None or output is None:
        return
    cubic = sampler["interpolation"] == "CUBICSPLINE"
    if path == "rotation" and output["type"] in ("VEC4", "MAT2"):
        graph.check(output, "quaternions", at, cubic)
    allowed = _OUTPUTS.get(path or "")
    if allowed is not None and accessor_format(output) not in allowed:
        text = f"{output['type']} of {output['componentType']} is not a format for {path}"
        journal.add("ANIMATION_SAMPLER_OUTPUT_ACCESSOR_INVALID_FORMAT", at, text)
    counts = (times["count"] if times is not None else None, output["count"])
    if None in counts or allowed is None or sampler["interpolation"] is None:
        return
    expected = times["count"] * (3 if cubic else 1)
    if path == "weights":
        expected *= _morphs(graph, node)
    if expected and expected != output["count"]:
        text = f"has {output['count']} elements, must have {expected}"
        journal.add("ANIMATION_SAMPLER_OUTPUT_ACCESSOR_INVALID_COUNT", at, text)


def _morphs(graph: Graph, node: Item | None) -> int:
    mesh = graph.find("meshes", node["mesh"]) if node is not None else None
    primitives = mesh["primitives"] if mesh is not None else None
    return target_count(primitives[0]) if primitives else 0


def _pointers(graph: Graph, channels: list[Item]) -> None:
    for channel in channels:
        target = channel["target"]
        pointer = target.extensions.get("KHR_animation_pointer") if target is not None else None
        if pointer is None:
            continue
        text = "what the pointer leads to is not checked"
        graph.journal.add("INCOMPLETE_EXTENSION_SUPPORT", pointer.at, text)
        if graph.find("nodes", target["node"]) is not None:
            code = "KHR_ANIMATION_POINTER_ANIMATION_CHANNEL_TARGET_NODE"
            graph.journal.add(code, pointer.at, "the target may not name a node besides")
        if target["path"] != "pointer":
            code = "KHR_ANIMATION_POINTER_ANIMATION_CHANNEL_TARGET_PATH"
            graph.journal.add(code, pointer.at, f"path is {target['path']}, must be pointer")
