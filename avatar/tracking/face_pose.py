"""Where a head is and how it is turned, from the face's landmarks in pixels and the camera's own field of view.

MediaPipe's own answer takes every picture it is shown, a cut-out too, for one with a lens of 63 degrees, so that the
same face was turned by up to eight degrees more or less by how closely was looked. This is its method (its geometry
pipeline: a weighted Procrustes fit of the canonical face, in two steps that find the scale by which the landmarks'
depths count), in the frame and with the lens that the picture really has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class FaceModel:
    """The canonical face. points : (N, 3) float64, metres, x to the face's left, y up, z out of the face; of the
    landmarks ``index`` (N,), each with its ``weight`` (N,) > 0 in a fit."""

    points: Array
    index: NDArray[np.intp]
    weight: Array

    def matrix(self, pixels: FloatArray, size: tuple[int, int], focal: float) -> FloatArray | None:
        """(4, 4) float32: canonical face to stage frame, metres, rigid. pixels : (L, 3) landmarks of the frame of
        ``size`` (width, height), z in pixels too, negative nearer; focal : of the lens, pixels. None where the points
        are no face: on one spot, or not finite."""
        if not np.isfinite(pixels).all():
            return None
        near = np.asarray(pixels, np.float64) * (1 / focal)
        near[:, 0] -= size[0] / 2 / focal
        near[:, 1] = size[1] / 2 / focal - near[:, 1]
        near[:, 2] -= near[:, 2].mean()
        near = near[self.index]
        flat = near * (1, 1, -1)
        first = self._fit(flat)
        if first is None or first[0] < 1e-6:
            return None
        second = self._fit(_unprojected(near, first[0]))
        if second is None or second[0] < 1e-6:
            return None
        last = self._fit(_unprojected(near, first[0] * second[0]))
        if last is None or last[0] < 1e-6:
            return None
        scale, turn, place = last
        if place[2] >= 0:
            return None
        out = np.eye(4, dtype=np.float32)
        # what is left of a scale makes the face nearer or farther, not larger
        out[:3, :3], out[:3, 3] = turn, place / scale
        return out

    def _fit(self, target: Array) -> tuple[float, Array, Array] | None:
        """(scale, (3, 3) rotation, (3,) translation) of the canonical points onto ``target`` (N, 3), least squares by
        weight (Schönemann and Carroll 1970)."""
        weight = self.weight / self.weight.sum()
        middle = weight @ self.points
        source = self.points - middle
        u, singular, v = np.linalg.svd((target * weight[:, None]).T @ source)
        spread = float((weight[:, None] * source**2).sum())
        if spread < 1e-12 or singular[0] < 1e-12:
            return None
        sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ v))])
        turn = (u * sign) @ v
        scale = float((singular * sign).sum()) / spread
        return scale, turn, weight @ target - scale * turn @ middle


def _unprojected(near: Array, scale: float) -> Array:
    """Points at a distance of 1, with relative depths, to metres by a scale."""
    depth = (near[:, 2] + 1) / scale
    return np.stack([near[:, 0] * depth, near[:, 1] * depth, -depth], 1)
