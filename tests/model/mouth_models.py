"""A smallest face with a mouth of any kind: two lips, upper teeth and a chin, written as a real file.

At rest the lips touch. Every shape does to the vertices what its name says, in millimetres.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from model_files import Gltf

UPPER, LOWER, TEETH, CHIN = slice(0, 3), slice(3, 6), 6, 7
HEAD = np.array((0.0, 1.5, 0.0))
FACE = (
    np.array(
        [(-22, 0, 98), (0, 0, 104), (22, 0, 98), (-22, 0, 97), (0, 0, 102), (22, 0, 97), (0, -3, 92), (0, -38, 92)],
        "f4",
    )
    / 1000
)
"""(8, 3) metres from the head's node: the upper lip, the lower lip, the edge of the upper teeth, the chin."""


def _shape(**moves: tuple[float, float, float]) -> np.ndarray:
    d = np.zeros((8, 3), "f4")
    parts = {"upper": UPPER, "lower": LOWER, "chin": CHIN, "corners": [0, 2, 3, 5], "left": [2, 5], "right": [0, 3]}
    parts |= {"lower_left": [4, 5], "lower_right": [3, 4], "upper_left": [1, 2], "upper_right": [0, 1]}
    for part, move in moves.items():
        d[parts[part]] += np.array(move, "f4") / 1000
    return d


def _inward(mm: float) -> np.ndarray:
    d = np.zeros((8, 3), "f4")
    d[[0, 3], 0], d[[2, 5], 0] = mm / 1000, -mm / 1000
    return d


ARKIT = {
    "jawOpen": _shape(lower=(0, -30, -6), chin=(0, -34, -8)),
    "mouthClose": _shape(lower=(0, 30, 6)),
    "mouthFunnel": _shape(upper=(0, 5, 6), lower=(0, -7, 6)) + _inward(9),
    "mouthPucker": _shape(upper=(0, 1, 9), lower=(0, -1, 9)) + _inward(13),
    "mouthRollLower": _shape(lower=(0, 1, -12)),
    "mouthRollUpper": _shape(upper=(0, -1, -8)),
    "mouthShrugLower": _shape(lower=(0, 2, 1)),
    "tongueOut": _shape(),
    "mouthPressLeft": _shape(upper_left=(0, -0.5, -1), lower_left=(0, 0.5, -1)),
    "mouthPressRight": _shape(upper_right=(0, -0.5, -1), lower_right=(0, 0.5, -1)),
    "mouthStretchLeft": _shape(left=(10, -2, -3)),
    "mouthStretchRight": _shape(right=(-10, -2, -3)),
    "mouthLowerDownLeft": _shape(lower_left=(0, -5, 0)),
    "mouthLowerDownRight": _shape(lower_right=(0, -5, 0)),
    "mouthUpperUpLeft": _shape(upper_left=(0, 4, 0)),
    "mouthUpperUpRight": _shape(upper_right=(0, 4, 0)),
    "mouthSmileLeft": _shape(left=(7, 7, -4)),
    "mouthSmileRight": _shape(right=(-7, 7, -4)),
}
_OPEN = {"TH": 5, "DD": 4, "kk": 6, "CH": 5, "SS": 3, "nn": 4, "RR": 5, "aa": 22, "E": 11, "ih": 7, "oh": 14, "ou": 7}
OCULUS = {
    "sil": _shape(),
    "PP": _shape(upper=(0, -0.5, -2), lower=(0, 0.5, -2)),
    "FF": _shape(upper=(0, 2, 0), lower=(0, 0, -9)),
    **{name: _shape(lower=(0, -mm, 0), chin=(0, -mm, 0)) for name, mm in _OPEN.items()},
}
VOWELS = {
    name: _shape(lower=(0, -_OPEN[key], 0)) for name, key in zip("AIUEO", ("aa", "ih", "ou", "E", "oh"), strict=True)
}
GRIN = _shape(upper=(0, 3, 0), lower=(0, -12, 0), corners=(0, 5, 0))
"""A feeling that opens the mouth."""


def write(
    folder: Path,
    shapes: dict[str, np.ndarray] | None = None,
    spelled: Callable[[str], str] = str,
    vrm: str = "",
    jaw: str = "",
    owner: str = "mesh",
    turned: bool = False,
) -> Path:
    """shapes : morph targets; spelled : their names in the file; vrm : "" plain glTF, "targets" a VRM 1.0 that binds
    none of them, "expressions" one with a custom expression for each; either has a ``happy`` that is ``GRIN``;
    jaw : name of a jaw's node on which lower lip and chin hang; owner : who has the names, ``mesh`` or ``primitive``,
    ``target`` or nobody; turned : the face looks towards -Z."""
    g = Gltf()
    shapes = dict(shapes or {})
    bones = g.vrm1() if vrm else {}
    head = bones.get("head", -1)
    if head < 0:
        head = g.node(name="head", translation=HEAD.tolist())
    about = np.array((-1, 1, -1) if turned else (1, 1, 1), "f4")
    names = [spelled(name) for name in shapes]
    deltas = [shape * about for shape in shapes.values()]
    if vrm:
        names, deltas = [*names, "Grin"], [*deltas, GRIN * about]
    points = np.ascontiguousarray(FACE * about, "f4")
    faces = np.array([(0, 3, 1), (1, 3, 4), (1, 4, 2), (2, 4, 5), (6, 7, 3)], "u2")
    attributes = {
        "POSITION": g.accessor(points),
        "NORMAL": g.accessor(np.tile(np.array([0, 0, 1], "f4"), (8, 1))),
    }
    extra: dict[str, Any] = {"indices": g.accessor(faces.reshape(-1, 1))}
    if deltas:
        extra["targets"] = [{"POSITION": g.accessor(np.ascontiguousarray(d, "f4"))} for d in deltas]
    node: dict[str, Any] = {"name": "face"}
    if jaw:
        hinge = (np.array((0, 5, 10)) / 1000 * about).astype("f4")
        jaw_node = g.node(root=False, name=jaw, translation=hinge.tolist())
        g.json["nodes"][head].setdefault("children", []).append(jaw_node)
        pull = np.zeros((8, 4), "f4")
        joints = np.zeros((8, 4), "u1")
        pull[:, 0] = 1
        joints[[3, 4, 5, CHIN], 0] = 1
        attributes |= {"JOINTS_0": g.accessor(joints), "WEIGHTS_0": g.accessor(pull)}
        bind = np.tile(np.eye(4, dtype="f4"), (2, 1, 1))
        bind[1, 3, :3] = -hinge
        skin = {"joints": [head, jaw_node], "inverseBindMatrices": g.accessor(bind.reshape(2, 16))}
        g.json["skins"] = [skin]
        node["skin"] = 0
        if vrm:
            g.json["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"]["jaw"] = {"node": jaw_node}
    mesh = g.mesh(attributes, **extra)
    if owner == "mesh":
        g.json["meshes"][mesh]["extras"] = {"targetNames": names}
    elif owner == "primitive":
        g.json["meshes"][mesh]["primitives"][0]["extras"] = {"targetNames": names}
    elif owner == "target":
        for target, name in zip(extra["targets"], names, strict=True):
            target["extras"] = {"name": name}
    face = g.node(root=False, mesh=mesh, **node)
    g.json["nodes"][head].setdefault("children", []).append(face)
    if vrm:
        binds = {
            name: {"morphTargetBinds": [{"node": face, "index": k, "weight": 1.0}]} for k, name in enumerate(names)
        }
        happy = binds.pop("Grin")
        custom = binds if vrm == "expressions" else {}
        g.json["extensions"]["VRMC_vrm"]["expressions"] = {"preset": {"happy": happy}, "custom": custom}
    return g.write(folder, "face.glb")
