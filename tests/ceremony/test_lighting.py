"""The light of a ceremony: gentle, and never more than three flashes a second, whatever it is asked for."""

from __future__ import annotations

import random

import numpy as np
import pytest

from avatar.ceremony.lighting import LEAST_S, TINTS, Light
from avatar.linalg.flashes import DARK, MOST, STEP, Changes, luminance

FPS = 120


def worst(asks: list[tuple[float, str, float, float, bool]], seconds: float) -> float:
    """The most flashes in any second of a white wall in this light. asks : (t, name, level, seconds, at once)."""
    light, counter, most = Light(), Changes(1, STEP, DARK), 0.0
    todo = sorted(asks, reverse=True)
    for k in range(round(seconds * FPS)):
        t = k / FPS
        while todo and todo[-1][0] <= t:
            at, name, level, lasts, once = todo.pop()
            light.turn(name, level, lasts, at, once)
        counter.step(np.minimum(luminance(light.tint(t)[None]), 1.0).astype(np.float32), t)
        most = max(most, float(counter.counts[0]) / 2)
    return most


@pytest.mark.parametrize("every", [1 / 120, 1 / 30, 0.1, 0.12, 0.17, 0.25, 0.34, 0.35, 0.5])
def test_no_pace_of_asking_flashes_more_than_three_times(every: float) -> None:
    count = int(4 / every)
    asks = [(k * every, ("dark", "gold")[k % 2], 1.0, 0.0, False) for k in range(count)]
    assert worst(asks, 5.0) <= MOST


def test_nor_do_panics_between_them() -> None:
    for every in (0.05, 0.12, 0.2, 0.3):
        asks = [(k * every, ("dark", "room")[k % 2], 1.0, 0.0, bool(k % 2)) for k in range(int(4 / every))]
        assert worst(asks, 5.0) <= MOST


def test_nor_does_chance() -> None:
    dice = random.Random(8)
    for _ in range(25):
        asks = [
            (
                dice.uniform(0, 3),
                dice.choice(list(TINTS)),
                dice.random(),
                dice.choice((0, 0, 0.1, 1)),
                dice.random() < 0.3,
            )
            for _ in range(dice.randint(5, 60))
        ]
        assert worst(asks, 4.0) <= MOST


def test_what_waits_is_made_in_the_end_and_the_last_wish_counts() -> None:
    light = Light()
    for k in range(40):
        light.turn(("dark", "room")[k % 2], 1.0, 0.0, k * 0.02)
    light.turn("moon", 0.5, 0.0, 0.9)
    for k in range(300):
        end = light.tint(0.9 + k / 100)
    assert end == pytest.approx(np.array(TINTS["moon"]) * 0.5, rel=1e-5)


def test_one_change_begins_at_once_and_takes_its_time() -> None:
    light = Light()
    light.turn("dark", 1.0, 2.0, 10.0)
    assert light.tint(10.0) == pytest.approx((1, 1, 1))
    assert light.tint(11.0) == pytest.approx((np.ones(3) + TINTS["dark"]) / 2, rel=1e-5)
    assert light.tint(12.0) == pytest.approx(TINTS["dark"])
    light.turn("room", 1.0, 0.0, 12.0)
    assert float(light.tint(12.0 + LEAST_S / 2)[0]) == pytest.approx((1 + 0.12) / 2, rel=1e-4)


def test_a_panic_need_not_wait_for_the_lights_before_it() -> None:
    light = Light()
    for k in range(12):
        light.turn(("dark", "room")[k % 2], 1.0, 0.0, k * 0.05)
    light.turn("room", 1.0, 0.0, 0.6, at_once=True)
    assert light.tint(0.6 + LEAST_S) == pytest.approx((1, 1, 1), abs=1e-5)
