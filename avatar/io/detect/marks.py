"""Marks from picture to picture: looked for where they were, now and then everywhere, and between sightings carried on
with the plane they lie on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from ...linalg import planar
from ...types import ByteArray, Mark, VideoFrame
from .board import Board
from .carry import Carrier
from .tags import TAG_SIZE, Region, TagFinder, grey_of

CARRIED_S: Final = 3.0
"""Seconds that marks are carried on unseen; the drift grows with every picture."""
_SEARCH_S: Final = 0.15  # between looks at the whole picture while no mark is known
_SWEEP_S: Final = 0.6  # the same while some are
_MARGIN: Final = 0.7  # of a mark's size, round where it was
_LEAST_MARGIN: Final = 24.0  # pixels
_OF_BOARD: Final = 4  # tags of a board's numbers that make one worth looking for


class MarkTracker:
    """size : metres of a tag's black square; sizes : of some, by (family, number); board : a ChArUco board that may be
    seen. Give it every frame, in order."""

    def __init__(
        self,
        size: float = TAG_SIZE,
        sizes: Mapping[tuple[str, int], float] | None = None,
        board: Board | None = None,
    ) -> None:
        self._finder = TagFinder(size, sizes)
        self._board = board or Board()
        self._numbers = {n for _, _, n in self._board.squares() if n >= 0}
        self._carrier = Carrier()
        self._marks: tuple[Mark, ...] = ()
        self._key: tuple[Mark, ...] = ()
        self._before: ByteArray | None = None
        self._seen = self._swept = -np.inf
        self._carrying = False

    def step(self, frame: VideoFrame) -> tuple[tuple[Mark, ...], float]:
        """(marks where they are in this frame, stamp of the frame in which they were last recognised, -1 for never)."""
        grey = grey_of(frame.image)
        if frame.t < self._swept:
            self._seen = self._swept = -np.inf
            self._marks = ()
        found = self._find(grey, frame.t)
        if found:
            self._marks, self._seen, self._carrying = found, frame.t, False
        elif self._marks:
            self._marks = self._carry(grey, frame.t)
        self._before = grey
        return self._marks, (self._seen if np.isfinite(self._seen) else -1.0)

    def _find(self, grey: ByteArray, t: float) -> tuple[Mark, ...]:
        sweep = t - self._swept >= (_SWEEP_S if self._marks else _SEARCH_S)
        if sweep:
            self._swept = t
        elif not self._marks:
            return ()
        region = None if sweep else _round(self._marks, grey.shape)
        if any(mark.family == "charuco" for mark in self._marks) and not sweep:
            found = self._board_in(grey, region)
            return (found,) if found is not None else ()
        marks = _once_each(self._finder.find(grey, region))
        if sum(mark.family == "aruco" and mark.id in self._numbers for mark in marks) >= _OF_BOARD:
            found = self._board_in(grey, region)
            if found is not None:
                marks = tuple(m for m in marks if m.family != "aruco" or m.id not in self._numbers)
                return (found, *marks)
        return marks

    def _board_in(self, grey: ByteArray, region: Region | None) -> Mark | None:
        x0, y0, x1, y1 = region or (0, 0, grey.shape[1], grey.shape[0])
        found = self._board.find(np.ascontiguousarray(grey[y0:y1, x0:x1]))
        if found is None:
            return None
        return replace(found, pixels=found.pixels + np.array([x0, y0], np.float32))

    def _carry(self, grey: ByteArray, t: float) -> tuple[Mark, ...]:
        if t - self._seen > CARRIED_S or self._before is None:
            return ()
        if not self._carrying:
            self._key, self._carrying = self._marks, True
            self._carrier.start(self._before, np.vstack([m.pixels for m in self._key]).astype(np.float64))
        moved = self._carrier.step(grey)
        if moved is None:
            return ()
        return tuple(
            replace(m, pixels=planar.through(moved, m.pixels.astype(np.float64)).astype(np.float32)) for m in self._key
        )


def _round(marks: tuple[Mark, ...], shape: tuple[int, ...]) -> Region:
    """The part of the picture that holds the marks, if they have moved by less than their own size."""
    points = np.vstack([m.pixels for m in marks])
    size = max(float(np.ptp(m.pixels, axis=0).max()) for m in marks)
    margin = max(_MARGIN * size, _LEAST_MARGIN)
    low, high = points.min(0) - margin, points.max(0) + margin
    x0, y0 = (max(0, int(v)) for v in low)
    x1, y1 = min(shape[1], int(high[0]) + 1), min(shape[0], int(high[1]) + 1)
    return x0, y0, max(x1, x0), max(y1, y0)


def _once_each(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """Of marks with the same number, which cannot be told apart, the largest."""
    largest: dict[tuple[str, int], Mark] = {}
    for mark in marks:
        name = (mark.family, mark.id)
        if name not in largest or np.ptp(mark.pixels, axis=0).sum() > np.ptp(largest[name].pixels, axis=0).sum():
            largest[name] = mark
    return tuple(largest.values())
