"""A tiny glTF writer for the tests: accessors of any type, images, and a smallest humanoid of both VRM kinds."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
AVATARS = SHARED / "data" / "avatars"

COMPONENTS = {"i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125, "f4": 5126}
TYPES = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}

# bone -> (parent, local translation): a small T-pose that faces +Z, left is +X
BODY = {
    "hips": ("", (0.0, 0.9, 0.0)),
    "spine": ("hips", (0.0, 0.1, 0.0)),
    "head": ("spine", (0.0, 0.5, 0.0)),
    "leftUpperLeg": ("hips", (0.1, 0.0, 0.0)),
    "leftLowerLeg": ("leftUpperLeg", (0.0, -0.4, 0.0)),
    "leftFoot": ("leftLowerLeg", (0.0, -0.4, 0.0)),
    "leftToes": ("leftFoot", (0.0, -0.1, 0.12)),
    "rightUpperLeg": ("hips", (-0.1, 0.0, 0.0)),
    "rightLowerLeg": ("rightUpperLeg", (0.0, -0.4, 0.0)),
    "rightFoot": ("rightLowerLeg", (0.0, -0.4, 0.0)),
    "rightToes": ("rightFoot", (0.0, -0.1, 0.12)),
    "leftUpperArm": ("spine", (0.2, 0.4, 0.0)),
    "leftLowerArm": ("leftUpperArm", (0.25, 0.0, 0.0)),
    "leftHand": ("leftLowerArm", (0.25, 0.0, 0.0)),
    "rightUpperArm": ("spine", (-0.2, 0.4, 0.0)),
    "rightLowerArm": ("rightUpperArm", (-0.25, 0.0, 0.0)),
    "rightHand": ("rightLowerArm", (-0.25, 0.0, 0.0)),
}
TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "f4")


def png(image: np.ndarray) -> bytes:
    """Encodes as cv2 takes it: gray, BGR or BGRA."""
    ok, data = cv2.imencode(".png", image)
    assert ok
    return data.tobytes()


class Gltf:
    """Builds ``json`` and ``bin``; ``write`` gives a .glb, ``write_json`` a .gltf with a data URI."""

    def __init__(self) -> None:
        self.bin = bytearray()
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": []}],
            "nodes": [],
            "meshes": [],
            "accessors": [],
            "bufferViews": [],
        }

    def view(self, data: bytes, **extra: Any) -> int:
        self.bin += bytes(-len(self.bin) % 4)
        self.json["bufferViews"].append({"buffer": 0, "byteOffset": len(self.bin), "byteLength": len(data), **extra})
        self.bin += data
        return len(self.json["bufferViews"]) - 1

    def accessor(self, array: np.ndarray, view: int | None = None, **extra: Any) -> int:
        array = np.asarray(array)
        flat = array.reshape(len(array), -1)
        found = {"componentType": COMPONENTS[array.dtype.str[1:]], "count": len(flat), "type": TYPES[flat.shape[1]]}
        found["bufferView"] = self.view(flat.tobytes()) if view is None else view
        self.json["accessors"].append({**found, **extra})
        return len(self.json["accessors"]) - 1

    def mesh(self, attributes: dict[str, int], **extra: Any) -> int:
        self.json["meshes"].append({"primitives": [{"attributes": attributes, **extra}]})
        return len(self.json["meshes"]) - 1

    def node(self, root: bool = True, **fields: Any) -> int:
        self.json["nodes"].append(fields)
        if root:
            self.json["scenes"][0]["nodes"].append(len(self.json["nodes"]) - 1)
        return len(self.json["nodes"]) - 1

    def triangle(self, **extra: Any) -> int:
        """A mesh with one triangle that has normals."""
        normals = np.tile(np.array([0, 0, 1], "f4"), (3, 1))
        return self.mesh({"POSITION": self.accessor(TRIANGLE), "NORMAL": self.accessor(normals)}, **extra)

    def body(self, turned: bool = False) -> dict[str, int]:
        """Nodes of BODY; turned : faces -Z, as VRM 0 files do. Gives bone -> node."""
        made: dict[str, int] = {}
        for bone, (parent, (x, y, z)) in BODY.items():
            place = [-x, y, -z] if turned else [x, y, z]
            made[bone] = self.node(root=not parent, name=bone, translation=place)
            if parent:
                self.json["nodes"][made[parent]].setdefault("children", []).append(made[bone])
        return made

    def vrm1(self, **vrm: Any) -> dict[str, int]:
        """Makes it a VRM 1.0."""
        bones = self.body()
        human = {bone: {"node": node} for bone, node in bones.items()}
        self.extension("VRMC_vrm", {"specVersion": "1.0", "humanoid": {"humanBones": human}, **vrm})
        return bones

    def vrm0(self, **vrm: Any) -> dict[str, int]:
        """Makes it a VRM 0.x."""
        bones = self.body(turned=True)
        human = [{"bone": bone, "node": node} for bone, node in bones.items()]
        self.extension("VRM", {"humanoid": {"humanBones": human}, **vrm})
        return bones

    def extension(self, name: str, value: dict[str, Any]) -> None:
        self.json.setdefault("extensions", {})[name] = value
        self.json.setdefault("extensionsUsed", []).append(name)

    def image(self, data: bytes, **texture: Any) -> int:
        """A texture with its own image."""
        self.json.setdefault("images", []).append({"bufferView": self.view(data), "mimeType": "image/png"})
        self.json.setdefault("textures", []).append({"source": len(self.json["images"]) - 1, **texture})
        return len(self.json["textures"]) - 1

    def glb(self) -> bytes:
        document = dict(self.json)
        if self.bin:
            document["buffers"] = [{"byteLength": len(self.bin)}, *self.json.get("buffers", [])]
        return pack(json.dumps(document).encode(), bytes(self.bin))

    def write(self, folder: Path, name: str = "model.glb") -> Path:
        path = folder / name
        path.write_bytes(self.glb())
        return path

    def write_json(self, folder: Path, name: str = "model.gltf", uri: str | None = None) -> Path:
        data = "data:application/octet-stream;base64," + base64.b64encode(bytes(self.bin)).decode()
        document = {**self.json, "buffers": [{"byteLength": len(self.bin), "uri": uri or data}]}
        path = folder / name
        path.write_text(json.dumps(document))
        return path


def pack(text: bytes, binary: bytes = b"") -> bytes:
    """GLB bytes of a JSON text and a binary chunk."""
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
    if binary:
        binary += bytes(-len(binary) % 4)
        chunks += struct.pack("<II", len(binary), 0x004E4942) + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def unpack(data: bytes) -> tuple[dict[str, Any], bytes]:
    """JSON and everything after its chunk."""
    length = struct.unpack_from("<I", data, 12)[0]
    return json.loads(data[20 : 20 + length]), data[20 + length :]


def sample() -> Gltf:
    """A small VRM 1.0 with a skin, morphs, a texture, springs and expressions: accessors 0 positions, 1 normals,
    2 joints, 3 weights, 4 sparse, 5 indices; node 0 is the hips, node 17 the mesh."""
    g = Gltf()
    g.vrm1(expressions={"preset": {"happy": {"morphTargetBinds": [{"node": len(BODY), "index": 0, "weight": 1}]}}})
    attributes = {
        "POSITION": g.accessor(TRIANGLE),
        "NORMAL": g.accessor(np.tile(np.array([0, 0, 1], "f4"), (3, 1))),
        "JOINTS_0": g.accessor(np.ones((3, 4), "u1")),
        "WEIGHTS_0": g.accessor(np.full((3, 4), 0.25, "f4")),
    }
    delta = g.accessor(TRIANGLE)
    g.json["accessors"][delta]["sparse"] = {
        "count": 1,
        "indices": {"bufferView": g.view(bytes([2, 0, 0, 0])), "componentType": 5121},
        "values": {"bufferView": g.view(bytes(12))},
    }
    mesh = g.mesh(attributes, targets=[{"POSITION": delta}], indices=g.accessor(np.arange(3, dtype="u2")), material=0)
    g.json["skins"] = [{"joints": [0, 1]}]
    texture = g.image(png(np.zeros((2, 2, 3), "u1")))
    g.json["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}}]
    g.node(mesh=mesh, skin=0)
    joints = [{"node": 1}, {"node": 2}]
    g.extension("VRMC_springBone", {"specVersion": "1.0", "springs": [{"joints": joints}]})
    return g


def rewrite(path: Path, document: dict[str, Any], rest: bytes) -> Path:
    """A GLB of a changed document and the old binary chunk."""
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    head = struct.pack("<4s4I", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A)
    path.write_bytes(head + text + rest)
    return path
