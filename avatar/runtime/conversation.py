"""From events to what is said and shown, and back: the one place where the event contract meets the companion.

Interrupts are drained before anything else. Control tags inside a text are taken out before it is spoken and become
expressions and gestures when the word they stand at is heard.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Final

from ..care import changes
from ..errors import EventError, UnknownVoiceError, VoiceError
from ..events import commands, messages, tags
from ..events.codec import Event
from ..io.transports.hub import Delivery
from ..types import Become, Command, Express, Gesture, Interrupt, Say
from .mailbox import Inbox
from .speaking import Speaker
from .streams import Streams, Utterance

_REMEMBERED: Final = 256
_WORD_LEAD_S: Final = 0.12
"""An expression starts this long before its word, so that it is there with it."""
_HALF_FRAME: Final = 1 / 60
"""Seconds: what is due within it is nearer to this frame than to the next."""


class Conversation:
    """inbox : where the doors put accepted events; speaker : says them; publish : sends news to every client;
    name : the companion's, for captions; expressions, gestures : the names it has; stroke : seconds from a gesture's
    start to the moment that belongs on its word.

    upcoming : when the next gesture of a text begins, seconds on the clock, as far as is known."""

    def __init__(
        self,
        inbox: Inbox[Delivery],
        speaker: Speaker,
        publish: Callable[[messages.Data], None],
        name: str,
        expressions: Collection[str],
        gestures: Collection[str],
        stroke: Callable[[str], float] = lambda name: 0.0,
    ) -> None:
        self._inbox, self._speaker, self._publish = inbox, speaker, publish
        self._name = name
        self._expressions, self._gestures = frozenset(expressions), frozenset(gestures)
        self._later: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._utterances: OrderedDict[str, Utterance] = OrderedDict()
        self._streams = Streams(speaker, self._utterances, self._expressions, self._gestures)
        self._motions: list[Command] = []
        self._stroke = stroke
        self._changes: changes.Changes[Become] = changes.Changes()
        self.upcoming = math.inf
        self._caption = ""
        self.spoken: list[str] = []
        self.speaking = False
        self.directs: Callable[[Event], bool] | None = None
        """Takes an event that is a ceremony's (True), or only looks at it; may raise EventError."""

    def step(self, now: float) -> list[Command]:
        """Take what came in, move the speech on to ``now``, publish what was heard; the companion's commands."""
        arrived = self._inbox.drain()
        while self._later and self._later[0][0] <= now:
            arrived.append(heapq.heappop(self._later)[2])
        arrived.sort(key=lambda d: not isinstance(d.event.data, messages.Interrupt))
        for delivery in arrived:
            self._take(delivery, now)
        self._streams.step(now)
        for heard in self._speaker.poll(now):
            self._heard(heard.kind, heard.utterance, heard.at, heard.seconds, heard.text)
        self._marks(now)
        self._motions += self._changes.due(now)
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
        self._streams.begin(say.utterance)
        if say.interrupt:
            self._streams.stop(Interrupt())
        plain = Say(text, say.utterance, None, say.intensity, say.voice, say.language, say.interrupt)
        self._utterances[say.utterance] = Utterance(text, moves, refuse, express)
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
        try:
            match event.data:
                case messages.SayDelta() as delta:
                    self._streams.delta(delta, now, delivery.refuse)
                case messages.SpeechAudio() as audio:
                    self._streams.audio(audio, delivery.sound, now, delivery.refuse)
                case messages.SpeechTiming() as timing:
                    self._streams.timing(timing, now, delivery.refuse)
                case _:
                    self._command(delivery, now)
        except UnknownVoiceError as error:
            delivery.refuse(EventError("unknown_name", str(error), f"/data/{error.field}", event.id))
        except VoiceError as error:
            delivery.refuse(EventError("bad_value", str(error), "/data/text", event.id))
        except EventError as error:
            delivery.refuse(error)

    def _command(self, delivery: Delivery, now: float) -> None:
        if self.directs is not None and self.directs(delivery.event):
            return
        match commands.command(delivery.event):
            case Interrupt() as stop:
                self._streams.stop(stop)
                self._speaker.interrupt(stop)
            case Say() as say:
                self.say(say, delivery.refuse)
            case Become(persona) as change:
                text = changes.manner(persona)
                self._publish(messages.Notice(kind="change", text=text))
                self._changes.announce(text, change, now)
            case None:
                type = delivery.event.type
                raise EventError("not_ready", f"'{type}' cannot be acted on yet", "/type", delivery.event.id)
            case motion:
                self._motions.append(motion)

    def _heard(self, kind: str, name: str, at: float, seconds: float, text: str) -> None:
        known = self._utterances.get(name)
        match kind:
            case "started":
                self.spoken.append(known.text if known and known.text else text)
                self.speaking = True
                if known is not None:
                    self._motions += [known.express] if known.express else []
                self._publish(messages.SpeechStarted(utterance=name, at=at, seconds=seconds))
            case "finished" | "interrupted":
                self.speaking = False
                if known is not None and self.spoken and known.text.startswith(self.spoken[-1]):
                    self.spoken[-1] = known.text  # the rest of it came while it was spoken
                if kind == "finished":
                    self._publish(messages.SpeechFinished(utterance=name, at=at, seconds=seconds))
                    # Tags after the last word have no word to wait for.
                    self._motions += [what for _, what in known.marks] if known else []
                else:
                    self._publish(messages.SpeechInterrupted(utterance=name, at=at, seconds=seconds))
                if known is not None and known.express is not None:
                    self._motions.append(Express("neutral", 1.0, fade=0.6))
                self._utterances.pop(name, None)
                self._streams.over(name)
            case "failed":
                if known is not None and known.refuse is not None:
                    known.refuse(EventError(self._streams.code(name), text))
                self._utterances.pop(name, None)
                self._streams.over(name)

    def _marks(self, now: float) -> None:
        """Start what belongs to words that are soon heard."""
        self.upcoming = math.inf
        for name, known in self._utterances.items():
            if known.marks and not self._meet(name, known, now):
                return  # nor is anything known of what comes after it

    def _meet(self, name: str, known: Utterance, now: float) -> bool:
        """The same of one utterance: a gesture early enough for its stroke to meet the word, but not before the stroke
        of the one before it. False while some of its words have no time yet."""
        left: list[tuple[int, Express | Gesture]] = []
        waits = unknown = False
        for at, what in known.marks:
            word = self._speaker.word(name, known.text[:at], now)
            unknown = unknown or word is None
            moves = isinstance(what, Gesture)
            if word is None or (moves and waits):
                left.append((at, what))
                continue
            lead = self._stroke(what.name) if isinstance(what, Gesture) else _WORD_LEAD_S
            begins = max(word[1] - lead, known.taken) if moves else word[0] - lead
            if begins > now + _HALF_FRAME:
                left.append((at, what))
                if moves:
                    waits, self.upcoming = True, min(self.upcoming, begins)
                continue
            if moves:
                known.taken = max(now + lead, known.taken)
            self._motions.append(what)
        known.marks = left
        return not unknown

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

    def announcement(self, now: float) -> str:
        """What the person is told of a change that is about to happen; empty for nothing."""
        return self._changes.visible(now)

    @property
    def caption(self) -> str:
        """The words being heard; empty in silence."""
        return self._caption
