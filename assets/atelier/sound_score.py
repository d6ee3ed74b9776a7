"""Scores as data, and how they are performed: phrases that breathe, notes that ring on, a hall around them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from sound_tones import INSTRUMENTS, RATE, Sound, noise, seconds

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_DAMP_S = 0.12
"""What still sounds at the end of its note is damped with the hand, in seconds."""
_NOTE = re.compile(r"^([A-G])([#b]?)(\d)$")


def hertz(name: str) -> float:
    """The pitch of a note in equal temperament, A4 = 440 Hz: ``F#5``."""
    found = _NOTE.match(name)
    if found is None:
        raise ValueError(f"'{name}' is no note")
    semitones = _STEPS[found[1]] + {"#": 1, "b": -1, "": 0}[found[2]] + 12 * (int(found[3]) - 4) - 9
    return float(440.0 * 2 ** (semitones / 12))


@dataclass(frozen=True)
class Part:
    """One player. instrument : of ``INSTRUMENTS``; bars : each "A4:1.5 -:0.5 D4+A4:2", notes with their beats, ``-``
    a rest, ``+`` together, ``!`` after a note an accent, ``~`` the note rings on to the end of its bar; level : 0..1;
    rings : times as long as written a note is let ring; spread : seconds between the notes of a chord."""

    instrument: str
    bars: tuple[str, ...]
    level: float = 1.0
    rings: float = 1.0
    spread: float = 0.0


@dataclass(frozen=True)
class Piece:
    """bpm : beats a minute; beats : in a bar; phrase : bars of a phrase, which broadens a little at its end; ritard :
    times as slow the last bar is; lufs : loudness; tail : seconds after the last beat; loop : its end goes over into
    its beginning; hall, wet : seconds the room rings, and how much of it is heard; dusk : Hz above which it is soft."""

    bpm: float
    beats: int
    parts: tuple[Part, ...]
    lufs: float
    phrase: int = 4
    rubato: float = 0.05
    ritard: float = 1.35
    tail: float = 4.0
    loop: bool = False
    hall: float = 2.4
    wet: float = 0.25
    dusk: float = 7000.0
    dynamics: tuple[float, ...] = ()
    kbps: int = 32
    bed: tuple[str, float] = field(default=("", 0.0))


@dataclass(frozen=True)
class Note:
    """What is played: when, Hz, for how long (seconds), how strongly (0..1), by which instrument."""

    at: float
    hz: float
    length: float
    velocity: float
    instrument: str
    level: float


def bars(piece: Piece) -> int:
    """How many bars a piece has."""
    return max((len(part.bars) for part in piece.parts), default=0)


def clock(piece: Piece) -> tuple[Sound, Sound]:
    """(beats, seconds) between which the time of any beat lies: each phrase hurries a little, then broadens."""
    count = bars(piece) * piece.beats
    grid = np.linspace(0, count, count * 16 + 1)
    within = (grid / piece.beats % piece.phrase) / piece.phrase
    slow = 1 + piece.rubato * (np.clip((within - 0.7) / 0.3, 0, 1) ** 2 * 2.2 - 0.6 * np.sin(np.pi * within))
    if not piece.loop:
        last = np.clip((grid - (count - 2 * piece.beats)) / (2 * piece.beats), 0, 1)
        slow *= 1 + (piece.ritard - 1) * last**1.5
    each = (slow[1:] + slow[:-1]) / 2 * np.diff(grid) * 60 / piece.bpm
    return grid, np.concatenate([[0.0], np.cumsum(each)])


def performed(piece: Piece) -> list[Note]:
    """Every note of a piece as it is played, in the order of the parts."""
    grid, times = clock(piece)
    total = bars(piece)
    out: list[Note] = []
    for number, part in enumerate(piece.parts):
        rng = np.random.default_rng(100 + number)
        for k, bar in enumerate(part.bars):
            beat = float(k * piece.beats)
            for word in bar.split():
                names, _, length = word.partition(":")
                beats = float(length.rstrip("!~"))
                begin, end = np.interp([beat, beat + beats], grid, times)
                if "~" in length:
                    end = float(np.interp((k + 1) * piece.beats, grid, times))
                arch = 0.86 + 0.14 * np.sin(np.pi * min(1.0, (beat / piece.beats % piece.phrase) / piece.phrase + 0.1))
                loud = arch * (piece.dynamics[k] if k < len(piece.dynamics) else 1.0)
                loud *= 1.0 if beat % piece.beats == 0 else 0.92 if beat % 1 == 0 else 0.84
                loud = min(1.0, loud * (1.12 if "!" in length else 1.0)) * (1 - 0.06 * rng.random())
                late = 0.0 if k == 0 and beat == 0 else 0.007 * rng.standard_normal()
                for i, name in enumerate(n for n in names.split("+") if n != "-"):
                    at = max(0.0, begin + late + i * part.spread)
                    played = (end - begin) * part.rings
                    out.append(Note(at, hertz(name), played, float(loud), part.instrument, part.level))
                beat += beats
            if abs(beat - (k + 1) * piece.beats) > 1e-9:
                raise ValueError(f"bar {k + 1} of {total} of the {part.instrument}: {beat - k * piece.beats:g} beats")
    return out


def length(piece: Piece) -> float:
    """Seconds of the whole piece, its tail too; of a loop, once round."""
    return float(clock(piece)[1][-1]) + (0.0 if piece.loop else piece.tail)


def mixed(piece: Piece) -> Sound:
    """(N,) the notes of a piece in its room, at no level in particular."""
    whole = round(length(piece) * RATE)
    room = np.zeros(whole + 30 * RATE)
    for number, note in enumerate(performed(piece)):
        made = INSTRUMENTS[note.instrument](note.hz, note.length, note.velocity, 1000 + 7 * number)
        damped = min(len(made), round(_DAMP_S * RATE))
        made[-damped:] *= np.cos(np.linspace(0, np.pi / 2, damped)) ** 2
        begin = round(note.at * RATE)
        room[begin : begin + len(made)] += note.level * made
    if piece.loop:  # twice round, so that the second time all that rings on from the first is there
        once = room[:whole].copy()
        rest = room[whole : 2 * whole]
        once[: len(rest)] += rest
        return echoing(np.tile(once, 2), piece)[whole:]
    return echoing(room[:whole], piece)


def echoing(sound: Sound, piece: Piece) -> Sound:
    """The sound in a room: eight delays that feed each other (J.-M. Jot, A. Chaigne, Digital Delay Networks for
    Designing Artificial Reverberators, AES 90, 1991), each losing more of the high than of the low."""
    delays = np.array([687, 761, 839, 929, 1021, 1117, 1213, 1327])
    gains = 10 ** (-3 * delays / RATE / piece.hall)
    a = np.ones((1, 1))
    for _ in range(3):
        a = np.block([[a, a], [a, -a]])
    a /= np.sqrt(8)
    block = int(delays.min()) - 2
    pad = int(delays.max()) + 2
    lines = np.zeros((8, pad + len(sound) + block))
    soft = 0.16
    wet = np.zeros(len(sound) + block)
    dark = np.convolve(sound, [0.25, 0.5, 0.25])[: len(sound)]
    for begin in range(0, len(sound), block):
        out = np.empty((8, block))
        for k in range(8):
            at = pad + begin - delays[k]
            past = lines[k, at - 1 : at + block + 1]
            out[k] = gains[k] * (soft * past[:-2] + (1 - 2 * soft) * past[1:-1] + soft * past[2:])
        part = np.zeros(block)
        part[: len(dark[begin : begin + block])] = dark[begin : begin + block]
        lines[:, pad + begin : pad + begin + block] = a @ out + part
        wet[begin : begin + block] = out.sum(0)
    room = wet[: len(sound)] / np.sqrt(8)
    return np.asarray((1 - piece.wet) * sound + piece.wet * 0.9 * room)


def rain(length: float, seed: int) -> Sound:
    """(N,) soft rain outside a window, its end joining its beginning: the hush of many drops, some near ones, and now
    and then one from the eaves into water."""
    count = round(length * RATE)
    rng = np.random.default_rng(seed)
    t = seconds(length)
    gusts = 1 + 0.22 * noise(count, 0.03, 0.25, seed + 1)
    out = gusts * (noise(count, 500, 2600, seed + 2) + 0.5 * noise(count, 150, 600, seed + 3)) * 0.16
    for at, high, loud in zip(rng.random(round(22 * length)), rng.random(9999), rng.random(9999), strict=False):
        size = round(0.03 * RATE)
        hz = 1400 + 3600 * high
        drop = np.sin(2 * np.pi * hz * t[:size]) * np.exp(-t[:size] / 0.004) * np.minimum(1, t[:size] / 0.0006)
        where = (round(at * count) + np.arange(size)) % count
        out[where] += 0.4 * loud**4 * drop
    for at, high in zip((np.arange(7) + 0.2 + 0.6 * rng.random(7)) / 7, rng.random(7), strict=True):
        size = round(0.25 * RATE)  # a bubble that shrinks: its tone rises (M. Minnaert, 1933)
        hz = (620 + 420 * high) * (1 + 0.5 * t[:size] / 0.25)
        drip = np.sin(2 * np.pi * np.cumsum(hz) / RATE) * np.exp(-t[:size] / 0.045) * np.minimum(1, t[:size] / 0.004)
        out[(round(at * count) + np.arange(size)) % count] += 0.30 * drip
    return out
