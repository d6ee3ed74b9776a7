"""Stillness where a face is still: small differences, which are noise, are followed slowly, and motion at once.

Place, depth and turn each have a slack, in which the shown face stays behind the found one as a loose thing does; the
slack goes as the face gathers speed, so that whoever moves is not late by any of it. A filter that eases by speed alone
(One-Euro) lags most in slow motion, where it is noticed, and was worse than none.
"""

from __future__ import annotations

from dataclasses import replace
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


class Steady:
    """Follows one face. Give it every look, found or not, in the order of time."""

    def __init__(self) -> None:
        self._shown: Face | None = None
        self._found: Face | None = None
        self._speed = np.zeros(6)
        self._t = -1e9

    def step(self, face: Face | None, t: float) -> Face | None:
        """The face to show for the one found at t seconds; None as it is."""
        if face is None or not (np.isfinite(face.points).all() and np.isfinite(face.matrix).all()):
            return face
        shown, before = self._shown, self._found
        self._found = self._shown = face
        gap, self._t = t - self._t, t
        if shown is None or before is None or not 0 < gap <= _GAP or min(-shown.matrix[2, 3], -face.matrix[2, 3]) <= 0:
            self._speed[:] = 0
            return face
        wide = max(float(face.box[2] - face.box[0]), 1.0)
        self._speed += _EASE * (_difference(before, face, wide) - self._speed)
        slack = np.clip(1 - _sizes(self._speed) / _SPEED, 0, 1)
        place, depth, turn = _gain(_sizes(_difference(shown, face, wide)), slack)
        off = face.points - shown.points
        each = np.linalg.norm(off[:, :2], axis=1) / (_POINT * wide)
        points = (shown.points + off * np.maximum(_gain(each, slack[0]), place)[:, None]).astype(np.float32)
        box = np.concatenate([points[:, :2].min(0), points[:, :2].max(0)])
        matrix = _between(shown.matrix, face.matrix, float(place), float(depth), float(turn))
        self._shown = replace(face, points=points, matrix=matrix, box=box)
        return self._shown


def _difference(a: Face, b: Face, wide: float) -> np.ndarray:
    """(6,) from a to b, in slacks: place (2), depth (1), turn (3)."""
    place = (b.points[:, :2].mean(0) - a.points[:, :2].mean(0)) / (wide * _SLACK[0])
    depth = (b.matrix[2, 3] / a.matrix[2, 3] - 1) / _SLACK[1]
    turn = quat.multiply(quat.from_matrix(b.matrix[:3, :3]), quat.conjugate(quat.from_matrix(a.matrix[:3, :3])))
    return np.concatenate([place, [depth], quat.to_vector(turn) / _SLACK[2]])


def _sizes(six: np.ndarray) -> np.ndarray:
    return np.array([np.hypot(six[0], six[1]), abs(six[2]), np.linalg.norm(six[3:])])


def _gain(size: np.ndarray, slack: np.ndarray | float) -> np.ndarray:
    """How much of differences of these sizes is followed: all that is over the slack, and little of the rest."""
    return np.asarray(_REST + (1 - _REST) * np.clip(1 - slack / np.maximum(size, 1e-9), 0, 1))


def _between(old: FloatArray, new: FloatArray, place: float, depth: float, turn: float) -> FloatArray:
    """A matrix so much of the way from old to new: across the line of sight, along it, and in its turn."""
    near, far = -float(old[2, 3]), -float(new[2, 3])
    away = near + (far - near) * depth
    across = old[:2, 3] / near + (new[:2, 3] / far - old[:2, 3] / near) * place
    out = np.eye(4, dtype=np.float32)
    a, b = quat.from_matrix(old[:3, :3]), quat.from_matrix(new[:3, :3])
    out[:3, :3] = quat.to_matrix(quat.slerp(a, b, turn))
    out[:3, 3] = (*(across * away), -away)
    return out
