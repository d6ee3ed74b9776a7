"""The corners that an OBJ's faces name, ``v``, ``v/vt``, ``v//vn`` or ``v/vt/vn``, all of them at once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .prop_checks import MAX_TRIANGLES
from .text_lines import Lines, Places

Integers = NDArray[np.int64]

_WORD: Final = re.compile(rb"\S+")
_APART: Final = bytes.maketrans(b"/", b" ")
_DIGITS: Final = 18
_SLASH, _PLUS, _MINUS = b"/+-"


@dataclass(slots=True)
class Corners:
    """sizes : (F,) corners of each face; v, vt, vn : (M,) what they name, as written, 0 for nothing."""

    sizes: Places
    v: Integers
    vt: Integers
    vn: Integers


def read_corners(lines: Lines, faces: Places) -> Corners:
    """What is written on these lines, all of which begin with ``f``. Raises ModelError."""
    text, bounds = lines.cut(faces, 1)
    a = np.frombuffer(text, np.uint8)
    gap, slash = (a == 32) | (a - np.uint8(9) < 5), a == _SLASH
    starts = np.flatnonzero(gap[:-1] & ~gap[1:]) + 1
    sizes = np.diff(np.searchsorted(starts, bounds))
    if np.maximum(sizes - 2, 0).sum() > MAX_TRIANGLES:
        raise lines.exceeds(f"its faces make more than {MAX_TRIANGLES} triangles")
    word = a - np.uint8(48) <= 9
    others = np.flatnonzero(~(gap | slash | word))
    signs = others[(a[others] == _PLUS) | (a[others] == _MINUS)]
    word[signs] = True
    edges = np.flatnonzero(word[1:] != word[:-1]) + 1
    first, last = edges[::2], edges[1::2]
    digits = last - first - (a[first] < _SLASH)
    slashes = np.flatnonzero(slash)
    owners = np.searchsorted(starts, slashes, "right") - 1
    again = np.concatenate([[False], owners[1:] == owners[:-1]])
    wrong = (
        others[(a[others] != _PLUS) & (a[others] != _MINUS)],
        signs[word[signs - 1]],
        first[(digits < 1) | (digits > _DIGITS)],
        starts[slash[starts]],
        slashes[1:][again[1:] & again[:-1]],
    )
    if any(map(len, wrong)):
        at = min(int(places[0]) for places in wrong if len(places))
        found = _WORD.match(text, int(starts[np.searchsorted(starts, at, "right") - 1]))
        face = int(faces[np.searchsorted(bounds, at, "right") - 1])
        named = found[0][:30].decode("utf-8", "replace") if found else ""
        raise lines.refuse(face, f"'{named}' is not a corner of a face")
    values = np.fromstring(text.translate(_APART), np.int64, len(first), sep=" ")
    leads = ~slash[first - 1]
    made = Corners(sizes, values[leads], np.zeros(len(starts), np.int64), np.zeros(len(starts), np.int64))
    # The numbers behind slashes are those slashes' own that have a number behind them, in the same order.
    full = word[slashes + 1]
    values, owners, again = values[~leads], owners[full], again[full]
    made.vt[owners[~again]] = values[~again]
    made.vn[owners[again]] = values[again]
    return made
