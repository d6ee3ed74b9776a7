"""Pictures and textures: PNG and JPEG, measured by their headers before they are decoded."""

from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np

from ..types import ByteArray
from .container import Container
from .model import Texture, TextureSlot
from .place import Place

MAX_SIDE = 8192
MAX_CHUNKS = 100_000
MAX_PIXELS = 64 << 20
"""Pixels of all the pictures of one file together."""

_MIN_FILTERS = (9728, 9729, 9984, 9985, 9986, 9987)
_WRAPS = (10497, 33071, 33648)


def measure(data: bytes | memoryview) -> tuple[int, int] | None:
    """(width, height) from a PNG's or JPEG's header, None for anything else or a header cut short."""
    head = bytes(data[:24])
    if head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR" and len(head) == 24:
        width, height = struct.unpack(">II", head[16:24])
        return width, height
    if head[:3] != b"\xff\xd8\xff":
        return None
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        elif marker in (0xD9, 0xDA):
            return None
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return None


def _whole_png(data: bytes | memoryview) -> bool:
    """Whether every chunk up to the last is there with its checksum: the decoder would show part of a broken picture,
    and complain on its own."""
    at = 8
    for _ in range(MAX_CHUNKS):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            return False
        if data[at + 4 : at + 8] == b"IEND":
            return True
        at = end
    return False


def decode(data: bytes | memoryview, place: Place) -> ByteArray:
    """(H, W, 4) uint8 RGBA, straight alpha, as encoded. Raises ModelError for ``place``."""
    if data[:4] == b"\x89PNG" and not _whole_png(data):
        raise place.refuse("the picture is damaged or cut short")
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise place.refuse("the picture cannot be decoded") from error
    if image is None or image.ndim not in (2, 3) or image.dtype not in (np.uint8, np.uint16):
        raise place.refuse("the picture cannot be decoded")
    if image.dtype == np.uint16:
        image = ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 2:
        rgba = np.concatenate([np.repeat(image[..., :1], 3, -1), image[..., 1:]], -1)
    else:
        code = {1: cv2.COLOR_GRAY2RGBA, 3: cv2.COLOR_BGR2RGBA, 4: cv2.COLOR_BGRA2RGBA}[channels]
        rgba = cv2.cvtColor(image, code)
    result: ByteArray = np.ascontiguousarray(rgba)
    return result


class Textures:
    """The textures that are used, decoded at first use. ``made`` is what becomes ``AvatarModel.textures``."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._textures = container.root.each("textures")
        self._samplers = container.root.each("samplers")
        self._images = container.root.each("images")
        self._decoded: dict[int, ByteArray] = {}
        self._pixels = 0
        self._index: dict[int, int] = {}
        self.made: list[Texture] = []

    def slot(self, owner: Place, key: str, factor: str = "") -> TextureSlot | None:
        """The textureInfo ``owner/key``, or None. factor : name of its number (``scale``, ``strength``), default 1."""
        info = owner.child(key)
        if info is None:
            return None
        slot = TextureSlot(self.use(info, "index"), info.integer("texCoord", 0, high=7))
        if factor:
            slot.factor = info.number(factor, 1.0)
        transform = info.extension("KHR_texture_transform")
        if transform is not None:
            x, y = transform.numbers("offset", 2, (0.0, 0.0))
            sx, sy = transform.numbers("scale", 2, (1.0, 1.0))
            slot.offset, slot.scale, slot.rotation = (x, y), (sx, sy), transform.number("rotation", 0.0)
            slot.uv = transform.integer("texCoord", slot.uv, high=7)
        return slot

    def use(self, owner: Place, key: str) -> int:
        """Index into ``made`` of the glTF texture that ``owner/key`` names."""
        index = owner.index(key, len(self._textures), "textures")
        if index not in self._index:
            place = self._textures[index]
            if not place.has("source"):
                for name in ("KHR_texture_basisu", "EXT_texture_webp", "MSFT_texture_dds", "EXT_texture_avif"):
                    if place.extension(name) is not None:
                        raise place.refuse(f"needs the extension {name}, which is not supported")
                raise place.refuse("'source' is missing")
            texture = Texture(self._image(place.index("source", len(self._images), "images")))
            sampler = place.index("sampler", len(self._samplers), "samplers", -1)
            if sampler >= 0:
                self._sample(self._samplers[sampler], texture)
            self._index[index] = len(self.made)
            self.made.append(texture)
        return self._index[index]

    def _sample(self, sampler: Place, texture: Texture) -> None:
        found = []
        for key, allowed, default in (
            ("wrapS", _WRAPS, 10497),
            ("wrapT", _WRAPS, 10497),
            ("magFilter", _MIN_FILTERS[:2], 9729),
            ("minFilter", _MIN_FILTERS, 9987),
        ):
            value = sampler.integer(key, default)
            if value not in allowed:
                raise sampler.refuse(f"is {value}, must be one of {', '.join(map(str, allowed))}", key)
            found.append(value)
        texture.wrap, texture.filters = (found[0], found[1]), (found[2], found[3])

    def _image(self, index: int) -> ByteArray:
        if index in self._decoded:
            return self._decoded[index]
        place = self._images[index]
        data = self._container.fetch(place) if place.has("uri") else self._container.view(place)[0]
        size = measure(data)
        if size is None:
            raise place.refuse("the picture is neither a PNG nor a JPEG, or it is cut short")
        width, height = size
        if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
            raise place.refuse(f"the picture is {width} × {height}, at most {MAX_SIDE} × {MAX_SIDE} are allowed")
        self._pixels += width * height
        if self._pixels > MAX_PIXELS:
            raise place.refuse(f"the pictures have more than {MAX_PIXELS >> 20} million pixels together")
        self._decoded[index] = decode(data, place)
        return self._decoded[index]
