"""How each sound shapes the mouth: its viseme, how strongly it insists, how far it reaches; jaw and lips likewise.

The parameters of the dominance model of Cohen and Massaro ("Modeling coarticulation in synthetic visual speech", 1993):
every sound pulls the mouth towards its own shape, and each part of the mouth has a pull of its own. Sounds of the
tongue hardly ask anything of the lips, S and SH hold the jaw high, rounding reaches far ahead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np

from ..types import FloatArray, Phone


class Pull(NamedTuple):
    """How a sound shapes the mouth: mixture of visemes; strength; reach before and after, seconds (1/e)."""

    shape: dict[str, float]
    strength: float = 1.0
    before: float = 0.030
    after: float = 0.030


class Part(NamedTuple):
    """What a sound asks of jaw and lips, each 0-1 with the strength it asks it with: how open the jaw is, how rounded
    and how spread the lips are."""

    jaw: float
    insists: float
    rounding: float
    rounds: float
    spreading: float
    spreads: float


_ROUND_BEFORE: Final = 0.065
_TONGUE: Final = 0.75

PULLS: Final[dict[str, Pull]] = {
    "SIL": Pull({"sil": 1.0}, 1.0, 0.030, 0.030),
    **{p: Pull({"PP": 1.0}, 0.15, 0.015, 0.015) for p in ("P", "B", "M")},
    **{p: Pull({"FF": 1.0}, 0.15, 0.015, 0.015) for p in ("F", "V")},
    **{p: Pull({"TH": 1.0}, 0.9, 0.020, 0.020) for p in ("TH", "DH")},
    **{p: Pull({"DD": 1.0}, _TONGUE, 0.015, 0.015) for p in ("T", "D", "DX")},
    **{p: Pull({"kk": 1.0}, _TONGUE, 0.015, 0.015) for p in ("K", "G")},
    "NG": Pull({"kk": 0.6, "nn": 0.4}, _TONGUE, 0.015, 0.015),
    **{p: Pull({"nn": 1.0}, _TONGUE, 0.015, 0.015) for p in ("N", "L")},
    **{p: Pull({"SS": 1.0}, 1.0, 0.020, 0.020) for p in ("S", "Z")},
    **{p: Pull({"CH": 1.0}, 1.0, 0.045, 0.025) for p in ("CH", "JH", "SH", "ZH")},
    "R": Pull({"RR": 1.0}, 0.9, 0.040, 0.020),
    "Y": Pull({"ih": 1.0}, 0.9, 0.025, 0.020),
    "W": Pull({"ou": 1.0}, 1.2, _ROUND_BEFORE, 0.025),
    "AA": Pull({"aa": 1.0}),
    "AE": Pull({"aa": 0.75, "E": 0.25}),
    "AH": Pull({"aa": 0.7, "E": 0.2, "sil": 0.1}),
    "AX": Pull({"E": 0.45, "aa": 0.35, "sil": 0.2}, 0.8),
    "AO": Pull({"oh": 1.0}, 1.0, _ROUND_BEFORE, 0.035),
    "EH": Pull({"E": 1.0}),
    "ER": Pull({"RR": 0.7, "E": 0.3}, 1.0, 0.045, 0.030),
    "IH": Pull({"ih": 0.8, "E": 0.2}),
    "IY": Pull({"ih": 1.0}),
    "UH": Pull({"ou": 0.75, "oh": 0.25}, 1.0, _ROUND_BEFORE, 0.035),
    "UW": Pull({"ou": 1.0}, 1.0, _ROUND_BEFORE, 0.035),
}
GLIDES: Final = {
    "AY": ("AA", "IH", 0.60),
    "AW": ("AA", "UH", 0.55),
    "EY": ("EH", "IY", 0.55),
    "OW": ("AO", "UW", 0.55),
    "OY": ("AO", "IH", 0.55),
}
"""Diphthongs: first part, second part, and where the second begins."""
CLOSURES: Final = {"P": 0, "B": 0, "M": 0, "F": 1, "V": 1}
"""Sounds that shut the mouth: 0 = lips pressed, 1 = lip to teeth."""
VOWELS: Final = frozenset(("AA", "AE", "AH", "AX", "AO", "EH", "ER", "IH", "IY", "UH", "UW"))
REDUCED: Final = 0.12
"""How much nearer to rest an unstressed vowel is."""

_LEFT: Final = (0.0, 0.06, 0.0, 0.06)
"""Lips that a sound of the tongue leaves alone."""
PARTS: Final[dict[str, Part]] = {
    "SIL": Part(0.0, 0.7, 0.0, 0.8, 0.0, 0.8),
    **{p: Part(0.12, 0.6, 0.0, 0.15, 0.0, 0.3) for p in ("P", "B", "M")},
    **{p: Part(0.10, 0.9, 0.0, 0.25, 0.15, 0.3) for p in ("F", "V")},
    **{p: Part(0.20, 0.7, *_LEFT) for p in ("TH", "DH")},
    **{p: Part(0.14, 0.5, *_LEFT) for p in ("T", "D", "DX", "N", "L")},
    **{p: Part(0.28, 0.3, *_LEFT) for p in ("K", "G", "NG")},
    **{p: Part(0.07, 1.2, 0.0, 0.12, 0.35, 0.4) for p in ("S", "Z")},
    **{p: Part(0.12, 1.0, 0.55, 0.8, 0.0, 0.8) for p in ("CH", "JH", "SH", "ZH")},
    "R": Part(0.20, 0.6, 0.45, 0.6, 0.0, 0.5),
    "Y": Part(0.20, 0.6, 0.0, 0.7, 0.9, 0.9),
    "W": Part(0.22, 0.7, 1.0, 1.2, 0.0, 1.2),
    "AA": Part(1.00, 1.0, 0.0, 1.0, 0.0, 1.0),
    "AE": Part(0.88, 1.0, 0.0, 1.0, 0.35, 1.0),
    "AH": Part(0.66, 1.0, 0.0, 0.7, 0.1, 0.7),
    "AX": Part(0.42, 0.8, 0.0, 0.4, 0.1, 0.4),
    "AO": Part(0.72, 1.0, 0.65, 1.0, 0.0, 1.0),
    "EH": Part(0.58, 1.0, 0.0, 1.0, 0.4, 1.0),
    "ER": Part(0.32, 1.0, 0.4, 0.8, 0.0, 0.8),
    "IH": Part(0.35, 1.0, 0.0, 0.7, 0.6, 0.8),
    "IY": Part(0.24, 1.0, 0.0, 1.0, 1.0, 1.0),
    "UH": Part(0.36, 1.0, 0.75, 1.0, 0.0, 1.0),
    "UW": Part(0.26, 1.0, 1.0, 1.0, 0.0, 1.0),
}
REACH: Final = ((0.035, 0.035), (0.085, 0.050), (0.050, 0.050))
"""Seconds (1/e) that a pull on jaw, rounding and spreading reaches before and after its sound. Rounding begins 120 to
150 ms before its vowel (Bell-Berti and Harris 1979; Abry and Lallouache 1995)."""


class Stretch(NamedTuple):
    """A steady stretch of speech: name in ``PULLS``; seconds it begins and ends at; how far it is reduced, 0-1."""

    name: str
    start: float
    end: float
    reduced: float


def stretches(phones: Iterable[Phone], seconds: float) -> list[Stretch]:
    """Phones with diphthongs divided and gaps filled with silence, from before 0 to after ``seconds``.

    A sound that has no shape of its own (HH) leaves its time to its neighbours.
    """
    found = [Stretch("SIL", -1.0, 0.0, 0.0)]
    at = 0.0
    for phone in phones:
        if phone.start > at + 1e-6:
            found.append(Stretch("SIL", at, phone.start, 0.0))
        at = phone.end
        if phone.value in GLIDES:
            first, second, part = GLIDES[phone.value]
            middle = phone.start + part * (phone.end - phone.start)
            found += [Stretch(first, phone.start, middle, 0.0), Stretch(second, middle, phone.end, 0.0)]
        elif phone.value in PULLS:
            reduced = 0.0 if phone.stress or phone.value not in VOWELS else REDUCED
            found.append(Stretch(phone.value, phone.start, phone.end, reduced))
    found.append(Stretch("SIL", at, max(at, seconds) + 1.0, 0.0))
    return found


def part_columns(said: Sequence[Stretch]) -> tuple[FloatArray, FloatArray]:
    """(3, S) float32 targets and (3, S) float32 strengths of jaw, rounding and spreading for S stretches."""
    rows = np.array([PARTS[s.name] for s in said], np.float32).reshape(len(said), 3, 2)
    keep = np.array([1 - s.reduced for s in said], np.float32)
    return np.ascontiguousarray(rows[:, :, 0].T * keep), np.ascontiguousarray(rows[:, :, 1].T)
