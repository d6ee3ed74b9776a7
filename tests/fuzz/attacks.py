"""The files of heavy.py: each attack is a name, a suffix and a function that makes the bytes."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

import cv2
import DracoPy
import numpy as np
from attacks_limit import LIMIT
from attacks_many import MANY
from attacks_text import TEXT
from corpus_packed import draco, draco_turns
from corpus_parts import Json
from model_files import BODY, Gltf, pack, png
from pictures import png as raw_png
from pictures import rows

Attack = tuple[str, Callable[[], bytes]]


def _glb(**parts: Any) -> bytes:
    return pack(json.dumps({"asset": {"version": "2.0"}, **parts}).encode())


def _zero(count: int, kind: str = "VEC3", component: int = 5126) -> Json:
    """An accessor of zeros, which needs no bytes."""
    return {"componentType": component, "count": count, "type": kind}


def _shown(primitives: list[Json], accessors: list[Json], nodes: int = 1, **parts: Any) -> bytes:
    node = {"mesh": 0, **({"skin": 0} if "skins" in parts else {})}
    meshes = [{"primitives": primitives}]
    return _glb(accessors=accessors, meshes=meshes, nodes=[node] * nodes, **parts)


def _primitive(**extra: Any) -> Json:
    return {"attributes": {"POSITION": 0, "NORMAL": 0}, **extra}


def _influences() -> bytes:
    accessors = [_zero(4_000_000), _zero(4_000_000, "VEC4", 5121), _zero(4_000_000, "VEC4")]
    attributes = {"POSITION": 0, "NORMAL": 0}
    for k in range(3):
        attributes[f"JOINTS_{k}"], attributes[f"WEIGHTS_{k}"] = 1, 2
    return _shown([{"attributes": attributes}], accessors, skins=[{"joints": [0]}])


def _skinned_nodes() -> bytes:
    attributes = {"POSITION": 0, "NORMAL": 0, "JOINTS_0": 1, "WEIGHTS_0": 2}
    accessors = [_zero(4_000_000), _zero(4_000_000, "VEC4", 5121), _zero(4_000_000, "VEC4")]
    return _shown([{"attributes": attributes}], accessors, 16_000, skins=[{"joints": [0]}])


def _bind_matrices() -> bytes:
    matrices = {"joints": [0], "inverseBindMatrices": 1}
    return _shown([_primitive()], [_zero(3), _zero(16_000_000, "MAT4")], skins=[matrices])


def _many_skins() -> bytes:
    skins = [{"joints": [0] * 1024}] * 1800
    return _shown([_primitive()], [_zero(3)], skins=skins)


def _in_use(g: Gltf) -> bytes:
    """The file with every material on a triangle, or its pictures would never be looked at."""
    g.node(mesh=g.triangle())
    first = g.json["meshes"][0]["primitives"][0]
    g.json["meshes"][0]["primitives"] = [{**first, "material": i} for i in range(len(g.json["materials"]))]
    return g.glb()


def _images(count: int, picture: bytes, uri: bool = False) -> bytes:
    g = Gltf()
    if uri:
        g.json["images"] = [{"uri": "side.png"}] * count
    else:
        view = g.view(picture)
        g.json["images"] = [{"bufferView": view}] * count
    g.json["textures"] = [{"source": i} for i in range(count)]
    keys = ("normalTexture", "occlusionTexture", "emissiveTexture")
    toon = ("shadeMultiplyTexture", "shadingShiftTexture", "matcapTexture", "rimMultiplyTexture")
    toon += ("outlineWidthMultiplyTexture", "uvAnimationMaskTexture")
    slots = iter(range(count))
    materials: list[Json] = []
    for _ in range(min(4096, (count + 8) // 9)):
        used = {key: {"index": next(slots, 0)} for key in keys}
        used["extensions"] = {"VRMC_materials_mtoon": {key: {"index": next(slots, 0)} for key in toon}}  # type: ignore[dict-item]
        materials.append(used)
    g.json["materials"] = materials
    return _in_use(g)


def _stand_ins(count: int) -> bytes:
    """Textures without a picture, each with a sampler of its own of which nothing is as it may be."""
    wrong = {"wrapS": 1, "wrapT": 2, "magFilter": 3, "minFilter": 4}
    keys = ("normalTexture", "occlusionTexture", "emissiveTexture")
    materials = [{key: {"index": 3 * i + k} for k, key in enumerate(keys)} for i in range(count // 3)]
    textures = [{"sampler": i} for i in range(count)]
    return _glb(samplers=[wrong] * count, textures=textures, materials=materials)


def _scans() -> bytes:
    """A progressive JPEG whose tiny scans each walk over 64 million pixels."""
    ok, data = cv2.imencode(".jpg", np.zeros((8192, 8192), "u1"), [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])
    assert ok
    found = data.tobytes()
    starts = [i for i in range(len(found) - 1) if found[i] == 0xFF and found[i + 1] == 0xDA]
    last = found[starts[-1] : -2]
    return found[:-2] + last * 400 + found[-2:]


def _deep_png() -> bytes:
    return raw_png(8192, 8192, rows(8192, 8192, 8), depth=16, color=6)


def _vrm1(**parts: Any) -> bytes:
    g = Gltf()
    mesh = g.triangle(targets=[{"POSITION": 0}] * 8)
    springs = parts.pop("springs", None)
    materials = parts.pop("materials", None)
    if materials:
        g.json["materials"] = materials
    g.vrm1(**parts)
    g.node(mesh=mesh)
    if springs:
        g.extension("VRMC_springBone", springs)
    return g.glb()


def _vrm0(groups: int, colliders: int) -> bytes:
    """Thousands of one-bone springs, each of which names one group of colliders thousands of times."""
    g = Gltf()
    g.vrm0(
        secondaryAnimation={
            "boneGroups": [{"bones": list(range(len(BODY), len(BODY) + 4096)), "colliderGroups": [0] * groups}],
            "colliderGroups": [{"node": 0, "colliders": [{"radius": 0.1}] * colliders}],
        }
    )
    for _ in range(4096):
        g.node()
    return g.glb()


def _vrm0_materials() -> bytes:
    g = Gltf()
    value = {"materialName": "m", "propertyName": "_Color", "targetValue": [1, 1, 1, 1]}
    g.json["materials"] = [{"name": "m"}] * 4096
    g.vrm0(blendShapeMaster={"blendShapeGroups": [{"name": "A", "presetName": "a", "materialValues": [value] * 64}]})
    return g.glb()


def _springs() -> bytes:
    colliders = [{"node": 0, "shape": {"sphere": {"radius": 0.1}}}] * 512
    groups = [{"colliders": list(range(512))}] * 512
    springs = [{"joints": [{"node": 0}, {"node": 1}], "colliderGroups": list(range(512))}] * 500
    return _vrm1(springs={"specVersion": "1.0", "colliders": colliders, "colliderGroups": groups, "springs": springs})


def _constraints() -> bytes:
    nodes = []
    for i in range(16_000):
        held = {"constraint": {"rotation": {"source": i - 1 if i else 15_999}}}
        nodes.append({"extensions": {"VRMC_node_constraint": held}})
    return _glb(nodes=nodes)


def _clips(channels: int, keys: int, how: str = "LINEAR") -> bytes:
    """Every channel reads the same long accessors."""
    accessors = [_zero(keys, "SCALAR"), _zero(keys * (3 if how == "CUBICSPLINE" else 1))]
    sampler = {"input": 0, "output": 1, "interpolation": how}
    paths = ("translation", "scale")
    targets = [{"node": i // 2, "path": paths[i % 2]} for i in range(channels)]
    found = {"samplers": [sampler], "channels": [{"sampler": 0, "target": target} for target in targets]}
    return _glb(accessors=accessors, nodes=[{}] * (channels // 2 + 1), animations=[found])


def _many_samplers(count: int) -> bytes:
    """Many samplers over one time line that rises, so that a check of each is honest work."""
    g = Gltf()
    times = g.accessor(np.linspace(0, 1, 250_000, dtype="f4"))
    g.json["accessors"].append(_zero(250_000, "VEC4"))
    g.json["nodes"] = [{}] * 16_000
    samplers = [{"input": times, "output": 1, "interpolation": "STEP"}] * count
    channels = [{"sampler": i, "target": {"node": i, "path": "rotation"}} for i in range(count)]
    g.json["animations"] = [{"samplers": samplers, "channels": channels}]
    return g.glb()


def _values(text: bytes, count: int) -> bytes:
    return b'{"asset":{"version":"2.0"},"extras":[' + b",".join([text] * count) + b"]}"


def _chunks(count: int) -> bytes:
    body = struct.pack("<2I", 0, 7) * count
    text = b'{"asset":{"version":"2.0"}} '
    head = struct.pack("<4s4I", b"glTF", 2, 20 + len(text) + len(body), len(text), 0x4E4F534A)
    return head + text + body


def _data_uri() -> bytes:
    """A .gltf close to the limit on files, nearly all of it one base64 buffer."""
    head = b'{"asset":{"version":"2.0"},"extras":"\xf0\x9f\x98\x80","buffers":[{"byteLength":9,"uri":"data:;base64,'
    return head + b"AAAA" * (62 << 20) + _TAIL


_TAIL = (
    b'"}],"bufferViews":[{"buffer":0,"byteLength":36}],"accessors":[{"bufferView":0,"componentType":5126,"count":3,'
    b'"type":"VEC3"}],"meshes":[{"primitives":[{"attributes":{"POSITION":0}}]}],"nodes":[{"mesh":0}]}'
)


def _long_key() -> bytes:
    binds = {"morphTargetBinds": [{"node": 17, "index": 0, "weight": 1}] * 100_000}
    return _vrm1(expressions={"custom": {"x" * 1_000_000: binds}})


def _long_wrong_key() -> bytes:
    return _vrm1(expressions={"custom": {"\u00e9" * 20_000_000: 5}})


def _wide_extension() -> bytes:
    one = {"morphTargetBinds": [{"node": 17, "index": 0, "weight": 1}]}
    return _vrm1(expressions={"custom": {f"e{i}": one for i in range(200_000)}})


def _jpeg_fill(size: int) -> bytes:
    return b"\xff\xd8\xff\xe0\x00\x04ab" + b"\xff" * size


def _jpeg_segments(size: int) -> bytes:
    return b"\xff\xd8" + b"\xff\xe0\x00\x02" * (size // 4)


def _webp(side: int) -> bytes:
    ok, data = cv2.imencode(".webp", np.zeros((side, side, 4), "u1"), [cv2.IMWRITE_WEBP_QUALITY, 101])
    assert ok
    g = Gltf()
    g.json["images"] = [{"bufferView": g.view(data.tobytes()), "mimeType": "image/webp"}]
    g.json["textures"] = [{"extensions": {"EXT_texture_webp": {"source": 0}}}]
    g.json["materials"] = [{"normalTexture": {"index": 0}}]
    return _in_use(g)


def _draco(side: int, cloud: bool = False) -> bytes:
    """A flat grid, or a cloud of points in one place: millions of vertices in a few bytes each, or in none."""
    y, x = np.mgrid[:side, :side].astype("f4")
    points = np.stack([x, y, x * 0], -1).reshape(-1, 3) * (0 if cloud else 1)
    a = np.arange(side * side, dtype="u4").reshape(side, side)
    corners = (a[:-1, :-1], a[:-1, 1:], a[1:, :-1], a[1:, :-1], a[:-1, 1:], a[1:, 1:])
    faces = None if cloud else np.stack(corners, -1).reshape(-1, 3)
    packed = DracoPy.encode(points, faces, quantization_bits=1, compression_level=7)
    g = Gltf()
    name = "KHR_draco_mesh_compression"
    view = g.view(packed)
    g.json["accessors"] = [_zero(3), _zero(3, "SCALAR", 5125)]
    found = {"bufferView": view, "attributes": {"POSITION": 0}}
    g.node(mesh=g.mesh({"POSITION": 0}, indices=1, extensions={name: found}))
    g.json["extensionsUsed"] = g.json["extensionsRequired"] = [name]
    return g.glb()


def _draco_shared() -> bytes:
    """Thousands of primitives that unpack the same stream."""
    g = draco()
    g.json["meshes"][0]["primitives"] *= 8000
    return g.glb()


def _meshopt(count: int) -> bytes:
    """Every block of a stream of zeros takes a byte a column: 16 rows of 252 bytes in 63."""
    blocks = bytes(count // 16 * 4)
    g = Gltf()
    view = g.view(b"\xa0" + blocks + bytes(32))
    size = g.json["bufferViews"][view]["byteLength"]
    found = {"buffer": 0, "byteLength": size, "byteStride": 16, "mode": "ATTRIBUTES", "count": count}
    place = {"buffer": 1, "byteLength": count * 16, "byteStride": 16, "extensions": {"EXT_meshopt_compression": found}}
    g.json["bufferViews"][view] = place
    g.json["buffers"] = [{"byteLength": count * 16, "extensions": {"EXT_meshopt_compression": {"fallback": True}}}]
    g.json["accessors"] = [{"bufferView": 0, **_zero(count)}]
    g.node(mesh=g.mesh({"POSITION": 0, "NORMAL": 0}))
    g.json["extensionsRequired"] = ["EXT_meshopt_compression"]
    return g.glb()


_POINTS = {"attributes": {"POSITION": 0}, "mode": 0}
_LONG = {"index": 1, "accessors": [_zero(3), _zero(24_000_000, "SCALAR", 5125)]}
ATTACKS: dict[str, Attack] = {
    "primitives_one_index_list": (
        ".glb", lambda: _shown([_primitive(indices=1)] * 8000, [_zero(3), _zero(1_000_000, "SCALAR", 5125)])),
    "primitives_one_vertex_list": (
        ".glb", lambda: _shown([_primitive(indices=1)] * 8000, [_zero(4_000_000), _zero(3, "SCALAR", 5125)])),
    "triangles_24m": (".glb", lambda: _shown([_primitive(indices=1)], _LONG["accessors"])),
    "strip_24m": (".glb", lambda: _shown([_primitive(indices=1, mode=5)], _LONG["accessors"])),
    "fan_24m": (".glb", lambda: _shown([_primitive(indices=1, mode=6)], _LONG["accessors"])),
    "flat_4m": (".glb", lambda: _shown([{"attributes": {"POSITION": 0}}], [_zero(3_999_999)])),
    "sparse_zero_24m": (".glb", lambda: _shown([_primitive(indices=1)], [
        _zero(3), {**_zero(24_000_000, "SCALAR", 5125), "sparse": {"count": 0, "indices": {}, "values": {}}}])),
    "influences_4m": (".glb", _influences),
    "skinned_nodes": (".glb", _skinned_nodes),
    "bind_matrices": (".glb", _bind_matrices),
    "many_skins": (".glb", _many_skins),
    "nodes_one_mesh": (".glb", lambda: _shown([_primitive()], [_zero(3)], 16_000)),
    "nodes_mesh_of_points": (".glb", lambda: _shown([_POINTS] * 8000, [_zero(3)], 16_000)),
    "nodes_mesh_of_targets": (".glb", lambda: _shown([_primitive(targets=[{}] * 4)] * 2, [_zero(3)], 16_000)),
    "morphs_4096": (".glb", lambda: _shown([_primitive(targets=[{"POSITION": 0}] * 4096)], [_zero(20_000)])),
    "morphs_three_kinds": (".glb", lambda: _shown(
        [{"attributes": {"POSITION": 0, "NORMAL": 0, "TANGENT": 1},
          "targets": [{"POSITION": 0, "NORMAL": 0, "TANGENT": 0}] * 60}], [_zero(400_000), _zero(400_000, "VEC4")])),
    "tangents_missing_4m": (".glb", lambda: _shown(
        [{"attributes": {"POSITION": 0, "NORMAL": 0, "TEXCOORD_0": 1}, "material": 0}],
        [_zero(3_999_999), _zero(3_999_999, "VEC2")], materials=[{}])),
    "chain_256_wide": (".glb", lambda: _glb(nodes=[
        {"children": [i + 1]} if i % 256 < 255 else {} for i in range(16_128)])),
    "matrices_16384": (".glb", lambda: _glb(nodes=[{"matrix": np.eye(4).reshape(-1).tolist()}] * 16_384)),
    "pictures_30000": (".glb", lambda: _images(30_000, png(np.zeros((4, 4, 3), "u1")))),
    "pictures_stand_ins": (".glb", lambda: _stand_ins(12_000)),
    "picture_16_bit": (".glb", lambda: _images(1, _deep_png())),
    "picture_8192": (".glb", lambda: _images(1, raw_png(8192, 8192, rows(8192, 8192, 4), color=6))),
    "pictures_4096": (".glb", lambda: _images(4, raw_png(4096, 4096, rows(4096, 4096, 4), color=6))),
    "picture_scans": (".glb", lambda: _images(1, _scans())),
    "picture_webp_8192": (".glb", lambda: _webp(8192)),
    "picture_fill_bytes": (".glb", lambda: _images(1, _jpeg_fill(100 << 20))),
    "picture_segments": (".glb", lambda: _images(1, _jpeg_segments(100 << 20))),
    "expressions_200000": (".vrm", _wide_extension),
    "expression_name_1mb": (".vrm", _long_key),
    "expression_name_wrong": (".vrm", _long_wrong_key),
    "expression_binds": (".vrm", lambda: _vrm1(
        expressions={"custom": {"a": {"morphTargetBinds": [{"node": 17, "index": 0, "weight": 1}] * 400_000}}})),
    "vrm0_spring_groups": (".vrm", lambda: _vrm0(4096, 60)),
    "vrm0_materials": (".vrm", _vrm0_materials),
    "springs_colliders": (".vrm", _springs),
    "constraints_circle": (".glb", _constraints),
    "clip_channels_keys": (".glb", lambda: _clips(16_000, 1_000_000)),
    "clip_cubic": (".glb", lambda: _clips(2000, 1_000_000, "CUBICSPLINE")),
    "clip_samplers": (".glb", lambda: _many_samplers(16_000)),
    "json_2m_numbers": (".gltf", lambda: _values(b"0", 1_990_000)),
    "json_1m_objects": (".gltf", lambda: _values(b'{"a":0}', 990_000)),
    "json_2m_arrays": (".gltf", lambda: _values(b"[]", 990_000)),
    "json_long_numbers": (".gltf", lambda: _values(b"9" * 4299, 50_000)),
    "json_long_fractions": (".gltf", lambda: _values(b"0." + b"9" * 4_000_000, 50)),
    "json_one_string": (".gltf", lambda: _values(b'"' + b"x" * (250 << 20) + b'\xf0\x9f\x98\x80"', 1)),
    "json_escapes": (".gltf", lambda: _values(b'"' + b"\\u00e9" * (40 << 20) + b'"', 1)),
    "json_deep": (".gltf", lambda: _values(b"[" * 120_000_000, 1)),
    "data_uri_250mb": (".gltf", _data_uri),
    "chunks_30m": (".glb", lambda: _chunks(30_000_000)),
    "draco_grid": (".glb", lambda: _draco(1500)),
    "draco_cloud": (".glb", lambda: _draco(4000, cloud=True)),
    "draco_shared": (".glb", _draco_shared),
    "draco_turns": (".glb", lambda: draco_turns(2**31 - 1).glb()),
    "meshopt_zeros": (".glb", lambda: _meshopt(4_000_000)),
    **TEXT,
    **LIMIT,
    **MANY,
}  # fmt: skip
