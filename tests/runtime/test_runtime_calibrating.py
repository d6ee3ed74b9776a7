"""A camera is measured from pictures of a board, the result is kept, and a run uses it."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from tag_pictures import board_picture, photograph

from avatar.config import Settings
from avatar.errors import OutputError, SourceError, UsageError
from avatar.io.detect.board import Board
from avatar.runtime import calibrating
from avatar.runtime.cameras import Cameras, field_of_view
from avatar.tracking.intrinsics import Intrinsics

FOV = 55.0
FOUND = Intrinsics((640, 480), math.radians(48), (540.0, 540.0), (320.0, 240.0), (0.0, 0.0), 0.2, 20, "board")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The person's own folder, empty."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture(scope="module")
def stills(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty pictures of the board by a camera whose field of view is known."""
    folder = tmp_path_factory.mktemp("board") / "my-webcam"
    folder.mkdir()
    picture, rng = board_picture(Board(), 2500), np.random.default_rng(3)
    for k in range(20):
        matrix = np.eye(4)
        matrix[:3, :3] = cv2.Rodrigues(rng.uniform(-0.55, 0.55, 3))[0]
        matrix[:3, 3] = (*rng.uniform(-0.06, 0.06, 2), -rng.uniform(0.35, 0.55))
        image = photograph(picture, 2500, matrix, fov_y=math.radians(FOV), rng=rng)
        cv2.imwrite(str(folder / f"{k:02d}.png"), image[..., ::-1])
    return folder


class Opened:
    """What ``field_of_view`` asks of a source."""

    def __init__(self, stable: str, known: bool = False, size: tuple[int, int] = (640, 480)) -> None:
        self.stable, self.fov_known, self.size, self.fov_y = stable, known, size, math.radians(30 if known else 63)


def view(source: Opened, told: list[str], **settings: object) -> float:
    return math.degrees(field_of_view(Settings(port=None, **settings).fov_y, source, told.append))


def test_a_board_gives_the_field_of_view_within_half_a_degree_and_a_run_uses_it(stills: Path) -> None:
    told: list[str] = []
    assert view(Opened("my-webcam"), told) == pytest.approx(63)
    assert len(told) == 1
    assert "63 degrees is a guess" in told[0]
    facts = calibrating.calibrate(str(stills), told.append)
    assert facts["fov_deg"] == pytest.approx(FOV, abs=0.5)
    assert facts["views"] >= 15
    assert facts["error"] < 0.5
    told.clear()
    assert view(Opened("my-webcam"), told) == pytest.approx(facts["fov_deg"], abs=0.01)
    assert view(Opened("my-webcam"), told, fov_y=math.radians(40)) == pytest.approx(40), "what is asked for counts more"
    assert told == []
    assert view(Opened("my-webcam", size=(1280, 720)), told) == pytest.approx(facts["fov_deg"], abs=0.01)
    assert "640x480" in told[0]


def test_a_film_may_be_for_a_camera_that_has_a_name(stills: Path) -> None:
    facts = calibrating.calibrate(str(stills), print, camera="usb-Acme_Eye-video-index0")
    assert facts["id"] == "usb-Acme_Eye-video-index0"
    assert view(Opened("usb-Acme_Eye-video-index0"), []) == pytest.approx(FOV, abs=0.5)
    with pytest.raises(SourceError):
        calibrating.calibrate(str(stills), print, camera="91")


def test_the_demo_feed_keeps_its_own_and_says_nothing() -> None:
    told: list[str] = []
    assert view(Opened("", known=True), told) == pytest.approx(30)
    assert told == []


def test_what_cannot_be_measured_is_said(tmp_path: Path, stills: Path) -> None:
    blank = tmp_path / "blank.png"
    cv2.imwrite(str(blank), np.full((480, 640), 128, np.uint8))
    with pytest.raises(UsageError, match="no ChArUco board"):
        calibrating.calibrate(str(blank), print)
    with pytest.raises(UsageError, match="are needed"):
        calibrating.calibrate(str(next(stills.iterdir())), print)
    with pytest.raises(UsageError, match="no face"):
        calibrating.calibrate(str(blank), print, distance=0.6)
    with pytest.raises(UsageError, match=r"0\.15 to 5"):
        calibrating.calibrate(str(blank), print, distance=60)
    with pytest.raises(SourceError):
        calibrating.calibrate(str(tmp_path / "none.mp4"), print)
    assert not Cameras().path.exists()


def test_a_face_at_a_known_distance_gives_the_field_of_view(tmp_path: Path) -> None:
    data = pytest.importorskip("skimage.data", reason="the portrait needs the extra 'demo'")
    still = tmp_path / "me.png"
    cv2.imwrite(str(still), data.astronaut()[..., ::-1])
    wide, near = (calibrating.calibrate(str(still), print, distance=d)["fov_deg"] for d in (0.6, 1.2))
    assert math.tan(math.radians(wide) / 2) == pytest.approx(2 * math.tan(math.radians(near) / 2), rel=1e-3)
    assert 20 < near < 40


def test_sizes_are_kept_apart_and_shapes_compared() -> None:
    cameras = Cameras()
    assert cameras.known("eye", (640, 480)) is None
    cameras.keep("eye", "Eye", FOUND)
    wide = Intrinsics((1280, 720), math.radians(40), (1000.0, 1000.0), (640.0, 360.0), (0.0, 0.0), 0.2, 20, "distance")
    cameras.keep("eye", "Eye", wide)
    assert math.degrees(cameras.known("eye", (640, 480)).fov_y) == pytest.approx(48)
    half = cameras.known("eye", (640, 360))
    assert (round(math.degrees(half.fov_y)), half.by, half.fits) == (40, "distance", True)
    other = cameras.known("eye", (1000, 400))
    assert not other.fits
    assert Cameras().known("another", (640, 480)) is None


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"version": 9, "cameras": {}}', b"\xff\xfe", b'{"version": 1}']
)
def test_a_damaged_file_is_set_aside_and_said(content: bytes) -> None:
    told: list[str] = []
    cameras = Cameras(tell=told.append)
    cameras.path.parent.mkdir(parents=True)
    cameras.path.write_bytes(content)
    assert cameras.known("eye", (640, 480)) is None
    assert len(told) == 1
    (aside,) = cameras.path.parent.glob("cameras.json.corrupt.*")
    assert aside.read_bytes() == content
    cameras.keep("eye", "Eye", FOUND)
    assert cameras.known("eye", (640, 480)) is not None


def test_nonsense_within_the_file_counts_for_nothing() -> None:
    cameras = Cameras()
    cameras.path.parent.mkdir(parents=True)
    for entries in ({"640x480": {"fov_y_deg": value}} for value in (True, "48", 400, None, [1])):
        cameras.path.write_text(json.dumps({"version": 1, "cameras": {"eye": entries}}))
        assert cameras.known("eye", (640, 480)) is None
    cameras.path.write_text(json.dumps({"version": 1, "cameras": {"eye": {"0x0": {"fov_y_deg": 48}, "x": 1}, "b": 3}}))
    assert cameras.known("eye", (640, 480)) is None
    assert cameras.known("b", (640, 480)) is None
    cameras.keep("b", "B", FOUND)
    assert cameras.known("b", (640, 480)) is not None


def test_a_write_that_fails_leaves_the_old_file(monkeypatch: pytest.MonkeyPatch) -> None:
    cameras = Cameras()
    cameras.keep("eye", "Eye", FOUND)
    before = cameras.path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        cameras.keep("eye2", "Eye 2", FOUND)
    assert cameras.path.read_bytes() == before
    assert [p.name for p in cameras.path.parent.iterdir()] == ["cameras.json"]
