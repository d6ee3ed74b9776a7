"""Springs, constraints, expressions and look-at give another implementation's numbers.

``data/three_vrm_*.json`` are three-vrm 3.5.5's (three 0.180), for random rest rotations, scales, colliders of every
shape, centres, and constraints that hang on each other; bone lengths kept as at rest, as the specification has them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from avatar.animate.constraints import Constraints
from avatar.animate.face import effective
from avatar.animate.gaze import look_angles
from avatar.animate.rig import Rig
from avatar.animate.springs import Springs, spring_nodes
from avatar.linalg import affine
from avatar.model.load import load
from avatar.model.model import AvatarModel, Expression, LookAt

DATA = Path(__file__).parent / "data"
MOTION: dict[str, Any] = json.loads((DATA / "three_vrm_motion.json").read_text())
FACE: dict[str, Any] = json.loads((DATA / "three_vrm_face.json").read_text())


@pytest.mark.parametrize("name", MOTION)
def test_moves_as_three_vrm_does(name: str, tmp_path: Path) -> None:
    case = MOTION[name]
    path = tmp_path / "model.gltf"
    path.write_text(json.dumps(case["model"]))
    model = load(path)
    rig = Rig(model, spring_nodes(model))
    springs, constraints, pose = Springs(model, rig), Constraints(model), rig.make_pose()
    assert springs.count + constraints.count >= 5
    where = [model.node_names.index(node["name"]) for node in case["model"]["nodes"]]
    truth = dict(zip(case["frames"], case["positions"], strict=True))
    for frame, moved in enumerate(case["steps"]):
        for key, value in moved.items():
            node = where[int(key)]
            pose.translation[node] = value.get("t", pose.translation[node])
            pose.rotation[node] = value.get("r", pose.rotation[node])
        constraints.apply(pose)
        rig.forward(pose)
        springs.step(1 / 60, pose)
        rig.finish(pose)
        if frame in truth:
            off = np.linalg.norm(pose.world[where, :3, 3] - truth[frame], axis=1)
            assert off.max() < 1e-4, (frame, int(off.argmax()))


def made(rules: dict[str, list[Any]]) -> dict[str, Expression]:
    none = np.zeros(0, np.int32), np.zeros(0, np.float32)
    return {
        name: Expression(
            name, True, *none, is_binary=binary, override_blink=blink, override_look_at=look, override_mouth=mouth
        )
        for name, (binary, blink, look, mouth) in rules.items()
    }


@pytest.mark.parametrize("case", FACE["cases"], ids=range(len(FACE["cases"])))
def test_expressions_weigh_what_three_vrm_gives_them(case: dict[str, Any]) -> None:
    found = effective(made(case["expressions"]), case["asked"])
    assert set(found) == set(case["weights"])
    for name, weight in case["weights"].items():
        assert found[name] == pytest.approx(weight, abs=1e-5), name


def test_what_was_not_asked_for_weighs_nothing() -> None:
    model = made({"happy": [False, "block", "none", "none"], "blink": [False, "block", "none", "none"]})
    assert effective(model, {}) == {"happy": 0.0, "blink": 0.0}
    assert effective(model, {"blink": 5.0, "nobody": 1.0}) == {"happy": 0.0, "blink": 1.0}
    assert effective(model, {"blink": float("nan"), "happy": -1.0}) == {"happy": 0.0, "blink": 0.0}
    assert effective(model, {"blink": 1.0, "happy": 0.01})["blink"] == 0
    assert effective({}, {"happy": 1.0}) == {}


@pytest.mark.parametrize("case", FACE["look"], ids=range(len(FACE["look"])))
def test_look_at_space_has_three_vrms_angles(case: dict[str, Any]) -> None:
    rest = np.array([case["rest"]], np.float32)
    model = AvatarModel(
        name="head",
        kind="vrm1",
        node_names=("head",),
        parents=np.array([-1], np.int32),
        translation=np.array([[0, 1.4, 0.05]], np.float32),
        rotation=rest,
        scale=np.ones((1, 3), np.float32),
        primitives=(),
        skins=(),
        materials=(),
        textures=(),
        morph_defaults=np.zeros(0, np.float32),
        humanoid={"head": 0},
        look_at=LookAt(offset=tuple(case["offset"])),
    )
    world = affine.compose(
        np.array([case["place"]], np.float32), np.array([case["world"]], np.float32), np.ones((1, 3), np.float32)
    )
    yaw, pitch = look_angles(model, world, np.array(case["target"], np.float32))
    assert yaw == pytest.approx(case["yaw"], abs=0.02)
    assert pitch == pytest.approx(case["pitch"], abs=0.02)
