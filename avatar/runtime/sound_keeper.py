"""Brings the sound back when its card is there again, on a thread of its own: to look for cards takes long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from ..io.voice.playback import SoundDevice

EVERY_S: Final = 2.0


class SoundKeeper:
    """device : what it watches; tell : gets a line when the card goes and when it is back; every : seconds between
    looks.

    A context manager: the thread runs inside of it.
    """

    def __init__(self, device: SoundDevice, tell: Callable[[str], None], every: float = EVERY_S) -> None:
        self._device, self._tell, self._every = device, tell, every
        self._stop = threading.Event()
        self._gone = False
        self._thread = threading.Thread(target=self._run, name="sound", daemon=True)

    def look(self) -> None:
        """Once: is the card there? If not, can it be opened again?"""
        if self._device.virtual:
            if not self._gone:
                self._gone = True
                self._tell(self._device.note)
            self._device.reopen()
        elif self._gone:
            self._gone = False
            self._tell(f"sound is back on '{self._device.name}'")

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self.look()

    def __enter__(self) -> SoundKeeper:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        self._thread.join(self._every)
