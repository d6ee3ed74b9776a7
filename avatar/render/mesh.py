"""One primitive on the GPU: its buffers, in an order that draws quickly, and what its morph targets make of it."""

from __future__ import annotations

from ctypes import c_void_p
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..model.model import Primitive
from ..types import FloatArray, IntArray
from .gl import GL, draw_elements
from .morph import Blended, InShader, deltas, fits

_LAYERS = 4
_START = c_void_p(0)


class Mesh:
    """A primitive's vertex array.

    joints : 1, 2, 4 or 8, the most that really pull a vertex;
    morph_defines : of the variant that morphs in the shader, () where nothing does; morphing : that one is needed now;
    unseen : shown only to who wears it.
    """

    def __init__(self, primitive: Primitive, entries: NDArray[np.uint16], in_shader: bool) -> None:
        """entries : (V, 4 or 8) palette entries of the vertices' joints; for a rigid primitive all the same.
        in_shader : morph in the vertex shader, where the driver takes that many targets."""
        indices, old = _near_order(primitive)
        p, entries = _renumbered(primitive, indices, old), entries[old]
        self.count = p.indices.size
        self.material = p.material
        self.unseen = p.first_person == "firstPersonOnly"
        count = len(p.positions)
        weights = np.zeros((count, 4), np.float32)
        weights[:, 0] = 1
        self.joints = 1
        if p.weights is not None and p.skin >= 0:
            order = np.argsort(-p.weights, axis=1, kind="stable")
            weights = np.take_along_axis(p.weights, order, 1).astype(np.float32)
            entries = np.take_along_axis(entries, order, 1)
            used = int((weights > 1e-5).any(0).sum())
            self.joints = next(n for n in (1, 2, 4, 8) if n >= used)
            weights /= np.maximum(weights.sum(1, keepdims=True), 1e-12)
        self.has_uv1, self.has_color, self.has_tangent = len(p.uvs) > 1, p.colors is not None, p.tangents is not None

        uv = p.uvs[0] if p.uvs else np.zeros((count, 2), np.float32)
        parts = [p.positions, p.normals] + ([p.tangents] if p.tangents is not None else [])
        moving = np.concatenate(parts, axis=1, dtype=np.float32)
        self._vao = GL.glGenVertexArrays(1)
        GL.glBindVertexArray(self._vao)
        self._buffers: list[int] = []
        places = ((0, 3, 0), (1, 3, 12), (7, 4, 24))[: len(parts)]
        buffer = self._attributes(moving, GL.GL_STATIC_DRAW, *places)
        fixed = np.concatenate([uv, weights[:, : max(self.joints, 4)]], axis=1, dtype=np.float32)
        more = ((9, 4, 24),) if self.joints == 8 else ()
        self._attributes(fixed, GL.GL_STATIC_DRAW, (2, 2, 0), (6, 4, 8), *more)
        if self.has_uv1:
            self._attributes(np.ascontiguousarray(p.uvs[1], np.float32), GL.GL_STATIC_DRAW, (3, 2, 0))
        if p.colors is not None:
            self._attributes(np.ascontiguousarray(p.colors, np.float32), GL.GL_STATIC_DRAW, (4, 4, 0))
        for location, first in ((5, 0), (10, 4))[: 2 if self.joints == 8 else 1]:
            four = np.ascontiguousarray(entries[:, first : first + 4], np.uint16)
            self._whole(location, 4, GL.GL_UNSIGNED_SHORT, four)
        self._morph = self._targets(p, moving, buffer, in_shader)
        small = count <= 0xFFFF
        self.index_type = GL.GL_UNSIGNED_SHORT if small else GL.GL_UNSIGNED_INT
        corners = np.ascontiguousarray(p.indices, np.uint16 if small else np.uint32)
        self._buffer(GL.GL_ELEMENT_ARRAY_BUFFER, corners, GL.GL_STATIC_DRAW)
        GL.glBindVertexArray(0)

    def _targets(self, p: Primitive, moving: FloatArray, buffer: int, in_shader: bool) -> InShader | Blended | None:
        self.morphs = slice(p.morph_offset, p.morph_offset)
        if p.morph_positions is None or not len(p.morph_positions):
            return None
        delta = deltas(p)
        self.morphs = slice(p.morph_offset, p.morph_offset + len(delta))
        self._weights = np.zeros(len(delta), np.float32)
        if not in_shader or not fits(len(delta), delta.size // 3):
            return Blended(delta, moving, buffer)
        made = InShader(delta)
        self._whole(8, 1, GL.GL_INT, made.rows)
        return made

    @property
    def morph_defines(self) -> tuple[str, ...]:
        return self._morph.defines if isinstance(self._morph, InShader) else ()

    @property
    def morphing(self) -> bool:
        return isinstance(self._morph, InShader) and self._morph.active

    def shape(self, morphs: FloatArray) -> None:
        """Take over the morph weights of the whole model, (M,); uploads only when its own changed."""
        if self._morph is None:
            return
        weights = morphs[self.morphs]
        if np.array_equal(weights, self._weights):
            return
        np.copyto(self._weights, weights)
        self._morph.set(self._weights)

    def draw(self) -> None:
        """Draw its triangles with whatever program is in use."""
        if isinstance(self._morph, InShader) and self._morph.active:
            self._morph.bind()
        GL.glBindVertexArray(self._vao)
        draw_elements(GL.GL_TRIANGLES, self.count, self.index_type, _START)

    def close(self) -> None:
        """Delete its buffers."""
        if isinstance(self._morph, InShader):
            self._morph.close()
        GL.glDeleteBuffers(len(self._buffers), np.array(self._buffers, np.uint32))
        GL.glDeleteVertexArrays(1, np.array([self._vao], np.uint32))

    def _buffer(self, kind: int, data: NDArray[np.generic], usage: int) -> int:
        buffer = int(GL.glGenBuffers(1))
        GL.glBindBuffer(kind, buffer)
        GL.glBufferData(kind, data.nbytes, data, usage)
        self._buffers.append(buffer)
        return buffer

    def _whole(self, location: int, numbers: int, kind: int, data: NDArray[np.generic]) -> None:
        """An attribute of whole numbers."""
        self._buffer(GL.GL_ARRAY_BUFFER, data, GL.GL_STATIC_DRAW)
        GL.glEnableVertexAttribArray(location)
        GL.glVertexAttribIPointer(location, numbers, kind, numbers * data.itemsize, c_void_p(0))

    def _attributes(self, data: FloatArray, usage: int, *parts: tuple[int, int, int]) -> int:
        """parts : (location, numbers, offset in bytes) of each attribute in the rows of ``data``."""
        buffer = self._buffer(GL.GL_ARRAY_BUFFER, data, usage)
        for location, numbers, offset in parts:
            GL.glEnableVertexAttribArray(location)
            GL.glVertexAttribPointer(location, numbers, GL.GL_FLOAT, False, data.shape[1] * 4, c_void_p(offset))
        return buffer


def _near_order(p: Primitive) -> tuple[IntArray, NDArray[np.intp]]:
    """(triangles, old vertex of each new one): from front to back in a few layers, in each along a Morton curve, and
    vertices in the order of their first use.

    What lies behind is then mostly refused by depth before it is shaded (a companion mostly faces the viewer), and the
    vertex cache finds most vertices again: on Mesa's software driver a figure takes a quarter less time.
    """
    if not p.indices.size:
        return p.indices, np.arange(len(p.positions))
    middle = p.positions[p.indices].mean(1)
    span = max(float(np.ptp(middle, axis=0).max()), 1e-9)
    cell = ((middle - middle.min(0)) / span * 1023).astype(np.uint32)
    for shift, mask in ((16, 0x30000FF), (8, 0x300F00F), (4, 0x30C30C3), (2, 0x9249249)):
        cell = (cell | (cell << shift)) & mask
    curve = cell[:, 0] | cell[:, 1] << 1 | cell[:, 2] << 2
    depth = middle[:, 2].max() - middle[:, 2]
    layer = (depth / max(float(depth.max()), 1e-9) * (_LAYERS - 1e-3)).astype(np.int32)
    triangles = p.indices[np.lexsort((curve, layer))]
    used, first = np.unique(triangles, return_index=True)
    old = used[np.argsort(first)].astype(np.intp)
    new = np.zeros(len(p.positions), np.int32)
    new[old] = np.arange(len(old), dtype=np.int32)
    return new[triangles], old


def _renumbered(p: Primitive, indices: IntArray, old: NDArray[np.intp]) -> Primitive:
    return replace(
        p,
        positions=p.positions[old],
        normals=p.normals[old],
        uvs=tuple(uv[old] for uv in p.uvs),
        indices=indices,
        colors=p.colors[old] if p.colors is not None else None,
        joints=p.joints[old] if p.joints is not None else None,
        weights=p.weights[old] if p.weights is not None else None,
        morph_positions=p.morph_positions[:, old] if p.morph_positions is not None else None,
        morph_normals=p.morph_normals[:, old] if p.morph_normals is not None else None,
        tangents=p.tangents[old] if p.tangents is not None else None,
        morph_tangents=p.morph_tangents[:, old] if p.morph_tangents is not None else None,
    )
