"""VRM 1.0 and the extensions around it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import AVATARS, BODY, SHARED, TRIANGLE, Gltf, png

from avatar.errors import ModelError
from avatar.model.load import load
from avatar.model.model import Collider, Constraint, LookAt, MaterialBind, MToon, SpringJoint

ORACLE = SHARED / "data" / "oracle"


def test_smallest_humanoid(tmp_path: Path) -> None:
    g = Gltf()
    g.vrm1(meta={"name": "Ada", "authors": ["someone"]})
    model = load(g.write(tmp_path))
    assert (model.kind, model.name, model.meta["authors"]) == ("vrm1", "Ada", ["someone"])
    assert set(model.humanoid) == set(BODY)
    world = model.rest_world()
    assert world[model.humanoid["leftHand"], 0, 3] > 0 > world[model.humanoid["rightHand"], 0, 3]
    assert world[model.humanoid["leftToes"], 2, 3] > world[model.humanoid["leftFoot"], 2, 3]
    assert model.look_at is None


def test_a_missing_required_bone_is_named(tmp_path: Path) -> None:
    g = Gltf()
    g.vrm1()
    del g.json["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"]["leftFoot"]
    with pytest.raises(ModelError, match="the humanoid has no leftFoot") as caught:
        load(g.write(tmp_path))
    assert caught.value.pointer == "/extensions/VRMC_vrm/humanoid/humanBones"


def test_thumbs_of_early_files_are_renamed(tmp_path: Path) -> None:
    g = Gltf()
    bones = g.vrm1()
    made = [g.node(name=n) for n in ("a", "b", "c")]
    human = g.json["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"]
    for joint, node in zip(("Proximal", "Intermediate", "Distal"), made, strict=True):
        human[f"leftThumb{joint}"] = {"node": node}
    model = load(g.write(tmp_path))
    names = {bone: model.node_names[node] for bone, node in model.humanoid.items() if "Thumb" in bone}
    assert names == {"leftThumbMetacarpal": "a", "leftThumbProximal": "b", "leftThumbDistal": "c"}
    assert len(model.humanoid) == len(bones) + 3


def test_expressions(tmp_path: Path) -> None:
    g = Gltf()
    delta = {"POSITION": g.accessor(TRIANGLE)}
    first = g.node(mesh=g.triangle(targets=[delta] * 2))
    second = g.node(mesh=g.triangle(targets=[delta] * 3))
    g.json["materials"] = [{}, {}]
    happy = {
        "morphTargetBinds": [{"node": second, "index": 2, "weight": 0.5}, {"node": first, "index": 1, "weight": 1}],
        "materialColorBinds": [{"material": 1, "type": "shadeColor", "targetValue": [1, 0, 0, 1]}],
        "textureTransformBinds": [{"material": 0, "offset": [0.5, 0]}],
        "overrideMouth": "blend",
    }
    blink = {"isBinary": True, "overrideBlink": "block", "overrideLookAt": "none"}
    g.vrm1(expressions={"preset": {"happy": happy}, "custom": {"wink": blink, "happy": {}}})
    model = load(g.write(tmp_path))
    found = model.expressions["happy"]
    offset = {model.node_names[p.node]: p.morph_offset for p in model.primitives}
    assert offset == {f"node{first}": 0, f"node{second}": 2}
    assert dict(zip(found.morphs.tolist(), found.weights.tolist(), strict=True)) == {4: 0.5, 1: 1.0}
    assert found.materials == (
        MaterialBind(1, "shadeColor", (1, 0, 0, 1)),
        MaterialBind(0, "textureTransform", (0.5, 0, 1, 1)),
    )
    assert (found.preset, found.is_binary, found.override_mouth, found.override_blink) == (True, False, "blend", "none")
    wink = model.expressions["wink"]
    assert (wink.preset, wink.is_binary, wink.override_blink) == (False, True, "block")


def test_look_at_and_first_person(tmp_path: Path) -> None:
    g = Gltf()
    node = g.node(mesh=g.triangle())
    g.node(mesh=g.triangle())
    look = {
        "type": "expression",
        "offsetFromHeadBone": [0, 0.1, 0.2],
        "rangeMapHorizontalInner": {"inputMaxValue": 30, "outputScale": 0.5},
        "rangeMapVerticalUp": {"inputMaxValue": 0},
    }
    g.vrm1(lookAt=look, firstPerson={"meshAnnotations": [{"node": node, "type": "thirdPersonOnly"}]})
    model = load(g.write(tmp_path))
    assert model.look_at == LookAt("expression", (0, 0.1, 0.2), (30, 0.5), (90, 1), (90, 1), (0.01, 1))
    assert [p.first_person for p in model.primitives] == ["thirdPersonOnly", "auto"]


def test_mtoon_in_full_and_by_default(tmp_path: Path) -> None:
    g = Gltf()
    texture = {"index": g.image(png(np.zeros((1, 1, 3), "u1")))}
    full: dict[str, Any] = {
        "specVersion": "1.0",
        "transparentWithZWrite": True,
        "renderQueueOffsetNumber": -3,
        "shadeColorFactor": [0.1, 0.2, 0.3],
        "shadeMultiplyTexture": texture,
        "shadingShiftFactor": -0.1,
        "shadingShiftTexture": {**texture, "scale": 0.7},
        "shadingToonyFactor": 0.8,
        "giEqualizationFactor": 0.6,
        "matcapFactor": [0.5, 0.6, 0.7],
        "matcapTexture": texture,
        "parametricRimColorFactor": [0.2, 0.3, 0.4],
        "rimMultiplyTexture": texture,
        "rimLightingMixFactor": 0.4,
        "parametricRimFresnelPowerFactor": 3,
        "parametricRimLiftFactor": 0.2,
        "outlineWidthMode": "worldCoordinates",
        "outlineWidthFactor": 0.002,
        "outlineWidthMultiplyTexture": texture,
        "outlineColorFactor": [0.3, 0.2, 0.1],
        "outlineLightingMixFactor": 0.9,
        "uvAnimationMaskTexture": texture,
        "uvAnimationScrollXSpeedFactor": 1,
        "uvAnimationScrollYSpeedFactor": 2,
        "uvAnimationRotationSpeedFactor": 3,
    }
    g.json["materials"] = [
        {"extensions": {"VRMC_materials_mtoon": full, "KHR_materials_unlit": {}}},
        {"extensions": {"VRMC_materials_mtoon": {"specVersion": "1.0"}}},
    ]
    first, second = load(g.write(tmp_path)).materials
    assert (first.kind, second.kind, second.mtoon) == ("mtoon", "mtoon", MToon())
    m = first.mtoon
    assert m is not None
    assert (m.transparent_with_z_write, m.render_queue_offset) == (True, -3)
    assert (m.shade_color, m.shading_shift, m.shading_toony) == ((0.1, 0.2, 0.3), -0.1, 0.8)
    assert (m.gi_equalization, m.matcap_color, m.rim_color) == (0.6, (0.5, 0.6, 0.7), (0.2, 0.3, 0.4))
    assert (m.rim_lighting_mix, m.rim_fresnel_power, m.rim_lift) == (0.4, 3, 0.2)
    assert (m.outline_mode, m.outline_width, m.outline_color) == ("worldCoordinates", 0.002, (0.3, 0.2, 0.1))
    assert (m.outline_lighting_mix, m.uv_scroll, m.uv_rotation_speed) == (0.9, (1, 2), 3)
    slots = (m.shade_texture, m.matcap_texture, m.rim_texture, m.outline_width_texture, m.uv_mask_texture)
    assert all(slot is not None and slot.index == 0 for slot in slots)
    assert m.shading_shift_texture is not None
    assert m.shading_shift_texture.factor == 0.7


def test_springs_and_every_collider(tmp_path: Path) -> None:
    g = Gltf()
    bones = g.vrm1()
    tip = g.node(root=False, name="tip", translation=[0, 0.1, 0])
    middle = g.node(root=False, name="middle", children=[tip], translation=[0, 0.1, 0])
    g.json["nodes"][bones["head"]]["children"] = [middle]

    def extended(shape: dict[str, Any]) -> dict[str, Any]:
        name = "VRMC_springBone_extended_collider"
        far = {"sphere": {"offset": [0, -1000, 0], "radius": 0}}
        return {"node": 0, "shape": far, "extensions": {name: {"specVersion": "1.0", "shape": shape}}}

    g.extension(
        "VRMC_springBone",
        {
            "specVersion": "1.0",
            "colliders": [
                {"node": bones["head"], "shape": {"sphere": {"offset": [0, 0.1, 0], "radius": 0.2}}},
                {"node": 0, "shape": {"capsule": {"offset": [1, 0, 0], "radius": 0.1, "tail": [0, 1, 0]}}},
                extended({"plane": {"offset": [0, 1, 0], "normal": [0, 1, 0]}}),
                extended({"sphere": {"radius": 2, "inside": True}}),
                extended({"capsule": {"radius": 3, "tail": [1, 1, 1], "inside": True}}),
                extended({"capsule": {"radius": 4}}),
            ],
            "colliderGroups": [{"colliders": [4, 0]}, {"colliders": [0, 2]}],
            "springs": [
                {
                    "name": "hair",
                    "center": bones["hips"],
                    "colliderGroups": [0, 1],
                    "joints": [
                        {"node": bones["head"], "hitRadius": 0.05, "stiffness": 2, "gravityPower": 0.1},
                        {"node": middle, "gravityDir": [0, 0, 1], "dragForce": 0.25},
                        {"node": tip, "stiffness": 99},
                    ],
                },
                {"joints": [{"node": tip}]},
            ],
        },
    )
    model = load(g.write(tmp_path))
    name = {n: i for i, n in enumerate(model.node_names)}
    (spring,) = model.springs
    assert spring.joints == (
        SpringJoint(name["head"], name["middle"], 0.05, 2.0, 0.1, (0, -1, 0), 0.5),
        SpringJoint(name["middle"], name["tip"], 0.0, 1.0, 0.0, (0, 0, 1), 0.25),
    )
    assert (spring.name, spring.center, spring.colliders) == ("hair", name["hips"], (4, 0, 0, 2))
    assert model.colliders == (
        Collider(name["head"], "sphere", (0, 0.1, 0), 0.2),
        Collider(0, "capsule", (1, 0, 0), 0.1, (0, 1, 0)),
        Collider(0, "plane", (0, 1, 0), normal=(0, 1, 0)),
        Collider(0, "insideSphere", (0, 0, 0), 2),
        Collider(0, "insideCapsule", (0, 0, 0), 3, (1, 1, 1)),
        Collider(0, "capsule", (0, 0, 0), 4),
    )


def test_constraints_and_their_circle(tmp_path: Path) -> None:
    g = Gltf()
    kinds: list[dict[str, Any]] = [
        {"roll": {"source": 3, "rollAxis": "Y", "weight": 0.5}},
        {"aim": {"source": 0, "aimAxis": "NegativeZ"}},
        {"rotation": {"source": 1}},
    ]
    for kind in kinds:
        g.node(extensions={"VRMC_node_constraint": {"specVersion": "1.0", "constraint": kind}})
    g.node(name="free")
    assert load(g.write(tmp_path)).constraints == (
        Constraint(0, 3, "roll", "Y", 0.5),
        Constraint(1, 0, "aim", "NegativeZ", 1.0),
        Constraint(2, 1, "rotation", "", 1.0),
    )
    kinds[0]["roll"]["source"] = 2
    with pytest.raises(ModelError, match="depends on itself"):
        load(g.write(tmp_path))


def _fill_in(path: Path, folder: Path) -> Path:
    """A copy of a shared .gltf whose buffers are not shipped, with buffers of zeros beside it."""
    for buffer in json.loads(path.read_text())["buffers"]:
        if not buffer["uri"].startswith("data:"):
            (folder / buffer["uri"]).write_bytes(bytes(buffer["byteLength"]))
    copy = folder / path.name
    copy.write_bytes(path.read_bytes())
    return copy


@pytest.mark.skipif(not AVATARS.is_dir(), reason="needs ../shared")
def test_shared_springs_and_constraints(tmp_path: Path) -> None:
    shapes = {}
    for kind in ("sphere", "plane", "inside"):
        model = load(_fill_in(AVATARS / f"three-vrm-springbone_{kind}-collider.gltf", tmp_path))
        assert model.springs
        assert model.springs[0].colliders
        shapes[kind] = model.colliders[0].shape
    assert shapes == {"sphere": "sphere", "plane": "plane", "inside": "insideSphere"}
    constraints = load(_fill_in(AVATARS / "three-vrm-node-constraint_cubes.gltf", tmp_path)).constraints
    assert constraints


@pytest.mark.skipif(not ORACLE.is_dir(), reason="needs ../shared")
@pytest.mark.parametrize(
    "name",
    [
        "mtoon_default",
        "smoke_spring",
        "springbone_collider_capsule_x0p02_r0p05",
        "VRMC_vrm_expressions_isBinary_Overrides",
    ],
)
def test_bones_stand_where_another_viewer_has_them(name: str) -> None:
    path = next(AVATARS.glob(f"*{name}.vrm"))
    truth = json.loads((ORACLE / f"{name}.json").read_text())
    model = load(path)
    world = model.rest_world()
    assert set(model.humanoid) == set(truth["humanoid"])
    shift = 0.15 if truth.get("swing") else 0.0  # the oracle was written at the end of a swing of 0.15 m in x
    for bone, expected in truth["humanoid"].items():
        place = world[model.humanoid[bone], :3, 3] + (shift, 0, 0)
        np.testing.assert_allclose(place, expected["p"], atol=1e-5, err_msg=bone)


@pytest.mark.skipif(not AVATARS.is_dir(), reason="needs ../shared")
def test_binary_expressions_with_overrides() -> None:
    found = load(AVATARS / "VRMC_vrm_expressions_isBinary_Overrides.vrm").expressions
    assert any(e.is_binary for e in found.values())
    assert all(e.materials for e in found.values())


def test_mtoon_without_a_word_has_the_specifications_values() -> None:
    plain = MToon()
    assert plain.shade_color == (0.0, 0.0, 0.0)
    assert (plain.shading_toony, plain.gi_equalization, plain.rim_fresnel_power) == (0.9, 0.9, 5.0)
    assert (plain.matcap_color, plain.rim_color, plain.rim_lighting_mix) == ((1, 1, 1), (0, 0, 0), 1.0)
