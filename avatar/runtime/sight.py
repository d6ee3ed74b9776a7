"""What a run asks of its tracking, wherever that runs: in threads of this process (``workers``), or ``apart``."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from types import TracebackType
from typing import Any, Final, Literal, Self

import numpy as np

from ..clock import Clock
from ..tracking.load import shares
from ..tracking.presence import HOLD
from ..types import Observation
from .mailbox import Latest

State = Literal["starting", "live", "restarting", "stopped"]

WORDS: Final = {"stopped": "The tracking has stopped: nobody is seen"}
"""What is said on the picture of a tracking that does not come back."""


class Sight(ABC):
    """observations : has the newest; ages : seconds from grabbing to result of the last ones; level : how many of
    ``tracking.load.STEPS`` are taken because the machine is short; error : what ended it, if anything did."""

    def __init__(self, clock: Clock) -> None:
        self.observations: Latest[Observation] = Latest()
        self.ages: deque[float] = deque(maxlen=1024)
        self.error: Exception | None = None
        self._clock = clock

    @property
    @abstractmethod
    def state(self) -> State:
        """starting, live, restarting (it broke and comes back) or stopped (it does not)."""

    @property
    def level(self) -> int:
        """How many of ``tracking.load.STEPS`` are taken."""
        return 0

    @property
    def eased(self) -> dict[str, float]:
        """What is done less, and how much of it is left: ``pose``, ``segmenter``, ``hand``, ``picture``."""
        return shares(self.level)

    @property
    def processor(self) -> float:
        """Processor seconds used in another process than this."""
        return 0.0

    @abstractmethod
    def start(self) -> Self:
        """Check the models (AssetError when one is missing or wrong) and begin."""

    @abstractmethod
    def stop(self) -> bool:
        """Stop within a second; False when a detector does not return."""

    @abstractmethod
    def rest(self, age: float | None = None) -> None:
        """A picture is out, and nothing is under way: the auxiliaries may look. age : seconds, of the face in it."""

    @abstractmethod
    def seek_marks(self, wanted: bool) -> None:
        """Whether printed marks are looked for, from the next frame on."""

    def wait_for(self, t: float, seconds: float) -> Observation | None:
        """The newest observation as soon as it is of a frame stamped ``t`` or later; after ``seconds`` the newest there
        is. Sleeps on a condition, so it costs nothing. Of a tracking that broke, the last one for a moment, and then
        that nobody is seen."""
        deadline = self._clock.now() + seconds
        serial, newest = self.observations.wait(-1, 0)
        while newest is None or newest.t < t:
            if self.state in ("restarting", "stopped"):
                return Observation(t, newest.size) if newest is not None and t - newest.t > HOLD else newest
            left = deadline - self._clock.now()
            if left <= 0 or self.observations.closed:
                break
            serial, value = self.observations.wait(serial, left)
            newest = value or newest
        return newest

    def report(self) -> dict[str, Any]:
        """Figures for a person: the age of the face results in milliseconds, and what was given up for it."""
        ages = np.array(self.ages) * 1000
        spread = {"median": float(np.median(ages)), "p95": float(np.percentile(ages, 95))} if len(ages) else {}
        return {"state": self.state, "face_ms": spread, "eased": self.eased}

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
