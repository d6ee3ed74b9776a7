"""``avatar photo``: a picture together with the companion."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated

import typer

from ..config import DEFAULT_SOURCE, Settings, parse_limits
from ..spelling import check_fov, parse_size
from . import STARTED
from .options import Anchor, Companion, Fov, Json, Limit, Person, Persona, Prop, SpotPlace, anchored, say, tell


def photo(
    place: SpotPlace = None,
    out: Annotated[Path, typer.Option("--out", metavar="PNG", help="The picture to write.")] = Path("photo.png"),
    source: Annotated[
        str, typer.Option("--source", metavar="0|NAME|FILE|demo", help="Camera, film, folder, stream or demo.")
    ] = DEFAULT_SOURCE,
    countdown: Annotated[
        float, typer.Option("--countdown", metavar="SECONDS", help="Counted on the picture; 0 takes it at once.")
    ] = 3.0,
    burst: Annotated[
        int, typer.Option("--burst", metavar="N", help="So many pictures, of which the best is kept.")
    ] = 8,
    smile: Annotated[str, typer.Option("--smile", metavar="NAME", help="The companion's expression.")] = "happy",
    companion: Companion = "hikari",
    persona: Persona = "calm",
    anchor: Anchor = "left-half",
    prop: Prop = None,
    size: Annotated[
        str | None,
        typer.Option("--size", metavar="WxH", help="Pixels; without it as the film has, of a camera 1280x720."),
    ] = None,
    mirror: Annotated[bool, typer.Option("--mirror", help="As in a mirror; without it, as others see you.")] = False,
    headless: Annotated[bool, typer.Option("--headless", help="Open no window.")] = False,
    fov: Fov = None,
    person: Person = "middle",
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Take a picture with the companion beside you: 3, 2, 1, a burst, and the best of it by open eyes.

    Of the pictures in which your eyes are open and you look at the camera, the sharpest is kept, and no other. It says
    in itself that an AI companion stands in it. Nothing leaves this machine.
    """
    from ..runtime import program
    from ..runtime.photo import own_size, take

    live = program.is_camera(source) or "://" in source
    settings = Settings(
        source=source,
        companion=companion,
        person=person,
        persona=persona,
        voice="none",
        size=parse_size(size) if size else parse_size("1280x720") if live else own_size(source),
        fov_y=check_fov(None if fov is None else math.radians(fov)),
        seconds=countdown + 60,
        headless=headless or not live or not program.has_display(),
        offline=not live,
        mirror=mirror,
        port=None,
        sound="none",
        anchor=anchored(anchor, place),
        props=tuple(prop or ()),
        limits=parse_limits(limit or []),
    )
    tell(take(settings, out, countdown, burst, smile, STARTED, say), as_json)
