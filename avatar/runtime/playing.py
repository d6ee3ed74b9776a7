"""A companion from moment to moment: in a motion, or just alive. What films show, and pictures the end of.

Both are asked to ``advance`` to later and later times, and go there in steps of at most 1/60 s.
"""

from __future__ import annotations

import math
from typing import Final, Protocol

import numpy as np

from ..animate.animator import Animator
from ..animate.body import Body
from ..animate.clips import BoundClip
from ..animate.constraints import Constraints
from ..animate.rig import ROWS, Rig
from ..animate.springs import STEP, Springs, spring_nodes
from ..errors import UsageError
from ..linalg import affine, quat
from ..model.look import eye_turns, look_weights
from ..model.model import AvatarModel, LookAt
from ..types import Command, FloatArray, Gesture, Pose

_BEFORE: Final = 1.0  # seconds of motion before the first moment, so that hair hangs as it would
_SETTLING: Final = 60
_REST_S: Final = 0.5  # after a gesture
_AT_EASE_S: Final = 2.0  # until the gaze rests on who looks, and a blink is over


class Performance(Protocol):
    """world : (J, 4, 4) companion frame; morphs : (M,) but for expressions; expressions : name -> weight; all of the
    last ``advance``, in arrays that the next one may reuse. duration : seconds from 0 to its end, 0 for none."""

    world: FloatArray
    morphs: FloatArray
    expressions: dict[str, float]
    duration: float

    def advance(self, time: float) -> None:
        """Go on to ``time``, seconds, not before the last."""
        ...


class Playing:
    """A motion on a model, from ``time`` seconds into it on; after its end it stands still.

    pose : of the arms that the motion leaves alone, ``stand`` (hanging) or ``rest``; springs : hair and clothes swing,
    as the second before ``time`` has set them going. duration : of the motion, seconds.
    """

    def __init__(self, model: AvatarModel, motion: BoundClip, time: float, pose: str, springs: bool) -> None:
        self._model, self._motion, self.duration = model, motion, motion.duration
        self._rig = Rig(model, spring_nodes(model) if springs else None)
        self._constraints, self._pose = Constraints(model), self._rig.make_pose()
        if pose == "stand" and self._rig.human:
            ease(model, self._rig, self._pose)
        self._idle = [n for b, n in model.humanoid.items() if _arm(b) and not _moved(model, motion, b)]
        self._hanging = self._pose.rotation[self._idle]
        self._swing = Springs(model, self._rig) if springs else None
        self._now = max(0.0, time - _BEFORE) if springs else time
        self.world: FloatArray = self._pose.world
        self.morphs: FloatArray = model.morph_defaults.astype(np.float32)
        self.expressions: dict[str, float] = {}
        for _ in range(_SETTLING if springs else 1):
            self._show(self._now, STEP)
        self.advance(time)

    def advance(self, time: float) -> None:
        """Go on to ``time`` seconds into the motion."""
        steps = _steps(time - self._now)
        for t in np.linspace(self._now, time, steps + 1)[1:].tolist() if self._swing is not None else [time]:
            self._show(t, (time - self._now) / max(1, steps))
        self._now = time

    def _show(self, t: float, dt: float) -> None:
        now = self._pose
        at = self._motion.pose(t)
        np.copyto(now.rotation, at.rotation)
        np.copyto(now.translation, at.translation)
        now.rotation[self._idle] = self._hanging
        self.morphs, self.expressions = at.morphs.astype(np.float32), dict(at.expressions)
        if at.look is not None:
            self._look(at.look, now)
        if self._constraints.count:
            self._constraints.apply(now)
        self._rig.forward(now)
        if self._swing is not None:
            self._swing.step(dt, now)
        self._rig.finish(now)
        self.world = now.world
        if not np.allclose(at.scale, self._model.scale, atol=1e-6):
            self._scaled(at.scale, now)

    def _look(self, look: tuple[float, float], pose: Pose) -> None:
        model = self._model
        how = model.look_at or LookAt()
        if how.kind == "expression":
            self.expressions |= look_weights(how, *look)
            return
        _, rest, _ = affine.decompose(model.rest_world())
        for bone, turn in zip(("leftEye", "rightEye"), eye_turns(how, *look), strict=True):
            if (node := model.humanoid.get(bone, -1)) >= 0:
                above = rest[model.parents[node]] if model.parents[node] >= 0 else quat.identity()
                local = quat.multiply(
                    quat.multiply(quat.conjugate(above), turn), quat.multiply(above, model.rotation[node])
                )
                pose.rotation[node] = quat.normalize(local)

    def _scaled(self, scale: FloatArray, pose: Pose) -> None:
        """The skeleton with the motion's scales; springs then only as the motion itself holds them."""
        world = affine.compose(pose.translation, pose.rotation, scale.astype(np.float32))
        for j, p in enumerate(self._model.parents):
            if p >= 0:
                world[j] = world[p] @ world[j]
        self.world = world


class Idling:
    """A companion that breathes, blinks and looks at somebody; one that is no humanoid only has its springs.

    look : (3,) metres in its frame, where it looks; None straight ahead; gesture : one that it begins at 0 s. The same
    seed gives the same life. duration : seconds until the gesture is over, 0 without one. Raises UsageError for a
    gesture of what is no humanoid.
    """

    def __init__(
        self, model: AvatarModel, look: FloatArray | None = None, gesture: str | None = None, seed: int = 0
    ) -> None:
        self._animator, self._look, self._now = Animator(model, seed), look, -_AT_EASE_S
        self._commands: list[Command] = []
        self.world: FloatArray = self._animator.pose.world
        self.morphs: FloatArray = model.morph_defaults.astype(np.float32)
        self.expressions: dict[str, float] = {}
        self.duration = 0.0
        self.advance(0.0)
        if gesture is not None:
            if not self._animator.rig.human:
                raise UsageError(f"{model.name} is no humanoid: it has no gestures")
            self._commands = [Gesture(gesture)]
            self.duration = self._animator.troupe.gestures.library[gesture].end + _REST_S

    def advance(self, time: float) -> None:
        """Go on to ``time`` seconds; it begins at 0."""
        steps = _steps(time - self._now)
        for t in np.linspace(self._now, time, steps + 1)[1:].tolist():
            self._animator.step(self._commands, t, (time - self._now) / steps, look=self._look)
            self._commands = []
        self._now = time
        self.expressions = {k: v for k, v in self._animator.pose.expressions.items() if v}


def _steps(seconds: float) -> int:
    return max(0, math.ceil(seconds / STEP - 1e-6))


def ease(model: AvatarModel, rig: Rig, pose: Pose) -> None:
    """Stand at ease: write the pose's local rotations."""
    ease = Body(model, rig).relaxed()
    ease[ROWS - 1] = 0
    rig.write_body(quat.from_vector(ease)[None], np.zeros((1, 3), np.float32), pose)


def _arm(bone: str) -> bool:
    return bone.startswith(("left", "right")) and not bone.endswith(("Leg", "Foot", "Toes", "Eye"))


def _moved(model: AvatarModel, motion: BoundClip, bone: str) -> bool:
    """Whether a motion holds the arm that a bone is of."""
    side = "left" if bone.startswith("left") else "right"
    return model.humanoid.get(f"{side}UpperArm", -1) in motion.nodes
