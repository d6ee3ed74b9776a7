"""Meshes packed by meshopt and Draco come out as the formats' own tools packed them; damaged ones are refused.

``data/meshopt.npz`` was written by the npm package ``meshoptimizer`` 1.3.0: streams of both versions and, as ``plain``,
what its own decoder makes of them. ``data/draco.npz`` was written by the npm package ``draco3dgltf`` 1.5.7: a 5 x 5
grid with x, y in uv, by edgebreaker and in sequence; a larger one by valence; ``turns`` is a damaged one.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import AVATARS, TRIANGLE, Gltf

from avatar.config import Limits
from avatar.errors import ModelError
from avatar.model import meshopt
from avatar.model.draco_header import Announced, announced
from avatar.model.load import load
from avatar.model.place import Place

DATA = Path(__file__).parent / "data"
HERE = Place(Path("x"), "", {})
STREAMS = np.load(DATA / "meshopt.npz")
NAMES = sorted(key.removesuffix(".packed") for key in STREAMS if key.endswith(".packed"))
DRACO = np.load(DATA / "draco.npz")
DRACO_SIZES = {
    "edge": Announced(96, 32, 6, 20),
    "seq": Announced(25, 32, 6, 20),
    "valence": Announced(9126, 3042, 1, 3),
}
IDS = {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2, "COLOR_0": 3, "JOINTS_0": 4, "WEIGHTS_0": 5}


def _layout(name: str) -> meshopt.Layout:
    _, mode, kind, count, stride = name.split(".")
    return meshopt.Layout(mode, kind, int(count), int(stride), int(count) * max(32, int(stride)))


@pytest.mark.parametrize("name", NAMES)
def test_meshopt_streams_come_out_as_packed(name: str) -> None:
    layout = _layout(name)
    found = bytes(meshopt.unpack(memoryview(STREAMS[name + ".packed"]).cast("B"), layout, HERE))
    plain = STREAMS[name + ".plain"].tobytes()
    if layout.filter == "QUATERNION":  # to one step of the last place, says the specification
        a, b = (np.frombuffer(data, np.int16).astype(int) for data in (found, plain))
        assert np.abs(a - b).max() <= 1
    else:
        assert found == plain


def test_meshopt_triangles_are_those_of_the_grid() -> None:
    name = next(n for n in NAMES if n.startswith("tri_grid"))
    packed = memoryview(STREAMS[name + ".packed"]).cast("B")
    found = np.frombuffer(meshopt.unpack(packed, _layout(name), HERE), np.uint32)
    first = (np.arange(8)[:, None] * 9 + np.arange(8)).reshape(-1)
    wanted = {frozenset(t) for a in first for t in ((a, a + 1, a + 9), (a + 1, a + 10, a + 9))}
    assert {frozenset(t) for t in found.reshape(-1, 3)} == wanted


@pytest.mark.parametrize("name", NAMES)
def test_damaged_meshopt_streams_are_refused_or_have_their_size(name: str) -> None:
    rng = random.Random(name)
    layout = _layout(name)
    data = STREAMS[name + ".packed"].tobytes()
    refused = 0
    for _ in range(60):
        bad = bytearray(data)
        if rng.random() < 0.3:
            del bad[rng.randrange(len(bad)) :]
        else:
            bad[rng.randrange(min(len(bad), 200))] = rng.randrange(256)
        try:
            found = meshopt.unpack(memoryview(bytes(bad)), layout, HERE)
        except ModelError:
            refused += 1
        else:
            assert len(found) == layout.count * layout.stride
    assert refused > 5


def meshopt_file(extension: str = "EXT_meshopt_compression", **wrong: Any) -> Gltf:
    """A quad whose positions are packed; the buffer of its plain data is a placeholder."""
    g = Gltf()
    name = next(n for n in NAMES if n.startswith("f32_v1"))
    layout = _layout(name)
    packed = g.view(STREAMS[name + ".packed"].tobytes())
    fallback = {"byteLength": layout.count * 12, "extensions": {extension: {"fallback": True}}}
    g.json["buffers"] = [fallback]
    source = dict(g.json["bufferViews"][packed], byteStride=12, mode="ATTRIBUTES", count=layout.count)
    view = {"buffer": 1, "byteLength": layout.count * 12, "extensions": {extension: {**source, **wrong}}}
    g.json["bufferViews"].append(view)
    g.json["accessors"].append({"bufferView": 1, "componentType": 5126, "count": layout.count, "type": "VEC3"})
    g.node(mesh=g.mesh({"POSITION": 0}, indices=g.accessor(np.array([0, 1, 699], "u2"))))
    g.json["extensionsRequired"] = [extension]
    return g


@pytest.mark.parametrize("extension", ["EXT_meshopt_compression", "KHR_meshopt_compression"])
def test_meshopt_buffer_views_with_a_placeholder_buffer(tmp_path: Path, extension: str) -> None:
    (p,) = load(meshopt_file(extension).write(tmp_path)).primitives
    np.testing.assert_allclose(p.positions[1], [np.sin(0.01), 0.25, -1], rtol=1e-6)
    np.testing.assert_allclose(p.positions[2], [np.sin(6.99), 174.75, -699], rtol=1e-6)


@pytest.mark.parametrize(
    ("wrong", "where", "rule"),
    [
        ({"mode": "ZIP"}, "/mode", "ATTRIBUTES, TRIANGLES, INDICES"),
        ({"filter": "COLOR"}, "/filter", "OCTAHEDRAL"),
        ({"filter": "QUATERNION"}, "/byteStride", "does not suit"),
        ({"mode": "TRIANGLES", "filter": "EXPONENTIAL"}, "/filter", "no filter"),
        ({"byteStride": 10}, "", "must be 7000"),
        ({"count": 5}, "", "must be 60"),
        ({"buffer": 1}, "", "no data"),
        ({"byteLength": 10}, "", "damaged"),
        ({"byteLength": 10**6}, "", "lie outside"),
    ],
)
def test_meshopt_fields_are_checked(tmp_path: Path, wrong: dict[str, Any], where: str, rule: str) -> None:
    with pytest.raises(ModelError) as caught:
        load(meshopt_file(**wrong).write(tmp_path))
    assert rule in caught.value.rule
    assert caught.value.pointer.endswith(where)


def test_meshopt_unpacks_no_more_than_allowed(tmp_path: Path) -> None:
    path = meshopt_file().write(tmp_path)
    assert load(path, limits=Limits(packed_bytes=8400)).primitives
    with pytest.raises(ModelError, match="unpacks the model"):
        load(path, limits=Limits(packed_bytes=8399))


@pytest.mark.skipif(not AVATARS.is_dir(), reason="needs ../shared")
def test_a_packed_box_is_a_box() -> None:
    (p,) = load(AVATARS / "gt_BoxMeshopt.glb").primitives
    assert p.indices.shape == (12, 3)
    a, b, c = (p.positions[p.indices[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    np.testing.assert_allclose(np.linalg.norm(cross, axis=1).sum() / 2, 6 * np.ptp(p.positions[:, 0]) ** 2, rtol=1e-3)
    assert (np.einsum("ij,ij->i", cross, p.normals[p.indices[:, 0]]) > 0).all()


def draco_file(data: bytes, count: int = 25, **changes: Any) -> Gltf:
    g = Gltf()
    view = g.view(data)
    kinds = {"POSITION": (5126, "VEC3"), "NORMAL": (5126, "VEC3"), "TEXCOORD_0": (5126, "VEC2")}
    kinds |= {"COLOR_0": (5121, "VEC4"), "JOINTS_0": (5123, "VEC4"), "WEIGHTS_0": (5126, "VEC4")}
    attributes = {}
    for name, (component, kind) in kinds.items():
        attributes[name] = len(g.json["accessors"])
        extra = {"normalized": True} if name == "COLOR_0" else {}
        g.json["accessors"].append({"componentType": component, "count": count, "type": kind, **extra})
    g.json["accessors"].append({"componentType": 5123, "count": 96, "type": "SCALAR"})
    extension = {"bufferView": view, "attributes": dict(IDS), **changes}
    mesh = g.mesh(attributes, indices=6, extensions={"KHR_draco_mesh_compression": extension})
    g.json["skins"] = [{"joints": [0] * 301}]
    g.node(mesh=mesh, skin=0)
    g.json["extensionsRequired"] = ["KHR_draco_mesh_compression"]
    return g


@pytest.mark.parametrize("method", ["edge", "seq"])
def test_a_draco_grid_comes_out_whole(tmp_path: Path, method: str) -> None:
    (p,) = load(draco_file(DRACO[method].tobytes()).write(tmp_path)).primitives
    assert p.colors is not None
    assert p.joints is not None
    assert p.weights is not None
    x, y = np.rint(p.uvs[0] * 4).T
    assert sorted(zip(x, y, strict=True)) == [(i, j) for i in range(5) for j in range(5)]
    np.testing.assert_allclose(p.positions, np.stack([x / 4, y / 2, np.sin(x + y) / 10], -1), atol=2e-4)
    np.testing.assert_allclose(p.normals, np.tile([0, 0, 1], (25, 1)), atol=5e-3)
    np.testing.assert_allclose(p.colors * 255, np.stack([x * 40, y * 40, x * y * 5, 255 + 0 * x], -1), atol=1e-3)
    np.testing.assert_array_equal(p.joints, np.stack([x % 3, y % 3 + 3, 300 + 0 * x, 0 * x], -1))
    np.testing.assert_allclose(p.weights, np.tile([0.5, 0.25, 0.25, 0], (25, 1)), atol=1e-3)
    a, b, c = (p.positions[p.indices[:, k], :2] for k in range(3))
    area = np.cross(np.pad(b - a, ((0, 0), (0, 1))), np.pad(c - a, ((0, 0), (0, 1))))[:, 2] / 2
    np.testing.assert_allclose(area, np.full(32, 0.0625), atol=1e-3)


def test_draco_counts_are_read_before_anything_is_unpacked() -> None:
    for name, size in DRACO_SIZES.items():
        data = memoryview(DRACO[name]).cast("B")
        assert announced(data, 1 << 20) == size
        assert announced(data, size.points - 1) == Announced(size.points, size.faces)
        for length in range(40):
            assert announced(data[:length], 1 << 20) is None
    assert announced(memoryview(b"DRACO\x01\x05\x01\x01" + bytes(20)), 1 << 20) is None
    # A metadata block, as some exporters write: one attribute's, then the mesh's own with one entry.
    seq = DRACO["seq"].tobytes()
    meta = bytes([1, 0, 0, 0, 1, 1, 65, 2, 7, 7, 0])
    assert announced(memoryview(seq[:9] + b"\x00\x80" + meta + seq[11:]), 1 << 20) == DRACO_SIZES["seq"]


def test_draco_unpacks_no_more_than_allowed(tmp_path: Path) -> None:
    path = draco_file(DRACO["edge"].tobytes()).write(tmp_path)
    most = 96 * (20 + 2 * 6)
    assert load(path, limits=Limits(packed_values=most)).primitives
    with pytest.raises(ModelError, match=f"more than {most - 1} values"):
        load(path, limits=Limits(packed_values=most - 1))


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"count": 24}, "must be 25"),
        ({"attributes": {**IDS, "POSITION": 9}}, "no attribute 9"),
        ({"attributes": {**IDS, "POSITION": 2}}, "2 components"),
        ({"attributes": {**IDS, "JOINTS_0": 5}}, "does not suit"),
        ({"attributes": {**IDS, "_OTHER": 5}}, "not an attribute of the primitive"),
        ({"attributes": {"NORMAL": 1}}, "'POSITION' is missing"),
        ({"bufferView": 4}, "there are 1 bufferViews"),
    ],
)
def test_draco_fields_are_checked(tmp_path: Path, changes: dict[str, Any], rule: str) -> None:
    with pytest.raises(ModelError, match=rule) as caught:
        load(draco_file(DRACO["edge"].tobytes(), **changes).write(tmp_path))
    assert caught.value.pointer


def test_damaged_draco_streams_are_refused_or_fit(tmp_path: Path) -> None:
    rng = random.Random(3)
    accepted = refused = 0
    for _ in range(150):
        data = bytearray(DRACO[rng.choice(("edge", "seq"))].tobytes())
        for _ in range(rng.choice((1, 1, 3))):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            (p,) = load(draco_file(bytes(data)).write(tmp_path)).primitives
        except ModelError as error:
            refused += bool(error.pointer)
        else:
            assert p.indices.max() < len(p.positions)
            assert np.isfinite(p.positions).all()
            accepted += 1
    assert accepted > 10
    assert accepted + refused == 150
    assert refused > 20


def test_plain_data_beside_a_draco_stream_is_taken(tmp_path: Path) -> None:
    g = Gltf()
    g.node(mesh=g.triangle(extensions={"KHR_draco_mesh_compression": {"bufferView": 0, "attributes": {}}}))
    (p,) = load(g.write(tmp_path)).primitives
    np.testing.assert_array_equal(p.positions, TRIANGLE)
