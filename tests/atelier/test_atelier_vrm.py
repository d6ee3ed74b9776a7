"""The companion's file against the rules of glTF 2.0 and VRM 1.0, and against the scripts that make it."""

from __future__ import annotations

import importlib.util
import json
import struct
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from avatar.model.load import load
from avatar.model.model import HUMAN_BONES, REQUIRED_BONES

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "assets" / "companions" / "hikari.vrm"
SIZES = {5121: ("u1", 1), 5123: ("<u2", 2), 5125: ("<u4", 4), 5126: ("<f4", 4)}
WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class File:
    def __init__(self, data: bytes) -> None:
        magic, version, length = struct.unpack_from("<III", data)
        assert (magic, version, length) == (0x46546C67, 2, len(data))
        size, kind = struct.unpack_from("<II", data, 12)
        assert kind == 0x4E4F534A
        assert size % 4 == 0
        self.json: dict[str, Any] = json.loads(data[20 : 20 + size])
        bin_size, kind = struct.unpack_from("<II", data, 20 + size)
        assert kind == 0x004E4942
        assert bin_size % 4 == 0
        self.bin = data[28 + size : 28 + size + bin_size]

    def view(self, index: int) -> bytes:
        v = self.json["bufferViews"][index]
        return self.bin[v["byteOffset"] : v["byteOffset"] + v["byteLength"]]

    def array(self, index: int) -> np.ndarray:
        a = self.json["accessors"][index]
        shape = (a["count"], WIDTH[a["type"]])
        kind, _ = SIZES[a["componentType"]]
        out = np.zeros(shape, kind)
        if "bufferView" in a:
            out = np.frombuffer(self.view(a["bufferView"]), kind, shape[0] * shape[1]).reshape(shape).copy()
        if "sparse" in a:
            s = a["sparse"]
            rows = np.frombuffer(self.view(s["indices"]["bufferView"]), SIZES[s["indices"]["componentType"]][0])
            values = np.frombuffer(self.view(s["values"]["bufferView"]), kind)
            out[rows[: s["count"]]] = values[: s["count"] * shape[1]].reshape(-1, shape[1])
        return out


@pytest.fixture(scope="module")
def file() -> File:
    return File(FILE.read_bytes())


@pytest.fixture(scope="module")
def built() -> tuple[bytes, bytes]:
    path = ROOT / "assets" / "atelier" / "build.py"
    spec = importlib.util.spec_from_file_location("atelier_build", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["atelier_build"] = module
    spec.loader.exec_module(module)
    return module.companion().tobytes(), module.companion().tobytes()


def primitives(file: File) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(m, p) for m in file.json["meshes"] for p in m["primitives"]]


def rest_positions(file: File) -> np.ndarray:
    nodes = file.json["nodes"]
    at = np.zeros((len(nodes), 3))

    def walk(i: int, base: np.ndarray) -> None:
        at[i] = base + nodes[i].get("translation", [0, 0, 0])
        for c in nodes[i].get("children", []):
            walk(c, at[i])

    walk(file.json["scenes"][0]["nodes"][0], np.zeros(3))
    return at


def test_our_loader_takes_it() -> None:
    model = load(FILE)
    assert model.kind == "vrm1"
    assert set(HUMAN_BONES) <= set(model.humanoid)
    assert 1.60 < model.height() < 1.72
    assert {"aa", "ih", "ou", "ee", "oh", "blink", "happy", "lipPress", "smile"} <= set(model.expressions)
    assert len(model.springs) >= 8
    assert all(m.mtoon is not None for m in model.materials)


def test_small_and_few_draws(file: File) -> None:
    assert FILE.stat().st_size <= 2_500_000
    assert len(primitives(file)) <= 12


def test_views_and_accessors_keep_the_rules(file: File) -> None:
    end = 0
    for v in file.json["bufferViews"]:
        assert v["byteOffset"] % 4 == 0
        assert v["byteOffset"] >= end
        end = v["byteOffset"] + v["byteLength"]
    assert end <= file.json["buffers"][0]["byteLength"] <= len(file.bin)
    for i, a in enumerate(file.json["accessors"]):
        if "min" in a:
            values = file.array(i)
            np.testing.assert_allclose(values.min(0), a["min"], atol=1e-7)
            np.testing.assert_allclose(values.max(0), a["max"], atol=1e-7)
    for _, p in primitives(file):
        assert "min" in file.json["accessors"][p["attributes"]["POSITION"]]
        for target in p.get("targets", []):
            assert "min" in file.json["accessors"][target["POSITION"]]
        counts = {file.json["accessors"][i]["count"] for i in p["attributes"].values()}
        assert len(counts) == 1
        assert file.array(p["indices"]).max() < counts.pop()


def test_vrm_extension(file: File) -> None:
    used = set(file.json["extensionsUsed"])
    ours = {"VRMC_vrm", "VRMC_springBone", "VRMC_materials_mtoon", "VRMC_node_constraint", "KHR_materials_unlit"}
    assert used == ours
    vrm = file.json["extensions"]["VRMC_vrm"]
    assert vrm["specVersion"] == "1.0"
    bones = vrm["humanoid"]["humanBones"]
    assert set(REQUIRED_BONES) <= set(bones)
    places = [b["node"] for b in bones.values()]
    assert len(set(places)) == len(places)
    meta = vrm["meta"]
    assert meta["name"] == "Hikari"
    assert meta["authors"]
    assert meta["licenseUrl"] == "https://vrm.dev/licenses/1.0/"
    assert meta["modification"] == "allowModificationRedistribution"
    assert meta["allowPoliticalOrReligiousUsage"] is True
    assert not meta["allowExcessivelyViolentUsage"]
    assert not meta["allowExcessivelySexualUsage"]
    presets = {"happy", "angry", "sad", "relaxed", "surprised", "neutral", "aa", "ih", "ou", "ee", "oh"}
    presets |= {"blink", "blinkLeft", "blinkRight", "lookUp", "lookDown", "lookLeft", "lookRight"}
    assert set(vrm["expressions"]["preset"]) == presets
    assert {"lipPress", "lipBite", "browUp", "browDown", "smile"} <= set(vrm["expressions"]["custom"])
    for group in vrm["expressions"].values():
        for name, e in group.items():
            for bind in e.get("morphTargetBinds", []):
                mesh = file.json["meshes"][file.json["nodes"][bind["node"]]["mesh"]]
                assert mesh["extras"]["targetNames"][bind["index"]]
                assert 0 < bind["weight"] <= 1
            if not name.startswith("look") and name != "neutral":
                assert e.get("morphTargetBinds"), f"{name} moves nothing"
    for key in ("Inner", "Outer"):
        assert 0 < vrm["lookAt"][f"rangeMapHorizontal{key}"]["outputScale"] < 30


def test_bones_rest_without_rotation_and_hang_together(file: File) -> None:
    nodes = file.json["nodes"]
    assert not any("rotation" in n or "scale" in n or "matrix" in n for n in nodes)
    parents = {c: i for i, n in enumerate(nodes) for c in n.get("children", [])}
    bones = {k: b["node"] for k, b in file.json["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"].items()}
    for name, parent in (
        ("spine", "hips"),
        ("head", "neck"),
        ("leftHand", "leftLowerArm"),
        ("rightFoot", "rightLowerLeg"),
    ):
        assert parents[bones[name]] == bones[parent]
    at = rest_positions(file)
    assert at[bones["leftHand"]][0] > 0.5
    assert at[bones["leftToes"]][2] > at[bones["leftFoot"]][2], "faces +Z"


def test_every_weight_is_whole_and_near(file: File) -> None:
    at = rest_positions(file)
    nodes, skin = file.json["nodes"], file.json["skins"][0]["joints"]
    tips = [[at[c] for c in nodes[j].get("children", []) if "mesh" not in nodes[c]] for j in skin]
    for mesh, p in primitives(file):
        x = file.array(p["attributes"]["POSITION"]).astype(float)
        joints, weights = file.array(p["attributes"]["JOINTS_0"]), file.array(p["attributes"]["WEIGHTS_0"])
        np.testing.assert_allclose(weights.sum(1), 1, atol=2e-6)
        assert (joints[weights == 0] == 0).all()
        for column in range(4):
            for j in np.unique(joints[:, column]):
                rows = (joints[:, column] == j) & (weights[:, column] > 0)
                start = at[skin[j]]
                distance = np.linalg.norm(x[rows] - start, axis=1)
                for tip in tips[j]:
                    way = tip - start
                    t = np.clip((x[rows] - start) @ way / (way @ way), 0, 1)
                    distance = np.minimum(distance, np.linalg.norm(x[rows] - start - t[:, None] * way, axis=1))
                assert distance.max(initial=0) < 0.35, f"{mesh['name']}: {nodes[skin[j]]['name']}"


def test_inverse_binds_undo_the_rest_pose(file: File) -> None:
    skin = file.json["skins"][0]
    matrices = file.array(skin["inverseBindMatrices"]).reshape(-1, 4, 4)
    at = rest_positions(file)[skin["joints"]]
    np.testing.assert_allclose(matrices[:, 3, :3], -at, atol=1e-5)
    np.testing.assert_allclose(matrices[:, :3, :3], np.tile(np.eye(3), (len(at), 1, 1)))


def test_no_triangle_without_area_and_no_bent_normals(file: File) -> None:
    for mesh, p in primitives(file):
        x = file.array(p["attributes"]["POSITION"]).astype(float)
        t = file.array(p["indices"]).reshape(-1, 3)
        area = np.linalg.norm(np.cross(x[t[:, 1]] - x[t[:, 0]], x[t[:, 2]] - x[t[:, 0]]), axis=1) / 2
        assert area.min() > 1e-11, mesh["name"]
        normals = file.array(p["attributes"]["NORMAL"])
        np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-3, err_msg=mesh["name"])


def test_body_triangles_face_out(file: File) -> None:
    """Winding and normals agree, so back faces can be left out."""
    for mesh, p in primitives(file):
        if mesh["name"] not in ("skin", "blouse", "dress"):
            continue
        x = file.array(p["attributes"]["POSITION"]).astype(float)
        t = file.array(p["indices"]).reshape(-1, 3)
        face = np.cross(x[t[:, 1]] - x[t[:, 0]], x[t[:, 2]] - x[t[:, 0]])
        normals = file.array(p["attributes"]["NORMAL"])[t].mean(1)
        assert ((face * normals).sum(1) > 0).mean() > 0.97


def test_materials_are_mtoon(file: File) -> None:
    for m in file.json["materials"]:
        toon = m["extensions"]["VRMC_materials_mtoon"]
        assert toon["specVersion"] == "1.0"
        assert toon["outlineWidthMode"] in ("none", "worldCoordinates")
        assert 0 <= toon["outlineWidthFactor"] < 0.003
        assert all(0 <= v <= 1 for v in (*toon["shadeColorFactor"], *m["pbrMetallicRoughness"]["baseColorFactor"]))
        assert "KHR_materials_unlit" in m["extensions"]
        assert m["alphaMode"] in ("OPAQUE", "MASK", "BLEND")


def test_springs_name_joints_in_chains(file: File) -> None:
    springs = file.json["extensions"]["VRMC_springBone"]
    nodes = file.json["nodes"]
    names = [g["name"] for g in springs["colliderGroups"]]
    assert {"head", "neck", "hips", "leftUpperLeg", "rightLowerLeg"} <= set(names)
    seen: set[int] = set()
    for s in springs["springs"]:
        chain = [j["node"] for j in s["joints"]]
        assert not seen & set(chain)
        seen |= set(chain)
        for a, b in pairwise(chain):
            assert b in nodes[a]["children"]
        for j in s["joints"]:
            assert 0 <= j["dragForce"] <= 1
            assert j["hitRadius"] >= 0
        assert all(0 <= g < len(names) for g in s["colliderGroups"])
    assert sum(s["name"].startswith("skirt") for s in springs["springs"]) >= 8


def test_images_are_pictures(file: File) -> None:
    for image in file.json["images"]:
        assert image["mimeType"] == "image/png"
        pixels = cv2.imdecode(np.frombuffer(file.view(image["bufferView"]), np.uint8), cv2.IMREAD_UNCHANGED)
        assert pixels is not None
        assert min(pixels.shape[:2]) >= 8


@pytest.mark.slow
def test_building_twice_gives_the_same_bytes(built: tuple[bytes, bytes]) -> None:
    assert built[0] == built[1]


def pulls(joints: Any, weights: Any) -> Any:
    """(V, J) how much each joint pulls at each vertex, whatever the order in which they are written: of two that pull
    alike another processor may name the other first."""
    out = np.zeros((len(joints), int(joints.max()) + 1))
    np.add.at(out, (np.arange(len(joints))[:, None], joints.astype(int)), weights.astype(float))
    return out


def test_committed_file_is_what_the_scripts_build(built: tuple[bytes, bytes], file: File) -> None:
    """Alike in every word, and in every number to a tenth of a millimetre (another processor may round otherwise)."""
    fresh = File(built[0])

    def words(j: dict[str, Any]) -> dict[str, Any]:
        plain = {k: v for k, v in j.items() if k not in ("accessors", "bufferViews", "buffers")}
        return plain | {"nodes": [{k: v for k, v in n.items() if k != "translation"} for n in j["nodes"]]}

    assert words(fresh.json) == words(file.json)
    np.testing.assert_allclose(rest_positions(fresh), rest_positions(file), atol=1e-4)
    assert len(fresh.json["accessors"]) == len(file.json["accessors"])
    skins = {
        p["attributes"]["JOINTS_0"]: p["attributes"]["WEIGHTS_0"]
        for mesh in file.json["meshes"]
        for p in mesh["primitives"]
        if "JOINTS_0" in p["attributes"]
    }
    for joints, weights in skins.items():
        np.testing.assert_allclose(*(pulls(f.array(joints), f.array(weights)) for f in (file, fresh)), atol=2e-3)
    for i, a in enumerate(file.json["accessors"]):
        assert a["count"] == fresh.json["accessors"][i]["count"]
        if i in (*skins, *skins.values()):
            continue
        one, two = file.array(i).astype(float), fresh.array(i).astype(float)
        np.testing.assert_allclose(one, two, atol=1e-4 if a["type"] == "VEC3" else 2e-3)
    for old, new in zip(file.json["images"], fresh.json["images"], strict=True):
        one, two = (
            cv2.imdecode(np.frombuffer(f.view(i["bufferView"]), np.uint8), cv2.IMREAD_UNCHANGED).astype(int)
            for f, i in ((file, old), (fresh, new))
        )
        assert np.abs(one - two).max() <= 2
