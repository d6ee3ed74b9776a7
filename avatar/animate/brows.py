"""Which of a companion's expressions lifts its brows, where it has one."""

from __future__ import annotations

import re
from typing import Final

from ..model.model import AvatarModel, Expression
from .face import mouth_opening

_NAMES: Final = (
    *("browinnerup", "browsup", "browup", "eyebrowsup", "eyebrowup", "browsraise", "browraise", "raisebrows"),
    *("browsraised", "browouterup", "fclbrwsurprised", "mayuup", "まゆ上", "眉上", "上"),
)
_SURPRISED: Final = 0.45
"""Weight at which the preset ``surprised`` is used: wide eyes come with it."""
_OPEN: Final = 0.06
"""Most that the mouth may open with it, in parts of ``aa``."""


def brow_expression(model: AvatarModel) -> tuple[str, float] | None:
    """(name, weight at a full accent) of the expression that raises the brows, or None.

    A custom expression named for it, else the preset ``surprised`` at a low weight where that leaves the mouth shut and
    free to speak.
    """
    plain = {re.sub(r"[^\w]|_", "", name).lower(): name for name in model.expressions}
    for wanted in _NAMES:
        if wanted in plain and _free(model.expressions[plain[wanted]]):
            return plain[wanted], 1.0
    surprised = model.expressions.get("surprised")
    if surprised is None or not _free(surprised) or not len(surprised.morphs):
        return None
    if _SURPRISED * opening(model, surprised) > _OPEN:
        return None
    return "surprised", _SURPRISED


def _free(expression: Expression) -> bool:
    """Can it be shown in part, while eyes and mouth do their own?"""
    overrides = (expression.override_mouth, expression.override_blink, expression.override_look_at)
    return not expression.is_binary and all(kind == "none" for kind in overrides)


def opening(model: AvatarModel, expression: Expression) -> float:
    """How far an expression at full weight opens the mouth, in parts of ``aa``."""
    likeness, amount = mouth_opening(model)
    total = 0.0
    for morph, weight in zip(expression.morphs, expression.weights, strict=True):
        # the targets of aa itself have likeness 1 and no amount of their own
        own = likeness[morph] >= 1.0 and amount[morph] == 0.0
        total += float(weight) * (1.0 if own else float(amount[morph]))
    return total
