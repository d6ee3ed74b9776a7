"""The photographer's way: the person in one half of the picture, the companion in the other, of one size."""

from __future__ import annotations

from typing import Final

from ..types import ByteArray, FloatArray
from .build import Build
from .camera import Camera
from .layout import Layout

_NEAREST, _FARTHEST = 0.18, 0.34
"""Of the picture's width, from its middle to the companion's: no nearer and no farther."""
_ALONE: Final = 0.25


class HalfFrame(Layout):
    """Stands in one half whatever happens, as far from the picture's middle as the person is on the other side.

    half : -1 for the left half of the frame as the camera sees it, +1 for the right. The rules of ``Layout`` hold: the
    face stays free, head and hair are in the picture.
    """

    def __init__(self, build: Build, half: int) -> None:
        super().__init__(build)
        self._half = half

    def _first_side(self, room: FloatArray) -> int:
        return self._half

    def _choose_side(self, room: FloatArray, camera: Camera, dt: float) -> None:
        """It never changes sides."""

    def _see_room(self, matte: ByteArray | None, camera: Camera, dt: float, fresh: bool) -> FloatArray:
        room = super()._see_room(matte, camera, dt, fresh).copy()
        k, middle = (self._half + 1) // 2, camera.size[0] / 2
        room[k, 0] = self._half * max(self._half * float(room[k, 0]), self._half * middle)
        return room

    def _wish(self, camera: Camera, side: int, depth: float) -> float:
        x0, _, x1, _ = camera.visible
        metres = (x1 - x0) * depth / camera.focal
        away = _ALONE
        if self._face is not None:
            person = (self._face[0] + self._face[2]) / 2 - (x0 + x1) / 2
            away = min(max(-side * person / (x1 - x0), _NEAREST), _FARTHEST)
        return away * metres
