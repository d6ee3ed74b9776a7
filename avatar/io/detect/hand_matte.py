"""A mask of the person's hands, whose edges are those in the picture: what hides a companion that is before the body
but behind a hand.

The limbs say roughly where a hand is. Their inside says what colour it has (one normal distribution of RGB), and a
guided filter (see ``refine``) along the likeness to that colour takes the limbs' outline to the hand's. Where hand and
ground are alike, the limbs' own soft outline stays. Then every place follows as the person's matte does: at once where
it changes much, slowly where it hardly does.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from ...types import ByteArray, FloatArray, HandMatte, Limbs
from .refine import GAIN, follow

_AREA: Final = 18000.0
"""Pixels of the mask at most: a near hand is masked more coarsely, in picture pixels, than a far one."""
_GRID: Final = 16  # pixels of the frame that the mask's box grows in, so that it seldom changes
_SCALES: Final = (1.0, 0.75, 0.5, 0.375, 0.25, 0.19, 0.125)
_CORE: Final = 0.45  # of a limb's radius, from its edge inwards: from there on its colour is taken
_OUTER: Final = 0.45  # of it, outwards: beyond is no hand
_PIXELS: Final = 1.5  # more of the frame, for limbs that are a little beside their place
_LABELLED: Final = 0.9  # of it, outwards: as far a limb's label stands
_WINDOW: Final = 0.8  # of it: in which an edge is looked for
_NOISE: Final = 8.0  # of 255: what one surface's colour differs by in one picture
_UNLIKE: Final = 0.25  # mean likeness in a neighbourhood below which it is less and less a hand
_EVERY: Final = 4  # pictures between two that are learnt from
_LEARNT: Final = 0.3  # of a picture's colour that is learnt, and
_STRANGE: Final = 3.0  # deviations from what is known, beyond which it is not: the limbs are beside the hand
_ANEW: Final = 4  # looks of that in a row after which it is
_KEPT: Final = 2.5  # times the mean square of a colour's difference
_SAMPLES: Final = 300  # pixels that a colour is taken from
_LIKE: Final = 12.0  # square of the deviations at which a colour is half like the hand's
_EPSILON: Final = 0.01  # square of the likeness from which a difference counts as an edge


class HandMasker:
    """Follows the hands of one person."""

    def __init__(self) -> None:
        self._kept: FloatArray | None = None
        self._at = (0, 0, 1.0)
        self._skin, self._sleeve = _Colour(), _Colour()

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
        label = _drawn(limbs, (x0, y0), scale, size)
        radius = float(np.median(limbs.radii)) * scale
        alpha = self._alpha(small, label, set(limbs.label[limbs.arm].tolist()), radius, scale)
        kept = self._before((x0, y0, scale), size)
        if kept is None:
            kept = alpha
        else:
            follow(kept, alpha)
        self._kept, self._at = kept, (x0, y0, scale)
        return HandMatte(np.asarray(cv2.convertScaleAbs(kept, alpha=255.0), np.uint8), _spread(label, radius), box)

    def _alpha(self, small: ByteArray, label: ByteArray, arms: set[int], radius: float, scale: float) -> FloatArray:
        """(h, w) float32 0-1: where hands and arms are. small : (h, w, 3) picture on the mask's grid; arms : labels of
        forearms, which have a colour of their own; radius : of the limbs, pixels of the mask."""
        exact = cv2.threshold(label, 0, 255, cv2.THRESH_BINARY)[1]
        core = cv2.erode(exact, _square(_CORE * radius))
        table = np.zeros(256, np.uint8)
        table[list(arms)] = 255
        arm = cv2.LUT(label, table)
        colours = np.asarray(small, np.float32)
        like = self._skin.likeness(colours, cv2.subtract(core, arm))
        if arm.any():
            of_arm = self._sleeve.likeness(colours, cv2.bitwise_and(core, arm))
            if like is None:
                like = of_arm
            elif of_arm is not None:
                like = cv2.copyTo(of_arm, cv2.LUT(_spread(label, radius), table), like)
        side = 2 * max(1, round(0.35 * radius)) + 1
        found = cv2.blur(exact, (side, side)).astype(np.float32)
        found *= np.float32(1 / 255)
        if like is not None:
            found = _along(np.asarray(like, np.float32), found, max(2, round(_WINDOW * radius)))
            found -= 0.5
            found *= GAIN
            found += 0.5
            # where nothing near has the colour, the limbs are not where they are thought to be
            found *= np.minimum(cv2.blur(like, (side, side)) * np.float32(1 / _UNLIKE), 1)
        found[cv2.dilate(exact, _square(_OUTER * radius + _PIXELS * scale)) == 0] = 0
        return np.asarray(np.clip(found, 0, 1, out=found), np.float32)

    def _before(self, at: tuple[int, int, float], size: tuple[int, int]) -> FloatArray | None:
        """The last mask on the present one's grid."""
        kept = self._kept
        if kept is None or (at == self._at and kept.shape == size[::-1]):
            return kept
        (x0, y0, s0), (x1, y1, s1) = self._at, at
        ratio = s1 / s0
        move = np.array([[ratio, 0, (x0 - x1) * s1], [0, ratio, (y0 - y1) * s1]], np.float32)
        return np.asarray(cv2.warpAffine(kept, move, size), np.float32)


def _box(limbs: Limbs, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """The part of the frame that holds the limbs and their surroundings."""
    if not len(limbs.ends) or not np.isfinite(limbs.ends).all():
        return None
    pad = (limbs.radii * (1 + _LABELLED) + 4)[:, None, None]
    low, high = (limbs.ends - pad).min((0, 1)), (limbs.ends + pad).max((0, 1))
    x0, y0 = (max(0, math.floor(float(v) / _GRID) * _GRID) for v in low)
    x1, y1 = (
        min(side, math.ceil(float(v) / _GRID) * _GRID) for side, v in zip((shape[1], shape[0]), high, strict=True)
    )
    return (x0, y0, x1, y1) if x1 - x0 >= 4 and y1 - y0 >= 4 else None


def _drawn(limbs: Limbs, corner: tuple[int, int], scale: float, size: tuple[int, int]) -> ByteArray:
    """(h, w) uint8: which limb is seen where, on the mask's grid; the far ones are drawn first."""
    order = np.argsort(-limbs.depth)
    ends = (limbs.ends[order] - np.array(corner, np.float32)) * np.float32(scale) - np.float32(0.5)
    points = np.rint(np.clip(ends, -2000, 4000) * 16).astype(np.int32).tolist()
    thick = np.clip(np.rint(2 * scale * limbs.radii[order]), 1, 2000).astype(int).tolist()
    out = np.zeros(size[::-1], np.uint8)
    for (a, b), wide, label in zip(points, thick, limbs.label[order].tolist(), strict=True):
        cv2.line(out, a, b, label, wide, cv2.LINE_8, 4)
    return out


def _spread(label: ByteArray, radius: float) -> ByteArray:
    """Labels, for some way beyond their limbs too."""
    wide = cv2.dilate(label, _square(_LABELLED * radius + 1))
    return np.asarray(cv2.copyTo(label, label, wide), np.uint8)


def _square(radius: float) -> ByteArray:
    side = 2 * max(1, round(radius)) + 1
    return np.ones((side, side), np.uint8)


class _Colour:
    """One normal distribution of RGB, learnt over time."""

    def __init__(self) -> None:
        self._mean: np.ndarray | None = None
        self._spread = np.eye(3)
        self._move = np.zeros((3, 4), np.float32)
        self._strange = self._looks = 0

    def likeness(self, small: FloatArray, core: ByteArray) -> FloatArray | None:
        """(h, w) float32 0-1: how like each colour of (h, w, 3) is to those in ``core``, in this picture and those
        before; None while that is too little to tell."""
        if self._mean is None or self._looks % _EVERY == 0:
            self._learn(small, core)
        self._looks += 1
        if self._mean is None:
            return None
        off = cv2.transform(small, self._move)
        far = cv2.transform(cv2.multiply(off, off), np.full((1, 3), 1 / _LIKE, np.float32))
        cv2.multiply(far, far, dst=far)
        far += 1
        return np.asarray(cv2.divide(1.0, far), np.float32)

    def _learn(self, small: FloatArray, core: ByteArray) -> None:
        where = np.flatnonzero(core)
        if len(where) < 12:
            return
        inside = small.reshape(-1, 3)[where[:: max(1, len(where) // _SAMPLES)]].astype(np.float64)
        mean = inside.mean(0)
        for _ in range(2):
            # shadows between fingers and what is no hand at all shall not widen it
            square = ((inside - mean) ** 2).sum(1)
            near = inside[square <= _KEPT * max(float(square.mean()), 1.0)]
            mean = near.mean(0)
        off = near - mean
        spread = off.T @ off / len(off) + np.eye(3) * _NOISE**2
        if self._mean is not None:
            away = mean - self._mean
            strange = float(away @ np.linalg.inv(self._spread) @ away) > _STRANGE**2
            self._strange = self._strange + 1 if strange else 0
            if strange and self._strange < _ANEW:
                return
        if self._mean is None or self._strange:
            self._mean, self._spread, self._strange = mean, spread, 0
        else:
            self._mean = self._mean + _LEARNT * (mean - self._mean)
            self._spread = self._spread + _LEARNT * (spread - self._spread)
        whiten = np.linalg.cholesky(np.linalg.inv(self._spread)).T
        self._move = np.column_stack([whiten, -(whiten @ self._mean)]).astype(np.float32)


def _along(guide: FloatArray, found: FloatArray, radius: int) -> FloatArray:
    """``found`` with the edges of ``guide``, both (h, w) float32 (see ``refine``)."""

    def mean(x: np.ndarray) -> FloatArray:
        side = 2 * radius + 1
        return np.asarray(cv2.boxFilter(x, -1, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)

    m, p = mean(guide), mean(found)
    a = (mean(guide * found) - m * p) / (mean(guide * guide) - m * m + np.float32(_EPSILON))
    return np.asarray(mean(a) * guide + mean(p - a * m), np.float32)
