"""Flashes are counted as WCAG 2.3.1 counts them: opposing changes of a tenth, the darker below 0.8, over an area."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.linalg.flashes import FlashMeter
from avatar.types import ByteArray

FPS = 30


def encoded(luminance: float) -> int:
    """The grey whose relative luminance this is."""
    return round(255 * (luminance * 12.92 if luminance <= 0.0031308 else 1.055 * luminance ** (1 / 2.4) - 0.055))


def blinking(per_second: float, low: float, high: float, seconds: float = 3.0, area: float = 1.0) -> FlashMeter:
    """A square wave of grey in the left ``area`` of a picture."""
    meter = FlashMeter()
    for k in range(round(seconds * FPS)):
        image = np.full((72, 96, 3), encoded(low), np.uint8)
        if int(k / FPS * per_second * 2) % 2:
            image[:, : round(96 * area)] = encoded(high)
        meter.feed(image, k / FPS)
    return meter


@pytest.mark.parametrize("per_second", [1.0, 2.0, 3.0, 5.0, 7.5])
def test_flashes_of_a_lamp_are_counted(per_second: float) -> None:
    meter = blinking(per_second, 0.1, 0.9)
    assert meter.general == pytest.approx(per_second, abs=0.5)
    assert meter.right == (per_second <= 3.0)
    assert meter.red == 0


@pytest.mark.parametrize(
    ("low", "high", "counts"),
    [(0.1, 0.21, True), (0.1, 0.18, False), (0.75, 0.9, True), (0.82, 1.0, False), (0.0, 0.11, True)],
)
def test_what_is_a_change(low: float, high: float, counts: bool) -> None:
    assert (blinking(5.0, low, high).general > 3) == counts


def test_a_small_area_does_not_count_and_a_quarter_of_a_field_does() -> None:
    # a field is a third of the picture: a quarter of it is a twelfth of the width, at full height
    assert blinking(6.0, 0.1, 0.9, area=1 / 16).general == 0
    assert blinking(6.0, 0.1, 0.9, area=1 / 10).general > 3


def test_slow_and_steady_changes_are_no_flashes() -> None:
    meter = FlashMeter()
    for k in range(6 * FPS):
        level = 0.5 + 0.45 * np.sin(2 * np.pi * 0.5 * k / FPS)
        meter.feed(np.full((72, 96, 3), encoded(float(level)), np.uint8), k / FPS)
    assert 0 < meter.general <= 1
    still = FlashMeter()
    noise = np.random.default_rng(1)
    for k in range(2 * FPS):
        picture: ByteArray = noise.integers(118, 138, (72, 96, 3), dtype=np.uint8)
        still.feed(picture, k / FPS)
    assert still.general == still.red == 0


def test_a_saturated_red_counts_by_itself() -> None:
    def alternate(one: tuple[int, int, int], two: tuple[int, int, int]) -> FlashMeter:
        meter = FlashMeter()
        for k in range(2 * FPS):
            meter.feed(np.full((72, 96, 3), one if k // 3 % 2 else two, np.uint8), k / FPS)
        return meter

    red = alternate((140, 0, 0), (60, 0, 0))
    assert red.red == pytest.approx(5.0, abs=0.5)
    assert red.general == 0, "so dark a red changes luminance by less than a tenth"
    assert alternate((0, 0, 200), (0, 0, 60)).red == 0
    assert alternate((200, 150, 150), (120, 90, 90)).red == 0


def test_flashes_long_ago_are_forgotten_and_the_worst_second_is_kept() -> None:
    meter = FlashMeter()
    grey = {0: encoded(0.1), 1: encoded(0.9)}
    for k in range(8 * FPS):
        quick = 2.0 <= k / FPS < 3.0
        meter.feed(np.full((72, 96, 3), grey[k // 3 % 2 if quick else 0], np.uint8), k / FPS)
    assert meter.general == pytest.approx(5.0, abs=0.5)
    assert 2.5 < meter.at <= 3.1
    assert meter.facts()["within_limit"] is False


def test_too_small_a_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        FlashMeter().feed(np.zeros((20, 20, 3), np.uint8), 0.0)
