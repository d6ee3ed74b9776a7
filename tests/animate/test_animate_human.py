"""Human ranges: what a person can do stays as it is, what nobody can comes to the nearest bound."""

from __future__ import annotations

import numpy as np
import pytest
from animate_figure import humanoid as figure

from avatar.animate import human, library
from avatar.animate.body import Body
from avatar.animate.rig import ROW, ROWS, Rig
from avatar.linalg import quat
from avatar.model.model import HUMAN_BONES


def f4(values: object) -> np.ndarray:
    return np.asarray(values, np.float32)


def only(bone: str, degrees: tuple[float, float, float]) -> np.ndarray:
    q = quat.identity((ROWS,))
    q[ROW[bone]] = quat.from_vector(f4(np.radians(degrees)))
    return q


def test_every_bone_has_a_range_about_its_rest() -> None:
    assert set(human.RANGES) == set(HUMAN_BONES)
    for axis, *ranges in human.RANGES.values():
        assert axis in "xyz"
        assert all(low < 0 < high for low, high in ranges)


def test_right_is_the_mirror_of_left() -> None:
    rng = np.random.default_rng(0)
    v = f4(rng.normal(size=(40, ROWS, 3)))
    mirror = np.arange(ROWS)
    for i, bone in enumerate(HUMAN_BONES):
        if bone.startswith("left"):
            mirror[i], mirror[ROW["right" + bone[4:]]] = ROW["right" + bone[4:]], i
    flip = f4([1, -1, -1])
    one = quat.to_vector(human.clamp(quat.from_vector(v)))
    two = quat.to_vector(human.clamp(quat.from_vector(v[:, mirror] * flip)))[:, mirror] * flip
    assert np.allclose(one, two, atol=2e-4)


@pytest.mark.parametrize(
    ("bone", "asked", "given"),
    [
        ("leftLowerArm", (0, -170, 0), (0, -150, 0)),  # an elbow folds to 150
        ("leftLowerArm", (0, 60, 0), (0, 5, 0)),  # and not backwards
        ("rightLowerArm", (0, 170, 0), (0, 150, 0)),
        ("leftLowerLeg", (-60, 0, 0), (-5, 0, 0)),  # nor a knee forwards
        ("leftHand", (0, 0, -120), (0, 0, -80)),
        ("head", (0, 90, 0), (0, 45, 0)),
        ("rightUpperLeg", (-170, 0, 0), (-125, 0, 0)),
    ],
)
def test_a_single_turn_stops_at_its_bound(bone: str, asked: tuple[float, float, float], given: object) -> None:
    found = human.clamp(only(bone, asked))[ROW[bone]]
    assert np.allclose(np.degrees(quat.to_vector(found)), given, atol=1e-2)


def test_within_stays_to_the_bit_and_clamping_twice_changes_nothing() -> None:
    rng = np.random.default_rng(1)
    q = quat.from_vector(f4(rng.normal(size=(3, 50, ROWS, 3)) * 1.2))
    once = human.clamp(q)
    assert np.allclose(np.linalg.norm(once, axis=-1), 1, atol=1e-6)
    assert np.allclose(np.abs(np.vecdot(human.clamp(once), once)), 1, atol=1e-5)
    twist, swing = human.angles(once)
    for i, bone in enumerate(HUMAN_BONES):
        axis, *ranges = human.RANGES[bone]
        k = "xyz".index(axis)
        for values, about in ((twist[..., i], k), (swing[..., i, 0], (k + 1) % 3), (swing[..., i, 1], (k + 2) % 3)):
            assert ranges[about][0] - 0.1 <= values.min() <= values.max() <= ranges[about][1] + 0.1, bone
    small = quat.from_vector(f4(rng.normal(size=(ROWS, 3)) * 0.01))
    assert np.array_equal(human.clamp(small), small)


def test_apart_and_together_again() -> None:
    """Twist and swing, put together, are the rotation."""
    q = quat.from_vector(f4(np.random.default_rng(2).normal(size=(9, ROWS, 3))))
    twist, swing = (np.radians(x) for x in human.angles(q))
    for i, bone in enumerate(HUMAN_BONES):
        k = "xyz".index(human.RANGES[bone][0])
        t, s = np.zeros((9, 3), np.float32), np.zeros((9, 3), np.float32)
        t[:, k] = twist[:, i]
        s[:, (k + 1) % 3], s[:, (k + 2) % 3] = swing[:, i, 0], swing[:, i, 1]
        found = quat.multiply(quat.from_vector(s), quat.from_vector(t))
        assert np.allclose(np.abs(np.vecdot(found, q[:, i])), 1, atol=1e-5)


def test_what_the_companion_does_a_person_can_do() -> None:
    """Standing at ease and every gesture of the library, within 8 degrees: a palm that is turned far (wave, hand on
    heart) lets the forearm lean 10 aside, where a real elbow gives 5."""
    model = figure()
    body = Body(model, Rig(model))
    worst = {}
    rest = body.relaxed()
    gestures = library.build(body)
    for name, motion in gestures.items():
        for value in motion.sample(np.arange(1, 26) * motion.end / 25)[:, :-1]:
            q = quat.from_vector(rest + value)
            dot = np.abs(np.vecdot(human.clamp(q), q))
            for i in np.flatnonzero(dot < np.cos(np.radians(8.0) / 2)):
                worst[name, HUMAN_BONES[i]] = float(np.degrees(2 * np.arccos(min(1, dot[i]))))
    assert not worst
