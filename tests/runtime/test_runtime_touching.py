"""A cup that a companion holds comes to its lips, on whatever body, and is level where it is carried."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from avatar import paths
from avatar.animate.animator import Animator
from avatar.animate.lips import Lips, Sipping
from avatar.linalg import affine, quat
from avatar.runtime.loading import load, load_prop
from avatar.runtime.touching import Touching
from avatar.spelling import PropPlace
from avatar.stage.camera import Camera
from avatar.stage.placement import Placement
from avatar.stage.props import Props
from avatar.types import Gesture

DT = 1 / 30
OTHER = Path(__file__).resolve().parents[3] / "shared" / "data" / "avatars" / "Godette_vrm_v4.vrm"
BODIES = ["hikari", "other"]


def sip(body: str, cup: str):
    """(lips, the way of the face, cup, hands, gap) at each picture of a sip, stage frame, and the companion's size."""
    if body == "other" and not OTHER.is_file():
        pytest.skip("no ../shared with other companions")
    model = load(paths.companion("hikari") if body == "hikari" else OTHER)
    animator, props = Animator(model, seed=2), Props(lambda name: load_prop(paths.prop(name)), 1)
    props.add("cup", cup, PropPlace("companion-hand", "right"))
    touching, camera, lips = Touching(animator, model), Camera((640, 480), 0.8), Lips(model)
    matrix = affine.compose(np.array([0.4, -1.3, -1.5], np.float32), quat.identity())
    none = np.zeros(3, np.float32)
    place = Placement(matrix, matrix[:3, 3], 1.0, none, none, 1, (0, 0, 1, 1), (0, 0, 1, 1), 0.0)
    person, found = np.array([0.3, 1.5, 1.5], np.float32), []
    for k in range(round(8.0 / DT)):
        commands = [Gesture("raise_cup", 1.0, None)] if k == 45 else []
        down = touching.look(props)
        look = person if down is None else affine.apply(np.linalg.inv(matrix), down)
        animator.step(commands, k * DT, DT, look=look)
        hands = touching.see(animator.pose.world, place)
        props.step(None, (), (), camera, DT, hands)
        touching.step(props, hands, place, DT)
        at, ahead = lips.see(animator.pose.world)
        found.append((affine.apply(matrix, at), ahead, props.cup, hands))
    return found, model.height() / 1.6


def rim(cup, ahead) -> np.ndarray:
    """(3,) the point of a cup's rim that is nearest to the face."""
    back = -np.array([ahead[0], 0, ahead[2]])
    back = back - (back @ cup.up) * cup.up
    return cup.foot + cup.up * cup.height + back / np.linalg.norm(back) * cup.half


@pytest.mark.parametrize("cup", ["sake-cup-small", "sake-cup-large"])
@pytest.mark.parametrize("body", BODIES)
def test_the_rim_is_at_the_lips_in_both_hands_and_the_head_bows(body: str, cup: str) -> None:
    found, size = sip(body, cup)
    gaps = np.array([np.linalg.norm(rim(c, ahead) - at) for at, ahead, c, _ in found])
    there = gaps < 0.01
    assert 1.8 < there.sum() * DT < 4.0, "seconds within a centimetre"
    for at, ahead, c, hands in (one for one, near in zip(found, there, strict=True) if near):
        level = np.array([ahead[0], 0, ahead[2]]) / np.hypot(ahead[0], ahead[2])
        assert (c.foot + c.up * c.height / 2 - at) @ level > 0.3 * c.half, "before the face, not in it"
        assert 2 < np.degrees(np.arccos(c.up[1])) < 18, "it leans a little"
        assert c.up @ level < 0, "to the mouth"
        assert ahead[1] < -0.1, "the head is bowed"
        for hand in hands.values():
            assert np.linalg.norm(hand.points["Middle2"] - c.foot) < 0.11 * max(size, 1), "both hands are at it"


@pytest.mark.parametrize("body", BODIES)
def test_it_is_level_where_it_is_carried_and_nothing_leaps(body: str) -> None:
    found, size = sip(body, "sake-cup-middle")
    settled = found[35:]
    steps = np.linalg.norm(np.diff([c.foot for _, _, c, _ in settled], axis=0), axis=1)
    assert steps.max() / DT < 0.9 * max(size, 1), "metres a second"
    assert np.abs(np.diff(steps)).max() / DT**2 < 9, "metres a second, each second"
    for _, _, c, hands in (*found[35:44], *found[-10:]):
        assert c.up[1] == pytest.approx(1, abs=1e-5)
        assert min(hand.palm_out[1] for hand in hands.values()) > 0.9, "palms under it"
    for _, _, _, hands in settled:
        for side, hand in hands.items():
            out = hand.points["LowerArm"][0] - 0.4
            assert (out if side == "left" else -out) > 0.07 * size, "elbows stay beside the trunk"


def test_a_sip_goes_up_and_down_without_a_leap_wherever_it_is_ended() -> None:
    for end in np.arange(0.2, 6.0, 0.4):
        sipping, ups = Sipping(), []
        sipping.begin()
        for k in range(240):
            if k == round(end / DT):
                sipping.end()
            sipping.step(DT)
            ups.append(sipping.up)
        assert np.abs(np.diff(ups)).max() < 0.06
        assert ups[-1] == 0
        assert not sipping.going
