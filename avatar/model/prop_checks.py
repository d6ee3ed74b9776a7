"""What a prop's file is, and whether trimesh may see it: counts and sizes, looked at before anything is parsed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from ..errors import LimitError, ModelError
from .place import printable

MAX_TEXT: Final = 24 << 20
MAX_BINARY: Final = 64 << 20
MAX_LINES: Final = 500_000
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
    if re.search(rb"^v[ \t]", data[: 1 << 20], re.MULTILINE):
        return "obj"
    raise ModelError(path, "", "this is neither glTF nor OBJ, STL or PLY" if data else "the file is empty")


def check_size(path: Path, data: bytes, kind: str) -> None:
    """Refuses what trimesh would take long over, or much memory, before it is given to it."""
    text = kind in ("obj", "stl text")
    if kind == "ply":
        text = _check_ply(path, data)
    most = MAX_TEXT if text else MAX_BINARY
    if len(data) > most:
        raise LimitError(path, "", f"the file is {len(data) >> 20} MiB, at most {most >> 20} MiB of this kind are read")
    if text:
        if b"\0" in data:
            raise ModelError(path, "", "a text file must not hold zero bytes")
        if data.count(b"\n") + data.count(b"\r") > MAX_LINES:
            raise LimitError(path, "", f"has more than {MAX_LINES} lines")
        if max(map(len, data.splitlines()), default=0) > 1 << 16:
            raise LimitError(path, "", "has a line of more than 65536 characters")
        if len(re.findall(rb"^[og][ \t]|^usemtl|^solid", data, re.MULTILINE)) > MAX_CHANGES:
            raise LimitError(path, "", f"has more than {MAX_CHANGES} objects, groups and changes of material")
        if kind == "obj" and _triangles(data) > MAX_TRIANGLES:
            raise LimitError(path, "", f"its faces make more than {MAX_TRIANGLES} triangles")
    elif kind == "stl" and len(data) > 84 + 50 * MAX_TRIANGLES:
        raise LimitError(path, "", f"has more than {MAX_TRIANGLES} triangles")


def _triangles(data: bytes) -> int:
    """How many triangles the faces of an OBJ make; a face that goes on over several lines counts by its first."""
    faces = re.findall(rb"^f[ \t][^\r\n#]*", data, re.MULTILINE)
    return sum(max(0, len(face.split()) - 3) for face in faces)


def _check_ply(path: Path, data: bytes) -> bool:
    """Whether a PLY is text. Its header's counts must fit the file."""
    end = data.find(b"end_header", 0, 1 << 16)
    if end < 0:
        raise ModelError(path, "", "the PLY header has no end")
    lines = data[:end].decode("utf-8", "replace").splitlines()
    text = any(line.split()[:2] == ["format", "ascii"] for line in lines)
    total = elements = 0
    for number, line in enumerate(lines, 1):
        words = line.split()
        if words[:1] == ["element"]:
            elements += 1
            if len(words) != 3 or not words[2].isdigit() or not words[2].isascii() or len(words[2]) > 9:
                raise ModelError(path, f"line {number}", "an element must have a name and a count")
            total += int(words[2])
        elif words[:1] == ["property"]:
            if not elements:
                raise ModelError(path, f"line {number}", "a property must belong to an element")
        elif words[:1] not in ([], ["ply"], ["format"], ["comment"], ["obj_info"]):
            raise ModelError(path, f"line {number}", printable(f"'{line[:40]}' is not part of a PLY header"))
    if elements > 16 or len(lines) > 256:
        raise ModelError(path, "", "the PLY header has too many elements")
    if total > min(2 * MAX_TRIANGLES, len(data) - end):
        raise ModelError(
            path, "", f"announces {total} elements, which is more than the file can hold or Presence reads"
        )
    return text
