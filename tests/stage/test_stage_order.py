"""What is nearer is before: bodies, hands, single fingers; and nothing flickers."""

from __future__ import annotations

import numpy as np
import pytest
from test_stage_anchors_person import flat_hand, hand, tipped
from test_stage_layout import CAMERA, DT

from avatar.linalg import affine, quat
from avatar.stage.hand_space import FOREARM, GROUPS, PALM, HandSpace, capsules, limbs, solid
from avatar.stage.order import LABELS, Order, Thing
from avatar.stage.placement import Hold, Placement
from avatar.types import Body, Hand

LEFT, RIGHT = slice(1, 1 + GROUPS), slice(1 + GROUPS, LABELS)


def place(
    z: float, behind: bool | None = False, hold: Hold | None = None, x: float = 0.1, y: float = -0.3
) -> Placement:
    feet = np.array([x, y, z], np.float32)
    matrix = affine.compose(feet, quat.identity())
    none = np.zeros(3, np.float32)
    box = (0.0, 0.0, 1.0, 1.0)
    return Placement(matrix, feet, 1.0, none, none, 1, box, box, 0.0, behind, True, hold)


def hands(z: float, side: str = "right", **more: object):
    one = hand(at=(0.1, -0.1, z), side=side, **more)
    return HandSpace().step([one], None, CAMERA)


def settled(order: Order, thing: Thing, seen, person: float | None = None, steps: int = 20):
    for _ in range(steps):
        (cover,) = order.step([thing], seen, (), CAMERA, DT, person)
    return cover


def test_a_hand_nearer_than_what_stands_before_the_body_hides_it_and_one_farther_does_not() -> None:
    near = settled(Order(), Thing(place(-0.8), 0.4), hands(-0.55))
    assert near.body == 0
    assert near.hands[RIGHT] == pytest.approx(np.ones(GROUPS))
    assert not near.hands[LEFT].any()
    far = settled(Order(), Thing(place(-0.5), 0.4), hands(-0.75))
    assert not far.hands.any()


def test_a_hand_that_reaches_behind_what_the_body_hides_is_hidden_by_it() -> None:
    cover = settled(Order(), Thing(place(-0.6, behind=True), 0.4), hands(-0.9))
    assert cover.body == 1
    assert not cover.hands.any()


def test_at_about_the_same_distance_nothing_flickers_and_what_changes_fades() -> None:
    order, thing, rng = Order(), Thing(place(-0.7), 0.4), np.random.default_rng(4)
    settled(order, thing, hands(-0.6))
    levels = []
    for _ in range(60):
        (cover,) = order.step([thing], hands(-0.70 + rng.normal(0, 0.012)), (), CAMERA, DT)
        levels.append(cover.hands[RIGHT][3])
    assert set(levels) == {1.0}
    changes = [1.0]
    for _ in range(12):
        (cover,) = order.step([thing], hands(-0.9), (), CAMERA, DT)
        changes.append(float(cover.hands[RIGHT][3]))
    assert changes[-1] == 0
    assert 0 < max(-np.diff(changes)) <= DT / 0.18 + 1e-6


def test_the_body_is_before_by_metres_with_hysteresis_where_the_anchor_does_not_say() -> None:
    order = Order()
    thing = Thing(place(-1.0, behind=None), 0.4)
    assert settled(order, thing, (), 0.8).body == 1
    assert settled(order, thing, (), 1.03).body == 1, "a little behind is not enough"
    assert settled(order, thing, (), 1.2).body == 0
    assert settled(order, thing, (), 0.97).body == 0
    assert settled(order, thing, (), None).body == 0, "nobody seen: as it was"
    assert settled(order, thing, (), 0.8).body == 1
    assert settled(Order(), thing, ()).body == 0


def test_a_hand_that_is_lost_fades_to_what_the_body_does() -> None:
    order, thing = Order(), Thing(place(-0.8), 0.4)
    settled(order, thing, hands(-0.5))
    for _ in range(10):
        (cover,) = order.step([thing], hands(-0.5), ("right",), CAMERA, DT)
    assert not cover.hands.any()


def curled() -> Hand:
    """A right palm up, fingers away from the camera but for the index, which is bent up and back towards it."""
    world = flat_hand("right")
    world[6:9] = world[5] + np.array([[0, 0.01, 0.03], [0, -0.02, 0.045], [0, -0.05, 0.05]])
    world = world @ quat.to_matrix(tipped(75)).T
    world = (world - world.mean(0)).astype(np.float32)
    points = np.zeros((21, 3), np.float32)
    points[:, :2] = CAMERA.project(world + np.array([0.1, -0.1, -0.5], np.float32))
    return Hand("right", points, world, 1.0)


def test_the_palm_it_stands_on_never_covers_it_and_a_finger_bent_up_before_it_does() -> None:
    one = solid(curled(), 0.5, None, CAMERA)
    feet = one.points[[0, 5, 9, 13, 17]].mean(0) + np.array([0, 0.012, 0], np.float32)
    on_palm = place(float(feet[2]), hold=Hold("right", "stand"), x=float(feet[0]), y=float(feet[1]))
    far = place(float(feet[2]) - 0.06, hold=Hold("right", "stand"), x=float(feet[0]), y=float(feet[1]))
    for where in (on_palm, far):
        cover = settled(Order(), Thing(where, 0.19), (one,))
        levels = cover.hands[RIGHT]
        assert levels[PALM] == levels[FOREARM] == 0
    assert levels[5] == levels[6] == 1, "the index's outer segments, raised and nearer"
    assert not levels[7:16].any(), "the flat fingers"
    flat = solid(hand(tipped(75), at=(0.1, -0.1, -0.5)), 0.5, None, CAMERA)
    assert not settled(Order(), Thing(far, 0.19), (flat,)).hands.any()


def test_a_gripped_thing_is_before_the_palm_and_behind_the_fingers() -> None:
    one = solid(hand(at=(0.1, -0.1, -0.5), curl=0.55), 0.5, None, CAMERA)
    middle = one.points[[5, 9, 13, 17]].mean(0) + np.array([0, 0, 0.022], np.float32)
    held = place(float(middle[2]), hold=Hold("right", "grip"), x=float(middle[0]), y=float(middle[1]) - 0.04)
    levels = settled(Order(), Thing(held, 0.08), (one,)).hands[RIGHT]
    assert levels[PALM] == 0
    assert levels[[6, 9, 12, 15]].min() == 1, "the fingertips, which are round it"
    worn = place(-0.6, hold=Hold("right", "worn"))
    assert not settled(Order(), Thing(worn, 0.005), (one,)).hands.any(), "a ring is hidden by its own depth"


def test_two_things_keep_what_is_decided_of_each() -> None:
    order, seen = Order(), hands(-0.7)
    near, far = Thing(place(-0.5, x=-0.4), 0.3), Thing(place(-1.1, x=0.3), 0.3)
    for k in range(20):
        things = [near, far] if k % 2 else [far, near]
        covers = order.step(things, seen, (), CAMERA, DT)
    assert covers[0].hands[RIGHT].max() == 0
    assert covers[1].hands[RIGHT].min() == 1


def test_a_ring_and_who_stands_on_its_hand_are_never_taken_for_each_other() -> None:
    order, seen = Order(), hands(-0.55)
    stands = Thing(place(-0.55, hold=Hold("right", "stand")), 0.19)
    for k in range(20):
        # the hand goes so quickly that each is where the other was
        x = 0.1 + 0.05 * (k % 2)
        other = Thing(place(-0.9, x=x), 0.01, "ring")
        covers = order.step(
            [Thing(place(-0.55, hold=stands.place.hold, x=0.15 - 0.05 * (k % 2)), 0.19), other], seen, (), CAMERA, DT
        )
    assert covers[0].hands[RIGHT][PALM] == 0
    assert covers[1].hands[RIGHT][PALM] == 1


def test_limbs_are_as_thick_as_an_adults_and_in_the_room() -> None:
    one = hand(at=(0.1, -0.1, -0.7))
    (found,) = HandSpace().step([one], None, CAMERA)
    assert found.depth == pytest.approx(0.7, rel=0.03)
    assert found.points.mean(0) == pytest.approx([0.1, -0.1, -0.7], abs=0.02)
    seen = limbs([found], CAMERA)
    assert len(seen.ends) == len(found.radii) == 25
    assert seen.radii == pytest.approx(found.radii * CAMERA.focal / seen.depth, rel=1e-4)
    assert set(seen.label) == {1 + GROUPS + g for g in range(GROUPS)}
    assert seen.arm.sum() == 1
    assert len(limbs([], CAMERA).ends) == 0
    for matrix, (a, b), r in zip(capsules(found), found.ends, found.radii, strict=True):
        assert affine.apply(matrix, np.zeros(3, np.float32)) == pytest.approx(a, abs=1e-5)
        assert affine.apply(matrix, np.array([0, 1, 0], np.float32)) == pytest.approx(b, abs=1e-5)
        side = affine.apply(matrix, np.array([1, 0, 0], np.float32)) - a
        assert np.linalg.norm(side) == pytest.approx(r, rel=1e-4)
        assert abs(side @ (b - a)) < 1e-6


def test_the_forearm_goes_to_the_elbow_where_the_body_shows_it() -> None:
    one = hand(at=(0.1, -0.1, -0.7))
    points = np.zeros((33, 3), np.float32)
    elbow = np.array([0.25, -0.3, -0.8], np.float32)
    points[14, :2], points[16, :2] = CAMERA.project(elbow), one.points[0, :2]
    world = np.zeros((33, 3), np.float32)
    wrist_z = solid(one, 0.7, None, CAMERA).points[0, 2]
    world[14, 2] = elbow[2] - wrist_z
    body = Body(points, world, np.ones(33, np.float32))
    assert solid(one, 0.7, body, CAMERA).ends[-1, 1] == pytest.approx(elbow, abs=0.01)
    straight = solid(one, 0.7, None, CAMERA).ends[-1]
    assert np.linalg.norm(straight[1] - straight[0]) == pytest.approx(0.17, abs=0.01)


def test_one_look_in_which_a_hand_is_another_size_does_not_count() -> None:
    space = HandSpace()
    for _ in range(6):
        (steady,) = space.step([hand(at=(0.1, -0.1, -0.7))], None, CAMERA, 1.0)
    (odd,) = space.step([hand(at=(0.1, -0.1, -0.3))], None, CAMERA, 1.0)
    assert odd.depth == pytest.approx(steady.depth, rel=0.02)
    (far,) = HandSpace().step([hand(at=(0.1, -0.1, -2.6))], None, CAMERA, 1.0)
    assert far.depth <= 1.3001, "no hand is so far behind its person"
