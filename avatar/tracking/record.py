"""What one observation holds, as plain numbers that any program can read: one line of ``avatar track --json-lines``.

Every number is finite and rounded to well below what a detector can tell; a part that is not seen, or whose numbers
are none, is None.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import numpy as np

from ..linalg import quat
from ..types import BLENDSHAPES, Body, ByteArray, Face, FloatArray, Hand, Light, Observation
from .gesture_look import Side
from .gestures import Name

_FRESH: Final = 0.05
"""Seconds by which a hand, a body or a matte may be older than the line it is told in."""
_LEAST: Final = 0.002
"""Of the picture: a matte that covers less is nobody."""
_METRES, _PIXELS, _PARTS = 4, 2, 5  # decimals

Going: TypeAlias = tuple[Name, Side | None, float]
"""A gesture under way: name, the person's own side or None, seconds when it began."""


def record(seen: Observation, light: Light | None = None, going: Iterable[Going] = ()) -> dict[str, Any]:
    """``t``, ``head``, ``hands``, ``body``, ``matte``, ``light`` and ``gestures`` of one moment, as docs/TRACKING.md
    describes them. light : of the room, at that moment."""
    fresh = seen.t - _FRESH
    hands = [told for h in seen.hands if (told := _hand(h)) is not None] if seen.hands_t >= fresh else []
    gestures = [{"name": name, "side": side, "since": round(since, 4)} for name, side, since in going]
    return {
        "t": round(seen.t, 4),
        "head": _head(seen.face) if seen.face is not None else None,
        "hands": sorted(hands, key=lambda h: str(h["side"])) or None,
        "body": _body(seen.body) if seen.body is not None and seen.body_t >= fresh else None,
        "matte": _matte(seen.matte, seen.size) if seen.matte is not None and seen.matte_t >= fresh else None,
        "light": _light(light) if light is not None else None,
        "gestures": gestures or None,
    }


def angles(matrix: FloatArray) -> tuple[float, float, float]:
    """(yaw, pitch, roll), degrees, of a face's matrix (4, 4): turned to the image's right, down, and leant to the
    image's left (against the clock), in this order about the head's own axes (``quat.from_euler``)."""
    m = np.asarray(matrix[:3, :3], np.float64)
    pitch = math.asin(min(max(-float(m[1, 2]), -1.0), 1.0))
    yaw, roll = math.atan2(m[0, 2], m[2, 2]), math.atan2(m[1, 0], m[1, 1])
    return math.degrees(yaw), math.degrees(pitch), math.degrees(roll)


def _head(face: Face) -> dict[str, Any] | None:
    if not _finite(face.matrix, face.box, face.blendshapes) or not face.matrix[:3, :3].any():
        return None
    turn = quat.from_matrix(face.matrix[:3, :3])
    turn = turn if turn[3] >= 0 else -turn
    yaw, pitch, roll = angles(face.matrix)
    shapes = np.clip(face.blendshapes, 0, 1)
    return {
        "position": _numbers(face.eyes, _METRES),
        "rotation": _numbers(turn, _PARTS),
        "yaw": round(yaw, 2),
        "pitch": round(pitch, 2),
        "roll": round(roll, 2),
        "box": _numbers(face.box, _PIXELS),
        "blendshapes": dict(zip(BLENDSHAPES, _numbers(shapes, 4), strict=False)),
    }


def _hand(hand: Hand) -> dict[str, Any] | None:
    if not _finite(hand.points, hand.world):
        return None
    return {
        "side": hand.side,
        "score": round(min(max(float(hand.score), 0.0), 1.0), 3) if math.isfinite(hand.score) else 0.0,
        "points": _rows(hand.points, _PIXELS),
        "world": _rows(hand.world, _METRES),
    }


def _body(body: Body) -> dict[str, Any] | None:
    if not _finite(body.points, body.world, body.visibility):
        return None
    return {
        "points": _rows(body.points, _PIXELS),
        "world": _rows(body.world, _METRES),
        "visibility": _numbers(np.clip(body.visibility, 0, 1), 3),
    }


def _matte(matte: ByteArray, size: tuple[int, int]) -> dict[str, Any] | None:
    """How much of the picture is the person, and the box round them, pixels of the frame."""
    on = matte >= 128
    share = float(on.mean()) if on.size else 0.0
    if share < _LEAST:
        return None
    rows, columns = np.flatnonzero(on.any(1)), np.flatnonzero(on.any(0))
    across, down = size[0] / matte.shape[1], size[1] / matte.shape[0]
    box = (columns[0] * across, rows[0] * down, (columns[-1] + 1) * across, (rows[-1] + 1) * down)
    return {"share": round(share, 4), "box": [round(float(v), _PIXELS) for v in box]}


def _light(light: Light) -> dict[str, Any] | None:
    if not _finite(light.colour, light.direction):
        return None
    return {"ambient": _numbers(light.colour, 4), "direction": _numbers(light.direction, 4)}


def _finite(*arrays: np.ndarray) -> bool:
    return all(bool(np.isfinite(a).all()) for a in arrays)


def _numbers(values: np.ndarray, decimals: int) -> list[float]:
    # adding zero makes a negative one plain
    return [round(float(v), decimals) + 0.0 for v in values]


def _rows(values: np.ndarray, decimals: int) -> list[list[float]]:
    return [_numbers(row, decimals) for row in values]
