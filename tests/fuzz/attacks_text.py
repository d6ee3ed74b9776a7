"""Attacks in text and point files: BVH, OBJ, STL and PLY."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

_CHANNELS = "CHANNELS 3 Zrotation Xrotation Yrotation\n"


def _bvh(joints: int, frames: int, announced: int | None = None, deep: bool = True) -> bytes:
    """A chain (or a fan) of joints and frames of zeros."""
    head = ["HIERARCHY\nROOT Hips\n{\nOFFSET 0 0 0\n" + _CHANNELS]
    head += [f"JOINT j{i}\n{{\nOFFSET 0 1 0\n{_CHANNELS}" + ("" if deep else "}\n") for i in range(joints)]
    head.append("}\n" * (joints + 1 if deep else 1))
    row = " ".join(["0"] * (3 * (joints + 1))) + "\n"
    motion = f"MOTION\nFrames: {announced or frames}\nFrame Time: 0.01\n"
    return ("".join(head) + motion + row * frames).encode()


def _obj(groups: int, kind: str) -> bytes:
    return ("v 0 0 0\nv 1 0 0\nv 0 1 0\n" + "".join(f"{kind} m{i}\nf 1 2 3\n" for i in range(groups))).encode()


def _obj_face(corners: int) -> bytes:
    return ("v 0 0 0\nv 1 0 0\nv 0 1 0\nf " + " ".join(["1 2 3"] * (corners // 3)) + "\n").encode()


def _ply(vertices: int, faces: int, body: bytes, kind: str = "binary_little_endian", extra: str = "") -> bytes:
    head = f"ply\nformat {kind} 1.0\nelement vertex {vertices}\nproperty float x\nproperty float y\nproperty float z\n"
    return f"{head}{extra}element face {faces}\nproperty list uint int vertex_indices\nend_header\n".encode() + body


def _grid(count: int) -> str:
    return "".join(f"v {i % 1000} {i // 1000} 0\n" for i in range(count))


Attack = tuple[str, Callable[[], bytes]]
TEXT: dict[str, Attack] = {
    "bvh_deep": (".bvh", lambda: _bvh(20_000, 1)),
    "bvh_wide": (".bvh", lambda: _bvh(20_000, 30, deep=False)),
    "bvh_frames": (".bvh", lambda: _bvh(30, 200_000)),
    "bvh_frames_announced": (".bvh", lambda: _bvh(30, 2, 2_000_000_000)),
    "bvh_one_line": (".bvh", lambda: _bvh(1, 1)[:-1] + b" 0" * 50_000_000),
    "bvh_channels": (".bvh", lambda: b"HIERARCHY\nROOT Hips\n{\nOFFSET 0 0 0\nCHANNELS 1000000000 Xposition\n}\n"),
    "bvh_braces": (".bvh", lambda: b"HIERARCHY\nROOT Hips\n" + b"{" * 50_000_000),
    "obj_materials": (".obj", lambda: _obj(200_000, "usemtl")),
    "obj_groups": (".obj", lambda: _obj(200_000, "g")),
    "obj_objects": (".obj", lambda: _obj(200_000, "o")),
    "obj_polygon": (".obj", lambda: _obj_face(3_000_000)),
    "obj_mixed_faces": (".obj", lambda: b"v 0 0 0\nv 1 0 0\nv 0 1 0\n" + b"f 1 2 3 1\nf 1/1 2 3\n" * 300_000),
    "obj_vertices": (".obj", lambda: (_grid(4_000_000) + "f 1 2 3\n").encode()),
    "obj_comments": (".obj", lambda: b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n" + b"#\n" * 60_000_000),
    "obj_continued": (".obj", lambda: b"v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 \\\n" + b"2 3 \\\n" * 2_000_000),
    "stl_count": (".stl", lambda: bytes(80) + np.array([2**32 - 1], "<u4").tobytes() + bytes(50)),
    "stl_5m": (".stl", lambda: bytes(80) + np.array([5_000_000], "<u4").tobytes() + bytes(250_000_000)),
    "stl_text": (".stl", lambda: b"solid s\n" + (
        b"facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\n" * 400_000)),
    "stl_solids": (".stl", lambda: b"solid s\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nendsolid s\n" * 300_000),
    "ply_announced": (".ply", lambda: _ply(2_000_000_000, 2_000_000_000, bytes(100))),
    "ply_list": (".ply", lambda: _ply(3, 1, bytes(36) + b"\xff\xff\xff\x7f" + bytes(100))),
    "ply_many_lists": (".ply", lambda: _ply(3, 20_000_000, bytes(36) + bytes(80_000_000))),
    "ply_text": (".ply", lambda: _ply(3, 2_000_000, b"0 0 0\n" * 3 + b"3 0 1 2\n" * 2_000_000, "ascii")),
    "ply_uneven": (".ply", lambda: _ply(3, 400_000, b"0 0 0\n" * 3 + b"3 0 1 2\n4 0 1 2 0\n" * 200_000, "ascii")),
    "ply_properties": (".ply", lambda: _ply(1, 1, bytes(500), extra="property float q\n" * 300_000)),
    "ply_elements": (".ply", lambda: _ply(1, 1, bytes(500), extra="element q 1\nproperty float q\n" * 100_000)),
}  # fmt: skip
