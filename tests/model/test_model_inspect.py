"""What is said of a file agrees with what was put into it, for companions, motions and props."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from model_files import AVATARS, BODY, SHARED, TRIANGLE, Gltf, png

from avatar.errors import ModelError
from avatar.model.inspect import describe_lines, inspect

MOTION = SHARED / "data" / "motions" / "threevrm_test.vrma"
OBJ = "v 0 0 0\nv 2 0 0\nv 0 1 0\nf 1 2 3\n"


def companion(folder: Path) -> Path:
    g = Gltf()
    bones = g.vrm1(
        meta={
            "name": "Ada\x1b[2J",
            "authors": ["someone"],
            "licenseUrl": "https://vrm.dev/licenses/1.0/",
            "avatarPermission": "everyone",
        },
        lookAt={"type": "expression"},
    )
    targets = [{"POSITION": g.accessor(TRIANGLE)}, {"POSITION": g.accessor(TRIANGLE)}]
    primitive = {"attributes": {"POSITION": g.accessor(TRIANGLE)}, "material": 0, "targets": targets}
    face = g.node(mesh=g.mesh(**primitive))
    picture = g.image(png(np.zeros((4, 8, 3), np.uint8)))
    mtoon = {"specVersion": "1.0", "outlineWidthMode": "worldCoordinates", "outlineWidthFactor": 0.01}
    base = {"baseColorTexture": {"index": picture}}
    unlit = {"VRMC_materials_mtoon": mtoon}
    g.json["materials"] = [{"name": "skin", "alphaMode": "MASK", "pbrMetallicRoughness": base, "extensions": unlit}]
    g.json["extensionsUsed"] += ["VRMC_materials_mtoon", "VRMC_node_constraint", "ACME_glitter"]
    happy = {"isBinary": True, "overrideBlink": "block", "morphTargetBinds": [{"node": face, "index": 1, "weight": 1}]}
    red = {"material": 0, "type": "color", "targetValue": [1, 0, 0, 1]}
    moved = {"material": 0, "scale": [1, 1], "offset": [0.5, 0]}
    custom = {"blush": {"materialColorBinds": [red], "textureTransformBinds": [moved]}}
    g.json["extensions"]["VRMC_vrm"]["expressions"] = {"preset": {"happy": happy}, "custom": custom}
    g.json["extensions"]["VRMC_vrm"]["firstPerson"] = {
        "meshAnnotations": [{"node": face, "type": "thirdPersonOnly"}],
    }
    chain = [{"node": bones[name]} for name in ("hips", "spine", "head")]
    capsule = {"node": bones["head"], "shape": {"capsule": {"radius": 0.1, "tail": [0, 1, 0]}}}
    g.extension("VRMC_springBone", {"specVersion": "1.0", "colliders": [capsule], "springs": [{"joints": chain}]})
    roll = {"constraint": {"roll": {"source": bones["leftHand"], "rollAxis": "X"}}, "specVersion": "1.0"}
    g.json["nodes"][bones["rightHand"]]["extensions"] = {"VRMC_node_constraint": roll}
    return g.write(folder, "ada.vrm")


def test_a_companion(tmp_path: Path) -> None:
    path = companion(tmp_path)
    found = inspect(path)
    assert json.loads(json.dumps(found)) == found
    assert (found["file"], found["bytes"]) == ("ada.vrm", path.stat().st_size)
    assert (found["kind"], found["format"], found["container"]) == ("avatar", "VRM 1.0", "GLB")
    assert found["name"].isprintable()
    counts = found["counts"]
    assert (counts["vertices"], counts["triangles"], counts["primitives"], counts["meshes"]) == (3, 1, 1, 1)
    assert (counts["nodes"], counts["morph_targets"]) == (len(BODY) + 1, 2)
    assert (counts["textures"], counts["pictures"], counts["pixels"]) == (1, 1, 32)
    assert found["pictures"] == [[8, 4]]
    assert found["height_m"] == 1.0
    assert set(found["bones"]["present"]) == set(BODY)
    assert "jaw" in found["bones"]["missing_optional"]
    expressions = {e["name"]: e for e in found["expressions"]}
    assert (expressions["happy"]["morph_binds"], expressions["happy"]["binary"]) == (1, True)
    assert expressions["happy"]["overrides"] == {"blink": "block", "look_at": "none", "mouth": "none"}
    blush = expressions["blush"]
    assert (blush["preset"], blush["color_binds"], blush["texture_binds"]) == (False, 1, 1)
    springs = found["springs"]
    assert (springs["chains"], springs["joints"], springs["colliders"]["capsule"]) == (1, 2, 1)
    assert found["constraints"] == {"roll": 1, "aim": 0, "rotation": 0}
    material = found["materials"][0]
    assert (material["kind"], material["alpha_mode"], material["outline"]) == ("mtoon", "MASK", "worldCoordinates")
    assert material["textures"] == ["base_texture"]
    assert found["extensions"]["ignored"] == ["ACME_glitter"]
    assert "VRMC_vrm" in found["extensions"]["acted_on"]
    assert (found["look_at"]["kind"], found["first_person"]) == ("expression", {"thirdPersonOnly": 1})
    assert any("everyone may use" in line for line in found["licence"])


def test_the_lines_are_plain_text(tmp_path: Path) -> None:
    lines = describe_lines(inspect(companion(tmp_path)))
    assert all(line.isprintable() for line in lines)
    text = "\n".join(lines)
    for part in (
        "ada.vrm: VRM 1.0 avatar",
        "height: 1.00 m",
        "happy: 1 morph (binary, blocks blink)",
        "blush: 1 colour, 1 texture shift (custom)",
        "springs: 1 chain, 2 joints; colliders: 1 capsule",
        "constraints: 1 roll",
        "skin: mtoon, mask at 0.5, outline in worldCoordinates, 1 texture",
        "extensions not acted on: ACME_glitter",
    ):
        assert part in text


def test_a_picture_that_is_not_read_is_looked_past(tmp_path: Path) -> None:
    g = Gltf()
    texture = g.image(b"\xabKTX 20\xbb\r\n\x1a\n" + bytes(80))
    g.json["textures"][texture] = {"extensions": {"KHR_texture_basisu": {"source": 0}}}
    g.json["extensionsUsed"] = g.json["extensionsRequired"] = ["KHR_texture_basisu"]
    g.json["materials"] = [{"emissiveTexture": {"index": texture}}]
    g.node(mesh=g.triangle(material=0))
    found = inspect(g.write(tmp_path))
    assert found["pictures"] == [None]
    assert found["extensions"]["ignored"] == ["KHR_texture_basisu"]
    assert "not supported" in found["notes"][0]
    assert any("not read" in line for line in describe_lines(found))


def test_pictures_are_measured_wherever_they_are(tmp_path: Path) -> None:
    (tmp_path / "wide.png").write_bytes(png(np.zeros((2, 16, 3), np.uint8)))
    g = Gltf()
    g.image(png(np.zeros((4, 8, 3), np.uint8)))
    g.json["images"] += [{"uri": "wide.png"}, {"uri": "gone.png"}, {"uri": "../wide.png"}]
    g.json["meshes"] = []
    g.mesh({"POSITION": g.accessor(TRIANGLE)})
    g.node(mesh=0)
    assert inspect(g.write(tmp_path))["pictures"] == [[8, 4], [16, 2], None, None]


def test_a_prop(tmp_path: Path) -> None:
    path = tmp_path / "ring.dat"
    path.write_text(OBJ)
    found = inspect(path)
    assert (found["kind"], found["counts"]["triangles"], found["counts"]["vertices"]) == ("prop", 1, 3)
    assert found["size_m"] == [2.0, 1.0, 0.0]
    assert describe_lines(found)[1] == "size: 2.000 x 1.000 x 0.000 m"


@pytest.mark.parametrize("data", [b"", b"hello", b"{", b"glTF", b"HIERARCHY\n", b'{"asset":{"version":"1.0"}}'])
def test_what_cannot_be_loaded_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "case"
    path.write_bytes(data)
    with pytest.raises(ModelError):
        inspect(path)
    with pytest.raises(ModelError, match="no such file"):
        inspect(tmp_path / "nothing")


@pytest.mark.skipif(not MOTION.is_file(), reason=f"needs {MOTION}")
def test_a_motion() -> None:
    found = inspect(MOTION)
    assert (found["kind"], found["format"], found["duration_s"]) == ("motion", "VRM animation 1.0", 3.0)
    clip = found["clips"][0]
    assert (clip["bones"], clip["expressions"], clip["look_at"]) == (["rightUpperArm"], ["happy"], True)
    assert any("rightUpperArm" in line for line in describe_lines(found))


@pytest.mark.skipif(not AVATARS.is_dir(), reason=f"needs {AVATARS}")
def test_every_real_companion_can_be_inspected() -> None:
    keys = None
    for path in sorted(AVATARS.iterdir()):
        if path.suffix == ".txt":
            continue
        found = inspect(path)
        json.dumps(found)
        assert found["kind"] == "avatar"
        assert keys in (None, list(found)), "the keys are always all there"
        keys = list(found)
        assert found["counts"]["triangles"] > 0
        assert all(line.isprintable() for line in describe_lines(found))
