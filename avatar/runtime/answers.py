"""Spoken answers: a few phrases that are listened for while a question is open, and at no other time.

English by pocketsphinx with its own model and dictionary; Japanese by our own ear, which tells a few phrases apart and
knows no more of the language. Both on this machine. Nothing that is heard is kept.
"""

from __future__ import annotations

import math
import os
import tempfile
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import numpy as np

from ..clock import Clock
from ..io.capture.microphone import Microphone
from ..speech.keyphrases import japanese, refusal
from ..speech.spotting import SHORT, Spotter
from ..speech.streaming import Resampler
from ..types import FloatArray

RATE: Final = 16000
LANGUAGES: Final = frozenset(("en", "ja"))
STOP: Final = "stop"
_EVERY_S: Final = 0.03
_CONTINUES_S: Final = 0.9
"""What is said after a phrase may turn it round ("I do", "I do not"): it is taken only after so long without that."""
_THRESHOLDS: Final = {2: 1e-6, 3: 1e-16}
"""How sure the ear must be, by the number of words; benchmarks/answers.py measures them."""
_LONG: Final = 1e-24
_LONGER: Final = 10.0
"""Of a phrase that goes on from another answer's ("I do not" from "I do"): else each "I do" would be heard as one."""
_TURNS: Final = ("not", "don't", "do not", "never", "i don't")
"""Heard near a yes, nothing is taken for an answer: no ear may make a yes of a no."""
_TURN: Final = 1e-3
_FITS: Final = {"yes": -0.35, "no": -0.65, STOP: -0.65}
_SHORT_YES: Final = -0.6
"""How well a Japanese phrase must fit: a yes better than a no."""
_CLEARLY: Final = 0.08
"""By how much it must fit better than anything that means something else."""
_REFUSALS: Final = ("いいえ", "いや", "だめ", "やめます")
_OTHERS: Final = (
    *("まだ", "まって", "まってください", "わかりません", "あの", "ちょっと", "すみません", "ありがとう", "おめでとう"),
    "かんぱい",
)
"""What somebody may say as well: the first are a no, wherever there is one, the others an answer only where the script
has it."""


def threshold(phrase: str, others: Collection[str] = ()) -> float:
    """pocketsphinx's keyphrase threshold for a phrase: the longer it is, the less of it need be sure. others : phrases
    of other answers."""
    if any(phrase.startswith(f"{other} ") for other in others):
        return _LONGER
    return _THRESHOLDS.get(len(phrase.split()), _LONG)


class Phrases:
    """Hears phrases in 16 kHz sound. wanted : answer -> its phrases, in English, of two words or more: single ones are
    heard in everything. ``left_out`` : phrases that are too short, or have words that the dictionary does not have."""

    def __init__(self, wanted: Mapping[str, tuple[str, ...]], scale: float = 1.0) -> None:
        import pocketsphinx

        home = os.path.join(os.path.dirname(pocketsphinx.__file__), "model", "en-us")
        self._decoder: Any = pocketsphinx.Decoder(
            hmm=os.path.join(home, "en-us"),
            dict=os.path.join(home, "cmudict-en-us.dict"),
            lm=None,
            loglevel="FATAL",
        )
        self._answers: dict[str, str] = {}
        self.left_out: list[str] = []
        for answer, phrases in wanted.items():
            for phrase in phrases:
                plain = " ".join("".join(c if c.isalnum() or c == "'" else " " for c in phrase.lower()).split())
                words = plain.split()
                if len(words) > 1 and all(self._decoder.lookup_word(word) is not None for word in words):
                    self._answers[plain] = answer
                else:
                    self.left_out.append(phrase)
        self._began: float | None = None
        self._t = 0.0
        if self._answers:
            known = self._answers
            others = {p: [q for q in known if known[q] != known[p]] for p in known}
            lines = [f"{p} /{threshold(p, others[p]) * scale:g}/\n" for p in known]
            lines += [f"{p} /{_TURN:g}/\n" for p in _TURNS if p not in self._answers]
            with tempfile.NamedTemporaryFile("w", suffix=".kws", delete=False) as file:
                file.writelines(lines)
            try:
                self._decoder.add_kws("answers", file.name)
            finally:
                os.unlink(file.name)
            self._decoder.activate_search("answers")
            self._decoder.start_utt()

    def feed(self, sound: FloatArray) -> str | None:
        """More sound, (n,) float32 at 16 kHz; the answer that was heard, once what follows cannot turn it round."""
        if not self._answers:
            return None
        self._t += len(sound) / RATE
        pcm = (np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes()
        if pcm:
            self._decoder.process_raw(pcm, False, False)
        if self._began is None:
            if self._decoder.hyp() is None:
                return None
            self._began = self._t
        if self._t - self._began < _CONTINUES_S:
            return None
        heard = {segment.word.strip() for segment in self._decoder.seg() or ()}
        self._decoder.end_utt()
        self._decoder.start_utt()
        self._began = None
        return self._judged(heard)

    def _judged(self, heard: set[str]) -> str | None:
        """Stopping comes before a no, a no before a yes; a yes with a turn near it is no answer."""
        found = {self._answers[phrase] for phrase in heard if phrase in self._answers}
        for answer in (STOP, "no"):
            if answer in found:
                return answer
        if heard & set(_TURNS):
            return None
        return "yes" if "yes" in found else None


class JapanesePhrases:
    """Hears phrases in 16 kHz sound, each said alone, as ``Phrases`` does. wanted : answer -> its phrases, in kana or
    with a reading in kana behind them. ``left_out`` : those without one."""

    def __init__(self, wanted: Mapping[str, tuple[str, ...]]) -> None:
        ways: dict[str, tuple[tuple[str, ...], ...]] = {p: japanese(p) for p in (*_REFUSALS, *_OTHERS)}
        self._answers = dict.fromkeys(_REFUSALS, "no") if "no" in wanted else {}
        self.left_out: list[str] = []
        for answer, phrases in wanted.items():
            for phrase in phrases:
                if found := japanese(phrase):
                    agreed = tuple(("HH", "AY", *way) for way in found) if answer == "yes" else ()
                    ways[phrase], self._answers[phrase] = (*found, *agreed), answer
                    if answer == "yes" and (refused := refusal(phrase)):
                        ways.setdefault(refused, japanese(refused))
                        self._answers |= {refused: "no"} if "no" in wanted else {}
                else:
                    self.left_out.append(phrase)
        self._spotter = Spotter(ways)

    def feed(self, sound: FloatArray) -> str | None:
        """More sound, (n,) float32 at 16 kHz; the answer that was heard, once quiet follows it."""
        fits = self._spotter.feed(sound) if self._answers else {}
        if not fits:
            return None
        best = max(fits, key=lambda phrase: fits[phrase])
        answer = self._answers.get(best)
        other = max((fit for phrase, fit in fits.items() if self._answers.get(phrase) != answer), default=-math.inf)
        if answer is None or fits[best] < other + _CLEARLY:
            return None
        short = answer == "yes" and len(japanese(best)[0]) <= SHORT
        return answer if fits[best] >= (_SHORT_YES if short else _FITS[answer]) else None


def hearing(wanted: Mapping[str, tuple[str, ...]], language: str) -> Phrases | JapanesePhrases:
    """What hears ``wanted`` in ``language``, one of LANGUAGES."""
    return JapanesePhrases(wanted) if language == "ja" else Phrases(wanted)


class Listening:
    """Listens with a microphone that it opens, and closes again, on a thread of its own.

    told : takes each answer, loud : all sound and its rate, for a meter; both in that thread."""

    def __init__(
        self,
        open_microphone: Callable[[], Microphone],
        wanted: Mapping[str, tuple[str, ...]],
        clock: Clock,
        told: Callable[[str], None],
        language: str = "en",
        loud: Callable[[FloatArray, float], None] = lambda sound, rate: None,
    ) -> None:
        self._microphone = open_microphone()
        self._clock, self._told, self._loud = clock, told, loud
        self._wanted, self._language = wanted, language
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="answers", daemon=True)
        self._thread.start()

    @property
    def open(self) -> bool:
        """Is a device of this machine open?"""
        return self._microphone.open

    def close(self) -> None:
        """Stop, and release the microphone."""
        self._stop.set()
        self._thread.join(1.0)
        self._microphone.close()

    def _run(self) -> None:
        phrases = hearing(self._wanted, self._language)
        resampler = Resampler(self._microphone.rate, RATE)
        while not self._stop.wait(_EVERY_S):
            _, sound = self._microphone.read(self._clock.now())
            self._loud(sound, self._microphone.rate)
            if len(sound) and (answer := phrases.feed(resampler.feed(sound))) is not None:
                self._told(answer)
