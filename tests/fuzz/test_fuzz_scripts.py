"""Hostile ceremonies: each is refused, found wrong or found right, with one line and its place for every finding."""

from __future__ import annotations

import pytest
from hostile_scripts import HOUSE, hostile, outcome


@pytest.mark.parametrize("seed", range(4))
def test_no_script_does_anything_but_be_told_what_is_wrong(seed: int) -> None:
    found = [outcome(data) for data in hostile(45, seed)]
    assert set(found) <= {"refused", "wrong", "right"}
    assert "refused" in found


def test_the_houses_own_are_right() -> None:
    assert {outcome(path.read_bytes()) for path in HOUSE} <= {"right", "wrong"}
