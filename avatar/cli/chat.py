"""``avatar chat``: a language model of your own, or the built-in script, speaks as the companion."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ..config import DEFAULT_SOURCE, Settings
from ..errors import UsageError
from ..spelling import BESIDE, parse_size
from . import STARTED
from .options import (
    Anchor,
    Companion,
    Json,
    Language,
    Persona,
    Pitch,
    Rate,
    Size,
    SpotPlace,
    Voice,
    anchored,
    say,
    tell,
)


def chat(
    place: SpotPlace = None,
    base_url: Annotated[
        str,
        typer.Option(
            "--base-url",
            metavar="URL",
            help="A server that speaks OpenAI's chat completions: http://127.0.0.1:11434/v1 is Ollama.",
        ),
    ] = "",
    model: Annotated[str, typer.Option("--model", metavar="NAME", help="Which of the server's models.")] = "",
    key_env: Annotated[
        str,
        typer.Option("--key-env", metavar="NAME", help="The environment variable that holds the server's key."),
    ] = "",
    backend: Annotated[
        str, typer.Option("--backend", metavar="server|scripted", help="scripted: a short script, without a server.")
    ] = "server",
    persona: Persona = "default",
    budget: Annotated[
        int, typer.Option("--budget", metavar="TOKENS", help="Most that is sent at once, estimated; oldest turns go.")
    ] = 3000,
    connect: Annotated[
        str | None,
        typer.Option("--connect", metavar="ws://…", help="Speak on a stage that runs already, at this event door."),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="The same on this machine, by its port: 8765 is 'avatar run'.")
    ] = None,
    token: Annotated[
        str | None,
        typer.Option("--token", envvar="PRESENCE_TOKEN", metavar="TOKEN", help="What that stage's door asks for."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="0|NAME|FILE|URL|demo", help="Camera, file, folder, stream or demo."),
    ] = None,
    companion: Companion = "hikari",
    voice: Voice = None,
    language: Language = None,
    rate: Rate = None,
    pitch: Pitch = None,
    anchor: Anchor = BESIDE,
    record: Annotated[Path | None, typer.Option("--record", metavar="FILE", help="Record to fragmented MP4.")] = None,
    still: Annotated[Path | None, typer.Option("--still", metavar="PNG", help="Also keep the last picture.")] = None,
    headless: Annotated[bool, typer.Option("--headless", help="Open no window.")] = False,
    seconds: Annotated[float | None, typer.Option("--seconds", help="Stop after so long, whatever is said.")] = None,
    size: Size = "640x480",
    sound: Annotated[str, typer.Option("--sound", metavar="auto|none|NAME", help="Sound device.")] = "auto",
    mirror: Annotated[
        bool | None, typer.Option("--mirror/--no-mirror", help="Mirror the picture (cameras: yes).")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the script: which of its lines it says.")] = 0,
    as_json: Json = False,
) -> None:
    """Talk with the companion: what you type is answered aloud, by a server of yours or by the built-in script.

    Lines from a pipe are answered one after another; then it ends. Typing a new line stops what is being said. Only
    text ever goes to a server, and to another machine's only with 'avatar consent grant remote-chat HOST'.
    """
    from ..animate import persona as personas
    from ..runtime import chatting, program

    if connect is not None and port is not None:
        raise UsageError("--connect and --port: one stage to speak on, not two")
    if port is not None:
        if not 1 <= port <= 65535:
            raise UsageError(f"port {port}: must be 1 to 65535")
        connect = f"ws://127.0.0.1:{port}/v1/events"
    talk = chatting.ChatSettings(
        backend, base_url, model, key_env, persona, budget, connect, token, seed, language or ""
    )
    spoken = language or (personas.load(persona).chat.language or None if voice is None else None)
    camera_needed, source = source is not None, source or DEFAULT_SOURCE
    settings = Settings(
        source=source,
        camera_needed=camera_needed,
        companion=companion,
        persona=persona,
        voice=voice,
        language=spoken,
        rate=rate,
        pitch=pitch,
        size=parse_size(size),
        seconds=seconds,
        record=record,
        still=still,
        headless=headless,
        mirror=program.is_camera(source) if mirror is None else mirror,
        port=None,
        sound=sound,
        anchor=anchored(anchor, place),
        seed=seed,
    )
    out = sys.stderr if as_json else sys.stdout

    def show(words: str) -> None:
        print(words, end="", file=out, flush=True)

    facts = chatting.run(talk, settings, started=STARTED, tell=say, show=show)
    if as_json:
        tell(facts, as_json)
    if facts["failed"]:
        raise typer.Exit(1)
