"""``avatar inspect``, ``validate`` and ``motions``: what a file holds, its mistakes, what motions there are."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ..config import parse_limits
from .options import Json, Limit


def inspect(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A VRM, glTF, VRMA, BVH, OBJ, STL or PLY file.")],
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """What a file holds: bones, expressions, springs, materials, extensions, and its licence in words."""
    from ..runtime import files

    facts, lines = files.inspect(file, parse_limits(limit or []))
    print(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(lines), flush=True)


def validate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A VRM, glTF or VRMA file.")],
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Everything that is wrong with a file: code, severity, JSON pointer and message. Exit 0 valid, 1 invalid."""
    from ..runtime import files

    report, code = files.validate(file, parse_limits(limit or []))
    print(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else "\n".join(report.lines()), flush=True)
    if code:
        raise typer.Exit(code)


def motions(as_json: Json = False) -> None:
    """The motions that have names: for 'avatar render --motion NAME', gestures for 'avatar send gesture' too."""
    from ..runtime.motions import motions as rows

    if as_json:
        print(json.dumps({"motions": rows()}, ensure_ascii=False), flush=True)
        return
    for row in rows():
        print(f"{row['name']:17} {row['kind']:9}{row['file'] or ''}".rstrip(), flush=True)
