"""A shallow cup in a hand: level, as large as it is, on the fingers, and the way from hand to hand."""

from __future__ import annotations

import numpy as np
import pytest
from test_stage_layout import CAMERA, DT
from test_stage_passing import go, hikari, own
from test_stage_props import at, load, tipped

from avatar.linalg import quat
from avatar.spelling import PropPlace, parse_place
from avatar.stage.passing import GO_S, REACH_S, STAY_S
from avatar.stage.prop_shape import shape_of
from avatar.stage.props import Props

__all__ = ("hikari", "own")
SIZES = {"small": 0.076, "middle": 0.096, "large": 0.118}
HAND, PALM = PropPlace("hand", ""), PropPlace("companion-palm", "left")


def with_cup(size: str, place: PropPlace) -> Props:
    props = Props(load, 1)
    props.add("cup", f"sake-cup-{size}", place)
    return props


def cup(placed) -> np.ndarray:
    return next(p for p in placed if p.name == "cup").figure.placement


@pytest.mark.parametrize("size", SIZES)
def test_each_cup_is_as_wide_as_it_is_and_shallow(size: str) -> None:
    shape = shape_of(load(f"sake-cup-{size}"))
    assert 2 * shape.half == pytest.approx(SIZES[size], rel=0.01)
    assert shape.height == pytest.approx(shape.half / 2, rel=0.05)
    assert shape.bowl
    assert shape.open
    assert not shape_of(load("cup")).bowl
    assert shape_of(load("cup")).open
    assert not any(shape_of(load(name)).open for name in ("candle", "bouquet", "sakaki", "scroll", "lantern"))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("degrees", [-80, -55, -30, 0, 30])
def test_in_a_hand_it_is_level_of_its_own_size_and_touches_it(size: str, degrees: float, own) -> None:
    turn = quat.from_axis_angle(np.array([1, 0, 0], np.float32), np.radians(degrees))
    hand = at("left", turn)
    matrix = cup(go(with_cup(size, HAND), own, (hand,), 1.0)[-1])
    assert matrix[1, 1] == pytest.approx(1, abs=1e-4), "level, and not made to fit the hand"
    local = (hand.points - matrix[:3, 3]) @ matrix[:3, :3]
    half = SIZES[size] / 2
    away = np.hypot(np.hypot(local[:, 0], local[:, 2]) - np.clip(np.hypot(local[:, 0], local[:, 2]), 0, half), 0)
    off = np.maximum(np.abs(local[:, 1] - half / 4) - half / 4, 0)
    assert np.hypot(away, off).min() < 0.03, "within a finger's breadth of the hand"


def test_on_a_palm_that_looks_up_its_foot_is_above_the_fingers(own) -> None:
    hand = at("right", tipped(85))
    matrix = cup(go(with_cup("middle", PropPlace("hand", "right")), own, (hand,), 1.0)[-1])
    near = hand.points[[5, 9, 13, 17, 6, 10, 14, 18]]
    assert 0.0 < matrix[1, 3] - np.median(near[:, 1]) < 0.03
    assert np.hypot(*(near[:, [0, 2]].mean(0) - matrix[[0, 2], 3])) < 0.03


def test_a_stack_on_her_palm_has_the_widest_below_and_the_top_is_taken_without_a_leap(own) -> None:
    props = Props(load, 1)
    for size in ("small", "large", "middle"):
        props.add(f"sake-cup-{size}", f"sake-cup-{size}", PALM)
    placed = {p.name: p.figure for p in go(props, own, (), 1.0)[-1]}
    heights = [placed[f"sake-cup-{size}"].placement[1, 3] for size in ("large", "middle", "small")]
    assert np.abs(np.diff(heights)) == pytest.approx([0.86 * 0.0295, 0.86 * 0.024], abs=2e-3)
    orders = [placed[f"sake-cup-{size}"].order for size in ("large", "middle", "small")]
    assert orders == sorted(orders)
    props.attach("sake-cup-small", PropPlace("companion-hand", "right"))
    ways = go(props, own, (), REACH_S + GO_S + STAY_S + 0.6)
    spots = [next(p for p in found if p.name == "sake-cup-small").figure.placement[:3, 3] for found in ways]
    steps = np.linalg.norm(np.diff(spots, axis=0), axis=1)
    assert steps.max() < 5 * np.linalg.norm(spots[-1] - spots[0]) / GO_S * DT
    assert {side: load.how for side, load in props.carried.items()} == {"left": "palm", "right": "bowl"}


@pytest.mark.parametrize("size", SIZES)
def test_it_goes_over_into_the_hand_held_out_and_comes_back(size: str, own) -> None:
    props, hands = with_cup(size, PropPlace("companion-hand", "right")), (at("left"),)
    go(props, own, (), 1.0)
    props.attach("cup", HAND)
    waiting = go(props, own, (), 2.0)
    assert np.linalg.norm(cup(waiting[-1])[:3, 3] - own["right"].seat) < 0.01, "no hand: it stays with her"
    there = go(props, own, hands, REACH_S + GO_S + STAY_S + 0.6)
    spots = np.array([cup(p)[:3, 3] for p in there])
    far = np.linalg.norm(spots[-1] - spots[0])
    assert np.linalg.norm(np.diff(spots, axis=0), axis=1).max() < 4.5 * far / GO_S * DT, "it never leaps"
    assert min(cup(p)[1, 1] for p in there) > np.cos(np.radians(4)), "nothing is spilt on the way"
    assert props.carried == {}
    props.attach("cup", PropPlace("companion-hand", "right"))
    go(props, own, hands, REACH_S + GO_S + STAY_S + 0.6)
    assert {side: load.how for side, load in props.carried.items()} == {"right": "bowl"}
    assert props.cup is not None
    assert props.cup.side == "right"
    assert props.cup.half == pytest.approx(SIZES[size] / 2, rel=0.01)


def test_a_place_without_a_side_is_the_hand_that_is_held_out_and_stays_it(own) -> None:
    assert parse_place("hand") == HAND
    props = with_cup("small", HAND)
    left, right = at("left", spot=(-0.2, -0.1, -0.6)), at("right", spot=(0.2, -0.1, -0.6))
    for _ in range(40):
        first = props.step(None, (left, right), (), CAMERA, DT, own, ("left",))
    for _ in range(40):
        later = props.step(None, (left, right), (), CAMERA, DT, own, ("right",))
    assert first[0].thing.place.hold.side == "left"
    assert later[0].thing.place.hold.side == "left"
    for _ in range(40):
        gone = props.step(None, (right,), (), CAMERA, DT, own, ("right",))
    assert gone[0].thing.place.hold.side == "right", "the other hand took it"
