"""Stillness where a face is still: small differences, which are noise, are followed slowly, and motion at once.

Place, depth and turn each have a slack, in which the shown face stays behind the found one as a loose thing does; the
slack goes as the face gathers speed, so that whoever moves is not late by any of it. A filter that eases by speed alone
(One-Euro) lags most in slow motion, where it is noticed, and was worse than none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from ..linalg import quat
from ..types import Face, FloatArray

_REST: Final = 0.12
"""How much of a difference within the slack is followed at a look."""
_SLACK: Final = np.array([0.003, 0.006, np.radians(0.5)])
"""Of place in widths of the face, of depth in distances, of turn in radians."""
_POINT: Final = 0.008
"""Of one point within the face, widths of the face."""
_SPEED: Final = 1.2
"""Slacks a look: at that speed nothing is left of it."""
_EASE: Final = 0.3
"""How much of the newest step the speed takes on: noise, which goes to and fro, leaves little."""
_GAP: Final = 0.25  # seconds without a face after which nothing is known of its stillness


@dataclass(frozen=True, slots=True)
class _Known:
    """A face, with the middle of its points (2,) and its turn (4,), which are asked for more than once."""

    face: Face
    middle: FloatArray
    turn: FloatArray


class Steady:
    """Follows one face. Give it every look, found or not, in the order of time."""

    def __init__(self) -> None:
        self._shown: _Known | None = None
        self._found: _Known | None = None
        self._speed = np.zeros(6)
        self._t = -1e9

    def step(self, face: Face | None, t: float) -> Face | None:
        """The face to show for the one found at t seconds; None as it is."""
        if face is None or not (np.isfinite(face.points).all() and np.isfinite(face.matrix).all()):
            return face
        shown, before = self._shown, self._found
        now = _Known(face, _middle(face.points), quat.from_matrix(face.matrix[:3, :3]))
        self._found = self._shown = now
        gap, self._t = t - self._t, t
        nearest = min(-shown.face.matrix[2, 3], -face.matrix[2, 3]) if shown is not None else 0.0
        if shown is None or before is None or not 0 < gap <= _GAP or nearest <= 0:
            self._speed[:] = 0
            return face
        wide = max(float(face.box[2] - face.box[0]), 1.0)
        self._speed += _EASE * (_difference(before, now, wide) - self._speed)
        slack = np.clip(1 - _sizes(self._speed) / _SPEED, 0, 1)
        place, depth, turn = _gain(_sizes(_difference(shown, now, wide)), slack)
        off = face.points - shown.face.points
        each = np.sqrt(off[:, 0] ** 2 + off[:, 1] ** 2) / np.float32(_POINT * wide)
        off *= np.maximum(_gain(each, slack[0]), place).astype(np.float32)[:, None]
        off += shown.face.points
        box = np.concatenate([off[:, :2].min(0), off[:, :2].max(0)])
        turned = quat.slerp(shown.turn, now.turn, float(turn))
        matrix = _between(shown.face.matrix, face.matrix, float(place), float(depth), turned)
        steadied = replace(face, points=off, matrix=matrix, box=box)
        self._shown = _Known(steadied, _middle(off), turned)
        return steadied


def _middle(points: FloatArray) -> FloatArray:
    return np.asarray(points[:, :2].mean(0))


def _difference(a: _Known, b: _Known, wide: float) -> np.ndarray:
    """(6,) from a to b, in slacks: place (2), depth (1), turn (3)."""
    place = (b.middle - a.middle) / (wide * _SLACK[0])
    depth = (b.face.matrix[2, 3] / a.face.matrix[2, 3] - 1) / _SLACK[1]
    turn = quat.multiply(b.turn, quat.conjugate(a.turn))
    return np.concatenate([place, [depth], quat.to_vector(turn) / _SLACK[2]])


def _sizes(six: np.ndarray) -> np.ndarray:
    return np.array([np.hypot(six[0], six[1]), abs(six[2]), np.linalg.norm(six[3:])])


def _gain(size: np.ndarray, slack: np.ndarray | float) -> np.ndarray:
    """How much of differences of these sizes is followed: all that is over the slack, and little of the rest."""
    return np.asarray(_REST + (1 - _REST) * np.clip(1 - slack / np.maximum(size, 1e-9), 0, 1))


def _between(old: FloatArray, new: FloatArray, place: float, depth: float, turned: FloatArray) -> FloatArray:
    """A matrix so much of the way from old to new, across the line of sight and along it, and turned so."""
    near, far = -float(old[2, 3]), -float(new[2, 3])
    away = near + (far - near) * depth
    across = old[:2, 3] / near + (new[:2, 3] / far - old[:2, 3] / near) * place
    out = np.eye(4, dtype=np.float32)
    out[:3, :3] = quat.to_matrix(turned)
    out[:3, 3] = (*(across * away), -away)
    return out
