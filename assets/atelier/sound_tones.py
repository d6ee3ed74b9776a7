"""Instruments: one note each as (N,) float64 at ``RATE``, about 1 at its loudest for a velocity of 1.

Struck things are sums of their own modes, plucked strings are delay lines, blown and bowed ones sums of harmonics that
breathe. Every chance has its seed, so that a note is the same each time it is made.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]
RATE = 24000

CHURCH = (0.500, 1.000, 1.183, 1.506, 2.000, 2.514, 2.662, 3.011, 4.166)
"""Hum, prime, tierce, quint, nominal, deciem, undeciem, duodeciem, upper octave of a D5 church bell over its prime
(T. D. Rossing, The Acoustics of Bells, American Scientist 72, 1984; Fletcher and Rossing, The Physics of Musical
Instruments, 2nd ed., table 21.1)."""
BOWL = (1.0, 2.8, 5.2, 8.1, 11.7)
"""Modes with 2, 3, 4 … nodal diameters of a bronze bowl over the lowest, each a pair that is not quite in tune, whence
the slow beats (O. Inácio, L. Henrique, J. Antunes, The Dynamics of Tibetan Singing Bowls, Acta Acustica 92, 2006)."""
BAR = (1.0, 2.756, 5.404, 8.933)
"""Bending modes of a free bar over the lowest, (2k + 1)² / 3.011² (Fletcher and Rossing, 2.12)."""


def seconds(length: float) -> Sound:
    """(N,) times of the samples of a sound of this length."""
    return np.arange(round(length * RATE)) / RATE


def modes(hz: NDArray[np.float64], levels: NDArray[np.float64], t60: NDArray[np.float64], length: float) -> Sound:
    """Sines that begin at zero and die: hz, levels, t60 (seconds to a thousandth), each (K,)."""
    t = seconds(length)
    out = np.zeros(len(t))
    for f, level, fall in zip(hz, levels, t60, strict=True):
        if f < 0.45 * RATE:
            out += level * np.sin(2 * np.pi * f * t) * np.exp(-6.908 * t / fall)
    return out


def noise(count: int, low: float, high: float, seed: int) -> Sound:
    """(count,) noise between two frequencies with soft sides, of unit power; its end joins its beginning."""
    rng = np.random.default_rng(seed)
    f = np.fft.rfftfreq(count, 1 / RATE)
    shape = 1 / (1 + (low / np.maximum(f, 1e-9)) ** 4) / (1 + (f / high) ** 4)
    out = np.fft.irfft(shape * np.exp(2j * np.pi * rng.random(len(f))), count)
    return np.asarray(out / np.sqrt(np.mean(out**2)))


def _knock(out: Sound, low: float, high: float, level: float, fall: float, seed: int) -> Sound:
    """The same with the sound of the mallet on it."""
    count = min(len(out), round(0.08 * RATE))
    t = seconds(count / RATE)
    out[:count] += level * noise(count, low, high, seed) * np.exp(-t / fall) * np.minimum(1, t / 0.002)
    return out


def bowl(hz: float, length: float, velocity: float, seed: int) -> Sound:
    """A bronze bowl struck with a padded mallet (rin): a long tone that wavers."""
    ratio = np.array(BOWL)
    beat = 0.55 * np.array([1.0, 1.7, 2.6, 3.1, 4.3])
    level = np.array([1.0, 0.42, 0.17, 0.06, 0.02]) * velocity ** np.array([1.0, 1.3, 1.7, 2.2, 2.6])
    t60 = np.array([14.0, 8.0, 4.2, 2.2, 1.2])
    pairs = np.concatenate([ratio * hz - beat / 2, ratio * hz + beat / 2])
    out = modes(pairs, np.concatenate([level * 0.76, level * 0.24]), np.tile(t60, 2), length)
    out *= np.minimum(1, seconds(length) / 0.006)
    return _knock(out, 300, 1600, 0.03 * velocity, 0.012, seed)


def church(hz: float, length: float, velocity: float, seed: int) -> Sound:
    """A church bell heard across a churchyard; ``hz`` : of its prime, an octave under the nominal."""
    ratio = np.array(CHURCH)
    level = np.array([0.50, 0.62, 0.55, 0.16, 0.80, 0.14, 0.12, 0.24, 0.13])
    level *= velocity ** np.array([0.9, 1.0, 1.1, 1.2, 1.3, 1.6, 1.6, 1.7, 2.0])
    t60 = np.array([7.5, 4.6, 4.2, 2.4, 2.6, 1.5, 1.4, 1.3, 0.9]) * (587.3 / hz) ** 0.6
    split = 0.7 * np.linspace(0.6, 2.0, len(ratio))
    pairs = np.concatenate([ratio * hz - split / 2, ratio * hz + split / 2])
    out = modes(pairs, np.concatenate([level * 0.7, level * 0.3]), np.tile(t60, 2), length) * 0.5
    return _knock(out, 500, 2500, 0.02 * velocity, 0.01, seed)


def chime(hz: float, length: float, velocity: float, seed: int) -> Sound:
    """A small metal bar over a tube that answers its lowest tone."""
    level = np.array([1.0, 0.16, 0.05, 0.015]) * velocity ** np.array([1.0, 1.5, 2.0, 2.4])
    t60 = np.array([3.6, 1.3, 0.5, 0.25]) * (880 / hz) ** 0.4
    out = modes(np.array(BAR) * hz, level, t60, length) * np.minimum(1, seconds(length) / 0.0015)
    return _knock(out, 1500, 5000, 0.015 * velocity, 0.004, seed)


def pluck(hz: float, length: float, velocity: float, seed: int, nylon: bool = True) -> Sound:
    """A string plucked with a finger (nylon) or a plectrum: K. Karplus and A. Strong, Digital Synthesis of Plucked
    String and Drum Timbres, Computer Music Journal 7, 1983; tuned between samples as D. Jaffe and J. Smith have it.

    The line is worked through a period at a time, for what comes out of it depends only on the period before."""
    period = RATE / hz
    soft = 0.22 if nylon else 0.09  # each time round: (soft, 1 - 2 soft, soft), one sample late
    whole = int(period - 1)
    part = period - 1 - whole
    taps = np.convolve([1 - part, part], [soft, 1 - 2 * soft, soft])
    t60 = (3.2 if nylon else 4.0) * (220 / hz) ** 0.55
    taps *= 10 ** (-3 * period / RATE / t60)
    bright = (900 + 3800 * velocity**1.5) if nylon else (2200 + 5500 * velocity)
    burst = noise(whole, 0.3 * hz, bright, seed)
    at = max(1, round(whole * (0.28 if nylon else 0.11)))  # where it is plucked: a comb in the spectrum
    burst = burst - np.roll(burst, at)
    burst -= burst.mean()
    count = round(length * RATE)
    line = np.zeros(count + 2 * whole + 8)
    line[4 : 4 + whole] = burst / np.abs(burst).max()
    for begin in range(4 + whole, len(line) - whole, whole):
        past = line[begin - whole - 3 : begin]
        line[begin : begin + whole] = sum(tap * past[3 - k : 3 - k + whole] for k, tap in enumerate(taps))
    out = line[4 : 4 + count]
    rise = round(0.0015 * RATE)
    out[:rise] *= np.linspace(0, 1, rise)
    return np.asarray(0.75 * velocity * out)


def koto(hz: float, length: float, velocity: float, seed: int) -> Sound:
    """A silk string under a plectrum: stretched by the pluck, it begins 14 cents sharp and settles."""
    plain = pluck(hz, length + 0.1, velocity, seed, nylon=False)
    t = seconds(length)
    sharp = 2 ** (14 / 1200) - 1
    when = t + sharp * 0.09 * (1 - np.exp(-t / 0.09))
    return np.interp(when * RATE, np.arange(len(plain)), plain)


def _shape(length: float, rise: float, fall: float) -> Sound:
    """A soft beginning and a soft end within ``length`` seconds."""
    t = seconds(length)
    a, b = np.clip(t / rise, 0, 1), np.clip((length - t) / fall, 0, 1)
    return np.asarray(np.sin(np.pi / 2 * a) ** 2 * np.sin(np.pi / 2 * b) ** 2)


def flute(hz: float, length: float, velocity: float, seed: int) -> Sound:
    """A wooden flute: few harmonics, breath around them, a vibrato that comes late. A little longer than asked, so that
    notes join."""
    whole = length + 0.16
    t, rng = seconds(whole), np.random.default_rng(seed)
    late = np.clip((t - 0.35) / 0.7, 0, 1)
    wave = np.sin(2 * np.pi * (4.7 + 0.3 * rng.random()) * t + 6 * rng.random())
    drift = noise(len(t), 0.1, 1.5, seed + 1) * 1.5
    cents = 7 * late * wave + drift - 18 * np.exp(-t / 0.03)
    phase = 2 * np.pi * np.cumsum(hz * 2 ** (cents / 1200)) / RATE
    levels = np.array([1.0, 0.34, 0.13, 0.05, 0.02, 0.01]) * velocity ** np.arange(6)
    out = sum(level * np.sin((k + 1) * phase) for k, level in enumerate(levels) if (k + 1) * hz < 0.45 * RATE)
    breath = noise(len(t), 0.9 * hz, 1.3 * hz, seed + 2) + 0.6 * noise(len(t), 1500, 5000, seed + 3)
    swell = _shape(whole, 0.11, 0.2) * (1 + 0.10 * late * wave)
    puff = 0.012 + 0.05 * np.exp(-t / 0.05)
    return np.asarray(0.7 * velocity * (out * swell + puff * breath * _shape(whole, 0.03, 0.2)))


def strings(hz: float, length: float, velocity: float, seed: int) -> Sound:
    """Some bowed strings far away: five players who are never quite together."""
    whole = length + 1.6
    t, rng = seconds(whole), np.random.default_rng(seed)
    out = np.zeros(len(t))
    for player in range(5):
        cents = rng.normal(0, 4) + 3 * noise(len(t), 0.05, 0.8, seed + 10 * player)
        cents += 4 * np.sin(2 * np.pi * (4.6 + rng.random()) * t + 6 * rng.random())
        phase = 2 * np.pi * np.cumsum(hz * 2 ** (cents / 1200)) / RATE + 6 * rng.random()
        for k in range(1, 15):
            if k * hz > 4500:
                break
            out += np.sin(k * phase) / k**1.25 / (1 + (k * hz / 1500) ** 2)
    return np.asarray(0.2 * velocity * out * _shape(whole, 1.5, 1.7))


def reed(hz: float, length: float, velocity: float, seed: int) -> Sound:
    """A pipe with a free reed (shō): steady and bright, it grows with the breath and goes with it."""
    whole = length + 1.2
    t, rng = seconds(whole), np.random.default_rng(seed)
    u = np.clip(t / whole, 0, 1)
    breath = np.sin(np.pi * u**1.15) ** 1.4
    cents = rng.normal(0, 2.5) + 1.2 * noise(len(t), 0.1, 1.0, seed + 1)
    phase = 2 * np.pi * np.cumsum(hz * 2 ** (cents / 1200)) / RATE
    out = np.zeros(len(t))
    for k in range(1, 9):
        if k * hz > 6500:
            break
        level = (1.0, 0.55, 0.62, 0.32, 0.28, 0.15, 0.12, 0.07)[k - 1]
        out += level * np.sin(k * phase + k) * breath ** (1 + 0.18 * k)
    return np.asarray(0.3 * velocity * out)


INSTRUMENTS = {
    "bowl": bowl,
    "church": church,
    "chime": chime,
    "harp": pluck,
    "koto": koto,
    "flute": flute,
    "strings": strings,
    "reed": reed,
}
