"""No voice: the words are captions, the mouth keeps a reader's pace, the sound is silence. For whoever reads aloud."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Final

import numpy as np

from ...errors import VoiceError
from ...speech.kana import moras
from ...speech.manner import PLAIN, Manner
from ...speech.pace import LENGTHS, Spoken, phones_of
from ...speech.visemes import track
from ...types import Speech
from .english import English

NAME: Final = "none"
RATE: Final = 24000
UNHURRIED: Final = 0.8
"""Times the sounds' own lengths, so that ordinary English text, its pauses with it, comes at about 150 words a minute,
as it is read aloud."""
LEAD: Final = 0.06
_PAUSES: Final = {",": 0.2, ";": 0.3, ":": 0.3, "—": 0.3, "–": 0.3, "…": 0.35, ".": 0.4, "!": 0.4, "?": 0.4}
_FULL: Final = {"、": ",", "。": ".", "！": "!", "？": "?", "・": ","}
_SYLLABLE: Final = (("T", "AH"), ("K", "EH"), ("S", "AO"), ("L", "IY"), ("M", "AA"))
"""What a mouth does for a letter of a script it cannot read: syllables in turn, so that it moves at all."""
_TOKEN: Final = re.compile(r"\S+")


class SilentVoice:
    """A mouth without a sound. Every language; what it cannot read it speaks in plain syllables."""

    name: Final = NAME
    phoned: Final = True
    rate: Final = RATE

    def __init__(self) -> None:
        self._english = English()

    def warm(self) -> None:
        """Load the dictionary."""
        self._english("ready")

    def speaks(self, language: str | None) -> bool:
        """Every one."""
        return True

    def speak(
        self,
        text: str,
        utterance: str,
        caption: str | None = None,
        manner: Manner = PLAIN,
        stressed: Collection[int] = (),
    ) -> Speech:
        """One sentence at a reader's pace, about 150 words a minute at rate 1. Raises VoiceError where nothing in it
        can be pronounced."""
        words: list[Spoken] = []
        at = LEAD
        for k, match in enumerate(_TOKEN.finditer(text)):
            token = match[0]
            for part in re.split(r"(?<=[^\W\d_])[-/–—](?=[^\W\d_])", token):
                phones = self._phones(part)
                if phones:
                    own = sum(LENGTHS.get(p, (0.09, 0.05))[0] for p in phones)
                    held = 1.25 if k in stressed else 1.0
                    end = at + own * held * UNHURRIED / manner.rate
                    words.append(Spoken(at, end, phones))
                    at = end
            mark = _FULL.get(token[-1], token.rstrip("\"'”’)]")[-1:])
            at += _PAUSES.get(mark, 0.0) / manner.rate
        if not words:
            raise VoiceError(f"there is nothing to pronounce in '{text[:40]}'")
        # A last mark's pause is the time before the next sentence, part of which the line of speech adds by itself.
        seconds = max(at, words[-1].end + 0.1)
        sound = np.zeros(round(seconds * self.rate), np.float32)
        seconds = len(sound) / self.rate
        phones_in_time = phones_of(words, seconds)
        return Speech(utterance, caption or text, sound, self.rate, track(phones_in_time, seconds, "words"))

    def _phones(self, token: str) -> tuple[str, ...]:
        letters = [c for c in token if c.isalnum()]
        if not letters:
            return ()
        latin = sum(unicodedata.name(c, "").startswith(("LATIN", "DIGIT")) for c in letters)
        if latin * 2 >= len(letters):
            if phones := self._english(token.strip("\"'“”‘’()[]*_")):
                return phones
        elif (spoken := moras(token)) is not None:
            return spoken
        return tuple(p for k in range(len(letters)) for p in _SYLLABLE[(ord(letters[k]) + k) % len(_SYLLABLE)])
