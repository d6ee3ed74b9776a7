"""A camera that is exposed to a bright room shows less of a flame."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.stage.burning import exposed
from avatar.stage.scene import Flame, Lighting


def room(level: float) -> Lighting:
    return Lighting(color=np.full(3, level, np.float32), ambient=np.full(3, level / 2, np.float32))


def test_the_brighter_the_room_the_less_of_a_flame_is_seen() -> None:
    flame = Flame(np.array([0, 0, -1], np.float32), np.array([0.06, 0.034, 0.013], np.float32))
    shown = [exposed((flame,), room(level))[0] for level in (0.0, 0.1, 0.4, 0.8, 1.0)]
    shares = [float(one.color[0] / flame.color[0]) for one in shown]
    assert shares == sorted(shares, reverse=True)
    assert shares[0] == 1.0
    assert shares[1] > 0.95, "by candle light alone all of it"
    assert shares[3] == pytest.approx(0.5, abs=0.01)
    assert 0.3 < shares[4] < 0.45
    for one in shown:
        assert one.color / one.color[0] == pytest.approx(flame.color / flame.color[0])
        assert (one.point == flame.point).all()


def test_without_flames_there_are_none() -> None:
    assert exposed((), room(1.0)) == ()
