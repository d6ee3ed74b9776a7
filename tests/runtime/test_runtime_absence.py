"""A person who is lost from sight, or a camera that is gone: held for half a second, let go softly, found again."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "tracking"))

import numpy as np
import pytest
from signs_actor import Camera, see
from speaking_stage import Show

from avatar.types import Observation

FPS = 30


class Live:
    device_open = True
    state = "live"


def person(t: float) -> Observation:
    return see({"x": -0.15}, Camera(1.3, 1.0, (320, 240)), t, np.random.default_rng(1), noise=0)


def watched(lost: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(T,) how much of the way to the person it looks, (T, 3) where it stands and (T,) how visible it is, of 2 s with a
    person, 3 s without and 2 s with one again. lost : they are not found; else nobody looks any more."""
    show = Show(fps=FPS)
    show.engine.parts.eyes = Live()
    looks, places, seen = [], [], []
    for k in range(7 * FPS):
        t = show.clock.now() + 1 / FPS
        there = k < 2 * FPS or k >= 5 * FPS
        observation = person(t) if there else Observation(t, (320, 240)) if lost else None
        show.step(observation)
        place = show.engine.place
        assert place is not None
        looks.append(place.look_at[2])
        places.append(place.matrix[:3, 3])
        seen.append(place.opacity)
    return np.array(looks) / looks[FPS], np.array(places), np.array(seen)


@pytest.mark.parametrize("lost", [True, False], ids=["not found", "nobody looks"])
def test_the_companion_holds_lets_go_and_finds_again(lost: bool) -> None:
    looks, places, seen = watched(lost)
    gone = 2 * FPS
    late = 0 if lost else 0.5  # what was seen last counts for as long
    assert looks[gone : gone + round((0.5 + late) * FPS) - 2] == pytest.approx(1, abs=0.02), "held"
    assert looks[gone + round((1.0 + late) * FPS) + 3 : 5 * FPS] == pytest.approx(0, abs=1e-6), "let go"
    assert np.abs(np.diff(looks[: 5 * FPS])).max() < 0.15, "softly"
    assert looks[-1] == pytest.approx(1, abs=0.02), "found again"
    assert np.linalg.norm(np.diff(places[FPS:], axis=0), axis=1).max() < 0.02, "it stands where it stood"
    assert seen[FPS:].min() == 1
