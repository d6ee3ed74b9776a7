"""Smooth signals in time: easing, critically damped following, and seeded noise that never repeats. Float32, in
place."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..types import FloatArray


def minimum_jerk(x: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """0 to 1 with zero velocity and acceleration at both ends, clamped outside (Flash and Hogan 1985). x : (...)."""
    u = np.clip(x, 0, 1, out=out)
    result: FloatArray = np.multiply(u * u * u, (u * 6 - 15) * u + 10, out=u)
    return result


def ease(x: float) -> float:
    """``minimum_jerk`` of one number."""
    u = min(max(x, 0.0), 1.0)
    return u * u * u * ((u * 6 - 15) * u + 10)


class Follow:
    """One number that follows its target critically damped; ``Damped`` for a single value, many times cheaper."""

    __slots__ = ("speed", "value")

    def __init__(self, value: float = 0.0) -> None:
        self.value, self.speed = value, 0.0

    def step(self, target: float, omega: float, dt: float) -> float:
        """Follow for ``dt`` seconds; returns ``value``."""
        e = self.value - target
        t = (self.speed + omega * e) * dt
        decay = math.exp(-omega * dt)
        self.value = target + (e + t) * decay
        self.speed = (self.speed - omega * t) * decay
        return self.value


class Damped:
    """Values that follow their targets critically damped: no overshoot, velocity continuous, exact for any step.

    value, speed : (*shape) float32. Settles to 1 % in ``6.64 / omega`` seconds.
    """

    def __init__(self, shape: int | tuple[int, ...]) -> None:
        self.value = np.zeros(shape, np.float32)
        self.speed = np.zeros(shape, np.float32)
        self._e = np.zeros(shape, np.float32)
        self._t = np.zeros(shape, np.float32)

    def step(self, target: FloatArray | float, omega: FloatArray | float, dt: float) -> FloatArray:
        """Follow for ``dt`` seconds; omega : radians a second, scalar or like value. Returns ``value``."""
        e, t = self._e, self._t
        np.subtract(self.value, target, out=e)
        np.multiply(e, omega, out=t)
        t += self.speed
        t *= dt
        decay = np.exp(np.multiply(omega, -dt))
        e += t
        e *= decay
        np.add(e, target, out=self.value)
        t *= omega
        self.speed -= t
        self.speed *= decay
        return self.value


class Noise:
    """C independent smooth random walks about zero, unit variance, each with its own tempo; once, or for A actors.

    Cubic B-splines over random lattice values: continuous to the second derivative, never repeating, and equal for
    equal seeds and steps. rate : (C,) lattice points a second (about twice the highest frequency, in hertz);
    seed : one, for ``value`` (C,), or one for each actor, for ``value`` (A, C).
    """

    def __init__(self, rate: FloatArray, seed: int | Sequence[int]) -> None:
        self.rate = np.asarray(rate, np.float32)
        seeds = [seed] if isinstance(seed, int) else list(seed)
        self._rngs = [np.random.default_rng(x) for x in seeds]
        c = len(self.rate)
        knots = [np.clip(rng.standard_normal((4, c), np.float32), -2, 2) for rng in self._rngs]
        self._knots = np.ascontiguousarray(np.stack(knots, 1))
        self._u = np.stack([rng.random(c, np.float32) for rng in self._rngs])
        self._by = np.zeros(c, np.float32)
        self._poly = np.zeros_like(self._knots)
        self._all = np.zeros((len(seeds), c), np.float32)
        self.value = self._all[0] if isinstance(seed, int) else self._all
        self._fit()

    def _fit(self) -> None:
        """The cubic of each walk between its middle two knots, scaled to unit variance."""
        k0, k1, k2, k3 = self._knots
        self._poly[:] = (k0 + 4 * k1 + k2, 3 * (k2 - k0), 3 * (k0 - 2 * k1 + k2), k3 - k0 + 3 * (k1 - k2))
        self._poly *= 1.45 / 6

    def step(self, dt: float) -> FloatArray:
        """Move on by ``dt`` seconds; returns ``value``."""
        u, value = self._u, self._all
        np.multiply(self.rate, dt, out=self._by)
        u += self._by
        if u.max() >= 1:
            self._draw()
        c0, c1, c2, c3 = self._poly
        np.multiply(c3, u, out=value)
        value += c2
        value *= u
        value += c1
        value *= u
        value += c0
        return self.value

    def _draw(self) -> None:
        over = self._u >= 1
        for actor in np.flatnonzero(over.any(axis=1)):
            now = over[actor]
            fresh = np.clip(self._rngs[actor].standard_normal(len(now), np.float32), -2, 2)
            knots = self._knots[:, actor]
            knots[:3, now] = knots[1:, now]
            knots[3, now] = fresh[now]
        np.fmod(self._u, 1, out=self._u)
        self._fit()
