"""Gestures: what each one is (keys by direction, fitted to the companion at load) and the player that blends them.

A gesture is a sum of overlapping minimum-jerk submovements (Flash and Henis 1991): from each key to the next one the
body moves with no jerk at either end, and movements may overlap, so that a hand passes through a key without stopping.
Each bone starts a little later the farther it is from the trunk. The sum is a body pose *added* to idle life.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from ..linalg import signals
from ..model.model import HUMAN_BONES
from ..types import FloatArray
from .rig import ROWS

_SLOTS: Final = ("body", "head")


def _delays() -> FloatArray:
    """(ROWS,) seconds: the trunk first, then shoulder, elbow, wrist and fingers."""
    late = {"UpperArm": 0.0, "LowerArm": 0.035, "Hand": 0.075, "neck": 0.03, "head": 0.05, "Shoulder": 0.0}
    fingers = ("Thumb", "Index", "Middle", "Ring", "Little")
    out = np.zeros(ROWS, np.float32)
    for i, bone in enumerate(HUMAN_BONES):
        if any(f in bone for f in fingers):
            out[i] = 0.10
        else:
            out[i] = next((v for k, v in late.items() if bone.endswith(k)), 0.0)
    return out


_DELAY: Final = _delays()


@dataclass(slots=True)
class Motion:
    """One gesture, fitted. K movements, each from one key to the next.

    start, length : (K,) float32 seconds; delta : (K, ROWS, 3) float32, the key-to-key differences, which sum to zero;
    shift : (K, 3) float32 hips' shifts, metres; hold : the two times between which a longer gesture goes round,
    or equal ones where it waits, still; end : seconds;
    slot : ``body`` or ``head``, each plays one at a time; gaze : how far the gaze lets go, 0-1;
    face : an expression that goes with it, and its weight; scales : intensity makes the whole of it larger or smaller
    (else only a little, so that hands still reach where they must);
    stroke : seconds from the start to the moment that shall fall on a word (lowest point of a nod, contact in a clap);
    prop : what the hand holds meanwhile (``cup``, ``ring``, ``taper``), empty where it holds nothing.
    """

    name: str
    start: FloatArray
    length: FloatArray
    delta: FloatArray
    shift: FloatArray
    hold: tuple[float, float]
    end: float
    slot: str = "body"
    gaze: float = 0.0
    face: tuple[str, float] | None = None
    scales: bool = False
    stroke: float = 0.0
    prop: str = ""


def _swapped() -> tuple[int, ...]:
    """For each row, the row of the same bone on the other side."""
    other = {"left": "right", "right": "left"}
    names = [next((other[s] + b[len(s) :] for s in other if b.startswith(s)), b) for b in HUMAN_BONES]
    return (*(HUMAN_BONES.index(n) for n in names), ROWS - 1)


_OTHER_SIDE: Final = np.array(_swapped(), np.int64)


def mirrored(motion: Motion) -> Motion:
    """The same gesture with the other hand: sides exchanged, rotation vectors (which are axial) mirrored at x = 0."""
    delta = motion.delta[:, _OTHER_SIDE] * np.array([1, -1, -1], np.float32)
    return replace(motion, delta=delta, shift=motion.shift * np.array([-1, 1, 1], np.float32))


@dataclass(slots=True)
class Score:
    """Keys while a gesture is being written: (time it is reached, seconds the movement takes, pose, hips' shift)."""

    name: str
    keys: list[tuple[float, float, FloatArray, tuple[float, float, float]]] = field(default_factory=list)

    def to(
        self, at: float, length: float, pose: FloatArray, shift: tuple[float, float, float] = (0.0, 0.0, 0.0)
    ) -> Score:
        """Arrive at ``pose`` (relative to standing at ease) at time ``at`` after a movement of ``length`` seconds."""
        self.keys.append((at, length, pose, shift))
        return self

    def home(self, at: float, length: float, aside: FloatArray) -> Score:
        """Back to rest at time ``at``, in an arc that leans towards ``aside``: lowered straight, hands would brush
        clothes."""
        part = 0.65 * length
        return self.to(at - length + part, part, aside).to(at, part, np.zeros((ROWS, 3), np.float32))

    def done(
        self,
        hold: float | tuple[float, float],
        slot: str = "body",
        gaze: float = 0.0,
        face: tuple[str, float] | None = None,
        scales: bool = False,
        stroke: float | None = None,
        prop: str = "",
    ) -> Motion:
        """The motion; its last key must be at rest. stroke : where it is not the end of the last movement before the
        hold."""
        zero = np.zeros((ROWS, 3), np.float32)
        poses = np.stack([zero] + [k[2] for k in self.keys] + [zero])
        shifts = np.array([(0, 0, 0)] + [k[3] for k in self.keys] + [(0, 0, 0)], np.float32)
        n = len(self.keys)
        first = hold[0] if isinstance(hold, tuple) else hold
        if stroke is None:
            stroke = max((k[0] for k in self.keys if k[0] <= first), default=first)
        start = np.array([k[0] - k[1] for k in self.keys], np.float32)
        length = np.array([k[1] for k in self.keys], np.float32)
        return Motion(
            self.name,
            start,
            length,
            np.diff(poses, axis=0)[:n],
            np.diff(shifts, axis=0)[:n],
            hold if isinstance(hold, tuple) else (hold, hold),
            float((start + length).max() + _DELAY.max()),
            slot,
            gaze,
            face,
            scales,
            stroke,
            prop,
        )


class _Voice:
    """One slot: the gesture being made and what is left of those before it, which dies away smoothly."""

    FADE: Final = 0.55

    def __init__(self) -> None:
        self.motion: Motion | None = None
        self.age = 0.0
        self.stretch = 0.0
        self.gain = 1.0
        self.value = np.zeros((ROWS + 1, 3), np.float32)  # last row: the hips' shift
        self._carry = np.zeros((3, ROWS + 1, 3), np.float32)  # cubic, quartic, quintic terms start from these
        self._carried = 1e9
        self._part = np.zeros((ROWS + 1, 3), np.float32)

    def _time(self, age: float) -> float:
        """Gesture time at an age: ``stretch`` seconds longer by waiting, or going round, at ``hold``."""
        m = self.motion
        if m is None or self.stretch <= 0 or age <= m.hold[0]:
            return age
        first, last = m.hold
        if age >= last + self.stretch:
            return age - self.stretch
        return first + (age - first) % (last - first) if last > first else first

    def _sample(self, age: float, out: FloatArray) -> FloatArray:
        m = self.motion
        if m is None or age <= 0:
            out[:] = 0
            return out
        t = self._time(age)
        s = signals.minimum_jerk((t - m.start[:, None] - _DELAY) / m.length[:, None])
        np.einsum("kb,kbd->bd", s, m.delta, out=out[:ROWS])
        np.matmul(s[:, 0], m.shift, out=out[ROWS])
        out *= self.gain
        return out

    def _leftover(self, age: float, out: FloatArray) -> FloatArray:
        """The quintic that starts from the carried value, speed and acceleration and ends at rest after FADE
        seconds."""
        u = age / self.FADE
        if u >= 1:
            out[:] = 0
            return out
        v = 1 - u
        v3 = v * v * v
        np.multiply(self._carry[0], v3 * (1 + 3 * u + 6 * u * u), out=out)
        out += self._carry[1] * (v3 * (u + 3 * u * u) * self.FADE)
        out += self._carry[2] * (v3 * 0.5 * u * u * self.FADE * self.FADE)
        return out

    def begin(self, motion: Motion | None, gain: float, stretch: float) -> None:
        """Start a gesture now (or none); what was being done is carried on and dies away without a jump (inertial
        blend)."""
        h = 1 / 240
        a, b, c = (self._total(d).copy() for d in (-h, 0.0, h))
        self._carry[0] = b
        self._carry[1] = np.clip((c - a) / (2 * h), -8, 8)
        self._carry[2] = np.clip((a - 2 * b + c) / (h * h), -80, 80)
        self._carried = 0.0
        if motion is not None and motion.hold[1] > motion.hold[0]:
            period = motion.hold[1] - motion.hold[0]
            stretch = round(stretch / period) * period
        self.motion, self.age, self.gain, self.stretch = motion, 0.0, gain, stretch

    def _total(self, later: float) -> FloatArray:
        total = self._sample(self.age + later, np.zeros_like(self.value))
        if self._carried < self.FADE:
            total += self._leftover(self._carried + later, self._part)
        return total

    @property
    def busy(self) -> bool:
        return self.motion is not None or self._carried < self.FADE

    def step(self, dt: float) -> None:
        self.age += dt
        self._carried += dt
        if self.motion is not None and self._time(self.age) > self.motion.end:
            self.motion = None
        self._sample(self.age, self.value)
        if self._carried < self.FADE:
            self.value += self._leftover(self._carried, self._part)


class Player:
    """Plays gestures over idle life. value : (ROWS, 3) float32 to add; shift : (3,) hips' shift, metres;
    left : gestures of one hand, written for the right one, are made with the left from the next one on."""

    def __init__(self, library: dict[str, Motion]) -> None:
        self.library = library
        self._mirrored = {name: mirrored(motion) for name, motion in library.items()}
        self.left = False
        self._voices = {slot: _Voice() for slot in _SLOTS}
        self.value = np.zeros((ROWS, 3), np.float32)
        self.shift = np.zeros(3, np.float32)
        self._gaze = signals.Follow()

    def start(self, name: str, intensity: float = 1.0, seconds: float | None = None) -> bool:
        """Begin a gesture (``-`` and ``_`` mean the same); False when it is not known. intensity : 0-1.5;
        seconds : how long in all, when that is longer than it naturally takes."""
        motion = (self._mirrored if self.left else self.library).get(
            name.strip().lower().replace("-", "_").replace(" ", "_")
        )
        if motion is None:
            return False
        gain = float(np.clip(intensity, 0.0, 1.5)) if np.isfinite(intensity) else 1.0
        longer = 0.0 if seconds is None or not np.isfinite(seconds) else max(0.0, seconds - motion.end)
        if motion.slot == "body" and self._voices["head"].motion is not None:
            self._voices["head"].begin(None, 1.0, 0.0)
        if not motion.scales:
            gain = 0.9 + 0.1 * min(gain, 1.2)
        self._voices[motion.slot].begin(motion, gain, min(longer, 60.0))
        return True

    def stop(self) -> None:
        """Let go of every gesture, smoothly."""
        for voice in self._voices.values():
            voice.begin(None, 1.0, 0.0)

    @property
    def active(self) -> tuple[str, ...]:
        """Names of the gestures being made."""
        return tuple(v.motion.name for v in self._voices.values() if v.motion is not None)

    @property
    def gaze_hold(self) -> float:
        """How much of the gaze stays on its target, 0-1, smooth."""
        return 1.0 - self._gaze.value

    @property
    def face(self) -> tuple[str, float] | None:
        """The expression that goes with what is being done."""
        motion = self._voices["body"].motion
        return motion.face if motion else None

    def step(self, dt: float) -> FloatArray:
        """Move on ``dt`` seconds; returns ``value``."""
        self.value[:] = 0
        self.shift[:] = 0
        release = 0.0
        for voice in self._voices.values():
            if not voice.busy:
                voice.value[:] = 0
                continue
            voice.step(dt)
            self.value += voice.value[:ROWS]
            self.shift += voice.value[ROWS]
            m = voice.motion
            if m is not None and voice._time(voice.age) < m.end - 0.5:
                release = max(release, m.gaze)
        self._gaze.step(release, 7.0, dt)
        return self.value
