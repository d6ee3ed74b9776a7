"""A font that stands in: the letters of a page that its reader's machine may have no font for, from the one inside
OpenCV, as a TrueType font of just those letters, so that a name in Japanese is never a row of empty boxes."""

from __future__ import annotations

import base64
import importlib
import io
import unicodedata
from typing import Any, Final

import cv2
import numpy as np

from .lettering import drawable, line

NAME: Final = "Stand-in"
_EM: Final = 1000
_PIXELS: Final = 400
"""A letter's height while its outline is found."""
_SMOOTH: Final = 0.7
"""Pixels that an outline may leave its letter by: 1/570 of its height."""
_MOST: Final = 1500
"""Letters; a page with more is a book, whose reader has a font."""


def letters(text: str) -> str:
    """The letters of a text, once each, that the fonts of a machine in the west often lack."""
    found = {c for c in drawable(text) if ord(c) > 0x2E7F and not unicodedata.category(c).startswith("C")}
    return "".join(sorted(found)[:_MOST])


def face(text: str) -> str:
    """A CSS ``@font-face`` called ``NAME`` with the letters of ``text``; "" where none is needed, or where the library
    that writes fonts (fontTools, of fpdf2) is not there. It comes last in a ``font-family``, after the reader's own."""
    wanted = letters(text)
    if not wanted:
        return ""
    try:
        data = base64.b64encode(_font(wanted)).decode()
    except ImportError:
        return ""
    only = ",".join(f"U+{ord(c):X}" for c in wanted)
    source = f'url(data:font/ttf;base64,{data}) format("truetype")'
    return f'@font-face{{font-family:"{NAME}";src:{source};unicode-range:{only}}}\n'


def _font(wanted: str) -> bytes:
    builder: Any = importlib.import_module("fontTools.fontBuilder").FontBuilder(_EM, isTTF=True)
    pen_of: Any = importlib.import_module("fontTools.pens.ttGlyphPen").TTGlyphPen
    names = [".notdef", *(f"uni{ord(c):05X}" for c in wanted)]
    glyphs, widths = {".notdef": pen_of(None).glyph()}, {".notdef": (_EM, 0)}
    for name, letter in zip(names[1:], wanted, strict=True):
        pen = pen_of(None)
        for outline in _outlines(letter):
            pen.moveTo(outline[0])
            for point in outline[1:]:
                pen.lineTo(point)
            pen.closePath()
        glyphs[name] = pen.glyph()
        across = _EM if unicodedata.east_asian_width(letter) in "WF" else _EM // 2
        widths[name] = (across, getattr(glyphs[name], "xMin", 0) or 0)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(c): name for c, name in zip(wanted, names[1:], strict=True)})
    builder.setupGlyf(glyphs)
    table = builder.font["glyf"]
    builder.setupHorizontalMetrics({n: (w, getattr(table[n], "xMin", 0)) for n, (w, _) in widths.items()})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": NAME, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=1000, usWinDescent=250)
    builder.setupPost()
    out = io.BytesIO()
    builder.font.save(out)
    return out.getvalue()


def _outlines(letter: str) -> list[list[tuple[int, int]]]:
    """Closed outlines of a letter in the font's units, y up from the foot; outer ones clockwise, holes against it."""
    picture, foot = line(letter, _PIXELS, (0, 0, 0))
    ink = cv2.copyMakeBorder(picture[..., 3], 2, 2, 2, 2, cv2.BORDER_CONSTANT, value=0)
    found, tree = cv2.findContours((ink > 127).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    out: list[list[tuple[int, int]]] = []
    for outline, row in zip(found, tree[0] if tree is not None else (), strict=True):
        points = cv2.approxPolyDP(outline, _SMOOTH, True)[:, 0].astype(float)
        if len(points) < 3:
            continue
        x = (points[:, 0] - 2 - _PIXELS // 8) * _EM / _PIXELS
        y = (foot + 2 - points[:, 1]) * _EM / _PIXELS
        area = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
        hole = row[3] >= 0
        if (area > 0) != hole:
            x, y = x[::-1], y[::-1]
        out.append([(round(a), round(b)) for a, b in zip(x, y, strict=True)])
    return out
