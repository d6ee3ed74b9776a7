"""``avatar replay``: a journal back into a stage, or as a list."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ..spelling import parse_size
from .options import Json, say, tell


def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A journal of 'avatar run --journal'.")],
    as_list: Annotated[bool, typer.Option("--list", help="Only list what came in and went out.")] = False,
    events: Annotated[
        bool, typer.Option("--events", help="Print every event that goes out, one JSON object a line.")
    ] = False,
    source: Annotated[
        str | None, typer.Option("--source", metavar="FILE|URL|demo", help="In place of the recorded one.")
    ] = None,
    record: Annotated[Path | None, typer.Option("--record", metavar="FILE", help="Record to fragmented MP4.")] = None,
    still: Annotated[Path | None, typer.Option("--still", metavar="PNG", help="Keep the last picture.")] = None,
    size: Annotated[str | None, typer.Option("--size", metavar="WxH", help="Pixels, in place of the recorded.")] = None,
    as_json: Json = False,
) -> None:
    """Run a recorded session again: the same events at the same times, as fast as it goes, always with the same result.

    A journal without content can only be listed.
    """
    from ..runtime import replaying

    recorded = replaying.load(file)
    if as_list or not recorded.content:
        if not as_list:
            say(f"{file} was written without --journal-content: it can only be listed, not run again")
        print("\n".join(replaying.timeline(recorded)), flush=True)
        return
    if not recorded.complete:
        say(f"{file} does not end: the run was cut off at its last line")

    def out(row: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")

    wanted = None if size is None else parse_size(size)
    facts = replaying.replay(recorded, say, source, wanted, record, still, *([out] if events else []))
    tell(facts, as_json)
