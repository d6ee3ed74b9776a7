"""``avatar speak`` and ``avatar voices``: the voice alone, and which there are."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from .options import Breath, Emoji, Json, Language, Pause, Pitch, Rate, Voice, say, tell

Visemes = Annotated[
    Path | None, typer.Option("--visemes", metavar="CSV", help="Write mouth shapes: t + 15 weights at 100 Hz.")
]
Marks = Annotated[
    Path | None,
    typer.Option("--marks", metavar="JSON", help="Write its sounds and their times: [[start, end, phone], …]."),
]


def speak(
    text: Annotated[str, typer.Argument(metavar="TEXT|FILE|-", help="What to say; - reads standard input.")],
    wav: Annotated[Path | None, typer.Option("--wav", metavar="FILE", help="Write the sound here.")] = None,
    visemes: Visemes = None,
    marks: Marks = None,
    voice: Voice = None,
    language: Language = None,
    rate: Rate = None,
    pitch: Pitch = None,
    pause: Pause = None,
    breath: Breath = None,
    emoji: Emoji = None,
    as_json: Json = False,
) -> None:
    """Speak a text: aloud when no file is asked for and there is a sound device.

    A word between stars is stressed, as in *really*; three dots are a pause for breath.
    """
    from ..runtime import aloud
    from ..runtime.texts import text_of
    from ..runtime.voicing import voices_for

    voices = voices_for(voice, language, rate, pitch, pause, breath, emoji)
    try:
        tell(aloud.speak(text_of(text), wav, visemes, say, marks, voices), as_json)
    finally:
        voices.close()


def voices(
    language: Annotated[
        str | None, typer.Option("--language", metavar="TAG", help="Only those that speak it: en, fr, ja …")
    ] = None,
    as_json: Json = False,
) -> None:
    """The voices that this machine has, and how to get others. Downloads nothing."""
    from ..runtime.voicing import all_voices

    entries = [e for e in all_voices() if e.speaks(language)]
    if as_json:
        rows = [asdict(entry) for entry in entries]
        print(json.dumps({"voices": rows}, ensure_ascii=False), flush=True)
        return
    crowd = [e for e in entries if e.name.startswith("espeak:")]
    if language is None and crowd:
        short = f"{' '.join(e.name.partition(':')[2] for e in crowd)}"
        one = replace(crowd[0], name="espeak:NAME", languages=(f"{len(crowd)} of them",), note=short)
        entries = [e for e in entries if e not in crowd]
        entries.insert(len(entries) - 1, one)
    for entry in entries:
        mark = "ok" if entry.installed else "--"
        spoken = "every language" if "*" in entry.languages else " ".join(entry.languages)
        print(f"{mark} {entry.name:18} {spoken:16} {entry.licence:12} {entry.note}", flush=True)
