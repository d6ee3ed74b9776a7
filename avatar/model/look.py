"""Range maps of look-at: from the angles at which something is seen to turns of the eyes or weights of expressions.

Angles in degrees: yaw positive to the companion's left (+X), pitch positive downwards. Source: VRMC_vrm 1.0
(``lookAt.md``); VRM 0's curves are Unity's animation curves: cubic Hermite between keys, level outside them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..types import FloatArray
from .model import LookAt


def curve_at(keys: Sequence[tuple[float, float, float, float]], t: float) -> float:
    """Value at time t of keys (time, value, slope in, slope out) in order of time."""
    if t <= keys[0][0]:
        return keys[0][1]
    for (t0, v0, _, out), (t1, v1, into, _) in pairwise(keys):
        if t <= t1:
            span = max(t1 - t0, 1e-9)
            s = (t - t0) / span
            return (
                (2 * s**3 - 3 * s**2 + 1) * v0
                + (s**3 - 2 * s**2 + s) * span * out
                + (3 * s**2 - 2 * s**3) * v1
                + (s**3 - s**2) * span * into
            )
    return keys[-1][1]


def _mapped(look: LookAt, name: str, degrees: float) -> float:
    span, scale = getattr(look, name)
    t = min(1.0, degrees / span) if span > 1e-6 else 0.0
    keys = look.curves.get(name)
    return float(scale * (curve_at(keys, t) if keys else t))


def ranges(look: LookAt, yaw: float, pitch: float) -> tuple[float, float, float, float]:
    """Inner yaw, outer yaw, down, up for a gaze at (yaw, pitch): sizes in degrees for bones, weights for expressions.

    One of the last two is 0."""
    down = _mapped(look, "vertical_down", pitch) if pitch > 0 else 0.0
    up = _mapped(look, "vertical_up", -pitch) if pitch < 0 else 0.0
    return _mapped(look, "horizontal_inner", abs(yaw)), _mapped(look, "horizontal_outer", abs(yaw)), down, up


def eye_numbers(look: LookAt, yaw: float, pitch: float) -> tuple[float, ...]:
    """``eye_turns`` as eight numbers, the left eye's first."""
    inner, outer, down, up = ranges(look, yaw, pitch)
    left, right = (outer, inner) if yaw > 0 else (inner, outer)
    p = math.radians(down - up) / 2
    a, b = (math.copysign(math.radians(y), yaw) / 2 for y in (left, right))
    cl, sl, cr, sr, cp, sp = math.cos(a), math.sin(a), math.cos(b), math.sin(b), math.cos(p), math.sin(p)
    return cl * sp, sl * cp, -sl * sp, cl * cp, cr * sp, sr * cp, -sr * sp, cr * cp


def eye_turns(look: LookAt, yaw: float, pitch: float) -> tuple[FloatArray, FloatArray]:
    """Rotations of the left and the right eye, (4,) xyzw each, in the normalised humanoid: yaw, then pitch."""
    both = np.array(eye_numbers(look, yaw, pitch), np.float32)
    return both[:4], both[4:]


def look_weights(look: LookAt, yaw: float, pitch: float) -> dict[str, float]:
    """Weights in 0-1 of lookLeft, lookRight, lookDown and lookUp; sideways both eyes use the outer range."""
    _, side, down, up = (min(max(value, 0.0), 1.0) for value in ranges(look, yaw, pitch))
    return {"lookLeft": side if yaw > 0 else 0.0, "lookRight": side if yaw < 0 else 0.0, "lookDown": down, "lookUp": up}
