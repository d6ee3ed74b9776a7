"""``avatar keepsake``: what ceremonies left behind, and how it is deleted."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError
from .options import Json, examples, say, tell

app = typer.Typer(
    name="keepsake",
    no_args_is_help=True,
    help="What a ceremony left behind: album, certificate, recording and pictures (docs/KEEPSAKE.md).\n\n"
    "It lies in a folder of your own, goes nowhere, and one command deletes it completely.",
)
Name = Annotated[str, typer.Argument(metavar="NAME|FOLDER", help="As 'avatar keepsake list' has it, or its folder.")]
Root = Annotated[
    Path | None, typer.Option("--in", metavar="FOLDER", help="Where keepsakes are; ~/Presence/keepsakes without it.")
]


def _root(root: Path | None) -> Path:
    from ..paths import keepsakes_folder

    return root.expanduser() if root is not None else keepsakes_folder()


@app.command("list", epilog=examples("avatar keepsake list", "avatar keepsake list --in /media/usb/keepsakes"))
def listed(root: Root = None, as_json: Json = False) -> None:
    """The keepsakes there are: name, when it began, size."""
    from ..runtime.keepsakes import kept

    found = kept(_root(root))
    if as_json:
        rows = [
            {"name": k.folder.name, "kind": k.kind, "begun": k.begun, "finished": k.finished or None}
            | {"files": k.files, "bytes": k.size, "folder": str(k.folder)}
            for k in found
        ]
        print(json.dumps({"keepsakes": rows}), flush=True)
        return
    for k in found:
        state = "" if k.finished else "  not finished"
        print(f"{k.folder.name:36} {k.begun:20} {k.size / 1e6:8.1f} MB{state}", flush=True)
    if not found:
        say(f"none in {_root(root)}")


@app.command(epilog=examples("avatar keepsake delete wedding-2026-11-27-1530", "avatar keepsake delete ./ours --yes"))
def delete(
    name: Name,
    root: Root = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    everything: Annotated[
        bool, typer.Option("--everything", help="Also what lies in its folder that Presence did not write.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Delete a keepsake completely: every picture, word and recording of it. There is no way back.

    Names each file first, a film that --record put elsewhere too, and asks once for its name, unless --yes is given.
    Copies that you made yourself are yours to delete.
    """
    from ..runtime import keepsakes

    found = keepsakes.find(name, _root(root))
    inside, elsewhere = keepsakes.doomed(found, everything)
    say(f"{found.folder}: {found.files} files, {found.size / 1e6:.1f} MB, begun {found.begun}; will be deleted:")
    films = [path for path, _ in keepsakes.copies(found)]
    for path in (*inside, *elsewhere):
        say(f"  {path}{'  (the film, where --record put it)' if path in films else ''}")
    for path in (path for path in films if path not in elsewhere):
        say(f"{path}: was changed since: it is yours and stays")
    if not yes:
        say(f"There is no way back. To delete it, type its name ({found.folder.name}):")
        if sys.stdin.readline().strip() != found.folder.name:
            raise UsageError(f"nothing was deleted: that is not '{found.folder.name}'")
    count = keepsakes.delete(found, everything, elsewhere)
    tell({"deleted": str(found.folder), "files": count, "elsewhere": [str(path) for path in elsewhere]}, as_json)


@app.command(epilog=examples("avatar keepsake finish wedding-2026-11-27-1530"))
def finish(name: Name, root: Root = None, as_json: Json = False) -> None:
    """Make the album of a ceremony that was cut off and is not gone on with, from what there is on the disk.

    It says that the ceremony was not finished. 'avatar ceremony resume' can still go on with it.
    """
    from ..runtime import finishing, keepsakes

    facts = finishing.finish(keepsakes.find(name, _root(root)), say)
    say("its ceremony was not finished, and the album says so")
    tell(facts, as_json)


@app.command("open", epilog=examples("avatar keepsake open wedding-2026-11-27-1530"))
def opened(name: Name, root: Root = None) -> None:
    """Open the album in your browser, and print where it is."""
    from ..io.outputs.window import has_display
    from ..runtime import keepsakes

    found = keepsakes.find(name, _root(root))
    album = found.folder / "album.html"
    if not album.is_file():
        raise UsageError(
            f"{found.folder}: has no album yet: the ceremony is not finished ('avatar keepsake finish {name}' makes it)"
        )
    print(album, flush=True)
    if has_display():
        typer.launch(str(album))


@app.command(epilog=examples('cp -r "$(avatar keepsake path wedding-2026-11-27-1530)" /media/usb'))
def path(name: Name, root: Root = None) -> None:
    """Print where a keepsake is."""
    from ..runtime import keepsakes

    print(keepsakes.find(name, _root(root)).folder, flush=True)
