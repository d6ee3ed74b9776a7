"""Encoded images by their headers: format, size, and what viewers do not show. Nothing is decoded.

Source: PNG (ISO 15948), JPEG (ITU T.81), WebP container; codes as in the Khronos glTF-Validator.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

from ..codes import Journal

_LENGTHS = {b"IHDR": 13, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9, b"gAMA": 4}
_SRGB_PRIMARIES = (31270, 32900, 64000, 33000, 30000, 60000, 15000, 6000)


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """mime; width, height : pixels; odd : colour spaces, pixels that are not square, or animation."""

    mime: str
    width: int
    height: int
    odd: bool = False


class _BadImageError(Exception):
    """The header breaks its format's rules, or ends too early (no text)."""


def image_format(data: bytes | memoryview) -> str | None:
    """MIME type by the first bytes, None where unknown."""
    head = bytes(data[:14])
    if len(head) < 14:
        return None
    if head[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if head[:4] == b"RIFF" and head[8:14] == b"WEBPVP":
        return "image/webp"
    return "image/ktx2" if head[:12] == b"\xabKTX 20\xbb\r\n\x1a\n" else None


def check_image(
    journal: Journal,
    at: str,
    data: bytes | memoryview,
    declared: str | None,
    member: str,
    allowed: list[str],
    work: Callable[[int], None],
) -> str | None:
    """Notes what is wrong with the image at ``at``. declared : its mimeType; member : uri or bufferView, where the data
    stands; allowed : MIME types that need no further extension; work : counts steps. Gives the MIME type found."""
    mime = image_format(data)
    if mime is None or mime == "image/ktx2":
        journal.add("IMAGE_UNRECOGNIZED_FORMAT", at, "the image is neither PNG nor JPEG nor WebP")
        return None
    try:
        read = {"image/png": _png, "image/jpeg": _jpeg, "image/webp": _webp}[mime]
        header = read(memoryview(data).cast("B"), work)
    except _BadImageError as error:
        if str(error):
            journal.add("IMAGE_DATA_INVALID", at, str(error))
        else:
            journal.add("IMAGE_UNEXPECTED_EOS", at, "the image ends too early")
        return None
    if mime not in allowed:
        journal.add("IMAGE_NON_ENABLED_MIME_TYPE", at, f"{mime} needs an extension")
    if declared is not None and declared != mime:
        journal.add("IMAGE_MIME_TYPE_INVALID", f"{at}/{member}", f"the image is {mime}, not {declared[:40]}")
    if any(size & (size - 1) or not size for size in (header.width, header.height)):
        text = f"{header.width} x {header.height} are not powers of two"
        journal.add("IMAGE_NPOT_DIMENSIONS", at, text)
    if header.odd:
        text = "colour space, oblong pixels or animation that viewers do not show"
        journal.add("IMAGE_FEATURES_UNSUPPORTED", at, text)
    return mime


def _png(data: memoryview, work: Callable[[int], None]) -> ImageHeader:
    at, size = 8, (0, 0)
    header = primaries = gamma = fixed = odd = False
    while at + 8 <= len(data):
        work(_STEPS)
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"IDAT":
            if not header:
                raise _BadImageError("the PNG has no header")
            return ImageHeader("image/png", *size, odd or (not fixed and (primaries or gamma)))
        if length != _LENGTHS.get(kind, length):
            raise _BadImageError("a PNG chunk has a wrong length")
        body = data[at + 8 : at + 8 + length]
        if len(body) < length:
            raise _BadImageError
        if kind == b"IHDR":
            header, size = True, struct.unpack_from(">2I", body)
        elif kind == b"iCCP":
            primaries = gamma = True
        elif kind == b"sRGB":
            fixed = True
        elif kind == b"cHRM":
            primaries = primaries or struct.unpack_from(">8I", body) != _SRGB_PRIMARIES
        elif kind == b"gAMA":
            gamma = gamma or struct.unpack_from(">I", body)[0] != 45455
        elif kind == b"pHYs":
            odd = odd or body[:4] != body[4:8]
        at += 12 + length
    raise _BadImageError


_STEPS = 8
"""What a chunk or a segment counts as."""
_MOST_SEGMENTS = 100_000
"""Fill bytes and segments of a JPEG that are walked over on the way to its size."""


def _jpeg(data: memoryview, work: Callable[[int], None]) -> ImageHeader:
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if at >= len(data):
            break
        work(_STEPS)
        marker = data[at]
        at += 1
        # Fill bytes, restarts and lone markers have no length.
        if marker in (0x01, 0xD8, 0xD9, 0xFF) or marker & 0xF8 == 0xD0:
            continue
        if at + 2 > len(data):
            break
        length = data[at] << 8 | data[at + 1]
        if length < 2:
            raise _BadImageError("a JPEG segment has a wrong length")
        frame = (marker & 0xF0 == 0xC0 and marker not in (0xC4, 0xC8, 0xCC)) or marker == 0xDE
        body = data[at + 2 : at + length]
        if len(body) < length - 2:
            break
        if frame and len(body) >= 6:
            _, height, width, channels = struct.unpack_from(">B2HB", body)
            if channels not in (1, 3):
                raise _BadImageError(f"the JPEG has {channels} colour channels, must have 1 or 3")
            return ImageHeader("image/jpeg", width, height)
        at += length
    raise _BadImageError


def _webp(data: memoryview, _: Callable[[int], None]) -> ImageHeader:
    if len(data) < 25:
        raise _BadImageError
    kind = bytes(data[12:16])
    if len(data) < 30 and kind != b"VP8L":
        raise _BadImageError
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<2H", data, 26)
        return ImageHeader("image/webp", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return ImageHeader("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
        return ImageHeader("image/webp", width, height, bool(data[20] & 0x22))
    raise _BadImageError("the WebP header is wrong")
