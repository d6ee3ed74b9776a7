"""Shader text is put together without OpenGL."""

from __future__ import annotations

import re

import pytest

from avatar import paths
from avatar.errors import GraphicsError
from avatar.render.source import VERSION, compose

FILES = sorted(p.name for p in paths.shaders().glob("*.*") if p.suffix != ".md")


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.glsl").write_text(text)
    return folder


def test_includes_come_once_and_in_place(tmp_path):
    write(tmp_path, a='#include "b.glsl"\n#include "c.glsl"\nA', b='#include "c.glsl"\nB', c="C")
    body = [line for line in compose("a.glsl", folder=tmp_path).splitlines() if not line.startswith("#")]
    assert body == ["C", "B", "A"]


def test_an_include_of_itself_ends(tmp_path):
    write(tmp_path, a='#include "a.glsl"\nA')
    assert compose("a.glsl", folder=tmp_path).count("\nA\n") == 1


def test_defines_follow_the_version_sorted_and_once(tmp_path):
    write(tmp_path, a="A")
    text = compose("a.glsl", ["ZED 2", "ALPHA", "ZED 2"], tmp_path)
    assert text.splitlines()[:3] == [VERSION, "#define ALPHA", "#define ZED 2"]
    assert text == compose("a.glsl", ["ALPHA", "ZED 2"], tmp_path)


def test_lines_keep_their_numbers(tmp_path):
    write(tmp_path, a='one\n#include "b.glsl"\nthree', b="B")
    lines = compose("a.glsl", folder=tmp_path).splitlines()
    assert lines[lines.index("three") - 1] == "#line 3"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('x\n#include "gone.glsl"', "a.glsl:2.*gone.glsl"),
        ("#include <b.glsl>", "a.glsl:1.*include is written"),
        ("#version 330", "a.glsl:1.*version"),
    ],
)
def test_mistakes_name_file_and_line(tmp_path, text, words):
    write(tmp_path, a=text)
    with pytest.raises(GraphicsError, match=words):
        compose("a.glsl", folder=tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_every_file_keeps_the_grammar(name):
    assert re.fullmatch(r"common_[a-z]+\.glsl|surface_[a-z]+\.(vert|frag)|post_[a-z]+\.(vert|frag)", name)
    assert compose(name).startswith(VERSION)
    if not name.startswith("common_"):
        assert "void main()" in (paths.shaders() / name).read_text()
