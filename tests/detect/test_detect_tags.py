"""Tags are found where they are, to a small part of a pixel, and nowhere else."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from tag_pictures import board_picture, lay, photograph, pixels_of, sheet, table

from avatar.clock import ManualClock
from avatar.errors import UsageError
from avatar.io.capture.open import open_source
from avatar.io.capture.replay import read_image
from avatar.io.detect import codes
from avatar.io.detect.board import Board, parse_board
from avatar.io.detect.tags import TagFinder

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
STILLS = sorted((DATA / "tags").glob("*.jpg")) if DATA.is_dir() else []
needs_data = pytest.mark.skipif(not STILLS, reason="needs the development data in ../shared")
CORNERS = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]])


def truth(still: Path) -> list[np.ndarray]:
    """(4, 2) corners of every tag that the reference found."""
    rows = [re.findall(r"\d+\.\d+", line) for line in still.with_suffix(".txt").read_text().splitlines()]
    return [np.array(row, float).reshape(4, 2) for row in rows if len(row) == 8]


def apart(found: np.ndarray, true: np.ndarray) -> float:
    """Pixels of the worst corner, whichever corner comes first and whichever way round."""
    ways = (np.roll(t, r, 0) for t in (true, true[::-1]) for r in range(4))
    return float(min(np.linalg.norm(found - way, axis=1).max() for way in ways))


@needs_data
def test_stills_have_their_tags_within_six_tenths_of_a_pixel_and_no_other() -> None:
    found = total = 0
    for still in STILLS:
        image = read_image(still)
        assert image is not None
        true = truth(still)
        marks = TagFinder(families=["april"], exact=True).find(image)
        assert {mark.id for mark in marks} == {0}
        nearest = [min(true, key=lambda t: np.linalg.norm(t.mean(0) - m.pixels.mean(0))) for m in marks]
        for mark, corners in zip(marks, nearest, strict=True):
            assert apart(mark.pixels, corners) <= 0.6, (still.name, mark.pixels)
        found, total = found + len(marks), total + len(true)
    assert found >= 0.95 * total


@needs_data
def test_the_quick_way_finds_nine_in_ten_of_them() -> None:
    """Tags of 12 to 45 pixels; what it finds besides are tags too, on cubes that the reference left out."""
    found = total = 0
    for still in STILLS:
        image = read_image(still)
        marks = TagFinder().find(image)
        assert {(mark.family, mark.id) for mark in marks} == {("april", 0)}
        near = [min(apart(m.pixels, t) for m in marks) for t in truth(still)]
        found, total = found + sum(n < 1.5 for n in near), total + len(near)
    assert found >= 0.9 * total


@needs_data
@pytest.mark.slow
@pytest.mark.parametrize("clip", ["again", "brother", "hungry", "night", "school", "student", "want"])
def test_people_have_no_tags(clip: str) -> None:
    quick, exact = TagFinder(), TagFinder(exact=True)
    with open_source(str(DATA / "people" / f"{clip}.mkv"), clock=ManualClock(), offline=True) as source:
        for k, frame in enumerate(iter(source.grab, None)):
            if k % 4 == 0:
                assert quick.find(frame.image) == ()
            if k % 40 == 0:
                assert exact.find(frame.image) == ()
                assert Board().find(frame.image) is None


def test_the_demo_feed_has_no_tags() -> None:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    finder = TagFinder()
    with open_source("demo", clock=ManualClock(), offline=True) as source:
        for frame in itertools.islice(iter(source.grab, None), 0, 60, 4):
            assert finder.find(frame.image) == ()


def test_noise_and_stripes_spell_no_numbers() -> None:
    rng = np.random.default_rng(8)
    finder = TagFinder()
    for cell in (1, 3, 6, 10):
        small = rng.integers(0, 2, (480 // cell, 640 // cell), np.uint8) * 255
        assert finder.find(cv2.resize(small, (640, 480), interpolation=cv2.INTER_NEAREST)) == ()
    board = np.indices((480, 640)).sum(0) // 24 % 2 * 255
    assert finder.find(board.astype(np.uint8)) == ()
    assert finder.find(np.zeros((8, 8), np.uint8)) == ()


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    ("size", "tilt", "blur", "noise", "most"),
    [(0.08, 50, 0.7, 2, 0.15), (0.08, 25, 0.7, 2, 0.45), (0.048, 45, 0.7, 3, 0.25), (0.096, 40, 2.0, 5, 0.7)],
)
def test_corners_of_both_families_are_known_to_a_part_of_a_pixel(
    exact: bool, size: float, tilt: float, blur: float, noise: float, most: float
) -> None:
    finder = TagFinder(size=size, exact=exact)
    errors = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        ground = sheet(0.6, 1000, seed)
        spots = {("april", 7 + seed): (-0.08, 0.0), ("aruco", 100 + seed): (0.08, 0.03)}
        for (family, number), at in spots.items():
            lay(ground, family, number, size, at, 1000)
        matrix = table(tilt, float(rng.uniform(0, 360)))
        marks = finder.find(photograph(ground, 1000, matrix, blur=blur, noise=noise, rng=rng))
        assert {(m.family, m.id) for m in marks} == set(spots)
        for mark in marks:
            true = pixels_of(matrix, CORNERS * size + spots[mark.family, mark.id])
            errors.append(np.linalg.norm(mark.pixels - true, axis=1).max())
            assert np.allclose(mark.plane, CORNERS * size)
    assert max(errors) < most, errors


def test_a_part_of_the_picture_gives_the_same_pixels() -> None:
    ground = sheet(0.6, 1000)
    lay(ground, "april", 3, 0.08, (0, 0), 1000)
    image = photograph(ground, 1000, table(50))
    (whole,) = TagFinder().find(image)
    (part,) = TagFinder(sizes={("april", 3): 0.16}).find(image, (180, 150, 460, 420))
    assert np.abs(whole.pixels - part.pixels).max() < 0.02
    assert np.allclose(part.plane, 2 * whole.plane)


def test_code_words_are_far_apart_and_read_back_in_any_turn() -> None:
    for family in codes.FAMILIES:
        for number in (0, 1, 57, codes.count(family) - 1):
            bits = codes.cells(family, number)[1:-1, 1:-1]
            for turn in range(4):
                turned = np.rot90(bits, turn).copy()
                turned[2, 3] ^= 1
                found, way, wrong = codes.read(family, turned[None])
                assert (found[0], way[0], wrong[0]) == (number, turn, 1)
        with pytest.raises(ValueError, match=str(codes.count(family))):
            codes.cells(family, codes.count(family))


def test_a_board_is_found_by_a_part_of_it_with_exact_corners() -> None:
    board = Board()
    picture = board_picture(board, 4000)
    matrix = table(70, 10, (0, 0, -0.5))
    image = photograph(picture, 4000, matrix)
    mark = board.find(image)
    assert mark is not None
    assert len(mark.pixels) == (board.columns - 1) * (board.rows - 1)
    assert np.linalg.norm(mark.pixels - pixels_of(matrix, mark.plane), axis=1).max() < 0.3
    half = image.copy()
    half[:, :330] = 90
    part = board.find(half)
    assert part is not None
    assert 6 <= len(part.pixels) < len(mark.pixels)
    assert np.linalg.norm(part.pixels - pixels_of(matrix, part.plane), axis=1).max() < 0.3
    assert board.find(np.full((480, 640, 3), 128, np.uint8)) is None


def test_boards_are_told_in_millimetres() -> None:
    assert parse_board("7x9,25,18.5") == Board()
    assert parse_board("5x8,30").tag == pytest.approx(0.0222)
    for wrong in ("7", "7x9,25,30", "2x9", "7x9,0.5", "7 by 9"):
        with pytest.raises(UsageError):
            parse_board(wrong)
