"""A ceremony behind a real door, without a stage: a real director steps on a real clock, and lines take their time.

``python tests/console/console_demo.py`` prints the link of its page.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from avatar.ceremony import orders, reading
from avatar.ceremony.director import Director
from avatar.clock import SystemClock
from avatar.events import messages
from avatar.io.console.console import Console
from avatar.io.console.server import PATH, routes
from avatar.io.transports.hub import Delivery
from avatar.runtime.doors import HANDLED, Doors
from avatar.runtime.forgetting import Forgetting
from avatar.runtime.levels import Levels
from avatar.runtime.mailbox import Inbox
from avatar.runtime.remembering import Keeping
from avatar.runtime.witness import Witness
from avatar.types import FloatArray

ROOT = Path(__file__).resolve().parents[2]
WEDDING = ROOT / "assets" / "ceremonies" / "wedding.yaml"
TOKEN = "presence_" + "d" * 43
GUEST = "presence_" + "g" * 43
KEYS = {TOKEN: ("speak", "pose", "direct"), GUEST: ("observe",)}
_STEP_S = 1 / 60
_CUES = {"presence.cue.go", "presence.cue.hold", "presence.cue.back", "presence.cue.goto"}


class Demo:
    """A director behind a door. speed : its clock's; talks : times as fast as ``speed`` each line is spoken; port : of
    the door, 0 = any free one; director : one that goes on."""

    def __init__(
        self, script: str | None = None, speed: float = 1.0, talks: float = 1.0, port: int = 0, **more: Any
    ) -> None:
        director = more.pop("director", None)
        plugged = {name: more.pop(name) for name in ("checklist", "sound", "ticks", "keep", "keepsake") if name in more}
        text = script if script is not None else WEDDING.read_text(encoding="utf-8")
        self.director = director or Director(reading.parse(text, "wedding.yaml"), more.pop("language", None))
        self.inputs: deque[orders.Input] = deque()
        self.given: list[orders.Input] = []
        self.panicked = threading.Event()
        self._speed, self._talks = speed, talks
        self._inbox: Inbox[Delivery] = Inbox(1024)
        self.doors = Doors(self._inbox, SystemClock(), None, HANDLED | _CUES, KEYS, on_panic=self.panicked.set)
        self.console = Console(**more)
        self.doors.pages = routes(self.console, self.doors.hub.keys)
        self.console.plug(self.director, self._give, **plugged)
        self.doors.listen(port)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Of the page."""
        return f"http://127.0.0.1:{self.doors.port}{PATH}"

    def link(self) -> str:
        """That lets one in, once."""
        return f"{self.url}#{self.console.ticket(TOKEN)}"

    def _give(self, one: orders.Input) -> None:
        self.given.append(one)
        self.inputs.append(one)

    def _run(self) -> None:
        talk: list[tuple[float, str]] = []
        now, step = self.director.now, _STEP_S * self._speed
        while not self._over.wait(_STEP_S):
            now += step
            for delivery in self._inbox.drain():
                match delivery.event.data:
                    case messages.Panic():
                        self.inputs.append(orders.Panic())
                    case messages.Resume():
                        self.inputs.append(orders.Resume())
                    case messages.CueGo(cue=cue):
                        self.inputs.append(orders.Go(cue, "a client"))
            inputs = [self.inputs.popleft() for _ in range(len(self.inputs))]
            inputs += [orders.Spoken(name, "finished") for end, name in talk if end <= now]
            talk = [(end, name) for end, name in talk if end > now]
            for command in self.director.step(now, inputs):
                if isinstance(command, orders.Line) and not command.read:
                    talk.append((now + command.seconds / self._talks, command.utterance))
                if isinstance(command, orders.Hush | orders.Calm):
                    talk = []
            self.console.refresh()

    def stop(self) -> None:
        """End it; the director keeps its state."""
        self._over.set()
        self._thread.join()
        self.doors.stop()


@contextlib.contextmanager
def played(script: str | None = None, **more: Any) -> Iterator[Demo]:
    """One for a test."""
    demo = Demo(script, **more)
    try:
        yield demo
    finally:
        demo.stop()


def moving_picture() -> Any:
    """Something to preview: a gradient."""
    row = np.linspace(20, 230, 1280, dtype=np.uint8)
    return np.stack([np.tile(row, (720, 1)), np.full((720, 1280), 90, np.uint8), np.tile(row[::-1], (720, 1))], -1)


def keeping(folder: Path | None, tell: Callable[[str], None] = lambda line: None, film: bool = True) -> Forgetting:
    """What is kept of the wedding, for real, in a new folder; None = there is no keepsake."""
    ceremony = reading.parse(WEDDING.read_text(encoding="utf-8"), "wedding.yaml")
    kept = Keeping() if folder is not None else None
    if kept is not None and folder is not None:
        kept.begin(ceremony.script, folder)
    return Forgetting(Witness(Director(ceremony), kept), tell, Path("film.mp4") if film else None)


def sounding() -> Levels:
    """Sound that was just heard: a voice at half of full scale, and soft music."""

    def music(block: FloatArray, speaking: bool) -> None:
        block += np.float32(0.05)

    levels = Levels(48000, music)
    levels.mix(np.full(480, 0.5, np.float32), True)
    return levels


if __name__ == "__main__":
    with played(picture=moving_picture, sound=sounding()) as shown:
        print(shown.link(), flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            threading.Event().wait()
