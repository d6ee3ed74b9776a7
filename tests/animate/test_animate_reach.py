"""Hands come where they are wanted, by a body that stays a body: measured by forward kinematics of its own."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from animate_figure import humanoid as figure

from avatar.animate import human
from avatar.animate.body import Body
from avatar.animate.reach import Reach
from avatar.animate.rig import ROW, ROWS, Rig
from avatar.linalg import quat
from avatar.model.model import HUMAN_BONES
from avatar.model.tpose import PARENT

DT = 1 / 60
SIDES = ("left", "right")


def f4(values: Any) -> np.ndarray:
    return np.asarray(values, np.float32)


class Figures:
    """A companions, standing at ease."""

    def __init__(self, count: int = 1, sway: float = 0.0, **kwargs: Any) -> None:
        self.rig = Rig(figure(**kwargs))
        self.body = Body(self.rig.model, self.rig)
        self.reach = Reach([self.rig] * count)
        v = self.body.relaxed() + np.random.default_rng(3).normal(size=(ROWS, 3)) * sway
        self.rest = np.repeat(quat.from_vector(f4(v))[None], count, 0)
        self.hips = np.repeat(f4(self.rig.rest_position["hips"])[None], count, 0)
        self.length = self.body.arm_length

    def shoulder(self, side: str, q: np.ndarray | None = None) -> np.ndarray:
        return self.forward(self.rest if q is None else q)[side + "UpperArm"]

    def forward(self, q: np.ndarray) -> dict[str, np.ndarray]:
        """bone -> (A, 3) place, in double precision from the definition of the normalised pose."""
        at = self.rig.rest_position
        turn: dict[str, np.ndarray] = {}
        place: dict[str, np.ndarray] = {}
        for bone in HUMAN_BONES:
            if bone not in at:
                continue
            up = PARENT.get(bone, "")
            while up and up not in at:
                up = PARENT.get(up, "")
            own = quat.to_matrix(q[:, ROW[bone]]).astype(float)
            turn[bone] = turn[up] @ own if up else own
            place[bone] = place[up] + turn[up] @ (at[bone] - at[up]) if up else self.hips.astype(float)
        self.turn = turn
        return place

    def to(self, side: str, target: Any, weight: Any = 1.0, **kwargs: Any) -> np.ndarray:
        q = self.rest.copy()
        return self.reach.solve(q, self.hips, side, f4(target), weight, **kwargs)

    def off(self, side: str, target: Any, **kwargs: Any) -> np.ndarray:
        """(A,) metres between wrist and target."""
        return np.linalg.norm(self.forward(self.to(side, target, **kwargs))[side + "Hand"] - target, axis=-1)


def ways(n: int, side: str, seed: int = 0) -> np.ndarray:
    """(n, 3) unit directions that an arm has: within 105 degrees of ahead and a little outwards."""
    rng = np.random.default_rng(seed)
    d = rng.normal(size=(n * 8, 3))
    d /= np.linalg.norm(d, axis=1, keepdims=True)
    sign = 1 if side == "left" else -1
    axis = np.array([0.55 * sign, -0.25, 0.8])
    return d[d @ axis / np.linalg.norm(axis) > math.cos(math.radians(105))][:n]


@pytest.mark.parametrize("side", SIDES)
def test_a_hand_reaches_with_the_arm_alone(side: str) -> None:
    """From a folded elbow to 88 % of the arm, within a millimetre, and nothing but the arm moves."""
    n = 200
    figures = Figures(n, sway=0.08)
    far = np.random.default_rng(1).uniform(0.36, 0.88, n)[:, None] * figures.length
    target = figures.shoulder(side) + ways(n, side) * far
    assert figures.off(side, target).max() < 1e-3
    q = figures.to(side, target)
    mine = [ROW[side + b] for b in ("UpperArm", "LowerArm")]
    others = [i for i in range(ROWS) if i not in mine]
    assert np.array_equal(q[:, others], figures.rest[:, others])


@pytest.mark.parametrize("side", SIDES)
def test_trunk_and_shoulder_bring_a_hand_a_quarter_farther(side: str) -> None:
    """Up to 1.25 arm's lengths from where the shoulder was: ahead, aside, across, up and down to a table. (Aside and
    upwards at once, nothing leans on its feet: there the last centimetres are left.)"""
    n = 300
    figures = Figures(n)
    sign = 1 if side == "left" else -1
    d = ways(n, side, 5)
    d = d[(d @ np.array([0.35 * sign, -0.2, 0.9]) > 0.25) & (np.abs(d[:, 1]) < 0.6)]
    d = d[(np.abs(d[:, 0]) < 0.75) | (d[:, 1] < 0.1)]
    figures = Figures(len(d))
    far = np.linspace(0.88, 1.25, len(d))[:, None] * figures.length
    target = figures.shoulder(side) + d * far
    off = figures.off(side, target)
    assert off.max() < 1e-3, (off.max(), d[off.argmax()], far[off.argmax()])
    q = figures.to(side, target)
    chain = [ROW[b] for b in ("spine", "chest", "upperChest")]
    lean = np.degrees(2 * np.arccos(np.clip(np.abs(np.vecdot(q[:, chain], figures.rest[:, chain])), 0, 1))).sum(1)
    assert lean.max() < 40
    assert lean[:3].max() < 3
    others = [i for i in range(ROWS) if "Leg" in (*HUMAN_BONES, "")[i] or i == ROW["hips"]]
    assert np.array_equal(q[:, others], figures.rest[:, others])


def test_both_hands_at_once() -> None:
    figures = Figures()
    shoulders = np.stack([figures.shoulder(s)[0] for s in SIDES])
    for offset in ((0, -0.1, 0.35), (0, 0.1, 0.53), (0, -0.3, 0.46)):
        target = shoulders + offset
        place = figures.forward(figures.to("both", target[None]))
        for k, side in enumerate(SIDES):
            assert np.linalg.norm(place[side + "Hand"][0] - target[k]) < 1e-3
    # a cup held by both
    target = np.array([[0.04, 1.15, 0.38], [-0.04, 1.15, 0.38]])
    place = figures.forward(figures.to("both", target[None]))
    assert all(np.linalg.norm(place[s + "Hand"][0] - target[k]) < 1e-3 for k, s in enumerate(SIDES))


def test_bones_keep_their_lengths_and_rotations_their_unit() -> None:
    n = 400
    figures = Figures(n, sway=0.1)
    target = np.random.default_rng(2).normal(size=(n, 2, 3)) * 0.6 + (0, 1.2, 0.2)
    q = figures.to("both", target, np.random.default_rng(0).random((n, 2)))
    assert np.allclose(np.linalg.norm(q, axis=-1), 1, atol=3e-6)
    place = figures.forward(q)
    for a, b in (("UpperArm", "LowerArm"), ("LowerArm", "Hand"), ("Shoulder", "UpperArm")):
        for side in SIDES:
            rest = np.linalg.norm(figures.rig.rest_position[side + a] - figures.rig.rest_position[side + b])
            assert np.allclose(np.linalg.norm(place[side + a] - place[side + b], axis=1), rest, atol=1e-5)


def sweeps(shoulder: np.ndarray, length: float) -> dict[str, np.ndarray]:
    """Ways through the room, (N, 3) each, N the same, steps of at most 8 mm (half a metre a second)."""
    u = np.linspace(-1, 1, 500)[:, None]
    along = {
        "through full stretch": shoulder + (1.1 + 0.5 * u) * length * np.array([0.3, 0.1, 0.95]),
        "sideways before the face": shoulder + np.concatenate([u * 1.5, 0 * u + 0.1, 0 * u + 0.3], 1),
        "up and down": shoulder + np.concatenate([0 * u + 0.1, u * 1.5, 0 * u + 0.2], 1),
        "past the shoulder": shoulder + np.concatenate([0 * u + 0.02, 0 * u + 0.03, u], 1),
        "through the shoulder": shoulder + u * np.array([0.5, 0.4, 0.7]),
        "from behind the back": shoulder + np.concatenate([0.3 * u, 0.2 * u, u], 1) + (0.05, -0.1, 0),
        "far past": shoulder + np.concatenate([u * 1.8, 0 * u, 0 * u + 0.9], 1),
    }
    t = u[:, 0] * np.pi
    ring = np.stack([np.cos(t), np.sin(t), 0 * t], 1)
    along["round the shoulder"] = shoulder + 0.3 * ring
    along["round behind"] = shoulder + 0.35 * np.stack([np.cos(t), 0 * t, np.sin(t)], 1)
    return along


@pytest.mark.parametrize("side", SIDES)
def test_joints_follow_a_sweeping_target_without_a_snap(side: str) -> None:
    """Turns stay below a constant times the target's way: 1 rad for 3 cm in the worst places, which are a hand's
    breadth from the shoulder and behind the back; elsewhere 1 rad for 6 cm (overhead; in front for 11)."""
    one = Figures()
    shoulder = one.shoulder(side)[0]
    for name, path in sweeps(shoulder, one.length).items():
        figures = Figures(len(path))
        q = figures.to(side, path)
        assert np.isfinite(q).all()
        turn = 2 * np.arccos(np.clip(np.abs(np.vecdot(q[1:].astype(float), q[:-1].astype(float))), 0, 1))
        moved = np.linalg.norm(np.diff(path, axis=0), axis=1)[:, None]
        rate = (turn / moved).max()
        assert rate < (34 if "shoulder" in name or "behind" in name else 16), (name, rate)


def test_a_straight_arm_bends_without_a_snap() -> None:
    """Soft IK: drawn out to a target that goes far out of reach, the elbow opens ever more slowly, and stays a little
    bent; without it, it would snap at infinite speed."""
    figures = Figures(400)
    d = np.array([0.35, -0.1, 0.9]) / np.linalg.norm([0.35, -0.1, 0.9])
    path = figures.shoulder("left") + np.linspace(0.6, 2.2, 400)[:, None] * figures.length * d
    q = figures.to("left", path)
    fold = np.degrees(2 * np.arccos(np.abs(q[:, ROW["leftLowerArm"], 3])))
    assert (np.diff(fold) < 1e-3).all()
    assert fold[-1] > 5
    wrist = figures.forward(q)["leftHand"]
    steps = np.linalg.norm(np.diff(wrist, axis=0), axis=1) / np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert steps.max() < 1.1
    assert steps[-1] < 0.06


def test_human_ranges_are_kept() -> None:
    """Elbow and wrist everywhere in the room; the shoulder where an arm has business."""
    n = 1500
    figures = Figures(n)
    rng = np.random.default_rng(4)
    target = rng.normal(size=(n, 2, 3)) * 0.7 + (0, 1.2, 0.2)
    way = rng.normal(size=(2, n, 2, 3))
    q = figures.to("both", target, fingers=way[0], palm=way[1])
    for side in SIDES:
        fold = 2 * np.arccos(np.clip(np.abs(q[:, ROW[side + "LowerArm"], 3]), 0, 1))
        twist, swing = human.angles(q)
        row = ROW[side + "LowerArm"]
        sign = -1 if side == "left" else 1
        assert swing[:, row, 0].min() * sign >= -1 or swing[:, row, 0].max() * sign <= 151
        assert np.abs(swing[:, row, 0]).max() < 150.5
        assert np.abs(twist[:, row]).max() < 90
        assert np.abs(np.degrees(fold)).max() < 175
        hand = swing[:, ROW[side + "Hand"]]
        assert np.abs(hand[:, 1]).max() < 80
        assert np.abs(hand[:, 0]).max() < 45
    # before and beside the body
    target = np.stack([figures.shoulder(s) + ways(n, s, 7) * 0.35 for s in SIDES], 1)
    keep = (target[..., 2] > 0.12).all(1) & (np.abs(target[..., 1] - 1.3) < 0.3).all(1)
    q = figures.to("both", target)[keep]
    rows = [ROW[s + b] for s in SIDES for b in ("Shoulder", "UpperArm", "LowerArm", "Hand")]
    held = human.clamp(q, slack=12)
    assert np.abs(np.vecdot(held, q))[:, rows].min() > 1 - 1e-6


@pytest.mark.parametrize("side", SIDES)
def test_elbows_point_down_and_out(side: str) -> None:
    """In front of the chest the elbow hangs below the line from shoulder to wrist and never goes inwards; hanging, it
    points back."""
    figures = Figures(200)
    sign = 1 if side == "left" else -1
    rng = np.random.default_rng(1)
    x, y, z = rng.uniform(-0.1, 0.35, 200) * sign, rng.uniform(1.0, 1.45, 200), rng.uniform(0.22, 0.4, 200)
    target = np.stack([x, y, z], 1)
    place = figures.forward(figures.to(side, target))
    a, b, c = (place[side + bone] for bone in ("UpperArm", "LowerArm", "Hand"))
    elbow = b - (a + c) / 2
    assert (elbow[:, 1] < 0).all()
    assert (elbow[:, 0] * sign > -0.06).all()
    low = figures.shoulder(side) + np.array((0.05 * sign, -0.42, 0.02))
    place = figures.forward(figures.to(side, low))
    bow = place[side + "LowerArm"] - (place[side + "UpperArm"] + place[side + "Hand"]) / 2
    assert (bow[:, 2] < 0).all()


def test_a_hint_turns_the_elbow_and_the_wrist_stays() -> None:
    figures = Figures()
    target = figures.shoulder("left") + np.array((0.0, -0.05, 0.3))
    for hint in ((1, 0, 0), (0, -1, 0), (0.7, 0.5, 0)):
        place = figures.forward(figures.to("left", target, pole=f4([hint])))
        assert np.linalg.norm(place["leftHand"] - target) < 1e-3
        bow = place["leftLowerArm"] - (place["leftUpperArm"] + place["leftHand"]) / 2
        cosine = float(bow[0] @ hint / np.linalg.norm(bow) / np.linalg.norm(hint))
        assert cosine > math.cos(math.radians(40)), (hint, cosine)
    along = figures.to("left", target, pole=f4(target - figures.shoulder("left")))
    assert np.abs(np.vecdot(along, figures.to("left", target)))[0, ROW["leftUpperArm"]] > 0.99


def test_hands_point_and_palms_face_where_they_are_wanted() -> None:
    figures = Figures()
    target = figures.shoulder("left") + np.array((0.05, -0.12, 0.3))
    at = figures.rig.rest_position
    rest = at["leftMiddleProximal"] - at["leftHand"]
    for fingers, palm in (
        ((0, 0.5, 0.8), (0, -0.8, 0.5)),
        ((-0.4, 0.1, 0.9), (-0.9, 0, -0.4)),
        ((0, 0.2, 1), (0, -1, 0.2)),
    ):
        q = figures.to("left", target, fingers=f4([fingers]), palm=f4([palm]))
        place = figures.forward(q)
        assert np.linalg.norm(place["leftHand"] - target) < 1e-3
        turn = figures.turn["leftHand"][0]
        for rest_way, wanted in ((rest, fingers), (np.array([0, -1.0, 0]), palm)):
            found = turn @ rest_way / np.linalg.norm(rest_way)
            assert found @ wanted / np.linalg.norm(wanted) > math.cos(math.radians(15))


def test_no_weight_is_to_the_bit_and_weights_lead_over_smoothly() -> None:
    figures = Figures()
    target = figures.shoulder("right") + np.array((-0.1, 0.2, 0.45))
    assert np.array_equal(figures.to("right", target, 0.0), figures.rest)
    path = np.array([figures.to("right", target, w)[0] for w in np.linspace(0, 1, 101)])
    turn = 2 * np.arccos(np.clip(np.abs(np.vecdot(path[1:].astype(float), path[:-1].astype(float))), 0, 1))
    assert turn.max() < np.radians(6)
    assert np.linalg.norm(figures.forward(path[-1:])["rightHand"] - target) < 1e-3
    half = figures.to("both", np.concatenate([target, target])[None], np.array([[0.0, 1.0]]))
    left = [ROW["left" + b] for b in ("Shoulder", "UpperArm", "LowerArm", "Hand")]
    assert np.array_equal(half[:, left], figures.rest[:, left])


def test_what_is_no_place_is_not_reached_for() -> None:
    figures = Figures(6)
    bad = np.array([[np.nan, 1, 0], [np.inf, 0, 0], [0, -np.inf, 1], [1e30, 0, 0], [0.3, 1.3, 0.2], [0.3, 1.3, 0.2]])
    weight = np.array([1, 1, 1, 1, np.nan, -1.0])
    assert np.array_equal(figures.to("left", bad, weight), figures.rest)
    shoulder = figures.shoulder("left")
    assert np.isfinite(figures.to("left", shoulder)).all()
    hand = figures.to("left", shoulder + np.array((0, 0, 0.3)), fingers=np.full((6, 3), np.nan), palm=bad, pole=bad)
    assert np.isfinite(hand).all()
    assert np.allclose(np.linalg.norm(hand, axis=-1), 1, atol=3e-6)
    none = np.zeros((6, 3))
    for value in (0.0, 1e-9, 1e-4):
        assert np.isfinite(figures.to("left", shoulder + value, fingers=none, palm=none, pole=none)).all()


def test_one_and_sixteen_agree() -> None:
    many, one = Figures(16, sway=0.05), Figures(1, sway=0.05)
    target = np.random.default_rng(6).normal(size=(16, 2, 3)) * 0.4 + (0, 1.2, 0.3)
    weight = np.random.default_rng(7).random((16, 2)).round()
    way = np.random.default_rng(8).normal(size=(3, 16, 2, 3))
    all_ = many.to("both", target, weight, pole=way[0], fingers=way[1], palm=way[2])
    for k in range(16):
        alone = one.to(
            "both",
            target[k : k + 1],
            weight[k : k + 1],
            pole=way[0, k : k + 1],
            fingers=way[1, k : k + 1],
            palm=way[2, k : k + 1],
        )
        assert np.allclose(alone[0], all_[k], atol=2e-5)


@pytest.mark.parametrize("without", [("chest", "upperChest"), ("upperChest", "leftShoulder", "rightShoulder")])
def test_companions_with_fewer_bones_reach_too(without: tuple[str, ...]) -> None:
    figures = Figures(without=without)
    for offset in ((0.05, -0.1, 0.3), (0.0, 0.0, 0.52)):
        target = figures.shoulder("left") + offset
        assert figures.off("left", target).max() < 1e-3
