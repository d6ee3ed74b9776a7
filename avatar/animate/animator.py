"""One companion's motion: a troupe of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..model.model import AvatarModel
from ..types import Command, FloatArray, Gaze, Pose
from .gaze import Gaze as Looking
from .grasping import Carrying
from .influences import Influences
from .jaw import JawMap
from .persona import Persona
from .rig import Poses, Rig
from .springs import Springs
from .troupe import Troupe

_ARM: Final = ("UpperArm", "LowerArm", "Hand")


class Animator:
    """Moves one companion; ``troupe`` does it, and its class says what the arguments mean.

    pose : what the last step wrote.
    """

    def __init__(
        self,
        model: AvatarModel,
        seed: int = 0,
        persona: Persona | None = None,
        *,
        mouth_map: FloatArray | None = None,
        mouth_names: Sequence[str] | None = None,
        jaw: JawMap | None = None,
    ) -> None:
        self.model = model
        personas = None if persona is None else (persona,)
        self.troupe = Troupe(model, (seed,), personas, mouth_map=mouth_map, mouth_names=mouth_names, jaw=jaw)
        self.pose = self.troupe.poses.one(0)
        self.pose.expressions = self.troupe.face.view(0)

    @property
    def rig(self) -> Rig:
        return self.troupe.rig

    @property
    def springs(self) -> Springs:
        return self.troupe.springs

    @property
    def gaze(self) -> Looking:
        """The state of its gaze; humanoids only."""
        return self.troupe.gaze[0]

    @property
    def influences(self) -> Influences:
        """Puppets, hands that reach for something, and motions from files."""
        return self.troupe.influences

    @property
    def carrying(self) -> Carrying | None:
        """How its hands hold things; None for one without a human's arms."""
        arms = all(side + bone in self.rig.rest_position for side in ("left", "right") for bone in _ARM)
        return self.troupe.carrying if self.rig.human and arms else None

    @property
    def eye(self) -> FloatArray:
        """(3,) the point between the eyes, companion frame, metres; humanoids only."""
        eye: FloatArray = self.troupe.head.eyes[0]
        return eye

    @property
    def attention(self) -> Gaze:
        """The last Gaze command; whoever calls ``step`` turns its target into ``look`` (``away`` needs none)."""
        return self.troupe.attention[0]

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the gestures being made."""
        return self.troupe.gestures.active(0) if self.rig.human else ()

    def command(self, command: Command, now: float) -> bool:
        """Take one command; False when it names something this companion does not have or that is not motion."""
        return self.troupe.command(command, now)

    def use_left_hand(self, left: bool) -> None:
        """Make the next one-handed gestures with the left hand, or with the right again."""
        if self.rig.human:
            self.troupe.gestures.left[0] = left

    def step(
        self,
        commands: Sequence[Command],
        now: float,
        dt: float,
        *,
        look: FloatArray | None = None,
        mouth: FloatArray | None = None,
        speaking: bool = False,
        accents: FloatArray | None = None,
        out: Pose | None = None,
    ) -> Pose:
        """One frame of life. look : (3,) float32 or None; mouth : (15,) float32 or None; speaking : it talks; accents :
        (5,) what goes with speech, or None; out : the pose to write, default the animator's own ``pose``. Returns the
        pose written."""
        self.troupe.step(
            [(0, command) for command in commands],
            now,
            dt,
            look=None if look is None else (look,),
            mouth=None if mouth is None else np.asarray(mouth)[None],
            speaking=(speaking,),
            accents=None if accents is None else accents[None],
            out=None if out is None else Poses.of(out),
        )
        if out is None:
            return self.pose
        out.expressions = self.pose.expressions
        return out
