"""From where, and in what light, a figure is drawn: what its shaders' block ``Figure`` holds. No OpenGL here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..types import FloatArray

DIRECT, INDIRECT = 0.8, 0.4
"""``Lighting``'s colour and ambient are multiplied with these: in a neutral room (1, 0.5) lit parts are as painted."""

THINNEST_OUTLINE = 0.6
"""Pixels of the target; a thinner outline is not worth drawing."""
SOLID_OUTLINE = 1.2
"""Pixels of the target; a thinner outline would fall apart into dashes, so it is drawn as wide as this and fainter."""

_BLOCK_ROWS = 64
"""FLOAT4s that hold the block ``Figure`` for certain."""


@dataclass(frozen=True, slots=True)
class Shot:
    """From where a figure is drawn. clip, view : (4, 4) companion frame to clip and to camera; lens : projection[1][1];
    clockwise : fronts turn clockwise in this clip space; pixels_a_metre : of the target, where the figure is nearest;
    height : of the whole picture in pixels of the target; light : (3,) towards the light, companion frame;
    rows : (K, 4) what the block ``Figure`` of ``shaders/common_figure.glsl`` holds behind the light's direction;
    thinnest : pixels of the target, thinner outlines are left out; defines : the kind of light, added to the variants
    of all that is lit."""

    clip: FloatArray
    view: FloatArray
    lens: float
    clockwise: bool
    pixels_a_metre: float
    height: float
    light: FloatArray
    rows: FloatArray
    thinnest: float = THINNEST_OUTLINE
    defines: tuple[str, ...] = ()

    def block(self, time: float) -> FloatArray:
        """(10 + K, 4) the block ``Figure``. time : seconds."""
        view, light = self.view, self.light
        turn = view[:3, :3]
        scale2 = max(float(turn[0] @ turn[0]), 1e-12)
        out = np.zeros((10 + len(self.rows), 4), np.float32)
        out[0:4], out[4:8], out[10:] = self.clip.T, view.T, self.rows
        out[8, :3], out[8, 3] = -(turn.T @ view[:3, 3]) / scale2, time
        out[9, :3], out[9, 3] = light / max(float(np.linalg.norm(light)), 1e-12), 1 / self.lens
        return out


def unlit_block(clip: FloatArray, time: float) -> FloatArray:
    """(N, 4) the block where nothing is lit: only its matrix, (4, 4) companion frame to clip, and seconds matter."""
    out = np.zeros((_BLOCK_ROWS, 4), np.float32)
    out[0:4], out[8, 3] = clip.T, time
    return out
