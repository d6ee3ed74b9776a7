"""What the parts of a house companion share: the skeleton's joints, and ``Part``, one mesh with its weights and morphs.

Companion frame: +Y up, metres, faces +Z, left is +X, T-pose, feet on y = 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# joint -> (parent, position in the companion frame). Only the left side is written; the right is its mirror.
_CENTRE = {
    "hips": ("", (0.0, 0.90, 0.0)),
    "spine": ("hips", (0.0, 0.98, -0.002)),
    "chest": ("spine", (0.0, 1.08, -0.008)),
    "upperChest": ("chest", (0.0, 1.19, -0.014)),
    "neck": ("upperChest", (0.0, 1.345, -0.018)),
    "head": ("neck", (0.0, 1.425, -0.006)),
    "jaw": ("head", (0.0, 1.455, 0.012)),
}
_LEFT = {
    "Eye": ("head", (0.0335, 1.503, 0.066)),
    "UpperLeg": ("hips", (0.083, 0.865, 0.0)),
    "LowerLeg": ("UpperLeg", (0.083, 0.475, 0.004)),
    "Foot": ("LowerLeg", (0.083, 0.080, -0.022)),
    "Toes": ("Foot", (0.083, 0.018, 0.095)),
    "Shoulder": ("upperChest", (0.028, 1.310, -0.014)),
    "UpperArm": ("Shoulder", (0.142, 1.302, -0.016)),
    "LowerArm": ("UpperArm", (0.385, 1.302, -0.020)),
    "Hand": ("LowerArm", (0.610, 1.302, -0.016)),
    "ThumbMetacarpal": ("Hand", (0.632, 1.294, 0.010)),
    "ThumbProximal": ("ThumbMetacarpal", (0.660, 1.286, 0.034)),
    "ThumbDistal": ("ThumbProximal", (0.684, 1.282, 0.051)),
    "IndexProximal": ("Hand", (0.692, 1.304, 0.014)),
    "IndexIntermediate": ("IndexProximal", (0.728, 1.304, 0.015)),
    "IndexDistal": ("IndexIntermediate", (0.750, 1.304, 0.0155)),
    "MiddleProximal": ("Hand", (0.696, 1.306, -0.008)),
    "MiddleIntermediate": ("MiddleProximal", (0.736, 1.306, -0.008)),
    "MiddleDistal": ("MiddleIntermediate", (0.760, 1.306, -0.008)),
    "RingProximal": ("Hand", (0.692, 1.304, -0.029)),
    "RingIntermediate": ("RingProximal", (0.728, 1.304, -0.030)),
    "RingDistal": ("RingIntermediate", (0.751, 1.304, -0.0305)),
    "LittleProximal": ("Hand", (0.684, 1.300, -0.048)),
    "LittleIntermediate": ("LittleProximal", (0.712, 1.299, -0.050)),
    "LittleDistal": ("LittleIntermediate", (0.730, 1.299, -0.051)),
}


def skeleton() -> dict[str, tuple[str, Array]]:
    """VRM 1.0 bone -> (parent bone or "", (3,) position), parents first."""
    bones: dict[str, tuple[str, Array]] = {n: (p, np.array(x)) for n, (p, x) in _CENTRE.items()}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for name, (parent, x) in _LEFT.items():
            full = parent if parent in _CENTRE else side + parent
            bones[side + name] = (full, np.array(x) * (sign, 1.0, 1.0))
    return bones


@dataclass
class Chain:
    """A spring chain. joints : (name, position) from its root to its tip, the last one being the end that only gives
    direction; parent : the bone that carries the first joint."""

    name: str
    parent: str
    joints: list[tuple[str, Array]]
    stiffness: float = 1.0
    drag: float = 0.4
    gravity: float = 0.0
    radius: float = 0.02
    colliders: tuple[str, ...] = ()  # names of collider groups: head, neck, chest, hips, leftUpperLeg …


@dataclass
class Part:
    """One mesh with one material.

    positions, normals : (V, 3); uvs : (V, 2), origin top left as glTF's; triangles : (T, 3), counter-clockwise from
    outside; weights : joint name -> (V,), any scale (normalised to the four largest on writing);
    morphs : name -> (V, 3) position deltas; morph_normals : the same for normals, made by the writer where missing;
    material : key into the companion's materials.
    """

    name: str
    positions: Array
    triangles: NDArray[np.int64]
    weights: dict[str, Array]
    material: str
    uvs: Array | None = None
    normals: Array | None = None
    morphs: dict[str, Array] = field(default_factory=dict)
    colors: Array | None = None


def smooth_normals(positions: Array, triangles: NDArray[np.int64], weld: float = 1e-5) -> Array:
    """(V, 3) unit, area weighted; vertices at the same place (within ``weld`` metres) share one normal."""
    a, b, c = (positions[triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    _, same = np.unique(np.round(positions / weld).astype(np.int64), axis=0, return_inverse=True)
    same = same.reshape(-1)
    total = np.zeros((same.max() + 1, 3))
    for k in range(3):
        np.add.at(total, same[triangles[:, k]], face)
    n = total[same]
    return n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-20)
