"""Rotations as tuples agree with those as arrays."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.linalg import quat, turns


def close(a: object, b: object) -> bool:
    """The same rotation, whatever the sign."""
    x, y = np.array(a, float), np.array(b, float)
    return min(np.abs(x - y).max(), np.abs(x + y).max()) < 1e-5


def a_turn(rng: np.random.Generator) -> turns.Turn:
    q = rng.normal(size=4)
    x, y, z, w = (q / np.linalg.norm(q)).tolist()
    return (x, y, z, w)


def a_vector(rng: np.random.Generator) -> turns.Vector:
    x, y, z = rng.normal(size=3).tolist()
    return turns.unit((x, y, z))


def test_they_agree_with_arrays(rng: np.random.Generator) -> None:
    for _ in range(50):
        p, q, u, v = a_turn(rng), a_turn(rng), a_vector(rng), a_vector(rng)
        a, b, m, n = (np.array(x, np.float32) for x in (p, q, u, v))
        assert close(turns.multiply(p, q), quat.multiply(a, b))
        assert turns.rotate(p, u) == pytest.approx(quat.rotate(a, m), abs=1e-5)
        assert turns.rotate(turns.inverse(p), turns.rotate(p, u)) == pytest.approx(u)
        assert close(turns.between(u, v), quat.between(m, n))
        assert close(turns.share(p, 0.4), quat.from_vector(quat.to_vector(a) * np.float32(0.4)))
        assert close(turns.about(u, 0.7), quat.from_axis_angle(m, 0.7))
        assert abs(turns.dot(u, turns.square_to(u, v))) < 1e-12


def test_onto_finds_the_turn_that_was_made(rng: np.random.Generator) -> None:
    for _ in range(50):
        p, u, v = a_turn(rng), a_vector(rng), a_vector(rng)
        assert close(turns.onto(u, v, turns.rotate(p, u), turns.rotate(p, v)), p)
    back = turns.onto((1, 0, 0), (0, 0, 1), (-1, 0, 0), (0, 0, 1))
    assert turns.rotate(back, (1, 0, 0)) == pytest.approx((-1, 0, 0))
    assert turns.rotate(back, (0, 0, 1)) == pytest.approx((0, 0, 1))


def test_what_has_no_direction_stays_finite() -> None:
    assert turns.unit((0.0, 0.0, 0.0)) == (0.0, 0.0, 0.0)
    assert turns.share(turns.NONE, 0.5) == turns.NONE
    for v in ((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)):
        back = turns.between(v, (-v[0], -v[1], -v[2]))
        assert turns.rotate(back, v) == pytest.approx((-v[0], -v[1], -v[2]))
