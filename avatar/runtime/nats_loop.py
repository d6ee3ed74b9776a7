"""A thread with an asyncio loop, for what talks to a NATS server while the engine draws."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable
from typing import Final

from ..errors import PortError

_START_S: Final = 5.0
_STOP_S: Final = 3.0


class Loop:
    """Runs ``main`` in a thread of its own until ``close``. main : is given an event that is set when it is to end;
    it calls ``started`` when what it makes can be used."""

    def __init__(self, name: str, main: Callable[[asyncio.Event, Callable[[], None]], Awaitable[None]]) -> None:
        self._main = main
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._up = threading.Event()
        self._failed: Exception | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start it. Raises what ``main`` raises before it is up, or PortError."""
        self._thread.start()
        if not self._up.wait(_START_S):
            raise PortError("the NATS door did not open")
        if self._failed is not None:
            raise self._failed

    def close(self) -> None:
        """End it, within seconds."""
        if self._loop is not None and self._end is not None:
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._end.set)
        if self._thread.ident is not None:
            self._thread.join(_STOP_S)

    def _run(self) -> None:
        try:
            asyncio.run(self._whole())
        except Exception as error:
            self._failed = error
        finally:
            self._up.set()

    async def _whole(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        await self._main(self._end, self._up.set)


class Tasks:
    """Tasks that live as long as one connection."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def add(self, *works: Awaitable[None]) -> None:
        """Start these."""
        for work in works:
            task: asyncio.Task[None] = asyncio.ensure_future(_calm(work))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def cancel(self) -> None:
        """End all of them."""
        for task in list(self._tasks):
            task.cancel()


async def _calm(work: Awaitable[None]) -> None:
    """Whatever a connection that breaks does to it ends there: the next connection begins anew."""
    with contextlib.suppress(Exception):
        await work
