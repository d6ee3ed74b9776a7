"""Pictures: PNG, JPEG and WebP, measured by their headers, and stripped of side data before they are decoded."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import ModelError
from ..types import ByteArray
from .place import Place

_MAX_CHUNKS = 100_000
_MAX_SEGMENTS = 10_000
_PNG = b"\x89PNG\r\n\x1a\n"
# What the decoder needs; anything else may hide a second picture or a text that unpacks to gigabytes.
_PNG_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
_PNG_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
"""Bits a sample that each colour type may have."""
_LEAST_WEBP = 32
_SCANS = 8
"""A progressive JPEG costs its pixels once more for every so many scans."""


@dataclass(frozen=True, slots=True)
class Header:
    """A picture's size in pixels. weight : how many times its pixels count, for memory and time; format."""

    width: int
    height: int
    format: str
    weight: int = 1


def measure(data: bytes | memoryview) -> Header | None:
    """What a PNG's, JPEG's or WebP's header says; None for anything else, a header cut short, or an animation."""
    head = bytes(data[:32])
    if head[:8] == _PNG:
        if head[12:16] != b"IHDR" or len(head) < 29:
            return None
        width, height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
        return Header(width, height, "PNG", 2 if head[24] == 16 else 1)
    if head[:3] == b"\xff\xd8\xff":
        return _measure_jpeg(data)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _measure_webp(head)
    return None


def _measure_jpeg(data: bytes | memoryview) -> Header | None:
    at = 2
    for _ in range(_MAX_SEGMENTS):
        if at + 9 > len(data) or data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = int.from_bytes(data[at + 5 : at + 7], "big"), int.from_bytes(data[at + 7 : at + 9], "big")
            scans = bytes(data).count(b"\xff\xda")
            weight = 1 if marker < 0xC2 and scans < _SCANS else 2 + scans // _SCANS
            return Header(width, height, "JPEG", weight)
        elif marker in (0xD9, 0xDA):
            return None
        else:
            at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
    return None


def _measure_webp(head: bytes) -> Header | None:
    kind = head[12:16]
    if len(head) < 30:
        return None
    if kind == b"VP8X":
        if head[20] & 2:
            return None
        return Header(1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little"), "WebP")
    if kind == b"VP8 " and head[23:26] == b"\x9d\x01\x2a":
        width, height = int.from_bytes(head[26:28], "little"), int.from_bytes(head[28:30], "little")
        return Header(width & 0x3FFF, height & 0x3FFF, "WebP")
    if kind == b"VP8L" and head[20] == 0x2F:
        bits = int.from_bytes(head[21:25], "little")
        return Header(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), "WebP")
    return None


def plain(data: bytes | memoryview) -> bytes | memoryview | None:
    """The same picture without side data that a decoder might unpack; None where a PNG is damaged or cut short, or
    cannot be one, and where a WebP ends in its header: the decoder would show part of a broken picture, and complain
    on its own, past every log level."""
    if bytes(data[:4]) == b"RIFF" and len(data) < _LEAST_WEBP:
        return None
    return _plain_png(memoryview(data)) if bytes(data[:8]) == _PNG else data


def _plain_png(data: memoryview) -> bytes | memoryview | None:
    at, kept, extra, paletted = 8, [data[:8]], False, False
    for _ in range(_MAX_CHUNKS):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if end > len(data) or zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            return None
        kind = bytes(data[at + 4 : at + 8])
        if at == 8 and not _sound_header(data):
            return None
        if kind == b"PLTE":
            paletted = True
        if kind == b"IDAT" and data[25] == 3 and not paletted:
            return None
        if kind in _PNG_CHUNKS:
            kept.append(data[at:end])
        else:
            extra = True
        if kind == b"IEND":
            return b"".join(kept) if extra or end < len(data) else data
        at = end
    return None


def _sound_header(data: memoryview) -> bool:
    """Whether a PNG's first chunk is a header, of a depth that its colour type has."""
    depth, colour, *methods = data[24:29]
    first = bytes(data[8:16]) == b"\0\0\0\rIHDR"
    return first and depth in _PNG_DEPTHS.get(colour, ()) and methods[:2] == [0, 0] and methods[2] < 2


class DamagedError(ModelError):
    """A picture whose header is sound, and the rest is not."""


def is_ktx2(data: bytes | memoryview) -> bool:
    """Whether these are the first bytes of a KTX2 file."""
    return bytes(data[:12]) == b"\xabKTX 20\xbb\r\n\x1a\n"


def _damaged(place: Place, rule: str) -> DamagedError:
    return DamagedError(place.path, place.pointer, rule)


def decode(data: bytes | memoryview, place: Place) -> ByteArray:
    """(H, W, 4) uint8 RGBA, straight alpha, as encoded. Raises DamagedError for ``place``, and ModelError where the
    picture is of another size than its header announces."""
    header, sound = measure(data), plain(data)
    if sound is None:
        raise _damaged(place, "the picture is damaged or cut short")
    try:
        image = cv2.imdecode(np.frombuffer(sound, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise _damaged(place, "the picture cannot be decoded") from error
    if image is None or image.ndim not in (2, 3) or image.dtype not in (np.uint8, np.uint16):
        raise _damaged(place, "the picture cannot be decoded")
    if header is not None and image.shape[:2] != (header.height, header.width):
        raise place.refuse("the picture's size is not the one in its header")
    if image.dtype == np.uint16:
        image = _narrow(image)
    channels = 1 if image.ndim == 2 else image.shape[2]
    if channels == 2:
        rgba = np.concatenate([np.repeat(image[..., :1], 3, -1), image[..., 1:]], -1)
    else:
        code = {1: cv2.COLOR_GRAY2RGBA, 3: cv2.COLOR_BGR2RGBA, 4: cv2.COLOR_BGRA2RGBA}[channels]
        rgba = cv2.cvtColor(image, code, dst=image if channels == 4 else None)
    result: ByteArray = np.ascontiguousarray(rgba)
    return result


def _narrow(image: np.ndarray[tuple[int, ...], np.dtype[np.uint16]]) -> ByteArray:
    found = np.empty(image.shape, np.uint8)
    for row in range(0, len(image), 64):
        found[row : row + 64] = (image[row : row + 64].astype(np.uint32) + 128) // 257
    return found
