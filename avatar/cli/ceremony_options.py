"""Options of ``avatar ceremony``: what its commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

File = Annotated[Path, typer.Argument(metavar="FILE", help="The ceremony's .yaml file; see docs/CEREMONIES.md.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Where checkpoint and log go, and stills without a keepsake (FILE-kept)."
    ),
]
Spoken = Annotated[
    str | None, typer.Option("--language", metavar="TAG", help="Performed in; without it, the script's first language.")
]
Auto = Annotated[bool, typer.Option("--auto", help="Performs itself: GO, reading and answers come at a human's pace.")]
Answer = Annotated[
    list[str] | None,
    typer.Option("--answer", metavar="ID=yes|no|silence", help="With --auto: what the person answers (yes)."),
]
SourceOption = Annotated[
    str | None, typer.Option("--source", metavar="0|NAME|FILE|URL|demo", help="As in 'avatar run'.")
]
Offline = Annotated[bool, typer.Option("--offline", help="As fast as possible; time is counted in frames.")]
Headless = Annotated[bool, typer.Option("--headless", help="Open no window.")]
Seconds = Annotated[float | None, typer.Option("--seconds", help="Stop after so long, wherever it is.")]
Mic = Annotated[
    str | None,
    typer.Option(
        "--mic",
        metavar="auto|NAME|FILE.wav",
        help="Hear spoken answers, English or Japanese. Open only while an answer is awaited; nothing heard is kept.",
    ),
]
ReaderMic = Annotated[
    str | None,
    typer.Option(
        "--reader-mic",
        metavar="auto|NAME|FILE.wav",
        help="A human reads the companion's lines (as with --voice reader), and its mouth follows this microphone. "
        "Open only while a line is read; nothing heard is kept.",
    ),
]
Voice = Annotated[
    str | None,
    typer.Option(
        "--voice",
        metavar="NAME",
        help="As in 'avatar run'; reader: a human reads the companion's lines, none: they go by in silence.",
    ),
]
Port = Annotated[int, typer.Option("--port", help="Local port of the event door; 0 picks a free one.")]
Preview = Annotated[
    bool,
    typer.Option("--preview", help="The console shows small pictures of the stage, on this machine only."),
]
Host = Annotated[
    str,
    typer.Option("--host", metavar="ADDRESS", help="Also listen on this address of the machine: for phones."),
]
Record = Annotated[
    Path | None,
    typer.Option("--record", metavar="FILE", help="Film it, and put the film there too (.mp4, .mkv), with chapters."),
]
Keepsake = Annotated[
    Path | None,
    typer.Option("--keepsake", metavar="DIR", help="The keepsake's own folder (~/Presence/keepsakes/KIND-TIME)."),
]
NoKeepsake = Annotated[
    bool,
    typer.Option(
        "--no-keepsake",
        help="Keep no still, vow, log, album or certificate; what resuming needs, until it is over. "
        "A film that --record asks for stays.",
    ),
]
Film = Annotated[
    bool | None,
    typer.Option(
        "--film/--no-film", help="Film it for the keepsake, picture and sound. Without your word nothing is filmed."
    ),
]
