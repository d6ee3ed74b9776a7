"""What a picture source will show, as far as it can be known before the ceremony: looked at with the real detectors.

A still is looked at for as long as a gesture needs, so that what is not seen then is never seen; of a film a few
pictures are looked at; of the demo's portrait it is known. A camera is found and not opened: nobody is looked at before
it begins.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ..ceremony.viewing import View
from ..clock import ManualClock
from ..config import Settings
from ..errors import SourceError
from ..io.capture import samples
from ..io.capture.camera import find_camera
from ..io.capture.microphone import find
from ..io.capture.open import is_camera, open_source
from ..io.capture.replay import IMAGE_SUFFIXES
from ..io.capture.source import Source
from ..io.detect.mediapipe import Detectors
from ..io.detect.tags import TagFinder
from ..io.voice.sound_files import read_sound
from ..stage.camera import Camera
from ..stage.hand_space import solid
from ..stage.held_out import HeldOut
from ..tracking.gestures import Recogniser
from ..types import VideoFrame
from .loops import mark_tracker
from .tracker import Tracker

PICTURES: Final = 24
"""Of a film that are looked at."""
LOOKED_S: Final = 1.5
"""For so long a still is looked at: longer than any gesture or hand is held before it counts."""
_ARM_M: Final = 0.5


def view(settings: Settings) -> View:
    """What the source of these settings shows, whose ``broken`` says why where it shows nothing."""
    name = str(settings.source).strip()
    try:
        if is_camera(name):
            denied = find_camera(name).state == "denied"
            return View(name, broken="permission denied (on Linux, join the group 'video')" if denied else "")
        return _looked_at(name, settings)
    except SourceError as error:
        return View(name, broken=str(error).removeprefix(f"{name}: "))


def _looked_at(name: str, settings: Settings) -> View:
    if "://" in name or name == "demo":
        with open_source(name, settings.size, clock=ManualClock(), offline=True):
            pass
        if name == "demo":  # the same portrait every time, moved by a slow script
            none: frozenset[str] = frozenset()
            return View(name, True, False, frozenset(), none, none)
        return View(name)
    path = Path(name).expanduser()
    short = path.name
    with open_source(name, clock=ManualClock(), offline=True) as source:
        fov_y = settings.fov_y or source.fov_y
        if source.kind == "still":
            return _still(short, source, fov_y, settings)
        if source.kind == "folder":
            files = sum(p.suffix.lower() in IMAGE_SUFFIXES for p in path.iterdir())
            frames = (frame for frame in iter(source.grab, None) if frame.index % max(1, files // PICTURES) == 0)
            return _film(short, frames, files / source.fps, fov_y)
    return _film(short, samples.pictures(path, None, PICTURES), samples.length(path), fov_y)


def _still(name: str, source: Source, fov_y: float, settings: Settings) -> View:
    person = hands = False
    tags, gestures, sides = set[int](), set[str](), set[str]()
    recogniser, held, before = Recogniser(), HeldOut(), 0.0
    camera = Camera(source.size, fov_y)
    with Detectors(fov_y) as detectors:
        tracker = Tracker(detectors, marks=mark_tracker(settings), wish=settings.wish, sparing=False)
        tracker.seek_marks = True
        while (frame := source.grab()) is not None and frame.t <= LOOKED_S:
            seen = tracker.step(frame)
            person, hands = person or seen.face is not None or seen.body is not None, hands or bool(seen.hands)
            tags |= {mark.id for mark in seen.marks}
            gestures |= {sign.name for sign in recogniser.step(seen, frame.t) if sign.state == "start"}
            held.step([solid(hand, _ARM_M, None, camera) for hand in seen.hands], (), frame.t - before)
            sides, before = sides | set(held.sides), frame.t
    return View(name, person, hands, frozenset(tags), frozenset(gestures), frozenset(sides))


def _film(name: str, frames: Iterable[VideoFrame], seconds: float | None, fov_y: float) -> View:
    person = hands = False
    looked, tags, finder = 0, set[int](), TagFinder()
    with Detectors(fov_y) as detectors:
        for k, frame in enumerate(frames):
            # None follows another: the detectors that follow from picture to picture are told that time has passed.
            apart = VideoFrame(frame.image, float(k), k)
            person = person or detectors.face(apart) is not None or bool(detectors.people(apart))
            hands = hands or bool(detectors.hands(apart))
            tags |= {mark.id for mark in finder.find(frame.image)}
            looked += 1
    return View(name, person, hands, frozenset(tags), looked=looked, seconds=seconds)


def ear(want: str | None) -> str:
    """Why nothing can be heard by this microphone, which is found and not opened; "" where it can, or none is asked
    for. Raises VoiceError for a sound file that cannot be read."""
    if want is None:
        return ""
    if Path(want).is_file():
        read_sound(want)
        return ""
    try:
        find(want)
    except SourceError as error:
        return str(error)
    return ""
