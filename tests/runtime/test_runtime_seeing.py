"""A film looked through: every frame of it, the same every time, and a picture as well."""

from __future__ import annotations

import itertools
import json
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.clock import ManualClock
from avatar.errors import SourceError, UsageError
from avatar.io.capture.open import open_source
from avatar.io.detect.mediapipe import Detectors
from avatar.runtime.seeing import STILL_S, Sight, look_through
from avatar.runtime.tracker import Tracker
from avatar.tracking.gestures import Recogniser
from avatar.tracking.record import angles

PEOPLE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "people"
real = pytest.mark.skipif(not PEOPLE.is_dir(), reason="needs the development data in ../shared")


def quiet(text: str) -> None:
    pass


def seen_in(source: str, **given) -> tuple[list[Sight], dict]:
    sights: list[Sight] = []
    facts = look_through(source, quiet, each=sights.append, **given)
    return sights, facts


@pytest.fixture(scope="module")
def demo() -> tuple[list[Sight], dict]:
    pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
    return seen_in("demo", seconds=0.5)


def test_every_frame_is_looked_at_by_every_detector(demo: tuple[list[Sight], dict]) -> None:
    sights, facts = demo
    assert [round(s.seen.t * 30) for s in sights] == list(range(15))
    assert facts["frames"] == 15
    assert facts["face"] == facts["body"] == facts["outline"] == 1
    for sight in sights:
        told = sight.record()
        json.dumps(told, allow_nan=False)
        assert sight.seen.hands_t == sight.seen.body_t == sight.seen.matte_t == sight.seen.t
        assert told["head"]["position"][2] < -0.5
        assert told["matte"]["share"] > 0.2
        assert told["light"]["direction"][2] > 0


def test_the_same_film_gives_the_same_numbers(demo: tuple[list[Sight], dict]) -> None:
    again, _ = seen_in("demo", seconds=0.2)
    for a, b in zip(again, demo[0], strict=False):
        assert a.record() == b.record()


def test_a_picture_is_told_once_as_of_no_time(tmp_path: Path, demo: tuple[list[Sight], dict]) -> None:
    from skimage.data import astronaut

    cv2.imwrite(str(tmp_path / "portrait.png"), astronaut()[..., ::-1])
    ((sight,), facts) = seen_in(str(tmp_path / "portrait.png"), fov_y=np.radians(30))
    assert facts["frames"] == 1
    assert facts["fov_deg"] == 30
    told = sight.record()
    assert told["t"] == 0
    assert None not in (told["head"], told["body"], told["matte"], told["light"])
    assert STILL_S > 0.5, "long enough for every posture to count"


def test_asked_to_stop_it_stops() -> None:
    stop = threading.Event()
    stop.set()
    sights, facts = seen_in("demo", stop=stop)
    assert sights == []
    assert facts["frames"] == 0


def test_a_camera_and_a_film_that_is_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="avatar run"):
        look_through("0", quiet)
    (tmp_path / "film.mkv").write_bytes(b"no film")
    with pytest.raises(SourceError, match=r"film\.mkv"):
        look_through(str(tmp_path / "film.mkv"), quiet)


@real
def test_a_small_face_is_found_in_the_first_frame_already() -> None:
    """Of a signer whose face is 60 pixels wide, in all of whose first frames it was missed before."""
    sights, facts = seen_in(str(PEOPLE / "school.mkv"), seconds=0.3)
    assert facts["face"] == facts["body"] == 1
    assert sights[0].seen.t == 0


@real
@pytest.mark.parametrize("late", [0.0, 0.2])
def test_a_skull_on_a_jumper_is_no_second_face_and_makes_no_nod(late: float) -> None:
    """It was found at some looks, then the crop moved to keep it out and the head seemed to nod."""
    source = open_source(str(PEOPLE / "again.mkv"), clock=ManualClock(), offline=True)
    with source, Detectors(source.fov_y) as detectors:
        tracker, recogniser = Tracker(detectors, {"people": 6.0}, phase={"people": late}), Recogniser()
        signs, pitch = [], []
        for frame in itertools.islice(iter(source.grab, None), 56):
            seen = tracker.step(frame)
            assert seen.face is not None
            signs += recogniser.step(seen, seen.t)
            pitch.append(angles(seen.face.matrix)[1])
        assert not tracker.others
    assert signs == []
    assert np.abs(np.diff(pitch)).max() < 5
