"""The node tree as flat arrays, parents before children, level by level. Source: glTF 2.0, section 3.5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..config import Limits
from ..linalg import affine, quat
from ..types import FloatArray, IntArray
from .accessors import Accessors
from .container import Absent
from .missing import REST_BIND, Gaps
from .model import Skin
from .place import Place

_MAX_MATRICES = 1 << 16
_STILL = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0)
"""Translation, rotation and scale of a node for which nothing is said."""


@dataclass(slots=True)
class NodeTable:
    """J nodes in the new order. order : (J,) the file's index of each; where : the file's index -> new index;
    shown : (J,) bool, part of the scene; scenes : the scenes' names; scene : the one that is shown."""

    places: list[Place]
    names: tuple[str, ...]
    parents: IntArray
    translation: FloatArray
    rotation: FloatArray
    scale: FloatArray
    where: list[int]
    shown: NDArray[np.bool_]
    scenes: tuple[str, ...]
    scene: int


def read_nodes(root: Place, limits: Limits, scene: int | None = None) -> NodeTable:
    """Nodes of the file, sorted by depth. Refuses cycles, two parents, and trees that are too deep.

    scene : which one is shown, None = the file's default."""
    places = root.each("nodes", limits.nodes)
    count = len(places)
    children = [place.indices("children", count, "nodes") for place in places]
    parent = [-1] * count
    for i, below in enumerate(children):
        for k, child in enumerate(below):
            if parent[child] >= 0:
                raise places[i].refuse(f"node {child} already has the parent {parent[child]}", "children", k)
            parent[child] = i
    order: list[int] = []
    level = [i for i in range(count) if parent[i] < 0]
    depth = 0
    while level:
        depth += 1
        if depth > limits.node_depth:
            raise root.exceeds(f"the node tree is deeper than {limits.node_depth} levels", "nodes")
        order += level
        level = [child for i in level for child in children[i]]
    if len(order) < count:
        lost = next(iter(set(range(count)) - set(order)))
        raise places[lost].refuse("the node is its own ancestor", "children")
    where = [0] * count
    for new, old in enumerate(order):
        where[old] = new
    ordered = [places[i] for i in order]
    translation, rotation, scale = _transforms(ordered)
    names, shown_scene, roots = _scene(root, count, scene)
    parents = np.array([where[parent[i]] if parent[i] >= 0 else -1 for i in order], np.int32)
    return NodeTable(
        ordered,
        tuple(place.text("name", f"node{old}") for place, old in zip(ordered, order, strict=True)),
        parents,
        translation,
        rotation,
        scale,
        where,
        _shown(roots, parents, where),
        names,
        shown_scene,
    )


def _transforms(places: list[Place]) -> tuple[FloatArray, FloatArray, FloatArray]:
    matrices: dict[int, tuple[float, ...]] = {}
    parts: list[tuple[float, ...]] = []
    for i, place in enumerate(places):
        if place.has("matrix"):
            matrices[i] = place.numbers("matrix", 16)
            parts.append(_STILL)
        else:
            moved = place.numbers("translation", 3, _STILL[:3])
            turned = place.numbers("rotation", 4, _STILL[3:7])
            parts.append(moved + turned + place.numbers("scale", 3, _STILL[7:]))
    table = np.array(parts, np.float32).reshape(-1, 10)
    translation, rotation, scale = table[:, :3].copy(), table[:, 3:7].copy(), table[:, 7:].copy()
    if matrices:
        which = list(matrices)
        columns = np.array(list(matrices.values()), np.float32).reshape(-1, 4, 4)
        translation[which], rotation[which], scale[which] = affine.decompose(columns.transpose(0, 2, 1))
    return translation, quat.normalize(rotation), scale


def _scene(root: Place, count: int, scene: int | None) -> tuple[tuple[str, ...], int, list[int] | None]:
    """The scenes' names, which is shown, and the file's indices of its root nodes; None where all nodes are shown."""
    scenes = root.each("scenes")
    names = tuple(place.text("name", f"scene{i}") for i, place in enumerate(scenes))
    if scene is not None and not 0 <= scene < max(len(scenes), 1):
        raise root.refuse(f"there is no scene {scene}: the file has {len(scenes)}", "scenes")
    if not scenes:
        return (), 0, None
    if scene is None:
        scene = root.index("scene", len(scenes), "scenes", 0)
    return names, scene, scenes[scene].indices("nodes", count, "nodes")


def _shown(roots: list[int] | None, parents: IntArray, where: list[int]) -> NDArray[np.bool_]:
    shown = np.zeros(len(parents), np.bool_)
    if roots is None:
        return ~shown
    for old in roots:
        shown[where[old]] = True
    for run in affine.generations(parents):
        above = parents[run]
        shown[run] |= (above >= 0) & shown[above]
    return shown


def read_skins(root: Place, accessors: Accessors, nodes: NodeTable, limits: Limits, gaps: Gaps) -> tuple[Skin, ...]:
    """All skins, their joints in the new node order."""
    skins = []
    for place in root.each("skins", limits.nodes):
        joints = place.indices("joints", len(nodes.places), "nodes", limits.joints)
        if not joints:
            raise place.refuse("has no joints", "joints")
        accessors.spend(len(joints) * 64, place)
        ordered = np.array([nodes.where[j] for j in joints], np.int32)
        bind = np.broadcast_to(np.eye(4, dtype=np.float32), (len(joints), 4, 4)).copy()
        if place.has("inverseBindMatrices"):
            if accessors.place(place, "inverseBindMatrices").integer("count") > _MAX_MATRICES:
                raise place.exceeds(f"has more than {_MAX_MATRICES} matrices", "inverseBindMatrices")
            try:
                flat = accessors.floats(place, "inverseBindMatrices", ("MAT4",))
            except Absent as error:
                gaps.add(error, REST_BIND)
                bind = _rest_bind(nodes, ordered)
            else:
                if len(flat) < len(joints):
                    raise place.refuse(f"has {len(flat)} matrices for {len(joints)} joints", "inverseBindMatrices")
                bind = flat[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1).copy()
        skins.append(Skin(ordered, bind))
    return tuple(skins)


def _rest_bind(nodes: NodeTable, joints: IntArray) -> FloatArray:
    """(K, 4, 4) inverses of the joints' world matrices at rest; identity for one that is squashed flat."""
    with np.errstate(all="ignore"):
        world = affine.compose(nodes.translation, nodes.rotation, nodes.scale).astype(np.float64)
        found = affine.chain(world, nodes.parents)[joints]
        good = np.abs(np.linalg.det(found)) > 1e-12
        found[~good] = np.eye(4)
        return np.linalg.inv(found).astype(np.float32)
