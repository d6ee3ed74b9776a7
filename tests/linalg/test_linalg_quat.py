"""Rotations do what rotations do."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.linalg import affine, camera, quat


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def random_quats(rng: np.random.Generator, n: int) -> np.ndarray:
    return quat.normalize(rng.normal(size=(n, 4)).astype(np.float32))


def test_multiply_is_composition(rng: np.random.Generator) -> None:
    a, b = random_quats(rng, 50), random_quats(rng, 50)
    v = rng.normal(size=(50, 3)).astype(np.float32)
    assert np.allclose(quat.rotate(quat.multiply(a, b), v), quat.rotate(a, quat.rotate(b, v)), atol=1e-5)


def test_rotation_keeps_length_and_matches_its_matrix(rng: np.random.Generator) -> None:
    q = random_quats(rng, 50)
    v = rng.normal(size=(50, 3)).astype(np.float32)
    turned = quat.rotate(q, v)
    assert np.allclose(np.linalg.norm(turned, axis=1), np.linalg.norm(v, axis=1), atol=1e-5)
    assert np.allclose(np.einsum("nij,nj->ni", quat.to_matrix(q), v), turned, atol=1e-5)


def test_matrix_round_trip_also_at_half_turns(rng: np.random.Generator) -> None:
    q = np.concatenate([random_quats(rng, 200), np.eye(4, dtype=np.float32)])
    back = quat.from_matrix(quat.to_matrix(q))
    assert np.allclose(np.abs(np.einsum("ni,ni->n", q, back)), 1, atol=1e-5)


def test_between_takes_one_onto_the_other_even_when_opposite(rng: np.random.Generator) -> None:
    a = rng.normal(size=(20, 3))
    a = (a / np.linalg.norm(a, axis=1, keepdims=True)).astype(np.float32)
    b = np.roll(a, 1, axis=0)
    b[0] = -a[0]
    assert np.allclose(quat.rotate(quat.between(a, b), a), b, atol=1e-5)


def test_slerp_ends_and_middle() -> None:
    a = quat.from_axis_angle(np.array([0, 1, 0], np.float32), 0.2)
    b = quat.from_axis_angle(np.array([0, 1, 0], np.float32), 1.0)
    assert np.allclose(quat.slerp(a, b, 0.5), quat.from_axis_angle(np.array([0, 1, 0], np.float32), 0.6), atol=1e-6)
    assert np.allclose(quat.slerp(a, -b, 1.0), b, atol=1e-6)


def test_zero_quaternion_becomes_identity() -> None:
    assert quat.normalize(np.zeros((2, 4), np.float32)).tolist() == [[0, 0, 0, 1]] * 2


def test_affine_round_trip(rng: np.random.Generator) -> None:
    t = rng.normal(size=(10, 3)).astype(np.float32)
    r = random_quats(rng, 10)
    s = rng.uniform(0.5, 2, size=(10, 3)).astype(np.float32)
    t2, r2, s2 = affine.decompose(affine.compose(t, r, s))
    assert np.allclose(t, t2, atol=1e-5)
    assert np.allclose(s, s2, atol=1e-4)
    assert np.allclose(np.abs(np.einsum("ni,ni->n", r, r2)), 1, atol=1e-5)
    m = affine.compose(t, r)
    assert np.allclose(m @ affine.invert_rigid(m), np.eye(4), atol=1e-5)


def test_project_and_unproject_are_inverse(rng: np.random.Generator) -> None:
    p = rng.uniform(-0.4, 0.4, size=(30, 3)).astype(np.float32)
    p[:, 2] = -rng.uniform(0.5, 3, size=30)
    fov = float(np.radians(63))
    px = camera.project(p, fov, (640, 480))
    assert np.allclose(camera.unproject(px, -p[:, 2], fov, (640, 480)), p, atol=1e-5)


def test_projection_matrix_agrees_with_project() -> None:
    p = np.array([0.2, -0.1, -1.5, 1], np.float32)
    fov = float(np.radians(50))
    clip = camera.perspective(fov, 640 / 480) @ p
    ndc = clip[:3] / clip[3]
    expected = camera.project(p[:3], fov, (640, 480))
    assert np.allclose([(ndc[0] + 1) * 320, (1 - ndc[1]) * 240], expected, atol=1e-3)
