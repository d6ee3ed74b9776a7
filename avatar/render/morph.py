"""Morph targets of one mesh, moved in the vertex shader or blended by the CPU.

The shader reads the deltas of the active targets from a texture buffer, for the vertices that any target moves; while
no target is active its mesh is drawn by the variant that knows of none. On Mesa's software driver that costs as much as
blending with NumPy (24 active targets: 0.1 ms less); NumPy also blends what a driver does not take.
"""

from __future__ import annotations

from ctypes import c_void_p
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..model.model import Primitive
from ..types import FloatArray
from .gl import GL
from .program import BLOCKS, UNITS

LISTS: Final = (16, 64, 256, 1023)
"""Lengths of the list of active targets that the shader is compiled for; the longest fills the 16 KiB block that every
driver takes. A mesh with more targets is blended by the CPU."""

_COARSEST: Final = 5e-5
"""Metres; deltas that half floats would round by more stay whole floats."""

_STILL: Final = 1e-7


def deltas(p: Primitive) -> FloatArray:
    """(K, V, 3 | 6 | 9) float32: what each target adds to position, to the normal where the file says so, and to the
    tangent where the primitive has tangents. glTF leaves normals as they are where it gives no deltas for them."""
    assert p.morph_positions is not None
    parts = [p.morph_positions]
    tangents = p.morph_tangents if p.tangents is not None else None
    if p.morph_normals is not None or tangents is not None:
        parts.append(p.morph_normals if p.morph_normals is not None else np.zeros_like(p.morph_positions))
    if tangents is not None:
        parts.append(tangents)
    return np.concatenate(parts, axis=2, dtype=np.float32)


def fits(targets: int, texels: int) -> bool:
    """Whether the driver at hand takes that many targets and texels."""
    return targets <= LISTS[-1] and texels <= int(GL.glGetIntegerv(GL.GL_MAX_TEXTURE_BUFFER_SIZE))


class InShader:
    """Targets as the vertex shader reads them.

    defines : of the variant that morphs; rows : (V,) int32, each vertex's row in the texture, -1 where nothing moves;
    active : some target moves it now.
    """

    def __init__(self, delta: FloatArray) -> None:
        """delta : (K, V, 3·n) float32, as ``deltas`` makes it."""
        targets, count, width = delta.shape
        moved = np.flatnonzero(np.abs(delta).max((0, 2)) > _STILL)
        self.rows = np.full(count, -1, np.int32)
        self.rows[moved] = np.arange(len(moved), dtype=np.int32)
        self.active = False
        self._stride = len(moved) * (width // 3)
        length = next(n for n in LISTS if n >= targets)
        self.defines = (f"MORPHS {length}", f"MORPH_TEXELS {width // 3}")
        texels = np.zeros((targets, max(len(moved), 1), width // 3, 4), np.float32)
        texels[:, : len(moved), :, :3] = delta[:, moved].reshape(targets, len(moved), width // 3, 3)
        with np.errstate(over="ignore"):
            half = texels.astype(np.float16)
        rough = not np.isfinite(half).all() or np.abs(half - texels)[:, :, 0].max(initial=0) > _COARSEST
        data, kind = (texels, GL.GL_RGBA32F) if rough else (half, GL.GL_RGBA16F)
        self._list = np.zeros((length + 1, 4), np.int32)
        self._weights = self._list.view(np.float32)
        self._texels, self._block = (int(b) for b in GL.glGenBuffers(2))
        self._texture = int(GL.glGenTextures(1))
        GL.glBindBuffer(GL.GL_TEXTURE_BUFFER, self._texels)
        GL.glBufferData(GL.GL_TEXTURE_BUFFER, data.nbytes, data, GL.GL_STATIC_DRAW)
        GL.glActiveTexture(GL.GL_TEXTURE0 + UNITS["morphs"])
        GL.glBindTexture(GL.GL_TEXTURE_BUFFER, self._texture)
        GL.glTexBuffer(GL.GL_TEXTURE_BUFFER, kind, self._texels)
        self._upload()

    def set(self, weights: FloatArray) -> None:
        """weights : (K,) of the targets."""
        on = np.flatnonzero(weights)
        self.active = len(on) > 0
        if not self.active:
            return
        self._list[0, 0] = len(on)
        self._weights[1 : len(on) + 1, 0] = weights[on]
        self._list[1 : len(on) + 1, 1] = on * self._stride
        self._upload()

    def bind(self) -> None:
        """For the draws that follow."""
        GL.glActiveTexture(GL.GL_TEXTURE0 + UNITS["morphs"])
        GL.glBindTexture(GL.GL_TEXTURE_BUFFER, self._texture)
        GL.glBindBufferBase(GL.GL_UNIFORM_BUFFER, BLOCKS["Morphs"], self._block)

    def close(self) -> None:
        """Delete what it holds on the GPU."""
        GL.glDeleteTextures(1, np.array([self._texture], np.uint32))
        GL.glDeleteBuffers(2, np.array([self._texels, self._block], np.uint32))

    def _upload(self) -> None:
        GL.glBindBuffer(GL.GL_UNIFORM_BUFFER, self._block)
        GL.glBufferData(GL.GL_UNIFORM_BUFFER, self._list.nbytes, self._list, GL.GL_STREAM_DRAW)


class Blended:
    """Targets added to the vertices by the CPU; uploads the vertices that move."""

    def __init__(self, delta: FloatArray, rest: FloatArray, buffer: int) -> None:
        """delta : (K, V, 3·n); rest : (V, ≥ 3·n) float32 position, normal and tangent; buffer : where they are drawn
        from."""
        self._rest, self._now, self._buffer = rest, rest.copy(), buffer
        self._deltas: list[tuple[NDArray[np.intp] | slice, FloatArray]] = []
        for d in delta:
            at = np.flatnonzero(np.abs(d).max(1) > _STILL)
            # Few vertices: only those; most of them: the whole array, which is quicker than picking.
            self._deltas.append((at, d[at]) if len(at) < len(d) // 2 else (slice(None), d))
        self._width = delta.shape[2]

    def set(self, weights: FloatArray) -> None:
        """weights : (K,) of the targets."""
        np.copyto(self._now, self._rest)
        part = self._now[:, : self._width]
        for k in np.flatnonzero(weights):
            at, delta = self._deltas[k]
            part[at] += weights[k] * delta
        GL.glBindBuffer(GL.GL_ARRAY_BUFFER, self._buffer)
        GL.glBufferData(GL.GL_ARRAY_BUFFER, self._now.nbytes, c_void_p(self._now.ctypes.data), GL.GL_STREAM_DRAW)
