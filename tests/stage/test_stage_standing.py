"""Anchors come and go by fading; places change by two pictures of the companion, never by a leap."""

from __future__ import annotations

import math

import numpy as np
import pytest
from test_stage_layout import CAMERA, DT, inside, overlap, seen

from avatar.errors import UsageError
from avatar.linalg import affine
from avatar.stage.anchors import Spot, upright
from avatar.stage.build import Build
from avatar.stage.camera import Camera
from avatar.stage.standing import CROSS_S, FADE_S, OnAnchor, Standing
from avatar.types import Move, Observation

PERSON = seen([-0.2, 0.1, -1.4])


class Told:
    """An anchor that is where the test says."""

    def __init__(self) -> None:
        self.spot: Spot | None = None

    def step(self, observation: Observation | None, camera: Camera, dt: float) -> Spot | None:
        return self.spot


def spot(x: float, confidence: float = 1.0, place: int = 0) -> Spot:
    return Spot(upright(np.array([x, -0.2, -1.0], np.float32), 0.0), confidence, 0.3, place)


def run(placer, seconds: float, observation=PERSON):
    return [placer.step(observation, CAMERA, DT) for _ in range(round(seconds / DT))]


def test_a_lost_anchor_fades_where_it_was_and_comes_back_by_fading() -> None:
    told = Told()
    placer = OnAnchor(Build(), told)
    assert placer.step(PERSON, CAMERA, DT)[0].opacity == 0, "never found: nothing is seen"
    told.spot = spot(0.1)
    there = run(placer, 2 * FADE_S)
    assert there[0][0].opacity == pytest.approx(DT / FADE_S)
    assert there[-1][0].opacity == 1
    assert np.linalg.norm(there[-1][0].matrix[:3, 1]) * Build().height == pytest.approx(0.3)
    told.spot = spot(0.4, confidence=0.05)
    gone = run(placer, 2 * FADE_S)
    levels = [p[0].opacity for p in gone]
    assert levels == sorted(levels, reverse=True)
    assert levels[-1] == 0
    assert all(p[0].matrix[0, 3] == pytest.approx(0.1) for p in gone)
    told.spot = spot(0.4, confidence=0.25)
    assert run(placer, FADE_S)[-1][0].opacity == 0, "not sure enough to begin with"
    told.spot = spot(0.4)
    back = run(placer, 2 * FADE_S)
    assert back[0][0].opacity < 0.2
    assert back[0][0].matrix[0, 3] == pytest.approx(0.4)


def test_a_leap_is_two_places_of_which_one_fades() -> None:
    told = Told()
    placer = OnAnchor(Build(), told)
    told.spot = spot(-0.2)
    run(placer, 1)
    for target, place in ((0.3, 0), (0.31, 1)):
        told.spot = spot(target, place=place)
        steps = run(placer, 1)
        assert len(steps[0]) == 2
        assert steps[0][0].opacity < 0.2 < 0.8 < steps[0][1].opacity
        assert steps[0][1].matrix[0, 3] == pytest.approx(-0.2 if place == 0 else 0.3)
        assert [len(s) for s in steps][-1] == 1
        assert steps[-1][0].opacity == 1


def test_a_glide_is_one_place() -> None:
    told = Told()
    placer = OnAnchor(Build(), told)
    for k in range(60):
        told.spot = spot(0.02 * k)
        assert len(placer.step(PERSON, CAMERA, DT)) == 1


def test_changing_the_anchor_cross_fades() -> None:
    standing = Standing(Build())
    before = run(standing, 2)[-1]
    assert len(before) == 1
    standing.move(Move("spot 0.8,0.95"))
    assert standing.anchor == "spot"
    change = run(standing, CROSS_S + FADE_S + 0.2)
    assert len(change[3]) == 2
    assert change[3][1].matrix[:3, 3] == pytest.approx(before[0].matrix[:3, 3], abs=1e-3)
    total = [sum(p.opacity for p in step) for step in change]
    assert min(total) > 0.3
    assert max(total) < 1.35
    leaving = [step[1].opacity for step in change if len(step) > 1]
    assert leaving == sorted(leaving, reverse=True)
    assert len(change[-1]) == 1
    assert change[-1][0].opacity == 1


def test_the_old_place_is_kept_until_the_new_anchor_is_there() -> None:
    standing = Standing(Build())
    run(standing, 1)
    standing.move(Move("palm"))
    held = run(standing, 3)[-1]
    assert standing.waiting
    assert [p.opacity for p in held] == [0, 1]
    standing.move(Move("left-half"), mirror=True)
    assert not run(standing, 2)[-1][0].opacity < 1
    assert not standing.waiting
    assert len(run(standing, DT)[0]) == 1


def test_moves_by_the_same_anchor_glide() -> None:
    standing = Standing(Build())
    first = run(standing, 2)[-1][0]
    standing.move(Move("beside", offset=(0, 0.2, 0), turn=0.5, scale=0.5, seconds=1.0))
    steps = [s[0] for s in run(standing, 1.2)]
    heights = np.array([s.matrix[1, 3] for s in steps])
    assert np.abs(np.diff(heights)).max() < 0.02
    last = steps[-1]
    assert last.matrix[1, 3] == pytest.approx(first.matrix[1, 3] + 0.2, abs=0.02)
    ratio = np.linalg.norm(last.matrix[:3, 0]) / np.linalg.norm(first.matrix[:3, 0])
    assert ratio == pytest.approx(0.5, abs=0.01)
    assert np.allclose(affine.apply(last.matrix, last.look_at_own), last.look_at, atol=1e-4)


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("name", ["left-half", "right-half"])
def test_in_half_a_picture_it_stands_in_that_half_as_the_person_sees_it(name: str, mirror: bool) -> None:
    side = (1 if name == "right-half" else -1) * (-1 if mirror else 1)
    for x in (-0.3, 0.0, 0.3):
        observation = seen([x, 0.1, -1.4])
        (place,) = run(Standing(Build(), name, mirror), 4, observation)[-1]
        middle = (place.head_box[0] + place.head_box[2]) / 2
        assert side * (middle - 320) > 40
        assert inside(place.head_box, CAMERA.visible)
        assert not overlap(place.body_box, observation.face.box)
        assert place.opacity == 1
    balanced = seen([-side * 0.25, 0.1, -1.4])
    (place,) = run(Standing(Build(), name, mirror), 4, balanced)[-1]
    person = (balanced.face.box[0] + balanced.face.box[2]) / 2 - 320
    assert (place.head_box[0] + place.head_box[2]) / 2 - 320 == pytest.approx(-person, abs=25)


def test_a_spot_is_where_the_feet_stand_and_all_of_it_is_seen() -> None:
    for x, y in ((0.2, 0.95), (0.75, 0.8)):
        (place,) = run(Standing(Build(), f"spot {x},{y}"), 2, None)[-1]
        assert CAMERA.project(place.matrix[:3, 3]) == pytest.approx([x * 640, y * 480], abs=0.5)
        top = CAMERA.project(affine.apply(place.matrix, np.array([0, Build().height, 0], np.float32)))
        assert 0 < top[1] < 0.1 * 480
    (mirrored,) = run(Standing(Build(), "spot:0.2,0.95", mirror=True), 2, None)[-1]
    assert CAMERA.project(mirrored.matrix[:3, 3])[0] == pytest.approx(0.8 * 640, abs=0.5)


def test_anchors_that_there_are_not_are_refused() -> None:
    for wrong in ("roof", "spot 2,3", "spot a,b", "palm 0.5,0.5", ""):
        with pytest.raises(UsageError, match="anchor"):
            Standing(Build(), wrong)
    standing = Standing(Build())
    with pytest.raises(UsageError):
        standing.move(Move("moon"))
    assert standing.anchor == "beside"


def test_it_looks_at_the_person_only_where_it_need_not_turn_round() -> None:
    told = Told()
    placer = OnAnchor(Build(), told)
    told.spot = spot(0.3)
    (place,) = placer.step(PERSON, CAMERA, DT)
    assert np.array_equal(place.look_at, np.zeros(3)), "the person is behind it"
    told.spot = Spot(upright(np.array([0.3, -0.2, -2.0], np.float32), 0.0), 1.0, 0.3)
    (place,) = OnAnchor(Build(), told).step(PERSON, CAMERA, DT)
    assert place.look_at == pytest.approx([-0.2, 0.1, -1.4])
    assert math.isclose(place.person_age, 0)
