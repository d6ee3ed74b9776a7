"""The syllables of what is said, each with its time, stress, loudness, word and phrase: what accents are planned on.

Made from the voice's phones where there are any, else from the loudness of the sound, else guessed from the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..types import FloatArray, IntArray, Phone
from .wording import VOWELS, Token, assign, groups, tokens

PAUSE: Final = 0.15
"""A silence of this length divides phrases, seconds."""
_REDUCED: Final = frozenset(("AX", "AH", "IH", "ER"))
_HOP: Final = 0.01
_SYLLABLE: Final = 0.19
_QUIET: Final = 1e-3
_RANGE_DB: Final = 32.0


@dataclass(frozen=True, slots=True)
class Syllables:
    """N syllables, P phrases.

    middle, length : (N,) float32 seconds, of the vowel; stress : (N,) float32, 0 none to 1 primary;
    loud : (N,) float32 decibels above the median of them, 0 where there is no sound;
    word : (N,) int32, equal within a spoken word; token : (N,) int32 into ``tokens`` or -1; phrase : (N,) int32;
    spans : (P, 2) float32 start and end of each phrase, seconds.
    """

    middle: FloatArray
    length: FloatArray
    stress: FloatArray
    loud: FloatArray
    word: IntArray
    token: IntArray
    phrase: IntArray
    spans: FloatArray
    tokens: tuple[Token, ...] = ()

    @property
    def seconds(self) -> float:
        """Time spoken, without the pauses."""
        return float((self.spans[:, 1] - self.spans[:, 0]).sum())


def syllables(phones: Sequence[Phone], sound: FloatArray | None, rate: int, text: str) -> Syllables:
    """From the best there is. sound : (S,) float32 mono, time 0 = its first sample, or None."""
    words = tokens(text)
    heard = sound if sound is not None and len(sound) and rate > 0 and np.isfinite(sound).all() else None
    spoken = [p for p in phones if np.isfinite(p.start) and p.end > p.start]
    if any(p.value in VOWELS for p in spoken):
        return from_phones(spoken, heard, rate, words)
    if heard is not None:
        return from_sound(heard, rate, words)
    return from_text(words)


def from_phones(phones: Sequence[Phone], sound: FloatArray | None, rate: int, words: tuple[Token, ...]) -> Syllables:
    """phones : in order, with at least one vowel."""
    token = assign(phones, words)
    group = groups(phones)
    vowels = np.array([i for i, p in enumerate(phones) if p.value in VOWELS])
    start = np.array([phones[i].start for i in vowels])
    end = np.array([phones[i].end for i in vowels])
    loud = np.zeros(len(vowels)) if sound is None else _loudness(sound, rate, start, end)
    unit = group[vowels]
    if (unit < 0).all():
        unit = token[vowels] if words else np.arange(len(vowels))
    marks = np.array([phones[i].stress for i in vowels])
    stress = np.where(marks == 1, 1.0, np.where(marks == 2, 0.6, 0.0))
    if not marks.any():
        full = np.array([phones[i].value not in _REDUCED for i in vowels])
        salience = (end - start) / 0.1 + loud / 6 + full
        for k in np.unique(unit):
            mine = np.flatnonzero(unit == k)
            stress[mine[np.argmax(salience[mine])]] = 1.0
    spans = _phrases(phones)
    phrase = np.clip(np.searchsorted(spans[:, 0], start + 1e-4) - 1, 0, len(spans) - 1)
    return _made((start + end) / 2, end - start, stress, loud, unit, token[vowels], phrase, spans, words)


def _made(
    middle: np.ndarray,
    length: np.ndarray,
    stress: np.ndarray,
    loud: np.ndarray,
    word: np.ndarray,
    token: np.ndarray,
    phrase: np.ndarray,
    spans: np.ndarray,
    words: tuple[Token, ...],
) -> Syllables:
    time, size, strong, level = np.array([middle, length, stress, loud], np.float32)
    unit, written, part = np.array([word, token, phrase], np.int32)
    return Syllables(time, size, strong, level, unit, written, part, spans.astype(np.float32).reshape(-1, 2), words)


def _phrases(phones: Sequence[Phone]) -> FloatArray:
    """(P, 2) stretches of speech between silences of ``PAUSE`` or more."""
    spans: list[list[float]] = []
    for phone in phones:
        if phone.value == "SIL":
            continue
        if spans and phone.start - spans[-1][1] < PAUSE:
            spans[-1][1] = phone.end
        else:
            spans.append([phone.start, phone.end])
    return np.array(spans, np.float32)


def _loudness(sound: FloatArray, rate: int, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """(N,) decibels of each stretch above the median of them, -30 to 30."""
    power = np.concatenate(([0.0], np.cumsum(np.square(sound, dtype=np.float64))))
    a = np.clip((start * rate).astype(np.int64), 0, len(sound))
    b = np.clip((end * rate).astype(np.int64), 0, len(sound))
    level = 10 * np.log10((power[b] - power[a]) / np.maximum(b - a, 1) + 1e-9)
    return np.asarray(np.clip(level - np.median(level), -30, 30), np.float64)


def from_sound(sound: FloatArray, rate: int, words: tuple[Token, ...] = ()) -> Syllables:
    """Peaks of loudness as syllables: the envelope below about 8 Hz, in which a syllable is one hill."""
    hop = max(1, round(_HOP * rate))
    frames = len(sound) // hop
    power = np.square(sound[: frames * hop], dtype=np.float64).reshape(frames, hop).mean(1) if frames else np.zeros(0)
    window = np.hanning(15)[1:-1]
    envelope = np.sqrt(np.convolve(power, window / window.sum(), "same")) if frames else power
    top = float(envelope.max(initial=0.0))
    step = hop / rate
    if top < _QUIET:
        return _made(*(np.zeros(0),) * 7, np.zeros((0, 2)), words)
    level = 20 * np.log10(envelope / top + 1e-6)
    spans = _runs(level > -_RANGE_DB, step)
    inner = np.flatnonzero((level[1:-1] >= level[:-2]) & (level[1:-1] > level[2:]) & (level[1:-1] > -22)) + 1
    peaks: list[int] = []
    for k in inner:
        # two tops with less than 2 dB between them are one syllable
        if peaks and level[peaks[-1] : k].min() > min(level[peaks[-1]], level[k]) - 2.0:
            if level[k] > level[peaks[-1]]:
                peaks[-1] = int(k)
        else:
            peaks.append(int(k))
    at = np.array(peaks, np.int64)
    middle = (at + 0.5) * step
    keep = np.array([((spans[:, 0] <= t) & (t <= spans[:, 1])).any() for t in middle], bool)
    at, middle = at[keep], middle[keep]
    loud = level[at] - np.median(level[at]) if len(at) else np.zeros(0)
    phrase = np.searchsorted(spans[:, 0], middle, side="right") - 1
    none = np.full(len(at), -1)
    return _made(
        middle, np.full(len(at), 0.12), (loud >= 0) * 1.0, loud, np.arange(len(at)), none, phrase, spans, words
    )


def _runs(on: np.ndarray, step: float) -> np.ndarray:
    """(P, 2) seconds of the stretches that are on: gaps under ``PAUSE`` closed, then stretches under 80 ms dropped."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], on, [False])).astype(np.int8)))
    runs: list[list[float]] = []
    for a, b in edges.reshape(-1, 2) * step:
        if runs and a - runs[-1][1] < PAUSE:
            runs[-1][1] = float(b)
        else:
            runs.append([float(a), float(b)])
    return np.array([r for r in runs if r[1] - r[0] > 0.08]).reshape(-1, 2)


def from_text(words: tuple[Token, ...]) -> Syllables:
    """A guess without any sound: a syllable for every run of vowel letters, five a second, pauses at punctuation."""
    t, start = 0.05, 0.05
    rows: list[tuple[float, float, int, int]] = []
    spans: list[tuple[float, float]] = []
    for k, word in enumerate(words):
        count = max(1, len(re.findall(r"[aeiouy]+(?!$)|[aiouy]$|e$(?<=[^aeiouy]le)", word.text)))
        stressed = 0 if count < 3 else count - 3
        for i in range(count):
            rows.append((t + _SYLLABLE / 2, float(i == stressed), k, len(spans)))
            t += _SYLLABLE
        if k + 1 == len(words) or any(c in word.mark for c in ".,;:!?…—"):
            spans.append((start, t))
            t += 0.45 if any(c in word.mark for c in ".!?…") else 0.25
            start = t
    middle, stress, token, phrase = np.array(rows).reshape(-1, 4).T
    half = np.full(len(rows), 0.1)
    return _made(middle, half, stress, np.zeros(len(rows)), token, token, phrase, np.array(spans), words)
