"""A still face is still, a moving one is not late: noise of known size on motion that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar.linalg import quat
from avatar.tracking.steady import Steady
from avatar.types import Face

SHAPE = np.random.default_rng(7).uniform(-50, 50, (478, 3)).astype(np.float32)
TURN = quat.from_euler(0.1, -0.2, 0.05)


def face(x: float, y: float = 200.0, deep: float = 1.2, turn: np.ndarray = TURN) -> Face:
    points = SHAPE + np.array([x, y, 0], np.float32)
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = quat.to_matrix(turn)
    matrix[:3, 3] = [(x - 320) / 600 * deep, (240 - y) / 600 * deep, -deep]
    box = np.concatenate([points[:, :2].min(0), points[:, :2].max(0)])
    return Face(points, np.zeros(52, np.float32), matrix, box)


def middle(seen: Face) -> np.ndarray:
    return seen.points[:, :2].mean(0)


def test_noise_on_a_still_face_is_quieted(rng: np.random.Generator) -> None:
    steady, raw, shown = Steady(), [], []
    for k in range(120):
        off = rng.normal(0, 0.1, 3)
        turn = quat.multiply(quat.from_euler(*rng.normal(0, 0.002, 3)), TURN)
        found = face(300 + off[0], 200 + off[1], 1.2 + 0.02 * off[2], turn)
        found = replace(found, points=found.points + rng.normal(0, 0.1, (478, 3)).astype(np.float32))
        raw.append(found)
        shown.append(steady.step(found, k / 30))

    def jitter(faces: list[Face], of) -> float:
        return float(np.sqrt(np.mean(np.square(np.diff([of(f) for f in faces[20:]], axis=0)))))

    for of in (middle, lambda f: f.points[:, :2], lambda f: f.matrix[2, 3], lambda f: f.matrix[:3, 2]):
        assert jitter(shown, of) < 0.5 * jitter(raw, of)
    assert jitter(shown, middle) < 0.05


@pytest.mark.parametrize("speed", [0.0, 0.02, 0.1, 0.3, 1.0, 5.0])
def test_it_is_never_more_than_its_slack_behind_and_not_at_all_when_moving(speed: float) -> None:
    steady = Steady()
    steps = []
    for k in range(90):
        found = face(200 + speed * k)
        shown = steady.step(found, k / 30)
        steps.append(middle(shown)[0])
        behind = float(np.linalg.norm(middle(found) - middle(shown)))
        assert behind <= 0.4
        if speed >= 1 and k > 6:
            assert behind < 0.02 * speed
    assert np.diff(steps[30:]) == pytest.approx(speed, abs=0.02), "and it does not stick and slip"


def test_a_mouth_that_opens_in_a_still_face_is_not_late() -> None:
    steady = Steady()
    for k in range(60):
        found = face(300)
        found.points[:20, 1] += 1.5 * k
        shown = steady.step(found, k / 30)
        assert np.abs(shown.points[:20] - found.points[:20]).max() < 0.8


def test_depth_and_turn_follow_by_their_own_differences() -> None:
    steady = Steady()
    steady.step(face(300), 0.0)
    nearer = steady.step(face(300, deep=1.1), 0.03)
    assert nearer.matrix[2, 3] == pytest.approx(-1.1, abs=1e-6)
    turned = steady.step(face(300, deep=1.1, turn=quat.from_euler(0.1, 0.4, 0.05)), 0.06)
    assert np.allclose(turned.matrix[:3, :3], quat.to_matrix(quat.from_euler(0.1, 0.4, 0.05)), atol=1e-3)
    for m in (nearer.matrix, turned.matrix):
        assert np.allclose(m[:3, :3] @ m[:3, :3].T, np.eye(3), atol=1e-4)


def test_a_face_found_again_or_leapt_is_shown_where_it_is() -> None:
    steady = Steady()
    steady.step(face(300), 0.0)
    assert steady.step(None, 0.1) is None
    again = face(300.1)
    assert steady.step(again, 0.5) is again
    assert middle(steady.step(face(400), 0.53))[0] == pytest.approx(middle(face(400))[0], abs=1e-3)
    broken = replace(face(300), points=face(300).points * np.nan)
    assert steady.step(broken, 0.56) is broken
