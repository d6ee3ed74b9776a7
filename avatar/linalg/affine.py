"""Affine 4×4 matrices for column vectors (``p' = M @ p``), float32, row-major in memory."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray, IntArray
from . import quat

_Matrices = TypeVar("_Matrices", bound=NDArray[Any])


def compose(
    translation: FloatArray, rotation: FloatArray, scale: FloatArray | None = None, out: FloatArray | None = None
) -> FloatArray:
    """``T R S``. translation (..., 3) metres, rotation (..., 4) xyzw, scale (..., 3) or None; (..., 4, 4)."""
    if out is None:
        out = np.empty((*translation.shape[:-1], 4, 4), np.float32)
    quat.to_matrix(rotation, out[..., :3, :3])
    if scale is not None:
        out[..., :3, :3] *= scale[..., None, :]
    out[..., :3, 3] = translation
    out[..., 3, :3] = 0
    out[..., 3, 3] = 1
    return out


def decompose(m: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(translation, rotation, scale) of matrices without shear; a mirroring shows as a negative x scale."""
    m = np.asarray(m, np.float32)
    scale = np.sqrt(np.einsum("...ij,...ij->...j", m[..., :3, :3], m[..., :3, :3]))
    mirrored = np.linalg.det(m[..., :3, :3]) < 0
    scale[..., 0] = np.where(mirrored, -scale[..., 0], scale[..., 0])
    safe = np.where(np.abs(scale) < 1e-12, 1, scale)
    turn = np.asarray(m[..., :3, :3] / safe[..., None, :], np.float32)
    return m[..., :3, 3].copy(), quat.from_matrix(turn), np.asarray(scale, np.float32)


def generations(parents: IntArray) -> list[slice]:
    """Runs of nodes, none of which hangs from another of its run. parents : (J,), before their children; -1 = none."""
    starts = [0]
    for node, parent in enumerate(parents.tolist()):
        if parent >= starts[-1]:
            starts.append(node)
    return [slice(a, b) for a, b in zip(starts, [*starts[1:], len(parents)], strict=True)]


def chain(local: _Matrices, parents: IntArray) -> _Matrices:
    """World matrices of local ones (J, 4, 4), in their place. parents : (J,), before their children; -1 = none."""
    for run in generations(parents):
        above, own = parents[run], local[run]
        hung = above >= 0
        if hung.all():
            np.matmul(local[above], own, out=own)
        elif hung.any():
            own[hung] = local[above[hung]] @ own[hung]
    return local


def apply(m: FloatArray, points: FloatArray) -> FloatArray:
    """Points (..., 3) through an affine (4, 4)."""
    return (points @ m[:3, :3].T + m[:3, 3]).astype(np.float32, copy=False)


def invert_rigid(m: FloatArray) -> FloatArray:
    """Inverse of rotation + translation, (..., 4, 4)."""
    out = np.zeros_like(m)
    rt = np.swapaxes(m[..., :3, :3], -1, -2)
    out[..., :3, :3] = rt
    out[..., :3, 3] = -np.einsum("...ij,...j->...i", rt, m[..., :3, 3])
    out[..., 3, 3] = 1
    return out
