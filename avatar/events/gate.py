"""What the stage can act on now: refuses, before anything is queued, what it could not do.

Pure bookkeeping: which types are handled, which names exist, which utterances are alive.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from ..errors import EventError, UsageError
from ..spelling import parse_anchor, parse_place
from . import messages
from .codec import Event
from .messages import Capabilities, Data

_REMEMBERED: Final = 4096
MOST_WAITING: Final = 256
"""Events of one client that may wait for their ``data.at``."""
_IN_PANIC: Final = frozenset(("presence.resume", "presence.crisis", "presence.goodbye", "presence.panic"))


class Gate:
    """handled : inbound types the engine acts on (hello is the door's own); capabilities : names the stage knows,
    an empty list meaning that any name may be tried. Not thread-safe: the caller locks."""

    def __init__(self, handled: Iterable[str], capabilities: Capabilities) -> None:
        self.handled = frozenset(handled)
        self.capabilities = capabilities
        self._alive: OrderedDict[str, None] = OrderedDict()
        self._waiting: dict[str, list[float]] = {}
        self._halted = self.closing = False

    def admit(self, event: Event, session: str = "", now: float = 0.0) -> None:
        """Let an event of a session through at ``now`` (seconds on the engine's clock), noting what it starts.
        EventError: not_ready, rate_limited, unknown_name, unknown_utterance."""
        self._ready(event)
        at = event.data.at if isinstance(event.data, messages.Timed) else None
        later = at is not None and at > now
        if later:
            waiting = self._waiting[session] = [t for t in self._waiting.get(session, ()) if t > now]
            if len(self._waiting) > MOST_WAITING:  # of clients that have left
                self._waiting = {s: ts for s, ts in self._waiting.items() if s == session or any(t > now for t in ts)}
            if len(waiting) >= MOST_WAITING:
                message = f"{MOST_WAITING} events of this client wait for their time already"
                raise EventError("rate_limited", message, "/data/at", event.id)
        self._able(event)
        if later and at is not None:
            self._waiting[session].append(at)
        elif isinstance(event.data, messages.Panic | messages.Resume):
            self.halt(isinstance(event.data, messages.Panic))
        elif isinstance(event.data, messages.Goodbye):
            self.closing = True

    def halt(self, halted: bool) -> None:
        """A panic has taken effect, or is over."""
        self._halted = halted
        if halted:
            self._waiting.clear()

    def left(self, session: str) -> None:
        """A client is gone."""
        self._waiting.pop(session, None)

    def _ready(self, event: Event) -> None:
        if self.closing:
            raise EventError("not_ready", "goodbye has been said: the stage is closing", "/type", event.id)
        if self._halted and event.type not in _IN_PANIC:
            message = "everything has been stopped by a panic: send presence.resume first"
            raise EventError("not_ready", message, "/type", event.id)
        if event.type.startswith("presence.cue.") and event.type not in self.handled:
            raise EventError("not_ready", f"'{event.type}' needs a ceremony, and none is loaded", "/type", event.id)
        if event.type not in self.handled:
            raise EventError("not_ready", f"'{event.type}' cannot be acted on yet", "/type", event.id)

    def _able(self, event: Event) -> None:
        data, can = event.data, self.capabilities
        match data:
            case messages.Say():
                self._known(event, "expression", data.expression, can.expressions)
                self._voice(event, data.voice)
                self._note(data.utterance or event.id)
            case messages.SayDelta() | messages.SpeechAudio():
                self._note(data.utterance)
            case messages.Interrupt():
                if data.utterance is not None and data.utterance not in self._alive:
                    raise EventError(
                        "unknown_utterance", "no such utterance is waiting or spoken", "/data/utterance", event.id
                    )
            case messages.Express():
                self._known(event, "expression", data.expression, can.expressions)
            case messages.Gesture():
                self._known(event, "name", data.name, can.gestures)
            case messages.Weights():
                for name in data.expressions:
                    self._known(event, "expressions", name, can.expressions)
            case messages.Companion():
                if data.persona is None or (can.companions and data.model not in can.companions):
                    message = "another model cannot be taken while the stage runs; give the present one and a persona"
                    raise EventError("not_ready", message, "/data/model", event.id)
                self._known(event, "persona", data.persona, can.personas)
            case messages.Move():
                self._anchor(event, data.anchor)
            case messages.Prop():
                self._prop(event, data)

    def _voice(self, event: Event, name: str | None) -> None:
        """One of the stage's names; of an engine with several voices (``espeak:fr``) any may be tried by name, language
        or variant, since the engine knows more of them than are listed."""
        if name is None:
            return
        names = self.capabilities.voices
        engines = {listed.partition(":")[0] for listed in names if ":" in listed} | {"hibari"}
        if name.strip().partition(":")[0].lower() not in engines:
            short = [listed for listed in names if ":" not in listed]
            short += [f"{engine}:…" for engine in sorted(engines - {"hibari"})]
            self._known(event, "voice", name if name not in names else None, short)

    def _anchor(self, event: Event, anchor: str) -> None:
        """One of the stage's names, or a spot with its place."""
        name, _, place = anchor.partition(" ")
        self._known(event, "anchor", name if place else anchor, self.capabilities.anchors)
        if place:
            try:
                parse_anchor(anchor)
            except UsageError as error:
                raise EventError("bad_value", str(error), "/data/anchor", event.id) from None

    def _prop(self, event: Event, data: messages.Prop) -> None:
        """One of the stage's props, and a place where one is given or needed."""
        self._known(event, "name", data.name, self.capabilities.props)
        if data.to is None:
            if data.action == "attach":
                raise EventError("missing_field", "action 'attach' needs a place", "/data/to", event.id)
            return
        if data.action == "hide":
            raise EventError("bad_value", "'to': action 'hide' takes no place", "/data/to", event.id)
        try:
            parse_place(data.to)
        except UsageError as error:
            raise EventError("bad_value", str(error), "/data/to", event.id) from None

    def observe(self, news: Data) -> None:
        """Keep the list of living utterances by what the engine says of them."""
        match news:
            case messages.SpeechStarted():
                self._note(news.utterance)
            case messages.SpeechFinished() | messages.SpeechInterrupted():
                self._alive.pop(news.utterance, None)

    def _note(self, utterance: str) -> None:
        self._alive[utterance] = None
        if len(self._alive) > _REMEMBERED:
            self._alive.popitem(last=False)

    @staticmethod
    def _known(event: Event, field: str, name: str | None, names: list[str]) -> None:
        if name is not None and names and name not in names:
            message = f"'{field}' is unknown to this stage, which knows {', '.join(names[:40])}"
            raise EventError("unknown_name", message, f"/data/{field}", event.id)
