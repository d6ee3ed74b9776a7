"""Hands are still where they are still, on time where they move, and gone soon after they are gone."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.tracking.hand_motion import HELD_S, MISSED_S, HandMotion, of_side, palm_pixels
from avatar.types import Hand, Observation

SIZE = (640, 480)
RNG = np.random.default_rng(5)
SHAPE = np.concatenate([RNG.uniform(-40, 40, (21, 2)), np.zeros((21, 1))], 1)


def look(t: float, at=(300.0, 200.0), noise: float = 0.0, side: str = "left", rng=RNG) -> Observation:
    points = SHAPE + np.array([*at, 0])
    points[:, :2] += rng.normal(0, noise, (21, 2))
    hand = Hand(side, points.astype(np.float32), np.zeros((21, 3), np.float32) + 0.01, 1.0)
    return Observation(t, SIZE, hands=(hand,), hands_t=t)


def test_a_still_hand_keeps_still() -> None:
    motion, rng = HandMotion(), np.random.default_rng(1)
    shown, found = [], []
    for k in range(60):
        seen = look(k / 15, noise=0.6, rng=rng)
        found.append(seen.hands[0].points[:, :2])
        shown.append(motion.step(seen, k / 15)[0].points[:, :2])
    raw, calm = (np.abs(np.diff(np.array(x)[20:], axis=0)).mean() for x in (found, shown))
    assert calm < 0.35 * raw
    assert np.abs(np.array(shown)[-1] - (SHAPE[:, :2] + (300, 200))).max() < 2.0


def test_a_moving_hand_is_where_it_is_between_two_looks() -> None:
    motion, off = HandMotion(), []
    seen = look(0.0)
    for k in range(40):
        t, x = k / 30, 300 + 240 * k / 30
        if k % 2 == 0:
            seen = look(t, (x, 200.0))
        shown = motion.step(seen, t)[0].points[:, :2]
        if k > 8:
            off.append(float(np.abs(shown - (SHAPE[:, :2] + (x, 200))).max()))
    assert max(off) < 3.0, "of 8 pixels that it goes in one picture"


def test_what_pictures_say_of_its_way_is_believed_before_its_velocity() -> None:
    motion = HandMotion()
    motion.step(look(0.0), 0.0)
    asked = []

    def carry(points: np.ndarray, t: float) -> np.ndarray:
        asked.append(t)
        return points + np.float32(7)

    moved = motion.step(look(0.0), 0.05, carry)[0]
    assert asked == [0.0]
    assert np.abs(moved.points[:, :2] - (SHAPE[:, :2] + (307, 207))).max() < 1e-3
    assert np.array_equal(moved.points[:, 2], SHAPE[:, 2].astype(np.float32))
    assert motion.step(look(0.0), 0.06, lambda p, t: None)[0].points[0, 0] == pytest.approx(SHAPE[0, 0] + 300, abs=1e-3)


def test_a_hand_that_is_not_found_again_stays_for_a_moment_and_is_named() -> None:
    motion = HandMotion()
    motion.step(look(0.0), 0.0)
    gone = Observation(0.05, SIZE, hands=(), hands_t=0.05)
    assert len(motion.step(gone, 0.05)) == 1
    assert motion.going == {"left"}
    assert motion.step(gone, MISSED_S + 0.01) == ()
    motion.step(look(1.0), 1.0)
    assert not motion.going
    assert len(motion.step(None, 1.0 + MISSED_S + 0.01)) == 1, "no look came, which says less"
    assert motion.step(None, 1.0 + HELD_S + 0.01) == ()


def test_a_hand_that_leaps_is_another_one_and_nonsense_is_none() -> None:
    motion = HandMotion()
    motion.step(look(0.0), 0.0)
    there = motion.step(look(0.07, (600.0, 400.0)), 0.07)
    assert np.allclose(there[0].points[:, :2], SHAPE[:, :2] + (600, 400), atol=1e-3)
    broken = look(0.14)
    broken.hands[0].points[3] = np.nan
    assert np.isfinite(motion.step(broken, 0.14)[0].points).all()
    assert of_side(there, "left") is there[0]
    assert of_side(there, "right") is None
    assert palm_pixels(np.zeros((21, 3), np.float32)) == 1
