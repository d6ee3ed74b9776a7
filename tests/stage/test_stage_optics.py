"""How soft and how noisy a camera is, found in pictures whose softness and noise are known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from avatar.stage.optics import CameraLook, blur_of, noise_of
from avatar.types import VideoFrame

HEIGHT, WIDTH, FINE = 240, 320, 4


@pytest.fixture(scope="module")
def sharp():
    """Overlapping shapes, four times as large as they are seen."""
    rng = np.random.default_rng(3)
    image = np.full((HEIGHT * FINE, WIDTH * FINE, 3), 120, np.uint8)
    for _ in range(30):
        corners = (rng.random((4, 2)) * [WIDTH * FINE, HEIGHT * FINE]).astype(np.int32)
        cv2.fillConvexPoly(image, cv2.convexHull(corners), rng.integers(30, 225, 3).tolist())
    return image.astype(np.float32)


def seen(sharp, sigma):
    """Through a lens of this softness, on pixels that are boxes."""
    soft = cv2.GaussianBlur(sharp, (0, 0), sigma * FINE) if sigma else sharp
    return cv2.resize(soft, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


def noisy(image, dark, bright, rng, soft=0.0, shared=0.0):
    own, one = rng.standard_normal((*image.shape,)), rng.standard_normal((*image.shape[:2], 1))
    noise = (np.sqrt(shared) * one + np.sqrt(1 - shared) * own).astype(np.float32)
    if soft:
        noise = cv2.GaussianBlur(noise, (0, 0), soft)
        noise /= noise.std()
    level = image.mean(-1, keepdims=True) / 255
    return np.clip(image + 255 * noise * (dark + (bright - dark) * level) + 0.5, 0, 255).astype(np.uint8)


def strips(image):
    return np.stack([image[r : r + 16] for r in range(0, HEIGHT - 15, 16)])


@pytest.mark.parametrize("sigma", [0.5, 0.7, 1.0, 1.4])
@pytest.mark.parametrize("noise", [0.0, 0.02])
def test_softness_is_found_whatever_the_noise(sharp, rng, sigma, noise):
    found = blur_of(noisy(seen(sharp, sigma), noise, noise, rng), noise)
    assert found == pytest.approx(np.hypot(sigma, np.sqrt(1 / 12)), rel=0.15, abs=0.05)


def test_lines_are_no_steps(rng):
    image = np.full((HEIGHT, WIDTH, 3), 60, np.uint8)
    image[::6], image[:, ::7] = 200, 200
    assert blur_of(image, 0.0) is None
    assert blur_of(np.full((HEIGHT, WIDTH, 3), 60, np.uint8), 0.0) is None
    assert blur_of(np.zeros((3, 5, 3), np.uint8), 0.0) is None


@pytest.mark.parametrize(("dark", "bright"), [(0.01, 0.01), (0.02, 0.008), (0.006, 0.02)])
def test_noise_is_found_dark_and_bright(sharp, rng, dark, bright):
    image = seen(sharp, 0.7)
    (found_dark, found_bright, grain, shared), moves = noise_of(
        *(strips(noisy(image, dark, bright, rng)) for _ in range(2))
    )
    level = image.mean() / 255
    assert found_dark + (found_bright - found_dark) * level == pytest.approx(dark + (bright - dark) * level, rel=0.15)
    assert (found_bright > found_dark) == (bright > dark) or dark == bright
    assert moves
    assert grain < 0.1
    assert shared < 0.1


def test_coarse_and_grey_noise_is_told_from_fine_and_coloured(sharp, rng):
    image = seen(sharp, 0.7)
    (*_, grain, shared), _ = noise_of(*(strips(noisy(image, 0.02, 0.02, rng, 0.6, 0.9)) for _ in range(2)))
    assert grain == pytest.approx(np.exp(-1 / (4 * 0.6**2)), abs=0.12)
    assert shared == pytest.approx(0.9, abs=0.1)


def test_somebody_who_moves_is_no_noise(sharp, rng):
    image = seen(sharp, 0.7)
    moved = image.copy()
    moved[:, 80:200] = image[:, 84:204]
    found, _ = noise_of(strips(noisy(image, 0.01, 0.01, rng)), strips(noisy(moved, 0.01, 0.01, rng)))
    assert found[:2] == pytest.approx(0.01, rel=0.2)


def test_a_photograph_s_grain_stands_still(sharp, rng):
    photograph = strips(noisy(seen(sharp, 0.7), 0.02, 0.02, rng))
    found, moves = noise_of(photograph, photograph)
    assert not moves
    assert found[:2] == pytest.approx(0.02, rel=0.25)


def test_a_clean_picture_has_none(sharp):
    clean = strips(seen(sharp, 0.7).astype(np.uint8))
    found, _ = noise_of(clean, clean)
    assert found[:2].max() == 0
    black = np.zeros_like(clean)
    assert noise_of(black, black)[0].max() == 0


def test_it_follows_a_camera_slowly_and_only_by_new_pictures(sharp, rng):
    look = CameraLook()
    image = seen(sharp, 0.9)
    pictures = [noisy(image, 0.02, 0.02, rng) for _ in range(4)]
    assert look.step(VideoFrame(pictures[0], 0.0, 0), None, 0.1) is None
    assert look.step(VideoFrame(pictures[0], 0.0, 0), None, 0.1) is None, "the same picture again"
    first = look.step(VideoFrame(pictures[1], 0.1, 1), None, 0.1)
    assert first is not None
    assert first.noise == pytest.approx((0.02, 0.02), rel=0.2)
    assert first.blur == pytest.approx(0.94, abs=0.2)
    clean, before = image.astype(np.uint8), first
    for k in range(2, 200):
        found = look.step(VideoFrame(clean, k / 10, k), None, 0.1)
        assert found is not None
        assert found.noise[0] <= before.noise[0]
        assert before.noise[0] - found.noise[0] < 0.01
        before = found
    assert before.noise[0] < 0.002
    assert look.step(None, None, 0.1) is before, "a covered camera says nothing"


def test_nonsense_is_borne(rng):
    look = CameraLook()
    for k, size in enumerate([(1, 1), (16, 16), (17, 300), (240, 320), (240, 320), (480, 640), (480, 640)]):
        image = rng.integers(0, 255, (*size, 3), dtype=np.uint8)
        box = np.array([np.nan, 0, 1e9, -5], np.float32)
        for dt in (np.nan, -1.0, 1e9):
            found = look.step(VideoFrame(image, 0.0, 2 * k), box, dt)
            found = look.step(VideoFrame(image, 0.0, 2 * k + 1), None, dt)
        if found is not None:
            assert np.isfinite((found.blur, *found.noise, found.grain, found.shared)).all()


def test_a_camera_that_moves_makes_no_noise(rng):
    """Every block of a clean picture with cloth or wood all over it moves by a part of a pixel, as in a hand-held
    camera's."""
    cloth = cv2.GaussianBlur(rng.standard_normal((HEIGHT * FINE, WIDTH * FINE, 1)).astype(np.float32), (0, 0), 3 * FINE)
    cloth = np.repeat(128 + 25 * cloth[..., None] / cloth.std(), 3, 2)
    moved = np.roll(cloth, (2, 3), (0, 1))
    before, now = (
        cv2.resize(x, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.uint8) for x in (cloth, moved)
    )
    found, _ = noise_of(strips(before), strips(now))
    assert found[:2].max() < 0.004
