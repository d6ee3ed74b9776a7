"""What else moves an actor, over its own life: a puppeteer, hands that reach for something, and motions from files.

All of it is made when it is first asked for, so that a companion without any pays nothing. The order in a frame: the
puppet turns the body's normalised rotations, hands reach with them, and clips have the last word over the nodes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from ..linalg import signals
from ..model.model import AvatarModel
from ..types import FloatArray
from .follow import Follower
from .grasping import Posture, Shapes
from .layers import Layers
from .reach import Reach
from .rig import Poses, Rig

_SIDES: Final = ("left", "right")
_GRASP: Final = 7.0
"""Radians a second: how quickly a hand is given to its target and taken back (critically damped, about a second)."""
_ALONG: Final = 14.0
"""Radians a second: how closely a hand follows a target that moves."""
_TURNED: Final = 9.0
"""Radians a second: how closely a hand turns the way that is asked for."""
_NOTHING: Final = 1e-3
_FARTHEST: Final = 100.0


class Influences:
    """Puppets, reaching hands and clips of A actors of one model.

    expressions : (A, E) float32, what puppets and clips ask of the face, to be taken where it is more.
    """

    def __init__(self, model: AvatarModel, rig: Rig) -> None:
        self._model, self._rig, self._actors = model, rig, rig.actors
        self._followers: dict[int, Follower] = {}
        self._layers: dict[int, Layers] = {}
        self._reach: Reach | None = None
        names = list(model.expressions)
        self._row = {name: i for i, name in enumerate(names)}
        self.expressions = np.zeros((self._actors, len(names)), np.float32)
        self.asks = False
        self._wanted = np.zeros((self._actors, 2), np.float32)
        self._target = np.zeros((self._actors, 2, 3), np.float32)
        self._held = signals.Damped((self._actors, 2))
        self._ways = signals.Damped((self._actors, 2, 2, 3))
        self._asked = np.zeros((self._actors, 2, 2, 3), np.float32)
        self._shapes: Shapes | None = None
        self._at = signals.Damped((self._actors, 2, 3))
        self._morphs = np.zeros((self._actors, len(model.morph_defaults)), np.float32)
        self._own = np.asarray(model.morph_defaults, np.float32)

    def puppet(self, actor: int = 0) -> Follower:
        """What moves an actor by puppeteering: ``give`` it puppets."""
        if actor not in self._followers:
            self._followers[actor] = Follower(self._model.humanoid)
        return self._followers[actor]

    @property
    def led(self) -> bool:
        """Does a puppet move anybody?"""
        return any(follower.active for follower in self._followers.values())

    def layers(self, actor: int = 0) -> Layers:
        """An actor's layers of clips: ``play`` and ``stop`` there."""
        if actor not in self._layers:
            self._layers[actor] = Layers(self._model, self._rig)
        return self._layers[actor]

    def hold(self, side: str, point: Sequence[float] | FloatArray | None, actor: int = 0) -> None:
        """Bring a wrist to a point (3,) in the companion's frame, metres, and keep it there; None lets go. Call it
        again as the point moves. A point that is not finite is no point."""
        if self._reach is None:
            self._reach = Reach([self._rig] * self._actors)
        k = _SIDES.index(side)
        good = point is not None and all(math.isfinite(x) and abs(x) < _FARTHEST for x in point)
        self._wanted[actor, k] = good
        if not good or point is None:
            return
        self._target[actor, k] = point
        if self._held.value[actor, k] <= _NOTHING:
            self._at.value[actor, k], self._at.speed[actor, k] = point, 0

    def pose_hand(self, side: str, posture: Posture | None, actor: int = 0) -> None:
        """Hold a hand as a posture says, and keep it so; None lets go. Call it again as the posture moves."""
        self.hold(side, None if posture is None else posture.wrist, actor)
        if self._shapes is None:
            self._shapes = Shapes(self._rig, self._actors)
        k = _SIDES.index(side)
        self._shapes.shape(actor, k, None if posture is None else posture.shape)
        if posture is None:
            return
        self._asked[actor, k] = posture.fingers, posture.palm
        if self._held.value[actor, k] <= _NOTHING:
            self._ways.value[actor, k], self._ways.speed[actor, k] = self._asked[actor, k], 0

    def turn(self, now: float, dt: float, n: FloatArray, rows: Sequence[int] | slice = slice(None)) -> bool:
        """Puppets into normalised rotations n (A, ROWS, 4); whether any did. rows : all, or only some of the body."""
        found = False
        for actor, follower in self._followers.items():
            if rows == slice(None):
                follower.step(now, dt)
            if follower.active:
                follower.blend(n[actor], rows)
                found = True
        return found

    def grasp(self, dt: float, n: FloatArray, hips: FloatArray) -> bool:
        """Hands to what they hold; whether any went. n : (A, ROWS, 4); hips : (A, 3) metres."""
        if self._reach is None:
            return False
        held = self._held.step(self._wanted, _GRASP, dt)
        if held.max() <= _NOTHING:
            return False
        at = self._at.step(self._target, _ALONG, dt)
        weight = np.where(held > _NOTHING, np.clip(held, 0, 1), 0)
        if self._shapes is None:
            self._reach.solve(n, hips, "both", at, weight)
            return True
        ways = self._ways.step(self._asked, _TURNED, dt)
        self._reach.solve(n, hips, "both", at, weight, fingers=ways[:, :, 0], palm=ways[:, :, 1])
        self._shapes.step(dt, n)
        return True

    def play(self, dt: float, poses: Poses) -> None:
        """Clips over the nodes; then ``expressions`` is known."""
        self.asks = False
        if not self._followers and not self._layers:
            return
        self.expressions[:] = 0
        for actor, layers in self._layers.items():
            layers.step(dt)
            self._morphs[actor] = self._own
            layers.apply(poses.rotation[actor], poses.translation[actor], self._morphs[actor])
            self._ask(actor, layers.expressions)
        for actor, follower in self._followers.items():
            self._ask(actor, follower.face)

    def _ask(self, actor: int, face: dict[str, float]) -> None:
        for name, weight in face.items():
            row = self._row.get(name)
            if row is not None:
                self.expressions[actor, row] = max(float(self.expressions[actor, row]), weight)
                self.asks = True

    def shape(self, morphs: FloatArray) -> None:
        """What clips themselves do to the morph targets, added to morphs (A, M)."""
        for actor in self._layers:
            morphs[actor] += self._morphs[actor] - self._own

    def look(self, actor: int) -> tuple[float, float, float] | None:
        """(yaw, pitch, weight) of the eyes as an actor's clips have them, degrees, or None."""
        layers = self._layers.get(actor)
        return None if layers is None else layers.look
