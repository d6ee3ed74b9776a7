"""What a companion carries is in the picture and not before its face, with four fingers as with five."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar import paths
from avatar.animate.animator import Animator
from avatar.animate.gaze import eye_place
from avatar.animate.lips import Lips
from avatar.linalg import affine, quat
from avatar.runtime.loading import load, load_prop
from avatar.runtime.touching import Touching
from avatar.spelling import PropPlace
from avatar.stage.anchors_companion import Hands
from avatar.stage.camera import Camera
from avatar.stage.in_view import into_view
from avatar.stage.placement import Placement
from avatar.stage.props import Props

DT = 1 / 30
CAMERA = Camera((320, 240), np.radians(30.0))
CLOSE, WIDE = (0.288, -1.378, -1.358), (0.288, -1.378, -3.2)
"""Where the companion stands in the demo's picture, metres, and farther off."""
THINGS = [
    ("sake-cups", "companion-palm"),
    ("ring-pillow", "companion-palm"),
    ("bouquet", "companion-hand"),
    ("taper", "companion-hand"),
    ("lantern", "companion-hand"),
    ("sakaki", "companion-hand"),
    ("sake-cup-large", "companion-hand"),
    ("ring", "companion-fingertips"),
]


@pytest.fixture(scope="module")
def five():
    return load(paths.companion("hikari"))


@pytest.fixture(scope="module")
def four(five):
    """The same with no ring finger."""
    return replace(five, humanoid={bone: node for bone, node in five.humanoid.items() if "Ring" not in bone})


def place_at(at, turned: float = -0.593) -> Placement:
    matrix = affine.compose(np.array(at, np.float32), quat.from_euler(0.0, turned, 0.0))
    none = np.zeros(3, np.float32)
    return Placement(matrix, matrix[:3, 3], 1.0, none, none, 1, (0, 0, 1, 1), (0, 0, 1, 1), 0.0)


def carry(model, prop: str, on: str, place: Placement, side: str = "right", seconds: float = 2.0):
    """(props, the prop as it is placed, hands, animator) after some seconds."""
    animator, props = Animator(model, seed=2), Props(lambda name: load_prop(paths.prop(name)), 1)
    props.add(prop, prop, PropPlace(on, side))
    touching = Touching(animator, model)
    for k in range(round(seconds / DT)):
        animator.step((), k * DT, DT)
        hands = touching.see(animator.pose.world, place)
        placed = props.step(None, (), (), CAMERA, DT, hands)
        touching.step(props, hands, place, DT, CAMERA)
    return props, placed[0], hands, animator


def solid(placed) -> np.ndarray:
    """(N, 3) stage points of what of a prop does not only shine."""
    model = placed.figure.model
    world = model.rest_world()
    parts = [p for p in model.primitives if model.materials[p.material].alpha_mode != "BLEND"]
    points = np.concatenate([affine.apply(world[p.node], p.positions) for p in parts])
    return affine.apply(placed.figure.placement, points)


def chin(model, animator, place) -> np.ndarray:
    """(3,) stage: under the lips by half as much as these are under the eyes."""
    lips = Lips(model)
    at = lips.see(animator.pose.world)[0]
    down = 0.5 * (eye_place(model)[1] - lips.rest[1])
    return affine.apply(place.matrix, at - np.array([0, down, 0], np.float32))


@pytest.mark.parametrize(("prop", "on"), THINGS)
@pytest.mark.parametrize("at", [CLOSE, WIDE], ids=["close", "wide"])
def test_it_is_wholly_in_the_picture_and_under_the_chin(five, at, prop: str, on: str) -> None:
    place = place_at(at)
    _, placed, _, animator = carry(five, prop, on, place, "left" if on == "companion-palm" else "right")
    pixels = CAMERA.project(solid(placed))
    assert pixels.min() >= 0
    assert pixels[:, 0].max() <= 320
    assert pixels[:, 1].max() <= 240, "over the lower edge"
    assert pixels[:, 1].min() > CAMERA.project(chin(five, animator, place))[1], "under the chin"


def test_nearer_it_is_carried_higher_with_the_elbow_beside_the_body(five) -> None:
    wrists = []
    for at in (WIDE, CLOSE):
        place = place_at(at)
        hand = carry(five, "bouquet", "companion-hand", place)[2]["right"]
        own = np.linalg.inv(place.matrix)
        wrist, elbow, shoulder = (affine.apply(own, hand.points[k]) for k in ("Hand", "LowerArm", "UpperArm"))
        wrists.append(wrist)
        assert elbow[1] < shoulder[1] - 0.1, "it hangs"
        assert elbow[0] < shoulder[0], "and is not in the trunk"
    assert wrists[1][1] > wrists[0][1] + 0.04
    assert wrists[1][2] < wrists[0][2], "and nearer to the body"


def test_it_comes_up_without_a_leap_as_the_companion_comes_nearer(five) -> None:
    ups = []
    for away in np.linspace(3.2, 1.1, 400):
        matrix = place_at((0.288, -1.378, -away)).matrix
        wrist, face = np.array([-0.11, 1.1, 0.3], np.float32), np.array([0, 1.38, 0.09], np.float32)
        ups.append(into_view(wrist, (0.1, 0.15), face, matrix, CAMERA)[0])
    assert ups[0] == 0
    assert max(ups) > 0.05
    assert np.abs(np.diff(ups)).max() < 0.01, "metres for half a centimetre"


def test_a_hand_beyond_the_side_comes_to_the_middle_of_the_body(five) -> None:
    wrist, face = np.array([0.15, 1.1, 0.3], np.float32), np.array([0, 1.38, 0.09], np.float32)
    far = place_at((0.5, -1.2, -1.8), 0.0).matrix
    assert into_view(wrist, (0.06, 0.06), face, place_at((0.0, -1.2, -1.8), 0.0).matrix, CAMERA)[1] == 0
    aside = into_view(wrist, (0.06, 0.06), face, far, CAMERA)[1]
    assert aside > 0.05
    moved = affine.apply(far, wrist - np.array([aside, 0, 0], np.float32))
    assert CAMERA.project(moved)[0] < 320


@pytest.mark.parametrize(("prop", "on"), [("bouquet", "companion-hand"), ("sake-cup-middle", "companion-hand")])
def test_four_fingers_carry(four, prop: str, on: str) -> None:
    _, placed, hands, _ = carry(four, prop, on, place_at(WIDE))
    near = np.linalg.norm(solid(placed) - hands["right"].points["Middle1"], axis=1).min()
    assert near < 0.04, "it is in the hand"
    assert placed.figure.placement[1, 1] > 0.85, "upright"


def test_four_fingers_wear_the_ring_on_the_one_beside(four) -> None:
    _, placed, hands, _ = carry(four, "band", "companion-ring-finger", place_at(WIDE), "left")
    hand = hands["left"]
    a, b = hand.points["Middle"], hand.points["Middle1"]
    assert np.allclose(hand.points["Ring"], a)
    at = placed.figure.placement[:3, 3]
    along = (b - a) / np.linalg.norm(b - a)
    assert 0.3 < (at - a) @ along / np.linalg.norm(b - a) < 0.8, "on the first phalanx"
    off = (at - a) - along * ((at - a) @ along)
    assert np.linalg.norm(off) < 0.008
    assert Hands(four).see(four.rest_world(), np.eye(4, dtype=np.float32))["left"].radius > 0.004
