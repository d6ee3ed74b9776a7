"""Speech from command to sound: a worker makes sentences while the first of them is already heard."""

from __future__ import annotations

import csv
import threading
import wave
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from ..clock import Clock
from ..errors import OutputError, VoiceError
from ..io.voice.mixer import FADE, SpeechEvent
from ..io.voice.neural import NeuralVoice
from ..io.voice.playback import VirtualDevice
from ..speech.sound import loudness, true_peak
from ..speech.text import Piece, pieces
from ..speech.visemes import sample
from ..types import VISEMES, FloatArray, Interrupt, Say, Speech


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
    say: Say
    pieces: list[Piece]
    at: int = 0
    made: int = 0
    reason: str = ""


class Speaker:
    """Turns Say commands into speech on a device, in order, and reports what was heard.

    One worker thread makes the sound; ``sync`` makes it in the caller of ``say`` instead, so that nothing depends on
    timing. All other methods belong to the thread that ticks the engine. clock : the engine's; device : where it is
    heard; voice : makes a voice by its name, when first needed.
    """

    def __init__(
        self, clock: Clock, device: VirtualDevice, voice: VoiceFactory = NeuralVoice, sync: bool = False
    ) -> None:
        self.clock, self.device, self.sync = clock, device, sync
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
        job = _Job(say, pieces(say.text))
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
        """The 15 viseme weights of what is heard at ``now``, which may be up to 50 ms ahead, into ``out`` (15,)."""
        mixer = self.device.mixer
        return mixer.mouth(min(self.device.due(now), mixer.position + _AHEAD_S * mixer.rate), out)

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
        speech = None
        try:
            voice = self._voice(say.voice)
            if not voice.speaks(say.language):
                raise VoiceError(f"the voice does not speak '{say.language}'")
            speech = voice.speak(piece.spoken, say.utterance, piece.caption)
        except VoiceError as error:
            job.reason = str(error)
        with self._news:
            if job not in self._jobs:
                return
            if speech is not None:
                job.made += self.device.mixer.enqueue(speech, last)
            job.at += 1
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


def speak_to_files(
    text: str, wav: str | Path | None = None, visemes: str | Path | None = None, voice: str | None = None
) -> dict[str, object]:
    """Speak ``text`` into files and say what came of it.

    wav : 16-bit mono WAV at 24 kHz; visemes : CSV at 100 Hz, ``t`` and the 15 Oculus weights. Returns ``seconds``,
    ``sentences``, ``voice``, ``lufs``, ``peak_dbtp``, ``phones`` and the paths written. Raises VoiceError, OutputError.
    """
    speaker = NeuralVoice(voice)
    said = [speaker.speak(piece.spoken, "speak", piece.caption) for piece in pieces(text)]
    rate = speaker.rate
    pause = np.zeros(round(0.16 * rate), np.float32)
    sound = np.concatenate([part for speech in said for part in (speech.sound, pause)][:-1])
    facts: dict[str, object] = {
        "seconds": round(len(sound) / rate, 3),
        "sentences": len(said),
        "voice": speaker.voice,
        "lufs": round(loudness(sound, rate), 2),
        "peak_dbtp": round(true_peak(sound), 2),
        "phones": sum(p.value != "SIL" for speech in said for p in speech.track.phones),
    }
    if wav is not None:
        facts["wav"] = str(wav)
        _write_wav(Path(wav), sound, rate)
    if visemes is not None:
        facts["visemes"] = str(visemes)
        _write_visemes(Path(visemes), said, len(pause) / rate, len(sound) / rate)
    return facts


def _write_wav(path: Path, sound: FloatArray, rate: int) -> None:
    try:
        with path.open("wb") as target, wave.open(target, "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(rate)
            file.writeframes(np.rint(np.clip(sound, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error


def _write_visemes(path: Path, said: list[Speech], pause: float, seconds: float) -> None:
    weights = np.empty(len(VISEMES), np.float32)
    try:
        with path.open("w", newline="", encoding="utf-8") as target:
            rows = csv.writer(target)
            rows.writerow(["t", *VISEMES])
            begin, k = 0.0, 0
            for i in range(int(np.ceil(seconds * 100))):
                while k + 1 < len(said) and i / 100 >= begin + said[k].seconds + pause:
                    begin, k = begin + said[k].seconds + pause, k + 1
                sample(said[k].track, i / 100 - begin, weights)
                rows.writerow([f"{i / 100:.2f}", *(f"{w:.4f}" for w in weights)])
    except OSError as error:
        raise OutputError(f"{path}: cannot be written ({error.strerror})") from error
