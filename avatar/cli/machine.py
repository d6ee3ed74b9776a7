"""``avatar lipsync`` and ``avatar doctor``: a mouth alone, and what this machine has."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from .options import Json, tell
from .voice import Marks, Visemes


def lipsync(
    wav: Annotated[Path, typer.Argument(metavar="WAV", help="A sound file of somebody speaking English.")],
    text: Annotated[str, typer.Option("--text", metavar="TEXT|FILE", help="What is said, or a file that holds it.")],
    words: Annotated[
        Path | None,
        typer.Option(
            "--words", metavar="JSON", help='When its words are said, [[start, end, "word"], …]: not listened to.'
        ),
    ] = None,
    visemes: Visemes = None,
    marks: Marks = None,
    as_json: Json = False,
) -> None:
    """Mouth shapes for a recording and its text: the text is aligned with the sound."""
    from ..runtime import lipsync as mouth

    tell(mouth.lipsync(wav, text, words, visemes, marks), as_json)


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
