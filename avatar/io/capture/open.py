"""One door to every picture source."""

from __future__ import annotations

from pathlib import Path

from ...clock import Clock
from ...errors import SourceError
from .camera import CameraSource
from .demo import DemoSource
from .replay import IMAGE_SUFFIXES, FolderSource, StillSource, VideoSource
from .source import Source


def is_camera(spec: str) -> bool:
    """Whether a source's name means a camera: not ``demo``, an address, a file or a folder."""
    path = Path(spec).expanduser()
    if spec == "demo" or "://" in spec or path.exists():
        return False
    return not (path.suffix or "/" in spec or "\\" in spec)


def open_source(
    spec: str | int,
    size: tuple[int, int] | None = None,
    fps: float | None = None,
    *,
    clock: Clock,
    offline: bool = False,
    own_time: bool = False,
) -> Source:
    """Open a picture source.

    spec : ``demo``, a camera's index or name, a file, a folder of pictures, or an address (``http://``, ``rtsp://`` …).
    size : (width, height) the frames shall have, None = the source's own; fps : None = the source's own, else 30;
    offline : as fast as possible with stamps ``k / fps`` (cameras and live streams always run in real time);
    own_time : a film's stamps are its own where it is read offline, not ``k / fps``.
    Raises SourceError with the code ``none``, ``busy``, ``denied`` or ``unreadable``.
    """
    text = str(spec).strip()
    if text == "demo":
        return DemoSource(clock, size or (640, 480), fps or 30.0, offline)
    if "://" in text:
        return VideoSource(text, clock, size, fps, offline, own_time)
    path = Path(text).expanduser()
    if path.is_dir():
        return FolderSource(path, clock, size, fps or 30.0, offline)
    if path.is_file():
        if path.suffix.lower() in IMAGE_SUFFIXES:
            return StillSource(path, clock, size, fps or 30.0, offline)
        return VideoSource(str(path), clock, size, fps, offline, own_time)
    if path.suffix or "/" in text or "\\" in text:
        raise SourceError(f"{text}: there is no such file", "none")
    return CameraSource(text, clock, size, fps)
