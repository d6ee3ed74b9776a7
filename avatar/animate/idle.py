"""Idle life: breath, weight from foot to foot, small sway of trunk, head, arms and fingers, and blinks. Seeded; never
loops.

Everything is a number a channel, C of them, times baked body poses: one product a frame, for all actors. Sources for
the tempo of it: breathing at rest 12-16 a minute; postural sway 0.1-0.5 Hz and a few millimetres; weight shifts every
8-20 s; blinks 10-20 a minute, closing in about 0.1 s and opening in about 0.2 s, one in eight double.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np

from ..linalg import signals
from ..types import FloatArray
from .body import Body
from .rig import ROWS

# bone, (degrees about x, y, z at one standard deviation), lattice points a second
_WALKS: Final = (
    ("spine", (0.45, 0.0, 0.0), 0.35),
    ("spine", (0.0, 0.7, 0.0), 0.22),
    ("chest", (0.0, 0.0, 0.40), 0.3),
    ("chest", (0.35, 0.5, 0.0), 0.5),
    ("neck", (0.6, 0.0, 0.0), 0.45),
    ("neck", (0.0, 0.9, 0.0), 0.4),
    ("head", (0.7, 0.0, 0.0), 0.9),
    ("head", (0.0, 0.8, 0.0), 0.7),
    ("head", (0.0, 0.0, 1.1), 0.35),
    ("leftUpperArm", (0.8, 0.0, 0.5), 0.35),
    ("rightUpperArm", (0.8, 0.0, 0.5), 0.33),
    ("leftLowerArm", (0.0, 1.3, 0.0), 0.4),
    ("rightLowerArm", (0.0, 1.3, 0.0), 0.38),
    ("leftHand", (1.0, 0.8, 1.2), 0.5),
    ("rightHand", (1.0, 0.8, 1.2), 0.47),
    ("leftShoulder", (0.0, 0.2, 0.5), 0.3),
    ("rightShoulder", (0.0, 0.2, 0.5), 0.29),
)
_HEAD: Final = slice(4, 9)
BREATH: Final = len(_WALKS)
"""The channel of the breath."""


class Blinks:
    """Eyelids. value : 0 open to 1 shut."""

    CLOSE: Final = 0.11
    OPEN: Final = 0.20
    SLOW: Final = 2.2
    """Times as long, of one blink in sixteen."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self.value = 0.0
        self._wait = float(self._rng.uniform(0.8, 3.0))
        self._phase = -1.0
        self._slow = 1.0
        self._again = False
        self.count = 0

    def trigger(self) -> None:
        """Blink now, unless one is under way or has only just been."""
        if self._phase < 0 and self._wait > 0.4:
            self._wait = 0.0

    def hold(self, seconds: float) -> None:
        """Keep the eyes open for so long, unless a blink is under way: people do while they take something in."""
        if self._phase < 0:
            self._wait = max(self._wait, seconds)

    def step(self, dt: float, rate: float = 1.0) -> float:
        """Move on; rate : times the resting rate (people blink more when they speak)."""
        if self._phase < 0:
            self._wait -= dt * rate
            self.value = 0.0
            if self._wait <= 0:
                self._phase = 0.0
                self._slow = self.SLOW if not self._again and self._rng.random() < 1 / 16 else 1.0
                self.count += 1
        else:
            self._phase += dt
        if self._phase >= 0:
            p = self._phase / self._slow
            if p < self.CLOSE:
                self.value = signals.ease(p / self.CLOSE)
            elif p < self.CLOSE + 0.03:
                self.value = 1.0
            else:
                x = (p - self.CLOSE - 0.03) / self.OPEN
                self.value = 1 - signals.ease(min(1.0, x) ** 0.8)
                if x >= 1:
                    self._finish()
        return self.value

    def _finish(self) -> None:
        self._phase, self.value = -1.0, 0.0
        if not self._again and self._rng.random() < 0.12:
            self._again, self._wait = True, float(self._rng.uniform(0.06, 0.18))
            return
        self._again = False
        # log-normal gaps with a mean near 4 s
        self._wait = float(np.clip(np.exp(self._rng.normal(1.25, 0.5)), 1.0, 9.0))


class Flicker:
    """A small rise of the brows now and then, gone in a third of a second: a face is never quite still. value : 0-1."""

    LENGTH: Final = 0.34

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._wait, self._phase, self._size = float(rng.uniform(3, 12)), -1.0, 0.0
        self.value = 0.0

    def step(self, dt: float) -> float:
        """Move on; returns ``value``."""
        if self._phase < 0:
            self._wait -= dt
            if self._wait > 0:
                return 0.0
            self._phase, self._size = 0.0, float(self._rng.uniform(0.08, 0.22))
        self._phase += dt
        u = 2 * self._phase / self.LENGTH
        self.value = self._size * signals.ease(u if u < 1 else 2 - u)
        if u >= 2:
            self._phase, self.value, self._wait = -1.0, 0.0, float(self._rng.uniform(5, 18))
        return self.value


class Weight:
    """Weight from foot to foot, of one actor: -1 right to 1 left."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._from, self._to = 0.0, float(rng.choice([-1, 1]) * rng.uniform(0.5, 0.9))
        self._time, self._length, self._rest = 0.0, 2.0, float(rng.uniform(1, 4))
        self.value = 0.0

    def step(self, dt: float) -> float:
        """Move on; returns ``value``."""
        if self._rest > 0:
            self._rest -= dt
            return self.value
        self._time += dt
        u = self._time / self._length
        self.value = self._from + (self._to - self._from) * signals.ease(u)
        if u >= 1:
            rng = self._rng
            self._from = self._to
            sign = -1.0 if self._from > 0 else 1.0
            if rng.random() < 0.3:
                sign = -sign
            self._to = float(sign * rng.uniform(0.25, 1.0))
            self._time, self._length = 0.0, float(rng.uniform(1.6, 2.8))
            self._rest = float(np.clip(rng.gamma(4.0, 2.2), 3.0, 20.0))
        return self.value


class Idle:
    """Idle life of A actors.

    basis : (C, WIDE) float32, what each channel adds to the body's rotation vectors, row by row, and then to the hips'
    place (metres); ease : (WIDE,) standing at ease; channels : (A, C) float32, to be multiplied with ``basis``;
    tempo, size, attention : of each actor, 1 as people move at rest and lean towards whom they listen to; lids : (A, 2)
    how far the left and the right lid hang, 0-1, a little and never quite alike; vivid : (A, 1) how strongly a feeling
    shows at the moment, about 1.
    """

    def __init__(self, body: Body, seeds: Sequence[int]) -> None:
        actors = len(seeds)
        ease = body.relaxed()
        walks = body.pose()[None].repeat(len(_WALKS), 0)
        for i, (bone, (x, y, z), _) in enumerate(_WALKS):
            # arms hang turned: their small turns are about their own hanging axes
            body.turn(walks[i], bone, x, y, z)
        # breath depth, breath tempo, left and right fingers, sway x, sway z, pelvis yaw
        slow = [0.11, 0.13, 0.23, 0.21, 0.55, 0.6, 0.16]
        rates = np.array([w[2] for w in _WALKS] + slow, np.float32)
        self._noise = signals.Noise(rates, [seed * 7 + 11 for seed in seeds])
        breath, lean, fingers = body.pose(), body.pose(), [body.pose(), body.pose()]
        for bone, x in (("spine", -0.35), ("chest", -1.0), ("upperChest", -0.7), ("neck", 0.9), ("head", 0.75)):
            body.turn(breath, bone, x=x)
        for side, s in (("left", 1.0), ("right", -1.0)):
            body.turn(breath, side + "Shoulder", z=s * 0.9, y=s * 0.3)
            body.turn(breath, side + "UpperArm", z=s * -0.35)
            before, after = body.pose(), body.pose()
            body.fingers(before, side, (0, 0, 0, 0, 0))
            body.fingers(after, side, (1.0, 2.2, 2.4, 2.6, 2.8))
            fingers[0 if side == "left" else 1] = after - before
        # weight on the left foot: pelvis to the left and up on that side, trunk and head brought back over it
        for bone, y, z in (
            ("hips", 2.0, 2.4),
            ("spine", -0.8, -1.9),
            ("chest", -0.8, -1.5),
            ("upperChest", 0.0, 0.3),
            ("neck", -0.2, 0.4),
            ("head", -0.2, 0.3),
        ):
            body.turn(lean, bone, y=y, z=z)
        listen, tilt = body.pose(), body.pose()
        for bone, x in (("spine", 0.5), ("chest", 0.8), ("upperChest", 0.5), ("neck", 1.6), ("head", -1.6)):
            body.turn(listen, bone, x=x)
        for bone, z in (("chest", 0.3), ("neck", 1.3), ("head", 3.0)):
            body.turn(tilt, bone, z=z)
        yaw, none = body.pose(), body.pose()
        body.turn(yaw, "hips", y=0.7)
        body.turn(yaw, "spine", y=-0.3)
        stance = abs(float(body.at["leftUpperLeg"][0]))
        moves = {"breath": (0.0, 0.0006, 0.0), "lean": (0.27 * stance, 0.0, 0.0)}
        moves |= {"listen": (0.0, 0.0, 0.05 * stance)}
        moves |= {"x": (0.022 * stance, 0.0, 0.0), "z": (0.0, 0.0, 0.025 * stance)}
        slow_poses = [("breath", breath), ("lean", lean), ("", fingers[0]), ("", fingers[1]), ("", yaw)]
        rows = [_row(w, (0, 0, 0)) for w in walks]
        slow_poses += [("x", none), ("z", none), ("listen", listen), ("", tilt)]
        rows += [_row(p, moves.get(n, (0, 0, 0))) for n, p in slow_poses]
        self.basis = np.stack(rows)
        self.ease = _row(ease, (0, -0.0045 * body.leg, 0))
        self.channels = np.zeros((actors, len(rows)), np.float32)
        rngs = [np.random.default_rng([seed, 1]) for seed in seeds]
        self._breath = [float(rng.uniform(0, 2 * math.pi)) for rng in rngs]
        self._weights = [Weight(rng) for rng in rngs]
        self._live = [signals.Follow() for _ in rngs]
        self._leans = [signals.Follow() for _ in rngs]
        self.tempo, self.size, self.attention = [1.0] * actors, [1.0] * actors, [1.0] * actors
        self.lids, self.vivid = np.zeros((actors, 2), np.float32), np.ones((actors, 1), np.float32)

    def step(
        self, dt: float, speaking: Sequence[bool], arousal: Sequence[float], listening: Sequence[bool]
    ) -> FloatArray:
        """Move on; returns ``channels``. arousal : by how much each breathes more quickly than at rest, of its pace;
        listening : a person has its attention, to whom it comes a little nearer, its head tilted, while it is silent.
        """
        n = len(_WALKS)
        walk = self._noise.step(dt)
        # The face goes with walks that nobody can see it go with: those of the fingers and of the sway.
        np.multiply(walk[:, n + 2 : n + 4], 0.012, out=self.lids)
        self.lids += 0.03
        np.multiply(walk[:, n + 4 : n + 5], 0.06, out=self.vivid)
        self.vivid += 1
        c = self.channels
        c[:, :n] = walk[:, :n]
        slower, heads = [], []
        for actor, slow in enumerate(walk[:, n:].tolist()):
            live = self._live[actor].step(1.0 if speaking[actor] else 0.0, 4.0, dt)
            pace = (0.24 + 0.035 * slow[1] + 0.04 * live) * self.tempo[actor] * (1 + arousal[actor])
            phase = (self._breath[actor] + 2 * math.pi * dt * max(0.12, pace)) % (2 * math.pi)
            self._breath[actor] = phase
            # in a little faster than out
            b = math.sin(phase + 0.35 * math.sin(phase))
            weight = self._weights[actor].step(dt)
            attends = self.attention[actor] if listening[actor] and not speaking[actor] else 0.0
            lean = self._leans[actor].step(attends, 2.2, dt)
            tilt = lean * math.tanh(slow[6])
            depth = b * (0.8 + 0.15 * slow[0])
            slower.append((depth, weight, slow[2], slow[3], slow[6], slow[4], slow[5], lean, tilt))
            heads.append(1 + 0.9 * live)
        c[:, n:] = slower
        if max(heads) > 1.001:
            c[:, _HEAD] *= np.array(heads, np.float32)[:, None]
        if any(size != 1.0 for size in self.size):
            c[:, :n] *= np.array(self.size, np.float32)[:, None]
        return c


def _row(pose: FloatArray, move: tuple[float, float, float]) -> FloatArray:
    """(WIDE,) a body pose and the hips' move in a row."""
    pose = pose.copy()
    pose[ROWS - 1] = 0
    return np.concatenate([pose.ravel(), np.array(move, np.float32)])
