"""``avatar replay``: a journal back into a stage, event by event at the recorded engine times; always the same run."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from ..care.disclosure import notice
from ..clock import ManualClock
from ..config import Limits, Settings
from ..errors import AvatarError, EventError, JournalError, UsageError
from ..events import codec
from ..io.capture.open import is_camera
from ..io.outputs import journal
from ..io.transports.hub import Delivery
from .assemble import Assembly, Tell, stage
from .journalling import KEPT, VERSION, Record
from .loops import Hooks, offline
from .report import Report

_AFTER_S: Final = 1.0
"""Seconds that a replay goes on after the last line of a journal that has no end."""
_ROWS: Final = ("in", "out", "refused", "left", "mark")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A journal. rows : (line, object) after the first; begin, end : seconds on the engine's clock of the first picture
    and of the end; complete : the run came to an end of its own."""

    path: Path
    content: bool
    offline: bool
    settings: Settings
    has_source: bool
    rows: list[tuple[int, dict[str, Any]]]
    begin: float
    end: float
    complete: bool


def load(path: Path) -> Recorded:
    """A journal, checked whole. Raises JournalError: file, line, rule."""
    lines = journal.read(path)
    if not lines or "journal" not in lines[0][1]:
        raise JournalError(path, 1, "this is no journal: the first line does not say so")
    head, rows = lines[0][1], lines[1:]
    if head["journal"] != VERSION:
        raise JournalError(path, 1, f"is of version {str(head['journal'])[:20]!r}, and this engine knows {VERSION}")
    kept = head.get("settings")
    if not isinstance(kept, dict) or not isinstance(head.get("content"), bool):
        raise JournalError(path, 1, "'settings' or 'content' is missing")
    last = 0.0
    for number, row in rows:
        kinds = [kind for kind in _ROWS if isinstance(row.get(kind), str)]
        if len(kinds) != 1:
            raise JournalError(path, number, f"has one of {', '.join(_ROWS)}")
        t = row.get("t")
        if isinstance(t, bool) or not isinstance(t, int | float) or not isinstance(row.get("n"), int):
            raise JournalError(path, number, "'t' is a number of seconds and 'n' a number of pictures")
        if not last <= t <= 1e9:
            raise JournalError(path, number, f"time does not go back, or on for ever: {t:g} s after {last:g} s")
        last = float(t)
    marks = {row["mark"]: float(row["t"]) for _, row in rows if "mark" in row}
    begin = marks.get("begin", 0.0)
    return Recorded(
        path,
        head["content"],
        bool(head.get("offline")),
        _settings(path, kept),
        kept.get("source") is not None,
        rows,
        begin,
        marks.get("end", last + _AFTER_S),
        "end" in marks,
    )


def timeline(recorded: Recorded) -> list[str]:
    """What came in and went out, a line each: seconds on the engine's clock, direction, type, id and size."""
    lines = []
    for _, row in recorded.rows:
        who = f"id {row.get('id', '')} from {row.get('source', '')} ({row.get('session', '')})"
        match row:
            case {"in": kind}:
                words = f"in       {kind:28}{row.get('bytes', 0):>8} bytes  {who}"
                words += f"  at {row['at']:g} s" if "at" in row else ""
            case {"out": kind}:
                words = f"out      {kind:28}{row.get('bytes', 0):>8} bytes"
            case {"refused": kind}:
                words = f"refused  {kind:28}{row.get('code', ''):>14}  {who}"
            case {"left": session}:
                words = f"left     {session}"
            case _:
                words = f"{row['mark']}"
        lines.append(f"{row['t']:10.3f}  {words}")
    return lines


def replay(
    recorded: Recorded,
    tell: Tell,
    source: str | None = None,
    size: tuple[int, int] | None = None,
    record: Path | None = None,
    still: Path | None = None,
    out: Callable[[dict[str, Any]], None] = lambda row: None,
) -> dict[str, Any]:
    """Run the session again without a window, sound or door, as fast as it goes; its facts.

    source, size : in place of the recorded ones; record, still : as of a run; out : takes each event that goes out, as
    a journal has it. Raises UsageError where the journal has no content, or the source was a camera; JournalError for
    an event that is none; and what opening a stage raises.
    """
    if not recorded.content:
        raise UsageError(f"{recorded.path}: was written without --journal-content, and can only be listed")
    if source is None and recorded.has_source and is_camera(recorded.settings.source):
        raise UsageError(f"{recorded.path}: its camera's pictures are not kept; give --source FILE or --source demo")
    begin = 0.0 if recorded.offline else recorded.begin
    kept = recorded.settings
    settings = replace(
        kept,
        source=source or kept.source,
        size=size or kept.size,
        record=record,
        still=still,
        headless=True,
        offline=True,
        port=None,
        sound="none",
        no_source=source is None and not recorded.has_source,
        seconds=max(recorded.end - recorded.begin + 1e-6, 1 / kept.fps),
    )
    deliveries = [(line, row, _delivery(recorded.path, line, row)) for line, row in recorded.rows if "in" in row]
    report = Report(time.perf_counter())
    with stage(settings, report, tell, ManualClock(begin)) as whole:
        tell(notice())
        rows: list[dict[str, Any]] = []
        whole.parts.doors.journal = Record(rows.append, True, whole.clock, lambda: report.frames)
        feed = _Feed(recorded, whole, {line: delivery for line, _, delivery in deliveries})

        def hand_on(elapsed: float = 0.0) -> None:
            for row in rows:
                if "out" in row or "refused" in row:
                    out(row)
            rows.clear()

        offline(whole, Hooks(before=feed, each=hand_on), begin)
        hand_on()
    facts = report.facts()
    facts["events"] = len(deliveries)
    if record is not None:
        facts["mp4"] = str(record)
    if still is not None:
        facts["png"] = str(still)
    return facts


class _Feed:
    """Gives the stage what is due before each picture, at its own time on the clock."""

    def __init__(self, recorded: Recorded, whole: Assembly, deliveries: dict[int, Delivery]) -> None:
        self._recorded, self._whole, self._deliveries = recorded, whole, deliveries
        self._next = 0

    def __call__(self, now: float) -> None:
        rows, doors, clock = self._recorded.rows, self._whole.parts.doors, self._whole.clock
        while self._next < len(rows) and self._due(rows[self._next][1], now):
            line, row = rows[self._next]
            self._next += 1
            clock.sleep(min(row["t"], now) - clock.now())
            if "in" in row:
                with contextlib.suppress(EventError):
                    doors.take(self._deliveries[line])
            elif "left" in row:
                doors.left(row["left"])

    def _due(self, row: dict[str, Any], now: float) -> bool:
        """An offline run knows after how many pictures something came, which is the same when it is run again."""
        if self._recorded.offline:
            return bool(row["n"] <= self._whole.parts.report.frames)
        return bool(row["t"] <= now)


def _delivery(path: Path, line: int, row: dict[str, Any]) -> Delivery:
    try:
        event = codec.decode(json.dumps(row.get("event"), ensure_ascii=False))
        sound = base64.b64decode(row["sound"], validate=True) if "sound" in row else None
    except (EventError, binascii.Error, TypeError, ValueError) as error:
        raise JournalError(path, line, f"its event is none: {error}") from None
    return Delivery(event, str(row.get("session", "")), lambda error: None, sound)


def _settings(path: Path, kept: dict[str, Any]) -> Settings:
    unknown = [name for name in kept if name not in KEPT]
    if unknown:
        raise JournalError(path, 1, f"there is no setting '{unknown[0][:40]}'")
    given: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in kept.items()}
    if given.get("source", "") is None:
        del given["source"]
    try:
        if "limits" in given:
            given["limits"] = Limits(**given["limits"])
        return Settings(**given)
    except (AvatarError, TypeError, ValueError, AttributeError) as error:
        raise JournalError(path, 1, f"a setting is not right: {error}") from None
