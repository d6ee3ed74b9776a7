"""The offline neural voice: hibari (Kokoro distilled to 8 MB, English), with the times of its sounds.

The model's graph works out how long each symbol lasts and keeps it to itself. Protocol Buffers merge what is appended
to a message, so a few bytes after the model's file name that tensor as one more output; nothing else changes.
"""

from __future__ import annotations

import os
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from ...errors import VoiceError
from ...speech.phones import ARPABET, cut, timed
from ...speech.scripts import mostly_latin, transliterated
from ...speech.sound import level
from ...speech.visemes import track
from ...types import FloatArray, Phone, Speech
from .english import Reading

if TYPE_CHECKING:
    from hibari import Hibari

_DURATIONS: Final = "/Cast_32_output_0"
_FRAME: Final = 0.025
_LEAD: Final = 0.03
_TAIL: Final = 0.12
_FADE: Final = 0.006
_MOST: Final = 510
DEFAULT_VOICE: Final = "heart"


class NeuralVoice:
    """One voice of hibari, loaded on first use (or by ``warm``). Not for several threads at once.

    voice : a name; only voices whose file is on this machine, for nothing is ever downloaded. speed : 0.5–2, 1 = as
    trained. threads : of onnxruntime; one is the quickest way to leave the other cores to the picture.
    Raises VoiceError: unknown or absent voice, or a speed out of range.
    """

    rate: Final = 24000

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
        if not 0.5 <= speed <= 2.0:
            raise VoiceError(f"the speed of the voice is {speed:g}; it must lie between 0.5 and 2")
        try:
            self._path: str = voice_path(self.voice, download_missing=False)
        except FileNotFoundError as error:
            raise VoiceError(f"the voice '{self.voice}' is not on this machine: {error} is missing") from error
        self.language: str = VOICES[self.voice]["language"]
        self._speed, self._threads = np.asarray([speed], np.float32), threads
        self._reading = Reading(VOICES[self.voice]["british"])
        self._model: Hibari | None = None

    def warm(self) -> None:
        """Load the model and the dictionary, and speak once unheard, so that the first sentence is quick."""
        self.speak("Ready.", "")

    def speaks(self, language: str | None) -> bool:
        """Is ``language`` (a BCP 47 tag, None = whatever the voice speaks) one of this voice's?"""
        return language is None or language.replace("_", "-").split("-")[0].lower() == self.language.split("-")[0]

    def speak(self, text: str, utterance: str, caption: str | None = None) -> Speech:
        """One sentence as sound (24 kHz, about -18 LUFS, at most -1 dBTP) and mouth; same text, same sound.

        text : what is pronounced; caption : what was written, where it differs. The sound begins with 30 ms of quiet.
        Raises VoiceError when nothing in ``text`` can be pronounced.
        """
        text = transliterated(text)
        if not mostly_latin(text):
            raise VoiceError(f"the voice '{self.voice}' speaks English; it cannot read '{text[:40]}'")
        model = self._loaded()
        parts = [self._render(model, part, zlib.crc32(text.encode())) for part in _parts(model, text)]
        if not parts:
            raise VoiceError(f"the voice '{self.voice}' can pronounce nothing in '{text[:40]}'")
        phones: list[Phone] = []
        begin, words = 0.0, 0
        for sound, said in parts:
            phones += [
                replace(p, start=begin + p.start, end=begin + p.end, word=p.word + words if p.word >= 0 else -1)
                for p in said
            ]
            begin += len(sound) / self.rate
            words = 1 + max((p.word for p in phones), default=-1)
        sound = level(np.concatenate([sound for sound, _ in parts]), self.rate)
        return Speech(utterance, caption or text, sound, self.rate, track(phones, len(sound) / self.rate))

    def _loaded(self) -> Hibari:
        if self._model is None:
            from hibari import Hibari

            with open(self._path, "rb") as file:
                graph = file.read() + _field(7, _field(12, _field(1, _DURATIONS.encode())))
            try:
                self._model = Hibari(self.voice, model=graph, threads=self._threads, g2p=self._reading)
            except Exception as error:  # onnxruntime raises several kinds that share no base of their own
                raise VoiceError(f"{self._path}: this is not a voice that Presence can use ({error})") from error
        return self._model

    def _render(self, model: Hibari, symbols: str, seed: int) -> tuple[FloatArray, tuple[Phone, ...]]:
        """Sound and phones of one run of symbols, without the model's long silences at the ends."""
        from hibari import dsp

        feed = {"ids": np.asarray([model.ids(symbols)], np.int64), "speed": self._speed}
        *spectrum, frames = model.sess.run(None, feed)
        sound: FloatArray = dsp.synth(*(part[0] for part in spectrum), np.random.default_rng(seed))
        phones = timed(symbols, frames.ravel() * _FRAME, sound, self.rate)
        heard = [p for p in phones if p.value != "SIL"]
        first = max(0, round((heard[0].start - _LEAD) * self.rate))
        last = min(len(sound), round((heard[-1].end + _TAIL) * self.rate))
        sound = sound[first:last]
        ramp = np.linspace(0, 1, round(_FADE * self.rate), dtype=np.float32)
        sound[: len(ramp)] *= ramp
        sound[-len(ramp) :] *= ramp[::-1]
        return sound, cut(phones, first / self.rate, last / self.rate)


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


def _field(number: int, content: bytes) -> bytes:
    """One length-delimited Protocol Buffers field (all of ours are shorter than 128 bytes)."""
    return bytes((number << 3 | 2, len(content))) + content
