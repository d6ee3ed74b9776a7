"""The heavy companion of the motion benchmark, made by script: ``python benchmarks/heavy_companion.py OUT.vrm``.

VRM 1.0 with 60 humanoid joints (all 55 bones of VRM and five between them), 145 spring joints in 45 chains, 12
colliders, 70 expressions over 57 morph targets. One strand of triangles a chain and a box a bone make it visible.
"""

from __future__ import annotations

import json
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np

from avatar.model.model import HUMAN_BONES

CHAINS, LONG, JOINTS, MORPHS, EXPRESSIONS, BETWEEN = 45, 10, 145, 57, 70, 5
_PRESETS = ("happy", "angry", "sad", "relaxed", "surprised", "aa", "ih", "ou", "ee", "oh", "blink", "blinkLeft")
_PRESETS += ("blinkRight", "lookUp", "lookDown", "lookLeft", "lookRight", "neutral")
_TRUNK = (("hips", "", 0, 0.95, 0), ("spine", "hips", 0, 0.08, 0.0), ("chest", "spine", 0, 0.12, 0.0))
_TRUNK += (("upperChest", "chest", 0, 0.12, 0.0), ("neck", "upperChest", 0, 0.14, 0.0), ("head", "neck", 0, 0.08, 0.02))
_TRUNK += (
    ("leftEye", "head", 0.03, 0.06, 0.08),
    ("rightEye", "head", -0.03, 0.06, 0.08),
    ("jaw", "head", 0, 0.0, 0.04),
)
_LIMB = (
    ("Shoulder", "upperChest", 0.03, 0.10, 0),
    ("UpperArm", "Shoulder", 0.11, 0, 0),
    ("LowerArm", "UpperArm", 0.25, 0, 0),
)
_LIMB += (
    ("Hand", "LowerArm", 0.24, 0, 0),
    ("UpperLeg", "hips", 0.09, -0.03, 0),
    ("LowerLeg", "UpperLeg", 0, -0.42, 0.01),
)
_LIMB += (("Foot", "LowerLeg", 0, -0.42, -0.03), ("Toes", "Foot", 0, -0.06, 0.13))


def _bones() -> list[tuple[str, str, tuple[float, float, float]]]:
    """(bone, parent bone, local place) in metres, T-pose, facing +Z."""
    found = [(b, up, (x, y, z)) for b, up, x, y, z in _TRUNK]
    for side, s in (("left", 1), ("right", -1)):
        for bone, up, x, y, z in _LIMB:
            found.append((side + bone, up if up in ("upperChest", "hips") else side + up, (s * x, y, z)))
        for k, finger in enumerate(("Thumb", "Index", "Middle", "Ring", "Little")):
            joints = (
                ("Metacarpal", "Proximal", "Distal") if finger == "Thumb" else ("Proximal", "Intermediate", "Distal")
            )
            above = side + "Hand"
            for i, joint in enumerate(joints):
                place = (s * (0.03 if i else 0.08 if k else 0.03), 0.0, 0.0 if i else 0.04 - 0.02 * k)
                found.append((side + finger + joint, above, place))
                above = side + finger + joint
    return found


class _Writer:
    def __init__(self) -> None:
        self.data = bytearray()
        self.json: dict[str, Any] = {
            "asset": {"version": "2.0", "generator": "benchmarks/heavy_companion.py"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": [{"name": "root", "children": []}],
            "accessors": [],
            "bufferViews": [],
            "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [0.7, 0.6, 0.6, 1]}, "doubleSided": True}],
        }

    def node(self, name: str, parent: int, place: tuple[float, float, float]) -> int:
        self.json["nodes"].append({"name": name, "translation": [round(float(v), 5) for v in place]})
        index = len(self.json["nodes"]) - 1
        self.json["nodes"][parent].setdefault("children", []).append(index)
        return index

    def accessor(self, values: np.ndarray, **more: Any) -> int:
        kind = {"f": 5126, "u": 5123}[values.dtype.kind]
        shape = {1: "SCALAR", 3: "VEC3", 4: "VEC4", 16: "MAT4"}[values.reshape(len(values), -1).shape[1]]
        self.data += bytes(-len(self.data) % 4)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": values.nbytes}
        self.data += values.tobytes()
        self.json["bufferViews"].append(view)
        made = {"bufferView": len(self.json["bufferViews"]) - 1, "componentType": kind, "count": len(values)}
        self.json["accessors"].append({**made, "type": shape, **more})
        return len(self.json["accessors"]) - 1

    def glb(self) -> bytes:
        self.data += bytes(-len(self.data) % 4)
        self.json["buffers"] = [{"byteLength": len(self.data)}]
        text = json.dumps(self.json).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<II", len(text), 0x4E4F534A) + text
        chunks += struct.pack("<II", len(self.data), 0x004E4942) + bytes(self.data)
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _springs(w: _Writer, node: dict[str, int], chains: int, long: int) -> dict[str, Any]:
    """Hair round the head, then a skirt round the hips; every chain meets the colliders near it.

    chains : how many, two of three of them hair; long : how many of the first have four joints instead of three.
    """
    on = [("head", 0.0, 0.06, 0.02, 0.10), ("neck", 0.0, 0.02, 0.0, 0.05), ("upperChest", 0.0, 0.05, 0.0, 0.11)]
    on += [
        ("leftShoulder", 0.06, 0.0, 0.0, 0.06),
        ("rightShoulder", -0.06, 0.0, 0.0, 0.06),
        ("chest", 0, 0.05, 0, 0.12),
    ]
    on += [("hips", 0.0, 0.0, 0.0, 0.14)]
    on += [(s + b, 0.0, 0.0, 0.0, r) for s in ("left", "right") for b, r in (("UpperLeg", 0.08), ("LowerLeg", 0.06))]
    on += [("spine", 0.0, 0.05, 0.0, 0.12)]
    colliders = []
    for bone, x, y, z, radius in on:
        shape: dict[str, Any] = {"sphere": {"offset": [x, y, z], "radius": radius}}
        if bone.endswith("Leg"):
            shape = {"capsule": {"offset": [0, 0, 0], "tail": [0, -0.36, 0], "radius": radius}}
        colliders.append({"node": node[bone], "shape": shape})
    groups = [{"name": "upper", "colliders": [0, 1, 2, 3, 4]}, {"name": "lower", "colliders": [6, 7, 8, 9, 10, 11]}]
    springs = []
    hairs = max(chains * 2 // 3, 1)
    for k in range(chains):
        hair = k < hairs
        count = 4 if k < long else 3
        turn = 2 * np.pi * (k / hairs if hair else (k - hairs) / (chains - hairs))
        parent = node["head"] if hair else node["hips"]
        wide, step = (0.125, 0.055) if hair else (0.215, 0.10)
        place = (wide * np.sin(turn), 0.10 if hair else -0.02, -wide * np.cos(turn))
        joints = []
        for i in range(count + 1):
            parent = w.node(f"strand{k}_{i}", parent, place)
            place = (0.012 * np.sin(turn), -step, -0.012 * np.cos(turn))
            joint = {"node": parent}
            if i < count:
                joint |= {
                    "hitRadius": 0.015,
                    "stiffness": 0.6 + 0.02 * (k % CHAINS),
                    "gravityPower": 0.2,
                    "dragForce": 0.35,
                }
            joints.append(joint)
        springs.append({"name": f"strand{k}", "joints": joints, "colliderGroups": [0 if hair else 1]})
    return {"specVersion": "1.0", "colliders": colliders, "colliderGroups": groups, "springs": springs}


def _mesh(w: _Writer, place: np.ndarray) -> None:
    """A small box at every joint, each box pulled by its own; morph targets push them about a little."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], "f4") * 0.012
    points = (place[:, None] + corners).reshape(-1, 3).astype("f4")
    normals = np.tile(corners / np.linalg.norm(corners[0]), (len(place), 1)).astype("f4")
    faces = np.array([[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1]])
    faces = np.concatenate([faces, [[2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]])
    index = (faces[None] + 8 * np.arange(len(place))[:, None, None]).reshape(-1, 1).astype("u2")
    joints, weights = np.zeros((len(points), 4), "u2"), np.zeros((len(points), 4), "f4")
    joints[:, 0], weights[:, 0] = np.repeat(np.arange(len(place)), 8), 1
    bounds = {"min": points.min(0).tolist(), "max": points.max(0).tolist()}
    attributes = {"POSITION": w.accessor(points, **bounds), "NORMAL": w.accessor(normals)}
    attributes |= {"JOINTS_0": w.accessor(joints), "WEIGHTS_0": w.accessor(weights)}
    rng = np.random.default_rng(1)
    targets = []
    for _ in range(MORPHS):
        delta = (rng.normal(size=points.shape) * 0.002).astype("f4")
        bounds = {"min": delta.min(0).tolist(), "max": delta.max(0).tolist()}
        targets.append({"POSITION": w.accessor(delta, **bounds)})
    part = {"attributes": attributes, "indices": w.accessor(index), "material": 0, "targets": targets}
    w.json["meshes"] = [{"primitives": [part]}]
    bind = np.tile(np.eye(4, dtype="f4"), (len(place), 1, 1))
    bind[:, 3, :3] = -place
    w.json["skins"] = [{"joints": list(range(1, len(place) + 1)), "inverseBindMatrices": w.accessor(bind)}]
    w.json["nodes"].append({"name": "body", "mesh": 0, "skin": 0})
    w.json["scenes"][0]["nodes"].append(len(w.json["nodes"]) - 1)


def build(chains: int = CHAINS, long: int = LONG) -> bytes:
    """The file's bytes, the same every time. chains, long : of springs, ``3 * chains + long`` joints in all."""
    w = _Writer()
    node: dict[str, int] = {"": 0}
    places = {"": np.zeros(3)}
    where = [np.zeros(3)]
    for k, (bone, up, place) in enumerate(sorted(_bones(), key=lambda b: b[0] not in {t[0] for t in _TRUNK})):
        parent = node[up]
        if k in (2, 3, 4, 5, 12):  # a joint between, which no bone of VRM names
            parent = w.node(f"between{bone}", parent, (0, 0, 0))
        node[bone] = w.node(bone, parent, place)
        places[bone] = places[up] + np.array(place)
    assert set(node) - {""} == set(HUMAN_BONES)
    springs = _springs(w, node, chains, long)
    nodes = w.json["nodes"]
    parents = {c: i for i, n in enumerate(nodes) for c in n.get("children", [])}
    for i in range(1, len(nodes)):
        where.append(np.array(nodes[i].get("translation", [0, 0, 0])) + where[parents[i]])
    body = len(nodes)
    _mesh(w, np.array(where[1:]))
    rng = np.random.default_rng(2)
    presets: dict[str, Any] = {}
    custom: dict[str, Any] = {}
    for k in range(EXPRESSIONS):
        name = _PRESETS[k] if k < len(_PRESETS) else f"shape{k}"
        at = rng.choice(MORPHS, 3, replace=False)
        binds = [{"node": body, "index": int(i), "weight": round(float(rng.uniform(0.3, 1)), 3)} for i in at]
        (presets if k < len(_PRESETS) else custom)[name] = {"morphTargetBinds": binds}
    human = {bone: {"node": node[bone]} for bone in HUMAN_BONES}
    meta = {"name": "Heavy", "version": "1", "authors": ["Presence"], "licenseUrl": "https://vrm.dev/licenses/1.0/"}
    vrm = {"specVersion": "1.0", "meta": meta, "humanoid": {"humanBones": human}}
    vrm |= {
        "expressions": {"preset": presets, "custom": custom},
        "lookAt": {"type": "bone", "offsetFromHeadBone": [0, 0.06, 0.08]},
    }
    spans = ("rangeMapHorizontalInner", "rangeMapHorizontalOuter", "rangeMapVerticalDown", "rangeMapVerticalUp")
    vrm["lookAt"] |= {name: {"inputMaxValue": 90, "outputScale": 10} for name in spans}
    w.json["extensions"] = {"VRMC_vrm": vrm, "VRMC_springBone": springs}
    w.json["extensionsUsed"] = list(w.json["extensions"])
    return w.glb()


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    Path(sys.argv[1]).write_bytes(build())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
