"""The rules of VRM 0.x, VRM 1.0, springs, constraints, MToon and VRMA: each fault is found at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import SHARED, TRIANGLE, Gltf, png

from avatar.model.codes import SEVERITY
from avatar.model.validate import validate

Json = dict[str, Any]
META = {"name": "Ada", "authors": ["someone"], "licenseUrl": "https://vrm.dev/licenses/1.0/"}
VRMA = SHARED / "data" / "motions" / "threevrm_test.vrma"


def triangle(g: Gltf) -> int:
    low, high = TRIANGLE.min(axis=0).tolist(), TRIANGLE.max(axis=0).tolist()
    targets = [{"POSITION": g.accessor(TRIANGLE, min=low, max=high)}]
    mesh = g.mesh({"POSITION": g.accessor(TRIANGLE, min=low, max=high)}, targets=targets, material=0)
    return g.node(mesh=mesh)


def vrm1() -> tuple[Gltf, dict[str, int]]:
    """A sound VRM 1.0 with an expression, springs, a constraint and an MToon material."""
    g = Gltf()
    bones = g.vrm1(meta=META)
    face = triangle(g)
    picture = g.image(png(np.zeros((2, 2, 3), np.uint8)))
    mtoon = {"specVersion": "1.0", "shadeMultiplyTexture": {"index": picture}}
    g.json["materials"] = [{"extensions": {"VRMC_materials_mtoon": mtoon}}]
    bind = {"node": face, "index": 0, "weight": 1.0}
    color = {"material": 0, "type": "color", "targetValue": [1, 0, 0, 1]}
    g.json["extensions"]["VRMC_vrm"] |= {
        "expressions": {"preset": {"happy": {"morphTargetBinds": [bind], "materialColorBinds": [color]}}},
        "firstPerson": {"meshAnnotations": [{"node": face, "type": "both"}]},
        "lookAt": {"type": "bone", "rangeMapVerticalUp": {"inputMaxValue": 90, "outputScale": 10}},
    }
    chain = [{"node": bones["spine"]}, {"node": bones["head"]}]
    sphere = {"node": bones["hips"], "shape": {"sphere": {"radius": 0.1}}}
    springs = {
        "specVersion": "1.0",
        "colliders": [sphere],
        "colliderGroups": [{"colliders": [0]}],
        "springs": [{"joints": chain, "colliderGroups": [0], "center": bones["hips"]}],
    }
    g.extension("VRMC_springBone", springs)
    roll = {"roll": {"source": bones["leftLowerArm"], "rollAxis": "X"}}
    hold = {"VRMC_node_constraint": {"specVersion": "1.0", "constraint": roll}}
    g.json["nodes"][bones["rightLowerArm"]]["extensions"] = hold
    g.json["extensionsUsed"] += ["VRMC_node_constraint", "VRMC_materials_mtoon"]
    return g, bones


def vrm0() -> tuple[Gltf, dict[str, int]]:
    g = Gltf()
    bones = g.vrm0(meta={"title": "Ada", "texture": -1}, exporterVersion="x")
    triangle(g)
    g.json["materials"] = [{"name": "skin"}]
    group = {"presetName": "joy", "binds": [{"mesh": 0, "index": 0, "weight": 100}], "materialValues": []}
    g.json["extensions"]["VRM"] |= {
        "blendShapeMaster": {"blendShapeGroups": [group]},
        "firstPerson": {"firstPersonBone": -1, "meshAnnotations": []},
        "secondaryAnimation": {"boneGroups": [{"bones": [bones["head"]], "center": -1, "colliderGroups": []}]},
        "materialProperties": [{"name": "skin", "textureProperties": {}}],
    }
    return g, bones


def found(g: Gltf, folder: Path) -> dict[str, set[str]]:
    """severity -> codes at their places."""
    made: dict[str, set[str]] = {"error": set(), "warning": set(), "info": set(), "hint": set()}
    for m in validate(g.write(folder)).messages:
        made[m.severity].add(f"{m.code} {m.pointer}")
    return made


@pytest.mark.parametrize("make", [vrm0, vrm1])
def test_sound_companions_are_valid(tmp_path: Path, make: Callable[[], tuple[Gltf, dict[str, int]]]) -> None:
    messages = found(make()[0], tmp_path)
    assert messages["error"] == set()
    assert {m.split()[0] for m in messages["warning"]} <= {"INVALID_EXTENSION_NAME_FORMAT"}
    assert not any("UNSUPPORTED_EXTENSION" in m for m in messages["info"])


V, B, S = "/extensions/VRMC_vrm", "/extensions/VRMC_vrm/humanoid/humanBones", "/extensions/VRMC_springBone"
H, M = f"{V}/expressions/preset/happy", "/materials/0/extensions/VRMC_materials_mtoon"
CASES: list[tuple[str, Callable[[dict[str, int]], Any], str]] = [
    (f"{V}/specVersion", lambda b: "0.9", f"VRM_UNSUPPORTED_VERSION {V}/specVersion"),
    (f"{V}/meta", lambda b: None, f"UNDEFINED_PROPERTY {V}"),
    (f"{V}/meta/licenseUrl", lambda b: None, f"UNDEFINED_PROPERTY {V}/meta"),
    (f"{V}/meta/authors", lambda b: "me", f"TYPE_MISMATCH {V}/meta/authors"),
    (f"{V}/meta/avatarPermission", lambda b: "all", f"VALUE_NOT_IN_LIST {V}/meta/avatarPermission"),
    (f"{V}/meta/colour", lambda b: 1, f"UNEXPECTED_PROPERTY {V}/meta/colour"),
    (f"{V}/meta/thumbnailImage", lambda b: 5, f"UNRESOLVED_REFERENCE {V}/meta/thumbnailImage"),
    (f"{B}/head", lambda b: None, f"VRM_BONE_MISSING {B}"),
    (f"{B}/head/node", lambda b: 99, f"UNRESOLVED_REFERENCE {B}/head/node"),
    (f"{B}/jaw", lambda b: {"node": b["head"]}, f"VRM_BONE_DUPLICATE {B}/jaw"),
    (f"{B}/jaw", lambda b: {"node": b["leftHand"]}, f"VRM_BONE_PARENT {B}/jaw"),
    (f"{B}/upperChest", lambda b: {"node": b["head"]}, f"VRM_BONE_PARENT_MISSING {B}/upperChest"),
    (f"{B}/tail", lambda b: {"node": 0}, f"UNEXPECTED_PROPERTY {B}/tail"),
    (f"{V}/expressions/preset/smug", lambda b: {}, f"UNEXPECTED_PROPERTY {V}/expressions/preset/smug"),
    (
        f"{V}/expressions/custom",
        lambda b: {"happy": {}},
        f"VRM_EXPRESSION_CUSTOM_PRESET {V}/expressions/custom/happy",
    ),
    (f"{H}/morphTargetBinds/0/index", lambda b: 3, f"UNRESOLVED_REFERENCE {H}/morphTargetBinds/0/index"),
    (f"{H}/morphTargetBinds/0/weight", lambda b: 100, f"VRM_EXPRESSION_BIND_RANGE {H}/morphTargetBinds/0/weight"),
    (f"{H}/materialColorBinds/0/material", lambda b: 4, f"UNRESOLVED_REFERENCE {H}/materialColorBinds/0/material"),
    (f"{H}/overrideBlink", lambda b: "stop", f"VALUE_NOT_IN_LIST {H}/overrideBlink"),
    (
        f"{V}/firstPerson/meshAnnotations/0/node",
        lambda b: b["head"],
        f"VRM_FIRST_PERSON_NO_MESH {V}/firstPerson/meshAnnotations/0/node",
    ),
    (
        f"{V}/lookAt/rangeMapVerticalUp/inputMaxValue",
        lambda b: 0,
        f"VRM_LOOK_AT_RANGE {V}/lookAt/rangeMapVerticalUp/inputMaxValue",
    ),
    (f"{S}/springs/0/joints/1/node", lambda b: b["leftFoot"], f"VRM_SPRING_CHAIN {S}/springs/0/joints/1/node"),
    (f"{S}/springs/0/joints/1/node", lambda b: b["spine"], f"VRM_SPRING_SHARED_JOINT {S}/springs/0/joints/1/node"),
    (f"{S}/springs/0/joints/0/dragForce", lambda b: 2, f"VALUE_NOT_IN_RANGE {S}/springs/0/joints/0/dragForce"),
    (f"{S}/springs/0/joints", lambda b: [], f"VRM_SPRING_TOO_SHORT {S}/springs/0"),
    (f"{S}/springs/0/center", lambda b: b["head"], f"VRM_SPRING_CENTER {S}/springs/0/center"),
    (f"{S}/springs/0/colliderGroups", lambda b: [3], f"UNRESOLVED_REFERENCE {S}/springs/0/colliderGroups/0"),
    (f"{S}/colliderGroups/0/colliders", lambda b: [1], f"UNRESOLVED_REFERENCE {S}/colliderGroups/0/colliders/0"),
    (f"{S}/colliders/0/shape", lambda b: {}, f"VRM_COLLIDER_SHAPE {S}/colliders/0/shape"),
    (f"{M}/shadingToonyFactor", lambda b: 2, f"VRM_MTOON_RANGE {M}/shadingToonyFactor"),
    (f"{M}/shadeMultiplyTexture/index", lambda b: 9, f"UNRESOLVED_REFERENCE {M}/shadeMultiplyTexture/index"),
    (f"{M}/shadeColorFactor", lambda b: [1, 1], f"ARRAY_LENGTH_NOT_IN_LIST {M}/shadeColorFactor"),
    ("/extensions/VRMC_node_constraint", lambda b: {}, "UNEXPECTED_EXTENSION_OBJECT /extensions/VRMC_node_constraint"),
]


def put(root: Json, place: str, value: Any) -> None:
    head, last = place.rsplit("/", 1)
    inner: Any = root
    for step in head.split("/")[1:]:
        inner = inner[int(step) if isinstance(inner, list) else step]
    if value is None:
        del inner[last]
    else:
        inner[last] = value


@pytest.mark.parametrize(("place", "value", "expected"), CASES)
def test_one_fault_of_vrm_1(tmp_path: Path, place: str, value: Callable[[dict[str, int]], Any], expected: str) -> None:
    g, bones = vrm1()
    put(g.json, place, value(bones))
    assert expected in found(g, tmp_path)[SEVERITY[expected.split()[0]]]


def test_two_binds_for_one_thing(tmp_path: Path) -> None:
    g, _ = vrm1()
    binds = g.json["extensions"]["VRMC_vrm"]["expressions"]["preset"]["happy"]["morphTargetBinds"]
    binds.append(dict(binds[0]))
    assert f"VRM_EXPRESSION_BIND_DUPLICATE {H}/morphTargetBinds/1" in found(g, tmp_path)["warning"]


def test_constraints(tmp_path: Path) -> None:
    g, bones = vrm1()
    left, right = (g.json["nodes"][bones[f"{side}LowerArm"]] for side in ("left", "right"))
    back = {"roll": {"source": bones["rightLowerArm"], "rollAxis": "X"}}
    left["extensions"] = {"VRMC_node_constraint": {"specVersion": "1.0", "constraint": back}}
    at = f"/nodes/{bones['leftLowerArm']}/extensions/VRMC_node_constraint/constraint"
    cycles = {m.split()[0] for m in found(g, tmp_path)["error"]}
    assert "VRM_CONSTRAINT_CYCLE" in cycles
    left["extensions"]["VRMC_node_constraint"]["constraint"] = {"roll": back["roll"], "aim": {"source": 0}}
    messages = found(g, tmp_path)["error"]
    assert f"VRM_CONSTRAINT_KIND {at}" in messages
    assert f"UNDEFINED_PROPERTY {at}/aim" in messages
    del left["extensions"]
    source = right["extensions"]["VRMC_node_constraint"]["constraint"]["roll"]
    source["source"] = bones["rightHand"]
    place = f"/nodes/{bones['rightLowerArm']}/extensions/VRMC_node_constraint/constraint/roll/source"
    assert f"VRM_CONSTRAINT_SOURCE {place}" in found(g, tmp_path)["warning"]


OLD = "/extensions/VRM"
OLD_CASES: list[tuple[str, Callable[[dict[str, int]], Any], str]] = [
    (f"{OLD}/humanoid", lambda b: None, f"UNDEFINED_PROPERTY {OLD}"),
    (f"{OLD}/humanoid/humanBones/1/bone", lambda b: "tail", f"VRM_BONE_UNKNOWN {OLD}/humanoid/humanBones/1/bone"),
    (f"{OLD}/humanoid/humanBones/1/bone", lambda b: "tail", f"VRM_BONE_MISSING {OLD}/humanoid/humanBones"),
    (f"{OLD}/humanoid/humanBones/1/bone", lambda b: "hips", f"VRM_BONE_REPEATED {OLD}/humanoid/humanBones/1"),
    (
        f"{OLD}/blendShapeMaster/blendShapeGroups/0/binds/0/mesh",
        lambda b: 4,
        f"VRM_STALE_REFERENCE {OLD}/blendShapeMaster/blendShapeGroups/0/binds/0/mesh",
    ),
    (
        f"{OLD}/blendShapeMaster/blendShapeGroups/0/binds/0/index",
        lambda b: -1,
        f"VRM_STALE_REFERENCE {OLD}/blendShapeMaster/blendShapeGroups/0/binds/0/index",
    ),
    (
        f"{OLD}/blendShapeMaster/blendShapeGroups/0/materialValues",
        lambda b: [{"materialName": "gone"}],
        f"VRM_STALE_REFERENCE {OLD}/blendShapeMaster/blendShapeGroups/0/materialValues/0/materialName",
    ),
    (
        f"{OLD}/secondaryAnimation/boneGroups/0/bones",
        lambda b: [99],
        f"VRM_STALE_REFERENCE {OLD}/secondaryAnimation/boneGroups/0/bones/0",
    ),
    (f"{OLD}/materialProperties", lambda b: [{}, {}], f"VRM_STALE_REFERENCE {OLD}/materialProperties"),
]


@pytest.mark.parametrize(("place", "value", "expected"), OLD_CASES)
def test_one_fault_of_vrm_0(tmp_path: Path, place: str, value: Callable[[dict[str, int]], Any], expected: str) -> None:
    g, bones = vrm0()
    put(g.json, place, value(bones))
    assert expected in found(g, tmp_path)[SEVERITY[expected.split()[0]]]


def test_two_groups_for_one_preset(tmp_path: Path) -> None:
    g, _ = vrm0()
    groups = g.json["extensions"]["VRM"]["blendShapeMaster"]["blendShapeGroups"]
    groups.append({"presetName": "Joy"})
    place = f"{OLD}/blendShapeMaster/blendShapeGroups/1"
    assert f"VRM_EXPRESSION_DUPLICATE {place}" in found(g, tmp_path)["warning"]


def motion(path: str = "rotation", bone: str = "spine") -> Gltf:
    g = Gltf()
    bones = g.body()
    human = {name: {"node": node} for name, node in bones.items()}
    g.extension("VRMC_vrm_animation", {"specVersion": "1.0", "humanoid": {"humanBones": human}})
    values = np.tile(np.array([0, 0, 0, 1] if path == "rotation" else [0, 1, 0], "f4"), (2, 1))
    times = g.accessor(np.array([0, 1], "f4"), min=[0], max=[1])
    sampler = {"input": times, "output": g.accessor(values)}
    target = {"node": bones[bone], "path": path}
    g.json["animations"] = [{"samplers": [sampler], "channels": [{"sampler": 0, "target": target}]}]
    del g.json["meshes"]
    return g


def test_vrma(tmp_path: Path) -> None:
    assert found(motion(), tmp_path)["error"] == set()
    assert found(motion("translation", "hips"), tmp_path)["error"] == set()
    place = "/animations/0/channels/0/target/path"
    assert found(motion("translation", "spine"), tmp_path)["error"] == {f"VRMA_TRACK {place}"}
    g = motion()
    g.json["extensions"]["VRMC_vrm_animation"]["humanoid"]["humanBones"]["leftEye"] = {"node": 2}
    del g.json["animations"]
    messages = found(g, tmp_path)
    at = "/extensions/VRMC_vrm_animation"
    assert f"VRMA_NO_ANIMATION {at}" in messages["error"]
    assert f"VRMA_EYE_BONE {at}/humanoid/humanBones/leftEye" in messages["warning"]


@pytest.mark.skipif(not VRMA.is_file(), reason=f"needs {VRMA}")
def test_a_real_motion_is_valid() -> None:
    assert validate(VRMA).verdict == "valid"
