"""One primitive on the GPU: its buffers, and its morph targets blended into the one that moves.

Morph targets are blended here and not in the shader: only weights above zero cost anything, only on the primitives that
have targets, and only when a weight changed; an outline then draws the same vertices again for nothing.
"""

from __future__ import annotations

from ctypes import c_void_p
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..model.model import Primitive
from ..types import FloatArray, IntArray
from .gl import GL

_LAYERS = 4


class Mesh:
    """A primitive's vertex array.

    joints : 1, 2 or 4, the most that really pull a vertex; reach : metres its morphs move it now.
    """

    def __init__(self, primitive: Primitive, entries: NDArray[np.uint16]) -> None:
        """entries : (V, 4) palette entries of the vertices' joints; for a rigid primitive all the same."""
        indices, old = _near_order(primitive)
        p, entries = _renumbered(primitive, indices, old), entries[old]
        self.count = p.indices.size
        self.material = p.material
        self.unseen = p.first_person == "firstPersonOnly"
        self.reach = 0.0
        count = len(p.positions)
        weights = np.zeros((count, 4), np.float32)
        weights[:, 0] = 1
        self.joints = 1
        if p.weights is not None and p.skin >= 0:
            order = np.argsort(-p.weights, axis=1, kind="stable")
            weights = np.take_along_axis(p.weights, order, 1).astype(np.float32)
            entries = np.take_along_axis(entries, order, 1)
            used = int((weights > 1e-5).any(0).sum())
            self.joints = 4 if used > 2 else max(used, 1)
            weights /= np.maximum(weights.sum(1, keepdims=True), 1e-12)
        self.has_uv1, self.has_color = len(p.uvs) > 1, p.colors is not None

        self._moving = np.empty((count, 6), np.float32)
        self._moving[:, :3], self._moving[:, 3:] = p.positions, p.normals
        self._rest: FloatArray | None = None
        self._deltas: list[tuple[NDArray[np.intp] | slice, FloatArray]] = []
        self.morphs = slice(p.morph_offset, p.morph_offset)
        if p.morph_positions is not None and len(p.morph_positions):
            self._rest = self._moving.copy()
            self.morphs = slice(p.morph_offset, p.morph_offset + len(p.morph_positions))
            for k, dp in enumerate(p.morph_positions):
                dn = np.zeros_like(dp) if p.morph_normals is None else p.morph_normals[k]
                delta = np.concatenate([dp, dn], axis=1, dtype=np.float32)
                at = np.flatnonzero(np.abs(delta).max(1) > 1e-7)
                # Few vertices: only those; most of them: the whole array, which is quicker than picking.
                self._deltas.append((at, delta[at]) if len(at) < count // 2 else (slice(None), delta))
            self._weights = np.zeros(len(p.morph_positions), np.float32)

        uv = p.uvs[0] if p.uvs else np.zeros((count, 2), np.float32)
        color = p.colors if p.colors is not None else np.ones((1, 4), np.float32)
        self._vao = GL.glGenVertexArrays(1)
        GL.glBindVertexArray(self._vao)
        self._buffers: list[int] = []
        self._moving_buffer = self._attributes(
            self._moving, GL.GL_STREAM_DRAW if self._rest is not None else GL.GL_STATIC_DRAW, (0, 3, 0), (1, 3, 12)
        )
        fixed = np.concatenate([uv, weights], axis=1, dtype=np.float32)
        self._attributes(fixed, GL.GL_STATIC_DRAW, (2, 2, 0), (6, 4, 8))
        if self.has_uv1:
            self._attributes(np.ascontiguousarray(p.uvs[1], np.float32), GL.GL_STATIC_DRAW, (3, 2, 0))
        if self.has_color:
            self._attributes(np.ascontiguousarray(color, np.float32), GL.GL_STATIC_DRAW, (4, 4, 0))
        self._buffer(GL.GL_ARRAY_BUFFER, np.ascontiguousarray(entries, np.uint16), GL.GL_STATIC_DRAW)
        GL.glEnableVertexAttribArray(5)
        GL.glVertexAttribIPointer(5, 4, GL.GL_UNSIGNED_SHORT, 8, c_void_p(0))
        small = count <= 0xFFFF
        self.index_type = GL.GL_UNSIGNED_SHORT if small else GL.GL_UNSIGNED_INT
        corners = np.ascontiguousarray(p.indices, np.uint16 if small else np.uint32)
        self._buffer(GL.GL_ELEMENT_ARRAY_BUFFER, corners, GL.GL_STATIC_DRAW)
        GL.glBindVertexArray(0)

    def shape(self, morphs: FloatArray) -> None:
        """Blend the morph targets to these weights of the whole model, (M,); uploads only when its own changed."""
        if self._rest is None:
            return
        weights = morphs[self.morphs]
        if np.array_equal(weights, self._weights):
            return
        np.copyto(self._weights, weights)
        np.copyto(self._moving, self._rest)
        for k in np.flatnonzero(weights):
            at, delta = self._deltas[k]
            self._moving[at] += weights[k] * delta
        self.reach = float(np.abs(self._moving[:, :3] - self._rest[:, :3]).max()) if weights.any() else 0.0
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._moving_buffer)
        GL.glBufferData(GL.GL_ARRAY_BUFFER, self._moving.nbytes, self._moving, GL.GL_STREAM_DRAW)

    def draw(self) -> None:
        """Draw its triangles with whatever program is in use."""
        GL.glBindVertexArray(self._vao)
        GL.glDrawElements(GL.GL_TRIANGLES, self.count, self.index_type, c_void_p(0))

    def close(self) -> None:
        """Delete its buffers."""
        GL.glDeleteBuffers(len(self._buffers), np.array(self._buffers, np.uint32))
        GL.glDeleteVertexArrays(1, np.array([self._vao], np.uint32))

    def _buffer(self, kind: int, data: NDArray[np.generic], usage: int) -> int:
        buffer = int(GL.glGenBuffers(1))
        GL.glBindBuffer(kind, buffer)
        GL.glBufferData(kind, data.nbytes, data, usage)
        self._buffers.append(buffer)
        return buffer

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
    )
