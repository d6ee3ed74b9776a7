"""A companion that follows a puppet: smoothly, as far as it is known, and back to its own life when it stops coming."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from ..linalg import quat, signals
from ..model.model import HUMAN_BONES
from ..types import FloatArray
from .puppet import Fold, Puppet, clean, nobody
from .rig import ROWS

OLD: Final = 0.5
"""Seconds after which a puppet no longer counts."""
FADE: Final = 0.5
"""Seconds in which the companion then lets go."""
_MOST_NAMES: Final = 256
_GONE: Final = 0.01
_WHOLE: Final = 0.9999
_LONGEST: Final = 0.1
_AHEAD: Final = 1.0
"""A stamp this many seconds ahead of the time is wrong, and would keep every later puppet out."""


class Follower:
    """State of one companion's following.

    bones : the VRM bones it has (None = all): what it lacks is handed to the bones below; omega : how closely it
    follows, radians a second: it lags 2 / omega seconds behind a steady motion and settles in 6.64 / omega.
    rotation : (ROWS, 4) float32 normalised, unit; weight : (ROWS,) float32 0-1, how much of each bone is the puppet's;
    face : expression -> weight, already faded; old : seconds after which a puppet no longer counts; fade :
    seconds in which it is let go then.
    """

    def __init__(
        self, bones: Collection[str] | None = None, omega: float = 18.0, old: float = OLD, fade: float = FADE
    ) -> None:
        self.omega, self.old, self.fade = omega, old, fade
        self._fold = Fold(HUMAN_BONES if bones is None else bones)
        self._puppet = nobody(-1e9)
        self.rotation = quat.identity((ROWS,))
        self.weight = np.zeros(ROWS, np.float32)
        self._speed = np.zeros((ROWS, 3), np.float32)
        self._known = signals.Damped(ROWS)
        self._target = np.zeros(ROWS, np.float32)
        self.face: dict[str, float] = {}
        self._faces: dict[str, signals.Follow] = {}
        self._now = 0.0

    def give(self, puppet: Puppet) -> bool:
        """Take the newest puppet; False, and nothing happens, for one that is older than the last."""
        found = clean(puppet)
        if found.t < self._puppet.t:
            return False
        self._puppet = self._fold(found)
        return True

    def forget(self) -> None:
        """Let go of the puppet, smoothly."""
        self._puppet = nobody(-1e9)

    @property
    def active(self) -> bool:
        """Does it move anything?"""
        return bool(self.weight.any()) or bool(self.face)

    def step(self, now: float, dt: float) -> None:
        """Move on to ``now`` (seconds on the clock of the puppets' stamps), ``dt`` seconds after the last step."""
        self._now = now = now if np.isfinite(now) else self._now
        dt = min(float(dt), _LONGEST) if np.isfinite(dt) and dt > 0 else 0.0
        if self._puppet.t > now + _AHEAD:
            self.forget()
        puppet = self._puppet
        here = now - puppet.t <= self.old
        if not here and not self.active and not self._known.value.any():
            return
        self._target[:] = puppet.mask if here else 0.0
        if here:
            self._turn(puppet.rotation, dt)
        # critically damped, to 1 % within FADE, or ``fade``; that last part is taken off, so that it ends
        known = self._known.step(self._target, 6.64 / (FADE if here else self.fade), dt)
        np.clip((known - _GONE) / (1 - _GONE), 0, 1, out=self.weight)
        if not here and not self.weight.any():
            self._known.value[:] = self._known.speed[:] = 0.0
        self._feel(puppet if here else None, dt)

    def _turn(self, target: FloatArray, dt: float) -> None:
        """Critically damped on the rotation vector of what is left to turn, in the parent bone's axes."""
        q, speed = self.rotation, self._speed
        unseen = self.weight <= 0
        q[unseen], speed[unseen] = target[unseen], 0.0
        e = quat.to_vector(quat.multiply(q, quat.conjugate(target)))
        part = (speed + self.omega * e) * np.float32(dt)
        decay = np.float32(np.exp(-self.omega * dt))
        left = (e + part) * decay
        speed[:] = (speed - self.omega * part) * decay
        quat.normalize(quat.multiply(quat.from_vector(left), target), out=q)

    def _feel(self, puppet: Puppet | None, dt: float) -> None:
        wanted = dict(puppet.face) if puppet is not None else {}
        for name in wanted:
            if name not in self._faces and len(self._faces) < _MOST_NAMES:
                self._faces[name] = signals.Follow()
        omega = 2 * self.omega if puppet is not None else 6.64 / self.fade
        self.face.clear()
        for name, follow in list(self._faces.items()):
            value = follow.step(wanted.get(name, 0.0), omega, dt)
            if name not in wanted and value < _GONE:
                del self._faces[name]
                continue
            self.face[name] = min(max(value, 0.0), 1.0)

    def blend(self, n: FloatArray, rows: Sequence[int] | slice = slice(None)) -> FloatArray:
        """Turn idle life towards the puppet, in place. n : (ROWS, 4) float32 normalised rotations, unit; rows : all, or
        only some of the body."""
        weight = self.weight[rows]
        if not weight.any():
            return n
        if weight.min() > _WHOLE:
            n[rows] = self.rotation[rows]
            return n
        part = n[rows]
        way = quat.to_vector(quat.multiply(quat.conjugate(part), self.rotation[rows]))
        way *= weight[:, None]
        n[rows] = quat.normalize(quat.multiply(part, quat.from_vector(way)))
        return n
