"""Where a companion's lips are, and the way of a cup to them."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..linalg import affine
from ..linalg.signals import ease
from ..model.model import AvatarModel
from ..types import FloatArray
from .gaze import eye_place

_OPENERS: Final = ("aa", "oh", "ou", "ih", "ee")
_MOVED: Final = 0.35  # of the farthest that a mouth's point goes
_UNDER: Final = 0.62  # of the height from head bone to eyes: how far lips are under the eyes, where nothing shows them
_BEFORE_S: Final = 0.35
"""Seconds that hands take to be round a cup, before they raise it."""
_UP_S: Final = 1.5
_STAY_S: Final = 2.4
_DOWN_S: Final = 1.4
_SIPS: Final = 3
_TILT: Final = (0.10, 0.26)
"""Radians that a cup leans to the mouth, between sips and in each."""


class Lips:
    """The middle of a companion's lips, at their front. Needs a head."""

    def __init__(self, model: AvatarModel) -> None:
        head = model.humanoid["head"]
        rest = model.rest_world()
        at = _seen(model, rest)
        if at is None:
            eyes = eye_place(model)
            at = np.asarray(eyes - (0.0, _UNDER * abs(float(eyes[1] - rest[head, 1, 3])), 0.0), np.float32)
        self._head = head
        self._own = np.linalg.inv(rest[head]).astype(np.float32)
        self.rest: FloatArray = at
        """(3,) companion frame, as it stands at rest."""

    def see(self, world: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(3,) the lips and (3,) unit, the way that the face looks, in a pose. world : (J, 4, 4) companion frame."""
        turn = world[self._head] @ self._own
        ahead = turn[:3, 2] / max(float(np.linalg.norm(turn[:3, 2])), 1e-9)
        return affine.apply(turn, self.rest), np.asarray(ahead, np.float32)


def _seen(model: AvatarModel, rest: FloatArray) -> FloatArray | None:
    """(3,) between the lips: in the middle of what opens the mouth, as far ahead as any of it."""
    shape = next((model.expressions[name] for name in _OPENERS if name in model.expressions), None)
    if shape is None:
        return None
    weights = dict(zip(shape.morphs.tolist(), shape.weights.tolist(), strict=True))
    points, moves = [], []
    for part in model.primitives:
        if part.morph_positions is None:
            continue
        move = np.zeros_like(part.positions)
        for k, delta in enumerate(part.morph_positions):
            move += delta * np.float32(weights.get(part.morph_offset + k, 0.0))
        size = np.linalg.norm(move, axis=1)
        if float(size.max(initial=0.0)) > 0:
            to = rest[part.node]
            if part.skin >= 0:
                skin = model.skins[part.skin]
                head = np.flatnonzero(np.asarray(skin.joints) == model.humanoid["head"])
                joint = int(head[0]) if len(head) else 0
                to = rest[skin.joints[joint]] @ skin.inverse_bind[joint]
            points.append(affine.apply(to, part.positions))
            moves.append(size)
    if not points:
        return None
    at, size = np.concatenate(points), np.concatenate(moves)
    near = at[size > _MOVED * size.max()]
    # the lower lip goes down and the upper one hardly moves: the line between them is at the top of what moves
    x, y = float(np.median(near[:, 0])), float(np.percentile(near[:, 1], 75))
    front = at[(np.abs(at[:, 0] - x) < 0.012) & (np.abs(at[:, 1] - y) < 0.012)]
    z = float(np.percentile(front[:, 2], 98)) if len(front) else float(near[:, 2].max())
    return np.array([x, y, z], np.float32)


class Sipping:
    """A cup goes to the lips when ``begin`` is called, stays for three small sips, and goes down."""

    def __init__(self) -> None:
        self._age: float | None = None

    @property
    def going(self) -> bool:
        """Is it on the way, or there?"""
        return self._age is not None

    def begin(self) -> None:
        """Raise it; one that is raised goes on."""
        self._age = self._age or 0.0

    def end(self) -> None:
        """Bring it down from where it is: nothing is raised any more after that."""
        if self._age is not None:
            up = self.up
            down = float(np.interp(up, [ease(u) for u in _STEPS], _STEPS))
            self._age = max(self._age, _BEFORE_S + _UP_S + _STAY_S + _DOWN_S * (1 - down))

    def step(self, dt: float) -> None:
        """``dt`` seconds on."""
        if self._age is not None:
            self._age += dt
            if self._age > _BEFORE_S + _UP_S + _STAY_S + _DOWN_S:
                self._age = None

    @property
    def up(self) -> float:
        """0 where it is carried, 1 at the lips."""
        if self._age is None:
            return 0.0
        rising = (self._age - _BEFORE_S) / _UP_S
        falling = 1 - (self._age - _BEFORE_S - _UP_S - _STAY_S) / _DOWN_S
        return float(ease(min(max(min(rising, falling), 0.0), 1.0)))

    @property
    def tilt(self) -> float:
        """Radians that the cup leans to the mouth: a little, and three times a little more."""
        if self._age is None:
            return 0.0
        sip = np.clip((self._age - _BEFORE_S - _UP_S) / _STAY_S, 0, 1) * _SIPS
        more = 0.5 - 0.5 * np.cos(2 * np.pi * sip)
        return float(self.up**3 * (_TILT[0] + (_TILT[1] - _TILT[0]) * more))


_STEPS: Final = np.linspace(0, 1, 33)
