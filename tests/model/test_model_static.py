"""Symbols and props: what the files hold, where their pictures may lie, and what is refused before it is parsed."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from model_files import Gltf, png

from avatar.config import Limits
from avatar.errors import ModelError
from avatar.model.static import CREASE, _smooth, load_prop

trimesh = pytest.importorskip("trimesh")

OBJ = "v 0 0 0\nv 2 0 0\nv 0 1 0\nf 1 2 3\n"
PLY = (
    "ply\nformat ascii 1.0\nelement vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    "property uchar red\nproperty uchar green\nproperty uchar blue\nelement face 1\n"
    "property list uchar int vertex_indices\nend_header\n0 0 0 255 0 0\n1 0 0 0 188 0\n0 1 0 0 0 255\n3 0 1 2\n"
)


def write(folder: Path, name: str, data: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def refused(path: Path, **limits: int) -> str:
    with pytest.raises(ModelError) as caught:
        load_prop(path, Limits(**limits) if limits else None)
    assert caught.value.path == str(path)
    return str(caught.value)


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


def test_a_missing_library_is_said_and_stood_in_for(tmp_path: Path) -> None:
    model = load_prop(write(tmp_path, "x.obj", "mtllib gone.mtl\n" + OBJ))
    assert len(model.primitives) == 1
    assert "gone.mtl" in model.notes[0]


@pytest.mark.parametrize("name", ["../m.mtl", "/etc/passwd", "http://x/m.mtl", "..\\m.mtl", "~/m.mtl", "link.mtl"])
def test_nothing_outside_the_folder_is_read(name: str, tmp_path: Path) -> None:
    write(tmp_path, "m.mtl", "newmtl secret\n")
    folder = tmp_path / "prop"
    folder.mkdir()
    (folder / "link.mtl").symlink_to(tmp_path / "m.mtl")
    text = refused(write(folder, "x.obj", f"mtllib {name}\n{OBJ}"))
    assert "own folder" in text or "relative path" in text


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"not a picture", "neither a PNG nor a JPEG"),
        (png(np.zeros((8, 8, 3), "u1"))[:60], "damaged or cut short"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 60000, 60000) + b"\x08\x02" + bytes(9), "60000"),
    ],
)
def test_pictures_are_checked_as_a_companions_are(data: bytes, rule: str, tmp_path: Path) -> None:
    write(tmp_path, "p.png", data)
    write(tmp_path, "m.mtl", "newmtl a\nmap_Kd p.png\n")
    assert rule in refused(write(tmp_path, "x.obj", "mtllib m.mtl\n" + OBJ))


@pytest.mark.parametrize(
    ("name", "data", "rule"),
    [
        ("e.obj", "", "empty"),
        ("e.obj", "hello\n", "neither"),
        ("e.obj", "v 0 0 0\n", "no triangle|1 to"),
        ("e.obj", OBJ.replace("f 1 2 3", "f 1 2 9"), "cannot be read"),
        ("e.obj", OBJ.replace("v 2 0 0", "v nan 0 0"), "finite|cannot be read"),
        ("e.obj", OBJ.replace("v 2 0 0", "v 1e30 0 0"), "farther"),
        ("e.obj", "o a\n" * 5000 + OBJ, "more than 4096"),
        ("e.obj", OBJ + "\n" * 600_000, "lines"),
        ("e.obj", OBJ + "f" + " 1" * 40_000, "line of more"),
        ("e.obj", OBJ + ("f" + " 1" * 30_000 + "\n") * 17, "its faces make more than 500000 triangles"),
        ("e.obj", OBJ + "\0", "zero bytes"),
        ("e.ply", PLY.replace("vertex 3", "vertex 300000000"), "announces"),
        ("e.ply", PLY.replace("vertex 3", "vertex -3"), "line 3"),
        ("e.ply", PLY.replace("0 0 0 255", "0 nan 0 255"), "finite"),
        ("e.ply", PLY.replace("3 0 1 2\n", "3 0 1 7\n"), "beyond its 3|cannot be read"),
        ("e.ply", "ply\nformat ascii 1.0\nelement vertex 3\n", "no end"),
        ("e.stl", bytes(80) + struct.pack("<I", 1) + struct.pack("<12fH", *[float("nan")] * 12, 0), "finite"),
    ],
)
def test_hostile_files_are_refused_in_one_line(name: str, data: str | bytes, rule: str, tmp_path: Path) -> None:
    text = refused(write(tmp_path, name, data))
    assert "\n" not in text
    assert any(part in text for part in rule.split("|")), text


def test_a_refused_picture_of_a_ply_is_said_once_and_quietly(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    text = PLY.replace("element vertex", "comment TextureFile ../secret.png\nelement vertex", 1)
    assert "own folder" in refused(write(tmp_path, "x.ply", text))
    assert capfd.readouterr() == ("", "")


def test_limits_are_settings(tmp_path: Path) -> None:
    path = write(tmp_path, "x.obj", OBJ)
    assert "MiB" in refused(path, file_bytes=8)
    assert "triangles" in refused(path, vertices=2)
    assert "farther than 1" in refused(path, reach=1)
    assert "no such file" in refused(tmp_path / "gone.obj")


def test_a_glb_keeps_what_our_own_reader_keeps(tmp_path: Path) -> None:
    g = Gltf()
    g.json["materials"] = [{"name": "lamp", "emissiveFactor": [1, 0.5, 0]}]
    g.node(name="n", mesh=g.triangle(material=0))
    model = load_prop(g.write(tmp_path, "lamp.bin"))
    assert model.kind == "prop"
    assert model.materials[0].emissive == (1, 0.5, 0)


def test_the_stand_in_picture_is_a_picture() -> None:
    from avatar.model.beside import ONE_PIXEL

    assert cv2.imdecode(np.frombuffer(ONE_PIXEL, "u1"), cv2.IMREAD_COLOR).shape == (1, 1, 3)
