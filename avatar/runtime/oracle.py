"""The numbers by which one engine is compared with another: where bones and spring joints of a companion come to rest.

The plan: springs settle for 30 steps at 60 Hz (60 where colliders touch them), then the whole figure moves 0.15 m along
+X within 0.25 s; bones are read after that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np

from ..animate.constraints import Constraints
from ..animate.rig import Rig
from ..animate.springs import STEP, Springs, spring_nodes
from ..linalg import affine, quat
from ..model.expressions import effective
from ..model.model import AvatarModel
from ..types import FloatArray

SETTLE: Final = (30, 60)
SWING_M: Final = 0.15
SWING_STEPS: Final = 15


class Swung:
    """A companion of which only springs and constraints move. pose : as after the last step, companion frame."""

    def __init__(self, model: AvatarModel) -> None:
        self.model = model
        self._rig = Rig(model, spring_nodes(model))
        self._springs, self._constraints = Springs(model, self._rig), Constraints(model)
        self.pose = self._rig.make_pose()
        self._roots = np.flatnonzero(np.asarray(model.parents) < 0)
        self._rest = self.pose.translation[self._roots].copy()

    def step(self, shift: FloatArray) -> None:
        """One step at 60 Hz with all roots ``shift`` (3,) metres from where they rest."""
        self.pose.translation[self._roots] = self._rest + shift
        if self._constraints.count:
            self._constraints.apply(self.pose)
        self._rig.forward(self.pose)
        self._springs.step(STEP, self.pose)
        self._rig.finish(self.pose)


def keys(model: AvatarModel, nodes: Iterable[int]) -> dict[str, int]:
    """A key for each of some nodes: its name; where several of them have one name, the first in the model's order keeps
    it, and the others are ``name#2``, ``name#3`` …, past any that is itself a node's name."""
    found: dict[str, int] = {}
    taken = set(model.node_names)
    for node in sorted(nodes):
        key = name = model.node_names[node]
        count = 1
        while key in found or (count > 1 and key in taken):
            count += 1
            key = f"{name}#{count}"
        found[key] = node
    return found


def measure(
    model: AvatarModel, asked: Mapping[str, float] | None = None, posed: FloatArray | None = None
) -> dict[str, Any]:
    """``settled`` and ``swing``: node name (``keys``) -> [x, y, z] of spring joints; ``humanoid``: bone -> ``p``
    [x, y, z] and ``q`` [x, y, z, w] in the world; ``expr``: expression -> ``weight`` asked for and ``out``, what is
    left of it by isBinary and the overrides.

    posed : (J, 4, 4) world matrices of a moment in a motion: ``humanoid`` is read there, and nothing settles or swings.
    Metres, in the file's own frame: a VRM 0 figure faces -Z here, and moves along its file's +X.
    """
    world = Swung(model)
    turn = np.diag(np.array([-1, 1, -1] if model.kind == "vrm0" else [1, 1, 1], np.float32))
    touching = any(spring.colliders for spring in model.springs)
    nodes = keys(model, {j.node for spring in model.springs for j in spring.joints})

    def ends() -> dict[str, list[float]]:
        return {key: [float(x) for x in turn @ world.pose.world[n, :3, 3]] for key, n in nodes.items()}

    for _ in range(SETTLE[touching] if posed is None else 0):
        world.step(np.zeros(3, np.float32))
    settled, swing = (ends() if posed is None else {}), {}
    if nodes and posed is None:
        for k in range(SWING_STEPS):
            world.step(turn @ np.array([SWING_M * (k + 1) / SWING_STEPS, 0, 0], np.float32))
        swing = ends()
    at = world.pose.world if posed is None else posed
    _, rotation, _ = affine.decompose(at)
    back = np.array([0, 1, 0, 0] if model.kind == "vrm0" else [0, 0, 0, 1], np.float32)
    bones = {
        bone: {
            "p": [float(x) for x in turn @ at[node, :3, 3]],
            "q": [float(x) for x in quat.multiply(back, rotation[node])],
        }
        for bone, node in model.humanoid.items()
    }
    wanted = dict.fromkeys(model.expressions, 0.0) | dict(asked or {})
    out = effective(model.expressions, wanted)
    face = {name: {"weight": weight, "out": float(out.get(name, 0.0))} for name, weight in wanted.items()}
    return {"settled": settled, "swing": swing, "humanoid": bones, "expr": face}
