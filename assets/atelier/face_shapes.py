"""What an expression is, as numbers, and the lid and lip lines that follow from it. Every part that moves with the face
is built from these lines, so a morph is one built face minus the resting one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from face_form import EYE, MOUTH_Y
from kit import Array
from scipy.interpolate import PchipInterpolator

MM = 1e-3


@dataclass(frozen=True)
class Shape:
    """One face. Lengths in millimetres.

    upper, lower : how open each lid is, 1 at rest, 0 shut; lid_inner, lid_outer : extra rise of the upper lid at its
    ends; arch : how far the line on which the lids meet bows upward;
    width : half the mouth; corner : rise of its corners; up, low : rise of the upper and drop of the lower lip's inner
    edge; up_power, low_power : fullness of the opening (2 round, higher square); forward : pucker; plump : lip height
    against rest; press : lips drawn in; bite : lower lip tucked under the teeth; jaw : drop of the chin;
    brow_in, brow_mid, brow_out : rise; brow_near : inner ends drawn together; cheek : rise of the cheeks.
    """

    upper: float = 1.0
    lower: float = 1.0
    lid_inner: float = 0.0
    lid_outer: float = 0.0
    arch: float = 0.0
    width: float = 17.0
    corner: float = 0.0
    up: float = 0.0
    low: float = 0.0
    up_power: float = 2.0
    low_power: float = 2.0
    forward: float = 0.0
    plump: float = 1.0
    press: float = 0.0
    bite: float = 0.0
    jaw: float = 0.0
    brow_in: float = 0.0
    brow_mid: float = 0.0
    brow_out: float = 0.0
    brow_near: float = 0.0
    cheek: float = 0.0


REST = Shape()
_SHUT = Shape(upper=0.0, lower=0.0)
SHAPES: dict[str, Shape] = {
    "aa": Shape(width=15.5, up=2.6, low=13.0, up_power=2.2, low_power=2.2, jaw=7.5, plump=0.95),
    "ih": Shape(width=18.5, up=1.4, low=3.6, up_power=2.3, low_power=2.3, jaw=2.0, corner=0.4),
    "ou": Shape(width=7.6, up=0.7, low=4.0, forward=5.0, plump=1.0, jaw=2.0),
    "ee": Shape(width=20.5, up=2.2, low=4.8, up_power=2.6, low_power=2.8, jaw=1.8, corner=1.4, plump=0.85),
    "oh": Shape(width=10.4, up=2.8, low=9.6, up_power=2.0, low_power=2.0, forward=3.2, jaw=4.4),
    "happy": Shape(
        upper=0.80, lower=0.36, arch=2.4, width=20.8, corner=4.2, cheek=2.2, brow_in=1.0, brow_mid=1.8, brow_out=0.8
    ),
    "angry": Shape(
        upper=0.86,
        lid_inner=-2.4,
        lower=0.85,
        width=15.6,
        corner=-2.2,
        press=0.5,
        plump=0.85,
        brow_in=-3.6,
        brow_mid=-1.6,
        brow_out=1.6,
        brow_near=2.2,
    ),
    "sad": Shape(
        upper=0.82,
        lid_inner=0.8,
        lid_outer=-2.0,
        lower=0.92,
        width=15.6,
        corner=-2.4,
        brow_in=4.4,
        brow_mid=0.6,
        brow_out=-2.6,
        brow_near=1.2,
    ),
    "relaxed": Shape(
        upper=0.74, lower=0.82, width=18.4, corner=2.2, brow_in=0.6, brow_mid=0.8, brow_out=-0.4, cheek=0.8
    ),
    "surprised": Shape(
        upper=1.13,
        lower=1.06,
        width=11.0,
        up=2.0,
        low=7.0,
        forward=0.8,
        jaw=3.8,
        brow_in=4.2,
        brow_mid=5.2,
        brow_out=4.0,
    ),
    "blink": _SHUT,
    "browUp": Shape(brow_in=4.0, brow_mid=4.6, brow_out=3.6, upper=1.05),
    "browDown": Shape(brow_in=-3.4, brow_mid=-2.6, brow_out=-1.0, brow_near=1.2, upper=0.93),
    "smile": Shape(width=20.0, corner=3.2, lower=0.78, cheek=1.6),
    "lipPress": Shape(width=16.0, press=1.6, plump=0.55),
    "lipBite": Shape(width=16.6, up=1.9, low=0.4, bite=1.0, plump=0.9, jaw=0.6, up_power=2.6),
}
"""Morph name -> face. blinkLeft and blinkRight are halves of blink."""

_UPPER = PchipInterpolator(
    np.array([-16.6, -15.5, -13.1, -9.0, -4.0, 0.8, 6.0, 10.4, 13.8, 15.9, 16.8]),
    np.array([-5.6, -2.8, 2.4, 7.0, 9.9, 10.7, 10.0, 7.8, 4.4, 1.0, -1.8]),
)
_LOWER = PchipInterpolator(
    np.array([-16.6, -14.2, -10.0, -5.0, 0.3, 5.7, 10.8, 14.2, 16.8]),
    np.array([-5.6, -8.1, -10.2, -11.3, -11.6, -11.0, -8.8, -5.8, -1.8]),
)
INNER, OUTER = -16.6, 16.8
"""The eye's corners, millimetres from its middle."""


def lid_lines(x: Array, shape: Shape) -> tuple[Array, Array]:
    """Upper and lower lid heights in millimetres from the eye's middle at x (millimetres, inner corner negative)."""
    up, low = _UPPER(x), _LOWER(x)
    t = np.clip((x - INNER) / (OUTER - INNER), 0, 1)
    hump = 4 * t * (1 - t)
    shut = low + 0.16 * (up - low) + shape.arch * hump
    ends = hump**0.5
    top = shut + (up - shut) * shape.upper + (shape.lid_inner * (1 - t) + shape.lid_outer * t) * ends * shape.upper
    bottom = shut + (low - shut) * shape.lower
    return np.asarray(np.maximum(top, bottom)), np.asarray(bottom)


def lid_loop(n_up: int, n_low: int) -> tuple[Array, Array]:
    """Places round the opening: x in millimetres (n,) and whether each belongs to the upper lid, from the inner corner
    over the top to the outer corner and back below."""
    a = np.linspace(0, np.pi, n_up + 1)
    mid, half = (INNER + OUTER) / 2, (OUTER - INNER) / 2
    b = np.linspace(0, np.pi, n_low + 1)
    x = np.concatenate([mid - half * np.cos(a), mid + half * np.cos(b[1:-1])])
    return x, np.concatenate([np.ones(n_up + 1, bool), np.zeros(n_low - 1, bool)])


def eye_xy(x: Array, y: Array) -> Array:
    """(n, 2) metres in the companion frame of millimetres about the left eye's middle."""
    return np.stack([EYE[0] + np.asarray(x) * MM, EYE[1] + np.asarray(y) * MM], axis=-1)


def lip_lines(u: Array, shape: Shape) -> tuple[Array, Array, Array, Array, Array]:
    """At u in 0 (middle) … 1 (corner): x, inner edge of the upper and of the lower lip, height of the upper and of the
    lower lip's red; millimetres, y from MOUTH_Y."""
    x = shape.width * u
    line = -0.7 + 2.1 * u**2 + shape.corner * u**1.8
    bow = 0.35 * np.exp(-((u / 0.22) ** 2))
    full_up = np.maximum(1 - u**shape.up_power, 0) ** (1 / shape.up_power)
    full_low = np.maximum(1 - u**shape.low_power, 0) ** (1 / shape.low_power)
    top = line - bow + shape.up * full_up
    bottom = line - bow * max(1 - shape.low / 2, 0.0) - shape.low * full_low - 0.02
    swell = np.maximum(1 - u**2, 0)
    red_up = shape.plump * (
        2.7 * swell**0.8 + 0.5 * np.exp(-(((u - 0.2) / 0.16) ** 2)) - 0.3 * np.exp(-((u / 0.1) ** 2))
    )
    red_low = shape.plump * 3.5 * swell**0.75
    return x, top, bottom, red_up, red_low


def mouth_xy(x: Array, y: Array) -> Array:
    """(n, 2) metres of millimetres about the mouth."""
    return np.stack([np.asarray(x) * MM, MOUTH_Y + np.asarray(y) * MM], axis=-1)
