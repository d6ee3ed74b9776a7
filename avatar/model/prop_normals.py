"""Normals of a prop's corners: the file's own, else those of the faces, smoothed where the faces meet at little."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray, IntArray
from .meshes import face_normals
from .prop_parts import Part

CREASE: Final = np.radians(40.0)
"""Faces that meet at less than this are shaded as one surface, where the file has no normals."""
SMOOTHED: Final = 100_000
"""A part of more triangles than this is shaded flat where the file has no normals."""
_ALIKE: Final = np.float32(np.cos(CREASE))
_NEIGHBOURS: Final = 24
_BLOCK: Final = 1 << 15
"""Corners whose neighbours are looked at together, few enough to stay near the processor."""
_MIX: Final = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)

Places = NDArray[np.intp]


def corner_normals(parts: list[Part]) -> list[FloatArray]:
    """(3T, 3) unit normals of every part's corners."""
    sizes = [len(part.positions) for part in parts]
    bounds = np.cumsum([0, *sizes])
    positions = np.concatenate([part.positions for part in parts])
    flat = face_normals(positions, np.arange(len(positions), dtype=np.int32).reshape(-1, 3))
    found = [np.repeat(flat[first // 3 : last // 3], 3, 0) for first, last in pairwise(bounds)]
    rough = [i for i, part in enumerate(parts) if part.normals is None and sizes[i] <= 3 * SMOOTHED]
    for i, part in enumerate(parts):
        if part.normals is not None:
            good = np.isfinite(part.normals[:, 0])
            found[i][good] = part.normals[good]
    if rough:
        # All at once: a prop may have hundreds of parts of a few triangles.
        rows = np.concatenate([np.arange(bounds[i], bounds[i + 1]) for i in rough])
        point = _apart([_points(parts[i]) for i in rough])
        smooth = _smooth(positions, rows.astype(np.int32).reshape(-1, 3), point, flat[rows[::3] // 3])
        for i, normals in zip(rough, np.split(smooth, np.cumsum([sizes[i] for i in rough])[:-1]), strict=True):
            found[i] = normals
    return found


def same(positions: FloatArray) -> Places:
    """(N,) the same number for positions (N, 3) that are the same, from 0 on."""
    bits = (positions + np.float32(0)).view(np.uint32).astype(np.uint64)
    key = bits[:, 0] * _MIX[0] + bits[:, 1] * _MIX[1] + bits[:, 2] * _MIX[2]
    order = np.argsort(key)
    new = _steps(positions, order)
    if (new != (key[order[1:]] != key[order[:-1]])).any():
        # Two places with one key: as good as never, unless somebody made them so.
        order = np.lexsort(positions.T)
        new = _steps(positions, order)
    number = np.zeros(len(order), np.intp)
    number[order[1:]] = np.cumsum(new)
    return number


def _steps(positions: FloatArray, order: Places) -> NDArray[np.bool_]:
    along = positions[order]
    new: NDArray[np.bool_] = (along[1:] != along[:-1]).any(1)
    return new


def _points(part: Part) -> Places:
    return same(part.positions) if part.points is None else part.points


def _apart(points: list[Places]) -> Places:
    """All of them in one, so that corners of two parts never have the same number."""
    ends = np.cumsum([0, *(int(point.max()) + 1 for point in points)])
    return np.concatenate([point + end for point, end in zip(points, ends[:-1], strict=True)])


def _smooth(positions: FloatArray, faces: IntArray, point: Places, flat: FloatArray) -> FloatArray:
    """Corner normals: the mean, weighted by area, of the faces round the point that lie within the crease of the
    corner's own face. Corners at one point are compared each with the next ones, as far as there are any."""
    order = np.argsort(point, kind="stable")
    along = point[order]
    starts = np.flatnonzero(np.concatenate([[True], along[1:] != along[:-1]]))
    counts = np.diff(starts, append=len(order))
    at, face = np.repeat(np.arange(len(starts), dtype=np.int32), counts), order // 3
    a, b, c = (positions[faces[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).astype(np.float32)[face]
    # Rows of x, y and z: every step below runs over whole rows, whatever a file makes of its corners.
    own = np.ascontiguousarray(flat[face].T)
    weighed = own * area
    total = weighed.copy()
    for first in range(0, len(order), _BLOCK):
        last = min(first + _BLOCK, len(order))
        most = int(counts[at[first] : at[last - 1] + 1].max())
        for k in range(1, min(most, _NEIGHBOURS)):
            here, there = slice(first, min(last, len(order) - k)), slice(first + k, min(last, len(order) - k) + k)
            _add(own, weighed, total, at, here, there)
    length = np.sqrt(np.einsum("ij,ij->j", total, total))
    result = np.empty_like(total.T)
    result[order] = np.where(length > 1e-20, total / np.where(length > 1e-20, length, 1), own).T
    return np.ascontiguousarray(result)


def _add(own: FloatArray, weighed: FloatArray, total: FloatArray, at: IntArray, here: slice, there: slice) -> None:
    """Corners ``here`` and those ``there``, one by one, get a share of each other where they belong together."""
    product = own[:, here] * own[:, there]
    alike = product[0] + product[1]
    alike += product[2]
    near = ((alike > _ALIKE) & (at[here] == at[there])).astype(np.float32)
    np.multiply(weighed[:, there], near, out=product)
    total[:, here] += product
    np.multiply(weighed[:, here], near, out=product)
    total[:, there] += product
