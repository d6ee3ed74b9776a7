"""The threads that track. Their algorithm is elsewhere; here is only who runs it and when it stops."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

from ..clock import Clock
from ..io.detect.marks import MarkTracker
from ..io.detect.mediapipe import Detectors
from ..io.detect.models import read_model
from ..tracking.load import Load
from ..types import Observation, VideoFrame
from .mailbox import Latest
from .sight import Sight, State
from .tracker import RATES, Tracker

STOP_SECONDS: Final = 1.0
_REST_NICENESS: Final = 5
_TURN_SECONDS: Final = 0.014
"""In one turn the auxiliaries begin no further look after this long: the next face is soon looked for."""
_NO_TURN_SECONDS: Final = 0.1
"""Without a sign for this long they look all the same: nobody gives signs, or pictures are slow."""


class TrackingWorker(Sight):
    """Two threads: the face on every new frame, and everything else one after another, each at its own rate.

    frames : where the frames come from; fov_y : the camera's vertical field of view, radians; rates : looks a second of
    the others, by detector name (one left out is not used); on_observation : called in the face's thread with each
    result; marks : finds printed marks while ``seek_marks`` says so; wish : as in ``Tracker``; turns : the others wait
    for ``rest``, which whoever draws calls when a picture is out, so that they do not take the processor from a face or
    a picture under way; next_frame : waits for the face's next frame, where it does not come from ``frames``. The
    models are loaded in the threads, so ``start`` returns at once.
    """

    def __init__(
        self,
        frames: Latest[VideoFrame],
        clock: Clock,
        fov_y: float,
        rates: Mapping[str, float] = RATES,
        on_observation: Callable[[Observation], None] | None = None,
        turns: bool = False,
        marks: MarkTracker | None = None,
        wish: str = "middle",
        next_frame: Callable[[], VideoFrame] | None = None,
    ) -> None:
        super().__init__(clock)
        self.load = Load(rates)
        self._frames, self._on_observation = frames, on_observation
        self._next_frame = next_frame
        self._detectors = Detectors(fov_y)
        self._rest = tuple(rates)
        self._tracker = Tracker(self._detectors, rates, marks, wish)
        self._turns = turns
        self._turn = threading.Event()
        self._shown: float | None = None
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=("face",), name="face", daemon=True),
            threading.Thread(target=self._run, args=self._rest, name="hands, body, matte", daemon=True),
        ]

    def start(self) -> Self:
        """Check the models (AssetError when one is missing or wrong) and begin."""
        for name in ("face", *self._rest):
            read_model(name)
        self.start_threads()
        return self

    def start_threads(self) -> list[threading.Thread]:
        """Begin; the models are checked as they are loaded."""
        for thread in self._threads:
            thread.start()
        return self._threads

    @property
    def looks(self) -> dict[str, int]:
        """How often each detector has looked."""
        return dict(self._tracker.looks)

    def _run(self, *names: str) -> None:
        face = names == ("face",)
        if not face:
            _yield_to_others()
        try:
            self._detectors.load(*names)
            serial = 0
            frame: VideoFrame | None
            while not self._stop.is_set():
                if face and self._next_frame is not None:
                    frame = self._next_frame()
                else:
                    serial, frame = self._frames.wait(serial, 0.2)
                if frame is not None:
                    self._see_face(frame) if face else self._see_rest(frame)
                elif self._frames.closed:
                    break
        except Exception as error:
            self.error = error
            self._stop.set()
        finally:
            self._detectors.close(*names)
            if face:
                self.observations.close()

    def _see_face(self, frame: VideoFrame) -> None:
        began = self._clock.now()
        observation = self._tracker.see_face(frame)
        now = self._clock.now()
        self.load.cost("face", now - began)
        age = now - frame.t
        self.ages.append(age)
        self.observations.put(observation)
        if self._on_observation is not None:
            self._on_observation(observation)
        if self.load.step(frame.t, frame.index, age if self._shown is None else max(age, self._shown)):
            self._tracker.ease(self.eased)

    @property
    def state(self) -> State:
        if self.error is not None:
            return "stopped"
        return "live" if self._tracker.looks["face"] else "starting"

    @property
    def level(self) -> int:
        return self.load.level

    def rest(self, age: float | None = None) -> None:
        """A picture is out, and nothing is under way: the auxiliaries may look (see ``turns``)."""
        self._shown = age
        self._turn.set()

    def seek_marks(self, wanted: bool) -> None:
        """Whether printed marks are looked for, from the next frame on."""
        self._tracker.seek_marks = wanted

    def _see_rest(self, frame: VideoFrame) -> None:
        if self._turns:
            self._turn.wait(_NO_TURN_SECONDS)
            self._turn.clear()
            frame = self._frames.peek() or frame
        began, before = time.monotonic(), self._clock.now()
        while (name := self._tracker.see_rest(frame)) and not self._stop.is_set():
            now = self._clock.now()
            self.load.cost(name, now - before)
            before = now
            if self._turns and time.monotonic() - began > _TURN_SECONDS:
                break
            frame = self._frames.peek() or frame

    def report(self) -> dict[str, Any]:
        """Figures for a person: looks by detector, the age of the face results, what was given up for it."""
        return {**super().report(), "looks": self.looks, "most_steps": self.load.most}

    def stop(self) -> bool:
        """Stop within STOP_SECONDS; False when a detector does not return."""
        self._stop.set()
        until = time.monotonic() + STOP_SECONDS
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)


def _yield_to_others() -> None:
    """Let this thread, and those it makes, wait for the face and the picture (Linux: niceness is a thread's own)."""
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _REST_NICENESS)
