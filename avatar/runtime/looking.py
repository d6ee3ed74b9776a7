"""The process that looks for the person: its own memory, its own faults. ``apart`` starts it and speaks with it.

It is told of pictures (``slots``), turns and wishes, and answers with observations. It ends when its parent does: then
the line between them breaks.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any, Final

from ..io.detect.marks import MarkTracker
from ..types import Observation, VideoFrame
from .mailbox import Latest
from .slots import Place, Reader
from .tracker import RATES
from .workers import TrackingWorker

_RETURN: Final = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for, as ``workers.TrackingWorker`` has it. clock : what is to be added to perf_counter to have
    the engine's time; marks : size of tags, and of some by (family, number), None = no marks are looked for."""

    fov_y: float
    clock: float
    rates: Mapping[str, float]
    turns: bool = False
    marks: tuple[float, Mapping[tuple[str, int], float]] | None = None
    wish: str = "middle"


@dataclass(frozen=True, slots=True)
class Look:
    """One answer. seen : without its matte where that is the last one still; freed : slots; looks, level, most : the
    tracker's; processor : seconds that the process has used."""

    seen: Observation
    freed: tuple[int, ...]
    looks: dict[str, int]
    level: int
    most: int
    processor: float


class _Clock:
    """The engine's time in another process: perf_counter is the machine's."""

    def __init__(self, ahead: float) -> None:
        self._ahead = ahead

    def now(self) -> float:
        return time.perf_counter() + self._ahead

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))


class _Answers:
    """Sends what was seen; a matte only when it is a new one."""

    def __init__(self, line: Connection, reader: Reader) -> None:
        self._line, self._reader = line, reader
        self._lock = threading.Lock()
        self._matte_t = -1.0
        self.worker: TrackingWorker | None = None

    def __call__(self, seen: Observation) -> None:
        if seen.matte_t == self._matte_t:
            seen = replace(seen, matte=None)
        self._matte_t = seen.matte_t
        worker = self.worker
        assert worker is not None
        self._send(Look(seen, self._freed(), worker.looks, worker.level, worker.load.most, time.process_time()))

    def give_back(self) -> None:
        """Return slots also while a look takes long, or there would soon be none for newer pictures."""
        if len(self._reader.freed) >= _RETURN:
            self._send(self._freed())

    def _freed(self) -> tuple[int, ...]:
        freed = self._reader.freed
        return tuple(freed.popleft() for _ in range(len(freed)))

    def say(self, why: str) -> None:
        """Why there will be no more answers."""
        self._send(why)

    def _send(self, answer: Look | tuple[int, ...] | str) -> None:
        try:
            with self._lock:
                self._line.send_bytes(pickle.dumps(answer, 5))
        except OSError:
            os._exit(0)  # nobody listens any more


class _Inlet:
    """Takes what comes by the line, in the thread that looks for the face: one that is woken for it would make it
    later. frames : gets every picture, for the others."""

    def __init__(self, line: Connection, reader: Reader, answers: _Answers) -> None:
        self._line, self._reader, self._answers = line, reader, answers
        self._begun = False
        self.frames: Latest[VideoFrame] = Latest()

    def next(self) -> VideoFrame:
        """The newest picture; waits for one. The first is one that comes after everything was loaded."""
        newest: VideoFrame | None = None
        try:
            while newest is None or self._line.poll():
                if not self._begun and not self._line.poll():
                    self._begun, newest = True, None
                told: Any = pickle.loads(self._line.recv_bytes())
                if isinstance(told, Place):
                    newest = self._reader.at(told)
                    self.frames.put(newest)
                    self._answers.give_back()
                else:
                    self._hear(told)
        except (EOFError, OSError):
            os._exit(0)
        self._begun = True
        return newest

    def _hear(self, told: Any) -> None:
        worker = self._answers.worker
        assert worker is not None
        if isinstance(told, bool):
            worker.seek_marks(told)
        else:
            worker.rest(told)


def look(line: Connection, memory: int) -> None:
    """Serve until the line breaks. memory : file descriptor of the pictures."""
    wanted: Wanted = pickle.loads(line.recv_bytes())
    reader = Reader(memory)
    answers = _Answers(line, reader)
    inlet = _Inlet(line, reader, answers)
    marks = MarkTracker(*wanted.marks) if wanted.marks is not None else None
    clock = _Clock(wanted.clock)
    rates = wanted.rates or RATES
    worker = TrackingWorker(
        inlet.frames, clock, wanted.fov_y, rates, answers, wanted.turns, marks, wanted.wish, inlet.next
    )
    answers.worker = worker
    for thread in worker.start_threads():
        threading.Thread(target=_end_with, args=(thread, worker, answers), daemon=True).start()
    # Also while a look hangs, this must end with its parent.
    broken = select.poll()
    broken.register(line.fileno(), 0)
    broken.poll()


def _end_with(thread: threading.Thread, worker: TrackingWorker, answers: _Answers) -> None:
    """When a thread has ended, nothing is left to be done here: say why, and end."""
    thread.join()
    answers.say(str(worker.error))
    os._exit(1)


def main() -> None:
    """Arguments: the file descriptors to speak and to read by."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # that is for the parent, which then lets go of the line
    import cv2

    cv2.setNumThreads(1)
    line, memory = (int(word) for word in sys.argv[1:3])
    with contextlib.suppress(EOFError, OSError):
        look(Connection(line), memory)
    # What the libraries would tidy up belongs to this process alone.
    os._exit(0)
