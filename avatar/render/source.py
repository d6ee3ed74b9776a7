"""Shader text, put together without OpenGL: ``#include "common_x.glsl"`` is resolved, defines come after ``#version``.

The grammar of the file names is in ``shaders/README.md``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from pathlib import Path

from .. import paths
from ..errors import GraphicsError

VERSION = "#version 330 core"
_INCLUDE = re.compile(r'^\s*#include\s+"([^"]+)"\s*$')


def compose(name: str, defines: Iterable[str] = (), folder: Path | None = None) -> str:
    """The whole text of a shader.

    name : file in ``shaders/`` (or ``folder``); defines : ``NAME`` or ``NAME value``, written in sorted order so that
    the same set always gives the same text. Each file is included once, however often it is asked for. ``#line`` keeps
    the compiler's messages on the file's own lines. Raises GraphicsError for a missing file or include, with its line.
    """
    root = folder or paths.shaders()
    lines = [VERSION, *(f"#define {d}" for d in sorted(set(defines)))]
    _append(root, name, lines, seen=set(), asked_by=name)
    return "\n".join(lines) + "\n"


def _append(root: Path, name: str, lines: list[str], seen: set[str], asked_by: str) -> None:
    if name in seen:
        return
    seen.add(name)
    try:
        text = (root / name).read_text(encoding="utf-8")
    except OSError as error:
        raise GraphicsError(f"{asked_by}: there is no shader file '{name}'") from error
    lines.append("#line 1")
    for number, include, own in _split(name, text):
        if include:
            _append(root, include, lines, seen, f"{name}:{number}")
            lines.append(f"#line {number + 1}")
        lines.extend(own)


@functools.cache
def _split(name: str, text: str) -> list[tuple[int, str, list[str]]]:
    """A file by its includes: (line, file included there, "" at the top, the lines after it). Dozens of variants are
    made of the same few files."""
    parts: list[tuple[int, str, list[str]]] = [(0, "", [])]
    for number, line in enumerate(text.splitlines(), 1):
        if include := _INCLUDE.match(line):
            parts.append((number, include[1], []))
        elif line.lstrip().startswith("#include"):
            raise GraphicsError(f'{name}:{number}: an include is written #include "common_x.glsl"')
        elif line.lstrip().startswith("#version"):
            raise GraphicsError(f"{name}:{number}: the version is written by the composer, not in the file")
        else:
            parts[-1][2].append(line)
    return parts
