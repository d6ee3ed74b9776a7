"""``avatar tags`` and ``avatar calibrate``: what a companion's place in the room needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..config import DEFAULT_SOURCE
from ..errors import UsageError
from ..spelling import parse_size
from .options import Json, say, tell


def tags(
    out: Annotated[Path, typer.Option("--out", metavar="PDF", help="Where the sheets go.")] = Path("tags.pdf"),
    size: Annotated[float, typer.Option("--size", metavar="MM", help="Black square of a table tag.")] = 80.0,
    paper: Annotated[str, typer.Option("--paper", metavar="a4|letter", help="What is printed on.")] = "a4",
    board: Annotated[
        str | None, typer.Option("--board", metavar="CxR,SQUARE,TAG", help="Another board: 7x9,25,18.5 without it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Sheets to print: tags for a table and a floor, and a board to measure cameras with, in their true sizes."""
    from ..io.detect.board import parse_board
    from ..runtime.sheets import sheets

    tell(sheets(out, size, paper, parse_board(board) if board else None), as_json)


def calibrate(
    source: Annotated[
        str, typer.Argument(metavar="CAMERA|FILE", help="A camera, or a film, still or folder made with one.")
    ] = DEFAULT_SOURCE,
    board: Annotated[
        str | None,
        typer.Option("--board", metavar="CxR,SQUARE,TAG", help="The ChArUco board shown: 7x9,25,18.5 without it."),
    ] = None,
    distance: Annotated[
        float | None,
        typer.Option("--distance", metavar="METRES", help="No board: your eyes are this far from the lens."),
    ] = None,
    camera: Annotated[
        str | None, typer.Option("--camera", metavar="NAME|0", help="Which camera made the FILE.")
    ] = None,
    size: Annotated[str | None, typer.Option("--size", metavar="WxH", help="Pixels asked of a camera.")] = None,
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="How long a camera is watched: 25, or 4 for a face.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure a camera's field of view, for 'avatar run' to use from then on."""
    from ..io.detect.board import parse_board
    from ..runtime.calibrating import calibrate as measure

    if board is not None and distance is not None:
        raise UsageError("--board or --distance, not both")
    if seconds is not None and not 0 < seconds <= 600:
        raise UsageError(f"seconds {seconds:g}: must be more than 0 and at most 600")
    facts = measure(
        source,
        say,
        board=parse_board(board) if board else None,
        distance=distance,
        camera=camera,
        size=parse_size(size) if size else None,
        seconds=seconds,
    )
    tell(facts, as_json)
