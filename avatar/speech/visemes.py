"""Phones into mouth shapes: coarticulation by dominance (Cohen & Massaro 1993), then lips that really shut.

Every phone pulls the mouth towards its own shape with a strength that is full while it sounds and falls off
exponentially before and after; the shape at an instant is the mean of all pulls. Rounded sounds reach far ahead,
sounds of the tongue pull weakly and leave the lips to their neighbours. Blending never shuts a mouth, so p, b, m (lips
pressed) and f, v (lip to teeth) are laid over the blend afterwards and win outright.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from ..types import VISEMES, FloatArray, Phone, VisemeTrack
from .pulls import CLOSURES, PULLS, REACH, Stretch, part_columns, stretches

RATE: Final = 100.0
PARTS_OF_MOUTH: Final = ("jaw", "rounding", "spreading")
"""What the channels of a track are: how open the jaw is, how rounded and how spread the lips are, each 0-1."""

IMPLIED: Final[FloatArray] = np.array(
    [
        *((0, 0, 0), (0.12, 0, 0), (0.1, 0, 0.15), (0.2, 0, 0), (0.14, 0, 0), (0.28, 0, 0), (0.12, 0.55, 0)),
        *((0.07, 0, 0.35), (0.14, 0, 0), (0.22, 0.45, 0)),
        *((1, 0, 0), (0.58, 0, 0.4), (0.27, 0, 0.8), (0.72, 0.65, 0), (0.26, 1, 0)),
    ],
    np.float32,
)
"""(15, 3): the jaw and lips that go with each viseme by itself."""
MOUTH: Final = len(VISEMES) + len(PARTS_OF_MOUTH)
"""Numbers that ``sample`` gives of a mouth when asked for all."""

_SIL, _PP, _FF = VISEMES.index("sil"), VISEMES.index("PP"), VISEMES.index("FF")
_BLOCK: Final = 256
_FAR: Final = 0.6
"""Seconds beyond which no sound is felt."""
_OWN: Final = 2.8
"""A sound's own pull, well inside it, is at least so many times that of any other."""
_DEEP: Final = 0.020


def track(phones: Sequence[Phone], seconds: float | None = None, source: str = "voice") -> VisemeTrack:
    """The mouth for these phones, at 100 Hz.

    phones : in order, not overlapping; gaps count as silence. seconds : length of the track; None = to the last end.
    In each sample the 15 weights sum to 1. In the core of every p, b, m (40 ms or more where the sound is as long) PP
    is exactly 1 and all else 0; likewise FF for f, v. A jaw may stay a little open behind
    pressed lips; a lip behind teeth holds jaw and lips where it needs them.
    """
    if seconds is None:
        seconds = phones[-1].end if phones else 0.0
    count = int(np.ceil(seconds * RATE - 1e-6)) + 1
    t = np.arange(count, dtype=np.float32) / np.float32(RATE)
    said = stretches(phones, seconds)
    starts, ends = (np.array([s[k] for s in said], np.float32) for k in (1, 2))
    shapes, pulls = _shapes(said), [PULLS[s.name] for s in said]
    own = np.array([(p.strength, p.before, p.after) for p in pulls], np.float32).T
    targets, strengths = part_columns(said)
    # What lies under a closure is its neighbours' shape, so that the lips part into it.
    shut = np.array([s.name in CLOSURES for s in said])
    weights = np.empty((count, len(VISEMES)), np.float32)
    channels = np.empty((count, len(PARTS_OF_MOUTH)), np.float32)
    for first in range(0, count, _BLOCK):
        part = slice(first, first + _BLOCK)
        # Stretches are in order, so those within reach of a block are neighbours.
        here = t[part]
        near = slice(int(np.searchsorted(ends, here[0] - _FAR)), int(np.searchsorted(starts, here[-1] + _FAR)) + 1)
        begins, over = starts[near, None], ends[near, None]
        ahead, behind = np.maximum(begins - here, 0), np.maximum(here - over, 0)
        dominance = _dominance(ahead, behind, *own[:, near])
        _insist(dominance, np.where(shut[near, None], -1, np.minimum(here - begins, over - here)))
        np.matmul((dominance / dominance.sum(0)).T, shapes[near], out=weights[part])
        for k, (before, after) in enumerate(REACH):
            dominance = _dominance(
                ahead, behind, strengths[k, near], np.array(before, np.float32), np.array(after, np.float32)
            )
            channels[part, k] = targets[k, near] @ dominance / dominance.sum(0)
    _shut(weights, channels, phones, t)
    return VisemeTrack(weights, RATE, tuple(phones), source, channels)


def _shapes(said: Sequence[Stretch]) -> FloatArray:
    """(S, 15) float32: the mixture of visemes of each stretch."""
    shapes = np.zeros((len(said), len(VISEMES)), np.float32)
    for row, stretch in zip(shapes, said, strict=True):
        for name, weight in PULLS[stretch.name].shape.items():
            row[VISEMES.index(name)] = weight
        row *= 1 - stretch.reduced
        row[_SIL] += stretch.reduced
    return shapes


def _dominance(
    ahead: FloatArray, behind: FloatArray, strength: FloatArray, before: FloatArray, after: FloatArray
) -> FloatArray:
    """(S, N) float32: how strongly each stretch pulls at each sample. before, after : (S,) or one for all."""
    fall = np.exp(-ahead / np.reshape(before, (-1, 1)) - behind / np.reshape(after, (-1, 1)))
    return np.asarray(strength[:, None] * fall + np.float32(1e-12), np.float32)


def _insist(dominance: FloatArray, deep: FloatArray) -> None:
    """Give every sound, in place, at least the pull of its neighbours at its borders and ``_OWN`` times that inside it:
    short sounds are made too, and the mouth changes where the sound does. deep : seconds inside the stretch, negative
    outside."""
    rest = np.where(deep >= 0, 0, dominance).max(0)
    inside = np.clip(deep / np.float32(_DEEP), 0, 1)
    inside *= inside * (3 - 2 * inside)
    np.maximum(dominance, (1 + (_OWN - 1) * inside) * rest, out=dominance, where=deep >= 0)


_CLOSE: Final = 0.035
_PART: Final = 0.030
"""Seconds that lips take to shut and to part."""
_CORE: Final = 0.04
"""Seconds a closure lasts at the least: a picture at 30 a second does not miss it."""


def _shut(weights: FloatArray, channels: FloatArray, phones: Sequence[Phone], t: FloatArray) -> None:
    """Lay the closures over the blend, in place. Cores win over everything; between two ramps the nearer core wins."""
    lips = np.zeros((2, len(t)), np.float32)
    core = np.zeros((2, len(t)), np.bool_)
    for phone in phones:
        kind = CLOSURES.get(phone.value)
        if kind is None:
            continue
        # Lips part at the burst, which lies before the sound's end; a short closure begins early rather than end late.
        last = phone.end - min(0.6 * _PART, 0.4 * (phone.end - phone.start))
        first = min(phone.start + _CLOSE / 2, last - _CORE)
        first, last = first - 1e-3, last + 1e-3
        span = slice(max(0, int((first - _CLOSE) * RATE)), int((last + _PART) * RATE) + 2)
        at = t[span]
        inside = (at >= first) & (at <= last)
        away = np.maximum(np.maximum((first - at) / _CLOSE, (at - last) / _PART), 0.0)
        ramp = np.where(inside, 1.0, 0.5 + 0.5 * np.cos(np.pi * np.minimum(away, 1.0)))
        np.maximum(lips[kind, span], ramp, out=lips[kind, span])
        core[kind, span] |= inside
        # Even a closure shorter than a sample is seen.
        middle = min(max(0, round((first + last) / 2 * RATE)), len(t) - 1)
        lips[kind, middle], core[kind, middle] = 1.0, True
    core[1] &= ~core[0]
    lips[0][core[1]] = 0.0
    lips[1][core[0]] = 0.0
    lips /= np.maximum(lips.sum(0), 1.0)
    weights *= np.maximum(1.0 - lips.sum(0), 0.0)[:, None]
    weights[:, _PP] += lips[0]
    weights[:, _FF] += lips[1]
    channels += lips[1][:, None] * (IMPLIED[_FF] - channels)


def sample(mouth: VisemeTrack, t: float, out: FloatArray) -> FloatArray:
    """The mouth at ``t`` seconds, linear between samples, into ``out`` float32; shut before and after.

    out : (15,) for the weights, or (18,) for them and, for each of ``PARTS_OF_MOUTH``, by how much more or less it
    moves than goes with these weights, -1 to 1.
    """
    at = t * mouth.rate
    k = int(at)
    if at < 0 or k >= len(mouth.weights):
        return closed(out)
    nearer = min(k + 1, len(mouth.weights) - 1)
    _between(mouth.weights[k], mouth.weights[nearer], at - k, out[: len(VISEMES)])
    if len(out) > len(VISEMES):
        apart = out[len(VISEMES) :]
        if mouth.channels is None:
            apart.fill(0.0)
        else:
            _between(mouth.channels[k], mouth.channels[nearer], at - k, apart)
            apart -= out[: len(VISEMES)] @ IMPLIED
    return out


def rows(mouth: VisemeTrack) -> FloatArray:
    """(N, 18) float32: the weights and the channels of every sample, beside each other."""
    channels = mouth.weights @ IMPLIED if mouth.channels is None else mouth.channels
    return np.concatenate([mouth.weights, channels], 1)


def of_rows(rows: FloatArray, phones: Sequence[Phone], source: str) -> VisemeTrack:
    """The mouth of such rows."""
    return VisemeTrack(rows[:, : len(VISEMES)], RATE, tuple(phones), source, rows[:, len(VISEMES) :])


def shown(row: FloatArray, out: FloatArray) -> FloatArray:
    """One of ``rows`` into ``out``, (15,) or (18,) float32 as ``sample`` has it."""
    out[:] = row[: len(out)]
    if len(out) > len(VISEMES):
        out[len(VISEMES) :] -= row[: len(VISEMES)] @ IMPLIED
    return out


def _between(here: FloatArray, there: FloatArray, part: float, out: FloatArray) -> None:
    np.subtract(there, here, out=out)
    out *= part
    out += here


def closed(out: FloatArray) -> FloatArray:
    """A mouth at rest into ``out``, (15,) or (18,) float32 as ``sample`` has it."""
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
