"""Settings of one run, checked once, before anything is opened."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from .errors import OutputError, UsageError

DEFAULT_PORT = 8765
DEFAULT_SOURCE = "0"
SIZE_LIMITS = (160, 4096)
BESIDE = "beside"
ANCHORS = (BESIDE, "left-half", "right-half", "spot", "shoulder", "palm", "tag")
"""What a companion can stand on or by."""
TRACKING = ("auto", "apart", "here")
DEFAULT_SPOT = (0.7, 0.9)
TAG_SIZES = (0.01, 2.0)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a companion's, motion's or prop's file may ask for, so that a stranger's file stays harmless.

    Anything inside the defaults is read within 2 s and 1 GiB on one slow core.

    file_bytes : the file together with every file and data URI it names;
    memory_bytes : the same and all that is unpacked from it, pictures too;
    packed_bytes : what meshopt unpacks to (an index counts 32 bytes); packed_values : numbers in all Draco meshes;
    json_bytes, json_values, json_depth : length of its JSON, values in it, and their nesting;
    nodes, node_depth; joints : of one skin; vertices, primitives, morphs : of the whole model (morph targets);
    elements : of one accessor;
    image_side : pixels of one picture; image_bytes : of all pictures in the file; image_pixels : of all together
    (16-bit and progressive ones count more);
    reach : metres that anything may lie from the origin.
    """

    file_bytes: int = 256 << 20
    memory_bytes: int = 768 << 20
    packed_bytes: int = 32 << 20
    packed_values: int = 36_000_000
    json_bytes: int = 32 << 20
    json_values: int = 1_000_000
    json_depth: int = 256
    nodes: int = 1 << 14
    node_depth: int = 256
    joints: int = 1024
    vertices: int = 4_000_000
    primitives: int = 1 << 13
    elements: int = 24_000_000
    morphs: int = 1 << 14
    image_side: int = 8192
    image_bytes: int = 96 << 20
    image_pixels: int = 64 << 20
    reach: float = 1e6

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if not 0 < getattr(self, name) < 1 << 48:
                raise UsageError(f"limit {name}: must be more than 0")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is asked to be.

    camera_needed : False = a camera that is not there is said and done without;
    persona : house name or file of its manner; puppet : who moves the companion's body besides itself: ``person`` =
    the tracked one, as in a mirror, None = nobody;
    camera_look : the companion is drawn as soft and as noisy as the camera's picture is;
    observe : the person wants clients to be told when they come, go and make a gesture;
    source : camera index or name, file, folder, URL or ``demo``; companion : house name or file; size : (w, h)
    pixels of the result; fps : pictures a second asked of the source; fov_y : vertical field of view, radians, None =
    the source's own; seconds : length, None = until closed; port : of the local event door,
    None = no door; sound : ``auto``, ``none`` (virtual) or a device name; offline : as fast as possible, with
    time counted in frames; mirror : show the picture as a mirror does; anchor : what the companion stands on or by
    (``parse_anchor``), as the person sees the picture; tag_size : metres of a printed tag's black square;
    limits : what the companion's file may ask for; tracking : ``apart`` in a process of its own, whose end is not the
    run's, ``here`` in threads, ``auto`` apart where the system can (Linux).
    """

    source: str = DEFAULT_SOURCE
    camera_needed: bool = True
    companion: str = "hikari"
    persona: str = "default"
    puppet: str | None = None
    observe: bool = False
    camera_look: bool = True
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
    anchor: str = BESIDE
    tag_size: float = 0.08
    seed: int = 0
    limits: Limits = Limits()
    tracking: str = "auto"

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
        if self.puppet not in (None, "person"):
            raise UsageError(f"puppet '{self.puppet}': nobody, or 'person'")
        if self.tracking not in TRACKING:
            raise UsageError(f"tracking '{self.tracking}': one of {', '.join(TRACKING)}")
        parse_anchor(self.anchor)
        if not TAG_SIZES[0] <= self.tag_size <= TAG_SIZES[1]:
            raise UsageError(f"tag size {1000 * self.tag_size:g} mm: must be 10 to 2000")
        if self.fov_y is not None and not math.radians(10) <= self.fov_y <= math.radians(150):
            raise UsageError("the field of view must be 10 to 150 degrees")


def parse_size(text: str) -> tuple[int, int]:
    """``640x480`` → (640, 480). Raises UsageError."""
    match = re.fullmatch(r"\s*(\d{1,5})\s*[x×*]\s*(\d{1,5})\s*", text, re.IGNORECASE)
    if not match:
        raise UsageError(f"size '{text}': write it as WIDTHxHEIGHT, for example 1280x720")
    return int(match[1]), int(match[2])


def parse_anchor(text: str) -> tuple[str, tuple[float, float]]:
    """``spot 0.7,0.9`` → ("spot", (0.7, 0.9)); ``palm`` → ("palm", …). Raises UsageError."""
    name, _, place = text.strip().lower().replace(":", " ").replace("=", " ").partition(" ")
    if name not in ANCHORS or (place.strip() and name != "spot"):
        raise UsageError(f"anchor '{text}': one of {', '.join(ANCHORS)} (spot X,Y)")
    if not place.strip():
        return name, DEFAULT_SPOT
    match = re.fullmatch(r"\s*(\d*\.?\d+)\s*[,;\s]\s*(\d*\.?\d+)\s*", place)
    if not match or not (0 <= float(match[1]) <= 1 and 0 <= float(match[2]) <= 1):
        raise UsageError(
            f"anchor '{text}': write spot X,Y in parts of the picture from its top left, as in spot 0.7,0.9"
        )
    return name, (float(match[1]), float(match[2]))


def parse_limits(pairs: Sequence[str]) -> Limits:
    """``["vertices=8000000"]`` over the defaults. Raises UsageError."""
    names = [field.name for field in fields(Limits)]
    wanted: dict[str, int] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in names or not value.replace("_", "").isdigit():
            raise UsageError(f"limit '{pair}': write NAME=NUMBER; the names are {', '.join(names)}")
        wanted[name] = int(value)
    return Limits(**wanted)


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
