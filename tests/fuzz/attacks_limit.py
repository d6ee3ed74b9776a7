"""Files that stay inside every limit and are as heavy as that allows: they may be read, within the bounds."""

from __future__ import annotations

import json
from collections.abc import Callable

import cv2
import numpy as np
from corpus import bvh
from corpus_parts import Json
from model_files import BODY, Gltf, pack

Attack = tuple[str, Callable[[], bytes]]


def _noise(side: int, kind: str, *options: int) -> bytes:
    """A glTF with one picture of noise, which no encoder makes small."""
    rng = np.random.default_rng(5)
    image = rng.integers(0, 256, (side, side, 3 if kind == ".jpg" else 4), np.uint8)
    ok, data = cv2.imencode(kind, image, list(options))
    assert ok
    g = Gltf()
    texture = g.image(data.tobytes())
    if kind == ".webp":
        g.json["textures"][texture] = {"extensions": {"EXT_texture_webp": {"source": 0}}}
    g.json["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}}]
    g.node(mesh=g.triangle(material=0))
    return g.glb()


def _vertices(count: int, skinned: bool) -> bytes:
    """One mesh of random vertices and triangles with real bytes behind every attribute."""
    rng = np.random.default_rng(5)
    g = Gltf()
    attributes = {
        "POSITION": g.accessor(rng.random((count, 3), "f4")),
        "NORMAL": g.accessor(rng.random((count, 3), "f4")),
        "TEXCOORD_0": g.accessor(rng.random((count, 2), "f4")),
    }
    g.json["skins"] = [{"joints": [0]}]
    if skinned:
        attributes["JOINTS_0"] = g.accessor(np.zeros((count, 4), "u1"))
        attributes["WEIGHTS_0"] = g.accessor(rng.random((count, 4), "f4"))
    indices = g.accessor(rng.integers(0, count, count * 3, np.uint32))
    mesh = g.mesh(attributes, indices=indices)
    g.node(mesh=mesh, **({"skin": 0} if skinned else {}))
    return g.glb()


def _morphs(count: int, targets: int) -> bytes:
    rng = np.random.default_rng(5)
    g = Gltf()
    deltas = [{"POSITION": g.accessor(rng.random((count, 3), "f4"))} for _ in range(targets)]
    normals = g.accessor(np.tile(np.array([0, 0, 1], "f4"), (count, 1)))
    g.node(mesh=g.mesh({"POSITION": g.accessor(rng.random((count, 3), "f4")), "NORMAL": normals}, targets=deltas))
    return g.glb()


def _primitives(count: int) -> bytes:
    """Every primitive has vertices of its own and no normals."""
    g = Gltf()
    base = np.random.default_rng(5).random((30, 3), "f4")
    for _ in range(count):
        g.json["accessors"].append({"bufferView": 0, "componentType": 5126, "count": 30, "type": "VEC3"})
    g.view(base.tobytes())
    g.json["meshes"] = [{"primitives": [{"attributes": {"POSITION": i}} for i in range(count)]}]
    g.node(mesh=0)
    return g.glb()


def _expressions(count: int, binds: int, vrm0: bool) -> bytes:
    g = Gltf()
    mesh = g.triangle(targets=[{"POSITION": 0}] * 8)
    if vrm0:
        bind = {"mesh": mesh, "index": 0, "weight": 100}
        groups = [{"name": f"e{i}", "binds": [bind] * binds} for i in range(count)]
        g.vrm0(blendShapeMaster={"blendShapeGroups": groups})
    else:
        bind = {"node": len(BODY), "index": 0, "weight": 1}
        g.vrm1(expressions={"custom": {f"e{i}": {"morphTargetBinds": [bind] * binds} for i in range(count)}})
    g.node(mesh=mesh)
    return g.glb()


def _springs(chains: int, joints: int, colliders: int) -> bytes:
    g = Gltf()
    g.vrm1()
    first = len(g.json["nodes"])
    for c in range(chains):
        for j in range(joints):
            below = {"children": [first + c * joints + j + 1]} if j < joints - 1 else {}
            g.node(root=j == 0, translation=[0, -0.1, 0], **below)
    shapes = [{"node": 0, "shape": {"sphere": {"radius": 0.1, "offset": [0, 0, 0]}}}] * colliders
    springs = [
        {"joints": [{"node": first + c * joints + j} for j in range(joints)], "colliderGroups": [0]}
        for c in range(chains)
    ]
    groups = [{"colliders": list(range(colliders))}]
    g.extension("VRMC_springBone", {"colliders": shapes, "colliderGroups": groups, "springs": springs})
    return g.glb()


def _clip(channels: int, keys: int, humanoid: bool) -> bytes:
    """Every channel has a sampler of its own over shared accessors with real bytes."""
    g = Gltf()
    bones = g.body() if humanoid else {}
    if humanoid:
        human = {bone: {"node": node} for bone, node in bones.items()}
        g.extension("VRMC_vrm_animation", {"specVersion": "1.0", "humanoid": {"humanBones": human}})
    times = g.accessor(np.linspace(0, 100, keys, dtype="f4"))
    turns = g.accessor(np.random.default_rng(5).random((keys, 4), "f4"))
    nodes: list[Json] = g.json["nodes"]
    while len(nodes) < channels:
        g.node()
    samplers = [{"input": times, "output": turns}] * channels
    parts = [{"sampler": i, "target": {"node": i, "path": "rotation"}} for i in range(channels)]
    g.json["animations"] = [{"samplers": samplers, "channels": parts}]
    return g.glb()


def _tree(count: int) -> bytes:
    """As many nodes as may be, in chains as deep as may be, each with a name and a matrix or a turn."""
    nodes: list[Json] = []
    for i in range(count):
        below = {"children": [i + 1]} if i % 256 < 255 and i + 1 < count else {}
        turn = {"matrix": np.eye(4).reshape(-1).tolist()} if i % 2 else {"rotation": [0, 0.6, 0, 0.8]}
        nodes.append({"name": f"node {i}", **turn, **below})
    return pack(json.dumps({"asset": {"version": "2.0"}, "nodes": nodes}).encode())


def _bvh(frames: int) -> bytes:
    """The BVH seed with as many frames as may be."""
    head, rows = bvh().decode().split("Frames: 3\n")
    step, row, *_ = rows.splitlines(keepends=True)
    return (f"{head}Frames: {frames}\n{step}" + row.replace("0.00", "0") * frames).encode()


def _obj(count: int, parts: int, corners: int = 3) -> bytes:
    rows = [f"v {i % 97} {i % 89} {i % 83}" for i in range(count)]
    face = " ".join(str(k + 1) for k in range(corners))
    faces = [f"f {face}"] * count
    for part in range(parts):
        faces[part * count // parts] = f"usemtl m{part}\nf {face}"
    return "\n".join(rows + faces).encode()


def _bvh_powers() -> bytes:
    """Numbers with a power of ten, as short as such can be: each is two to read."""
    head, rows = bvh().decode().split("Frames: 3\n")
    step, row, *_ = rows.splitlines(keepends=True)
    row = " ".join(["1e3"] * len(row.split())) + "\n"
    frames = ((20 << 20) - len(head) - 100) // len(row)
    return f"{head}Frames: {frames}\n{step}{row * frames}".encode()


def _obj_whole() -> bytes:
    """Everything that a corner can have, half of the lines and most of the bytes for faces."""
    rng = np.random.default_rng(5)
    rows = [
        f"v {a:.6f} {b:.6f} {c:.6f}\nvt {b:.6f} {c:.6f}\nvn {c:.6f} {a:.6f} 1" for a, b, c in rng.random((80_000, 3))
    ]
    faces = rng.integers(1, 80_001, (259_000, 3)).tolist()
    return "\n".join(rows + ["f " + " ".join(f"{i}/{i}/{i}" for i in face) for face in faces]).encode()


def _obj_smooth() -> bytes:
    """As many triangles as may be, in parts that may just be smoothed, with more at each point than are compared."""
    rng = np.random.default_rng(5)
    rows = [f"v {a:.5f} {b:.5f} {c:.5f}" for a, b, c in rng.random((12_500, 3))]
    faces = ["f " + " ".join(map(str, face)) for face in rng.integers(1, 12_501, (249_990, 4)).tolist()]
    for start in range(0, len(faces), 50_000):
        faces[start] = f"o part{start}\n{faces[start]}"
    return "\n".join(rows + faces).encode()


def _obj_numbers() -> bytes:
    return b"v 1e3 1e3 1e3 1e3 1e3 1e3 1e3 1e3 1e3 1e3 1e3 1e3\n" * 390_000 + b"f 1 2 3\n" * 99_999


def _stl_spread() -> bytes:
    """A facet to a line, so that the words have to be found within it."""
    facet = b"facet normal 0 0 0 outer loop vertex 0 0 0 vertex 1 0 0 vertex 0 1 0 endloop endfacet\n"
    return b"solid s\n" + facet * 280_000 + b"endsolid s\n"


def _ply(text: bool, faces: int, uneven: bool) -> bytes:
    rng = np.random.default_rng(5)
    count = 100_000
    head = f"ply\nformat {'ascii' if text else 'binary_little_endian'} 1.0\nelement vertex {count}\n"
    head += "property float x\nproperty float y\nproperty float z\n"
    head += f"element face {faces}\nproperty list uchar int vertex_indices\nend_header\n"
    points = rng.random((count, 3), "f4")
    corners = rng.integers(0, count, (faces, 4))
    sizes = [4 if uneven and i % 2 else 3 for i in range(faces)]
    if text:
        body = "\n".join(" ".join(f"{x:.3f}" for x in p) for p in points) + "\n"
        body += "\n".join(f"{n} " + " ".join(map(str, c[:n])) for n, c in zip(sizes, corners.tolist(), strict=True))
        return (head + body + "\n").encode()
    packed = b"".join(bytes([n]) + c[:n].tobytes() for n, c in zip(sizes, corners.astype("<i4"), strict=True))
    return head.encode() + points.tobytes() + packed


def _stl(triangles: int, text: bool) -> bytes:
    points = np.random.default_rng(5).random((triangles, 12), "f4")
    if not text:
        rows = np.zeros((triangles, 50), np.uint8)
        rows[:, :48] = points.view(np.uint8).reshape(triangles, 48)
        return bytes(80) + np.array([triangles], "<u4").tobytes() + rows.tobytes()
    facet = "facet normal 0 0 1\nouter loop\n" + "vertex {:.3f} {:.3f} {:.3f}\n" * 3 + "endloop\nendfacet\n"
    return ("solid s\n" + "".join(facet.format(*p[3:]) for p in points.tolist()) + "endsolid s\n").encode()


LIMIT: dict[str, Attack] = {
    "limit_png_4096_noise": (".glb", lambda: _noise(4096, ".png")),
    "limit_jpeg_8192_noise": (".glb", lambda: _noise(8192, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 90)),
    "limit_jpeg_progressive": (
        ".glb", lambda: _noise(3000, ".jpg", cv2.IMWRITE_JPEG_QUALITY, 90, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)),
    "limit_webp_lossless": (".glb", lambda: _noise(4096, ".webp", cv2.IMWRITE_WEBP_QUALITY, 101)),
    "limit_webp_lossy": (".glb", lambda: _noise(4096, ".webp", cv2.IMWRITE_WEBP_QUALITY, 90)),
    "limit_vertices_2m": (".glb", lambda: _vertices(2_000_000, False)),
    "limit_vertices_skinned": (".glb", lambda: _vertices(2_500_000, True)),
    "limit_morphs": (".glb", lambda: _morphs(100_000, 100)),
    "limit_primitives": (".glb", lambda: _primitives(8000)),
    "limit_expressions_1": (".vrm", lambda: _expressions(4000, 55, False)),
    "limit_expressions_0": (".vrm", lambda: _expressions(4000, 55, True)),
    "limit_springs": (".vrm", lambda: _springs(200, 64, 300)),
    "limit_clip": (".glb", lambda: _clip(16_000, 400, False)),
    "limit_clip_keys": (".glb", lambda: _clip(16, 400_000, False)),
    "limit_vrma": (".vrma", lambda: _clip(17, 380_000, True)),
    "limit_tree": (".glb", lambda: _tree(16_384)),
    "limit_bvh": (".bvh", lambda: _bvh(180_000)),
    "limit_bvh_powers": (".bvh", _bvh_powers),
    "limit_obj": (".obj", lambda: _obj(240_000, 500)),
    "limit_obj_polygons": (".obj", lambda: _obj(60_000, 1, 60)),
    "limit_obj_whole": (".obj", _obj_whole),
    "limit_obj_smooth": (".obj", _obj_smooth),
    "limit_obj_numbers": (".obj", _obj_numbers),
    "limit_ply_text": (".ply", lambda: _ply(True, 350_000, False)),
    "limit_ply_text_uneven": (".ply", lambda: _ply(True, 350_000, True)),
    "limit_ply_packed": (".ply", lambda: _ply(False, 490_000, False)),
    "limit_ply_packed_uneven": (".ply", lambda: _ply(False, 490_000, True)),
    "limit_stl_packed": (".stl", lambda: _stl(499_000, False)),
    "limit_stl_text": (".stl", lambda: _stl(70_000, True)),
    "limit_stl_spread": (".stl", _stl_spread),
}  # fmt: skip
