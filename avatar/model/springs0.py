"""VRM 0's secondaryAnimation as springs. Runs on a model that has been turned already.

Source: VRM 0.x, ``vrm.secondaryanimation``: a spring root stands for its whole subtree, a node leans toward its first
child, and a leaf toward a point 7 cm beyond it.
"""

from __future__ import annotations

import numpy as np

from ..linalg import quat
from .gltf import Document
from .model import AvatarModel, Collider, Spring, SpringJoint
from .place import Place
from .secondary import MAX_MEETS, MAX_PAIRS, check_size

TAIL = 0.07
_LIMIT = 1 << 12


def node_or_none(document: Document, place: Place, key: str) -> int:
    """The model's node, or -1 where the file says none: VRM 0 writers leave stale and negative indices."""
    old = place.integer(key, -1, low=-(2**40))
    return document.nodes.where[old] if 0 <= old < len(document.nodes.where) else -1


def turned_vector(place: Place, key: str, default: tuple[float, float, float]) -> tuple[float, float, float]:
    """A Unity vector {x, y, z} of a VRM 0 file, in the frame that faces +Z: (-x, y, z)."""
    found = place.child(key)
    if found is None:
        return default
    return 0.0 - found.number("x", 0.0), found.number("y", 0.0), found.number("z", 0.0)


def apply_springs(document: Document, place: Place) -> None:
    """Fills colliders and springs from ``extensions/VRM/secondaryAnimation``. Raises ModelError."""
    model = document.model
    colliders: list[Collider] = []
    groups: list[list[int]] = []
    for group in place.each("colliderGroups", _LIMIT):
        node = node_or_none(document, group, "node")
        groups.append([])
        for sphere in group.each("colliders", _LIMIT) if node >= 0 else ():
            groups[-1].append(len(colliders))
            offset = turned_vector(sphere, "offset", (0.0, 0.0, 0.0))
            colliders.append(Collider(node, "sphere", offset, sphere.number("radius", 0.0, low=0.0)))
    model.colliders = tuple(colliders)

    chains: list[tuple[Place, list[int]]] = []
    taken: set[int] = set()
    children: list[list[int]] = [[] for _ in model.parents]
    for child, parent in enumerate(model.parents):
        if parent >= 0:
            children[parent].append(child)
    found = place.each("boneGroups", _LIMIT)
    for group in found:
        for old in group.array("bones", _LIMIT):
            if isinstance(old, int) and 0 <= old < len(document.nodes.where):
                chains += [(group, chain) for chain in _chains(document.nodes.where[old], children, taken)]
    tails = _add_tails(model, [chain[-1] for _, chain in chains if not children[chain[-1]]])
    # Index order is level order: a chain that hangs on another one comes after it.
    chains.sort(key=lambda item: item[1][0])
    pairs = sum(len(colliders) for group, _ in chains if group.array("colliderGroups"))
    if pairs > MAX_PAIRS:
        raise place.exceeds(f"the springs have more than {MAX_PAIRS} colliders together")
    held = {group.pointer: _held(group, groups) for group in found}
    model.springs = tuple(_spring(document, g, chain, children, tails, held[g.pointer]) for g, chain in chains)
    check_size(model, place)


def _held(group: Place, groups: list[list[int]]) -> tuple[int, ...]:
    """The colliders of a bone group, once each."""
    used = [g for g in group.array("colliderGroups", _LIMIT) if isinstance(g, int) and 0 <= g < len(groups)]
    held = tuple(c for g in dict.fromkeys(used) for c in groups[g])
    if len(held) > MAX_MEETS:
        raise group.exceeds(f"the bones meet {len(held)} colliders, at most {MAX_MEETS} are allowed", "colliderGroups")
    return held


def _chains(root: int, children: list[list[int]], taken: set[int]) -> list[list[int]]:
    """The subtree cut into first-child paths, each node once."""
    found, waiting = [], [root]
    while waiting:
        at, chain = waiting.pop(), []
        while at not in taken:
            taken.add(at)
            chain.append(at)
            waiting += reversed(children[at][1:])
            if children[at]:
                at = children[at][0]
        if chain:
            found.append(chain)
    return found


def _spring(
    document: Document,
    group: Place,
    chain: list[int],
    children: list[list[int]],
    tails: dict[int, int],
    colliders: tuple[int, ...],
) -> Spring:
    joints = tuple(
        SpringJoint(
            node,
            children[node][0] if children[node] else tails[node],
            hit_radius=group.number("hitRadius", 0.0, low=0.0),
            stiffness=group.number("stiffiness", 1.0, low=0.0),
            gravity_power=group.number("gravityPower", 0.0),
            gravity_dir=turned_vector(group, "gravityDir", (0.0, -1.0, 0.0)),
            drag_force=min(group.number("dragForce", 0.4, low=0.0), 1.0),
        )
        for node in chain
    )
    return Spring(group.text("comment", ""), joints, colliders, node_or_none(document, group, "center"))


def _add_tails(model: AvatarModel, leaves: list[int]) -> dict[int, int]:
    """Hangs a node 7 cm beyond each leaf, on the line from its parent, and gives leaf -> new node."""
    if not leaves:
        return {}
    first = model.joint_count
    world = model.rest_world().astype(np.float64)
    local = np.zeros((len(leaves), 3), np.float32)
    for i, leaf in enumerate(leaves):
        parent = model.parents[leaf]
        along = world[leaf, :3, 3] - (world[parent, :3, 3] if parent >= 0 else 0.0)
        length = float(np.linalg.norm(along))
        along = along / length if length > 1e-9 else np.array([0.0, -1.0, 0.0])
        turn = world[leaf, :3, :3]
        local[i] = np.linalg.pinv(turn) @ along * TAIL
    model.node_names += tuple(f"{model.node_names[leaf]}_end" for leaf in leaves)
    model.parents = np.concatenate([model.parents, np.array(leaves, np.int32)])
    model.translation = np.concatenate([model.translation, local])
    model.rotation = np.concatenate([model.rotation, quat.identity((len(leaves),))])
    model.scale = np.concatenate([model.scale, np.ones((len(leaves), 3), np.float32)])
    return {leaf: first + i for i, leaf in enumerate(leaves)}
