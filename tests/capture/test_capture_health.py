"""A covered lens and a stuck driver are told apart from a room in which somebody has left."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.io.capture.health import Watch

RNG = np.random.default_rng(3)
GRAIN = RNG.standard_normal((640, 800, 3), np.float32)
"""Cut at another place for each picture: quicker than new numbers, and no two pictures are alike."""


def picture(mean: float, noise: float, spread: float = 0.0) -> np.ndarray:
    base = mean + spread * np.linspace(-1, 1, 640, dtype=np.float32)[None, :, None]
    y, x = RNG.integers(160, size=2)
    return np.clip(base + np.float32(noise) * GRAIN[y : y + 480, x : x + 640], 0, 255).astype(np.uint8)


def run(make, seconds: float, watch: Watch | None = None, begin: float = 0.0) -> list[str]:
    watch = watch or Watch()
    return [watch.step(make(begin + k / 30), begin + k / 30) for k in range(round(seconds * 30))]


def test_a_room_is_live_also_a_dark_one_with_a_lamp() -> None:
    assert set(run(lambda t: picture(110, 3, 60), 3)) == {"live"}
    assert set(run(lambda t: picture(9, 2, 30), 3)) == {"live"}


@pytest.mark.parametrize("noise", [0.0, 1.5, 3.0])
def test_something_over_the_lens_is_covered_after_half_a_second(noise: float) -> None:
    said = run(lambda t: picture(4, noise), 2)
    assert said[:14] == ["live"] * 14
    assert set(said[16:]) == {"covered"}


def test_uncovered_it_is_live_at_once() -> None:
    watch = Watch()
    run(lambda t: picture(4, 1), 2, watch)
    assert watch.step(picture(110, 3), 2.0) == "live"


def test_the_same_picture_again_and_again_is_stalled_after_a_second() -> None:
    still = picture(110, 3, 60)
    said = run(lambda t: still, 2)
    assert set(said[:29]) == {"live"}
    assert set(said[31:]) == {"stalled"}


def test_a_blink_of_black_is_nothing() -> None:
    assert set(run(lambda t: picture(3 if 1 < t < 1.3 else 110, 2), 3)) == {"live"}
