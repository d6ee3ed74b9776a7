"""Seeds for the fuzzers: small valid files of every kind that Presence reads, made here and nowhere else.

``python tests/fuzz/corpus.py FOLDER`` writes them. Each is a few kilobytes, so that a random change often matters.
"""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path

import numpy as np
from corpus_packed import draco, draco_turns, meshopt
from corpus_parts import PICTURE, SQUARE, Json, animation, picture, square, track
from corpus_vrm import vrm0, vrm1, vrma
from model_files import TRIANGLE, Gltf, png

BESIDE = ("side.bin", "side.png", "side.mtl")
"""Files that a seed names by a relative URI; not seeds themselves."""


def _clip(g: Gltf, node: int, morphs: int = 0) -> None:
    clip = animation(g, "wave")
    track(g, clip, node, "translation", [[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    track(g, clip, node, "rotation", [[0, 0, 0, 1], [0, 1, 0, 0]], "STEP")
    track(g, clip, node, "scale", [[1, 1, 1]] * 6, "CUBICSPLINE")
    if morphs:
        track(g, clip, node, "weights", [[0.5]] * (2 * morphs))


def scenes() -> Gltf:
    """Plain glTF: two scenes, a matrix node, strips, fans and lines, clips of every interpolation, webp and png."""
    g = Gltf()
    g.json["asset"].update(copyright="nobody", generator="corpus", minVersion="2.0")
    mesh = square(g, targets=1)
    strip = g.accessor(np.array([0, 1, 2, 3], "u1"))
    used = g.json["meshes"][mesh]["primitives"][0]["attributes"]
    for mode in (0, 1, 5, 6):
        g.json["meshes"][mesh]["primitives"].append({"attributes": {"POSITION": used["POSITION"]}, "mode": mode})
    g.json["meshes"][mesh]["primitives"][-1]["indices"] = strip
    for primitive in g.json["meshes"][mesh]["primitives"][1:]:
        primitive["targets"] = [{"POSITION": used["POSITION"]}]
    node = g.node(mesh=mesh, rotation=[0, 0, 0, 1], scale=[1, 1, 1])
    g.node(matrix=np.eye(4).reshape(-1).tolist(), camera=0, root=False)
    g.json["nodes"][node]["children"] = [node + 1]
    g.json["scenes"] = [{"name": "a", "nodes": [node]}, {"name": "b"}]
    g.json["scene"] = 0
    g.json["cameras"] = [{"type": "perspective", "perspective": {"yfov": 0.7, "znear": 0.01}}]
    webp = g.image(picture(".webp"))
    g.json["images"][0]["mimeType"] = "image/webp"
    g.json["textures"][webp] = {"extensions": {"EXT_texture_webp": {"source": 0}}}
    plain = g.image(png(PICTURE))
    pbr = {"baseColorTexture": {"index": webp}, "metallicRoughnessTexture": {"index": plain}, "metallicFactor": 0.5}
    g.json["materials"] = [{"pbrMetallicRoughness": pbr, "occlusionTexture": {"index": plain, "strength": 0.5}}]
    g.json["meshes"][mesh]["primitives"][0]["material"] = 0
    g.json["extensionsUsed"] = ["EXT_texture_webp"]
    g.json["extensionsRequired"] = ["EXT_texture_webp"]
    _clip(g, node, morphs=1)
    return g


def quantized() -> Gltf:
    """KHR_mesh_quantization: interleaved positions, normals and texture coordinates in one buffer view."""
    g = Gltf()
    rows = bytearray()
    for x, y, z in SQUARE:
        rows += np.array([x * 100, y * 100, z, 0], "<u2").tobytes() + bytes([0, 0, 127, 0])
        rows += np.array([x * 65535, y * 65535], "<u2").tobytes()
    view = g.view(bytes(rows), byteStride=16)
    base = {"bufferView": view, "count": 4}
    g.json["accessors"] = [
        {**base, "componentType": 5123, "type": "VEC3", "byteOffset": 0, "min": [0, 0, 0], "max": [100, 100, 0]},
        {**base, "componentType": 5120, "type": "VEC3", "byteOffset": 8, "normalized": True},
        {**base, "componentType": 5123, "type": "VEC2", "byteOffset": 12, "normalized": True},
    ]
    mesh = g.mesh({"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2}, indices=g.accessor(np.array([0, 1, 2], "u1")))
    g.node(mesh=mesh, scale=[0.01, 0.01, 0.01])
    g.json["extensionsUsed"] = g.json["extensionsRequired"] = ["KHR_mesh_quantization"]
    return g


def beside(inline: bool) -> bytes:
    """A .gltf whose buffer and pictures are data URIs, or files beside it."""
    g = Gltf()
    g.node(mesh=square(g, material=0))
    for kind in ("png", "jpg"):
        body = base64.b64encode(picture("." + kind)).decode()
        name = {"png": "png", "jpg": "jpeg"}[kind]
        g.json.setdefault("images", []).append({"uri": f"data:image/{name};base64,{body}" if inline else BESIDE[1]})
    g.json["textures"] = [{"source": 0}, {"source": 1}]
    g.json["materials"] = [{"normalTexture": {"index": 0}, "emissiveTexture": {"index": 1}}]
    uri = "data:application/octet-stream;base64," + base64.b64encode(bytes(g.bin)).decode() if inline else BESIDE[0]
    return json.dumps({**g.json, "buffers": [{"byteLength": len(g.bin), "uri": uri}]}).encode()


_LIMB = ("UpLeg", "Leg", "Foot"), ("Arm", "ForeArm", "Hand")
_BODY: Json = {"Spine": {"Head": {}}}
for _side in ("Left", "Right"):
    for _limb, _from in zip(_LIMB, (_BODY, _BODY["Spine"]), strict=True):
        _from[_side + _limb[0]] = {_side + _limb[1]: {_side + _limb[2]: {}}}


def bvh() -> bytes:
    """A BVH of a few bones with the usual names."""
    joints: list[str] = []

    def below(names: Json) -> list[str]:
        lines = []
        for name, inner in names.items():
            joints.append(name)
            x = 0 if name in ("Spine", "Head") else 10 if name.startswith("Left") else -10
            offset = f"OFFSET {x} {-40 if 'Leg' in name or 'Foot' in name else 10} 0"
            end = ["End Site", "{", "OFFSET 0 -5 0", "}"]
            lines += [f"JOINT {name}", "{", offset, "CHANNELS 3 Zrotation Xrotation Yrotation"]
            lines += [*(below(inner) or end), "}"]
        return lines

    lines = ["HIERARCHY", "ROOT Hips", "{", "OFFSET 0 90 0"]
    lines += ["CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"]
    lines += [*below(_BODY), "}", "MOTION", "Frames: 3", "Frame Time: 0.0333333"]
    lines += [" ".join(["0", "90", "0", *[f"{frame * 1.5:.2f}"] * (3 * len(joints) + 3)]) for frame in range(3)]
    return "\n".join(lines).encode() + b"\n"


def props() -> dict[str, bytes]:
    """OBJ, STL and PLY, as text and as binary where there are both."""
    corners = "\n".join("v " + " ".join(f"{x:g}" for x in row) for row in SQUARE)
    obj = f"# a square\nmtllib side.mtl\n{corners}\nvt 0 0\nvt 1 1\nvn 0 0 1\nusemtl a\n"
    obj += "f 1/1/1 2/2/1 3/1/1\nf 2/1/1 4/2/1 3/1/1\n"
    facet = "facet normal 0 0 1\nouter loop\n" + "".join(f"vertex {x:g} {y:g} {z:g}\n" for x, y, z in TRIANGLE)
    facets = np.array([[0, 0, 1], *TRIANGLE], "<f4").tobytes() + bytes(2)
    head = "element vertex 4\nproperty float x\nproperty float y\nproperty float z\n"
    head += "element face 2\nproperty list uchar int vertex_indices\nend_header\n"
    rows = "\n".join(" ".join(f"{x:g}" for x in row) for row in SQUARE)
    packed = SQUARE.astype("<f4").tobytes() + b"".join(
        b"\x03" + np.array(face, "<i4").tobytes() for face in ([0, 1, 2], [2, 1, 3])
    )
    return {
        "prop.obj": obj.encode(),
        "text.stl": f"solid s\n{facet}endloop\nendfacet\nendsolid s\n".encode(),
        "packed.stl": b"packed".ljust(80) + np.array([2], "<u4").tobytes() + facets * 2,
        "text.ply": f"ply\nformat ascii 1.0\ncomment c\n{head}{rows}\n3 0 1 2\n3 2 1 3\n".encode(),
        "packed.ply": f"ply\nformat binary_little_endian 1.0\n{head}".encode() + packed,
    }


def _glb(g: Gltf) -> bytes:
    for key in ("meshes", "accessors", "bufferViews"):
        if not g.json[key]:
            del g.json[key]
    return g.glb()


def seeds() -> dict[str, bytes]:
    """File name -> bytes of every seed, the ones of BESIDE included."""
    g = Gltf()
    square(g)
    return {
        "vrm1.vrm": vrm1().glb(),
        "vrm0.vrm": vrm0().glb(),
        "scenes.glb": scenes().glb(),
        "quantized.glb": quantized().glb(),
        "draco.glb": draco().glb(),
        "draco_turns.glb": draco_turns().glb(),
        "meshopt.glb": meshopt().glb(),
        "inline.gltf": beside(inline=True),
        "beside.gltf": beside(inline=False),
        "motion.vrma": _glb(vrma()),
        "motion.bvh": bvh(),
        **props(),
        "side.bin": bytes(g.bin),
        "side.png": png(PICTURE),
        "side.mtl": b"newmtl a\nKd 1 0.5 0\nd 0.5\nmap_Kd side.png\n",
    }


def write(folder: Path) -> list[Path]:
    """Writes every seed, and gives their paths without those of BESIDE."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in seeds().items():
        (folder / name).write_bytes(data)
    return [folder / name for name in seeds() if name not in BESIDE]


if __name__ == "__main__":
    for path in write(Path(sys.argv[1])):
        print(f"{path.stat().st_size:7d}  {path.name}")
