"""What a human body can do, measured on a moving companion from its world matrices alone.

Ranges, degrees, after the American Academy of Orthopaedic Surgeons (*Joint Motion*, 1965; Greene and Heckman 1994) and,
for the trunk, Kapandji (*The Physiology of the Joints* III). The zero of each is the anatomical one: arms hanging,
thumbs forwards.
"""

from __future__ import annotations

import numpy as np

from avatar.animate.fingers import FINGERS
from avatar.animate.springs import spring_nodes
from avatar.linalg import affine, quat
from avatar.model.model import AvatarModel

RANGES: dict[str, tuple[float, float]] = {
    "elbow flexion": (0, 150),
    "elbow sideways": (-12, 12),  # a hinge: only the carrying angle's change and the soft tissue
    "forearm turn": (-90, 85),  # supination to pronation (Kapandji I)
    "wrist flexion": (-70, 80),  # extension to flexion
    "wrist sideways": (-30, 22),  # ulnar to radial (20; 21 with a deviation of 4 in Boone and Azen 1979)
    "shoulder behind": (-180, 60),  # extension
    "shoulder across": (-180, 45),  # horizontal flexion past straight ahead (135 from the side)
    "shoulder turn": (-90, 90),  # external to internal rotation
    "collar bone": (-30, 40),  # depression, retraction to elevation, protraction (Kapandji I)
    "neck flexion": (-60, 45),
    "neck sideways": (-45, 45),
    "neck turn": (-80, 80),
    "trunk flexion": (-30, 80),
    "trunk sideways": (-35, 35),
    "trunk turn": (-45, 45),
    "knee flexion": (-3, 135),
    "hip flexion": (-30, 120),
    "finger joint": (0, 110),
}


Angles = dict[str, np.ndarray]


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def _across(m: np.ndarray) -> np.ndarray:
    return np.swapaxes(m, -1, -2)


def _twist(m: np.ndarray, axis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """m = swing after twist about ``axis``: (swing (F, 3, 3), degrees of the twist (F,))."""
    q = quat.from_matrix(m.astype(np.float32)).astype(float)
    angle = 2 * np.arctan2(q[:, :3] @ axis, q[:, 3])
    angle = (angle + np.pi) % (2 * np.pi) - np.pi
    back = quat.from_axis_angle(np.broadcast_to(axis, (len(m), 3)).astype(np.float32), -angle.astype(np.float32))
    return m @ quat.to_matrix(back).astype(float), np.degrees(angle)


class Human:
    """Reads joint angles of one companion. rest : (J, 4, 4) world matrices in the T-pose."""

    def __init__(self, model: AvatarModel, rest: np.ndarray) -> None:
        self.bones = model.humanoid
        self.at = {b: rest[n, :3, 3].astype(float) for b, n in self.bones.items()}
        self._nodes = np.array(list(self.bones.values()))
        self._back = _across(self._turns(rest[None, self._nodes]))[0]

    @staticmethod
    def _turns(m: np.ndarray) -> np.ndarray:
        flat = affine.decompose(m.reshape(-1, 4, 4).astype(np.float32))[1]
        return quat.to_matrix(flat).astype(float).reshape(*m.shape[:-2], 3, 3)

    def _first(self, *names: str) -> str:
        return next(n for n in names if n in self.bones)

    def angles(self, world: np.ndarray) -> Angles:
        """world : (F, J, 4, 4). ``RANGES`` names, with a bone or side before what there is more of -> (F,) degrees."""
        turns = self._turns(world[:, self._nodes]) @ self._back
        turn = {b: turns[:, i] for i, b in enumerate(self.bones)}
        chest, hips = turn[self._first("upperChest", "chest", "spine")], turn["hips"]
        out: Angles = {}
        for name, m in (("neck", _across(chest) @ turn["head"]), ("trunk", _across(hips) @ chest)):
            up = m[..., 1]
            out[f"{name} flexion"] = np.degrees(np.arctan2(up[:, 2], up[:, 1]))
            out[f"{name} sideways"] = np.degrees(np.arctan2(up[:, 0], up[:, 1]))
            out[f"{name} turn"] = _twist(m, np.array([0.0, 1, 0]))[1]
        down = np.array([0.0, -1, 0])
        for side, s in (("left", 1.0), ("right", -1.0)):
            out |= {f"{side} {k}": v for k, v in self._arm(side, s, turn, chest).items()}
            thigh, shank = turn[side + "UpperLeg"], turn[side + "LowerLeg"]
            # straight means in line, also where the rest pose is not
            thigh_way = self.at[side + "LowerLeg"] - self.at[side + "UpperLeg"]
            bent = _across(thigh) @ shank @ (self.at[side + "Foot"] - self.at[side + "LowerLeg"])
            straight = np.arctan2(-thigh_way[2], -thigh_way[1])
            out[f"{side} knee flexion"] = np.degrees(np.arctan2(-bent[:, 2], -bent[:, 1]) - straight)
            raised = _across(hips) @ thigh @ down
            out[f"{side} hip flexion"] = np.degrees(np.arctan2(raised[:, 2], -raised[:, 1]))
            for finger in ("Index", "Middle", "Ring", "Little"):
                above = turn[side + "Hand"]
                for joint in ("Proximal", "Intermediate", "Distal"):
                    here = turn.get(side + finger + joint, above)
                    q = quat.from_matrix((_across(above) @ here).astype(np.float32))
                    bend = np.degrees(2 * np.arccos(np.minimum(1, np.abs(q[:, 3]))))
                    out[f"{side}{finger}{joint} finger joint"] = bend
                    above = here
        return out

    def _arm(self, side: str, s: float, turn: Angles, chest: np.ndarray) -> Angles:
        upper, fore, hand = (turn[side + b] for b in ("UpperArm", "LowerArm", "Hand"))
        bone = _unit(self.at[side + "LowerArm"] - self.at[side + "UpperArm"])
        along = _unit(self.at[side + "Hand"] - self.at[side + "LowerArm"])
        roots = [self.at[r] for f in FINGERS[1:] if (r := f"{side}{f}Proximal") in self.at]
        middle = self.at.get(side + "MiddleProximal") if len(roots) == 4 else np.mean(roots, axis=0)
        palm = _unit(middle - self.at[side + "Hand"])
        out: Angles = {}
        # the inside of the elbow faces forwards at rest
        bent = _across(upper) @ fore @ along
        fold = np.degrees(np.arccos(np.clip(bent @ along, -1, 1)))
        out["elbow flexion"] = np.where((bent[:, 2] < 0) & (fold > 2), -fold, fold)
        out["elbow sideways"] = np.degrees(np.arcsin(np.clip(bent[:, 1] - along[1], -1, 1)))
        _, rolled = _twist(_across(upper) @ fore, along)
        bent_wrist, wrist_roll = _twist(_across(fore) @ hand, along)
        # palms face down at rest: neutral; what the wrist joint seems to turn is the forearm's end
        out["forearm turn"] = s * (rolled + wrist_roll)
        way = bent_wrist @ palm
        out["wrist flexion"] = np.degrees(np.arcsin(np.clip(palm[1] - way[:, 1], -1, 1)))
        aside = np.arctan2(way[:, 2], s * way[:, 0]) - np.arctan2(palm[2], s * palm[0])
        out["wrist sideways"] = np.degrees(aside)
        # upper arm in the trunk's frame, outwards positive
        w = (_across(chest) @ upper @ bone) * np.array([s, 1, 1])
        out["shoulder behind"] = np.where(w[:, 2] < 0, np.degrees(np.arctan2(-w[:, 2], -w[:, 1])), 0.0)
        level = np.hypot(w[:, 0], w[:, 2])
        across = np.degrees(np.arctan2(-w[:, 0], w[:, 2]))
        out["shoulder across"] = np.where((level > 0.35) & (w[:, 2] > 0), across, -90.0)
        hang = quat.to_matrix(quat.between(bone.astype(np.float32), np.array([0, -1, 0], np.float32))).astype(float)
        # turn about the bone left over when the arm is raised the shortest way from hanging
        out["shoulder turn"] = -s * _twist(_across(chest) @ upper @ hang.T, np.array([0.0, -1, 0]))[1]
        if side + "Shoulder" in turn:
            moved = _across(chest) @ turn[side + "Shoulder"] @ bone
            out["collar bone"] = np.degrees(np.arccos(np.clip(moved @ bone, -1, 1)))
        return out


class Surface:
    """The trunk's skin and clothes as they stand in a pose, to keep hands out of.

    bones : whose vertices count, with those of unnamed nodes below them; cloth : also what springs move. Sampled
    between the vertices of large triangles too, ``step`` metres apart or closer.
    """

    def __init__(self, model: AvatarModel, bones: set[str], step: float = 0.03, cloth: bool = True) -> None:
        named = {n: b for b, n in model.humanoid.items()}
        owner: list[str] = []
        for n, p in enumerate(model.parents):
            owner.append(named.get(n, owner[p] if p >= 0 else ""))
        loose = np.zeros(model.joint_count, bool)
        loose[spring_nodes(model)] = True
        for n, p in enumerate(model.parents):
            loose[n] |= p >= 0 and loose[p]
        mine = np.array([o in bones for o in owner]) & (cloth | ~loose)
        self._parts = []
        for prim in model.primitives:
            if prim.joints is None or prim.weights is None or prim.skin < 0:
                continue
            skin = model.skins[prim.skin]
            kept = (prim.weights * mine[np.asarray(skin.joints)[prim.joints]]).sum(1) > 0.6
            faces = prim.indices.reshape(-1, 3)
            faces = faces[kept[faces].all(1)]
            corners = prim.positions[faces]
            longest = float(np.linalg.norm(corners - np.roll(corners, 1, 1), axis=-1).max(initial=0))
            n = int(np.clip(np.ceil(longest / step), 1, 5))
            grid = np.array([(i, j, n - i - j) for i in range(n + 1) for j in range(n + 1 - i)], float) / n
            if len(faces):
                used, where = np.unique(faces, return_inverse=True)
                self._parts.append((skin, prim, used, where.reshape(-1, 3), grid))

    def place(self, world: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(points, normals) of the skinned surface; world : (J, 4, 4)."""
        points, normals = [], []
        for skin, prim, used, faces, grid in self._parts:
            m = world[np.asarray(skin.joints)] @ skin.inverse_bind
            blend = np.einsum("vk,vkij->vij", prim.weights[used], m[prim.joints[used]])
            p = np.einsum("vij,vj->vi", blend[:, :3, :3], prim.positions[used]) + blend[:, :3, 3]
            n = np.einsum("vij,vj->vi", blend[:, :3, :3], prim.normals[used])
            points.append(np.einsum("gc,fcd->fgd", grid, p[faces]).reshape(-1, 3))
            normals.append(np.einsum("gc,fcd->fgd", grid, n[faces]).reshape(-1, 3))
        n = np.concatenate(normals)
        return np.concatenate(points), n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-9)
