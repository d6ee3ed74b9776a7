"""The verbs of the command line, as functions: what each one opens, runs and reports."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any, Final

from .. import paths
from ..care.disclosure import notice
from ..clock import SystemClock
from ..config import Limits, Settings
from ..errors import AssetError, OutputError, UsageError, VoiceError
from ..io.outputs.window import has_display as has_display
from ..io.transports import client
from ..io.voice.playback import open_device
from ..model.codes import Report as Findings
from ..model.inspect import describe_lines
from ..model.validate import exit_code
from ..types import Say
from . import loading
from .assemble import Assembly, Tell, stage
from .loops import Hooks, live, offline
from .report import Report
from .speaking import Speaker, speak_to_files

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


def inspect(file: str, limits: Limits) -> tuple[dict[str, Any], list[str]]:
    """What a file or a house companion holds, as facts and as lines for a person."""
    facts = loading.inspect(_file(file), limits)
    return facts, describe_lines(facts)


def validate(file: str, limits: Limits) -> tuple[Findings, int]:
    """Everything wrong with a file or a house companion, and the command's exit code. Raises UsageError for what is no
    glTF file at all, AssetError where there is none."""
    path = _file(file)
    if not path.is_file():
        raise AssetError(f"{path}: there is no such file")
    if path.suffix.lower() in {".bvh", ".obj", ".stl", ".ply"}:
        raise UsageError(f"{path}: only glTF, VRM and VRMA files are validated; 'avatar inspect' looks into this one")
    report = loading.validate(path, limits)
    return report, exit_code(report)


def _file(name: str) -> Path:
    """A file as it is named, else a house companion's."""
    own = Path(name).expanduser()
    return own if own.suffix or own.exists() else paths.companion(name)


def speak(text: str, wav: Path | None, visemes: Path | None, tell: Tell) -> dict[str, Any]:
    """Speak a text into files; aloud when neither is asked for and there is a sound device."""
    if wav is None and visemes is None:
        _aloud(text, tell)
    return speak_to_files(text, wav, visemes)


def _aloud(text: str, tell: Tell) -> None:
    clock = SystemClock()
    device = open_device(clock)
    if device.virtual:
        device.close()
        tell(f"{device.note or 'no sound'}; --wav FILE writes it instead")
        return
    speaker = Speaker(clock, device)
    try:
        speaker.say(Say(text, "speak"))
        while speaker.busy:
            for heard in speaker.poll(clock.now()):
                if heard.kind == "failed":
                    raise VoiceError(heard.text)
            clock.sleep(0.02)
        clock.sleep(device.latency + 0.1)
    finally:
        speaker.close()


def send(type: str, fields: list[str], port: int, wait: float) -> dict[str, Any]:
    """Send one event to a running engine; the answer."""
    data = client.parse_fields(fields)
    answers = client.send(f"ws://127.0.0.1:{port}/v1/events", type, data, wait)
    if not answers:
        raise UsageError("the engine gave no answer")
    return answers[-1]
