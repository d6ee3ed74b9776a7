"""Numbers written in text, read by the array and not one by one.

The figures of a block are read as whole numbers, without their points, and divided by the power of ten that the point
stands for: NumPy reads a whole number eight times faster than a fraction.
"""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

NUMBER: Final = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
SPACE: Final = b"\t\n\v\f\r "
_WORD: Final = re.compile(rb"[^\t\n\v\f\r ]+")
_KNOWN: Final = b"0123456789+-.eE" + SPACE
_BLOCK: Final = 1 << 17
_DIGITS: Final = 18
"""Figures of a number that surely fit 64 bits; one with more is read by itself, and is so long that few fit a file."""
_MOST: Final = 200
_POWERS: Final = np.array([float(f"1e{i}") for i in range(_MOST + 1)])
_DOT, _UPPER_E = b".E"
_WHOLE: Final = bytes.maketrans(b"eE", b"  ")

Floats = NDArray[np.float64]
Offsets = NDArray[np.int32]
Places = NDArray[np.intp]


class NotANumber(ValueError):
    """A word that is no number. offset : where it starts; word : what it is."""

    def __init__(self, offset: int, word: bytes) -> None:
        super().__init__(word)
        self.offset, self.word = offset, word


def why(word: bytes) -> str:
    """What is wrong with a word that is no number, for a person."""
    if word.lower().lstrip(b"+-") in (b"nan", b"inf", b"infinity"):
        return "a number is not finite"
    return f"'{word[:30].decode('utf-8', 'replace')}' is not a number"


def numbers(text: bytes) -> tuple[Floats, Offsets]:
    """((N,) values, (N,) offsets of their first bytes) of decimal numbers with white space (ASCII's) between them.

    A value is within two units in the last place of what ``float`` gives, infinity where it is too large.
    text : at most 2 GiB. Raises NotANumber for the first word that is none: ``nan``, ``1_0`` and ``0x1`` are not.
    """
    values: list[Floats] = []
    offsets: list[Offsets] = []
    at = 0
    while at < len(text):
        end = _break(text, at + _BLOCK)
        block = text[at:end]
        found = None if block.translate(None, _KNOWN) else _block(block)
        if found is None:
            _refuse(block, at)
        else:
            values.append(found[0])
            offsets.append((found[1] + at).astype(np.int32))
        at = end
    if not values:
        return np.empty(0), np.empty(0, np.int32)
    return np.concatenate(values), np.concatenate(offsets)


def _break(text: bytes, at: int) -> int:
    """The first white space from there on, or the end."""
    while at < len(text) and text[at] not in SPACE:
        at += 1
    return min(at, len(text))


def _refuse(block: bytes, at: int) -> None:
    for word in _WORD.finditer(block):
        if not NUMBER.fullmatch(word[0]):
            raise NotANumber(at + word.start(), word[0])


def _block(text: bytes) -> tuple[Floats, Places] | None:
    """Values and offsets of a short text of known characters, None where a word is no number."""
    a = np.frombuffer(b" %b " % text, np.uint8)
    gap = a <= 32
    others = np.flatnonzero(~gap & (a - np.uint8(48) > 9))
    kinds = a[others]
    raised = others[kinds >= _UPPER_E]
    gap[raised] = True
    edges = np.flatnonzero(gap[1:] != gap[:-1]) + 1
    starts, ends = edges[::2], edges[1::2]
    dots, signs = others[kinds == _DOT], others[kinds < _DOT]
    owners = _owners(dots, starts, ends)
    if owners is None or not gap[signs - 1].all():
        return None
    digits = ends - starts
    digits[owners] -= 1
    if len(signs):
        digits -= a[starts] < _DOT
    if not len(starts) or digits.min() < 1:
        return None if len(others) else (np.empty(0), starts)
    whole = np.fromstring(text.translate(_WHOLE, b"."), np.int64, len(starts), sep=" ")
    values = whole.astype(np.float64)
    places = ends[owners] - 1 - dots
    values[owners] /= _POWERS[np.minimum(places, _MOST)]
    long = np.flatnonzero(digits > _DIGITS)
    if len(raised):
        powers = np.flatnonzero(a[starts - 1] >= _UPPER_E)
        kept = np.ones(len(starts) + 1, np.bool_)
        kept[powers] = False
        if not _are_powers(powers, raised, ends) or not kept[owners].all():
            return None
        own, kept = powers - 1, kept[:-1]
        shift = np.maximum(np.minimum(whole[powers], 9999), -9999)
        if len(owners):
            after = np.zeros(len(starts), np.int64)
            after[owners] = places
            shift -= after[own]
        values[own] = _shifted(whole[own].astype(np.float64), shift)
        # A word of many figures, or with a power of many, is read by itself as far as its power goes.
        long = np.unique(np.where(kept[long], long, long - 1))
        ends = ends.copy()
        ends[own] = ends[powers]
    for i in long:
        values[i] = float(text[starts[i] - 1 : ends[i] - 1])
    return (values[kept], starts[kept] - 1) if len(raised) else (values, starts - 1)


def _owners(marks: Places, starts: Places, ends: Places) -> Places | None:
    """Which word each mark stands in, None where two stand in one."""
    if len(marks) == len(starts) and (marks >= starts).all() and (marks < ends).all():
        return np.arange(len(starts))
    owners = np.searchsorted(starts, marks, "right") - 1
    return owners if (owners[1:] > owners[:-1]).all() else None


def _are_powers(powers: Places, raised: Places, ends: Places) -> bool:
    """Whether every E stands right behind a word that is no power. powers : the words right behind an E."""
    if len(powers) < len(raised) or not powers[0] or (powers[1:] - powers[:-1] < 2).any():
        return False
    return bool((ends[powers - 1] == raised).all())


def _shifted(values: Floats, powers: Places) -> Floats:
    """Times these powers of ten, in two steps, for each has but _MOST places."""
    size = np.minimum(np.abs(powers), 2 * _MOST)
    first = _POWERS[np.minimum(size, _MOST)]
    with np.errstate(over="ignore", under="ignore"):
        # A power is exact up to 22, its inverse is not.
        near: Floats = np.where(powers < 0, values / first, values * first)
        if size.max() <= _MOST:
            return near
        second = _POWERS[np.maximum(size - _MOST, 0)]
        far: Floats = np.where(powers < 0, near / second, near * second)
        return far
