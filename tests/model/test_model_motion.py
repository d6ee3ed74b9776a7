"""glTF animations: what is read, what is refused and where, and what a turned or foreign model makes of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import AVATARS, Gltf

from avatar.errors import ModelError
from avatar.linalg import quat
from avatar.model.load import load
from avatar.model.motion import load_motion


def f4(values: Any) -> np.ndarray:
    return np.asarray(values, "f4")


def animated(
    path: str = "rotation", values: Any = None, times: Any = (0, 1), interpolation: str | None = None, **target: Any
) -> Gltf:
    """One node with a triangle of two morph targets, and one channel."""
    g = Gltf()
    delta = g.accessor(np.ones((3, 3), "f4"))
    node = g.node(name="n", mesh=g.triangle(targets=[{"POSITION": delta}, {"POSITION": delta}]))
    if values is None:
        values = f4({"rotation": [[0, 0, 0, 1]] * 2, "weights": [0, 1, 1, 0]}.get(path, [[0, 0, 0], [1, 2, 3]]))
    sampler = {"input": g.accessor(np.asarray(times, "f4")), "output": g.accessor(np.asarray(values))}
    if np.asarray(values).dtype.kind != "f":
        g.json["accessors"][-1]["normalized"] = True
    if interpolation:
        sampler["interpolation"] = interpolation
    g.json["animations"] = [
        {
            "name": "a",
            "samplers": [sampler],
            "channels": [{"sampler": 0, "target": {"node": node, "path": path} | target}],
        }
    ]
    return g


def test_each_path_and_interpolation_is_read(tmp_path: Path) -> None:
    model = load(animated("translation", f4([[0, 0, 0], [1, 2, 3]])).write(tmp_path))
    (clip,) = model.clips
    assert (clip.name, clip.duration, clip.kind) == ("a", 1.0, "gltf")
    assert np.allclose(clip.translation[0].values[1], (1, 2, 3))
    cubic = f4([[0, 0, 0]] * 6)
    (clip,) = load(animated("scale", cubic, interpolation="CUBICSPLINE").write(tmp_path)).clips
    assert clip.scale[0].values.shape == (2, 3, 3)
    assert clip.scale[0].interpolation == "cubic"
    (clip,) = load(animated("weights", f4([0, 1, 0.5, 0.25]), interpolation="STEP").write(tmp_path)).clips
    assert np.allclose(clip.weights[0].values, [[0, 1], [0.5, 0.25]])


@pytest.mark.parametrize(("kind", "top"), [("i1", 127), ("i2", 32767)])
def test_rotations_may_be_normalised_integers(kind: str, top: int, tmp_path: Path) -> None:
    half = round(top * np.sqrt(0.5))
    (clip,) = load(animated("rotation", np.array([[0, 0, 0, top], [half, 0, 0, half]], kind)).write(tmp_path)).clips
    turn = clip.rotation[0].values[1]
    assert np.linalg.norm(turn) == pytest.approx(1, abs=1e-6)
    assert np.degrees(2 * np.arcsin(turn[0])) == pytest.approx(90, abs=0.5)


def test_weights_may_be_normalised_bytes(tmp_path: Path) -> None:
    (clip,) = load(animated("weights", np.array([0, 255, 51, 0], "u1")).write(tmp_path)).clips
    assert np.allclose(clip.weights[0].values, [[0, 1], [0.2, 0]])


@pytest.mark.parametrize(
    ("file", "pointer", "rule"),
    [
        (animated("rotation", f4([[0, 0, 0, 1]] * 3)), "/animations/0/samplers/0/output", "3 values, 2 keys need 2"),
        (
            animated("rotation", f4([[0, 0, 0, 1]] * 2), interpolation="CUBICSPLINE"),
            "/animations/0/samplers/0",
            "need 6",
        ),
        (animated("weights", f4([0, 1, 0])), "/animations/0/samplers/0/output", "need 4"),
        (animated("rotation", f4([[0, 0, 0]] * 2)), "/animations/0/samplers/0/output", "VEC3, must be VEC4"),
        (animated("rotation", times=(1, 0)), "/animations/0/samplers/0/input", "never fall"),
        (animated("rotation", times=(-1, 0)), "/animations/0/samplers/0/input", "never fall"),
        (animated("rotation", times=(0, np.nan)), "/accessors", "not finite"),
        (animated("rotation", node=7), "/animations/0/channels/0/target/node", "there are 1 nodes"),
        (animated("translation", np.ones((2, 3), "i2")), "/animations/0/samplers/0/output", "must be of floats"),
    ],
)
def test_what_breaks_a_bound_is_refused_by_its_place(file: Gltf, pointer: str, rule: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as caught:
        load(file.write(tmp_path))
    assert caught.value.pointer.startswith(pointer)
    assert rule in caught.value.rule


def test_what_an_extension_may_add_is_passed_over(tmp_path: Path) -> None:
    assert not any(c.rotation or c.translation for c in load(animated("colour").write(tmp_path)).clips)
    (clip,) = load(animated("rotation", interpolation="SMOOTH").write(tmp_path)).clips
    assert clip.rotation[0].interpolation == "linear"


def test_integers_that_are_not_normalised_are_refused(tmp_path: Path) -> None:
    file = animated("rotation", np.array([[0, 0, 0, 127]] * 2, "i1"))
    file.json["accessors"][-1]["normalized"] = False
    with pytest.raises(ModelError, match="must be normalised"):
        load(file.write(tmp_path))


def test_two_channels_for_one_thing_and_weights_without_a_mesh_are_refused(tmp_path: Path) -> None:
    file = animated()
    file.json["animations"][0]["channels"] *= 2
    with pytest.raises(ModelError, match="has a channel already"):
        load(file.write(tmp_path))
    file = animated("weights", f4([0, 1, 1, 0]))
    file.node(name="bare")
    file.json["animations"][0]["channels"][0]["target"]["node"] = 1
    with pytest.raises(ModelError, match="has no mesh"):
        load(file.write(tmp_path))


def test_a_channel_without_a_node_is_passed_over(tmp_path: Path) -> None:
    file = animated()
    file.json["animations"][0]["channels"][0]["target"] = {
        "path": "pointer",
        "extensions": {"KHR_animation_pointer": {}},
    }
    (clip,) = load(file.write(tmp_path)).clips
    assert not clip.rotation


def test_the_sum_of_all_tracks_is_bounded(tmp_path: Path) -> None:
    """Many channels over one long accessor would cost memory that the file does not have."""
    g = Gltf()
    count = 20_000
    times = g.accessor(np.arange(count).astype("f4"))
    output = g.accessor(np.tile(f4([0, 0, 0, 1]), (count, 1)))
    g.json["animations"] = [{"samplers": [{"input": times, "output": output}], "channels": []}]
    for i in range(400):
        target = {"node": g.node(name=f"n{i}"), "path": "rotation"}
        g.json["animations"][0]["channels"].append({"sampler": 0, "target": target})
    with pytest.raises(ModelError, match=r"million numbers|unpacks"):
        load(g.write(tmp_path))


def test_a_lost_buffer_costs_the_clip_and_not_the_model(tmp_path: Path) -> None:
    file = animated("translation")
    file.json["animations"] *= 2
    path = file.write_json(tmp_path, uri="lost.bin")
    model = load(path)
    assert model.clips == ()
    assert any("2 animations are left out" in note for note in model.notes)
    with pytest.raises(ModelError, match=r"lost\.bin"):
        load_motion(path)


def test_a_vrm_0_and_its_clips_are_turned_together(tmp_path: Path) -> None:
    """Played or not, every node of the turned file stands where the unturned one's stands, seen from behind."""
    g = Gltf()
    bones = g.vrm0()
    turn = quat.from_vector(f4([0.3, -0.5, 0.7]))
    g.json["animations"] = [
        {
            "samplers": [
                {"input": g.accessor(f4([0])), "output": g.accessor(turn[None])},
                {"input": 0, "output": g.accessor(f4([[0.1, 0.8, 0.2]]))},
            ],
            "channels": [
                {"sampler": 0, "target": {"node": bones["leftUpperArm"], "path": "rotation"}},
                {"sampler": 1, "target": {"node": bones["hips"], "path": "translation"}},
            ],
        }
    ]
    model = load(g.write(tmp_path))
    (clip,) = model.clips
    arm, hips = model.humanoid["leftUpperArm"], model.humanoid["hips"]
    assert np.allclose(clip.translation[hips].values, [[-0.1, 0.8, -0.2]])
    half = f4([0, 1, 0, 0])
    seen = quat.multiply(quat.multiply(half, turn), quat.conjugate(half))
    assert np.allclose(clip.rotation[arm].values[0] * np.sign(clip.rotation[arm].values[0] @ seen), seen, atol=1e-6)
    (loaded,) = load_motion(tmp_path / "model.glb")
    assert np.allclose(loaded.rotation[arm].values, clip.rotation[arm].values)
    assert np.allclose(loaded.bone_rotation["leftUpperArm"].values, clip.rotation[arm].values, atol=1e-6)


def test_a_file_without_animation_is_no_motion(tmp_path: Path) -> None:
    g = Gltf()
    g.node(mesh=g.triangle())
    with pytest.raises(ModelError, match="no animation"):
        load_motion(g.write(tmp_path))
    with pytest.raises(ModelError, match="no such file"):
        load_motion(tmp_path / "none.glb")
    (tmp_path / "x.bvh").write_bytes(b"hello")
    with pytest.raises(ModelError, match="neither"):
        load_motion(tmp_path / "x.bvh")


@pytest.mark.skipif(not AVATARS.is_dir(), reason="../shared is not here")
@pytest.mark.parametrize(
    ("name", "duration"), [("BoxAnimated", 3.708), ("AnimatedMorphCube", 4.2), ("RiggedFigure", 1.25)]
)
def test_the_sample_models_bring_their_clips(name: str, duration: float) -> None:
    (clip,) = load(AVATARS / f"{name}.glb").clips
    assert clip.duration == pytest.approx(duration, abs=1e-3)
