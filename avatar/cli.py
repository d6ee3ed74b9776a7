"""The command ``avatar``. Each verb reads its arguments here and does its work in ``runtime/``."""

from __future__ import annotations

import time

_STARTED = time.perf_counter()

import json  # noqa: E402
import math  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Annotated, Any, NoReturn  # noqa: E402

import typer  # noqa: E402

from . import __version__  # noqa: E402
from .config import DEFAULT_PORT, DEFAULT_SOURCE, Settings, parse_limits, parse_size, writable_folder  # noqa: E402
from .errors import AvatarError, UsageError  # noqa: E402

SYSTEM_LIBS = "libegl1 libgl1 libgl1-mesa-dri libglib2.0-0 libportaudio2"

app = typer.Typer(
    name="avatar",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="See a 3D companion in your own camera view, speak with it, and stage symbolic ceremonies with it.\n\n"
    "The companion is an AI, not a person; it has no feelings. Everything stays on this machine.",
)

Json = Annotated[bool, typer.Option("--json", help="Print the facts as one JSON object, as the last line.")]
Size = Annotated[str, typer.Option("--size", metavar="WxH", help="Pixels of the picture.")]
Companion = Annotated[
    str, typer.Option("--companion", metavar="FILE|NAME", help="A VRM or glTF file, or a house name.")
]

Limit = Annotated[
    list[str] | None,
    typer.Option(
        "--limit",
        metavar="NAME=N",
        help="Raise or lower a limit on what a file may ask for; see docs/HOSTILE_FILES.md.",
    ),
]


def _examples(*lines: str) -> str:
    return "[bold]Examples[/bold]\n\n" + "\n\n".join(f"  [cyan]{line}[/cyan]" for line in lines)


def _say(text: str = "") -> None:
    """Words for a person go to stderr, so that stdout stays facts."""
    print(text, file=sys.stderr, flush=True)


def _facts(facts: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(facts, ensure_ascii=False), flush=True)
        return
    for name, value in facts.items():
        if isinstance(value, dict):
            value = ", ".join(f"{k} {v}" for k, v in value.items())
        if isinstance(value, list):
            value = " ".join(str(v) for v in value) or "–"
        print(f"{name:17} {'–' if value is None else value}", flush=True)


@app.command(epilog=_examples("avatar demo", "avatar demo --out /tmp/first-light --seconds 12", "avatar demo --json"))
def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where demo.mp4 and demo.png go.")] = Path(
        "demo-out"
    ),
    seconds: Annotated[float, typer.Option("--seconds", help="Length of the demo.")] = 8.0,
    as_json: Json = False,
    size: Size = "640x480",
    companion: Companion = "hikari",
    headless: Annotated[bool, typer.Option("--headless", help="Open no window, even when there is a display.")] = False,
) -> None:
    """The companion greets a moving portrait, in voice: no camera, network or sound card needed.

    Writes DIR/demo.mp4 (picture and sound) and DIR/demo.png, and opens a window too when there is a display.
    """
    from .runtime import program

    folder = writable_folder(out)
    settings = Settings(
        source="demo",
        companion=companion,
        size=parse_size(size),
        seconds=seconds,
        record=folder / "demo.mp4",
        still=folder / "demo.png",
        headless=headless or not program.has_display(),
        port=None,
    )
    facts = program.demo(settings, started=_STARTED, tell=_say)
    _facts(facts, as_json)


@app.command(
    epilog=_examples(
        "avatar run",
        "avatar run --source demo --seconds 20 --record out.mp4 --headless",
        "avatar run --source wedding.mkv --companion my-companion.vrm --mirror",
        "avatar send presence.say text='Hello there.'",
    )
)
def run(
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="0|NAME|FILE|URL|demo",
            help="Camera, file, folder, stream or demo. Without it: camera 0, or a plain ground where there is none.",
        ),
    ] = None,
    companion: Companion = "hikari",
    record: Annotated[Path | None, typer.Option("--record", metavar="FILE", help="Record to fragmented MP4.")] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Open no window.")] = False,
    seconds: Annotated[float | None, typer.Option("--seconds", help="Stop after so long; else until closed.")] = None,
    size: Size = "640x480",
    port: Annotated[
        int, typer.Option("--port", help="Local port of the event door; 0 picks a free one.")
    ] = DEFAULT_PORT,
    stdio: Annotated[bool, typer.Option("--stdio", help="Events also as lines on stdin, answers on stdout.")] = False,
    as_json: Json = False,
    still: Annotated[Path | None, typer.Option("--still", metavar="PNG", help="Also keep the last picture.")] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="As fast as possible, every frame of the file; time is counted in frames.")
    ] = False,
    mirror: Annotated[
        bool | None, typer.Option("--mirror/--no-mirror", help="Mirror the picture (cameras: yes).")
    ] = None,
    fov: Annotated[
        float, typer.Option("--fov", help="The camera's vertical field of view in degrees (63 is a guess).")
    ] = 63.0,
    sound: Annotated[str, typer.Option("--sound", metavar="auto|none|NAME", help="Sound device.")] = "auto",
) -> None:
    """Stand the companion in a camera's view and listen for events on ws://127.0.0.1:PORT/v1/events."""
    from .runtime import program

    camera_needed, source = source is not None, source or DEFAULT_SOURCE
    settings = Settings(
        source=source,
        camera_needed=camera_needed,
        companion=companion,
        size=parse_size(size),
        fov_y=None if fov is None else math.radians(fov),
        seconds=seconds,
        record=record,
        still=still,
        headless=headless,
        offline=offline,
        mirror=program.is_camera(source) if mirror is None else mirror,
        port=port,
        stdio=stdio,
        sound=sound,
    )
    facts = program.run(settings, started=_STARTED, tell=_say)
    if not stdio:
        _facts(facts, as_json)


@app.command(
    epilog=_examples(
        "avatar render hikari --out hikari.png --background white",
        "avatar render my.vrm --out face.png --size 512x512 --expression happy=1 --camera 0,1.45,0.9 --target 0,1.4,0",
        "avatar render my.vrm --out step.png --motion dance.vrma --time 1.5",
        "avatar render my.vrm --out room.png --light room.jpg",
        "avatar render my.vrm --out oracle.png --plan oracle --json",
    )
)
def render(
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="A VRM, glTF, OBJ, STL or PLY file, or a house companion's name.")
    ],
    out: Annotated[Path, typer.Option("--out", metavar="PNG", help="The picture to write.")],
    size: Annotated[
        str | None, typer.Option("--size", metavar="WxH", help="Pixels of the picture; 1024x1024 without it.")
    ] = None,
    expression: Annotated[
        list[str] | None, typer.Option("--expression", metavar="NAME=WEIGHT", help="May be given more than once.")
    ] = None,
    background: Annotated[str | None, typer.Option("--background", metavar="COLOUR|transparent")] = None,
    motion: Annotated[
        str | None, typer.Option("--motion", metavar="FILE", help="A VRMA, BVH or glTF motion to stand in.")
    ] = None,
    clip: Annotated[
        str | None,
        typer.Option("--clip", metavar="NAME|NUMBER", help="Which animation of the motion, or of MODEL itself."),
    ] = None,
    at: Annotated[float, typer.Option("--time", metavar="T", help="Seconds into the motion.")] = 0.0,
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
        str, typer.Option("--pose", metavar="stand|rest", help="At ease, or as in the file (the T-pose).")
    ] = "stand",
    springs: Annotated[bool, typer.Option("--springs/--no-springs", help="Let hair and clothes hang.")] = True,
    scene: Annotated[int | None, typer.Option("--scene", metavar="N", help="Which scene of a glTF file.")] = None,
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Draw one picture of a companion or a prop, in a moment of a motion if you like."""
    from .runtime.picture import render_picture

    facts = render_picture(
        model,
        out,
        parse_size(size) if size else None,
        weights(expression or []),
        motion=motion,
        clip=clip,
        time=at,
        camera=camera,
        target=target,
        fov=fov,
        light=light,
        ambient=ambient,
        plan=plan,
        pose=pose,
        background=background,
        scene=scene,
        springs=springs,
        limits=parse_limits(limit or []),
    )
    _facts(facts, as_json)


@app.command(epilog=_examples("avatar inspect my.vrm", "avatar inspect dance.vrma --json"))
def inspect(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A VRM, glTF, VRMA, BVH, OBJ, STL or PLY file.")],
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """What a file holds: bones, expressions, springs, materials, extensions, and its licence in words."""
    from .runtime import program

    facts, lines = program.inspect(file, parse_limits(limit or []))
    print(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(lines), flush=True)


@app.command(epilog=_examples("avatar validate my.vrm", "avatar validate my.vrm --json"))
def validate(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A VRM, glTF or VRMA file.")],
    limit: Limit = None,
    as_json: Json = False,
) -> None:
    """Everything that is wrong with a file: code, severity, JSON pointer and message. Exit 0 valid, 1 invalid."""
    from .runtime import program

    report, code = program.validate(file, parse_limits(limit or []))
    print(json.dumps(report.as_dict(), ensure_ascii=False) if as_json else "\n".join(report.lines()), flush=True)
    if code:
        raise typer.Exit(code)


@app.command(
    epilog=_examples(
        "avatar speak 'Hello there.'",
        "avatar speak 'Peter plays the piano.' --wav peter.wav --visemes peter.csv",
    )
)
def speak(
    text: Annotated[str, typer.Argument(help="What to say.")],
    wav: Annotated[Path | None, typer.Option("--wav", metavar="FILE", help="Write the sound here.")] = None,
    visemes: Annotated[
        Path | None, typer.Option("--visemes", metavar="CSV", help="Write mouth shapes: t + 15 weights at 100 Hz.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Speak a text: aloud when no file is asked for and there is a sound device."""
    from .runtime import program

    _facts(program.speak(text, wav, visemes, _say), as_json)


@app.command(
    epilog=_examples(
        "avatar send presence.say text='Hello there.'",
        "avatar send say text='Hello' expression=happy",
        "avatar send gesture name=wave --port 9000",
    )
)
def send(
    type: Annotated[str, typer.Argument(metavar="TYPE", help="An event type; 'presence.' may be left out.")],
    fields: Annotated[list[str] | None, typer.Argument(metavar="key=value …")] = None,
    port: Annotated[int, typer.Option("--port", help="The engine's port.")] = DEFAULT_PORT,
    wait: Annotated[float, typer.Option("--timeout", help="Seconds to wait for the answer.")] = 5.0,
    as_json: Json = False,
) -> None:
    """Send one event to a running engine and print its answer."""
    from .runtime import program

    answer = program.send(type, fields or [], port, wait)
    print(json.dumps(answer, ensure_ascii=False, indent=None if as_json else 2), flush=True)
    if answer.get("type") == "presence.error":
        raise typer.Exit(1)


@app.command(epilog=_examples("avatar doctor", "avatar doctor --json"))
def doctor(as_json: Json = False) -> None:
    """Look at this machine: GL, cameras, sound, models, display. Exit 1, with remedies, if something is missing."""
    from .runtime.doctor import examine

    checks = examine()
    if as_json:
        print(json.dumps({"ok": all(c.ok for c in checks), "checks": [c.facts() for c in checks]}, ensure_ascii=False))
    else:
        for check in checks:
            print(check.line())
    if not all(c.ok for c in checks):
        raise typer.Exit(1)


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


def _version(asked: bool) -> None:
    if asked:
        print(f"avatar {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Run the command line; an error Presence can name is one line and exit code 2."""
    try:
        app()
    except AvatarError as error:
        _say(f"avatar: {error}")
        sys.exit(2)
    except ImportError as error:
        if "shared object" not in str(error):
            raise
        _say(
            f"avatar: a system library is missing ({error}); on Debian or Ubuntu: sudo apt-get install -y {SYSTEM_LIBS}"
        )
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(0)
