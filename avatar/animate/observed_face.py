"""A tracked face's blend shapes as VRM expressions: geometry only, lids, lips and a smile, no guess at a feeling."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..types import BLENDSHAPES, FloatArray

SHAPES: Final = BLENDSHAPES
_BLINK: Final = (0.5, 0.78)
"""Open eyes read 0.2 to 0.55 (5 % to 95 % of three clips of people), shut ones 0.7 and more."""
_AT: Final = {name: k for k, name in enumerate(SHAPES)}


def _ramp(x: float, low: float, high: float) -> float:
    return min(max((x - low) / (high - low), 0.0), 1.0)


def expressions(blendshapes: FloatArray) -> dict[str, float]:
    """blinkLeft, blinkRight, aa, ih, ou, ee, oh (which sum to 1 at most) and happy, each 0-1; empty for anything but
    52 finite numbers. blendshapes : (52,) 0-1."""
    values = np.asarray(blendshapes, np.float64).ravel()
    if values.shape != (len(SHAPES),) or not np.isfinite(values).all():
        return {}
    b = np.clip(values, 0, 1).tolist()

    def one(name: str) -> float:
        return float(b[_AT[name]])

    def both(name: str) -> float:
        return (one(f"{name}Left") + one(f"{name}Right")) / 2

    opened = _ramp(one("jawOpen") - 0.5 * one("mouthClose"), 0.04, 0.6)
    ou = _ramp(one("mouthPucker"), 0.4, 0.95) * (1 - 0.7 * opened)
    oh = _ramp(one("mouthFunnel"), 0.12, 0.5) * (0.3 + 0.7 * opened)
    round_ = max(ou, oh)
    ee = _ramp(both("mouthStretch"), 0.12, 0.5) * _ramp(opened, 0.0, 0.3) * (1 - round_)
    ih = 0.7 * _ramp(both("mouthLowerDown") + both("mouthUpperUp"), 0.25, 1.0) * (1 - opened) * (1 - round_)
    aa = opened * (1 - round_) * (1 - 0.6 * ee)
    mouth = {"aa": aa, "ih": ih, "ou": ou, "ee": ee, "oh": oh}
    whole = max(1.0, sum(mouth.values()))
    return {
        "blinkLeft": _ramp(one("eyeBlinkLeft"), *_BLINK),
        "blinkRight": _ramp(one("eyeBlinkRight"), *_BLINK),
        **{name: weight / whole for name, weight in mouth.items()},
        "happy": _ramp(both("mouthSmile"), 0.3, 0.85),
    }
