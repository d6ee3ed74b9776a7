"""Of a burst the picture is kept in which the eyes are open, the face looks at the camera, and it is sharp."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.tracking.portrait import Shot, best, openness, sharpness, shot, turned
from avatar.types import BLENDSHAPES, Face

PEOPLE = Path(__file__).resolve().parents[3] / "shared" / "data" / "people"


def face(blink: float = 0.0, yaw: float = 0.0, left: float | None = None) -> Face:
    """Half a metre before the lens, turned by ``yaw`` radians about the vertical through the eyes."""
    shapes = np.zeros(52, np.float32)
    shapes[BLENDSHAPES.index("eyeBlinkRight")] = blink
    shapes[BLENDSHAPES.index("eyeBlinkLeft")] = blink if left is None else left
    matrix = np.eye(4, dtype=np.float32)
    c, s = np.cos(yaw), np.sin(yaw)
    matrix[:3, :3] = [[c, 0, s], [0, 1, 0], [-s, 0, c]]
    matrix[:3, 3] = [0, 0, -0.5] - matrix[:3, :3] @ np.array([0.0, 0.0262, 0.0335])
    return Face(np.zeros((478, 3), np.float32), shapes, matrix, np.array([10, 10, 90, 90], np.float32))


def test_a_blink_is_not_chosen_however_sharp_it_is() -> None:
    assert best([Shot(0.9, 0.1, 50), Shot(0.1, 0.0, 500), Shot(0.88, 0.1, 60)]) == 2


def test_narrow_eyes_are_measured_by_their_own_and_a_wink_is_a_blink() -> None:
    assert best([Shot(0.42, 0.1, 50), Shot(0.20, 0.1, 90), Shot(0.45, 0.1, 40)]) == 0
    assert openness(face(0.1, left=0.9)) == pytest.approx(0.1)


def test_who_looks_away_is_not_chosen_and_a_face_goes_before_none() -> None:
    assert best([Shot(0.9, 0.6, 90), Shot(0.9, 0.05, 50)]) == 1
    assert best([Shot(0, np.pi, 900, False), Shot(0.3, 0.5, 10)]) == 1
    assert best([Shot(0, np.pi, 10, False), Shot(0, np.pi, 20, False)]) == 1
    with pytest.raises(ValueError, match="at least one"):
        best([])


def test_a_face_is_turned_by_as_much_as_it_is_turned() -> None:
    for yaw in (0.0, 0.3, -0.7, 1.5):
        assert turned(face(yaw=yaw)) == pytest.approx(abs(yaw), abs=1e-3)


def test_a_blurred_picture_is_less_sharp() -> None:
    rng = np.random.default_rng(1)
    sharp = cv2.resize(rng.integers(0, 255, (25, 25, 3), np.uint8), (100, 100), interpolation=cv2.INTER_NEAREST)
    soft = cv2.GaussianBlur(sharp, (0, 0), 3)
    assert sharpness(sharp) > 4 * sharpness(soft)
    shots = [shot(np.asarray(p, np.uint8), face()) for p in (soft, sharp, soft)]
    assert best(shots) == 1


def test_a_box_beyond_the_picture_is_no_matter() -> None:
    away = Face(face().points, face().blendshapes, face().matrix, np.array([-500, -5, 9000, -1], np.float32))
    assert np.isfinite(shot(np.zeros((40, 30, 3), np.uint8), away).sharp)


@pytest.mark.skipif(not PEOPLE.is_dir(), reason="needs ../shared/data/people")
def test_of_real_footage_the_closed_eyes_are_not_chosen() -> None:
    from avatar.io.detect.mediapipe import Detectors
    from avatar.runtime.tracker import Tracker
    from avatar.types import VideoFrame

    film = cv2.VideoCapture(str(PEOPLE / "again.mkv"))
    shots: list[Shot] = []
    with Detectors(np.radians(63)) as detectors:
        tracker = Tracker(detectors)
        for k in range(16):
            ok, image = film.read()
            assert ok
            rgb = np.ascontiguousarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            shots.append(shot(rgb, tracker.step(VideoFrame(rgb, k / 25, k)).face))
    film.release()
    lids = [one.open for one in shots]
    assert min(lids) < 0.5 < 0.75 < max(lids)  # he lowers his lids from the ninth picture on
    assert lids[best(shots)] >= max(lids) - 0.12
