"""Props that are refused: by which line, by which rule, and what they may name beside them."""

from __future__ import annotations

import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
from model_files import png
from prop_files import OBJ, PLY, write

from avatar.config import Limits
from avatar.errors import ModelError
from avatar.model.static import load_prop


def refused(path: Path, **limits: int) -> str:
    with pytest.raises(ModelError) as caught:
        load_prop(path, Limits(**limits) if limits else None)
    assert caught.value.path == str(path)
    return str(caught.value)


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
