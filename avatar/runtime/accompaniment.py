"""What goes with speech: the accents of head, brows and breath, the beats of hands, and when each word is heard.

All of it is planned with a piece of speech on the thread that makes it, and followed against the line of samples that
is heard, so that a nod falls on its vowel as the lips do, whenever that comes.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..animate import cospeech
from ..animate.accents import WIDTH, Accents, Beat
from ..animate.persona import Persona
from ..animate.wording import Word, spoken_words
from ..io.voice.mixer import Mixer
from ..linalg.signals import ease
from ..types import FloatArray, Speech

LEAD: Final = 0.5
"""Seconds before a sound from which on its breath and first accents may begin, where something else is heard then."""
FADE: Final = 0.18
"""Seconds in which the accents of speech that was interrupted end."""
_PAST: Final = -math.inf


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes with one piece. words : with ``at`` as a count of letters and marks, blanks left out; seconds : of its
    sound."""

    accents: Accents
    words: tuple[Word, ...]
    seconds: float


@dataclass(eq=False, slots=True)
class _Line:
    """A planned piece on the mixer's line. begins : position of its first sample; settled : that will not change any
    more; offset : letters of its utterance before it; beat : number of its next beat; cut : position from which its
    accents fade; dead : it was interrupted."""

    serial: int
    utterance: str
    plan: Plan
    offset: int
    begins: int = 0
    settled: bool = False
    beat: int = 0
    cut: float = math.inf
    dead: bool = False


def letters(text: str) -> int:
    """Characters that are no blanks: a measure of places in a text that division into sentences does not change."""
    return len("".join(text.split()))


@dataclass(eq=False, slots=True)
class Accompaniment:
    """Plans for the pieces on a mixer's line. ``plan`` and ``add`` may be called on the thread that makes speech; the
    rest on the engine's. persona : the manner of what is planned from now on; seed : added to the persona's."""

    mixer: Mixer
    persona: Persona = field(default_factory=Persona)
    seed: int = 0
    _lines: list[_Line] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _part: FloatArray = field(default_factory=lambda: np.zeros(WIDTH, np.float32))
    _seen: float = 0.0

    def plan(self, speech: Speech) -> Plan:
        """Everything that goes with a piece which is about to be queued."""
        # The first piece is heard at once; whatever follows is known a pause ahead.
        waiting = self.mixer.waiting
        lead = min(LEAD, waiting + self.mixer.pause) if waiting > 0 else 0.0
        phones, text = speech.track.phones, speech.text
        accents = cospeech.plan(
            phones, speech.sound, speech.rate, text, persona=self.persona, seed=self.seed, lead=lead
        )
        words = tuple(w._replace(at=letters(text[: w.at])) for w in spoken_words(phones, text))
        return Plan(accents, words, speech.seconds)

    def add(self, serial: int, utterance: str, plan: Plan, offset: int) -> None:
        """A planned piece was queued under ``serial``, ``offset`` letters after the beginning of its utterance."""
        with self._lock:
            self._lines.append(_Line(serial, utterance, plan, offset))

    def interrupt(self, utterances: Collection[str]) -> None:
        """These were stopped: their accents fade, their words and beats do not come."""
        with self._lock:
            for line in self._lines:
                if line.utterance in utterances:
                    line.dead, line.cut = True, min(line.cut, self._seen)

    def become(self, persona: Persona) -> None:
        """Another manner from the next piece on; where it has no accents, those under way fade."""
        self.persona = persona
        if not persona.accents:
            with self._lock:
                for line in self._lines:
                    line.cut = min(line.cut, self._seen)

    def sample(self, position: float, out: FloatArray) -> bool:
        """The five values of ``accents`` at a position of the line, which never goes back, into ``out`` (5,) float32;
        False, with zeros, where nothing is or was just said."""
        out.fill(0)
        if not self._lines:
            return False
        with self._lock:
            self._seen = position
            over = False
            for line in self._lines:
                t = self._time(line, position)
                if t is None or t < -LEAD:
                    over = over or t is None or line.dead
                    continue
                faded = (position - line.cut) / (FADE * self.mixer.rate)
                if faded < 1:
                    line.plan.accents.sample(t, self._part)
                    if faded > 0:
                        self._part *= 1 - ease(faded)
                    out += self._part
                over = over or self._over(line, t, faded)
            if over:
                self._lines = [
                    x
                    for x in self._lines
                    if (t := self._time(x, position)) is not None
                    and not self._over(x, t, (position - x.cut) / (FADE * self.mixer.rate))
                ]
        return True

    def word(self, utterance: str, place: int, position: float) -> tuple[float, float] | None:
        """(start, stroke) of the first word from the letter ``place`` of an utterance on, in seconds from ``position``,
        negative for what is over; None while that is not known."""
        with self._lock:
            reached = False
            for line in self._lines:
                if line.utterance != utterance or line.dead or (t := self._time(line, position)) is None:
                    continue
                if not reached and place < line.offset:  # its own piece is gone
                    return _PAST, _PAST
                reached = True
                for word in line.plan.words:
                    if line.offset + word.at >= place:
                        return word.start - t, word.stroke - t
        return None

    def beat(self, position: float) -> Beat | None:
        """The next beat of the hands; its ``stroke`` in seconds from ``position``."""
        if not self._lines:
            return None
        with self._lock:
            for line in self._lines:
                if line.dead or line.beat >= len(line.plan.accents.beats):
                    continue
                t = self._time(line, position)
                if t is None:
                    continue
                found = line.plan.accents.beats[line.beat]
                return found._replace(stroke=found.stroke - t)
        return None

    def take_beat(self) -> None:
        """That beat is made, or will not be: on to the next."""
        with self._lock:
            for line in self._lines:
                if not line.dead and line.beat < len(line.plan.accents.beats):
                    line.beat += 1
                    return

    def _time(self, line: _Line, position: float) -> float | None:
        """Seconds since the line's first sample; None where it never got, and will not get, a place."""
        if not line.settled:
            place = self.mixer.place(line.serial)
            if place is None:
                return None
            line.begins, line.settled = place
        return (position - line.begins) / self.mixer.rate

    def _over(self, line: _Line, t: float, faded: float) -> bool:
        if line.dead:
            return faded >= 1 or t < -LEAD
        return t > max(line.plan.seconds, line.plan.accents.end)
