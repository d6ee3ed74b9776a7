"""``avatar render``: a companion or a prop in a picture or a film."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from ..config import parse_limits
from ..errors import UsageError
from ..spelling import parse_size
from .options import Json, Limit, tell

if TYPE_CHECKING:
    from ..runtime.picture_options import Options

FILMS: Final = (".mp4", ".mkv")


def render(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A VRM, glTF, OBJ, STL or PLY file, or a house companion's name.")
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The picture (.png) or the film (.mp4, .mkv) to write.")
    ],
    size: Annotated[
        str | None, typer.Option("--size", metavar="WxH", help="Pixels of the picture; 1024x1024 without it.")
    ] = None,
    expression: Annotated[
        list[str] | None, typer.Option("--expression", metavar="NAME=WEIGHT", help="May be given more than once.")
    ] = None,
    background: Annotated[str | None, typer.Option("--background", metavar="COLOUR|transparent")] = None,
    motion: Annotated[
        str | None,
        typer.Option(
            "--motion", metavar="FILE|NAME", help="A VRMA, BVH or glTF motion, or a name of 'avatar motions'."
        ),
    ] = None,
    clip: Annotated[
        str | None,
        typer.Option("--clip", metavar="NAME|NUMBER", help="Which animation of the motion, or of MODEL itself."),
    ] = None,
    at: Annotated[float, typer.Option("--time", metavar="T", help="Seconds into the motion; films begin there.")] = 0.0,
    camera: Annotated[
        str | None,
        typer.Option("--camera", metavar="x,y,z", help="Where from: metres, the companion stands at 0,0,0 facing +Z."),
    ] = None,
    target: Annotated[str | None, typer.Option("--target", metavar="x,y,z", help="What the camera looks at.")] = None,
    fov: Annotated[float | None, typer.Option("--fov", metavar="DEG", help="Vertical field of view.")] = None,
    light: Annotated[
        str | None,
        typer.Option(
            "--light",
            metavar="x,y,z[,intensity]|PICTURE",
            help="Towards the light, 1 as in an ordinary room; or a picture of a room that lights it.",
        ),
    ] = None,
    ambient: Annotated[
        float | None, typer.Option("--ambient", help="Light from everywhere: 0.5 in an ordinary room.")
    ] = None,
    plan: Annotated[
        str | None,
        typer.Option("--plan", metavar="oracle", help="The camera, light and ground by which engines are compared."),
    ] = None,
    pose: Annotated[
        str | None,
        typer.Option("--pose", metavar="stand|rest", help="At ease (without it too), or as in the file (the T-pose)."),
    ] = None,
    springs: Annotated[bool, typer.Option("--springs/--no-springs", help="Let hair and clothes hang.")] = True,
    seconds: Annotated[
        float | None, typer.Option("--seconds", help="Length of a film: to the motion's end, or 6 without a motion.")
    ] = None,
    fps: Annotated[float | None, typer.Option("--fps", help="Pictures a second of a film: 30 without it.")] = None,
    scene: Annotated[int | None, typer.Option("--scene", metavar="N", help="Which scene of a glTF file.")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Draw one picture of a companion or a prop, in a moment of a motion if you like; or a film of it.

    A film shows the motion, or without one the companion as it breathes, blinks and looks at you.
    """
    pixels, shown = parse_size(size) if size else None, weights(expression or [])
    asked: Options = {
        "motion": motion,
        "clip": clip,
        "time": at,
        "camera": camera,
        "target": target,
        "fov": fov,
        "light": light,
        "ambient": ambient,
        "pose": pose,
        "background": background,
        "scene": scene,
        "springs": springs,
        "limits": parse_limits(limit or []),
    }
    if out.suffix.lower() in FILMS:
        from ..runtime.film import render_film

        if plan is not None:
            raise UsageError(f"the plan '{plan}' is a picture's: write it to a .png")
        facts = render_film(model, out, pixels, shown, seconds=seconds, fps=fps, **asked)
    else:
        from ..runtime.picture import render_picture

        for name, value in (("seconds", seconds), ("fps", fps)):
            if value is not None:
                raise UsageError(f"--{name} goes with a film: write it to {' or '.join(FILMS)}")
        facts = render_picture(model, out, pixels, shown, plan=plan, **asked)
    tell(facts, as_json)


def weights(pairs: list[str]) -> dict[str, float]:
    """``["happy=1", "aa=0.5"]`` → {"happy": 1.0, "aa": 0.5}; a name alone means 1. Raises UsageError."""
    result: dict[str, float] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        try:
            weight = float(value) if value else 1.0
        except ValueError:
            weight = math.nan
        if not name or not 0 <= weight <= 1:
            raise UsageError(f"expression '{pair}': write NAME=WEIGHT with a weight from 0 to 1")
        result[name] = weight
    return result
