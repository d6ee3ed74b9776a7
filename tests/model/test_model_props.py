"""Our readers of OBJ, PLY and STL against trimesh, on random files of every shape that trimesh reads rightly."""

from __future__ import annotations

import io
import random
import struct
from pathlib import Path

import numpy as np
import pytest

from avatar.model import obj, ply, stl
from avatar.model.ply_header import TYPES, read_header
from avatar.model.prop_checks import kind_of
from avatar.model.prop_parts import Part, linear

trimesh = pytest.importorskip("trimesh")

PATH = Path("thing")
Soup = tuple[str, np.ndarray]


def read(data: bytes) -> list[Part]:
    kind = kind_of(PATH, data)
    if kind == "ply":
        return ply.read(PATH, data, read_header(PATH, data), lambda name: False)
    if kind == "obj":
        return obj.read(PATH, data, lambda name: {})
    return stl.read_packed(data) if kind == "stl" else stl.read_text(PATH, data)


def soup(name: str, *columns: np.ndarray | None) -> Soup:
    """The triangles of a part in an order that does not depend on the file's, each from its least corner on."""
    rows = np.round(np.concatenate([c for c in columns if c is not None], 1).astype(np.float64), 4) + 0.0
    turned = []
    for triangle in rows.reshape(-1, 3, rows.shape[1]).tolist():
        k = triangle.index(min(triangle))
        turned.append(triangle[k:] + triangle[:k])
    return name, np.array(sorted(turned))


def ours(data: bytes, colored: bool = True) -> list[Soup]:
    return [
        soup(part.name, part.positions, part.uvs, part.normals, part.colors if colored else None) for part in read(data)
    ]


def theirs(data: bytes, colored: bool = False) -> list[Soup]:
    kind = kind_of(PATH, data).removesuffix(" text")
    extra = {"obj": {"split_objects": True}, "ply": {"prefer_color": "vertex"}}.get(kind, {})
    scene = trimesh.load_scene(io.BytesIO(data), file_type=kind, process=False, **extra)
    found = []
    for name, mesh in scene.geometry.items():
        corner = mesh.faces.reshape(-1)
        uv = getattr(mesh.visual, "uv", None)
        normals = mesh._cache.cache.get("vertex_normals") if kind != "stl" else None
        colors = linear(mesh.visual.vertex_colors / 255)[corner] if colored else None
        columns = (mesh.vertices[corner], None if uv is None else uv[corner])
        found.append(soup(name, *columns, None if normals is None else unit(normals[corner]), colors))
    return found


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def assert_same(found: list[Soup], wanted: list[Soup], close: float = 2e-4) -> None:
    """The same parts; trimesh counts equal names from the file's end, so that these may have changed places."""
    assert sorted(name for name, _ in found) == sorted(name for name, _ in wanted)
    found, wanted = (sorted(soups, key=lambda soup: soup[1].round(1).tolist()) for soups in (found, wanted))
    for (name, rows), (_, truth) in zip(found, wanted, strict=True):
        assert rows.shape == truth.shape, name
        assert np.abs(rows - truth).max() <= close, name


def number(rng: random.Random) -> str:
    value = rng.randint(-40, 40) / rng.choice([1, 4, 10, 1000])
    return rng.choice(["{:g}", "{:.6f}", "{:+.3f}", "{:.5e}"]).format(value)


def obj_text(rng: random.Random, form: str, colored: bool) -> bytes:
    """A random OBJ. form : which of vt and vn its corners name, e.g. ``v/vt``."""
    counts = {"v": rng.randint(4, 30), "vt": rng.randint(3, 9), "vn": rng.randint(3, 9)}
    lines = [f"v {' '.join(number(rng) for _ in range(3))}" for _ in range(counts["v"])]
    if colored:
        lines = [f"{line} {rng.randint(0, 255) / 255:.6f} {rng.random():.6f} 1" for line in lines]
    lines += [f"vt {number(rng)} {number(rng)}" for _ in range(counts["vt"])]
    lines += [f"vn {number(rng)} {number(rng)} 3.5" for _ in range(counts["vn"])]
    rng.shuffle(lines)
    lines.insert(0, "# made for a test: f 1 2 3")
    for _ in range(rng.randint(1, 25)):
        if rng.random() < 0.2:
            lines.append(rng.choice(["o box", "o a lid # 2", "g group", "s off", "usemtl red", "usemtl blue # 2", ""]))
        corners = []
        for v in rng.sample(range(counts["v"]), rng.choice([3, 3, 4])):
            picks = {"v": v, "vt": rng.randrange(counts["vt"]), "vn": rng.randrange(counts["vn"])}
            signs = {key: picks[key] - counts[key] if rng.random() < 0.3 else picks[key] + 1 for key in picks}
            corners.append("/".join(str(signs[key]) if key else "" for key in form.split("/")))
        lines.append("f " + rng.choice([" ", "  "]).join(corners) + rng.choice(["", " "]))
    return rng.choice(["\n", "\r\n"]).join([*lines, ""]).encode()


@pytest.mark.parametrize("colored", [False, True])
@pytest.mark.parametrize("form", ["v", "v/vt", "v//vn", "v/vt/vn"])
def test_random_objs_are_what_trimesh_reads(form: str, colored: bool) -> None:
    rng = random.Random(form + str(colored))
    for _ in range(40):
        data = obj_text(rng, form, colored)
        # trimesh leaves out the colours of what has texture coordinates.
        plain = colored and "vt" not in form
        assert_same(ours(data, plain), theirs(data, plain), 0.01 if plain else 2e-4)


def test_polygons_of_every_size_are_fanned_out_as_trimesh_does() -> None:
    rng = random.Random(8)
    for _ in range(30):
        lines = [f"v {number(rng)} {number(rng)} {number(rng)}" for _ in range(12)]
        sizes = [3, *rng.choices(range(1, 9), k=9), 5]
        lines += ["f " + " ".join(str(rng.randint(1, 12)) for _ in range(size)) for size in sizes]
        data = "\n".join(lines).encode()
        assert_same(ours(data), theirs(data))


FLOATS = ("float", "float32", "double", "float64")
WHOLE = ("char", "uchar", "short", "ushort", "int", "uint", "int8", "uint8", "int16", "uint16", "int32", "uint32")


class RandomPly:
    """Elements, properties and rows; written as text or packed, in either order of bytes."""

    def __init__(self, rng: random.Random, even: bool) -> None:
        self.vertices = rng.randint(4, 20)
        self.uv = rng.choice([(), (), ("s", "t"), ("u", "v"), ("texture_u", "texture_v")])
        # trimesh leaves out the normals of vertices with texture coordinates.
        self.colored, self.normals = rng.random() < 0.5, rng.random() < 0.4 and not (self.uv and even)
        names = ["x", "y", "z", *self.uv, *(("nx", "ny", "nz") if self.normals else ()), "q"]
        own = [(name, rng.choice(FLOATS)) for name in names]
        own += [(name, "uchar") for name in ("red", "green", "blue", "alpha") if self.colored]
        own += [(f"w{i}", rng.choice(WHOLE)) for i in range(rng.randint(0, 2))]
        rng.shuffle(own)
        rows = [[self._value(rng, kind) for _, kind in own] for _ in range(self.vertices)]
        self.elements = [("vertex", [(kind, name, "") for name, kind in own], rows)]
        count, index = rng.choice(["uchar", "uint8", "int"]), rng.choice(["int", "uint", "short"])
        faces = [(index, rng.choice(["vertex_index", "vertex_indices"]), count)]
        before, after = rng.randint(0, 1), rng.randint(0, 1)
        faces = [("uchar", "flag", "")] * before + faces + [("float", "area", "")] * after
        size, filled = rng.choice([3, 4]), []
        for _ in range(rng.randint(1, 12)):
            corners = rng.sample(range(self.vertices), size if even else rng.randint(1, min(7, self.vertices)))
            filled.append([7.0] * before + [corners] + [0.5] * after)
        self.elements.append(("face", faces, filled))
        extra = ("extra", [("short", "a", ""), ("uchar", "b", "")], [[1.0, 2.0]] * rng.randint(1, 3))
        self.elements.insert(rng.randint(0, 2), extra)
        self.comments = rng.random() < 0.5

    @staticmethod
    def _value(rng: random.Random, kind: str) -> float:
        return rng.randint(0, 120) if kind in WHOLE else rng.randint(-4000, 4000) / 1000 or 1.0

    def header(self, kind: str, line: str) -> str:
        lines = ["ply", f"format {kind} 1.0", *["comment made for a test"] * self.comments]
        for name, own, rows in self.elements:
            lines.append(f"element {name} {len(rows)}")
            lines += [f"property list {c} {k} {n}" if c else f"property {k} {n}" for k, n, c in own]
        return line.join([*lines, "end_header", ""])

    def text(self, line: str = "\n") -> bytes:
        lines = []
        for _, _, rows in self.elements:
            for row in rows:
                words = [f"{len(v)} {' '.join(map(str, v))}" if isinstance(v, list) else f"{v:g}" for v in row]
                lines.append(" ".join(words))
        return (self.header("ascii", line) + line.join([*lines, ""])).encode()

    def packed(self, order: str) -> bytes:
        body = b""
        for _, own, rows in self.elements:
            for row in rows:
                for (kind, _, count), value in zip(own, row, strict=True):
                    if count:
                        body += np.array([len(value)], order + TYPES[count]).tobytes()
                    body += np.array(value, order + TYPES[kind]).reshape(-1).tobytes()
        name = "big" if order == ">" else "little"
        return self.header(f"binary_{name}_endian", "\n").encode() + body


@pytest.mark.parametrize("seed", range(60))
def test_random_plys_are_what_trimesh_reads(seed: int) -> None:
    made = RandomPly(random.Random(seed), even=True)
    plain = made.colored and not made.uv
    for data in (made.text(), made.text("\r\n"), made.packed("<"), made.packed(">")):
        assert_same(ours(data, plain), theirs(data, plain), 0.01 if plain else 2e-4)


@pytest.mark.parametrize("seed", range(40))
def test_a_ply_of_faces_of_every_size_says_the_same_as_text_and_packed(seed: int) -> None:
    made = RandomPly(random.Random(seed), even=False)
    sizes = [len(value) for _, _, rows in made.elements for row in rows for value in row if isinstance(value, list)]
    parts = [read(data) for data in (made.text(), made.text("\r"), made.packed("<"), made.packed(">"))]
    for part in parts:
        assert sum(len(p.positions) for p in part) == 3 * sum(max(0, size - 2) for size in sizes)
    first, *others = [[soup(p.name, p.positions, p.uvs, p.normals, p.colors) for p in part] for part in parts]
    for other in others:
        assert_same(other, first)


def stl_text(rng: random.Random) -> bytes:
    lines = []
    for name in rng.sample(["", "Lid", "The Box", "a vertex"], rng.randint(1, 3)):
        lines.append(f"solid {name}".strip())
        for _ in range(rng.randint(1, 9)):
            lines += ["  facet normal 0 0 1", "    outer loop"]
            lines += [f"      {rng.choice(['vertex', 'VERTEX'])} {' '.join(number(rng) for _ in range(3))}"] * 3
            lines += ["    endloop", "  endfacet"]
        lines.append(f"endsolid {name}")
    return rng.choice(["\n", "\r\n"]).join([*lines, ""]).encode()


def test_random_stls_are_what_trimesh_reads() -> None:
    rng = random.Random(3)
    for _ in range(40):
        data = stl_text(rng)
        if b"a vertex" not in data and b"solid\n" not in data.replace(b"\r", b""):
            assert_same(ours(data), theirs(data))
        lines = data.decode().split("\n")
        spread = "".join(line.strip() + (" \t" if line.startswith("  ") else "\n") for line in lines)
        for (_, rows), (_, wanted) in zip(ours(spread.encode()), ours(data), strict=True):
            np.testing.assert_array_equal(rows, wanted)
    for count in (1, 7):
        facets = [(*np.random.default_rng(count).random(12), 0) for _ in range(count)]
        data = bytes(80) + struct.pack("<I", count) + b"".join(struct.pack("<12fH", *facet) for facet in facets)
        assert_same(ours(data), theirs(data))
