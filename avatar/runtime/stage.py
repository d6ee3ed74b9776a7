"""The engine inside somebody's own program: the same events, without a socket."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ..config import Settings
from ..errors import UsageError
from .assemble import stage
from .loops import Hooks, live, offline
from .report import Report

Handler = Callable[[dict[str, Any]], None]


class Stage:
    """One stage in this process.

    settings : what to run; or give its fields by name: ``Stage(source="demo", headless=True)``. No port is opened
    unless one is asked for. ``run`` blocks the thread it is called from (the main one, where a window is wanted);
    ``send`` may be called before it, from handlers, and from any other thread.
    """

    def __init__(self, settings: Settings | None = None, **options: Any) -> None:
        try:
            self._settings = replace(settings or Settings(port=None), **options)
        except TypeError as error:
            raise UsageError(f"Stage: {error}") from None
        self._handlers: dict[str, list[Handler]] = defaultdict(list)
        self._before: list[tuple[str, dict[str, Any]]] = []
        self._client: Any = None
        self._lock = threading.Lock()
        self._hooks = Hooks()

    def on(self, type: str, handler: Handler) -> None:
        """Call ``handler`` with each whole event of this type (``presence.speech.finished`` …), or of every type for
        ``*``. Handlers run on the thread of ``run``, between two pictures."""
        self._handlers[_full(type)].append(handler)

    def send(self, type: str, **data: Any) -> dict[str, Any] | None:
        """Send one event; the engine's whole answer (ack or error). None before ``run``, which sends it then."""
        with self._lock:
            if self._client is None:
                self._before.append((_full(type), data))
                return None
            answer: dict[str, Any] = self._client.send(_full(type), **data)
            return answer

    def run(self) -> dict[str, Any]:
        """Run until stopped, closed or over; the run's figures. Raises what opening a stage raises."""
        report = Report(time.perf_counter())
        notes: list[str] = []
        with stage(self._settings, report, notes.append) as whole:
            client = whole.parts.doors.memory()
            with self._lock:
                self._client = client
                before, self._before = self._before, []
            for type, data in before:
                self._call(client.send(type, **data))
            self._hooks.each = lambda elapsed: self._dispatch(client.received())
            if self._settings.offline and whole.source is not None:
                offline(whole, self._hooks)
            else:
                live(whole, notes.append, self._hooks)
            with self._lock:
                self._client = None
        return {**report.facts(), "notes": notes}

    def stop(self) -> None:
        """End the run after the picture that is being made. Any thread."""
        self._hooks.stop.set()

    def _dispatch(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            self._call(event)

    def _call(self, event: dict[str, Any]) -> None:
        for handler in (*self._handlers[event["type"]], *self._handlers["*"]):
            handler(event)


def _full(type: str) -> str:
    return type if type == "*" or type.startswith("presence.") else f"presence.{type}"
