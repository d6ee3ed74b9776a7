"""What the stage can act on now: refuses, before anything is queued, what it could not do.

Pure bookkeeping: which types are handled, which names exist, which utterances are alive.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from ..config import parse_anchor, parse_place
from ..errors import EventError, UsageError
from . import messages
from .codec import Event
from .messages import Capabilities, Data

_REMEMBERED: Final = 4096


class Gate:
    """handled : inbound types the engine acts on (hello is the door's own); capabilities : names the stage knows,
    an empty list meaning that any name may be tried. Not thread-safe: the caller locks."""

    def __init__(self, handled: Iterable[str], capabilities: Capabilities) -> None:
        self.handled = frozenset(handled)
        self.capabilities = capabilities
        self._alive: OrderedDict[str, None] = OrderedDict()

    def admit(self, event: Event) -> None:
        """Let an event through, noting what it starts. EventError: not_ready, unknown_name, unknown_utterance."""
        if event.type not in self.handled:
            raise EventError("not_ready", f"'{event.type}' cannot be acted on yet", "/type", event.id)
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
