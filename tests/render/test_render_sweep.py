"""Materials beside three-vrm's own pictures of the same files (benchmarks/peers makes both), kept small in data/."""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from avatar.render.renderer import Renderer

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks" / "peers"))

import peer_cases  # noqa: E402
import peer_plan  # noqa: E402

pytestmark = pytest.mark.gl
MOST = 1.2
"""Of 255, over the companion; at this size most of it is the edge."""
WIDER = {"width texture": 1.8}  # an outline of changing width is nearly all edge


@pytest.fixture(scope="module")
def sheet():
    return cv2.imread(str(Path(__file__).parent / "data" / "three_vrm.png"))[..., ::-1]


@pytest.fixture(scope="module")
def by_name():
    return {c.name: c for c in peer_cases.cases()}


@pytest.fixture(scope="module")
def renderer():
    with Renderer((peer_plan.TILE, peer_plan.TILE), 4) as r:
        yield r


@pytest.mark.parametrize("name", peer_plan.FROZEN)
def test_a_material_looks_as_three_vrm_draws_it(renderer, sheet, by_name, name):
    renderer.context.make_current()
    expected = peer_plan.tile(sheet, name)
    got = peer_plan.ours(by_name[name], renderer)
    mean, off = peer_plan.difference(got, expected)
    assert mean <= WIDER.get(name, MOST), f"{mean:.2f} of 255 apart over the companion, {100 * off:.1f} % by over 8"


def test_the_kept_pictures_differ_from_each_other(sheet):
    plain = peer_plan.tile(sheet, "default").astype(np.int16)
    same = [n for n in peer_plan.FROZEN if np.abs(peer_plan.tile(sheet, n) - plain).mean() < 0.05]
    assert set(same) <= {"default", "gi 0", "double-sided", "mask kept", "vertex colour 3"}
