"""What every adapter is: a translator between one program's messages and events, without a socket, thread or clock.

Whoever carries the messages (``runtime/adapting.py``) hands in what either side sent, and does the steps that come
back. An adapter lives for one connection: a new one begins with a new object, so nothing of the old one is said again.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any, ClassVar, Final, TypeAlias

from ...events.tags import EMOTIONS, MOTIONS

TOLD: Final = 160
"""Characters of what a program says that are told on."""


@dataclass(frozen=True, slots=True)
class ToEngine:
    """An event for the companion."""

    type: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToPeer:
    """A message for the program: JSON text, or bytes."""

    message: str | bytes


@dataclass(frozen=True, slots=True)
class Tell:
    """A line for the person."""

    line: str


@dataclass(frozen=True, slots=True)
class Keep:
    """A secret that the program gave for the next time."""

    secret: str


@dataclass(frozen=True, slots=True)
class End:
    """The connection cannot go on. final : nor could the next one, until the person does something."""

    reason: str
    final: bool = False


Step: TypeAlias = ToEngine | ToPeer | Tell | Keep | End


class Adapter(ABC):
    """One program. NAME : as it is typed; JOINS : what it is; URL : where it listens unless told otherwise; FOLLOWS :
    whose documents; SCOPES : of the companion's that it needs; VISEMES : it wants to be told of the mouth; TYPED : what
    a person types can go to it; CLOSED : codes with which it closes for good, and what they mean.

    ready : the program has answered as it should; patience : seconds it may take to; expressions, gestures : names the
    companion has, empty = any.
    """

    NAME: ClassVar[str]
    JOINS: ClassVar[str]
    URL: ClassVar[str]
    FOLLOWS: ClassVar[str]
    SCOPES: ClassVar[tuple[str, ...]] = ("speak", "pose")
    VISEMES: ClassVar[bool] = False
    TYPED: ClassVar[bool] = False
    SUBPROTOCOL: ClassVar[str | None] = None
    CLOSED: ClassVar[Mapping[int, str]] = {}

    def __init__(self) -> None:
        self.ready = False
        self.patience = 10.0
        self.expressions: Collection[str] = ()
        self.gestures: Collection[str] = ()
        self.told: set[str] = set()

    def welcome(self, capabilities: Mapping[str, Any]) -> None:
        """What the companion can do, of its welcome."""
        self.expressions = _names(capabilities.get("expressions"))
        self.gestures = _names(capabilities.get("gestures"))

    def opened(self) -> list[Step]:
        """Both sides are connected."""
        return []

    @abstractmethod
    def peer(self, message: str | bytes) -> list[Step]:
        """The program sent a message. Raises GarbageError: it is none of its own."""

    def engine(self, type: str, data: Mapping[str, Any]) -> list[Step]:
        """The companion sent an event; of an error, ``refused`` is the type of the refused event, and ``utterance`` its
        utterance, where it had one."""
        return []

    def typed(self, line: str) -> list[Step]:
        """The person typed a line; an empty one interrupts."""
        return []

    def tick(self, now: float) -> list[Step]:
        """Time goes on, ``now`` in seconds of any steady clock; several times a second."""
        return []

    def closed(self) -> list[Step]:
        """The connection is over, from whichever side: what to say to the one that is left."""
        return []

    def once(self, line: str) -> list[Step]:
        """Tell a line, but only the first time."""
        if line in self.told:
            return []
        self.told.add(line)
        return [Tell(line)]


class GarbageError(ValueError):
    """A message that is not what the program's documents say."""


@dataclass(slots=True)
class Spoken:
    """An utterance on its way. text : for captions; moods : events that belong to its beginning; whole : nothing more
    of it comes; started : it is heard; hushed : it was interrupted from here."""

    text: str = ""
    moods: list[Step] = field(default_factory=list)
    whole: bool = False
    started: bool = False
    hushed: bool = False


class Source(Adapter):
    """An adapter whose program speaks: it keeps its utterances until each is over."""

    def __init__(self, session: str) -> None:
        super().__init__()
        self.spoken: dict[str, Spoken] = {}
        self._session, self._numbers = session, count(1)

    def utterance(self, spoken: Spoken) -> str:
        """A name for a new one."""
        name = f"{self.NAME}-{self._session}-{next(self._numbers)}"
        self.spoken[name] = spoken
        return name

    def engine(self, type: str, data: Mapping[str, Any]) -> list[Step]:
        name = str(data.get("utterance") or "")
        known = self.spoken.get(name)
        if known is None:
            return []
        if type == "presence.speech.started":
            known.started = True
            return [*known.moods, *self.began(name, known)]
        if type in ("presence.speech.finished", "presence.speech.interrupted"):
            del self.spoken[name]
            return self.over(name, known, type == "presence.speech.interrupted" and not known.hushed)
        if type == "presence.error" and not known.started and data.get("refused") != "presence.speech.timing":
            del self.spoken[name]
            return self.over(name, known, False)
        return []

    def began(self, name: str, spoken: Spoken) -> list[Step]:
        """One of its utterances is heard now."""
        return []

    def over(self, name: str, spoken: Spoken, interrupted: bool) -> list[Step]:
        """One of its utterances is heard no more. interrupted : by somebody else."""
        return []

    def silence(self) -> list[Step]:
        """Interrupt all of its own, and nobody else's."""
        names = list(self.spoken)
        self.spoken = {name: spoken for name, spoken in self.spoken.items() if spoken.started}
        for spoken in self.spoken.values():
            spoken.hushed = True
        return [ToEngine("presence.interrupt", {"utterance": name}) for name in names]

    def closed(self) -> list[Step]:
        """What has not come whole stops, so that the mouth closes; what is whole is heard to its end."""
        cut = [name for name, spoken in self.spoken.items() if not spoken.whole]
        return [ToEngine("presence.interrupt", {"utterance": name}) for name in cut]

    def express(self, word: object, seconds: object = None) -> list[Step]:
        """Of the program's word for a mood; nothing for one the companion has no face for."""
        name = mood(word, self.expressions)
        if name is None:
            return []
        data: dict[str, Any] = {"expression": name, "intensity": 1.0}
        if (lasts := number(seconds)) is not None and 0 < lasts <= 600:
            data["seconds"] = lasts
        return [ToEngine("presence.express", data)]

    def gesture(self, word: object) -> list[Step]:
        """Of the program's word for a movement; nothing for one the companion cannot make."""
        name = movement(word, self.gestures)
        return [] if name is None else [ToEngine("presence.gesture", {"name": name})]


def read(message: str | bytes) -> dict[str, Any]:
    """The JSON object in a message. Raises GarbageError."""
    try:
        found = json.loads(message, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise GarbageError("it is not JSON") from None
    if not isinstance(found, dict):
        raise GarbageError("it is no JSON object")
    return found


def write(message: Mapping[str, Any]) -> ToPeer:
    """A JSON object for the program, without blanks."""
    return ToPeer(json.dumps(message, separators=(",", ":"), ensure_ascii=False))


def mood(word: object, names: Collection[str]) -> str | None:
    """The companion's expression for a program's word: one of its own, or by the table of ``events.tags``."""
    return _mapped(word, names, EMOTIONS)


def movement(word: object, names: Collection[str]) -> str | None:
    """The companion's gesture for a program's word, likewise."""
    return _mapped(word, names, MOTIONS)


def number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e9 < value < 1e9:
        return None
    return float(value)


def line(value: object) -> str:
    """Text of a program on one line, short enough to tell."""
    text = " ".join(str(value).split())
    return "".join(c if c.isprintable() else "?" for c in text[:TOLD])


def _mapped(word: object, names: Collection[str], table: Mapping[str, str]) -> str | None:
    if not isinstance(word, str) or not word.strip():
        return None
    low = word.strip().lower()
    own = next((n for n in names if n.lower() == low), None)
    found = own or table.get(low)
    return found if found and (not names or found in names) else None


def _names(value: object) -> Collection[str]:
    return tuple(n for n in value if isinstance(n, str)) if isinstance(value, list) else ()


def _refuse(text: str) -> Callable[[], None]:
    raise ValueError(text)
