"""Files that a model names and that are not there: boxes, plain pictures and a note; anything worse is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from model_files import AVATARS, TRIANGLE, Gltf, png

from avatar.errors import ModelError
from avatar.model.load import load
from avatar.model.missing import box


def _apart(folder: Path, g: Gltf, **buffer: object) -> Path:
    """The file, its buffer named ``mesh.bin`` and left away."""
    import json

    document = {**g.json, "buffers": [{"byteLength": len(g.bin), "uri": "mesh.bin", **buffer}]}
    path = folder / "model.gltf"
    path.write_text(json.dumps(document))
    return path


def _mesh(**ends: list[float]) -> Gltf:
    g = Gltf()
    g.node(mesh=g.triangle(targets=[{"POSITION": g.accessor(TRIANGLE)}] * 3))
    g.json["accessors"][1 if "targets" in g.json["meshes"][0]["primitives"][0] else 0].update(ends)
    return g


def test_a_box_is_closed_and_faces_out() -> None:
    low, high = np.array([-1, 0, 2], np.float32), np.array([1, 4, 3], np.float32)
    positions, normals, uvs, faces = box(low, high)
    a, b, c = (positions[faces[:, k]].astype(np.float64) for k in range(3))
    cross = np.cross(b - a, c - a)
    np.testing.assert_allclose(np.einsum("ij,ij->i", a, cross).sum() / 6, 2 * 4 * 1)
    np.testing.assert_allclose(cross / np.linalg.norm(cross, axis=1, keepdims=True), normals[faces[:, 0]])
    np.testing.assert_array_equal([positions.min(0), positions.max(0)], [low, high])
    assert uvs.min() == 0
    assert uvs.max() == 1
    wide = uvs[faces]
    turn = np.cross(
        np.pad(wide[:, 1] - wide[:, 0], ((0, 0), (0, 1))), np.pad(wide[:, 2] - wide[:, 0], ((0, 0), (0, 1)))
    )
    assert (turn[:, 2] < 0).all(), "a picture on it is not mirrored: v runs down"


def test_a_mesh_without_its_file_is_its_box(tmp_path: Path) -> None:
    model = load(_apart(tmp_path, _mesh(min=[-1, -2, -3], max=[1, 2, 3])))
    (p,) = model.primitives
    np.testing.assert_array_equal([p.positions.min(0), p.positions.max(0)], [[-1, -2, -3], [1, 2, 3]])
    assert p.morph_positions is not None
    assert p.morph_positions.shape == (3, 24, 3)
    assert not p.morph_positions.any()
    assert len(model.morph_defaults) == 3
    assert model.notes == (
        "buffers/0: there is no file 'mesh.bin' beside the model; 1 mesh is drawn as its bounding box",
    )


def test_quantised_bounds_are_numbers_of_the_accessor(tmp_path: Path) -> None:
    g = Gltf()
    corners = np.array([[0, 0, 0], [127, 0, 0], [0, 127, 0]], "i1")
    position = g.accessor(corners, normalized=True, min=[-127, 0, 0], max=[127, 127, 0])
    g.node(mesh=g.mesh({"POSITION": position}))
    (p,) = load(_apart(tmp_path, g)).primitives
    np.testing.assert_allclose([p.positions.min(0), p.positions.max(0)], [[-1, 0, 0], [1, 1, 0]])


def test_a_mesh_that_does_not_say_its_size_is_left_out(tmp_path: Path) -> None:
    model = load(_apart(tmp_path, _mesh()))
    assert model.primitives == ()
    assert model.notes[0].endswith("1 mesh is left out")


def test_a_skinned_box_follows_its_first_joint_and_rests_in_place(tmp_path: Path) -> None:
    g = Gltf()
    attributes = {
        "POSITION": g.accessor(TRIANGLE, min=[0, 0, 0], max=[1, 1, 0]),
        "JOINTS_0": g.accessor(np.ones((3, 4), "u1")),
        "WEIGHTS_0": g.accessor(np.full((3, 4), 0.25, "f4")),
    }
    bind = g.accessor(np.tile(np.eye(4, dtype="f4").reshape(-1), (2, 1)))
    joints = [g.node(translation=[1, 2, 3]), g.node(scale=[2, 2, 2], rotation=[0, 0.6, 0, 0.8])]
    g.json["skins"] = [{"joints": joints, "inverseBindMatrices": bind}]
    g.node(mesh=g.mesh(attributes), skin=0)
    model = load(_apart(tmp_path, g))
    (p,) = model.primitives
    assert p.joints is not None
    assert p.weights is not None
    assert not p.joints.any()
    np.testing.assert_array_equal(p.weights, np.tile([1, 0, 0, 0], (24, 1)))
    skin = model.skins[0]
    np.testing.assert_allclose(model.rest_world()[skin.joints] @ skin.inverse_bind, [np.eye(4)] * 2, atol=1e-6)
    assert "1 skin is bound as the figure rests, 1 mesh is drawn as its bounding box" in model.notes[0]


def test_missing_pictures_are_white_and_missing_normal_maps_flat(tmp_path: Path) -> None:
    g = Gltf()
    g.json["images"] = [{"uri": "gone.png"}]
    g.json["textures"] = [{"source": 0}]
    info = {"index": 0}
    g.json["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": info}, "normalTexture": info}]
    g.node(mesh=g.triangle(material=0))
    model = load(g.write(tmp_path))
    material = model.materials[0]
    assert material.base_texture is not None
    assert material.normal_texture is not None
    np.testing.assert_array_equal(model.textures[material.base_texture.index].image, [[[255] * 4]])
    np.testing.assert_array_equal(model.textures[material.normal_texture.index].image, [[[128, 128, 255, 255]]])
    assert model.notes == ("images/0: there is no file 'gone.png' beside the model; 1 picture is shown plain",)


def test_a_file_that_is_there_but_short_is_refused(tmp_path: Path) -> None:
    path = _apart(tmp_path, _mesh(min=[0, 0, 0], max=[1, 1, 0]))
    (tmp_path / "mesh.bin").write_bytes(bytes(10))
    with pytest.raises(ModelError, match="truncated") as caught:
        load(path)
    assert caught.value.pointer == "/buffers/0/byteLength"


@pytest.mark.parametrize(
    ("ends", "rule"),
    [
        ({"min": [0, 0], "max": [1, 1, 1]}, "array of 3 numbers"),
        ({"min": [2, 0, 0], "max": [1, 1, 1]}, "greater than"),
    ],
)
def test_bounds_that_make_no_box_are_refused(tmp_path: Path, ends: dict[str, list[float]], rule: str) -> None:
    with pytest.raises(ModelError, match=rule):
        load(_apart(tmp_path, _mesh(**ends)))


def test_a_file_that_is_there_leaves_no_note(tmp_path: Path) -> None:
    g = _mesh()
    path = _apart(tmp_path, g)
    (tmp_path / "mesh.bin").write_bytes(bytes(g.bin))
    (tmp_path / "ok.png").write_bytes(png(np.zeros((1, 1, 3), "u1")))
    assert load(path).notes == ()


@pytest.mark.skipif(not AVATARS.is_dir(), reason="needs ../shared")
def test_a_sample_without_its_cubes_still_stands() -> None:
    model = load(AVATARS / "three-vrm-core_cube.gltf")
    assert model.kind == "vrm1"
    assert len(model.primitives) == 18
    assert any(len(e.morphs) for e in model.expressions.values())
    assert all((e.morphs < len(model.morph_defaults)).all() for e in model.expressions.values())
    assert sum("cube_mesh.bin" in note for note in model.notes) == 1
