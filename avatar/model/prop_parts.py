"""Parts of a prop as the readers of OBJ, PLY and STL give them: a row for each corner of each triangle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..types import FloatArray


@dataclass(slots=True)
class Paint:
    """What a material library says of one material. diffuse : (r, g, b) as sRGB in 0..1, None where it says nothing;
    opacity : 0..1; picture : its name beside the prop, "" for none."""

    name: str
    diffuse: tuple[float, float, float] | None = None
    opacity: float = 1.0
    picture: str = ""


@dataclass(slots=True)
class Part:
    """One part of T triangles, counter-clockwise from outside; the rows of 3T arrays are their corners in order.

    positions : (3T, 3) float32; normals : (3T, 3) float32 unit vectors, not finite where the file has none that is
    good; uvs : (3T, 2) float32, counted upwards; colors : (3T, 4) float32 linear; points : (3T,) the same number for
    corners at the same place, where the reader knows; each but the positions may be None."""

    name: str
    positions: FloatArray
    normals: FloatArray | None = None
    uvs: FloatArray | None = None
    colors: FloatArray | None = None
    points: NDArray[np.intp] | None = None
    paint: Paint | None = None


def fans(sizes: NDArray[np.intp]) -> NDArray[np.intp]:
    """(3T,) corners of the triangles that F polygons make, each fanned out from its first corner.

    sizes : (F,) corners of each polygon, which follow each other; one of less than three makes none."""
    if len(sizes) and (sizes == 3).all():
        return np.arange(3 * len(sizes))
    made = np.maximum(sizes - 2, 0)
    first = np.repeat(np.cumsum(sizes) - sizes, made)
    second = first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(made) - made, made)
    return np.stack([first, second, second + 1], 1).reshape(-1)


def single(values: NDArray[np.floating]) -> FloatArray:
    """float32, infinite where a number is too large for that; what is no number stays none."""
    with np.errstate(over="ignore", invalid="ignore"):
        return values.astype(np.float32)


def unit(vectors: NDArray[np.floating]) -> FloatArray:
    """(N, 3) float32 of unit length; not finite where a vector has no direction."""
    with np.errstate(all="ignore"):
        vectors = vectors.astype(np.float64)
        length = np.sqrt(np.vecdot(vectors, vectors))
        length[~(np.isfinite(length) & (length > 1e-6))] = np.nan
        return single(vectors / length[:, None])


def linear(colors: NDArray[np.floating]) -> FloatArray:
    """(N, 4) float32 of sRGB colours (N, 3 or 4) in 0..1, which are clipped; alpha is linear already."""
    clipped = np.nan_to_num(np.clip(single(colors), 0, 1), nan=0.0)
    result = np.ones((len(clipped), 4), np.float32)
    result[:, : clipped.shape[1]] = clipped
    c = result[:, :3]
    result[:, :3] = np.where(c <= 0.04045, c / np.float32(12.92), ((c + np.float32(0.055)) / np.float32(1.055)) ** 2.4)
    return result


def named(name: str, taken: dict[str, int]) -> str:
    """The name, with a number behind it where it is taken already. taken : how often each was asked for; gets it."""
    found = name
    while found in taken:
        taken[name] += 1
        found = f"{name}_{taken[name] - 1}"
    taken[found] = 1
    return found
