"""OBJ to parts: one for every object and material.

Half a million lines are more than Python can look at one by one in the time that a file may take, so lines of a kind
are read together. Source: Wavefront's Advanced Visualizer manual, appendix B1. Polygons are fanned out. Read are v,
with r, g and b behind it, vt, vn, f, o, usemtl and the first mtllib; groups and all other lines are passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ..errors import LimitError
from .obj_faces import Corners, Integers, read_corners
from .prop_checks import MAX_CHANGES, MAX_PARTS
from .prop_normals import SMOOTHED, same
from .prop_parts import Paint, Part, fans, linear, named, single, unit
from .text_lines import Lines, Places

Library = Callable[[str], dict[str, Paint]]


def read(path: Path, data: bytes, library: Library) -> list[Part]:
    """The parts of an OBJ file. library : the materials of the library with that name. Raises ModelError."""
    lines = Lines(path, data, "OBJ")
    libraries = lines.beginning(b"mtllib")
    paints = library(lines.rest(int(libraries[0]))) if len(libraries) else {}
    faces = lines.beginning(b"f")
    if not len(faces):
        return []
    keys, group = _groups(lines, faces)
    if len(keys) > MAX_PARTS:
        raise LimitError(path, "", f"has {len(keys)} parts, must have 1 to {MAX_PARTS}")
    corners = read_corners(lines, faces)
    source = _Source(lines, faces, corners)
    rows = fans(corners.sizes).reshape(-1, 3)
    bounds = np.array([0, len(rows)])
    if len(keys) > 1:
        owner = np.repeat(group, np.maximum(corners.sizes - 2, 0))
        order = np.argsort(owner, kind="stable")
        rows, bounds = rows[order], np.searchsorted(owner[order], np.arange(len(keys) + 1))
    taken: dict[str, int] = {}
    parts = []
    for number, (thing, material) in enumerate(keys):
        own = rows[bounds[number] : bounds[number + 1]].reshape(-1)
        words = [thing] if thing is not None else []
        words += [material] if material is not None and len(paints) > 1 else []
        if len(own):
            part = source.part(named("_".join(words) or "geometry", taken), own)
            part.paint = paints.get(" ".join((material or "").split()))
            parts.append(part)
    return parts


class _Source:
    """The file's vertices, and which of them the corners of the faces are."""

    def __init__(self, lines: Lines, faces: Places, corners: Corners) -> None:
        points, pictures, normals = (lines.beginning(word) for word in (b"v", b"vt", b"vn"))
        table = lines.table(points, 1, 3)
        self._positions = single(table[:, :3])
        self._same: Places | None = None
        self._colors = linear(table[:, 3:6]) if table.shape[1] >= 6 else None
        before = np.searchsorted(points, faces)
        self._v = _resolved(corners.v, len(points), before, corners.sizes)
        if (self._v < 0).any():
            at = int(np.argmax(self._v < 0))
            face = int(np.searchsorted(np.cumsum(corners.sizes), at, "right"))
            rule = f"the face names vertex {corners.v[at]}, of {len(points)} in the file"
            raise lines.refuse(int(faces[face]), rule)
        uvs, ways = lines.table(pictures, 2, 0), lines.table(normals, 2, 0)
        self._uvs = single(uvs[:, :2]) if uvs.shape[1] >= 2 else None
        self._normals = unit(ways[:, :3]) if ways.shape[1] >= 3 else None
        self._vt = _resolved(corners.vt, len(pictures), np.searchsorted(pictures, faces), corners.sizes)
        self._vn = _resolved(corners.vn, len(normals), np.searchsorted(normals, faces), corners.sizes)

    def part(self, name: str, rows: Places) -> Part:
        """The part with these corners. Where one of them has no texture coordinate, or no normal, none counts."""
        made = Part(name, self._positions[self._v[rows]])
        vt, vn = self._vt[rows], self._vn[rows]
        if self._uvs is not None and vt.min() >= 0:
            made.uvs = self._uvs[vt]
        if self._normals is not None and vn.min() >= 0:
            made.normals = self._normals[vn]
        elif len(rows) <= 3 * SMOOTHED:
            made.points = self._points()[self._v[rows]]
        if self._colors is not None:
            made.colors = self._colors[self._v[rows]]
        return made

    def _points(self) -> Places:
        """(V,) the same number for vertices at the same place."""
        if self._same is None:
            self._same = same(self._positions)
        return self._same


def _resolved(written: Integers, count: int, before: Places, sizes: Places) -> Integers:
    """(M,) indices from 0 of what the corners name, -1 where there is no such thing. A negative number counts back from
    the face's own line. before : (F,) how many stand above each face."""
    indices = written - 1
    back = written < 0
    if back.any():
        indices[back] += np.repeat(before, sizes)[back] + 1
    indices[(indices < 0) | (indices >= count)] = -1
    return indices


def _groups(lines: Lines, faces: Places) -> tuple[list[tuple[str | None, str | None]], Places]:
    """(every object and material that faces belong to, (F,) which of these each face does)."""
    things, materials = lines.beginning(b"o"), lines.beginning(b"usemtl")
    changes = np.union1d(things, materials)
    if len(changes) > MAX_CHANGES:
        raise lines.exceeds(f"has more than {MAX_CHANGES} objects and changes of material")
    new = set(things.tolist())
    known: dict[tuple[str | None, str | None], int] = {(None, None): 0}
    thing: str | None = None
    material: str | None = None
    states = [0]
    for line in changes.tolist():
        if line in new:
            thing = lines.rest(line)
        else:
            material = lines.rest(line)
        states.append(known.setdefault((thing, material), len(known)))
    group = np.array(states)[np.searchsorted(changes, faces)]
    used = np.unique(group)
    names = list(known)
    return [names[i] for i in used], np.searchsorted(used, group)
