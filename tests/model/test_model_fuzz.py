"""Damage at random, with fixed seeds: a file is refused by a ModelError, or what comes out of it fits together."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import AVATARS, TRIANGLE, Gltf, png, rewrite, sample, unpack

from avatar.errors import ModelError
from avatar.model.load import load
from avatar.model.model import AvatarModel

VALUES: list[Any] = [
    *(None, -1, 0, 1, 2**31, 2**63, 10**400, 1e308, 1e9, 0.5, 1e-30, True, "", "x", "\ud800", [], {}, [[]], [None]),
    *([1e9] * 3, [0] * 4, {"a": 1}, 5121, 5123, 5125, 5126, "VEC3", "MAT4", "MASK"),
]


def _slots(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    for key, inner in list(value.items() if isinstance(value, dict) else enumerate(value)):
        found.append((value, key))
        if isinstance(inner, (dict, list)):
            found += _slots(inner)
    return found


def _check(path: Path) -> bool:
    """Loads; True when it was accepted, and then everything inside must fit together."""
    try:
        model = load(path)
    except ModelError as error:
        said = str(error)
    else:
        _fits(model)
        return True
    assert said.isprintable()
    return False


def _fits(model: AvatarModel) -> None:
    joints = model.joint_count
    assert (model.parents < np.arange(joints)).all()
    assert np.isfinite(model.rest_world()).all()
    for p in model.primitives:
        assert 0 <= p.indices.min() <= p.indices.max() < len(p.positions) == len(p.normals)
        assert 0 <= p.node < joints
        assert 0 <= p.material < len(model.materials)
        if p.joints is not None and p.weights is not None:
            assert p.joints.max() < len(model.skins[p.skin].joints)
            np.testing.assert_allclose(p.weights.sum(1), 1, atol=1e-4)
        if p.morph_positions is not None:
            assert p.morph_offset + len(p.morph_positions) <= len(model.morph_defaults)
    for expression in model.expressions.values():
        assert (expression.morphs < len(model.morph_defaults)).all()
    for spring in model.springs:
        assert all(0 <= j.node < joints and 0 <= j.tail < joints for j in spring.joints)


def _vrm0_sample() -> bytes:
    g = Gltf()
    mesh = g.triangle(targets=[{"POSITION": g.accessor(TRIANGLE)}])
    g.json["materials"] = [{"name": "m"}]
    texture = g.image(png(np.zeros((2, 2, 3), "u1")))
    value = {"materialName": "m", "propertyName": "_MainTex_ST", "targetValue": [1, 1, 0, 0]}
    group = {
        "name": "A",
        "presetName": "a",
        "binds": [{"mesh": mesh, "index": 0, "weight": 100}],
        "materialValues": [value],
    }
    vector = {"x": 0, "y": 0.1, "z": 0}
    g.vrm0(
        meta={"title": "t", "author": "a"},
        blendShapeMaster={"blendShapeGroups": [group]},
        materialProperties=[
            {
                "shader": "VRM/MToon",
                "renderQueue": 3000,
                "keywordMap": {"_ALPHABLEND_ON": True},
                "floatProperties": {"_BlendMode": 2, "_ShadeShift": 0.1, "_OutlineWidthMode": 1},
                "vectorProperties": {"_Color": [1, 1, 1, 1], "_MainTex": [0, 0, 1, 1]},
                "textureProperties": {"_MainTex": texture},
            }
        ],
        firstPerson={
            "firstPersonBone": 2,
            "firstPersonBoneOffset": vector,
            "lookAtTypeName": "BlendShape",
            "lookAtHorizontalInner": {"xRange": 90, "yRange": 8},
            "meshAnnotations": [{"mesh": mesh, "firstPersonFlag": "Both"}],
        },
        secondaryAnimation={
            "boneGroups": [
                {"bones": [3, 11], "colliderGroups": [0], "gravityDir": vector, "stiffiness": 1, "center": -1}
            ],
            "colliderGroups": [{"node": 2, "colliders": [{"offset": vector, "radius": 0.1}]}],
        },
    )
    g.node(mesh=mesh)
    return g.glb()


@pytest.mark.parametrize("kind", ["vrm1", "vrm0"])
def test_any_value_in_any_place(tmp_path: Path, kind: str) -> None:
    data = sample().glb() if kind == "vrm1" else _vrm0_sample()
    path = tmp_path / "fuzz.vrm"
    path.write_bytes(data)
    assert _check(path)
    _, rest = unpack(data)
    rng = random.Random(11)
    accepted = 0
    for _ in range(500):
        document, _ = unpack(data)
        holder, key = rng.choice(_slots(document))
        holder[key] = rng.choice(VALUES)
        accepted += _check(rewrite(path, document, rest))
    assert 25 < accepted < 475


@pytest.mark.skipif(not AVATARS.is_dir(), reason="needs ../shared")
@pytest.mark.parametrize("how", ["cut", "flip"])
def test_damaged_avatars(tmp_path: Path, how: str) -> None:
    files = [
        p for p in sorted(AVATARS.iterdir()) if p.suffix in {".vrm", ".glb", ".gltf"} and p.stat().st_size < 250_000
    ]
    rng = random.Random(5)
    for _ in range(400):
        source = rng.choice(files)
        data = bytearray(source.read_bytes())
        if how == "cut":
            data = data[: rng.randrange(len(data))]
        else:
            reach = len(data) if rng.random() < 0.5 else min(len(data), 6000)
            for _ in range(rng.choice((1, 1, 2, 8, 64))):
                data[rng.randrange(reach)] = rng.randrange(256)
        path = tmp_path / f"damaged{source.suffix}"
        path.write_bytes(data)
        assert not (_check(path) and how == "cut"), source.name
