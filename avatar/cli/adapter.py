"""``avatar adapter``: joins a program of the field to a companion that runs."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ..config import DEFAULT_PORT
from ..errors import UsageError
from .options import Json, say, tell

_OBS, _VTS = "obs", "vtube-studio"


def adapter(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Without it: which adapters there are.")] = None,
    url: Annotated[
        str | None, typer.Option("--url", metavar="ws://…", help="Where the program listens, if not as usual.")
    ] = None,
    port: Annotated[int, typer.Option("--port", help="The companion's port.")] = DEFAULT_PORT,
    token: Annotated[
        str | None, typer.Option("--token", help="To the companion, if another than your own or $PRESENCE_TOKEN.")
    ] = None,
    typed: Annotated[
        bool, typer.Option("--type", help="What you type goes to the program as your words; an empty line interrupts.")
    ] = False,
    caption_source: Annotated[
        str | None, typer.Option("--caption-source", metavar="SOURCE", help="obs: a text source that shows captions.")
    ] = None,
    scene: Annotated[str | None, typer.Option("--scene", metavar="SCENE", help="obs: show this scene.")] = None,
    cue_scenes: Annotated[
        bool, typer.Option("--cue-scenes", help="obs: a cue with a scene's name shows that scene.")
    ] = False,
    record: Annotated[bool, typer.Option("--record", help="obs: record from joining to leaving.")] = False,
    discover: Annotated[
        bool, typer.Option("--discover", help="vtube-studio: find it by what it says of itself on the network.")
    ] = False,
    add: Annotated[
        bool, typer.Option("--add", help="vtube-studio: add to what tracking says, instead of taking its place.")
    ] = False,
    hotkeys: Annotated[
        bool, typer.Option("--hotkeys/--no-hotkeys", help="vtube-studio: press hotkeys named like what is done.")
    ] = True,
    as_json: Json = False,
) -> None:
    """Join Open-LLM-VTuber, aiavatarkit, Pipecat, OBS or VTube Studio to a companion that runs.

    It joins again by itself when either side went away; Ctrl-C ends it. OBS's password comes from $OBS_PASSWORD.
    """
    from .. import paths
    from ..care import consent
    from ..io.adapters.base import Adapter
    from ..io.adapters.obs import Obs, Wishes
    from ..io.adapters.vtube_studio import VTubeStudio
    from ..io.transports.tokens import local_token
    from ..runtime import adapting
    from ..runtime.adapter_line import Joint
    from ..runtime.voicing import consent_file

    if name is None:
        rows = [{"name": k.NAME, "joins": k.JOINS, "url": k.URL, "follows": k.FOLLOWS} for k in adapting.KINDS]
        if as_json:
            tell({"adapters": rows}, True)
            return
        for row in rows:
            print(f"{row['name']:16} {row['joins']:46} {row['url']}", flush=True)
        return
    kind = adapting.kind(name)
    wishes = Wishes(caption_source, scene, cue_scenes, record)
    if wishes != Wishes() and kind.NAME != _OBS:
        raise UsageError(f"--caption-source, --scene, --cue-scenes and --record are for {_OBS}")
    if (discover or add or not hotkeys) and kind.NAME != _VTS:
        raise UsageError(f"--discover, --add and --no-hotkeys are for {_VTS}")
    if typed and not kind.TYPED:
        raise UsageError(f"nothing can be typed to {kind.NAME}")
    if discover and url is None:
        say(f"{kind.NAME}: listening for it on UDP port {adapting.DISCOVERY_PORT}")
        url = adapting.discover()
        if url is None:
            raise UsageError("no VTube Studio has said where it is: switch its API on, or give --url")
    secret = adapting.Secret(paths.config_folder() / "vtube-studio.token")

    def make(session: str, attempt: int) -> Adapter:
        if kind is Obs:
            return Obs(wishes, os.environ.get("OBS_PASSWORD", ""))
        if kind is VTubeStudio:
            return VTubeStudio(secret.read(), "add" if add else "set", hotkeys)
        return adapting.source(kind, session, attempt)

    joint = Joint(
        make,
        url or kind.URL,
        f"ws://127.0.0.1:{port}/v1/events",
        say,
        lambda host: consent.allowed(consent_file(), "remote-adapter", host),
        lambda: token or local_token(),
        secret.keep,
    )
    adapting.adapt(joint, typed)
