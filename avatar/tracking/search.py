"""Where to look for the face next: in the whole frame, or closely round the nose when it is too small there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from ..types import Body, Face
from .landmarks import Region, face_crop, square

_PATIENCE: Final = 2  # frames without a face before a region is moved
_AGAIN: Final = 5
_MARGIN: Final = 0.12  # of the region: nearer its edge, the region moves
_SIDE: Final = 2.8  # of the face's width


@dataclass(frozen=True, slots=True)
class Search:
    """region : where to look, None = the whole frame; missed : frames since a face was last found there."""

    region: Region | None = None
    missed: int = 0


def look_next(
    search: Search, face: Face | None, person: Body | None, size: tuple[int, int], only: Region | None = None
) -> Search:
    """The next Search, after one look that gave ``face`` in a frame of ``size`` (width, height).

    only : where alone the person's face may be, because others are in the picture too.

    A region stays where it is while the face is well inside (the detector follows a face from frame to frame, and a
    region that moves would break its thread), moves after the face, and is given up for the body's or for the whole
    frame when the face is not in it.
    """
    if only is not None:
        return Search(only, 0 if face is not None else search.missed + 1)
    if face is None:
        missed = search.missed + 1
        closer = face_crop(person, size) if person is not None else None
        if search.region is not None:
            if missed < _PATIENCE:
                return Search(search.region, missed)
            closer = None if missed % (2 * _PATIENCE) == 0 else closer
        return Search(closer, missed)
    if search.region is None:
        return Search()
    x0, y0, x1, y1 = search.region
    edge = _MARGIN * (x1 - x0)
    left, top, right, bottom = (float(v) for v in face.box)
    # At the frame's own edge there is nowhere to move to.
    inside = (
        (left > x0 + edge or x0 == 0)
        and (top > y0 + edge or y0 == 0)
        and (right < x1 - edge or x1 == size[0])
        and (bottom < y1 - edge or y1 == size[1])
    )
    if inside:
        return Search(search.region)
    middle = np.array([(left + right) / 2, (top + bottom) / 2], np.float32)
    return Search(square(middle, _SIDE * (right - left) / 2, size))


def again(before: Search, after: Search) -> bool:
    """Whether the same frame is worth a second look after a miss: where a face was just now, because a detector that
    lost one between two frames begins afresh then; and elsewhere at first, and then at some frames, since somebody who
    has gone would cost twice as much as one who is there."""
    if after.region == before.region:
        return after.missed == 1
    return after.missed <= _PATIENCE or after.missed % _AGAIN == 0
