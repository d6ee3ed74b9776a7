"""Limits, fallback shapes, look-at curves and unlit shaders are read, and wrong ones are refused by their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import AVATARS, TRIANGLE, Gltf

from avatar.errors import ModelError
from avatar.model.load import load
from avatar.model.look import curve_at, eye_turns, look_weights, ranges
from avatar.model.model import LookAt, SpringLimit

LIMIT = "VRMC_springBone_limit"
WIDE = "VRMC_springBone_extended_collider"
SPRING = "/extensions/VRMC_springBone"
JOINT = f"{SPRING}/springs/0/joints/0"


def chain(limit: dict[str, Any] | None = None, **spring_bone: Any) -> Gltf:
    g = Gltf()
    g.node(name="a", children=[1])
    g.node(root=False, name="b", translation=[0, 1, 0])
    joint: dict[str, Any] = {"node": 0}
    if limit is not None:
        joint["extensions"] = {LIMIT: {"specVersion": "1.0", "limit": limit}}
    spring_bone.setdefault("springs", [{"joints": [joint, {"node": 1, "extensions": {LIMIT: {}}}]}])
    g.extension("VRMC_springBone", {"specVersion": "1.0", **spring_bone})
    return g


def refused(g: Gltf, folder: Path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        load(g.write(folder))
    return caught.value


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        (None, None),
        ({"cone": {"angle": 0.5}}, SpringLimit("cone", 0.5)),
        ({"hinge": {"angle": 4, "rotation": [0, 1, 0, 0]}}, SpringLimit("hinge", 4, 0, (0, 1, 0, 0))),
        ({"spherical": {"pitch": 1, "yaw": 0.25}}, SpringLimit("spherical", 1, 0.25)),
        ({"spherical": {"phi": 1, "theta": 0.25}}, SpringLimit("spherical", 1, 0.25)),
    ],
)
def test_joint_limits(limit: dict[str, Any] | None, expected: SpringLimit | None, tmp_path: Path) -> None:
    (spring,) = load(chain(limit).write(tmp_path)).springs
    assert [j.limit for j in spring.joints] == [expected]


@pytest.mark.parametrize(
    ("limit", "pointer"),
    [
        ({}, f"{JOINT}/extensions/{LIMIT}/limit"),
        ({"cone": {}}, f"{JOINT}/extensions/{LIMIT}/limit/cone"),
        ({"cone": {"angle": -1}}, f"{JOINT}/extensions/{LIMIT}/limit/cone/angle"),
        ({"hinge": {"angle": 1, "rotation": [0, 1]}}, f"{JOINT}/extensions/{LIMIT}/limit/hinge/rotation"),
        ({"spherical": {"pitch": 1}}, f"{JOINT}/extensions/{LIMIT}/limit/spherical"),
    ],
)
def test_wrong_limits(limit: dict[str, Any], pointer: str, tmp_path: Path) -> None:
    assert refused(chain(limit), tmp_path).pointer == pointer


@pytest.mark.parametrize("extended", [{"specVersion": "1.0"}, {"shape": {}}, {"shape": {"torus": {"radius": 1}}}])
def test_an_unknown_extended_shape_falls_back(extended: dict[str, Any], tmp_path: Path) -> None:
    collider = {"node": 0, "shape": {"capsule": {"radius": 0.5, "tail": [0, 1, 0]}}, "extensions": {WIDE: extended}}
    (found,) = load(chain(colliders=[collider]).write(tmp_path)).colliders
    assert (found.shape, found.radius, found.tail) == ("capsule", 0.5, (0, 1, 0))


@pytest.mark.parametrize(
    ("spring_bone", "pointer"),
    [
        ({"colliders": [{"node": 9, "shape": {"sphere": {}}}]}, f"{SPRING}/colliders/0/node"),
        ({"colliders": [{"node": 0}]}, f"{SPRING}/colliders/0"),
        (
            {"colliders": [{"node": 0, "shape": {"sphere": {"radius": -1}}}]},
            f"{SPRING}/colliders/0/shape/sphere/radius",
        ),
        ({"colliderGroups": [{"colliders": [0]}]}, f"{SPRING}/colliderGroups/0/colliders/0"),
        ({"springs": [{"joints": [{"node": "a"}]}]}, f"{SPRING}/springs/0/joints/0/node"),
        ({"springs": [{"joints": [{"node": 0}], "center": 2}]}, f"{SPRING}/springs/0/center"),
        ({"springs": [{"joints": [{"node": 0}], "colliderGroups": [1.5]}]}, f"{SPRING}/springs/0/colliderGroups/0"),
        ({"springs": [{"joints": [{"node": 0, "dragForce": 2}, {"node": 1}]}]}, f"{JOINT}/dragForce"),
    ],
)
def test_wrong_springs_are_refused_by_their_place(spring_bone: dict[str, Any], pointer: str, tmp_path: Path) -> None:
    assert refused(chain(**spring_bone), tmp_path).pointer == pointer


def test_one_spring_meets_only_so_many_colliders(tmp_path: Path) -> None:
    collider = {"node": 0, "shape": {"sphere": {"radius": 1}}}
    springs = [{"joints": [{"node": 0}, {"node": 1}], "colliderGroups": [0] * 2000}]
    g = chain(colliders=[collider], colliderGroups=[{"colliders": [0]}], springs=springs)
    assert refused(g, tmp_path).pointer == f"{SPRING}/springs/0/colliderGroups"


def test_vrm0_curves_are_kept_and_bend_the_gaze(tmp_path: Path) -> None:
    g = Gltf()
    straight, bent = [0, 0, 0, 1, 1, 1, 1, 0], [0, 0, 0, 0, 1, 1, 0, 0]
    first = {
        "lookAtHorizontalInner": {"curve": straight, "xRange": 40, "yRange": 20},
        "lookAtHorizontalOuter": {"curve": bent, "xRange": 40, "yRange": 20},
        "lookAtVerticalUp": {"curve": [0, 0.5, 0, 0], "xRange": 40, "yRange": 20},
    }
    g.vrm0(firstPerson=first)
    look = load(g.write(tmp_path)).look_at
    assert look is not None
    assert look.curves == {"horizontal_outer": ((0, 0, 0, 0), (1, 1, 0, 0)), "vertical_up": ((0, 0.5, 0, 0),)}
    # level at both ends: at a quarter of the way 5/32 of the height
    inner, outer, down, up = ranges(look, 10, -10)
    assert (inner, down, up) == (5, 0, 10)
    assert outer == pytest.approx(20 * 5 / 32)
    assert ranges(look, 90, 0)[1] == 20
    first["lookAtHorizontalInner"]["curve"] = [0, 0, 0]
    assert refused(g, tmp_path).pointer == "/extensions/VRM/firstPerson/lookAtHorizontalInner/curve"


def test_curves_pass_their_keys_with_their_slopes() -> None:
    keys = ((0.2, 1.0, 0.0, 3.0), (0.5, 2.0, -1.0, 5.0), (0.9, 0.0, 2.0, 0.0))
    assert [curve_at(keys, t) for t in (-1, 0.2, 0.5, 0.9, 4)] == pytest.approx([1, 1, 2, 0, 0])
    h = 1e-6
    assert (curve_at(keys, 0.2 + h) - 1) / h == pytest.approx(3, abs=1e-3)
    assert (2 - curve_at(keys, 0.5 - h)) / h == pytest.approx(-1, abs=1e-3)
    assert (curve_at(keys, 0.5 + h) - 2) / h == pytest.approx(5, abs=1e-3)


def test_each_eye_has_its_own_range() -> None:
    look = LookAt("bone", (0, 0, 0), (90, 10), (45, 30), (90, 20), (90, 40))
    left, right = (2 * np.degrees(np.arcsin(q[1])) for q in eye_turns(look, 45, 0))
    assert (left, right) == (pytest.approx(30, abs=1e-3), pytest.approx(5, abs=1e-3))
    left, right = (2 * np.degrees(np.arcsin(q[1])) for q in eye_turns(look, -90, 0))
    assert (left, right) == (pytest.approx(-10, abs=1e-3), pytest.approx(-30, abs=1e-3))
    for pitch, turn in ((45, 10), (-45, -20)):
        for q in eye_turns(look, 0, pitch):
            assert 2 * np.degrees(np.arcsin(q[0])) == pytest.approx(turn, abs=1e-3)


def test_expressions_that_look_use_the_outer_range_and_end_at_one() -> None:
    look = LookAt("expression", (0, 0, 0), (90, 0.1), (90, 1), (90, 0.5), (30, 4))
    assert look_weights(look, 45, 90) == {"lookLeft": 0.5, "lookRight": 0, "lookDown": 0.5, "lookUp": 0}
    assert look_weights(look, -45, -30) == {"lookLeft": 0, "lookRight": 0.5, "lookDown": 0, "lookUp": 1}


def test_bound_morphs_start_from_zero_and_others_do_not(tmp_path: Path) -> None:
    g = Gltf()
    delta = {"POSITION": g.accessor(TRIANGLE)}
    g.vrm1(expressions={"preset": {"happy": {"morphTargetBinds": [{"node": 17, "index": 1}]}}})
    mesh = g.triangle(targets=[delta] * 2)
    g.json["meshes"][mesh]["weights"] = [0.5, 0.5]
    g.node(mesh=mesh)
    model = load(g.write(tmp_path))
    assert model.morph_defaults.tolist() == [0.5, 0]
    assert model.expressions["happy"].weights.tolist() == [1]


def test_expressions_are_limited_in_number(tmp_path: Path) -> None:
    g = Gltf()
    g.vrm1(expressions={"custom": {f"e{k}": {} for k in range(4097)}})
    assert refused(g, tmp_path).pointer == "/extensions/VRMC_vrm/expressions/custom"


def test_an_alpha_mode_nobody_knows_is_opaque(tmp_path: Path) -> None:
    g = Gltf()
    g.node(mesh=g.triangle())
    g.json["materials"] = [{"alphaMode": "DITHER"}, {"alphaMode": "BLEND"}]
    assert [m.alpha_mode for m in load(g.write(tmp_path)).materials][:2] == ["OPAQUE", "BLEND"]


@pytest.mark.parametrize(
    ("part", "where"),
    [
        (
            {"expressions": {"preset": {"aa": {"materialColorBinds": [{"material": 3}]}}}},
            "expressions/preset/aa/materialColorBinds/0",
        ),
        ({"expressions": {"preset": {"aa": {"isBinary": 1}}}}, "expressions/preset/aa/isBinary"),
        (
            {"expressions": {"preset": {"aa": {"textureTransformBinds": [{"material": 3}]}}}},
            "expressions/preset/aa/textureTransformBinds/0/material",
        ),
        ({"lookAt": {"type": "nose"}}, "lookAt/type"),
        ({"lookAt": {"rangeMapVerticalUp": {"inputMaxValue": "x"}}}, "lookAt/rangeMapVerticalUp/inputMaxValue"),
        ({"firstPerson": {"meshAnnotations": [{"node": 99, "type": "auto"}]}}, "firstPerson/meshAnnotations/0/node"),
        ({"firstPerson": {"meshAnnotations": [{"node": 0, "type": "never"}]}}, "firstPerson/meshAnnotations/0/type"),
        ({"meta": []}, "meta"),
    ],
)
def test_wrong_parts_of_vrm1_are_refused_by_their_place(part: dict[str, Any], where: str, tmp_path: Path) -> None:
    g = Gltf()
    g.vrm1(**part)
    assert refused(g, tmp_path).pointer.startswith(f"/extensions/VRMC_vrm/{where}")


def test_unlit_shaders_of_vrm0(tmp_path: Path) -> None:
    g = Gltf()
    shaders = ["VRM/UnlitTransparentZWrite", "VRM/UnlitTransparent", "VRM/UnlitCutout", "Unlit/Transparent Cutout"]
    g.json["materials"] = [{"name": shader} for shader in shaders]
    vectors = {"_Color": [0.5, 1, 0, 0.25], "_MainTex": [0.25, 0, 0.5, 0.5]}
    g.json["images"] = [{"uri": "data:image/png;base64,"}]
    g.vrm0(
        materialProperties=[
            {"shader": shader, "vectorProperties": vectors, "floatProperties": {"_Cutoff": 0.3}} for shader in shaders
        ]
    )
    found = load(g.write(tmp_path)).materials
    assert [m.depth_write for m in found] == [True, None, None, None]
    assert [m.alpha_mode for m in found] == ["BLEND", "BLEND", "MASK", "MASK"]
    assert {m.kind for m in found} == {"unlit"}
    assert {m.alpha_cutoff for m in found} == {0.3}
    np.testing.assert_allclose(found[0].base_color, (0.2140411, 1, 0, 0.25), atol=1e-6)


@pytest.mark.skipif(not AVATARS.is_dir(), reason="needs ../shared")
def test_emission_of_every_shader_is_what_its_name_says() -> None:
    for m in load(AVATARS / "EmissionMigration_v0.107.0.vrm").materials:
        kind, _, value = m.name.split("_")
        got = m.emissive if "Emission" in m.name else m.base_color[:3]
        # the standard shader's and sRGB's numbers are written before the sRGB curve
        bright = float(value) if "Linear" in m.name or kind == "MToon" else {"0.5": 0.2140411, "2.0": 4.594794}[value]
        np.testing.assert_allclose(got, (bright,) * 3, rtol=1e-4, err_msg=m.name)


@pytest.mark.skipif(not AVATARS.is_dir(), reason="needs ../shared")
@pytest.mark.parametrize("slot", ["base_texture", "normal_texture", "emissive_texture"])
def test_the_twins_have_the_same_pictures(slot: str) -> None:
    old, new = (load(AVATARS / f"addon_mtoon1_2_20_61_vrm{k}.vrm") for k in (0, 1))
    twin = {m.name: m for m in new.materials}
    toons = ("shade_texture", "matcap_texture", "rim_texture", "outline_width_texture", "uv_mask_texture")
    for m in old.materials:
        pairs = [(getattr(m, slot), getattr(twin[m.name], slot))]
        pairs += [(getattr(m.mtoon, key), getattr(twin[m.name].mtoon, key)) for key in toons]
        for a, b in pairs:
            assert (a is None) == (b is None), m.name
            if a is not None:
                assert (old.textures[a.index].image == new.textures[b.index].image).all()
                assert a.factor == pytest.approx(b.factor, abs=1e-6)
