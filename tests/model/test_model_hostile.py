"""Files from strangers: whatever is wrong, one ModelError that names the file, the place and the rule."""

from __future__ import annotations

import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import TRIANGLE, Gltf, png, rewrite, sample, unpack
from yardstick import quiet_seconds

from avatar.config import Limits
from avatar.errors import LimitError, ModelError
from avatar.model.load import load

Json = dict[str, Any]


def test_the_sample_is_good(tmp_path: Path) -> None:
    model = load(sample().write(tmp_path))
    assert model.primitives[0].skin == 0
    assert len(model.textures) == 1
    assert len(model.springs) == 1


HUMAN = "/extensions/VRMC_vrm/humanoid/humanBones"
HAPPY = "/extensions/VRMC_vrm/expressions/preset/happy"
SPRINGS = "/extensions/VRMC_springBone"
PRIMITIVE = "/meshes/0/primitives/0"
SAME = "="

# what is set (a JSON pointer), to what, where the error points, and what it says
CASES: list[tuple[str, Any, str, str]] = [
    ("/asset/version", "1.0", SAME, "glTF 1.0"),
    ("/asset", None, "", "'asset' is missing"),
    ("/nodes", {}, SAME, "must be an array"),
    ("/nodes/3", 7, SAME, "must be an object"),
    ("/extensionsRequired", ["EVIL_ext"], "/extensionsRequired/0", "EVIL_ext"),
    ("/nodes/1/children", [1], "/nodes/1/children/0", "already has the parent 0"),
    ("/nodes/17/children", [17], "/nodes/17/children", "own ancestor"),
    ("/nodes/17/children", [99], "/nodes/17/children/0", "there are 18 nodes"),
    ("/scene", 4, SAME, "there are 1 scenes"),
    ("/nodes/17/mesh", -1, SAME, "must be from 0"),
    ("/nodes/17/mesh", "0", SAME, "whole number"),
    ("/nodes/17/mesh", True, SAME, "whole number"),
    ("/nodes/17/mesh", 0.5, SAME, "whole number"),
    ("/nodes/17/skin", 5, SAME, "there are 1 skins"),
    ("/nodes/1/translation", [1e8, 0, 0], "/nodes", "farther than"),
    ("/nodes/1/scale", [1e8] * 3, "/nodes", "farther than"),
    ("/nodes/1/translation/1", 1e300, SAME, "must be from"),
    ("/nodes/1/translation/2", 10**300, SAME, "huge"),
    ("/nodes/1/rotation", [0, 0, 1], SAME, "array of 4 numbers"),
    ("/nodes/17/weights", [1, 2], SAME, "array of 1 numbers"),
    ("/skins/0/joints", [0], PRIMITIVE, "its skin has 1 joints"),
    ("/skins/0/joints", [], SAME, "no joints"),
    ("/skins/0/joints", [0] * 1025, SAME, "at most 1024"),
    ("/skins/0/inverseBindMatrices", 0, SAME, "VEC3"),
    (f"{PRIMITIVE}/attributes/POSITION", 77, SAME, "there are 6 accessors"),
    ("/accessors/0/count", 2**40, SAME, "must be from 0"),
    ("/accessors/5/count", 4, "/accessors/5", "needs 8 bytes of a bufferView that has 6"),
    ("/accessors/1/count", 2, f"{PRIMITIVE}/attributes/NORMAL", "3 elements"),
    ("/accessors/0/type", "VEC9", SAME, "must be one of"),
    ("/accessors/0/type", "VEC2", f"{PRIMITIVE}/attributes/POSITION", "must be VEC3"),
    ("/accessors/0/componentType", 5124, SAME, "5124"),
    ("/accessors/2/componentType", 5126, SAME, "unsigned"),
    ("/accessors/0/byteOffset", 8, "/accessors/0", "bufferView that has 36"),
    ("/accessors/0/byteOffset", -4, SAME, "must be from 0"),
    ("/bufferViews/0/byteLength", 10**6, "/bufferViews/0", "outside its buffer"),
    ("/bufferViews/0/buffer", 1, SAME, "there are 1 buffers"),
    ("/bufferViews/0/byteStride", 3, SAME, "multiple of 4"),
    ("/bufferViews/0/byteStride", 260, SAME, "256"),
    ("/bufferViews/0/byteStride", 8, "/accessors/0", "do not fit the byteStride 8"),
    ("/buffers/0/byteLength", 10**6, SAME, "the file is truncated"),
    ("/accessors/4/sparse/count", 9, SAME, "must be from 0 to 3"),
    ("/accessors/4/sparse/indices/componentType", 5126, SAME, "must be 5121"),
    ("/accessors/4/sparse/values/byteOffset", 4, "/accessors/4/sparse/values", "needs 16 bytes"),
    (f"{PRIMITIVE}/indices", 2, SAME, "must be SCALAR"),
    (f"{PRIMITIVE}/mode", 7, SAME, "from 0 to 6"),
    (f"{PRIMITIVE}/material", 2, SAME, "there are 1 materials"),
    ("/materials/0/normalTexture", {"index": 3}, "/materials/0/normalTexture/index", "there are 1 textures"),
    ("/materials/0/normalTexture", {"index": 0, "texCoord": 99}, "/materials/0/normalTexture/texCoord", "to 7"),
    ("/materials/0/alphaMode", 3, SAME, "must be a string"),
    ("/textures/0/source", 7, SAME, "there are 1 images"),
    ("/textures/0/source", "0", SAME, "whole number"),
    ("/textures/0/sampler", 0, SAME, "there are 0 samplers"),
    ("/images/0/bufferView", 0, "/images/0", "neither a PNG nor a JPEG"),
    (f"{HUMAN}/jaw", {"node": 50}, f"{HUMAN}/jaw/node", "18 nodes"),
    (f"{HUMAN}/jaw", {"node": 2}, HUMAN, "two bones"),
    ("/extensions/VRMC_vrm/specVersion", "2.0", SAME, "VRM 2.0"),
    (f"{HAPPY}/morphTargetBinds/0/index", 1, SAME, "1 morph targets"),
    (f"{HAPPY}/overrideMouth", "yes", SAME, "none, block, blend"),
    (f"{SPRINGS}/springs/0/joints/1/node", 18, SAME, "18 nodes"),
    (f"{SPRINGS}/springs/0/joints/0/dragForce", 2, SAME, "from 0 to 1"),
    (f"{SPRINGS}/springs/0/colliderGroups", [0], f"{SPRINGS}/springs/0/colliderGroups/0", "0 colliderGroups"),
    (f"{SPRINGS}/colliders", [{"node": 0, "shape": {}}], f"{SPRINGS}/colliders/0/shape", "no sphere"),
]


def refused(path: Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert str(caught.value).isprintable()
    return caught.value


@pytest.mark.parametrize(("where", "value", "pointer", "rule"), CASES)
def test_what_is_wrong_is_named(tmp_path: Path, where: str, value: Any, pointer: str, rule: str) -> None:
    document, rest = unpack(sample().glb())
    at: Any = document
    *keys, last = [int(key) if key.isdigit() else key for key in where.split("/")[1:]]
    for key in keys:
        at = at[key]
    at[last] = value
    error = refused(rewrite(tmp_path / "bad.vrm", document, rest))
    assert error.pointer == (where if pointer == SAME else pointer)
    assert rule in error.rule


def test_pointers_are_escaped(tmp_path: Path) -> None:
    g = sample()
    g.json["extensions"]["VRMC_vrm"]["expressions"]["custom"] = {"a/b~\n": {"isBinary": 1}}
    error = refused(g.write(tmp_path))
    assert error.pointer == "/extensions/VRMC_vrm/expressions/custom/a~1b~0\N{REPLACEMENT CHARACTER}/isBinary"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b'"scene": 0', b'"scene": NaN', "NaN is not allowed"),
        (b'"scene": 0', b'"scene": -Infinity', "-Infinity is not allowed"),
        (b'"scene": 0', b'"scene": 1e999', "1e999 is too large"),
        (b'"scene": 0', b'"scene": ' + b"9" * 5000, "cannot be read"),
        (b'"scene": 0', b'"extras": ' + b"[" * 300 + b"]" * 300, "deeper than 256"),
        (b'"scene": 0', b'"extras": ' + b"[" * 100_000, "deeper than 256"),
        (b'"scene": 0', b'"extras": "\xff"', "not UTF-8"),
        (b'"scene": 0', b'"scene": 0,,', "cannot be read"),
        (b'"scene": 0', b'"extras": [' + b"0," * 1_000_001 + b"0]", "more than 1000000 values"),
    ],
)
def test_json_that_is_not_strict(tmp_path: Path, old: bytes, new: bytes, rule: str) -> None:
    text = json.dumps(sample().json).encode()
    assert old in text
    path = tmp_path / "bad.gltf"
    path.write_bytes(text.replace(old, new))
    with pytest.raises(ModelError, match=rule):
        load(path)


def test_depth_256_is_still_read(tmp_path: Path) -> None:
    path = tmp_path / "deep.gltf"
    path.write_bytes(b'{"asset": {"version": "2.0"}, "extras": ' + b"[" * 255 + b"]" * 255 + b"}")
    assert load(path).joint_count == 0


def test_a_node_tree_too_deep(tmp_path: Path) -> None:
    for depth, good in ((256, True), (257, False)):
        g = Gltf()
        for i in range(depth):
            g.node(root=i == 0, children=[i + 1] if i + 1 < depth else [])
        if good:
            assert load(g.write(tmp_path)).joint_count == 256
        else:
            with pytest.raises(ModelError, match="deeper than 256 levels"):
                load(g.write(tmp_path))


def test_not_a_number_in_the_binary(tmp_path: Path) -> None:
    for bad in (np.nan, np.inf, 1e30):
        g = Gltf()
        corners = TRIANGLE.copy()
        corners[1, 1] = bad
        g.node(mesh=g.mesh({"POSITION": g.accessor(corners)}))
        with pytest.raises(ModelError, match="not finite") as caught:
            load(g.write(tmp_path))
        assert caught.value.pointer == "/accessors/0"


def test_an_index_beyond_the_vertices(tmp_path: Path) -> None:
    g = Gltf()
    g.node(mesh=g.triangle(indices=g.accessor(np.array([0, 1, 3], "u4"))))
    with pytest.raises(ModelError, match="an index is 3, but there are 3 vertices"):
        load(g.write(tmp_path))


def test_sparse_indices_must_increase(tmp_path: Path) -> None:
    for indices in ([1, 1], [2, 0], [0, 3]):
        g = Gltf()
        where, values = g.view(np.array(indices, "u1").tobytes()), g.view(bytes(24))
        target = {"componentType": 5126, "count": 3, "type": "VEC3"}
        target["sparse"] = {
            "count": 2,
            "indices": {"bufferView": where, "componentType": 5121},
            "values": {"bufferView": values},
        }
        g.json["accessors"].append(target)
        g.node(mesh=g.triangle(targets=[{"POSITION": 0}]))
        with pytest.raises(ModelError, match="must increase and stay below 3"):
            load(g.write(tmp_path))


@pytest.mark.parametrize(
    "uri",
    [
        *("../secret.bin", "sub/../../secret.bin", "%2e%2e/secret.bin", "..\\secret.bin", "/etc/passwd", "~/x"),
        *("file:///etc/passwd", "http://127.0.0.1/x.bin", "C:/x.bin", "a\0b", "link.bin", "."),
    ],
)
def test_uris_stay_inside_the_folder(tmp_path: Path, uri: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    g = Gltf()
    g.node(mesh=g.triangle())
    (tmp_path / "secret.bin").write_bytes(bytes(g.bin))
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    with pytest.raises(ModelError) as caught:
        load(g.write_json(folder, uri=uri))
    assert caught.value.pointer == "/buffers/0/uri"


@pytest.mark.parametrize("uri", ["data:,abc", "data:x;base64", "data:x;base64,@@@@", "data:x;base64,é"])
def test_bad_data_uris(tmp_path: Path, uri: str) -> None:
    g = Gltf()
    g.node(mesh=g.triangle())
    with pytest.raises(ModelError, match="base64"):
        load(g.write_json(tmp_path, uri=uri))


def _bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def _jpeg(width: int, height: int) -> bytes:
    return (
        b"\xff\xd8\xff\xe0\x00\x10"
        + bytes(14)
        + b"\xff\xc0\x00\x11\x08"
        + struct.pack(">HH", height, width)
        + bytes(12)
    )


@pytest.mark.parametrize(
    ("pictures", "rule"),
    [
        ([_bomb(60000, 60000)], "60000 × 60000"),
        ([_bomb(8193, 1)], "8193 × 1"),
        ([_bomb(0, 5)], "0 × 5"),
        ([_jpeg(65535, 65535)], "65535 × 65535"),
        ([b"<svg xmlns='http://www.w3.org/2000/svg'/>"], "neither a PNG nor a JPEG"),
        ([b"\xff\xd8\xff\xe0\xff\xff"], "neither a PNG nor a JPEG"),
    ],
)
def test_pictures_are_measured_before_they_are_decoded(tmp_path: Path, pictures: list[bytes], rule: str) -> None:
    g = Gltf()
    g.json["materials"] = [{"normalTexture": {"index": g.image(data)}} for data in pictures]
    g.node(mesh=g.triangle(material=0))
    with pytest.raises(ModelError, match=rule):
        load(g.write(tmp_path))


@pytest.mark.parametrize(
    "picture",
    [
        _jpeg(16, 16),
        _bomb(64, 64),
        png(np.zeros((9, 9, 3), "u1"))[:-13],
        png(np.zeros((9, 9, 3), "u1")).replace(b"IDAT", b"IDAU"),
    ],
)
def test_a_body_that_cannot_be_decoded_is_stood_in_for(tmp_path: Path, picture: bytes) -> None:
    g = Gltf()
    g.json["materials"] = [{"normalTexture": {"index": g.image(picture)}}]
    g.node(mesh=g.triangle(material=0))
    path = g.write(tmp_path)
    model = load(path)
    assert [t.image.tolist() for t in model.textures] == [[[[128, 128, 255, 255]]]]
    assert model.notes == ("image 0 is damaged, or cut short: drawn plain",)
    with pytest.raises(LimitError, match="unpacks to more than"):
        load(path, limits=Limits(memory_bytes=600))


def test_all_pictures_together_are_limited(tmp_path: Path) -> None:
    g = Gltf()
    image = png(np.zeros((10, 10, 3), "u1"))
    g.json["materials"] = [{"normalTexture": {"index": g.image(image)}} for _ in range(3)]
    assert len(load(g.write(tmp_path), limits=Limits(image_pixels=300)).textures) == 3
    with pytest.raises(ModelError, match="together"):
        load(g.write(tmp_path), limits=Limits(image_pixels=299))


def _zeros(count: int, targets: int = 0, primitives: int = 1, kind: str = "VEC3") -> Gltf:
    """A mesh of nothing but zeros, which needs no bytes in the file."""
    g = Gltf()
    g.json["accessors"] = [{"componentType": 5126, "count": count, "type": kind}]
    primitive: Json = {"attributes": {"POSITION": 0, "NORMAL": 0}, "targets": [{"POSITION": 0}] * targets}
    g.json["meshes"] = [{"primitives": [primitive] * primitives}]
    g.node(mesh=0)
    return g


def _indexed(primitives: int) -> Gltf:
    g = _zeros(3, primitives=primitives)
    g.json["accessors"].append({"componentType": 5125, "count": 1_000_000, "type": "SCALAR"})
    g.json["meshes"][0]["primitives"] = [{**p, "indices": 1} for p in g.json["meshes"][0]["primitives"]]
    return g


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (lambda: _zeros(4_000_001), "more than 4000000 vertices"),
        (lambda: _zeros(3_000_000, targets=4000), "unpacks to more than 768 MiB"),
        (lambda: _zeros(24_000_000), "more than 4000000 vertices"),
        (lambda: _zeros(3, primitives=9000), "at most 8192"),
        (lambda: _zeros(3, targets=17000), "at most 16384"),
    ],
)
def test_nothing_large_is_allocated_for_a_small_file(tmp_path: Path, make: Callable[[], Gltf], rule: str) -> None:
    path = make().write(tmp_path)
    tracemalloc.start()
    try:
        with pytest.raises(ModelError, match=rule):
            load(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 256 << 20


def test_long_indices_shared_by_many_primitives(tmp_path: Path) -> None:
    path = _indexed(200).write(tmp_path)

    def read() -> None:
        with pytest.raises(ModelError, match="unpacks to more than 32 MiB"):
            load(path, limits=Limits(memory_bytes=32 << 20))

    assert quiet_seconds(read, 5) < 5


def test_many_nodes_with_many_morphs(tmp_path: Path) -> None:
    g = _zeros(3, targets=4000)
    for _ in range(16):
        g.node(mesh=0)
    with pytest.raises(ModelError, match="more than 16384 morph targets"):
        load(g.write(tmp_path))


def test_a_file_larger_than_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.glb"
    with path.open("wb") as file:
        file.write(b"glTF")
        file.truncate((256 << 20) + 1)
    with pytest.raises(ModelError, match="at most 256 MiB"):
        load(path)


@pytest.mark.parametrize("content", [b"", b"glTF", b"hello", b"\x00" * 100, b"[]", b"{", b"\x89PNG\r\n\x1a\n"])
def test_files_of_another_kind(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.vrm"
    path.write_bytes(content)
    with pytest.raises(ModelError):
        load(path)


def test_no_file_and_no_bytes(tmp_path: Path) -> None:
    for path in (tmp_path / "none.vrm", tmp_path, tmp_path / ("x" * 300), tmp_path / "a\0b"):
        with pytest.raises(ModelError, match=r"there is no such file|cannot be read"):
            load(path)


def test_truncated_is_said_in_one_line(tmp_path: Path) -> None:
    data = sample().glb()
    path = tmp_path / "cut.vrm"
    # Every length near the ends, where headers and chunks begin, and every seventh between.
    for length in sorted({*range(20, 220), *range(220, len(data), 7), *range(len(data) - 200, len(data))}):
        path.write_bytes(data[:length])
        with pytest.raises(ModelError, match="the file is truncated") as caught:
            load(path)
        assert "\n" not in str(caught.value)
