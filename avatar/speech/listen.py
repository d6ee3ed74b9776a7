"""Speech that nobody has the text of into phones: of a whole sound, or as it comes, a tenth of a second behind it.

Both find the likeliest path through the phones (Viterbi 1967), where each lasts 30 ms or more and goes over into the
next as often as in English. The likelihoods are the ear's, divided by a power of how frequent each phone is: a mouth
that only ever does what is most frequent misses what is best seen.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import VoiceError
from ..types import VISEMES, FloatArray, Phone
from .ear import NEAR_AHEAD, PHONES, Judge, Weights, alike, judge, learnt
from .features import BEFORE, HOP, RATE, Stream, loudness_bands, mel
from .sound import resample
from .visemes import MOUTH, track
from .visemes import rows as mouth_rows

LOOK_AHEAD: Final = 0.1
"""Seconds of sound after an instant that may be heard before the mouth of that instant is settled."""
LONGEST: Final = 3600.0
_REDUCED: Final = frozenset(("AH", "ER", "IH"))
_FRAME: Final = HOP / RATE
_COUNT: Final = len(PHONES)
_LEAST: Final = 3
"""Frames that a phone lasts at least."""
_WINDOW: Final = 15
"""Frames before now whose phones shape the streaming mouth."""
_GOES_ON: Final = 0.1
_SHUTS: Final = 0.02
"""Seconds for which the newest phone is taken to go on: a silence after it would shut the mouth already, and lips shut
later in a long phone than in a short one."""
_LIPS: Final = frozenset(("P", "B", "M", "F", "V"))
_SURE: Final = 0.5
_SURE_AHEAD: Final = 0.9
"""How likely p, b and m together must be, in the frame at which lips shut, for them to shut: within what is settled,
and in what only seems to follow. Chosen on synthetic voices: a third of the false presses go, no closure does."""
_EARLY: Final = 0.004
"""Seconds by which the streaming mouth has a phone begin early, so that the sample of its first frame is its own."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a path is found. frequent : the power of a phone's frequency that is divided out; habit : weight of what
    follows what; change : cost of going over into another phone; lips : cost of a frame of p, b, m; mouth : weight of
    how likely any phone with the same mouth is; even : the power of that mouth's frequency that is divided out."""

    frequent: float
    habit: float
    change: float
    lips: float
    mouth: float
    even: float


WHOLE: Final = Manner(0.5, 1.0, 3.0, 1.0, 1.0, 0.1)
STREAM: Final = Manner(0.5, 0.7, 2.0, 1.0, 1.0, 0.15)
"""Chosen on mixtures of voices, see assets/atelier/ear."""


class Recogniser:
    """Hears whole sounds. Raises VoiceError where what the ear has learnt is missing."""

    def __init__(self, weights: Weights | None = None, manner: Manner = WHOLE) -> None:
        self._weights = weights or learnt()
        self._search = Search(self._weights, manner)

    def phones(self, sound: FloatArray, rate: int) -> tuple[Phone, ...]:
        """Phones that tile the sound from 0 to its end, ``SIL`` between.

        sound : (N,) float32, mono; rate : samples a second. Raises VoiceError: not finite, a rate that is none, or
        longer than ``LONGEST`` seconds.
        """
        _usable(rate)
        seconds = len(sound) / rate
        if seconds > LONGEST:
            raise VoiceError(f"the sound is {seconds:.0f} s long; at most {LONGEST:.0f} s are listened to at once")
        if not np.isfinite(sound).all():
            raise VoiceError("there are samples in the sound that are not numbers")
        bands = mel(resample(np.asarray(sound, np.float32), rate, RATE))
        return _phones(self._search.path(judge(bands, self._weights)), seconds)


@dataclass(frozen=True, slots=True)
class Heard:
    """What a piece of sound has settled. start : of the first row, seconds since listening began; rows : (N, 18), one
    every 10 ms, as ``visemes.rows`` has them; phones : those that are over now, in order, ``SIL`` too."""

    start: float
    rows: FloatArray
    phones: tuple[Phone, ...]

    @property
    def weights(self) -> FloatArray:
        """(N, 15): the visemes of the rows."""
        return self.rows[:, : len(VISEMES)]


class Listener:
    """Hears speech as it comes, in pieces of any size, in constant memory: the same pieces or others, the same mouth.

    The mouth at an instant rests on sound until ``look_ahead`` seconds after it and no later.
    """

    def __init__(
        self, rate: int, look_ahead: float = LOOK_AHEAD, weights: Weights | None = None, manner: Manner = STREAM
    ) -> None:
        """rate : samples a second, 4000 or more; look_ahead : seconds, between about 0.09 and 0.1. Raises VoiceError:
        either out of its range, or what the ear has learnt is missing."""
        _usable(rate)
        self._stream = Stream(rate)
        least = (HOP * (NEAR_AHEAD + 2) + BEFORE) / RATE + self._stream.ahead
        if not least <= look_ahead <= LOOK_AHEAD:
            raise VoiceError(
                f"the look-ahead is {1000 * look_ahead:g} ms; it must lie between {1000 * least:.1f} and "
                f"{1000 * LOOK_AHEAD:g} ms at {rate} samples a second"
            )
        chosen = weights or learnt()
        self._judge = Judge(chosen)
        self._lag = int((look_ahead - least) / _FRAME + 1e-6)
        self._running = Running(Search(chosen, manner), self._lag + 2)
        self._windows: list[FloatArray] = []
        self._units = 0
        self._rate = rate
        self._samples = 0
        self._rows = 0
        self._pressed = deque([0.0] * (self._lag + 2), self._lag + 2)
        """How likely p, b or m is in each of the frames whose phones are not settled yet."""
        self._said: list[list[int]] = []
        """What was said of late: label, first frame, frame after the last."""

    def feed(self, samples: FloatArray) -> Heard:
        """The next samples (N,) float32, mono; what is not a number is silence. Returns what they have settled."""
        usable = np.asarray(samples, np.float32)
        if not np.isfinite(usable).all():
            usable = np.nan_to_num(usable, nan=0.0, posinf=0.0, neginf=0.0)
        self._samples += len(usable)
        return self._feed(usable)

    def finish(self) -> Heard:
        """The rows that are still due, up to the end of what was fed; the listener is of no use afterwards."""
        due = -(-self._samples * 100 // self._rate) - self._rows
        heard = self._feed(np.zeros(self._rate // 4, np.float32))
        seconds = self._samples / self._rate
        phones = [*heard.phones, *(_phone(*said) for said in self._said[-1:])]
        kept = [replace(p, end=min(p.end, seconds)) for p in phones if p.start < seconds]
        return Heard(heard.start, heard.rows[:due], tuple(kept))

    def _feed(self, samples: FloatArray) -> Heard:
        start, rows, over = self._rows, list[FloatArray](), list[Phone]()
        self._windows += self._stream.push(samples)
        while len(self._windows) >= 2:
            scores = self._judge.hear(loudness_bands(np.stack(self._windows[:2])))
            del self._windows[:2]
            self._units += 1
            if self._units * 2 > NEAR_AHEAD:
                over += self._settle(scores, rows)
        return Heard(start * _FRAME, np.array(rows, np.float32).reshape(-1, MOUTH), tuple(over))

    def _settle(self, scores: FloatArray, rows: list[FloatArray]) -> list[Phone]:
        """Two frames further: settle the mouth of two, append their rows, and return the phones that are over."""
        labels = [self._running.step(score) for score in scores][1]
        self._pressed.extend(np.exp(scores[:, _PRESSED]).sum(1).tolist())
        first = self._units * 2 - NEAR_AHEAD - len(labels)
        self._doubt(labels)
        over = [p for k in (0, 1) if first + k >= 0 and (p := self._say(labels[k], first + k)) is not None]
        shape = self._mouth(labels, first + 1)
        for k in (0, 1):
            if first + k >= 0:
                rows.append(shape[k])
                self._rows += 1
        return over

    def _doubt(self, labels: list[int]) -> None:
        """Lips that would open again within what is known, or that may well not shut, do not shut, in place: what was
        before goes on."""
        for k, likely in enumerate(self._pressed):
            before = labels[k - 1] if k else self._said[-1][0] if self._said else 0
            if labels[k] in _PRESSED and before not in _PRESSED:
                unsure = likely < (_SURE if k < 2 else _SURE_AHEAD)
                if unsure or not all(x in _PRESSED for x in labels[k:]):
                    labels[k] = before

    def _say(self, label: int, frame: int) -> Phone | None:
        """Take the label as said in the frame; return the phone that this ended, if any."""
        if self._said and self._said[-1][0] == label:
            self._said[-1][2] += 1
            return None
        over = _phone(*self._said[-1]) if self._said else None
        self._said = [said for said in self._said if said[2] > frame - _WINDOW]
        self._said.append([label, frame, frame + 1])
        return over

    def _mouth(self, labels: list[int], last: int) -> FloatArray:
        """The rows (2, 18) of the frame before ``last`` and of itself, which are settled: by what was said, and by what
        seems to follow within the look-ahead."""
        said = [*self._said[:-1], list(self._said[-1])]
        for k, label in enumerate(labels[2:], start=last + 1):
            if said[-1][0] == label:
                said[-1][2] = k + 1
            else:
                said.append([label, k, k + 1])
        begin = last - _WINDOW
        phones = []
        for label, start, end in said:
            if end > begin:
                at = max(0.0, (start - begin) * _FRAME - _EARLY)
                phones.append(_phone(label, 0, 0, at, (end - begin) * _FRAME - _EARLY))
        newest = phones[-1]
        phones[-1] = replace(newest, end=newest.end + (_SHUTS if newest.value in _LIPS else _GOES_ON))
        return mouth_rows(track(phones, (_WINDOW + 1) * _FRAME))[_WINDOW - 1 : _WINDOW + 1]


class Search:
    """The steps of the search for the likeliest path; it keeps nothing between two sounds."""

    def __init__(self, weights: Weights, manner: Manner) -> None:
        known = np.log(np.maximum(weights.prior, 1e-4)).astype(np.float32)
        self._mouth = np.float32(manner.mouth)
        self._least = manner.frequent * known + self._mouth * np.float32(manner.even) * alike(known)
        self._least[_PRESSED] += np.float32(manner.lips)
        self._follow = np.asarray((manner.habit * weights.follow - manner.change).T, np.float32).copy()
        np.fill_diagonal(self._follow, -1e9)

    def begin(self) -> FloatArray:
        """Scores (3, 40) of being in the first, second or a later frame of each phone: it begins in silence."""
        state = np.full((_LEAST, _COUNT), -1e9, np.float32)
        state[-1, 0] = 0.0
        return state

    def weighed(self, scores: FloatArray) -> FloatArray:
        """Log probabilities (…, 40) of the ear as they count here."""
        return np.asarray(scores + self._mouth * alike(scores) - self._least, np.float32)

    def step(self, state: FloatArray, scores: FloatArray) -> tuple[FloatArray, NDArray[np.intp], NDArray[np.bool_]]:
        """Scores of the next frame, given ``weighed``; for each phone, where it is best entered from, and whether it
        is rather stayed in than reached by its second frame."""
        ways = self._follow + state[-1]
        source = ways.argmax(1)
        stay = state[-1] >= state[-2]
        after = np.empty_like(state)
        after[0] = ways[_ROWS, source]
        after[1] = state[0]
        after[2] = np.where(stay, state[-1], state[-2])
        after += scores
        after -= after.max()
        return after, source, stay

    def path(self, scores: FloatArray) -> NDArray[np.uint8]:
        """The likeliest phone of every frame. scores : (N, 40) log probabilities."""
        count, counted = len(scores), self.weighed(scores)
        sources, stays = np.zeros((count, _COUNT), np.uint8), np.zeros((count, _COUNT), np.bool_)
        state = self.begin()
        for k in range(count):
            state, sources[k], stays[k] = self.step(state, counted[k])
        labels = np.zeros(count, np.uint8)
        place, phone = divmod(int(state.argmax()), _COUNT)
        for k in range(count - 1, -1, -1):
            labels[k] = phone
            if place == 0:
                place, phone = _LEAST - 1, int(sources[k, phone])
            elif place == 1 or not stays[k, phone]:
                place -= 1
        return labels


class Running:
    """The same without end: what the best path says of the last frames."""

    def __init__(self, search: Search, frames: int) -> None:
        self._search = search
        self._state = search.begin()
        self._past = np.zeros((frames, _LEAST, _COUNT), np.uint8)

    def step(self, scores: FloatArray) -> list[int]:
        """log probabilities (40,) of the next frame in; the phones of the last ``frames`` frames out, oldest first."""
        self._state, source, stay = self._search.step(self._state, self._search.weighed(scores))
        past, kept = self._past, self._past[1:].copy()
        past[:-1, 0] = kept[:, 2, source]
        past[:-1, 1] = kept[:, 0]
        past[:-1, 2] = np.where(stay, kept[:, 2], kept[:, 1])
        past[-1] = _ROWS
        labels: list[int] = past.reshape(len(past), -1)[:, int(self._state.argmax())].tolist()
        return labels


_ROWS: Final = np.arange(_COUNT)
_PRESSED: Final = [PHONES.index(name) for name in ("P", "B", "M")]
_STRESS: Final = [int(name[0] in "AEIOU" and name not in _REDUCED) for name in PHONES]


def _usable(rate: int) -> None:
    if not 4000 <= rate <= 768000:
        raise VoiceError(f"the sound has {rate} samples a second; it must have between 4000 and 768000")


def _phone(label: int, first: int, after: int, start: float | None = None, end: float = 0.0) -> Phone:
    """The phone of these frames, or from ``start`` to ``end`` seconds."""
    times = (first * _FRAME, after * _FRAME) if start is None else (start, end)
    return Phone(PHONES[label], *times, _STRESS[label])


def _phones(labels: NDArray[np.uint8], seconds: float) -> tuple[Phone, ...]:
    """Frames into phones, end to end, the last one until the end of the sound."""
    if len(labels) == 0:
        return (Phone("SIL", 0.0, seconds),) if seconds > 0 else ()
    edges = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist()]
    ends = [*(k * _FRAME for k in edges[1:]), seconds]
    return tuple(_phone(labels[k], 0, 0, k * _FRAME, end) for k, end in zip(edges, ends, strict=True))
