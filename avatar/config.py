"""Settings of one run, checked once, before anything is opened."""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from .errors import OutputError, UsageError

DEFAULT_PORT = 8765
LOOPBACK = "127.0.0.1"
VMC_PORT = 39539
OSC_PORT = 53000
"""Where VMC's senders send to, and QLab."""
DEFAULT_SOURCE = "0"
SIZE_LIMITS = (160, 4096)
BESIDE = "beside"
ANCHORS = (BESIDE, "left-half", "right-half", "spot", "shoulder", "palm", "tag")
"""What a companion can stand on or by."""
TRACKING = ("auto", "apart", "here")
DEFAULT_SPOT = (0.7, 0.9)
FINGERS = ("thumb", "index-finger", "middle-finger", "ring-finger", "little-finger")
PROP_PLACES = (*FINGERS, "hand", "tag")
"""What a prop can be attached to: one of the person's fingers, their hand closed round it, a printed tag."""
PROPS = {
    "ring": "ring-finger:left",
    "cup": "hand:right",
    "candle": "tag",
    "ring-pillow": "tag",
    "sake-cups": "tag",
    "bouquet": "hand:right",
    "scroll": "hand:right",
    "cake": "tag",
    "sakaki": "hand:right",
    "lantern": "tag",
}
"""The house's props, and where each is without a word about it."""
PROP_FILES = (".glb", ".gltf", ".obj", ".stl", ".ply")
MOST_PROPS = 8
TAG_SIZES = (0.01, 2.0)
PERSONS = ("middle", "left", "right", "nearest")
"""Which of several people a companion is with: nearest to the middle or an edge of the picture, or to the camera."""


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
    language : BCP 47, for a voice that fits, and of the words that the engine shows; region : country (ISO 3166) whose
    lines of help it names, None = that of the system's language;
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


def parse_endpoint(text: str, port: int | None, word: str) -> tuple[str, int]:
    """``HOST:PORT``, ``[::1]:PORT``, ``PORT`` (then this machine) or ``HOST`` where ``port`` is the usual one.

    word : the option, for what is said. Raises UsageError."""
    text = text.strip()
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.%]+)\]|([^:\[\]\s]+))(?::(\d{1,5}))?", text)
    number: str | None = text if text.isascii() and text.isdigit() and len(text) <= 5 else None
    host = "127.0.0.1"
    if number is None and match is not None:
        host, number = match[1] or match[2], match[3]
    given = int(number) if number is not None else port
    if (match is None and number is None) or given is None or not 0 <= given <= 65535:
        raise UsageError(f"{word} '{text[:60]}': write {'HOST:PORT' if port is None else 'PORT or HOST:PORT'}")
    return host, given


def check_fov(fov_y: float | None) -> float | None:
    """A vertical field of view, radians, as it is. Raises UsageError for one that no camera has."""
    if fov_y is not None and not math.radians(10) <= fov_y <= math.radians(150):
        raise UsageError("the field of view must be 10 to 150 degrees")
    return fov_y


def check_host(text: str) -> str:
    """An address of a machine, ``localhost`` being 127.0.0.1. Raises UsageError."""
    host = text.strip().removeprefix("[").removesuffix("]")
    if host.lower() == "localhost":
        return LOOPBACK
    try:
        return str(ip_address(host))
    except ValueError:
        raise UsageError(f"host '{text}': write an address of this machine, or 0.0.0.0 for all of them") from None


def check_origin(text: str) -> str:
    """A web origin as browsers send it. Raises UsageError for a wildcard, ``null``, a path."""
    origin = text.strip().lower().removesuffix("/")
    if not re.fullmatch(r"(https?|[a-z][a-z0-9+.-]*-extension)://[a-z0-9._-]+(:\d{1,5})?", origin):
        raise UsageError(f"origin '{text}': write scheme, host and port of a page, as in http://localhost:3000")
    return origin


def parse_person(text: str) -> str:
    """One of PERSONS, in any letters. Raises UsageError."""
    name = text.strip().lower()
    if name not in PERSONS:
        raise UsageError(f"person '{text}': one of {', '.join(PERSONS)}")
    return name


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


class PropPlace(NamedTuple):
    """What a prop is attached to. on : one of PROP_PLACES; which : the person's own ``left`` or ``right``, whatever the
    picture shows, or a tag's number, "" = any."""

    on: str
    which: str


class PropWish(NamedTuple):
    """A prop that is asked for. name : what events call it; model : a house prop's name, or a file; place : where."""

    name: str
    model: str
    place: PropPlace


def parse_place(text: str) -> PropPlace:
    """``ring-finger:left``, ``hand:right``, ``tag:3``, ``tag`` → what a prop is attached to. Raises UsageError."""
    on, _, which = text.strip().lower().partition(":")
    if on not in PROP_PLACES:
        raise UsageError(f"place '{text}' of a prop: one of {', '.join(PROP_PLACES)}, as in ring-finger:left or tag:3")
    if on == "tag":
        if which and not (which.isascii() and which.isdigit() and int(which) < 587):
            raise UsageError(f"place '{text}' of a prop: write tag or tag:NUMBER, 0 to 586")
        return PropPlace(on, str(int(which)) if which else "")
    if which not in ("left", "right"):
        raise UsageError(f"place '{text}' of a prop: write {on}:left or {on}:right, the person's own")
    return PropPlace(on, which)


def parse_prop(text: str) -> PropWish:
    """``NAME@PLACE`` or ``FILE@PLACE``; ``ring``, ``cup`` and ``candle`` also without a place. Raises UsageError."""
    head, at, place = text.strip().rpartition("@")
    model = head if at else place
    if model.lower() in PROPS:
        name = model.lower()
        return PropWish(name, name, parse_place(place if at else PROPS[name]))
    if Path(model).suffix.lower() not in PROP_FILES:
        raise UsageError(
            f"prop '{text}': one of {', '.join(PROPS)} or a file ({' '.join(PROP_FILES)}), as in ring@ring-finger:left"
        )
    if not at:
        raise UsageError(f"prop '{text}': say where a file's prop is, as in {Path(model).name}@hand:right")
    return PropWish(Path(model).stem, model, parse_place(place))


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
