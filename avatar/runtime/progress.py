"""How far a film is, for a person who waits for it."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress(total: int | None) -> Iterator[Callable[[], None]]:
    """A progress bar on a terminal; nothing where there is none. total : pictures, None where nobody knows. Gives a
    function to call after each."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("frames", total=total)
        yield lambda: bar.advance(task)
