"""What parts of a file share is read once, counts for each of them, and is said of each of them."""

from __future__ import annotations

import random
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from model_files import TRIANGLE, Gltf, png

from avatar.config import Limits
from avatar.errors import LimitError
from avatar.model import draco
from avatar.model.inspect import inspect
from avatar.model.load import load
from avatar.model.motion import load_motion
from avatar.model.validate import validate
from avatar.model.validate.lines import Lines, find_depths
from avatar.model.validate.schema import Item
from avatar.model.vertices import face_normals, strongest, used

DRACO = np.load(Path(__file__).parent / "data" / "draco.npz")
RED = np.full((4, 4, 3), (0, 0, 255), np.uint8)


def _pictures(views: list[bytes], of: list[int]) -> Gltf:
    """A triangle for each picture; ``of`` names the buffer view of each."""
    g = Gltf()
    places = [g.view(data) for data in views]
    g.json["images"] = [{"bufferView": places[i], "mimeType": "image/png"} for i in of]
    g.json["textures"] = [{"source": i} for i in range(len(of))]
    g.json["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": i}}} for i in range(len(of))]
    g.node(mesh=g.triangle(material=0))
    first = g.json["meshes"][0]["primitives"][0]
    g.json["meshes"][0]["primitives"] = [{**first, "material": i} for i in range(len(of))]
    return g


def test_a_picture_of_two_images_is_decoded_once_and_shown_by_both(tmp_path: Path) -> None:
    jobs: list[int] = []

    def each(one: object, items: object) -> list[object]:
        found = list(items)  # type: ignore[call-overload]
        jobs.append(len(found))
        return [one(item) for item in found]  # type: ignore[operator]

    path = _pictures([png(RED), png(RED[:2])], [0, 1, 0]).write(tmp_path)
    a, b, c = load(path, each=each).textures
    assert jobs == [2]
    assert a.image is c.image
    assert (a.image.shape, b.image.shape) == ((4, 4, 4), (2, 4, 4))


def test_pictures_that_share_bytes_count_for_each(tmp_path: Path) -> None:
    path = _pictures([png(RED)], [0] * 5).write(tmp_path)
    assert load(path, limits=Limits(image_pixels=80)).textures
    with pytest.raises(LimitError, match="pixels together"):
        load(path, limits=Limits(image_pixels=79))


def test_a_damaged_picture_is_told_of_every_image_that_names_it(tmp_path: Path) -> None:
    data = png(RED)
    report = validate(_pictures([data[:-20] + bytes(20)], [0, 0]).write(tmp_path))
    told = [m.pointer for m in report.messages if m.code == "IMAGE_DATA_INVALID"]
    assert told == ["/images/0", "/images/1"]


def test_a_file_that_is_named_twice_counts_twice(tmp_path: Path) -> None:
    g = _pictures([png(RED)], [0, 0])
    (tmp_path / "red.png").write_bytes(png(RED))
    g.json["images"] = [{"uri": "red.png"}] * 2
    path, size = g.write(tmp_path), len(png(RED))
    assert load(path, limits=Limits(file_bytes=path.stat().st_size + 2 * size)).textures[1].image.shape == (4, 4, 4)
    with pytest.raises(LimitError, match=r"at /images/1/uri: brings the model over"):
        load(path, limits=Limits(file_bytes=path.stat().st_size + 2 * size - 1))


def test_too_many_pieces_of_pictures_are_refused(tmp_path: Path) -> None:
    empty = struct.pack(">I4sI", 0, b"teSt", zlib.crc32(b"teSt"))
    data = png(RED)
    pieces = data[:33] + empty * 70_000 + data[33:]
    assert len(load(_pictures([pieces], [0, 0, 0, 0]).write(tmp_path)).textures) == 4
    with pytest.raises(LimitError, match="more than 200000 chunks together"):
        load(_pictures([pieces] * 3, [0, 1, 2]).write(tmp_path))
    ok, jpeg = cv2.imencode(".jpg", RED)
    assert ok
    segments = jpeg[:2].tobytes() + b"\xff\xe9\x00\x02" * 9000 + jpeg[2:].tobytes()
    assert load(_pictures([segments], [0] * 30).write(tmp_path)).textures
    many = _pictures([segments] * 23, list(range(23))).write(tmp_path)
    with pytest.raises(LimitError, match="more than 200000 segments together"):
        load(many)
    assert {m.code for m in validate(many).messages if m.severity == "error"} >= {"PRESENCE_LIMIT"}


def test_sizes_of_pictures_that_nothing_shows_are_found_too(tmp_path: Path) -> None:
    g = _pictures([png(RED), png(RED[:2])], [0, 1, 0])
    g.json["materials"] = [{}] * 3
    assert inspect(g.write(tmp_path))["pictures"] == [[4, 4], [4, 2], [4, 4]]


def test_primitives_of_one_draco_stream_share_what_it_holds(tmp_path: Path) -> None:
    data = DRACO["edge"].tobytes()
    mesh = draco.unpack_here(data)
    g = Gltf()
    count = len(mesh.values[0])
    g.json["accessors"] = [
        {"componentType": 5126, "count": count, "type": "VEC3"},
        {"componentType": 5125, "count": mesh.triangles.size, "type": "SCALAR"},
        {"componentType": 5126, "count": count, "type": "VEC3"},
    ]
    packed = {draco.NAME: {"bufferView": g.view(data), "attributes": {"POSITION": 0}}}
    part = {"attributes": {"POSITION": 0, "NORMAL": 2}, "indices": 1, "extensions": packed}
    g.json["meshes"], g.json["extensionsRequired"] = [{"primitives": [part] * 3}], [draco.NAME]
    g.node(mesh=0)
    path = g.write(tmp_path)
    first, *others = load(path).primitives
    assert all(p.positions is first.positions and p.indices is first.indices for p in others)
    assert first.indices.shape == mesh.triangles.shape
    g.json["meshes"][0]["primitives"] *= 2000
    size = path.stat().st_size
    with pytest.raises(LimitError, match="unpacks to more than"):
        load(g.write(tmp_path), limits=Limits(memory_bytes=500_000 + 20 * size))


def test_channels_of_one_accessor_share_its_turns(tmp_path: Path) -> None:
    g = Gltf()
    times, turns = g.accessor(np.array([0, 1], "f4")), g.accessor(np.array([[0, 0, 0, 2], [0, 3, 0, 0]], "f4"))
    sampler = {"input": times, "output": turns}
    channels = [{"sampler": i, "target": {"node": g.node(), "path": "rotation"}} for i in range(3)]
    g.json["animations"] = [{"samplers": [sampler] * 3, "channels": channels}] * 2
    path = g.write(tmp_path)
    a, b = load_motion(path)
    assert a.rotation[0].values is b.rotation[2].values
    np.testing.assert_array_equal(a.rotation[1].values, [[0, 0, 0, 1], [0, 1, 0, 0]])
    code = "ACCESSOR_ANIMATION_SAMPLER_OUTPUT_NON_NORMALIZED_QUATERNION"
    told = {m.pointer for m in validate(path).messages if m.code == code}
    assert told == {f"/animations/{n}/channels/{k}/sampler" for n in range(2) for k in range(3)}


def test_few_vertices_of_many_are_found_as_many_are() -> None:
    rng = np.random.default_rng(5)
    for faces in (rng.integers(0, 90, (400, 3), np.int32), rng.integers(0, 4000, (9, 3), np.int32)):
        found = used(faces, 4000)
        assert found is not None
        rows, again = found
        assert rows.tolist() == sorted(set(faces.reshape(-1).tolist()))
        np.testing.assert_array_equal(rows[again], faces)
    assert used(np.arange(3000, dtype=np.int32).reshape(-1, 3), 4000) is None


def test_flat_normals_are_at_right_angles_to_their_triangles() -> None:
    rng = np.random.default_rng(5)
    positions, faces = rng.random((60, 3), "f4"), rng.integers(0, 60, (100, 3), np.int32)
    faces[3] = 7
    a, b, c = (positions[faces[:, k]].astype("f8") for k in range(3))
    normals = face_normals(positions, faces)
    wanted = np.cross(b - a, c - a)
    length = np.linalg.norm(wanted, axis=1)
    np.testing.assert_allclose(normals[length > 0], (wanted[length > 0].T / length[length > 0]).T, atol=1e-6)
    assert (normals[length == 0] == (0, 1, 0)).all()
    np.testing.assert_allclose(face_normals(TRIANGLE, np.array([[0, 1, 2]], np.int32)), [[0, 0, 1]])


@pytest.mark.parametrize("sets", [2, 3, 4])
def test_the_strongest_joints_are_kept(sets: int) -> None:
    rng = np.random.default_rng(sets)
    count = 70_000
    named = rng.permuted(np.tile(np.arange(4 * sets, dtype=np.int32), (count, 1)), axis=1)
    joints = np.split(named, sets, axis=1)
    weights = [rng.random((count, 4), "f4") ** 6 for _ in range(sets)]
    chosen, pulls, lost = strongest(joints, weights, 8)
    every = np.sort(np.concatenate(weights, 1), axis=1)[:, ::-1]
    np.testing.assert_array_equal(pulls, every[:, :8])
    assert lost == bool((pulls.sum(1) < 0.99 * every.sum(1)).any())
    of_joint = np.zeros_like(every)
    np.put_along_axis(of_joint, named, np.concatenate(weights, 1), 1)
    np.testing.assert_array_equal(np.take_along_axis(of_joint, chosen, 1), pulls)


@pytest.mark.parametrize("loops", [False, True])
def test_what_lines_share_is_what_all_of_them_hold(loops: bool) -> None:
    rng = random.Random(7)
    for _ in range(200):
        nodes = [Item({}, f"/nodes/{i}", "node", None) for i in range(30)]
        for i, node in enumerate(nodes):
            parent = rng.randrange(-1, 30 if loops else i)
            if parent >= 0:
                node.facts["parent"] = nodes[parent]
        lines, wanted = Lines(find_depths(nodes)), list[Item]()
        for joint in rng.choices(nodes, k=12):
            line: list[Item] = []
            up: Item | None = joint
            while up is not None and up not in line:
                line.append(up)
                up = up.facts.get("parent")
            wanted = [node for node in wanted if node in line] if wanted else line
            assert lines.narrow(joint) == len(line)
            assert lines.shared() == wanted
            assert len(lines) == len(wanted)
