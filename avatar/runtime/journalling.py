"""What a run's journal holds: when what came in and went out, its type, ids and size; content only where asked for."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Final

from .. import __version__
from ..clock import Clock
from ..config import Limits, Settings
from ..errors import EventError
from ..events.messages import Data
from ..io.transports.hub import Delivery

VERSION: Final = 1
KEPT: Final = (
    *("source", "companion", "person", "persona", "puppet", "observe", "camera_look", "size", "fps", "fov_y", "mirror"),
    *("samples", "anchor", "tag_size", "props", "seed", "voice", "language", "region", "rate", "pitch", "pause"),
    *("breath", "limits"),
)
"""The settings that a replay is made with again."""


class Record:
    """sink : takes one row; content : whether what events carry goes into it; clock : the engine's; pictures : how many
    have been made. Any thread, but one at a time."""

    def __init__(
        self, sink: Callable[[dict[str, Any]], None], content: bool, clock: Clock, pictures: Callable[[], int]
    ) -> None:
        self._sink, self._content, self._clock, self._pictures = sink, content, clock, pictures

    def header(self, settings: Settings, has_source: bool) -> None:
        """The first line: how the run was made."""
        kept = {name: _plain(getattr(settings, name)) for name in KEPT if _set(settings, name)}
        kept["source"] = settings.source if has_source else None
        row = {"journal": VERSION, "presence": __version__, "content": self._content, "offline": settings.offline}
        self._sink({**row, "settings": kept})

    def mark(self, what: str) -> None:
        """``begin``: the first picture is made next; ``end``: the run is over."""
        self._sink({**self._now(), "mark": what})

    def came(self, delivery: Delivery) -> None:
        """An event was accepted."""
        event = delivery.event
        text = event.model_dump_json(exclude_unset=True)
        row = {**self._now(), "in": event.type, **_who(delivery), "bytes": len(text.encode())}
        if (at := getattr(event.data, "at", None)) is not None:
            row["at"] = at
        if delivery.sound is not None:
            row["sound_bytes"] = len(delivery.sound)
        if self._content:
            row["event"] = json.loads(text)
            if delivery.sound is not None:
                row["sound"] = base64.b64encode(delivery.sound).decode()
        self._sink(row)

    def refused(self, delivery: Delivery, error: EventError) -> None:
        """An event could not be done. Its message may hold names from the event, so only the code is kept."""
        self._sink({**self._now(), "refused": delivery.event.type, **_who(delivery), "code": error.code})

    def left(self, session: str) -> None:
        """A client has gone."""
        self._sink({**self._now(), "left": session})

    def went(self, news: Data) -> None:
        """Something was told to clients."""
        text = news.model_dump_json(exclude_none=True)
        row = {**self._now(), "out": news.TYPE, "bytes": len(text.encode())}
        if self._content:
            row["data"] = json.loads(text)
        self._sink(row)

    def _now(self) -> dict[str, Any]:
        return {"t": self._clock.now(), "n": self._pictures()}


def _who(delivery: Delivery) -> dict[str, str]:
    return {"id": delivery.event.id, "source": delivery.event.source, "session": delivery.session}


def _set(settings: Settings, name: str) -> bool:
    field = next(f for f in fields(settings) if f.name == name)
    return field.default is MISSING or getattr(settings, name) != field.default


def _plain(value: Any) -> Any:
    if isinstance(value, Limits):
        plain = Limits()
        return {n: getattr(value, n) for n in value.__slots__ if getattr(value, n) != getattr(plain, n)}
    if isinstance(value, Path):
        return str(value)
    return list(value) if isinstance(value, tuple) else value
