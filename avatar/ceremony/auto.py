"""A ceremony that performs itself, for rehearsals and films: gives GO, reads for as long as reading takes, answers."""

from __future__ import annotations

from typing import Final

from .director import Director
from .orders import Answered, Go, Input

PAUSE_S: Final = 1.0
"""Seconds between the end of a cue and the GO for the next."""
ANSWER_S: Final = 2.5
"""Seconds that a person takes to answer."""


class Auto:
    """answers : by the question's id, ``yes``, ``no`` or ``silence``; what is not there is a yes."""

    def __init__(self, answers: dict[str, str] | None = None) -> None:
        self._answers = answers or {}
        self._waits: tuple[str, float] = ("", 0.0)

    def step(self, director: Director) -> list[Input]:
        """What a human would do now. Time is the ceremony's own, so that nothing comes while it is paused."""
        view = director.view()
        reading = [line for line in view.lines if line.read]
        key, after, what = "", 0.0, None
        if view.mode == "stopping" and reading:
            key, after, what = reading[0].utterance, reading[0].seconds, Go(by="auto")
        elif view.mode not in ("ready", "running") or view.held:
            pass
        elif reading:
            key, after, what = reading[0].utterance, reading[0].seconds, Go(by="auto")
        elif view.asked is not None:
            answer = self._answers.get(view.asked.cue, "yes")
            key = f"answer {view.asked.cue}"
            if answer in ("yes", "no"):
                after, what = ANSWER_S, Answered(answer, "auto", view.asked.cue)  # type: ignore[assignment,arg-type]
        elif not view.running and view.standby:
            key, after = f"go {view.standby} {len(director.done)}", PAUSE_S if director.done else 0.0
            step = director.plan.step(view.standby)
            if step is not None and step.trigger == "go":
                what = Go(by="auto")
        if key != self._waits[0]:
            self._waits = (key, view.t)
        if what is None or view.t < self._waits[1] + after:
            return []
        return [what]
