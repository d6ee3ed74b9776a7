"""The numbers that engines are compared by, against three-vrm's own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import bvh_walker
import numpy as np
import pytest

from avatar import paths
from avatar.linalg import quat
from avatar.model.load import load
from avatar.runtime.oracle import keys, measure
from avatar.runtime.picture import render_picture

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
NAMES = sorted(p.stem for p in (SHARED / "oracle").glob("*.json"))


@pytest.mark.skipif(not NAMES, reason="the shared development data is not here")
@pytest.mark.parametrize("name", NAMES)
def test_bones_and_springs_are_where_three_vrm_has_them(name: str) -> None:
    truth = json.loads((SHARED / "oracle" / f"{name}.json").read_text())
    file = next(p for p in (SHARED / "avatars").glob("*.vrm") if p.stem in (name, f"conf_{name}"))
    ours = measure(load(file))
    for part in ("settled", "swing"):
        for joint, at in truth.get(part, {}).items():
            assert np.abs(np.subtract(ours[part][joint], at)).max() <= 0.001, joint
    assert truth["humanoid"].keys() <= ours["humanoid"].keys()
    for bone, there in truth["humanoid"].items():
        here = ours["humanoid"][bone]
        assert np.abs(np.subtract(here["p"], there["p"])).max() <= 0.001, bone
        between = 2 * np.degrees(np.arccos(min(1.0, abs(float(np.dot(here["q"], there["q"]))))))
        assert between <= 0.5, bone
    assert ours["expr"].keys() >= set(truth["expr"])


@pytest.mark.skipif(not NAMES, reason="the shared development data is not here")
def test_a_vrm_0_figure_is_told_of_in_its_files_own_frame() -> None:
    model = load(SHARED / "avatars" / "Godette_vrm_v4.vrm")
    bones = measure(model)["humanoid"]
    assert bones["leftHand"]["p"][0] < 0 < model.rest_world()[model.humanoid["leftHand"]][0, 3]
    for bone in bones.values():
        assert abs(float(np.linalg.norm(bone["q"])) - 1) < 1e-5
    turned = quat.multiply(np.array([0, 1, 0, 0], np.float32), np.array(bones["head"]["q"], np.float32))
    assert abs(float(turned @ turned) - 1) < 1e-5


def test_in_a_motion_the_numbers_are_of_the_pose_that_is_drawn(gl: object, tmp_path: Path) -> None:
    walk = tmp_path / "walk.bvh"
    walk.write_text(bvh_walker.text())
    told = {
        t: render_picture("hikari", str(tmp_path / "x.png"), (160, 160), motion=walk, time=t, plan="oracle")
        for t in (0.0, 0.4)
    }
    feet = [np.array(told[t]["humanoid"]["leftFoot"]["p"]) for t in told]
    assert np.abs(feet[0] - feet[1]).max() > 0.02
    assert told[0.4]["swing"] == {}


def test_joints_of_one_name_are_all_told_of() -> None:
    model = load(paths.companion("hikari"))
    joints = sorted({j.node for spring in model.springs for j in spring.joints})
    before = measure(model)
    assert list(before["settled"]) == [model.node_names[n] for n in joints]
    names = list(model.node_names)
    for n in joints[:4]:
        names[n] = "hair"
    names[joints[4]] = "hair#3"
    same = replace(model, node_names=tuple(names))
    after = measure(same)
    assert list(keys(same, joints))[:5] == ["hair", "hair#2", "hair#4", "hair#5", "hair#3"]
    for part in ("settled", "swing"):
        assert list(after[part].values()) == list(before[part].values())
