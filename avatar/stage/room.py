"""How much room there is beside the person's face, in pixels of the frame."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..types import ByteArray, FloatArray
from .camera import Box

_OCCUPIED: Final = 0.35  # of the rows at the height of the face
_HAIR: Final = 0.08  # of the face's width, taken where there is no matte to say
_REACH: Final = 1.2  # face widths: hair and hands this near count as the person's own
_NARROW: Final = 1.3  # face widths: between two people nearer than this there is no standing, so it is beyond or behind
_THIN: Final = 0.3  # face widths: anything narrower is not somebody else


def room_beside(box: FloatArray | Box, size: tuple[int, int], view: Box, matte: ByteArray | None = None) -> FloatArray:
    """(2, 2) float32: for the left and the right, the pixel columns where the room begins (at the person) and ends (at
    the edge of what is seen, or at somebody else).

    box : the face, pixels of the frame; size : (width, height) of the frame; view : the part of it that is seen;
    matte : (h, w) uint8 of the frame, 255 = a person, or None.
    """
    x0, y0, x1, y1 = (float(v) for v in box)
    wide = x1 - x0
    room = np.array([[x0 - _HAIR * wide, view[0]], [x1 + _HAIR * wide, view[2]]], np.float32)
    if matte is None:
        return room
    rows, columns = matte.shape
    across, down = columns / size[0], rows / size[1]
    top, bottom = max(0, int(y0 * down)), min(rows, max(int(y1 * down), int(y0 * down) + 1))
    if top >= bottom:
        return room
    taken = (matte[top:bottom] > 127).mean(0) > _OCCUPIED
    for k, way in ((0, -1), (1, 1)):
        edge = (x0, x1)[k]
        strip = taken[: max(0, int(edge * across))][::-1] if way < 0 else taken[min(columns, int(edge * across)) :]
        reach = int(_REACH * wide * across)
        free = np.flatnonzero(~strip[:reach])
        begin = int(free[0]) if len(free) else min(reach, len(strip))
        room[k, 0] = edge + way * max(begin / across, _HAIR * wide)
        other = _next_taken(strip, begin, max(2, int(_THIN * wide * across)))
        if other is not None and other - begin > _NARROW * wide * across:
            room[k, 1] = way * min(way * float(room[k, 1]), way * (edge + way * other / across))
    return room


def _next_taken(strip: np.ndarray, begin: int, thin: int) -> int | None:
    """Where the first run of ``thin`` taken columns past ``begin`` starts."""
    if len(strip) - begin < thin:
        return None
    full = np.flatnonzero(np.convolve(strip[begin:], np.ones(thin), "valid") >= thin)
    return begin + int(full[0]) if len(full) else None
