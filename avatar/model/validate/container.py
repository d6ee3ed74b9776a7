"""The container: GLB chunks, strict JSON, and the bytes that buffers and images name.

Source: glTF 2.0, sections 2.8, 3.6 and 4; codes as in the Khronos glTF-Validator.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn
from urllib.parse import unquote

from ..codes import Journal, Said
from ..container import Container
from .graph import Graph
from .images import check_image
from .schema import Item

_MAGIC, _JSON, _BIN = 0x46546C67, 0x4E4F534A, 0x004E4942
MOST_BYTES: Final = 256 << 20
MOST_VALUES: Final = 2_000_000
_MOST_CHUNKS: Final = 10_000
_TOO_LARGE: Final = f"it brings the whole over {MOST_BYTES >> 20} MiB"


@dataclass(slots=True)
class Opened:
    """text : the JSON's bytes, None where there are none; binary : the BIN chunk; glb : which kind it is;
    whole : whether the container is sound enough to look at the data."""

    text: bytes | None
    binary: memoryview | None = None
    glb: bool = False
    whole: bool = True


def open_bytes(journal: Journal, data: bytes) -> Opened:
    """A GLB's chunks, or the JSON text of a .gltf."""
    if data[:1] == b"g":
        return _glb(journal, data)
    if data[:1] and data[:1] in b"{ \t\r\n\xef":
        return Opened(data)
    journal.add("INVALID_JSON", "", "the file is neither GLB nor a JSON object" if data else "the file is empty")
    return Opened(None)


def _glb(journal: Journal, data: bytes) -> Opened:
    if len(data) < 12:
        journal.add("GLB_UNEXPECTED_END_OF_HEADER", "", f"{len(data)} bytes are too few for a GLB header")
        return Opened(None, glb=True)
    magic, version, length = struct.unpack_from("<3I", data)
    if magic != _MAGIC:
        journal.add("GLB_INVALID_MAGIC", "", f"the file starts with {magic:#010x}, not with glTF")
        return Opened(None, glb=True)
    if version != 2:
        journal.add("GLB_INVALID_VERSION", "", f"GLB version {version} is not 2")
        return Opened(None, glb=True)
    if length <= 12:
        journal.add("GLB_LENGTH_TOO_SMALL", "", f"the header says {length} bytes")
    made = Opened(None, glb=True)
    at, number = 12, 0
    while at < len(data):
        if at == length:
            journal.add("GLB_EXTRA_DATA", "", f"{len(data) - at} bytes follow the end of the GLB")
            return made
        if at + 8 > len(data):
            journal.add("GLB_UNEXPECTED_END_OF_CHUNK_HEADER", "", f"the file ends in a chunk header at byte {at}")
            made.whole = False
            return made
        if number == _MOST_CHUNKS:
            journal.add("PRESENCE_LIMIT", "", f"more than {_MOST_CHUNKS} GLB chunks are not looked at")
            made.whole = False
            return made
        size, kind = struct.unpack_from("<2I", data, at)
        repeated = _chunk(journal, made, number, kind, size, at, length)
        number, at = number + 1, at + 8
        if size > len(data) - at:
            if kind == _JSON and _broken(data[at:]):
                journal.add("INVALID_JSON", "", "the JSON chunk does not end with its JSON")
            else:
                text = f"the file ends {size - (len(data) - at)} bytes before the end of a chunk"
                journal.add("GLB_UNEXPECTED_END_OF_CHUNK_DATA", "", text)
            made.whole = False
            return made
        if kind == _JSON and not repeated:
            made.text = data[at : at + size]
        elif kind == _BIN and not repeated:
            made.binary = memoryview(data)[at : at + size]
        at += size
    if length != at:
        journal.add("GLB_LENGTH_MISMATCH", "", f"the header says {length} bytes, there are {at}")
    return made


def _chunk(journal: Journal, made: Opened, number: int, kind: int, size: int, at: int, length: int) -> bool:
    """Looks at one chunk header; whether there was such a chunk before."""
    name = f"the chunk {kind:#010x} at byte {at}"
    if size % 4:
        journal.add("GLB_CHUNK_LENGTH_UNALIGNED", "", f"{name} has {size} bytes, not a multiple of 4")
    if at + 8 + size > length:
        journal.add("GLB_CHUNK_TOO_BIG", "", f"{name} runs past the length in the header")
    if number == 0 and kind != _JSON:
        journal.add("GLB_UNEXPECTED_FIRST_CHUNK", "", f"{name} comes first, JSON must")
    repeated = (kind == _JSON and made.text is not None) or (kind == _BIN and made.binary is not None)
    if kind == _BIN and number > 1 and made.binary is None:
        journal.add("GLB_UNEXPECTED_BIN_CHUNK", "", f"{name} must be the second")
    if kind == _JSON and not size:
        journal.add("GLB_EMPTY_CHUNK", "", f"{name} is empty")
    elif kind == _BIN and not size:
        journal.add("GLB_EMPTY_BIN_CHUNK", "", f"{name} is empty and can be left out")
    elif kind not in (_JSON, _BIN):
        journal.add("GLB_UNKNOWN_CHUNK_TYPE", "", f"{name} is of no known type")
    if repeated:
        journal.add("GLB_DUPLICATE_CHUNK", "", f"{name} is the second of its type")
    return repeated


def _broken(text: bytes) -> bool:
    """Whether a JSON text without its end goes wrong before it; one of too many values is not looked at."""
    if sum(map(text.count, (b",", b"{", b"["))) > MOST_VALUES:
        return False
    try:
        found = text.decode("utf-8")
        end = json.JSONDecoder().raw_decode(found)[1]
    except UnicodeDecodeError:
        return True
    except (ValueError, RecursionError):
        return False
    return bool(found[end:].strip())


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not allowed in JSON")


def parse(journal: Journal, text: bytes, known: Container | None) -> dict[str, Any] | None:
    """The root object; None where there is none. known : the same file as the loader has opened it."""
    if text.startswith(b"\xef"):
        journal.add("INVALID_JSON", "", "the JSON starts with a byte order mark")
    if known is not None and known.values <= MOST_VALUES and known.text == text:
        return known.root.value
    if sum(map(text.count, (b",", b"{", b"["))) > MOST_VALUES:
        journal.add("PRESENCE_LIMIT", "", f"its JSON has more than {MOST_VALUES} values")
        return None
    try:
        root = json.loads(text.decode("utf-8-sig"), parse_constant=_no_constant)
    except RecursionError:
        journal.add("PRESENCE_LIMIT", "", "its JSON is nested too deep")
        return None
    except ValueError as error:
        journal.add("INVALID_JSON", "", f"its JSON cannot be read: {error}")
        return None
    if not isinstance(root, dict):
        journal.add("TYPE_MISMATCH", "", "its JSON is not an object")
        return None
    return root


class Files:
    """Brings in what stands beside the file, within its own folder and within MOST_BYTES."""

    def __init__(self, path: Path, spent: int) -> None:
        self._folder, self._left = path.resolve().parent, MOST_BYTES - spent
        self._known: dict[str, bytes | str] = {}

    def fetch(self, uri: str) -> bytes | str:
        """The bytes, or in words why not."""
        found = self._known.get(uri)
        if found is None:
            found = self._known[uri] = self._read(uri)
        elif isinstance(found, bytes):
            self._left -= len(found)
            if self._left < 0:
                return _TOO_LARGE
        return found

    def _read(self, uri: str) -> bytes | str:
        name = unquote(uri)
        if ":" in name or "\\" in name or "\0" in name or name.startswith(("/", "~")):
            return "only files beside this one are read"
        try:
            target = (self._folder / name).resolve()
            if not target.is_relative_to(self._folder):
                return "it leaves the file's own folder"
            if not target.is_file():
                return "there is no such file beside this one"
            self._left -= target.stat().st_size
            if self._left < 0:
                return _TOO_LARGE
            return target.read_bytes()
        except (OSError, RuntimeError, ValueError) as error:
            return f"it cannot be read ({type(error).__name__})"


def load_buffers(graph: Graph, opened: Opened, files: Files) -> None:
    """The bytes of every buffer, as facts ``data``."""
    for i, buffer in enumerate(graph.lists.get("buffers", ())):
        if buffer is None or buffer["byteLength"] is None:
            continue
        data: bytes | memoryview | None = buffer.facts.pop("data", None)
        chunk = opened.glb and i == 0 and "uri" not in buffer.raw
        if buffer.facts.get("external"):
            data = _external(graph, buffer, files)
        elif chunk:
            data = opened.binary
            if data is None:
                graph.journal.add("BUFFER_MISSING_GLB_DATA", buffer.at, "the GLB has no binary chunk")
        if data is None:
            continue
        size = buffer["byteLength"]
        if len(data) < size:
            text = f"{size} bytes announced, {len(data)} there"
            graph.journal.add("BUFFER_BYTE_LENGTH_MISMATCH", buffer.at, text)
            if buffer.facts.get("external") or chunk:
                continue
        elif chunk and len(data) > size + -size % 4:
            text = f"the binary chunk has {len(data) - size - -size % 4} bytes too many"
            graph.journal.add("BUFFER_GLB_CHUNK_TOO_BIG", buffer.at, text)
        buffer.facts["data"] = data


def _external(graph: Graph, item: Item, files: Files) -> bytes | None:
    found = files.fetch(item["uri"])
    if isinstance(found, bytes):
        return found
    graph.journal.add("IO_ERROR", f"{item.at}/uri", f"'{item['uri'][:60]}': {found}")
    return None


def check_images(graph: Graph, files: Files, allowed: list[str]) -> None:
    """The headers of every image, and textures whose images are of the wrong type."""
    seen: dict[Any, tuple[Said, str | None]] = {}
    for image in graph.kind("images"):
        if image.extensions:
            continue
        data: bytes | memoryview | None = image.facts.get("data")
        member = "uri"
        if image.facts.get("external"):
            data = _external(graph, image, files)
        elif data is None and image.facts.get("view") is not None:
            member, data = "bufferView", _viewed(image.facts["view"])
        if data is None:
            continue
        source = id(image.facts["view"]) if member == "bufferView" else image["uri"]
        if (source, image["mimeType"]) not in seen:
            said = Said()
            mime = check_image(said, "", data, image["mimeType"], member, allowed, graph.work)
            seen[source, image["mimeType"]] = said, mime
        said, image.facts["mime"] = seen[source, image["mimeType"]]
        said.of(image.at, graph.journal)
    for texture in graph.kind("textures"):
        _check_type(graph, texture, ("image/jpeg", "image/png"))
        webp = texture.extensions.get("EXT_texture_webp")
        if webp is not None:
            _check_type(graph, webp, ("image/webp",))


def _viewed(view: Item) -> memoryview | None:
    buffer, start, size = view.facts.get("buffer"), view["byteOffset"], view["byteLength"]
    data = buffer.facts.get("data") if buffer is not None else None
    if data is None or start is None or size is None or start + size > len(data):
        return None
    return memoryview(data)[start : start + size]


def _check_type(graph: Graph, item: Item, allowed: tuple[str, ...]) -> None:
    image = graph.find("images", item["source"])
    if image is None:
        return
    mime = image["mimeType"] if image["mimeType"] is not None else image.facts.get("mime")
    if mime is not None and mime not in allowed:
        text = f"the image is {mime[:40]}, must be {' or '.join(allowed)}"
        graph.journal.add("TEXTURE_INVALID_IMAGE_MIME_TYPE", f"{item.at}/source", text)
