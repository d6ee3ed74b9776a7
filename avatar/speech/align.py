"""Sound and its text into phones with times: forced alignment (pocketsphinx, its English model and dictionary).

The aligner counts in hundredths of a second, so it is asked four times, each time a quarter of one later, and the
answers are averaged; and it hears sounds begin early: one number, found on one reader, sets that right.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import VoiceError
from ..types import FloatArray, Phone
from .quiet import sounding, with_pauses
from .sound import resample
from .text import spoken

if TYPE_CHECKING:
    from pocketsphinx import Decoder

Pronounce = Callable[[str], Sequence[str]]
"""A written word -> its phones, ARPABET without stress; empty where it has none."""

RATE: Final = 16000
EARLY: Final = 0.016
"""Seconds by which it hears a sound too early; against Montreal-aligned speech of one reader."""
LONGEST: Final = 600.0
_LATER: Final = (0, 40, 80, 120)
"""Samples of quiet put before the sound, a quarter of the aligner's frame apart."""
_SILENCE: Final = frozenset(("SIL", "+NSN+", "+SPN+", "<s>", "</s>", "<sil>"))
_QUIET_DB: Final = 45.0
"""How far under the loudest a pause lies, in speech that was recorded in a room."""
_REDUCED: Final = frozenset(("AH", "ER", "IH"))
_PLAIN: Final = re.compile(r"[a-z']*[a-z][a-z']*")


@dataclass(frozen=True, slots=True)
class Word:
    """name : in the aligner's dictionary; phones : of its first pronunciation, ARPABET without stress."""

    name: str
    phones: tuple[str, ...]


class Aligner:
    """Loaded on first use, 0.3 s. Not for several threads at once. Raises VoiceError where it cannot be loaded."""

    def __init__(self, pronounce: Pronounce) -> None:
        """pronounce : for words that its dictionary has not."""
        self._pronounce = pronounce
        self._decoder: Decoder | None = None

    def words(self, text: str) -> list[Word]:
        """The words of a text. Raises VoiceError where nothing in it can be pronounced."""
        decoder = self._loaded()
        found = []
        for written in spoken(text).replace("’", "'").split():
            bare = written.strip(".,;:!?…\"'“”()[]—–-").lower()
            for part in re.split(r"[—–…/-]+|(?<=[a-z]),(?=[a-z])", bare):
                word = self._word(decoder, part)
                if word is not None:
                    found.append(word)
        if not found:
            raise VoiceError("there is nothing in the text that can be pronounced")
        return found

    def align(self, sound: FloatArray, rate: int, text: str) -> tuple[Phone, ...]:
        """Phones that tile the sound from 0 to its end, ``SIL`` between.

        sound : (N,) float32, mono; rate : samples a second; text : what is said in it. Raises VoiceError: no words,
        longer than ``LONGEST`` seconds, or the text does not go with the sound.
        """
        seconds = len(sound) / rate
        if seconds > LONGEST:
            raise VoiceError(f"the sound is {seconds:.0f} s long; at most {LONGEST:.0f} s are aligned at once")
        words = self.words(text)
        heard = resample(sound, rate, RATE)
        top = float(np.abs(heard).max(initial=0.0))
        if top <= 0:
            raise VoiceError("there is only silence in the sound")
        heard = heard * np.float32(0.7 / top)
        passes = [self._once(heard, later, words) for later in _LATER]
        first = passes[0]
        same = [p for p in passes if [q[0] for q in p] == [q[0] for q in first]]
        starts = np.mean([[q[1] for q in p] for p in same], axis=0) + EARLY
        tiled = _tiled([q[0] for q in first], [q[2] for q in first], starts, seconds)
        return with_pauses(tiled, sounding(sound, rate, _QUIET_DB))

    def _word(self, decoder: Decoder, written: str) -> Word | None:
        if not any(c.isalnum() for c in written):
            return None
        known = decoder.lookup_word(written) if _PLAIN.fullmatch(written) else None
        if known is not None:
            return Word(written, tuple(known.split()))
        phones = tuple(self._pronounce(written))
        if not phones:
            return None
        name = f"w-{'-'.join(phones)}".lower()
        if decoder.lookup_word(name) is None:
            decoder.add_word(name, " ".join(phones), True)
        return Word(name, phones)

    def _loaded(self) -> Decoder:
        if self._decoder is None:
            try:
                import pocketsphinx
            except ImportError as error:
                raise VoiceError(f"speech cannot be aligned: {error} (install pocketsphinx)") from error
            home = os.path.join(os.path.dirname(pocketsphinx.__file__), "model", "en-us")
            self._decoder = pocketsphinx.Decoder(
                hmm=os.path.join(home, "en-us"),
                dict=os.path.join(home, "cmudict-en-us.dict"),
                lm=None,
                bestpath=False,
                loglevel="FATAL",
            )
        return self._decoder

    def _once(self, sound: FloatArray, later: int, words: list[Word]) -> list[tuple[str, float, int]]:
        """(phone, start in seconds, word or -1) in order."""
        decoder = self._loaded()
        quiet = np.random.default_rng(0).standard_normal(later).astype(np.float32) * np.float32(1e-4)
        pcm = (np.concatenate([quiet, sound]) * 32767).astype("<i2").tobytes()
        try:
            decoder.set_align_text(" ".join(word.name for word in words))
            _decode(decoder, pcm)
            decoder.set_alignment()
            _decode(decoder, pcm)
            entries = [(entry.name, list(entry)) for entry in decoder.get_alignment()]
        except (RuntimeError, TypeError):
            raise VoiceError("the text does not go with the sound") from None
        found, number = [], -1
        for name, phones in entries:
            speech = name not in _SILENCE
            number += speech
            found += [
                ("SIL" if p.name in _SILENCE else p.name, p.start / 100 - later / RATE, number if speech else -1)
                for p in phones
            ]
        if number + 1 != len(words):
            raise VoiceError("the text does not go with the sound")
        return found


def _decode(decoder: Decoder, pcm: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()


def _tiled(names: list[str], words: list[int], starts: FloatArray, seconds: float) -> tuple[Phone, ...]:
    """Each phone until the next; neighbouring silences are one."""
    begin = np.clip(np.maximum.accumulate(starts), 0.0, seconds)
    begin[0] = 0.0
    ends = np.append(begin[1:], seconds)
    found: list[Phone] = []
    for name, word, start, end in zip(names, words, begin.tolist(), ends.tolist(), strict=True):
        if name == "SIL" and found and found[-1].value == "SIL":
            found[-1] = Phone("SIL", found[-1].start, end)
        elif end > start:
            vowel = name[0] in "AEIOU" and name not in _REDUCED
            found.append(Phone(name, start, end, int(vowel), word))
    return tuple(found)
