"""What was measured of cameras, kept between runs: one small file in the person's own folder.

A file that cannot be read is set aside, never overwritten; a new one is written beside the old and put in its place in
one step, so that a power cut leaves the old or the new.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ..errors import OutputError
from ..io.capture.source import GUESSED_FOV_Y, Source
from ..paths import config_folder
from ..tracking.intrinsics import Intrinsics

VERSION: Final = 1
FILE: Final = "cameras.json"
_ALIKE: Final = 0.01  # of width over height, by which two sizes have one shape

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Known:
    """fov_y : radians; size : (width, height) that it was measured at; by : ``board`` or ``distance``; fits : measured
    at pictures of the shape asked for."""

    fov_y: float
    size: tuple[int, int]
    by: str
    fits: bool


class Cameras:
    """The file of cameras. folder : where it is, None = ``paths.config_folder()``; tell : is told what the person
    should know, in a line."""

    def __init__(self, folder: Path | None = None, tell: Tell = lambda text: None) -> None:
        self.path = (folder or config_folder()) / FILE
        self._tell = tell

    def known(self, stable: str, size: tuple[int, int]) -> Known | None:
        """What was measured of the camera with this stable id, for pictures of ``size`` (width, height): at that size,
        or that shape, or else at another. None for a camera that nobody measured."""
        entries = self._read().get(stable)
        if not isinstance(entries, dict):
            return None
        found = [known for text, entry in entries.items() if (known := _known(text, entry, size)) is not None]
        found.sort(key=lambda k: (not k.fits, k.size != size, abs(k.size[0] - size[0])))
        return found[0] if found else None

    def keep(self, stable: str, name: str, found: Intrinsics) -> Path:
        """Note what was measured of a camera; the file. OutputError when it cannot be written."""
        cameras = self._read()
        entries = cameras.setdefault(stable, {})
        if not isinstance(entries, dict):
            entries = cameras[stable] = {}
        entries[f"{found.size[0]}x{found.size[1]}"] = {
            "name": name,
            "fov_y_deg": round(math.degrees(found.fov_y), 3),
            "focal": [round(v, 2) for v in found.focal],
            "centre": [round(v, 2) for v in found.centre],
            "distortion": [round(v, 5) for v in found.distortion],
            "error": round(found.error, 4),
            "views": found.views,
            "by": found.by,
        }
        text = json.dumps({"version": VERSION, "cameras": cameras}, ensure_ascii=False, indent=1)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _replace(self.path, text.encode())
        except OSError as error:
            raise OutputError(f"{self.path}: cannot be written ({error.strerror or error})") from None
        return self.path

    def _read(self) -> dict[str, Any]:
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._tell(f"{self.path}: cannot be read ({error.strerror or error}); no camera counts as measured")
            return {}
        try:
            whole = json.loads(data)
            if whole["version"] == VERSION and isinstance(whole["cameras"], dict):
                return dict(whole["cameras"])
        except (ValueError, TypeError, KeyError, RecursionError):
            pass
        aside = self.path.with_name(f"{FILE}.corrupt.{int(time.time())}")
        with contextlib.suppress(OSError):
            self.path.replace(aside)
        self._tell(f"{self.path}: damaged, kept as {aside.name}; no camera counts as measured")
        return {}


def field_of_view(asked: float | None, source: Source | None, tell: Tell) -> float:
    """Vertical, radians: as it is asked for, as the source knows it, as the camera was measured, or else a guess, which
    is said."""
    if asked is not None or source is None:
        return asked or GUESSED_FOV_Y
    if source.fov_known:
        return source.fov_y
    known = Cameras(tell=tell).known(source.stable, source.size)
    if known is None:
        guess = math.degrees(source.fov_y)
        tell(
            f"field of view: {guess:.0f} degrees is a guess; 'avatar calibrate' measures this camera, --fov DEG sets it"
        )
        return source.fov_y
    if not known.fits:
        was, now = ("x".join(map(str, size)) for size in (known.size, source.size))
        tell(f"field of view: measured at {was}, used for {now}; calibrate at that size to be sure")
    return known.fov_y


def _known(text: str, entry: Any, size: tuple[int, int]) -> Known | None:
    width, _, height = text.partition("x")
    degrees = entry.get("fov_y_deg") if isinstance(entry, dict) else None
    if not (width.isdigit() and height.isdigit() and int(width) and int(height)):
        return None
    if isinstance(degrees, bool) or not isinstance(degrees, int | float) or not 10 <= degrees <= 150:
        return None
    own = (int(width), int(height))
    fits = abs(own[0] / own[1] * size[1] / size[0] - 1) < _ALIKE
    return Known(math.radians(degrees), own, str(entry.get("by", "")), fits)


def _replace(path: Path, data: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(beside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
