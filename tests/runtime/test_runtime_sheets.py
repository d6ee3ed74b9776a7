"""The sheets, rasterised from their own shapes: the tags are found, and have the size that is promised."""

from __future__ import annotations

import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.errors import UsageError
from avatar.io.detect.board import Board
from avatar.io.detect.tags import TagFinder
from avatar.linalg import planar
from avatar.runtime.sheets import RULER_MM, sheets
from avatar.stage.anchors_tags import FLOOR_TAGS, floor_sizes

DOTS = 5  # to a millimetre


def pages(path: Path) -> list[np.ndarray]:
    """(H, W) uint8 pictures of the filled rectangles of every page."""
    text = path.read_bytes().decode("latin-1")
    boxes = [tuple(map(float, b)) for b in re.findall(r"MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", text)]
    streams = re.findall(r"stream\n(.*?)\nendstream", text, re.DOTALL)
    scale = 25.4 / 72 * DOTS
    made = []
    for (wide, high), stream in zip(boxes, streams, strict=True):
        picture = np.full((round(high * scale), round(wide * scale)), 255, np.uint8)
        for x, y, w, h in re.findall(r"([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re", stream):
            left, foot = float(x) * scale, (high - float(y)) * scale
            right, top = left + float(w) * scale, foot - float(h) * scale
            picture[round(top) : round(foot), round(left) : round(right)] = 0
        made.append(picture)
    return made


def sides(pixels: np.ndarray) -> np.ndarray:
    return np.linalg.norm(pixels - np.roll(pixels, 1, 0), axis=1) / DOTS


@pytest.mark.parametrize(("paper", "size"), [("a4", 80.0), ("letter", 80.0), ("a4", 50.0), ("Letter", 32.0)])
def test_every_tag_is_found_in_its_true_size(tmp_path: Path, paper: str, size: float) -> None:
    facts = sheets(tmp_path / "tags.pdf", size, paper)
    table, floor = pages(tmp_path / "tags.pdf")
    marks = TagFinder().find(table)
    assert sorted((m.family, m.id) for m in marks) == [("april", k) for k in range(4)]
    for mark in marks:
        assert sides(mark.pixels) == pytest.approx(size, abs=0.25)
    (large,) = TagFinder().find(floor)
    assert ("april", large.id) in floor_sizes(0.08)
    assert large.id == FLOOR_TAGS[0]
    assert sides(large.pixels) == pytest.approx(2 * size, abs=0.25)
    assert facts["floor_mm"] == 2 * size
    assert ("--tag-size" in facts["run"]) == (size != 80)


def test_the_ruler_is_as_long_as_it_says(tmp_path: Path) -> None:
    sheets(tmp_path / "tags.pdf", 80, "a4")
    for page in (*pages(tmp_path / "tags.pdf"), *pages(tmp_path / "tags-board.pdf")):
        foot = (297 - 10) * DOTS
        line = (page[foot - 1 : foot + 3] < 128).any(0)
        assert np.ptp(np.flatnonzero(line)) / DOTS == pytest.approx(RULER_MM, abs=0.4)


def test_the_board_is_the_one_that_is_looked_for(tmp_path: Path) -> None:
    for board in (Board(), Board(5, 7, 0.03, 0.022)):
        sheets(tmp_path / "tags.pdf", 80, "letter", board)
        (page,) = pages(tmp_path / "tags-board.pdf")
        mark = board.find(cv2.GaussianBlur(page, (0, 0), 1))
        assert mark is not None
        assert len(mark.pixels) >= 0.8 * (board.columns - 1) * (board.rows - 1)
        h = planar.homography(mark.plane.astype(float) * 1000, mark.pixels.astype(float) / DOTS)
        assert h[0, 0] == pytest.approx(1, abs=0.002)
        assert h[1, 1] == pytest.approx(-1, abs=0.002)


def test_what_does_not_fit_is_said(tmp_path: Path) -> None:
    out = tmp_path / "tags.pdf"
    with pytest.raises(UsageError, match="160 mm"):
        sheets(out, 170, "a4")
    with pytest.raises(UsageError, match="letter"):
        sheets(out, 80, "a3")
    with pytest.raises(UsageError, match=r"\.pdf"):
        sheets(tmp_path / "tags.png", 80, "a4")
    with pytest.raises(UsageError, match="does not fit"):
        sheets(out, 80, "a4", Board(9, 12, 0.03, 0.022))
    assert not out.exists()
    facts = sheets(out, 120, "a4")
    assert facts["floor_mm"] is None
    assert len(pages(out)) == 1
