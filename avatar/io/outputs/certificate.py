"""The certificate: one PDF of a quiet page, and a second one with the words that were said.

Latin letters are text in the fonts that every PDF reader has; other scripts are text in a Japanese font of the system
where one has their letters, which goes into the file. Else their lines are drawn as pictures of 600 dots an inch with
their words beneath them as alternative text, so that no letter is ever an empty box.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from datetime import datetime
from typing import Final

import cv2

from ...ceremony.keepsake import Album
from ...paths import japanese_font
from .lettering import broken, drawable, line, wrap
from .recorder import MARK

Colour = tuple[int, int, int]
INK: Final[Colour] = (38, 36, 42)
SOFT: Final[Colour] = (104, 100, 110)
ACCENT: Final[Colour] = (150, 62, 74)
_MARGIN: Final = 30.0
_WIDE: Final = 210.0 - 2 * _MARGIN
_DOTS: Final = 600 / 25.4
_POINT: Final = 25.4 / 72
_OWN: Final = "own"
_EDGE: Final = 262.0
"""Millimetres from the top below which nothing but the foot stands."""
_XMP: Final = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    'xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" Iptc4xmpExt:DigitalSourceType='
    '"http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic"/></rdf:RDF>'
)


def certificate(album: Album, when: datetime) -> bytes:
    """The PDF's bytes. when : for its metadata."""
    paper = _Paper(album, when)
    paper.front()
    if album.vows:
        paper.words()
    return bytes(paper.pdf.output())


class _Paper:
    def __init__(self, album: Album, when: datetime) -> None:
        self.album = album
        # With the fonts that it can take into a file a quarter of all that a start loads, for a page at the end.
        from fpdf import FPDF

        self._plain = _latin("".join((album.title, album.person, album.companion, album.held)))
        self.pdf = FPDF(format="A4")
        self.pdf.set_auto_page_break(False)
        self.pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.pdf.set_title(album.title)
        self.pdf.set_subject(MARK)
        self.pdf.set_creator("Presence")
        self.pdf.set_lang(album.language)
        self.pdf.set_creation_date(when)
        self.pdf.set_xmp_metadata(_XMP)
        self._letters = self._own_font()

    def front(self) -> None:
        """Who, when, and what it is."""
        album, words = self.album, self.album.labels
        self._page()
        self.pdf.set_y(40)
        self._text(f"{words['symbolic']}  ·  {words['made']}", 10.5, ACCENT, "B", centred=True)
        self._down(15)
        self._text(album.title, 15, SOFT, "I", centred=True)
        self._down(7)
        self._text(album.person, 32, INK, "", centred=True, lead=1.15)
        self._text(words["and"], 14, SOFT, "I", centred=True)
        self._text(album.companion, 32, INK, "", centred=True, lead=1.15)
        self._text(words["companion"], 10.5, SOFT, "", centred=True)
        self._down(6)
        where = "  ·  ".join(part for part in (album.date, album.place) if part)
        if where:
            self._text(where, 13, INK, "", centred=True)
        self._down(10)
        self._rule(24)
        self._down(11)
        self._text(album.held, 12.5, INK, "", centred=True)
        self._down(11)
        self._boxed()
        other = album.other
        if other is not None:
            self._down(9)
            self._text(f"{other.labels['symbolic']}  ·  {other.labels['made']}", 9.5, ACCENT, "B", centred=True)
            self._down(1.5)
            self._text(other.real, 10.5, SOFT, "", centred=True)
            self._text(other.not_real, 10.5, SOFT, "", centred=True)
        if self.pdf.page == 1 and self.pdf.get_y() < _EDGE - 24:
            self.pdf.set_draw_color(*SOFT)
            self.pdf.set_line_width(0.2)
            self.pdf.line(65, _EDGE - 12, 145, _EDGE - 12)
            self.pdf.set_y(_EDGE - 10.5)
            self._text(words["signature"], 9, SOFT, "", centred=True)

    def words(self) -> None:
        """The words that were said, as long as they are."""
        self._page()
        self.pdf.set_y(40)
        self._text(self.album.labels["vows"], 20, INK, "")
        self._down(6)
        for name, role, text in self.album.vows:
            self._room(40)
            self._down(5)
            self._text(f"{name}  ·  {role}" if role and role != name else name, 10.5, ACCENT, "B")
            self._down(1.5)
            self._text(text, 13.5, INK, "", lead=1.5)
            self._down(5)

    def _boxed(self) -> None:
        """What is real, beside the accent's line, and what it is not, at the same size."""
        album, words = self.album, self.album.labels
        top, page = self.pdf.get_y(), self.pdf.page
        for title, text in ((words["real_title"], album.real), (words["not_real_title"], album.not_real)):
            self._text(title, 10.5, ACCENT, "B", indent=7)
            self._down(0.8)
            self._text(text, 12.5, INK, "", indent=7, lead=1.35)
            self._down(3.5)
        self.pdf.set_draw_color(*ACCENT)
        self.pdf.set_line_width(0.7)
        if self.pdf.page == page:
            self.pdf.line(_MARGIN, top + 0.8, _MARGIN, self.pdf.get_y() - 3)

    def _own_font(self) -> frozenset[int]:
        """Take the system's Japanese font into the file; the letters that it has."""
        path = japanese_font()
        if path is not None:
            with contextlib.suppress(Exception):  # a font that cannot be read: lines are drawn
                self.pdf.add_font(_OWN, "", path)
                return frozenset(getattr(self.pdf.fonts[_OWN], "cmap", ()))
        return frozenset()

    def _page(self) -> None:
        """A new page, with its frame and its foot."""
        self.pdf.add_page()
        self.pdf.set_draw_color(*ACCENT)
        self.pdf.set_line_width(0.25)
        self.pdf.rect(14, 14, 182, 269)
        y = self.pdf.get_y()
        self.pdf.set_y(_EDGE + 7)
        self._text(f"{self.album.labels['symbolic']}  ·  {self.album.labels['made']}", 9, SOFT, "", centred=True)
        self.pdf.set_y(y)

    def _room(self, height: float) -> None:
        if self.pdf.get_y() + height > _EDGE:
            self._page()
            self.pdf.set_y(36)

    def _rule(self, length: float) -> None:
        self.pdf.set_draw_color(*ACCENT)
        self.pdf.set_line_width(0.5)
        y = self.pdf.get_y()
        self.pdf.line(105 - length / 2, y, 105 + length / 2, y)

    def _down(self, millimetres: float) -> None:
        self.pdf.set_y(self.pdf.get_y() + millimetres)

    def _text(
        self,
        text: str,
        size: float,
        colour: Colour,
        style: str,
        centred: bool = False,
        indent: float = 0,
        lead: float = 1.3,
    ) -> None:
        """A paragraph, as wide as the page's margins let it be. size : points; indent : millimetres."""
        words, wide = drawable(text), _WIDE - indent
        tall = size * _POINT * lead
        if _latin(words) and self._plain:
            self.pdf.set_font("times" if size > 11 else "helvetica", style, size)
            self.pdf.set_text_color(*colour)
            rows = self._rows(words, wide)
            for row in rows:
                self._fit(tall)
                self.pdf.set_x(_MARGIN + indent)
                self.pdf.cell(wide, tall, row, align="C" if centred else "L", new_x="LMARGIN", new_y="NEXT")
            return
        if words and all(ord(c) in self._letters for c in words):
            self.pdf.set_font(_OWN, "", size)
            self.pdf.set_text_color(*colour)
            tall = size * _POINT * max(lead, 1.45)
            for row in _even(lambda across: broken(words, across - 0.1, self.pdf.get_string_width), wide):
                self._fit(tall)
                self.pdf.set_font(_OWN, "", size)
                self.pdf.set_text_color(*colour)
                self.pdf.set_x(_MARGIN + indent)
                self.pdf.cell(wide, tall, row, align="C" if centred else "L", new_x="LMARGIN", new_y="NEXT")
            return
        weight = 600 if style == "B" else 400
        high = round(size * 0.92 * _POINT * _DOTS)
        tall = size * _POINT * max(lead, 1.45)
        for row in _even(lambda across: wrap(words, high, round(across * _DOTS), weight), wide):
            self._fit(tall)
            image, foot = line(row, high, colour, weight)
            across = image.shape[1] / _DOTS
            x = _MARGIN + indent + ((wide - across) / 2 if centred else 0)
            y = self.pdf.get_y() + tall * 0.72 - foot / _DOTS
            data = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA))[1].tobytes()
            self.pdf.image(io.BytesIO(data), x, y, across, image.shape[0] / _DOTS, alt_text=row)
            self._down(tall)

    def _rows(self, words: str, wide: float) -> list[str]:
        def broken(across: float) -> list[str]:
            return [str(row) for row in self.pdf.multi_cell(across, 1, words, dry_run=True, output="LINES")]

        return _even(broken, wide)

    def _fit(self, tall: float) -> None:
        if self.pdf.get_y() + tall > _EDGE and self.pdf.get_y() < _EDGE:
            self._page()
            self.pdf.set_y(36)


def _even(broken: Callable[[float], list[str]], wide: float) -> list[str]:
    """Two or three lines of about the same length, so that no word is left alone; longer texts as they come, but
    for a last line of one word."""
    rows = broken(wide)
    if len(rows) > 3 and " " not in rows[-1].strip():
        narrower = (broken(wide * (1 - k * 0.02)) for k in range(1, 8))
        return next((tried for tried in narrower if len(tried) == len(rows) and " " in tried[-1].strip()), rows)
    if not 2 <= len(rows) <= 3:
        return rows
    for k in range(1, 10):
        tried = broken(wide * (1 - k * 0.05))
        if len(tried) > len(rows):
            break
        rows = tried
    return rows


def _latin(text: str) -> bool:
    """Can the reader's own fonts write this?"""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True
