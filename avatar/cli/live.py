"""``avatar demo``, ``avatar run`` and ``avatar send``: the stage, and words to one that is running."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated

import typer

from ..config import DEFAULT_PORT, DEFAULT_SOURCE, VMC_PORT, Settings, parse_limits, writable_folder
from ..errors import UsageError
from ..spelling import BESIDE, LOOPBACK, parse_endpoint, parse_size
from . import STARTED
from .doors_options import Osc, OscAllow, OscHost, VmcIn, VmcOut
from .options import (
    Anchor,
    Breath,
    Companion,
    Fov,
    Json,
    Language,
    Limit,
    Pause,
    Person,
    Persona,
    Pitch,
    Prop,
    Rate,
    Size,
    SpotPlace,
    TagSize,
    Voice,
    anchored,
    say,
    tell,
)


def demo(
    place: SpotPlace = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where demo.mp4 and demo.png go.")] = Path(
        "demo-out"
    ),
    seconds: Annotated[float, typer.Option("--seconds", help="Length of the demo.")] = 8.0,
    as_json: Json = False,
    size: Size = "640x480",
    companion: Companion = "hikari",
    persona: Persona = "default",
    voice: Voice = None,
    language: Language = None,
    rate: Rate = None,
    pitch: Pitch = None,
    pause: Pause = None,
    breath: Breath = None,
    anchor: Anchor = BESIDE,
    tag_size: TagSize = 80.0,
    prop: Prop = None,
    headless: Annotated[bool, typer.Option("--headless", help="Open no window, even when there is a display.")] = False,
    limit: Limit = None,
) -> None:
    """The companion greets a moving portrait, in voice: no camera, network or sound card needed.

    Writes DIR/demo.mp4 (picture and sound) and DIR/demo.png, and opens a window too when there is a display.
    """
    from ..runtime import program

    folder = writable_folder(out)
    settings = Settings(
        source="demo",
        companion=companion,
        persona=persona,
        voice=voice,
        language=language,
        rate=rate,
        pitch=pitch,
        pause=pause,
        breath=breath,
        size=parse_size(size),
        seconds=seconds,
        record=folder / "demo.mp4",
        still=folder / "demo.png",
        headless=headless or not program.has_display(),
        port=None,
        anchor=anchored(anchor, place),
        tag_size=tag_size / 1000,
        props=tuple(prop or ()),
        limits=parse_limits(limit or []),
    )
    facts = program.demo(settings, started=STARTED, tell=say)
    tell(facts, as_json)


def run(
    place: SpotPlace = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--source",
            metavar="0|NAME|FILE|URL|demo",
            help="Camera, file, folder, stream or demo. Without it: camera 0, or a plain ground where there is none.",
        ),
    ] = None,
    companion: Companion = "hikari",
    persona: Persona = "default",
    voice: Voice = None,
    language: Language = None,
    rate: Rate = None,
    pitch: Pitch = None,
    pause: Pause = None,
    breath: Breath = None,
    mirror_me: Annotated[
        bool, typer.Option("--mirror-me", help="The companion does what you do, as a mirror image.")
    ] = False,
    anchor: Anchor = BESIDE,
    tag_size: TagSize = 80.0,
    prop: Prop = None,
    observe: Annotated[
        bool,
        typer.Option(
            "--observe",
            help="Tell clients when you come, go, wave, nod, bow …: geometry only. Nothing of you is told without it.",
        ),
    ] = False,
    camera_look: Annotated[
        bool,
        typer.Option(
            "--camera-look/--clean", help="Draw the companion as soft and as noisy as the camera's picture is."
        ),
    ] = True,
    record: Annotated[Path | None, typer.Option("--record", metavar="FILE", help="Record to fragmented MP4.")] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Open no window.")] = False,
    seconds: Annotated[float | None, typer.Option("--seconds", help="Stop after so long; else until closed.")] = None,
    size: Size = "640x480",
    port: Annotated[
        int, typer.Option("--port", help="Local port of the event door; 0 picks a free one.")
    ] = DEFAULT_PORT,
    host: Annotated[
        str,
        typer.Option("--host", metavar="ADDRESS", help="Also listen on this address of the machine, with tokens."),
    ] = LOOPBACK,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            "--origin",
            metavar="ORIGIN",
            help="Let pages of this web origin connect, as http://localhost:3000. Several times for several.",
        ),
    ] = None,
    no_token: Annotated[
        bool, typer.Option("--no-token", help="Let every program on this machine drive the companion.")
    ] = False,
    stdio: Annotated[bool, typer.Option("--stdio", help="Events also as lines on stdin, answers on stdout.")] = False,
    as_json: Json = False,
    still: Annotated[Path | None, typer.Option("--still", metavar="PNG", help="Also keep the last picture.")] = None,
    offline: Annotated[
        bool, typer.Option("--offline", help="As fast as possible, every frame of the file; time is counted in frames.")
    ] = False,
    mirror: Annotated[
        bool | None, typer.Option("--mirror/--no-mirror", help="Mirror the picture (cameras: yes).")
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option("--journal", metavar="FILE", help="Note when what came in and went out, without what it said."),
    ] = None,
    journal_content: Annotated[
        bool, typer.Option("--journal-content", help="What it said too, so that 'avatar replay' can run it again.")
    ] = False,
    fov: Fov = None,
    person: Person = "middle",
    sound: Annotated[
        str | None,
        typer.Option(
            "--sound", metavar="auto|none|NAME", help="Sound device (auto; of a display with --follow: none)."
        ),
    ] = None,
    reader_mic: Annotated[
        str | None,
        typer.Option(
            "--reader-mic",
            metavar="auto|NAME|FILE.wav",
            help="A human reads: this microphone, or sound file, moves the companion's mouth. Nothing heard is kept.",
        ),
    ] = None,
    listen: Annotated[
        str | None,
        typer.Option(
            "--listen",
            metavar="auto|NAME|FILE.wav",
            help="The companion's voice sinks while you speak into this microphone. Nothing heard is kept.",
        ),
    ] = None,
    tracking: Annotated[
        str,
        typer.Option(
            "--tracking", metavar="auto|apart|here", help="Track in a process of its own, or in this one (auto: apart)."
        ),
    ] = "auto",
    vmc_in: VmcIn = None,
    vmc_out: VmcOut = None,
    osc: Osc = None,
    osc_host: OscHost = "127.0.0.1",
    osc_allow: OscAllow = None,
    nats: Annotated[
        str | None,
        typer.Option(
            "--nats",
            metavar="URL|embedded",
            help="Many machines: a NATS server of yours, or one started for this machine (extra 'nats').",
        ),
    ] = None,
    stage: Annotated[
        str, typer.Option("--stage", metavar="NAME", help="The stage's name on the NATS server.")
    ] = "main",
    follow: Annotated[
        bool,
        typer.Option(
            "--follow",
            "--display",
            help="Be a display of that stage: do what it does at the same instant. Silent unless --sound is given.",
        ),
    ] = False,
    limit: Limit = None,
) -> None:
    """Stand the companion in a camera's view and listen for events on ws://127.0.0.1:PORT/v1/events."""
    from ..runtime import program

    camera_needed, source = source is not None, source or DEFAULT_SOURCE
    settings = Settings(
        source=source,
        camera_needed=camera_needed,
        companion=companion,
        person=person,
        persona=persona,
        voice=voice,
        language=language,
        rate=rate,
        pitch=pitch,
        pause=pause,
        breath=breath,
        puppet="person" if mirror_me else None,
        observe=observe,
        camera_look=camera_look,
        size=parse_size(size),
        fov_y=None if fov is None else math.radians(fov),
        seconds=seconds,
        record=record,
        still=still,
        headless=headless,
        offline=offline,
        journal=journal,
        journal_content=journal_content,
        mirror=program.is_camera(source) if mirror is None else mirror,
        port=None if follow else port,
        host=host,
        token=not no_token,
        origins=tuple(origin or ()),
        stdio=stdio,
        sound=sound or ("none" if follow else "auto"),
        nats=nats,
        stage=stage,
        follow=follow,
        reader_mic=reader_mic,
        listen=listen,
        tracking=tracking,
        anchor=anchored(anchor, place),
        tag_size=tag_size / 1000,
        props=tuple(prop or ()),
        vmc_in=None if vmc_in is None else parse_endpoint(vmc_in, VMC_PORT, "vmc-in"),
        vmc_out=None if vmc_out is None else parse_endpoint(vmc_out, None, "vmc-out"),
        osc=osc,
        osc_host=osc_host,
        osc_allow=tuple(osc_allow or ()),
        limits=parse_limits(limit or []),
    )
    facts = program.run(settings, started=STARTED, tell=say)
    if not stdio:
        tell(facts, as_json)


def send(
    type: Annotated[str, typer.Argument(metavar="TYPE", help="An event type; 'presence.' may be left out.")],
    fields: Annotated[list[str] | None, typer.Argument(metavar="key=value …")] = None,
    port: Annotated[int, typer.Option("--port", help="The engine's port.")] = DEFAULT_PORT,
    wait: Annotated[float, typer.Option("--timeout", help="Seconds to wait for the answer.")] = 5.0,
    as_json: Json = False,
) -> None:
    """Send one event to a running engine and print its answer.

    It comes in by your own token, or by the one in $PRESENCE_TOKEN."""
    from ..io.transports import client
    from ..io.transports.tokens import local_token

    data = client.parse_fields(fields or [])
    answers = client.send(f"ws://{LOOPBACK}:{port}/v1/events", type, data, wait, local_token())
    if not answers:
        raise UsageError("the engine gave no answer")
    answer = answers[-1]
    print(json.dumps(answer, ensure_ascii=False, indent=None if as_json else 2), flush=True)
    if answer.get("type") == "presence.error":
        raise typer.Exit(1)
