"""The camera as the stage sees it: between the frame's pixels, the result's pixels and the stage frame."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..linalg import camera
from ..types import FloatArray

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in pixels."""


@dataclass(frozen=True, slots=True)
class Camera:
    """size : (width, height) of the camera's frames; fov_y : their vertical field of view, radians; output : (width,
    height) of the result, which the frame fills with its aspect kept and its middle cut out (None = the frame's)."""

    size: tuple[int, int]
    fov_y: float
    output: tuple[int, int] | None = None

    @property
    def focal(self) -> float:
        """Focal length in pixels of the frame."""
        return camera.focal_pixels(self.fov_y, self.size[1])

    @property
    def zoom(self) -> float:
        """Pixels of the result for one pixel of the frame."""
        if self.output is None:
            return 1.0
        return max(self.output[0] / self.size[0], self.output[1] / self.size[1])

    @property
    def visible(self) -> Box:
        """The part of the frame that is in the result, pixels of the frame."""
        width, height = self.output or self.size
        wide, high = width / self.zoom, height / self.zoom
        x, y = (self.size[0] - wide) / 2, (self.size[1] - high) / 2
        return x, y, x + wide, y + high

    @property
    def output_fov_y(self) -> float:
        """Vertical field of view of the result, radians."""
        _, top, _, bottom = self.visible
        return 2 * math.atan((bottom - top) / 2 / self.focal)

    def project(self, points: FloatArray) -> FloatArray:
        """Stage points (..., 3), metres, z < 0, to pixels of the frame (..., 2)."""
        return camera.project(points, self.fov_y, self.size)

    def unproject(self, pixels: FloatArray, depth: float | FloatArray) -> FloatArray:
        """Pixels of the frame (..., 2), ``depth`` metres before the lens, to stage points (..., 3)."""
        return camera.unproject(pixels, depth, self.fov_y, self.size)

    def to_output(self, pixels: FloatArray) -> FloatArray:
        """Pixels of the frame (..., 2) to pixels of the result."""
        left, top, _, _ = self.visible
        return ((pixels - np.array([left, top], np.float32)) * np.float32(self.zoom)).astype(np.float32, copy=False)
