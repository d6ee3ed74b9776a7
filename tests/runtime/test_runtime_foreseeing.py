"""What check finds out about a source, with the real detectors."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.clock import ManualClock
from avatar.config import Settings
from avatar.io.capture.open import open_source
from avatar.io.detect import codes
from avatar.runtime import foreseeing

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="needs the development data in ../shared")


def test_the_demo_is_a_portrait_without_hands_tags_or_gestures() -> None:
    view = foreseeing.view(Settings(source="demo"))
    assert (view.person, view.hands, view.tags, view.gestures, view.seconds) == (True, False, set(), set(), None)


def test_a_printed_tag_in_a_still_is_found_by_its_number_and_nobody_beside_it(tmp_path: Path) -> None:
    picture = np.full((480, 640, 3), 200, np.uint8)
    cells = np.kron(codes.cells("april", 7), np.ones((16, 16), np.uint8)) * 255
    picture[100 : 100 + len(cells), 200 : 200 + len(cells)] = cells[..., None]
    path = tmp_path / "table.png"
    cv2.imwrite(str(path), picture)
    view = foreseeing.view(Settings(source=str(path)))
    assert view.name == "table.png"
    assert view.tags == {7}
    assert (view.person, view.hands, view.gestures, view.held_out) == (False, False, set(), set())


@real
def test_a_still_hand_that_is_held_up_is_seen_as_one() -> None:
    path = min((DATA / "hands" / "four").glob("*.jpg"))
    view = foreseeing.view(Settings(source=str(path)))
    assert view.hands
    assert view.held_out
    assert "wave" not in (view.gestures or ()), "a still does not move"


@real
def test_of_a_film_a_bounded_number_of_pictures_is_looked_at() -> None:
    path = str(DATA / "people" / "want.mkv")
    view = foreseeing.view(Settings(source=path))
    assert view.person
    assert view.hands
    assert 0 < view.looked <= foreseeing.PICTURES
    with open_source(path, clock=ManualClock(), offline=True) as source:
        seconds = sum(1 for _ in iter(source.grab, None)) / source.fps
    assert view.seconds == pytest.approx(seconds, abs=0.1)
    assert view.gestures is None, "what is between the pictures is not known"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("nothing.mp4", "there is no such file"),
        ("no-such-camera", "no camera no-such-camera"),
        ("http://127.0.0.1:9/x", "does not answer with a picture"),
    ],
)
def test_a_source_that_does_not_open_says_why(source: str, why: str) -> None:
    assert why in foreseeing.view(Settings(source=source)).broken


def test_a_sound_file_in_a_microphones_place_is_read_and_a_microphone_only_looked_up(tmp_path: Path) -> None:
    assert foreseeing.ear(None) == ""
    assert "there is no microphone 'no such one'" in foreseeing.ear("no such one")
