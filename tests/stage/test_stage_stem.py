"""Stems in hands: where they are in an open one, a fist and from the side, and what is before them; flames."""

from __future__ import annotations

import numpy as np
import pytest
from test_stage_layout import CAMERA, DT
from test_stage_props import at, load

from avatar.linalg import affine, quat
from avatar.spelling import PropPlace, parse_place
from avatar.stage.anchors_stem import FLAME, LEANS, leaning
from avatar.stage.hand_space import PALM
from avatar.stage.order import Order, labels_of
from avatar.stage.prop_shape import shape_of
from avatar.stage.props import Placed, Props, flames

ANY = PropPlace("hand", "")


def turned(axis: str, angle: float) -> np.ndarray:
    return quat.from_axis_angle(np.eye(3, dtype=np.float32)["xyz".index(axis)], angle)


def held(name: str, hand, place: PropPlace = ANY, out=(), seconds: float = 1.0) -> Placed:
    props = Props(load, 1)
    props.add(name, name, place)
    for _ in range(round(seconds / DT)):
        placed = props.step(None, (hand,) if not isinstance(hand, tuple) else hand, (), CAMERA, DT, None, out)
    return placed[0]


def grip_point(placed: Placed, name: str) -> np.ndarray:
    shape, matrix = shape_of(load(name)), placed.figure.placement
    return matrix[:3, 3] + matrix[:3, 1] * np.float32(shape.low + shape.grip[0] * shape.height)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("back", [False, True])
def test_an_open_hand_holds_a_stem_upright_in_the_fold_of_its_thumb(side: str, back: bool) -> None:
    hand = at(side, turned("y", np.pi) if back else None)
    placed = held("bouquet", hand)
    up, point = placed.figure.placement[:3, 1], grip_point(placed, "bouquet")
    assert up[1] > 0.99
    thumb, index = hand.points[2], hand.points[5]
    assert np.linalg.norm(point - (thumb + index) / 2) < 0.035
    towards = point[2] - (thumb + index)[2] / 2
    assert (towards > 0.01) != back, "before the palm, which faces the lens or is turned away"
    hold = placed.thing.place.hold
    assert hold is not None
    assert hold.how == ("behind" if back else "thumb")
    order = Order()
    for _ in range(20):  # what is before what is faded to
        cover = order.step([placed.thing], (hand,), (), CAMERA, DT)[0]
    over = cover.hands[labels_of(side)]
    assert over[[1, 2, 3]] == pytest.approx(0.0 if back else 1.0)
    assert over[PALM] == pytest.approx(1.0 if back else 0.0)


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_fist_has_the_stem_in_its_hollow_along_its_knuckles(side: str) -> None:
    # a fist with its thumb up: little finger below the index finger
    turn = turned("z", np.pi / 2 if side == "right" else -np.pi / 2)
    hand = at(side, turn, curl=0.9)
    if (hand.points[5] - hand.points[17])[1] < 0:
        hand = at(side, turned("z", -np.pi / 2 if side == "right" else np.pi / 2), curl=0.9)
    placed = held("bouquet", hand)
    assert placed.thing.place.hold is not None
    assert placed.thing.place.hold.how == "grip"
    assert placed.figure.placement[1, 1] > 0.97
    point, knuckles = grip_point(placed, "bouquet"), hand.points[[5, 9, 13, 17]].mean(0)
    assert np.linalg.norm(point - knuckles) < 0.035
    blooms = placed.figure.placement[:3, 3] + placed.figure.placement[:3, 1] * np.float32(0.22)
    assert blooms[1] > hand.points[:, 1].max(), "above the hand"


def test_it_goes_to_the_hand_that_is_held_out_and_stays_there() -> None:
    hands = (at("left", spot=(0.15, -0.1, -0.5)), at("right", spot=(-0.15, -0.1, -0.5)))
    assert held("bouquet", hands, out=("left",)).thing.place.hold.side == "left"
    props = Props(load, 1)
    props.add("bouquet", "bouquet", ANY)
    for k in range(40):
        placed = props.step(None, hands, (), CAMERA, DT, None, ("left",) if k < 10 else ("right",))
    assert placed[0].thing.place.hold.side == "left", "what is in a hand stays in it"
    assert parse_place("hand") == ANY


@pytest.mark.parametrize("name", ["bouquet", "cup", "sake-cup-small", "lantern"])
def test_whatever_it_is_the_hand_held_out_has_it_until_it_is_lost_and_another_is_held_out(name: str) -> None:
    left, right = at("left", spot=(0.15, -0.1, -0.5)), at("right", spot=(-0.15, -0.1, -0.5))
    made = Props(load, 1)
    made.add(name, name, ANY)

    def sides(hands, seconds: float, *out: str) -> set[str]:
        found: set[str] = set()
        for _ in range(round(seconds / DT)):
            placed = made.step(None, hands, (), CAMERA, DT, None, out)
            found |= {p.thing.place.hold.side for p in placed if p.thing.place.hold is not None}
        return found

    assert sides((left, right), 1.0, "left") == {"left"}
    assert sides((left, right), 1.0, "right") == {"left"}, "what is in a hand stays in it"
    assert sides((right,), 0.8, "right") <= {"left"}, "a hand may be lost for a moment"
    sides((right,), 0.6, "right")
    assert sides((right,), 1.0, "right") == {"right"}
    assert sides((left, right), 1.0, "left", "right") == {"right"}


def test_it_goes_with_the_hand() -> None:
    props = Props(load, 1)
    props.add("bouquet", "bouquet", ANY)
    for k in range(60):
        hand = at("left", spot=(0.1 + 0.002 * k, -0.1, -0.5))
        placed = props.step(None, (hand,), (), CAMERA, DT)
        if k > 5:
            off = grip_point(placed[0], "bouquet") - hand.points[5]
            assert np.linalg.norm(off) < 0.06


@pytest.mark.parametrize("tilt", [0.0, 0.2, 0.9, 1.5, 2.5])
def test_things_lean_with_a_hand_within_reason(tilt: float) -> None:
    up = np.array([np.sin(tilt), np.cos(tilt), 0], np.float32)
    for most in (FLAME, LEANS, 0.0):
        lean = float(np.arccos(np.clip(leaning(up, most)[1], -1, 1)))
        assert lean <= most + 1e-4
        assert lean <= tilt
    assert np.linalg.norm(leaning(up, LEANS)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("tilt", [0.0, 0.5, 1.2])
def test_a_flame_goes_straight_up_whatever_the_candle_does_and_is_never_put_out(tilt: float) -> None:
    props = Props(load, 1)
    props.add("taper", "taper", PropPlace("hand", "right"))
    hand = at("right", turned("z", np.pi / 2 + tilt), curl=0.9)
    for _ in range(40):
        (placed,) = props.step(None, (hand,), (), CAMERA, DT)
        k = load("taper").node_names.index("flame")
        rises = placed.figure.placement[:3, :3] @ placed.figure.world[k][:3, 1]
        assert rises[1] / np.linalg.norm(rises) > 0.98
    assert np.arccos(placed.figure.placement[1, 1]) <= FLAME + 1e-3
    (light,) = flames([placed])
    assert light.color[0] > 0.03
    assert light.point == pytest.approx(affine.apply(placed.figure.placement, placed.figure.world[k][:3, 3]), abs=1e-5)


def test_a_lantern_hangs_below_the_hand() -> None:
    hand = at("right", curl=0.9)
    placed = held("lantern", hand)
    assert placed.figure.placement[:3, 1] == pytest.approx([0, 1, 0], abs=1e-6)
    knuckles = hand.points[[5, 9, 13, 17]].mean(0)
    assert placed.figure.placement[1, 3] < knuckles[1] - 0.2
    assert abs(placed.figure.placement[0, 3] - knuckles[0]) < 0.03
    assert flames([placed])[0].color[0] > flames([placed])[0].color[2]


def test_what_gives_no_light_gives_none() -> None:
    assert flames([held("bouquet", at("left"))]) == ()
