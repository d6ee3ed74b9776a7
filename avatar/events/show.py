"""The show log: what a stage did and when, as records that displays follow, and what of it is still in force.

A record is one event of the contract as the stage took it, with ``data.at`` set to the moment of its effect on the
stage's clock, or one of the stage's own reports of its speech. Two CloudEvents attributes mark it: ``showrun``, another
for every start of the stage, and ``shownumber``, which grows by one.
"""

from __future__ import annotations

import base64
import json
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from ..errors import EventError
from ..types import Express
from . import codec, messages, tags
from .codec import Event
from .messages import Data

LEAD_S: Final = 0.1
"""Every effect comes so long after its event, so that each display has it in time: three pictures at 30 a second."""
AT_ONCE: Final = ("presence.panic", "presence.resume")
"""These wait for nobody."""
FLEETING: Final = ("presence.weights",)
"""Over as soon as they come: told to displays, but not kept."""
BEGIN: Final = "presence.show.begin"
LATE_S: Final = 0.25
"""A gesture that began earlier than that is over for a display that comes now."""
_HEARD: Final = ("presence.speech.started", "presence.speech.finished", "presence.speech.interrupted")
_SPOKEN: Final = (messages.Say, messages.SayDelta, messages.SpeechAudio, messages.SpeechTiming)
_MOST: Final = 256


@dataclass(frozen=True, slots=True)
class Record:
    """One line of the log. run, number : which; kind : its event's type; at : of its effect, seconds on the stage's
    clock; event : what was asked, None for a report and for the log's first line; utterance : of a report."""

    run: str
    number: int
    kind: str
    at: float
    event: Event | None = None
    utterance: str = ""

    @property
    def heard(self) -> bool:
        """A report of what became of an utterance."""
        return self.kind in _HEARD


def stamped(event: Event, now: float) -> Event:
    """The event with the moment of its effect: ``LEAD_S`` after ``now``, or later where it asks for that."""
    wanted = getattr(event.data, "at", None)
    at = now if event.type in AT_ONCE else max(now + LEAD_S, now if wanted is None else wanted)
    return shifted(event, at)


def shifted(event: Event, at: float) -> Event:
    """The event with another ``data.at``."""
    if not isinstance(event.data, messages.Timed):
        return event
    return event.model_copy(update={"data": event.data.model_copy(update={"at": at})})


def asked(event: Event, run: str, number: int, sound: bytes | None = None) -> str:
    """An accepted event as a record's JSON text. sound : of the frame of bytes that belongs to it."""
    data = event.data
    if sound is not None and isinstance(data, messages.SpeechAudio):
        data = data.model_copy(update={"audio": base64.b64encode(sound).decode()})
    told = event.model_dump(mode="json", exclude={"data"}, exclude_none=True)
    told |= {"data": data.model_dump(mode="json", exclude_none=True), "showrun": run, "shownumber": number}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def reported(news: Data, run: str, number: int) -> str | None:
    """A report of the stage's as a record's JSON text; None for what displays need not know."""
    if news.TYPE not in _HEARD:
        return None
    return _own(news.TYPE, news.model_dump(mode="json"), run, number)


def begun(run: str, at: float) -> str:
    """The first record of a run, number 0."""
    return _own(BEGIN, {"at": at}, run, 0)


def _own(type: str, data: dict[str, Any], run: str, number: int) -> str:
    told = {"specversion": "1.0", "id": f"{run}.{number}", "source": codec.SOURCE, "type": type, "data": data}
    return json.dumps(told | {"showrun": run, "shownumber": number}, separators=(",", ":"))


def text(record: Record) -> str:
    """A record as JSON text once more."""
    if record.event is not None:
        return asked(record.event, record.run, record.number)
    data = {"at": record.at} | ({"utterance": record.utterance, "seconds": 0.0} if record.heard else {})
    return _own(record.kind, data, record.run, record.number)


def read(text: bytes) -> Record:
    """A record from its JSON text. Raises EventError, as ``codec.decode`` does, for what is none."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise EventError("invalid_json", "a record of the show log is not JSON") from None
    match told:
        case {"type": str(kind), "showrun": str(run), "shownumber": int(number), "data": {"at": int() | float() as at}}:
            pass
        case _:
            raise EventError("missing_field", "a record of the show log has type, showrun, shownumber and data.at")
    if kind in _HEARD or kind == BEGIN:
        return Record(run, number, kind, float(at), None, str(told["data"].get("utterance", "")))
    return Record(run, number, kind, float(at), codec.decode(text))


@dataclass(slots=True)
class _Speech:
    records: list[Record] = field(default_factory=list)
    started: Record | None = None


class InForce:
    """What a log comes to. expressions : the names that the companion has, for control tags in texts.

    ``at`` gives what somebody who comes now must do to be where the others are: nothing that is over is in it.
    """

    def __init__(self, expressions: Collection[str] = ()) -> None:
        self._expressions = frozenset(expressions)
        self._last: dict[str, Record] = {}
        self._soon: list[Record] = []
        self._speech: OrderedDict[str, _Speech] = OrderedDict()

    def add(self, record: Record) -> None:
        """Take the next record in; a log's first line makes everything new."""
        if record.kind == BEGIN:
            self._last.clear()
            self._soon.clear()
            self._speech.clear()
        elif record.event is None:
            self._hear(record)
        else:
            self._ask(record, record.event.data)

    def at(self, now: float) -> list[Record]:
        """What is in force at ``now``, seconds on the stage's clock, in the order in which it came."""
        found = [r for r in self._last.values() if not _over(r, now)]
        found += [r for r in self._soon if r.at > now - LATE_S]
        for speech in self._speech.values():
            found += speech.records + ([speech.started] if speech.started else [])
        return sorted(found, key=lambda r: r.number)

    def _ask(self, record: Record, data: Data) -> None:
        match data:
            case messages.Interrupt(utterance=None):
                self._speech.clear()
            case messages.Interrupt(utterance=str(name)):
                self._speech.pop(name, None)
            case messages.Say() | messages.SayDelta() | messages.SpeechAudio() | messages.SpeechTiming():
                if isinstance(data, messages.Say) and data.interrupt:
                    self._speech.clear()
                name = _name(record)
                self._speech.setdefault(name, _Speech()).records.append(record)
                while len(self._speech) > _MOST:
                    self._speech.popitem(last=False)
            case messages.Panic():
                self._speech.clear()
                self._soon.clear()
                self._last.pop("express", None)
                self._last["panic"] = record
            case messages.Resume():
                self._last.pop("panic", None)
            case messages.Prop(name=name, to=to):
                if to is not None:
                    self._last[f"prop to {name}"] = record
                self._last[f"prop {name}"] = record
            case messages.Gesture() | messages.Weights():
                self._soon = [r for r in self._soon[-_MOST:] if r.at > record.at - LATE_S - LEAD_S] + [record]
            case messages.Express() | messages.Gaze() | messages.Move() | messages.Companion() | messages.Caption():
                self._last[record.kind.removeprefix("presence.")] = record

    def _hear(self, record: Record) -> None:
        speech = self._speech.get(record.utterance)
        if speech is None:
            return
        if record.kind.endswith("started"):
            speech.started = record
            for name in [n for n in self._speech if n != record.utterance]:
                if self._speech[name].records[0].number < speech.records[0].number:
                    del self._speech[name]  # it had its turn: it was over, or could not be said
            return
        del self._speech[record.utterance]
        if record.kind.endswith("interrupted"):
            self._last.pop("express", None)  # whoever is interrupted goes back to neutral
        elif (shown := self._shown(speech)) is not None:
            self._last["express"] = shown

    def _shown(self, speech: _Speech) -> Record | None:
        """The expression that a spoken text left on the face, as if it had been asked for."""
        first, text, shown = speech.records[0], "", None
        for record in speech.records:
            data = record.event.data if record.event is not None else None
            if isinstance(data, messages.Say | messages.SayDelta):
                text += data.text
            if isinstance(data, messages.Say) and data.expression is not None:
                shown = data.expression, 1.0 if data.intensity is None else data.intensity
        for _, what in tags.strip(text, self._expressions, frozenset())[1] if text else ():
            if isinstance(what, Express):
                shown = what.expression, what.intensity
        if shown is None or first.event is None or speech.started is None:
            return None
        data = messages.Express(expression=shown[0], intensity=shown[1], at=speech.started.at)
        event = first.event.model_copy(update={"type": data.TYPE, "data": data, "id": f"{first.event.id}.face"})
        return Record(first.run, speech.started.number, data.TYPE, speech.started.at, event)


def _over(record: Record, now: float) -> bool:
    seconds = getattr(record.event.data, "seconds", None) if record.event is not None else None
    timed = isinstance(record.event.data, messages.Express | messages.Caption) if record.event is not None else False
    return bool(timed and seconds is not None and record.at + seconds <= now)


def _name(record: Record) -> str:
    """The utterance that a record belongs to."""
    assert record.event is not None
    assert isinstance(record.event.data, _SPOKEN)
    return record.event.data.utterance or record.event.id
