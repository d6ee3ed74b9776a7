"""The glTF container: .glb or .gltf bytes, the checked JSON, and the bytes its URIs and buffer views name.

Source: glTF 2.0, sections 2.8 (URIs), 3.6.1 (buffers and buffer views) and 4 (GLB).
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote

from ..errors import ModelError
from .place import Place, printable

MAX_BYTES = 256 << 20
"""Largest file, and largest sum of the file and everything its URIs bring in."""
MAX_DEPTH = 256
MAX_VALUES = 2_000_000
"""JSON values in one file: each takes far more memory than the two or three bytes it may be written in."""
_JSON_CHUNK, _BIN_CHUNK = 0x4E4F534A, 0x004E4942


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:30]} is too large")
    return value


def _no_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not allowed in JSON")


def parse_json(path: Path, data: bytes) -> Place:
    """The root object of strict JSON: UTF-8, finite numbers, at most 256 levels deep. Raises ModelError."""
    if sum(map(data.count, (b",", b"{", b"["))) > MAX_VALUES:
        raise ModelError(path, "", f"its JSON has more than {MAX_VALUES // 1_000_000} million values")
    try:
        root = json.loads(data.decode("utf-8-sig"), parse_float=_finite, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise ModelError(path, "", f"its JSON is not UTF-8 (byte {error.start})") from error
    except RecursionError as error:
        raise ModelError(path, "", f"its JSON is nested deeper than {MAX_DEPTH} levels") from error
    except ValueError as error:
        raise ModelError(path, "", printable(f"its JSON cannot be read: {error}")) from error
    if not isinstance(root, dict):
        raise ModelError(path, "", "its JSON must be an object")
    level: list[Any] = [root]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, (dict, list))
        ]
        if not level:
            return Place(path, "", root)
    raise ModelError(path, "", f"its JSON is nested deeper than {MAX_DEPTH} levels")


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
    while at + 8 <= length:
        size, kind = struct.unpack_from("<2I", data, at)
        if at + 8 + size > length:
            raise ModelError(path, "", f"a GLB chunk of {size} bytes at byte {at} runs past the end of the file")
        if kind == _BIN_CHUNK:
            return data[20 : 20 + first], view[at + 8 : at + 8 + size]
        at += 8 + (size + 3) // 4 * 4
    return data[20 : 20 + first], None


@dataclass(slots=True)
class Container:
    """An opened file. root : its JSON; binary : the GLB's BIN chunk; spent : bytes read so far, of MAX_BYTES."""

    path: Path
    root: Place
    binary: memoryview | None
    spent: int
    _buffers: dict[int, memoryview] = field(default_factory=dict)
    _views: list[Place] | None = None

    def fetch(self, place: Place) -> memoryview:
        """The bytes of ``place/uri``: a base64 data URI, or a file inside the model's own folder."""
        uri = place.text("uri")
        if uri[:5].lower() == "data:":
            return self._data_uri(place, uri)
        name = unquote(uri)
        if ":" in name or "\\" in name or "\0" in name or name.startswith(("/", "~")):
            raise place.refuse(f"'{uri[:60]}' must be a relative path, not an address or an absolute path", "uri")
        folder = self.path.resolve().parent
        try:
            target = (folder / name).resolve()
            if not target.is_relative_to(folder):
                raise place.refuse(f"'{uri[:60]}' leaves the model's own folder", "uri")
            if not target.is_file():
                raise place.refuse(f"there is no file '{uri[:60]}' beside the model", "uri")
            self._spend(place, target.stat().st_size)
            return memoryview(target.read_bytes())
        except (OSError, RuntimeError, ValueError) as error:
            raise place.refuse(f"'{uri[:60]}' cannot be read ({type(error).__name__})", "uri") from error

    def _data_uri(self, place: Place, uri: str) -> memoryview:
        head, comma, body = uri.partition(",")
        if not comma or not head.endswith(";base64"):
            raise place.refuse("must be a base64 data URI", "uri")
        self._spend(place, len(body) * 3 // 4)
        try:
            return memoryview(base64.b64decode(body + "=" * (-len(body) % 4), validate=True))
        except (binascii.Error, ValueError) as error:
            raise place.refuse("is not valid base64", "uri") from error

    def _spend(self, place: Place, size: int) -> None:
        self.spent += size
        if self.spent > MAX_BYTES:
            raise place.refuse(f"brings the model over {MAX_BYTES >> 20} MiB", "uri")

    def _buffer(self, index: int, view: Place) -> memoryview:
        if index in self._buffers:
            return self._buffers[index]
        place = self.root.each("buffers")[index]
        size = place.integer("byteLength", low=1, high=MAX_BYTES)
        if place.has("uri"):
            data = self.fetch(place)
        elif index == 0 and self.binary is not None:
            data = self.binary
        else:
            for name in ("EXT_meshopt_compression", "KHR_meshopt_compression"):
                if view.extension(name) is not None:
                    raise view.refuse(f"needs the extension {name}, which is not supported")
            raise place.refuse("has no data: neither a uri nor the GLB's binary chunk")
        if len(data) < size:
            raise place.refuse(f"the file is truncated: {size} bytes announced, {len(data)} there", "byteLength")
        self._buffers[index] = data[:size]
        return self._buffers[index]

    def view(self, place: Place, key: str = "bufferView") -> tuple[memoryview, int, Place]:
        """(bytes, byteStride or 0, its place) of the buffer view that ``place/key`` names."""
        if self._views is None:
            self._views = self.root.each("bufferViews")
        found = self._views[place.index(key, len(self._views), "bufferViews")]
        buffer = self._buffer(found.index("buffer", len(self.root.array("buffers")), "buffers"), found)
        offset, size = found.integer("byteOffset", 0), found.integer("byteLength", low=1)
        if offset + size > len(buffer):
            raise found.refuse(f"bytes {offset} to {offset + size} lie outside its buffer of {len(buffer)} bytes")
        stride = found.integer("byteStride", 0, high=252)
        if stride and (stride < 4 or stride % 4):
            raise found.refuse(f"is {stride}, must be a multiple of 4 from 4 to 252", "byteStride")
        return buffer[offset : offset + size], stride, found


def open_container(path: Path) -> Container:
    """Reads a .glb, .vrm or .gltf file and its JSON, and checks the glTF version. Raises ModelError."""
    try:
        if not path.is_file():
            raise ModelError(path, "", "there is no such file")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise ModelError(path, "", f"the file is {size >> 20} MiB, at most {MAX_BYTES >> 20} MiB are read")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise ModelError(path, "", f"the file cannot be read ({type(error).__name__})") from error
    binary = None
    if data[:4] == b"glTF":
        text, binary = _split_glb(path, data)
    elif data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        text = data
    else:
        raise ModelError(path, "", "this is neither a GLB nor a glTF JSON file" if data else "the file is empty")
    root = parse_json(path, text)
    asset = root.need("asset")
    for key in ("version", "minVersion"):
        version = asset.text(key, None if key == "version" else "2.0")
        if not version.startswith("2."):
            raise asset.refuse(f"glTF {version[:20]} is not supported, only 2.0 is", key)
    return Container(path, root, binary, len(data))
