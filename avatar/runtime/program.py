"""``avatar demo`` and ``avatar run`` as functions: what each one opens, runs and reports."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any, Final

from ..care.disclosure import notice
from ..config import Settings
from ..errors import OutputError
from ..io.outputs.window import has_display as has_display
from .assemble import Assembly, Tell, stage
from .loops import Hooks, live, offline
from .report import Report

GREETING: Final = (
    "Hello! I am Hikari, an AI companion, standing here in your picture. Everything you see stays on this machine."
)
_STILL_AT_S: Final = 1.5
"""When the demo's still is taken: the wave is up and the sentence under way."""


def is_camera(source: str) -> bool:
    """Whether a source's name means a camera: not ``demo``, an address, a file or a folder."""
    return (
        source != "demo" and "://" not in source and not Path(source).expanduser().suffix and not Path(source).is_dir()
    )


def demo(settings: Settings, started: float, tell: Tell) -> dict[str, Any]:
    """The greeting over the demo feed; facts for ``--json``."""
    report = Report(started)
    with stage(settings, report, tell) as whole:
        tell(notice())
        still_at = min(_STILL_AT_S, (settings.seconds or 8.0) / 2)
        live(whole, tell, Hooks(lambda now: whole.engine.greet(GREETING), still_at=still_at, stop=_stop_signals()))
    return {**report.facts(), "mp4": str(settings.record), "png": str(settings.still)}


def run(settings: Settings, started: float, tell: Tell) -> dict[str, Any]:
    """A run until it is closed, its source ends or its time is over; its facts."""
    report = Report(started)
    _check_still(settings.still)
    with stage(settings, report, tell) as whole:
        tell(notice())
        hooks = Hooks(stop=_stop_signals())
        if settings.stdio:
            _serve_stdio(whole, hooks)
        if settings.offline and whole.source is not None:
            offline(whole, hooks)
        else:
            live(whole, tell, hooks)
    facts = report.facts()
    if settings.record is not None:
        facts["mp4"] = str(settings.record)
    if settings.still is not None:
        facts["png"] = str(settings.still)
    return facts


def _serve_stdio(whole: Assembly, hooks: Hooks) -> None:
    """Events as lines; a run without an end ends when its parent has closed its side and all is said."""
    reading = whole.parts.doors.serve_stdio()

    def parent_gone(elapsed: float) -> None:
        if not reading.is_alive() and not whole.parts.conversation.busy:
            hooks.stop.set()

    if whole.settings.seconds is None:
        hooks.each = parent_gone


def _stop_signals() -> threading.Event:
    """Set when the program is asked to end (Ctrl+C, SIGTERM), so that the run closes its recording; asked twice, it
    ends at once."""
    stop = threading.Event()

    def ask(number: int, _: object) -> None:
        if stop.is_set():
            signal.default_int_handler(number, None)
        stop.set()

    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, ask)
    return stop


def _check_still(path: Path | None) -> None:
    if path is not None and not path.parent.is_dir():
        raise OutputError(f"{path}: there is no folder {path.parent}")
