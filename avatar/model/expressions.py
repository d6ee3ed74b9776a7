"""What expressions really weigh once VRM's rules have been applied to what was asked for.

Rules of VRMC_vrm 1.0 (``expressions.md``): weights are 0 to 1; a binary expression is 0 or 1, and 1 above a half;
overrideBlink, overrideLookAt and overrideMouth of every expression shown (after isBinary) take from the blinks, looks
and vowels, all of it by ``block`` and in proportion by ``blend``; a binary expression from which anything is taken is
0; an expression does not override its own kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from ..types import FloatArray
from .model import Expression

VOWELS: Final = ("aa", "ih", "ou", "ee", "oh")
BLINKS: Final = ("blink", "blinkLeft", "blinkRight")
LOOKS: Final = ("lookUp", "lookDown", "lookLeft", "lookRight")
VRM0_PRESETS: Final = {
    "neutral": "neutral",
    "a": "aa",
    "i": "ih",
    "u": "ou",
    "e": "ee",
    "o": "oh",
    "joy": "happy",
    "angry": "angry",
    "sorrow": "sad",
    "fun": "relaxed",
    "blink": "blink",
    "blink_l": "blinkLeft",
    "blink_r": "blinkRight",
    "lookup": "lookUp",
    "lookdown": "lookDown",
    "lookleft": "lookLeft",
    "lookright": "lookRight",
}
"""VRM 0.x preset name in lower case -> VRM 1.0 preset name, as the official migration has it."""
_KINDS: Final = (("override_blink", BLINKS), ("override_look_at", LOOKS), ("override_mouth", VOWELS))


class Rules:
    """The rules of E expressions as arrays. binary : (E,) bool; members : (3, E) bool, the blinks, looks and vowels;
    any : whether an expression overrides another. mouth : names that speak beside the vowels, as a companion with ARKit
    shapes does, and are overridden with them."""

    def __init__(self, expressions: Iterable[Expression], mouth: Iterable[str] = ()) -> None:
        all_ = list(expressions)
        spoken = frozenset((*VOWELS, *mouth))
        self.binary = np.array([x.is_binary for x in all_], bool)
        kinds_of = [spoken if names is VOWELS else names for _, names in _KINDS]
        self.members = np.array([[x.name in names for x in all_] for names in kinds_of], bool).reshape(3, -1)
        kinds = np.array([[getattr(x, key) for x in all_] for key, _ in _KINDS], object).reshape(3, -1)
        self._block = (kinds == "block") & ~self.members
        self._blend = (kinds == "blend") & ~self.members
        self.any = bool((self._block | self._blend).any())
        self.any_binary = bool(self.binary.any())

    def shown(self, weights: FloatArray) -> FloatArray:
        """(..., E) in 0-1, and 0 or 1 where binary."""
        clipped = np.clip(weights, 0, 1)
        return np.where(self.binary, clipped > 0.5, clipped).astype(np.float32)

    def taken(self, shown: FloatArray) -> FloatArray:
        """(..., 3) in 0-1: how much is taken from blinks, looks and vowels. shown : (..., E)."""
        total = (shown > 0) @ self._block.T + shown @ self._blend.T
        amounts: FloatArray = np.minimum(total, 1).astype(np.float32)
        return amounts

    def left(self, shown: FloatArray, taken: FloatArray) -> FloatArray:
        """(..., E) what is left of ``shown`` when ``taken`` (..., 3) is taken."""
        keep = np.where(self.members, 1 - taken[..., None], 1).prod(axis=-2)
        return np.where(self.binary & (keep < 1), 0, shown * keep).astype(np.float32)


def find(names: Iterable[str], asked: str) -> str | None:
    """Which of ``names`` somebody means who asks for an expression: the very name, else the name in other letters
    (``Happy``), else the preset that VRM 0.x calls so, in any letters (``Joy``); None where there is none."""
    known = list(names)
    if asked in known:
        return asked
    alike = (name for name in known if name.casefold() == asked.casefold())
    preset = VRM0_PRESETS.get(asked.lower())
    return next(alike, preset if preset in known else None)


def effective(expressions: Mapping[str, Expression], asked: Mapping[str, float]) -> dict[str, float]:
    """Name -> weight of every expression, from the weights asked for (absent means 0; unknown names are left out; a
    weight that is not finite is 0)."""
    rules = Rules(expressions.values())
    wanted = np.array([asked.get(name, 0.0) for name in expressions], np.float32)
    shown = rules.shown(np.where(np.isfinite(wanted), wanted, 0))
    weights = rules.left(shown, rules.taken(shown))
    return dict(zip(expressions, weights.tolist(), strict=True))
