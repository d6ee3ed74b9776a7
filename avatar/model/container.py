"""The glTF container: .glb or .gltf bytes, the checked JSON, and the bytes its URIs and buffer views name.

Source: glTF 2.0, sections 2.8 (URIs), 3.6.1 (buffers and buffer views) and 4 (GLB).
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from ..config import Limits
from ..errors import LimitError, ModelError
from . import meshopt
from .json_text import parse_json
from .place import Place, printable

_JSON_CHUNK, _BIN_CHUNK = 0x4E4F534A, 0x004E4942
_MAX_CHUNKS = 64
_BYTES_A_VALUE = 160
"""What one JSON value takes in memory, at most, on average."""


class Absent(ModelError):
    """A file that the model names is not there: the one fault that a stand-in is drawn for. name : the file's."""

    def __init__(self, error: ModelError, name: str) -> None:
        super().__init__(error.path, error.pointer, error.rule)
        self.name = name


def _split_glb(path: Path, data: bytes) -> tuple[bytes, memoryview | None]:
    if len(data) < 20:
        raise ModelError(path, "", f"the file is truncated: {len(data)} bytes are too few for a GLB header")
    _, version, length, first, kind = struct.unpack_from("<5I", data)
    if version != 2:
        raise ModelError(path, "", f"GLB version {version} is not supported, only 2 is")
    if length > len(data):
        raise ModelError(path, "", f"the file is truncated: its header says {length} bytes, it has {len(data)}")
    if kind != _JSON_CHUNK:
        raise ModelError(path, "", "the first GLB chunk must be JSON")
    if 20 + first > length:
        raise ModelError(path, "", f"the GLB JSON chunk of {first} bytes runs past the end of the file")
    view, at = memoryview(data), 20 + first
    for _ in range(_MAX_CHUNKS):
        if at + 8 > length:
            return data[20 : 20 + first], None
        size, kind = struct.unpack_from("<2I", data, at)
        if at + 8 + size > length:
            raise ModelError(path, "", f"a GLB chunk of {size} bytes at byte {at} runs past the end of the file")
        if kind == _BIN_CHUNK:
            return data[20 : 20 + first], view[at + 8 : at + 8 + size]
        at += 8 + (size + 3) // 4 * 4
    raise LimitError(path, "", f"it has more than {_MAX_CHUNKS} GLB chunks")


@dataclass(slots=True)
class Container:
    """An opened file. root : its JSON; text, values : that JSON's bytes, and how many values it has, at most; binary :
    the GLB's BIN chunk; read, spent, unpacked : bytes so far, of ``limits.file_bytes``, ``limits.memory_bytes`` and
    ``limits.packed_bytes``."""

    path: Path
    root: Place
    text: bytes
    values: int
    binary: memoryview | None
    limits: Limits
    read: int = 0
    spent: int = 0
    unpacked: int = 0
    _files: dict[str, memoryview | None] = field(default_factory=dict)
    _buffers: dict[int, memoryview] = field(default_factory=dict)
    _sources: list[Place] | None = None
    _open: dict[int, tuple[memoryview, int, Place]] = field(default_factory=dict)
    _views: list[Place] | None = None

    def spend(self, size: int, place: Place) -> None:
        """Accounts for ``size`` bytes about to be allocated; raises ModelError past the limit."""
        self.spent += size
        if self.spent > self.limits.memory_bytes:
            raise place.exceeds(f"unpacks to more than {self.limits.memory_bytes >> 20} MiB")

    def fetch(self, place: Place) -> memoryview:
        """The bytes of ``place/uri``: a base64 data URI, or a file inside the model's own folder.

        Raises Absent for a file that is not there, ModelError for anything else.
        """
        uri = place.text("uri")
        if uri[:5].lower() == "data:":
            return self._data_uri(place, uri)
        known = uri in self._files
        data = self._files[uri] if known else self._file(place, uri)
        self._files[uri] = data
        if data is None:
            error = place.refuse(f"there is no file '{uri[:60]}' beside the model", "uri")
            raise Absent(error, printable(uri[:60]))
        if known:
            self._count(place, len(data))
        return data

    def _file(self, place: Place, uri: str) -> memoryview | None:
        """What a file holds, None where it is not there."""
        name = unquote(uri)
        if ":" in name or "\\" in name or "\0" in name or name.startswith(("/", "~")):
            raise place.refuse(f"'{uri[:60]}' must be a relative path, not an address or an absolute path", "uri")
        folder = self.path.resolve().parent
        try:
            target = (folder / name).resolve()
            if not target.is_relative_to(folder):
                raise place.refuse(f"'{uri[:60]}' leaves the model's own folder", "uri")
            if not target.exists():
                return None
            if not target.is_file():
                raise place.refuse(f"'{uri[:60]}' is not a file", "uri")
            self._count(place, target.stat().st_size)
            return memoryview(target.read_bytes())
        except (OSError, RuntimeError, ValueError) as error:
            raise place.refuse(f"'{uri[:60]}' cannot be read ({type(error).__name__})", "uri") from error

    def _data_uri(self, place: Place, uri: str) -> memoryview:
        head, comma, body = uri.partition(",")
        if not comma or not head.endswith(";base64"):
            raise place.refuse("must be a base64 data URI", "uri")
        self._count(place, len(body) * 3 // 4)
        try:
            return memoryview(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
        except (binascii.Error, ValueError) as error:
            raise place.refuse("is not valid base64", "uri") from error

    def _count(self, place: Place, size: int) -> None:
        self.read += size
        if self.read > self.limits.file_bytes:
            raise place.exceeds(f"brings the model over {self.limits.file_bytes >> 20} MiB", "uri")
        self.spend(size, place)

    def _buffer(self, index: int) -> memoryview:
        if index in self._buffers:
            return self._buffers[index]
        if self._sources is None:
            self._sources = self.root.each("buffers")
        place = self._sources[index]
        size = place.integer("byteLength", low=1, high=self.limits.file_bytes)
        if place.has("uri"):
            data = self.fetch(place)
        elif index == 0 and self.binary is not None:
            data = self.binary
        else:
            raise place.refuse("has no data: neither a uri nor the GLB's binary chunk")
        if len(data) < size:
            raise place.refuse(f"the file is truncated: {size} bytes announced, {len(data)} there", "byteLength")
        self._buffers[index] = data[:size]
        return self._buffers[index]

    def _slice(self, place: Place) -> memoryview:
        buffer = self._buffer(place.index("buffer", len(self.root.array("buffers")), "buffers"))
        offset, size = place.integer("byteOffset", 0), place.integer("byteLength", low=1)
        if offset + size > len(buffer):
            raise place.refuse(f"bytes {offset} to {offset + size} lie outside its buffer of {len(buffer)} bytes")
        return buffer[offset : offset + size]

    def view(self, place: Place, key: str = "bufferView") -> tuple[memoryview, int, Place]:
        """(bytes, byteStride or 0, its place) of the buffer view that ``place/key`` names, unpacked where packed."""
        if self._views is None:
            self._views = self.root.each("bufferViews")
        index = place.index(key, len(self._views), "bufferViews")
        if index not in self._open:
            self._open[index] = self._view(self._views[index])
        return self._open[index]

    def _view(self, found: Place) -> tuple[memoryview, int, Place]:
        stride = found.integer("byteStride", 0, high=256)
        if stride and (stride < 4 or stride % 4):
            raise found.refuse(f"is {stride}, must be a multiple of 4 from 4 to 252", "byteStride")
        packed = found.extension("EXT_meshopt_compression") or found.extension("KHR_meshopt_compression")
        if packed is None:
            return self._slice(found), stride, found
        layout = meshopt.read_layout(packed, found)
        self.unpacked += layout.cost
        if self.unpacked > self.limits.packed_bytes:
            raise packed.exceeds(f"unpacks the model to more than {self.limits.packed_bytes >> 20} MiB")
        self.spend(layout.count * layout.stride, packed)
        return meshopt.unpack(self._slice(packed), layout, packed), stride, found


def read_file(path: Path, limits: Limits) -> bytes:
    """The whole file, within ``limits.file_bytes``. Raises ModelError."""
    try:
        if not path.is_file():
            raise ModelError(path, "", "there is no such file")
        _check_size(path, path.stat().st_size, limits)
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(path, "", f"the file cannot be read ({type(error).__name__})") from error


def _check_size(path: Path, size: int, limits: Limits) -> None:
    if size > limits.file_bytes:
        raise LimitError(path, "", f"the file is {size >> 20} MiB, at most {limits.file_bytes >> 20} MiB are read")


def open_container(path: Path, limits: Limits, data: bytes | None = None) -> Container:
    """A .glb, .vrm or .gltf file and its JSON, with the glTF version checked. Raises ModelError.

    data : the file's bytes, where they have been read already."""
    if data is None:
        data = read_file(path, limits)
    _check_size(path, len(data), limits)
    binary = None
    if data[:4] == b"glTF":
        text, binary = _split_glb(path, data)
    elif data[:64].lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        text = data
    else:
        raise ModelError(path, "", "this is neither a GLB nor a glTF JSON file" if data else "the file is empty")
    root, values = parse_json(path, text, limits)
    asset = root.need("asset")
    for key in ("version", "minVersion"):
        version = asset.text(key, None if key == "version" else "2.0")
        if not version.startswith("2."):
            raise asset.refuse(f"glTF {version[:20]} is not supported, only 2.0 is", key)
    found = Container(path, root, text, values, binary, limits, read=len(data))
    found.spend(len(data) + values * _BYTES_A_VALUE, root)
    return found
