"""What loading a large companion costs: a VRM of about 20 MB and 41k triangles, made here, read again and again.

    python benchmarks/load.py [--json] [--model FILE] [--rounds 15] [--keep FILE]

The made file is like what character makers write: 18 pictures (PNG and JPEG, 512² to 2048²), a face with 57 morph
targets, 120 joints, skinned clothes and hair, spring chains. Times are wall time; the file is in the page cache.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import struct
import tempfile
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from avatar.model.load import load as load_on_one
from avatar.runtime.loading import load

# (side, format) of each picture
PICTURES = [(2048, "png")] * 2 + [(1024, "png")] * 10 + [(512, "png")] * 3 + [(1024, "jpg")] * 3
# (triangle rows, columns, morph targets) of each primitive
PARTS = [(70, 45, 57), (90, 40, 0), (90, 40, 0), (60, 40, 0), (60, 40, 0), (70, 50, 0), (40, 30, 0), (30, 16, 0)]
CHAIN = (
    *("hips", "spine", "chest", "neck", "head"),
    *(f"{side}{bone}" for side in ("left", "right") for bone in ("UpperLeg", "LowerLeg", "Foot")),
    *(f"{side}{bone}" for side in ("left", "right") for bone in ("UpperArm", "LowerArm", "Hand")),
)


class _Writer:
    def __init__(self) -> None:
        self.bin = bytearray()
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []

    def view(self, data: bytes) -> int:
        self.bin += bytes(-len(self.bin) % 4)
        self.views.append({"buffer": 0, "byteOffset": len(self.bin), "byteLength": len(data)})
        self.bin += data
        return len(self.views) - 1

    def add(self, array: np.ndarray[Any, Any], kind: str, component: int, **extra: Any) -> int:
        view = self.view(np.ascontiguousarray(array).tobytes())
        found = {"bufferView": view, "componentType": component, "count": len(array), "type": kind}
        self.accessors.append({**found, **extra})
        return len(self.accessors) - 1


def picture(side: int, kind: str, rng: np.random.Generator) -> bytes:
    """A painted sheet: islands of soft colour with strokes, grain in some, transparent between."""
    image = np.full((side, side, 4), 0, np.uint8)
    for _ in range(14):
        color = [int(v) for v in rng.integers(60, 255, 3)]
        at = tuple(int(v) for v in rng.integers(0, side, 2))
        axes = tuple(int(v) for v in rng.integers(side // 12, side // 4, 2))
        cv2.ellipse(image, at, axes, float(rng.uniform(0, 180)), 0, 360, (*color, 255), -1, cv2.LINE_AA)
    shade = cv2.resize(rng.uniform(0.6, 1.0, (24, 24)).astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
    fine = rng.normal(0, 1.0, (side, side)).astype(np.float32)
    image[..., :3] = np.clip(image[..., :3] * shade[..., None] + fine[..., None] * (image[..., 3:] > 0), 0, 255)
    if kind == "jpg":
        return cv2.imencode(".jpg", image[..., :3], [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
    return cv2.imencode(".png", image if rng.random() < 0.6 else image[..., :3])[1].tobytes()


def _part(w: _Writer, rows: int, columns: int, morphs: int, index: int, rng: np.random.Generator) -> dict[str, Any]:
    u, v = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1))
    angle = u * 2 * np.pi
    radius = 0.1 + 0.03 * np.sin(v * 9 + index)
    points = np.stack([radius * np.cos(angle), 0.2 * index + 0.2 * v, radius * np.sin(angle)], -1).reshape(-1, 3)
    normals = np.stack([np.cos(angle), 0 * v, np.sin(angle)], -1).reshape(-1, 3)
    first = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).reshape(-1)
    corners = [first, first + columns + 1, first + 1, first + 1, first + columns + 1, first + columns + 2]
    joints = rng.integers(0, 120, (len(points), 4)).astype("<u2")
    weights = rng.dirichlet((3, 1, 1, 0.5), len(points)).astype("<f4")
    low, high = points.min(0).tolist(), points.max(0).tolist()
    attributes = {
        "POSITION": w.add(points.astype("<f4"), "VEC3", 5126, min=low, max=high),
        "NORMAL": w.add(normals.astype("<f4"), "VEC3", 5126),
        "TEXCOORD_0": w.add(np.stack([u, v], -1).reshape(-1, 2).astype("<f4"), "VEC2", 5126),
        "JOINTS_0": w.add(joints, "VEC4", 5123),
        "WEIGHTS_0": w.add(weights, "VEC4", 5126),
    }
    made: dict[str, Any] = {
        "attributes": attributes,
        "indices": w.add(np.stack(corners, -1).reshape(-1).astype("<u4"), "SCALAR", 5125),
        "material": index,
    }
    targets = []
    for _ in range(morphs):
        delta = rng.normal(0, 0.002, points.shape) * (rng.random((len(points), 1)) < 0.3)
        target = {"POSITION": w.add(delta.astype("<f4"), "VEC3", 5126)}
        target["NORMAL"] = w.add((delta * 20).astype("<f4"), "VEC3", 5126)
        targets.append(target)
    if targets:
        made["targets"] = targets
    return made


def make(path: Path) -> None:
    """Writes the synthetic VRM 1.0."""
    rng = np.random.default_rng(41)
    w = _Writer()
    parts = [_part(w, *shape, i, rng) for i, shape in enumerate(PARTS)]
    names = [*CHAIN, *(f"hair{i}" for i in range(120 - len(CHAIN)))]
    nodes: list[dict[str, Any]] = [{"name": name, "translation": [0, 0.05, 0]} for name in names]
    for i in range(1, len(nodes)):
        parent = i - 1 if (i < len(CHAIN) and i < 5) or (i >= len(CHAIN) and (i - len(CHAIN)) % 8) else 4
        nodes[parent].setdefault("children", []).append(i)
    bind = np.tile(np.eye(4, dtype="<f4").reshape(-1), (120, 1))
    skin = {"joints": list(range(120)), "inverseBindMatrices": w.add(bind, "MAT4", 5126)}
    nodes.append({"name": "body", "mesh": 0, "skin": 0})
    images = []
    for side, kind in PICTURES:
        mime = "image/png" if kind == "png" else "image/jpeg"
        images.append({"bufferView": w.view(picture(side, kind, rng)), "mimeType": mime})
    materials = []
    for i in range(len(PARTS)):
        toon = {"shadeMultiplyTexture": {"index": (i + 8) % 18}, "shadingToonyFactor": 0.8}
        if i % 3 == 0:
            toon["rimMultiplyTexture"] = {"index": (i + 16) % 18}
        pbr = {"baseColorTexture": {"index": i}}
        extra = {"normalTexture": {"index": 15 + i % 3}} if i < 3 else {}
        materials.append({"pbrMetallicRoughness": pbr, **extra, "extensions": {"VRMC_materials_mtoon": toon}})
    faces = {
        name: {"morphTargetBinds": [{"node": 120, "index": k, "weight": 1}]}
        for k, name in enumerate(("happy", "angry", "sad", "aa", "ih", "ou", "ee", "oh", "blink"))
    }
    springs = [
        {"joints": [{"node": i + k, "stiffness": 1.0, "dragForce": 0.4} for k in range(8)]}
        for i in range(len(CHAIN), 120 - 8, 8)
    ]
    human = {name: {"node": i} for i, name in enumerate(CHAIN)}
    document = {
        "asset": {"version": "2.0", "generator": "benchmarks/load.py"},
        "scene": 0,
        "scenes": [{"nodes": [0, 120]}],
        "nodes": nodes,
        "meshes": [{"primitives": parts}],
        "skins": [skin],
        "materials": materials,
        "textures": [{"source": i} for i in range(len(images))],
        "images": images,
        "accessors": w.accessors,
        "bufferViews": w.views,
        "buffers": [{"byteLength": len(w.bin)}],
        "extensionsUsed": ["VRMC_vrm", "VRMC_springBone", "VRMC_materials_mtoon"],
        "extensions": {
            "VRMC_vrm": {"specVersion": "1.0", "humanoid": {"humanBones": human}, "expressions": {"preset": faces}},
            "VRMC_springBone": {"specVersion": "1.0", "springs": springs},
        },
    }
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = bytes(w.bin) + bytes(-len(w.bin) % 4)
    head = struct.pack("<4s4I", b"glTF", 2, 28 + len(text) + len(body), len(text), 0x4E4F534A)
    path.write_bytes(head + text + struct.pack("<2I", len(body), 0x004E4942) + body)


def measure(path: Path, rounds: int) -> dict[str, Any]:
    """Milliseconds of reading the file, with the pictures on one thread and on several."""
    model = load(path)
    found: dict[str, Any] = {
        "megabytes": round(path.stat().st_size / 1e6, 1),
        "triangles": sum(len(p.indices) for p in model.primitives),
        "pictures": sum(t.image.size > 4 for t in model.textures),
        "megapixels": round(sum(t.image.shape[0] * t.image.shape[1] for t in model.textures) / 1e6, 1),
        "morphs": len(model.morph_defaults),
        "nodes": model.joint_count,
    }
    for name, reader in (("several threads", load), ("one thread", load_on_one)):
        times, cpu = [], []
        for _ in range(rounds):
            started, spent = time.perf_counter(), time.process_time()
            reader(path)
            times.append((time.perf_counter() - started) * 1000)
            cpu.append((time.process_time() - spent) * 1000)
        found[name] = {"median_ms": round(statistics.median(times), 1), "least_ms": round(min(times), 1)}
        found[name].update(most_ms=round(max(times), 1), processor_ms=round(statistics.median(cpu), 1))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.model or asked.keep or Path(folder) / "large.vrm"
        if asked.model is None:
            make(path)
        found = measure(path, asked.rounds)
    if asked.json:
        print(json.dumps({"machine": platform.processor() or platform.machine(), **found}))
        return
    for key, value in found.items():
        print(f"{key:16}", *(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else (value,))


if __name__ == "__main__":
    main()
