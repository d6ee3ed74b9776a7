"""Whether somebody looks this way: heads and eyes whose turn is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from avatar.linalg import quat
from avatar.tracking.attention import Attention, gaze
from avatar.types import BLENDSHAPES, EYES_OF_FACE, Face

DT = 1 / 30


def face(
    yaw: float = 0.0, pitch: float = 0.0, eyes: tuple[float, float, float] = (0, 0, -0.7), **shapes: float
) -> Face:
    """Turned by degrees, the point between the eyes at ``eyes``; lids a little down."""
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = quat.to_matrix(quat.from_euler(math.radians(pitch), math.radians(yaw), 0))
    matrix[:3, 3] = np.array(eyes) - matrix[:3, :3] @ EYES_OF_FACE
    blend = np.zeros(52, np.float32)
    for name, value in {"eyeLookDownLeft": 0.3, "eyeLookDownRight": 0.3, **shapes}.items():
        blend[BLENDSHAPES.index(name)] = value
    return Face(np.zeros((478, 3), np.float32), blend, matrix, np.array([0, 0, 10, 10], np.float32))


def test_a_face_turned_to_the_lens_looks_at_it_wherever_it_is() -> None:
    for x, y, z in ((0, 0, -0.7), (0.3, 0.2, -0.8), (-0.4, -0.1, -1.0)):
        yaw, pitch = math.degrees(math.atan2(-x, -z)), math.degrees(math.asin(y / math.hypot(x, y, z)))
        assert gaze(face(yaw, pitch, (x, y, z))) == pytest.approx((0, 0), abs=0.5)


def test_eyes_count_beside_the_head() -> None:
    aside = gaze(face(20))
    assert aside[0] == pytest.approx(20, abs=0.5)
    # eyes that stay on the lens while the head goes to the image's right, which is the person's left
    back = gaze(face(20, eyeLookInLeft=0.6, eyeLookOutRight=0.6))
    assert abs(back[0]) < 5
    assert gaze(face(0, 15))[1] == pytest.approx(15, abs=0.5), "down"


def changes(script, seconds: float) -> list[tuple[float, bool]]:
    attention, told = Attention(), []
    for k in range(round(seconds / DT)):
        if attention.step(script(k * DT), k * DT):
            told.append((attention.since, attention.here))
    return told


def test_looking_away_and_back_is_told_once_each_when_it_began() -> None:
    told = changes(lambda t: face(50 if 2 <= t < 4 else 5), 6)
    assert [here for _, here in told] == [True, False, True]
    assert [t for t, _ in told] == pytest.approx([0, 2, 4], abs=0.1)


def test_glances_blinks_and_small_turns_are_neither() -> None:
    assert len(changes(lambda t: face(50 if 2 <= t < 2.3 else 0), 5)) == 1
    assert len(changes(lambda t: face(22.0 + 2 * math.sin(9 * t) if t > 1 else 0), 5)) == 1, "between the two bounds"
    assert len(changes(lambda t: None if 2 <= t < 2.3 else face(), 5)) == 1


def test_a_telephone_in_the_lap_and_nobody() -> None:
    assert changes(lambda t: face(0, 45), 3) == []
    assert len(changes(lambda t: face(0, 18), 3)) == 1, "the lower part of a screen"
    assert changes(lambda t: None, 3) == []
    bad = face()
    bad.matrix[0, 0] = np.nan
    assert changes(lambda t: bad, 3) == []
