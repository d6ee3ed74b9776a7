"""The header of a PLY file: its elements and their properties, each bounded, every refusal with its line.

Source: Greg Turk, The PLY Polygon File Format, 1994.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..errors import LimitError, ModelError
from .place import printable
from .prop_checks import MAX_TRIANGLES

_SIZES: Final = {
    "i1": ("char", "int8"),
    "u1": ("uchar", "uint8"),
    "i2": ("short", "int16"),
    "u2": ("ushort", "uint16"),
    "i4": ("int", "int32"),
    "u4": ("uint", "uint32"),
    "i8": ("int64",),
    "u8": ("uint64",),
    "f2": ("float16",),
    "f4": ("float", "float32"),
    "f8": ("double", "float64"),
}
TYPES: Final = {name: size for size, names in _SIZES.items() for name in names}
"""The format's own names and those that programs write, as NumPy knows them."""
_END: Final = re.compile(rb"[\r\n]end_header[ \t]*(?:\r\n|\n|\r|$)")
_FORMATS: Final = {"ascii": "<", "binary_little_endian": "<", "binary_big_endian": ">"}
_IDLE: Final[tuple[list[str], ...]] = ([], ["ply"], ["comment"], ["obj_info"])
_MOST: Final = 1 << 16


@dataclass(slots=True)
class Property:
    """type : as NumPy names it, of the list's numbers where it is a list; count : the type of their count, or ""."""

    name: str
    type: str
    count: str = ""


@dataclass(slots=True)
class Element:
    """Rows of one kind. properties : in the file's order."""

    name: str
    rows: int
    properties: list[Property] = field(default_factory=list)


@dataclass(slots=True)
class Header:
    """text : whether the body is text; order : ``<`` or ``>``, which byte of a number comes first; body : where it
    begins; lines : how many stand above it; picture : what a TextureFile comment names, or ""."""

    elements: list[Element]
    text: bool
    order: str
    body: int
    lines: int
    picture: str


def read_header(path: Path, data: bytes) -> Header:
    """The header, whose counts fit the file. Raises ModelError."""
    end = _END.search(data[:_MOST])
    if end is None:
        raise ModelError(path, "", "the PLY header has no end")
    # After a header of lone carriage returns, a line feed is the body's own.
    body = end.end() if b"\n" in data[: end.start() + 1] else end.start() + len("\rend_header\r")
    head = data[: end.start()].decode("utf-8", "replace")
    lines = head.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > 256:
        raise ModelError(path, "", "the PLY header has too many elements")
    made = Header([], False, "", body, len(lines) + 1, "")
    for number, line in enumerate(lines, 1):
        rule = _read(made, line)
        if rule:
            raise ModelError(path, f"line {number}", printable(rule))
    if len(made.elements) > 16:
        raise ModelError(path, "", "the PLY header has too many elements")
    total = sum(element.rows for element in made.elements)
    if total > min(2 * MAX_TRIANGLES, len(data) - end.start()):
        rule = f"announces {total} elements, which is more than the file can hold or Presence reads"
        raise LimitError(path, "", rule)
    if not made.order:
        raise ModelError(path, "", "the PLY header names no format")
    return made


def _read(made: Header, line: str) -> str:
    """Takes one line in; what is wrong with it, or ""."""
    words = line.split()
    if words[:1] == ["element"]:
        if len(words) != 3 or not words[2].isdigit() or not words[2].isascii() or len(words[2]) > 9:
            return "an element must have a name and a count"
        made.elements.append(Element(words[1], int(words[2])))
    elif words[:1] == ["property"]:
        if not made.elements:
            return "a property must belong to an element"
        listed = words[1:2] == ["list"]
        types = words[2:4] if listed else words[1:2]
        if len(words) != (5 if listed else 3) or any(word not in TYPES for word in types):
            return f"'{line[:40]}' is not a property, its type and its name"
        if listed and TYPES[types[0]][0] == "f":
            return "a list's count must be a whole number"
        own = made.elements[-1].properties
        own.append(Property(words[-1], TYPES[types[-1]], TYPES[types[0]] if listed else ""))
    elif words[:1] == ["format"]:
        if len(words) < 2 or words[1] not in _FORMATS:
            return f"'{line[:40]}' is not a format"
        made.text, made.order = words[1] == "ascii", _FORMATS[words[1]]
    elif words[:1] not in _IDLE:
        return f"'{line[:40]}' is not part of a PLY header"
    elif (at := line.lower().find("texturefile")) >= 0:
        made.picture = line[at + len("texturefile") :].strip()
    return ""
