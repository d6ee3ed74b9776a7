"""The house's props are what their script makes, valid, small, and of the measures that attaching them counts on."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from avatar import paths
from avatar.linalg import affine
from avatar.model.static import load_prop
from avatar.model.validate import validate
from avatar.spelling import PROPS

ATELIER = paths.assets() / "atelier"


@pytest.fixture(scope="module")
def script():
    sys.path.insert(0, str(ATELIER))
    try:
        import props

        yield props
    finally:
        sys.path.remove(str(ATELIER))


def test_each_name_of_the_house_has_a_file_and_the_other_way_round(script) -> None:
    assert paths.prop_names() == sorted(PROPS) == sorted(script.PROPS)


@pytest.mark.parametrize("name", sorted(PROPS))
def test_the_file_is_the_one_the_script_makes_and_valid(script, name: str, tmp_path: Path) -> None:
    file = paths.prop(name)
    assert file.stat().st_size < 100_000
    report = validate(file)
    assert (report.verdict, report.messages) == ("valid", ())
    again = tmp_path / "again.glb"
    again.write_bytes(script.PROPS[name]().tobytes())
    made, kept = load_prop(again), load_prop(file)
    assert made.node_names == kept.node_names
    assert made.materials == kept.materials
    for a, b in zip(made.primitives, kept.primitives, strict=True):
        assert np.array_equal(a.indices, b.indices)
        assert np.abs(a.positions - b.positions).max() < 1e-6


@pytest.mark.parametrize("name", sorted(PROPS))
def test_surfaces_are_closed_outwards_and_of_some_size(name: str) -> None:
    model = load_prop(paths.prop(name))
    world = model.rest_world()
    for part in model.primitives:
        points = affine.apply(world[part.node], part.positions)
        a, b, c = (points[part.indices[:, k]] for k in range(3))
        face = np.cross(b - a, c - a)
        mean = part.normals[part.indices].mean(1)
        assert ((face * mean).sum(1) > 0).mean() > 0.99, "triangles turn the way their normals say"
        assert np.linalg.norm(part.normals, axis=1) == pytest.approx(np.ones(len(points)), abs=1e-3)
    assert 0.001 < model.height() < 0.3


def test_the_ring_s_finger_goes_along_its_axis_and_its_stone_is_ahead() -> None:
    ring = load_prop(paths.prop("ring"))
    band, stone = (ring.primitives[ring.node_names.index(n)].positions for n in ("band", "stone"))
    assert np.hypot(band[:, 0], band[:, 2]).min() == pytest.approx(0.0085, abs=3e-4)
    assert abs(band[:, 1].mean()) < 1e-4
    assert stone[:, 2].min() > 0.0085
    assert abs(stone[:, :2]).max() < 0.003
