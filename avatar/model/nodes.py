"""The node tree as flat arrays, parents before children, level by level. Source: glTF 2.0, section 3.5."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..linalg import affine, quat
from ..types import FloatArray, IntArray
from .accessors import Accessors
from .model import Skin
from .place import Place

MAX_NODES = 1 << 14
MAX_JOINTS = 1024
MAX_DEPTH = 256


@dataclass(slots=True)
class NodeTable:
    """J nodes in the new order. order : (J,) the file's index of each; where : the file's index -> new index;
    shown : (J,) bool, part of the default scene."""

    places: list[Place]
    names: tuple[str, ...]
    parents: IntArray
    translation: FloatArray
    rotation: FloatArray
    scale: FloatArray
    where: list[int]
    shown: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def read_nodes(root: Place) -> NodeTable:
    """Nodes of the file, sorted by depth. Refuses cycles, two parents, and trees deeper than MAX_DEPTH."""
    places = root.each("nodes", MAX_NODES)
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
        if depth > MAX_DEPTH:
            raise root.refuse(f"the node tree is deeper than {MAX_DEPTH} levels", "nodes")
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
    parents = np.array([where[parent[i]] if parent[i] >= 0 else -1 for i in order], np.int32)
    return NodeTable(
        ordered,
        tuple(place.text("name", f"node{old}") for place, old in zip(ordered, order, strict=True)),
        parents,
        translation,
        rotation,
        scale,
        where,
        _shown(root, parents, where),
    )


def _transforms(places: list[Place]) -> tuple[FloatArray, FloatArray, FloatArray]:
    translation = np.zeros((len(places), 3), np.float32)
    rotation = quat.identity((len(places),))
    scale = np.ones((len(places), 3), np.float32)
    for i, place in enumerate(places):
        if place.has("matrix"):
            matrix = np.array(place.numbers("matrix", 16), np.float32).reshape(4, 4).T
            translation[i], rotation[i], scale[i] = affine.decompose(matrix)
        else:
            translation[i] = place.numbers("translation", 3, (0.0, 0.0, 0.0))
            rotation[i] = place.numbers("rotation", 4, (0.0, 0.0, 0.0, 1.0))
            scale[i] = place.numbers("scale", 3, (1.0, 1.0, 1.0))
    return translation, quat.normalize(rotation), scale


def _shown(root: Place, parents: IntArray, where: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    scenes = root.each("scenes")
    shown = np.zeros(len(parents), np.bool_)
    if not scenes:
        return ~shown
    scene = scenes[root.index("scene", len(scenes), "scenes", 0)]
    for old in scene.indices("nodes", len(where), "nodes"):
        shown[where[old]] = True
    for i, parent in enumerate(parents):
        if parent >= 0 and shown[parent]:
            shown[i] = True
    return shown


def read_skins(root: Place, accessors: Accessors, nodes: NodeTable) -> tuple[Skin, ...]:
    """All skins, their joints in the new node order."""
    skins = []
    for place in root.each("skins", MAX_NODES):
        joints = place.indices("joints", len(nodes.places), "nodes", MAX_JOINTS)
        if not joints:
            raise place.refuse("has no joints", "joints")
        if place.has("inverseBindMatrices"):
            flat = accessors.floats(place, "inverseBindMatrices", ("MAT4",))
            if len(flat) < len(joints):
                raise place.refuse(f"has {len(flat)} matrices for {len(joints)} joints", "inverseBindMatrices")
            bind = flat[: len(joints)].reshape(-1, 4, 4).transpose(0, 2, 1).copy()
        else:
            bind = np.broadcast_to(np.eye(4, dtype=np.float32), (len(joints), 4, 4)).copy()
        accessors.spend(bind.nbytes, place)
        skins.append(Skin(np.array([nodes.where[j] for j in joints], np.int32), bind))
    return tuple(skins)
