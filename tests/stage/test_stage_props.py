"""A ring, a cup, a candle: where they are, how large, how they go, and what moves of them by itself."""

from __future__ import annotations

import math

import numpy as np
import pytest
from stage_marks import CAMERA as WIDE
from stage_marks import mark, table
from stage_marks import seen as seen_marks
from test_stage_anchors_person import flat_hand, hand, tipped
from test_stage_layout import CAMERA, DT

from avatar import paths
from avatar.linalg import affine, quat
from avatar.model.static import load_prop
from avatar.spelling import PropPlace
from avatar.stage.anchors_props import closed_round, palm_out
from avatar.stage.hand_space import solid
from avatar.stage.placement import Cover
from avatar.stage.props import Props, covered, shape_of
from avatar.types import Hand, Observation

LEFT, RIGHT = PropPlace("ring-finger", "left"), PropPlace("ring-finger", "right")


def load(name: str):
    return load_prop(paths.prop(name))


def props(name: str, place: PropPlace) -> Props:
    made = Props(load, seed=3)
    made.add(name, name, place)
    return made


def at(side: str, turn=None, spot=(0.1, -0.1, -0.5), **more: object):
    return solid(hand(turn, spot, side, **more), -spot[2], None, CAMERA)


def run(made: Props, hands, seconds: float = 1.0, seen: Observation | None = None, going=()):
    for _ in range(round(seconds / DT)):
        placed = made.step(seen, hands, going, CAMERA, DT)
    return placed


def tags(**spots: tuple[float, float]):
    """The plane to the stage, and what is seen: a table with printed tags, t3 = (x, y) of tag 3 on it."""
    frame = table(35)
    marks = [mark(frame, int(name[1:]), at=spot) for name, spot in spots.items()]
    return frame, seen_marks(0.0, *marks)


def run_on(made: Props, seen: Observation, seconds: float = 1.0):
    for k in range(round(seconds / DT)):
        now = seen_marks(k * DT, *seen.marks)
        placed = made.step(now, (), (), WIDE, DT)
    return placed


def gripping(side: str = "right") -> Hand:
    """A hand round an upright thing 6 cm thick: palm to the side, fingers bent towards the camera and round."""
    world = np.zeros((21, 3))
    for finger in range(1, 5):
        y = 0.045 - 0.025 * finger
        for joint, angle in enumerate((170, 120, 70, 30)):
            a = math.radians(angle)
            world[1 + 4 * finger + joint] = (0.040 * math.cos(a), y, 0.040 * math.sin(a))
    world[0] = (-0.045, -0.02, -0.085)
    for joint, angle in enumerate((200, 225, 265, 300)):
        a = math.radians(angle)
        world[1 + joint] = (0.040 * math.cos(a), 0.01, 0.040 * math.sin(a))
    world *= (1, 1, 1) if side == "right" else (-1, 1, 1)
    world = (world - world.mean(0)).astype(np.float32)
    points = np.zeros((21, 3), np.float32)
    points[:, :2] = CAMERA.project(world + np.array([0.1, -0.1, -0.5], np.float32))
    return Hand(side, points, world, 1.0)


def fist():
    world = flat_hand("right")
    for knuckle in (5, 9, 13, 17):
        folded = np.array([[0, 0.005, 0.03], [0, -0.03, 0.035], [0, -0.035, 0.012]])
        world[knuckle + 1 : knuckle + 4] = world[knuckle] + folded
    world = (world - world.mean(0)).astype(np.float32)
    points = np.zeros((21, 3), np.float32)
    points[:, :2] = CAMERA.project(world + np.array([0.1, -0.1, -0.5], np.float32))
    return solid(Hand("right", points, world, 1.0), 0.5, None, CAMERA)


def test_house_props_are_measured_as_they_are_made() -> None:
    ring, cup, candle = (shape_of(load(name)) for name in ("ring", "cup", "candle"))
    assert ring.hole == pytest.approx(0.0085, abs=0.0003)
    assert cup.height == pytest.approx(0.084, abs=0.001)
    assert cup.low == pytest.approx(0, abs=1e-6)
    assert 0.09 < candle.height < 0.11, "its flame does not stand on anything"
    assert candle.half == pytest.approx(0.0405, abs=0.001)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("turn", [0, 60, 180])
def test_the_ring_is_on_the_fingers_own_axis_its_stone_at_the_back_of_the_hand(side: str, turn: int) -> None:
    one = at(side, quat.from_axis_angle(np.array([0, 1, 0], np.float32), math.radians(turn)))
    (placed,) = run(props("ring", PropPlace("ring-finger", side)), (one,))
    matrix = placed.figure.placement
    scale = float(np.linalg.norm(matrix[:3, 1]))
    bone = one.points[14] - one.points[13]
    assert matrix[:3, 1] / scale @ bone == pytest.approx(np.linalg.norm(bone), rel=1e-4)
    assert (matrix[:3, 3] - one.points[13]) @ bone == pytest.approx(0.56 * bone @ bone, rel=1e-3)
    assert matrix[:3, 2] / scale @ palm_out(one) < -0.95
    hole = scale * shape_of(load("ring")).hole
    finger = one.radii[one.group == 10][0]
    assert 0.85 * finger < hole < finger
    assert 3 <= len(placed.figure.hidden_by) <= 12, "its own finger and those beside it"
    assert placed.figure.shadow is None
    assert not covered(placed, Cover(0.0, np.zeros(35, np.float32))).behind_person


def test_a_ring_stays_a_ring_when_the_finger_is_bent_square_to_the_palm() -> None:
    world = flat_hand("right")
    world[14:17] = world[13] + np.array([[0, 0.001, 0.04], [0, 0, 0.065], [0, 0, 0.085]])
    world = (world - world.mean(0)).astype(np.float32)
    points = np.zeros((21, 3), np.float32)
    points[:, :2] = CAMERA.project(world + np.array([0.1, -0.1, -0.5], np.float32))
    (placed,) = run(props("ring", RIGHT), (solid(Hand("right", points, world, 1.0), 0.5, None, CAMERA),))
    m = placed.figure.placement[:3, :3] / np.linalg.norm(placed.figure.placement[:3, 1])
    assert m @ m.T == pytest.approx(np.eye(3), abs=1e-4)
    assert m[1, 2] > 0.8, "its stone looks where the knuckles do"


def test_only_the_hand_that_is_named_wears_it_and_a_lost_one_fades_where_it_was() -> None:
    made = props("ring", LEFT)
    assert run(made, (at("right"),)) == []
    (worn,) = run(made, (at("left"), at("right", spot=(-0.2, 0, -0.5))))
    assert worn.figure.opacity == 1
    there, seen = worn.figure.placement[:3, 3].copy(), []
    for _ in range(15):
        left = made.step(None, (at("right"),), (), CAMERA, DT)
        seen += [p.figure.opacity for p in left]
        assert all(np.allclose(p.figure.placement[:3, 3], there) for p in left)
    assert seen[0] > 0.85
    assert (np.diff(seen) < 0).all()
    assert left == []
    (back,) = made.step(None, (at("left", spot=(-0.2, 0.1, -0.6)),), (), CAMERA, DT)
    assert back.figure.opacity < 0.2, "it comes back by fading in"


def test_a_cup_is_in_the_hand_that_is_closed_round_it_and_upright() -> None:
    for side in ("left", "right"):
        one = solid(gripping(side), 0.5, None, CAMERA)
        assert closed_round(one.hand.world) > 0.9
        (placed,) = run(props("cup", PropPlace("hand", side)), (one,))
        matrix, shape = placed.figure.placement, shape_of(load("cup"))
        scale = float(np.linalg.norm(matrix[:3, 1]))
        assert matrix[:3, 1] / scale == pytest.approx([0, 1, 0], abs=0.02)
        assert scale * shape.half == pytest.approx(0.031, abs=0.006)
        middle = affine.apply(matrix, np.array([0, 0.5 * shape.height, 0], np.float32))
        fingers = one.points[[6, 7, 8, 10, 11, 12, 14, 15, 16]]
        away = np.linalg.norm((fingers - middle)[:, [0, 2]], axis=1)
        assert away.min() > 0.8 * scale * shape.half, "no finger is inside of it"
        assert placed.thing.place.hold == (side, "grip")


def test_a_hand_that_holds_nothing_has_no_cup_and_a_flat_one_carries_it() -> None:
    for one in (at("right"), fist()):
        assert run(props("cup", PropPlace("hand", "right")), (one,)) == []
    (placed,) = run(props("cup", PropPlace("hand", "right")), (at("right", tipped(80)),))
    assert placed.thing.place.hold == ("right", "stand")
    assert placed.figure.placement[:3, 1] / np.linalg.norm(placed.figure.placement[:3, 1]) == pytest.approx([0, 1, 0])
    assert placed.figure.shadow is not None


def test_the_candle_stands_on_its_own_tag_with_a_shadow() -> None:
    frame, seen = tags(t0=(0.0, 0.0), t3=(0.15, 0.05))
    for number, (x, y) in ((3, (0.15, 0.05)), (0, (0.0, 0.0))):
        (placed,) = run_on(props("candle", PropPlace("tag", str(number))), seen)
        matrix = placed.figure.placement
        want = affine.apply(frame.astype(np.float32), np.array([x, y, 0], np.float32))
        assert matrix[:3, 3] == pytest.approx(want, abs=0.004)
        assert np.linalg.norm(matrix[:3, 1]) == pytest.approx(1, abs=1e-3), "as large as it is"
        assert matrix[:3, 1] @ frame[:3, 2] == pytest.approx(1, abs=1e-3)
        assert placed.figure.shadow == pytest.approx(want, abs=0.004)
        assert placed.figure.floor
        assert placed.figure.patch == pytest.approx(1.25 * 0.0405, abs=0.002)
    (beside,) = run_on(props("candle", PropPlace("tag", "")), seen)
    off = beside.figure.placement[:3, 3] - frame[:3, 3]
    assert np.linalg.norm(off) == pytest.approx(0.14, abs=0.01), "beside the companion, who stands in the middle"
    assert run_on(props("candle", PropPlace("tag", "7")), seen) == []


def test_where_no_tag_is_found_it_goes_to_the_other_place_and_where_one_was_it_stays() -> None:
    _, seen = tags(t3=(0.15, 0.05))
    nothing = seen_marks(0.0)
    elsewhere = PropPlace("tag", "3", "companion-palm:left")
    found, lost = props("candle", elsewhere), props("candle", elsewhere)
    assert len(run_on(found, seen, 2.0)) == 1
    run_on(found, nothing, 3.0)
    assert found.carried == {}, "somebody before the camera hides it for a while"
    assert found.seeks_marks
    run_on(lost, nothing, 0.7)
    assert lost.carried == {}
    assert lost.seeks_marks
    run_on(lost, nothing, 0.3)
    assert list(lost.carried) == ["left"]
    run_on(lost, nothing, 1.0)
    assert not lost.seeks_marks
    run_on(lost, seen, 2.0)
    assert list(lost.carried) == ["left"], "a table that comes later does not take it away"
    lost.attach("candle", elsewhere)
    assert len(run_on(lost, seen, 2.0)) == 1
    assert lost.carried == {}, "asked again it looks again"


def test_a_flame_flickers_gently_the_same_for_the_same_seed() -> None:
    _, seen = tags(t3=(0.0, 0.0))
    heights = []
    for count in (200, 600):
        made, now = props("candle", PropPlace("tag", "3")), []
        run_on(made, seen)
        for k in range(count):
            (placed,) = made.step(seen_marks(1 + k * DT, *seen.marks), (), (), WIDE, DT)
            node = placed.figure.model.node_names.index("flame")
            now.append(float(np.linalg.norm(placed.figure.world[node, :3, 1])))
            still = placed.figure.model.node_names.index("candle")
            assert np.array_equal(placed.figure.world[still], placed.figure.model.rest_world()[still])
        heights.append(np.array(now))
    again, flame = heights
    assert np.array_equal(again, flame[:200])
    assert 0.02 < np.ptp(flame) < 0.25
    power = np.abs(np.fft.rfft((flame - flame.mean()) * np.hanning(600))) ** 2
    hertz = np.fft.rfftfreq(600, DT)
    assert power[hertz > 3].sum() < 0.02 * power.sum()
    turned = placed.figure.world[placed.figure.model.node_names.index("glow")]
    way = affine.apply(placed.figure.placement @ turned, np.array([0, 0, 1], np.float32)) - affine.apply(
        placed.figure.placement @ turned, np.zeros(3, np.float32)
    )
    here = affine.apply(placed.figure.placement @ turned, np.zeros(3, np.float32))
    assert way @ -here / np.linalg.norm(way) / np.linalg.norm(here) > 0.999, "its glow looks at the lens"


def test_shown_hidden_and_moved_they_fade() -> None:
    made = props("ring", LEFT)
    both = (at("left"), at("right", spot=(-0.2, 0, -0.5)))
    run(made, both)
    made.show("ring", False)
    levels = [made.step(None, both, (), CAMERA, DT)[0].figure.opacity for _ in range(8)]
    assert 0 < levels[-1] < levels[0] < 1
    assert run(made, both) == []
    made.attach("ring", RIGHT)
    placed = run(made, both, 0.2)
    assert [p.thing.place.hold.side for p in placed] == ["right"]
    run(made, both)
    made.attach("ring", LEFT)
    during = made.step(None, both, (), CAMERA, DT) and made.step(None, both, (), CAMERA, DT)
    assert {p.thing.place.hold.side for p in during} == {"left", "right"}
    assert [p.thing.place.hold.side for p in run(made, both)] == ["left"]
    assert made.names == ("ring",)
    assert made.needs_hands
    assert not made.seeks_marks
    with pytest.raises(KeyError):
        made.show("crown", True)
