"""Which detector looks at which frame: the face at every one, the others at their own rates.

``see_face`` and ``see_rest`` may run in two threads (see ``workers``), or one after the other by ``step`` in one, which
gives the same result for the same frames every time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..io.detect.mediapipe import Detectors
from ..tracking.search import Search, look_next
from ..types import Observation, VideoFrame

RATES: Final = {"hand": 15.0, "segmenter": 15.0, "pose": 10.0}
"""Looks a second of the detectors that do not see every frame."""
_PHASE: Final = {"segmenter": 1 / 30}  # seconds later than the others, so that hands and matte take turns
_EARLY: Final = 0.2  # of its period a detector may be early, so that a jittering frame is not missed


@dataclass(slots=True)
class _Due:
    name: str
    period: float
    t: float


class Tracker:
    """Turns frames into observations.

    rates : looks a second of the detectors besides the face's, by name; one that is left out is not used.
    looks : how often each has looked.
    """

    def __init__(self, detectors: Detectors, rates: Mapping[str, float] = RATES) -> None:
        self._detectors = detectors
        self._search = Search()
        self._due = [_Due(name, 1 / rate, 0.0) for name, rate in rates.items()]
        self._started = False
        self._parts = Observation(0.0, (0, 0))
        self._size: tuple[int, int] | None = None
        self.looks = dict.fromkeys(("face", *rates), 0)

    def see_face(self, frame: VideoFrame) -> Observation:
        """Look for the face; everything known by now, stamped with this frame's t."""
        size = (frame.image.shape[1], frame.image.shape[0])
        if self._size not in (None, size):
            # another resolution: what was found is somewhere else in it
            self._search, self._parts = Search(), Observation(0.0, (0, 0))
        self._size = size
        parts = self._parts
        face = self._detectors.face(frame, self._search.region)
        self._search = look_next(self._search, face, parts.body, size)
        self.looks["face"] += 1
        return replace(parts, t=frame.t, size=size, face=face)

    def see_rest(self, frame: VideoFrame) -> bool:
        """Run the one detector that has waited longest for its turn at this frame; False when none is due."""
        if not self._started:
            self._started = True
            for due in self._due:
                due.t = frame.t + _PHASE.get(due.name, 0.0)
        waiting = [due for due in self._due if frame.t >= due.t - _EARLY * due.period]
        if not waiting:
            return False
        due = min(waiting, key=lambda d: d.t)
        due.t = max(due.t + due.period, frame.t + 0.5 * due.period)
        self.looks[due.name] += 1
        if due.name == "hand":
            self._parts = replace(self._parts, hands=self._detectors.hands(frame), hands_t=frame.t)
        elif due.name == "pose":
            self._parts = replace(self._parts, body=self._detectors.body(frame), body_t=frame.t)
        else:
            self._parts = replace(self._parts, matte=self._detectors.matte(frame), matte_t=frame.t)
        return True

    def step(self, frame: VideoFrame) -> Observation:
        """Everything that is due for this frame, in the calling thread."""
        while self.see_rest(frame):
            pass
        return self.see_face(frame)
