"""``avatar track``: what is seen of a person in a film or a picture."""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from ..errors import OutputError, UsageError
from ..spelling import check_fov, parse_person
from .options import Fov, Json, Person, say, tell

if TYPE_CHECKING:
    from ..runtime.seeing import Sight


def track(
    file: Annotated[str, typer.Argument(metavar="FILE|demo", help="A film, a picture, a folder of pictures, or demo.")],
    json_lines: Annotated[
        bool, typer.Option("--json-lines", help="One JSON object for every frame, a line each, on stdout.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the lines here; stdout has the summary.")
    ] = None,
    fov: Fov = None,
    person: Person = "middle",
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="No further than that; of demo, which never ends, 10.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Track the person in a film, every frame of it: head, hands, body, outline, light and gestures.

    Prints a summary, or with --json-lines everything that is known of each frame; docs/TRACKING.md says what each field
    is. The same file gives the same lines every time, and nothing is sent anywhere.
    """
    if seconds is not None and not 0 < seconds <= 86400:
        raise UsageError(f"seconds {seconds:g}: must be more than 0 and at most 86400")
    angle = check_fov(None if fov is None else math.radians(fov))
    wish = parse_person(person)
    from ..runtime.seeing import look_through
    from ..runtime.stopping import stop_signals

    stop = stop_signals()
    with _piped(), _lines(out, json_lines) as put:

        def each(sight: Sight) -> None:
            if put is not None:
                put(json.dumps(sight.record(), allow_nan=False, separators=(",", ":")))

        facts = look_through(file, say, fov_y=angle, person=wish, seconds=seconds, each=each, stop=stop)
        if not json_lines or out is not None:
            if out is not None:
                facts["lines"] = str(out)
            _summary(facts, as_json)
    if stop.is_set():
        raise KeyboardInterrupt


def _summary(facts: dict[str, object], as_json: bool) -> None:
    from ..tracking.totals import lines

    if as_json:
        tell(facts, True)
        return
    head = {name: facts[name] for name in ("source", "size", "fov_deg")}
    last = {"lines": facts["lines"]} if "lines" in facts else {}
    tell({**head, **lines(facts), **last}, False)


@contextlib.contextmanager
def _lines(out: Path | None, asked: bool) -> Iterator[Callable[[str], None] | None]:
    """Where the lines go: a file, stdout, or nowhere. Each is whole: it is written at once."""
    if out is None and not asked:
        yield None
        return
    with contextlib.ExitStack() as stack:
        stream: TextIO = sys.stdout
        if out is not None:
            try:
                stream = stack.enter_context(open(out, "w", encoding="utf-8", newline="\n"))
            except OSError as error:
                raise OutputError(f"{out}: cannot be written ({error.strerror or error})") from None

        def put(line: str) -> None:
            stream.write(line + "\n")
            stream.flush()

        yield put


@contextlib.contextmanager
def _piped() -> Iterator[None]:
    """Whoever reads stdout may stop reading (``| head``): then this ends too, and says nothing."""
    try:
        yield
    except BrokenPipeError:
        # what is left in the buffer is dropped, or Python complains of it as it ends
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None
