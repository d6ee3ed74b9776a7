"""Printed marks that lie on one plane: where each lies on it, and where the plane is.

The plane's own frame is that of the mark it was begun with: origin in its middle, x right and y up on the print, z out
of the paper, metres.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..linalg import planar
from ..types import Mark
from .camera import Camera

Array = NDArray[np.float64]
Name = tuple[str, int]
"""A mark's family and number."""

_SIGHTINGS: Final = 6
"""How often a new mark is seen together with known ones before it is relied on."""
_MOST: Final = 40.0  # sightings that count in the mean
_OFF: Final = 0.06  # of its size, that a mark may seem out of its plane or of another size
_AGREE: Final = 0.15  # of its size, that a sighting may differ from those before
_DOUBT: Final = (1.8, 0.15)  # times the error, and pixels: a second place this much worse is out of the question


@dataclass(slots=True)
class _Lies:
    """A mark's place on the plane: mean of ``count`` sightings. x, y : metres; turn : of the print, as cosine, sine."""

    x: float
    y: float
    turn: Array
    count: float = 1.0

    def points(self, plane: Array) -> Array:
        c, s = self.turn / max(float(np.hypot(*self.turn)), 1e-9)
        return np.asarray(plane @ np.array([[c, s], [-s, c]]) + (self.x, self.y), np.float64)


@dataclass(slots=True)
class MarkPlane:
    """given : where marks lie, (x, y, turn of the print in radians) by (family, number), as far as that is known; the
    rest is learnt from seeing marks together."""

    given: Mapping[Name, tuple[float, float, float]] = field(default_factory=dict)
    _known: dict[Name, _Lies] = field(default_factory=dict)
    _new: dict[Name, _Lies] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, (x, y, turn) in self.given.items():
            self._known[name] = _Lies(x, y, np.array([math.cos(turn), math.sin(turn)]), math.inf)

    @property
    def known(self) -> frozenset[Name]:
        """The marks that the plane is found by."""
        return frozenset(self._known)

    def begin(self, mark: Mark) -> None:
        """Forget all that was learnt; the plane is that of this mark."""
        self._known = {(mark.family, mark.id): _Lies(0.0, 0.0, np.array([1.0, 0.0]), math.inf)}
        self._new = {}

    def points(self, marks: Iterable[Mark]) -> tuple[Array, Array]:
        """(plane (N, 2) metres, pixels (N, 2)) of those marks whose places are known; N = 0 where none is."""
        plane, pixels = [np.zeros((0, 2))], [np.zeros((0, 2))]
        for mark in marks:
            lies = self._known.get((mark.family, mark.id))
            if lies is not None:
                plane.append(lies.points(mark.plane.astype(np.float64)))
                pixels.append(mark.pixels.astype(np.float64))
        return np.vstack(plane), np.vstack(pixels)

    def learn(self, marks: Iterable[Mark], matrix: Array, camera: Camera) -> None:
        """Marks seen in one picture, and where the plane was then, (4, 4) to the stage: note where the new ones lie."""
        for mark in marks:
            name = (mark.family, mark.id)
            now = self._known.get(name)
            if now is not None and math.isinf(now.count):
                continue
            seen = _lies(mark, matrix, camera)
            size = float(np.ptp(mark.plane, axis=0).max())
            before = now or self._new.get(name)
            if seen is None:
                self._new.pop(name, None)
            elif before is None:
                self._new[name] = seen
            elif np.hypot(seen.x - before.x, seen.y - before.y) > _AGREE * size:
                # It was moved, or the tilt was wrong: learn it anew.
                self._known.pop(name, None)
                self._new[name] = seen
            else:
                part = 1 / (before.count + 1)
                before.x += (seen.x - before.x) * part
                before.y += (seen.y - before.y) * part
                before.turn = before.turn + (seen.turn - before.turn) * part
                before.count = min(before.count + 1, _MOST)
                if before.count >= _SIGHTINGS:
                    self._known[name] = self._new.pop(name, before)


def slopes_of(pixels: Array, camera: Camera) -> Array:
    """Pixels of the frame (N, 2) to slopes (see ``linalg.planar``)."""
    return np.asarray((pixels - np.array(camera.size) / 2) * np.array([1, -1]) / camera.focal, np.float64)


def _lies(mark: Mark, matrix: Array, camera: Camera) -> _Lies | None:
    """Where a mark lies on a plane, if it lies on it: a turn and a shift take its print there."""
    on = planar.meet(matrix, slopes_of(mark.pixels.astype(np.float64), camera))
    if not np.isfinite(on).all():
        return None
    own = mark.plane.astype(np.float64)
    a, b = own - own.mean(0), on - on.mean(0)
    cos, sin = float((a * b).sum()), float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum())
    size = math.hypot(cos, sin)
    if size < 1e-12:
        return None
    turn = np.array([cos, sin]) / size
    lies = _Lies(0.0, 0.0, turn)
    x, y = on.mean(0) - lies.points(own).mean(0)
    lies.x, lies.y = float(x), float(y)
    rest = np.sqrt(((lies.points(own) - on) ** 2).sum(1).mean())
    return lies if rest < _OFF * float(np.ptp(own, axis=0).max()) else None


def find_plane(
    plane: Array, pixels: Array, camera: Camera, before: Array | None, up: Array | None = None
) -> tuple[Array, float] | None:
    """((4, 4) float64 plane to stage, root mean square error in pixels) of a plane with known points, or None.

    A small or distant plane looks nearly the same tilted either way. The better fit counts where it is clearly better;
    else what agrees with ``before``, its last place; else the place whose face looks up most (``up`` (3,), by default
    the stage's): marks lie on tables and floors.
    """
    if len(plane) < 4:
        return None
    try:
        (first, error), (second, other) = planar.poses(plane, slopes_of(pixels, camera))
    except (ValueError, np.linalg.LinAlgError):
        return None
    if not math.isfinite(error) or first[2, 3] >= 0:
        return None
    focal = camera.focal
    if other * focal < _DOUBT[0] * error * focal + _DOUBT[1] and second[2, 3] < 0:
        if before is not None:
            swap = _apart(second, before) < _apart(first, before)
        else:
            way = np.array([0.0, 1.0, 0.0]) if up is None else up
            swap = float(second[:3, 2] @ way) > float(first[:3, 2] @ way)
        if swap:
            first, error = second, other
    return first, error * focal


def _apart(a: Array, b: Array) -> float:
    """Minus the cosine of half the angle between two turns, in effect: more is farther apart."""
    return -float(np.trace(a[:3, :3].T @ b[:3, :3]))
