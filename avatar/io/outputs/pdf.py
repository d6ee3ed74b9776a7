"""A small PDF of true size: filled rectangles, lines and words on white pages (ISO 32000-1), lengths in millimetres.

Every shape of one call is one path with one fill, so that squares that touch have no seam between them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ...errors import OutputError

PAPERS: Final = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height, millimetres."""
_POINT: Final = 72 / 25.4
_WIDE: Final = 0.5  # of a letter's size, its mean width in Helvetica

Rect = tuple[float, float, float, float]
"""x, y (from the page's top left), width, height; millimetres."""


class Page:
    """One page; size : (width, height) in millimetres."""

    def __init__(self, size: tuple[float, float]) -> None:
        self.size = size
        self._parts: list[str] = []

    def fill(self, rects: Iterable[Rect], grey: float = 0.0) -> None:
        """Rectangles as one shape. grey : 0 black to 1 white."""
        shapes = " ".join(f"{_pt(x)} {_pt(self.size[1] - y - h)} {_pt(w)} {_pt(h)} re" for x, y, w, h in rects)
        self._parts.append(f"{grey:.3f} g {shapes} f")

    def line(self, x0: float, y0: float, x1: float, y1: float, width: float = 0.2, grey: float = 0.0) -> None:
        """A straight line, ``width`` millimetres wide."""
        a, b = f"{_pt(x0)} {_pt(self.size[1] - y0)} m", f"{_pt(x1)} {_pt(self.size[1] - y1)} l"
        self._parts.append(f"{grey:.3f} G {_pt(width)} w {a} {b} S")

    def words(self, x: float, y: float, text: str, size: float = 4.0, middle: bool = False, grey: float = 0.0) -> None:
        """A line of words with its foot at ``y``; size : millimetres of a letter's height; middle : x is its middle,
        about. Letters outside Latin-1 become ``?``."""
        if middle:
            x -= len(text) * _WIDE * size / 2
        safe = text.encode("latin-1", "replace").decode("latin-1")
        safe = safe.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        at = f"{_pt(x)} {_pt(self.size[1] - y)} Td"
        self._parts.append(f"BT {grey:.3f} g /F1 {_pt(size)} Tf {at} ({safe}) Tj ET")

    def content(self) -> bytes:
        """What the page draws, as PDF operators."""
        return "\n".join(self._parts).encode("latin-1")


def _pt(millimetres: float) -> str:
    return f"{millimetres * _POINT:.4f}".rstrip("0").rstrip(".") or "0"


def encode(pages: list[Page], title: str) -> bytes:
    """The whole file. title : for the viewer's window; ASCII."""
    objects: list[bytes] = [b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>", b""]
    objects.append(b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")
    objects.append(f"<< /Title ({title}) /Creator (Presence) >>".encode("ascii", "replace"))
    kids = []
    for page in pages:
        content = page.content()
        number = len(objects) + 1
        kids.append(f"{number} 0 R")
        box = f"[0 0 {_pt(page.size[0])} {_pt(page.size[1])}]"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox {box} /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {number + 1} 0 R >>".encode()
        )
        objects.append(b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content))
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(pages)} >>".encode()
    out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def write(path: Path, pages: list[Page], title: str) -> None:
    """Write the file. OutputError when it cannot be."""
    try:
        path.write_bytes(encode(pages, title))
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror or error})") from None
