"""The face fades, obeys the VRM rules, and closes its lips on p, b and m whatever it feels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from animate_figure import humanoid

from avatar.animate.face import Face, default_mouth_map, effective
from avatar.animate.rig import Rig
from avatar.model.model import AvatarModel, Expression
from avatar.types import VISEMES, FloatArray, Pose

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
DT = 1 / 60


def viseme(**weights: float) -> FloatArray:
    out = np.zeros(15, np.float32)
    for name, value in weights.items():
        out[VISEMES.index(name)] = value
    return out


class Head:
    def __init__(self, model: AvatarModel | None = None, *more) -> None:
        self.model = model or humanoid()
        self.face = Face(self.model, *more)
        self.pose: Pose = Rig(self.model).make_pose()
        self.pose.expressions = self.face.view(0)
        self.now = 0.0

    def step(self, seconds: float, mouth: FloatArray | None = None, blink: float = 0.0) -> Pose:
        for _ in range(max(1, round(seconds / DT))):
            self.now += DT
            rows = None if mouth is None else mouth[None]
            self.face.step(self.now, DT, np.array([blink], np.float32), rows, None, self.pose.morphs[None])
        return self.pose

    def gap(self) -> float:
        """Metres between the lips of the mannequin."""
        prim = self.model.primitives[1]
        p = prim.positions + np.einsum("k,kvc->vc", self.pose.morphs, prim.morph_positions)
        return float(p[1, 1] - p[3, 1])


REST_GAP = 0.004


def test_a_vowel_opens_the_mouth_and_silence_closes_it() -> None:
    head = Head()
    head.step(0.1, viseme(aa=1))
    assert head.gap() > 0.02
    head.step(0.1, viseme(sil=1))
    assert abs(head.gap() - REST_GAP) < 1e-4


@pytest.mark.parametrize("feeling", [None, "happy", "sad"])
def test_lips_shut_on_p_b_m_under_any_feeling(feeling: str | None) -> None:
    head = Head()
    if feeling:
        assert head.face.express(feeling, 1.0, 0.1, None)
        head.step(1.0)
    if feeling == "happy":
        assert head.gap() > 0.015
    head.step(0.1, viseme(PP=1))
    assert abs(head.gap() - REST_GAP) < 0.0015
    for vowel in ("aa", "ih", "ou", "ee", "oh"):
        assert head.pose.expressions[vowel] == 0
    # and what does not open the mouth stays
    if feeling == "sad":
        assert head.pose.morphs[7] > 0.95


def test_a_shared_morph_closes_too() -> None:
    model = humanoid()
    model.expressions["happy"] = Expression("happy", True, np.array([0, 7], np.int32), np.array([0.7, 0.5], np.float32))
    head = Head(model)
    head.face.express("happy", 1.0, 0.1, None)
    head.step(1.0)
    assert head.pose.morphs[0] > 0.6
    head.step(0.1, viseme(PP=1))
    assert head.pose.morphs[0] < 0.01
    assert head.pose.morphs[7] > 0.4


def test_lip_press_is_used_where_there_is_one() -> None:
    model = humanoid()
    model.expressions["lipPress"] = Expression("lipPress", False, np.array([7], np.int32), np.ones(1, np.float32))
    head = Head(model)
    head.step(0.1, viseme(PP=1))
    assert head.pose.expressions["lipPress"] == 1
    head.step(0.1, viseme(aa=1))
    assert head.pose.expressions["lipPress"] == 0


def test_expressions_cross_fade_without_a_snap() -> None:
    head = Head()
    head.face.express("happy", 1.0, 0.3, None)
    trace = []
    for k in range(120):
        if k == 20:
            head.face.express("sad", 0.8, 0.5, None)
        head.step(DT)
        trace.append([head.pose.expressions["happy"], head.pose.expressions["sad"]])
    steps = np.diff(np.array(trace), axis=0)
    assert np.abs(steps).max() < 0.15
    assert np.abs(np.diff(steps, axis=0)).max() < 0.09
    assert trace[-1][0] < 0.01
    assert abs(trace[-1][1] - 0.8) < 0.01


def test_fade_time_is_kept_and_expressions_leave_in_time() -> None:
    head = Head()
    head.face.express("happy", 1.0, 0.5, head.now + 1.0)
    assert head.step(0.5).expressions["happy"] > 0.97
    assert head.step(0.45).expressions["happy"] > 0.97
    assert head.step(0.7).expressions["happy"] < 0.02


def test_unknown_names_change_nothing_and_neutral_clears() -> None:
    head = Head()
    assert head.face.express("happy", 1.0, 0.1, None)
    assert not head.face.express("no such face", 1.0, 0.1, None)
    assert not head.face.express("aa", 1.0, 0.1, None)
    assert head.step(0.5).expressions["happy"] > 0.97
    assert head.face.express("neutral", 1.0, 0.1, None)
    assert head.step(0.5).expressions["happy"] < 0.01


@pytest.mark.parametrize(("rule", "left"), [("none", 1.0), ("block", 0.0), ("blend", 0.5)])
def test_override_rules(rule: str, left: float) -> None:
    model = humanoid()
    model.expressions["happy"] = Expression(
        "happy", True, np.array([7], np.int32), np.ones(1, np.float32), override_blink=rule, override_mouth=rule
    )
    head = Head(model)
    head.face.express("happy", 0.5, 0.1, None)
    pose = head.step(1.0, viseme(aa=1), blink=1.0)
    assert abs(pose.expressions["blink"] - left) < 0.01
    assert abs(pose.expressions["aa"] - left) < 0.01


def test_a_settled_face_has_the_rules_plain_result() -> None:
    model = humanoid()
    morph = np.array([7], np.int32), np.ones(1, np.float32)
    rules = {"override_blink": "blend", "override_mouth": "block"}
    model.expressions["happy"] = Expression("happy", True, *morph, **rules)
    model.expressions["blink"] = Expression("blink", True, *morph, is_binary=True, override_mouth="blend")
    for asked in (0.0, 0.4, 1.0):
        head = Head(model)
        head.face.express("happy", asked, 0.1, None)
        shown = head.step(1.5, viseme(oh=1), blink=0.7).expressions
        truth = effective(model.expressions, {"happy": asked, "blink": 0.7, "oh": 0.9, "aa": 0.1})
        for name, weight in truth.items():
            assert shown[name] == pytest.approx(weight, abs=0.005), (asked, name)


def test_binary_expressions_are_all_or_nothing() -> None:
    model = humanoid()
    model.expressions["blink"] = Expression(
        "blink", True, np.array([5], np.int32), np.ones(1, np.float32), is_binary=True
    )
    head = Head(model)
    assert head.step(DT, blink=0.4).expressions["blink"] == 0
    assert head.step(DT, blink=0.6).expressions["blink"] == 1


def test_a_given_mouth_map_is_used_and_checked() -> None:
    table, names = default_mouth_map()
    assert table.shape == (15, 5)
    assert not table[VISEMES.index("PP")].any()
    mine = np.zeros((15, 1), np.float32)
    mine[VISEMES.index("aa")] = 0.5
    head = Head(None, mine, ("oh",))
    assert head.step(0.1, viseme(aa=1)).expressions["oh"] == 0.5
    with pytest.raises(ValueError, match="15"):
        Face(humanoid(), np.zeros((14, 5), np.float32), names)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared development data is not here")
def test_the_specification_file_with_binary_and_overrides() -> None:
    from avatar.model.load import load

    model = load(SHARED / "data/avatars/VRMC_vrm_expressions_isBinary_Overrides.vrm")
    head = Head(model)
    pose = head.step(0.1, blink=1.0)
    assert pose.expressions["happy"] == 0
    happy = model.expressions["happy"]
    head.face.express("happy", 1.0, 0.1, None)
    pose = head.step(1.0, blink=1.0)
    assert pose.expressions["happy"] == 1
    blocked = happy.override_blink != "none"
    assert (pose.expressions["blink"] < 0.01) == blocked
