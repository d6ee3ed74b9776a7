"""VRM animations: normalised against the file's own rest, expressions, look-at, hips."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import BODY, SHARED, Gltf

from avatar.errors import ModelError
from avatar.linalg import affine, quat
from avatar.model.motion import load_motion


def f4(values: Any) -> np.ndarray:
    return np.asarray(values, "f4")


def random_turns(rng: np.random.Generator, count: int, size: float) -> np.ndarray:
    return quat.from_vector(f4(rng.normal(size=(count, 3)) * size))


def file(seed: int = 0, interpolation: str = "LINEAR") -> tuple[Gltf, dict[str, int]]:
    """A body with a random rest under a small turned root, every bone moved; two expressions and a look-at."""
    rng, g, nodes = np.random.default_rng(seed), Gltf(), {}
    root = g.node(
        name="root", rotation=random_turns(rng, 1, 0.5)[0].tolist(), scale=[0.01] * 3, translation=[0, 0.2, 0]
    )
    g.json["animations"] = [{"name": "m", "samplers": [], "channels": []}]
    times = g.accessor(f4([0, 0.5, 1]))

    def move(node: int, path: str, values: np.ndarray) -> None:
        if interpolation == "CUBICSPLINE":
            edges = f4(rng.normal(size=values.shape))
            values = np.stack([edges, values, edges], 1).reshape(-1, values.shape[1])
        samplers = g.json["animations"][0]["samplers"]
        samplers.append({"input": times, "output": g.accessor(f4(values)), "interpolation": interpolation})
        target = {"node": node, "path": path}
        g.json["animations"][0]["channels"].append({"sampler": len(samplers) - 1, "target": target})

    for bone, (parent, place) in BODY.items():
        turn = random_turns(rng, 1, 0.8)[0].tolist()
        nodes[bone] = g.node(root=False, name=bone, rotation=turn, translation=[100 * v for v in place])
        above = nodes[parent] if parent else root
        g.json["nodes"][above].setdefault("children", []).append(nodes[bone])
        move(nodes[bone], "rotation", random_turns(rng, 3, 0.6))
    move(nodes["hips"], "translation", f4([[0, 90, 0], [5, 80, 0], [0, 90, 10]]))
    happy, own, look = (g.node(name=n) for n in ("happy", "own", "look"))
    move(happy, "translation", f4([[0, 9, 9], [1, 9, 9], [0.5, 9, 9]]))
    move(own, "translation", f4([[0.25, 0, 0]] * 3))
    move(look, "rotation", f4([[0, 0, 0, 1]] * 3))
    g.extension(
        "VRMC_vrm_animation",
        {
            "specVersion": "1.0",
            "humanoid": {"humanBones": {bone: {"node": node} for bone, node in nodes.items()}},
            "expressions": {"preset": {"happy": {"node": happy}}, "custom": {"own": {"node": own}}},
            "lookAt": {"node": look},
        },
    )
    return g, nodes


def test_normalised_rotations_move_world_rotations_as_the_file_does(tmp_path: Path) -> None:
    """The definition: a bone's world rotation is the product of the normalised ones, times its world rest."""
    g, nodes = file()
    (clip,) = load_motion(g.write(tmp_path))
    rest, moved, turned = {}, {}, {}
    root = f4(g.json["nodes"][0]["rotation"])
    key = 1
    flat = {}
    for channel in g.json["animations"][0]["channels"]:
        if channel["target"]["path"] == "rotation":
            accessor = g.json["accessors"][g.json["animations"][0]["samplers"][channel["sampler"]]["output"]]
            view = g.json["bufferViews"][accessor["bufferView"]]
            data = np.frombuffer(g.bin, "f4", accessor["count"] * 4, view["byteOffset"])
            flat[channel["target"]["node"]] = data.reshape(-1, 4)[key]
    for bone, (parent, _) in BODY.items():
        local = f4(g.json["nodes"][nodes[bone]]["rotation"])
        rest[bone] = quat.multiply(rest[parent] if parent else root, local)
        moved[bone] = quat.multiply(moved[parent] if parent else root, flat[nodes[bone]])
        own = clip.bone_rotation[bone].values[key]
        turned[bone] = quat.multiply(turned[parent], own) if parent else own
        expected = quat.multiply(turned[bone], rest[bone])
        assert abs(expected @ moved[bone]) > 1 - 1e-6, bone


def test_hips_are_placed_in_the_world_and_measured_at_rest(tmp_path: Path) -> None:
    g, _ = file()
    (clip,) = load_motion(g.write(tmp_path))
    root = g.json["nodes"][0]
    matrix = affine.compose(f4(root["translation"]), f4(root["rotation"]), f4(root["scale"]))
    assert np.allclose(clip.hips_translation.values[1], affine.apply(matrix, f4([[5, 80, 0]]))[0], atol=1e-5)
    assert clip.hips_height == pytest.approx(affine.apply(matrix, f4([[0, 90, 0]]))[0, 1], abs=1e-5)


def test_expressions_are_the_x_of_their_nodes(tmp_path: Path) -> None:
    g, _ = file()
    (clip,) = load_motion(g.write(tmp_path))
    assert np.allclose(clip.expressions["happy"].values[:, 0], [0, 1, 0.5])
    assert np.allclose(clip.expressions["own"].values, 0.25)
    assert clip.look_at is not None
    assert clip.kind == "vrma"


def test_tangents_are_turned_with_their_values(tmp_path: Path) -> None:
    """Only their rotation: a tangent is no place, so the root's place must not be in it."""
    g, _ = file(interpolation="CUBICSPLINE")
    (clip,) = load_motion(g.write(tmp_path))
    track = clip.hips_translation
    assert track.values.shape == (3, 3, 3)
    assert np.abs(track.values[:, [0, 2]]).max() < 0.05, "tangents of about 1 in a root of 1/100"


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        (("specVersion",), "2.0", "not supported"),
        (("humanoid", "humanBones", "head", "node"), 99, "there are"),
        (("humanoid", "humanBones", "head", "node"), 1, "two bones"),
        (("humanoid", "humanBones", "head"), 3, "must be an object"),
        (("expressions", "preset", "happy", "node"), -1, "must be from 0"),
        (("lookAt", "node"), "x", "must be a whole number"),
    ],
)
def test_a_broken_extension_is_refused_by_its_place(
    path: tuple[str, ...], value: Any, rule: str, tmp_path: Path
) -> None:
    g, _ = file()
    place = g.json["extensions"]["VRMC_vrm_animation"]
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ModelError) as caught:
        load_motion(g.write(tmp_path))
    assert caught.value.pointer.startswith("/extensions/VRMC_vrm_animation")
    assert rule in caught.value.rule


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is not here")
def test_the_sample_file() -> None:
    (clip,) = load_motion(SHARED / "data" / "motions" / "threevrm_test.vrma")
    assert clip.duration == 3.0
    arm = clip.bone_rotation["rightUpperArm"].values[1]
    assert np.allclose(arm, [0, 0, np.sqrt(0.5), np.sqrt(0.5)], atol=1e-6)
    assert np.allclose(clip.expressions["happy"].values[:, 0], [0, 0, 0, 1, 0, 0, 0])
