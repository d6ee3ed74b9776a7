"""A mask of the person's hands, whose edges are those in the picture: what hides a companion that is before the body
but behind a hand.

The limbs say roughly where a hand is. Their inside says what colour it has (one normal distribution of RGB), and a
guided filter (see ``refine``) along the likeness to that colour takes the limbs' outline to the hand's. Where hand and
ground are alike, the limbs' own soft outline stays. Then every place follows as the person's matte does: at once where
it changes much, slowly where it hardly does.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import cv2
import numpy as np

from ...types import ByteArray, FloatArray, HandMatte, Limbs
from .refine import GAIN, STILL, SURE

_AREA: Final = 26000.0
"""Pixels of the mask at most: a near hand is masked more coarsely, in picture pixels, than a far one."""
_GRID: Final = 16  # pixels of the frame that the mask's box grows in, so that it seldom changes
_SCALES: Final = (1.0, 0.75, 0.5, 0.375, 0.25, 0.19, 0.125)
_INNER: Final = 0.6  # of a limb's radius: there its colour is taken
_CERTAIN: Final = 0.3  # of it: hand, whatever its colour
_OUTER: Final = 1.5  # of it: beyond is no hand
_PIXELS: Final = 1.5  # more of the frame, for limbs that are a little beside their place
_LABELLED: Final = 1.9  # radii round a limb in which its label stands
_SOFT, _WINDOW = 0.35, 0.8  # radii over which the outline is soft; in which an edge is looked for
_NOISE: Final = 8.0  # of 255: what one surface's colour differs by in one picture
_KEPT: Final = 6.0  # times the median square of a colour's difference
_LIKE: Final = 12.0  # square of the deviations at which a colour is half like the hand's
_EPSILON: Final = 0.01  # square of the likeness from which a difference counts as an edge


class HandMasker:
    """Follows the hands of one person."""

    def __init__(self) -> None:
        self._kept: FloatArray | None = None
        self._at = (0, 0, 1.0)

    def step(self, image: ByteArray, limbs: Limbs) -> HandMatte | None:
        """The mask of limbs in their frame. image : (H, W, 3) uint8 RGB. None where none is in the picture."""
        box = _box(limbs, image.shape)
        if box is None:
            self._kept = None
            return None
        x0, y0, x1, y1 = box
        area = (x1 - x0) * (y1 - y0)
        scale = next((s for s in _SCALES if area * s * s <= _AREA), _SCALES[-1])
        size = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
        part = image[y0:y1, x0:x1]
        small = cv2.resize(part, size, interpolation=cv2.INTER_AREA) if scale < 1 else np.ascontiguousarray(part)
        lines = _lines(limbs, (x0, y0), scale)
        alpha = _alpha(small, [line for line in lines if not line.arm], scale)
        if arms := [line for line in lines if line.arm]:
            np.maximum(alpha, _alpha(small, arms, scale), out=alpha)
        kept = self._before((x0, y0, scale), size)
        if kept is None:
            kept = alpha
        else:
            alpha -= kept
            share = np.abs(alpha)
            share *= SURE
            share += STILL
            np.minimum(share, 1, out=share)
            share *= alpha
            kept += share
        self._kept, self._at = kept, (x0, y0, scale)
        return HandMatte(np.asarray(cv2.convertScaleAbs(kept, alpha=255.0), np.uint8), _labels(lines, size), box)

    def _before(self, at: tuple[int, int, float], size: tuple[int, int]) -> FloatArray | None:
        """The last mask on the present one's grid."""
        kept = self._kept
        if kept is None or (at == self._at and kept.shape == size[::-1]):
            return kept
        (x0, y0, s0), (x1, y1, s1) = self._at, at
        ratio = s1 / s0
        move = np.array([[ratio, 0, (x0 - x1) * s1], [0, ratio, (y0 - y1) * s1]], np.float32)
        return np.asarray(cv2.warpAffine(kept, move, size), np.float32)


class _Line(NamedTuple):
    """A limb on the mask's grid. a, b : in sixteenths of its pixels; radius : in its pixels."""

    a: tuple[int, int]
    b: tuple[int, int]
    radius: float
    label: int
    arm: bool


def _box(limbs: Limbs, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """The part of the frame that holds the limbs and their surroundings."""
    if not len(limbs.ends) or not np.isfinite(limbs.ends).all():
        return None
    pad = (limbs.radii * _LABELLED + 4)[:, None, None]
    low, high = (limbs.ends - pad).min((0, 1)), (limbs.ends + pad).max((0, 1))
    x0, y0 = (max(0, math.floor(float(v) / _GRID) * _GRID) for v in low)
    x1, y1 = (
        min(side, math.ceil(float(v) / _GRID) * _GRID) for side, v in zip((shape[1], shape[0]), high, strict=True)
    )
    return (x0, y0, x1, y1) if x1 - x0 >= 4 and y1 - y0 >= 4 else None


def _lines(limbs: Limbs, corner: tuple[int, int], scale: float) -> list[_Line]:
    """The limbs on the mask's grid, the far ones first."""
    order = np.argsort(-limbs.depth)
    ends = (limbs.ends[order] - np.array(corner, np.float32)) * np.float32(scale) - np.float32(0.5)
    points = np.round(np.clip(ends, -2000, 4000) * 16).astype(np.int32).tolist()
    radii = (limbs.radii[order] * np.float32(scale)).tolist()
    labels, arms = limbs.label[order].tolist(), limbs.arm[order].tolist()
    return [
        _Line((a[0], a[1]), (b[0], b[1]), r, label, arm)
        for (a, b), r, label, arm in zip(points, radii, labels, arms, strict=True)
    ]


def _drawn(lines: list[_Line], size: tuple[int, int], times: float, more: float = 0.0) -> ByteArray:
    """(h, w) uint8: 255 within ``times`` the limbs' radii, and ``more`` pixels."""
    out = np.zeros(size[::-1], np.uint8)
    for line in lines:
        cv2.line(out, line.a, line.b, 255, _thick(line.radius * times + more), cv2.LINE_8, 4)
    return out


def _thick(radius: float) -> int:
    return min(max(1, round(2 * radius)), 2000)


def _labels(lines: list[_Line], size: tuple[int, int]) -> ByteArray:
    """(h, w) uint8: of what is nearest there; beside all limbs, of one that is near."""
    out = np.zeros(size[::-1], np.uint8)
    for times in (_LABELLED, 1.1):
        for line in lines:
            cv2.line(out, line.a, line.b, line.label, _thick(line.radius * times), cv2.LINE_8, 4)
    return out


def _alpha(small: ByteArray, lines: list[_Line], scale: float) -> FloatArray:
    """(h, w) float32 0-1: where limbs of one colour are. small : (h, w, 3) the picture on the mask's grid."""
    size = small.shape[1], small.shape[0]
    middle = sorted(line.radius for line in lines)[len(lines) // 2]
    found = cv2.GaussianBlur(_drawn(lines, size, 1.0), (0, 0), max(0.6, _SOFT * middle)).astype(np.float32)
    found *= np.float32(1 / 255)
    like = _likeness(small, _drawn(lines, size, _INNER))
    if like is not None:
        found = _along(like, found, max(2, round(_WINDOW * middle)))
        found -= 0.5
        found *= GAIN
        found += 0.5
    beyond = _drawn(lines, size, _OUTER, _PIXELS * scale)
    found[beyond == 0] = 0
    found[_drawn(lines, size, _CERTAIN) > 0] = 1
    return np.asarray(np.clip(found, 0, 1, out=found), np.float32)


def _likeness(small: ByteArray, core: ByteArray) -> FloatArray | None:
    """(h, w) float32 0-1: how like each colour is to those in ``core``; None where that is too little to tell."""
    inside = small[core > 0].astype(np.float32)
    if len(inside) < 12:
        return None
    mean = np.median(inside, axis=0)
    off = inside - mean
    # shadows between fingers and what is no hand at all shall not widen it
    near = off[(off * off).sum(1) <= np.float32(_KEPT) * max(float(np.median((off * off).sum(1))), 1.0)]
    spread = near.T @ near / np.float32(max(len(near), 1)) + np.eye(3, dtype=np.float32) * np.float32(_NOISE**2)
    whiten = np.linalg.cholesky(np.linalg.inv(spread)).T
    move = np.column_stack([whiten, -(whiten @ mean)]).astype(np.float32)
    off = cv2.transform(small.astype(np.float32), move)
    far = cv2.transform(cv2.multiply(off, off), np.full((1, 3), 1 / _LIKE, np.float32))
    far *= far
    far += 1
    return np.asarray(cv2.divide(1.0, far), np.float32)


def _along(guide: FloatArray, found: FloatArray, radius: int) -> FloatArray:
    """``found`` with the edges of ``guide``, both (h, w) float32 (see ``refine``)."""

    def mean(x: np.ndarray) -> FloatArray:
        side = 2 * radius + 1
        return np.asarray(cv2.boxFilter(x, -1, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)

    m, p = mean(guide), mean(found)
    a = (mean(guide * found) - m * p) / (mean(guide * guide) - m * m + np.float32(_EPSILON))
    return np.asarray(mean(a) * guide + mean(p - a * m), np.float32)
