"""The companion's light is the picture's: its colour, its brightness, and the side a face is lit from."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.stage.lit import RoomLight, from_face
from avatar.types import Face, FloatArray

SIZE = (640, 480)
FOV = float(np.radians(50.0))
DT = 1 / 30


def head(direction: FloatArray | None, amount: float, turn: float = 0.0, noise: float = 0.0) -> tuple[np.ndarray, Face]:
    """A picture of a rounded head of skin under one light (ambient beside it), and the face found in it."""
    rng = np.random.default_rng(5)
    image = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    y, x = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
    middle, radius, deep = np.array([320.0, 240.0]), 100.0, 130.0
    px, py = (x - middle[0]) / radius, -(y - middle[1]) / deep
    inside = px**2 + py**2 < 0.97
    pz = np.sqrt(np.maximum(1 - px**2 - py**2, 0))
    normal = np.stack([px / radius, py / deep, pz / radius], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True) + 1e-9
    shade = np.full(px.shape, 1.0, np.float32)
    if direction is not None:
        shade = 1 - amount + 2 * amount * np.maximum(normal @ direction, 0)
    skin = np.array([0.45, 0.26, 0.19]) * shade[..., None] * 0.8
    skin = np.clip(skin + noise * rng.standard_normal(skin.shape), 0, 1)
    encoded = np.where(skin <= 0.0031308, skin * 12.92, 1.055 * skin ** (1 / 2.4) - 0.055)
    image[inside] = (255 * encoded[inside]).astype(np.uint8)
    angle, high = rng.uniform(-1, 1, 478) * 1.1, rng.uniform(-0.75, 0.75, 478)
    wide = np.sqrt(1 - high**2)
    points = np.stack(
        [
            middle[0] + radius * wide * np.sin(angle) * 0.95,
            middle[1] - deep * high * 0.95,
            -radius * wide * np.cos(angle),
        ],
        1,
    ).astype(np.float32)
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, 3] = 0, 0, -0.7
    c, s = np.cos(turn), np.sin(turn)
    matrix[:3, :3] = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    box = np.concatenate([points[:, :2].min(0), points[:, :2].max(0)])
    return image, Face(points, np.zeros(52, np.float32), matrix, box)


def unit(*v: float) -> FloatArray:
    return (np.array(v) / np.linalg.norm(v)).astype(np.float32)


@pytest.mark.parametrize("towards", [(-1, 0.4, 0.8), (1, 0.4, 0.8), (0.2, 1, 0.7), (0, -0.6, 1), (0, 0.1, 1)])
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_a_face_says_where_the_light_is(towards: tuple[float, float, float], noise: float) -> None:
    truth = unit(*towards)
    found = from_face(*head(truth, 0.5, noise=noise))
    assert found is not None
    assert np.degrees(np.arccos(np.clip(found[0] @ truth, -1, 1))) < 22
    assert found[1] > 0.2


def test_even_light_has_little_contrast_and_too_little_face_says_nothing() -> None:
    found = from_face(*head(None, 0.0))
    assert found is not None
    assert found[1] < 0.08
    image, face = head(unit(1, 0, 1), 0.5)
    assert from_face(np.zeros_like(image), face) is None
    assert from_face(np.full_like(image, 255), face) is None
    small = Face(face.points * 0.1, face.blendshapes, face.matrix, face.box * 0.1)
    assert from_face(image, small) is None
    broken = Face(np.full_like(face.points, np.nan), face.blendshapes, face.matrix, face.box)
    assert from_face(image, broken) is None


def plain(*rgb: int) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), rgb, np.uint8)


def settled(image: np.ndarray, face: Face | None = None) -> RoomLight:
    light = RoomLight()
    for _ in range(60):
        light.step(image, face, FOV, DT)
    return light


def test_warm_rooms_are_warm_cold_ones_cold_dark_ones_dark() -> None:
    grey, warm, cold, dark = (
        settled(plain(*c)).lighting for c in ((127,) * 3, (150, 120, 80), (90, 120, 160), (40,) * 3)
    )
    assert np.ptp(grey.color) < 0.02
    assert 0.7 < grey.color.mean() < 1.25
    assert warm.color[0] > 1.25 * warm.color[2]
    assert cold.color[2] > 1.25 * cold.color[0]
    assert dark.color.mean() < 0.55 * grey.color.mean()
    assert dark.color.mean() > 0.1
    assert np.linalg.norm(grey.direction) == pytest.approx(1, abs=1e-5)


def test_light_from_one_side_lights_and_shadows_from_there() -> None:
    left = settled(*head(unit(-1, 0.3, 0.6), 0.6)).lighting
    right = settled(*head(unit(1, 0.3, 0.6), 0.6)).lighting
    assert left.direction[0] < -0.5 < 0.5 < right.direction[0]
    even = settled(*head(None, 0)).lighting
    assert left.shadows > even.shadows + 0.2


def test_nobody_sees_it_change_but_a_lamp_is_followed_soon() -> None:
    light = settled(plain(127, 127, 127))
    last, steps = light.lighting.color.copy(), []
    for k in range(240):
        light.step(plain(127 + min(k, 40) // 4, 120, 112), None, FOV, DT)
        steps.append(float(np.abs(light.lighting.color - last).max()))
        last = light.lighting.color.copy()
    assert max(steps) < 0.02
    lamp, before = 0.0, float(last.mean())
    for k in range(60):
        light.step(plain(30, 30, 30), None, FOV, DT)
        if abs(float(light.lighting.color.mean()) - before) < 0.4 * before:
            lamp = k * DT
    assert 0.05 < lamp < 0.7


def test_flicker_of_the_sensor_is_not_followed() -> None:
    rng, light, colours = np.random.default_rng(2), RoomLight(), []
    for _ in range(150):
        image = np.clip(rng.normal(120, 6) + rng.normal(0, 8, (SIZE[1], SIZE[0], 3)), 0, 255).astype(np.uint8)
        light.step(image, None, FOV, DT)
        colours.append(light.lighting.color.mean())
    assert np.std(colours[60:]) < 0.02


def test_without_a_picture_it_stays_as_it_is() -> None:
    light = RoomLight()
    before = light.step(None, None, FOV, DT)
    assert before.probe is None
    light = settled(plain(150, 120, 80))
    colour = light.lighting.color.copy()
    for dt in (0.0, 1.0, float("nan"), -1.0):
        light.step(None, None, FOV, dt)
    np.testing.assert_allclose(light.lighting.color, colour, atol=1e-3)


@pytest.mark.parametrize("level", [150, 200, 255])
def test_nothing_pale_is_blown_out_in_a_bright_room(level):
    """A white blouse is painted nearly white: a camera that exposes by itself does not light it beyond that."""
    room = RoomLight()
    bright = np.full((SIZE[1], SIZE[0], 3), level, np.uint8)
    for _ in range(120):
        room.step(bright, None, FOV, DT)
    luma = np.array([0.2126, 0.7152, 0.0722], np.float32)
    assert 0.7 < float(room.lighting.color @ luma) <= 1.16
    assert float(room.lighting.ambient @ luma) <= 0.6
