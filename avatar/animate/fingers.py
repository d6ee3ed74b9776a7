"""The fingers of one hand: how each joint folds and fans, and the pinch that brings thumb and index together.

Measured from the rest pose (arms out, palms down), so that curls written in degrees mean the same on any hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat
from .ik import unit

Array = NDArray[np.float64]

FINGERS: Final = ("Thumb", "Index", "Middle", "Ring", "Little")
_JOINTS: Final = {"Thumb": ("Metacarpal", "Proximal", "Distal")}
_FOLLOW: Final = (1.0, 1.15, 0.7)
"""How much each joint of a finger folds, the first one as 1; of the thumb, next line."""
_THUMB: Final = (0.5, 1.0, 1.1)
_TIP: Final = 0.85
"""Length of the last bone, which ends in no joint, as a part of the one before."""


class Fingers:
    """at : bone -> (3,) rest position, metres, companion frame; side : ``left`` or ``right``. Missing bones are left
    out."""

    def __init__(self, at: dict[str, Array], side: str) -> None:
        self._at, self._side = at, side
        self._axes: dict[str, tuple[Array, Array]] = {}
        self._chains: dict[str, list[str]] = {}
        self._pinches: dict[float, tuple[float, float, float]] = {}
        palm = np.array([0.0, -1, 0])
        hand = at[side + "Hand"]
        middle = at.get(side + "MiddleProximal", hand + unit(hand - at[side + "LowerArm"]) * 0.08)
        for finger in FINGERS:
            names = [f"{side}{finger}{j}" for j in _JOINTS.get(finger, ("Proximal", "Intermediate", "Distal"))]
            names = [n for n in names if n in at]
            self._chains[finger] = names
            for i, name in enumerate(names):
                a, b = (at[name], at[names[i + 1]]) if i + 1 < len(names) else (at[names[max(0, i - 1)]], at[name])
                along = unit(b - a) if np.linalg.norm(b - a) > 1e-6 else unit(middle - hand)
                if finger == "Thumb":
                    inward = unit(middle + palm * 0.03 - at[names[0]])
                    curl = unit(np.cross(along, inward))
                    spread = -unit(np.cross(along, unit(palm * 0.2 + inward)))
                else:
                    curl = unit(np.cross(along, palm))
                    off = (at[names[0]] - middle)[2]
                    away = np.array([0.0, 0, np.sign(off) if abs(off) > 0.003 else 0.0])
                    spread = np.cross(along, away)
                self._axes[name] = (curl, spread)

    def turns(self, curl: Sequence[float], spread: float | Sequence[float] = 0.0) -> dict[str, Array]:
        """bone -> (3,) rotation vector. curl : thumb, index, middle, ring, little, degrees at the first joint (the next
        ones follow), positive into the palm; spread : degrees between neighbours, or five of them, each finger's own
        turn away from the middle one."""
        fans = (spread, spread, spread, spread, 2 * spread) if isinstance(spread, int | float) else tuple(spread)
        out = {}
        for finger, bend, fan in zip(FINGERS, curl, fans, strict=True):
            shares = _THUMB if finger == "Thumb" else _FOLLOW
            # a missing first joint leaves the shares of the others where they were
            for i, name in enumerate(self._chains[finger]):
                folds, fans_out = self._axes[name]
                out[name] = folds * np.radians(bend * shares[i])
                if i == 0:
                    out[name] = out[name] + fans_out * np.radians(fan)
        return out

    def tip(self, finger: str, turns: dict[str, Array]) -> Array:
        """(3,) where a finger's tip is, the hand at rest, metres; the chain must have two joints or more."""
        names = self._chains[finger]
        points = [self._at[n] for n in names]
        points.append(points[-1] + (points[-1] - points[-2]) * _TIP)
        m, at = np.eye(3), points[0].astype(float)
        for name, a, b in zip(names, points, points[1:], strict=False):
            m = m @ quat.to_matrix(quat.from_vector(turns[name].astype(np.float32))).astype(float)
            at = at + m @ (b - a)
        return at

    def pinch(self, gap: float) -> tuple[float, float, float]:
        """Degrees of the thumb's curl, the index's curl and the thumb's turn aside that bring both tips ``gap`` metres
        apart; something plausible on a hand without these joints."""
        if gap not in self._pinches:
            self._pinches[gap] = self._search(gap)
        return self._pinches[gap]

    def _search(self, gap: float) -> tuple[float, float, float]:
        if len(self._chains["Thumb"]) < 2 or len(self._chains["Index"]) < 2:
            return 24.0, 42.0, 0.0
        thumbs = [(c, o) for c in range(0, 49, 6) for o in range(-40, 31, 7)]
        indices = list(range(24, 67, 3))
        ends = np.array([self.tip("Thumb", self.turns((c, 0, 0, 0, 0), (o, 0, 0, 0, 0))) for c, o in thumbs])
        tips = np.array([self.tip("Index", self.turns((0, c, 0, 0, 0))) for c in indices])
        apart = np.linalg.norm(ends[:, None] - tips, axis=-1)
        # among equal gaps the least bent hand looks calm
        effort = np.array([abs(c - 18) + 0.6 * abs(o) for c, o in thumbs])[:, None] + np.abs(np.array(indices) - 42)
        best = int(np.argmin(np.abs(apart - gap) / gap + 0.004 * effort))
        thumb, index = divmod(best, len(indices))
        return float(thumbs[thumb][0]), float(indices[index]), float(thumbs[thumb][1])
