"""Two clocks and a line with unequal delays: the offset that is believed is near the true one."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.events.shared_time import STAGES, Offset, exchange


def test_the_arithmetic_of_one_exchange():
    # Ours 10, theirs 100 s ahead; 30 ms there, 10 ms back, 5 ms thought about.
    found = exchange(10.0, 110.030, 110.035, 10.045)
    assert found.delay == pytest.approx(0.040)
    assert found.offset == pytest.approx(100.010)  # wrong by half of what the ways differ


def test_the_least_delayed_exchange_is_believed():
    rng, offset, worst = np.random.default_rng(1), Offset(), []
    for k in range(200):
        asked, there, back = float(k), *(0.0005 + rng.exponential(0.01, 2))
        heard = asked + there + back
        got = offset.add(asked, asked + there + 42.0, asked + there + 42.0, heard)
        if k >= STAGES:
            worst.append(abs(got - 42.0))
            assert abs(got - 42.0) <= offset.best(heard).delay / 2
    assert np.median(worst) < 0.002  # where one exchange is wrong by 5 ms


def test_a_clock_that_drifts_is_followed():
    offset, error = Offset(), 0.0
    for k in range(300):
        asked = float(k)
        true = 7.0 + 80e-6 * asked
        error = offset.add(asked, asked + 0.001 + true, asked + 0.001 + true, asked + 0.002) - true
    assert abs(error) < 80e-6 * STAGES


def test_an_old_lucky_exchange_does_not_rule_for_ever():
    offset = Offset()
    offset.add(0.0, 5.0, 5.0, 0.0)
    for k in range(1, STAGES + 1):
        offset.add(float(k), k + 5.1 + 0.005, k + 5.1 + 0.005, k + 0.01)
    assert offset.best(9.0).offset == pytest.approx(5.1)


def test_before_the_first_exchange_nothing_is_believed():
    with pytest.raises(ValueError, match="empty"):
        Offset().best(0.0)
