"""PLY to a part: vertices with normals, colours and texture coordinates, and faces with as many corners as they like.

Source: Greg Turk, The PLY Polygon File Format, 1994; its names for properties, and those that programs write.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import LimitError, ModelError
from ..types import FloatArray
from .ply_header import Header
from .ply_rows import Rows, read_rows
from .prop_checks import MAX_TRIANGLES
from .prop_normals import SMOOTHED, same
from .prop_parts import Paint, Part, fans, linear, single, unit

_CORNERS: Final = ("vertex_index", "vertex_indices")
_UVS: Final = (("texture_u", "texture_v"), ("u", "v"), ("s", "t"))


def read(path: Path, data: bytes, header: Header, picture: Callable[[str], bool]) -> list[Part]:
    """The part of a PLY file, none where it has no face. picture : whether a picture lies beside the prop; called for
    the one that is named. Raises ModelError."""
    pictured = bool(header.picture) and picture(header.picture)
    rows = read_rows(path, data, header)
    vertices, faces = rows.get("vertex"), rows.get("face")
    if vertices is None or faces is None:
        return []
    positions = _columns(vertices, "x", "y", "z")
    if positions is None:
        raise ModelError(path, "", "the PLY's vertices must have an x, a y and a z")
    named: list[str] = [name for name in _CORNERS if name in faces.lists] or list(faces.lists)
    if not named:
        return []
    sizes, corners_of = faces.lists[named[0]]
    if np.maximum(sizes - 2, 0).sum() > MAX_TRIANGLES:
        raise LimitError(path, "", f"the prop has more than {MAX_TRIANGLES} triangles")
    written = corners_of()
    wrong = ~((written >= 0) & (written < len(positions)))
    if written.dtype.kind == "f":
        wrong |= written != np.floor(written)
    if wrong.any():
        face = int(np.searchsorted(np.cumsum(sizes), np.argmax(wrong), "right"))
        raise ModelError(path, faces.where(face), f"a face names a vertex beyond its {len(positions)}")
    corners = fans(sizes)
    if not len(corners):
        return []
    own = written.astype(np.intp)[corners]
    places = single(positions)
    part = Part("geometry_0", places[own])
    normals = _columns(vertices, "nx", "ny", "nz")
    if normals is not None:
        part.normals = unit(normals)[own]
    elif len(own) <= 3 * SMOOTHED:
        part.points = same(places)[own]
    part.uvs = _uvs(vertices, faces, sizes, corners, own)
    if part.uvs is not None and pictured:
        part.paint = Paint("", picture=header.picture)
    elif (colors := _colors(vertices)) is not None:
        part.colors = colors[own]
    return [part]


def _columns(rows: Rows, *names: str) -> NDArray[np.float64] | None:
    """(R, len(names)), None where a column is missing."""
    if any(name not in rows.columns for name in names):
        return None
    # A packed file may hold signalling NaNs, which are refused later, and quietly.
    with np.errstate(invalid="ignore"):
        return np.stack([rows.columns[name] for name in names], 1).astype(np.float64)


def _uvs(
    vertices: Rows, faces: Rows, sizes: NDArray[np.intp], corners: NDArray[np.intp], own: NDArray[np.intp]
) -> FloatArray | None:
    """(3T, 2): the corners' own coordinates, else those of their vertices, where there are any."""
    if "texcoord" in faces.lists:
        counts, given = faces.lists["texcoord"]
        if (counts == 2 * sizes).all():
            return single(given().reshape(-1, 2)[corners])
    for names in _UVS:
        found = _columns(vertices, *names)
        if found is not None:
            return single(found)[own]
    return None


def _colors(vertices: Rows) -> FloatArray | None:
    """(R, 4) linear. Whole numbers count up to 255, others up to 1."""
    names = ["red", "green", "blue", *(["alpha"] if "alpha" in vertices.columns else [])]
    colors = _columns(vertices, *names)
    if colors is None:
        return None
    with np.errstate(invalid="ignore"):
        return linear(colors / [255 if name in vertices.whole else 1 for name in names])
