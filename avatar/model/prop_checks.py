"""What a prop's file is, by its content, and its sizes: looked at before anything is read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np

from ..errors import LimitError, ModelError

MAX_TEXT: Final = 24 << 20
MAX_BINARY: Final = 64 << 20
MAX_LINES: Final = 500_000
MAX_LINE: Final = 1 << 16
MAX_PARTS: Final = 512
MAX_CHANGES: Final = 4096
MAX_TRIANGLES: Final = 500_000


def kind_of(path: Path, data: bytes) -> str:
    """gltf, obj, ply, stl or "stl text", by content. Raises ModelError for anything else."""
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if head[:4] == b"glTF" or head[:1] == b"{":
        return "gltf"
    if re.match(rb"ply\s", data[:8]):
        return "ply"
    if len(data) >= 84 and len(data) == 84 + 50 * int.from_bytes(data[80:84], "little"):
        return "stl"
    if head[:5].lower() == b"solid" and b"facet" in data[: 1 << 16].lower():
        return "stl text"
    if re.search(rb"(?:^|[\r\n])[ \t]*v[ \t]", data[: 1 << 20].removeprefix(b"\xef\xbb\xbf")):
        return "obj"
    raise ModelError(path, "", "this is neither glTF nor OBJ, STL or PLY" if data else "the file is empty")


def check_size(path: Path, data: bytes, kind: str, text: bool) -> None:
    """Refuses what would take long to read, or much memory, before it is read. text : whether it is one."""
    most = MAX_TEXT if text else MAX_BINARY
    if len(data) > most:
        raise LimitError(path, "", f"the file is {len(data) >> 20} MiB, at most {most >> 20} MiB of this kind are read")
    if text:
        if b"\0" in data:
            raise ModelError(path, "", "a text file must not hold zero bytes")
        if data.count(b"\n") + data.count(b"\r") > MAX_LINES:
            raise LimitError(path, "", f"has more than {MAX_LINES} lines")
        letters = np.frombuffer(data, np.uint8)
        ends = np.flatnonzero((letters == ord("\n")) | (letters == ord("\r")))
        if np.diff(ends, prepend=-1, append=len(data)).max() > MAX_LINE + 1:
            raise LimitError(path, "", f"has a line of more than {MAX_LINE} characters")
    elif kind == "stl" and len(data) > 84 + 50 * MAX_TRIANGLES:
        raise LimitError(path, "", f"has more than {MAX_TRIANGLES} triangles")
