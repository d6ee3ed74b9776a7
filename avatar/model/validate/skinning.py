"""Joints and weights of skinned meshes.

Source: glTF 2.0, section 3.7.3; codes and tolerances as in the Khronos glTF-Validator.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from .elements import Array, Elements, as_numbers, note_places
from .graph import Graph
from .schema import Item

_ROWS, _FEW = 1 << 17, 1 << 14
_NONE: Final = np.empty(0, np.intp)
_STEP: Final = 2e-7
"""What each weight may add to the distance of their sum from 1."""
_WORDS: Final = {
    "ACCESSOR_JOINTS_INDEX_OOB": "a joint beyond the skin's last",
    "ACCESSOR_JOINTS_INDEX_DUPLICATE": "one joint twice",
    "ACCESSOR_WEIGHTS_NEGATIVE": "a negative weight",
    "ACCESSOR_JOINTS_USED_ZERO_WEIGHT": "a joint with no weight",
    "ACCESSOR_WEIGHTS_NON_NORMALIZED": "weights that do not add up to 1",
}


def check_influences(graph: Graph, elements: Elements) -> None:
    """Joints and weights of every skinned mesh, against the smallest skin that it is shown with."""
    smallest: dict[int, int] = {}
    for node in graph.kind("nodes"):
        skin, mesh = graph.find("skins", node["skin"]), graph.find("meshes", node["mesh"])
        if skin is not None and mesh is not None and skin["joints"] is not None:
            count = len(skin["joints"])
            smallest[id(mesh)] = min(count, smallest.get(id(mesh), count))
    for mesh in graph.kind("meshes"):
        if smallest.get(id(mesh), 0) < 1:
            continue
        for primitive in mesh["primitives"] or ():
            _check(graph, elements, primitive, smallest[id(mesh)] - 1)


def _check(graph: Graph, elements: Elements, primitive: Item, top: int) -> None:
    sets = min(primitive.facts["sets"]["JOINTS"], 16)
    attributes, vertices = primitive.facts["attributes"], primitive.facts["vertices"]
    joints: list[Array] = []
    weights: list[tuple[Item, Array]] = []
    for i in range(sets):
        pair = [attributes.get(f"{name}_{i}") for name in ("JOINTS", "WEIGHTS")]
        if any(accessor is None or accessor["count"] != vertices for accessor in pair):
            return
        joint_set, weight_set = (elements.get(accessor) for accessor in pair)
        if joint_set is None or weight_set is None or joint_set.shape[1] != 4 or weight_set.shape[1] != 4:
            return
        joints.append(joint_set)
        weights.append((pair[1], weight_set))
    if not joints:
        return
    graph.work(vertices * sets * sets // 8)
    found: dict[tuple[str, str], list[Array]] = {}
    for start in range(0, vertices, _ROWS):
        for key, where in _part(joints, weights, range(start, min(start + _ROWS, vertices), _FEW), top).items():
            if len(where):
                found.setdefault(key, []).append(where)
    for (code, name), parts in found.items():
        message = "vertex {} has " + _WORDS[code]
        note_places(graph.journal, code, f"{primitive.at}/attributes/{name}", np.concatenate(parts), message.format)


def _part(
    joints: list[Array], weights: list[tuple[Item, Array]], starts: range, top: int
) -> dict[tuple[str, str], Array]:
    """``_problems`` of the vertices from each of ``starts`` to the next, few enough to stay near the processor."""
    found: dict[tuple[str, str], list[Array]] = {}
    for start in starts:
        rows = slice(start, min(start + _FEW, starts.stop))
        # In the order in which a vertex is summed up: component by component, set by set.
        joint = np.stack([value[rows].T for value in joints], axis=1)
        columns = [(accessor, np.ascontiguousarray(value[rows].T)) for accessor, value in weights]
        weight = np.stack([as_numbers(accessor, value) for accessor, value in columns], axis=1)
        flat = 4 * len(joints), -1
        for key, where in _problems(joint.reshape(flat), weight.reshape(flat), top, len(joints)).items():
            found.setdefault(key, []).append(where + start)
    return {key: np.concatenate(parts) for key, parts in found.items()}


def _problems(joint: Array, weight: Array, top: int, sets: int) -> dict[tuple[str, str], Array]:
    """(code, attribute) -> vertices. joint, weight : (4 * sets, V)."""
    inside = joint <= top
    counted = inside & (weight != 0)
    total, count = np.zeros(joint.shape[1], np.float32), np.zeros(joint.shape[1])
    twice = np.zeros(joint.shape, bool)
    for k in range(len(joint)):
        for earlier in range(k):
            twice[k] |= counted[earlier] & counted[k] & (joint[earlier] == joint[k])
        adds = counted[k] & ~twice[k] & ~(weight[k] < 0)
        np.copyto(total, (total + weight[k]).astype(np.float32), where=adds)
        count += adds
    loose = np.nonzero(np.abs(total.astype(np.float64) - 1) > _STEP * count)[0]
    found = {}
    marked = (
        ("ACCESSOR_JOINTS_INDEX_OOB", "JOINTS", ~inside),
        ("ACCESSOR_JOINTS_INDEX_DUPLICATE", "JOINTS", twice),
        ("ACCESSOR_WEIGHTS_NEGATIVE", "WEIGHTS", counted & (weight < 0)),
        ("ACCESSOR_JOINTS_USED_ZERO_WEIGHT", "JOINTS", inside & (weight == 0) & (joint != 0)),
    )
    seen = [wrong.any() for _, _, wrong in marked]
    for i in range(sets):
        for any_, (code, name, wrong) in zip(seen, marked, strict=True):
            found[code, f"{name}_{i}"] = np.nonzero(wrong[i::sets].T)[0] if any_ else _NONE
        found["ACCESSOR_WEIGHTS_NON_NORMALIZED", f"WEIGHTS_{i}"] = loose
    return found
