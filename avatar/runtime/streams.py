"""Utterances that arrive bit by bit: streamed words, and a backend's own sound with its timing."""

from __future__ import annotations

import base64
import binascii
import math
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from ..errors import EventError, VoiceError
from ..events import messages
from ..events.tags import Delay, TagFilter, Words
from ..io.voice.english import English
from ..speech import marks as timing
from ..speech import pcm
from ..speech.align import Pronounce
from ..speech.arriving import Sentences
from ..speech.marks import Word
from ..speech.pace import Spoken
from ..speech.text import LIMIT
from ..types import Express, FloatArray, Gesture, Interrupt, Say
from .speaking import Speaker
from .utterances import BUFFER_S, QUIET_S, Job, Sound

SENTENCE_S: Final = 0.3
"""What looks like a whole sentence is spoken when nothing more came for so long, seconds."""
MOST: Final = 16
"""Utterances that may be arriving at once."""
_REMEMBERED: Final = 256
_PORTION_S: Final = 0.1
_LATE_S: Final = 0.1
"""Marks may end so long after the sound, seconds."""

Refuse = Callable[[EventError], None]


@dataclass(slots=True)
class Utterance:
    """What is known of one utterance until it ends. marks : what waits for its word, by character position;
    taken : when the stroke of its last gesture is."""

    text: str
    marks: list[tuple[int, Express | Gesture]]
    refuse: Refuse | None
    express: Express | None = None
    taken: float = -math.inf


@dataclass(slots=True)
class _Words:
    """A stream of words. job : None once it is closed; said : characters that came."""

    utterance: Utterance
    filter: TagFilter
    sentences: Sentences
    job: Job | None
    touched: float = 0.0
    said: int = 0
    marks: int = 0


@dataclass(slots=True)
class _Backend:
    """A backend's sound. timed : who sent the newest marks, and up to when they go."""

    sound: Sound
    timed: tuple[Refuse, float] | None = None
    at: dict[str, float] = field(default_factory=dict)


class Streams:
    """speaker : says them; utterances : what the conversation knows, by name; expressions, gestures : the names that a
    companion has; pronounce : words that a backend sends times of.

    tags : what tags may name, settable."""

    def __init__(
        self,
        speaker: Speaker,
        utterances: OrderedDict[str, Utterance],
        expressions: Collection[str],
        gestures: Collection[str],
        pronounce: Pronounce | None = None,
    ) -> None:
        self._speaker, self._utterances = speaker, utterances
        self.tags = Words(expressions, gestures)
        self._pronounce = pronounce or English()
        self._words: dict[str, _Words] = {}
        self._sounds: dict[str, _Backend] = {}
        self._stopped: OrderedDict[str, None] = OrderedDict()

    def delta(self, data: messages.SayDelta, now: float, refuse: Refuse) -> None:
        """More words. Those of an interrupted utterance are dropped, with its final ones as the last. Raises
        EventError."""
        name = data.utterance
        if self._dropped(name, data.final):
            return
        stream = self._words.get(name)
        if stream is None:
            self._may_begin(name, sum(s.job is not None for s in self._words.values()))
            known = self._utterances[name] = Utterance("", [], refuse)
            stream = _Words(known, self.tags.filter(), Sentences(), None)
            self._words[name] = stream
        if stream.job is None:
            stream.job = self._speaker.open(Say(stream.utterance.text, name))
            self._utterances[name] = stream.utterance
        stream.touched = now
        stream.said += len(data.text)
        if stream.said > LIMIT:
            self.close(name)
            raise EventError("bad_value", f"an utterance has at most {LIMIT:,} characters", "/data/text")
        plain = stream.filter.feed(data.text) + (stream.filter.finish() if data.final else "")
        stream.utterance.text += plain
        new, stream.marks = stream.filter.marks[stream.marks :], len(stream.filter.marks)
        stream.utterance.marks += [(at, what) for at, what in new if not isinstance(what, Delay)]
        for sentence in stream.sentences.feed(plain):
            self._speaker.more(stream.job, sentence)
        if data.final:
            self.close(name)

    def audio(self, data: messages.SpeechAudio, raw: bytes | None, now: float, refuse: Refuse) -> None:
        """More sound of a backend's own; ``raw`` : of a binary frame. Raises EventError."""
        if self._dropped(data.utterance, data.final):
            return
        samples, rate = _decoded(data, raw)
        backend = self._backend(data.utterance, now, refuse)
        received = backend.sound.received
        with self._speaker.lock:
            over = backend.sound.arrived + len(samples) / rate - backend.sound.queued > BUFFER_S
            done = backend.sound.complete
        if done:
            raise EventError("bad_value", "the sound of this utterance is complete already", "/data/utterance")
        if over:
            raise EventError("rate_limited", f"more than {BUFFER_S:.0f} s of sound wait to be heard", "/data/audio")
        backend.sound.arrived += len(samples) / rate
        backend.sound.complete = data.final
        portion = max(1, round(_PORTION_S * rate))

        def take() -> None:
            try:
                for k in range(0, max(1, len(samples)), portion):
                    with self._speaker.lock:
                        received.hear(samples[k : k + portion], rate, data.final and k + portion >= len(samples))
            except VoiceError as error:
                refuse(EventError("bad_value", str(error), "/data/audio"))

        self._speaker.chore(take)

    def timing(self, data: messages.SpeechTiming, now: float, refuse: Refuse) -> None:
        """When what a backend says sounds. Raises EventError: marks that cannot be."""
        if self._dropped(data.utterance, False):
            return
        backend = self._backend(data.utterance, now, refuse)
        received, after = backend.sound.received, backend.at.get(data.unit, 0.0)
        try:
            if data.unit in ("phone", "viseme"):
                phones = timing.phones(data.marks, data.unit, data.alphabet, after)
                with self._speaker.lock:
                    received.time(phones, "marks")
            else:
                words = timing.words(data.marks, data.unit, after)
                with self._speaker.lock:
                    received.words += words
                self._speaker.chore(lambda: self._pronounced(backend, words, refuse))
        except timing.MarksError as error:
            raise EventError("bad_value", str(error), f"/data/marks/{error.mark}/{error.part}") from None
        if data.marks:
            backend.at[data.unit] = end = max(after, max(mark[1] for mark in data.marks))
            backend.timed = (refuse, end)
        with self._speaker.lock:
            self._past_the_end(backend)

    def step(self, now: float) -> None:
        """Speak what waits for nothing but silence, and close what nothing more comes of."""
        for name, stream in self._words.items():
            if stream.job is None:
                continue
            quiet = now - stream.touched
            if quiet > QUIET_S:
                self.close(name)
            elif quiet > SENTENCE_S and stream.sentences.whole:
                for sentence in stream.sentences.finish():
                    self._speaker.more(stream.job, sentence)
        with self._speaker.lock:
            for backend in self._sounds.values():
                self._past_the_end(backend)

    def close(self, name: str) -> None:
        """No more words come: speak the rest."""
        stream = self._words.get(name)
        if stream is None or stream.job is None:
            return
        job, stream.job = stream.job, None
        stream.filter.finish()
        for sentence in stream.sentences.finish():
            self._speaker.more(job, sentence)
        self._speaker.end(job)

    def stop(self, interrupt: Interrupt) -> None:
        """An interruption: what still comes of these utterances is dropped."""
        names = {*self._words, *self._sounds} if interrupt.utterance is None else {interrupt.utterance}
        for name in names:
            stream, backend = self._words.pop(name, None), self._sounds.pop(name, None)
            whole = (stream is None or stream.job is None) and (backend is None or backend.sound.complete)
            if interrupt.utterance is None and whole:
                continue
            self._stopped[name] = None
        while len(self._stopped) > _REMEMBERED:
            self._stopped.popitem(last=False)

    def over(self, name: str) -> None:
        """An utterance has ended."""
        stream = self._words.get(name)
        if stream is not None and stream.job is None:
            del self._words[name]
        self._sounds.pop(name, None)

    def code(self, name: str) -> str:
        """The contract's error code for an utterance that could not be spoken: of marks no sound came for, of words
        nothing could be pronounced in, or of a voice that failed."""
        return "unknown_utterance" if name in self._sounds else "bad_value" if name in self._words else "internal"

    def begin(self, name: str) -> None:
        """A whole text is said under this name: it is no interrupted one's any more."""
        self._stopped.pop(name, None)

    def _dropped(self, name: str, final: bool) -> bool:
        dropped = name in self._stopped
        if dropped and final:
            del self._stopped[name]
        return dropped

    def _may_begin(self, name: str, count: int) -> None:
        if name in self._utterances:
            raise EventError("bad_value", "an utterance of this name is spoken already", "/data/utterance")
        if count >= MOST:
            raise EventError("rate_limited", f"{MOST} utterances are arriving already", "/data/utterance")

    def _backend(self, name: str, now: float, refuse: Refuse) -> _Backend:
        backend = self._sounds.get(name)
        if backend is None:
            self._may_begin(name, len(self._sounds))
            self._utterances[name] = Utterance("", [], refuse)
            backend = self._sounds[name] = _Backend(self._speaker.receive(Say("", name), now))
        backend.sound.touched = now
        return backend

    def _pronounced(self, backend: _Backend, words: list[Word], refuse: Refuse) -> None:
        """Words into phones, which may take a while the first time."""
        spoken: list[Spoken] = []
        try:
            for start, end, word in words:
                phones = tuple(self._pronounce(word))
                if phones and end > start:
                    spoken.append(Spoken(max(start, spoken[-1].end if spoken else 0.0), end, phones))
            with self._speaker.lock:
                backend.sound.received.tell(spoken)
        except VoiceError as error:
            refuse(EventError("bad_value", str(error), "/data/marks"))

    def _past_the_end(self, backend: _Backend) -> None:
        """Marks that go on after the sound is over are told of once; those before it are used."""
        received = backend.sound.received
        if received.final and backend.timed is not None:
            (refuse, end), backend.timed = backend.timed, None
            if received.in_rate and end > received.seconds + _LATE_S:
                message = f"marks go on until {end:g} s; the sound is over at {received.seconds:g} s"
                refuse(EventError("bad_value", message, "/data/marks"))


def _decoded(data: messages.SpeechAudio, raw: bytes | None) -> tuple[FloatArray, int]:
    """((N,) float32 mono, samples a second) of an event's sound, or of its binary frame. Raises EventError."""
    if raw is None:
        try:
            raw = base64.b64decode(data.audio or "", validate=True)
        except binascii.Error:
            raise EventError("bad_value", "'audio': this is not base64", "/data/audio") from None
    if not raw:
        return np.zeros(0, np.float32), data.rate
    try:
        if data.encoding == "wav":
            return pcm.wav(raw)
        return pcm.samples(raw, data.channels), data.rate
    except VoiceError as error:
        raise EventError("bad_value", str(error), "/data/audio") from None
