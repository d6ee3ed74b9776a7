"""The order of one companion's motion, written once: ``Animator.step``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from ..linalg import quat
from ..model.model import AvatarModel
from ..types import Command, Express, FloatArray, Gaze, Gesture, Pose
from . import library
from .body import Body
from .constraints import Constraints
from .face import Face
from .gaze import Gaze as Looking
from .gesture import Player
from .idle import Blinks, Idle
from .ik import Legs
from .rig import ROW, ROWS, Rig
from .springs import STEP, Springs, spring_nodes

LONGEST_STEP: Final = 0.1
"""Seconds; after a longer pause the motion goes on from where it was instead of leaping."""

_LEG_BONES: Final = tuple(f"{s}{b}" for s in ("left", "right") for b in ("UpperLeg", "LowerLeg", "Foot"))
_FARTHEST: Final = 1e4
_SETTLING: Final = 90
_TOE_OUT: Final = math.radians(7)


class Animator:
    """Moves one companion. Everything is made once here; a step allocates next to nothing.

    model : the companion; one without humanoid bones only has its springs, constraints and expressions moved.
    seed : of everything random: equal seeds and equal steps give equal motion.
    mouth_map, mouth_names : (15, n) float32 from Oculus visemes to the named expressions; None for the five VRM vowels.
    attention : the last Gaze command; whoever calls ``step`` turns its target into ``look`` (``away`` needs none).
    """

    def __init__(
        self,
        model: AvatarModel,
        seed: int = 0,
        *,
        mouth_map: FloatArray | None = None,
        mouth_names: Sequence[str] | None = None,
    ) -> None:
        self.model = model
        self.rig = Rig(model, spring_nodes(model))
        self.springs = Springs(model, self.rig)
        self.constraints = Constraints(model)
        self.face = Face(model, mouth_map, mouth_names)
        self.blinks = Blinks(seed)
        self.pose = self.rig.make_pose()
        self._mouth = np.zeros(15, np.float32)
        self.attention = Gaze()
        self._look = np.zeros(3, np.float32)
        self._n = quat.identity((ROWS,))
        self._v = np.zeros((ROWS, 3), np.float32)
        self._shift = np.zeros(3, np.float32)
        self._now = 0.0
        if self.rig.human:
            body = Body(model, self.rig)
            at = body.at
            self.idle = Idle(body, seed)
            self.gestures = Player(library.build(body))
            self.gaze = Looking(model, self.rig, body, seed)
            self._aside = (at["head"] + (0.75, -0.25, 1.0)).astype(np.float32)
            left_right = ("left", "right")
            self.legs = Legs(
                at["hips"],
                np.array([at[s + "UpperLeg"] for s in left_right]),
                np.array([at[s + "LowerLeg"] for s in left_right]),
                np.array([at[s + "Foot"] for s in left_right]),
                _TOE_OUT,
            )
            self._leg_rows = np.array([ROW[b] for b in _LEG_BONES], np.int64)
            t = len(self.gaze.chain)
            self._torso_q = np.empty((t, 4), np.float32)
            self._outer, self._torso = np.empty((2, t, 4, 4), np.float32)
        self.step((), 0.0, 0.0)
        for _ in range(_SETTLING):
            self.springs.step(STEP, self.pose)
        self.rig.finish(self.pose)

    def command(self, command: Command, now: float) -> bool:
        """Take one command; False when it names something this companion does not have or that is not motion."""
        match command:
            case Express(name, intensity, seconds, fade):
                return self.face.express(name, intensity, fade, None if seconds is None else now + seconds)
            case Gesture(name, intensity, seconds) if self.rig.human:
                return self.gestures.start(name, intensity, seconds)
            case Gaze():
                self.attention = command
                return True
        return False

    def use_left_hand(self, left: bool) -> None:
        """Make the next one-handed gestures with the left hand, or with the right again."""
        if self.rig.human:
            self.gestures.left = left

    def step(
        self,
        commands: Sequence[Command],
        now: float,
        dt: float,
        *,
        look: FloatArray | None = None,
        mouth: FloatArray | None = None,
        speaking: bool = False,
        out: Pose | None = None,
    ) -> Pose:
        """One frame of life.

        commands : Express, Gesture and Gaze are acted on, others ignored; now : seconds on the engine's clock;
        dt : seconds since the last step; look : (3,) float32 the person's eyes (or the point a Gaze command asked
        for) in the companion's frame, metres, or None; mouth : (15,) float32 Oculus viseme weights or None for silence;
        speaking : it talks; out : the pose to write, default the animator's own ``pose``. Values that are not finite
        are taken as absent. Returns the pose written.
        """
        pose = self.pose if out is None else out
        self._now = now = now if math.isfinite(now) else self._now
        dt = min(dt, LONGEST_STEP) if math.isfinite(dt) and dt > 0 else 0.0
        for command in commands:
            self.command(command, now)
        blink_rate = 1.35 if speaking else 1.0
        eyes = None
        if self.rig.human:
            # gestures over idle
            np.add(self.idle.step(dt, speaking), self.gestures.step(dt), out=self._v)
            np.add(self.idle.shift, self.gestures.shift, out=self._shift)
            # gaze: head, then (when the head is known) eyes
            name = self.attention.target
            target = self._finite(look) if name != "away" else self._aside
            self._v += self.gaze.aim(target, dt, speaking, self.gestures.gaze_hold, name in ("user", "camera"))
            n = quat.from_vector(self._v, self._n)
            n.take(self.gaze.chain, axis=0, out=self._torso_q, mode="clip")
            torso = quat.to_affine(self._torso_q, self._outer, self._torso)[:, :3, :3]
            n[self._leg_rows] = self.legs.solve(torso[0], self._shift).reshape(6, 4)
            self.gaze.solve(n, torso, self._shift)
            self.rig.write_body(n, self._shift, pose)
            if self.gaze.shifted:
                self.blinks.trigger()
            if self.gaze.expression:
                inner_outer = self.gaze.ranges()
                side = inner_outer[1]
                eyes = (side if self.gaze.yaw > 0 else 0.0, side if self.gaze.yaw < 0 else 0.0, *inner_outer[2:])
        # expressions and mouth
        blink = self.blinks.step(dt, blink_rate)
        self.face.step(now, dt, self._lids(blink), self._finite_mouth(mouth), eyes, self._gesture_face(), pose)
        # constraints, forward kinematics, springs
        if self.constraints.count:
            self.constraints.apply(pose)
        self.rig.forward(pose)
        self.springs.step(dt, pose)
        self.rig.finish(pose)
        return pose

    def _lids(self, blink: float) -> float:
        """Upper lids follow the eyes down a little, and sink when the gaze lets go, as in a bow."""
        if not self.rig.human:
            return blink
        follow = min(0.35, 0.9 * max(0.0, self.gaze.pitch)) if self.gaze.bone else 0.0
        return max(blink, follow, 0.7 * (1.0 - self.gestures.gaze_hold))

    def _gesture_face(self) -> tuple[str, float] | None:
        return self.gestures.face if self.rig.human else None

    def _finite(self, point: FloatArray | None) -> FloatArray | None:
        if point is None:
            return None
        x, y, z = np.asarray(point).tolist()
        if not abs(x) + abs(y) + abs(z) < _FARTHEST:
            return None
        self._look[:] = x, y, z
        return self._look

    def _finite_mouth(self, mouth: FloatArray | None) -> FloatArray | None:
        if mouth is None:
            return None
        np.clip(mouth, 0, 1, out=self._mouth)
        return self._mouth if math.isfinite(float(self._mouth.sum())) else None
