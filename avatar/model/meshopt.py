"""Unpacks buffer views of EXT_meshopt_compression and KHR_meshopt_compression.

Written from the two specifications' appendices (bitstream and filters), versions 0 and 1. A byte stream's groups are
first found one after another, then unpacked all at once.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..types import ByteArray
from .place import Place

_GROUP: Final = 16
_CHUNK: Final = 1 << 14
_INDEX_COST: Final = 32
"""An index is unpacked one by one, which costs as much time as this many bytes of attributes."""
_BITS: Final = {0: (0, 2, 4, 8), 1: (0, 1, 2, 4), 2: (1, 2, 4, 8)}
"""Bits of a delta by a group's two header bits: in version 0, and in version 1 under control modes 0 and 1."""


@dataclass(slots=True)
class Layout:
    """What the extension says of one view. cost : bytes of ``Limits.packed_bytes`` that unpacking it takes."""

    mode: str
    filter: str
    count: int
    stride: int
    cost: int


def read_layout(packed: Place, view: Place) -> Layout:
    """The extension's object on a buffer view, checked against the view. Raises ModelError."""
    modern = "KHR_" in packed.pointer.rsplit("/", 1)[-1]
    mode = packed.choice("mode", ("ATTRIBUTES", "TRIANGLES", "INDICES"))
    filters = ("NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL", *(("COLOR",) if modern else ()))
    kind = packed.choice("filter", filters, "NONE")
    count, stride = packed.integer("count", low=1), packed.integer("byteStride", low=1, high=256)
    if view.integer("byteLength", low=1) != count * stride:
        raise view.refuse(f"must be {count * stride}, the packed count times its stride", "byteLength")
    if view.integer("byteStride", stride) != stride:
        raise view.refuse(f"must be {stride}, as the packed data has", "byteStride")
    if mode == "ATTRIBUTES":
        allowed = {"OCTAHEDRAL": (4, 8), "QUATERNION": (8,), "COLOR": (4, 8)}.get(kind, range(4, 257, 4))
    else:
        allowed = (2, 4)
        if kind != "NONE":
            raise packed.refuse(f"{mode} data has no filter", "filter")
        if mode == "TRIANGLES" and count % 3:
            raise packed.refuse(f"is {count}, must be a multiple of 3", "count")
    if stride not in allowed:
        raise packed.refuse(f"is {stride}, which does not suit {mode} with filter {kind}", "byteStride")
    return Layout(mode, kind, count, stride, count * (stride if mode == "ATTRIBUTES" else _INDEX_COST))


def unpack(data: memoryview, layout: Layout, place: Place) -> memoryview:
    """``count * stride`` bytes. Raises ModelError for a stream that is damaged."""
    # No valid stream is longer, so that a long one costs nothing.
    if len(data) > 1024 + 2 * layout.cost:
        raise place.refuse("is more than the packed data can need", "byteLength")
    try:
        if layout.mode == "ATTRIBUTES":
            rows = _attributes(data, layout.count, layout.stride)
            return _FILTERS[layout.filter](rows).data.cast("B") if layout.filter != "NONE" else rows.data.cast("B")
        found = (_triangles if layout.mode == "TRIANGLES" else _indices)(data, layout.count)
        wide: NDArray[Any] = np.asarray(found, np.uint32)
        return np.ascontiguousarray(wide.astype(np.uint16) if layout.stride == 2 else wide).data.cast("B")
    except (IndexError, ValueError) as error:
        raise place.refuse("the packed data is damaged") from error


class _Finder:
    """Finds groups of 16 deltas in a stream. found : which group, its offset and bits of its deltas, in one number."""

    def __init__(self, data: ByteArray) -> None:
        self.data = np.concatenate([data, np.zeros(64, np.uint8)])
        self.bytes = self.data.tobytes()
        self.end = len(data)
        self.found = array("q")
        self._sizes: dict[int, bytes] = {}

    def sizes(self, bits: int) -> bytes:
        """Bytes of a group of ``bits``-bit deltas, by its offset."""
        if bits not in self._sizes:
            if bits in (0, 8):
                made = bytes([bits * 2]) * (self.end + 1)
            else:
                top = (1 << bits) - 1
                table = np.array([sum(b >> s & top == top for s in range(0, 8, bits)) for b in range(256)], np.uint8)
                sums = np.concatenate([[0], np.cumsum(table[self.data], dtype=np.int32)])
                made = (
                    (sums[2 * bits : 2 * bits + self.end + 1] - sums[: self.end + 1] + 2 * bits)
                    .astype(np.uint8)
                    .tobytes()
                )
            self._sizes[bits] = made
        return self._sizes[bits]

    def block(self, at: int, first: int, groups: int, widths: tuple[int, ...]) -> int:
        """Notes the groups ``first`` to ``first + groups`` that start at ``at`` (header first); gives the end.

        Groups of zeros are not noted."""
        tables = [self.sizes(bits) for bits in widths]
        header = (groups + 3) // 4
        marks = self.bytes[at : at + header]
        at += header
        if not widths[0] and not any(marks):
            return at
        note = self.found.append
        for k in range(groups):
            mode = marks[k >> 2] >> (k & 3) * 2 & 3
            if width := widths[mode]:
                note((first + k) << 36 | at << 4 | width)
                at += tables[mode][at]
        return at


def _attributes(data: memoryview, count: int, stride: int) -> NDArray[np.uint8]:
    stream = np.frombuffer(data, np.uint8)
    version = int(stream[0]) - 0xA0
    if version not in (0, 1):
        raise ValueError
    tail = max(stride + (stride // 4 if version else 0), 24 if version else 32)
    end = len(stream) - tail
    if end < 1:
        raise ValueError
    most = min(8192 // stride & ~15, 256)
    finder = _Finder(stream[:end])
    at, group = 1, 0
    for start in range(0, count, most):
        length = min(most, count - start)
        groups = (length + 15) // 16
        controls = [0] * stride
        if version:
            packed = stream[at : at + stride // 4]
            controls = (packed[:, None] >> np.array([0, 2, 4, 6]) & 3).reshape(-1).tolist()
            at += stride // 4
            if len(controls) < stride:
                raise ValueError
        for control in controls:
            if version and control == 3:
                finder.found.extend((group + k) << 36 | (at + 16 * k) << 4 | 8 for k in range(groups))
                at += length
            elif not version or control < 2:
                at = finder.block(at, group, groups, _BITS[control + 1 if version else 0])
            group += groups
            if at > end:
                raise ValueError
    padding = tail - stride - (stride // 4 if version else 0)
    if at != end or stream[end : end + padding].any():
        raise ValueError
    base = stream[end + padding : end + padding + stride]
    modes = stream[len(stream) - stride // 4 :].tolist() if version else [0] * (stride // 4)
    deltas = _deltas(finder.data, group, np.frombuffer(finder.found, np.int64))
    return _values(_by_byte(deltas, count, stride, most), base, modes)


def _deltas(data: ByteArray, groups: int, found: NDArray[np.int64]) -> ByteArray:
    """(groups, 16) deltas as stored, from the groups that are not zero."""
    made = np.zeros((groups, _GROUP), np.uint8)
    for width in (1, 2, 4, 8):
        same = found[found & 15 == width]
        for k in range(0, len(same), _CHUNK):
            part = same[k : k + _CHUNK]
            made[part >> 36] = _group(data, (part >> 4 & 0xFFFFFFFF)[:, None], width)
    return made


def _group(data: ByteArray, starts: NDArray[np.int64], bits: int) -> ByteArray:
    """(n, 16) deltas of the groups that start there (n, 1)."""
    raw: ByteArray = data[starts + np.arange(2 * bits)]
    if bits == 8:
        return raw
    order = range(0, 8, bits) if bits == 1 else range(8 - bits, -1, -bits)
    top = (1 << bits) - 1
    raw = (raw[:, :, None] >> np.array(list(order), np.uint8) & np.uint8(top)).reshape(-1, _GROUP)
    outside = raw == top
    rank = np.cumsum(outside, axis=1, dtype=np.int8)
    return np.where(outside, data[starts + (2 * bits - 1) + rank], raw)


def _by_byte(deltas: ByteArray, count: int, stride: int, most: int) -> ByteArray:
    """(stride, count) from groups that stand block by block, byte by byte."""
    whole = count // most
    split = whole * stride * (most // 16)
    first = deltas[:split].reshape(whole, stride, most).transpose(1, 0, 2).reshape(stride, whole * most)
    if count == whole * most:
        return np.ascontiguousarray(first)
    rest = deltas[split:].reshape(stride, -1)[:, : count - whole * most]
    return np.concatenate([first, rest], 1)


def _values(deltas: ByteArray, base: ByteArray, modes: list[int]) -> NDArray[np.uint8]:
    """(count, stride) elements from their deltas to one another and the first one's to ``base``."""
    stride, count = deltas.shape
    out = np.empty((count, stride), np.uint8)
    for channel, mode in enumerate(modes):
        at = slice(4 * channel, 4 * channel + 4)
        kind = mode & 15
        if kind > 2 or (kind < 2 and mode >> 4):
            raise ValueError
        width = (1, 2, 4)[kind]
        dtype = np.dtype(f"<u{width}")
        lanes = np.ascontiguousarray(deltas[at].T).view(dtype)
        start = np.ascontiguousarray(base[at]).view(dtype)
        if kind == 2:
            turn = mode >> 4
            lanes = lanes << np.uint32(turn) | lanes >> np.uint32(32 - turn & 31) if turn else lanes
            value = np.bitwise_xor.accumulate(lanes, axis=0) ^ start
        else:
            one = dtype.type(1)
            value = np.cumsum((lanes >> one) ^ (~(lanes & one) + one), axis=0, dtype=dtype) + start
        out[:, at] = np.ascontiguousarray(value).view(np.uint8)
    return out


def _varints(data: ByteArray, count: int) -> NDArray[np.int64]:
    """``count`` unsigned LEB128 numbers of at most 5 bytes that fill ``data``, modulo 2**32."""
    ends = np.flatnonzero(data < 128)
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    if len(ends) != count or ends[-1] != len(data) - 1 or (ends - starts >= 5).any():
        raise ValueError
    place = np.arange(len(data)) - np.repeat(starts, ends - starts + 1)
    parts = (data & 127).astype(np.int64) << 7 * place
    return np.add.reduceat(parts, starts) & 0xFFFFFFFF


def _indices(data: memoryview, count: int) -> NDArray[np.uint32]:
    stream = np.frombuffer(data, np.uint8)
    if len(stream) < 5 or stream[0] != 0xD1 or stream[-4:].any():
        raise ValueError
    values = _varints(stream[1:-4], count)
    delta = np.where(values & 2, ~(values >> 2), values >> 2)
    found = np.empty(count, np.uint32)
    for baseline in (0, 1):
        own = (values & 1) == baseline
        found[own] = (np.cumsum(delta[own]) & 0xFFFFFFFF).astype(np.uint32)
    return found


def _triangles(data: memoryview, count: int) -> list[int]:
    """The edge and vertex queues are lists that only grow: the k-th newest is the k-th from the end, and reading one
    that was never written is an IndexError."""
    stream = bytes(data)
    total = count // 3
    end = len(stream) - 16
    at = 1 + total
    if end < at or stream[0] != 0xE1:
        raise ValueError
    table = stream[end:]
    if table[14] or table[15] or any(b >> 4 == 15 or b & 15 == 15 for b in table):
        raise ValueError
    edges: list[tuple[int, int]] = []
    recent: list[int] = []
    out: list[int] = []
    fresh = last = 0
    stream = stream[:end]

    def number() -> int:
        nonlocal at, last
        value = shift = 0
        while True:
            byte = stream[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                break
            shift += 7
            if shift > 28:
                raise ValueError
        value &= 0xFFFFFFFF
        last = last + (~(value >> 1) if value & 1 else value >> 1) & 0xFFFFFFFF
        return last

    for code in stream[1 : 1 + total]:
        high, low = code >> 4, code & 15
        if high < 15:
            a, b = edges[-1 - high]
            if low == 0:
                c = fresh
                fresh += 1
                recent.append(c)
            elif low < 13:
                c = recent[-1 - low]
            else:
                if low == 15:
                    c = number()
                else:
                    c = last = last + (1 if low == 14 else -1) & 0xFFFFFFFF
                recent.append(c)
            edges += (c, b), (a, c)
        else:
            if low < 14:
                pair = table[low]
            else:
                pair = stream[at]
                at += 1
                if pair == 0:
                    fresh = 0
            if low == 15:
                a = number()
            else:
                a = fresh
                fresh += 1
            z, w = pair >> 4, pair & 15
            if z == 0:
                b = fresh
                fresh += 1
            else:
                b = number() if z == 15 else recent[-z]
            if w == 0:
                c = fresh
                fresh += 1
            else:
                c = number() if w == 15 else recent[-w]
            recent.append(a)
            if z in (0, 15):
                recent.append(b)
            if w in (0, 15):
                recent.append(c)
            edges += (b, a), (c, b), (a, c)
        out += a, b, c
    if at != end:
        raise ValueError
    return out


def _rounded(values: NDArray[Any]) -> NDArray[Any]:
    found: NDArray[Any] = np.trunc(values + np.copysign(np.float32(0.5), values))
    return found


def _octahedral(rows: ByteArray) -> NDArray[Any]:
    dtype = np.dtype("<i1" if rows.shape[1] == 4 else "<i2")
    value = rows.view(dtype)
    one = np.maximum(value[:, 2:3].astype(np.float32), 1)
    xy = value[:, :2].astype(np.float32) / one
    z = 1 - np.abs(xy).sum(1, keepdims=True)
    xy -= np.copysign(np.minimum(z, 0), xy)
    unit = np.concatenate([xy, z], 1)
    unit /= np.maximum(np.sqrt((unit * unit).sum(1, keepdims=True)), np.float32(1e-12))
    found = value.copy()
    found[:, :3] = _rounded(unit * np.float32(np.iinfo(dtype).max)).astype(dtype)
    return found


def _quaternion(rows: ByteArray) -> NDArray[Any]:
    value = rows.view("<i2")
    one = np.maximum((value[:, 3:] | 3).astype(np.float32), 1)
    xyz = np.clip(value[:, :3].astype(np.float32) / one * np.float32(np.sqrt(0.5)), -1, 1)
    w = np.sqrt(np.maximum(0, 1 - (xyz * xyz).sum(1, keepdims=True)))
    parts = _rounded(np.concatenate([w, xyz], 1) * np.float32(32767)).astype("<i2")
    largest = (value[:, 3:] & 3).astype(np.int64)
    found: NDArray[Any] = np.empty_like(parts)
    np.put_along_axis(found, (largest + np.arange(4)) % 4, parts, 1)
    return found


def _exponential(rows: ByteArray) -> NDArray[Any]:
    value = rows.view("<i4")
    with np.errstate(over="ignore", under="ignore"):
        found: NDArray[Any] = np.ldexp((value << 8 >> 8).astype("<f4"), value >> 24).astype("<f4")
    return found


def _color(rows: ByteArray) -> NDArray[Any]:
    wide = rows.shape[1] == 8
    value = rows.view("<i2" if wide else "<i1").astype(np.int32)
    unsigned = rows.view("<u2" if wide else "u1").astype(np.int32)
    y, co, cg, alpha = unsigned[:, 0], value[:, 1], value[:, 2], unsigned[:, 3]
    top = np.frexp(np.maximum(alpha, 1).astype(np.float64))[1]
    span = (1 << top) - 1
    a = alpha & (span >> 1)
    rgba = np.stack([y + co - cg, y + cg, y - co - cg, a << 1 | a & 1], 1).astype(np.float32)
    most = 65535 if wide else 255
    scaled = np.clip(_rounded(rgba * (most / span.astype(np.float32))[:, None]), 0, most)
    return np.ascontiguousarray(scaled.astype("<u2" if wide else "u1"))


_FILTERS: Final = {
    "OCTAHEDRAL": _octahedral,
    "QUATERNION": _quaternion,
    "EXPONENTIAL": _exponential,
    "COLOR": _color,
}
