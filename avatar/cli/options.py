"""What several commands share: options, and how words and facts are printed."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print the facts as one JSON object, as the last line.")]
Size = Annotated[str, typer.Option("--size", metavar="WxH", help="Pixels of the picture.")]
Companion = Annotated[
    str, typer.Option("--companion", metavar="FILE|NAME", help="A VRM or glTF file, or a house name.")
]

Persona = Annotated[
    str,
    typer.Option(
        "--persona",
        metavar="NAME|FILE",
        help="Its manner: calm, default, lively, warm, or a .toml file; see docs/PERSONAS.md.",
    ),
]
Voice = Annotated[
    str | None,
    typer.Option(
        "--voice",
        metavar="NAME",
        help="heart, espeak:fr, ja:jf_alpha, remote:NAME …, none; 'avatar voices' lists them. See docs/VOICE.md.",
    ),
]
Language = Annotated[
    str | None, typer.Option("--language", metavar="TAG", help="What is spoken, for a voice that fits: en, fr, ja …")
]
Rate = Annotated[float | None, typer.Option("--rate", metavar="0.5-2", help="Times the voice's own pace.")]
Pitch = Annotated[float | None, typer.Option("--pitch", metavar="-4…4", help="Semitones above the voice's own pitch.")]
Pause = Annotated[
    float | None, typer.Option("--pause", metavar="SECONDS", help="Silence between sentences (0.16 without).")
]
Breath = Annotated[
    bool | None, typer.Option("--breath/--no-breath", help="Whether three dots are heard as a breath (they are).")
]
Emoji = Annotated[
    bool | None,
    typer.Option("--emoji/--no-emoji", help="Whether emoji are said by their English names (they are not)."),
]
Anchor = Annotated[
    str,
    typer.Option(
        "--anchor",
        metavar="beside|left-half|right-half|spot X,Y|shoulder|palm|tag",
        help="What the companion stands on or by, as you see the picture; see docs/PLACE.md.",
    ),
]
SpotPlace = Annotated[str | None, typer.Argument(metavar="X,Y", hidden=True, help="Of --anchor spot.")]
TagSize = Annotated[
    float, typer.Option("--tag-size", metavar="MM", help="Black square of the printed table tags, millimetres.")
]
Prop = Annotated[
    list[str] | None,
    typer.Option(
        "--prop",
        metavar="NAME|FILE[@PLACE]",
        help="Something on you or on a tag: ring@ring-finger:left, cup@hand:right, candle@tag:3; see docs/PLACE.md. "
        "Several times for several.",
    ),
]
Limit = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="NAME=N",
        help="Raise or lower a limit on what a file may ask for; see docs/HOSTILE_FILES.md.",
    ),
]
Fov = Annotated[
    float | None,
    typer.Option(
        "--fov",
        metavar="DEG",
        help="The camera's vertical field of view; without it, as 'avatar calibrate' found it, else a guess of 63.",
    ),
]
Person = Annotated[
    str,
    typer.Option(
        "--person",
        metavar="middle|left|right|nearest",
        help="Who it is where there are several: nearest to the picture's middle, to its left or right edge as you "
        "see it, or to the camera. Kept while they are there.",
    ),
]


def examples(*lines: str) -> str:
    """The end of a command's help."""
    return "[bold]Examples[/bold]\n\n" + "\n\n".join(f"  [cyan]{line}[/cyan]" for line in lines)


def anchored(anchor: str, place: str | None) -> str:
    """The anchor with a spot's place, which may be a word of its own; typer.BadParameter for a place without a spot."""
    if place is None:
        return anchor
    if anchor != "spot":
        raise typer.BadParameter(f"unexpected extra argument '{place}'")
    return f"{anchor} {place}"


def say(text: str = "") -> None:
    """Words for a person go to stderr, so that stdout stays facts."""
    print(text, file=sys.stderr, flush=True)


def tell(facts: dict[str, Any], as_json: bool) -> None:
    """Print facts, one a line for a person, or as one JSON object for a program."""
    if as_json:
        print(json.dumps(facts, ensure_ascii=False), flush=True)
        return
    for name, value in facts.items():
        if isinstance(value, dict):
            value = ", ".join(f"{k} {v}" for k, v in value.items())
        if isinstance(value, list):
            value = " ".join(str(v) for v in value) or "–"
        print(f"{name:17} {'–' if value is None else value}", flush=True)
