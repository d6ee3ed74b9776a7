"""Damage to a glTF file's JSON that knows what the JSON means."""

from __future__ import annotations

import copy
import json
import math
import random
from collections.abc import Callable
from typing import Any

EXTREMES: tuple[Any, ...] = (
    *(None, True, False, -1, 0, 1, 2, 3, 4, 5, 7, 255, 256, 1023, 1025, 65535, 65536, 2**24, 4_000_001, 2**31 - 1),
    *(2**31, 2**32 - 1, 2**32, 2**40, 2**53, 2**63, 10**400, -(2**31), -(2**63), 0.5, -0.0, 1e-45, 1e-30, 1e9, 1e38),
    *(3.4e38, 1e308, -1e308, "", "x", "0", "NaN", "\ud800", "\0", "a\nb", "x" * 3000, [], {}, [[]], [None], [{}]),
    *([0] * 3, [0] * 4, [1e9] * 3, [1e38] * 16, {"a": 1}, {"index": 0}, {"node": 0}, {"extensions": {}}),
    *(5120, 5121, 5122, 5123, 5124, 5125, 5126, 5130, "SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4"),
    *("MASK", "BLEND", "STEP", "LINEAR", "CUBICSPLINE", "translation", "rotation", "scale", "weights", "pointer"),
)
URIS = (
    *("../side.bin", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/x", "//host/x", "%2e%2e/%2e%2e/x", "~/x"),
    *("..\\x", "C:\\x", "", ".", "side.bin/", "side.bin\0.png", "data:", "data:,x", "data:;base64,", "side.png"),
    *(
        "data:;base64,AAAA",
        "data:image/png;base64,iVBORw0KGgo=",
        "data:x;base64,@@",
        "x" * 5000,
        "/dev/zero",
        "a" * 256,
    ),
    *("data:application/octet-stream;base64," + "AAAA" * 2000, "\ud800", "side.bin?x#y", "%00", "%", "/proc/self/mem"),
)
Slot = tuple[Any, Any]
Json = dict[str, Any]


def slots(value: Any, wanted: Callable[[Any, Any], bool] = lambda key, inner: True) -> list[Slot]:
    """Every (holder, key) below ``value`` whose key and value are wanted."""
    found: list[Slot] = []
    waiting = [value]
    while waiting:
        holder = waiting.pop()
        for key, inner in holder.items() if isinstance(holder, dict) else enumerate(holder):
            if wanted(key, inner):
                found.append((holder, key))
            if isinstance(inner, (dict, list)):
                waiting.append(inner)
    return found


def _slot(rng: random.Random, value: Any, wanted: Callable[[Any, Any], bool] = lambda key, inner: True) -> Slot | None:
    """One of them; half of the time from one member of the root only, so that long arrays do not take every turn."""
    if isinstance(value, dict) and value and rng.random() < 0.5:
        key = rng.choice(list(value))
        if isinstance(value[key], (dict, list)):
            value = value[key]
    found = slots(value, wanted)
    return rng.choice(found) if found else None


def _number(key: Any, inner: Any) -> bool:
    return isinstance(inner, (int, float)) and not isinstance(inner, bool)


def listed(doc: Json, key: str) -> list[Any]:
    """The member array; an empty one where an earlier change put something else."""
    found = doc.get(key)
    return found if isinstance(found, list) else []


def objects(doc: Json, key: str) -> list[Json]:
    return [place for place in listed(doc, key) if isinstance(place, dict)]


def _extreme(rng: random.Random, doc: Json) -> None:
    slot = _slot(rng, doc)
    if slot:
        slot[0][slot[1]] = copy.deepcopy(rng.choice(EXTREMES))


def _nudge(rng: random.Random, doc: Json) -> None:
    slot = _slot(rng, doc, _number)
    if slot:
        value = slot[0][slot[1]]
        value = 1 if abs(value) > 1e15 or not math.isfinite(value) else value
        changes = (value + 1, value - 1, -value, value * 2, value + 0.5, value * 1000, value // 2, ~int(value))
        slot[0][slot[1]] = rng.choice(changes)


def _delete(rng: random.Random, doc: Json) -> None:
    slot = _slot(rng, doc)
    if slot:
        del slot[0][slot[1]]


def _shuffle(rng: random.Random, doc: Json) -> None:
    """Two members of the same name change places, or one becomes the other."""
    slot = _slot(rng, doc, lambda key, inner: isinstance(key, str))
    if not slot:
        return
    same = slots(doc, lambda key, inner: key == slot[1])
    holder, key = rng.choice(same)
    if rng.random() < 0.5:
        slot[0][slot[1]], holder[key] = holder[key], slot[0][slot[1]]
        _cut_circles(doc)
    else:
        slot[0][slot[1]] = copy.deepcopy(holder[key])


def _cut_circles(value: Any, trail: tuple[int, ...] = ()) -> None:
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        if isinstance(inner, (dict, list)):
            if id(inner) in (*trail, id(value)):
                value[key] = None
            else:
                _cut_circles(inner, (*trail, id(value)))


def _rename(rng: random.Random, doc: Json) -> None:
    slot = _slot(rng, doc, lambda key, inner: isinstance(key, str))
    if slot:
        names = sorted({key for holder, key in slots(doc) if isinstance(key, str)})
        slot[0][rng.choice(names)] = copy.deepcopy(slot[0].pop(slot[1]))


def _array(rng: random.Random, doc: Json) -> None:
    slot = _slot(rng, doc, lambda key, inner: isinstance(inner, list) and bool(inner))
    if not slot:
        return
    array = slot[0][slot[1]]
    how = rng.randrange(5)
    if how == 0:
        array.append(copy.deepcopy(rng.choice(array)))
    elif how == 1:
        array.reverse()
    elif how == 2:
        rng.shuffle(array)
    elif how == 3:
        array.pop(rng.randrange(len(array)))
    elif len(json.dumps(array)) < 20_000:
        slot[0][slot[1]] = [copy.deepcopy(item) for item in array * rng.choice((2, 3, 20))]


_LIES: dict[str, tuple[Any, ...]] = {
    "bufferViews": ("byteOffset", "byteLength", "byteStride", "buffer", "count", "mode", "filter"),
    "accessors": ("count", "byteOffset", "componentType", "type", "bufferView", "normalized", "sparse"),
    "buffers": ("byteLength", "uri"),
}


def _lie(rng: random.Random, doc: Json) -> None:
    """A count, offset, length, stride or type of an accessor, buffer view or buffer."""
    kind = rng.choice(tuple(_LIES))
    places = objects(doc, kind)
    if not places:
        return
    place = rng.choice(places)
    packed = place.get("extensions")
    if isinstance(packed, dict) and packed and rng.random() < 0.5:
        inner = rng.choice(list(packed.values()))
        place = inner if isinstance(inner, dict) else place
    key = rng.choice(_LIES[kind])
    old = place.get(key)
    if isinstance(old, int) and rng.random() < 0.5:
        place[key] = old + rng.choice((-4, -3, -2, -1, 1, 2, 3, 4, 12, 16, 64, 1000))
    elif key == "uri":
        place[key] = rng.choice(URIS)
    elif key == "sparse":
        views = max(1, len(listed(doc, "bufferViews")))
        indices = {"bufferView": rng.randrange(views), "componentType": rng.choice((5121, 5123, 5125, 5126))}
        place[key] = {"count": rng.choice((0, 1, 2, 9)), "indices": indices, "values": {"bufferView": 0}}
    else:
        place[key] = rng.choice(EXTREMES)


def _address(rng: random.Random, doc: Json) -> None:
    kind = rng.choice(("images", "buffers"))
    if not objects(doc, kind):
        doc[kind] = [{"byteLength": 1}]
    for place in rng.sample(objects(doc, kind), 1):
        place["uri"] = rng.choice(URIS)
        place.pop("bufferView", None)


def _tree(rng: random.Random, doc: Json) -> None:
    nodes = objects(doc, "nodes")
    if not nodes:
        return
    count, node = len(nodes), rng.choice(nodes)
    how = rng.randrange(4)
    if how == 0:
        node["children"] = [rng.randrange(count) for _ in range(rng.choice((1, 2, 5)))]
    elif how == 1:
        node["matrix"] = [rng.choice((0, 1, -1, 1e9, 1e-30, 0.5)) for _ in range(16)]
    elif how == 2:
        depth = rng.choice((3, 250, 260, 600))
        doc["nodes"] = [*doc["nodes"], *({"children": [count + i + 1]} for i in range(depth)), {}]
        node["children"] = [count]
    else:
        node.update({rng.choice(("mesh", "skin", "camera")): rng.randrange(3)})


def _share(rng: random.Random, doc: Json) -> None:
    """Many users of few things: primitives, nodes, targets, channels, or an accessor of zeros without bytes."""
    how = rng.randrange(5)
    meshes = objects(doc, "meshes")
    if how == 0:
        for place in rng.sample(objects(doc, "accessors"), min(1, len(objects(doc, "accessors")))):
            place.pop("bufferView", None)
            place["count"] = rng.choice((0, 1, 1000, 20_000, 4_000_000, 24_000_000))
    elif how in (1, 2) and meshes:
        mesh = rng.choice(meshes)
        parts = objects(mesh, "primitives")
        if parts and how == 1:
            mesh["primitives"] = parts * rng.choice((10, 100))
        elif parts:
            target = rng.choice(parts).get("attributes")
            rng.choice(parts)["targets"] = [target] * rng.choice((1, 10, 100))
    elif how == 3:
        doc["nodes"] = listed(doc, "nodes") + [{"mesh": 0}] * rng.choice((10, 100))
        doc["scenes"] = [*listed(doc, "scenes"), {"nodes": list(range(len(doc["nodes"])))}]
        doc["scene"] = len(doc["scenes"]) - 1
    else:
        for clip in objects(doc, "animations"):
            clip["channels"] = listed(clip, "channels") * rng.choice((2, 50))


def _nest(rng: random.Random, doc: Json) -> None:
    depth, deep = rng.choice((10, 250, 270)), {}
    for _ in range(depth):
        deep = {"extras": deep} if rng.random() < 0.5 else {"extensions": {"x": deep}}
    slot = _slot(rng, doc, lambda key, inner: isinstance(inner, dict))
    (slot[0][slot[1]] if slot else doc)["extras"] = deep


JSON_CHANGES: tuple[tuple[Callable[[random.Random, Json], None], int], ...] = (
    *((_extreme, 30), (_nudge, 25), (_delete, 10), (_shuffle, 15), (_rename, 5), (_array, 10), (_lie, 25)),
    *((_address, 4), (_tree, 6), (_share, 6), (_nest, 1)),
)


def graft(rng: random.Random, doc: Json, other: Json) -> None:
    """A part of another file takes the place of the part of the same name."""
    shared = [key for key in other if isinstance(other[key], (dict, list)) and key in doc]
    if not shared:
        return
    key = rng.choice(shared)
    mine, theirs = doc[key], copy.deepcopy(other[key])
    if isinstance(mine, dict) and isinstance(theirs, dict) and rng.random() < 0.7:
        mine.update(theirs)
    elif isinstance(mine, list) and isinstance(theirs, list) and rng.random() < 0.7:
        doc[key] = mine + theirs
    else:
        doc[key] = theirs
