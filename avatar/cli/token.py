"""``avatar token``: who may drive the companion, and what each may do."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from ..errors import UsageError
from .options import Json, examples, say, tell

app = typer.Typer(
    name="token",
    no_args_is_help=True,
    help="Who may drive the companion by the event door, and what each may do (docs/EVENTS.md).\n\n"
    "Your own programs on this machine have a token by themselves. One more for each other client: it is shown once, "
    "kept as a hash, and ends when you revoke it.",
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="What you call the client.")]
_ALL = "speak,pose,direct,observe"


@app.command(epilog=examples("avatar token add my-bot", "avatar token add puppeteer --scope pose"))
def add(
    name: Name,
    scope: Annotated[str, typer.Option("--scope", metavar=_ALL, help="What it may do.")] = "speak,pose",
    as_json: Json = False,
) -> None:
    """Make a token for a client, and print it: this once."""
    from datetime import UTC, datetime

    from ..io.transports.tokens import TokenFiles

    scopes = [part.strip() for part in scope.split(",") if part.strip()]
    when = datetime.now(UTC).isoformat(timespec="seconds")
    token = TokenFiles(tell=say).add(name, scopes, when)
    say(f"{name} may {', '.join(scopes)}; this is shown only now:")
    if as_json:
        tell({"name": name, "scopes": sorted(scopes), "token": token}, True)
    else:
        print(token, flush=True)


@app.command("list")
def listed(as_json: Json = False) -> None:
    """The tokens there are, by name; 'local' is your own programs'."""
    from ..io.transports.tokens import TokenFiles

    grants = TokenFiles(tell=say).listed()
    if as_json:
        rows = [{"name": g.name, "scopes": sorted(g.scopes), "created": g.created or None} for g in grants]
        print(json.dumps({"tokens": rows}), flush=True)
        return
    for grant in grants:
        print(f"{grant.name:24} {','.join(sorted(grant.scopes)):28} {grant.created}".rstrip(), flush=True)
    if not grants:
        say("none yet: the first 'avatar run' makes one for your own programs")


@app.command()
def revoke(name: Name, as_json: Json = False) -> None:
    """End a token; who came in by it is out within a second. Of 'local', a new one is made."""
    from ..io.transports.tokens import TokenFiles

    if not TokenFiles(tell=say).revoke(name):
        raise UsageError(f"there is no token '{name[:70]}' ('avatar token list')")
    tell({"revoked": name}, as_json)


@app.command(epilog=examples('curl -H "Authorization: Bearer $(avatar token own)" http://127.0.0.1:8765/v1/events'))
def own(as_json: Json = False) -> None:
    """Print the token of your own programs on this machine, for one that cannot read it by itself."""
    from ..io.transports.tokens import TokenFiles

    token = TokenFiles(tell=say).own()
    if as_json:
        tell({"token": token}, True)
    else:
        print(token, flush=True)
