"""Settings of one run, checked once, before anything is opened."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from .errors import OutputError, UsageError
from .spelling import (
    BESIDE,
    LOOPBACK,
    MOST_PROPS,
    SIZE_LIMITS,
    TAG_SIZES,
    check_fov,
    check_host,
    check_origin,
    parse_anchor,
    parse_person,
    parse_prop,
)

DEFAULT_PORT = 8765
VMC_PORT = 39539
OSC_PORT = 53000
"""Where VMC's senders send to, and QLab."""
DEFAULT_SOURCE = "0"
TRACKING = ("auto", "apart", "here")


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
    person : which of several people it is with, of PERSONS, as the person sees the picture;
    persona : house name or file of its manner; voice : by name, ``none`` = captions and a mouth without a sound;
    language : BCP 47, for a voice that fits, and of the words that the engine shows; words : of those alone, where the
    voice is settled; region : country (ISO 3166) whose lines of help it names, None = that of the system's language;
    rate (0.5 to 2), pitch (semitones, -4 to 4), pause (seconds between sentences), breath (heard at "…") : of the
    voice; each None = as the person settled it (docs/VOICE.md);
    puppet : who moves the companion's body besides itself: ``person`` = the tracked one, as in a mirror, None =
    nobody;
    camera_look : the companion is drawn as soft and as noisy as the camera's picture is;
    observe : the person wants clients to be told when they come, go and make a gesture;
    source : camera index or name, file, folder, URL or ``demo``; companion : house name or file; size : (w, h)
    pixels of the result; fps : pictures a second asked of the source; fov_y : vertical field of view, radians, None =
    the source's own; seconds : length, None = until closed; port : of the local event door,
    None = no door; host : another address of this machine to listen on; token : clients need one; origins : web
    origins whose pages may connect, with a token; sound : ``auto``, ``none`` (virtual) or a device name; offline :
    as fast as possible, with time counted in frames; no_source : the plain ground, without looking for a source;
    journal : a file that tells what came in and went out, with what it said only where journal_content is set;
    reader_mic : microphone (``auto``, a name or a sound file) that moves the mouth, of a human reader; listen : one
    that makes the voice sink while the person speaks, None = no microphone is opened; mirror : show the picture as
    a mirror does; anchor : what the companion stands on or by (``parse_anchor``), as the person sees the picture;
    tag_size : metres of a printed tag's black square; props : what is attached to the person or to tags from the
    start (``parse_prop``);
    vmc_in : (host, port) on which a puppeteer over VMC moves the companion's body; vmc_out : (host, port) to which its
    motion is sent; osc : port of show control over OSC, on osc_host; osc_allow : addresses whose OSC is taken besides
    this machine's; midi : MIDI input for show control (``auto``, a number or a name), None = no such door;
    limits : what the companion's file may ask for; tracking : ``apart`` in a process of its own, whose end is not the
    run's, ``here`` in threads, ``auto`` apart where the system can (Linux);
    nats : a NATS server's URL, or ``embedded``, None = no such door; stage : the name on it; follow : this engine is a
    display of that stage's.
    """

    source: str = DEFAULT_SOURCE
    camera_needed: bool = True
    companion: str = "hikari"
    person: str = "middle"
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
    no_source: bool = False
    journal: Path | None = None
    journal_content: bool = False
    mirror: bool = False
    port: int | None = DEFAULT_PORT
    host: str = LOOPBACK
    token: bool = True
    origins: tuple[str, ...] = ()
    stdio: bool = False
    sound: str = "auto"
    reader_mic: str | None = None
    listen: str | None = None
    samples: int | None = None
    anchor: str = BESIDE
    tag_size: float = 0.08
    props: tuple[str, ...] = ()
    seed: int = 0
    voice: str | None = None
    language: str | None = None
    words: str | None = None
    region: str | None = None
    rate: float | None = None
    pitch: float | None = None
    pause: float | None = None
    breath: bool | None = None
    limits: Limits = Limits()
    tracking: str = "auto"
    vmc_in: tuple[str, int] | None = None
    vmc_out: tuple[str, int] | None = None
    osc: int | None = None
    osc_host: str = "127.0.0.1"
    osc_allow: tuple[str, ...] = ()
    midi: str | None = None
    nats: str | None = None
    stage: str = "main"
    follow: bool = False

    def __post_init__(self) -> None:
        for name in ("record", "still", "journal"):
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
        if self.region is not None and not re.fullmatch(r"[A-Za-z]{2}", self.region):
            raise UsageError(f"region '{self.region}': the two letters of a country, as in DE or US")
        object.__setattr__(self, "host", check_host(self.host))
        object.__setattr__(self, "origins", tuple(check_origin(text) for text in self.origins))
        if not self.token and self.host != LOOPBACK:
            raise UsageError(f"host {self.host}: other machines need a token; leave --no-token out")
        if self.journal_content and self.journal is None:
            raise UsageError("journal-content: there is no journal for it; name one with --journal")
        if self.puppet not in (None, "person"):
            raise UsageError(f"puppet '{self.puppet}': nobody, or 'person'")
        if self.tracking not in TRACKING:
            raise UsageError(f"tracking '{self.tracking}': one of {', '.join(TRACKING)}")
        if self.reader_mic is not None and self.listen is not None:
            raise UsageError("reader-mic and listen: a microphone is for the reader or for the person, not for both")
        check_osc(self)
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self.stage):
            raise UsageError(f"stage '{self.stage[:80]}': 1 to 64 letters, digits, - and _")
        if self.follow and self.nats is None:
            raise UsageError("follow: a display needs --nats URL, or --nats embedded for a stage on this machine")
        if self.nats is not None and self.offline:
            raise UsageError("nats and offline: a film that is made frame by frame has no time to share")
        parse_anchor(self.anchor)
        object.__setattr__(self, "props", tuple(self.props))
        names = [parse_prop(text).name for text in self.props]
        if len(names) > MOST_PROPS:
            raise UsageError(f"there are {len(names)} props: {MOST_PROPS} at most")
        for name in names:
            if names.count(name) > 1:
                raise UsageError(f"prop '{name}' is there twice: each has one place")
        if not TAG_SIZES[0] <= self.tag_size <= TAG_SIZES[1]:
            raise UsageError(f"tag size {1000 * self.tag_size:g} mm: must be 10 to 2000")
        parse_person(self.person)
        check_fov(self.fov_y)

    @property
    def wish(self) -> str:
        """``person`` as the camera sees the picture, which a mirror swaps left and right in."""
        name = parse_person(self.person)
        return {"left": "right", "right": "left"}.get(name, name) if self.mirror else name


def check_osc(settings: Settings) -> None:
    """What belongs together about VMC and OSC. Raises UsageError."""
    coming, going = settings.vmc_in, settings.vmc_out
    if coming is not None and settings.puppet is not None:
        raise UsageError("mirror-me and vmc-in: one puppeteer at a time")
    if coming is not None and coming == going:
        raise UsageError("vmc-in and vmc-out are the same place: the companion would follow itself")
    if settings.osc is not None and not 0 <= settings.osc <= 65535:
        raise UsageError(f"osc {settings.osc}: must be 0 to 65535")
    object.__setattr__(settings, "osc_allow", tuple(settings.osc_allow))
    for text in settings.osc_allow:
        try:
            ipaddress.ip_address(text)
        except ValueError:
            raise UsageError(f"osc-allow '{text[:60]}': write an address, as in 192.168.1.20") from None
    try:
        here = ipaddress.ip_address(settings.osc_host).is_loopback
    except ValueError:
        here = settings.osc_host == "localhost"
    if not here and not settings.osc_allow:
        raise UsageError(
            "osc-host: OSC has no token, so say which addresses may send: --osc-allow ADDRESS, once for each"
        )


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
