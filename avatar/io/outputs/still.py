"""PNG stills that say, in the file itself, that an AI companion stands in them."""

from __future__ import annotations

import contextlib
import os
import struct
import zlib
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from ...errors import OutputError
from ...types import ByteArray
from .recorder import MARK

XMP: Final = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType='
    '"http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"/></rdf:RDF></x:xmpmeta>'
)
"""IPTC's own term for a picture composed with synthetic elements, in the XMP packet that other programs read."""
_AFTER_IHDR: Final = 8 + 25


def write_png(path: Path, image: ByteArray) -> None:
    """Write (H, W, 3) RGB or (H, W, 4) straight RGBA, uint8, with the mark; the file is there whole or not at all.

    Raises OutputError.
    """
    order = cv2.COLOR_RGBA2BGRA if image.shape[2] == 4 else cv2.COLOR_RGB2BGR
    encoded = cv2.imencode(".png", cv2.cvtColor(image, order))[1].tobytes()
    marks = _text("Comment", MARK) + _text("Software", "Presence") + _text("XML:com.adobe.xmp", XMP)
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(encoded[:_AFTER_IHDR] + marks + encoded[_AFTER_IHDR:])
        os.replace(part, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise OutputError(f"{path}: the picture cannot be written ({error.strerror or error})") from None


def marked_jpeg(image: ByteArray, quality: int = 90) -> bytes:
    """(H, W, 3) uint8 RGB as a JPEG with the same marks: a comment, and the XMP packet (XMP part 3, 1.1.3)."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    encoded = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), options)[1].tobytes()
    marks = b""
    for kind, body in ((b"\xff\xe1", b"http://ns.adobe.com/xap/1.0/\0" + XMP.encode()), (b"\xff\xfe", MARK.encode())):
        marks += kind + struct.pack(">H", len(body) + 2) + body
    jfif = 4 + struct.unpack(">H", encoded[4:6])[0] - 2 + 2
    return encoded[:jfif] + marks + encoded[jfif:]


def read_marks(path: Path) -> dict[str, str]:
    """The texts a PNG carries, by keyword."""
    data, at, texts = np.fromfile(path, np.uint8).tobytes(), 8, {}
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        if kind == b"iTXt":
            keyword, rest = data[at + 8 : at + 8 + length].split(b"\0", 1)
            texts[keyword.decode("latin-1")] = rest[4:].decode()
        at += 12 + length
    return texts


def _text(keyword: str, text: str) -> bytes:
    """An uncompressed iTXt chunk (PNG, third edition, 11.3.3.4)."""
    body = b"iTXt" + keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
