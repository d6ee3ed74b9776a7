"""``avatar mcp``: the tools on standard input and output, over a running engine or one of its own."""

from __future__ import annotations

import contextlib
import queue
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import anyio

from ..errors import EventError, PortError, UsageError
from ..io.transports.link import Link, Token
from ..io.transports.tokens import local_token

_START_S: Final = 60.0
_STOP_S: Final = 5.0
_READY: Final = re.compile(r"events: (ws://\S+)")


def serve(url: str, token: Token, run: Sequence[str] | None, tell: Callable[[str], None]) -> None:
    """Serve until standard input closes. url : of a running engine, unless ``run`` (options of ``avatar run``) starts
    one that ends with this. Raises UsageError without the extra, PortError where the engine does not start."""
    try:
        from ..io.transports.mcp_tools import server
    except ImportError as error:
        if error.name is None or error.name.partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise UsageError("avatar mcp needs the extra 'mcp': pip install 'avatar-presence[mcp]'") from None
    with _stage(run, tell) if run is not None else contextlib.nullcontext(url) as address:

        async def serving() -> None:
            link = Link(address, "mcp", token)
            known = {}
            try:
                known = (await link.connected())["capabilities"]
            except (EventError, PortError) as error:
                tell(f"{error}; the tools say so until one does")
            await server(link, known).run_stdio_async()

        anyio.run(serving)


def token_of(given: str | None, file: Path | None) -> str | None:
    """The token to come in with: as given, of a file, of the environment (PRESENCE_TOKEN), or this user's own. Raises
    UsageError."""
    if given is not None or file is None:
        return given or local_token()
    try:
        return file.read_text(encoding="utf-8").strip() or None
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: cannot be read ({getattr(error, 'strerror', None) or error})") from None


@contextlib.contextmanager
def _stage(options: Sequence[str], tell: Callable[[str], None]) -> Iterator[str]:
    """An engine in a process of its own; where its door is. Its words go to ``tell``: standard output is not ours."""
    command = [sys.executable, "-m", "avatar", "run", *options, *(() if "--port" in options else ("--port", "0"))]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    found: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            tell(line.rstrip())
            if (match := _READY.match(line)) is not None:
                found.put(match[1])
        found.put(None)

    reading = threading.Thread(target=read, name="stage-words", daemon=True)
    reading.start()
    try:
        try:
            url = found.get(timeout=_START_S)
        except queue.Empty:
            url = None
        if url is None:
            raise PortError("the stage did not start; its own words are above")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reading.join(_STOP_S)
