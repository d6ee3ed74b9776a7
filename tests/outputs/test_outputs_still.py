"""A still is the picture, pixel for pixel, with the mark inside."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.errors import OutputError
from avatar.io.outputs.recorder import MARK
from avatar.io.outputs.still import read_marks, write_png


@pytest.mark.parametrize("channels", [3, 4])
def test_round_trip_and_marks(tmp_path: Path, channels: int) -> None:
    image = np.random.default_rng(2).integers(0, 256, (41, 67, channels), dtype=np.uint8)
    path = tmp_path / "still.png"
    write_png(path, image)
    back = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    order = cv2.COLOR_BGRA2RGBA if channels == 4 else cv2.COLOR_BGR2RGB
    assert np.array_equal(cv2.cvtColor(back, order), image)
    marks = read_marks(path)
    assert marks["Comment"] == MARK
    assert "digitalsourcetype/compositeSynthetic" in marks["XML:com.adobe.xmp"]
    assert [p.name for p in tmp_path.iterdir()] == ["still.png"]


def test_another_reader_sees_the_mark(tmp_path: Path) -> None:
    images = pytest.importorskip("PIL.Image")
    write_png(tmp_path / "still.png", np.zeros((4, 4, 3), np.uint8))
    with images.open(tmp_path / "still.png") as picture:
        assert picture.text["Comment"] == MARK


@pytest.mark.parametrize("name", ["missing/still.png", "file/still.png", "folder.png"])
def test_unwritable(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        write_png(tmp_path / name, np.zeros((4, 4, 3), np.uint8))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "folder.png"]
