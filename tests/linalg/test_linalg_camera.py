"""A view matrix is a rotation and a place, whichever way it looks."""

from __future__ import annotations

import numpy as np
import pytest

from avatar.linalg import camera


@pytest.mark.parametrize("eye", [(0, 0, 2), (1, 2, 3), (0, 5, 0), (0, -5, 0), (0, 5, 1e-9)])
def test_the_target_lies_ahead_and_nothing_is_stretched(eye: tuple[float, float, float]) -> None:
    view = camera.look_at(np.array(eye, np.float32), np.zeros(3, np.float32))
    np.testing.assert_allclose(view[:3, :3] @ view[:3, :3].T, np.eye(3), atol=1e-6)
    assert np.linalg.det(view[:3, :3]) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(view @ [0, 0, 0, 1], [0, 0, -np.linalg.norm(eye), 1], atol=1e-5)
