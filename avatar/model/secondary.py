"""VRMC_springBone 1.0 with VRMC_springBone_extended_collider, and VRMC_node_constraint 1.0.

Both stand on their own: a plain glTF without VRMC_vrm may carry them.
"""

from __future__ import annotations

from .gltf import Document
from .model import AvatarModel, Collider, Constraint, Spring, SpringJoint, SpringLimit
from .place import Place

MAX_JOINTS = 1 << 14
MAX_PAIRS = 1 << 18
MAX_MEETS = 1 << 10
MAX_CELLS = 1 << 22
_ZERO = (0.0, 0.0, 0.0)
_AXES = {
    "roll": ("rollAxis", ("X", "Y", "Z")),
    "aim": ("aimAxis", tuple(f"{sign}{axis}" for axis in "XYZ" for sign in ("Positive", "Negative"))),
}


def apply_springs(document: Document, place: Place) -> None:
    """Fills colliders and springs from ``extensions/VRMC_springBone``. Raises ModelError."""
    model = document.model
    model.colliders = tuple(_collider(document, found) for found in place.each("colliders", MAX_JOINTS))
    groups = [
        found.indices("colliders", len(model.colliders), "colliders", MAX_PAIRS)
        for found in place.each("colliderGroups", MAX_JOINTS)
    ]
    springs = []
    total = colliders = 0
    for found in place.each("springs", MAX_JOINTS):
        joints = found.each("joints", MAX_JOINTS)
        total += len(joints)
        if total > MAX_JOINTS:
            raise place.exceeds(f"has more than {MAX_JOINTS} spring joints")
        chain = [document.node(joint, "node") for joint in joints]
        used = found.indices("colliderGroups", len(groups), "colliderGroups", MAX_PAIRS)
        met = sum(len(groups[g]) for g in used)
        if met > MAX_MEETS:
            raise found.exceeds(f"the spring meets {met} colliders, at most {MAX_MEETS} are allowed", "colliderGroups")
        colliders += met
        if colliders > MAX_PAIRS:
            raise found.exceeds(f"the springs have more than {MAX_PAIRS} colliders together", "colliderGroups")
        springs.append(
            Spring(
                name=found.text("name", ""),
                # The last joint is only where the chain ends.
                joints=tuple(_joint(*link) for link in zip(joints[:-1], chain[:-1], chain[1:], strict=True)),
                colliders=tuple(c for g in used for c in groups[g]),
                center=document.node(found, "center", -1),
            )
        )
    model.springs = tuple(spring for spring in springs if spring.joints)
    check_size(model, place)


def check_size(model: AvatarModel, place: Place) -> None:
    """Refuses more pairs of a joint and a collider than can be kept as a table."""
    joints = sum(len(spring.joints) for spring in model.springs)
    if joints * len(model.colliders) > MAX_CELLS:
        raise place.exceeds(f"has {joints} spring joints with {len(model.colliders)} colliders, which is too many")


def _joint(place: Place, node: int, tail: int) -> SpringJoint:
    return SpringJoint(
        node,
        tail,
        hit_radius=place.number("hitRadius", 0.0, low=0.0),
        stiffness=place.number("stiffness", 1.0, low=0.0),
        gravity_power=place.number("gravityPower", 0.0),
        gravity_dir=place.vector3("gravityDir", (0.0, -1.0, 0.0)),
        drag_force=place.number("dragForce", 0.5, low=0.0, high=1.0),
        limit=_limit(place),
    )


def _limit(place: Place) -> SpringLimit | None:
    """VRMC_springBone_limit; drafts of it call a spherical limit's pitch phi and its yaw theta."""
    extension = place.extension("VRMC_springBone_limit")
    if extension is None:
        return None
    limit = extension.need("limit")
    for kind in ("cone", "hinge", "spherical"):
        found = limit.child(kind)
        if found is not None:
            break
    else:
        raise limit.refuse("has no cone, hinge or spherical")
    keys = ("angle", "") if kind != "spherical" else ("phi", "theta") if found.has("phi") else ("pitch", "yaw")
    x, y, z, w = found.numbers("rotation", 4, (0.0, 0.0, 0.0, 1.0))
    yaw = found.number(keys[1], low=0.0) if keys[1] else 0.0
    return SpringLimit(kind, found.number(keys[0], low=0.0), yaw, (x, y, z, w))


def _collider(document: Document, place: Place) -> Collider:
    node = document.node(place, "node")
    extended = place.extension("VRMC_springBone_extended_collider")
    wide = extended.child("shape") if extended is not None else None
    # A reader that does not know an extended shape uses the plain one beside it.
    known = wide is not None and any(wide.has(kind) for kind in ("sphere", "capsule", "plane"))
    shape = wide if wide is not None and known else place.need("shape")
    sphere, capsule = shape.child("sphere"), shape.child("capsule")
    plane = shape.child("plane") if known else None
    found = sphere or capsule
    if found is not None:
        kind = "sphere" if sphere is not None else "capsule"
        if known and found.flag("inside"):
            kind = "inside" + kind.capitalize()
        offset, radius = found.vector3("offset", _ZERO), found.number("radius", 0.0, low=0.0)
        tail = _ZERO if sphere is not None else found.vector3("tail", _ZERO)
        return Collider(node, kind, offset, radius, tail)
    if plane is not None:
        normal = plane.vector3("normal", (0.0, 0.0, 1.0))
        if normal == _ZERO:
            raise plane.refuse("must not be zero", "normal")
        return Collider(node, "plane", plane.vector3("offset", _ZERO), normal=normal)
    raise shape.refuse("has no sphere, capsule or plane")


def apply_constraints(document: Document) -> None:
    """Fills constraints from the nodes' VRMC_node_constraint. A circle of sources is refused."""
    made: dict[int, Constraint] = {}
    places: dict[int, Place] = {}
    for node, place in enumerate(document.nodes.places):
        extension = place.extension("VRMC_node_constraint")
        if extension is None:
            continue
        constraint = extension.need("constraint")
        for kind in ("roll", "aim", "rotation"):
            found = constraint.child(kind)
            if found is not None:
                break
        else:
            raise constraint.refuse("has no roll, aim or rotation")
        key, allowed = _AXES.get(kind, ("", ()))
        axis = found.choice(key, allowed) if key else ""
        made[node] = Constraint(
            node, document.node(found, "source"), kind, axis, found.number("weight", 1.0, low=0.0, high=1.0)
        )
        places[node] = found
    safe: set[int] = set()
    for start in made:
        trail, at = {start}, made[start].source
        while at in made and at not in safe:
            if at in trail:
                raise places[at].refuse("the node's constraint depends on itself", "source")
            trail.add(at)
            at = made[at].source
        safe |= trail
    document.model.constraints = tuple(made.values())
