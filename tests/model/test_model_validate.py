"""The rules of glTF 2.0: a sound file has no errors, and each fault is found with its code at its place."""

from __future__ import annotations

import base64
import copy
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import AVATARS, SHARED, pack, png

from avatar.model.codes import MOST_ALIKE, MOST_MESSAGES, MOST_OTHERS, OWN, SEVERITIES, SEVERITY, Journal
from avatar.model.validate import exit_code, validate

Json = dict[str, Any]
PIXEL = png(np.zeros((1, 1, 4), np.uint8))


def uri(data: bytes, mime: str = "application/octet-stream") -> str:
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def sound() -> tuple[Json, bytes]:
    """A skinned, morphed, textured, animated triangle without a fault."""
    arrays: list[tuple[np.ndarray, str, int | None, bool]] = [
        (np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], "f4"), "VEC3", 34962, True),
        (np.tile(np.array([0, 0, 1], "f4"), (3, 1)), "VEC3", 34962, False),
        (np.array([[0, 0], [1, 0], [0, 1]], "f4"), "VEC2", 34962, False),
        (np.array([[0, 1, 0, 0]] * 3, "u1"), "VEC4", 34962, False),
        (np.array([[0.5, 0.5, 0, 0]] * 3, "f4"), "VEC4", 34962, False),
        (np.array([0, 1, 2], "u2"), "SCALAR", 34963, False),
        (np.tile(np.eye(4, dtype="f4").reshape(1, 16), (2, 1)), "MAT4", None, False),
        (np.array([0, 0.5, 1], "f4"), "SCALAR", None, True),
        (np.tile(np.array([0, 0, 0, 1], "f4"), (3, 1)), "VEC4", None, False),
        (np.ones((3, 3), "f4"), "VEC3", 34962, True),
    ]
    types = {"f4": 5126, "u1": 5121, "u2": 5123}
    data, views, accessors = b"", [], []
    for array, kind, target, bounds in arrays:
        data += bytes(-len(data) % 4)
        view: Json = {"buffer": 0, "byteOffset": len(data), "byteLength": array.nbytes}
        views.append(view | ({"target": target} if target else {}))
        accessor: Json = {"bufferView": len(views) - 1, "componentType": types[array.dtype.str[1:]]}
        accessor |= {"count": len(array), "type": kind}
        if bounds:
            flat = array.reshape(len(array), -1)
            accessor |= {"min": flat.min(axis=0).tolist(), "max": flat.max(axis=0).tolist()}
        accessors.append(accessor)
        data += array.tobytes()
    attributes = {"POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2, "JOINTS_0": 3, "WEIGHTS_0": 4}
    primitive = {"attributes": attributes, "indices": 5, "material": 0, "targets": [{"POSITION": 9}]}
    made = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": len(data)}],
        "bufferViews": views,
        "accessors": accessors,
        "images": [{"uri": uri(PIXEL, "image/png")}],
        "samplers": [{"wrapS": 33071}],
        "textures": [{"source": 0, "sampler": 0}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "meshes": [{"primitives": [primitive], "weights": [0.0]}],
        "skins": [{"joints": [1, 2], "inverseBindMatrices": 6}],
        "nodes": [{"mesh": 0, "skin": 0}, {"children": [2]}, {"name": "tip"}],
        "scenes": [{"nodes": [0, 1]}],
        "scene": 0,
        "animations": [
            {
                "samplers": [{"input": 7, "output": 8}],
                "channels": [{"sampler": 0, "target": {"node": 2, "path": "rotation"}}],
            }
        ],
    }
    return made, data


def put(folder: Path, made: Json, data: bytes) -> Path:
    made = copy.deepcopy(made)
    made["buffers"][0].setdefault("uri", uri(data))
    path = folder / "case.gltf"
    path.write_text(json.dumps(made))
    return path


def errors(path: Path) -> set[tuple[str, str]]:
    return {(m.code, m.pointer) for m in validate(path).messages if m.severity == "error"}


def everything(path: Path) -> set[tuple[str, str]]:
    return {(m.code, m.pointer) for m in validate(path).messages}


def test_sound_file_is_valid(tmp_path: Path) -> None:
    made, data = sound()
    report = validate(put(tmp_path, made, data))
    assert (report.verdict, exit_code(report)) == ("valid", 0)
    assert [m for m in report.messages if m.severity != "info"] == []
    made["buffers"][0]["byteLength"] = len(data)
    glb = tmp_path / "case.glb"
    glb.write_bytes(pack(json.dumps({**made, "images": [], "textures": [], "materials": [{}]}).encode(), data))
    assert errors(glb) == {("EMPTY_ENTITY", "/images"), ("EMPTY_ENTITY", "/textures")}


P, N, A = "/meshes/0/primitives/0", "/nodes", "/accessors"
BREAKS: list[tuple[str, Any, str, str]] = [
    # (what to set, to what; None deletes, code, place)
    ("/asset", None, "UNDEFINED_PROPERTY", ""),
    ("/asset/version", "3.0", "UNKNOWN_ASSET_MAJOR_VERSION", "/asset/version"),
    ("/asset/version", "x", "PATTERN_MISMATCH", "/asset/version"),
    ("/asset/minVersion", "2.5", "ASSET_MIN_VERSION_GREATER_THAN_VERSION", "/asset/minVersion"),
    ("/scene", 7, "UNRESOLVED_REFERENCE", "/scene"),
    ("/scene", -1, "INVALID_INDEX", "/scene"),
    ("/cameras", [], "EMPTY_ENTITY", "/cameras"),
    (
        "/cameras",
        [{"type": "perspective", "perspective": {"yfov": 0, "znear": 1}}],
        "VALUE_NOT_IN_RANGE",
        "/cameras/0/perspective/yfov",
    ),
    (
        "/cameras",
        [{"type": "orthographic", "orthographic": {"xmag": 0, "ymag": 1, "znear": 1, "zfar": 1}}],
        "CAMERA_ZFAR_LEQUAL_ZNEAR",
        "/cameras/0/orthographic",
    ),
    ("/buffers/0/byteLength", 4096, "BUFFER_BYTE_LENGTH_MISMATCH", "/buffers/0"),
    ("/buffers/0/uri", uri(b"x", "text/plain"), "BUFFER_DATA_URI_MIME_TYPE_INVALID", "/buffers/0/uri"),
    ("/buffers/0/uri", "data:x", "INVALID_URI", "/buffers/0/uri"),
    ("/buffers/0/uri", "not there.bin", "IO_ERROR", "/buffers/0/uri"),
    ("/bufferViews/0/byteLength", 4096, "BUFFER_VIEW_TOO_LONG", "/bufferViews/0/byteLength"),
    ("/bufferViews/0/buffer", 3, "UNRESOLVED_REFERENCE", "/bufferViews/0/buffer"),
    ("/bufferViews/0/byteStride", 10, "VALUE_MULTIPLE_OF", "/bufferViews/0/byteStride"),
    ("/bufferViews/0/byteStride", 8, "ACCESSOR_SMALL_BYTESTRIDE", f"{A}/0"),
    ("/bufferViews/5/byteStride", 4, "MESH_PRIMITIVE_INDICES_ACCESSOR_WITH_BYTESTRIDE", f"{P}/indices"),
    ("/bufferViews/6/byteStride", 64, "SKIN_IBM_ACCESSOR_WITH_BYTESTRIDE", "/skins/0/inverseBindMatrices"),
    ("/bufferViews/0/target", 34963, "BUFFER_VIEW_TARGET_OVERRIDE", f"{P}/attributes/POSITION"),
    (f"{A}/0/count", 4, "ACCESSOR_TOO_LONG", f"{A}/0"),
    (f"{A}/0/count", 0, "VALUE_NOT_IN_RANGE", f"{A}/0/count"),
    (f"{A}/0/byteOffset", 2, "ACCESSOR_OFFSET_ALIGNMENT", f"{A}/0/byteOffset"),
    (f"{A}/0/min", [0, 0], "ARRAY_LENGTH_NOT_IN_LIST", f"{A}/0/min"),
    (f"{A}/0/min", None, "MESH_PRIMITIVE_POSITION_ACCESSOR_WITHOUT_BOUNDS", f"{P}/attributes/POSITION"),
    (f"{A}/0/max", [0.5, 1, 0], "ACCESSOR_MAX_MISMATCH", f"{A}/0/max/0"),
    (f"{A}/0/max", [0.5, 1, 0], "ACCESSOR_ELEMENT_OUT_OF_MAX_BOUND", f"{A}/0/max/0"),
    (f"{A}/0/normalized", True, "ACCESSOR_NORMALIZED_INVALID", f"{A}/0/normalized"),
    (f"{A}/1/componentType", 5125, "MESH_PRIMITIVE_ATTRIBUTES_ACCESSOR_INVALID_FORMAT", f"{P}/attributes/NORMAL"),
    (f"{A}/2/count", 2, "MESH_PRIMITIVE_UNEQUAL_ACCESSOR_COUNT", f"{P}/attributes/TEXCOORD_0"),
    (f"{A}/9/count", 2, "MESH_PRIMITIVE_MORPH_TARGET_INVALID_ATTRIBUTE_COUNT", f"{P}/targets/0/POSITION"),
    (f"{P}/targets/0/TANGENT", 9, "MESH_PRIMITIVE_MORPH_TARGET_NO_BASE_ACCESSOR", f"{P}/targets/0/TANGENT"),
    (f"{P}/attributes/TEXCOORD_2", 2, "MESH_PRIMITIVE_INDEXED_SEMANTIC_CONTINUITY", f"{P}/attributes"),
    (f"{P}/attributes/UV", 2, "MESH_PRIMITIVE_INVALID_ATTRIBUTE", f"{P}/attributes/UV"),
    (f"{P}/attributes/WEIGHTS_0", None, "MESH_PRIMITIVE_JOINTS_WEIGHTS_MISMATCH", f"{P}/attributes"),
    (f"{P}/attributes/TEXCOORD_0", None, "MESH_PRIMITIVE_TOO_FEW_TEXCOORDS", f"{P}/material"),
    (f"{P}/mode", 9, "VALUE_NOT_IN_RANGE", f"{P}/mode"),
    (f"{P}/material", 1, "UNRESOLVED_REFERENCE", f"{P}/material"),
    ("/meshes/0/weights", [0, 1], "MESH_INVALID_WEIGHTS_COUNT", "/meshes/0/weights"),
    ("/meshes/0/primitives", None, "UNDEFINED_PROPERTY", "/meshes/0"),
    (f"{N}/0/weights", [1, 2], "NODE_WEIGHTS_INVALID", f"{N}/0/weights"),
    (f"{N}/2/children", [1], "NODE_LOOP", f"{N}/2"),
    (f"{N}/0/children", [2], "NODE_PARENT_OVERRIDE", f"{N}/1/children/0"),
    (f"{N}/2/rotation", [0, 0, 0, 0.5], "ROTATION_NON_UNIT", f"{N}/2/rotation"),
    (f"{N}/2/matrix", [1] * 16, "NODE_MATRIX_NON_TRS", f"{N}/2/matrix"),
    (f"{N}/2/skin", 0, "UNSATISFIED_DEPENDENCY", f"{N}/2/skin"),
    ("/scenes/0/nodes", [0, 1, 2], "SCENE_NON_ROOT_NODE", "/scenes/0/nodes/2"),
    ("/scenes/0/nodes", [0], "NODE_SKIN_NO_SCENE", f"{N}/0"),
    ("/scenes/0/nodes", [0, 0], "DUPLICATE_ELEMENTS", "/scenes/0/nodes/1"),
    ("/skins/0/joints", [1, 0], "SKIN_NO_COMMON_ROOT", "/skins/0/joints"),
    ("/skins/0/skeleton", 0, "SKIN_SKELETON_INVALID", "/skins/0/skeleton"),
    ("/skins/0/joints", [1], "ACCESSOR_JOINTS_INDEX_OOB", f"{P}/attributes/JOINTS_0"),
    (f"{A}/6/count", 1, "INVALID_IBM_ACCESSOR_COUNT", "/skins/0/inverseBindMatrices"),
    ("/animations/0/channels/0/sampler", 4, "UNRESOLVED_REFERENCE", "/animations/0/channels/0/sampler"),
    (
        "/animations/0/channels/0/target/path",
        "scale",
        "ANIMATION_SAMPLER_OUTPUT_ACCESSOR_INVALID_FORMAT",
        "/animations/0/channels/0/sampler",
    ),
    (f"{A}/8/count", 2, "ANIMATION_SAMPLER_OUTPUT_ACCESSOR_INVALID_COUNT", "/animations/0/channels/0/sampler"),
    (f"{A}/7/max", None, "ANIMATION_SAMPLER_INPUT_ACCESSOR_WITHOUT_BOUNDS", "/animations/0/samplers/0/input"),
    ("/images/0/uri", uri(PIXEL, "image/jpeg"), "INVALID_URI", "/images/0/uri"),
    ("/images/0/bufferView", 0, "ONE_OF_MISMATCH", "/images/0"),
    ("/materials/0/emissiveFactor", [0, 0, 2], "VALUE_NOT_IN_RANGE", "/materials/0/emissiveFactor/2"),
    ("/materials/0/normalTexture", {"index": 0}, "MESH_PRIMITIVE_GENERATED_TANGENT_SPACE", f"{P}/material"),
    ("/materials/0/doubleSided", 1, "TYPE_MISMATCH", "/materials/0/doubleSided"),
    (
        "/materials/0/extensions",
        {"KHR_materials_unlit": {}},
        "UNDECLARED_EXTENSION",
        "/materials/0/extensions/KHR_materials_unlit",
    ),
    ("/extensionsRequired", ["KHR_materials_unlit"], "UNUSED_EXTENSION_REQUIRED", "/extensionsRequired/0"),
    ("/extensionsUsed", ["KHR_mesh_quantization"], "NON_REQUIRED_EXTENSION", "/extensionsUsed/0"),
    ("/extensionsUsed", ["Foo"], "INVALID_EXTENSION_NAME_FORMAT", "/extensionsUsed/0"),
    ("/nodes/1/colour~/x", 1, "UNEXPECTED_PROPERTY", "/nodes/1/colour~0~1x"),
    ("/materials/0/alphaMode", "SEETHROUGH", "VALUE_NOT_IN_LIST", "/materials/0/alphaMode"),
]


@pytest.mark.parametrize(("place", "value", "code", "pointer"), BREAKS)
def test_one_fault_is_found_at_its_place(tmp_path: Path, place: str, value: Any, code: str, pointer: str) -> None:
    made, data = sound()
    head, last = ("/nodes/1", "colour~/x") if "~" in place else place.rsplit("/", 1)
    inner: Any = made
    for step in head.split("/")[1:]:
        inner = inner[int(step) if isinstance(inner, list) else step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value
    report = validate(put(tmp_path, made, data))
    found = {(m.code, m.pointer): m.severity for m in report.messages}
    assert (code, pointer) in found
    assert found[code, pointer] == SEVERITY[code]
    assert (report.verdict == "invalid") == any(m.severity == "error" for m in report.messages)


def poke(array: int, index: int, value: bytes) -> Callable[[Json, bytearray], None]:
    def change(made: Json, data: bytearray) -> None:
        at = made["bufferViews"][array]["byteOffset"] + index
        data[at : at + len(value)] = value

    return change


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        (poke(2, 0, struct.pack("<f", np.nan)), "ACCESSOR_INVALID_FLOAT", f"{A}/2"),
        (poke(1, 8, struct.pack("<f", 2)), "ACCESSOR_VECTOR3_NON_UNIT", f"{P}/attributes/NORMAL"),
        (poke(5, 0, b"\x03\0"), "ACCESSOR_INDEX_OOB", f"{P}/indices"),
        (poke(5, 0, b"\xff\xff"), "ACCESSOR_INDEX_PRIMITIVE_RESTART", f"{P}/indices"),
        (poke(5, 0, b"\x01\0"), "ACCESSOR_INDEX_TRIANGLE_DEGENERATE", f"{P}/indices"),
        (poke(3, 1, b"\x07"), "ACCESSOR_JOINTS_INDEX_OOB", f"{P}/attributes/JOINTS_0"),
        (poke(3, 1, b"\0"), "ACCESSOR_JOINTS_INDEX_DUPLICATE", f"{P}/attributes/JOINTS_0"),
        (poke(3, 2, b"\1"), "ACCESSOR_JOINTS_USED_ZERO_WEIGHT", f"{P}/attributes/JOINTS_0"),
        (poke(4, 0, struct.pack("<f", 0.4)), "ACCESSOR_WEIGHTS_NON_NORMALIZED", f"{P}/attributes/WEIGHTS_0"),
        (poke(4, 0, struct.pack("<f", -0.5)), "ACCESSOR_WEIGHTS_NEGATIVE", f"{P}/attributes/WEIGHTS_0"),
        (poke(6, 12, struct.pack("<f", 1)), "ACCESSOR_INVALID_IBM", "/skins/0/inverseBindMatrices"),
        (poke(7, 4, struct.pack("<f", 0)), "ACCESSOR_ANIMATION_INPUT_NON_INCREASING", "/animations/0/samplers/0/input"),
        (poke(7, 0, struct.pack("<f", -1)), "ACCESSOR_ANIMATION_INPUT_NEGATIVE", "/animations/0/samplers/0/input"),
        (
            poke(8, 12, struct.pack("<f", 2)),
            "ACCESSOR_ANIMATION_SAMPLER_OUTPUT_NON_NORMALIZED_QUATERNION",
            "/animations/0/channels/0/sampler",
        ),
    ],
)
def test_wrong_numbers_are_found(
    tmp_path: Path, change: Callable[[Json, bytearray], None], code: str, pointer: str
) -> None:
    made, data = sound()
    changed = bytearray(data)
    change(made, changed)
    assert (code, pointer) in everything(put(tmp_path, made, bytes(changed)))


def test_sparse_indices(tmp_path: Path) -> None:
    made, data = sound()
    made["bufferViews"] += [
        {"buffer": 0, "byteOffset": len(data), "byteLength": 4},
        {"buffer": 0, "byteOffset": len(data) + 4, "byteLength": 24},
    ]
    made["buffers"][0]["byteLength"] += 28
    sparse = {"count": 2, "indices": {"bufferView": 10, "componentType": 5123}, "values": {"bufferView": 11}}
    made["accessors"].append({"componentType": 5126, "count": 4, "type": "VEC3", "sparse": sparse})
    for indices, code in (((2, 2), "ACCESSOR_SPARSE_INDICES_NON_INCREASING"), ((1, 4), "ACCESSOR_SPARSE_INDEX_OOB")):
        path = put(tmp_path, made, data + struct.pack("<2H", *indices) + bytes(24))
        assert errors(path) == {(code, f"{A}/10/sparse")}


GLB: list[tuple[Callable[[bytes], bytes], str]] = [
    (lambda b: b[:8], "GLB_UNEXPECTED_END_OF_HEADER"),
    (lambda b: b"glTG" + b[4:], "GLB_INVALID_MAGIC"),
    (lambda b: b[:4] + struct.pack("<I", 1) + b[8:], "GLB_INVALID_VERSION"),
    (lambda b: b[:8] + struct.pack("<I", 12) + b[12:], "GLB_LENGTH_TOO_SMALL"),
    (lambda b: b[:8] + struct.pack("<I", len(b) + 4) + b[12:], "GLB_LENGTH_MISMATCH"),
    (lambda b: b + bytes(8), "GLB_EXTRA_DATA"),
    (lambda b: b[:-4], "GLB_UNEXPECTED_END_OF_CHUNK_DATA"),
    (lambda b: b[:16] + b"ABCD" + b[20:], "GLB_UNEXPECTED_FIRST_CHUNK"),
    (lambda b: b[:8] + struct.pack("<I", len(b) + 4) + b[12:] + bytes(4), "GLB_UNEXPECTED_END_OF_CHUNK_HEADER"),
    (
        lambda b: b[:8] + struct.pack("<I", len(b) + 8) + b[12:] + struct.pack("<I4s", 0, b"BIN\0"),
        "GLB_DUPLICATE_CHUNK",
    ),
    (
        lambda b: b[:8] + struct.pack("<I", len(b) + 8) + b[12:] + struct.pack("<I4s", 0, b"ABCD"),
        "GLB_UNKNOWN_CHUNK_TYPE",
    ),
]


@pytest.mark.parametrize(("change", "code"), GLB)
def test_container(tmp_path: Path, change: Callable[[bytes], bytes], code: str) -> None:
    made, data = sound()
    for key in ("images", "textures", "samplers", "materials"):
        del made[key]
    del made["meshes"][0]["primitives"][0]["material"]
    path = tmp_path / "case.glb"
    path.write_bytes(pack(json.dumps(made).encode(), data))
    assert errors(path) == set()
    path.write_bytes(change(path.read_bytes()))
    report = validate(path)
    assert code in {m.code for m in report.messages}


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b'{"asset":{"version":"2.0"}}}', b'{"asset":NaN}', b"\xef\xbb\xbf{}", b"\xff", b"{" * 9999],
)
def test_bad_text_is_invalid_and_never_raises(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "case.gltf"
    path.write_bytes(text)
    report = validate(path)
    assert (report.verdict, exit_code(report)) == ("invalid", 1)
    assert report.lines()[-1].endswith(" error, 0 warning, 0 info, 0 hint)")


def test_missing_file(tmp_path: Path) -> None:
    report = validate(tmp_path / "nothing.glb")
    assert [(m.code, m.severity) for m in report.messages] == [("IO_ERROR", "error")]


def test_what_the_loader_refuses_is_never_valid(tmp_path: Path) -> None:
    path = tmp_path / "case.gltf"
    path.write_text(
        json.dumps({"asset": {"version": "2.0"}, "extensionsUsed": ["ACME_x"], "extensionsRequired": ["ACME_x"]})
    )
    assert errors(path) == {("PRESENCE_UNSUPPORTED_EXTENSION", "/extensionsRequired/0")}
    path.write_text(json.dumps({"asset": {"version": "2.0"}, "nodes": [{"extras": {}}] * 20000}))
    assert {code for code, _ in errors(path)} == {"PRESENCE_LIMIT"}


def test_pictures_that_the_loader_stands_in_for(tmp_path: Path) -> None:
    """A picture that is only KTX2 is a note; a wrap that there is not and a damaged picture are errors."""
    made, data = sound()
    name = "KHR_texture_basisu"
    made["textures"][0] = {"extensions": {name: {"source": 0}}, "sampler": 0}
    made |= {"extensionsUsed": [name], "extensionsRequired": [name]}
    report = validate(put(tmp_path, made, data))
    assert report.verdict == "valid"
    assert any("KTX2" in m.message for m in report.messages if m.code == "PRESENCE_NOTE")
    made, data = sound()
    made["samplers"][0]["wrapS"] = 7
    made["images"][0]["uri"] = uri(PIXEL[:-20] + bytes(20), "image/png")
    found = errors(put(tmp_path, made, data))
    assert found == {("PRESENCE_REPLACED", "/samplers/0/wrapS"), ("IMAGE_DATA_INVALID", "/images/0")}


def test_what_the_loader_alone_refuses_or_replaces_is_said(tmp_path: Path) -> None:
    made, data = sound()
    made["nodes"][1]["translation"] = [1e30, 0, 0]
    assert errors(put(tmp_path, made, data)) == {("PRESENCE_REFUSED", "/nodes/1/translation/0")}
    made["nodes"][1]["translation"] = [0, 0, 0]
    made["images"][0]["uri"] = "elsewhere.png"
    found = everything(put(tmp_path, made, data))
    assert {("IO_ERROR", "/images/0/uri"), ("PRESENCE_NOTE", "")} <= found


def test_many_messages_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "case.gltf"
    path.write_text(json.dumps({"asset": {"version": "2.0"}, "nodes": [{}] * 2000}))
    report = validate(path)
    assert len(report.messages) == MOST_OTHERS < MOST_MESSAGES
    assert sum(report.counts.values()) == len(report.messages) + report.omitted >= 4000
    journal = Journal()
    journal.add("ACCESSOR_INVALID_FLOAT", "/x", "a", 40)
    for _ in range(MOST_ALIKE + 5):
        journal.add("ACCESSOR_INVALID_FLOAT", "/x", "\x1b[2J\n")
    found = journal.report("f")
    assert found.counts["error"] == 40 + MOST_ALIKE + 5 == len(found.messages) + found.omitted
    assert all(m.message.isprintable() for m in found.messages)


def test_report_is_plain_data(tmp_path: Path) -> None:
    report = validate(tmp_path / "nothing.glb")
    plain = json.loads(json.dumps(report.as_dict()))
    assert list(plain) == ["path", "verdict", "counts", "omitted", "messages"]
    assert set(plain["messages"][0]) == {"code", "severity", "pointer", "message"}
    assert set(SEVERITY.values()) == set(SEVERITIES)


def test_the_page_explains_every_code_of_our_own() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "VALIDATE.md").read_text()
    rows = {line.split("|")[1].strip(" `"): line for line in page.splitlines() if line.startswith("| `")}
    assert set(rows) == set(OWN)
    assert all(f"| {severity} |" in rows[code] for code, (severity, _) in OWN.items())


@pytest.mark.skipif(not AVATARS.is_dir(), reason=f"needs {SHARED}/data")
def test_real_files_get_the_verdict_of_the_khronos_validator() -> None:
    """The nine .gltf files whose buffers or pictures lie elsewhere are invalid for that reason only."""
    for path in sorted(AVATARS.iterdir()):
        if path.suffix in (".vrm", ".glb"):
            assert validate(path).verdict == "valid", path.name
        elif path.suffix == ".gltf":
            assert {code for code, _ in errors(path)} == {"IO_ERROR"}, path.name
