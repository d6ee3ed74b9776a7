"""Two real people in one picture, made of two films side by side: each stays who they are, also when one goes past the
other and hides them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar.clock import ManualClock
from avatar.io.capture.open import open_source
from avatar.io.detect.mediapipe import Detectors
from avatar.runtime.tracker import Tracker
from avatar.types import ByteArray, Observation, VideoFrame

PEOPLE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "people"
pytestmark = pytest.mark.skipif(not PEOPLE.is_dir(), reason="needs the development data in ../shared")
FPS = 15
STANDS, BEGINS = 340, 680


def film(name: str) -> list[ByteArray]:
    """Every second frame, there and back again, cut to the person."""
    with open_source(str(PEOPLE / f"{name}.mkv"), clock=ManualClock(), offline=True) as source:
        cut = [f.image[:, 110:430] for f in iter(source.grab, None)][::2]
    return cut + cut[-2:0:-1]


def tracked(wish: str, across: float, frames: int) -> list[tuple[Observation, float]]:
    """Observations, and where the other's film was, pixels. across : pixels a frame by which it goes to the left."""
    one, other = film("again"), film("night")
    seen: list[tuple[Observation, float]] = []
    with Detectors(1.1) as detectors:
        tracker = Tracker(detectors, {"people": 2.0, "pose": 10.0}, wish=wish)
        for k in range(frames):
            picture = np.full((480, 1000, 3), 200, np.uint8)
            picture[:, STANDS : STANDS + 320] = one[k % len(one)]
            x = round(BEGINS - across * max(k - 8, 0))
            picture[:, x + 40 : x + 310] = other[k % len(other)][:, 40:310]
            seen.append((tracker.step(VideoFrame(picture, k / FPS, k)), x))
    return seen


def middle(seen: Observation) -> float:
    assert seen.face is not None
    return float(seen.face.box[[0, 2]].mean())


@pytest.mark.parametrize(("wish", "x"), [("left", STANDS), ("right", BEGINS)])
def test_side_by_side_each_is_tracked_when_asked_for(wish: str, x: int) -> None:
    seen = [o for o, _ in tracked(wish, 0, 24)]
    found = [middle(o) - x for o in seen if o.face is not None]
    assert len(found) >= 22
    assert max(abs(v - np.median(found)) for v in found) < 30, "one face, and always the same"
    assert 130 < np.median(found) < 250
    assert sum(bool(o.others) for o in seen) > 12, "the other's face is seen too"
    for o in seen:
        for face in o.others:
            assert abs(face.box[[0, 2]].mean() - middle(o)) > 150 if o.face is not None else True


@pytest.mark.parametrize("wish", ["left", "right"])
def test_somebody_who_goes_past_before_another_is_not_taken_for_them(wish: str) -> None:
    seen = tracked(wish, 28, 34)
    mine = seen[0][1] if wish == "right" else STANDS
    own = middle(seen[0][0]) - mine
    last = seen[-4:]
    for observation, x in last:
        place = (x if wish == "right" else STANDS) + own
        assert middle(observation) == pytest.approx(place, abs=40)
    for observation, x in seen:
        if observation.face is not None:
            a, b = (abs(middle(observation) - at - own) for at in (STANDS, x))
            assert min(a, b) < 60
            if abs(STANDS - x) > 120:
                assert (b if wish == "right" else a) < 60, "never the other"
