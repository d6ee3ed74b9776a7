"""Which detector looks at which frame: the face at every one, the others at their own rates.

``see_face`` and ``see_rest`` may run in two threads (see ``workers``), or one after the other by ``step`` in one, which
gives the same result for the same frames every time.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from ..io.detect.marks import MarkTracker
from ..io.detect.mediapipe import Detectors
from ..tracking.hands import own_hands
from ..tracking.landmarks import Region
from ..tracking.people import Found, People, around
from ..tracking.search import Search, again, look_next
from ..tracking.steady import Steady
from ..types import Body, Face, Observation, VideoFrame

RATES: Final = {"people": 2.0, "hand": 15.0, "segmenter": 15.0, "pose": 10.0}
"""Looks a second of the detectors that do not see every frame."""
PHASE: Final = {"people": -0.01, "segmenter": 1 / 30}
"""Seconds later than the others: hands and matte take turns, and who is there is known before whose body it is."""
_OTHERS_RATE: Final = 15.0
"""Looks a second at the face of somebody else, while there is one: lips move at the pace of syllables."""
_EARLY: Final = 0.2  # of its period a detector may be early, so that a jittering frame is not missed
_OLD: Final = 0.25
"""Seconds after which a body no longer says whose hands those are."""
_NOSE: Final = 0
_WRISTS: Final = [15, 16]
_HANDLESS: Final = 0.5
"""Of their rate that hands are looked for at while none is found and neither wrist is to be seen: that is most of the
time before a desk, and a look where there are none is as dear as any."""
_HIDDEN: Final = 0.25
"""Visibility of a wrist: 0.05 to 0.15 in a portrait without hands, 0.5 to 1 where hands are; in seven clips of people
who sign, the rate stays whole throughout."""
_WRISTS_OLD: Final = 0.6
_SLACK: Final = 0.6


@dataclass(slots=True)
class _Due:
    name: str
    period: float
    t: float


class Tracker:
    """Turns frames into observations of one person.

    rates : looks a second of the detectors besides the face's, by name; one that is left out is not used; marks :
    finds printed marks, in every frame while ``seek_marks`` is True; wish : who it is where there are several, one of
    ``people.WISHES``; phase : seconds by which a detector's first look is later than the others'; sparing : hands are
    looked for less often where there are none. looks : how often each has looked.
    """

    def __init__(
        self,
        detectors: Detectors,
        rates: Mapping[str, float] = RATES,
        marks: MarkTracker | None = None,
        wish: str = "middle",
        phase: Mapping[str, float] = PHASE,
        sparing: bool = True,
    ) -> None:
        self._marks = marks
        self.seek_marks = False
        self._detectors = detectors
        self._search = Search()
        self._rates = dict(rates)
        self._due = [_Due(name, 1 / rate, 0.0) for name, rate in rates.items()]
        self._other = _Due("other", 1 / _OTHERS_RATE, 0.0)
        self._started, self._phase, self._sparing = False, phase, sparing
        self._parts = Observation(0.0, (0, 0))
        self._size: tuple[int, int] | None = None
        self._people = People(wish)
        self._lock = threading.Lock()  # about _people, which both threads ask and tell
        self._steady = Steady()
        self._region: Region | None = None
        self._apart: Region | None = None
        self.looks = dict.fromkeys(("face", *rates, *(("other",) if "people" in rates else ())), 0)

    def see_face(self, frame: VideoFrame) -> Observation:
        """Look for the face, and for marks; everything known by now, stamped with this frame's t."""
        size = (frame.image.shape[1], frame.image.shape[0])
        if self._size not in (None, size):
            # another resolution: what was found is somewhere else in it
            self._search, self._parts, self._steady = Search(), Observation(0.0, (0, 0)), Steady()
            with self._lock:
                self._people = People(self._people.wish)
        self._size = size
        marks, marks_t = self._marks.step(frame) if self._marks is not None and self.seek_marks else ((), -1.0)
        parts = self._parts
        search, face = self._look(frame, self._around(size, self._search), parts.body, size)
        if face is None and again(self._search, search):
            search, face = self._look(frame, search, parts.body, size)
        self._search = search
        self.looks["face"] += 1
        found = self._steady.step(face, frame.t)
        return replace(parts, t=frame.t, size=size, face=found, marks=marks, marks_t=marks_t)

    @property
    def others(self) -> tuple[Found, ...]:
        """Everybody who is there besides the person."""
        with self._lock:
            return self._people.others

    def _around(self, size: tuple[int, int], search: Search) -> Search:
        """Where to look now that others may have come or gone since the last look."""
        with self._lock:
            only = self._people.near_face(size)
            return search if only is None else replace(search, region=self._people.settled(search.region, only, _SLACK))

    def _look(
        self, frame: VideoFrame, search: Search, body: Body | None, size: tuple[int, int]
    ) -> tuple[Search, Face | None]:
        """One look for the face, and the search after it."""
        face = self._detectors.face(frame, search.region)
        with self._lock:
            if face is not None and not self._people.follow(*_place(face), frame.t):
                face = None
            only = self._people.near_face(size)
            if only is not None:
                only = self._people.settled(search.region, only, _SLACK)
        return look_next(search, face, body, size, only), face

    def ease(self, shares: Mapping[str, float]) -> None:
        """Leave detectors, by name, a part of their rates; all of it to those that are not named."""
        for due in self._due:
            due.period = 1 / (self._rates[due.name] * shares.get(due.name, 1.0))

    def see_rest(self, frame: VideoFrame) -> str:
        """Run the one detector that has waited longest for its turn at this frame; its name, "" when none is due."""
        if not self._started:
            self._started = True
            for due in self._due:
                due.t = frame.t + self._phase.get(due.name, 0.0)
        alone = not self.others
        if alone and self._parts.others:
            self._parts = replace(self._parts, others=(), others_t=frame.t)
        every = self._due if alone else [*self._due, self._other]
        waiting = [due for due in every if frame.t >= due.t - _EARLY * due.period]
        if not waiting:
            return ""
        due = min(waiting, key=lambda d: d.t)
        seldom = self._sparing and due.name == "hand" and self._handless(frame.t)
        period = due.period / (_HANDLESS if seldom else 1.0)
        due.t = max(due.t + period, frame.t + 0.5 * period)
        self.looks[due.name] += 1
        size = (frame.image.shape[1], frame.image.shape[0])
        if due.name == "people":
            self._look_round(frame, size)
        elif due.name == "other":
            self._parts = replace(self._parts, others=self._see_other(frame, size), others_t=frame.t)
        elif due.name == "hand":
            hands = self._detectors.hands(frame, self._whole(size))
            body = self._parts.body if frame.t - self._parts.body_t < _OLD else None
            self._parts = replace(self._parts, hands=own_hands(hands, body), hands_t=frame.t)
        elif due.name == "pose":
            self._parts = replace(self._parts, body=self._see_body(frame, size), body_t=frame.t)
            if not self._handless(frame.t):
                self._hurry("hand", frame.t)
        else:
            self._parts = replace(self._parts, matte=self._detectors.matte(frame), matte_t=frame.t)
        return due.name

    def _look_round(self, frame: VideoFrame, size: tuple[int, int]) -> None:
        """Who is there. Somebody new is looked at twice: shirts and hands have faces too, but no landmarks."""
        found = self._detectors.people(frame)
        with self._lock:
            asked = self._people.unproved(found, frame.t)
        proved = [f for f in asked if self._detectors.other(frame, around(f, size)) is not None]
        with self._lock:
            self._people.look(found, size[0], frame.t, proved)

    def _see_other(self, frame: VideoFrame, size: tuple[int, int]) -> tuple[Face, ...]:
        """The face of somebody who is there besides the person."""
        with self._lock:
            region = self._apart = self._people.settled_other(self._apart, self._people.near_other(size), _SLACK)
        face = self._detectors.other(frame, region) if region is not None else None
        if face is None:
            return ()
        with self._lock:
            mine = not self._people.meet(*_place(face), frame.t)
        return () if mine else (face,)

    def _whole(self, size: tuple[int, int]) -> Region | None:
        """Where the person's body and hands are, None = anywhere, because nobody else is there."""
        with self._lock:
            self._region = self._people.settled(self._region, self._people.near_body(size), _SLACK)
            return self._region

    def _see_body(self, frame: VideoFrame, size: tuple[int, int]) -> Body | None:
        """The person's body. One that is somebody else's is none, and the reason to look round."""
        before, region = self._region, self._whole(size)
        for look in range(2):
            body = self._detectors.body(frame, region)
            if body is None:
                # after another region the detector's first look is where the person would have been in it
                if look == 0 and region != before:
                    continue
                return None
            nose = (float(body.points[_NOSE, 0]), float(body.points[_NOSE, 1]))
            with self._lock:
                if self._people.belongs(nose, frame.t):
                    self._people.remain(nose, frame.t)
                    return body
        self._hurry("people", frame.t)
        return None

    def _hurry(self, name: str, t: float) -> None:
        """Have a detector look within its usual period, whatever was planned; people at once."""
        for due in self._due:
            if due.name == name:
                due.t = min(due.t, t if name == "people" else t + due.period)

    def _handless(self, t: float) -> bool:
        """No hand is found, and the body says that none is to be seen."""
        body, parts = self._parts.body, self._parts
        if parts.hands or body is None or t - parts.body_t > _WRISTS_OLD:
            return False
        return float(body.visibility[_WRISTS].max()) < _HIDDEN

    def step(self, frame: VideoFrame) -> Observation:
        """Everything that is due for this frame, in the calling thread."""
        while self.see_rest(frame):
            pass
        return self.see_face(frame)


def _place(face: Face) -> tuple[tuple[float, float], float]:
    """The middle of a face's box, and its width, pixels."""
    x0, y0, x1, y1 = (float(v) for v in face.box)
    return ((x0 + x1) / 2, (y0 + y1) / 2), x1 - x0
