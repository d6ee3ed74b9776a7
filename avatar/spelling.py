"""How a user writes a size, an anchor, a prop, a place, an address: words into values, in options and events."""

from __future__ import annotations

import math
import re
from ipaddress import ip_address
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from .errors import UsageError

LOOPBACK = "127.0.0.1"
SIZE_LIMITS = (160, 4096)
BESIDE = "beside"
ANCHORS = (BESIDE, "left-half", "right-half", "spot", "shoulder", "palm", "tag")
"""What a companion can stand on or by."""
DEFAULT_SPOT = (0.7, 0.9)
FINGERS = ("thumb", "index-finger", "middle-finger", "ring-finger", "little-finger")
COMPANION_PLACES = ("companion-palm", "companion-hand", "companion-fingertips", "companion-ring-finger")
PROP_PLACES = (*FINGERS, "fingertips", "hand", "tag", *COMPANION_PLACES, "ring-pillow")
"""What a prop can be attached to: one of the person's fingers, their hand closed round it, a printed tag."""
PROPS = {
    "ring": "ring-finger:left",
    "cup": "hand:right",
    "candle": "tag",
    "ring-pillow": "tag",
    "sake-cups": "tag",
    "sake-cup-small": "companion-palm:left",
    "sake-cup-middle": "companion-palm:left",
    "sake-cup-large": "companion-palm:left",
    "bouquet": "hand:right",
    "scroll": "hand:right",
    "cake": "tag",
    "sakaki": "hand:right",
    "lantern": "tag",
    "band": "ring-finger:left",
    "taper": "hand:right",
}
"""The house's props, and where each is without a word about it."""
PROP_FILES = (".glb", ".gltf", ".obj", ".stl", ".ply")
MOST_PROPS = 8
TAG_SIZES = (0.01, 2.0)
PersonGesture: TypeAlias = Literal[
    "wave",
    "raised_hand",
    "palm",
    "thumbs_up",
    "hand_on_heart",
    "hands_together",
    "bow",
    "nod",
    "shake",
    "come_closer",
    "reach_out",
    "sip",
]
"""What a person's gesture is called, by who sees it, in events and in ceremonies."""
PERSONS = ("middle", "left", "right", "nearest")
"""Which of several people a companion is with: nearest to the middle or an edge of the picture, or to the camera."""


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
    picture shows, or a tag's number, "" = any; otherwise : the place to be at where no such tag is seen, as text, "" =
    none."""

    on: str
    which: str
    otherwise: str = ""

    def __str__(self) -> str:
        return f"{self.on}:{self.which}" if self.which else self.on


class PropWish(NamedTuple):
    """A prop that is asked for. name : what events call it; model : a house prop's name, or a file; place : where."""

    name: str
    model: str
    place: PropPlace


def parse_place(text: str) -> PropPlace:
    """``ring-finger:left``, ``hand:right``, ``tag:3``, ``tag`` → what a prop is attached to; with
    ``tag|companion-palm:left`` it goes to that other place where no tag is seen. Raises UsageError."""
    text, bar, other = text.partition("|")
    if bar:
        first, second = parse_place(text), parse_place(other)
        if first.on != "tag" or second.on == "tag" or second.otherwise:
            rule = "a tag, and one other place, as in tag|companion-palm:left"
            raise UsageError(f"place '{text}|{other}' of a prop: {rule}")
        return first._replace(otherwise=str(second))
    on, _, which = text.strip().lower().partition(":")
    if on not in PROP_PLACES:
        raise UsageError(f"place '{text}' of a prop: one of {', '.join(PROP_PLACES)}, as in ring-finger:left or tag:3")
    if on == "tag":
        if which and not (which.isascii() and which.isdigit() and int(which) < 587):
            raise UsageError(f"place '{text}' of a prop: write tag or tag:NUMBER, 0 to 586")
        return PropPlace(on, str(int(which)) if which else "")
    if which not in ("left", "right") and (which or on not in ("fingertips", "hand")):
        raise UsageError(f"place '{text}' of a prop: write {on}:left or {on}:right, the person's own")
    return PropPlace(on, which)


def parse_prop(text: str) -> PropWish:
    """``NAME@PLACE`` or ``FILE@PLACE``; the house's props (``PROPS``) also without a place. Raises UsageError."""
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
