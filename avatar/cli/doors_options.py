"""Options of the doors for shows and puppets; three of them may stand without their port."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from ..config import OSC_PORT, VMC_PORT

VmcIn = Annotated[
    str | None,
    typer.Option(
        "--vmc-in",
        metavar="[[HOST:]PORT]",
        help=f"A puppeteer moves the companion over VMC (UDP); {VMC_PORT} of this machine where nothing is given.",
    ),
]
VmcOut = Annotated[
    str | None,
    typer.Option("--vmc-out", metavar="HOST:PORT", help="Send how the companion moves there, over VMC (UDP)."),
]
Osc = Annotated[
    int | None,
    typer.Option("--osc", metavar="[PORT]", help=f"Show control over OSC (UDP); {OSC_PORT} where nothing is given."),
]
OscHost = Annotated[
    str, typer.Option("--osc-host", metavar="ADDRESS", help="Where --osc listens; another needs --osc-allow.")
]
OscAllow = Annotated[
    list[str] | None,
    typer.Option("--osc-allow", metavar="ADDRESS", help="Who else may send OSC; may be given several times."),
]

Midi = Annotated[
    str | None,
    typer.Option("--midi", metavar="[NAME]", help="MIDI show control; the first input where nothing is given."),
]

_BARE: Final[dict[str, int | str]] = {"--vmc-in": VMC_PORT, "--osc": OSC_PORT, "--midi": "auto"}
_VALUE: Final = {
    "--vmc-in": re.compile(r"(?!-)[^,]*[:.\d][^,]*|localhost"),
    "--osc": re.compile(r"\d+"),
    "--midi": re.compile(r"(?!-).*(?<!\.yaml)(?<!\.yml)"),
}


def filled_in(arguments: Sequence[str]) -> list[str]:
    """A command line in which ``--vmc-in``, ``--osc`` and ``--midi`` have their usual port where none was given."""
    out: list[str] = []
    for k, word in enumerate(arguments):
        out.append(word)
        if word in _BARE and (k + 1 == len(arguments) or not _VALUE[word].fullmatch(arguments[k + 1])):
            out[-1] = f"{word}={_BARE[word]}"
    return out
