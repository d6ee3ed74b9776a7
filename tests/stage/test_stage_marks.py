"""Where the plane of printed marks is: both solutions, which of them, several marks, and all of that over time."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from stage_marks import CAMERA, CORNERS, angle, mark, seen, table

from avatar.linalg import affine
from avatar.stage.anchors_tags import ON_TABLE, TagAnchor, floor_sizes
from avatar.stage.marks import MarkPlane, find_plane
from avatar.stage.steady import SteadyPlane
from avatar.types import Observation

DT = 1 / 30
OWN = CORNERS * 0.08


def plane_of(m) -> tuple[np.ndarray, np.ndarray]:
    return OWN, m.pixels.astype(float)


def test_of_two_places_the_one_that_fits_then_the_one_as_before_then_the_one_that_looks_up() -> None:
    rng = np.random.default_rng(1)
    plain = free = asked = 0
    for _ in range(150):
        true = table(rng.uniform(25, 65), rng.uniform(0, 360), (rng.uniform(-0.3, 0.3), -0.25, -1.6))
        noisy = mark(true, noise=0.25, rng=rng)
        alone = find_plane(*plane_of(noisy), CAMERA, None)
        down = find_plane(*plane_of(noisy), CAMERA, None, up=np.array([0, -1.0, 0]))
        before = find_plane(*plane_of(noisy), CAMERA, true)
        assert alone is not None
        assert before is not None
        plain += angle(alone[0], true) < 25
        asked += angle(before[0], true) < 25
        free += down is not None and angle(down[0], true) < 25
    assert plain >= 0.97 * 150, "tags on a table look up"
    assert asked >= plain
    assert free < plain - 20, "without that there would be no telling"


@pytest.mark.parametrize(
    ("tilt", "far", "most_mm", "most_deg"), [(45, 0.6, 2, 1.0), (30, 1.0, 8, 2.5), (60, 1.5, 20, 6)]
)
def test_the_place_of_one_tag(tilt: float, far: float, most_mm: float, most_deg: float) -> None:
    """Eight centimetres, corners to 0.1 pixels, 640x480 at 50 degrees."""
    rng = np.random.default_rng(2)
    off, turned = [], []
    for _ in range(60):
        true = table(tilt, rng.uniform(0, 360), (0.05, -0.1, -far))
        matrix, error = find_plane(*plane_of(mark(true, noise=0.1, rng=rng)), CAMERA, None) or (np.eye(4), 9)
        assert error < 0.5
        off.append(1000 * np.linalg.norm(matrix[:3, 3] - true[:3, 3]))
        turned.append(angle(matrix, true))
    assert np.percentile(off, 90) < most_mm
    assert np.percentile(turned, 90) < most_deg


def test_a_steady_plane_trembles_less_and_does_not_lag() -> None:
    rng = np.random.default_rng(3)
    steady = SteadyPlane()
    raw, calm, lag = [], [], []
    for k in range(240):
        moving = 60 <= k < 120
        x = 0.1 * (1 - math.cos(math.pi * min(max(k - 60, 0), 60) / 60))
        true = table(45, 30 + 200 * x, (x, -0.1, -0.8))
        m = mark(true, noise=0.15, rng=rng)
        measured, _ = find_plane(*plane_of(m), CAMERA, steady.matrix)
        slopes = (m.pixels - (320, 240)) * (1, -1) / CAMERA.focal
        now = steady.step(measured, OWN, slopes, CAMERA.focal)
        if k >= 150:
            raw.append(measured)
            calm.append(now.copy())
        middle = (320 + CAMERA.focal * now[0, 3] / -now[2, 3], 240 - CAMERA.focal * now[1, 3] / -now[2, 3])
        seen_middle = (320 + CAMERA.focal * true[0, 3] / -true[2, 3], 240 - CAMERA.focal * true[1, 3] / -true[2, 3])
        if moving:
            lag.append(math.dist(middle, seen_middle))
    tremble = [np.std([m[:3, 3] for m in ms], axis=0).max() for ms in (raw, calm)]
    turning = [np.mean([angle(a, b) for a, b in itertools.pairwise(ms)]) for ms in (raw, calm)]
    assert tremble[1] < 0.6 * tremble[0]
    assert turning[1] < 0.4 * turning[0]
    assert max(lag) < 0.6, "pixels"


def test_other_marks_on_the_plane_are_learnt_and_hold_it_when_the_first_is_hidden() -> None:
    rng = np.random.default_rng(4)
    spots = {3: ((0.0, 0.0), 0.0), 5: ((0.15, 0.02), 1.1), 9: ((-0.13, 0.1), -2.0)}

    def view(t: float, *numbers: int):
        true = table(45 + 5 * math.sin(t), 20 + 20 * t, (0.05 * math.sin(t), -0.1, -0.8))
        return true, seen(t, *(mark(true, n, at=spots[n][0], turn=spots[n][1], noise=0.1, rng=rng) for n in numbers))

    anchor = TagAnchor()
    for k in range(60):
        _, observation = view(k * DT, 3, 5, 9)
        anchor.step(observation, CAMERA, DT)
    assert anchor.known == {("april", n) for n in spots}
    alone = TagAnchor()
    alone.step(view(0, 3)[1], CAMERA, DT)
    errors = {1: [], 3: []}
    for k in range(60, 120):
        true, observation = view(k * DT, 5, 9)
        spot = anchor.step(observation, CAMERA, DT)
        assert spot.confidence > 0.5
        assert spot.place == 1
        assert np.linalg.norm(spot.frame[:3, 3] - true[:3, 3]) < 0.012, "the same place, though its own mark is hidden"
        true, observation = view(k * DT, 3, 5, 9)
        errors[3].append(np.linalg.norm(anchor.step(observation, CAMERA, DT).frame[:3, 1] - true[:3, 2]))
        errors[1].append(np.linalg.norm(alone.step(view(k * DT, 3)[1], CAMERA, DT).frame[:3, 1] - true[:3, 2]))
    assert np.median(errors[3]) < np.median(errors[1]), "three marks tell the tilt better than one"


def test_a_mark_on_another_plane_is_not_learnt_and_one_that_is_moved_is_learnt_anew() -> None:
    plane = MarkPlane()
    level = table(45)
    wall = table(85, 0, (0.2, 0.05, -0.9))
    plane.begin(mark(level))
    for _ in range(12):
        plane.learn([mark(level), mark(wall, 8)], level, CAMERA)
    assert plane.known == {("april", 3)}
    for at in ((0.15, 0.0), (0.25, 0.05)):
        for _ in range(8):
            plane.learn([mark(level), mark(level, 5, at=at)], level, CAMERA)
        points, pixels = plane.points([mark(level, 5, at=at)])
        assert len(points) == 4
        assert points.mean(0) == pytest.approx(at, abs=1e-3)
        assert pixels.shape == (4, 2)


def test_a_layout_that_is_given_is_relied_on_at_once() -> None:
    anchor = TagAnchor({("april", 3): (0.1, 0.0, 0.0), ("april", 5): (-0.1, 0.0, math.pi / 2)})
    true = table(45)
    spot = anchor.step(seen(0, mark(true, 5, at=(-0.1, 0.0), turn=math.pi / 2)), CAMERA, DT)
    assert np.linalg.norm(spot.frame[:3, 3] - true[:3, 3]) < 1e-3, "the origin is between the two"


def test_it_stands_upright_on_the_plane_and_faces_the_camera_though_the_print_is_turned() -> None:
    for spin in (0, 90, 200):
        true = table(40, spin, (0.2, -0.15, -0.9))
        spot = TagAnchor().step(seen(0, mark(true)), CAMERA, DT)
        assert spot.height == ON_TABLE
        assert spot.confidence == 1
        assert np.allclose(spot.frame[:3, 1], true[:3, 2], atol=1e-3)
        assert spot.frame[:3, 3] == pytest.approx(true[:3, 3], abs=1e-3)
        to_lens = affine.apply(affine.invert_rigid(spot.frame), np.zeros(3, np.float32))
        assert abs(math.atan2(to_lens[0], to_lens[2])) < 0.01
        assert np.allclose(spot.frame[:3, :3].T @ spot.frame[:3, :3], np.eye(3), atol=1e-5)
        assert np.linalg.det(spot.frame[:3, :3]) == pytest.approx(1, abs=1e-5)


def test_when_the_camera_goes_round_it_turns_late_and_smoothly() -> None:
    anchor = TagAnchor()
    headings = []
    for k in range(150):
        true = table(40, min(k, 90) * 1.2, (0, -0.15, -0.9))  # 108 degrees in 3 s, then still
        spot = anchor.step(seen(k * DT, mark(true)), CAMERA, DT)
        own = true[:3, :3].T @ spot.frame[:3, 2].astype(float)
        headings.append(math.atan2(own[1], own[0]))
    steps = np.abs(np.diff(np.unwrap(headings)))
    assert steps[:30].max() < 0.01, "not at once"
    assert steps.max() < 1.9 * DT
    to_lens = affine.apply(affine.invert_rigid(spot.frame), np.zeros(3, np.float32))
    assert abs(math.atan2(to_lens[0], to_lens[2])) < 0.75


def test_floor_tags_carry_a_companion_of_its_own_size() -> None:
    size = floor_sizes(0.08)["april", 20]
    true = table(20, 0, (0, -1.2, -2.5))
    spot = TagAnchor().step(seen(0, mark(true, 20, size)), CAMERA, DT)
    assert spot.height is None
    assert spot.frame[:3, 3] == pytest.approx(true[:3, 3], abs=1e-3)


def test_confidence_falls_with_time_unseen_and_is_gone_without_marks() -> None:
    anchor = TagAnchor()
    assert anchor.step(None, CAMERA, DT) is None
    assert anchor.step(Observation(0.0, CAMERA.size), CAMERA, DT) is None
    true = table(45)
    assert anchor.step(seen(0.1, mark(true)), CAMERA, DT).confidence == 1
    carried = anchor.step(seen(1.6, mark(true), marks_t=0.1), CAMERA, DT)
    assert carried.confidence == pytest.approx(0.5)
    lost = anchor.step(seen(1.7, marks_t=0.1), CAMERA, DT)
    assert lost.confidence == 0
    assert np.array_equal(lost.frame, carried.frame), "it fades where it was"
    assert anchor.step(seen(1.8, mark(true, size=0.01)), CAMERA, DT).confidence < 1, "too small to be sure"


def test_other_marks_become_the_place_only_after_a_while() -> None:
    anchor = TagAnchor()
    anchor.step(seen(0, mark(table(45))), CAMERA, DT)
    other = table(45, 0, (0.2, -0.1, -0.9))
    early = anchor.step(seen(0.5, mark(other, 7)), CAMERA, DT)
    assert (early.confidence, early.place) == (0, 1)
    late = anchor.step(seen(1.6, mark(other, 7)), CAMERA, DT)
    assert (late.confidence, late.place) == (1, 2)
    assert late.frame[:3, 3] == pytest.approx(other[:3, 3], abs=1e-3)
