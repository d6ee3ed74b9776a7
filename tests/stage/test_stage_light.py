"""Probes of a room's light: their irradiance is what physics says, and turning them is turning the room."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.linalg import quat
from avatar.stage import light

FOV = float(np.radians(63.0))
AXES = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32)
RIGHT, LEFT, UP, DOWN, NEAR, FAR = range(6)


def directions(rng, count=200):
    d = rng.normal(size=(count, 3)).astype(np.float32)
    return d / np.linalg.norm(d, axis=1, keepdims=True)


def grey(value, size=(160, 120)):
    return np.full((size[1], size[0], 3), value, np.uint8)


def test_an_even_room_is_even(rng):
    probe = light.probe_uniform((0.5, 0.3, 0.1))
    assert probe.shape == (9, 3)
    assert light.irradiance(probe, directions(rng)) == pytest.approx(
        np.tile(np.array([0.5, 0.3, 0.1], np.float32), (200, 1)), abs=1e-6
    )


def test_irradiance_of_one_far_light_is_the_clamped_cosine():
    # Ramamoorthi & Hanrahan: nine numbers hold the cosine lobe of a far light to within a few hundredths of its peak.
    towards = np.array([0.48, 0.6, 0.64], np.float32)
    probe = (light._basis(towards)[:, None] * np.ones(3)).astype(np.float32)
    normals = directions(np.random.default_rng(3), 500)
    expected = np.maximum(normals @ towards, 0) / np.pi
    got = light.irradiance(probe, normals)[:, 0]
    assert np.abs(got - expected).max() < 0.1 / np.pi
    assert np.corrcoef(got, expected)[0, 1] > 0.99


def test_a_grey_picture_of_an_ordinary_room_is_the_neutral_room(rng):
    encoded = round(255 * (1.055 * light.GREY ** (1 / 2.4) - 0.055))
    got = light.irradiance(light.probe_from_picture(grey(encoded), FOV), directions(rng))
    assert got == pytest.approx(np.full((200, 3), light.NEUTRAL), rel=0.02)


def test_a_window_on_the_left_lights_the_left():
    image = grey(60)
    image[20:80, :40] = (255, 240, 220)
    e = light.irradiance(light.probe_from_picture(image, FOV), AXES)
    assert (e[LEFT] > 1.3 * e[RIGHT]).all()
    assert e[LEFT, 0] > e[LEFT, 2]  # warm, as the window is


def test_a_bright_ceiling_lights_from_above():
    image = grey(60)
    image[:30] = 230
    e = light.irradiance(light.probe_from_picture(image, FOV), AXES)
    assert (e[UP] > 1.5 * e[DOWN]).all()
    assert e[LEFT] == pytest.approx(e[RIGHT], rel=0.02)


def test_the_unseen_half_is_the_seen_one_fainter():
    image = grey(40)
    image[40:80, 60:100] = 255  # a lamp straight before the camera
    e = light.irradiance(light.probe_from_picture(image, FOV), AXES)
    assert (e[FAR] > e[NEAR]).all()
    assert (e[NEAR] > e[LEFT]).all()


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (640, 480), (1280, 720)])
def test_any_size_of_picture(size, rng):
    probe = light.probe_from_picture(rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8), FOV)
    assert probe.dtype == np.float32
    assert np.isfinite(probe).all()


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4), (0, 4, 3)])
def test_not_a_picture(shape):
    with pytest.raises(ValueError, match="a picture is"):
        light.probe_from_picture(np.zeros(shape, np.uint8), FOV)


def test_the_polynomial_is_the_irradiance_of_the_turned_normal(rng):
    probe = (rng.normal(size=(9, 3)) * 0.1).astype(np.float32)
    probe[0] += 4  # bright enough all round that nothing is cut at zero
    turn = quat.to_matrix(quat.from_euler(0.4, -1.1, 0.7)).astype(np.float32)
    n = directions(rng)
    x, y, z = n.T
    terms = np.stack([np.ones_like(x), x, y, z, x * x, y * y, z * z, x * y, y * z, z * x], -1)
    got = terms @ light.polynomial(probe, turn)
    assert got == pytest.approx(light.irradiance(probe, n @ turn.T), abs=1e-5)
    # The second order by itself has no mean, so that shaders may weigh the orders apart.
    assert light.polynomial(probe, turn)[4:7].sum(0) == pytest.approx([0, 0, 0], abs=1e-5)
