"""Which picture of a burst is the one to keep: eyes open, face to the camera, and of those the sharpest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from ..types import BLENDSHAPES, ByteArray, Face

_BLINKS: Final = [BLENDSHAPES.index(name) for name in ("eyeBlinkLeft", "eyeBlinkRight")]
_AS_OPEN: Final = 0.12
"""Eyes this much less open than the widest of the burst still count as open: a person's own eyes are the measure."""
_SHUT: Final = 0.5
"""Eyes less open than this count as shut wherever one picture of the burst has them open."""
_AS_TURNED: Final = np.radians(8.0)
"""A face this much further from the camera than the nearest of the burst still looks at it."""
_SIDE: Final = 128
"""Pixels to which a face is brought before its sharpness is measured, so that a nearer face is not a sharper one."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What is known of one picture of a burst. open : 0 shut to 1 wide, of the eye that is less so; turned : radians
    between the face's own direction and that to the lens; sharp : ``sharpness`` of the face, or of the whole picture
    where there is no face; seen : a face was there."""

    open: float
    turned: float
    sharp: float
    seen: bool = True


def shot(image: ByteArray, face: Face | None) -> Shot:
    """Of the camera's picture, (H, W, 3) uint8 RGB, and the face in it."""
    if face is None:
        return Shot(0.0, float(np.pi), sharpness(image), False)
    h, w = image.shape[:2]
    x0, y0 = (int(np.clip(v, 0, m - 2)) for v, m in zip(face.box[:2], (w, h), strict=True))
    x1, y1 = (int(np.clip(np.ceil(v), 2, m)) for v, m in zip(face.box[2:], (w, h), strict=True))
    part = image[y0 : max(y1, y0 + 2), x0 : max(x1, x0 + 2)]
    return Shot(openness(face), turned(face), sharpness(part))


def openness(face: Face) -> float:
    """0–1: how open the less open of the two eyes is."""
    return 1.0 - float(np.clip(face.blendshapes[_BLINKS].max(), 0.0, 1.0))


def turned(face: Face) -> float:
    """Radians, 0 to pi, between where the face points (the canonical face's +z) and where the lens is."""
    forward, to_lens = face.matrix[:3, 2].astype(np.float64), -face.eyes.astype(np.float64)
    size = float(np.linalg.norm(forward) * np.linalg.norm(to_lens))
    return float(np.arccos(np.clip(forward @ to_lens / size, -1.0, 1.0))) if size > 0 else float(np.pi)


def sharpness(image: ByteArray) -> float:
    """Variance of the Laplacian of the picture's brightness, 0–255 (Pech-Pacheco and others, 2000, "Diatom
    autofocusing in brightfield microscopy"), at a fixed size of the picture."""
    grey = cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
    if max(grey.shape) > _SIDE:
        scale = _SIDE / max(grey.shape)
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def best(shots: Sequence[Shot]) -> int:
    """The index of the picture to keep, the earlier of two that are as good. Of pictures with a face before those
    without; of those with open eyes, before those that blink; of those that look at the camera; the sharpest."""
    if not shots:
        raise ValueError("a burst has at least one picture")
    left = [k for k, one in enumerate(shots) if one.seen] or list(range(len(shots)))
    widest = max(shots[k].open for k in left)
    least = max(widest - _AS_OPEN, _SHUT if widest >= _SHUT else 0.0)
    left = [k for k in left if shots[k].open >= least]
    nearest = min(shots[k].turned for k in left)
    left = [k for k in left if shots[k].turned <= nearest + _AS_TURNED]
    return max(left, key=lambda k: (shots[k].sharp, -k))
