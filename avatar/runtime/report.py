"""What a run did, in figures: counted while it runs, printed when it ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(slots=True)
class Report:
    """Counts of one run.

    ages : seconds from the grab of the frame a face was found in to the moment the picture that shows it was complete;
    gestures : how often each was begun, asked for or with speech;
    age : of the newest picture, None when it shows no face; tracking : how it went (``Sight.report``);
    crises : how often the card of local help was asked for;
    elsewhere : gives the processor seconds that the run has used in other processes;
    first_frame_s : seconds from the start of the program (``started``, on perf_counter) to the first composed picture.
    """

    started: float = field(default_factory=time.perf_counter)
    frames: int = 0
    tracked: int = 0
    seconds: float = 0.0
    first_frame_s: float | None = None
    spoken: list[str] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    gestures: dict[str, int] = field(default_factory=dict)
    age: float | None = None
    tracking: dict[str, Any] = field(default_factory=dict)
    crises: int = 0
    elsewhere: Callable[[], float] = lambda: 0.0
    _wall: float = 0.0
    _cpu: float = 0.0

    def picture(self, tracked: bool, age: float | None) -> None:
        """One composed picture is complete. age : seconds, or None when it shows no face."""
        if self.frames == 0:
            self._wall, self._cpu = time.perf_counter(), time.process_time() + self.elsewhere()
            self.first_frame_s = self._wall - self.started
        self.frames += 1
        self.tracked += tracked
        self.age = age
        if age is not None:
            self.ages.append(age)

    def gesture(self, name: str) -> None:
        """A gesture begins."""
        self.gestures[name] = self.gestures.get(name, 0) + 1

    def cpu_cores(self) -> float:
        """Processor seconds of every thread, here and elsewhere, over wall seconds, since the first picture."""
        wall = time.perf_counter() - self._wall
        return (time.process_time() + self.elsewhere() - self._cpu) / wall if self.frames and wall > 0 else 0.0

    def close(self, seconds: float) -> None:
        """The run is over after ``seconds`` of its own clock; freezes the processor figure."""
        self.seconds = seconds
        self._cores = self.cpu_cores()

    _cores: float = 0.0

    def facts(self) -> dict[str, object]:
        """The figures, ready for JSON."""
        ages = np.array(self.ages or [0.0]) * 1000
        return {
            "frames": self.frames,
            "fps": round(self.frames / self.seconds, 2) if self.seconds else 0.0,
            "seconds": round(self.seconds, 3),
            "tracked_fraction": round(self.tracked / self.frames, 4) if self.frames else 0.0,
            "age_ms": {
                "median": round(float(np.median(ages)), 1) if self.ages else None,
                "p95": round(float(np.percentile(ages, 95)), 1) if self.ages else None,
            },
            "cpu_cores": round(self._cores, 3),
            "first_frame_s": round(self.first_frame_s, 3) if self.first_frame_s is not None else None,
            "spoken": list(self.spoken),
            "gestures": dict(self.gestures),
            "tracking": dict(self.tracking),
            **({"crises": self.crises} if self.crises else {}),
        }
