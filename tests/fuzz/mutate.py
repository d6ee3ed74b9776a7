"""Damage that knows what it damages: JSON values and pointers, containers, binary blocks, pictures, words of text.

``mutate(data, rng, other)`` gives another file of the same kind; everything random comes from ``rng``.
"""

from __future__ import annotations

import json
import random
import struct

from mutate_json import JSON_CHANGES, Json, graft, objects
from pictures import BOMBS

JSON_CHUNK, BIN_CHUNK = 0x4E4F534A, 0x004E4942
_NUMBERS = ("0", "1", "2", "3", "4", "6", "-1", "0.5", "1e3", "180", "-360.5", "1e-30", "30000")
_WORDS = (
    *("nan", "inf", "-inf", "1e999", "1e38", "-1", "0", "4294967295", "99999999999999999999", "0x10", "1/2/3/4", "1//"),
    *("-1/-1/-1", "", "\t", "\0", "é", "End", "{", "}", "MOTION", "JOINT", "ROOT", "CHANNELS", "Frames:", "OFFSET"),
    *("element", "property", "list", "uchar", "double", "end_header", "facet", "endsolid", "vertex", "f", "v", "g"),
    *("1000000000", "2000001", "3", "Xposition", "Zrotation", "16384", "format", "binary_big_endian", "x" * 4000),
)


def split(data: bytes) -> tuple[Json, bytes] | None:
    """(JSON object, BIN chunk) of a sound GLB or .gltf, else None."""
    try:
        if data[:4] != b"glTF":
            found = json.loads(data)
            return (found, b"") if isinstance(found, dict) else None
        length = struct.unpack_from("<I", data, 12)[0]
        at = 20 + length
        size = struct.unpack_from("<I", data, at)[0] if at + 8 <= len(data) else 0
        found = json.loads(data[20:at])
        return (found, data[at + 8 : at + 8 + size]) if isinstance(found, dict) else None
    except (ValueError, struct.error, RecursionError):
        return None


def join(text: bytes, binary: bytes, glb: bool) -> bytes:
    """The file of a JSON text and a BIN chunk."""
    if not glb:
        return text
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<2I", len(text), JSON_CHUNK) + text
    if binary:
        binary += bytes(-len(binary) % 4)
        chunks += struct.pack("<2I", len(binary), BIN_CHUNK) + binary
    return struct.pack("<4s2I", b"glTF", 2, 12 + len(chunks)) + chunks


def _picture(rng: random.Random, doc: Json, binary: bytes) -> bytes:
    """Another picture, most of them lies about their size, in the place of one that is there."""
    images = objects(doc, "images")
    views = doc.get("bufferViews")
    if not images or not isinstance(views, list):
        return binary
    data = rng.choice(BOMBS)
    at = (len(binary) + 3) // 4 * 4
    views.append({"buffer": 0, "byteOffset": at, "byteLength": len(data)})
    image = rng.choice(images)
    image.pop("uri", None)
    image["bufferView"] = len(views) - 1
    for buffer in objects(doc, "buffers")[:1]:
        buffer["byteLength"] = at + len(data)
    return binary.ljust(at, b"\0") + data


_BLOCKS = (b"\0", b"\xff", b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\xff\xff\xff\x7f", b"\xff\xff\x7f\x7f", b"\1\0\0\0")


def flip(rng: random.Random, data: bytes, reach: int | None = None) -> bytes:
    """Bytes changed, blanked, copied, removed or put in, in the first ``reach`` bytes."""
    if not data:
        return bytes([rng.randrange(256)])
    found, reach = bytearray(data), min(reach or len(data), len(data))
    for _ in range(rng.choice((1, 1, 1, 2, 4, 16))):
        at, how = rng.randrange(reach), rng.randrange(7)
        if how <= 1 and at < len(found):
            found[at] = rng.randrange(256)
        elif how == 2 and at < len(found):
            found[at] ^= 1 << rng.randrange(8)
        elif how == 3:
            block = rng.choice(_BLOCKS)
            found[at : at + len(block)] = block
        elif how == 4:
            size, source = rng.choice((1, 4, 16)), rng.randrange(reach)
            found[at : at + size] = found[source : source + size]
        elif how == 5:
            del found[at : at + rng.choice((1, 4, 12))]
        else:
            found[at:at] = rng.choice(_BLOCKS) * rng.choice((1, 4))
    return bytes(found)


def _text(rng: random.Random, text: bytes) -> bytes:
    """What only text can say: constants, doubled keys, broken UTF-8, numbers of any length."""
    how = rng.randrange(8)
    colons = [i for i in range(len(text) - 1) if text[i : i + 1] == b":"] if how < 5 else []
    if colons:
        at = rng.choice(colons) + 1
        end = at + 1
        while end < len(text) and text[end] not in b",}]":
            end += 1
        word = rng.choice((b"NaN", b"-Infinity", b"1e999", b"1E-400", b"9" * 5000, b"01", b"+1", b"0.", b"'x'", b"//",
                           b'"\xff"', b'"\xed\xa0\x80"', b'"\\ud800"', b'"\\u0000"', b"tru", b""))  # fmt: skip
        return text[:at] + word + text[end:]
    if how == 5:
        return b"\xef\xbb\xbf" + text
    if how == 6:
        return text.replace(b'"asset"', b'"asset":{"version":"2.0"},"asset"', 1)
    return flip(rng, text)


def _container(rng: random.Random, data: bytes) -> bytes:
    """The 12-byte header and the chunks."""
    found = bytearray(data)
    if len(found) < 24:
        return data
    length = struct.unpack_from("<I", found, 12)[0]
    how = rng.randrange(6)
    value = rng.choice((0, 1, 3, 12, 19, 20, len(data) - 1, len(data) + 1, length - 1, length + 4, 2**31, 2**32 - 1))
    if how == 0:
        struct.pack_into("<I", found, rng.choice((4, 8, 12, 16)), value & 0xFFFFFFFF)
    elif how == 1 and 20 + length + 8 <= len(found):
        struct.pack_into("<I", found, 20 + length + rng.choice((0, 4)), value & 0xFFFFFFFF)
    elif how == 2:
        return bytes(found[:12] + found[20 + length :] + found[12 : 20 + length])
    elif how == 3:
        found[20 + length : 20 + length] = struct.pack("<2I", rng.choice((0, 8, 2**31)), rng.choice((0, BIN_CHUNK)))
    elif how == 4:
        return bytes(found) + bytes(rng.choice((1, 4, 100)))
    else:
        return bytes(found[: rng.randrange(len(found))])
    return bytes(found)


def _words(rng: random.Random, data: bytes) -> bytes:
    """A text file's words and lines."""
    lines = data.split(b"\n")
    for _ in range(rng.choice((1, 1, 2, 4))):
        at, how = rng.randrange(len(lines)), rng.randrange(6)
        if how <= 2:
            words = lines[at].split(b" ")
            words[rng.randrange(len(words))] = rng.choice(_WORDS if how else _NUMBERS).encode()
            lines[at] = b" ".join(words)
        elif how == 3:
            lines[at:at] = [rng.choice(lines)] * rng.choice((1, 1, 20))
        elif how == 4 and len(lines) > 1:
            lines.pop(at)
        else:
            other = rng.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
    return b"\n".join(lines)


def mutate(data: bytes, rng: random.Random, other: bytes = b"") -> bytes:
    """One changed file. data : a seed, or what this gave before; other : another seed to take parts from."""
    glb = data[:4] == b"glTF"
    found = split(data)
    if found is None:
        binary = glb or b"\0" in data[:200]
        return flip(rng, data) if binary or rng.random() < 0.15 else _words(rng, data)
    how = rng.random()
    if glb and how < 0.05:
        return _container(rng, data)
    doc, chunk = found
    if how < 0.10:
        return join(_text(rng, json.dumps(doc).encode()), chunk, glb)
    if how < 0.25 and chunk:
        return join(json.dumps(doc).encode(), flip(rng, chunk), glb)
    if how < 0.28:
        chunk = _picture(rng, doc, chunk)
    elif how < 0.33 and (second := split(other)) is not None:
        graft(rng, doc, second[0])
        chunk = chunk or second[1]
    else:
        changes, weights = zip(*JSON_CHANGES, strict=True)
        try:
            for change in rng.choices(changes, weights, k=rng.choice((1, 1, 1, 2, 3))):
                change(rng, doc)
        except RecursionError:
            return data
    return join(json.dumps(doc).encode(), chunk, glb)
