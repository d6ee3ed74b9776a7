"""The two ways a stage runs: live, paced by its source, and offline, every frame counted."""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final

from ..clock import ManualClock
from ..config import Settings
from ..io.capture.source import Source
from ..io.detect.marks import MarkTracker
from ..io.detect.mediapipe import Detectors
from ..io.outputs.still import write_png
from ..stage.anchors_tags import floor_sizes
from ..types import VideoFrame
from .apart import TrackingProcess, possible
from .assemble import Assembly, Tell
from .capturing import CaptureWorker
from .following import Following
from .mailbox import Latest
from .progress import progress
from .sight import Sight
from .tracker import Tracker
from .workers import TrackingWorker

_FIRST_SIGHT_S: Final = 2.0
"""How long the first picture waits for the first observation, so that the companion need not move into its place."""
_FACE_WAIT: Final = 0.8
"""A picture waits this part of a frame's time for the face found in its own frame."""


@dataclass(slots=True)
class Hooks:
    """What a run does besides ticking. first : once, with the time of the first picture; before : offline, with the
    time of the picture that is made next; each : after every picture, with the seconds since the first; still_at :
    seconds at which the still is taken, None = the last picture; stop : set from anywhere to end the run as if its time
    were over; prompt : pictures may be made out of turn, whenever ``nudge``, which ``live`` sets, is called from
    anywhere."""

    first: Callable[[float], None] | None = None
    before: Callable[[float], None] | None = None
    each: Callable[[float], None] | None = None
    still_at: float | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    prompt: bool = False
    nudge: Callable[[], None] = lambda: None


def live(whole: Assembly, tell: Tell, hooks: Hooks) -> None:
    """Run until closed, ended or over. A picture is made for each frame, as soon as its own face is found; where no
    frame comes, the companion goes on by itself."""
    settings, clock, engine, parts = whole.settings, whole.clock, whole.engine, whole.parts
    with contextlib.ExitStack() as stack:
        capture, tracking = _watch(whole, stack)
        follow = Following(whole, tracking, tell) if tracking is not None else None
        period = 1 / (whole.source.fps if whole.source is not None else settings.fps)
        serial, frame, observation = 0, None, None
        begin: float | None = None
        due = clock.now()
        told = settled = False
        turn: Latest[VideoFrame] = Latest() if capture is None else capture.frames
        if hooks.prompt:
            hooks.nudge = turn.nudge
        while True:
            if capture is None or tracking is None:
                if hooks.prompt:
                    turn.wait(0, max(0.0, due - clock.now()))
                else:
                    clock.sleep(due - clock.now())
                if clock.now() >= due:
                    due = max(due, clock.now() - period) + period
                if settings.nats is not None:
                    due = (math.floor(clock.now() / period + 1e-6) + 1) * period
            else:
                serial, newest = capture.frames.wait(serial, 1.5 * period)
                if newest is not None:
                    frame = newest
                    patience = _FACE_WAIT * period if settled else _FIRST_SIGHT_S
                    observation = tracking.wait_for(newest.t, patience)
                elif capture.frames.closed:
                    clock.sleep(period)
                if capture.status in ("stalled", "lost") and capture.camera:
                    frame = observation = None  # no frozen picture is passed off as a live one
                if (capture.error is not None) != told:
                    told = not told
                    tell(str(capture.error) if told else f"{capture.source.name}: there again")
            now = clock.now()
            if settings.nats is not None and capture is None and settled:
                now = math.floor(now / period + 1e-6) * period  # pictures of the same instants on every machine
            if not settled:
                settled = True
                engine.settle(now, frame, observation)
                continue
            if begin is None:
                begin = now
                if parts.doors.journal is not None:
                    parts.doors.journal.mark("begin")
                if hooks.first is not None:
                    hooks.first(now)
            elapsed = now - begin
            over = settings.seconds is not None and elapsed >= settings.seconds
            ended = capture is not None and (
                capture.status == "ended" or (capture.status == "lost" and not capture.camera)
            )
            if over or ended or hooks.stop.is_set() or engine.asked_to_close:
                break
            engine.tick(now, frame, observation)
            if follow is not None:
                follow.step()
            if hooks.still_at is not None and elapsed >= hooks.still_at and settings.still is not None:
                write_png(settings.still, engine.look())
                hooks.still_at, parts.kept = None, True
            if hooks.each is not None:
                hooks.each(elapsed)
            engine.ahead(now + period)
        if tracking is not None:
            parts.report.tracking = tracking.report()
        _finish(whole, begin, clock.now())
        if capture is not None and capture.error is not None and not capture.camera:
            raise capture.error


def offline(whole: Assembly, hooks: Hooks, begin: float = 0.0) -> None:
    """Every frame of the source, time counted in frames, everything in this thread: the same film every time. Without a
    source, pictures of the plain ground. begin : time of the first picture, seconds on the clock."""
    settings, clock, engine, source = whole.settings, whole.clock, whole.engine, whole.source
    assert isinstance(clock, ManualClock)
    fps = source.fps if source is not None else settings.fps
    total = int(settings.seconds * fps) if settings.seconds is not None else None
    whole.parts.on_demand = whole.parts.window is None and whole.parts.recording is None
    detectors = tracker = None
    if source is not None:
        detectors = Detectors(whole.parts.fov_y)
        tracker = Tracker(detectors, marks=mark_tracker(settings), wish=settings.wish)
        whole.parts.eyes = _Watched(source)
    if whole.parts.doors.journal is not None:
        whole.parts.doors.journal.mark("begin")
    try:
        with progress(total) as step:
            for k, (now, frame) in enumerate(_pictures(source, fps, begin)):
                if (total is not None and k >= total) or hooks.stop.is_set() or engine.asked_to_close:
                    break
                if hooks.before is not None:
                    hooks.before(now)
                clock.advance(max(0.0, now - clock.now()))
                if k == 0 and hooks.first is not None:
                    hooks.first(clock.now())
                observation = None
                if tracker is not None and frame is not None:
                    tracker.seek_marks = engine.seeks_marks
                    observation = tracker.step(frame)
                engine.tick(clock.now(), frame, observation)
                if hooks.each is not None:
                    hooks.each(now - begin)
                step()
    finally:
        if detectors is not None:
            detectors.close()
    clock.advance(1 / fps)
    _finish(whole, begin, clock.now())


def _pictures(source: Source | None, fps: float, begin: float) -> Iterator[tuple[float, VideoFrame | None]]:
    """(time, frame) of each picture to be made offline; without a source there are ever more, and no frames."""
    if source is None:
        for k in count():
            yield begin + k / fps, None
        return
    while (frame := source.grab()) is not None:
        yield frame.t + begin, replace(frame, t=frame.t + begin)


def _finish(whole: Assembly, begin: float, end: float) -> None:
    settings, parts = whole.settings, whole.parts
    parts.report.close(end - begin)
    parts.report.spoken = list(parts.conversation.spoken)
    parts.report.crises = parts.conversation.acting.crises
    if settings.still is not None and not parts.kept and parts.report.frames:
        write_png(settings.still, whole.engine.look())
    if parts.recording is not None:
        parts.recording.close(end)


class _Watched:
    """A source's state as the engine publishes it."""

    def __init__(self, source: Source, capture: CaptureWorker | None = None) -> None:
        self._source, self._capture = source, capture

    @property
    def device_open(self) -> bool:
        if self._capture is not None:
            return self._capture.device_open
        return self._source.is_device

    @property
    def state(self) -> str:
        if self._capture is None:
            return "live"
        status, error = self._capture.status, self._capture.error
        if status == "lost" and error is not None and error.code in ("busy", "denied"):
            return error.code
        return "none" if status == "ended" else status


def mark_tracker(settings: Settings) -> MarkTracker:
    """Finds the printed marks by which a run's companion can stand."""
    return MarkTracker(settings.tag_size, floor_sizes(settings.tag_size))


def _watch(whole: Assembly, stack: contextlib.ExitStack) -> tuple[CaptureWorker, Sight] | tuple[None, None]:
    if whole.source is None:
        return None, None
    settings, clock, fov_y = whole.settings, whole.clock, whole.parts.fov_y
    capture = CaptureWorker(whole.source, clock)
    tracking: Sight
    if settings.tracking == "here" or (settings.tracking == "auto" and not possible()):
        tracking = TrackingWorker(
            capture.frames, clock, fov_y, turns=True, marks=mark_tracker(settings), wish=settings.wish
        )
    else:
        sizes = (settings.tag_size, floor_sizes(settings.tag_size))
        tracking = TrackingProcess(capture.frames, clock, fov_y, turns=True, marks=sizes, wish=settings.wish)
    tracking.seek_marks(whole.engine.seeks_marks)
    stack.enter_context(tracking)
    stack.enter_context(capture)
    whole.parts.eyes = _Watched(whole.source, capture)
    whole.parts.report.elsewhere = lambda: tracking.processor
    return capture, tracking
