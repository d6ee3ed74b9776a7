"""What a whole run does when its camera, or its tracking, is not as it should be (docs/FAULTS.md).

Each source here counts as a camera and is scripted; the run is the real one, on the real clock.
"""

from __future__ import annotations

import itertools
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.clock import Clock, ManualClock
from avatar.config import Settings
from avatar.errors import SourceError
from avatar.io.capture.open import open_source
from avatar.io.capture.source import BaseSource
from avatar.io.detect.mediapipe import Detectors
from avatar.runtime.assemble import stage
from avatar.runtime.loops import Hooks, live
from avatar.runtime.report import Report
from avatar.runtime.sight import WORDS
from avatar.types import VideoFrame

pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
pytestmark = [pytest.mark.gl, pytest.mark.slow]

SIZE = (320, 240)
PORTRAIT = [
    frame.image
    for frame in itertools.islice(iter(open_source("demo", SIZE, clock=ManualClock(), offline=True).grab, None), 60)
]


@dataclass
class Picture:
    """One picture of a run. shown : the frame's index, None where there was none."""

    t: float
    state: str
    label: str
    camera_on: bool
    shown: int | None
    face: bool


class Camera(BaseSource):
    """``script(k, t)``: the image of frame k, t seconds after the first picture was shown; None = the read blocks for
    ever."""

    kind, is_device = "camera", True

    def __init__(self, clock: Clock, script: Callable[[int, float], np.ndarray | None], fps: float = 30.0) -> None:
        super().__init__("scripted", SIZE, fps, clock, False)
        self._script, self._clock = script, clock
        self.begun: float | None = None
        self.gone = threading.Event()

    def grab(self) -> VideoFrame | None:
        t = self._pacer.wait()
        image = self._script(self.index, t - self.begun if self.begun is not None else 0.0)
        if image is None:
            self.gone.wait()
            return None
        return self._frame(image, t)

    def close(self) -> None:
        self.is_device = False


def noisy(k: int) -> np.ndarray:
    """The portrait as a camera gives it: no two pictures are alike."""
    image = PORTRAIT[k % 60].copy()
    image[:, ::16] = np.clip(image[:, ::16] + np.random.default_rng(k).integers(-2, 3, (240, 20, 3)), 0, 255)
    return image


def run(script: Callable[[int, float], np.ndarray | None], seconds: float, **more: Any) -> tuple[list[Picture], list]:
    """Pictures and news of a run of ``seconds`` over a scripted camera."""
    settings = Settings(source="demo", headless=True, port=None, size=SIZE, seconds=seconds, observe=True, **more)
    pictures: list[Picture] = []
    with stage(settings, Report(), lambda text: None) as whole:
        camera = whole.source = Camera(whole.clock, script)
        client = whole.parts.doors.memory()
        engine = whole.engine

        def note(elapsed: float) -> None:
            overlay, frame = engine.scene.overlay, engine.scene.frame
            index = frame.index if frame is not None else None
            face = engine._newest is not None and engine._newest.face is not None
            pictures.append(Picture(elapsed, whole.parts.eyes.state, overlay.label, overlay.camera_on, index, face))

        def first(t: float) -> None:
            camera.begun = t

        live(whole, lambda text: None, Hooks(first, each=note))
        camera.gone.set()
        return pictures, client.received()


def after(pictures: list[Picture], t: float) -> list[Picture]:
    found = [p for p in pictures if p.t >= t]
    assert len(found) > 1, "pictures go on"
    return found


def test_a_read_that_blocks_for_ever_is_said_within_two_seconds_and_the_picture_goes_on() -> None:
    pictures, news = run(lambda k, t: noisy(k) if t < 1 else None, 4.5)
    for p in after(pictures, 3.2):
        assert (p.state, p.shown) == ("stalled", None), "no frozen picture is passed off as a live one"
        assert p.label == "The camera gives no new picture"
    assert any(e["type"] == "presence.camera" and e["data"]["state"] == "stalled" for e in news)


def test_unplugged_it_is_said_within_a_second_and_the_indicator_goes_off() -> None:
    def unplugged(k: int, t: float) -> np.ndarray:
        if t > 1:
            raise SourceError("camera 0: lost; was it unplugged?", "none")
        return noisy(k)

    pictures, news = run(unplugged, 3.5)
    assert any(p.camera_on and p.shown is not None for p in pictures)
    for p in after(pictures, 2.4):
        assert (p.state, p.shown, p.camera_on, p.label) == ("lost", None, False, "The camera is gone")
    assert [e["data"]["state"] for e in news if e["type"] == "presence.camera"][-1] == "lost"


@pytest.mark.parametrize(("code", "label"), [("busy", "Another program has the camera"), ("denied", "The camera may")])
def test_a_camera_that_another_program_took_or_that_is_forbidden_has_its_own_word(code: str, label: str) -> None:
    def taken(k: int, t: float) -> np.ndarray:
        if t > 0.5:
            raise SourceError("camera 0: cannot be opened", code)
        return noisy(k)

    pictures, news = run(taken, 3.0)
    for p in after(pictures, 1.6):
        assert p.state == code
        assert p.label.startswith(label)
    assert [e["data"]["state"] for e in news if e["type"] == "presence.camera"][-1] == code


@pytest.mark.alone
def test_a_covered_lens_is_no_person_who_left() -> None:
    black = np.zeros((240, 320, 3), np.uint8)
    pictures, news = run(lambda k, t: noisy(k) if t < 2.5 else black + np.uint8(k % 2), 6.0)
    assert any(p.face for p in pictures)
    for p in after(pictures, 4.5):
        assert (p.state, p.label) == ("covered", "The camera is covered")
    kinds = [e["type"] for e in news]
    assert "presence.user.arrived" in kinds
    assert "presence.user.left" not in kinds


@pytest.mark.alone
def test_another_resolution_in_mid_stream_is_followed() -> None:
    import cv2

    def changing(k: int, t: float) -> np.ndarray:
        return noisy(k) if t < 1.5 else cv2.resize(noisy(k), (640, 480) if t < 3 else (200, 150))

    pictures, _ = run(changing, 4.5)
    assert {p.state for p in after(pictures, 0.5)} == {"live"}
    for begin in (0.0, 1.9, 3.4):
        assert any(p.face for p in pictures if begin < p.t < begin + 1.1), f"the face is found again after {begin} s"


@pytest.mark.alone
def test_five_frames_a_second_with_jitter_are_shown_as_they_come_and_none_waits() -> None:
    rng = np.random.default_rng(4)
    stop = threading.Event()

    def slow(k: int, t: float) -> np.ndarray:
        stop.wait(float(rng.uniform(0.12, 0.28)))
        return noisy(k)

    pictures, _ = run(slow, 4.0)
    shown = [p.shown for p in after(pictures, 0.0) if p.shown is not None]
    assert shown == sorted(shown)
    assert {p.state for p in after(pictures, 1.0)} == {"live"}
    newest = shown[-1]
    assert 10 <= newest <= 40
    assert len(set(shown)) >= 0.7 * newest, "every frame has its picture: nothing is queued, nothing is late by one"


def test_an_error_in_a_detector_of_this_process_ends_the_tracking_and_not_the_run(monkeypatch) -> None:
    looks = itertools.count()
    face = Detectors.face

    def broken(self: Detectors, *args: Any) -> Any:
        if next(looks) > 20:
            raise RuntimeError("the graph has errors")
        return face(self, *args)

    monkeypatch.setattr(Detectors, "face", broken)
    pictures, news = run(lambda k, t: noisy(k), 4.0, tracking="here")
    assert any(p.face for p in pictures)
    for p in after(pictures, 3.5):
        assert (p.label, p.face) == (WORDS["stopped"], False), "nobody is seen whom nobody looks for"
    assert [e["data"]["tracking"] for e in news if e["type"] == "presence.stage"][-1] == "stopped"


def test_every_fault_that_is_listed_has_its_test() -> None:
    root = Path(__file__).resolve().parents[2]
    named = re.findall(r"`(\S*?\.py)?(?:::(\w+))?`", (root / "docs" / "FAULTS.md").read_text())
    last = ""
    assert len(named) > 30
    for file, name in named:
        last = file or last
        text = (root / "tests" / last).read_text()
        assert not name or f"def {name}(" in text, f"{last} has no {name}"
