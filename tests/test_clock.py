"""Time goes forward only."""

from __future__ import annotations

import pytest

from avatar.clock import ManualClock, SystemClock


def test_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(2.0)
    assert clock.now() == clock.now() == 2.0
    assert clock.advance(0.5) == 2.5
    clock.sleep(1.0)
    clock.sleep(-1.0)
    assert clock.now() == 3.5
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-0.1)


def test_system_clock_is_monotonic() -> None:
    clock = SystemClock()
    stamps = [clock.now() for _ in range(1000)]
    assert stamps == sorted(stamps)
    before = clock.now()
    clock.sleep(0.01)
    assert clock.now() - before >= 0.009
