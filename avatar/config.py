"""Settings of one run, checked once, before anything is opened."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from .errors import OutputError, UsageError

DEFAULT_PORT = 8765
DEFAULT_SOURCE = "0"
SIZE_LIMITS = (160, 4096)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is asked to be.

    camera_needed : False = a camera that is not there is said and done without;
    source : camera index or name, file, folder, URL or ``demo``; companion : house name or file; size : (w, h)
    pixels of the result; fps : pictures a second asked of the source; fov_y : vertical field of view, radians, None =
    the source's own; seconds : length, None = until closed; port : of the local event door,
    None = no door; sound : ``auto``, ``none`` (virtual) or a device name; offline : as fast as possible, with
    time counted in frames; mirror : show the picture as a mirror does.
    """

    source: str = DEFAULT_SOURCE
    camera_needed: bool = True
    companion: str = "hikari"
    size: tuple[int, int] = (640, 480)
    fps: float = 30.0
    fov_y: float | None = None
    seconds: float | None = None
    record: Path | None = None
    still: Path | None = None
    headless: bool = False
    offline: bool = False
    mirror: bool = False
    port: int | None = DEFAULT_PORT
    stdio: bool = False
    sound: str = "auto"
    samples: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("record", "still"):
            if (path := getattr(self, name)) is not None:
                object.__setattr__(self, name, Path(path))
        low, high = SIZE_LIMITS
        if not all(low <= v <= high for v in self.size):
            raise UsageError(f"size {self.size[0]}x{self.size[1]}: each side must be {low} to {high} pixels")
        if not 1 <= self.fps <= 240:
            raise UsageError(f"fps {self.fps:g}: must be 1 to 240")
        if self.seconds is not None and not 0 < self.seconds <= 86400:
            raise UsageError(f"seconds {self.seconds:g}: must be more than 0 and at most 86400")
        if self.port is not None and not 0 <= self.port <= 65535:
            raise UsageError(f"port {self.port}: must be 0 to 65535")
        if self.fov_y is not None and not math.radians(10) <= self.fov_y <= math.radians(150):
            raise UsageError("the field of view must be 10 to 150 degrees")


def parse_size(text: str) -> tuple[int, int]:
    """``640x480`` → (640, 480). Raises UsageError."""
    match = re.fullmatch(r"\s*(\d{1,5})\s*[x×*]\s*(\d{1,5})\s*", text, re.IGNORECASE)
    if not match:
        raise UsageError(f"size '{text}': write it as WIDTHxHEIGHT, for example 1280x720")
    return int(match[1]), int(match[2])


def writable_folder(folder: Path) -> Path:
    """Make ``folder`` and show that a file can be written in it. Raises OutputError before any work is done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".presence-write-test"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written to ({error.strerror or error})") from None
    return folder
