"""A camera of this machine, by index or by a name that stays the same when it is plugged in elsewhere."""

from __future__ import annotations

import errno
import os
import re
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2

from ...clock import Clock
from ...errors import SourceError
from ...types import VideoFrame
from .source import BaseSource, cover

_DEV, _BY_ID, _SYS = Path("/dev"), Path("/dev/v4l/by-id"), Path("/sys/class/video4linux")
_QUERYCAP = 0x80685600  # VIDIOC_QUERYCAP of linux/videodev2.h: 104 bytes, device_caps at byte 88
_VIDEO_CAPTURE, _VIDEO_CAPTURE_MPLANE, _DEVICE_CAPS = 0x1, 0x1000, 0x80000000
_FAILURES_BEFORE_LOST = 3


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """index : for ``--source``; name : the maker's; stable : a name that survives replugging, or the maker's;
    state : ``ready``, or ``denied`` when this user may not open it."""

    index: int
    name: str
    stable: str
    state: str = "ready"


def _captures(path: Path) -> bool | None:
    """Whether a device node gives pictures (some only carry metadata); None when it may not be asked."""
    import fcntl

    try:
        node = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError as error:
        return None if error.errno in (errno.EACCES, errno.EPERM, errno.EBUSY) else False
    try:
        answer = fcntl.ioctl(node, _QUERYCAP, bytes(104))
    except OSError:
        return False
    finally:
        os.close(node)
    whole, device = struct.unpack_from("=II", answer, 84)
    caps = device if whole & _DEVICE_CAPS else whole
    return bool(caps & (_VIDEO_CAPTURE | _VIDEO_CAPTURE_MPLANE))


def list_cameras() -> list[CameraInfo]:
    """The cameras of this machine, by index. Linux: without opening one. Elsewhere the first four indices are tried,
    which opens each for a moment."""
    if not sys.platform.startswith("linux"):
        return [CameraInfo(k, f"camera {k}", f"camera {k}") for k in range(4) if _opens(k)]
    stable = {p.resolve().name: p.name for p in sorted(_BY_ID.glob("*"), reverse=True)} if _BY_ID.is_dir() else {}
    found = []
    for path in sorted(_DEV.glob("video*"), key=lambda p: int(re.sub(r"\D", "", p.name) or 0)):
        index = re.fullmatch(r"video(\d+)", path.name)
        captures = _captures(path) if index else False
        if index is None or captures is False:
            continue
        label = _SYS / path.name / "name"
        name = label.read_text(errors="replace").strip() if label.is_file() else path.name
        state = "ready" if os.access(path, os.R_OK | os.W_OK) else "denied"
        found.append(CameraInfo(int(index[1]), name, stable.get(path.name, name), state))
    return found


def find_camera(spec: str) -> CameraInfo:
    """The camera with this index, stable name or part of a name (case ignored). SourceError ``none`` when there is no
    such camera or the name fits more than one: never another camera silently."""
    if spec.isdigit() and not sys.platform.startswith("linux"):
        return CameraInfo(int(spec), f"camera {spec}", f"camera {spec}")
    cameras = list_cameras()
    have = "; ".join(f"{c.index} {c.name}" for c in cameras) or "none found"
    if spec.isdigit():
        fits = [c for c in cameras if c.index == int(spec)]
    else:
        exact = [c for c in cameras if spec in (c.stable, c.name)]
        fits = exact or [c for c in cameras if spec.lower() in f"{c.name} {c.stable}".lower()]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise SourceError(f"camera '{spec}': {len(fits)} cameras have this name; use an index ({have})", "none")
    raise SourceError(f"no camera {spec} (cameras here: {have})", "none")


def _capture(index: int) -> Any:
    kind = cv2.CAP_V4L2 if sys.platform.startswith("linux") else cv2.CAP_ANY
    before = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    try:
        return cv2.VideoCapture(index, kind)
    finally:
        cv2.utils.logging.setLogLevel(before)


def _opens(index: int) -> bool:
    capture = _capture(index)
    try:
        return bool(capture.isOpened())
    finally:
        capture.release()


class CameraSource(BaseSource):
    """A camera. ``is_device`` is True exactly while it is open."""

    kind = "camera"

    def __init__(self, spec: str, clock: Clock, size: tuple[int, int] | None = None, fps: float | None = None) -> None:
        info = find_camera(spec)
        if info.state == "denied":
            raise SourceError(f"camera {spec}: permission denied (on Linux, join the group 'video')", "denied")
        super().__init__(info.name, size or (640, 480), fps or 30.0, clock, False)
        self.stable, self._clock, self._wanted_fps = info.stable, clock, fps
        self._capture = _capture(info.index)
        if not self._capture.isOpened():
            code = "busy" if sys.platform.startswith("linux") else "none"
            raise SourceError(f"camera {spec} ({info.name}): cannot be opened; is another program using it?", code)
        if self.size[0] * self.size[1] > 640 * 480:
            self._capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, self.size[0])
        self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self.size[1])
        self._capture.set(cv2.CAP_PROP_FPS, self.fps)
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
        self._asked = size
        self._spec = spec
        self.is_device = True
        if not self._capture.grab():
            self.close()
            raise SourceError(f"camera {spec} ({info.name}): gives no picture; is another program using it?", "busy")

    def grab(self) -> VideoFrame | None:
        for _ in range(_FAILURES_BEFORE_LOST):
            if not self.is_device:
                return None
            if not self._capture.grab():
                continue
            t = self._pacer.stamp()
            good, image = self._capture.retrieve()
            if good:
                cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)
                return self._frame(cover(image, self._asked), t)
            self.dropped += 1
        self.close()
        raise SourceError(f"camera {self._spec} ({self.name}): lost; was it unplugged?", "none")

    def again(self) -> CameraSource:
        """The same camera opened anew, wherever it is plugged in now; SourceError while it is not there."""
        found = CameraSource(self.stable, self._clock, self._asked, self._wanted_fps)
        found.index = self.index
        return found

    def close(self) -> None:
        """Let go of the camera."""
        self.is_device = False
        self._capture.release()
