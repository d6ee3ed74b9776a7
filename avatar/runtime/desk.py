"""What the director's desk keeps over a restart: items that were ticked, and how loud everything was set."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ..errors import CeremonyError, OutputError
from .keeping import keep, kept
from .levels import Levels

FILE: Final = "desk.json"


class Desk:
    """folder : of what a ceremony keeps; levels : of its sound, set as they were where it goes on; resumed : what was
    kept is taken up again, else it begins anew; tell : is told once when nothing can be kept."""

    def __init__(self, folder: Path, levels: Levels, resumed: bool, tell: Callable[[str], None]) -> None:
        self._path, self._levels, self._tell = folder / FILE, levels, tell
        self._lock = threading.Lock()
        self._broken = False
        self.ticks: list[str] = []
        if resumed:
            self._take_up()
        levels.turned = lambda: self.keep(self.ticks)

    def keep(self, ticks: list[str]) -> None:
        """Keep these ticks and the volumes as they are. Any thread."""
        with self._lock:
            self.ticks = ticks
            try:
                keep(self._path, {"presence": 1, "ticks": ticks, "volumes": self._levels.volumes()})
            except OutputError as error:
                if not self._broken:
                    self._tell(f"note: {error}")
                self._broken = True

    def _take_up(self) -> None:
        """What was kept, as far as it is whole: a desk that is damaged, or was never used, begins anew."""
        try:
            found: dict[str, Any] = kept(self._path)
        except CeremonyError:
            return
        ticks, volumes = found.get("ticks"), found.get("volumes")
        if isinstance(ticks, list):
            self.ticks = [one for one in ticks if isinstance(one, str)]
        if isinstance(volumes, dict):
            self._levels.set_all(volumes)
