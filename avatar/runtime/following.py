"""What a run does about its tracking: its turns, its wishes, and what is said when it is short of time or breaks."""

from __future__ import annotations

from typing import Final

from ..events.outbound import Eased
from .assemble import Assembly, Tell
from .sight import WORDS, Sight, State

_NAMES: Final[dict[str, Eased]] = {"pose": "pose", "segmenter": "matte", "hand": "hands", "picture": "picture"}


class Following:
    """Follows one tracking, after each picture. tell : is told what the person should know, in a line."""

    def __init__(self, whole: Assembly, tracking: Sight, tell: Tell) -> None:
        self._whole, self._tracking, self._tell = whole, tracking, tell
        self._state: State | None = None
        self._level = 0

    def step(self) -> None:
        """A picture is out."""
        engine, parts, tracking = self._whole.engine, self._whole.parts, self._tracking
        tracking.seek_marks(engine.seeks_marks)
        tracking.rest(parts.report.age)
        state, level = tracking.state, tracking.level
        if level != self._level:
            self._level = level
            eased = tracking.eased
            engine.eased = tuple(_NAMES[name] for name in eased)
            parts.renderer.coarser(eased.get("picture", 1.0))
        if state != self._state:
            self._state = engine.tracking = state
            engine.trouble = WORDS.get(state, "")
            if state == "stopped":
                self._tell(f"{tracking.error}; the companion goes on")
