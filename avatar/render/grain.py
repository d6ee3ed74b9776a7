"""The companion with the camera's own softness and noise (``stage.optics.Optics``), in the pass that lays it over the
picture."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from ..stage.optics import Optics
from ..stage.scene import Scene
from ..types import ByteArray
from .gl import GL
from .program import Program
from .targets import Picture

Spread = tuple[float, float, float]

SIDE: Final = 128
_MOST: Final = 4.0
"""Texels, and sigmas to the end of a byte's range; ``common_camera.glsl`` has the same."""
UNIT: Final = 3
LEAST: Final = 0.0015
"""Noise of half a step of 8 bits is not seen, and not drawn."""
_OWN: Final = 0.55
"""Softness of what is drawn, as ``stage.optics.blur_of`` finds it."""
_SHARPER, _SOFTER = 0.05, 0.32
"""Variance, pixels², by which the camera must differ for it to be worth its price."""
_GENTLE: Final = 0.85
"""A drawn face is all fine lines: as soft as a photograph's edges, it would look softer."""
_ROUGH: Final = (0.5, 0.5, 0.0)
"""Where a CPU is short of time and draws less than a sample a pixel: soft is seen less than jagged."""
_SHARPEN, _WIDEST = 0.12, 2.0
_LEVELS: Final = (0.8, 1.4, 2.6, 5.0)
"""Softness of the levels of a target's mipmaps behind the first, pixels of the target."""
_STEPS: Final = 4


def spread(optics: Optics | None, zoom: float, scale: float, multisampled: bool) -> Spread | None:
    """What makes figures as soft as the camera's picture: (weight of themselves, of their softer copy, and that copy);
    None where they are already. A negative weight of the copy sharpens.

    The copy is the level of the target's mipmaps from which to the next is blended (weights of level and next), or, of
    a multisampled one, which has none, the sigma of a Gaussian in pixels. zoom : pixels of the picture for one of the
    frame; scale : pixels drawn for one of the picture.
    """
    rough = _ROUGH if scale < 1 and not multisampled else None
    if optics is None or optics.blur <= 0:
        return rough
    wanted = max((_GENTLE * (optics.blur * zoom - _OWN) + _OWN) ** 2, _OWN**2 - _SHARPEN)
    if -_SHARPER < wanted - _OWN**2 < _SOFTER or (rough and wanted < 1):
        return rough
    if multisampled:
        more = min(wanted - _OWN**2, _WIDEST**2)
        return (0.0, 1.0, math.sqrt(more)) if more > 0 else (1 - more, more, 1.0)
    levels = [_OWN, *(max(softer / scale, _OWN + 0.01 * k) for k, softer in enumerate(_LEVELS, 1))]
    level = sum(wanted > softer**2 for softer in levels[1:-1])
    low, high = (softer**2 for softer in levels[level : level + 2])
    share = max(min((wanted - low) / (high - low), 1.0), -_SHARPEN)
    return 1 - share, share, float(level)


def optics_of(scene: Scene) -> Optics | None:
    """What figures are to be drawn like, where a camera's picture is behind them."""
    return scene.optics if scene.frame is not None else None


def zoom_of(scene: Scene, size: tuple[int, int]) -> float:
    """Pixels of a picture of ``size`` (width, height) for one of the frame that fills it."""
    if scene.frame is None:
        return 1.0
    height, width = scene.frame.image.shape[:2]
    return max(size[0] / int(width), size[1] / int(height))


def tile(grain: float, shared: float, seed: int = 1) -> ByteArray:
    """(SIDE, SIDE, 4) uint8 noise that goes on over its edges, 128 in the middle and 127 / 4 a sigma.

    grain : correlation of neighbours, 0 to 0.9; shared : of channels, 0 to 1.
    """
    rng = np.random.default_rng(seed)
    own = rng.standard_normal((SIDE, SIDE, 4)).astype(np.float32)
    one = rng.standard_normal((SIDE, SIDE, 1)).astype(np.float32)
    found = math.sqrt(shared) * one + math.sqrt(1 - shared) * own
    if grain > 0.05:
        # White noise through (g, 1, g) has neighbours correlated by 2g / (1 + 2g²), through a Gaussian of sigma s by
        # exp(-1 / 4s²).
        if grain < 0.6:
            side = (1 - math.sqrt(1 - 2 * grain**2)) / (2 * grain)
            kernel = np.array([side, 1, side], np.float32)
        else:
            kernel = cv2.getGaussianKernel(15, math.sqrt(-1 / (4 * math.log(min(grain, 0.9)))), cv2.CV_32F)
        found = cv2.sepFilter2D(np.tile(found, (3, 3, 1)), -1, kernel, kernel)[SIDE : 2 * SIDE, SIDE : 2 * SIDE]
        found /= found.std()
    return np.asarray(np.clip(np.rint(found * (127 / _MOST) + 128), 1, 255), np.uint8)


class Grain:
    """The noise as a texture, made anew where its kind has changed."""

    def __init__(self) -> None:
        self._picture = Picture(4)
        self._of: tuple[int, int] | None = None

    def bind(self, program: Program, optics: Optics, zoom: float, number: int) -> None:
        """For the program in use. number : of the frame; each has its own noise where the camera's changes."""
        kind = round(optics.grain * _STEPS), round(optics.shared * _STEPS)
        if kind != self._of:
            self._of = kind
            self._picture.upload(tile(kind[0] / _STEPS, kind[1] / _STEPS))
        GL.glActiveTexture(GL.GL_TEXTURE0 + UNIT)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._picture.name)
        # Pixels that are averaged have less of it.
        less = min(zoom, 1.0) ** (1 - optics.grain)
        GL.glUniform2f(program["noise"], optics.noise[0] * less, optics.noise[1] * less)
        turn = number if optics.moves else 0
        GL.glUniform2i(program["grain_at"], turn * 37 % SIDE, turn * 59 % SIDE)

    def close(self) -> None:
        """Delete it."""
        self._picture.close()
