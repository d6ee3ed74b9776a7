"""``avatar consent``: what may leave this machine, by destination; nothing may without it."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from .options import Json, say, tell

app = typer.Typer(
    name="consent",
    no_args_is_help=True,
    help="What may leave this machine, by destination. Nothing may until it is granted here.",
)
Purpose = Annotated[
    str,
    typer.Argument(
        metavar="PURPOSE",
        help="remote-voice: the text that is spoken; remote-chat: what you type; remote-pose: how you move; "
        "remote-adapter: a program that is joined to it; remote-display: what the companion says and does; "
        "remote-observe: when you come, go, wave, nod …",
    ),
]


@app.command("list")
def listed(as_json: Json = False) -> None:
    """What is granted, and since when."""
    from ..care import consent
    from ..runtime.voicing import consent_file

    entries = sorted(consent.read(consent_file()))
    if as_json:
        rows = [{"purpose": c.purpose, "host": c.host, "granted": c.granted} for c in entries]
        print(json.dumps({"consents": rows}), flush=True)
        return
    for entry in entries:
        print(f"{entry.purpose:14} {entry.host:32} {entry.granted}", flush=True)
    if not entries:
        say("nothing: everything stays on this machine")


@app.command()
def grant(
    purpose: Purpose,
    host: Annotated[str, typer.Argument(metavar="HOST", help="Name or address of the machine it may go to.")],
    as_json: Json = False,
) -> None:
    """Allow a purpose to one machine, from now on."""
    from datetime import UTC, datetime

    from ..care import consent
    from ..runtime.voicing import consent_file

    entry = consent.grant(consent_file(), purpose, host, datetime.now(UTC).isoformat(timespec="seconds"))
    say(f"to {entry.host}: {consent.PURPOSES[purpose]}")
    tell({"purpose": entry.purpose, "host": entry.host, "granted": entry.granted}, as_json)


@app.command()
def revoke(
    purpose: Purpose,
    host: Annotated[str | None, typer.Argument(metavar="HOST", help="Without it: to every machine.")] = None,
    as_json: Json = False,
) -> None:
    """Allow it no longer; it holds at once, also in a run that goes on."""
    from ..care import consent
    from ..runtime.voicing import consent_file

    tell({"revoked": consent.revoke(consent_file(), purpose, host)}, as_json)
