"""Trees of matrices: many at once give what one after another gives."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.linalg import affine, quat
from avatar.types import FloatArray, IntArray


def _tree(count: int, seed: int) -> tuple[FloatArray, IntArray]:
    rng = np.random.default_rng(seed)
    parents = np.array([rng.integers(-1, j) for j in range(count)], np.int32)
    turns = quat.normalize(rng.normal(size=(count, 4)).astype("f4"))
    scale = rng.uniform(0.8, 1.2, (count, 3)).astype("f4")
    return affine.compose(rng.normal(size=(count, 3)).astype("f4"), turns, scale), parents


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("count", [0, 1, 2, 50, 300])
def test_a_chain_is_each_parent_times_its_child(count: int, kind: type) -> None:
    local, parents = _tree(count, count)
    local = local.astype(kind)
    world = local.copy()
    for j, parent in enumerate(parents):
        if parent >= 0:
            world[j] = world[parent] @ world[j]
    found = affine.chain(local, parents)
    assert found is local
    assert found.dtype == kind
    np.testing.assert_allclose(found, world, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("count", [1, 7, 200])
def test_generations_hold_every_node_once_and_no_parent_of_their_own(count: int) -> None:
    parents = _tree(count, count)[1]
    runs = affine.generations(parents)
    assert np.concatenate([np.arange(count)[run] for run in runs]).tolist() == list(range(count))
    for run in runs:
        assert (parents[run] < run.start).all()


def test_level_by_level_each_level_is_one_generation() -> None:
    parents = np.array([-1, -1, 0, 1, 1, 2, 4, 4], np.int32)
    assert affine.generations(parents) == [slice(0, 2), slice(2, 5), slice(5, 8)]


def test_matrices_come_apart_as_they_were_put_together() -> None:
    local, _ = _tree(40, 9)
    local[::3, :3, 0] *= -1
    again = affine.compose(*affine.decompose(local))
    np.testing.assert_allclose(again, local, atol=1e-5)
