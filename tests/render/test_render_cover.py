"""What hands hide, each part as much as it is said to; and what is hidden behind a finger's own shape."""

from __future__ import annotations

import numpy as np
import pytest
from render_models import BLUE, GREEN, RED, at, figure, model, scene, square, unlit, where

from avatar.linalg import affine, quat
from avatar.render.capsule import capsule
from avatar.render.renderer import Renderer
from avatar.stage.scene import Overlay
from avatar.types import HandMatte

pytestmark = pytest.mark.gl
SIZE = (160, 120)
GROUND = np.full((SIZE[1], SIZE[0], 3), (90, 90, 90), np.uint8)


@pytest.fixture
def renderer(gl):
    with Renderer(SIZE, 1, gl, shadows=False) as r:
        yield r


def drawn(renderer, s) -> np.ndarray:
    renderer.draw(s)
    return renderer.read().astype(int).copy()


def red(levels: tuple[float, ...] | None, body: float = 0.0, **more):
    hands = None if levels is None else np.array((0.0, *levels), np.float32)
    return figure(model(), at(0, 0, -0.9), behind_person=body, behind_hands=hands, **more)


def hand(x0: int, x1: int, label: int, box=(40, 30, 120, 90)) -> HandMatte:
    """A hand in the columns x0 to x1 of the frame, in the box's rows."""
    alpha, labels = np.zeros((60, 80), np.uint8), np.zeros((60, 80), np.uint8)
    alpha[5:55, x0 - box[0] : x1 - box[0]] = 255
    labels[:, :] = label
    return HandMatte(alpha, labels, box)


def with_hands(f, matte: HandMatte | None, person: np.ndarray | None = None, mirror: bool = False, **more):
    s = scene(SIZE, f, image=GROUND, **more)
    s.hands, s.matte, s.mirror = matte, person, mirror
    return s


def test_a_hand_before_it_hides_it_and_one_behind_does_not(renderer) -> None:
    for level, want in ((1.0, False), (0.0, True)):
        got = where(drawn(renderer, with_hands(red((level,)), hand(60, 80, 1))), RED)
        assert got[60, 70] == want
        assert got[60, 90], "beside the hand it is seen"
    half = drawn(renderer, with_hands(red((0.5,)), hand(60, 80, 1)))[60, 70]
    assert half == pytest.approx((np.array(RED) * 255 + 90) / 2, abs=3)


def test_each_part_of_a_hand_hides_by_itself(renderer) -> None:
    both = hand(60, 100, 1)
    both.label[:, 40:] = 2
    got = where(drawn(renderer, with_hands(red((0.0, 1.0)), both)), RED)
    assert got[60, 70]
    assert not got[60, 90]


def test_the_body_is_behind_and_the_hand_before(renderer) -> None:
    """The person's matte is everywhere; the companion stands before their body but behind their hand, or both."""
    person = np.full((30, 40), 255, np.uint8)
    before = where(drawn(renderer, with_hands(red((1.0,), 0.0), hand(60, 80, 1), person)), RED)
    assert before[60, 90]
    assert not before[60, 70]
    behind = where(drawn(renderer, with_hands(red((0.0,), 1.0), hand(60, 80, 1), person)), RED)
    assert not behind[60, 90]
    assert behind[60, 70], "a hand that reaches behind it"
    fading = drawn(renderer, with_hands(red(None, 0.5), None, person))[60, 90]
    assert fading == pytest.approx((np.array(RED) * 255 + 90) / 2, abs=3)


@pytest.mark.parametrize("mirror", [False, True])
def test_the_mask_goes_with_the_picture_when_that_is_mirrored_or_cropped(renderer, mirror) -> None:
    got = where(drawn(renderer, with_hands(red((1.0,)), hand(60, 75, 1), mirror=mirror)), RED)
    columns = np.flatnonzero(~got[60] & where(drawn(renderer, with_hands(red(None), None)), RED)[60])
    want = np.arange(85, 100) if mirror else np.arange(60, 75)
    assert abs(columns[0] - want[0]) <= 1
    assert abs(columns[-1] - want[-1]) <= 1
    wide = np.full((SIZE[1] * 2, SIZE[0] * 4, 3), 90, np.uint8)  # twice as large, and its sides are cut off
    s = with_hands(red((1.0,)), None)
    s.frame = type(s.frame)(wide, 0.0, 0)
    s.hands = HandMatte(*(getattr(hand(60, 75, 1), n) for n in ("alpha", "label")), (240, 60, 400, 180))
    got = where(drawn(renderer, s), RED)
    assert not got[60, 62:73].any()
    assert got[60, 50:58].all()
    assert got[60, 78:86].all()


def test_the_shadow_of_what_stands_on_a_hand_falls_on_the_hand_only(renderer) -> None:
    foot = np.array([0, -0.12, -0.9], np.float32)
    for on_hand in (False, True):
        f = figure(model(), at(0, 0.1, -0.9, scale=0.1), behind_person=0.0, shadow=foot, floor=False)
        f.behind_hands, f.on_hand, f.patch = np.zeros(2, np.float32), on_hand, 0.3
        got = drawn(renderer, with_hands(f, hand(60, 80, 1)))
        dark = (got.max(2) < 88) & ~where(got, RED)
        assert dark[:, 62:78].any(), "on the hand"
        assert dark[:, 85:100].any() != on_hand, "beside it there is only air"


def test_words_are_never_turned_whatever_is_on_the_person(renderer) -> None:
    words = Overlay(label="LEFT", notice="an AI")
    plain = [drawn(renderer, with_hands(red(None), None, mirror=m, overlay=words)) for m in (False, True)]
    foot = slice(SIZE[1] - 22, SIZE[1])
    assert np.array_equal(plain[0][foot, :40], plain[1][foot, :40])


def tube(radius: float, material: int):
    """An open tube round +Y, seen from outside and inside."""
    turn = np.linspace(0, 2 * np.pi, 33)
    ring = np.stack([radius * np.sin(turn), np.zeros(33), radius * np.cos(turn)], 1)
    half = np.array([0, 0.04, 0])
    points = np.concatenate([ring - half, ring + half]).astype(np.float32)
    k = np.arange(32)
    faces = np.concatenate([np.stack([k, k + 1, k + 34], 1), np.stack([k, k + 34, k + 33], 1)]).astype(np.int32)
    uvs = (np.zeros((66, 2), np.float32),)
    return type(square())(points, points.copy(), uvs, faces, material=material, node=0)


def test_a_finger_hides_the_far_half_of_its_ring_and_is_not_drawn(renderer) -> None:
    ring = model((tube(0.1, 0),), (unlit(GREEN, double_sided=True),))
    tilted = affine.compose(np.array([0, 0, -0.6], np.float32), quat.from_euler(0.5, 0, 0))
    finger = affine.compose(np.array([0, 0, -0.6], np.float32), quat.from_euler(0.5, 0, 0))
    finger = finger @ np.diag([0.097, 0.4, 0.097, 1]).astype(np.float32)
    finger[:3, 3] -= finger[:3, 1] / 2
    whole = where(drawn(renderer, scene(SIZE, figure(ring, tilted))), GREEN)
    for fine in (False, True):
        got = drawn(renderer, scene(SIZE, figure(ring, tilted, hidden_by=finger[None], fine=fine)))
        worn = where(got, GREEN)
        assert 0.4 * whole.sum() < worn.sum() < 0.8 * whole.sum()
        middle = np.flatnonzero(whole[:, 80])
        seen = np.flatnonzero(worn[:, 80])
        assert seen.min() > middle.min() + 0.3 * np.ptp(middle), "the far rim, seen from above, is behind the finger"
        assert seen.max() == pytest.approx(middle.max(), abs=1)
        assert where(got, (0, 0, 0), 40).sum() + (got[..., 1] > 40).sum() >= got[..., 0].size * 0.98
    front = np.flatnonzero(where(drawn(renderer, scene(SIZE, figure(ring, tilted))), GREEN)[:, 80])
    assert np.array_equal(front, middle), "and the next picture has nothing of it"


def test_order_says_what_is_drawn_over_what(renderer) -> None:
    near = figure(model(materials=(unlit(RED),)), at(0, 0, -0.8))
    far = figure(model(materials=(unlit(BLUE),)), at(0, 0, -0.9))
    assert where(drawn(renderer, scene(SIZE, near, far)), RED)[60, 80]
    near.order = -0.95
    assert where(drawn(renderer, scene(SIZE, near, far)), BLUE)[60, 80]


def test_figures_of_different_sizes_share_one_target_that_is_not_made_anew(renderer) -> None:
    big, small = figure(model(), at(0, 0, -0.6)), figure(model(), at(0.3, 0.2, -4), fine=True)
    s = scene(SIZE, big, small)
    for _ in range(3):
        renderer.draw(s)
    first = renderer._small
    for _ in range(3):
        renderer.draw(s)
    assert renderer._small is first
    for _ in range(2):
        renderer.draw(scene(SIZE, small))
    assert renderer._small.size[0] * renderer._small.size[1] < first.size[0] * first.size[1]


def test_the_capsule_is_closed_and_round() -> None:
    m = capsule().primitives[0]
    away = np.hypot(m.positions[:, 0], m.positions[:, 2])
    assert away.max() == pytest.approx(1)
    assert m.positions[:, 1].min() == pytest.approx(-0.2)
    assert m.positions[:, 1].max() == pytest.approx(1.2)
    edges = np.sort(m.indices[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    inner = edges[(away[edges] > 1e-6).all(1)]
    assert (np.unique(inner, axis=0, return_counts=True)[1] == 2).all()


@pytest.mark.parametrize("tilt", [0.0, 0.35])
def test_a_thing_on_a_plane_has_a_patch_and_a_soft_shadow_away_from_the_light_on_that_plane(gl, tilt: float) -> None:
    turn = quat.from_euler(0.5 + tilt, 0, 0)
    place = affine.compose(np.array([0, -0.05, -0.6], np.float32), turn)
    post = model((square(offset=(0, 0.5, 0)), square(offset=(0, 0.5, 0))), (unlit(RED, double_sided=True),))
    post.scale[:] = (0.06, 0.12, 1)
    for name, level in (("with", 1.0), ("without", 0.0)):
        f = figure(post, place, behind_person=0.0, shadow=place[:3, 3].copy(), patch=0.05)
        f.world = post.rest_world()
        s = scene(SIZE, f, image=np.full((SIZE[1], SIZE[0], 3), 200, np.uint8))
        s.lighting.direction = quat.rotate(turn, np.array([-0.6, 0.7, 0.4], np.float32)).astype(np.float32)
        s.lighting.shadows = level
        with Renderer(SIZE, 1, gl) as r:
            got = drawn(r, s)
        dark = 200 - got[..., 0]
        dark[where(got, RED, 30)] = 0
        foot = np.array([80, 60 + 0.05 / 0.6 * SIZE[1] / 2 / np.tan(np.radians(63.0) / 2)]).astype(int)
        right, left = (
            dark[foot[1] - 14 : foot[1] + 15, foot[0] + 12 :],
            dark[foot[1] - 14 : foot[1] + 15, : foot[0] - 12],
        )
        near = dark[foot[1] + 1 : foot[1] + 6, foot[0] - 4 : foot[0] + 5].max()
        assert near > 15, "the patch under it"
        if name == "with":
            assert right.sum() > 2 * left.sum() + 100, "cast to the side away from the light"
            steps = np.abs(np.diff(right.astype(int), axis=1)).max()
            assert steps < 30, "softly"
