"""A mannequin made here, not loaded: every VRM bone, human proportions, prisms for limbs, a mouth that opens.

``humanoid(twist=seed)`` gives every node a random rest rotation but the same joint positions and the same shape.
"""

from __future__ import annotations

import numpy as np

from avatar.linalg import affine, quat
from avatar.model.model import (
    AvatarModel,
    Collider,
    Expression,
    LookAt,
    Material,
    Primitive,
    Skin,
    Spring,
    SpringJoint,
)

CENTRE = {
    "root": ("", (0, 0, 0)),
    "hips": ("root", (0, 0.92, 0)),
    "spine": ("hips", (0, 1.00, 0)),
    "chest": ("spine", (0, 1.11, -0.01)),
    "upperChest": ("chest", (0, 1.22, -0.015)),
    "neck": ("upperChest", (0, 1.38, -0.02)),
    "head": ("neck", (0, 1.46, 0)),
}
LEFT = {
    "Eye": ("head", (0.032, 1.53, 0.07)),
    "UpperLeg": ("hips", (0.085, 0.88, 0)),
    "LowerLeg": ("UpperLeg", (0.085, 0.49, 0.004)),
    "Foot": ("LowerLeg", (0.085, 0.085, -0.02)),
    "Toes": ("Foot", (0.085, 0.02, 0.10)),
    "Shoulder": ("upperChest", (0.03, 1.345, -0.015)),
    "UpperArm": ("Shoulder", (0.15, 1.335, -0.02)),
    "LowerArm": ("UpperArm", (0.40, 1.335, -0.022)),
    "Hand": ("LowerArm", (0.63, 1.335, -0.02)),
    "ThumbMetacarpal": ("Hand", (0.65, 1.327, 0.01)),
    "ThumbProximal": ("ThumbMetacarpal", (0.68, 1.318, 0.034)),
    "ThumbDistal": ("ThumbProximal", (0.705, 1.312, 0.052)),
}
for finger, z, reach in (
    ("Index", 0.016, 0.095),
    ("Middle", -0.006, 0.10),
    ("Ring", -0.027, 0.096),
    ("Little", -0.046, 0.088),
):
    parent, x = "Hand", 0.63
    for joint, step in (("Proximal", reach - 0.01), ("Intermediate", 0.04), ("Distal", 0.024)):
        x += step
        LEFT[finger + joint] = (parent, (x, 1.335, z))
        parent = finger + joint

RADIUS = {"hips": 0.13, "spine": 0.12, "chest": 0.13, "upperChest": 0.12, "neck": 0.05, "head": 0.09}


def skeleton() -> dict[str, tuple[str, np.ndarray]]:
    """name -> (parent, (3,) position), parents first."""
    bones = {n: (p, np.array(x, float)) for n, (p, x) in CENTRE.items()}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for name, (parent, x) in LEFT.items():
            full = parent if parent in CENTRE else side + parent
            bones[side + name] = (full, np.array(x, float) * (sign, 1, 1))
    return bones


def _prism(a: np.ndarray, b: np.ndarray, ra: float, rb: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    along = (b - a) / np.linalg.norm(b - a)
    side = np.cross(along, (0.0, 0, 1) if abs(along[2]) < 0.8 else (0.0, 1, 0))
    side /= np.linalg.norm(side)
    up = np.cross(along, side)
    angle = np.arange(8) * np.pi / 4
    ring = np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * up
    points = np.concatenate([a + ring * ra, b + ring * rb, [a - along * ra * 0.4], [b + along * rb * 0.4]])
    normals = np.concatenate([ring, ring, [-along], [along]])
    k = np.arange(8)
    n = (k + 1) % 8
    faces = np.concatenate(
        [
            np.stack([k, k + 8, n], 1),
            np.stack([n, k + 8, n + 8], 1),
            np.stack([np.full(8, 16), k, n], 1),
            np.stack([np.full(8, 17), n + 8, k + 8], 1),
        ]
    )
    return points, normals, faces


def humanoid(
    twist: int | None = None,
    look: LookAt | None = None,
    without: tuple[str, ...] = (),
    hair: int = 0,
) -> AvatarModel:
    """twist : seed of random rest rotations, None for none; without : bones left out of the humanoid map; hair :
    number of spring chains of six joints on the head, with a head and a chest collider."""
    bones = skeleton()
    for k in range(hair):
        around = 2 * np.pi * k / hair
        x, z = 0.09 * np.sin(around), 0.09 * np.cos(around) - 0.01
        parent = "head"
        for i in range(7):
            name = f"hair{k}_{i}"
            bones[name] = (parent, np.array([x * (1 + 0.02 * i), 1.60 - 0.05 * i, z * (1 + 0.02 * i)]))
            parent = name
    names = list(bones)
    index = {n: i for i, n in enumerate(names)}
    parents = np.array([index.get(p, -1) for p, _ in bones.values()], np.int32)
    at = np.array([x for _, x in bones.values()], np.float32)
    rng = np.random.default_rng(twist)
    turn = quat.identity((len(names),))
    if twist is not None:
        turn = quat.normalize(rng.normal(size=(len(names), 4)).astype(np.float32))
    local_t, local_r = at.copy(), turn.copy()
    for i, p in enumerate(parents):
        if p >= 0:
            back = quat.conjugate(turn[p])
            local_t[i] = quat.rotate(back, at[i] - at[p])
            local_r[i] = quat.multiply(back, turn[i])
    world = affine.compose(at, turn)
    primitives = [_body(names, parents, at), _face(index)]
    skin = Skin(np.arange(len(names), dtype=np.int32), np.linalg.inv(world.astype(np.float64)).astype(np.float32))
    humans = {n: i for n, i in index.items() if n != "root" and not n.startswith("hair") and n not in without}
    springs = tuple(
        Spring(
            f"hair{k}",
            tuple(SpringJoint(index[f"hair{k}_{i}"], index[f"hair{k}_{i + 1}"], 0.01, 0.9, 0.3) for i in range(6)),
            (0, 1),
        )
        for k in range(hair)
    )

    def own(node: str, x: tuple[float, float, float]) -> tuple[float, float, float]:
        local = quat.rotate(quat.conjugate(turn[index[node]]), np.array(x, np.float32))
        return (float(local[0]), float(local[1]), float(local[2]))

    colliders = (
        Collider(index["head"], "sphere", own("head", (0, 0.08, 0)), 0.10),
        Collider(
            index["upperChest"],
            "capsule",
            own("upperChest", (-0.08, 0.06, 0)),
            0.09,
            own("upperChest", (0.08, 0.06, 0)),
        ),
    )

    def morph(name: str, k: int, **rules: str) -> Expression:
        return Expression(name, True, np.array([k], np.int32), np.ones(1, np.float32), **rules)

    expressions = {
        e.name: e for e in (morph(n, k) for k, n in enumerate(("aa", "ih", "ou", "ee", "oh", "blink", "happy", "sad")))
    }
    return AvatarModel(
        name="mannequin",
        kind="vrm1",
        node_names=tuple(names),
        parents=parents,
        translation=local_t.astype(np.float32),
        rotation=local_r.astype(np.float32),
        scale=np.ones((len(names), 3), np.float32),
        primitives=tuple(primitives),
        skins=(skin,),
        materials=(Material("skin", base_color=(0.86, 0.62, 0.52, 1), metallic=0.0),),
        textures=(),
        morph_defaults=np.zeros(8, np.float32),
        humanoid=humans,
        expressions=expressions,
        look_at=look or LookAt("bone", (0, 0.07, 0.07), (40.0, 40.0), (40.0, 40.0), (40.0, 40.0), (40.0, 40.0)),
        colliders=colliders if hair else (),
        springs=springs,
    )


def _body(names: list[str], parents: np.ndarray, at: np.ndarray) -> Primitive:
    points, normals, faces, owner = [], [], [], []
    children: dict[int, list[int]] = {}
    for i, p in enumerate(parents):
        children.setdefault(int(p), []).append(i)
    count = 0
    for i, name in enumerate(names):
        if name == "root" or "Eye" in name:
            continue
        tips = [c for c in children.get(i, []) if "Shoulder" not in names[c] and "UpperLeg" not in names[c]]
        tips = [c for c in tips if "Eye" not in names[c] and "hair" not in names[c]] or [None]
        for c in tips:
            if c is None:
                d = at[i] - at[parents[i]]
                end = at[i] + (np.array([0, 0.14, 0.02]) if name == "head" else d / np.linalg.norm(d) * 0.022)
            else:
                end = at[c]
            radius = RADIUS.get(name)
            if radius is None:
                radius = 0.007 if any(f in name for f in ("Thumb", "Index", "Middle", "Ring", "Little")) else 0.035
                radius = 0.06 if "Leg" in name else 0.012 if name.endswith("Hand") else radius
                radius = 0.008 if "hair" in name else radius
            p, n, f = _prism(at[i].astype(float), np.asarray(end, float), radius, radius * 0.85)
            points.append(p)
            normals.append(n)
            faces.append(f + count)
            owner.append(np.full(len(p), i))
            count += len(p)
    v = np.concatenate(points).astype(np.float32)
    joints = np.zeros((len(v), 4), np.int32)
    joints[:, 0] = np.concatenate(owner)
    weights = np.zeros((len(v), 4), np.float32)
    weights[:, 0] = 1
    return Primitive(
        v,
        np.concatenate(normals).astype(np.float32),
        (),
        np.concatenate(faces).astype(np.int32),
        0,
        0,
        0,
        None,
        joints,
        weights,
    )


def _face(index: dict[str, int]) -> Primitive:
    """Two lips (4 vertices), two lids (2), one brow (1): targets aa ih ou ee oh blink happy sad. ``happy`` opens the
    mouth as wide as ``aa`` does and lifts the corners; ``sad`` lowers the brow only."""
    v = np.array(
        [
            (-0.02, 1.49, 0.1),
            (0, 1.492, 0.1),
            (0.02, 1.49, 0.1),
            (0, 1.488, 0.1),
            (-0.03, 1.54, 0.1),
            (0.03, 1.54, 0.1),
            (0, 1.56, 0.1),
        ],
        np.float32,
    )
    d = np.zeros((8, 7, 3), np.float32)
    for k, drop in enumerate((0.02, 0.006, 0.008, 0.009, 0.015)):
        d[k, 3, 1] = -drop
    d[5, 4:6, 1] = -0.012
    d[6, 3, 1] = -0.02
    d[6, [0, 2], 1] = 0.004
    d[7, 6, 1] = -0.006
    joints = np.zeros((7, 4), np.int32)
    joints[:, 0] = index["head"]
    weights = np.zeros((7, 4), np.float32)
    weights[:, 0] = 1
    n = np.tile(np.array([0, 0, 1], np.float32), (7, 1))
    faces = np.array([(0, 3, 1), (1, 3, 2), (4, 6, 5)], np.int32)
    return Primitive(v, n, (), faces, 0, 0, 0, None, joints, weights, 0, d)
