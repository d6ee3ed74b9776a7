"""The offline neural voice: hibari (Kokoro distilled to 8 MB, English), with the times of its sounds.

The model's graph works out how long each symbol lasts and keeps it to itself: it is asked for that tensor, too.
"""

from __future__ import annotations

import os
import zlib
from collections.abc import Collection, Sequence
from copy import copy
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from ...errors import VoiceError
from ...speech.manner import PLAIN, RATES, Manner
from ...speech.phones import ARPABET, cut, timed
from ...speech.scripts import mostly_latin, transliterated
from ...speech.sound import level
from ...speech.spectrum import FRAME, Frames, louder, raised, stretched
from ...speech.visemes import track
from ...types import FloatArray, Phone, Speech
from .english import Reading
from .protobuf import with_output

if TYPE_CHECKING:
    from hibari import Hibari

_DURATIONS: Final = "/Cast_32_output_0"
_FRAME: Final = 0.025
_LEAD: Final = 0.03
_TAIL: Final = 0.12
_FADE: Final = 0.006
_MOST: Final = 510
_SLOWER: Final = -0.0315
"""Seconds by which the network lags more where it speaks slower, times 1 / speed - 1: without it its sounds come 14 ms
before their times at speed 0.7 and 8 ms after them at 1.4 (44 sentences against a forced alignment)."""
_HELD: Final = 1.4
_DRAWN: Final = 1.12
_HIGHER: Final = 2.5
_LOUDER: Final = 3.5
"""A stressed word: its vowel times as long, the rest of it, semitones and decibels at its height."""
DEFAULT_VOICE: Final = "heart"
LICENCE: Final = "Apache-2.0"


class NeuralVoice:
    """One voice of hibari, loaded on first use (or by ``warm``). Not for several threads at once.

    voice : a name; only voices whose file is on this machine, for nothing is ever downloaded. speed : 0.5–2, 1 = as
    trained. threads : of onnxruntime; one is the quickest way to leave the other cores to the picture.
    Raises VoiceError: unknown or absent voice, or a speed out of range.
    """

    rate: Final = 24000
    phoned: Final = True

    def __init__(self, voice: str | None = None, speed: float = 1.0, threads: int = 1) -> None:
        # onnxruntime asks this once, when it is loaded; the versions allowed here have no uploader at all.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        try:
            from hibari.voices import VOICES, voice_path
        except ImportError as error:
            raise VoiceError(f"the voice cannot be loaded: {error} (install hibari-tts)") from error
        self.voice = voice or DEFAULT_VOICE
        if self.voice not in VOICES:
            raise VoiceError(f"there is no voice named '{self.voice}' (voices: {', '.join(VOICES)})")
        Manner(rate=speed)
        try:
            self._path: str = voice_path(self.voice, download_missing=False)
        except FileNotFoundError as error:
            raise VoiceError(f"the voice '{self.voice}' is not on this machine: {error} is missing") from error
        self.name = self.voice
        self.language: str = VOICES[self.voice]["language"]
        self._speed, self._threads = speed, threads
        self._reading = Reading(VOICES[self.voice]["british"])
        self._model: Hibari | None = None

    def warm(self) -> None:
        """Load the model and the dictionary, and speak once unheard, so that the first sentence is quick."""
        self.speak("Ready.", "")

    def speaks(self, language: str | None) -> bool:
        """Is ``language`` (a BCP 47 tag, None = whatever the voice speaks) one of this voice's?"""
        return language is None or language.replace("_", "-").split("-")[0].lower() == self.language.split("-")[0]

    def speak(
        self,
        text: str,
        utterance: str,
        caption: str | None = None,
        manner: Manner = PLAIN,
        stressed: Collection[int] = (),
    ) -> Speech:
        """One sentence as sound (24 kHz, about -18 LUFS, at most -1 dBTP) and mouth; same text, same sound.

        text : what is pronounced; caption : what was written, where it differs; manner : its pace and pitch, which
        moves without the formants; stressed : numbers of the words, divided at blanks, that are held longer, higher
        and louder. The sound begins with 30 ms of quiet.
        Raises VoiceError when nothing in ``text`` can be pronounced.
        """
        text = transliterated(text)
        if not mostly_latin(text):
            raise VoiceError(f"the voice '{self.voice}' speaks English; it cannot read '{text[:40]}'")
        model = self._loaded()
        seed = zlib.crc32(text.encode())
        held = _held(model, text, stressed) if stressed else frozenset()
        phones: list[Phone] = []
        sounds: list[FloatArray] = []
        begin, words = 0.0, 0
        for part in _parts(model, text):
            sound, said = self._render(model, part, seed, manner, {w - words for w in held})
            phones += [
                replace(p, start=begin + p.start, end=begin + p.end, word=p.word + words if p.word >= 0 else -1)
                for p in said
            ]
            sounds.append(sound)
            begin += len(sound) / self.rate
            words = 1 + max((p.word for p in phones), default=-1)
        if not sounds:
            raise VoiceError(f"the voice '{self.voice}' can pronounce nothing in '{text[:40]}'")
        sound = level(np.concatenate(sounds), self.rate)
        return Speech(utterance, caption or text, sound, self.rate, track(phones, len(sound) / self.rate))

    def _loaded(self) -> Hibari:
        if self._model is None:
            self._model = copy(_hibari(self.voice, self._path, self._threads))
            self._model._g2p = self._reading
        return self._model

    def _render(
        self, model: Hibari, symbols: str, seed: int, manner: Manner, held: Collection[int]
    ) -> tuple[FloatArray, tuple[Phone, ...]]:
        """Sound and phones of one run of symbols, without the model's long silences at the ends."""
        speed = float(np.clip(self._speed * manner.rate, *RATES))
        feed = {"ids": np.asarray([model.ids(symbols)], np.int64), "speed": np.asarray([speed], np.float32)}
        *spectrum, lengths = model.sess.run(None, feed)
        frames = Frames(*(part[0] for part in spectrum))
        height = np.full(len(frames.f0), manner.pitch, np.float32)
        sound = self._sound(raised(frames, height, self.rate), seed)
        seconds = lengths.ravel() * _FRAME
        seconds[0] += _SLOWER * (1 / speed - 1)
        phones = timed(symbols, seconds, sound, self.rate)
        if any(p.word in held for p in phones):
            times, rise, gain = _stress(phones, held, len(frames.f0))
            bent = stretched(louder(raised(frames, height + rise, self.rate), gain), times)
            sound = self._sound(bent, seed)
            before = np.arange(len(times) + 1) * FRAME
            after = np.concatenate(([0.0], np.cumsum(times))) * FRAME
            after *= len(sound) / self.rate / after[-1]
            phones = tuple(
                replace(p, start=float(np.interp(p.start, before, after)), end=float(np.interp(p.end, before, after)))
                for p in phones
            )
        heard = [p for p in phones if p.value != "SIL"]
        first = max(0, round((heard[0].start - _LEAD) * self.rate))
        last = min(len(sound), round((heard[-1].end + _TAIL) * self.rate))
        sound = sound[first:last]
        ramp = np.linspace(0, 1, round(_FADE * self.rate), dtype=np.float32)
        sound[: len(ramp)] *= ramp
        sound[-len(ramp) :] *= ramp[::-1]
        return sound, cut(phones, first / self.rate, last / self.rate)

    @staticmethod
    def _sound(frames: Frames, seed: int) -> FloatArray:
        from hibari import dsp

        f = frames
        sound: FloatArray = dsp.synth(f.harmonic, f.turn, f.noise, f.free, f.phase, f.f0, np.random.default_rng(seed))
        return sound


@lru_cache(maxsize=4)
def _hibari(voice: str, path: str, threads: int) -> Hibari:
    """A voice's model, loaded once by a process: nothing that is spoken changes it. Raises VoiceError."""
    from hibari import Hibari

    with open(path, "rb") as file:
        graph = with_output(file.read(), _DURATIONS)
    try:
        return Hibari(voice, model=graph, threads=threads)
    except Exception as error:  # onnxruntime raises several kinds that share no base of their own
        raise VoiceError(f"{path}: this is not a voice that Presence can use ({error})") from error


def _held(model: Hibari, text: str, stressed: Collection[int]) -> frozenset[int]:
    """Numbers of the words as the voice counts them, which speaks some that are written as one as several."""
    tokens = text.split()
    found: set[int] = set()
    for k in stressed:
        if k < len(tokens):
            before, after = (_count(model, " ".join(tokens[:n])) for n in (k, k + 1))
            found.update(range(before, after))
    return frozenset(found)


def _count(model: Hibari, text: str) -> int:
    return sum(any(s in ARPABET for s in word) for part in _parts(model, text) for word in part.split(" "))


def _stress(phones: Sequence[Phone], held: Collection[int], count: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """For every frame: times its length, semitones, decibels."""
    middle = (np.arange(count) + 0.5) * FRAME
    times, rise, gain = np.ones(count, np.float32), np.zeros(count, np.float32), np.zeros(count, np.float32)
    for word in held:
        said = [p for p in phones if p.word == word]
        vowels = [p for p in said if p.value[0] in "AEIOU"]
        if not said:
            continue
        height = next((p for p in vowels if p.stress == 1), vowels[0] if vowels else said[0])
        for p in said:
            times[(middle >= p.start) & (middle < p.end)] = _HELD if p is height else _DRAWN
        for p, out, most, ease in (
            (height, rise, _HIGHER, 0.08),
            (Phone("", said[0].start, said[-1].end), gain, _LOUDER, 0.04),
        ):
            away = np.maximum(np.maximum(p.start - middle, middle - p.end), 0.0) / ease
            np.maximum(out, most * (0.5 + 0.5 * np.cos(np.pi * np.minimum(away, 1.0))), out=out)
    return times, rise, gain


def _parts(model: Hibari, text: str) -> list[str]:
    """The model's symbols for ``text``, in runs it can take at once, each with something to pronounce."""
    runs = []
    try:
        said = model.phonemize(text)
    except Exception as error:  # its dictionary rules meet any text a person may send; one bad sentence is one error
        raise VoiceError(f"the voice cannot read '{text[:40]}' ({error})") from error
    for symbols in said:
        symbols = "".join(s for s in symbols if s in model.vocab)
        while len(symbols) > _MOST:
            cut_at = symbols.rfind(" ", 1, _MOST) + 1 or _MOST
            runs.append(symbols[:cut_at])
            symbols = symbols[cut_at:]
        runs.append(symbols)
    return [run for run in runs if any(s in ARPABET for s in run)]
