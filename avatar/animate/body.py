"""One companion's proportions, and body poses written by direction so that they fit any of them.

A body pose is ``(ROWS, 3) float32`` rotation vectors (axis times radians) in the normalised frame of ``rig``. Being
vectors they add, scale and blend linearly; one exponential map a frame turns the sum into rotations. Everything here
runs at load. Directions are written for the left side: x = outwards from the body, y = up, z = forwards; the right
side is the mirror.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat
from ..model.model import AvatarModel
from ..types import FloatArray
from .fingers import FINGERS, Fingers
from .ik import frame, two_bone, unit
from .rig import ROWS, Rig
from .trunk import carried

Array = NDArray[np.float64]
Direction = tuple[float, float, float]

_BEND: Final = {"hips": 0.60, "spine": 0.18, "chest": 0.13, "upperChest": 0.09}
"""How much of a bow each part of the trunk takes: most of it is made at the hips."""
_STRETCH: Final = 0.95
_ROLL_SHARE: Final = 0.6
"""How much of the turn of the palm the forearm takes; the wrist takes the rest."""


def _vector(m: Array) -> FloatArray:
    return quat.to_vector(quat.from_matrix(m.astype(np.float32)))


class Body:
    """Measured from the rest pose: joint positions, and how far the surface of the trunk reaches.

    at : bone -> (3,) rest position, metres; arm_length, leg : metres; size : 1 for a person-sized companion.
    """

    def __init__(self, model: AvatarModel, rig: Rig) -> None:
        self.rig = rig
        self.at = rig.rest_position
        self.row = rig.row
        trunk = {"hips", "spine", "chest", "upperChest", "leftUpperLeg", "rightUpperLeg"}
        self._trunk, self._skin = carried(model, trunk)
        self._head, _ = carried(model, {"head"})
        self.leg = self._length("leftUpperLeg", "leftLowerLeg") + self._length("leftLowerLeg", "leftFoot")
        self.arm_length = self._length("leftUpperArm", "leftLowerArm") + self._length("leftLowerArm", "leftHand")
        # lengths written in metres below are for an arm of 0.47 m
        self.size = self.arm_length / 0.47
        self._fingers = {s: Fingers(rig.rest_position, s) for s in ("left", "right")}
        self._ease = self.relaxed()

    def key(self) -> bytes:
        """The same for bodies of the same measures: all that a pose or a gesture is made from."""
        found = hashlib.blake2b(digest_size=32)
        for bone in sorted(self.at):
            found.update(bone.encode() + np.asarray(self.at[bone], np.float64).tobytes())
        for points in (self._trunk, self._skin, self._head):
            found.update(f"{points.shape}{points.dtype}".encode() + points.tobytes())
        return found.digest()

    def _length(self, a: str, b: str) -> float:
        return float(np.linalg.norm(self.at[a] - self.at[b]))

    def half_width(self, low: float, high: float) -> float:
        """Largest |x| of trunk, skirt and thighs between two heights, near the plane of the arms; metres."""
        t = self._trunk
        beside = np.abs(t[:, 2] - self.at["leftUpperArm"][2]) < 0.12 * self.size
        near = t[(t[:, 1] > low) & (t[:, 1] < high) & beside]
        if not len(near):
            return abs(float(self.at["leftUpperLeg"][0])) + 0.09 * self.size
        return float(np.percentile(np.abs(near[:, 0]), 98))

    def head_half_width(self, low: float, high: float) -> float:
        """The same of the head with its hair, 0 where there is none of it."""
        near = self._head[(self._head[:, 1] > low) & (self._head[:, 1] < high)]
        return float(np.percentile(np.abs(near[:, 0]), 98)) if len(near) else 0.0

    def front(self, x: float, y: float) -> float:
        """z of the trunk's front near (x, y), metres; x as in the companion's frame."""
        t, near = self._skin, 0.045 * self.size
        found = t[(np.abs(t[:, 0] - x) < near) & (np.abs(t[:, 1] - y) < near)]
        if not len(found):
            return float(self.at["spine"][2]) + 0.1 * self.size
        return float(np.percentile(found[:, 2], 95))

    def pose(self) -> FloatArray:
        """A body pose with no turn anywhere."""
        return np.zeros((ROWS, 3), np.float32)

    def turn(self, pose: FloatArray, bone: str, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> None:
        """Add a small turn in degrees about the companion's axes: +x bows forwards, +y turns to its left, +z leans
        right."""
        pose[self.row(bone)] += np.radians((x, y, z)).astype(np.float32)

    def arm(
        self,
        pose: FloatArray,
        side: str,
        upper: Direction | Array,
        fore: Direction | Array,
        palm: Direction | Array,
        fingers: Direction | Array,
        lift: float = 0.0,
        ahead: float = 0.0,
    ) -> None:
        """Set one arm. upper, fore : the way the bones point; palm : the way the palm faces; fingers : the way they
        point;
        lift, ahead : the shoulder's rise and its way forwards, degrees. The elbow folds in the plane of the two
        bones."""
        s = 1.0 if side == "left" else -1.0
        mirror = np.array([s, 1, 1])
        u, f, p, h = (unit(np.asarray(v, float) * mirror) for v in (upper, fore, palm, fingers))
        at = self.at
        u0 = unit(at[side + "LowerArm"] - at[side + "UpperArm"])
        f0 = unit(at[side + "Hand"] - at[side + "LowerArm"])
        knuckle = self._knuckle(side)
        h0 = unit(knuckle - at[side + "Hand"]) if knuckle is not None else f0
        shoulder = quat.to_matrix(quat.from_euler(0.0, np.radians(-s * ahead), np.radians(s * lift))).astype(float)
        if self.row(side + "Shoulder") == ROWS - 1:
            shoulder = np.eye(3)
        # at rest the inside of the elbow faces forwards
        fold = f - (f @ u) * u
        if np.linalg.norm(fold) < 0.05:
            fold = np.cross(np.cross(u, p), u)
        n_upper = frame(u, fold) @ frame(u0, np.array([0.0, 0, 1])).T
        n_fore = quat.to_matrix(quat.between((n_upper @ f0).astype(np.float32), f.astype(np.float32))) @ n_upper
        n_hand = frame(h, p) @ frame(h0, np.array([0.0, -1, 0])).T
        q = quat.from_matrix((n_fore.T @ n_hand).astype(np.float32)).astype(float)
        roll = 2 * np.arctan2(q[:3] @ f0, q[3])
        roll = (roll + np.pi) % (2 * np.pi) - np.pi
        n_fore = n_fore @ quat.to_matrix(quat.from_axis_angle(f0.astype(np.float32), roll * _ROLL_SHARE))
        pose[self.row(side + "Shoulder")] = _vector(shoulder)
        pose[self.row(side + "UpperArm")] = _vector(shoulder.T @ n_upper)
        pose[self.row(side + "LowerArm")] = _vector(n_upper.T @ n_fore)
        pose[self.row(side + "Hand")] = _vector(n_fore.T @ n_hand)

    def reach(self, side: str, wrist: Array, elbow: Direction) -> tuple[Array, Array]:
        """Bone directions (as ``arm`` takes them) that bring the wrist to a point of the rest frame, or towards one
        that is too far, elbow towards ``elbow``."""
        mirror = np.array([1.0 if side == "left" else -1.0, 1, 1])
        root = self.at[side + "UpperArm"] * mirror
        first, second = (
            self._length(side + "UpperArm", side + "LowerArm"),
            self._length(side + "LowerArm", side + "Hand"),
        )
        # an arm stretched to its end looks wooden, and its elbow has no side to bend to
        to = wrist * mirror - root
        to *= min(1.0, _STRETCH * (first + second) / float(np.linalg.norm(to)))
        return two_bone(root, root + to, np.array(elbow, float), first, second)

    def _knuckle(self, side: str) -> Array | None:
        """The root of the middle finger; of a hand with fewer fingers, the middle of their roots."""
        roots = [self.at[f"{side}{f}Proximal"] for f in FINGERS[1:] if f"{side}{f}Proximal" in self.at]
        return self.at.get(side + "MiddleProximal") if len(roots) in (0, 4) else np.mean(roots, axis=0)

    def hand_length(self, side: str) -> float:
        """Wrist to the knuckles, metres."""
        knuckle = self._knuckle(side)
        return self.arm_length * 0.18 if knuckle is None else float(np.linalg.norm(knuckle - self.at[side + "Hand"]))

    def fingers(
        self, pose: FloatArray, side: str, curl: Sequence[float], spread: float | Sequence[float] = 0.0
    ) -> None:
        """Set one hand's fingers, as ``Fingers.turns`` says."""
        for name, v in self._fingers[side].turns(curl, spread).items():
            pose[self.row(name)] = v.astype(np.float32)

    def pinch(self, pose: FloatArray, side: str, others: Sequence[float]) -> None:
        """Set one hand's fingers so that thumb and index hold something small between their tips; others : degrees of
        the first joints of middle, ring and little finger."""
        thumb, index, oppose = self._fingers[side].pinch(0.011 * self.size)
        self.fingers(pose, side, (thumb, index, *others), (oppose, 0.0, 0.0, 0.0, 0.0))

    def from_ease(self, pose: FloatArray, *sides: str) -> FloatArray:
        """A pose whose listed arms are absolute, as the difference from standing at ease."""
        for bone, row in ((b, self.row(b)) for b in self.at):
            if any(bone.startswith(s) for s in sides) and not any(k in bone for k in ("Leg", "Foot", "Toes", "Eye")):
                pose[row] -= self._ease[row]
        return pose

    def aside(self, degrees: float, *sides: str) -> FloatArray:
        """The listed arms hanging a little farther from the body than at ease, as a difference from it."""
        pose = self.pose()
        for side in sides:
            self.turn(pose, side + "UpperArm", z=degrees if side == "left" else -degrees)
        return pose

    def bow(self, pose: FloatArray, degrees: float) -> None:
        """Bend the trunk, back nearly straight, until the line from hips to neck leans forwards by ``degrees``."""
        chain = [b for b in _BEND if b in self.at]
        points = [self.at[b] for b in chain] + [self.at.get("neck", self.at["head"])]

        def lean(scale: float) -> float:
            y = z = turned = 0.0
            for bone, a, b in zip(chain, points, points[1:], strict=False):
                turned += np.radians(_BEND[bone] * scale)
                y += (b - a)[1] * np.cos(turned) - (b - a)[2] * np.sin(turned)
                z += (b - a)[1] * np.sin(turned) + (b - a)[2] * np.cos(turned)
            return float(np.degrees(np.arctan2(z, y)))

        upright, low, high = lean(0.0), 0.0, 2.0 * degrees
        for _ in range(30):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if lean(middle) - upright > degrees else (middle, high)
        for bone in chain:
            self.turn(pose, bone, x=low * _BEND[bone])

    def relaxed(self, bowed: float = 0.0) -> FloatArray:
        """Standing at ease: arms hanging beside the body with soft elbows, palms in, fingers curled a little.

        bowed : degrees that the trunk leans forwards elsewhere; the arms keep hanging, a little in front of the thighs.
        """
        pose = self.pose()
        c, s = np.cos(np.radians(bowed)), np.sin(np.radians(bowed))
        hang = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
        for side in ("left", "right"):
            shoulder = self.at[side + "UpperArm"]
            # the arm's angle from the vertical that keeps wrist and hand clear of hips and clothes
            wrist_y = shoulder[1] - self.arm_length
            hand = 1.9 * self.hand_length(side)
            clear = self.half_width(wrist_y - hand, wrist_y + 0.1 * self.size) + 0.028 * self.size
            lean = np.clip((clear - abs(shoulder[0])) / (self.arm_length + 0.7 * hand), 0.08, 0.42)
            a = float(np.arcsin(lean))
            out, elbow = np.sin(a), np.cos(a)
            forward = 0.006 * bowed
            upper = hang @ np.array([out + 0.03, -elbow, -0.06 + forward])
            fore = hang @ np.array([out - 0.05 - 0.5 * forward, -elbow, 0.20 + forward])
            palm = hang @ np.array([-0.93, -0.15, -0.30 - 2 * forward])
            fingers = hang @ np.array([out - 0.10 - 0.5 * forward, -elbow, 0.14 + forward])
            self.arm(pose, side, upper, fore, palm, fingers, lift=-3.0)
            self.fingers(pose, side, (10, 17, 21, 25, 28), spread=-1.5)
        return pose
