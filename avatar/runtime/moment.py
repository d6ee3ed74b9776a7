"""A model held in one moment: at ease, as in its file, in the comparison's plan, or in a motion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np

from ..animate.clips import BoundClip
from ..animate.constraints import Constraints
from ..animate.rig import Rig
from ..animate.springs import STEP, Springs, spring_nodes
from ..model.model import AvatarModel
from ..types import FloatArray
from .oracle import SETTLE, SWING_M, SWING_STEPS, Swung
from .playing import Idling, Playing, ease

_SETTLING: Final = 60
_AHEAD: Final = np.array([0, 0.05, 2], np.float32)


class Moment:
    """A model held in one moment. world : (J, 4, 4) companion frame; morphs : (M,) but for expressions;
    expressions : name -> weight that the motion asks for."""

    def __init__(self, model: AvatarModel) -> None:
        self.model = model
        self.world: FloatArray = model.rest_world()
        self.morphs: FloatArray = model.morph_defaults.astype(np.float32)
        self.expressions: dict[str, float] = {}

    def stand(self, pose: str, springs: bool) -> None:
        """At ease, or in the file's own pose; settled."""
        model = self.model
        rig = Rig(model, spring_nodes(model) if springs else None)
        now, constraints = rig.make_pose(), Constraints(model)
        if pose == "stand" and rig.human:
            ease(model, rig, now)
        if constraints.count:
            constraints.apply(now)
        rig.forward(now)
        if springs:
            swing = Springs(model, rig)
            for _ in range(_SETTLING):
                swing.step(STEP, now)
        rig.finish(now)
        self.world = now.world

    def swing(self, springs: bool) -> None:
        """As the comparison's plan leaves it: at rest, and where there are springs, moved 0.15 m along the file's +X
        while they swing."""
        if not springs or not self.model.springs:
            return
        swung = Swung(self.model)
        along = np.array([-SWING_M if self.model.kind == "vrm0" else SWING_M, 0, 0], np.float32)
        for _ in range(SETTLE[any(s.colliders for s in self.model.springs)]):
            swung.step(np.zeros(3, np.float32))
        for k in range(SWING_STEPS):
            swung.step(along * np.float32((k + 1) / SWING_STEPS))
        self.world = swung.pose.world

    def play(self, motion: BoundClip, time: float, pose: str, springs: bool) -> None:
        """In a motion at ``time`` seconds, its last second simulated at 60 Hz. pose : of the arms that it leaves
        alone."""
        playing = Playing(self.model, motion, time, pose, springs)
        self.world, self.morphs = playing.world, playing.morphs
        self.expressions |= playing.expressions

    def gesture(self, name: str, time: float) -> None:
        """In a gesture, ``time`` seconds after its beginning, looking ahead. Raises UsageError where it has none."""
        model = self.model
        head = model.humanoid.get("head", -1)
        ahead = model.rest_world()[head, :3, 3] + _AHEAD if head >= 0 else None
        idling = Idling(model, ahead, name)
        idling.advance(time)
        self.world = idling.world
        self.expressions |= idling.expressions


def bound(model: AvatarModel, weights: Mapping[str, float]) -> FloatArray:
    """(M,) what expressions add to the morphs: ``Moment.morphs`` without them."""
    morphs = np.zeros(len(model.morph_defaults), np.float32)
    for name, weight in weights.items():
        if weight and name in model.expressions:
            e = model.expressions[name]
            np.add.at(morphs, e.morphs, np.float32(weight) * e.weights)
    return morphs
