"""Smooth signals in time: easing, critically damped following, and seeded noise that never repeats. Float32, in
place."""

from __future__ import annotations

import math

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
    """C independent smooth random walks about zero, unit variance, each with its own tempo.

    Cubic B-splines over random lattice values: continuous to the second derivative, never repeating, and equal for
    equal seeds and steps. rate : (C,) lattice points a second (about twice the highest frequency, in hertz).
    """

    def __init__(self, rate: FloatArray, seed: int) -> None:
        self.rate = np.asarray(rate, np.float32)
        self._rng = np.random.default_rng(seed)
        c = len(self.rate)
        self._knots = np.clip(self._rng.standard_normal((4, c), np.float32), -2, 2)
        self._fresh = np.zeros(c, np.float32)
        self._u = self._rng.random(c, np.float32)
        self._w = np.zeros((4, c), np.float32)
        self._v = np.zeros(c, np.float32)
        self.value = np.zeros(c, np.float32)

    def step(self, dt: float) -> FloatArray:
        """Move on by ``dt`` seconds; returns ``value``, (C,)."""
        u, w = self._u, self._w
        np.multiply(self.rate, dt, out=self._v)
        u += self._v
        if u.max() >= 1:
            over = u >= 1
            self._rng.standard_normal(out=self._fresh, dtype=np.float32)
            np.clip(self._fresh, -2, 2, out=self._fresh)
            for i in range(3):
                np.copyto(self._knots[i], self._knots[i + 1], where=over)
            np.copyto(self._knots[3], self._fresh, where=over)
            np.fmod(u, 1, out=u)
        v = self._v
        np.subtract(1, u, out=v)
        np.multiply(v, v, out=w[0])
        w[0] *= v
        np.multiply(u, u, out=w[3])
        w[3] *= u
        # w1 = (3u^3 - 6u^2 + 4), w2 = 6 - w0 - w1 - w3; all over 6, times 1.45 for unit variance
        np.multiply(u, 3, out=w[1])
        w[1] -= 6
        w[1] *= u
        w[1] *= u
        w[1] += 4
        np.subtract(6, w[0], out=w[2])
        w[2] -= w[1]
        w[2] -= w[3]
        w *= self._knots
        np.add.reduce(w, axis=0, out=self.value)
        self.value *= 1.45 / 6
        return self.value
