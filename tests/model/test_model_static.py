"""Symbols and props: what the files hold, where their pictures may lie, and what is refused before it is parsed."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
from model_files import Gltf, png

from avatar.config import Limits
from avatar.errors import ModelError
from avatar.model import prop_normals
from avatar.model.prop_normals import CREASE, _smooth
from avatar.model.static import load_prop

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
        (b"", "neither a PNG nor a JPEG"),
        (png(np.zeros((8, 8, 3), "u1"))[:60], "damaged or cut short"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 60000, 60000) + b"\x08\x02" + bytes(9), "60000"),
    ],
)
def test_pictures_are_checked_as_a_companions_are(data: bytes, rule: str, tmp_path: Path) -> None:
    write(tmp_path, "p.png", data)
    write(tmp_path, "m.mtl", "newmtl a\nmap_Kd p.png\n")
    assert rule in refused(write(tmp_path, "x.obj", "mtllib m.mtl\n" + OBJ))


def ply_of(vertex: str = "float", faces: str = "3 0 1 2\n", kind: str = "ascii", body: bytes = b"") -> bytes:
    head = f"ply\nformat {kind} 1.0\nelement vertex 3\n" + "".join(f"property {vertex} {axis}\n" for axis in "xyz")
    head += f"element face {faces.count(chr(10))}\nproperty list uchar int vertex_indices\nend_header\n"
    return head.encode() + (body or f"0 0 0\n1 0 0\n0 1 0\n{faces}".encode())


CORNERS = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "<f4").tobytes()
PACKED = "binary_little_endian"
FACET = "facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\n"


@pytest.mark.parametrize(
    ("data", "place", "rule"),
    [
        (OBJ.replace("v 2 0 0", "v 2 0"), "line 2", "has 2 numbers, must have 3"),
        (OBJ.replace("v 2 0 0", "v 2 x1 0"), "line 2", "'x1' is not a number"),
        (OBJ.replace("v 2 0 0", "#\\\r\n\r\nv 2 1_0 0"), "line 4", "'1_0' is not a number"),
        ("vn 1 2 up\n" + OBJ, "line 1", "'up' is not a number"),
        *((OBJ.replace("f 1 2 3", f"f 1 2 {corner}"), "line 4", "is not a corner of a face")
          for corner in ("x", "3/1/1/1", "/1", "1-2", "--1", "1.0", "-", "9" * 30, "3\x1f", "\x01")),
        (OBJ + "f 1 2 3/1/1/1\n", "line 5", "'3/1/1/1' is not a corner of a face"),
        (OBJ + "f 3 0 1\n", "line 5", "names vertex 0, of 3"),
        (OBJ + "\nf 3 2 1\nf 3 2 1 -4\n", "line 7", "names vertex -4, of 3"),
        ("v 0 0 0\nf 1 1 1 2\n", "line 2", "names vertex 2, of 1"),
        (ply_of("float16x"), "line 4", "is not a property, its type and its name"),
        (ply_of().replace(b"list uchar", b"list float"), "line 8", "count must be a whole number"),
        (ply_of().replace(b"format ascii 1.0\n", b""), "", "names no format"),
        (ply_of(kind="text"), "line 2", "is not a format"),
        (ply_of().replace(b"float x", b"float a"), "", "must have an x"),
        (ply_of(faces="3 0 1 2\n3 0 1 3\n"), "line 14", "names a vertex beyond its 3"),
        (ply_of(faces="3 0 1 -1\n"), "line 13", "names a vertex beyond its 3"),
        (ply_of(faces="3 0 1 1.5\n"), "line 13", "names a vertex beyond its 3"),
        (ply_of(faces="3 0 1 2\n4 0 1 2\n"), "line 14", "list that does not fit"),
        (ply_of(faces="-1 0 1 2\n"), "line 13", "list that does not fit"),
        (ply_of(faces="3 0 one 2\n"), "line 13", "'one' is not a number"),
        (ply_of().replace(b"\n1 0 0\n", b"\n\n1 0\n"), "line 12", "has too few numbers"),
        (ply_of().replace(b"\n1 0 0\n", b"\n"), "", "ends after 3 rows"),
        (ply_of(kind=PACKED, body=CORNERS + b"\3" + bytes(11)), "", "ends within its rows"),
        (ply_of(kind=PACKED, body=CORNERS[:-1]), "", "ends within its rows"),
        (ply_of(kind=PACKED, body=CORNERS + b"\3" + bytes(13)), "", "1 bytes follow"),
        (ply_of(kind=PACKED, faces="\n\n", body=CORNERS + b"\3" + bytes(12) + b"\4" + bytes(15)), "", "ends within"),
        (ply_of(kind=PACKED, body=CORNERS + struct.pack("<B3i", 3, 0, 1, 3)), "", "beyond its 3"),
        (f"solid\n{FACET}", "line 6", "ends within a solid"),
        (f"solid\n{FACET}endsolid\n{FACET}endsolid\n", "line 17", "has not begun"),
        (f"solid\n{FACET.replace('vertex 1 0 0', '')}endsolid\n", "line 9", "has 2 vertices"),
        (f"solid\n{FACET.replace('1 0 0', '1 0')}endsolid\n", "line 5", "has 2 numbers, must have 3"),
        (f"solid\n{FACET.replace('1 0 0', '1 0 -inf')}endsolid\n", "line 5", "a number is not finite"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_by_its_line(data: str | bytes, place: str, rule: str, tmp_path: Path) -> None:
    path = write(tmp_path, "e", data)
    with pytest.raises(ModelError) as caught:
        load_prop(path)
    assert caught.value.pointer == place
    assert rule in str(caught.value)


def test_too_many_parts_changes_solids_and_lists_are_refused(tmp_path: Path) -> None:
    assert "512" in refused(write(tmp_path, "e", OBJ + "".join(f"o {i}\nf 1 2 3\n" for i in range(513))))
    assert "4096" in refused(write(tmp_path, "e", "solid\nendsolid\n" * 4097 + f"solid\n{FACET}endsolid\n"))
    head = ply_of(kind=PACKED, faces="\n" * 500_001, body=CORNERS).replace(b"uchar int v", b"uchar uchar w")
    lists = head.replace(b"end_header", b"property list uchar uchar vertex_indices\nend_header")
    text = refused(write(tmp_path, "e", lists + b"\1\0\0" + bytes(2 * 500_000)))
    assert "lists of uneven length" in text


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


def test_numbers_that_are_none_are_refused_or_passed_over_quietly(tmp_path: Path) -> None:
    """Signalling ones, of two widths: to widen them makes a processor complain."""
    names = ("x", "y", "z", "red", "green", "blue", "nx", "ny", "nz")
    own = "".join(f"property {'double' if i % 3 == 1 else 'float'} {name}\n" for i, name in enumerate(names))
    head = f"ply\nformat {PACKED} 1.0\nelement vertex 3\n{own}element face 1\n"
    head += "property list uchar int vertex_indices\nend_header\n"
    sound, none = struct.pack("<fdf", 1, 2, 3), b"\1\0\xa0\x7f\1\0\0\0\0\0\xf4\x7f\1\0\xa0\x7f"
    face = struct.pack("<B3i", 3, 0, 1, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = head.encode() + (sound + none * 2) * 3 + face
        (part,) = load_prop(write(tmp_path, "e", data)).primitives
        assert np.isfinite(part.normals).all()
        assert (part.colors == (0, 0, 0, 1)).all()
        assert "not finite" in refused(write(tmp_path, "e", head.encode() + (none + sound * 2) * 3 + face))


@pytest.mark.parametrize("line", ["newmtl a\n", "map_Kd a\n", "MAP_KD b\n", " " * 300])
def test_a_library_of_too_much_is_refused(line: str, tmp_path: Path) -> None:
    write(tmp_path, "m.mtl", line * 4097)
    assert "the material library 'm.mtl' is too large" in refused(write(tmp_path, "x.obj", "mtllib m.mtl\n" + OBJ))


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
