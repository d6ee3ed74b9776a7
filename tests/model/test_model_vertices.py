"""Tangents, quantised vertices, sparse deltas, several scenes and several skins, as glTF 2.0 says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from model_files import TRIANGLE, Gltf

from avatar.errors import ModelError
from avatar.model.load import load


def test_tangents_and_their_morphs(tmp_path: Path) -> None:
    g = Gltf()
    attributes = {
        "POSITION": g.accessor(TRIANGLE),
        "NORMAL": g.accessor(np.tile(np.array([0, 0, 1], "f4"), (3, 1))),
        "TANGENT": g.accessor(np.array([[2, 0, 0, 1], [0, 3, 0, -1], [1, 0, 0, 0.5]], "f4")),
    }
    targets = [{"TANGENT": g.accessor(TRIANGLE)}, {"NORMAL": g.accessor(2 * TRIANGLE), "POSITION": 0}]
    g.node(mesh=g.mesh(attributes, targets=targets))
    (p,) = load(g.write(tmp_path)).primitives
    np.testing.assert_allclose(p.tangents, [[1, 0, 0, 1], [0, 1, 0, -1], [1, 0, 0, 1]])
    np.testing.assert_array_equal(p.morph_tangents, [TRIANGLE, 0 * TRIANGLE])
    np.testing.assert_array_equal(p.morph_normals, [0 * TRIANGLE, 2 * TRIANGLE])
    np.testing.assert_array_equal(p.morph_positions, [0 * TRIANGLE, TRIANGLE])


def test_tangents_without_normals_are_not_believed(tmp_path: Path) -> None:
    """glTF: where there are no normals, tangents are ignored."""
    g = Gltf()
    g.node(mesh=g.mesh({"POSITION": g.accessor(TRIANGLE), "TANGENT": g.accessor(np.ones((3, 4), "f4"))}))
    (p,) = load(g.write(tmp_path)).primitives
    assert p.tangents is None


def test_quantised_normals_morphs_and_scaled_nodes(tmp_path: Path) -> None:
    """KHR_mesh_quantization: whole numbers, stretched back by the node, with deltas of the same kind."""
    g = Gltf()
    corners = np.array([[0, 0, 0, 0], [32767, 0, 0, 0], [0, 32767, 0, 0]], "i2")
    position = g.accessor(corners, normalized=True)
    normal = g.accessor(np.array([[0, 0, 127, 0]] * 3, "i1"), normalized=True)
    delta = g.accessor(np.array([[0, 0, -32767, 0]] * 3, "i2"), normalized=True)
    bend = g.accessor(np.array([[127, 0, -127, 0]] * 3, "i1"), normalized=True)
    uv = g.accessor(np.array([[0, 0], [300, 0], [0, 65535]], "u2"))
    for i in (position, normal, delta, bend):
        g.json["accessors"][i]["type"] = "VEC3"
        g.json["bufferViews"][i]["byteStride"] = 4 if i in (normal, bend) else 8
    mesh = g.mesh(
        {"POSITION": position, "NORMAL": normal, "TEXCOORD_0": uv}, targets=[{"POSITION": delta, "NORMAL": bend}]
    )
    g.json["extensionsRequired"] = ["KHR_mesh_quantization"]
    g.node(mesh=mesh, scale=[0.5, 2, 1], translation=[0, 1, 0])
    model = load(g.write(tmp_path))
    (p,) = model.primitives
    np.testing.assert_array_equal(p.positions, TRIANGLE)
    np.testing.assert_array_equal(p.normals, [[0, 0, 1]] * 3)
    np.testing.assert_array_equal(p.uvs[0], [[0, 0], [300, 0], [0, 65535]])
    assert p.morph_positions is not None
    assert p.morph_normals is not None
    np.testing.assert_array_equal(p.morph_positions[0], [[0, 0, -1]] * 3)
    np.testing.assert_array_equal(p.morph_normals[0], [[1, 0, -1]] * 3)
    assert model.height() == pytest.approx(2)


def test_any_scene_can_be_chosen(tmp_path: Path) -> None:
    g = Gltf()
    first = g.node(mesh=g.triangle())
    second = g.node(root=False, mesh=g.triangle(), name="other")
    g.json["scenes"] = [{"nodes": [first], "name": "day"}, {"nodes": [second, first]}, {}]
    path = g.write(tmp_path)
    model = load(path)
    assert (model.scenes, model.scene, len(model.primitives)) == (("day", "scene1", "scene2"), 0, 1)
    assert [len(load(path, scene=k).primitives) for k in range(3)] == [1, 2, 0]
    assert load(path, scene=1).scene == 1
    for wrong in (3, -1):
        with pytest.raises(ModelError, match=f"there is no scene {wrong}: the file has 3") as caught:
            load(path, scene=wrong)
        assert caught.value.pointer == "/scenes"


def test_several_skins_keep_their_own_joints(tmp_path: Path) -> None:
    g = Gltf()
    joints = [g.node(translation=[k, 0, 0]) for k in range(3)]
    attributes = {
        "POSITION": g.accessor(TRIANGLE),
        "JOINTS_0": g.accessor(np.tile(np.array([1, 0, 0, 0], "u2"), (3, 1))),
        "WEIGHTS_0": g.accessor(np.tile(np.array([255, 0, 0, 0], "u1"), (3, 1)), normalized=True),
    }
    mesh = g.mesh(attributes)
    g.json["skins"] = [{"joints": joints[:2]}, {"joints": joints[::-1]}]
    g.node(mesh=mesh, skin=0)
    g.node(mesh=mesh, skin=1)
    model = load(g.write(tmp_path))
    bound = [model.skins[p.skin].joints[p.joints[0, 0]] for p in model.primitives if p.joints is not None]
    assert [model.translation[j, 0] for j in bound] == [1, 1]
    assert model.primitives[0].positions is model.primitives[1].positions


def test_a_sparse_delta_on_a_base_and_on_nothing(tmp_path: Path) -> None:
    g = Gltf()
    where, values = g.view(np.array([1], "u2").tobytes()), g.view(np.array([[5, 6, 7]], "f4").tobytes())
    sparse = {"count": 1, "indices": {"bufferView": where, "componentType": 5123}, "values": {"bufferView": values}}
    based = g.accessor(TRIANGLE, sparse=sparse)
    g.json["accessors"].append({"componentType": 5126, "count": 3, "type": "VEC3", "sparse": sparse})
    g.node(mesh=g.triangle(targets=[{"POSITION": based}, {"POSITION": based + 1}]))
    (p,) = load(g.write(tmp_path)).primitives
    assert p.morph_positions is not None
    np.testing.assert_array_equal(p.morph_positions[:, 1], [[5, 6, 7]] * 2)
    np.testing.assert_array_equal(p.morph_positions[:, 2], [[0, 1, 0], [0, 0, 0]])
