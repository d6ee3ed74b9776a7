"""Every limit can be lowered, and then refuses by its own rule; files from within the defaults stay cheap."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_files import Gltf, png, sample
from yardstick import quiet_seconds

from avatar.config import Limits
from avatar.errors import LimitError, ModelError, UsageError
from avatar.model.load import load


@pytest.mark.parametrize(
    ("limit", "value", "rule"),
    [
        ("file_bytes", 1000, "the file is"),
        ("memory_bytes", 5000, "unpacks to more than"),
        ("json_bytes", 500, "its JSON is"),
        ("json_values", 100, "more than 100 values"),
        ("json_depth", 4, "deeper than 4 levels"),
        ("nodes", 17, "at most 17"),
        ("node_depth", 3, "deeper than 3 levels"),
        ("joints", 1, "at most 1"),
        ("vertices", 2, "more than 2 vertices"),
        ("elements", 2, "from 0 to 2"),
        ("image_side", 1, "at most 1 × 1"),
        ("image_bytes", 60, "the pictures take more than"),
        ("image_pixels", 3, "million pixels together"),
        ("reach", 0.5, "farther than 0.5 m"),
    ],
)
def test_each_limit_refuses(tmp_path: Path, limit: str, value: Any, rule: str) -> None:
    path = sample().write(tmp_path)
    assert load(path).primitives
    with pytest.raises(LimitError, match=rule):
        load(path, limits=dataclasses.replace(Limits(), **{limit: value}))


def test_primitives_and_morphs_are_counted_over_the_whole_model(tmp_path: Path) -> None:
    g = Gltf()
    position = g.accessor(np.eye(3, dtype="f4"))
    for _ in range(3):
        g.node(mesh=g.mesh({"POSITION": position}, targets=[{"POSITION": position}]))
    path = g.write(tmp_path)
    assert len(load(path, limits=Limits(primitives=3, morphs=3)).primitives) == 3
    with pytest.raises(ModelError, match="more than 2 morph targets"):
        load(path, limits=Limits(morphs=2))
    with pytest.raises(ModelError, match="at most 2"):
        load(path, limits=Limits(primitives=2))


def test_a_limit_must_be_a_limit() -> None:
    with pytest.raises(UsageError, match="limit joints"):
        Limits(joints=0)


def _many_nodes_one_long_mesh() -> Gltf:
    g = Gltf()
    g.json["accessors"] = [{"componentType": 5126, "count": 1_000_000, "type": "VEC3"}]
    g.json["accessors"].append({"componentType": 5121, "count": 1_000_000, "type": "VEC4"})
    g.json["accessors"].append({"componentType": 5126, "count": 1_000_000, "type": "VEC4"})
    g.json["meshes"] = [{"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 0, "JOINTS_0": 1, "WEIGHTS_0": 2}}]}]
    g.json["skins"] = [{"joints": [0]}]
    for _ in range(8000):
        g.node(mesh=0, skin=0)
    return g


def _many_nodes_many_points() -> Gltf:
    g = Gltf()
    position = g.accessor(np.eye(3, dtype="f4"))
    g.json["meshes"] = [{"primitives": [{"attributes": {"POSITION": position}, "mode": 0}] * 8000}]
    for _ in range(16000):
        g.node(mesh=0)
    return g


def _padded_jpeg() -> Gltf:
    g = Gltf()
    g.json["materials"] = [{"emissiveTexture": {"index": g.image(b"\xff\xd8" + b"\xff" * 8_000_000)}}]
    return g


@pytest.mark.parametrize("make", [_many_nodes_one_long_mesh, _many_nodes_many_points, _padded_jpeg])
def test_small_files_stay_quick(tmp_path: Path, make: Any) -> None:
    path = make().write(tmp_path)

    def read() -> None:
        with contextlib.suppress(ModelError):
            load(path)

    assert quiet_seconds(read, 2) < 2


def test_pictures_that_nothing_shows_are_not_decoded(tmp_path: Path) -> None:
    g = Gltf()
    image = png(np.zeros((8, 4, 3), "u1"))
    broken = image[:40] + b"x" + image[41:]
    textures = [g.image(image), g.image(broken)]
    g.json["materials"] = [{"emissiveTexture": {"index": i}} for i in textures]
    g.node(mesh=g.triangle(material=0))
    model = load(g.write(tmp_path))
    assert [t.image.shape for t in model.textures] == [(8, 4, 4), (1, 1, 4)]
    g.node(mesh=g.triangle(material=1))
    assert "image 1 is damaged" in load(g.write(tmp_path)).notes[0]
