"""What every picture source is, and the pacing they share."""

from __future__ import annotations

from types import TracebackType
from typing import Final, Protocol, Self

import cv2
import numpy as np

from ...clock import Clock
from ...types import ByteArray, VideoFrame

GUESSED_FOV_Y: Final = float(np.radians(63.0))
"""Vertical field of view taken for a camera that nobody measured, radians: a guess (webcams have 40 to 65 degrees)."""


class Source(Protocol):
    """A picture source.

    kind : camera, file, still, folder, stream or demo; is_device : True while frames come from a camera of this
    machine, so that the indicator must be shown; name : for people; fps : frames a second it is paced to;
    size : (width, height) of the newest frame; fov_y : vertical field of view, radians, a guess unless fov_known;
    stable : the same name every time for the same camera or file, "" for none; dropped : frames that could not be
    decoded and were left out.
    """

    kind: str
    is_device: bool
    name: str
    fps: float
    size: tuple[int, int]
    fov_y: float
    fov_known: bool
    stable: str
    dropped: int

    def grab(self) -> VideoFrame | None:
        """The next frame, waiting until it is due; None when the source has ended. SourceError when it was lost."""
        ...

    def close(self) -> None:
        """Let go of the device or file; twice is fine."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class BaseSource:
    """Stamps, counts and closing: what the sources have in common."""

    kind = ""
    is_device = False

    def __init__(self, name: str, size: tuple[int, int], fps: float, clock: Clock, offline: bool) -> None:
        self.name, self.size, self.fps = name, size, fps
        self.fov_y, self.fov_known = GUESSED_FOV_Y, False
        self.stable = name
        self.dropped = 0
        self.index = 0
        self._pacer = Pacer(fps, clock, offline)

    def _frame(self, image: ByteArray, t: float, truth: np.ndarray | None = None) -> VideoFrame:
        self.size = (image.shape[1], image.shape[0])
        frame = VideoFrame(image, t, self.index, truth)
        self.index += 1
        return frame

    def close(self) -> None:
        """Nothing to let go of."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Pacer:
    """Says when the next frame is due and waits for it; offline it does not wait, and stamps ``k / fps``."""

    def __init__(self, fps: float, clock: Clock, offline: bool) -> None:
        self._period = 1 / fps
        self._clock = clock
        self._offline = offline
        self._count = 0
        self._due: float | None = None
        self._last = -1.0

    def next(self) -> float:
        """About when the next frame is due: for sources that make their pictures, and can do so in time."""
        if self._offline:
            return self._count * self._period
        now = self._clock.now()
        return now if self._due is None else max(self._due, now)

    def wait(self) -> float:
        """Sleep until the next frame is due; its stamp. Over two periods late it starts afresh: no burst."""
        if self._offline:
            t = self._count * self._period
            self._count += 1
            return t
        now = self._clock.now()
        if self._due is None or now - self._due > 2 * self._period:
            self._due = now
        self._clock.sleep(self._due - now)
        self._due += self._period
        return self.stamp()

    def stamp(self) -> float:
        """The time now, later than every stamp before."""
        if self._offline:
            return self.wait()
        self._last = max(self._clock.now(), self._last + 1e-6)
        return self._last


def cover(image: ByteArray, size: tuple[int, int] | None) -> ByteArray:
    """The picture scaled to fill ``size`` (width, height) and its middle cut out; unchanged when size is None."""
    if size is None or (image.shape[1], image.shape[0]) == size:
        return np.ascontiguousarray(image)
    height, width = image.shape[:2]
    scale = max(size[0] / width, size[1] / height)
    wide, high = max(size[0], round(width * scale)), max(size[1], round(height * scale))
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    big = cv2.resize(image, (wide, high), interpolation=kind)
    x, y = (wide - size[0]) // 2, (high - size[1]) // 2
    return np.ascontiguousarray(big[y : y + size[1], x : x + size[0]])
