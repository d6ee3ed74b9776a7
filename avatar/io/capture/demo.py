"""The demo feed: a real photograph of a person, moved by a known script, so that there is a person without a camera
and the truth is known for every frame."""

from __future__ import annotations

import functools
import importlib.util
import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from ...clock import Clock
from ...errors import SourceError
from ...types import ByteArray, VideoFrame
from .source import BaseSource

# Of the 512 × 512 portrait: the face's middle, how much fills the picture, how far across it the face comes, and the
# portrait's row at its top. Past the right edge is mirrored backdrop: room for somebody beside the person.
_FACE = (224.0, 112.0)
_VISIBLE = (556.0, 417.0)
_FACE_ACROSS, _TOP = 0.28, 0.0


def script(t: float) -> tuple[float, float, float, float]:
    """The movement at t seconds: (right, down, scale, roll); right and down as parts of the picture's height, roll in
    radians. Slow sines that start from rest in the middle: a person who shifts on a chair before a hand-held camera."""
    start = min(1.0, t / 2.0)
    ease = start * start * (3 - 2 * start)
    right = 0.026 * math.sin(2 * math.pi * t / 7.3) + 0.008 * math.sin(2 * math.pi * t / 2.9 + 1.0)
    down = 0.014 * math.sin(2 * math.pi * t / 5.3 + 0.6) + 0.005 * math.sin(2 * math.pi * t / 2.3)
    scale = 1 + ease * 0.035 * math.sin(2 * math.pi * t / 9.7)
    roll = math.radians(2.2) * math.sin(2 * math.pi * t / 5.9 + 0.3)
    return ease * right, ease * down, scale, ease * roll


def truth(t: float, size: tuple[int, int]) -> NDArray[np.float64]:
    """(3, 3): where the portrait's points are in the picture at t seconds; both in pixels whose corner is at (0, 0)."""
    width, height = size
    right, down, scale, roll = script(t)
    base = max(width / _VISIBLE[0], height / _VISIBLE[1])
    s = base * scale
    c, n = s * math.cos(roll), s * math.sin(roll)
    fx, fy = _FACE
    x, y = _FACE_ACROSS * width + right * height, base * (fy - _TOP) + down * height
    return np.array([[c, -n, x - c * fx + n * fy], [n, c, y - n * fx - c * fy], [0, 0, 1]])


@functools.cache
def _reach(size: tuple[int, int], scale: float) -> tuple[int, int, int, int]:
    """How far the script ever looks beyond the portrait's left and top edge, and to where on its right and below,
    pixels of the portrait enlarged ``scale`` times."""
    corners = np.array([[0, 0, 1], [size[0], 0, 1], [0, size[1], 1], [size[0], size[1], 1.0]]).T
    looks = [np.linalg.inv(truth(t, size)) @ corners * scale for t in np.arange(0, 120, 0.1)]
    low, high = np.min(looks, axis=(0, 2)), np.max(looks, axis=(0, 2))
    spare = 0.02 * max(size)
    return round(spare - low[0]), round(spare - low[1]), round(high[0] + spare), round(high[1] + spare)


def _portrait() -> ByteArray:
    """The portrait, (512, 512, 3) RGB, from scikit-image's own file. Importing that package, and SciPy with it, takes
    a quarter of a second, so that is for a package whose file lies elsewhere."""
    found = importlib.util.find_spec("skimage")
    for folder in (found.submodule_search_locations or ()) if found is not None else ():
        picture = cv2.imread(str(Path(folder) / "data" / "astronaut.png"), cv2.IMREAD_COLOR)
        if picture is not None:
            return np.ascontiguousarray(picture[..., ::-1])
    try:
        from skimage.data import astronaut
    except ImportError:
        raise SourceError("the demo feed needs scikit-image: pip install 'avatar-presence[demo]'", "none") from None
    return np.ascontiguousarray(astronaut())


class DemoSource(BaseSource):
    """scikit-image's astronaut portrait (public domain), moved by ``script``; never ends. A portrait lens's view."""

    kind = "demo"

    def __init__(
        self, clock: Clock, size: tuple[int, int] = (640, 480), fps: float = 30.0, offline: bool = False
    ) -> None:
        portrait = _portrait()
        super().__init__("demo", size, fps, clock, offline)
        self.fov_y, self.fov_known = math.radians(30.0), True
        self.stable = ""
        scale = max(size[0] / _VISIBLE[0], size[1] / _VISIBLE[1])
        wide, high = round(portrait.shape[1] * scale), round(portrait.shape[0] * scale)
        picture = cv2.resize(portrait, (wide, high), interpolation=cv2.INTER_CUBIC)
        left, top, right, below = _reach(size, scale)
        margins = max(top, 0), max(below - high, 0), max(left, 0), max(right - wide, 0)
        # Four channels, and a border that is there already, are warped in a third of the time.
        picture = cv2.copyMakeBorder(picture, *margins, borderType=cv2.BORDER_REFLECT_101)
        self._picture = cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA)
        # Picture of the warp -> portrait; both with the corner at (0, 0), then to OpenCV's pixel centres.
        shrink = np.diag([portrait.shape[1] / wide, portrait.shape[0] / high, 1.0])
        shrink @= np.array([[1, 0, -margins[2]], [0, 1, -margins[0]], [0, 0, 1.0]])
        self._centre = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        self._from_picture = shrink @ self._centre
        self._asked = size
        self._start: float | None = None

    def grab(self) -> VideoFrame:
        t = self._pacer.next()
        if self._start is None:
            self._start = t
        known = truth(t - self._start, self._asked)
        warp = np.linalg.inv(self._centre) @ known @ self._from_picture
        image = cv2.warpAffine(self._picture, warp[:2], self._asked, flags=cv2.INTER_LINEAR)
        return self._frame(cv2.cvtColor(image, cv2.COLOR_RGBA2RGB), self._pacer.wait(), known)
