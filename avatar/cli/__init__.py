"""The command ``avatar``: what a person types, read here and done in ``runtime/``."""

from __future__ import annotations

import time
from typing import NoReturn

STARTED = time.perf_counter()
"""When the program began, before anything that takes time to import: the first picture's time is told from here."""


def main() -> NoReturn:
    """Run the command line; an error Presence can name is one line and exit code 2."""
    from .app import start

    start()
