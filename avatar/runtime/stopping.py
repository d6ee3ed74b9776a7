"""Being asked to end: once gently, twice at once."""

from __future__ import annotations

import signal
import threading


def stop_signals() -> threading.Event:
    """Set when the program is asked to end (Ctrl+C, SIGTERM), so that it finishes what it has in hand; asked twice, it
    ends at once."""
    stop = threading.Event()

    def ask(number: int, _: object) -> None:
        if stop.is_set():
            signal.default_int_handler(number, None)
        stop.set()

    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, ask)
    return stop
