"""Things that go from hand to hand: when they go, along which way, and where they are when they are there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_stage_anchors_person import flat_hand
from test_stage_layout import CAMERA, DT
from test_stage_props import at, load

from avatar import paths
from avatar.linalg import affine, quat
from avatar.model.model import AvatarModel
from avatar.runtime.loading import load as load_companion
from avatar.spelling import PropPlace
from avatar.stage.anchors_companion import Hands, OwnHand
from avatar.stage.held_out import STILL_S, HeldOut, open_finger
from avatar.stage.passing import GO_S, REACH_S, STAY_S, Passing
from avatar.stage.prop_shape import shape_of
from avatar.stage.props import Props
from avatar.stage.turned_out import turned_out

TIPS, WORN = PropPlace("companion-fingertips", "right"), PropPlace("ring-finger", "left")


@pytest.fixture(scope="module")
def hikari() -> AvatarModel:
    return load_companion(paths.companion("hikari"))


@pytest.fixture(scope="module")
def own(hikari: AvatarModel) -> dict[str, OwnHand]:
    """The companion at rest, arms out, a metre and a half before the lens, facing it."""
    place = affine.compose(np.array([0.4, -1.3, -1.5], np.float32), quat.identity())
    return Hands(hikari).see(hikari.rest_world(), place)


def go(props: Props, own, hands, seconds: float):
    found = []
    for _ in range(round(seconds / DT)):
        found.append(props.step(None, hands, (), CAMERA, DT, own))
    return found


def with_ring(place: PropPlace) -> Props:
    props = Props(load, 1)
    props.add("ring", "ring", place)
    return props


def middle(placed) -> np.ndarray:
    return next(p for p in placed if p.name == "ring").figure.placement[:3, 3]


def test_a_ring_waits_for_the_hand_and_then_goes_onto_its_finger(own) -> None:
    props, hand = with_ring(TIPS), at("left")
    go(props, own, (), 1.0)
    props.attach("ring", WORN)
    waiting = go(props, own, (), 2.0)
    assert np.linalg.norm(middle(waiting[-1]) - own["right"].pinch) < 0.02, "no hand: it stays between the fingertips"
    assert props.touch is None
    ways = go(props, own, (hand,), REACH_S + GO_S + STAY_S + 0.8)
    seat = hand.points[13] + 0.56 * (hand.points[14] - hand.points[13])
    assert np.linalg.norm(middle(ways[-1]) - seat) < 1e-4
    steps = np.linalg.norm(np.diff([middle(p) for p in ways], axis=0), axis=1)
    far = np.linalg.norm(seat - own["right"].pinch)
    assert steps.max() < 4.5 * far / GO_S * DT, "it never leaps"
    assert props.touch is None
    assert props.carried == {}


def test_a_ring_comes_down_the_finger_over_its_tip_turned_as_it_will_be() -> None:
    passing = Passing(TIPS, WORN)
    begin, end = np.eye(4, dtype=np.float32), np.eye(4, dtype=np.float32)
    begin[:3, :3] = quat.to_matrix(quat.from_axis_angle(np.array([1, 0, 0], np.float32), 1.2))
    end[:3, 3] = (0.3, 0.1, -0.2)
    seen = []
    while not passing.over:
        passing.step(DT, True)
        seen.append(passing.matrix(begin, end, True))
    last = [m for m in seen if 1e-6 < np.linalg.norm(m[:3, 3] - end[:3, 3]) < 0.055]
    assert len(last) > 8
    for m in last:
        off = m[:3, 3] - end[:3, 3]
        assert off[1] > 0
        assert np.hypot(off[0], off[2]) < 1e-3, "along the finger and nowhere else"
        assert m[:3, 1] @ end[:3, 1] > 0.999, "its axis along the finger"
    for m in seen:
        assert np.linalg.det(m[:3, :3]) == pytest.approx(1, abs=1e-4), "it keeps its size"


def test_a_ring_on_the_way_finishes_where_the_hand_was_when_it_is_lost(own) -> None:
    props, hand = with_ring(TIPS), at("left")
    go(props, own, (), 1.0)
    props.attach("ring", WORN)
    go(props, own, (hand,), REACH_S + 0.8 * GO_S + 0.4)
    props.step(None, (), ("left",), CAMERA, DT, own)
    gone = [props.step(None, (), ("left",), CAMERA, DT, own) for _ in range(round(2.5 / DT))]
    assert not gone[-1], "a lost hand takes its ring along"
    again = go(props, own, (at("left", spot=(-0.1, 0.0, -0.5)),), 1.0)
    seat = at("left", spot=(-0.1, 0.0, -0.5)).points
    assert np.linalg.norm(middle(again[-1]) - (seat[13] + 0.56 * (seat[14] - seat[13]))) < 1e-4


def test_while_it_waits_another_place_is_as_if_the_first_had_not_been_asked_for(own) -> None:
    props = with_ring(TIPS)
    go(props, own, (), 1.0)
    props.attach("ring", WORN)
    go(props, own, (), 0.5)
    props.attach("ring", TIPS)
    held = go(props, own, (at("left"),), 4.0)
    assert np.linalg.norm(middle(held[-1]) - own["right"].pinch) < 0.02


def test_set_again_after_a_restart_it_is_on_the_finger_at_once_and_goes_nowhere(own) -> None:
    props, hand = Props(load, 1), at("left")
    props.add("ring", "ring", PropPlace("ring-finger", "right"))
    props.show("ring", False)
    props.attach("ring", WORN)
    first = go(props, own, (hand,), 0.6)
    seat = hand.points[13] + 0.56 * (hand.points[14] - hand.points[13])
    assert all(np.linalg.norm(middle(p) - seat) < 1e-4 for p in first if p)
    assert first[-1], "seen"
    assert props.touch is None


@pytest.mark.parametrize("side", ["left", "right"])
def test_her_own_ring_is_round_her_own_finger(own, side: str) -> None:
    place = PropPlace("companion-ring-finger", side)
    (placed,) = go(with_ring(place), own, (), 1.0)[-1]
    matrix, hand = placed.figure.placement, own[side]
    bone = hand.points["Ring1"] - hand.points["Ring"]
    scale = np.linalg.norm(matrix[:3, 1])
    assert matrix[:3, 1] / scale @ bone == pytest.approx(np.linalg.norm(bone), rel=1e-4)
    along = (matrix[:3, 3] - hand.points["Ring"]) @ bone / (bone @ bone)
    assert 0.4 < along < 0.7, "on the first phalanx"
    assert scale * shape_of(load("ring")).hole == pytest.approx(1.04 * hand.radius, rel=1e-3)
    assert 0.004 < hand.radius < 0.011, "metres: as thick as a finger is"
    assert matrix[:3, 2] @ hand.palm_out < -0.9 * scale, "its stone at the back of the hand"
    assert len(placed.figure.hidden_by) > 2


def test_palms_face_down_at_rest_and_a_pillow_lies_level_on_one(own) -> None:
    for side in ("left", "right"):
        assert own[side].palm_out[1] < -0.9
    props = Props(load, 1)
    props.add("ring-pillow", "ring-pillow", PropPlace("companion-palm", "left"))
    props.add("ring", "ring", PropPlace("ring-pillow", "left"))
    placed = {p.name: p.figure for p in go(props, own, (), 1.2)[-1]}
    cushion, ring = placed["ring-pillow"].placement, placed["ring"].placement
    assert {side: load.how for side, load in props.carried.items()} == {"left": "palm"}
    off = affine.apply(np.linalg.inv(cushion), ring[:3, 3])
    assert np.hypot(off[0], off[2]) < 0.03
    assert 0.04 < off[1] < 0.05, "on the satin, not in it and not over it"
    assert placed["ring"].order > placed["ring-pillow"].order


def test_stems_are_held_where_they_are_thin() -> None:
    bouquet, cup = shape_of(load("bouquet")), shape_of(load("cup"))
    assert bouquet.grip[1] < 0.02
    assert bouquet.grip[0] < 0.45
    assert 0.02 < cup.grip[1] <= cup.half


def test_a_hand_is_held_out_when_it_is_open_and_still() -> None:
    out, hand = HeldOut(), at("left")
    for _ in range(round(STILL_S / DT) + 1):
        out.step((hand,), (), DT)
    assert out.sides == ("left",)
    for k in range(20):
        out.step((at("left", spot=(0.1 + 0.02 * k, -0.1, -0.5)),), (), DT)
    assert out.sides == (), "it moves"
    out.step((), (), DT)
    assert out.sides == ()
    world = flat_hand("right")
    assert open_finger(world)
    world[15:17] = world[14] - (world[14] - world[13]) * np.array([[0.4], [0.8]], np.float32)
    assert not open_finger(world)


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_who_is_turned_out_looks_no_farther_round_and_no_higher(side: float) -> None:
    head, lens = np.array([0, 1.5, 0], np.float32), np.array([0, 1.5, 1.6], np.float32)
    beside = np.array([0.5 * side, 1.6, 0.15], np.float32)
    found = turned_out(beside, head, lens, 0.6)
    assert np.arctan2(found[0], found[2]) == pytest.approx(0.6 * side, abs=1e-5)
    assert found[1] == pytest.approx(1.6)
    assert np.hypot(found[0], found[2]) == pytest.approx(np.hypot(0.5, 0.15), rel=1e-5)
    ahead = np.array([0.1 * side, 1.5, 1.0], np.float32)
    assert (turned_out(ahead, head, lens, 0.6) == ahead).all()


def test_a_hand_of_four_fingers_gives_a_ring_and_wears_its_own_on_the_finger_beside(hikari) -> None:
    bones = {bone: node for bone, node in hikari.humanoid.items() if "Ring" not in bone}
    place = affine.compose(np.array([0.4, -1.3, -1.5], np.float32), quat.identity())
    own = Hands(replace(hikari, humanoid=bones)).see(hikari.rest_world(), place)
    props, hand = with_ring(TIPS), at("left")
    props.add("band", "band", PropPlace("companion-fingertips", "right"))
    go(props, own, (hand,), 1.0)
    props.attach("ring", WORN)
    there = middle(go(props, own, (hand,), 1.0 + REACH_S + GO_S + STAY_S)[-1])
    a, b = hand.points[13], hand.points[14]
    along = (b - a) / np.linalg.norm(b - a)
    assert 0.3 < (there - a) @ along / np.linalg.norm(b - a) < 0.8
    assert np.linalg.norm(np.cross(there - a, along)) < 0.006, "on the person's ring finger"
    props.attach("band", PropPlace("companion-ring-finger", "left"))
    last = go(props, own, (hand,), 1.0 + REACH_S + GO_S + STAY_S)[-1]
    band = next(p for p in last if p.name == "band").figure.placement[:3, 3]
    a, b = own["left"].points["Middle"], own["left"].points["Middle1"]
    along = (b - a) / np.linalg.norm(b - a)
    assert 0.3 < (band - a) @ along / np.linalg.norm(b - a) < 0.8
    assert np.linalg.norm(np.cross(band - a, along)) < 0.008, "on its own finger beside the one that is missing"
