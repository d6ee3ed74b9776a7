"""Files that name one thing again and again, or make much of little: each such use must cost next to nothing."""

from __future__ import annotations

import base64
import json
import struct
import zlib
from collections.abc import Callable

import cv2
import DracoPy
import numpy as np
from corpus_parts import Json
from model_files import Gltf, pack, png

from avatar.model.draco import unpack_here

Attack = tuple[str, Callable[[], bytes]]
_POINTS: Json = {"componentType": 5126, "count": 3, "type": "VEC3"}
_NODES = 16_384


def _file(**parts: object) -> bytes:
    return json.dumps({"asset": {"version": "2.0"}, **parts}).encode()


def _filled(g: Gltf) -> Gltf:
    while len(g.json["nodes"]) < _NODES:
        g.node()
    return g


def _animations(kind: str) -> bytes:
    """Thousands of clips of one key on thousands of nodes. kind : vrm, vrma, or names of bones in a plain glTF."""
    g = Gltf()
    if kind == "vrma":
        human = {bone: {"node": node} for bone, node in g.body().items()}
        g.extension("VRMC_vrm_animation", {"specVersion": "1.0", "humanoid": {"humanBones": human}})
    else:
        g.vrm1()
        if kind == "names":
            del g.json["extensions"]["VRMC_vrm"]
    _filled(g)
    times, turns = g.accessor(np.array([0, 1], "f4")), g.accessor(np.array([[0, 0, 0, 1]] * 2, "f4"))
    target = {"sampler": 0, "target": {"node": 0, "path": "rotation"}}
    g.json["animations"] = [{"samplers": [{"input": times, "output": turns}], "channels": [target]}] * 4096
    return g.glb()


def _channels() -> bytes:
    """As many channels as nodes can have."""
    g = _filled(Gltf())
    times, turns = g.accessor(np.array([0, 1], "f4")), g.accessor(np.array([[0, 0, 0, 1]] * 2, "f4"))
    moves = g.accessor(np.zeros((2, 3), "f4"))
    samplers = [{"input": times, "output": output} for output in (turns, moves, moves)]
    paths = ("rotation", "translation", "scale")
    channels = [{"sampler": k, "target": {"node": i, "path": paths[k]}} for i in range(_NODES) for k in range(3)]
    g.json["animations"] = [{"samplers": samplers, "channels": channels}]
    return g.glb()


def _weights() -> bytes:
    """Every node's weights are animated, and all of them show one mesh of thousands of primitives."""
    g = Gltf()
    times, values = g.accessor(np.array([0, 1], "f4")), g.accessor(np.array([0, 1], "f4"))
    points = {"attributes": {"POSITION": g.accessor(np.zeros((3, 3), "f4"))}, "mode": 0}
    g.json["meshes"], g.json["nodes"] = [{"primitives": [points] * 8000}], [{"mesh": 0}] * 16_000
    channels = [{"sampler": 0, "target": {"node": i, "path": "weights"}} for i in range(16_000)]
    g.json["animations"] = [{"samplers": [{"input": times, "output": values}], "channels": channels}]
    return g.glb()


def _missing() -> bytes:
    """A box stands in for each of thousands of primitives whose file is not there."""
    accessors = [{**_POINTS, "bufferView": 0, "min": [0, 0, i], "max": [1, 1, i + 1]} for i in range(8000)]
    return _file(
        buffers=[{"byteLength": 36, "uri": "gone.bin"}],
        bufferViews=[{"buffer": 0, "byteLength": 36}],
        accessors=accessors,
        meshes=[{"primitives": [{"attributes": {"POSITION": i}} for i in range(8000)]}],
        nodes=[{"mesh": 0}],
    )


def _buffers() -> bytes:
    """Every primitive's vertices lie in a buffer of their own, of very many."""
    uri = "data:;base64," + base64.b64encode(np.eye(3, dtype="f4").tobytes()).decode()
    return _file(
        buffers=[{"byteLength": 36, "uri": uri}] * 60_000,
        bufferViews=[{"buffer": 7 * i, "byteLength": 36} for i in range(8000)],
        accessors=[{**_POINTS, "bufferView": i, "min": [0] * 3, "max": [1] * 3} for i in range(8000)],
        meshes=[{"primitives": [{"attributes": {"POSITION": i}} for i in range(8000)]}],
        nodes=[{"mesh": 0}],
    )


def _draco_faces() -> bytes:
    """A stream of few points and many triangles, which thousands of primitives draw."""
    rng = np.random.default_rng(5)
    points, faces = rng.random((300, 3), "f4"), rng.integers(0, 300, (300_000, 3), np.uint32)
    packed = DracoPy.encode(points, faces, quantization_bits=8, compression_level=1)
    found = unpack_here(packed)
    (key, values), g = next(iter(found.values.items())), Gltf()
    name, view = "KHR_draco_mesh_compression", g.view(packed)
    g.json["accessors"] = [
        {**_POINTS, "count": len(values)},
        {"componentType": 5125, "count": found.triangles.size, "type": "SCALAR"},
    ]
    extension = {name: {"bufferView": view, "attributes": {"POSITION": key}}}
    g.node(mesh=g.mesh({"POSITION": 0}, indices=1, extensions=extension))
    g.json["meshes"][0]["primitives"] *= 8000
    g.json["extensionsUsed"] = g.json["extensionsRequired"] = [name]
    return g.glb()


def _influences(sets: int, count: int) -> bytes:
    """Skinned vertices with up to sixteen joints each."""
    g, rng = Gltf(), np.random.default_rng(5)
    attributes = {name: g.accessor(rng.random((count, 3), "f4")) for name in ("POSITION", "NORMAL")}
    weights, joints = g.accessor(rng.random((count, 4), "f4")), g.accessor(np.zeros((count, 4), "u1"))
    for k in range(sets):
        attributes[f"JOINTS_{k}"], attributes[f"WEIGHTS_{k}"] = joints, weights
    g.json["skins"] = [{"joints": [0]}]
    g.node(mesh=g.mesh(attributes), skin=0)
    return g.glb()


def _sparse(count: int) -> bytes:
    """Each morph target is a sparse accessor of its own, whose bounds are wrong."""
    g, rng = Gltf(), np.random.default_rng(5)
    bases = {name: g.accessor(rng.random((100, 3), "f4") + 1) for name in ("POSITION", "NORMAL")}
    places, values = g.view(np.arange(4, dtype="u2").tobytes()), g.view(rng.random((4, 3), "f4").tobytes())
    indices = {"bufferView": places, "componentType": 5123}
    sparse = {"count": 4, "indices": indices, "values": {"bufferView": values}}
    first = len(g.json["accessors"])
    g.json["accessors"] += [{**_POINTS, "count": 100, "min": [0] * 3, "max": [1] * 3, "sparse": sparse}] * count
    targets = [{"POSITION": i, "NORMAL": i} for i in range(first, first + count)]
    g.node(mesh=g.mesh(bases, targets=targets))
    return g.glb()


def _skins(loop: bool) -> bytes:
    """Skins whose joints lie deep, or in a circle."""
    chain = 1000 if loop else 256
    nodes: list[Json] = [{"children": [i + 1]} if (i + 1) % chain else {} for i in range(_NODES // chain * chain)]
    if loop:
        nodes[chain - 1] = {"children": [0]}
    joints = list(range(1000)) if loop else [256 * (k // 16) + 255 - k % 16 for k in range(1024)]
    return pack(_file(nodes=nodes, skins=[{"joints": joints}] * 400))


def _skinned_chain() -> bytes:
    """Every node of one long chain has the skin whose joint ends it."""
    nodes: list[Json] = [{"skin": 0, "mesh": 0, "children": [i + 1]} for i in range(_NODES)]
    nodes[-1].pop("children")
    mesh = {"primitives": [{"attributes": {"POSITION": 0}}]}
    return pack(_file(nodes=nodes, skins=[{"joints": [_NODES - 1]}], meshes=[mesh], accessors=[_POINTS]))


def _vrm0_groups() -> bytes:
    g = Gltf()
    g.json["materials"] = [{"name": f"m{i}"} for i in range(30_000)]
    g.vrm0(blendShapeMaster={"blendShapeGroups": [{}] * 200_000})
    return g.glb()


def _jpeg() -> bytes:
    """As many segments before its size as are walked over."""
    ok, data = cv2.imencode(".jpg", np.zeros((8, 8, 3), "u1"))
    assert ok
    return data[:2].tobytes() + b"\xff\xe9\x00\x02" * 9900 + data[2:].tobytes()


def _png() -> bytes:
    data, empty = png(np.zeros((4, 4, 3), "u1")), struct.pack(">I4sI", 0, b"teSt", zlib.crc32(b"teSt"))
    return data[:33] + empty * 90_000 + data[33:]


def _pictures(picture: bytes, count: int, views: int, used: bool = True) -> bytes:
    """Pictures of a few buffer views or of one, used by materials or by none."""
    g = Gltf()
    each = [g.view(picture) for _ in range(views)]
    g.json["images"] = [{"bufferView": each[i % views], "mimeType": "image/png"} for i in range(count)]
    g.json["textures"] = [{"source": i} for i in range(count)]
    return _shown(g, count if used else 1)


def _gone() -> bytes:
    g = Gltf()
    g.json["images"], g.json["textures"] = [{"uri": "gone.png"}] * 12_000, [{"source": i} for i in range(12_000)]
    return _shown(g, 12_000)


def _shown(g: Gltf, count: int) -> bytes:
    keys = ("normalTexture", "occlusionTexture", "emissiveTexture")
    g.json["materials"] = [
        {key: {"index": min(i + k, count - 1)} for k, key in enumerate(keys)} for i in range(0, count, 3)
    ]
    g.node(mesh=g.triangle())
    first = g.json["meshes"][0]["primitives"][0]
    g.json["meshes"][0]["primitives"] = [{**first, "material": i} for i in range(len(g.json["materials"]))]
    return g.glb()


def _chunks() -> bytes:
    """Chunks without end behind all that is read."""
    text = b'{"asset":{"version":"2.0"}} '
    body = struct.pack("<2I", 4, 0x4E4942) + bytes(4) + struct.pack("<2I", 0, 7) * 30_000_000
    return struct.pack("<4s4I", b"glTF", 2, 20 + len(text) + len(body), len(text), 0x4E4F534A) + text + body


def _cut() -> bytes:
    """The JSON, which is long, does not end with the file."""
    text = b'{"asset":{"version":"2.0"},"extras":[' + b"0," * 60_000_000
    return struct.pack("<4s4I", b"glTF", 2, 20 + len(text), len(text) + 400, 0x4E4F534A) + text


MANY: dict[str, Attack] = {
    "many_clips_vrm": (".vrm", lambda: _animations("vrm")),
    "many_clips_vrma": (".vrma", lambda: _animations("vrma")),
    "many_clips_names": (".glb", lambda: _animations("names")),
    "many_channels": (".glb", _channels),
    "many_weights": (".glb", _weights),
    "many_stand_ins": (".gltf", _missing),
    "many_buffers": (".gltf", _buffers),
    "many_draco_faces": (".glb", _draco_faces),
    "many_influences_8": (".glb", lambda: _influences(2, 1_600_000)),
    "many_influences_12": (".glb", lambda: _influences(3, 1_600_000)),
    "many_sparse": (".glb", lambda: _sparse(8000)),
    "many_deep_skins": (".glb", lambda: _skins(False)),
    "many_looped_skins": (".glb", lambda: _skins(True)),
    "many_skinned_nodes": (".glb", _skinned_chain),
    "many_vrm0_groups": (".vrm", _vrm0_groups),
    "many_jpegs_of_one": (".glb", lambda: _pictures(_jpeg(), 12_000, 1)),
    "many_jpegs": (".glb", lambda: _pictures(_jpeg(), 2300, 2300)),
    "many_jpegs_unused": (".glb", lambda: _pictures(_jpeg(), 6000, 6000, used=False)),
    "many_pngs": (".glb", lambda: _pictures(_png(), 85, 85)),
    "many_pngs_unused": (".glb", lambda: _pictures(_png(), 230, 230, used=False)),
    "many_pictures_gone": (".glb", _gone),
    "many_chunks": (".glb", _chunks),
    "many_values_cut": (".glb", _cut),
}
