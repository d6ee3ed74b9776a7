"""A film or a picture looked through from end to end: every detector at every frame, in one thread, in the film's own
time, so that the same file gives the same result every time."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from ..clock import ManualClock
from ..errors import UsageError
from ..io.capture.open import is_camera, open_source
from ..io.detect.mediapipe import Detectors
from ..linalg.camera import focal_pixels
from ..stage.light import NEUTRAL
from ..stage.lit import RoomLight
from ..tracking.depth import MetricFace
from ..tracking.gesture_look import Side
from ..tracking.gestures import Name, Recogniser, Sign
from ..tracking.record import Going, record
from ..tracking.totals import Totals
from ..types import Light, Observation, VideoFrame
from .cameras import Tell, field_of_view
from .progress import progress
from .tracker import Tracker

DEMO_S: Final = 10.0
"""How much of the demo feed, which has no end, is looked at."""
STILL_S: Final = 0.8
"""How long a picture is looked at, as if it were a film of somebody who keeps still: postures must be held to count."""
_PHASE: Final = {"people": -0.01}
"""Who is there is known before whose body and hands these are, from the first frame on."""
_PEOPLE_RATE: Final = 4.0
"""Looks a second at who else is there."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is known at one frame. seen : with the face at its own distance; light : of the room; signs : gestures that
    began or ended with it; going : those under way, by when they began."""

    seen: Observation
    light: Light
    signs: tuple[Sign, ...]
    going: tuple[Going, ...]

    def record(self) -> dict[str, Any]:
        """As plain numbers (``tracking.record``)."""
        return record(self.seen, self.light, self.going)


class Seer:
    """Everything that is told of a person, frame after frame. fov_y : vertical field of view, radians; fps : of the
    frames; wish : who it is where there are several, one of ``people.WISHES``."""

    def __init__(self, detectors: Detectors, fov_y: float, fps: float, wish: str = "middle") -> None:
        rates = dict.fromkeys(("hand", "segmenter", "pose"), fps) | {"people": min(_PEOPLE_RATE, fps)}
        self._tracker = Tracker(detectors, rates, wish=wish, phase=_PHASE, sparing=False)
        self._metric, self._room, self._recogniser = MetricFace(), RoomLight(), Recogniser()
        self._fov_y = fov_y
        self._begun: dict[tuple[Name, Side | None], float] = {}
        self._t: float | None = None

    def step(self, frame: VideoFrame) -> Sight:
        """One frame, in the order of time."""
        found = self._tracker.step(frame)
        seen = self._metric.step(found, focal_pixels(self._fov_y, found.size[1]))
        lighting = self._room.step(frame.image, seen.face, self._fov_y, 0.0 if self._t is None else frame.t - self._t)
        self._t = frame.t
        signs = tuple(self._recogniser.step(seen, frame.t))
        for sign in signs:
            if sign.state == "start":
                self._begun[sign.name, sign.side] = sign.t
            else:
                self._begun.pop((sign.name, sign.side), None)
        going = tuple((name, side, since) for (name, side), since in sorted(self._begun.items(), key=lambda b: b[1]))
        light = Light((lighting.ambient / np.float32(NEUTRAL)).astype(np.float32), lighting.direction.copy())
        return Sight(seen, light, signs, going)


def look_through(
    source: str,
    tell: Tell,
    *,
    fov_y: float | None = None,
    person: str = "middle",
    seconds: float | None = None,
    each: Callable[[Sight], None] = lambda sight: None,
    stop: threading.Event | None = None,
) -> dict[str, Any]:
    """Look through a film, a picture, a folder of pictures, a film at an address, or ``demo``; the facts of it all.

    fov_y : vertical field of view, radians, None = the measured one or a guess; person : one of ``people.WISHES``;
    seconds : no further than that; each : is given every frame's Sight, a picture's once; stop : ends it early.
    Raises SourceError, AssetError, and UsageError for a camera.
    """
    if is_camera(source):
        raise UsageError(
            f"{source}: there is no such file; track reads a film, a picture, a folder or demo (cameras: 'avatar run')"
        )
    with open_source(source, clock=ManualClock(), offline=True, own_time=True) as opened:
        angle, still = field_of_view(fov_y, opened, tell), opened.kind == "still"
        ends = DEMO_S if opened.kind == "demo" else math.inf
        end = STILL_S if still else seconds if seconds is not None else ends
        totals = Totals()
        with Detectors(angle) as detectors, progress(None) as step:
            seer = Seer(detectors, angle, opened.fps, person)
            sight: Sight | None = None
            for frame in iter(opened.grab, None):
                if (stop is not None and stop.is_set()) or frame.t >= end - 1e-6:
                    break
                sight = seer.step(frame)
                if not still:
                    totals.add(sight.seen, sight.light, sight.signs)
                    each(sight)
                step()
            if still and sight is not None:
                sight = at_once(sight)
                totals.add(sight.seen, sight.light, sight.signs)
                each(sight)
        size = f"{opened.size[0]}x{opened.size[1]}"
        return {"source": opened.name, "size": size, "fov_deg": round(math.degrees(angle), 2), **totals.facts()}


def at_once(sight: Sight) -> Sight:
    """What a while of looking at one picture says of it, as of time 0."""
    seen = replace(sight.seen, t=0.0, hands_t=0.0, body_t=0.0, matte_t=0.0)
    going = tuple((name, side, 0.0) for name, side, _ in sight.going)
    return Sight(seen, sight.light, tuple(Sign(name, "start", side, 0.0) for name, side, _ in going), going)
