"""What the seeds share: a square with every attribute, pictures, animation tracks."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.append(str(Path(__file__).resolve().parents[1] / "model"))
from model_files import Gltf

Json = dict[str, Any]
SQUARE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], "f4")
BOUNDS = {"min": [0, 0, 0], "max": [1, 1, 0]}
PICTURE = (np.arange(4 * 4 * 3, dtype="u1") * 5).reshape(4, 4, 3)


def picture(kind: str) -> bytes:
    """A 4 × 4 picture as .png, .jpg or .webp."""
    ok, data = cv2.imencode(kind, PICTURE)
    assert ok
    return data.tobytes()


def normals(count: int) -> np.ndarray:
    return np.tile(np.array([0, 0, 1], "f4"), (count, 1))


def square(g: Gltf, skinned: bool = False, targets: int = 0, **extra: Any) -> int:
    """A mesh of two triangles with every attribute; its second target is sparse."""
    attributes = {
        "POSITION": g.accessor(SQUARE, **BOUNDS),
        "NORMAL": g.accessor(normals(4)),
        "TANGENT": g.accessor(np.tile(np.array([1, 0, 0, 1], "f4"), (4, 1))),
        "TEXCOORD_0": g.accessor(SQUARE[:, :2].copy()),
        "TEXCOORD_1": g.accessor((SQUARE[:, :2] * 65535).astype("u2"), normalized=True),
        "COLOR_0": g.accessor(np.full((4, 4), 200, "u1"), normalized=True),
    }
    if skinned:
        attributes["JOINTS_0"] = g.accessor(np.tile(np.array([0, 1, 2, 0], "u1"), (4, 1)))
        attributes["WEIGHTS_0"] = g.accessor(np.tile(np.array([0.4, 0.2, 0.2, 0], "f4"), (4, 1)))
        attributes["JOINTS_1"] = g.accessor(np.tile(np.array([3, 4, 0, 0], "u2"), (4, 1)))
        attributes["WEIGHTS_1"] = g.accessor(np.tile(np.array([26, 25, 0, 0], "u1"), (4, 1)), normalized=True)
    if targets:
        sparse = g.accessor(SQUARE, min=[0, 0, 0], max=[0, 1, 0])
        g.json["accessors"][sparse]["sparse"] = {
            "count": 2,
            "indices": {"bufferView": g.view(bytes([1, 0, 3, 0])), "componentType": 5123},
            "values": {"bufferView": g.view(bytes(24))},
        }
        whole = {
            "POSITION": g.accessor(SQUARE, **BOUNDS),
            "NORMAL": g.accessor(normals(4)),
            "TANGENT": g.accessor(SQUARE),
        }
        extra["targets"] = [whole, {"POSITION": sparse}][:targets]
    return g.mesh(attributes, indices=g.accessor(np.array([0, 1, 2, 2, 1, 3], "u2")), **extra)


def animation(g: Gltf, name: str) -> Json:
    made: Json = {"name": name, "channels": [], "samplers": []}
    g.json.setdefault("animations", []).append(made)
    return made


def track(g: Gltf, animation: Json, node: int, path: str, values: Any, how: str = "LINEAR", **extra: Any) -> None:
    times = g.accessor(np.linspace(0, 1, len(values) // (3 if how == "CUBICSPLINE" else 1), dtype="f4"))
    g.json["accessors"][times].update(min=[0], max=[1])
    sampler = {"input": times, "output": g.accessor(np.array(values, "f4"), **extra), "interpolation": how}
    animation["samplers"].append(sampler)
    target = {"node": node, "path": path}
    animation["channels"].append({"sampler": len(animation["samplers"]) - 1, "target": target})
