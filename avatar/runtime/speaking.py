"""Speech from command to sound: a worker makes sentences while the first of them is already heard."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from ..animate.accents import Beat
from ..animate.persona import Persona
from ..clock import Clock
from ..errors import VoiceError
from ..io.voice.mixer import FADE, SpeechEvent
from ..io.voice.neural import NeuralVoice
from ..io.voice.playback import VirtualDevice
from ..speech.style import articulated
from ..speech.text import Piece, pieces, written
from ..types import FloatArray, Interrupt, Say, Speech
from .accompaniment import Accompaniment, letters


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
"""Makes the voice of a name; None = the default voice."""


_AHEAD: Final = 20.0
"""Seconds of speech made in advance: a book does not have to fit in memory."""


@dataclass(eq=False, slots=True)
class _Job:
    """letters : in the pieces before ``at``."""

    say: Say
    pieces: list[Piece]
    at: int = 0
    made: int = 0
    letters: int = 0
    reason: str = ""


class Speaker:
    """Turns Say commands into speech on a device, in order, and reports what was heard.

    One worker thread makes the sound; ``sync`` makes it in the caller of ``say`` instead, so that nothing depends on
    timing. All other methods belong to the thread that ticks the engine. clock : the engine's; device : where it is
    heard; voice : makes a voice by its name, when first needed; persona : the manner in which the body goes with it;
    seed : of that.
    """

    def __init__(
        self,
        clock: Clock,
        device: VirtualDevice,
        voice: VoiceFactory = NeuralVoice,
        sync: bool = False,
        persona: Persona | None = None,
        seed: int = 0,
    ) -> None:
        self.clock, self.device, self.sync = clock, device, sync
        self._body = Accompaniment(device.mixer, persona or Persona(), seed)
        self._factory = voice
        self._voices: dict[str | None, Voice] = {}
        self._jobs: deque[_Job] = deque()
        self._said: list[SpeechEvent] = []
        self._news = threading.Condition(threading.RLock())
        self._warming = self._closed = False
        self._thread: threading.Thread | None = None

    def warm(self) -> None:
        """Load the default voice: in the background, or at once when ``sync``. A voice that is not there is reported
        when something is said."""
        if self.sync:
            self._voice(None).warm()
            return
        with self._news:
            self._warming = True
            self._wake()

    def say(self, say: Say) -> None:
        """Queue an utterance; ``say.interrupt`` stops all others first.

        Raises VoiceError at once for a text that can never be spoken (empty, too long, nothing to pronounce); what a
        voice finds out later comes back from ``poll`` as a ``failed`` event.
        """
        job = _Job(say, pieces(say.text, say.language))
        with self._news:
            if say.interrupt:
                self.interrupt(Interrupt())
            self.device.mixer.begin(say.utterance)
            self._jobs.append(job)
            if not self.sync:
                self._wake()
        self._make_some()

    def interrupt(self, interrupt: Interrupt, fade: float = FADE) -> bool:
        """Stop one utterance, or all: silence and a shut mouth ``fade`` seconds later. False when there was none."""
        with self._news:
            hit = [j for j in self._jobs if interrupt.utterance in (None, j.say.utterance)]
            self._jobs = deque(j for j in self._jobs if j not in hit)
            stopped = self.device.mixer.interrupt(interrupt.utterance, fade)
            self._body.interrupt(stopped)
            for job in hit:
                if job.say.utterance not in stopped:
                    self._report("interrupted", job.say, job.say.text)
        return bool(hit or stopped)

    def poll(self, now: float) -> list[SpeechEvent]:
        """Move a virtual device on to ``now`` and hand over what has been heard to happen since the last call."""
        self._make_some()
        self.device.pump(now)
        events = self.device.mixer.events(self.device.audible(now), now)
        with self._news:
            events += self._said
            self._said = []
        return sorted(events, key=lambda event: event.at)

    def mouth(self, now: float, out: FloatArray) -> FloatArray:
        """The 15 viseme weights of what is heard at ``now``, which may be up to 50 ms ahead, into ``out`` (15,), as
        distinct as the persona speaks."""
        self.device.mixer.mouth(self._near(now), out)
        return articulated(out, self._body.persona.articulation, out)

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
        """Accompany what is made from now on in another manner."""
        self._body.become(persona)

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
        """Stop the worker and release the device."""
        with self._news:
            self._closed = True
            self._jobs.clear()
            self._news.notify_all()
        if self._thread is not None:
            self._thread.join()
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

    def _work(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._jobs or self._warming or self._closed)
                if self._closed:
                    return
                job = self._jobs[0] if self._jobs else None
                if job is not None and self.device.mixer.waiting > _AHEAD:
                    self._news.wait(0.2)
                    continue
            try:
                if job is None:
                    self._voice(None).warm()
                else:
                    self._step(job)
            except Exception as error:  # the thread outlives a broken voice
                if job is not None:
                    job.reason = f"the voice failed: {error}"
                    self._conclude(job)
            if job is None:
                self._warming = False

    def _make_some(self) -> None:
        while self.sync and self._jobs and self.device.mixer.waiting <= _AHEAD:
            self._step(self._jobs[0])

    def _step(self, job: _Job) -> None:
        """Make the next piece of an utterance and queue it; one that cannot be spoken is left out."""
        say, piece = job.say, job.pieces[job.at]
        last = job.at + 1 == len(job.pieces)
        speech = plan = None
        try:
            voice = self._voice(say.voice)
            if not voice.speaks(say.language):
                raise VoiceError(f"the voice does not speak '{say.language}'")
            speech = voice.speak(piece.spoken, say.utterance, piece.caption)
            speech = replace(speech, track=replace(speech.track, phones=written(speech.track.phones, piece)))
            plan = self._body.plan(speech)
        except VoiceError as error:
            job.reason = str(error)
        with self._news:
            if job not in self._jobs:
                return
            if speech is not None and plan is not None and (serial := self.device.mixer.enqueue(speech, last)):
                self._body.add(serial, say.utterance, plan, job.letters)
                job.made += 1
            job.at += 1
            job.letters += letters(piece.caption)
            if last:
                self._conclude(job)

    def _conclude(self, job: _Job) -> None:
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

    def _voice(self, name: str | None) -> Voice:
        if name not in self._voices:
            self._voices[name] = self._factory(name)
        return self._voices[name]
