"""Hands that carry and reach: where they come to, which way they turn, and what stays as long as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from avatar import paths
from avatar.animate.animator import Animator
from avatar.runtime.loading import load
from avatar.stage.anchors_companion import Hands

DT = 1 / 30
FILES = ["hikari"]


@pytest.fixture(scope="module", params=FILES)
def model(request):
    return load(paths.companion(request.param))


def lengths(model, world) -> dict[str, float]:
    """Metres of every bone of the arms and hands."""
    nodes = [node for bone, node in model.humanoid.items() if any(k in bone for k in ("Arm", "Hand", "Ring", "Index"))]
    return {
        model.node_names[node]: float(np.linalg.norm(world[node, :3, 3] - world[model.parents[node], :3, 3]))
        for node in nodes
    }


def led(model, side: str, how: str, seconds: float = 2.0, moved=(0.0, 0.0, 0.0)):
    """(hands at the end, the animator, the posture) of a companion that carries something."""
    animator = Animator(model, seed=2)
    posture = animator.carrying.posture(how, side)
    posture = replace(posture, wrist=posture.wrist + np.array(moved, np.float32))
    for k in range(round(seconds / DT)):
        animator.influences.pose_hand(side, posture)
        animator.step((), k * DT, DT)
    found = Hands(model).see(animator.pose.world, np.eye(4, dtype=np.float32))
    return found, animator, posture


@pytest.mark.parametrize("side", ["left", "right"])
def test_a_palm_that_carries_looks_up_before_the_body(model, side: str) -> None:
    hands, _, posture = led(model, side, "palm")
    hand = hands[side]
    assert np.linalg.norm(hand.points["Hand"] - posture.wrist) < 0.03
    assert hand.palm_out[1] > 0.8, "level, so that nothing slides off"
    assert hand.points["Hand"][2] > 0.12, "clear of the clothes"
    assert hand.points["Hand"][1] < hand.points["UpperArm"][1]
    other = hands["right" if side == "left" else "left"]
    assert other.points["Hand"][1] < hand.points["Hand"][1], "the other arm hangs"


def test_a_stem_stands_upright_in_the_hand(model) -> None:
    hand = led(model, "right", "hand")[0]["right"]
    across = hand.points["Index"] - hand.points["Little"]
    assert across[1] / np.linalg.norm(across) > 0.8
    tips = np.linalg.norm(hand.points["MiddleTip"] - hand.points["Hand"])
    open_tips = np.linalg.norm(led(model, "right", "palm")[0]["right"].points["MiddleTip"] - hand.points["Hand"])
    assert tips < open_tips, "fingers are closed round it"


def test_fingertips_meet(model) -> None:
    hand = led(model, "right", "fingertips")[0]["right"]
    apart = np.linalg.norm(hand.points["ThumbTip"] - hand.points["IndexTip"])
    assert apart < 0.026, "as far apart as a ring and their own flesh are thick"


def test_reaching_too_far_stretches_no_bone_and_breaks_no_elbow(model) -> None:
    rest = lengths(model, Animator(model, seed=2).pose.world)
    hands, animator, _ = led(model, "right", "fingertips", moved=(-0.9, 0.2, 0.9))
    found = lengths(model, animator.pose.world)
    for name, long in rest.items():
        assert found[name] == pytest.approx(long, abs=2e-4), name
    hand = hands["right"].points
    arm = np.linalg.norm(hand["LowerArm"] - hand["UpperArm"]) + np.linalg.norm(hand["Hand"] - hand["LowerArm"])
    assert np.linalg.norm(hand["Hand"] - hand["UpperArm"]) < 0.999 * arm, "the elbow stays a little bent"


def test_a_hand_is_let_go_without_a_leap(model) -> None:
    _, animator, _ = led(model, "right", "fingertips")
    hands, at = Hands(model), []
    for k in range(60):
        animator.influences.pose_hand("right", None)
        animator.step((), 2 + k * DT, DT)
        at.append(hands.see(animator.pose.world, np.eye(4, dtype=np.float32))["right"].points["IndexTip"].copy())
    steps = np.linalg.norm(np.diff(at, axis=0), axis=1)
    assert steps.max() < 0.08
    assert steps[-1] < 0.004
    assert at[-1][1] < at[0][1] - 0.2, "it hangs again"
