"""Tracking in a process of its own: a fault in a native library there ends it, and not the picture.

It is started again when it breaks or hangs, at once and then ever more slowly; broken again and again, it is given up,
and the run goes on without it.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any, Final, Self

from ..clock import Clock
from ..errors import AvatarError
from ..io.detect.models import read_model
from ..types import Observation, VideoFrame
from .looking import Look, Wanted
from .mailbox import Latest
from .sight import Sight, State
from .slots import HERE, Slots
from .tracker import RATES

AGAIN_SECONDS: Final = (0.0, 0.1, 0.3, 0.6, 1.0)
"""Waits before it is started again, one after another; after the last it is given up."""
SOUND_SECONDS: Final = 30.0
"""A process that has lived so long was sound: the waits begin anew."""
HANG_SECONDS: Final = 4.0
"""Pictures given for so long without an answer: it hangs. While it starts, (_START_SECONDS) that."""
_START_SECONDS: Final = 20.0
_POLL_SECONDS: Final = 0.5
_STOP_SECONDS: Final = 1.0

# Not with -m: what it sends would be of a module named __main__.
_CHILD: Final = "from avatar.runtime.looking import main; main()"


def possible() -> bool:
    """Whether this system has what tracking apart needs."""
    return HERE


class TrackingProcess(Sight):
    """As ``workers.TrackingWorker``, in another process. restarts : how often it was started again; pid : of the
    process that looks, None while there is none. marks : as ``looking.Wanted``."""

    def __init__(
        self,
        frames: Latest[VideoFrame],
        clock: Clock,
        fov_y: float,
        rates: Mapping[str, float] = RATES,
        turns: bool = False,
        marks: tuple[float, Mapping[tuple[str, int], float]] | None = None,
        wish: str = "middle",
    ) -> None:
        super().__init__(clock)
        self._frames = frames
        self._wanted = Wanted(fov_y, 0.0, dict(rates), turns, marks, wish)
        self._marks_wanted = False
        self._slots = Slots()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Connection | None = None
        self._sending = threading.Lock()
        self._state: State = "starting"
        self._matte: Any = None
        self._newest = Look(Observation(0.0, (0, 0)), (), dict.fromkeys(("face", *rates), 0), 0, 0, 0.0)
        self._before: dict[str, int] = {}
        self._processor = 0.0
        self._waiting_since: float | None = None
        self.restarts = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="tracking", daemon=True)

    @property
    def state(self) -> State:
        return self._state

    @property
    def level(self) -> int:
        return self._newest.level

    @property
    def processor(self) -> float:
        return self._processor + self._newest.processor

    @property
    def pid(self) -> int | None:
        """Of the process that looks for the person."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def start(self) -> Self:
        """Check the models (AssetError when one is missing or wrong) and begin."""
        for name in ("face", *self._wanted.rates):
            read_model(name)
        self._frames.tap = self._feed
        self._thread.start()
        return self

    def rest(self, age: float | None = None) -> None:
        """A picture is out, and nothing is under way: the auxiliaries may look. age : seconds, of the face in it."""
        if self._slots.free:  # else it does not even take pictures, and the line would fill
            self._tell(age)

    def seek_marks(self, wanted: bool) -> None:
        if wanted != self._marks_wanted:
            self._marks_wanted = wanted
            self._tell(wanted)

    def report(self) -> dict[str, Any]:
        """Figures for a person: looks by detector, the age of the face results, what was given up for it."""
        looks = {name: count + self._before.get(name, 0) for name, count in self._newest.looks.items()}
        more = {"looks": looks, "most_steps": self._newest.most, "restarts": self.restarts}
        return {**super().report(), **more}

    def stop(self) -> bool:
        """End the process, and what speaks with it, within a second."""
        self._stop.set()
        self._frames.tap = None
        if (process := self._process) is not None and process.poll() is None:
            process.kill()  # it has nothing to tidy up, and its line breaks, which wakes who listens
        if self._thread.ident is not None:
            self._thread.join(_STOP_SECONDS)
        self._end(self._process)
        if ended := not self._thread.is_alive():
            self._slots.close()
        return ended

    def _feed(self, frame: VideoFrame) -> None:
        """Hand a new picture over, in the thread that grabbed it: one that is woken for it would make it later."""
        if self._line is not None and (place := self._slots.put(frame)) is not None:
            if self._waiting_since is None:
                self._waiting_since = time.monotonic()
            self._tell(place)

    def _tell(self, word: Any) -> None:
        line = self._line
        if line is None:
            return
        try:
            with self._sending:
                line.send_bytes(pickle.dumps(word, 5))
        except (OSError, ValueError):
            pass  # it has just broken, which the other thread sees to

    def _keep(self) -> None:
        """Start the process and listen to it; again when it breaks."""
        broken = 0
        while not self._stop.is_set():
            began, why = time.monotonic(), ""
            try:
                self._open()
                self._listen()
            except Exception as error:
                why = str(error) or type(error).__name__
            finally:
                self._hang_up()
                self._end(self._process)
            if self._stop.is_set():
                break
            broken = 0 if time.monotonic() - began > SOUND_SECONDS else broken
            if broken == len(AGAIN_SECONDS):
                self.error = AvatarError(f"the tracking broke {broken + 1} times and is given up ({why})")
                self._state = "stopped"
                return
            self._state = "restarting"
            self._before = {n: c + self._before.get(n, 0) for n, c in self._newest.looks.items()}
            self._processor = self.processor
            self._newest = replace(self._newest, looks=dict.fromkeys(self._newest.looks, 0), level=0, processor=0.0)
            self._stop.wait(AGAIN_SECONDS[broken])
            broken += 1
            self.restarts += 1

    def _open(self) -> None:
        here, there = Pipe()
        self._slots.reset()
        self._waiting_since = self._matte = None
        command = [sys.executable, "-c", _CHILD, str(there.fileno()), str(self._slots.fd)]
        path = os.pathsep.join(p or os.getcwd() for p in sys.path)
        # Small matrices only: threads for them would cost more than they save.
        environment = {**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        with there:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env=environment,
                pass_fds=(there.fileno(), self._slots.fd),
                process_group=0,  # Ctrl+C is not for it
            )
        ahead = self._clock.now() - time.perf_counter()
        here.send_bytes(pickle.dumps(replace(self._wanted, clock=ahead), 5))
        here.send_bytes(pickle.dumps(self._marks_wanted, 5))
        self._line = here

    def _listen(self) -> None:
        line, most = self._line, _START_SECONDS
        assert line is not None
        while not self._stop.is_set():
            if not line.poll(_POLL_SECONDS):
                if self._process is not None and self._process.poll() is not None:
                    raise AvatarError("it ended")
                since = self._waiting_since
                if since is not None and time.monotonic() - since > most:
                    raise AvatarError("it gives no answer")
                continue
            told: Any = pickle.loads(line.recv_bytes())
            if isinstance(told, str):
                raise AvatarError(told)
            for offset in told.freed if isinstance(told, Look) else told:
                self._slots.give_back(offset)
            if isinstance(told, Look):
                self._waiting_since, most = None, HANG_SECONDS
                self._take(told)

    def _take(self, told: Look) -> None:
        seen = told.seen
        if seen.matte is None and seen.matte_t >= 0:
            seen = replace(seen, matte=self._matte)
        self._matte = seen.matte
        self._newest = told
        self._state = "live"
        self.ages.append(self._clock.now() - seen.t)
        self.observations.put(seen)

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with self._sending:
                line.close()

    @staticmethod
    def _end(process: subprocess.Popen[bytes] | None) -> None:
        """It ends with its line; one that does not is ended."""
        if process is None or process.poll() is not None:
            return
        try:
            process.wait(0.2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
