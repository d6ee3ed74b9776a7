"""STL to parts, packed or as text: one for every solid. Normals are worked out from the triangles, since those in such
files are often wrong. Source: 3D Systems' StereoLithography interface specification, 1989."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from ..errors import LimitError
from .prop_checks import MAX_CHANGES, MAX_TRIANGLES
from .prop_parts import Part, named, single
from .text_lines import Lines, plain

_FACET: Final = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])


def read_packed(data: bytes) -> list[Part]:
    """The part of a packed STL, whose length fits its count of triangles."""
    facets = np.frombuffer(data, _FACET, offset=84)
    positions = facets["corners"].astype(np.float32).reshape(-1, 3)
    return [Part("geometry_0", positions)] if len(positions) else []


def read_text(path: Path, data: bytes) -> list[Part]:
    """The parts of an STL in text. Raises ModelError."""
    lines = _lines(path, data)
    opened, closed = lines.beginning(b"solid", alone=True), lines.beginning(b"endsolid", alone=True)
    vertices = lines.beginning(b"vertex")
    if len(vertices) > 3 * MAX_TRIANGLES:
        raise LimitError(path, "", f"has more than {MAX_TRIANGLES} triangles")
    if len(closed) > MAX_CHANGES:
        raise LimitError(path, "", f"has more than {MAX_CHANGES} solids")
    positions = single(lines.table(vertices, len("vertex"), 3)[:, :3])
    taken: dict[str, int] = {}
    parts = []
    end = -1
    for close, last in zip(closed.tolist(), np.searchsorted(vertices, closed).tolist(), strict=True):
        at = int(np.searchsorted(opened, end, "right"))
        if at == len(opened) or opened[at] > close:
            raise lines.refuse(close, "what ends here has not begun")
        first = int(np.searchsorted(vertices, opened[at]))
        if (last - first) % 3:
            raise lines.refuse(close, f"the solid has {last - first} vertices, must have three for each triangle")
        if last > first:
            parts.append(Part(named(_name(data, lines, int(opened[at])), taken), positions[first:last]))
        end = close
    if len(vertices) and vertices[-1] > end:
        raise lines.refuse(int(vertices[-1]), "the file ends within a solid")
    return parts


def _lines(path: Path, data: bytes) -> Lines:
    """The lines, in small letters, each word that matters at the beginning of one."""
    text = plain(data).lower()
    lines = Lines(path, data, "STL", text)
    if text.count(b"vertex") == len(lines.beginning(b"vertex")):
        return lines
    spread = text
    for word in (b"vertex", b"endloop", b"endsolid"):
        spread = spread.replace(b" " + word, b"\n" + word).replace(b"\t" + word, b"\n" + word)
    names = bytearray(spread)
    for line in np.union1d(lines.beginning(b"solid"), lines.beginning(b"endsolid")).tolist():
        whole = slice(int(lines.starts[line]), int(lines.ends[line]))
        names[whole] = text[whole]
    return Lines(path, data, "STL", bytes(names))


def _name(data: bytes, lines: Lines, line: int) -> str:
    """What the file calls a solid, in its own letters."""
    name = data[int(lines.starts[line]) + len("solid") : int(lines.ends[line])].strip()
    try:
        return name.decode() or "geometry_0"
    except UnicodeDecodeError:
        return name.decode("latin-1")
