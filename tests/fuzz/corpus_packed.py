"""Draco and meshopt seeds. The meshopt streams are written by the plainest encoder that the format allows.

Source: EXT_meshopt_compression, appendices A (bitstream) and B (filters).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import DracoPy
import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "model"))
from model_files import Gltf

DRACO = Path(__file__).resolve().parents[1] / "model" / "data" / "draco.npz"
SQUARE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], "f4")
FACES = np.array([[0, 1, 2], [2, 1, 3]], "u4")


def draco() -> Gltf:
    """KHR_draco_mesh_compression: a square with normals (id 1) and positions (id 2)."""
    g = Gltf()
    packed = DracoPy.encode(SQUARE, FACES, generic_attributes={1: np.tile(np.array([0, 0, 1], "f4"), (4, 1))})
    view = g.view(packed)
    for count, component, kind in ((4, 5126, "VEC3"), (4, 5126, "VEC3"), (6, 5123, "SCALAR")):
        g.json["accessors"].append({"componentType": component, "count": count, "type": kind})
    g.json["accessors"][0].update(min=[0, 0, 0], max=[1, 1, 0])
    name = "KHR_draco_mesh_compression"
    found = {"bufferView": view, "attributes": {"POSITION": 2, "NORMAL": 1}}
    g.node(mesh=g.mesh({"POSITION": 0, "NORMAL": 1}, indices=2, extensions={name: found}))
    g.json["extensionsUsed"] = g.json["extensionsRequired"] = [name]
    return g


_TURNS_AT = slice(170, 174)
"""Where ``turns`` in ``data/draco.npz`` says how many turns follow; 7 do."""


def draco_turns(count: int = 7) -> Gltf:
    """A grid of eight triangles whose texture coordinates are predicted by turns. count : how many turns it announces:
    the decoder takes them one by one, so a number that lies keeps it busy for long."""
    packed = bytearray(np.load(DRACO)["turns"].tobytes())
    packed[_TURNS_AT] = count.to_bytes(4, "little")
    g = Gltf()
    view = g.view(bytes(packed))
    for size, component, kind in ((9, 5126, "VEC3"), (9, 5126, "VEC2"), (24, 5123, "SCALAR")):
        g.json["accessors"].append({"componentType": component, "count": size, "type": kind})
    g.json["accessors"][0].update(
        min=[0.19555747509002686, 0, -0.756802499294281], max=[2.1169252395629883, 2, 0.9091317057609558]
    )
    name = "KHR_draco_mesh_compression"
    found = {"bufferView": view, "attributes": {"POSITION": 0, "TEXCOORD_0": 1}}
    g.node(mesh=g.mesh({"POSITION": 0, "TEXCOORD_0": 1}, indices=2, extensions={name: found}))
    g.json["extensionsUsed"] = g.json["extensionsRequired"] = [name]
    return g


def _zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 31) if value >= 0 else ((-value) << 1) - 1


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def pack_attributes(rows: np.ndarray) -> bytes:
    """(N ≤ 16, stride) uint8 rows as a mode 0 stream: every byte of every delta stored whole."""
    count, stride = rows.shape
    before = np.vstack([rows[:1], rows[:-1]]).astype(np.int16)
    delta = (rows.astype(np.int16) - before).astype(np.int8).astype(np.int16)
    coded = np.where(delta < 0, -delta * 2 - 1, delta * 2).astype(np.uint8)
    blocks = b"".join(b"\x03" + coded[:, k].tobytes() + bytes(16 - count) for k in range(stride))
    return b"\xa0" + blocks + rows[0].tobytes().rjust(max(32, stride), b"\0")


def pack_triangles(indices: Any) -> bytes:
    """A mode 1 stream in which every corner is stored whole."""
    faces = np.asarray(indices).reshape(-1, 3)
    data, last = bytearray(), 0
    for face in faces.tolist():
        data.append(0xFF)
        for corner in face:
            data += _varint(_zigzag(corner - last))
            last = corner
    return b"\xe1" + b"\xff" * len(faces) + bytes(data) + bytes(16)


def pack_indices(indices: Any) -> bytes:
    """A mode 2 stream against one base line."""
    data, last = bytearray(), 0
    for index in np.asarray(indices).reshape(-1).tolist():
        data += _varint(_zigzag(index - last) << 1)
        last = index
    return b"\xd1" + bytes(data) + bytes(4)


def meshopt() -> Gltf:
    """EXT_meshopt_compression: all three modes and all three filters, with no uncompressed copy."""
    g = Gltf()
    octahedral = np.tile(np.array([0, 0, 127, 0], "i1"), (4, 1))
    turned = np.tile(np.array([0, 0, 0, 2047 * 4 + 3], "<i2"), (4, 1))
    streams = [
        (pack_attributes(SQUARE.view("u1").reshape(4, 12)), "ATTRIBUTES", 4, 12, None),
        (pack_attributes(octahedral.view("u1")), "ATTRIBUTES", 4, 4, "OCTAHEDRAL"),
        (pack_triangles(FACES), "TRIANGLES", 6, 2, None),
        (pack_indices(FACES), "INDICES", 6, 4, None),
        (pack_attributes(turned.view("u1").reshape(4, 8)), "ATTRIBUTES", 4, 8, "QUATERNION"),
        (pack_attributes(SQUARE.astype("<i4").view("u1").reshape(4, 12)), "ATTRIBUTES", 4, 12, "EXPONENTIAL"),
    ]
    at = 0
    for data, mode, count, stride, how in streams:
        view = g.view(data)
        place = g.json["bufferViews"][view]
        found = {"buffer": 0, "byteOffset": place["byteOffset"], "byteLength": len(data), "byteStride": stride}
        found |= {"mode": mode, "count": count} | ({"filter": how} if how else {})
        place.update(buffer=1, byteOffset=at, byteLength=count * stride)
        if mode == "ATTRIBUTES" and how != "QUATERNION":
            place["byteStride"] = stride
        place["extensions"] = {"EXT_meshopt_compression": found}
        at += (count * stride + 3) // 4 * 4
    g.json["buffers"] = [{"byteLength": at, "extensions": {"EXT_meshopt_compression": {"fallback": True}}}]
    kinds = ((5126, "VEC3", 4), (5120, "VEC3", 4), (5123, "SCALAR", 6), (5125, "SCALAR", 6))
    for view, (component, kind, count) in enumerate((*kinds, (5122, "VEC4", 4), (5126, "VEC3", 4))):
        g.json["accessors"].append({"bufferView": view, "componentType": component, "type": kind, "count": count})
    for k in (1, 4):
        g.json["accessors"][k]["normalized"] = True
    for k in (0, 5):
        g.json["accessors"][k].update(min=[0, 0, 0], max=[1, 1, 0])
    mesh = g.mesh({"POSITION": 0, "NORMAL": 1}, indices=2)
    g.json["meshes"][mesh]["primitives"].append({"attributes": {"POSITION": 5}, "indices": 3})
    node = g.node(mesh=mesh)
    channel = {"sampler": 0, "target": {"node": node, "path": "rotation"}}
    times = g.accessor(np.array([0, 1, 2, 3], "f4"), min=[0], max=[3])
    g.json["animations"] = [{"samplers": [{"input": times, "output": 4}], "channels": [channel]}]
    g.json["extensionsUsed"] = g.json["extensionsRequired"] = ["EXT_meshopt_compression", "KHR_mesh_quantization"]
    return g
