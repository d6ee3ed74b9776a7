"""The light on a figure: its part of the uniform block, and the map of what the key light does not reach.

One map a figure, as seen from the light and fitted to the joints' boxes. It is small and read with smooth comparisons,
and lies well behind the surface that casts it: fine features (nose, lips, lids, folds) cast nothing, an arm, the chin,
hair and a skirt do, softly. A drawn face has its own painted shading; a hard or noisy shadow on it is worse than none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..errors import GraphicsError
from ..linalg import turns
from ..stage import light
from ..stage.scene import Flame, Lighting
from ..types import FloatArray
from .figure import DrawnModel
from .gl import GL
from .program import UNITS
from .shot import DIRECT, INDIRECT
from .targets import bind_apart, sampled_smoothly

ROWS = 16
NEAREST = 0.24
"""Metres within which a flame's light grows no more: it is no point, and a camera would not show more either."""
FLAME_ROWS = 3
MARGIN = 4  # texels round the figure that stay empty, so that what is looked up beyond the map is lit
TOWARDS, ALONG = 3.5, 3.0
"""Texels by which a looked-up point is moved towards the light, and along its normal where light grazes it."""

_SWAY, _TURN = 6.0, 0.05
"""Texels that a figure, and how far the light, may have moved where the map of the picture before still serves."""

_STEP = 1.08  # texels grow in these steps, so that a moving figure's shadow does not swim


@dataclass(frozen=True, slots=True)
class Fit:
    """clip : (4, 4) companion frame to the map's clip space; rows : (3, 4) to its u, v and depth, each 0 to 1;
    texel : metres; depth : metres from depth 0 to 1; step : a texel in u and v; points : (N, 3) what it holds."""

    clip: FloatArray
    rows: FloatArray
    texel: float
    depth: float
    step: tuple[float, float]
    points: FloatArray


def fit(points: FloatArray, towards: FloatArray, size: tuple[int, int]) -> Fit:
    """The map of ``size`` (width, height) texels that holds points (N, 3) seen from a light; towards : (3,) to it."""
    z: turns.Vector = tuple(np.asarray(towards, np.float64).tolist())
    x = turns.unit(turns.cross((0.0, 1.0, 0.0) if abs(z[1]) < 0.95 else (0.0, 0.0, 1.0), z))
    axes = np.array([x, turns.cross(z, x), z])
    seen = points @ axes.T
    low, high = seen.min(0), seen.max(0)
    need = float(np.max((high - low)[:2] / (np.array(size) - 2 * MARGIN)))
    texel = _STEP ** math.ceil(math.log(max(need, 1e-5), _STEP))
    middle = np.round((low + high)[:2] / 2 / texel) * texel
    depth = max(float(high[2] - low[2]), 1e-3) + 2 * MARGIN * texel
    rows = np.zeros((3, 4))
    rows[:2, :3] = axes[:2] / (texel * np.array(size)[:, None])
    rows[:2, 3] = 0.5 - middle / (texel * np.array(size))
    rows[2, :3], rows[2, 3] = -axes[2] / depth, (high[2] + MARGIN * texel) / depth
    clip = np.zeros((4, 4))
    clip[:3], clip[3, 3] = 2 * rows, 1
    clip[:3, 3] -= 1
    return Fit(clip.astype(np.float32), rows.astype(np.float32), texel, depth, (1 / size[0], 1 / size[1]), points)


def rows(lighting: Lighting, turn: FloatArray, shadow: Fit | None) -> FloatArray:
    """(ROWS, 4) what ``Figure`` in ``shaders/common_figure.glsl`` holds behind the light's direction.

    turn : (3, 3) rotation, companion frame to stage frame; shadow : where the figure's map lies, None for no shadow.
    """
    out = np.zeros((ROWS, 4), np.float32)
    out[0, :3] = lighting.color * np.float32(DIRECT)
    if lighting.probe is None:
        out[1, :3] = lighting.ambient * np.float32(INDIRECT)
    else:
        out[6:, :3] = light.polynomial(lighting.probe, turn) * np.float32(INDIRECT)
        up = np.array([[0, 1, 0], [0, -1, 0]], np.float32)
        out[1, :3] = light.irradiance(lighting.probe, up).mean(0) * np.float32(INDIRECT)
    if shadow is not None:
        out[0, 3] = min(max(lighting.shadows, 0.0), 1.0)
        out[2:5] = shadow.rows
        out[5] = (*shadow.step, ALONG * shadow.texel, TOWARDS * shadow.texel / shadow.depth)
    return out


def flame_rows(flames: tuple[Flame, ...], placement: FloatArray) -> FloatArray:
    """(3 N, 4) of each flame where it is in the companion's frame and the square of ``NEAREST`` there, its colour, and
    the way up with the share that comes straight down.
    placement : (4, 4) companion frame to stage frame."""
    scale2 = float(placement[:3, 0] @ placement[:3, 0])
    back = np.linalg.inv(placement)
    up = back[:3, 1] / max(float(np.linalg.norm(back[:3, 1])), 1e-9)
    out = np.zeros((FLAME_ROWS * len(flames), 4), np.float32)
    for k, flame in enumerate(flames):
        out[FLAME_ROWS * k] = *(back[:3, :3] @ flame.point + back[:3, 3]), NEAREST**2 / scale2
        out[FLAME_ROWS * k + 1, :3] = flame.color / scale2
        out[FLAME_ROWS * k + 2] = *up, flame.below
    return out


class ShadowMap:
    """A depth texture, and the framebuffer that fills it."""

    def __init__(self, size: tuple[int, int], thrifty: bool = False) -> None:
        """size : (width, height); thrifty : a figure by itself fills it anew for every other picture only, and where a
        surface has one side, with that one only."""
        self.size, self._thrifty = size, thrifty
        self._of: DrawnModel | None = None
        self._fit: Fit | None = None
        self._old = False
        self._points = self._towards = np.zeros(3, np.float32)
        self.texture, self._framebuffer = int(GL.glGenTextures(1)), int(GL.glGenFramebuffers(1))
        bind_apart(GL.GL_TEXTURE_2D, self.texture)
        sampled_smoothly()
        GL.glTexParameteri(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_COMPARE_MODE, GL.GL_COMPARE_REF_TO_TEXTURE)
        GL.glTexParameteri(GL.GL_TEXTURE_2D, GL.GL_TEXTURE_COMPARE_FUNC, GL.GL_LEQUAL)
        GL.glTexImage2D(
            GL.GL_TEXTURE_2D, 0, GL.GL_DEPTH_COMPONENT16, *size, 0, GL.GL_DEPTH_COMPONENT, GL.GL_UNSIGNED_SHORT, None
        )
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_TEXTURE_2D, self.texture, 0)
        GL.glDrawBuffer(GL.GL_NONE)
        GL.glReadBuffer(GL.GL_NONE)
        if GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER) != GL.GL_FRAMEBUFFER_COMPLETE:
            raise GraphicsError(f"the driver cannot draw a shadow map of {size[0]}x{size[1]}")
        self._clear()

    def draw(self, drawn: DrawnModel, towards: FloatArray, again: bool = False) -> Fit:
        """Fill it with a posed figure, unless it is young enough. towards : (3,) unit, to the light, companion frame;
        again : in any case."""
        points = drawn.corners()
        young = not self._old and self._of is drawn and self._thrifty and not again
        if young and self._fit is not None:
            moved = np.abs(points - self._points).max() / self._fit.texel
            if moved < _SWAY and np.abs(towards - self._towards).max() < _TURN:
                self._old = True
                return self._fit
        self._of, self._points, self._towards, self._old = drawn, points, towards, False
        found = self._fit = fit(points, towards, self.size)
        self._clear()
        GL.glViewport(0, 0, *self.size)
        GL.glDisable(GL.GL_BLEND)
        GL.glEnable(GL.GL_POLYGON_OFFSET_FILL)
        GL.glPolygonOffset(1.5, 1.0)
        drawn.draw_depth(found.clip, culling=self._thrifty)
        GL.glDisable(GL.GL_POLYGON_OFFSET_FILL)
        return found

    def bind(self) -> None:
        """Make it the map that surfaces and the floor look up."""
        GL.glActiveTexture(GL.GL_TEXTURE0 + UNITS["shadow_map"])
        GL.glBindTexture(GL.GL_TEXTURE_2D, self.texture)

    def close(self) -> None:
        """Delete it."""
        GL.glDeleteFramebuffers(1, np.array([self._framebuffer], np.uint32))
        GL.glDeleteTextures(1, np.array([self.texture], np.uint32))

    def _clear(self) -> None:
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer)
        GL.glDepthMask(True)
        GL.glClear(GL.GL_DEPTH_BUFFER_BIT)
