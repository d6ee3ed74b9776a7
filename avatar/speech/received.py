"""An utterance whose sound, and perhaps its timing, comes from elsewhere, bit by bit and in any order: what is known of
its mouth, from the best there is at each instant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..errors import VoiceError
from ..types import FloatArray, Phone, VisemeTrack
from .loudness import Listener, Loudness
from .marks import Word
from .pace import Spoken, phones_of
from .streaming import Leveller, Resampler
from .visemes import MOUTH, of_rows, track
from .visemes import rows as mouth_rows

LONGEST: Final = 600.0
"""Seconds of sound in one utterance, at most."""
_RATE: Final = 100
_WINDOW: Final = 48
"""Phones whose shapes are worked out together."""
_BESIDE: Final = 6
"""Phones before and after them that colour theirs."""
_SEAM_S: Final = 0.06
_CAPTION: Final = 84
"""Characters of words without sentences in them that are shown at once."""
_RANK: Final = {"marks": 2, "words": 1}


class _Rows:
    """Rows of a mouth that grow, (n, 18) float32 as ``visemes.rows`` has them."""

    def __init__(self) -> None:
        self.size = 0
        self._all = np.zeros((256, MOUTH), np.float32)

    @property
    def rows(self) -> FloatArray:
        return self._all[: self.size]

    def put(self, at: int, rows: FloatArray) -> None:
        """``rows`` from row ``at`` on, which is at most ``size``."""
        end = at + len(rows)
        if end > len(self._all):
            grown = np.zeros((max(end, 2 * len(self._all)), MOUTH), np.float32)
            grown[: self.size] = self.rows
            self._all = grown
        self._all[at:end] = rows
        self.size = max(self.size, end)


@dataclass(slots=True)
class Received:
    """rate : of the line that it is heard on; gain : decibels its levelling begins with; listener : makes one for a
    rate, for what no marks say.

    The sound is handed over by ``take``; ``mouth`` is what is known now, ``changed`` : it is other than it was; words :
    of the utterance, for captions; in_rate : samples a second of what comes, 0 before any came.
    """

    rate: int
    gain: float = 0.0
    listener: Callable[[int], Listener] = Loudness
    changed: bool = False
    final: bool = False
    words: list[Word] = field(default_factory=list)
    _resampler: Resampler | None = None
    _leveller: Leveller = field(init=False)
    _ear: Listener = field(init=False)
    _ready: list[FloatArray] = field(default_factory=list)
    _in: int = 0
    in_rate: int = 0
    _heard: _Rows = field(default_factory=_Rows)
    _shapes: _Rows = field(default_factory=_Rows)
    _mixed: _Rows = field(default_factory=_Rows)
    _phones: list[Phone] = field(default_factory=list)
    _source: str = ""

    def __post_init__(self) -> None:
        self._leveller = Leveller(self.rate, self.gain)
        self._ear = self.listener(self.rate)

    @property
    def seconds(self) -> float:
        """Of the sound that came so far."""
        return self._in / self.in_rate if self.in_rate else 0.0

    @property
    def covered(self) -> float:
        """Seconds up to which there are marks."""
        return self._phones[-1].end if self._phones else 0.0

    @property
    def source(self) -> str:
        """Of the mouth, as ``VisemeTrack.source``: the best there is for any part of it."""
        return self._source or self._ear.source

    @property
    def level(self) -> float:
        """Decibels by which it is made louder now."""
        return self._leveller.gain

    def hear(self, samples: FloatArray, rate: int, final: bool = False) -> None:
        """The next sound, (n,) float32 mono. Raises VoiceError: another rate than before, sound after the last, or more
        than ``LONGEST`` seconds of it."""
        if self.final:
            raise VoiceError("the sound of this utterance is complete already")
        if self.in_rate and rate != self.in_rate and len(samples):
            raise VoiceError(f"the sound has {rate} samples a second now, and {self.in_rate} before")
        if len(samples) and (self._in + len(samples)) / rate > LONGEST:
            raise VoiceError(f"an utterance has at most {LONGEST:.0f} s of sound")
        if self._resampler is None and (len(samples) or final):
            self.in_rate = rate
            self._resampler = Resampler(rate, self.rate)
        self._in += len(samples)
        self.final = final
        if self._resampler is None:
            return
        even = self._leveller.feed(self._resampler.feed(samples, final), final)
        if len(even):
            self._ready.append(even)
            self._heard.put(self._heard.size, self._ear.feed(even))
        if final:
            self._heard.put(self._heard.size, self._ear.finish())
        self._mix(self._mixed.size)

    def take(self) -> FloatArray:
        """What is ready to be heard since the last call, (n,) float32 at ``rate``."""
        ready = np.concatenate([np.zeros(0, np.float32), *self._ready])
        self._ready.clear()
        return ready

    def time(self, phones: Sequence[Phone], source: str) -> None:
        """More marks, after those that came before: source ``marks`` for phones and visemes, ``words`` for those worked
        out of words. What is better replaces all of what is worse, what is worse is left out."""
        if _RANK[source] < _RANK.get(self._source, 0) or not phones:
            return
        if source != self._source:
            self._source, self._phones, self._shapes = source, [], _Rows()
        first = len(self._phones)
        self._phones += phones
        begin = max(0, first - _BESIDE)
        for k in range(begin, len(self._phones), _WINDOW):
            self._shape(k, min(k + _WINDOW, len(self._phones)))
        # With new neighbours the last shapes of before are other ones.
        self._mix(int((self._phones[begin].start if first else 0.0) * _RATE))

    def tell(self, spoken: Sequence[Spoken]) -> None:
        """More words, as they are pronounced. Raises VoiceError as ``pace.phones_of``."""
        if spoken and _RANK["words"] >= _RANK.get(self._source, 0):
            at = self.covered if self._source == "words" else 0.0
            said = phones_of(spoken)
            self.time([replace(p, start=max(p.start, at)) for p in said if p.end > at + 1e-6], "words")

    def mouth(self) -> VisemeTrack:
        """All that is known of it now; not to be kept when more comes."""
        self.changed = False
        return of_rows(self._mixed.rows, self._phones, self.source)

    def caption(self, t: float) -> str:
        """The words about ``t`` seconds: the sentence, or a line of a long one; empty where no words are known."""
        line: list[str] = []
        end = -1.0
        for start, stop, word in self.words:
            if line and (line[-1][-1:] in ".!?…。！？" or sum(map(len, line)) + len(line) > _CAPTION):
                if t < start:
                    break
                line = []
            line.append(word)
            end = stop
        return " ".join(line) if line and t < end + 1.0 else ""

    def _shape(self, first: int, last: int) -> None:
        """Rows of some phones, with the colour of those beside them."""
        near = self._phones[max(0, first - _BESIDE) : last + _BESIDE]
        origin = int(near[0].start * _RATE) / _RATE
        moved = [Phone(p.value, p.start - origin, p.end - origin, p.stress, p.word) for p in near]
        rows = mouth_rows(track(moved, source=self._source))
        begin = 0 if first == 0 else int(self._phones[first].start * _RATE)
        end = int(np.ceil(self._phones[last - 1].end * _RATE)) + 1
        skip = begin - round(origin * _RATE)
        if skip < 0:  # before the first phone there is silence
            quiet = np.zeros((-skip, MOUTH), np.float32)
            quiet[:, 0] = 1.0
            self._shapes.put(begin, quiet)
            begin, skip = begin - skip, 0
        if begin > self._shapes.size:
            quiet = np.zeros((begin - self._shapes.size, MOUTH), np.float32)
            quiet[:, 0] = 1.0
            self._shapes.put(self._shapes.size, quiet)
        self._shapes.put(begin, rows[skip : skip + end - begin])

    def _mix(self, begin: int) -> None:
        """Marks as far as they go, then what was heard."""
        seam = max(1, round(_SEAM_S * _RATE))
        marked = min(self._shapes.size, int(np.ceil(self.covered * _RATE)) + 1) if self._phones else 0
        size = max(self._heard.size, min(marked, self._heard.size + _RATE) if self.final else marked)
        begin = max(0, min(begin, self._mixed.size, marked) - seam)
        if size <= begin:
            return
        rows = np.zeros((size - begin, MOUTH), np.float32)
        rows[:, 0] = 1.0
        if self._heard.size > begin:
            rows[: self._heard.size - begin] = self._heard.rows[begin:]
        if marked > begin:
            rows[: marked - begin] = self._shapes.rows[begin:marked]
            if marked > seam and self._heard.size > marked:
                tail = slice(max(0, marked - seam - begin), marked - begin)
                ramp = np.linspace(0, 1, seam + 2, dtype=np.float32)[1:-1][-(tail.stop - tail.start) :, None]
                heard = self._heard.rows[begin + tail.start : begin + tail.stop]
                # Lips that are shut by a mark stay shut: only open shapes give way to what is heard.
                give = ramp * (1 - rows[tail, 1:3].sum(1, keepdims=True))
                rows[tail] += give * (heard - rows[tail])
        self._mixed.put(begin, rows)
        self.changed = True
