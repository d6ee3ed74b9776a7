"""Cues by hand on a terminal: a line is a word to the ceremony, and an empty one is GO."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Final, TextIO

from ..ceremony import orders
from ..errors import EventError
from .ceremony import Performance
from .desk_lines import DeskLines
from .forgetting import Forgetting

KEYS: Final = (
    "Enter = GO · b back · h hold · p pause · r resume · y yes · n no · g ID go to · f fade · s stop · ! panic · q quit"
    "\nforget = keep nothing of this ceremony · keep = keep it after all"
)
_WORDS: Final[dict[str, Callable[[], orders.Input]]] = {
    "": orders.Go,
    "go": orders.Go,
    "b": orders.Back,
    "h": orders.Hold,
    "p": orders.Pause,
    "r": orders.Resume,
    "f": orders.FadeAll,
    "s": lambda: orders.Stop("officiant"),
    "!": orders.Panic,
    "y": lambda: orders.Answered("yes", "typed"),
    "n": lambda: orders.Answered("no", "typed"),
}


def press(performance: Performance, key: str) -> None:
    """What a key of the window asks for: ``go``, ``back``, ``hold`` (again: go on) or ``panic``."""
    director = performance.director
    match key:
        case "go":
            performance.give(orders.Go(by="window"))
        case "back":
            performance.give(orders.Back())
        case "hold":
            performance.give(orders.Resume() if director.held and director.mode == "running" else orders.Hold())
        case "panic":
            performance.give(orders.Panic())


class Prompter:
    """Reads lines and gives them to a performance, on a thread of its own; ``q`` ends the run. ``follow``, called with
    every picture, tells what comes next."""

    def __init__(
        self,
        performance: Performance,
        stop: threading.Event,
        tell: Callable[[str], None],
        reader: TextIO | None = None,
    ) -> None:
        self._performance, self._stop, self._tell = performance, stop, tell
        self._reader = reader or sys.stdin
        self._lines = DeskLines(performance.director)
        self._thread = threading.Thread(target=self._run, name="prompter", daemon=True)

    def start(self) -> None:
        """Begin to read."""
        self._tell(KEYS)
        self._thread.start()

    def follow(self) -> None:
        """Tell what is new; on the thread that steps the performance."""
        for line in self._lines.step():
            self._tell(line)

    def take(self, line: str) -> None:
        """One line."""
        word, _, rest = line.strip().partition(" ")
        if word in ("forget", "keep") and not rest:
            try:
                Forgetting(self._performance.witness, self._tell).forget(word == "forget")
            except EventError as error:
                self._tell(f"      nothing done: {error}")
        elif word == "q":
            self._stop.set()
        elif word == "g" and rest:
            self._performance.give(orders.Goto(rest.strip()))
        elif word in _WORDS and not rest:
            self._performance.give(_WORDS[word]())
        else:
            self._tell(f"'{word}' is no word here: {KEYS}")

    def _run(self) -> None:
        for line in self._reader:
            self.take(line)
