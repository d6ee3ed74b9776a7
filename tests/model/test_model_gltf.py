"""The glTF reader against files whose content is known to the last number."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from model_files import AVATARS, TRIANGLE, Gltf, png

from avatar.model.load import load
from avatar.model.model import AvatarModel

UP = np.tile(np.array([0, 0, 1], "f4"), (3, 1))


def test_triangle_comes_back_exactly_from_glb_and_gltf(tmp_path: Path) -> None:
    g = Gltf()
    g.node(mesh=g.triangle(indices=g.accessor(np.array([2, 0, 1], "u2"))), translation=[0, 1, 2])
    for path in (g.write(tmp_path), g.write_json(tmp_path)):
        model = load(path)
        (p,) = model.primitives
        np.testing.assert_array_equal(p.positions, TRIANGLE)
        np.testing.assert_array_equal(p.normals, UP)
        np.testing.assert_array_equal(p.indices, [[2, 0, 1]])
        np.testing.assert_array_equal(model.translation, [[0, 1, 2]])
        assert (model.kind, model.name, model.humanoid) == ("gltf", "model", {})
        assert p.positions.dtype == np.float32
        assert p.indices.dtype == np.int32


@pytest.mark.parametrize(("kind", "top"), [("i1", 127), ("u1", 255), ("i2", 32767), ("u2", 65535)])
def test_normalised_integers_reach_one_and_minus_one(tmp_path: Path, kind: str, top: int) -> None:
    g = Gltf()
    low = -top - 1 if kind[0] == "i" else 0
    raw = np.array([[top, 0, low], [low, top, 0], [0, 0, top]], kind)
    position = g.accessor(np.pad(raw, ((0, 0), (0, 4 - 3))), normalized=True)
    g.json["accessors"][position]["type"] = "VEC3"
    g.json["bufferViews"][-1]["byteStride"] = 4 * raw.dtype.itemsize
    g.node(mesh=g.mesh({"POSITION": position, "NORMAL": g.accessor(UP)}))
    floor = -1.0 if kind[0] == "i" else 0.0
    np.testing.assert_array_equal(
        load(g.write(tmp_path)).primitives[0].positions, [[1, 0, floor], [floor, 1, 0], [0, 0, 1]]
    )


def test_quantised_positions_stay_whole_numbers(tmp_path: Path) -> None:
    g = Gltf()
    g.json["extensionsRequired"] = ["KHR_mesh_quantization"]
    raw = np.array([[-300, 0, 7, 0], [300, 0, 7, 0], [0, 300, 7, 0]], "i2")
    position = g.accessor(raw)
    g.json["accessors"][position]["type"] = "VEC3"
    g.json["bufferViews"][-1]["byteStride"] = 8
    g.node(mesh=g.mesh({"POSITION": position, "NORMAL": g.accessor(UP)}))
    np.testing.assert_array_equal(load(g.write(tmp_path)).primitives[0].positions, raw[:, :3])


def test_interleaved_attributes(tmp_path: Path) -> None:
    g = Gltf()
    rows = np.concatenate([TRIANGLE, UP, np.array([[0, 0], [1, 0], [0, 1]], "f4")], 1)
    view = g.view(rows.tobytes(), byteStride=32)
    attributes = {
        "POSITION": g.accessor(TRIANGLE, view),
        "NORMAL": g.accessor(UP, view, byteOffset=12),
        "TEXCOORD_0": g.accessor(rows[:, 6:], view, byteOffset=24),
    }
    g.node(mesh=g.mesh(attributes))
    (p,) = load(g.write(tmp_path)).primitives
    np.testing.assert_array_equal(p.positions, TRIANGLE)
    np.testing.assert_array_equal(p.normals, UP)
    np.testing.assert_array_equal(p.uvs[0], rows[:, 6:])


@pytest.mark.parametrize("based", [True, False])
def test_sparse_values_replace_the_base_or_zeros(tmp_path: Path, based: bool) -> None:
    g = Gltf()
    delta = g.accessor(np.ones((3, 3), "f4"))
    if not based:
        del g.json["accessors"][delta]["bufferView"]
    g.json["accessors"][delta]["sparse"] = {
        "count": 2,
        "indices": {"bufferView": g.view(np.array([0, 2], "u1").tobytes()), "componentType": 5121},
        "values": {"bufferView": g.view(np.array([[5, 6, 7], [8, 9, 10]], "f4").tobytes())},
    }
    g.node(mesh=g.triangle(targets=[{"POSITION": delta}]))
    model = load(g.write(tmp_path))
    rest = 1.0 if based else 0.0
    np.testing.assert_array_equal(model.primitives[0].morph_positions, [[[5, 6, 7], [rest] * 3, [8, 9, 10]]])
    np.testing.assert_array_equal(model.morph_defaults, [0])


def test_strips_and_fans_keep_their_winding(tmp_path: Path) -> None:
    square = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], "f4")
    around = square[[0, 1, 3, 2]]
    for mode, corners in ((5, square), (6, around)):
        g = Gltf()
        g.node(mesh=g.mesh({"POSITION": g.accessor(corners)}, mode=mode))
        (p,) = load(g.write(tmp_path)).primitives
        assert len(p.indices) == 2
        # Both triangles face the viewer, so flat normals all point to +Z.
        np.testing.assert_allclose(p.normals, np.tile([0, 0, 1], (6, 1)), atol=1e-7)


def test_missing_normals_become_flat(tmp_path: Path) -> None:
    g = Gltf()
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], "f4")
    faces = np.array([0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3], "u1")
    deltas = g.accessor(np.arange(12, dtype="f4").reshape(4, 3))
    g.node(mesh=g.mesh({"POSITION": g.accessor(corners)}, indices=g.accessor(faces), targets=[{"POSITION": deltas}]))
    (p,) = load(g.write(tmp_path)).primitives
    assert p.positions.shape == (12, 3)
    middle = corners.mean(0)
    for a, b, c in p.indices:
        side = p.positions[[a, b, c]]
        normal = p.normals[a]
        np.testing.assert_allclose(np.linalg.norm(normal), 1, atol=1e-6)
        np.testing.assert_allclose((side - side[0]) @ normal, 0, atol=1e-6)
        assert (side.mean(0) - middle) @ normal > 0
    np.testing.assert_array_equal(p.morph_positions[0], np.arange(12).reshape(4, 3)[faces])


def test_points_and_lines_are_not_drawn(tmp_path: Path) -> None:
    for mode in (0, 1, 2, 3):
        g = Gltf()
        g.node(mesh=g.triangle(mode=mode))
        assert load(g.write(tmp_path)).primitives == ()


def test_empty_primitives_are_not_drawn(tmp_path: Path) -> None:
    g = Gltf()
    mesh = g.triangle()
    whole = g.json["meshes"][mesh]["primitives"][0]
    g.json["accessors"].append({"componentType": 5123, "count": 0, "type": "SCALAR"})
    g.json["meshes"][mesh]["primitives"] = [{**whole, "indices": 2}, whole]
    g.node(mesh=mesh)
    assert len(load(g.write(tmp_path)).primitives) == 1


def test_vertices_of_other_primitives_are_dropped(tmp_path: Path) -> None:
    g = Gltf()
    many = np.random.default_rng(1).normal(size=(100, 3)).astype("f4")
    shared = {"POSITION": g.accessor(many), "NORMAL": g.accessor(many)}
    mesh = g.mesh(shared, indices=g.accessor(np.array([90, 7, 40], "u4")), targets=[{"POSITION": shared["POSITION"]}])
    g.node(mesh=mesh)
    (p,) = load(g.write(tmp_path)).primitives
    assert len(p.positions) == 3
    np.testing.assert_array_equal(p.positions[p.indices[0]], many[[90, 7, 40]])
    np.testing.assert_array_equal(p.morph_positions[0][p.indices[0]], many[[90, 7, 40]])
    np.testing.assert_allclose(np.linalg.norm(p.normals, axis=1), 1, atol=1e-6)


def pulled_by(tmp_path: Path, weights: np.ndarray) -> AvatarModel:
    """A triangle pulled by as many joints as there are weights, four to a set."""
    g = Gltf()
    bones = [g.node(name=f"j{i}") for i in range(len(weights))]
    mesh = g.triangle()
    for k in range(len(weights) // 4):
        four = slice(4 * k, 4 * k + 4)
        kind = "u1" if k % 2 == 0 else "u2"
        g.json["meshes"][mesh]["primitives"][0]["attributes"] |= {
            f"JOINTS_{k}": g.accessor(np.tile(np.arange(len(weights), dtype=kind)[four], (3, 1))),
            f"WEIGHTS_{k}": g.accessor(np.tile(weights[four].astype("f4"), (3, 1))),
        }
    g.json["skins"] = [{"joints": bones}]
    g.node(mesh=mesh, skin=0)
    return load(g.write(tmp_path))


def test_two_weight_sets_are_eight_joints(tmp_path: Path) -> None:
    weights = np.array([0.05, 0.3, 0.0, 0.02, 0.25, 0.2, 0.08, 0.1])
    model = pulled_by(tmp_path, weights)
    (p,) = model.primitives
    assert p.joints.shape == p.weights.shape == (3, 8)
    for corner in range(3):
        found = np.bincount(p.joints[corner], p.weights[corner], minlength=8)
        np.testing.assert_allclose(found, weights, atol=1e-6)
    assert not model.notes
    np.testing.assert_array_equal(model.skins[0].inverse_bind, np.tile(np.eye(4), (8, 1, 1)))


def test_two_weight_sets_that_four_joints_fill_are_four(tmp_path: Path) -> None:
    (p,) = pulled_by(tmp_path, np.array([0.25, 0, 0.25, 0, 0, 0.25, 0, 0.25])).primitives
    assert p.joints.shape == (3, 4)
    assert sorted(p.joints[0]) == [0, 2, 5, 7]


def test_of_three_weight_sets_the_eight_strongest_stay_and_it_is_said(tmp_path: Path) -> None:
    weights = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]) / 78
    model = pulled_by(tmp_path, weights)
    (p,) = model.primitives
    assert sorted(p.joints[0]) == [4, 5, 6, 7, 8, 9, 10, 11]
    np.testing.assert_allclose(p.weights[0], np.arange(12, 4, -1) / 68, rtol=1e-5)
    assert any("more than eight joints" in note for note in model.notes)


def test_inverse_bind_matrices_are_read_by_columns(tmp_path: Path) -> None:
    g = Gltf()
    joint = g.node(name="joint", translation=[0, 2, 0])
    bind = np.eye(4, dtype="f4")
    bind[:3, 3] = (0, -2, 0)
    mesh = g.triangle()
    g.json["meshes"][mesh]["primitives"][0]["attributes"].update(
        JOINTS_0=g.accessor(np.zeros((3, 4), "u1")), WEIGHTS_0=g.accessor(np.tile(np.array([1, 0, 0, 0], "f4"), (3, 1)))
    )
    g.json["skins"] = [{"joints": [joint], "inverseBindMatrices": g.accessor(bind.T.reshape(1, 16))}]
    g.node(mesh=mesh, skin=0)
    model = load(g.write(tmp_path))
    matrix = model.rest_world()[model.skins[0].joints[0]] @ model.skins[0].inverse_bind[0]
    np.testing.assert_allclose(matrix, np.eye(4), atol=1e-6)


def test_nodes_come_parents_first_and_indices_follow(tmp_path: Path) -> None:
    g = Gltf()
    leaf = g.node(root=False, name="leaf", translation=[0, 0, 1])
    middle = g.node(root=False, name="middle", children=[leaf], scale=[2, 2, 2])
    g.node(name="root", children=[middle], translation=[1, 0, 0], mesh=g.triangle())
    model = load(g.write(tmp_path))
    assert model.node_names == ("root", "middle", "leaf")
    assert model.parents.tolist() == [-1, 0, 1]
    assert model.primitives[0].node == 0
    np.testing.assert_allclose(model.rest_world()[2][:3, 3], [1, 0, 2])


def test_a_matrix_becomes_translation_rotation_scale(tmp_path: Path) -> None:
    g = Gltf()
    turn = np.array([[0, -1, 0, 3], [1, 0, 0, 4], [0, 0, 1, 5], [0, 0, 0, 1]], float) @ np.diag([2, 3, 4, 1])
    g.node(matrix=turn.T.reshape(-1).tolist())
    model = load(g.write(tmp_path))
    np.testing.assert_allclose(model.rest_world()[0], turn, atol=1e-6)
    np.testing.assert_allclose(model.scale[0], [2, 3, 4], atol=1e-6)
    np.testing.assert_allclose(model.rotation[0], [0, 0, 0.5**0.5, 0.5**0.5], atol=1e-6)


def test_only_the_default_scene_is_drawn(tmp_path: Path) -> None:
    g = Gltf()
    mesh = g.triangle()
    g.node(mesh=mesh, name="here")
    g.node(root=False, mesh=mesh, name="elsewhere")
    model = load(g.write(tmp_path))
    assert [model.node_names[p.node] for p in model.primitives] == ["here"]
    assert model.joint_count == 2


def test_a_mesh_on_two_nodes_has_its_own_morph_weights_on_each(tmp_path: Path) -> None:
    g = Gltf()
    mesh = g.triangle(targets=[{"POSITION": g.accessor(TRIANGLE)}] * 2)
    g.json["meshes"][mesh]["weights"] = [0.25, 0.5]
    g.node(mesh=mesh)
    g.node(mesh=mesh, weights=[1, 0])
    model = load(g.write(tmp_path))
    assert [p.morph_offset for p in model.primitives] == [0, 2]
    np.testing.assert_allclose(model.morph_defaults, [0.25, 0.5, 1, 0])
    assert model.primitives[0].positions is model.primitives[1].positions


def test_vertex_colours_and_uv_sets(tmp_path: Path) -> None:
    g = Gltf()
    mesh = g.triangle()
    colours = np.pad(np.array([[255, 0, 51]] * 3, "u1"), ((0, 0), (0, 1)))
    g.json["meshes"][mesh]["primitives"][0]["attributes"].update(
        COLOR_0=g.accessor(colours, normalized=True),
        TEXCOORD_1=g.accessor(np.array([[0, 65535], [65535, 0], [0, 0]], "u2"), normalized=True),
    )
    g.json["accessors"][-2]["type"] = "VEC3"
    g.json["bufferViews"][-2]["byteStride"] = 4
    g.node(mesh=mesh)
    (p,) = load(g.write(tmp_path)).primitives
    np.testing.assert_allclose(p.colors, [[1, 0, 0.2, 1]] * 3, atol=1e-6)
    np.testing.assert_array_equal(p.uvs[0], np.zeros((3, 2)))
    np.testing.assert_array_equal(p.uvs[1], [[0, 1], [1, 0], [0, 0]])


PICTURES = {
    "gray": (np.array([[0, 200]], "u1"), [[0, 0, 0, 255], [200, 200, 200, 255]]),
    "bgr": (np.array([[[10, 20, 30], [1, 2, 3]]], "u1"), [[30, 20, 10, 255], [3, 2, 1, 255]]),
    "bgra": (np.array([[[10, 20, 30, 40], [1, 2, 3, 0]]], "u1"), [[30, 20, 10, 40], [3, 2, 1, 0]]),
    "16 bit": (np.array([[[65535, 257, 0], [514, 0, 0]]], "u2"), [[0, 1, 255, 255], [0, 0, 2, 255]]),
}


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_rgba_as_encoded(tmp_path: Path, name: str) -> None:
    image, expected = PICTURES[name]
    g = Gltf()
    texture = g.image(png(image), sampler=0)
    g.json["samplers"] = [{"wrapS": 33071, "wrapT": 33648, "magFilter": 9728, "minFilter": 9984}]
    g.json["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": texture}}}]
    g.node(mesh=g.triangle(material=0))
    (found,) = load(g.write(tmp_path)).textures
    np.testing.assert_array_equal(found.image[0], expected)
    assert (found.wrap, found.filters) == ((33071, 33648), (9728, 9984))


def test_pictures_from_files_and_data_uris(tmp_path: Path) -> None:
    (tmp_path / "sub dir").mkdir()
    red = np.full((4, 4, 3), (0, 0, 255), "u1")
    (tmp_path / "sub dir" / "red.jpg").write_bytes(cv2.imencode(".jpg", red)[1].tobytes())
    g = Gltf()
    g.node(mesh=g.triangle(material=0))
    blue = "data:image/png;base64," + __import__("base64").b64encode(png(red[..., ::-1].copy())).decode()
    g.json["images"] = [{"uri": "sub%20dir/red.jpg"}, {"uri": blue}]
    g.json["textures"] = [{"source": 0}, {"source": 1}]
    g.json["materials"] = [{"emissiveTexture": {"index": 0}, "normalTexture": {"index": 1, "scale": 0.5}}]
    (tmp_path / "mesh.bin").write_bytes(bytes(g.bin))
    model = load(g.write_json(tmp_path, uri="mesh.bin"))
    material = model.materials[0]
    assert material.emissive_texture is not None
    assert material.normal_texture is not None
    assert np.abs(model.textures[material.emissive_texture.index].image[0, 0].astype(int) - [255, 0, 0, 255]).max() < 6
    np.testing.assert_array_equal(model.textures[material.normal_texture.index].image[0, 0], [0, 0, 255, 255])
    assert material.normal_texture.factor == 0.5


def test_materials_and_their_extensions(tmp_path: Path) -> None:
    g = Gltf()
    texture = g.image(png(np.zeros((1, 1, 3), "u1")))
    transform = {"offset": [0.5, 0.25], "rotation": 1.5, "scale": [2, 3], "texCoord": 1}
    info = {"index": texture, "texCoord": 3, "extensions": {"KHR_texture_transform": transform}}
    g.json["materials"] = [
        {
            "name": "skin",
            "pbrMetallicRoughness": {
                "baseColorFactor": [1, 0.5, 0.25, 0.5],
                "baseColorTexture": info,
                "metallicFactor": 0,
            },
            "emissiveFactor": [1, 0.5, 0],
            "alphaMode": "MASK",
            "alphaCutoff": 0.3,
            "doubleSided": True,
            "extensions": {"KHR_materials_emissive_strength": {"emissiveStrength": 4}, "KHR_materials_unlit": {}},
        },
        {},
    ]
    g.node(mesh=g.triangle())
    model = load(g.write(tmp_path))
    first, second, fallback = model.materials
    assert model.primitives[0].material == 2
    assert fallback == second
    assert (second.kind, second.metallic, second.roughness, second.alpha_mode) == ("pbr", 1, 1, "OPAQUE")
    assert (first.name, first.kind, first.emissive) == ("skin", "unlit", (4, 2, 0))
    assert (first.base_color, first.alpha_mode, first.alpha_cutoff) == ((1, 0.5, 0.25, 0.5), "MASK", 0.3)
    assert first.double_sided
    slot = first.base_texture
    assert slot is not None
    assert (slot.uv, slot.offset, slot.rotation, slot.scale) == (1, (0.5, 0.25), 1.5, (2, 3))


def test_credit_of_a_plain_file_is_kept(tmp_path: Path) -> None:
    g = Gltf()
    g.json["asset"]["copyright"] = "2026 Someone"
    assert load(g.write(tmp_path)).meta == {"copyrightInformation": "2026 Someone"}


@pytest.mark.skipif(not AVATARS.is_dir(), reason="needs ../shared")
def test_rigged_figure_at_rest_is_where_its_bind_pose_is() -> None:
    model = load(AVATARS / "RiggedFigure.glb")
    (p,) = model.primitives
    skin = model.skins[p.skin]
    matrices = model.rest_world()[skin.joints] @ skin.inverse_bind
    moved = np.einsum(
        "vk,vkij,vj->vi", p.weights, matrices[p.joints], np.pad(p.positions, ((0, 0), (0, 1)), constant_values=1)
    )
    assert np.ptp(moved[:, :3], axis=0).max() == pytest.approx(np.ptp(p.positions, axis=0).max(), rel=0.05)


@pytest.mark.skipif(not AVATARS.is_dir(), reason="needs ../shared")
def test_every_shared_avatar_loads_and_says_what_is_missing() -> None:
    loaded = 0
    for path in sorted(AVATARS.iterdir()):
        if path.suffix not in {".vrm", ".glb", ".gltf"}:
            continue
        model = load(path)
        assert bool(model.notes) == (path.suffix == ".gltf"), path.name
        assert model.primitives, path.name
        assert model.height() > 0.1, path.name
        np.testing.assert_allclose(np.linalg.norm(model.rotation, axis=1), 1, atol=1e-5)
        assert (model.parents < np.arange(model.joint_count)).all()
        loaded += 1
    assert loaded >= 27


def test_points_and_lines_are_left_out_and_said(tmp_path: Path) -> None:
    g = Gltf()
    g.node(mesh=g.triangle(mode=1))
    g.node(mesh=g.triangle())
    model = load(g.write(tmp_path))
    assert len(model.primitives) == 1
    assert model.notes == ("primitives of points or lines are not drawn (1)",)
