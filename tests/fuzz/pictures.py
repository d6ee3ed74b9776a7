"""Pictures that lie: headers that announce far more than follows, and data that unpacks to far more than it is."""

from __future__ import annotations

import struct
import zlib


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, packed: bytes, extra: bytes = b"", depth: int = 8, color: int = 2) -> bytes:
    """A PNG of that header around any zlib stream; extra : chunks before it."""
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + extra + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def jpeg(width: int, height: int) -> bytes:
    """A JPEG's header and no picture."""
    frame = b"\xff\xc0\x00\x11\x08" + struct.pack(">HH", height, width) + bytes((3, 1, 34, 0, 2, 17, 1, 3, 17, 1))
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\0" + bytes(9) + frame + b"\xff\xd9"


def webp(width: int, height: int, kind: bytes = b"VP8L") -> bytes:
    """A WebP's header and no picture: lossless (at most 16384²) or extended (at most 2²⁴ a side)."""
    if kind == b"VP8L":
        body = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(8)
    else:
        body = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    chunk = kind + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def rows(width: int, height: int, channels: int = 3) -> bytes:
    """The zlib stream of a black picture: a thousandth of its size."""
    packer = zlib.compressobj(9)
    row = bytes(1 + width * channels)
    return b"".join(packer.compress(row) for _ in range(height)) + packer.flush()


_TEXT_BOMB = _chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(4 << 20), 9))
_PROFILE_BOMB = _chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(4 << 20), 9))
BOMBS = (
    png(60000, 60000, zlib.compress(bytes(1000))),
    png(2**31 - 1, 1, zlib.compress(bytes(1000))),
    png(8192, 1, zlib.compress(bytes(1000))),
    png(0, 0, b""),
    png(1, 1, zlib.compress(bytes(8 << 20), 9)),
    png(64, 64, rows(64, 64)),
    png(64, 64, rows(64, 64), _TEXT_BOMB),
    png(64, 64, rows(64, 64), _PROFILE_BOMB),
    png(64, 64, rows(64, 64), depth=16),
    png(64, 64, rows(64, 64), color=3),
    jpeg(65535, 65535),
    jpeg(16, 16),
    jpeg(0, 16),
    webp(16384, 16384),
    webp(16, 16),
    webp(2**24, 2**24, b"VP8X"),
    b"RIFF\xff\xff\xff\xffWEBPVP8 ",
    b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    b"GIF89a\xff\xff\xff\xff\0\0\0",
    b"BM" + struct.pack("<5I", 100, 0, 54, 40, 60000) + struct.pack("<I", 60000) + bytes(40),
    b"\xabKTX 20\xbb\r\n\x1a\n" + bytes(100),
)
