"""How the camera sees: how soft its picture is, and how noisy. A companion drawn sharper or cleaner than the room it
stands in looks pasted on, so it is drawn with the same softness and the same grain.

Noise is what changes between two pictures of something still (the quietest blocks of their difference); in a picture
that never changes, what is left of its flattest blocks by the mask of J. Immerkær, "Fast noise variance estimation"
(1996). Softness is how wide steps of brightness are, by their height and their steepest slope.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..types import ByteArray, FloatArray, VideoFrame

_EVERY_S: Final = 1.0
_FOLLOW_S: Final = 2.0
_BLOCK: Final = 16
_STRIP: Final = 96
"""Rows from one strip of blocks to the next."""
_QUIET: Final = 25
"""Percent of blocks that are taken for still, or for flat."""
_GROUPS: Final = 4
_FROZEN: Final = 0.12
"""A difference between pictures that is less than so much of a picture's own grain: the picture does not change."""
_MOST_SEEN: Final = 2.5
"""Times the grain of the flattest blocks that noise can have, however coarse it is."""
_MOST_NOISE: Final = 0.08
_LEAST_NOISE: Final = 0.0015
"""Below half a step of 8 bits nothing is seen."""
_PLAIN: Final = 0.02
"""Change of brightness a pixel (0-1) from which something is an edge, where there is no noise."""
_FLANK: Final = 4
"""Pixels from an edge to where the step must be over."""
_RUN: Final = 0.006
_SHARP: Final = 15
"""Percentile of the softness of edges that is the camera's own: things have soft edges too."""
_FEWEST: Final = 40
_LUMA: Final = np.array([0.299, 0.587, 0.114], np.float32)
_IMMERKAER: Final = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / np.float32(6)
_NEAR, _LOOKED = 1.0, 240
"""Widths of a face round it, and at most so many pixels, in which edges are looked for."""


@dataclass(frozen=True, slots=True)
class Optics:
    """blur : sigma of the sharpest edge the camera can draw, in pixels of its frame; noise : sigma of one channel,
    0-1 encoded, at black and at white; grain : correlation of neighbours, 0 (fine) to 0.9 (coarse); shared : of the
    three channels, 0 (coloured) to 1 (grey); moves : whether it is another in every picture."""

    blur: float = 0.0
    noise: tuple[float, float] = (0.0, 0.0)
    grain: float = 0.0
    shared: float = 1.0
    moves: bool = True


class CameraLook:
    """Follows one camera. ``optics`` is None until two looks have been had."""

    def __init__(self) -> None:
        self.optics: Optics | None = None
        self._wait = 0.0
        self._before: tuple[int, ByteArray] | None = None
        self._now: FloatArray | None = None
        self._moves = True

    def step(self, frame: VideoFrame | None, box: FloatArray | None, dt: float) -> Optics | None:
        """Move on by ``dt`` seconds. frame : the newest, None where there is none to be trusted; box : (4,) of the face
        in it, pixels, or None. Returns ``optics``."""
        self._wait -= min(max(dt, 0.0), 1.0) if math.isfinite(dt) else 0.0
        if frame is None:
            self._before = None
            return self.optics
        if self._before is None:
            if self._wait <= 0:
                self._before = (frame.index, _strips(frame.image))
            return self.optics
        if frame.index == self._before[0]:
            return self.optics
        strips, image = _strips(frame.image), frame.image
        if strips.shape == self._before[1].shape:
            self._take(noise_of(self._before[1], strips), image, box)
            self._wait = _EVERY_S
        self._before = None
        return self.optics

    def _take(self, found: tuple[FloatArray, bool], image: ByteArray, box: FloatArray | None) -> None:
        noise, self._moves = found
        blur = blur_of(_round(image, box), float(noise[:2].max()))
        if self._now is None:
            self._now = np.concatenate([[np.nan if blur is None else blur], noise]).astype(np.float32)
        else:
            share = np.float32(1 - math.exp(-_EVERY_S / _FOLLOW_S))
            self._now[1:] += (noise - self._now[1:]) * share
            if blur is not None:
                self._now[0] = blur if np.isnan(self._now[0]) else self._now[0] + (blur - self._now[0]) * share
        soft, dark, bright, grain, shared = (float(v) for v in self._now)
        self.optics = Optics(soft if soft == soft else 0.0, (dark, bright), grain, shared, self._moves)


def noise_of(before: ByteArray, now: ByteArray) -> tuple[FloatArray, bool]:
    """((4,) sigma at black and at white, correlation of neighbours, of channels; whether it moves) of strips (S, B, W,
    3) uint8 of two pictures."""
    if before.size == 0:
        return np.zeros(4, np.float32), True
    size = (before.shape[0], _BLOCK, before.shape[2] // _BLOCK, _BLOCK)
    changed = now.astype(np.float32)
    changed -= before
    changed *= np.float32(1 / (255 * math.sqrt(2)))
    level = (now.reshape(*size, 3).mean((1, 3)) @ _LUMA).ravel() / np.float32(255)
    blocks = _unmoved(changed[..., 1], now[..., 1]).reshape(size).swapaxes(1, 2).reshape(-1, _BLOCK, _BLOCK)
    lasting = _residual(now[..., 1]).reshape(size).swapaxes(1, 2).reshape(-1, _BLOCK, _BLOCK)
    seen = (level > 0.03) & (level < 0.95)
    if seen.sum() < 8:
        return np.zeros(4, np.float32), True
    blocks, lasting, level = blocks[seen], lasting[seen], level[seen]
    moving, flat = blocks.std((1, 2)), np.sqrt((lasting**2).mean((1, 2)))
    still, even = _least(moving, level), _least(flat, level)
    if np.median(moving[still]) < _FROZEN * np.median(flat[even]):
        dark, bright = _line(level[even], flat[even])
        return np.array([dark, bright, 0.0, 0.8], np.float32), False
    # A picture that moves as a whole has no still block: what lasts in it bounds what its noise can be.
    dark, bright = _line(level[still], np.minimum(moving[still], _MOST_SEEN * float(np.median(flat[even]))))
    quiet = blocks[still] - blocks[still].mean((1, 2), keepdims=True)
    power = float((quiet**2).mean())
    grain = float((quiet[:, :, 1:] * quiet[:, :, :-1]).mean()) / max(power, 1e-12)
    return np.array([dark, bright, min(max(grain, 0.0), 0.9), _shared(changed, size, seen, still)], np.float32), True


def blur_of(image: ByteArray, noise: float) -> float | None:
    """Sigma in pixels of the sharpest steps of brightness of a picture (H, W, 3) uint8 with this much noise; None where
    it shows too few."""
    if min(image.shape[:2]) < 4 * _FLANK:
        return None
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey *= np.float32(1 / 255)
    # Noise makes some edges steeper and others less so: averaged along the edge it does less of either.
    run = 1 + 2 * min(3, round(noise / _RUN))
    widths = [_widths(a, run, noise / math.sqrt(run)) for a in (grey, grey.T)]
    found = np.concatenate(widths)
    if len(found) < _FEWEST:
        return None
    # A central difference is the slope over two pixels: a box of 2 has a variance of a third.
    return math.sqrt(max(float(np.percentile(found, _SHARP)) ** 2 - 1 / 3, 0.0))


def _widths(grey: FloatArray, run: int, noise: float) -> FloatArray:
    """(N,) sigma in pixels of the steps across the rows: a Gaussian's step of height h is h / (sigma * sqrt(2 pi))
    steep in its middle."""
    rows = cv2.blur(grey, (1, run)) if run > 1 else np.ascontiguousarray(grey)
    along, across = (np.abs(cv2.Sobel(rows, cv2.CV_32F, *d, ksize=1)) / 2 for d in ((1, 0), (0, 1)))
    edge = (along > max(_PLAIN, 4 * noise)) & (along > (2 + run / 2) * across)
    edge[:, 1:] &= along[:, 1:] >= along[:, :-1]
    edge[:, :-1] &= along[:, :-1] > along[:, 1:]
    edge[:, : _FLANK + 2] = edge[:, -_FLANK - 2 :] = False
    y, x = np.nonzero(edge)
    left, right = rows[y, x - _FLANK], rows[y, x + _FLANK]
    height = np.abs(right - left)
    # A line is no step, nor is what goes on beyond its flanks.
    level = np.maximum(np.abs(rows[y, x - _FLANK - 2] - left), np.abs(rows[y, x + _FLANK + 2] - right))
    step = (height > 0.1) & (height > 1.5 * along[y, x]) & (level < 0.12 * height)
    return np.asarray(height[step] / (along[y, x][step] * np.float32(math.sqrt(2 * math.pi))), np.float32)


def _strips(image: ByteArray) -> ByteArray:
    """(S, _BLOCK, W, 3) uint8: strips of whole blocks, spread over the picture's height; a copy."""
    height, width = image.shape[0], image.shape[1] // _BLOCK * _BLOCK
    rows = range(0, max(height - _BLOCK, 0) + 1, _STRIP * max(1, round(height / 480)))
    return np.stack([image[r : r + _BLOCK, :width] for r in rows if r + _BLOCK <= height] or [image[:0, :width]])


def _unmoved(changed: FloatArray, now: ByteArray) -> FloatArray:
    """The change of strips (S, B, W) without what a small motion of each block makes of it: that is the picture's own
    slope times the way (B. Lucas and T. Kanade 1981)."""
    picture = now.astype(np.float32) * np.float32(1 / 255)
    down, across = np.gradient(picture, axis=(1, 2))
    s, b, w = changed.shape
    parts = [x.reshape(s, b, w // b, b).swapaxes(1, 2) for x in (changed, across, down)]
    d, x, y = (part - part.mean((2, 3), keepdims=True) for part in parts)
    xx, yy, xy, xd, yd = (np.sum(p * q, (2, 3), keepdims=True) for p, q in ((x, x), (y, y), (x, y), (x, d), (y, d)))
    whole = xx * yy - xy * xy
    usable = whole > 1e-9
    whole = np.where(usable, whole, 1)
    u, v = (yy * xd - xy * yd) / whole, (xx * yd - xy * xd) / whole
    left = d - np.where(usable, u * x + v * y, 0)
    return np.asarray(left.swapaxes(1, 2).reshape(s, b, w), np.float32)


def _least(spread: FloatArray, level: FloatArray) -> NDArray[np.bool_]:
    """Which blocks are the quietest among those about as bright: noise differs with brightness."""
    chosen = np.zeros(len(spread), bool)
    for group in np.array_split(np.argsort(level), _GROUPS):
        if len(group):
            chosen[group] = spread[group] <= np.percentile(spread[group], _QUIET)
    return chosen


def _residual(strips: ByteArray) -> FloatArray:
    flat = strips.reshape(-1, strips.shape[-1])
    found = np.asarray(cv2.filter2D(flat, cv2.CV_32F, _IMMERKAER), np.float32).reshape(strips.shape)
    found[:, [0, -1]] = found[:, [1, -2]]  # the seams between strips are no noise
    found *= np.float32(1 / 255)
    return found


def _line(level: FloatArray, sigma: FloatArray) -> tuple[float, float]:
    """Sigma at black and at white, straight between them."""
    spread = float(level.std())
    slope = float(((level - level.mean()) * sigma).mean()) / spread**2 if spread > 0.04 else 0.0
    middle = float(sigma.mean())
    ends = (middle + slope * (end - float(level.mean())) for end in (0.0, 1.0))
    dark, bright = (min(max(v, 0.25 * middle), _MOST_NOISE) for v in ends)
    return (dark, bright) if middle > _LEAST_NOISE else (0.0, 0.0)


def _shared(changed: FloatArray, size: tuple[int, ...], seen: NDArray[np.bool_], still: NDArray[np.bool_]) -> float:
    """Correlation of red and blue in the still blocks."""
    of = [changed[..., c].reshape(size).swapaxes(1, 2).reshape(-1, _BLOCK * _BLOCK)[seen][still] for c in (0, 2)]
    a, b = (x - x.mean(1, keepdims=True) for x in of)
    return min(max(float((a * b).mean()) / max(float(np.sqrt((a**2).mean() * (b**2).mean())), 1e-12), 0.0), 1.0)


def _round(image: ByteArray, box: FloatArray | None) -> ByteArray:
    """The part of a picture in which edges are looked for: round the face, which is as far away as the companion."""
    height, width = image.shape[:2]
    x, y, reach = width / 2, height / 2, _LOOKED / 2
    if box is not None and np.isfinite(box).all() and box[2] - box[0] > 40:
        x, y = float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2
        reach = min(_NEAR * float(box[2] - box[0]), _LOOKED / 2)
    x0, y0 = int(max(x - reach, 0)), int(max(y - reach, 0))
    return image[y0 : int(min(y + reach, height)), x0 : int(min(x + reach, width))]
