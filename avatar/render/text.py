"""Words as pictures: captions, notices and marks, drawn on the CPU with the fonts inside OpenCV.

They know Latin, Greek, Cyrillic, Japanese, Chinese and Korean, and need no display and no font files. Their Chinese
letters have Chinese forms; Japanese is drawn with a Japanese font of the system where there is one.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..paths import japanese_font
from ..types import ByteArray, FloatArray

WHITE, WARM, GREEN = (255, 255, 255), (255, 213, 150), (80, 230, 110)
_PICTURES, _INVISIBLE = {"So", "Cs", "Co", "Cn"}, {"Cf", "Cc"}  # Unicode categories


@dataclass(frozen=True, slots=True)
class Style:
    """size : letter height in pixels; weight : 100–1000; box : darkness of the box behind, 0–1; lines : most lines;
    dot : colour of a round mark before the words, or None; centred : lines in the middle of the box."""

    size: int
    weight: int = 400
    box: float = 0.55
    lines: int = 3
    dot: tuple[int, int, int] | None = None
    centred: bool = True


def drawable(text: str) -> str:
    """The text on one line, without what no font here has (emoji) and without invisible marks."""
    return " ".join("".join(_as_drawn(c) for c in text).split())


def _as_drawn(c: str) -> str:
    kind = unicodedata.category(c)
    if kind == "So" and ord(c) < 0x1F000 and has_shape(c):
        return c
    if c.isspace() or kind in _PICTURES or (ord(c) >= 0x1F000 and kind == "Sk"):
        return " "
    return "" if kind in _INVISIBLE else c


def wrap(text: str, style: Style, width: int) -> list[str]:
    """Lines no wider than ``width`` pixels and of about the same length, broken at spaces, or anywhere in scripts
    without spaces and in words that are too long. What does not fit in the last allowed line ends in an ellipsis."""
    pieces = _pieces(drawable(text), style, width)
    lines = _fill(pieces, style, width)
    if len(lines) > style.lines:
        lines = lines[: style.lines]
        last = lines[-1]
        while last and _width(last + "…", style) > width:
            last = last[:-1].rstrip()
        lines[-1] = last + "…"
    elif len(lines) > 1:
        narrow, wide = max(_width(p.strip(), style) for p in pieces), width
        while wide - narrow > style.size // 2:
            middle = (narrow + wide) // 2
            if len(_fill(pieces, style, middle)) == len(lines):
                wide = middle
            else:
                narrow = middle
        lines = _fill(pieces, style, wide)
    return lines


def pad_of(style: Style) -> int:
    """Pixels between the box and its words."""
    return max(4, round(style.size * 0.55))


def panel(text: str, style: Style, width: int, speaker: str = "") -> ByteArray:
    """A rounded translucent box with the words in it, (h, w, 4) uint8 premultiplied, at most ``width`` pixels wide.
    Where the lines begin at the left, each of the text's own lines begins a new one.

    speaker : a name written before the words in its own colour.
    """
    pad = pad_of(style)
    indent = round(style.size * 0.95) if style.dot else 0
    name = drawable(speaker)
    room = width - 2 * pad - indent
    lines = [line for part in _parts(text, style) for line in wrap(part, style, room)][: style.lines]
    name_style = Style(max(8, round(style.size * 0.78)), 600)
    rows: list[tuple[str, Style, tuple[int, int, int]]] = [(name, name_style, WARM)] if name else []
    rows += [(line, style, WHITE) for line in lines]
    widths = [_width(words, s) for words, s, _ in rows] or [0]
    heights = [round(s.size * 1.32) for _, s, _ in rows]
    w = min(width, max(widths) + indent + 2 * pad)
    h = sum(heights) + round(pad * 1.2)
    image = np.zeros((h, w, 4), np.float32)
    _over(image, _rounded(w, h, min(pad * 1.3, h / 2)) * style.box, (16, 18, 24))
    y = round(pad * 0.6)
    for (words, s, colour), tall, wide in zip(rows, heights, widths, strict=True):
        x = indent + pad if not style.centred else indent + (w - indent - wide) // 2
        letters = np.zeros((h, w), np.uint8)
        font, scale = _face(words)
        cv2.putText(letters, words, (x, y + round(tall * 0.74)), (255,), font, round(s.size * scale), s.weight)
        ring = cv2.GaussianBlur(cv2.dilate(letters, np.ones((3, 3), np.uint8)), (0, 0), max(0.6, s.size / 22))
        _over(image, ring / np.float32(255) * 0.85, (0, 0, 0))
        _over(image, letters / np.float32(255), colour)
        y += tall
    if style.dot:
        _over(image, _disc(w, h, pad + style.size * 0.32, h / 2, style.size * 0.32), style.dot)
    result: ByteArray = np.clip(image + 0.5, 0, 255).astype(np.uint8)
    return result


def _parts(text: str, style: Style) -> list[str]:
    return [text] if style.centred else text.split("\n")


def _fill(pieces: list[str], style: Style, width: int) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        if lines and _width((lines[-1] + piece).strip(), style) <= width:
            lines[-1] += piece
        else:
            lines.append(piece.lstrip())
    return [line.rstrip() for line in lines if line.strip()]


def _pieces(text: str, style: Style, width: int) -> list[str]:
    """Words with the space before them; single letters where a script has no spaces or a word alone is too wide."""
    pieces: list[str] = []
    for k, word in enumerate(text.split(" ")):
        space = " " if k else ""
        wide_script = any(unicodedata.east_asian_width(c) in "WF" for c in word)
        if wide_script or _width(word, style) > width:
            for n, c in enumerate(word):
                # Closing marks stay with the letter before them.
                if n and unicodedata.category(c) in {"Po", "Pe", "Pf", "Mn"}:
                    pieces[-1] += c
                else:
                    pieces.append((space if n == 0 else "") + c)
        else:
            pieces.append(space + word)
    return pieces


def has_shape(c: str) -> bool:
    """Is there a shape for a letter in the fonts that words are drawn with?"""
    return c.isspace() or c.isascii() or _shape(c, False) or (japanese_font() is not None and _shape(c, True))


def font_name() -> str:
    """What Japanese is drawn with, in words."""
    own = japanese_font()
    return "the font inside OpenCV (Chinese forms of some letters)" if own is None else own.name


@lru_cache(2)
def _font(own: bool = False) -> tuple[Any, float]:
    """A font, and how many times larger its letters must be asked for to be as large as those inside OpenCV. own : the
    system's Japanese one, where there is one that can be read."""
    inside = cv2.FontFace("sans")
    path = japanese_font() if own else None
    font = cv2.FontFace()
    if path is None or not font.set(str(path)):
        return inside, 1.0
    high = [int(_drawn("国", f, 40).any(axis=1).sum()) for f in (inside, font)]
    return (font, high[0] / high[1]) if high[1] else (inside, 1.0)


@lru_cache(2048)
def _face(text: str) -> tuple[Any, float]:
    """The font for a text: the system's for Japanese (which kana tell), and for letters that only it has."""
    if text.isascii() or japanese_font() is None:
        return _font()
    kana = any("\u3040" <= c <= "\u30ff" for c in text)
    return _font(kana or any(ord(c) > 0x2E7F and not _shape(c, False) for c in text))


@lru_cache(8192)
def _shape(c: str, own: bool) -> bool:
    """What has no shape is drawn as the font's mark for that, which a private letter shows too."""
    font = _font(own)[0]
    return not np.array_equal(_drawn(c, font), _drawn("\ue000", font))


def _drawn(c: str, font: Any, size: int = 32) -> ByteArray:
    image = np.zeros((2 * size, 3 * size), np.uint8)
    cv2.putText(image, c, (size // 2, 3 * size // 2), (255,), font, size, 400)
    return image


@lru_cache(4096)
def _width(text: str, style: Style) -> int:
    if not text:
        return 0
    font, scale = _face(text)
    box = cv2.getTextSize((8192, 256), text, (0, 128), font, round(style.size * scale), style.weight)
    return int(box[0] + box[2]) + 1


def _over(image: FloatArray, coverage: NDArray[np.floating], colour: tuple[int, int, int]) -> None:
    """Lay a colour over a premultiplied image; coverage : (h, w) 0–1."""
    a = coverage[..., None]
    image *= 1 - a
    image[..., :3] += a * np.array(colour, np.float32)
    image[..., 3:] += a * 255


def _rounded(w: int, h: int, radius: float) -> FloatArray:
    x = np.abs(np.arange(w, dtype=np.float32) + 0.5 - w / 2)[None] - (w / 2 - radius)
    y = np.abs(np.arange(h, dtype=np.float32) + 0.5 - h / 2)[:, None] - (h / 2 - radius)
    outside = np.hypot(np.maximum(x, 0), np.maximum(y, 0)) + np.minimum(np.maximum(x, y), 0) - radius
    return np.asarray(np.clip(0.5 - outside, 0, 1), np.float32)


def _disc(w: int, h: int, cx: float, cy: float, radius: float) -> FloatArray:
    x, y = np.arange(w, dtype=np.float32) + 0.5 - cx, np.arange(h, dtype=np.float32) + 0.5 - cy
    return np.asarray(np.clip(radius + 0.5 - np.hypot(x[None], y[:, None]), 0, 1), np.float32)
