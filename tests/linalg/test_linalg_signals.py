"""Signals are smooth and rotations' logarithms, matrices and products agree."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.linalg import quat, signals


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def random_quats(rng: np.random.Generator, n: int) -> np.ndarray:
    return quat.normalize(rng.normal(size=(n, 4)).astype(np.float32))


def test_logarithm_and_exponential_are_inverse(rng: np.random.Generator) -> None:
    v = rng.normal(size=(200, 3)).astype(np.float32)
    v *= (rng.uniform(0, 3.1, 200) / np.linalg.norm(v, axis=1))[:, None].astype(np.float32)
    v[0] = 0
    v[1] = (1e-6, 0, 0)
    q = quat.from_vector(v)
    assert np.allclose(np.linalg.norm(q, axis=1), 1, atol=1e-6)
    assert np.allclose(quat.to_vector(q), v, atol=2e-4)
    axis = np.array([0, 0, 1], np.float32)
    assert np.allclose(quat.from_vector(axis * np.float32(0.7)), quat.from_axis_angle(axis, 0.7), atol=1e-6)


def test_product_matrices_multiply(rng: np.random.Generator) -> None:
    a, b = random_quats(rng, 30), random_quats(rng, 30)
    want = quat.multiply(a, b)
    assert np.allclose(np.einsum("nij,nj->ni", quat.left_matrix(a), b), want, atol=1e-6)
    assert np.allclose(np.einsum("nij,nj->ni", quat.right_matrix(b), a), want, atol=1e-6)


def test_the_hot_matrix_is_the_plain_one(rng: np.random.Generator) -> None:
    q = random_quats(rng, 40)
    out = quat.to_affine(q, np.empty((40, 4, 4), np.float32), np.empty((40, 4, 4), np.float32))
    assert np.allclose(out[:, :3, :3], quat.to_matrix(q), atol=1e-6)
    assert np.allclose(out[:, 3], (0, 0, 0, 1), atol=1e-6)
    assert np.allclose(out[:, :3, 3], 0)


def test_the_hot_matrix_is_written_in_place_into_part_of_a_larger_array(rng: np.random.Generator) -> None:
    q = random_quats(rng, 3 * 5).reshape(3, 5, 4)
    whole = np.zeros((3, 9, 4, 4), np.float32)
    part = whole[:, 2:7]
    assert quat.to_affine(q, np.empty((3, 5, 4, 4), np.float32), part) is part
    assert np.allclose(whole[:, 2:7, :3, :3], quat.to_matrix(q), atol=1e-6)
    assert not whole[:, :2].any()
    assert not whole[:, 7:].any()


def test_minimum_jerk_rests_at_both_ends() -> None:
    x = np.linspace(-0.5, 1.5, 2001)
    y = signals.minimum_jerk(x.copy())
    assert y[0] == 0
    assert y[-1] == 1
    assert np.all(np.diff(y) >= 0)
    speed = np.gradient(y, x)
    assert abs(speed.max() - 1.875) < 1e-3
    assert np.abs(np.diff(speed)).max() < 0.01
    assert abs(signals.ease(0.3) - float(signals.minimum_jerk(np.array([0.3]))[0])) < 1e-9


def test_followers_do_not_overshoot_and_do_not_depend_on_the_step() -> None:
    coarse, fine = signals.Damped(2), signals.Damped(2)
    target = np.array([1.0, -2.0], np.float32)
    one = signals.Follow()
    for _ in range(5):
        coarse.step(target, 6.0, 0.1)
    for _ in range(50):
        fine.step(target, 6.0, 0.01)
        one.step(1.0, 6.0, 0.01)
        assert one.value <= 1.0
    assert np.allclose(coarse.value, fine.value, atol=1e-4)
    assert abs(one.value - fine.value[0]) < 1e-4
    settled = signals.Damped(1)
    settled.step(1.0, 6.64, 1.0)
    assert abs(settled.value[0] - 0.99) < 0.001


def test_noise_is_smooth_centred_and_never_the_same_twice() -> None:
    noise = signals.Noise(np.array([0.5, 1.0, 2.0], np.float32), 3)
    values = np.array([noise.step(1 / 60).copy() for _ in range(60 * 600)], np.float64)
    assert np.abs(values.mean(0)).max() < 0.25
    assert np.all((values.std(0) > 0.75) & (values.std(0) < 1.25))
    # a spline of rate r cannot move faster than a few times r
    assert np.all(np.abs(np.diff(values, axis=0)).max(0) * 60 < 4 * noise.rate)
    half = len(values) // 2
    for c in range(3):
        assert abs(np.corrcoef(values[:half, c], values[half:, c])[0, 1]) < 0.3
    again = signals.Noise(noise.rate, 3)
    assert np.array_equal(again.step(1 / 60), values[0].astype(np.float32))
