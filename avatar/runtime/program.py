"""``avatar demo`` and ``avatar run`` as functions: what each one opens, runs and reports."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ..care.disclosure import notice
from ..config import Settings
from ..errors import OutputError
from ..io.capture.open import is_camera as is_camera
from ..io.outputs.window import has_display as has_display
from .assemble import Assembly, Tell, stage
from .loops import Hooks, live, offline
from .report import Report
from .stopping import stop_signals

GREETING: Final = (
    "Hello! I am Hikari, an AI companion, standing here in your picture. Everything you see stays on this machine."
)
_STILL_AT_S: Final = 1.5
"""When the demo's still is taken: the wave is up and the sentence under way."""


def demo(settings: Settings, started: float, tell: Tell) -> dict[str, Any]:
    """The greeting over the demo feed; facts for ``--json``."""
    report = Report(started)
    with stage(settings, report, tell) as whole:
        tell(notice())
        still_at = min(_STILL_AT_S, (settings.seconds or 8.0) / 2)
        live(whole, tell, Hooks(lambda now: whole.engine.greet(GREETING), still_at=still_at, stop=stop_signals()))
    return {**report.facts(), "mp4": str(settings.record), "png": str(settings.still)}


def run(settings: Settings, started: float, tell: Tell) -> dict[str, Any]:
    """A run until it is closed, its source ends or its time is over; its facts."""
    report = Report(started)
    _check_still(settings.still)
    with stage(settings, report, tell) as whole:
        tell(notice())
        hooks = Hooks(stop=stop_signals())
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


def _check_still(path: Path | None) -> None:
    if path is not None and not path.parent.is_dir():
        raise OutputError(f"{path}: there is no folder {path.parent}")
