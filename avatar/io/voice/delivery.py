"""An engine's sentences as the person wants them: pace and pitch, stressed words, breaths at dots of omission."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Protocol

import numpy as np

from ...speech import breath
from ...speech.manner import PLAIN, RATES, Manner, Stretch, stressed, stretches
from ...speech.sound import level
from ...speech.visemes import track
from ...types import FloatArray, Phone, Speech


class Engine(Protocol):
    """What makes sound."""

    @property
    def name(self) -> str:
        """As a person asks for it."""
        ...

    @property
    def phoned(self) -> bool:
        """Does it say which sounds it made when, so that its mouth can be made anew?"""
        ...

    def warm(self) -> None:
        """Load everything."""
        ...

    def speaks(self, language: str | None) -> bool:
        """Is this language one of its own?"""
        ...

    def speak(
        self,
        text: str,
        utterance: str,
        caption: str | None = None,
        manner: Manner = PLAIN,
        stressed: Collection[int] = (),
    ) -> Speech:
        """One stretch of text as sound and mouth."""
        ...


class Delivery:
    """A voice: an engine with a manner.

    pace : asked at every sentence, times the manner's rate: a companion's own tempo.
    """

    def __init__(self, engine: Engine, manner: Manner = PLAIN, pace: Callable[[], float] = lambda: 1.0) -> None:
        self.engine, self.manner, self._pace = engine, manner, pace

    @property
    def name(self) -> str:
        """As a person asks for it."""
        return self.engine.name

    def warm(self) -> None:
        """Load everything, so that the first sentence is quick."""
        self.engine.warm()

    def speaks(self, language: str | None) -> bool:
        """Is ``language`` (a BCP 47 tag, None = whatever the voice speaks) one of this voice's?"""
        return self.engine.speaks(language)

    def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
        """One sentence as sound (about -18 LUFS, at most -1 dBTP) and mouth. Raises VoiceError."""
        manner = self.manner
        if (pace := self._pace()) != 1.0:
            manner = replace(manner, rate=float(np.clip(manner.rate * pace, *RATES)))
        if not self.engine.phoned:
            return self.engine.speak(text, utterance, caption, manner, stressed(caption or "", text))
        parts = stretches(text, caption)
        made = [self.engine.speak(p.text, utterance, caption, manner, p.stressed) for p in parts]
        if len(made) == 1 and not parts[0].breath:
            return made[0]
        return _joined(parts, made, utterance, caption or text, manner)


def _joined(parts: list[Stretch], made: list[Speech], utterance: str, caption: str, manner: Manner) -> Speech:
    """Stretches one after another, with a breath, or only its pause, where one is taken."""
    rate = made[0].rate
    loud = float(np.sqrt(np.mean(np.square(np.concatenate([s.sound for s in made])))))
    sounds: list[FloatArray] = []
    phones: list[Phone] = []
    breaths: list[tuple[float, float]] = []
    at, words = 0.0, 0

    def add(sound: FloatArray) -> None:
        nonlocal at
        sounds.append(sound)
        at += len(sound) / rate

    def quiet(start: float, end: float) -> None:
        if phones and phones[-1].value == "SIL":
            start = phones.pop().start
        phones.append(Phone("SIL", start, end))

    for part, speech in zip(parts, made, strict=True):
        if part.breath:
            begin = at
            if sounds:
                add(np.zeros(round(breath.BEFORE * rate), np.float32))
            air = breath.breath(rate, loud, zlib.crc32(part.text.encode()))
            breaths += [(at, at + len(air) / rate)] if manner.breath and loud > 0 else []
            add(air if manner.breath else np.zeros_like(air))
            add(np.zeros(round(breath.AFTER * rate), np.float32))
            quiet(begin, at)
        for p in speech.track.phones:
            if p.value == "SIL":
                quiet(p.start + at, p.end + at)
            else:
                phones.append(replace(p, start=p.start + at, end=p.end + at, word=p.word + words))
        words = 1 + max((p.word for p in phones), default=-1)
        add(speech.sound)
    mouth = track(phones, at, made[0].track.source)
    for start, end in breaths:
        mouth = breath.opened(mouth, start, end)
    return Speech(utterance, caption, level(np.concatenate(sounds), rate), rate, mouth)
