"""From events to what is said and shown, and back: the one place where the event contract meets the companion.

Interrupts are drained before anything else. Control tags inside a text are taken out before it is spoken and become
expressions and gestures when the word they stand at is heard.
"""

from __future__ import annotations

import heapq
import itertools
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

from ..errors import EventError, VoiceError
from ..events import commands, messages, tags
from ..events.codec import Event
from ..io.transports.hub import Delivery
from ..types import Command, Express, Gesture, Interrupt, Say
from .mailbox import Inbox
from .speaking import Speaker

_REMEMBERED: Final = 256
_WORD_LEAD_S: Final = 0.12
"""A gesture or expression starts this long before its word, so that its stroke and not its start meets the word."""


@dataclass(slots=True)
class _Utterance:
    """What is known of one utterance until it ends. marks : what waits for its word, by character position."""

    text: str
    marks: list[tuple[int, Express | Gesture]]
    refuse: Callable[[EventError], None] | None
    express: Express | None = None


class Conversation:
    """inbox : where the doors put accepted events; speaker : says them; publish : sends news to every client;
    name : the companion's, for captions; expressions, gestures : the names it has."""

    def __init__(
        self,
        inbox: Inbox[Delivery],
        speaker: Speaker,
        publish: Callable[[messages.Data], None],
        name: str,
        expressions: Collection[str],
        gestures: Collection[str],
    ) -> None:
        self._inbox, self._speaker, self._publish = inbox, speaker, publish
        self._name = name
        self._expressions, self._gestures = frozenset(expressions), frozenset(gestures)
        self._later: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._utterances: OrderedDict[str, _Utterance] = OrderedDict()
        self._motions: list[Command] = []
        self._caption = ""
        self.spoken: list[str] = []
        self.speaking = False

    def step(self, now: float) -> list[Command]:
        """Take what came in, move the speech on to ``now``, publish what was heard; the companion's commands."""
        arrived = self._inbox.drain()
        while self._later and self._later[0][0] <= now:
            arrived.append(heapq.heappop(self._later)[2])
        arrived.sort(key=lambda d: not isinstance(d.event.data, messages.Interrupt))
        for delivery in arrived:
            self._take(delivery, now)
        for heard in self._speaker.poll(now):
            self._heard(heard.kind, heard.utterance, heard.at, heard.seconds, heard.text)
        self._marks(now)
        self._show_caption(now)
        done, self._motions = self._motions, []
        return done

    def say(self, say: Say, refuse: Callable[[EventError], None] | None = None) -> None:
        """Speak a text whose control tags are still in it. Raises VoiceError when there is nothing to say."""
        text, marks, _ = tags.strip(say.text, self._expressions, self._gestures)
        express = Express(say.expression, say.intensity) if say.expression else None
        moves = [(at, what) for at, what in marks if not isinstance(what, tags.Delay)]
        if not text.strip() and moves:
            self._motions += [what for _, what in moves]
            return
        plain = Say(text, say.utterance, None, say.intensity, say.voice, say.language, say.interrupt)
        self._utterances[say.utterance] = _Utterance(text, moves, refuse, express)
        while len(self._utterances) > _REMEMBERED:
            self._utterances.popitem(last=False)
        self._speaker.say(plain)

    def move(self, command: Express | Gesture) -> None:
        """Make a movement at the next step."""
        self._motions.append(command)

    def _take(self, delivery: Delivery, now: float) -> None:
        event: Event = delivery.event
        at = getattr(event.data, "at", None)
        if at is not None and at > now:
            heapq.heappush(self._later, (at, next(self._order), delivery))
            return
        match commands.command(event):
            case Interrupt() as stop:
                self._speaker.interrupt(stop)
            case Say() as say:
                try:
                    self.say(say, delivery.refuse)
                except VoiceError as error:
                    delivery.refuse(EventError("bad_value", str(error), "/data/text", event.id))
            case None:
                delivery.refuse(EventError("not_ready", f"'{event.type}' cannot be acted on yet", "/type", event.id))
            case motion:
                self._motions.append(motion)

    def _heard(self, kind: str, name: str, at: float, seconds: float, text: str) -> None:
        known = self._utterances.get(name)
        match kind:
            case "started":
                self.spoken.append(known.text if known else text)
                self.speaking = True
                if known is not None:
                    self._motions += [known.express] if known.express else []
                self._publish(messages.SpeechStarted(utterance=name, at=at, seconds=seconds))
            case "finished" | "interrupted":
                self.speaking = False
                if kind == "finished":
                    self._publish(messages.SpeechFinished(utterance=name, at=at, seconds=seconds))
                    # Tags after the last word have no word to wait for.
                    self._motions += [what for _, what in known.marks] if known else []
                else:
                    self._publish(messages.SpeechInterrupted(utterance=name, at=at, seconds=seconds))
                if known is not None and known.express is not None:
                    self._motions.append(Express("neutral", 1.0, fade=0.6))
                self._utterances.pop(name, None)
            case "failed":
                if known is not None and known.refuse is not None:
                    known.refuse(EventError("internal", text))
                self._utterances.pop(name, None)

    def _marks(self, now: float) -> None:
        place = self._speaker.progress(now + _WORD_LEAD_S)
        if place is None or (known := self._utterances.get(place[0])) is None:
            return
        while known.marks and known.marks[0][0] <= place[1]:
            self._motions.append(known.marks.pop(0)[1])

    def _show_caption(self, now: float) -> None:
        caption = self._speaker.caption(now)
        if caption != self._caption and caption:
            place = self._speaker.progress(now)
            name = place[0] if place else ""
            self._publish(messages.CaptionShown(text=caption, speaker=self._name, utterance=name))
        self._caption = caption

    @property
    def busy(self) -> bool:
        """Is anything still to be taken, made or heard?"""
        return bool(len(self._inbox) or self._later or self._speaker.busy)

    @property
    def caption(self) -> str:
        """The words being heard; empty in silence."""
        return self._caption
