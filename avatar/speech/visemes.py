"""Phones into mouth shapes: coarticulation by dominance (Cohen & Massaro 1993), then lips that really shut.

Every phone pulls the mouth towards its own shape with a strength that is full while it sounds and falls off
exponentially before and after; the shape at an instant is the mean of all pulls. Rounded sounds reach far ahead,
sounds of the tongue pull weakly and leave the lips to their neighbours. Blending never shuts a mouth, so p, b, m (lips
pressed) and f, v (lip to teeth) are laid over the blend afterwards and win outright.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from ..types import VISEMES, FloatArray, Phone, VisemeTrack

RATE: Final = 100.0

_SIL, _PP, _FF = VISEMES.index("sil"), VISEMES.index("PP"), VISEMES.index("FF")


class _Pull(NamedTuple):
    """How a sound shapes the mouth: mixture of visemes; strength; reach before and after, seconds (1/e)."""

    shape: dict[str, float]
    strength: float = 1.0
    before: float = 0.030
    after: float = 0.030


_ROUND_BEFORE: Final = 0.065
_TONGUE: Final = 0.75

_PULLS: Final[dict[str, _Pull]] = {
    "SIL": _Pull({"sil": 1.0}, 1.0, 0.030, 0.030),
    **{p: _Pull({"PP": 1.0}, 0.5, 0.015, 0.015) for p in ("P", "B", "M")},
    **{p: _Pull({"FF": 1.0}, 0.5, 0.015, 0.015) for p in ("F", "V")},
    **{p: _Pull({"TH": 1.0}, 0.9, 0.020, 0.020) for p in ("TH", "DH")},
    **{p: _Pull({"DD": 1.0}, _TONGUE, 0.015, 0.015) for p in ("T", "D", "DX")},
    **{p: _Pull({"kk": 1.0}, _TONGUE, 0.015, 0.015) for p in ("K", "G")},
    "NG": _Pull({"kk": 0.6, "nn": 0.4}, _TONGUE, 0.015, 0.015),
    **{p: _Pull({"nn": 1.0}, _TONGUE, 0.015, 0.015) for p in ("N", "L")},
    **{p: _Pull({"SS": 1.0}, 1.0, 0.020, 0.020) for p in ("S", "Z")},
    **{p: _Pull({"CH": 1.0}, 1.0, 0.045, 0.025) for p in ("CH", "JH", "SH", "ZH")},
    "R": _Pull({"RR": 1.0}, 0.9, 0.040, 0.020),
    "Y": _Pull({"ih": 1.0}, 0.9, 0.025, 0.020),
    "W": _Pull({"ou": 1.0}, 1.2, _ROUND_BEFORE, 0.025),
    "AA": _Pull({"aa": 1.0}),
    "AE": _Pull({"aa": 0.75, "E": 0.25}),
    "AH": _Pull({"aa": 0.7, "E": 0.2, "sil": 0.1}),
    "AX": _Pull({"E": 0.45, "aa": 0.35, "sil": 0.2}, 0.8),
    "AO": _Pull({"oh": 1.0}, 1.0, _ROUND_BEFORE, 0.035),
    "EH": _Pull({"E": 1.0}),
    "ER": _Pull({"RR": 0.7, "E": 0.3}, 1.0, 0.045, 0.030),
    "IH": _Pull({"ih": 0.8, "E": 0.2}),
    "IY": _Pull({"ih": 1.0}),
    "UH": _Pull({"ou": 0.75, "oh": 0.25}, 1.0, _ROUND_BEFORE, 0.035),
    "UW": _Pull({"ou": 1.0}, 1.0, _ROUND_BEFORE, 0.035),
}
_GLIDES: Final = {
    "AY": ("AA", "IH", 0.60),
    "AW": ("AA", "UH", 0.55),
    "EY": ("EH", "IY", 0.55),
    "OW": ("AO", "UW", 0.55),
    "OY": ("AO", "IH", 0.55),
}
"""Diphthongs: first part, second part, and where the second begins."""

_VOWELS: Final = frozenset(("AA", "AE", "AH", "AX", "AO", "EH", "ER", "IH", "IY", "UH", "UW"))


def track(phones: Sequence[Phone], seconds: float | None = None, source: str = "voice") -> VisemeTrack:
    """The mouth for these phones, at 100 Hz.

    phones : in order, not overlapping; gaps count as silence. seconds : length of the track; None = to the last end.
    In each sample the 15 weights sum to 1. In the core of every p, b, m (40 ms or more where the sound is as long) PP
    is exactly 1 and all else 0; likewise FF for f, v.
    """
    if seconds is None:
        seconds = phones[-1].end if phones else 0.0
    count = int(np.ceil(seconds * RATE - 1e-6)) + 1
    t = np.arange(count, dtype=np.float32) / np.float32(RATE)
    pulls, starts, ends, stress = _segments(phones, seconds)
    shapes = np.zeros((len(pulls), len(VISEMES)), np.float32)
    for row, pull, how in zip(shapes, pulls, stress, strict=True):
        for name, weight in pull.shape.items():
            row[VISEMES.index(name)] = weight
        if how:
            row *= 1 - how
            row[_SIL] += how
    strength = np.array([p.strength for p in pulls], np.float32)
    ahead = np.maximum(starts[:, None] - t, 0) / np.array([p.before for p in pulls], np.float32)[:, None]
    behind = np.maximum(t - ends[:, None], 0) / np.array([p.after for p in pulls], np.float32)[:, None]
    dominance = strength[:, None] * np.exp(-ahead - behind) + np.float32(1e-12)
    weights = (dominance / dominance.sum(0)).T @ shapes
    _shut(weights, phones, t)
    return VisemeTrack(np.ascontiguousarray(weights, np.float32), RATE, tuple(phones), source)


def _segments(phones: Sequence[Phone], seconds: float) -> tuple[list[_Pull], FloatArray, FloatArray, list[float]]:
    """Steady stretches: phones with diphthongs divided, gaps filled with silence; and how far each vowel is reduced."""
    found: list[tuple[_Pull, float, float, float]] = []
    silence, at = _PULLS["SIL"], 0.0
    found.append((silence, -1.0, 0.0, 0.0))
    for phone in phones:
        if phone.start > at + 1e-6:
            found.append((silence, at, phone.start, 0.0))
        at = phone.end
        reduced = 0.0 if phone.stress or phone.value not in _VOWELS else 0.12
        if phone.value in _GLIDES:
            first, second, part = _GLIDES[phone.value]
            middle = phone.start + part * (phone.end - phone.start)
            found.append((_PULLS[first], phone.start, middle, 0.0))
            found.append((_PULLS[second], middle, phone.end, 0.0))
        elif phone.value in _PULLS:
            found.append((_PULLS[phone.value], phone.start, phone.end, reduced))
    found.append((silence, at, max(at, seconds) + 1.0, 0.0))
    pulls, starts, ends, stress = zip(*found, strict=True)
    return list(pulls), np.array(starts, np.float32), np.array(ends, np.float32), list(stress)


_RAMP: Final = 0.045
_CORE: Final = 0.04


def _shut(weights: FloatArray, phones: Sequence[Phone], t: FloatArray) -> None:
    """Lay the closures over the blend, in place. Cores win over everything; between two ramps the nearer core wins."""
    lips = np.zeros((2, len(t)), np.float32)
    core = np.zeros((2, len(t)), np.bool_)
    for phone in phones:
        kind = 0 if phone.value in ("P", "B", "M") else 1 if phone.value in ("F", "V") else -1
        if kind < 0:
            continue
        length = phone.end - phone.start
        margin = max(0.0, min(_RAMP / 2, (length - _CORE) / 2))
        first, last = phone.start + margin - 1e-4, phone.end - margin + 1e-4
        inside = (t >= first) & (t <= last)
        # Even a closure shorter than a sample is seen.
        inside[min(round((first + last) / 2 * RATE), len(t) - 1)] = True
        away = np.maximum(np.maximum(first - t, t - last), 0.0) / _RAMP
        ramp = np.where(inside, 1.0, 0.5 + 0.5 * np.cos(np.pi * np.minimum(away, 1.0)))
        np.maximum(lips[kind], ramp, out=lips[kind])
        core[kind] |= inside
    core[1] &= ~core[0]
    lips[0][core[1]] = 0.0
    lips[1][core[0]] = 0.0
    lips /= np.maximum(lips.sum(0), 1.0)
    weights *= np.maximum(1.0 - lips.sum(0), 0.0)[:, None]
    weights[:, _PP] += lips[0]
    weights[:, _FF] += lips[1]


def sample(mouth: VisemeTrack, t: float, out: FloatArray) -> FloatArray:
    """The 15 weights at ``t`` seconds, linear between samples, into ``out`` (15,) float32; closed before and after."""
    at = t * mouth.rate
    k = int(at)
    if at < 0 or k >= len(mouth.weights):
        return closed(out)
    nearer = mouth.weights[min(k + 1, len(mouth.weights) - 1)]
    np.subtract(nearer, mouth.weights[k], out=out)
    out *= at - k
    out += mouth.weights[k]
    return out


def closed(out: FloatArray) -> FloatArray:
    """The weights of a mouth at rest into ``out`` (15,) float32."""
    out.fill(0.0)
    out[_SIL] = 1.0
    return out


_MOUTHS: Final[dict[str, dict[str, float]]] = {
    "sil": {},
    "PP": {"lipPress": 1.0},
    "FF": {"lipBite": 1.0},
    "TH": {"aa": 0.12, "ih": 0.25},
    "DD": {"aa": 0.08, "ih": 0.30},
    "kk": {"aa": 0.18, "ih": 0.20},
    "CH": {"ou": 0.55, "ih": 0.15},
    "SS": {"ih": 0.40},
    "nn": {"aa": 0.10, "ih": 0.25},
    "RR": {"ou": 0.35, "oh": 0.15},
    "aa": {"aa": 1.0},
    "E": {"ee": 0.9, "aa": 0.08},
    "ih": {"ih": 0.9},
    "oh": {"oh": 1.0},
    "ou": {"ou": 1.0},
}


def vrm_matrix(names: Sequence[str]) -> FloatArray:
    """(15, len(names)) float32 that turns viseme weights into a companion's expression weights: ``visemes @ matrix``.

    names : of the companion's expressions; the VRM mouth ``aa ih ou ee oh`` and the custom ``lipPress`` and ``lipBite``
    are served, any other column is 0. Closed lips are all five at 0; a companion without ``lipBite`` bites with a trace
    of ``ih`` so that the teeth show.
    """
    matrix = np.zeros((len(VISEMES), len(names)), np.float32)
    for row, viseme in zip(matrix, VISEMES, strict=True):
        for name, weight in _MOUTHS[viseme].items():
            if name in names:
                row[names.index(name)] = weight
    if "lipBite" not in names and "ih" in names:
        matrix[_FF, names.index("ih")] = 0.15
    return matrix
