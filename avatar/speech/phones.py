"""The voice's alphabet (misaki, as in Kokoro) into ARPABET phones with times.

A voice model says how long each of its symbols lasts. Stress marks, blanks and punctuation are symbols too and own
time, so the boundary between two sounds lies somewhere inside theirs; and the model's clock lags behind its own sound.
``ONSET``, ``STRESS`` and ``BLANK`` were fitted by least squares over 841 boundaries of the bundled voice against a
pocketsphinx forced alignment, itself set right against Montreal-aligned speech (it runs 16 ms early there). On 348
boundaries of other sentences the bias was then -1 ms and the mean error 15 ms, most of it the aligner's own (12 ms);
``ONSET`` was moved by 3 ms since, with the aligner (benchmarks/speech.py says how far they lie apart).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray, Phone
from .quiet import PAUSE, gap, sounding

ONSET: Final = -0.042
"""Seconds from the model's boundary to the heard one."""
STRESS: Final = 0.21
"""Part of a stress mark's time that still belongs to the sound before it."""
BLANK: Final = 0.44
"""Part of a blank's time that still belongs to the sound before it."""
SHORTEST: Final = 0.015
"""No sound is shorter, seconds."""

_SYMBOLS: Final = (
    *(("AA", "ɑaɒ"), ("AE", "æ"), ("AH", "ʌəɐᵊ"), ("AO", "ɔ"), ("EH", "ɛ"), ("ER", "ɜɚ"), ("IH", "ɪᵻɨ"), ("IY", "i")),
    *(("UH", "ʊ"), ("UW", "uy"), ("EY", "Ae"), ("AY", "I"), ("OW", "OQo"), ("AW", "W"), ("OY", "Y")),
    *((c.upper(), c) for c in "bdfklmnpstvwz"),
    *(("HH", "h"), ("Y", "j"), ("R", "ɹr"), ("G", "ɡ"), ("NG", "ŋ"), ("K", "x"), ("D", "Tɾ"), ("T", "ʔ")),
    *(("DH", "ð"), ("TH", "θ"), ("SH", "ʃ"), ("ZH", "ʒ"), ("JH", "ʤ"), ("CH", "ʧ")),
)
ARPABET: Final = {symbol: value for value, symbols in _SYMBOLS for symbol in symbols}
"""misaki symbol -> ARPABET; ``T`` is the American flap, ``ᵊ`` and ``ᵻ`` reduced vowels."""

_PUNCTUATION: Final = frozenset(';:,.!?—…"“”()')


def timed(symbols: Sequence[str], seconds: Sequence[float], sound: FloatArray, rate: int) -> tuple[Phone, ...]:
    """Phones that tile the sound from 0 to its end, with ``SIL`` before, after and at pauses.

    symbols : the voice's symbols between its two edge symbols; seconds : one duration each and one for either edge
    (``len(symbols) + 2``); sound : (N,) float32, which says where speech begins and ends at a pause.
    """
    ends = np.cumsum(np.asarray(seconds, np.float64))
    total = len(sound) / rate
    starts: list[float] = []
    found: list[Phone] = []
    paused: list[bool] = []
    stress, word = 0, -1
    mark = blank = 0.0
    pause, fresh = False, True
    for k, symbol in enumerate(symbols, start=1):
        if symbol in ("ˈ", "ˌ"):
            stress, mark = (1 if symbol == "ˈ" else 2), mark + seconds[k]
        elif symbol == " ":
            blank, fresh = blank + seconds[k], True
        elif symbol in _PUNCTUATION:
            pause = True
        elif symbol == "ɹ" and _colours(symbols, k - 1):
            found[-1] = replace(found[-1], value="ER")
        elif symbol in ARPABET:
            value = ARPABET[symbol]
            word, fresh = word + fresh, False
            starts.append(float(ends[k - 1] - (1 - STRESS) * mark - (1 - BLANK) * blank + ONSET))
            vowel = value[0] in "AEIOU"
            found.append(Phone(value, 0.0, 0.0, stress if vowel else 0, word))
            paused.append(pause)
            mark, blank, pause = 0.0, 0.0, False
            stress = 0 if vowel else stress
    if not found:
        return (Phone("SIL", 0.0, total),)
    return _tile(found, starts, paused, sounding(sound, rate), total)


def _colours(symbols: Sequence[str], k: int) -> bool:
    """Is the r at ``k`` one vowel with the schwa before it (*water*), and not the onset of the next (*arrive*)?"""
    if k == 0 or symbols[k - 1] not in "əɜɚ":
        return False
    after = next((s for s in symbols[k + 1 :] if s not in "ˈˌ"), " ")
    return symbols[k - 1] != "ə" or ARPABET.get(after, "-")[0] not in "AEIOU"


def _tile(
    found: list[Phone], starts: list[float], paused: list[bool], heard: NDArray[np.bool_], total: float
) -> tuple[Phone, ...]:
    """Phones end to end; where there may be a pause, the sound says whether there is one and how long."""
    last = len(found) - 1
    onset = float(np.argmax(heard)) / 200
    at = max(0.0, min(starts[0], onset))
    tiled = [Phone("SIL", 0.0, at)] if at > 0 else []
    for k, phone in enumerate(found):
        limit = total if k == last else max(starts[k + 1], at + SHORTEST)
        end = resume = min(limit, total)
        if k == last or paused[k + 1]:
            quiet, loud = gap(heard, at + SHORTEST, limit)
            if loud - quiet >= PAUSE:
                end, resume = quiet, loud
        tiled.append(replace(phone, start=at, end=end))
        if resume > end:
            tiled.append(Phone("SIL", end, resume))
        at = resume
    return tuple(tiled)


def cut(phones: Sequence[Phone], start: float, end: float) -> tuple[Phone, ...]:
    """The phones of the stretch from ``start`` to ``end`` seconds, moved so that it begins at 0."""
    return tuple(
        replace(p, start=max(p.start, start) - start, end=min(p.end, end) - start)
        for p in phones
        if min(p.end, end) > max(p.start, start)
    )
