"""Tracking in a process of its own: killed, hung or orphaned, and what the run does then."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from avatar import Stage
from avatar.clock import SystemClock
from avatar.config import Settings
from avatar.errors import AssetError
from avatar.io.capture.open import open_source
from avatar.runtime import apart, loops
from avatar.runtime.apart import AGAIN_SECONDS, TrackingProcess
from avatar.runtime.capturing import CaptureWorker
from avatar.runtime.mailbox import Latest
from avatar.runtime.slots import SLOTS, Reader, Slots
from avatar.types import VideoFrame

pytest.importorskip("skimage", reason="the demo feed needs the extra 'demo'")
pytestmark = pytest.mark.skipif(not apart.possible(), reason="tracking apart needs Linux")


def until(condition, seconds=20.0):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert condition()


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


def frame(k: int, size=(8, 6)) -> VideoFrame:
    return VideoFrame(np.full((size[1], size[0], 3), k, np.uint8), k / 30, k)


class Run:
    """A demo feed that is tracked apart."""

    def __enter__(self):
        self.clock = SystemClock()
        self.source = open_source("demo", (320, 240), clock=self.clock)
        self.capture = CaptureWorker(self.source, self.clock)
        self.tracking = TrackingProcess(self.capture.frames, self.clock, self.source.fov_y).start()
        self.capture.start()
        return self

    def __exit__(self, *_):
        self.tracking.stop()
        self.capture.stop()

    def seen(self) -> bool:
        newest = self.tracking.observations.peek()
        fresh = newest is not None and newest.face is not None and self.clock.now() - newest.t < 0.5
        return fresh and self.tracking.state == "live"


@pytest.fixture(scope="module")
def running():
    with Run() as run:
        until(run.seen)
        yield run


def test_the_same_is_seen_as_in_threads(running):
    tracking = running.tracking
    until(lambda: tracking.observations.peek().matte is not None and tracking.observations.peek().body is not None)
    newest = tracking.wait_for(running.clock.now(), 1.0)
    assert newest.matte.shape == (240, 320)
    assert newest.matte.max() > 200
    assert newest.size == (320, 240)
    assert 0 < running.clock.now() - newest.t < 2
    assert newest.face.points.shape == (478, 3)
    again = tracking.wait_for(running.clock.now(), 1.0)
    assert again.t > newest.t
    assert again.matte is not None, "one that did not change is not sent again, and is there all the same"
    assert tracking.processor > 0
    report = tracking.report()
    assert report["looks"]["face"] > 1
    assert report["restarts"] == 0


@pytest.mark.alone
def test_killed_it_is_back_within_three_seconds(running):
    tracking = running.tracking
    for broken in range(2):
        looks = tracking.report()["looks"]["face"]
        os.kill(tracking.pid, signal.SIGKILL)
        killed = time.monotonic()
        until(lambda: tracking.state == "restarting", 2)
        until(running.seen)
        assert time.monotonic() - killed < 3.0
        assert tracking.restarts == broken + 1
        assert tracking.report()["looks"]["face"] >= looks, "what was counted is counted on"


def test_no_picture_is_left_anywhere_and_every_slot_comes_back(running):
    tracking = running.tracking
    until(lambda: tracking._slots.free >= SLOTS - 4)
    assert not list(Path("/dev/shm").glob("*presence*"))
    opened = {p: os.readlink(p) for p in Path(f"/proc/{tracking.pid}/fd").iterdir()}
    memory = [p for p, link in opened.items() if "memfd:presence" in link]
    assert memory
    files = [p for p, link in opened.items() if link.startswith("/") and not link.startswith("/dev/")]
    assert all(p.stat().st_size < 320 * 240 for p in files if p not in memory), "words of the libraries, no picture"


@pytest.mark.alone
def test_stopped_it_ends_soon_and_leaves_no_process_and_no_memory():
    before = set(os.listdir("/proc/self/fd"))
    with Run() as run:
        until(run.seen)
        pid, began = run.tracking.pid, time.monotonic()
        assert run.tracking.stop()
        assert time.monotonic() - began < 1.0
    assert not alive(pid)
    gc.collect()
    assert len(set(os.listdir("/proc/self/fd")) - before) <= 1


def test_one_that_hangs_is_ended_and_started_again(monkeypatch):
    monkeypatch.setattr(apart, "HANG_SECONDS", 1.0)
    with Run() as run:
        until(run.seen)
        pid = run.tracking.pid
        os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        for _ in range(200):
            run.tracking.rest(0.02)
        assert time.monotonic() - began < 0.5, "nobody waits for it"
        until(lambda: run.tracking.restarts == 1)
        assert not alive(pid)
        until(run.seen)


def test_its_parent_killed_it_ends():
    code = (
        "import time\n"
        "from avatar.clock import SystemClock\n"
        "from avatar.runtime.apart import TrackingProcess\n"
        "from avatar.runtime.mailbox import Latest\n"
        "t = TrackingProcess(Latest(), SystemClock(), 0.8).start()\n"
        "while t.pid is None: time.sleep(0.01)\n"
        "print(t.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
        parent.wait()
    until(lambda: not alive(pid))


def test_an_error_in_a_detector_is_told_by_its_words(monkeypatch):
    monkeypatch.setattr(apart, "AGAIN_SECONDS", ())
    frames: Latest[VideoFrame] = Latest()
    tracking = TrackingProcess(frames, SystemClock(), 0.8, rates={"pose": 10.0})
    with tracking:
        # a picture without colours is none
        until(lambda: frames.put(VideoFrame(np.zeros((6, 8, 1), np.uint8), 0.0, 0)) or tracking.state == "stopped")
    assert "given up" in str(tracking.error)
    assert "it ended" not in str(tracking.error)
    assert "()" not in str(tracking.error)


def test_a_wrong_model_is_said_before_any_process_starts(monkeypatch):
    def wrong(name):
        raise AssetError("face_landmarker.task: not the model expected")

    monkeypatch.setattr(apart, "read_model", wrong)
    tracking = TrackingProcess(Latest(), SystemClock(), 0.8)
    with pytest.raises(AssetError):
        tracking.start()
    assert tracking.pid is None


def play(broken: int, then: str) -> tuple[dict, list[dict], list[float], int]:
    """A run whose tracking is killed so often and which ends 1.5 s after it is ``then``: facts, news, when there
    were pictures, and how many of them after the last time it was killed."""
    show = Stage(Settings(source="demo", headless=True, port=None, size=(320, 240), seconds=60))
    news: list[dict] = []
    show.on("*", news.append)
    made: list[TrackingProcess] = []
    ticks: list[float] = []
    after: list[int] = []

    class Killed(TrackingProcess):
        def __init__(self, *args, **more):
            super().__init__(*args, **more)
            made.append(self)

        def rest(self, age=None):
            super().rest(age)
            ticks.append(time.monotonic())

    def killer():
        until(lambda: made and made[0].state == "live" and len(ticks) > 5, 60)
        for k in range(broken):
            until(lambda: made[0].pid is not None)
            os.kill(made[0].pid, signal.SIGKILL)
            until(lambda k=k: made[0].restarts > k or made[0].state == "stopped")
        last = len(ticks)
        until(lambda: made[0].state == then)
        time.sleep(1.5)
        after.append(len(ticks) - last)
        show.stop()

    thread = threading.Thread(target=killer)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loops, "TrackingProcess", Killed)
        thread.start()
        facts = show.run()
    thread.join()
    return facts, news, ticks, after[0]


@pytest.mark.gl
def test_a_run_goes_on_while_its_tracking_is_killed_and_comes_back():
    facts, _, ticks, after = play(1, "live")
    assert after > 5
    assert facts["tracking"]["restarts"] == 1
    assert facts["tracking"]["state"] == "live"
    assert np.diff(ticks).max() < 1.0, "pictures keep coming"


@pytest.mark.gl
@pytest.mark.alone
def test_killed_again_and_again_it_is_given_up_and_the_run_goes_on(monkeypatch):
    monkeypatch.setattr(apart, "AGAIN_SECONDS", (0.0,) * len(AGAIN_SECONDS))
    facts, news, ticks, after = play(len(AGAIN_SECONDS) + 1, "stopped")
    assert facts["tracking"]["restarts"] == len(AGAIN_SECONDS)
    assert facts["tracking"]["state"] == "stopped"
    assert any("the companion goes on" in note for note in facts["notes"])
    assert [e["data"]["tracking"] for e in news if e["type"] == "presence.stage"][-1] == "stopped"
    assert after > 5
    assert np.diff(ticks).max() < 1.0


def test_slots_hold_what_was_put_until_it_is_let_go_and_grow_with_the_picture():
    slots = Slots()
    reader = Reader(slots.fd)
    places = [slots.put(frame(k)) for k in range(SLOTS)]
    assert slots.put(frame(9)) is None, "nothing that may be looked at is written over"
    read = [reader.at(p) for p in places]
    assert [int(f.image[0, 0, 0]) for f in read] == list(range(SLOTS))
    assert [f.t for f in read] == [k / 30 for k in range(SLOTS)]
    kept = read[2].image
    read.clear()
    gc.collect()
    assert len(reader.freed) == SLOTS - 1
    assert places[2].offset not in reader.freed
    for offset in reader.freed:
        slots.give_back(offset)
    large = slots.put(frame(7, (640, 480)))
    assert reader.at(large).image.shape == (480, 640, 3)
    assert (kept == 2).all(), "an old picture stays while a larger one comes"
    slots.give_back(places[2].offset)
    assert slots.free == SLOTS - 1, "old places are gone"
    slots.close()
    slots.close()
