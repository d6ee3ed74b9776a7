"""A display's clock follows the stage's: smoothly, never back, and in step at whole parts of a second."""

from __future__ import annotations

import pytest

from avatar.clock import ManualClock
from avatar.runtime.shared_clock import SLEW, SharedClock


def test_a_small_error_is_slewed():
    base = ManualClock(5.0)
    clock = SharedClock(base, 100.0)
    clock.aim(100.05)
    assert clock.now() == pytest.approx(105.0)
    base.advance(2.0)
    assert clock.now() == pytest.approx(107.0 + 2 * SLEW)
    base.advance(100.0)
    assert clock.now() == pytest.approx(207.05)


def test_it_never_goes_back():
    base = ManualClock()
    clock, last = SharedClock(base, 10.0), 0.0
    for offset in (9.99, 9.9, 12.0, 11.9, -500.0, 3.0, 3.1):
        clock.aim(offset)
        for _ in range(10):
            base.advance(0.01)
            assert clock.now() > last
            last = clock.now()


def test_a_stage_that_slept_less_is_jumped_to():
    base = ManualClock()
    clock = SharedClock(base, 10.0)
    clock.aim(20.0)
    assert clock.now() == pytest.approx(20.0)
    assert clock.local(33.0) == 33.0


def test_a_stage_that_began_anew_is_whole_seconds_away():
    base = ManualClock(500.3)
    clock = SharedClock(base, 99.7)
    assert clock.now() == pytest.approx(600.0)
    clock.aim(-500.0, afresh=True)  # the new stage's clock shows 0.3
    shift = clock.local(0.0)
    assert shift == round(shift)
    assert clock.now() == pytest.approx(0.3 + shift)
    assert 600.0 <= clock.now() < 601.0
    assert clock.stage(clock.now()) == pytest.approx(0.3)
