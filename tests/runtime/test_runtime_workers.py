"""The capture and tracking threads: what they publish, how old it is, and that they stop."""

from __future__ import annotations

import itertools
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from avatar.clock import ManualClock, SystemClock
from avatar.errors import AssetError, SourceError
from avatar.io.capture.open import open_source
from avatar.io.capture.source import BaseSource
from avatar.io.detect.mediapipe import Detectors
from avatar.runtime import workers
from avatar.runtime.capturing import STALL_SECONDS, START_SECONDS, CaptureWorker
from avatar.runtime.mailbox import Latest
from avatar.runtime.tracker import RATES, Tracker
from avatar.runtime.workers import TrackingWorker
from avatar.types import Body, Observation, VideoFrame

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
PEOPLE = SHARED / "data" / "people"


class Scripted(BaseSource):
    """Gives a frame each time it is allowed to; then what it is told."""

    kind, is_device = "camera", True

    def __init__(self, clock, end=None):
        super().__init__("scripted", (8, 8), 30, clock, False)
        self.allow, self.closed, self.end = threading.Semaphore(0), threading.Event(), end

    def grab(self):
        self.allow.acquire()
        if self.closed.is_set():
            return None
        if isinstance(self.end, Exception) and self.index == 2:
            raise self.end
        # a sensor's noise: no two pictures of a camera are alike
        image = np.random.default_rng(self.index).integers(60, 190, (8, 8, 3), np.uint8)
        return self._frame(image, self._pacer.stamp())

    def close(self):
        self.is_device = False
        self.closed.set()


def until(condition, seconds=2.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.0002)
    assert condition()


def test_capture_says_starting_live_stalled_and_live_again():
    clock = ManualClock()
    source = Scripted(clock)
    worker = CaptureWorker(source, clock).start()
    clock.advance(START_SECONDS - 0.1)
    assert worker.status == "starting", "a slow first frame is no fault"
    clock.advance(0.2)
    assert worker.status == "stalled"
    for _ in range(2):
        count = worker.count
        source.allow.release()
        until(lambda n=count: worker.count == n + 1)
        assert worker.status == "live"
        clock.advance(STALL_SECONDS + 0.1)
        assert worker.status == "stalled", "an old frame is never passed off as live"
    assert worker.device_open
    source.closed.set()
    source.allow.release()
    until(lambda: worker.status == "ended")
    assert not worker.device_open
    assert worker.stop()


def test_a_lost_camera_says_so_and_the_indicator_goes_off():
    clock = ManualClock()
    source = Scripted(clock, SourceError("camera 0: lost", "none"))
    with CaptureWorker(source, clock) as worker:
        source.allow.release(3)
        until(lambda: worker.status == "lost")
        assert worker.error.code == "none"
        until(lambda: not worker.device_open)
        assert worker.frames.closed


@pytest.mark.alone
def test_a_read_that_blocks_for_ever_does_not_hold_up_stopping():
    source = Scripted(SystemClock())
    worker = CaptureWorker(source, SystemClock()).start()
    began = time.monotonic()
    assert worker.stop() is False
    assert time.monotonic() - began < 1.5
    source.allow.release()
    until(lambda: source.closed.is_set())


def test_a_file_ends(tmp_path):
    import cv2

    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((8, 8, 3), np.uint8))
    clock = SystemClock()
    worker = CaptureWorker(open_source(str(tmp_path), clock=clock), clock).start()
    until(lambda: worker.status == "ended")
    assert worker.count == 1


class CountingDetectors(Detectors):
    """Sees nothing; writes down at which frame each detector was asked."""

    def __init__(self):
        super().__init__(0.8)
        self.asked: dict[str, list[float]] = {"face": [], "hand": [], "pose": [], "segmenter": [], "people": []}

    def face(self, frame, region=None):
        self.asked["face"].append(frame.t)

    def people(self, frame):
        self.asked["people"].append(frame.t)
        return []

    def hands(self, frame, region=None):
        self.asked["hand"].append(frame.t)
        return ()

    def body(self, frame, region=None):
        self.asked["pose"].append(frame.t)

    def matte(self, frame):
        self.asked["segmenter"].append(frame.t)
        return np.zeros((2, 2), np.uint8)


@pytest.mark.parametrize(("fps", "jitter"), [(30, 0.0), (30, 0.008), (60, 0.002), (12, 0.0)])
def test_each_detector_keeps_its_own_rate_in_frame_time(fps, jitter):
    rng = np.random.default_rng(3)
    detectors = CountingDetectors()
    tracker = Tracker(detectors)
    for k in range(10 * fps):
        tracker.step(VideoFrame(np.zeros((2, 2, 3), np.uint8), k / fps + rng.uniform(0, jitter + 1e-9), k))
    assert len(detectors.asked["face"]) == 10 * fps + 1, "and twice at the first frame, where it is missed"
    for name, rate in RATES.items():
        assert len(detectors.asked[name]) == pytest.approx(10 * min(rate, fps), rel=0.06), name
    if fps == 30:
        both = set(detectors.asked["hand"]) & set(detectors.asked["segmenter"])
        assert len(both) < 10, "hands and matte take turns"


class Seated(CountingDetectors):
    """A body whose wrists are to be seen or not."""

    def __init__(self):
        super().__init__()
        self.seen = 0.1

    def body(self, frame, region=None):
        super().body(frame, region)
        visibility = np.ones(33, np.float32)
        visibility[[15, 16]] = self.seen, 0.05
        return Body(np.ones((33, 3), np.float32), np.zeros((33, 3), np.float32), visibility)


def test_hands_are_looked_for_half_as_often_while_neither_wrist_is_seen_and_at_once_when_one_is():
    detectors = Seated()
    tracker = Tracker(detectors)

    def play(first: int, last: int) -> float:
        before = len(detectors.asked["hand"])
        for k in range(first, last):
            tracker.step(VideoFrame(np.zeros((2, 2, 3), np.uint8), k / 30, k))
        return (len(detectors.asked["hand"]) - before) * 30 / (last - first)

    play(0, 30)
    assert play(30, 330) == pytest.approx(7.5, abs=0.3)
    detectors.seen = 0.6
    play(330, 345)
    first = next(t for t in detectors.asked["hand"] if t >= 11)
    noticed = next(t for t in detectors.asked["pose"] if t >= 11)
    assert first - noticed < 0.07
    assert play(345, 645) == pytest.approx(15, abs=0.3)
    tracker.ease({"pose": 0.2})
    detectors.seen = 0.1
    play(645, 700)
    assert play(700, 1000) == pytest.approx(7.5, abs=0.5), "also while the pose is looked for twice a second"


def test_after_a_pause_nothing_is_made_up_for():
    detectors = CountingDetectors()
    tracker = Tracker(detectors)
    for t in (0.0, 30.0, 30.033):
        tracker.step(VideoFrame(np.zeros((2, 2, 3), np.uint8), t, 0))
    assert max(len(times) for name, times in detectors.asked.items() if name != "face") <= 3


@pytest.mark.skipif(not PEOPLE.is_dir(), reason="needs the development data in ../shared")
def test_in_one_thread_the_same_frames_give_the_same_observations():
    def run() -> list[Observation]:
        source = open_source(str(PEOPLE / "want.mkv"), clock=ManualClock(), offline=True)
        with source, Detectors(source.fov_y) as detectors:
            tracker = Tracker(detectors)
            return [tracker.step(frame) for frame in itertools.islice(iter(source.grab, None), 20)]

    first, second = run(), run()
    for a, b in zip(first, second, strict=True):
        assert a.t == b.t
        assert (a.face is None) == (b.face is None)
        if a.face is not None:
            assert np.array_equal(a.face.points, b.face.points)
        assert np.array_equal(a.matte, b.matte)
        assert len(a.hands) == len(b.hands)
    assert sum(o.face is not None for o in first) >= 19
    assert first[-1].body is not None


@pytest.mark.alone
def test_live_tracking_sees_every_frame_soon_and_stops_within_a_second():
    clock = SystemClock()
    source = open_source("demo", clock=clock)
    seen: list[Observation] = []
    with CaptureWorker(source, clock) as capture:
        tracking = TrackingWorker(capture.frames, clock, source.fov_y, on_observation=seen.append).start()
        assert tracking.wait_for(0.0, 10) is not None
        until(lambda: seen[-1].body is not None and seen[-1].matte is not None and len(seen) > 20, 20)
        newest = capture.frames.peek()
        observation = tracking.wait_for(newest.t, 0.5)
        began = time.monotonic()
        assert tracking.stop()
    assert capture.stop()
    assert time.monotonic() - began < 1.0
    assert tracking.error is None
    assert observation.t >= newest.t
    assert observation.face is not None
    assert observation.body is not None
    assert observation.matte is not None
    assert all(a.t < b.t for a, b in itertools.pairwise(seen))
    report = tracking.report()
    assert report["looks"]["face"] == len(seen) > 15
    assert 0 < report["face_ms"]["median"] < 100


@pytest.mark.alone
def test_wait_for_gives_up_at_its_deadline_with_the_newest_there_is():
    tracking = TrackingWorker(Latest(), SystemClock(), 0.8)
    old = Observation(1.0, (8, 8))
    tracking.observations.put(old)
    began = time.monotonic()
    assert tracking.wait_for(2.0, 0.05) is old
    assert 0.04 < time.monotonic() - began < 0.3
    threading.Timer(0.02, tracking.observations.put, [Observation(2.0, (8, 8))]).start()
    assert tracking.wait_for(2.0, 1.0).t == 2.0


def test_a_wrong_model_is_said_before_any_thread_starts(monkeypatch):
    def wrong(name):
        raise AssetError("face_landmarker.task: not the model expected")

    monkeypatch.setattr(workers, "read_model", wrong)
    before = threading.active_count()
    with pytest.raises(AssetError):
        TrackingWorker(Latest(), SystemClock(), 0.8).start()
    assert threading.active_count() == before


def test_an_error_in_a_detector_is_kept_for_the_engine():
    frames: Latest[VideoFrame] = Latest()
    tracking = TrackingWorker(frames, SystemClock(), 0.8, rates={}).start()
    frames.put(VideoFrame(np.zeros((0, 0, 3), np.uint8), 0.0, 0))
    until(lambda: tracking.error is not None, 5)
    assert tracking.stop()


@pytest.mark.alone
def test_the_auxiliaries_wait_for_their_turn_but_not_for_ever() -> None:
    frames: Latest[VideoFrame] = Latest()
    looked: list[float] = []
    worker = TrackingWorker(frames, ManualClock(), 1.0, turns=True)
    worker._tracker.see_rest = lambda frame: bool(looked.append(frame.t))  # type: ignore[method-assign]
    picture = np.zeros((8, 8, 3), np.uint8)
    waiting = threading.Thread(target=worker._see_rest, args=(VideoFrame(picture, 1.0, 0),))
    waiting.start()
    waiting.join(0.02)
    assert looked == []
    worker.rest()
    waiting.join(5)
    assert looked == [1.0]
    worker._see_rest(VideoFrame(picture, 2.0, 1))  # nobody gives a sign: it goes on by itself
    assert looked == [1.0, 2.0]


def test_of_frames_that_come_in_a_burst_the_newest_is_looked_at_and_none_of_the_others_later():
    frames, clock = Latest(), ManualClock()
    worker = TrackingWorker(frames, clock, 0.8, rates={})
    looking, go_on = threading.Event(), threading.Event()
    detectors = worker._detectors = worker._tracker._detectors = CountingDetectors()
    detectors.load = lambda *names: detectors
    ask = detectors.face
    detectors.face = lambda frame, region=None: (ask(frame, region), looking.set(), go_on.wait(5), None)[-1]
    picture = np.zeros((2, 2, 3), np.uint8)
    with worker:
        frames.put(VideoFrame(picture, 0.0, 0))
        assert looking.wait(5)
        for k in range(1, 30):
            frames.put(VideoFrame(picture, k / 30, k))
        go_on.set()
        until(lambda: detectors.asked["face"][-1] == 29 / 30)
        assert worker.wait_for(29 / 30, 1.0) is not None
    assert set(detectors.asked["face"]) == {0.0, 29 / 30}
    assert frames.dropped >= 28


class SlowDetectors(CountingDetectors):
    """A face takes ``seconds`` on the clock of the test."""

    def __init__(self, clock):
        super().__init__()
        self.clock, self.seconds = clock, 0.005

    def load(self, *names):
        return self

    def face(self, frame, region=None):
        self.clock.advance(self.seconds)
        super().face(frame)


def test_when_faces_are_late_the_others_look_less_often_and_later_as_often_as_before():
    clock, frames = ManualClock(), Latest()
    worker = TrackingWorker(frames, clock, 0.8)
    detectors = SlowDetectors(clock)
    worker._detectors = worker._tracker._detectors = detectors
    see_rest, rested = worker._see_rest, []
    worker._see_rest = lambda frame: (see_rest(frame), rested.append(frame.t))

    def play(seconds: float) -> dict[str, float]:
        """Pictures at 30 a second, each looked at by both threads; looks a second, by detector."""
        before = {name: len(times) for name, times in detectors.asked.items()}
        began, due = clock.now(), clock.now()
        while clock.now() < began + seconds:
            clock.advance(max(0.0, due - clock.now()))
            t = clock.now()
            due = max(due + 1 / 30, t)
            frames.put(VideoFrame(np.zeros((2, 2, 3), np.uint8), t, round(t * 30)))
            until(lambda t=t: worker.observations.peek() is not None and worker.observations.peek().t == t)
            until(lambda t=t: rested and rested[-1] == t)
        return {n: (len(times) - before[n]) / (clock.now() - began) for n, times in detectors.asked.items()}

    with worker:
        assert play(4)["pose"] == pytest.approx(10, abs=1.5)
        assert worker.level == 0
        detectors.seconds = 0.05
        play(10)
        at_worst = play(3)
        assert worker.report()["eased"].keys() == {"pose", "segmenter", "hand", "picture"}
        assert at_worst["face"] == pytest.approx(20, abs=1), "every picture, as fast as it can"
        assert at_worst["pose"] == pytest.approx(2, abs=0.7)
        assert at_worst["hand"] == pytest.approx(5, abs=0.7)
        detectors.seconds = 0.005
        play(28)
        assert worker.level == 0
        after = play(3)
    assert after["hand"] == pytest.approx(15, abs=1.5)
    assert after["pose"] == pytest.approx(10, abs=1.5)


class Replugged(Scripted):
    """A camera that is lost after two frames, away for some looks, and then there again."""

    def __init__(self, clock, away):
        super().__init__(clock, SourceError("camera 0: lost", "none"))
        self.clock, self.away, self.looks = clock, away, 0

    def again(self):
        self.looks += 1
        if self.looks <= self.away:
            raise SourceError("no camera with this name", "none")
        found = Scripted(self.clock)
        found.allow.release(2)
        return found


def test_a_lost_camera_is_found_again_and_looked_for_ever_more_seldom():
    clock = SystemClock()
    source = Replugged(clock, away=3)
    with CaptureWorker(source, clock, again_after=(0.02, 0.05)) as worker:
        source.allow.release(3)
        until(lambda: worker.status == "lost")
        assert not worker.device_open
        assert not worker.frames.closed
        until(lambda: worker.status == "live")
        assert source.looks == 4
        assert worker.found_again == 1
        assert worker.error is None
        assert worker.device_open
        until(lambda: worker.count == 4)
        worker.source.closed.set()
        worker.source.allow.release()


def test_while_a_lost_camera_is_looked_for_it_can_be_stopped():
    clock = SystemClock()
    source = Replugged(clock, away=10**9)
    worker = CaptureWorker(source, clock, again_after=(30.0, 30.0)).start()
    source.allow.release(3)
    until(lambda: worker.status == "lost")
    assert worker.stop()
    assert worker.frames.closed
