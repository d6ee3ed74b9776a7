"""Symbols and props: what the files hold, and how it is shaded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from model_files import Gltf, png
from prop_files import OBJ, PLY, write

from avatar.model import prop_normals
from avatar.model.prop_normals import CREASE, _smooth
from avatar.model.static import load_prop

trimesh = pytest.importorskip("trimesh")


@pytest.mark.parametrize("kind", ["obj", "stl", "stl_ascii", "ply", "ply_ascii", "glb"])
def test_every_kind_of_file_gives_the_same_box(kind: str, tmp_path: Path) -> None:
    box = trimesh.creation.box((1, 2, 3))
    path = tmp_path / "thing"
    if kind == "ply_ascii":
        path.write_bytes(trimesh.exchange.ply.export_ply(box, encoding="ascii"))
    else:
        box.export(path, file_type=kind)
    model = load_prop(path)
    assert model.kind == "prop"
    (part,) = model.primitives
    assert len(part.indices) == 12
    corners = part.positions[part.indices]
    assert np.allclose(np.abs(corners).max((0, 1)), (0.5, 1, 1.5))
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    assert (np.einsum("ti,ti->t", normal, corners.mean(1)) > 0).all(), "outside is counter-clockwise"
    if kind != "glb":
        assert np.allclose(np.abs(part.normals).max(1), 1), "a box has sharp edges"


def test_a_ball_is_smooth(tmp_path: Path) -> None:
    for kind in ("obj", "stl"):
        path = tmp_path / f"ball.{kind}"
        trimesh.creation.icosphere(subdivisions=3).export(path, include_normals=False) if kind == "obj" else (
            trimesh.creation.icosphere(subdivisions=3).export(path)
        )
        (part,) = load_prop(path).primitives
        radial = part.positions / np.linalg.norm(part.positions, axis=1, keepdims=True)
        assert np.einsum("vi,vi->v", radial, part.normals).min() > 0.995


def test_smoothing_is_the_mean_by_area_within_the_crease() -> None:
    """Against the definition, corner by corner, on points that few corners share and on one that all do."""
    rng = np.random.default_rng(7)
    points = rng.random((9, 3), "f4")
    points[:, 1] *= 0.4
    faces = np.array([rng.permutation(9)[:3] for _ in range(14)])
    a, b, c = (points[faces[:, k]].astype(np.float64) for k in range(3))
    cross = np.cross(b - a, c - a)
    flat = cross / np.linalg.norm(cross, axis=1, keepdims=True)
    found = _smooth(points, faces, faces.reshape(-1), flat.astype("f4")).reshape(14, 3, 3)
    bent = 0
    for t, corner in np.ndindex(14, 3):
        round_it = [o for o in range(14) if faces[t, corner] in faces[o]]
        near = [o for o in round_it if flat[o] @ flat[t] > np.cos(CREASE)]
        mean = sum(cross[o] for o in near)
        np.testing.assert_allclose(found[t, corner], mean / np.linalg.norm(mean), atol=1e-5)
        bent += 1 < len(near) < len(round_it)
    assert bent > 3


def test_vertex_colours_are_read_as_srgb(tmp_path: Path) -> None:
    (part,) = load_prop(write(tmp_path, "x.ply", PLY)).primitives
    assert np.allclose(part.colors[0], (1, 0, 0, 1))
    assert part.colors[1][1] == pytest.approx(0.5, abs=0.01)


def test_an_obj_brings_materials_and_pictures_of_its_own_folder(tmp_path: Path) -> None:
    image = np.zeros((4, 4, 3), "u1")
    image[0] = (0, 0, 255)
    write(tmp_path, "red top.png", png(image))
    write(tmp_path, "m.mtl", "newmtl paint\nKd 1 0.5 0\nmap_Kd red top.png\nnewmtl glass\nKd 0 0 1\nd 0.25\n")
    text = "mtllib m.mtl\no one\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 1\nvt 1 1\nvt 0 0\nusemtl paint\nf 1/1 2/2 3/3\n"
    text += "o two\nusemtl glass\nf 3 2 1\n"
    model = load_prop(write(tmp_path, "x.obj", text))
    paint = next(m for m in model.materials if m.name == "paint")
    glass = next(m for m in model.materials if m.name == "glass")
    assert np.allclose(paint.base_color[:3], (1, 0.214, 0), atol=0.01)
    assert glass.alpha_mode == "BLEND"
    assert glass.base_color[3] == pytest.approx(0.25)
    assert len(model.primitives) == len(model.node_names) == 2
    part = next(p for p in model.primitives if model.materials[p.material] is paint)
    top = part.uvs[0][np.argmin(np.linalg.norm(part.positions, axis=1))]
    pixels = model.textures[paint.base_texture.index].image
    assert np.allclose(top, (0, 0)), "v counts downwards from the picture's top"
    assert pixels[0, 0].tolist() == [255, 0, 0, 255]


def test_quads_keep_their_pictures_and_their_own_normals(tmp_path: Path) -> None:
    write(tmp_path, "p.png", png(np.full((2, 2, 3), 200, "u1")))
    write(tmp_path, "m.mtl", "newmtl a\nmap_Kd p.png\n")
    text = "mtllib m.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 1 1\nvt 0 1\nvn 0 0.6 0.8\nusemtl a\n"
    model = load_prop(write(tmp_path, "x.obj", text + "f 1/1/1 2/2/1 3/3/1 4/4/1\n"))
    (part,) = model.primitives
    assert len(part.indices) == 2
    assert np.allclose(part.uvs[0], part.positions[:, :2] * (1, -1) + (0, 1))
    assert np.allclose(part.normals, (0, 0.6, 0.8))
    assert model.materials[part.material].base_texture is not None
    (bare,) = load_prop(write(tmp_path, "y.obj", OBJ.replace("f 1 2 3", "vn 0 0.6 0.8\nf 1//1 2//1 3//1"))).primitives
    assert np.allclose(bare.normals, (0, 0.6, 0.8))


def test_a_relative_corner_counts_from_its_own_line(tmp_path: Path) -> None:
    triangle = "v {0} 0 0\nv {0} 1 0\nv {0} 0 1\nvn {0} 0 0.5\nf -3//-1 -2//-1 -1//-1\n"
    text = "".join(triangle.format(x) for x in (3, -2, 7))
    (part,) = load_prop(write(tmp_path, "x.obj", text)).primitives
    assert part.positions[:, 0].tolist() == [3] * 3 + [-2] * 3 + [7] * 3
    assert np.allclose(part.normals[::3], [np.array((x, 0, 0.5)) / np.hypot(x, 0.5) for x in (3, -2, 7)])


def test_an_obj_may_have_comments_tabs_and_lines_that_go_on(tmp_path: Path) -> None:
    plain = load_prop(write(tmp_path, "x.obj", OBJ)).primitives[0]
    for text in (
        "\ufeff# f 9 9 9\nv\t0 0 0 # v 1\r\nv 2 \\\r\n0\t0\r\nv 0 1 0\r\n\r\nf 1 \\\n \\\n 2 \\\r\n3#4\r\nf 1 2 # 3\n",
        " \tv 0 0 0\rv 2 0 0\rv 0 1 0\r\tf 1/ 2// 3/\rl 1 2\rfoo 1 2\rf",
    ):
        (part,) = load_prop(write(tmp_path, "x.obj", text)).primitives
        assert np.array_equal(part.positions, plain.positions)
        assert np.array_equal(part.normals, plain.normals)


def test_a_coordinate_or_normal_that_one_corner_lacks_counts_for_none_of_its_part(tmp_path: Path) -> None:
    text = "vt 0 0\nvt 1 0\nvt 0 1\nvn 0 0.6 0.8\n" + OBJ.replace("f 1 2 3\n", "")
    for faces in ("f 1/1/1 2/2/1 3/3/1\nf 1/1 2/2 3/3\n", "f 1/1/1 2/2/1 3/3/9\n", "f 1/1/-9 2/2/1 3/3/1\n"):
        (part,) = load_prop(write(tmp_path, "x.obj", text + faces)).primitives
        assert len(part.uvs) == 1
        assert np.allclose(part.normals, (0, 0, 1))
    (part,) = load_prop(write(tmp_path, "x.obj", text + "f 1/1/1 2/2/1 3/4/1\n")).primitives
    assert part.uvs == ()
    assert np.allclose(part.normals, (0, 0.6, 0.8))


def test_a_picture_is_as_bright_as_it_is_where_the_library_names_no_colour(tmp_path: Path) -> None:
    write(tmp_path, "p.png", png(np.full((2, 2, 3), 200, "u1")))
    write(tmp_path, "m.mtl", "newmtl a\nmap_Kd p.png\nnewmtl b\nd 0.5\nnewmtl c\nKd 0.5\n")
    text = "mtllib m.mtl\nvt 0 0\n" + OBJ.replace("f 1 2 3\n", "")
    text += "usemtl a\nf 1/1 2/1 3/1\no plain\nf 1 2 3\nusemtl b\nf 1 2 3\nusemtl c\nf 1 2 3\nusemtl d\nf 1/1 2/1 3/1\n"
    model = load_prop(write(tmp_path, "x.obj", text))
    found = {name: model.materials[p.material] for name, p in zip(model.node_names, model.primitives, strict=True)}
    assert list(found) == ["a", "plain_a", "plain_b", "plain_c", "plain_d"]
    assert found["a"].base_texture is not None
    assert found["a"].base_color == found["plain_d"].base_color == (1, 1, 1, 1)
    assert all(found[name].base_texture is None for name in found if name != "a")
    assert np.allclose(found["plain_b"].base_color, (*[0.133] * 3, 0.5), atol=1e-3)
    assert np.allclose(found["plain_c"].base_color, (*[0.214] * 3, 1), atol=1e-3)


def test_a_ply_brings_a_picture_and_coordinates_of_its_corners(tmp_path: Path) -> None:
    write(tmp_path, "p.png", png(np.full((2, 2, 3), 200, "u1")))
    text = PLY.replace("ply\n", "ply\ncomment TextureFile p.png\ncomment end_header\n", 1)
    text = text.replace("end_header\n0", "property list uchar float texcoord\nend_header\n0")
    model = load_prop(write(tmp_path, "x.ply", text.replace("3 0 1 2\n", "3 0 1 2 6 0 0.25 1 0 0.5 1\n")))
    (part,) = model.primitives
    assert np.allclose(part.uvs[0], [(0, 0.75), (1, 1), (0.5, 0)])
    assert model.materials[part.material].base_texture is not None
    assert part.colors is None


def test_corners_at_one_place_are_known_even_where_their_keys_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    places = rng.integers(-2, 3, (300, 3)).astype(np.float32) * np.float32(0.1)
    places[::7] *= -1
    _, wanted = np.unique(places + 0, axis=0, return_inverse=True)
    for mix in (prop_normals._MIX, np.zeros(3, np.uint64)):
        monkeypatch.setattr(prop_normals, "_MIX", mix)
        found = prop_normals.same(places)
        pairs = set(zip(found.tolist(), wanted.reshape(-1).tolist(), strict=True))
        assert len(pairs) == len(set(found.tolist())) == wanted.max() + 1


def test_parts_are_smoothed_each_for_itself(tmp_path: Path) -> None:
    """Two planes that meet at 20 degrees: one surface as one part, an edge between two."""
    text = "v 0 0 0\nv 0 1 0\nv 1 0 0\nv -0.94 0 0.342\n"
    one, two = ("f 1 3 2\n", "f 1 2 4\n")
    (part,) = load_prop(write(tmp_path, "x.obj", text + one + two)).primitives
    first, second = load_prop(write(tmp_path, "x.obj", text + f"o a\n{one}o b\n{two}")).primitives
    assert np.allclose(part.normals[0], part.normals[3])
    assert np.degrees(np.arccos(first.normals[0] @ second.normals[0])) == pytest.approx(20, abs=0.1)


def test_a_missing_library_is_said_and_stood_in_for(tmp_path: Path) -> None:
    model = load_prop(write(tmp_path, "x.obj", "mtllib gone.mtl\n" + OBJ))
    assert len(model.primitives) == 1
    assert "gone.mtl" in model.notes[0]


def test_a_glb_keeps_what_our_own_reader_keeps(tmp_path: Path) -> None:
    g = Gltf()
    g.json["materials"] = [{"name": "lamp", "emissiveFactor": [1, 0.5, 0]}]
    g.node(name="n", mesh=g.triangle(material=0))
    model = load_prop(g.write(tmp_path, "lamp.bin"))
    assert model.kind == "prop"
    assert model.materials[0].emissive == (1, 0.5, 0)
