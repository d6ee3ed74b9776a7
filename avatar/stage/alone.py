"""Where the companion stands when there is no camera picture at all: in the middle, turned to whoever looks."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..linalg import affine, quat
from .build import Build
from .camera import Camera
from .placement import Placement

_SHOWN: Final = 0.62  # of its height, from the hair down, fills the picture
_HEADROOM: Final = 0.16  # of the picture's height, above the hair: the notice is read there


def alone(build: Build, camera: Camera) -> Placement:
    """The placement of a companion by itself, looking into the lens; its scale is its own."""
    _, top, _, bottom = camera.visible
    high = (bottom - top) / camera.focal  # of the picture, metres at one metre
    depth = _SHOWN * build.height / ((1 - _HEADROOM) * high)
    feet = np.array([0, (0.5 - _HEADROOM) * high * depth - build.height, -depth], np.float32)
    matrix = affine.compose(feet, quat.identity())
    lens = np.zeros(3, np.float32)
    whole = (0.0, top, float(camera.size[0]), bottom)
    return Placement(matrix, feet, 1.0, lens, -feet, 1, whole, whole, math.inf)
