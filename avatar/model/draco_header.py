"""Reads how much a Draco stream will unpack to, without unpacking it: points, faces, and attributes of a point.

The decoder itself allocates whatever a stream announces, and a stream of a few kilobytes can announce hundreds of
attributes, each for every point. So the connectivity is stepped over to where the attributes are described.
Source: the Draco bitstream specification 2.2 (headers, metadata, edgebreaker and sequential connectivity, symbol
decoding, attribute descriptions).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

_HEADER: Final = 11
_METADATA: Final = 0x8000
_CONTEXTS: Final = 6
_MOST_NESTED: Final = 1 << 12


@dataclass(frozen=True, slots=True)
class Announced:
    """What a stream unpacks to: at most so many points, so many faces, attributes and components of all of them."""

    points: int
    faces: int
    attributes: int = 0
    components: int = 0

    @property
    def values(self) -> int:
        """Measure of memory and time: components of all points, and two more for each attribute."""
        return self.points * (self.components + 2 * self.attributes)


class _Reader:
    """Every step past the end is an IndexError."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, _HEADER

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        value = shift = 0
        while shift < 64:
            byte = self.byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise IndexError

    def pass_numbers(self, count: int) -> None:
        """As ``number`` so many times, but all at once."""
        ends = np.flatnonzero(np.frombuffer(self.data[self.at : self.at + 10 * count], np.uint8) < 128)[:count]
        if len(ends) < count or (np.diff(ends, prepend=-1) > 10).any():
            raise IndexError
        self.at += int(ends[-1]) + 1 if count else 0

    def skip(self, count: int) -> None:
        self.at += count
        if self.at > len(self.data):
            raise IndexError

    def metadata(self) -> None:
        """A mesh's metadata: that of its attributes, then its own; each may hold others."""
        for _ in range(self.number()):
            self.number()
            self._element()
        self._element()

    def _element(self) -> None:
        waiting, named = 1, False
        while waiting:
            waiting -= 1
            if named:
                self.skip(self.byte())
            named = True
            for _ in range(self.number()):
                self.skip(self.byte())
                self.skip(self.number())
            waiting += self.number()
            if waiting > _MOST_NESTED:
                raise IndexError

    def bits(self) -> None:
        """A block of single bits, entropy coded: a probability, a length, the block."""
        self.skip(1)
        self.skip(self.number())

    def symbols(self, count: int) -> None:
        """``count`` numbers, entropy coded."""
        if not count:
            return
        # The other scheme can only be stepped over by decoding it; no encoder writes connectivity so.
        if self.byte() != 1:
            raise IndexError
        self.skip(1)
        self._table()
        self.skip(self.number())

    def _table(self) -> None:
        count, found = self.number(), 0
        while found < count:
            head = self.byte()
            if head & 3 == 3:
                found += (head >> 2) + 1
            else:
                self.skip(head & 3)
                found += 1


def announced(data: memoryview, most: int) -> Announced | None:
    """None where the stream is not a Draco mesh of version 2.2, or is damaged; attributes are left out where there are
    more than ``most`` points or corners."""
    if len(data) < _HEADER or bytes(data[:5]) != b"DRACO" or (data[5], data[6], data[7]) != (2, 2, 1):
        return None
    reader = _Reader(data)
    try:
        if int.from_bytes(data[9:11], "little") & _METADATA:
            reader.metadata()
        return _sequential(reader, most) if data[8] == 0 else _edgebreaker(reader, most) if data[8] == 1 else None
    except IndexError:
        return None


def _sequential(reader: _Reader, most: int) -> Announced | None:
    faces, points = reader.number(), reader.number()
    if max(points, 3 * faces) > most:
        return Announced(points, faces)
    if reader.byte() == 0:
        reader.symbols(3 * faces)
    elif points < 1 << 8:
        reader.skip(3 * faces)
    elif points < 1 << 16:
        reader.skip(6 * faces)
    elif points < 1 << 21:
        part = np.frombuffer(reader.data[reader.at : reader.at + 15 * faces], np.uint8)
        reader.skip(int(np.flatnonzero(part < 128)[3 * faces - 1]) + 1 if faces else 0)
    else:
        reader.skip(12 * faces)
    decoders = reader.byte()
    return _attributes(reader, decoders, points, faces)


def _edgebreaker(reader: _Reader, most: int) -> Announced | None:
    kind = reader.byte()
    points, faces, seams = reader.number(), reader.number(), reader.byte()
    symbols, split = reader.number(), reader.number()
    # Only damaged streams have more, and the decoder makes room for them.
    if max(points, symbols, split) > 3 * faces:
        return None
    # Seams split a point for the attributes they part: at most into one for each corner.
    points = 3 * faces
    if points > most:
        return Announced(points, faces)
    splits = reader.number()
    if splits > faces:
        return None
    reader.pass_numbers(2 * splits)
    reader.skip((splits + 7) // 8)
    if kind == 0:
        reader.skip(reader.number())
    elif kind != 2:
        return None
    for _ in range(1 + seams):
        reader.bits()
    if kind == 2:
        for _ in range(_CONTEXTS):
            reader.symbols(reader.number())
    decoders = reader.byte()
    reader.skip(3 * decoders)
    return _attributes(reader, decoders, points, faces)


def _attributes(reader: _Reader, decoders: int, points: int, faces: int) -> Announced:
    attributes = components = 0
    for _ in range(decoders):
        count = reader.number()
        for _ in range(count):
            reader.byte()
            reader.byte()
            components += reader.byte()
            reader.byte()
            reader.number()
        reader.skip(count)
        attributes += count
    return Announced(points, faces, attributes, components)
