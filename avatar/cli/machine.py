"""``avatar lipsync`` and ``avatar doctor``: a mouth alone, and what this machine has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError
from .options import Json, tell
from .voice import Marks, Visemes


def lipsync(
    wav: Annotated[Path, typer.Argument(metavar="WAV", help="A sound file of somebody speaking English.")],
    text: Annotated[
        str | None, typer.Option("--text", metavar="TEXT|FILE", help="What is said, or a file that holds it.")
    ] = None,
    words: Annotated[
        Path | None,
        typer.Option(
            "--words",
            metavar="JSON",
            help="When its words are said, a list of start, end and word: it is listened to only inside them. Or what "
            "Azure, Polly or ElevenLabs sent beside the sound.",
        ),
    ] = None,
    look_ahead_ms: Annotated[
        str,
        typer.Option(
            "--look-ahead-ms",
            metavar="MS|inf",
            help="Without a text: how far ahead of the mouth it may listen, 90 to 100, or inf = the whole file.",
        ),
    ] = "inf",
    visemes: Visemes = None,
    marks: Marks = None,
    as_json: Json = False,
) -> None:
    """Mouth shapes for a recording: its text is aligned with the sound; without a text, its sounds are recognised."""
    from ..runtime import lipsync as mouth

    tell(mouth.lipsync(wav, text, words, visemes, marks, _look_ahead(look_ahead_ms)), as_json)


def _look_ahead(milliseconds: str) -> float:
    """Seconds; ``inf`` is infinite."""
    try:
        seconds = float(milliseconds) / 1000
    except ValueError:
        seconds = -1.0
    if not seconds >= 0:
        raise UsageError(f"--look-ahead-ms is '{milliseconds}'; it must be a number of milliseconds, or inf")
    return seconds


def doctor(as_json: Json = False) -> None:
    """Look at this machine: GL, cameras, sound, models, display. Exit 1, with remedies, if something is missing."""
    from ..runtime.doctor import examine

    checks = examine()
    if as_json:
        print(json.dumps({"ok": all(c.ok for c in checks), "checks": [c.facts() for c in checks]}, ensure_ascii=False))
    else:
        for check in checks:
            print(check.line())
    if not all(c.ok for c in checks):
        raise typer.Exit(1)
