"""A whole film in a few numbers: shares of frames, gestures from begin to end, and light in words."""

from __future__ import annotations

import numpy as np
import pytest
from signs_actor import play
from signs_scripts import wave

from avatar.tracking.gestures import Recogniser
from avatar.tracking.totals import Totals, lines
from avatar.types import Light, Observation

NEUTRAL = np.ones(3, np.float32)


def light(x: float, y: float, z: float, colour=NEUTRAL) -> Light:
    way = np.array([x, y, z], np.float32)
    return Light(np.array(colour, np.float32), way / np.linalg.norm(way))


def test_shares_and_spans_of_a_wave() -> None:
    totals, recogniser, t = Totals(), Recogniser(), 0.0
    for seen in play(wave("right").script, 5.0, missing=0.0):
        totals.add(seen, light(1, 0, 1), recogniser.step(seen, seen.t))
        t = seen.t
    for k in range(1, 51):
        nobody = Observation(t + k / 30, (640, 480))
        totals.add(nobody, light(1, 0, 1), recogniser.step(nobody, nobody.t))
    facts = totals.facts()
    assert facts["frames"] == 200
    assert facts["seconds"] == pytest.approx(199 / 30, abs=1e-3)
    assert facts["face"] == facts["body"] == pytest.approx(0.75)
    assert facts["outline"] == 0
    (span,) = [s for s in facts["gestures"] if s["name"] == "wave"]
    assert span["side"] == "right"
    assert (span["begin"], span["end"]) == pytest.approx((1.0, 3.0), abs=0.4)
    told = lines(facts)
    assert told["face"] == "75.0 % of the frames"
    assert f"wave right {span['begin']:.2f} to {span['end']:.2f} s" in told["gestures"]


def test_a_gesture_at_the_end_of_the_film_goes_on() -> None:
    totals, recogniser = Totals(), Recogniser()
    for seen in play(wave("left").script, 2.5):
        totals.add(seen, light(0, 0, 1), recogniser.step(seen, seen.t))
    assert [s["end"] for s in totals.facts()["gestures"] if s["name"] == "wave"] == [None]
    assert "to the end" in lines(totals.facts())["gestures"]


def test_light_in_words() -> None:
    def words(*lights: Light) -> str:
        totals = Totals()
        for one in lights:
            totals.add(Observation(0.0, (640, 480)), one, ())
        return lines(totals.facts())["light"]

    assert words(light(1, 0.1, 0.2, (1.2, 1, 0.8))).startswith("from the right, warm")
    assert words(light(-1, 1, 0.2, (0.8, 1, 1.2))).startswith("from above and the left, cold")
    assert words(light(0, 0, 1)) == "from ahead, neutral, ambient 1.00 1.00 1.00"
    assert words() == "unknown"
    assert lines(Totals().facts())["gestures"] == "none"
