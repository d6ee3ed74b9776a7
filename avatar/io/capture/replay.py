"""Pictures that are not from a camera of this machine: a video file, a stream, a still, a folder of images."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np

from ...clock import Clock
from ...errors import SourceError
from ...types import ByteArray, VideoFrame
from .source import BaseSource, cover

IMAGE_SUFFIXES: Final = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"})
LARGEST_SIDE: Final = 1920
"""Stills with a longer side are scaled down to it, pixels."""
OPEN_SECONDS, READ_SECONDS = 8.0, 4.0


def read_image(path: Path) -> ByteArray | None:
    """(H, W, 3) uint8 RGB, turned as its EXIF says; None when it is not a readable picture."""
    try:
        data = np.fromfile(path, np.uint8)
    except OSError as error:
        raise SourceError(
            f"{path}: {error.strerror}", "denied" if isinstance(error, PermissionError) else "none"
        ) from None
    image = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB) if len(data) else None
    if image is None:
        return None
    scale = LARGEST_SIDE / max(image.shape[:2])
    if scale < 1:
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    return np.asarray(image, np.uint8)


class StillSource(BaseSource):
    """One picture, repeated; never ends. The frames share one array."""

    kind = "still"

    def __init__(
        self, path: Path, clock: Clock, size: tuple[int, int] | None = None, fps: float = 30.0, offline: bool = False
    ) -> None:
        image = read_image(path)
        if image is None:
            raise SourceError(f"{path}: this is not a picture that can be read")
        self._image = cover(image, size)
        super().__init__(path.name, (self._image.shape[1], self._image.shape[0]), fps, clock, offline)

    def grab(self) -> VideoFrame:
        return self._frame(self._image, self._pacer.wait())


class FolderSource(BaseSource):
    """The images of a folder in the order of their names (2 before 10), each once, all at the first one's size."""

    kind = "folder"

    def __init__(
        self, path: Path, clock: Clock, size: tuple[int, int] | None = None, fps: float = 30.0, offline: bool = False
    ) -> None:
        try:
            files = [p for p in path.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file()]
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror}", "denied") from None
        if not files:
            raise SourceError(f"{path}: there are no pictures in this folder", "none")
        files.sort(key=lambda p: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", p.name.lower())])
        self._images = self._read(files)
        first = next(self._images, None)
        if first is None:
            raise SourceError(f"{path}: none of the {len(files)} pictures in this folder can be read")
        self._first: ByteArray | None = cover(first, size)
        super().__init__(path.name, (self._first.shape[1], self._first.shape[0]), fps, clock, offline)
        self.dropped = self._bad

    def _read(self, files: list[Path]) -> Iterator[ByteArray]:
        self._bad = 0
        for file in files:
            image = read_image(file)
            if image is None:
                self._bad += 1
            else:
                yield image

    def grab(self) -> VideoFrame | None:
        image, self._first = self._first, None
        if image is None:
            image = next(self._images, None)
            self.dropped = self._bad
            if image is None:
                return None
            image = cover(image, self.size)
        return self._frame(image, self._pacer.wait())


class VideoSource(BaseSource):
    """A video file, or a stream by its address. Files are paced to their own rate and end; live streams are not paced.

    Frames that do not decode are left out and counted; a file without one readable frame is refused on opening.
    own_time : offline, stamps are the film's own, from its first frame on, where it has any: films may be uneven.
    """

    def __init__(
        self,
        spec: str,
        clock: Clock,
        size: tuple[int, int] | None = None,
        fps: float | None = None,
        offline: bool = False,
        own_time: bool = False,
    ) -> None:
        self.kind = "stream" if "://" in spec else "file"
        name = Path(spec).name if self.kind == "file" else spec
        self._spec, self._asked = spec, size
        self._container: Any = None
        self.dropped = 0
        try:
            self._container = self._open()
            stream = self._container.streams.video[0]
            rate = fps or float(stream.average_rate or stream.guessed_rate or 30)
            live = self.kind == "stream" and self._container.duration is None
            self._frames = self._decode(stream)
            first = next(self._frames, None)
        except (av.FFmpegError, OSError, IndexError, ValueError) as error:
            self.close()
            raise self._error(error) from None
        if first is None:
            self.close()
            raise SourceError(f"{spec}: there is no frame in it that can be read")
        self._first: tuple[ByteArray, float | None] | None = first
        self._own_time = own_time and offline
        self._zero, self._told = first[1], -1.0
        lost = self.dropped
        super().__init__(name, (first[0].shape[1], first[0].shape[0]), min(max(rate, 1.0), 240.0), clock, offline)
        self.dropped, self._live = lost, live and not offline
        # An address may carry a password; what is kept on disk does not.
        self.stable = re.sub(r"//[^/@]*@", "//", name)

    def _open(self) -> Any:
        if self.kind == "file":
            return av.open(self._spec)
        options = {"rtsp_transport": "tcp"} if self._spec.startswith("rtsp") else {}
        return av.open(self._spec, options=options, timeout=(OPEN_SECONDS, READ_SECONDS))

    def _error(self, error: Exception) -> SourceError:
        if isinstance(error, IndexError):
            return SourceError(f"{self._spec}: there is no picture in this file")
        if isinstance(error, FileNotFoundError):
            return SourceError(f"{self._spec}: there is no such file", "none")
        if isinstance(error, PermissionError):
            return SourceError(f"{self._spec}: permission denied", "denied")
        reason = (getattr(error, "strerror", None) or str(error)).splitlines()[0]
        if self.kind == "stream":
            return SourceError(f"{self._spec}: this address does not answer with a picture ({reason})", "none")
        return SourceError(f"{self._spec}: this is not a video that can be read ({reason})")

    def _decode(self, stream: Any) -> Iterator[tuple[ByteArray, float | None]]:
        for packet in self._container.demux(stream):
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                self.dropped += 1
                continue
            for frame in frames:
                image = frame.to_ndarray(format="rgb24")
                turn = round(getattr(frame, "rotation", 0) / 90) % 4
                yield cover(np.rot90(image, turn) if turn else image, self._asked), frame.time

    def grab(self) -> VideoFrame | None:
        newest, self._first = self._first, None
        if newest is None:
            try:
                newest = next(self._frames, None)
            except (av.FFmpegError, OSError) as error:
                if self.kind == "stream":
                    raise SourceError(
                        f"{self._spec}: the stream was lost ({error.strerror or error})", "none"
                    ) from None
                newest = None
        if newest is None:
            return None
        image, shown = newest
        t = self._pacer.stamp() if self._live else self._pacer.wait()
        if self._own_time:
            since = shown - self._zero if shown is not None and self._zero is not None else t
            self._told = t = since if since > self._told else self._told + 1 / self.fps
        return self._frame(image, t)

    def close(self) -> None:
        """Close the file or the connection."""
        if self._container is not None:
            self._frames = iter(())
            self._container.close()
            self._container = None
