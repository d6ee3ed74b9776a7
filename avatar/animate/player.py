"""Plays gestures over idle life, for A actors of one model.

Every gesture is sampled once, at load, 120 times a second, and read by a cubic between samples: all the gestures that
all actors make are read together. One that is broken off carries on where and as fast as it was and dies away (an
inertial blend: Bollo, Inertialization, GDC 2018), so nothing leaps, whatever follows whatever.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from ..linalg import signals
from ..types import FloatArray
from .gesture import OTHER_SIDE, SLOTS, Motion
from .rig import ROWS

RATE: Final = 120
_FEW: Final = 4
"""Gestures up to which reading them one by one is quicker."""
_FOUR: Final = np.arange(4)
_WIDE: Final = (ROWS + 1) * 3
_MIRROR: Final = np.concatenate([np.tile(np.array([1, -1, -1], np.float32), ROWS), np.array([-1, 1, 1], np.float32)])
_SWAP: Final = (np.append(OTHER_SIDE, ROWS)[:, None] * 3 + np.arange(3)).ravel()


class Bank:
    """All gestures of one model as samples, never changed. first : name -> row of its first sample; table :
    (T, (ROWS + 1) · 3)."""

    def __init__(self, library: dict[str, Motion]) -> None:
        self.library = library
        parts, self.first, at = [], {}, 0
        for name, motion in library.items():
            times = np.arange(-1, int(np.ceil(motion.end * RATE)) + 4) / RATE
            part = motion.sample(times).reshape(len(times), -1)
            part[:2] = 0
            self.first[name] = at + 1
            parts.append(part)
            at += len(part)
        self.table = np.concatenate(parts) if parts else np.zeros((4, _WIDE), np.float32)
        self.table.flags.writeable = False


class Voice:
    """One slot of one actor: the gesture being made, and how long it is since another was broken off."""

    __slots__ = ("age", "broken", "first", "gain", "left", "motion", "stretch")
    FADE: Final = 0.55

    def __init__(self) -> None:
        self.motion: Motion | None = None
        self.first, self.left = 0, False
        self.age, self.stretch, self.gain, self.broken = 0.0, 0.0, 1.0, 1e9

    def time(self, age: float) -> float:
        """Gesture time at an age: ``stretch`` seconds longer by waiting, or going round, at ``hold``."""
        m = self.motion
        if m is None or self.stretch <= 0 or age <= m.hold[0]:
            return age
        first, last = m.hold
        if age >= last + self.stretch:
            return age - self.stretch
        return first + (age - first) % (last - first) if last > first else first

    @property
    def busy(self) -> bool:
        return self.motion is not None or self.broken < self.FADE


class Player:
    """value : (A, (ROWS + 1) · 3) float32, what gestures add to the body's rotation vectors, then to the hips' place in
    metres; busy : some actor makes one.

    left : (A,) whether gestures of one hand, written for the right one, are made with the left from the next one on.
    pace, size : (A,) how quickly and how largely each makes its gestures, 1 as written.
    gaze_hold : (A,) how much of the gaze stays on its target, 0-1, smooth.
    """

    def __init__(self, bank: Bank, actors: int = 1) -> None:
        self.bank = bank
        self.library = dict(bank.library)
        self.left = [False] * actors
        self.pace, self.size = [1.0] * actors, [1.0] * actors
        self.voices = [{slot: Voice() for slot in SLOTS} for _ in range(actors)]
        self.value = np.zeros((actors, _WIDE), np.float32)
        self.gaze_hold = [1.0] * actors
        self._carry = np.zeros((actors, len(SLOTS), 3, _WIDE), np.float32)
        self._gaze = [signals.Follow() for _ in range(actors)]
        self._part, self._turned = np.zeros(_WIDE, np.float32), np.zeros(_WIDE, np.float32)
        self._four = np.zeros((1, 4), np.float32)
        self.busy = False

    def start(self, actor: int, name: str, intensity: float = 1.0, seconds: float | None = None) -> bool:
        """Begin a gesture (``-`` and ``_`` mean the same); False when it is not known. intensity : 0-1.5;
        seconds : how long in all, when that is longer than it naturally takes."""
        key = name.strip().lower().replace("-", "_").replace(" ", "_")
        motion = self.library.get(key)
        if motion is None:
            return False
        gain = float(np.clip(intensity, 0.0, 1.5)) if np.isfinite(intensity) else 1.0
        longer = 0.0 if seconds is None or not np.isfinite(seconds) else max(0.0, seconds - motion.end)
        voices = self.voices[actor]
        if motion.slot == "body" and voices["head"].motion is not None:
            self._begin(actor, "head", None, 1.0, 0.0)
        gain *= self.size[actor]
        if not motion.scales:
            gain = 0.9 + 0.1 * min(gain, 1.2)
        self._begin(actor, motion.slot, key, gain, min(longer, 60.0))
        return True

    def stop(self, actor: int) -> None:
        """Let go of every gesture, smoothly."""
        for slot in SLOTS:
            self._begin(actor, slot, None, 1.0, 0.0)

    def active(self, actor: int) -> tuple[str, ...]:
        """Names of the gestures being made."""
        return tuple(v.motion.name for v in self.voices[actor].values() if v.motion is not None)

    def face(self, actor: int) -> tuple[str, float] | None:
        """The expression that goes with what is being done."""
        motion = self.voices[actor]["body"].motion
        return motion.face if motion else None

    def _begin(self, actor: int, slot: str, name: str | None, gain: float, stretch: float) -> None:
        """Start a gesture now (or none); what was being done is carried on and dies away."""
        voice, carry = self.voices[actor][slot], self._carry[actor, SLOTS.index(slot)]
        h = 1 / RATE
        a, b, c = (self._total(voice, carry, later).copy() for later in (-h, 0.0, h))
        carry[0] = b
        carry[1] = np.clip((c - a) / (2 * h), -8, 8)
        carry[2] = np.clip((a - 2 * b + c) / (h * h), -80, 80)
        voice.broken = 0.0
        motion = None if name is None else self.library[name]
        if motion is not None and motion.hold[1] > motion.hold[0]:
            period = motion.hold[1] - motion.hold[0]
            stretch = round(stretch / period) * period
        voice.motion, voice.first = motion, 0 if name is None else self.bank.first[name]
        voice.age, voice.gain, voice.stretch, voice.left = 0.0, gain, stretch, self.left[actor]

    def _place(self, voice: Voice, age: float) -> tuple[int, tuple[float, ...]] | None:
        """What is read at an age: the first of four samples, and their weights in Catmull and Rom's cubic."""
        if voice.motion is None or age <= 0:
            return None
        x = max(min(voice.time(age), voice.motion.end), 0.0) * RATE
        k = int(x)
        u, g = x - k, 0.5 * voice.gain
        return voice.first + k - 1, (
            g * u * ((2 - u) * u - 1),
            g * (u * u * (3 * u - 5) + 2),
            g * u * ((4 - 3 * u) * u + 1),
            g * u * u * (u - 1),
        )

    def _sample(self, voice: Voice, age: float, out: FloatArray) -> FloatArray:
        """What the gesture adds at an age."""
        place = self._place(voice, age)
        if place is None:
            out[:] = 0
            return out
        first, self._four[0] = place
        np.matmul(self._four, self.bank.table[first : first + 4], out=out[None])
        if voice.left:
            np.take(out, _SWAP, out=self._turned, mode="clip")
            np.multiply(self._turned, _MIRROR, out=out)
        return out

    def _samples(self, heard: list[tuple[int, int, Voice]]) -> None:
        """Add to ``value`` what many actors' voices (actor, slot, voice) make, read together."""
        found = [(i, place) for i, (_, _, v) in enumerate(heard) if (place := self._place(v, v.age)) is not None]
        if found:
            first = np.array([place[0] for _, place in found])[:, None] + _FOUR
            weights = np.array([place[1] for _, place in found], np.float32)
            parts = np.matmul(weights[:, None], self.bank.table[first])[:, 0]
            mirrored = [k for k, (i, _) in enumerate(found) if heard[i][2].left]
            if mirrored:
                parts[mirrored] = parts[mirrored][:, _SWAP] * _MIRROR
            np.add.at(self.value, [heard[i][0] for i, _ in found], parts)
        late = [(actor, slot, v) for actor, slot, v in heard if v.broken < v.FADE]
        if late:
            who, slots = [a for a, _, _ in late], [s for _, s, _ in late]
            weights = np.array([_weights_left(v, 0.0) for _, _, v in late], np.float32)
            np.add.at(self.value, who, np.matmul(weights[:, None], self._carry[who, slots])[:, 0])

    def _total(self, voice: Voice, carry: FloatArray, later: float) -> FloatArray:
        out = self._sample(voice, voice.age + later, self._part)
        if voice.broken < voice.FADE:
            out += _leftover(voice, carry, later)
        return out

    def step(self, dt: float) -> FloatArray:
        """Move on ``dt`` seconds; returns ``value``."""
        heard: list[tuple[int, int, Voice]] = []
        for actor, voices in enumerate(self.voices):
            release = 0.0
            for slot, voice in enumerate(voices.values()):
                m = voice.motion
                if m is None and voice.broken >= voice.FADE:
                    continue
                voice.age += dt * self.pace[actor]
                voice.broken += dt
                if m is not None and voice.time(voice.age) > m.end:
                    voice.motion = m = None
                heard.append((actor, slot, voice))
                if m is not None and m.gaze > release and voice.time(voice.age) < m.end - 0.5:
                    release = m.gaze
            follow = self._gaze[actor]
            if release or follow.value > 1e-6:
                self.gaze_hold[actor] = 1.0 - follow.step(release, 7.0, dt)
        if heard or self.busy:
            self.value[:] = 0
        self.busy = bool(heard)
        if len(heard) > _FEW:
            self._samples(heard)
            return self.value
        for actor, slot, voice in heard:
            self.value[actor] += self._total(voice, self._carry[actor, slot], 0.0)
        return self.value


def _weights_left(voice: Voice, later: float) -> tuple[float, float, float]:
    """Of the carried value, speed and acceleration: the quintic that starts from them and ends at rest after FADE
    seconds."""
    fade = voice.FADE
    u = min((voice.broken + later) / fade, 1.0)
    v = 1 - u
    v3 = v * v * v
    return v3 * (1 + 3 * u + 6 * u * u), v3 * (u + 3 * u * u) * fade, v3 * 0.5 * u * u * fade * fade


def _leftover(voice: Voice, carry: FloatArray, later: float) -> FloatArray:
    left: FloatArray = np.array(_weights_left(voice, later), np.float32) @ carry
    return left
