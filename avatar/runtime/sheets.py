"""``avatar tags`` as a function: the sheets that are printed, with true sizes and a ruler to check them by."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from ..errors import UsageError
from ..io.detect import codes
from ..io.detect.board import FAMILY, Board
from ..io.outputs.pdf import PAPERS, Page, Rect, write
from ..spelling import TAG_SIZES
from ..stage.anchors_tags import FLOOR_TAGS, FLOOR_TIMES

TABLE_TAGS: Final = range(4)
RULER_MM: Final = 100.0
_EDGE: Final = 5.0  # millimetres that printers leave white
_HEAD, _FOOT, _LABEL = 20.0, 26.0, 6.0
_HINT: Final = "Print at 100 % (actual size, not 'fit to page'). The ruler below must measure 100 mm."


def sheets(out: Path, size_mm: float, paper: str, board: Board | None = None) -> dict[str, Any]:
    """Write ``out`` (tags) and beside it ``…-board.pdf`` (the ChArUco board); the facts.

    size_mm : side of a table tag's black square; floor tags are twice as large; paper : ``a4`` or ``letter``. Raises
    UsageError for what does not fit the paper, OutputError for files that cannot be written.
    """
    if paper.lower() not in PAPERS:
        raise UsageError(f"paper '{paper}': a4 or letter")
    if not 1000 * TAG_SIZES[0] <= size_mm <= 1000 * TAG_SIZES[1]:
        raise UsageError(f"size {size_mm:g} mm: must be 10 to 2000")
    if out.suffix.lower() != ".pdf":
        raise UsageError(f"{out}: write it to a .pdf")
    room, board = PAPERS[paper.lower()], board or Board()
    pages = [_table_page(room, size_mm)]
    large = FLOOR_TIMES * size_mm
    floor = _fits(room, large) > 0
    if floor:
        pages.append(_tag_page(room, "Floor", [FLOOR_TAGS[0]], large, size_mm))
    board_file = out.with_name(f"{out.stem}-board.pdf")
    plate = _board_page(room, board)
    write(out, pages, "Presence tags")
    write(board_file, [plate], "Presence calibration board")
    return {
        "pdf": str(out),
        "board": str(board_file),
        "paper": paper.lower(),
        "table_mm": size_mm,
        "floor_mm": large if floor else None,
        "square_mm": round(1000 * board.square, 2),
        "run": "avatar run --anchor tag" + ("" if size_mm == 80 else f" --tag-size {size_mm:g}"),
    }


def _fits(room: tuple[float, float], size: float) -> int:
    """How many tags with a cell of white round them, and a label, have room on a page."""
    pitch = size * 1.25
    wide = int((room[0] - 2 * _EDGE + 1e-6) // pitch)
    high = int((room[1] - _HEAD - _FOOT + 1e-6) // (pitch + _LABEL))
    return wide * high


def _table_page(room: tuple[float, float], size: float) -> Page:
    count = min(_fits(room, size), len(TABLE_TAGS))
    if count == 0:
        most = min((room[0] - 2 * _EDGE) / 1.25, (room[1] - _HEAD - _FOOT - _LABEL) / 1.25)
        raise UsageError(f"size {size:g} mm: the largest tag that fits this paper is {int(most)} mm")
    return _tag_page(room, "Table", list(TABLE_TAGS[:count]), size, size)


def _tag_page(room: tuple[float, float], where: str, numbers: list[int], size: float, table_size: float) -> Page:
    page = _page(room, f"Presence - {where.lower()} tags, {size:g} mm")
    option = "" if table_size == 80 else f" --tag-size {table_size:g}"
    page.words(
        10, 17, f"Lay one or more on the {where.lower()}, face up, flat; then: avatar run --anchor tag{option}", 3.4
    )
    pitch = size * 1.25
    columns = max(1, min(int((room[0] - 2 * _EDGE + 1e-6) // pitch), len(numbers)))
    left = (room[0] - columns * pitch) / 2
    for k, number in enumerate(numbers):
        x = left + (k % columns) * pitch
        y = _HEAD + (k // columns) * (pitch + _LABEL)
        page.fill(_squares(codes.cells("april", number), x + size / 8, y + size / 8, size / 8))
        page.words(x + pitch / 2, y + pitch + 2.5, f"{where} {number}   AprilTag 36h11   {size:g} mm", 3, True, 0.35)
        for cx, cy in ((x, y), (x + pitch, y), (x, y + pitch), (x + pitch, y + pitch)):
            page.line(cx - 1.5, cy, cx + 1.5, cy, 0.1, 0.6)
            page.line(cx, cy - 1.5, cx, cy + 1.5, 0.1, 0.6)
    return page


def _board_page(room: tuple[float, float], board: Board) -> Page:
    side, tag = 1000 * board.square, 1000 * board.tag
    wide, high = board.columns * side, board.rows * side
    if wide > room[0] - 2 * _EDGE or high > room[1] - _HEAD - _FOOT:
        raise UsageError(f"a board of {wide:g} x {high:g} mm does not fit this paper")
    page = _page(
        room, f"Presence - calibration board {board.columns}x{board.rows}, {side:g} mm squares, {tag:g} mm tags"
    )
    page.words(10, 17, "Glue it to something flat, then: avatar calibrate CAMERA", 3.4)
    x0, y0 = (room[0] - wide) / 2, _HEAD + (room[1] - _HEAD - _FOOT - high) / 2
    black: list[Rect] = []
    for column, row, number in board.squares():
        x, y = x0 + column * side, y0 + row * side
        if number < 0:
            black.append((x, y, side, side))
        else:
            inset = (side - tag) / 2
            black += _squares(codes.cells(FAMILY, number), x + inset, y + inset, tag / 8)
    page.fill(black)
    return page


def _page(room: tuple[float, float], title: str) -> Page:
    page = Page(room)
    page.words(10, 11, title, 4.5)
    left, foot = (room[0] - RULER_MM) / 2, room[1] - 10
    page.words(room[0] / 2, foot - 9, _HINT, 3.2, True)
    page.fill([(left, foot, RULER_MM, 0.3)])
    for k in range(11):
        high = 5.0 if k % 5 == 0 else 3.0
        page.fill([(left + 10 * k - 0.1, foot - high, 0.2, high)])
        if k % 5 == 0:
            page.words(left + 10 * k, foot + 4, f"{10 * k}", 3, True)
    return page


def _squares(cells: np.ndarray, x: float, y: float, side: float) -> list[Rect]:
    """The black cells, each row's neighbours as one rectangle."""
    found: list[Rect] = []
    for row, line in enumerate(cells):
        edges = np.flatnonzero(np.diff(np.concatenate([[1], line, [1]])))
        for begin, end in edges.reshape(-1, 2):
            found.append((x + begin * side, y + row * side, (end - begin) * side, side))
    return found
