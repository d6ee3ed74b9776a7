"""Finished sound bent a little, for voices that give nothing else: a word stressed, a pitch moved."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ..types import FloatArray, Phone
from .sound import resample

HELD: Final = 1.35
"""How much longer the vowel of a stressed word is."""
LOUDER_DB: Final = 3.5
_GRAIN_S: Final = 0.03
_SEEK_S: Final = 0.008
_EASE_S: Final = 0.04
_STEP: Final = 100


def factor(semitones: float) -> float:
    """Times the frequency."""
    return float(2 ** (semitones / 12))


def pitched(sound: FloatArray, rate: int, semitones: float) -> FloatArray:
    """Every frequency by ``semitones``, formants too, and the length shorter or longer by the same: to be asked for of
    sound that was spoken ``factor(semitones)`` times slower, which it then makes right again."""
    if abs(semitones) < 1e-3:
        return sound
    return resample(sound, max(_STEP, round(rate * factor(semitones) / _STEP) * _STEP), rate)


def stressed(
    sound: FloatArray, rate: int, phones: Sequence[Phone], words: Collection[int]
) -> tuple[FloatArray, tuple[Phone, ...]]:
    """Those words louder, and their stressed or first vowel held longer. phones : tile the sound. Returns both anew."""
    vowels: list[Phone] = []
    gain = np.zeros(len(sound), np.float32)
    t = np.arange(len(sound), dtype=np.float32) / np.float32(rate)
    for word in words:
        said = [p for p in phones if p.word == word]
        if not said:
            continue
        sung = [p for p in said if p.value[0] in "AEIOU"]
        vowels += [next((p for p in sung if p.stress == 1), sung[0])] if sung else []
        away = np.maximum(np.maximum(said[0].start - t, t - said[-1].end), 0.0) / np.float32(_EASE_S)
        np.maximum(gain, 0.5 + 0.5 * np.cos(np.pi * np.minimum(away, 1.0)), out=gain)
    louder = np.asarray(sound * 10 ** (LOUDER_DB / 20 * gain), np.float32)
    made: list[Phone] = []
    later = 0.0
    for p in phones:
        start = p.start + later
        if any(p is v for v in vowels):
            first, last = round(start * rate), round((p.end + later) * rate)
            held = longer(louder[first:last], rate, HELD)
            louder = np.concatenate([louder[:first], held, louder[last:]])
            later += (len(held) - (last - first)) / rate
        made.append(replace(p, start=start, end=p.end + later))
    return louder, tuple(made)


def longer(sound: FloatArray, rate: int, times: float) -> FloatArray:
    """The sound ``times`` as long at the same pitch, both ends as they were: grains laid over each other where they are
    most alike (WSOLA, Verhelst and Roelands 1993). Sound shorter than two grains comes back as it is."""
    half, seek = round(_GRAIN_S * rate / 2), round(_SEEK_S * rate)
    if len(sound) < 4 * half + seek or times <= 1:
        return sound
    fade = np.linspace(0.0, 1.0, half, dtype=np.float32)
    goal = round(len(sound) * times)
    out = [sound[:half]]
    made, at = half, half  # ``at`` : where the sound would go on by itself
    while made + 2 * half < goal:
        aim = round(made * (len(sound) - half) / goal)
        low, high = max(0, min(aim - seek, len(sound) - 2 * half)), min(aim + seek, len(sound) - 2 * half)
        wanted = sound[at : at + half]
        if len(wanted) < half:
            break
        alike = np.correlate(sound[low : high + half], wanted, "valid")
        power = np.convolve(np.square(sound[low : high + half]), np.ones(half, np.float32), "valid")
        best = low + int(np.argmax(alike / np.sqrt(power + 1e-9)))
        out.append(wanted * (1 - fade) + sound[best : best + half] * fade)
        made, at = made + half, best + half
    end = sound[-2 * half :]
    tail = sound[at : at + half]
    tail = np.pad(tail, (0, half - len(tail)))
    out += [tail * (1 - fade) + end[:half] * fade, end[half:]]
    return np.asarray(np.concatenate(out), np.float32)
