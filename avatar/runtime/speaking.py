"""Speech from command to sound: a worker makes sentences while the first of them is already heard."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from ..animate.accents import Beat
from ..animate.persona import Persona
from ..clock import Clock
from ..errors import VoiceError
from ..io.voice.mixer import SpeechEvent
from ..io.voice.playback import VirtualDevice
from ..io.voice.voices import Voices
from ..speech.arriving import divided
from ..speech.by_ear import best_ear
from ..speech.loudness import Listener
from ..speech.manner import carried, plain
from ..speech.received import Received
from ..speech.style import articulated
from ..speech.text import pieces, written
from ..types import VISEMES, FloatArray, Interrupt, Say, Speech
from .accompaniment import Accompaniment, letters
from .utterances import Job, Sound
from .voicing import voices_of


class Voice(Protocol):
    """What the speaker needs of a voice."""

    def warm(self) -> None:
        """Load everything."""
        ...

    def speaks(self, language: str | None) -> bool:
        """Is this language one of the voice's?"""
        ...

    def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
        """One sentence as sound and mouth."""
        ...


_AHEAD_S = 0.05


VoiceFactory = Callable[[str | None], Voice]
"""Makes the voice of a name; None = the default voice. ``Voices`` finds one that fits a language, too."""


_AHEAD: Final = 20.0
"""Seconds of speech made in advance: a book does not have to fit in memory."""


class Speaker:
    """Turns Say commands into speech on a device, in order, and reports what was heard.

    One worker thread makes the sound; ``sync`` makes it in the caller of ``say`` instead, so that nothing depends on
    timing. All other methods belong to the thread that ticks the engine. clock : the engine's; device : where it is
    heard; voice : makes a voice by its name, when first needed (None = all of this machine); persona : the pace it has
    and the manner in which the body goes with it; seed : of that; listener : hears the mouth in sound that comes
    without its timing.
    """

    def __init__(
        self,
        clock: Clock,
        device: VirtualDevice,
        voice: VoiceFactory | None = None,
        sync: bool = False,
        persona: Persona | None = None,
        seed: int = 0,
        listener: Callable[[int], Listener] = best_ear,
    ) -> None:
        self.clock, self.device, self.sync = clock, device, sync
        self._body = Accompaniment(device.mixer, persona or Persona(), seed)
        self._factory = voice or voices_of()
        self._pace(persona or Persona())
        self._voices: dict[str | None, Voice] = {}
        self._jobs: deque[Job | Sound] = deque()
        self._chores: deque[Callable[[], None]] = deque()
        self._listener, self._level = listener, 0.0
        self._said: list[SpeechEvent] = []
        self._news = threading.Condition(threading.RLock())
        self._warming = self._closed = False
        self._thread: threading.Thread | None = None

    def warm(self) -> None:
        """Load the default voice in the background; when ``sync`` only find it, for then nobody waits for the first
        sentence. A voice that is not there is reported when something is said."""
        if self.sync:
            self._voice(None)
            return
        with self._news:
            self._warming = True
            self._wake()

    @property
    def _emoji(self) -> bool:
        return isinstance(self._factory, Voices) and self._factory.manner.emoji

    def say(self, say: Say) -> None:
        """Queue an utterance; ``say.interrupt`` stops all others first.

        Raises VoiceError at once for a text that can never be spoken (empty, too long, nothing to pronounce) and
        UnknownVoiceError for a voice or language that is not there; what a voice finds out later comes back from
        ``poll`` as a ``failed`` event.
        """
        if isinstance(self._factory, Voices):
            self._factory.check(say.voice, say.language)
        job = Job(say, carried(pieces(say.text, say.language, self._emoji)))
        with self._news:
            if say.interrupt:
                self.interrupt(Interrupt())
            self._queue(job)
        self._make_some()

    def open(self, say: Say) -> Job:
        """Queue an utterance whose text is still to come: ``more`` of it, then ``end``."""
        job = Job(say, [], open=True, letters=letters(say.text), emoji=self._emoji)
        with self._news:
            self._queue(job)
        return job

    def more(self, job: Job, text: str) -> None:
        """Speak ``text`` next in an utterance that is open. Raises VoiceError: too long."""
        with self._news:
            job.more(text)
            self._news.notify_all()
        self._make_some()

    def end(self, job: Job) -> None:
        """Nothing more comes of an open utterance."""
        with self._news:
            job.open = False
            if not job.waits:
                job.reason = job.reason or "there is nothing to pronounce in it"
                self._conclude(job)
        self._make_some()

    def receive(self, say: Say, now: float) -> Sound:
        """Queue an utterance whose sound comes from elsewhere: its ``received`` is to be filled by ``chore``."""
        mixer = self.device.mixer
        job = Sound(say, mixer, Received(mixer.rate, self._level, self._listener), now)
        with self._news:
            self._queue(job)
        return job

    def chore(self, work: Callable[[], None]) -> None:
        """Do something on the thread that makes speech, in the order of the calls; at once when ``sync``."""
        if self.sync:
            work()
            return
        with self._news:
            self._chores.append(work)
            self._wake()

    @property
    def lock(self) -> threading.Condition:
        """Held while an utterance's own state is changed."""
        return self._news

    def interrupt(self, interrupt: Interrupt, fade: float | None = None) -> list[str]:
        """Stop one utterance, or all: silence and a shut mouth when a syllable ends, within 120 ms, or ``fade`` seconds
        later. The names of those it stopped."""
        with self._news:
            hit = [j for j in self._jobs if interrupt.utterance in (None, j.say.utterance)]
            self._jobs = deque(j for j in self._jobs if j not in hit)
            stopped = self.device.mixer.interrupt(interrupt.utterance, fade, self.device.latency)
            self._body.interrupt(stopped)
            for job in hit:
                if job.say.utterance not in stopped:
                    self._report("interrupted", job.say, job.say.text)
        return [*stopped, *(j.say.utterance for j in hit if j.say.utterance not in stopped)]

    def poll(self, now: float) -> list[SpeechEvent]:
        """Move a virtual device on to ``now`` and hand over what has been heard to happen since the last call."""
        self._sound(now)
        self._make_some()
        self.device.pump(now)
        events = self.device.mixer.events(self.device.audible(now), now)
        with self._news:
            events += self._said
            self._said = []
        return sorted(events, key=lambda event: event.at)

    def mouth(self, now: float, out: FloatArray) -> FloatArray:
        """The mouth of what is heard at ``now``, which may be up to 50 ms ahead, into ``out``, (15,) or (18,) as
        ``visemes.sample`` has it, as distinct as the persona speaks."""
        self.device.mixer.mouth(self._near(now), out)
        gain = self._body.persona.articulation
        if gain != 1.0:
            articulated(out[: len(VISEMES)], gain, out[: len(VISEMES)])
            out[len(VISEMES) :] *= min(gain, 1.0)
        return out

    def accents(self, now: float, out: FloatArray) -> bool:
        """What head, brows and breath do with what is heard at ``now``, as ``mouth`` has it, into ``out`` (5,) float32
        as ``animate.accents`` writes it; False, with zeros, where nothing is said. ``now`` never goes back."""
        return self._body.sample(self._near(now), out)

    def beat(self, now: float) -> Beat | None:
        """The next beat of the hands; its ``stroke`` in seconds on the clock. ``take_beat`` goes on to the one after
        it."""
        beat = self._body.beat(self.device.due(now))
        return None if beat is None else beat._replace(stroke=now + beat.stroke)

    def take_beat(self) -> None:
        """The next beat is made, or will not be."""
        self._body.take_beat()

    def word(self, utterance: str, text: str, now: float) -> tuple[float, float] | None:
        """When the first word after ``text`` in an utterance is heard: (its start, the middle of its stressed vowel),
        seconds on the clock; None while that is not known."""
        found = self._body.word(utterance, letters(text), self.device.due(now))
        return None if found is None else (now + found[0], now + found[1])

    def become(self, persona: Persona) -> None:
        """Speak, and accompany, what is made from now on in another manner."""
        self._body.become(persona)
        self._pace(persona)

    def progress(self, now: float) -> tuple[str, int] | None:
        """(utterance, place in its text) of the word heard at ``now``, which may be a moment ahead; None in silence."""
        return self.device.mixer.progress(self.device.due(now))

    def caption(self, now: float) -> str:
        """The words being heard at ``now``; empty in silence."""
        return self.device.mixer.caption(self.device.audible(now))

    @property
    def busy(self) -> bool:
        """Is anything still to be made or heard?"""
        with self._news:
            return bool(self._jobs) or self.device.mixer.waiting > 0

    def close(self) -> None:
        """Stop the worker, end what voices have started, and release the device."""
        with self._news:
            self._closed = True
            self._jobs.clear()
            self._news.notify_all()
        if self._thread is not None:
            self._thread.join()
        if isinstance(self._factory, Voices):
            self._factory.close()
        self.device.close()

    def _near(self, now: float) -> float:
        """The position heard at ``now``, at most 50 ms further than what was pulled."""
        mixer = self.device.mixer
        return min(self.device.due(now), mixer.position + _AHEAD_S * mixer.rate)

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="voice", daemon=True)
            self._thread.start()
        self._news.notify_all()

    def _queue(self, job: Job | Sound) -> None:
        self.device.mixer.begin(job.say.utterance)
        self._jobs.append(job)
        if not self.sync:
            self._wake()

    def _turn(self) -> Job | None:
        """The text whose turn it is, when something of it waits."""
        job = self._jobs[0] if self._jobs else None
        return job if isinstance(job, Job) and job.waits else None

    def _sound(self, now: float) -> None:
        """Hand over what has come of sound made elsewhere, when its turn has come."""
        with self._news:
            while self._jobs and isinstance(job := self._jobs[0], Sound):
                done = job.pump(now)
                self._level = job.received.level if job.made else self._level
                if not done:
                    return
                self._conclude(job)

    def _work(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._chores or self._turn() or self._warming or self._closed)
                if self._closed:
                    return
                chore = self._chores.popleft() if self._chores else None
                job = self._turn()
                if chore is None and job is not None and self.device.mixer.waiting > _AHEAD:
                    self._news.wait(0.2)
                    continue
            try:
                if chore is not None:
                    chore()
                elif job is None:
                    self._voice(None).warm()
                else:
                    self._step(job)
            except Exception as error:  # the thread outlives a broken voice
                if chore is None and job is not None:
                    job.reason = f"the voice failed: {error}"
                    self._conclude(job)
            if chore is None and job is None:
                self._warming = False

    def _make_some(self) -> None:
        while self.sync and (job := self._turn()) and self.device.mixer.waiting <= _AHEAD:
            self._step(job)

    def _step(self, job: Job) -> None:
        """Make the next piece of an utterance and queue it; one that cannot be spoken is left out."""
        if self.device.mixer.waiting <= 0:
            job.pieces[job.at : job.at + 1] = divided(job.pieces[job.at])
        say, piece = job.say, job.pieces[job.at]
        speech = plan = None
        try:
            voice = self._voice(say.voice, say.language)
            if not voice.speaks(say.language):
                raise VoiceError(f"the voice does not speak '{say.language}'")
            speech = voice.speak(piece.spoken, say.utterance, piece.caption)
            phones = written(speech.track.phones, piece)
            speech = replace(speech, text=plain(speech.text), track=replace(speech.track, phones=phones))
            plan = self._body.plan(speech)
        except VoiceError as error:
            job.reason = str(error)
        with self._news:
            if job not in self._jobs:
                return
            last = job.at + 1 == len(job.pieces) and not job.open
            if speech is not None and plan is not None and (serial := self.device.mixer.enqueue(speech, last)):
                self._body.add(serial, say.utterance, plan, job.letters)
                job.made += 1
            job.at += 1
            job.letters += letters(piece.caption)
            if last:
                self._conclude(job)

    def _conclude(self, job: Job | Sound) -> None:
        with self._news:
            if job not in self._jobs:
                return
            self._jobs.remove(job)
            if job.made:
                self.device.mixer.finish(job.say.utterance)
            else:
                self._report("failed", job.say, job.reason)

    def _report(self, kind: str, say: Say, text: str) -> None:
        with self._news:
            self._said.append(SpeechEvent(kind, say.utterance, self.clock.now(), 0.0, text))

    def _pace(self, persona: Persona) -> None:
        if isinstance(self._factory, Voices):
            self._factory.pace = persona.speech_rate

    def _voice(self, name: str | None, language: str | None = None) -> Voice:
        if name not in self._voices:
            self._voices[name] = self._factory(name)
        voice = self._voices[name]
        if name is None and not voice.speaks(language) and isinstance(self._factory, Voices):
            return self._factory(None, language)
        return voice
