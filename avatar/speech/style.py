"""How distinctly a mouth speaks: from a mumble to over-articulation, with every closure complete."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..types import VISEMES, FloatArray

MUMBLE: Final = 0.4
CLEAREST: Final = 1.5
_SIL: Final = VISEMES.index("sil")
_CLOSURES: Final = (VISEMES.index("PP"), VISEMES.index("FF"))


def articulated(weights: FloatArray, gain: float, out: FloatArray | None = None) -> FloatArray:
    """Viseme weights spoken more or less distinctly.

    weights : (..., 15) float32, 0-1; gain : 0.4 (a mumble) to 1.5 (over-articulated), held between them, 1 leaves the
    weights alone. A weight w that opens or rounds the mouth becomes ``g w`` below 1, and above it ``g w / (1 + (g - 1)
    w)``, which is steep at first and never passes 1. PP and FF stay what they are, so lips always meet; ``sil`` takes
    what is left of a sum of 1. out : where to write, may be ``weights``.
    """
    result = np.empty_like(weights) if out is None else out
    if gain == 1.0:
        if result is not weights:
            result[...] = weights
        return result
    g = np.float32(min(max(gain, MUMBLE), CLEAREST)) if np.isfinite(gain) else np.float32(1)
    kept = weights[..., _CLOSURES].copy()
    if g < 1:
        np.multiply(weights, g, out=result)
    else:
        np.divide(g * weights, 1 + (g - 1) * weights, out=result)
    result[..., _CLOSURES] = kept
    result[..., _SIL] = 0
    result[..., _SIL] = np.clip(1 - result.sum(-1), 0, 1)
    return result
