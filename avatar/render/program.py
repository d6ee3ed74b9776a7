"""Shader programs: compiled once per variant, their uniforms found once."""

from __future__ import annotations

from typing import Any

from ..errors import GraphicsError
from .gl import GL
from .source import compose

BLOCKS = {"Figure": 0, "Material": 1, "Palette": 2, "Morphs": 3}
"""Binding points of the uniform blocks, the same in every program."""

UNITS = {"morphs": 11, "shadow_map": 12, "room": 13}
"""Texture units of surfaces behind those of their material's textures."""


class Program:
    """A linked program. uniform : name -> location (-1 when the variant does not use it)."""

    def __init__(self, vertex: str, fragment: str, defines: tuple[str, ...] = ()) -> None:
        self.name = f"{fragment} [{' '.join(defines)}]"
        self.id: int = GL.glCreateProgram()
        parts = [_compile(vertex, GL.GL_VERTEX_SHADER, defines), _compile(fragment, GL.GL_FRAGMENT_SHADER, defines)]
        for part in parts:
            GL.glAttachShader(self.id, part)
        GL.glLinkProgram(self.id)
        for part in parts:
            GL.glDeleteShader(part)
        if not GL.glGetProgramiv(self.id, GL.GL_LINK_STATUS):
            raise GraphicsError(f"{self.name} does not link: {_text(GL.glGetProgramInfoLog(self.id))}")
        for block, binding in BLOCKS.items():
            index = GL.glGetUniformBlockIndex(self.id, block)
            if index != GL.GL_INVALID_INDEX:
                GL.glUniformBlockBinding(self.id, index, binding)
        self._locations: dict[str, int] = {}

    def __getitem__(self, uniform: str) -> int:
        """Location of a uniform, asked of the driver once."""
        found = self._locations.get(uniform)
        if found is None:
            found = self._locations[uniform] = GL.glGetUniformLocation(self.id, uniform)
        return found

    def use(self) -> None:
        """Make it the current program."""
        GL.glUseProgram(self.id)

    def samplers(self, **units: int) -> Program:
        """Fix texture units by sampler name, once; returns itself."""
        self.use()
        for name, unit in units.items():
            if self[name] >= 0:
                GL.glUniform1i(self[name], unit)
        return self

    def close(self) -> None:
        """Delete it."""
        GL.glDeleteProgram(self.id)


class Library:
    """Programs by their variant: (vertex file, fragment file, defines)."""

    def __init__(self) -> None:
        self._programs: dict[tuple[str, str, tuple[str, ...]], Program] = {}

    def get(self, vertex: str, fragment: str, defines: tuple[str, ...] = (), **samplers: int) -> Program:
        """The program of this variant, compiled on first use; samplers : texture unit by name."""
        key = (vertex, fragment, tuple(sorted(defines)))
        program = self._programs.get(key)
        if program is None:
            program = self._programs[key] = Program(*key).samplers(**samplers)
        return program

    def __len__(self) -> int:
        return len(self._programs)

    def close(self) -> None:
        """Delete them all."""
        GL.glUseProgram(0)  # the current one would stay
        for program in self._programs.values():
            program.close()
        self._programs.clear()


def _compile(name: str, kind: Any, defines: tuple[str, ...]) -> int:
    shader: int = GL.glCreateShader(kind)
    GL.glShaderSource(shader, compose(name, defines))
    GL.glCompileShader(shader)
    if not GL.glGetShaderiv(shader, GL.GL_COMPILE_STATUS):
        raise GraphicsError(f"{name} [{' '.join(defines)}] does not compile: {_text(GL.glGetShaderInfoLog(shader))}")
    return shader


def _text(log: bytes | str) -> str:
    return " ".join((log.decode("utf-8", "replace") if isinstance(log, bytes) else log).split())
