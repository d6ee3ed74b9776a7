"""``avatar mcp``: tools for a language-model agent."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ..config import DEFAULT_PORT
from ..errors import UsageError
from .options import say


def mcp(
    port: Annotated[int, typer.Option("--port", help="The port of a running engine.")] = DEFAULT_PORT,
    token: Annotated[
        str | None, typer.Option("--token", help="Comes in with this token; else $PRESENCE_TOKEN, else your own.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option("--token-file", metavar="FILE", help="Comes in with the token in this file.")
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run", metavar="'OPTIONS'", help="Start a stage with these options of 'avatar run'; it ends with this."
        ),
    ] = None,
) -> None:
    """Tools for a language-model agent (Model Context Protocol, on standard input and output): say, express, gesture,
    gaze, cue, state."""
    from ..runtime import agent

    try:
        options = None if run is None else shlex.split(run)
    except ValueError as error:
        raise UsageError(f"run '{run}': {error}") from None
    given = token is not None or token_file is not None
    fixed = agent.token_of(token, token_file) if given else None
    asked = fixed if given else lambda: agent.token_of(None, None)
    agent.serve(f"ws://127.0.0.1:{port}/v1/events", asked, options, say)
