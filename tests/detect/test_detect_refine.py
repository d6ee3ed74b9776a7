"""The refined matte lies on the picture's edges, keeps still on a still subject, and moves when the subject does."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from avatar.io.detect.refine import Refiner, guided

H, W = 240, 320


def disc(x: float, radius: float = 60.0) -> np.ndarray:
    """(H, W) float32, 1 inside."""
    down, across = np.mgrid[0:H, 0:W]
    return (np.hypot(across - x, down - 120) < radius).astype(np.float32)


def picture(inside: np.ndarray, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    grey = 60 + 110 * inside + noise * np.random.default_rng(seed).standard_normal(inside.shape)
    return np.clip(grey, 0, 255).astype(np.uint8)[..., None].repeat(3, 2)


def soft(inside: np.ndarray, shift: float = 0.0) -> np.ndarray:
    """As a segmenter gives it: round, soft, a little beside the edge."""
    moved = cv2.warpAffine(inside, np.array([[1, 0, shift], [0, 1, 0]], np.float32), (W, H))
    return cv2.GaussianBlur(moved, (0, 0), 4.0)


def wrong(matte: np.ndarray, truth: np.ndarray) -> float:
    return float(np.abs(matte.astype(np.float32) / 255 - truth).mean())


def test_the_border_goes_to_the_pictures_edge() -> None:
    truth = disc(160)
    for shift in (0.0, 3.0, -3.0):
        raw = soft(truth, shift)
        fine = Refiner().step(picture(truth, 3.0), raw)
        assert wrong(fine, truth) < 0.55 * wrong((raw * 255).astype(np.uint8), truth)
    between = [int(((m > 0.35) & (m < 0.65)).sum()) for m in (guided(picture(truth)[..., 0], soft(truth)), soft(truth))]
    assert between[0] < 0.7 * between[1]


def test_without_an_edge_in_the_picture_the_matte_stays_as_it_is() -> None:
    raw = soft(disc(160))
    flat = np.full((H, W), 90, np.uint8)
    assert np.abs(guided(flat, raw) - raw).mean() < 0.02


def test_a_still_subject_does_not_flicker() -> None:
    truth, refiner, rng = disc(160), Refiner(), np.random.default_rng(1)
    seen = []
    for k in range(40):
        noisy = soft(truth) + cv2.GaussianBlur(rng.normal(0, 0.25, (H, W)).astype(np.float32), (0, 0), 3)
        seen.append(refiner.step(picture(truth, 4.0, k), np.clip(noisy, 0, 1)).astype(np.float32) / 255)
    change = [float(np.abs(b - a).mean()) for a, b in pairwise(seen[10:])]
    assert max(change) < 0.01


def test_a_subject_that_moves_is_followed_at_once() -> None:
    refiner = Refiner()
    for _ in range(10):
        refiner.step(picture(disc(100)), soft(disc(100)))
    assert wrong(refiner.step(picture(disc(220)), soft(disc(220))), disc(220)) < 0.02


def test_a_mind_changed_about_a_thing_that_stands_still_is_not_believed_at_once() -> None:
    """A helmet on a table, now the person's and now not, as a segmenter sees it fifteen times a second."""
    person, thing = disc(110), disc(255, 30.0)
    still, rng, refiner, seen = picture(person), np.random.default_rng(2), Refiner(), []
    for k in range(60):
        noise = rng.normal(0, 6, (H, W, 1))
        image = np.clip(still + noise, 0, 255).astype(np.uint8)
        seen.append(refiner.step(image, soft(np.maximum(person, thing * (k // 3 % 2)))).astype(np.float32) / 255)
    change = [float(np.abs(b - a)[100:140, 240:270].mean()) for a, b in pairwise(seen[10:])]
    assert max(change) < 0.25
    assert wrong((seen[-1] * 255 * (1 - disc(255, 45.0))).astype(np.uint8), person) < 0.03


def test_what_the_segmenter_saw_too_late_is_believed_in_time() -> None:
    refiner, near = Refiner(), disc(220)
    for _ in range(10):
        refiner.step(picture(disc(100)), soft(disc(100)))
    refiner.step(picture(near), soft(disc(100)))  # it is there, and not found yet
    errors = [wrong(refiner.step(picture(near), soft(near)), near) for _ in range(6)]  # 0.4 s
    assert errors[0] < 0.08
    assert errors[-1] < 0.02


def test_nobody_is_nobody_and_another_size_begins_anew() -> None:
    refiner = Refiner()
    empty = np.zeros((H, W), np.float32)
    assert refiner.step(picture(disc(160)), empty).max() == 0
    assert refiner.step(picture(disc(160) + 0.5), empty + 1).min() == 255
    small = refiner.step(picture(disc(160))[::2, ::2], soft(disc(160))[::2, ::2])
    assert small.shape == (120, 160)
    refiner.forget()
    assert wrong(refiner.step(picture(disc(160)), soft(disc(160))), disc(160)) < 0.02
