"""VRM 0.x comes out as VRM 1.0 would have it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import AVATARS, BODY, TRIANGLE, Gltf, png
from yardstick import quiet_seconds

from avatar.model.load import load
from avatar.model.model import LookAt, MaterialBind
from avatar.model.mtoon0 import linear


def test_both_kinds_of_the_same_body_are_the_same(tmp_path: Path) -> None:
    old, new = Gltf(), Gltf()
    old.vrm0(meta={"title": "Ada"})
    new.vrm1(meta={"name": "Ada"})
    a, b = load(old.write(tmp_path, "old.vrm")), load(new.write(tmp_path, "new.vrm"))
    assert (a.kind, b.kind) == ("vrm0", "vrm1")
    assert (a.name, a.humanoid, a.node_names) == (b.name, b.humanoid, b.node_names)
    np.testing.assert_array_equal(a.translation, b.translation)
    np.testing.assert_array_equal(a.rotation, b.rotation)


def test_the_turn_is_half_a_turn_of_everything_drawn(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    g = Gltf()
    g.body(turned=True)
    turn = rng.normal(size=4)
    bind = rng.normal(size=(1, 4, 4)).astype("f4")
    bind[:, 3] = (0, 0, 0, 1)
    positions, deltas = rng.normal(size=(3, 3)).astype("f4"), rng.normal(size=(3, 3)).astype("f4")
    way = np.tile(np.array([0.6, 0, 0.8, -1], "f4"), (3, 1))
    attributes = {"POSITION": g.accessor(positions), "NORMAL": g.accessor(positions), "TANGENT": g.accessor(way)}
    skinned = {
        **attributes,
        "JOINTS_0": g.accessor(np.zeros((3, 4), "u1")),
        "WEIGHTS_0": g.accessor(np.tile(np.array([1, 0, 0, 0], "f4"), (3, 1))),
    }
    target = [{"POSITION": g.accessor(deltas), "NORMAL": g.accessor(deltas)}]
    bone = g.node(rotation=(turn / np.linalg.norm(turn)).tolist(), translation=[1, 2, 3], scale=[1, 2, 3])
    g.json["nodes"][bone]["children"] = [
        g.node(root=False, mesh=g.mesh(attributes, targets=target), translation=[4, 5, 6])
    ]
    g.json["skins"] = [
        {"joints": [bone], "inverseBindMatrices": g.accessor(bind.transpose(0, 2, 1).reshape(1, 16).copy())}
    ]
    g.node(mesh=g.mesh(skinned), skin=0)
    before = load(g.write(tmp_path, "plain.glb"))
    human = [{"bone": name, "node": i} for i, name in enumerate(BODY)]
    g.extension("VRM", {"humanoid": {"humanBones": human}})
    after = load(g.write(tmp_path, "turned.glb"))
    half = np.diag([-1, 1, -1, 1])
    worlds = before.rest_world(), after.rest_world()
    for p, q in zip(before.primitives, after.primitives, strict=True):
        drawn = []
        for model, world, prim in ((before, worlds[0], p), (after, worlds[1], q)):
            matrix = world[prim.node]
            if prim.skin >= 0:
                matrix = world[model.skins[0].joints[0]] @ model.skins[0].inverse_bind[0]
            moved = prim.positions if prim.morph_positions is None else prim.positions + prim.morph_positions[0]
            drawn.append(moved @ matrix[:3, :3].T + matrix[:3, 3])
        np.testing.assert_allclose(drawn[1], drawn[0] @ half[:3, :3], atol=1e-4)
        np.testing.assert_allclose(q.normals, p.normals @ half[:3, :3], atol=1e-6)
        assert p.tangents is not None
        np.testing.assert_allclose(q.tangents, p.tangents @ half, atol=1e-6)
    for bone_name, node in after.humanoid.items():
        # A bone that had no rotation still has none, so that "bend forwards" means the same for every file.
        np.testing.assert_array_equal(after.rotation[node], [0, 0, 0, 1], err_msg=bone_name)


def test_no_group_is_lost_to_a_name(tmp_path: Path) -> None:
    """A second group for a preset, two of one name, one without any: each is kept under a name of its own."""
    g = Gltf()
    named = [("Smile", "joy"), ("Grin", "Joy"), ("", "joy"), ("Ears", "unknown"), ("Ears", ""), ("", "unknown")]
    named += [("happy 2", "unknown"), ("Surprised", "unknown"), ("Ears 2", "unknown")]
    groups = [{"name": name, "presetName": preset, "isBinary": i % 2 == 1} for i, (name, preset) in enumerate(named)]
    g.vrm0(blendShapeMaster={"blendShapeGroups": groups})
    found = load(g.write(tmp_path)).expressions
    names = ["happy", "Grin", "happy 2", "Ears", "Ears 2", "expression 5", "happy 2 2", "Surprised", "Ears 2 2"]
    assert list(found) == names
    assert [e.name for e in found.values()] == names
    assert [e.is_binary for e in found.values()] == [i % 2 == 1 for i in range(9)]
    assert [e.preset for e in found.values()] == [True] + [False] * 8


def test_thousands_of_groups_of_one_name_are_quick(tmp_path: Path) -> None:
    g = Gltf()
    g.vrm0(blendShapeMaster={"blendShapeGroups": [{"name": "x"}] * 4096})
    path = g.write(tmp_path)
    found = []
    assert quiet_seconds(lambda: found.append(load(path)), 1.5) < 1.5
    assert len(found[-1].expressions) == 4096


def test_thumb_and_expression_names(tmp_path: Path) -> None:
    g = Gltf()
    delta = {"POSITION": g.accessor(TRIANGLE)}
    mesh = g.triangle(targets=[delta] * 2)
    g.node(mesh=mesh)
    old = ["neutral", "a", "i", "u", "e", "o", "blink", "blink_l", "blink_r", "joy", "angry", "sorrow", "fun"]
    old += ["lookup", "lookdown", "lookleft", "lookright"]
    new = [
        "neutral",
        "aa",
        "ih",
        "ou",
        "ee",
        "oh",
        "blink",
        "blinkLeft",
        "blinkRight",
        "happy",
        "angry",
        "sad",
        "relaxed",
    ]
    new += ["lookUp", "lookDown", "lookLeft", "lookRight"]
    binds = [
        {"mesh": mesh, "index": 1, "weight": 40},
        {"mesh": mesh, "index": 7, "weight": 1},
        {"mesh": -1, "index": 0},
    ]
    groups: list[dict[str, Any]] = [{"name": "x", "presetName": name, "binds": binds} for name in old]
    groups += [
        {"name": "Surprised", "presetName": "unknown"},
        {"name": "Cat Ears", "isBinary": True},
        {"name": "happy"},
    ]
    g.vrm0(blendShapeMaster={"blendShapeGroups": groups})
    human = g.json["extensions"]["VRM"]["humanoid"]["humanBones"]
    for joint in ("Proximal", "Intermediate", "Distal"):
        human.append({"bone": f"rightThumb{joint}", "node": g.node(name=joint)})
    human.append({"bone": "jaw", "node": -1})
    model = load(g.write(tmp_path))
    assert list(model.expressions) == [*new, "Surprised", "Cat Ears", "happy 2"]
    assert [e.preset for e in model.expressions.values()] == [True] * 17 + [False] * 3
    assert model.expressions["happy"].morphs.tolist() == [1]
    np.testing.assert_allclose(model.expressions["happy"].weights, [0.4])
    assert model.expressions["Cat Ears"].is_binary
    thumbs = {bone: model.node_names[node] for bone, node in model.humanoid.items() if "Thumb" in bone}
    assert thumbs == {
        "rightThumbMetacarpal": "Proximal",
        "rightThumbProximal": "Intermediate",
        "rightThumbDistal": "Distal",
    }
    assert "jaw" not in model.humanoid


def test_material_values(tmp_path: Path) -> None:
    g = Gltf()
    texture = g.image(png(np.zeros((1, 1, 3), "u1")))
    g.json["materials"] = [{"name": "cloth"}, {"name": "eyes"}]
    mtoon = {
        "shader": "VRM/MToon",
        "textureProperties": {"_MainTex": texture},
        "vectorProperties": {"_MainTex": [0.1, 0.2, 1, 0.5]},
    }
    values = [
        {"materialName": "eyes", "propertyName": "_Color", "targetValue": [0.5, 0, 1, 0.5]},
        {"materialName": "eyes", "propertyName": "_MainTex_ST", "targetValue": [1, 0.5, 0.25, 0.25]},
        {"materialName": "eyes", "propertyName": "_MainTex_ST_S", "targetValue": [2, 9, 0.5, 9]},
        {"materialName": "nobody", "propertyName": "_Color", "targetValue": [1, 1, 1, 1]},
        {"materialName": "eyes", "propertyName": "_Unknown", "targetValue": [1, 1, 1, 1]},
    ]
    g.vrm0(
        materialProperties=[{}, mtoon], blendShapeMaster={"blendShapeGroups": [{"name": "x", "materialValues": values}]}
    )
    found = load(g.write(tmp_path)).expressions["x"].materials
    # glTF measures v downwards, Unity upwards: offset' = 1 - scale - offset. _S leaves v as the material has it.
    assert found == (
        MaterialBind(1, "color", (pytest.approx(0.21404, abs=1e-4), 0, 1, 0.5)),
        MaterialBind(1, "textureTransform", (0.25, 0.25, 1, 0.5)),
        MaterialBind(1, "textureTransform", (0.5, pytest.approx(0.3), 2, 0.5)),
    )


def test_look_at_ranges(tmp_path: Path) -> None:
    g = Gltf()
    mesh = g.triangle()
    g.node(mesh=mesh)
    first = {
        "firstPersonBone": -1,
        "firstPersonBoneOffset": {"x": 0.01, "y": 0.06, "z": 0.12},
        "lookAtTypeName": "BlendShape",
        "lookAtHorizontalInner": {"xRange": 45, "yRange": 1},
        "lookAtHorizontalOuter": {"xRange": 90, "yRange": 9},
        "meshAnnotations": [
            {"mesh": mesh, "firstPersonFlag": "FirstPersonOnly"},
            {"mesh": 99, "firstPersonFlag": "Auto"},
        ],
    }
    bones = g.vrm0(firstPerson=first)
    model = load(g.write(tmp_path))
    # Weights end at 1: "9 at 90°" is "1 at 10°".
    assert model.look_at == LookAt("expression", (-0.01, 0.06, 0.12), (45, 1), (10, 1), (90, 1), (90, 1))
    assert model.primitives[0].first_person == "firstPersonOnly"
    first.update(
        lookAtTypeName="Bone", firstPersonBone=bones["spine"], firstPersonBoneOffset={"x": 0, "y": 0.6, "z": 0.1}
    )
    model = load(g.write(tmp_path))
    assert model.look_at is not None
    assert (model.look_at.kind, model.look_at.horizontal_outer, model.look_at.vertical_up) == (
        "bone",
        (90, 9),
        (90, 10),
    )
    np.testing.assert_allclose(model.look_at.offset, (0, 0.1, 0.1), atol=1e-6)


def test_springs_walk_down_all_children(tmp_path: Path) -> None:
    g = Gltf()
    bones = g.body(turned=True)
    tips = [g.node(root=False, name=f"tip{i}", translation=[0.1 * i, -0.2, 0]) for i in range(2)]
    fork = g.node(root=False, name="fork", translation=[0, 0, 0.3], children=tips)
    g.json["nodes"][bones["head"]]["children"] = [fork]
    group = {
        "stiffiness": 2.5,
        "gravityPower": 0.3,
        "dragForce": 0.1,
        "hitRadius": 0.02,
        "center": -1,
        "gravityDir": {"x": 0.6, "y": -0.8, "z": 0.1},
        "colliderGroups": [0, 9],
        "bones": [fork, tips[0], 999],
    }
    colliders = [{"offset": {"x": 0.1, "y": 0.2, "z": 0.3}, "radius": 0.15}]
    g.extension(
        "VRM",
        {
            "humanoid": {"humanBones": [{"bone": bone, "node": node} for bone, node in bones.items()]},
            "secondaryAnimation": {
                "boneGroups": [group],
                "colliderGroups": [{"node": bones["head"], "colliders": colliders}],
            },
        },
    )
    model = load(g.write(tmp_path))
    names = [[(model.node_names[j.node], model.node_names[j.tail]) for j in s.joints] for s in model.springs]
    assert names == [[("fork", "tip0"), ("tip0", "tip0_end")], [("tip1", "tip1_end")]]
    world = model.rest_world()[:, :3, 3]
    where = {name: i for i, name in enumerate(model.node_names)}
    for tip in ("tip0", "tip1"):
        line = world[where[tip]] - world[where["fork"]]
        beyond = world[where[f"{tip}_end"]] - world[where[tip]]
        np.testing.assert_allclose(beyond, 0.07 * line / np.linalg.norm(line), atol=1e-6)
        assert model.parents[where[f"{tip}_end"]] == where[tip]
    joint = model.springs[0].joints[0]
    assert (joint.stiffness, joint.gravity_power, joint.drag_force, joint.hit_radius) == (2.5, 0.3, 0.1, 0.02)
    assert joint.gravity_dir == (-0.6, -0.8, 0.1)
    (collider,) = model.colliders
    # Unity's (x, y, z) is glTF's (x, y, -z), and turned (-x, y, z): in front of a face that looks to +Z.
    assert (collider.offset, collider.radius, model.springs[0].colliders) == ((-0.1, 0.2, 0.3), 0.15, (0,))
    assert world[where["fork"], 2] < 0  # it was behind (+Z of a file that faces -Z), and still is


def test_linear() -> None:
    assert linear(0) == 0
    assert linear(-1) == 0
    assert linear(1) == pytest.approx(1)
    assert linear(0.5) == pytest.approx(0.2140411)


def test_unlit_and_gltf_shaders(tmp_path: Path) -> None:
    g = Gltf()
    shaders = ["VRM/UnlitTransparent", "VRM/UnlitCutout", "VRM_USE_GLTFSHADER", "Standard"]
    g.json["materials"] = [{}] * 5
    g.vrm0(materialProperties=[{"shader": shader} for shader in shaders])
    found = [(m.kind, m.alpha_mode) for m in load(g.write(tmp_path)).materials]
    assert found == [("unlit", "BLEND"), ("unlit", "MASK"), *[("pbr", "OPAQUE")] * 3]


def test_transparent_queues_keep_their_order(tmp_path: Path) -> None:
    g = Gltf()
    g.json["materials"] = [{}] * 5
    queues = [(2, 3000), (2, 2998), (3, 2502), (3, 2501), (2, 2998)]
    g.vrm0(
        materialProperties=[
            {"shader": "VRM/MToon", "renderQueue": queue, "floatProperties": {"_BlendMode": mode}}
            for mode, queue in queues
        ]
    )
    toons = [m.mtoon for m in load(g.write(tmp_path)).materials]
    assert [t.render_queue_offset for t in toons if t] == [0, -1, 1, 0, -1]
    assert [t.transparent_with_z_write for t in toons if t] == [False, False, True, True, False]


@pytest.mark.skipif(not AVATARS.is_dir(), reason="needs ../shared")
def test_mtoon_is_as_the_same_makers_own_vrm1() -> None:
    old = {m.name: m for m in load(AVATARS / "addon_mtoon1_2_20_61_vrm0.vrm").materials}
    new = {m.name: m for m in load(AVATARS / "addon_mtoon1_2_20_61_vrm1.vrm").materials}
    assert set(old) == set(new)
    for name, m in old.items():
        n = new[name]
        a, b = m.mtoon, n.mtoon
        assert a is not None
        assert b is not None
        # That writer takes 2.2 for the sRGB curve.
        for colour in ("shade_color", "rim_color", "outline_color"):
            np.testing.assert_allclose(getattr(a, colour), getattr(b, colour), atol=0.01, err_msg=f"{name} {colour}")
        np.testing.assert_allclose(m.base_color, n.base_color, atol=0.01)
        for value in ("shading_shift", "shading_toony", "gi_equalization", "rim_fresnel_power", "rim_lift"):
            assert getattr(a, value) == pytest.approx(getattr(b, value), abs=1e-5), (name, value)
        assert (m.alpha_mode, m.double_sided, a.outline_mode) == (n.alpha_mode, n.double_sided, b.outline_mode)
        # On the screen that writer counts whole heights; MToon 0.x drew, and three-vrm draws both by, half ones.
        halves = 2 if a.outline_mode == "screenCoordinates" else 1
        assert a.outline_width == pytest.approx(b.outline_width * halves, abs=1e-6)
        np.testing.assert_allclose(a.uv_scroll, b.uv_scroll, atol=1e-6)
        assert a.uv_rotation_speed == pytest.approx(b.uv_rotation_speed * 2 * math.pi)
        assert (m.base_texture is None) == (n.base_texture is None)
        if m.base_texture is not None and n.base_texture is not None:
            assert (m.base_texture.offset, m.base_texture.scale) == (n.base_texture.offset, n.base_texture.scale)


@pytest.mark.skipif(not AVATARS.is_dir(), reason="needs ../shared")
def test_godette_faces_plus_z() -> None:
    model = load(AVATARS / "Godette_vrm_v4.vrm")
    world = model.rest_world()[:, :3, 3]
    human = model.humanoid
    assert world[human["leftHand"], 0] > 0.3 > -0.3 > world[human["rightHand"], 0]
    assert world[human["leftToes"], 2] > world[human["leftFoot"], 2] + 0.05
    assert world[human["leftThumbDistal"], 2] > world[human["leftHand"], 2]
    assert 1.4 < model.height() < 1.6
    assert sum(len(s.joints) for s in model.springs) == 16
