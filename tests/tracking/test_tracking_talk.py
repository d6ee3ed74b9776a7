"""Lips at the pace of syllables are talking; a yawn, a smile, a still mouth and a detector's noise are not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from avatar.animate.observed_face import SHAPES
from avatar.tracking.talk import Talk, smile_of
from avatar.types import Face

NAMES = list(SHAPES)


def face(**shapes: float) -> Face:
    blend = np.zeros(52, np.float32)
    for name, value in shapes.items():
        blend[NAMES.index(name) + (0 if "_neutral" in NAMES else 1)] = value
    return Face(np.zeros((478, 3), np.float32), blend, np.eye(4, dtype=np.float32), np.zeros(4, np.float32))


def share(jaw: Callable[[float], float], rate: float = 30.0, seconds: float = 10.0) -> float:
    """Of the time after the first two seconds: how much of it counts as talking."""
    talk = Talk()
    said = [talk.step(face(jawOpen=jaw(k / rate)), k / rate) for k in range(round(seconds * rate))]
    return float(np.mean(said[round(2 * rate) :]))


@pytest.mark.parametrize("rate", [15.0, 24.0, 30.0, 60.0])
@pytest.mark.parametrize("pace", [3.0, 4.5, 6.0])
def test_syllables_are_talking(rate: float, pace: float) -> None:
    assert share(lambda t: 0.15 + 0.14 * np.sin(2 * np.pi * pace * t), rate) > 0.95


def test_stillness_noise_and_slow_movement_are_not() -> None:
    rng = np.random.default_rng(1)
    assert share(lambda t: 0.02) == 0
    assert share(lambda t: 0.6) == 0
    assert share(lambda t: 0.03 + 0.012 * float(rng.standard_normal())) == 0
    assert share(lambda t: 0.03 * (1 + np.sin(2 * np.pi * 0.25 * t))) == 0


def test_talking_begins_and_ends_within_a_second() -> None:
    talk, said = Talk(), []
    for k in range(300):
        t = k / 30
        jaw = 0.15 + 0.14 * np.sin(2 * np.pi * 4.5 * t) if 3 <= t < 6 else 0.02
        said.append((t, talk.step(face(jawOpen=jaw), t)))
    begun = next(t for t, talks in said if talks)
    ended = next(t for t, talks in said if t > begun and not talks)
    assert 3.0 < begun < 4.0
    assert 6.0 < ended < 7.3


def test_a_lost_face_does_not_talk_and_garbage_is_survived() -> None:
    talk = Talk()
    for k in range(90):
        talk.step(face(jawOpen=0.15 + 0.14 * np.sin(0.9 * k)), k / 30)
    assert talk.talking
    for k in range(30):
        talk.step(None, 3 + k / 30)
    assert not talk.talking
    talk.step(face(jawOpen=float("nan")), 4.0)
    talk.step(face(jawOpen=float("nan")), 4.02)
    for k in range(90):
        talk.step(face(jawOpen=0.15 + 0.14 * np.sin(0.9 * k)), 5 + k / 30)
    assert talk.talking
    talk.step(face(), 1.0)
    talk.step(face(), 1.0)


def test_a_smile_is_both_corners() -> None:
    assert smile_of(face(mouthSmileLeft=0.8, mouthSmileRight=0.6)) == pytest.approx(0.7)
    assert smile_of(face(jawOpen=1.0)) == 0
