"""Watches what is drawn: everything a draw reads must be there, whatever lay in the driver's memory before.

Mesa hands out cleared memory and forgives much; another driver shows what an earlier renderer left behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import c_void_p

import numpy as np
import pytest

from avatar.render import mesh
from avatar.render.gl import GL, draw_elements

SAMPLERS = {
    GL.GL_SAMPLER_2D: (GL.GL_TEXTURE_2D, GL.GL_TEXTURE_BINDING_2D),
    GL.GL_SAMPLER_2D_SHADOW: (GL.GL_TEXTURE_2D, GL.GL_TEXTURE_BINDING_2D),
    GL.GL_SAMPLER_2D_MULTISAMPLE: (GL.GL_TEXTURE_2D_MULTISAMPLE, GL.GL_TEXTURE_BINDING_2D_MULTISAMPLE),
    GL.GL_SAMPLER_BUFFER: (GL.GL_TEXTURE_BUFFER, GL.GL_TEXTURE_BINDING_BUFFER),
}
WHOLE = {GL.GL_INT, GL.GL_INT_VEC4, GL.GL_UNSIGNED_INT, GL.GL_UNSIGNED_INT_VEC4}
UNIFORMS = ("1i", "1f", "2f", "2i", "3f", "4f", "Matrix3fv", "Matrix4fv")
Look = Callable[..., None]
MIPMAPPED = range(GL.GL_NEAREST_MIPMAP_NEAREST, GL.GL_LINEAR_MIPMAP_LINEAR + 1)


class Watch:
    """faults : what was wrong, a line each; draws : how many draws were looked at."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.draws = 0
        self._written: set[tuple[int, int]] = set()
        self._set: set[tuple[int, int]] = set()
        self._names: dict[tuple[int, int], list[tuple[bytes, int, int]]] = {}

    def filled(self, target: int, data: object) -> None:
        """The texture bound to ``target`` has new storage; ``data`` fills it."""
        binding = GL.GL_TEXTURE_BINDING_2D if target == GL.GL_TEXTURE_2D else GL.GL_TEXTURE_BINDING_2D_MULTISAMPLE
        what = (GL.GL_TEXTURE, integer(binding))
        (self._written.discard if data is None else self._written.add)(what)

    def gone(self, kind: int, names: np.ndarray) -> None:
        self._written -= {(kind, int(n)) for n in np.ravel(names)}

    def linked(self, program: int) -> None:
        self._set = {s for s in self._set if s[0] != program}
        self._names = {key: names for key, names in self._names.items() if key[0] != program}

    def uniform(self, location: int) -> None:
        self._set.add((integer(GL.GL_CURRENT_PROGRAM), int(location)))

    def cleared(self, mask: int) -> None:
        color, depth = attached()
        self._written |= ({color} if mask & GL.GL_COLOR_BUFFER_BIT else set()) | (
            {depth} if mask & GL.GL_DEPTH_BUFFER_BIT and GL.glGetBooleanv(GL.GL_DEPTH_WRITEMASK) else set()
        )

    def drawn(self, count: int, whole: bool) -> None:
        """Look at one draw of ``count`` corners. whole : it covers the viewport."""
        self.draws += 1
        program = integer(GL.GL_CURRENT_PROGRAM)
        said = len(self.faults)
        if GL.glCheckFramebufferStatus(GL.GL_DRAW_FRAMEBUFFER) != GL.GL_FRAMEBUFFER_COMPLETE:
            self.faults.append("the target is not complete")
        targets = attached()
        color, depth = targets
        covers = whole and not GL.glIsEnabled(GL.GL_BLEND)
        if color[1] and color not in self._written and not covers:
            self.faults.append(f"drawn over a colour {color} that nothing filled")
        if GL.glIsEnabled(GL.GL_DEPTH_TEST) and depth not in self._written:
            self.faults.append(f"tested against a depth {depth} that nothing filled")
        self._uniforms(program, targets)
        self._blocks(program)
        self._attributes(program, count)
        if covers:
            self._written.add(color)
        for k in range(said, len(self.faults)):
            self.faults[k] = f"draw {self.draws}, program {program}: {self.faults[k]}"

    def _uniforms(self, program: int, targets: tuple[tuple[int, int], ...]) -> None:
        units: dict[int, int] = {}
        for name, kind, location in self._named(program, GL.GL_ACTIVE_UNIFORMS):
            if (program, location) not in self._set:
                self.faults.append(f"{name} was never set")
            if kind not in SAMPLERS:
                continue
            unit = asked(GL.glGetUniformiv, program, location)
            if units.setdefault(unit, kind) != kind:
                self.faults.append(f"{name} shares unit {unit} with a sampler of another kind")
            self._texture(name, unit, kind, targets)

    def _named(self, program: int, what: int) -> list[tuple[bytes, int, int]]:
        """Name, kind and location of a program's uniforms outside blocks, or of its attributes from arrays."""
        found = self._names.get((program, what))
        if found is None:
            uniforms = what == GL.GL_ACTIVE_UNIFORMS
            active = GL.glGetActiveUniform if uniforms else GL.glGetActiveAttrib
            locate = GL.glGetUniformLocation if uniforms else GL.glGetAttribLocation
            parts = [active(program, k, 256) for k in range(int(GL.glGetProgramiv(program, what)))]
            every = [(name, kind, int(locate(program, name))) for name, _, kind in parts]
            found = self._names[program, what] = [part for part in every if part[2] >= 0]
        return found

    def _texture(self, sampler: bytes, unit: int, kind: int, targets: tuple[tuple[int, int], ...]) -> None:
        target, binding = SAMPLERS[kind]
        before = integer(GL.GL_ACTIVE_TEXTURE)
        GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
        name = integer(binding)
        if not name:
            self.faults.append(f"{sampler} has no texture")
        elif target != GL.GL_TEXTURE_BUFFER:
            if (GL.GL_TEXTURE, name) not in self._written:
                self.faults.append(f"{sampler} reads texture {name} that nothing filled")
            if (GL.GL_TEXTURE, name) in targets:
                self.faults.append(f"{sampler} reads texture {name} while it is drawn into")
        if name and target == GL.GL_TEXTURE_2D:
            width, height = (level(0, side) for side in (GL.GL_TEXTURE_WIDTH, GL.GL_TEXTURE_HEIGHT))
            last = max(width, height).bit_length() - 1
            if parameter(GL.GL_TEXTURE_MIN_FILTER) in MIPMAPPED and width and not level(last, GL.GL_TEXTURE_WIDTH):
                self.faults.append(f"{sampler} reads a texture without its small levels")
            compared = parameter(GL.GL_TEXTURE_COMPARE_MODE) == GL.GL_COMPARE_REF_TO_TEXTURE
            if compared != (kind == GL.GL_SAMPLER_2D_SHADOW) or compared != bool(level(0, GL.GL_TEXTURE_DEPTH_SIZE)):
                self.faults.append(f"{sampler} and its texture differ in whether depths are compared")
        GL.glActiveTexture(before)

    def _blocks(self, program: int) -> None:
        for k in range(int(GL.glGetProgramiv(program, GL.GL_ACTIVE_UNIFORM_BLOCKS))):
            at, need = (
                asked(GL.glGetActiveUniformBlockiv, program, k, what)
                for what in (GL.GL_UNIFORM_BLOCK_BINDING, GL.GL_UNIFORM_BLOCK_DATA_SIZE)
            )
            buffer, start, size = (
                asked(GL.glGetIntegeri_v, what, at)
                for what in (GL.GL_UNIFORM_BUFFER_BINDING, GL.GL_UNIFORM_BUFFER_START, GL.GL_UNIFORM_BUFFER_SIZE)
            )
            have = min(size or 1 << 30, length(GL.GL_UNIFORM_BUFFER, buffer) - start) if buffer else 0
            if have < need:
                self.faults.append(f"block {at} has {have} bytes of {need}")

    def _attributes(self, program: int, count: int) -> None:
        last = -1
        for name, kind, where in self._named(program, GL.GL_ACTIVE_ATTRIBUTES):
            last = largest(count) if last < 0 else last
            enabled, buffer, stride, whole = (
                asked(GL.glGetVertexAttribiv, where, what)
                for what in (
                    GL.GL_VERTEX_ATTRIB_ARRAY_ENABLED,
                    GL.GL_VERTEX_ATTRIB_ARRAY_BUFFER_BINDING,
                    GL.GL_VERTEX_ATTRIB_ARRAY_STRIDE,
                    GL.GL_VERTEX_ATTRIB_ARRAY_INTEGER,
                )
            )
            if not enabled or not buffer or bool(whole) != (kind in WHOLE):
                self.faults.append(f"{name} has no array of its kind")
            elif length(GL.GL_ARRAY_BUFFER, buffer) < stride * (last + 1):
                self.faults.append(f"{name} ends before vertex {last}")


def asked(query: Callable[..., object], *of: int) -> int:
    """The first number that a query of OpenGL writes."""
    found = np.zeros(16, np.int32)
    query(*of, found)
    return int(found[0])


def integer(what: int) -> int:
    return asked(GL.glGetIntegerv, what)


def level(k: int, what: int) -> int:
    return asked(GL.glGetTexLevelParameteriv, GL.GL_TEXTURE_2D, k, what)


def parameter(what: int) -> int:
    return asked(GL.glGetTexParameteriv, GL.GL_TEXTURE_2D, what)


def length(kind: int, buffer: int) -> int:
    """Bytes of a buffer."""
    binding = GL.GL_ARRAY_BUFFER_BINDING if kind == GL.GL_ARRAY_BUFFER else GL.GL_UNIFORM_BUFFER_BINDING
    before = integer(binding)
    GL.glBindBuffer(kind, buffer)
    size = asked(GL.glGetBufferParameteriv, kind, GL.GL_BUFFER_SIZE)
    GL.glBindBuffer(kind, before)
    return size


def largest(count: int) -> int:
    """The largest index of the bound element array, which holds ``count``."""
    size = asked(GL.glGetBufferParameteriv, GL.GL_ELEMENT_ARRAY_BUFFER, GL.GL_BUFFER_SIZE)
    data = np.zeros(count, {2: np.uint16, 4: np.uint32}[size // count])
    GL.glGetBufferSubData(GL.GL_ELEMENT_ARRAY_BUFFER, 0, data.nbytes, c_void_p(data.ctypes.data))
    return int(data.max())


def attached() -> tuple[tuple[int, int], tuple[int, int]]:
    """(kind, name) of the target's colour and depth."""
    found = []
    for place in (GL.GL_COLOR_ATTACHMENT0, GL.GL_DEPTH_ATTACHMENT):
        of = (GL.glGetFramebufferAttachmentParameteriv, GL.GL_DRAW_FRAMEBUFFER, place)
        kind = asked(*of, GL.GL_FRAMEBUFFER_ATTACHMENT_OBJECT_TYPE)
        found.append((kind, asked(*of, GL.GL_FRAMEBUFFER_ATTACHMENT_OBJECT_NAME) if kind else 0))
    return found[0], found[1]


@contextmanager
def watched() -> Iterator[Watch]:
    """Every call of OpenGL inside goes through a ``Watch``."""
    watch = Watch()
    before = {
        "glDrawArrays": lambda mode, first, count: watch.drawn(count, True),
        "glClear": watch.cleared,
        "glDeleteTextures": lambda n, names: watch.gone(GL.GL_TEXTURE, names),
        "glDeleteRenderbuffers": lambda n, names: watch.gone(GL.GL_RENDERBUFFER, names),
    }
    before |= {f"glUniform{kind}": lambda location, *rest: watch.uniform(location) for kind in UNIFORMS}
    after = {
        "glTexImage2D": lambda target, *rest: watch.filled(target, rest[-1]),
        "glTexImage2DMultisample": lambda target, *rest: watch.filled(target, None),
        "glTexSubImage2D": lambda target, *rest: watch.filled(target, rest[-1]),
        "glLinkProgram": watch.linked,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in before | after:
            patch.setattr(GL, name, through(getattr(GL, name), before.get(name), after.get(name)))
        patch.setattr(mesh, "draw_elements", through(draw_elements, lambda mode, n, *_: watch.drawn(n, False), None))
        yield watch


def through(real: Callable[..., object], first: Look | None, then: Look | None) -> Callable[..., object]:
    """``real``, with a look at its arguments before and after it."""

    def call(*arguments: object) -> object:
        if first is not None:
            first(*arguments)
        result = real(*arguments)
        if then is not None:
            then(*arguments)
        return result

    return call
