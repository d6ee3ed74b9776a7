"""Lines of words as pictures, for papers: scripts that the fonts of a PDF do not have, in the fonts inside OpenCV,
which the captions use too. They know Latin, Greek, Cyrillic, Japanese, Chinese and Korean."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import cv2
import numpy as np

from ...types import ByteArray

_NO_FIRST: Final = frozenset("、。，．・：；？！」』）】〕〉》ー々ゝゞぁぃぅぇぉっゃゅょァィゥェォッャュョ)]}.,:;?!…")
"""Letters that a line does not begin with (JIS X 4051, the part that matters here)."""
_NO_LAST: Final = frozenset("「『（【〔〈《([{")
_WIDE: Final = "WF"


def drawable(text: str) -> str:
    """The text without emoji and other pictures, for which no font is there, and without invisible marks."""
    kept = (c for c in text if unicodedata.category(c) not in ("So", "Sk", "Cs", "Co", "Cn", "Cf", "Cc"))
    return " ".join("".join(kept).split())


def wrap(text: str, size: int, width: int, weight: int = 400) -> list[str]:
    """Lines of at most ``width`` pixels at ``size``: broken at spaces, and between the letters of scripts that have no
    spaces, but never before closing or after opening marks."""
    return broken(text, width, lambda words: _width(words, size, weight))


def broken(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The same with any font. measure : gives the width of a line, in the unit of ``width``."""
    lines: list[str] = []
    for piece in _pieces(drawable(text)):
        if lines and measure((lines[-1] + piece).strip()) <= width:
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
    return [line.strip() for line in lines if line.strip()]


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    for c in text:
        last = pieces[-1][-1] if pieces else " "
        wide = unicodedata.east_asian_width(c) in _WIDE or unicodedata.east_asian_width(last) in _WIDE
        if pieces and (c in _NO_FIRST or last in _NO_LAST or not (wide or c == " ")):
            pieces[-1] += c
        else:
            pieces.append(c)
    return pieces


def line(text: str, size: int, colour: tuple[int, int, int], weight: int = 400) -> tuple[ByteArray, int]:
    """(h, w, 4) uint8 straight RGBA of one line, and the row of its foot. size : pixels of a letter's height."""
    wide, tall, foot = _width(text, size, weight) + size, round(size * 1.7), round(size * 1.2)
    alpha = np.zeros((tall, wide), np.uint8)
    cv2.putText(alpha, text, (size // 8, foot), (255,), _font(), size, weight)
    used = np.flatnonzero(alpha.any(axis=0))
    end = int(used[-1]) + 1 if len(used) else 1
    image = np.empty((tall, end, 4), np.uint8)
    image[..., :3] = colour
    image[..., 3] = alpha[:, :end]
    return image, foot


@lru_cache(1)
def _font() -> Any:
    return cv2.FontFace("sans")


@lru_cache(4096)
def _width(text: str, size: int, weight: int) -> int:
    if not text:
        return 0
    box = cv2.getTextSize((1 << 15, 1 << 10), text, (0, size), _font(), size, weight)
    return int(box[0] + box[2]) + 1
