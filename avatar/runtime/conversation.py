"""From events to what is said and shown, and back: the one place where the event contract meets the companion.

Control tags inside a text are taken out before it is spoken and become expressions and gestures when the word they
stand at is heard.
"""

from __future__ import annotations

import math
import re
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from typing import Final

from ..care import changes, farewell
from ..errors import EventError, UnknownVoiceError, VoiceError
from ..events import commands, messages, tags
from ..events.codec import Event
from ..io.transports.hub import Delivery
from ..types import Become, Command, Express, Gesture, Halt, Interrupt, Say, Show
from .acting import Acting
from .agenda import STREAMED, Agenda, named, says
from .mailbox import Inbox
from .speaking import Speaker
from .streams import Streams, Utterance

_REMEMBERED: Final = 256
_WORD_LEAD_S: Final = 0.12
"""An expression starts this long before its word, so that it is there with it."""
LAST_S: Final = 1.6
"""Seconds from a goodbye to the end of the run, at most; the line ends before."""
_LAST_FADE_S: Final = 0.15
_STAYS: Final = (messages.Weights, messages.Express, messages.Gaze, *STREAMED)
"""What is not to happen any more when the client that sent it has left."""
_IN_PANIC: Final = (messages.Panic, messages.Resume, messages.Crisis, messages.Goodbye)
_HALF_FRAME: Final = 1 / 60
"""Seconds: what is due within it is nearer to this frame than to the next."""
_REST_OF_WORD: Final = re.compile(r"\S*")

_MISSED_S: Final = 0.5
"""A gesture that ought to have begun earlier than that is over, where an utterance is joined in its midst."""


class Conversation:
    """inbox : where the doors put accepted events; speaker : says them; publish : sends news to every client;
    name : the companion's, for captions; expressions, gestures : the names it has; stroke : seconds from a gesture's
    start to the moment that belongs on its word; acting : what clients ask for besides speech.

    upcoming : when the next gesture of a text begins, seconds on the clock, as far as is known; closes : when the run
    is to end because goodbye was said, inf = it was not; joins : an utterance may be joined in its midst, and gestures
    of before are not made then."""

    def __init__(
        self,
        inbox: Inbox[Delivery],
        speaker: Speaker,
        publish: Callable[[messages.Data], None],
        name: str,
        expressions: Collection[str],
        gestures: Collection[str],
        stroke: Callable[[str], float] = lambda name: 0.0,
        acting: Acting | None = None,
    ) -> None:
        self._agenda, self._speaker, self._publish = Agenda(inbox), speaker, publish
        self.acting = acting or Acting(publish)
        self._name = name
        self._utterances: OrderedDict[str, Utterance] = OrderedDict()
        self._streams = Streams(speaker, self._utterances, frozenset(expressions), frozenset(gestures))
        self._senders: OrderedDict[str, str] = OrderedDict()
        self._motions: list[Command] = []
        self._stroke = stroke
        self._changes: changes.Changes[Become] = changes.Changes()
        self.upcoming = math.inf
        self.joins = False
        self._caption = self._captioned = ""
        self.closes = math.inf
        self._reached: tuple[str, int] | None = None
        self.spoken: list[str] = []
        self.speaking = False
        self.directs: Callable[[Event], bool] | None = None
        """Takes an event that is a ceremony's (True), or only looks at it; may raise EventError."""

    def step(self, now: float) -> list[Command]:
        """Take what came in, move the speech on to ``now``, publish what was heard; the companion's commands."""
        self._reach(now)
        gone = self.acting.departed()  # before the inbox, which then holds all that they have sent
        for order, delivery in self._agenda.take(now):
            self._take(delivery, order, now)
        for session in gone:
            self._agenda.cancel(lambda d, name=session: d.session == name and isinstance(d.event.data, _STAYS))  # type: ignore[misc]
            self._motions += self.acting.left(session)
            for name in [name for name, sender in self._senders.items() if sender == session]:
                self._streams.close(name)  # no more words come
                del self._senders[name]
        self._motions += self.acting.step(now)
        self._streams.step(now)
        if now >= self.closes - _LAST_FADE_S and self._speaker.busy:
            self._speaker.interrupt(Interrupt(), _LAST_FADE_S / 2)
        for heard in self._speaker.poll(now):
            self._heard(heard.kind, heard.utterance, heard.at, heard.seconds, heard.text, now)
        self._marks(now)
        self._motions += self._changes.due(now)
        self._show_caption(now)
        done, self._motions = self._motions, []
        return done

    def say(self, say: Say, refuse: Callable[[EventError], None] | None = None) -> None:
        """Speak a text whose control tags are still in it. Raises VoiceError when there is nothing to say."""
        text, marks, _ = tags.strip(say.text, words=self._streams.tags)
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

    def understand(self, emotions: Iterable[tuple[str, str]], motions: Iterable[tuple[str, str]]) -> None:
        """Take a persona's words for expressions and gestures in tags, from the next text on."""
        self._streams.tags = self._streams.tags.known(emotions, motions)

    def move(self, command: Command) -> None:
        """Make a movement at the next step."""
        self._motions.append(command)

    def _take(self, delivery: Delivery, order: int, now: float) -> None:
        event = delivery.event
        if self.closes < math.inf or (self.acting.halted and not isinstance(event.data, _IN_PANIC)):
            return
        try:
            match event.data:
                case messages.SayDelta() as delta:
                    self._senders[delta.utterance] = delivery.session
                    while len(self._senders) > _REMEMBERED:
                        self._senders.popitem(last=False)
                    self._streams.delta(delta, now, delivery.refuse)
                case messages.SpeechAudio() as audio:
                    self._streams.audio(audio, delivery.sound, now, delivery.refuse)
                case messages.SpeechTiming() as timing:
                    self._streams.timing(timing, now, delivery.refuse)
                case messages.Resume():
                    self._speaker.device.mixer.hush(False)
                    self.acting.resume()
                case messages.Crisis():
                    self.acting.crisis(now)
                case messages.Goodbye():
                    self._goodbye(now)
                case _:
                    self._command(delivery, order, now)
        except UnknownVoiceError as error:
            delivery.refuse(EventError("unknown_name", str(error), f"/data/{error.field}", event.id))
        except VoiceError as error:
            delivery.refuse(EventError("bad_value", str(error), "/data/text", event.id))
        except EventError as error:
            delivery.refuse(error)

    def _command(self, delivery: Delivery, order: int, now: float) -> None:
        if self.directs is not None and self.directs(delivery.event):
            return
        match commands.command(delivery.event):
            case Interrupt() as stop:
                self._unsay(self._agenda.cancel(lambda d: says(d, stop.utterance), order), now)
                self._streams.stop(stop)
                self._speaker.interrupt(stop)
            case Halt() as halt:
                self._halt(halt, now)
            case Show() as show:
                self.acting.show(show, delivery.event.id, now)
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
                if not self.acting.own(motion, delivery.session, now):
                    self._motions.append(motion)

    def _unsay(self, dropped: Collection[Delivery], now: float) -> None:
        """Speech that waited for its moment will not be heard; tell of each utterance once."""
        names = {named(d): d for d in dropped if says(d, None)}
        for name, delivery in names.items():
            self._publish(messages.SpeechInterrupted(utterance=name, at=now, seconds=0.0))
            if isinstance(delivery.event.data, STREAMED) and not getattr(delivery.event.data, "final", False):
                self._streams.stop(Interrupt(name))

    def _halt(self, halt: Halt, now: float) -> None:
        """A panic: all that sounds, moves, waits or is announced is over."""
        self._speaker.device.mixer.hush()
        self._unsay(self._agenda.cancel(lambda d: True), now)
        self._streams.stop(Interrupt())
        self._speaker.interrupt(Interrupt(), _LAST_FADE_S / 2)
        self._changes = changes.Changes()
        self.acting.halt()
        self._motions = [halt]

    def _goodbye(self, now: float) -> None:
        """One line, and the run is over."""
        self.closes = now + LAST_S
        self._agenda.cancel(lambda d: True)
        self._streams.stop(Interrupt())
        self._speaker.interrupt(Interrupt())
        line = farewell.goodbye(self.acting.language)
        self.acting.show(Show(line, self._name, LAST_S), "goodbye", now)
        if not self.acting.halted:
            self.say(Say(line, "goodbye"))

    def _reach(self, now: float) -> None:
        """Note how far what is being said has come, for it may be about to be stopped."""
        place = self._speaker.progress(now)
        if place is not None:
            self._reached = place
        elif self._reached is not None and (known := self._utterances.get(self._reached[0])) is not None:
            word = _REST_OF_WORD.match(known.text, self._reached[1])  # in a pause the word before it is heard whole
            self._reached = (self._reached[0], word.end() if word else self._reached[1])

    def _heard(self, kind: str, name: str, at: float, seconds: float, text: str, now: float) -> None:
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
                    if name == "goodbye" and self.closes < math.inf:
                        self.closes = min(self.closes, now + _LAST_FADE_S)
                    # Tags after the last word have no word to wait for.
                    self._motions += [what for _, what in known.marks] if known else []
                else:
                    self._publish(
                        messages.SpeechInterrupted(utterance=name, at=at, seconds=seconds, heard=self._stopped_at(name))
                    )
                if known is not None and known.express is not None:
                    self._motions.append(Express("neutral", 1.0, fade=0.6))
                self._utterances.pop(name, None)
                self._streams.over(name)
            case "failed":
                if known is not None and known.refuse is not None:
                    known.refuse(EventError(self._streams.code(name), text))
                self._utterances.pop(name, None)
                self._streams.over(name)

    def _stopped_at(self, name: str) -> int:
        """Characters of a stopped utterance's text that were heard."""
        reached, known = self._reached, self._utterances.get(name)
        if reached is None or reached[0] != name:
            return 0
        self._reached = None
        return min(reached[1], len(known.text)) if known is not None else reached[1]

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
            if self.joins and moves and begins < now - _MISSED_S:
                continue
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
        """What is spoken has the caption's place; one that is only shown has it in the silences."""
        spoken = self._speaker.caption(now)
        shown, speaker = self.acting.caption(now)
        if spoken and spoken not in (self._caption, shown):
            place = self._speaker.progress(now)
            name = place[0] if place else ""
            self._publish(messages.CaptionShown(text=spoken, speaker=self._name, utterance=name))
        self._caption = spoken or shown
        self._captioned = self._name if spoken else speaker

    @property
    def busy(self) -> bool:
        """Is anything still to be taken, made or heard?"""
        return bool(len(self._agenda) or self._speaker.busy)

    def announcement(self, now: float) -> str:
        """What the person is told of a change that is about to happen; empty for nothing."""
        return self._changes.visible(now)

    @property
    def caption(self) -> str:
        """The words being heard, or shown; empty for none."""
        return self._caption

    @property
    def captioned(self) -> str:
        """Whose words they are; empty for nobody's."""
        return self._captioned
