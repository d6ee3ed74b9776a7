"""Contexts: headless, a window's, none at all; each with one clear line."""

from __future__ import annotations

import ctypes.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from avatar.errors import GraphicsError
from avatar.render import context

pytestmark = pytest.mark.gl
ROOT = Path(__file__).resolve().parents[2]

WINDOW = """
import numpy as np
from avatar.render.context import attach
from avatar.render.gl import GL, check
from avatar.render.renderer import Renderer
from avatar.stage.scene import Scene
from avatar.types import VideoFrame
import pygame
try:
    pygame.display.init()
    for key, value in (("MAJOR_VERSION", 3), ("MINOR_VERSION", 3), ("PROFILE_MASK", pygame.GL_CONTEXT_PROFILE_CORE)):
        pygame.display.gl_set_attribute(getattr(pygame, "GL_CONTEXT_" + key), value)
    pygame.display.set_mode((80, 80), pygame.OPENGL | pygame.DOUBLEBUF)
except pygame.error as error:
    raise SystemExit(f"77 {error}")
image = np.zeros((30, 40, 3), np.uint8)
image[:15] = (250, 10, 10)
image[15:] = (10, 10, 250)
with Renderer((40, 30), context=attach()) as renderer:
    renderer.draw(Scene((40, 30), frame=VideoFrame(image, 0.0, 0)))
    renderer.present((80, 80))
    GL.glFinish()
    shown = np.zeros((80, 80, 4), np.uint8)
    GL.glReadPixels(0, 0, 80, 80, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, shown)
    check("showing")
shown = shown[::-1, :, :3]
print([shown[y, 40].tolist() for y in (2, 14, 30, 50, 66, 78)])
"""


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_headless_context_says_what_it_is(gl):
    assert gl.renderer
    assert int(gl.version.split(".")[0]) >= 3


def test_contexts_can_follow_one_another(gl):
    for _ in range(3):
        with context.HeadlessContext() as other:
            other.make_current()
            assert other.renderer == gl.renderer
        other.close()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="EGL is how Linux goes")
def test_no_egl_is_one_line_with_the_remedy(monkeypatch):
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: "libNoSuchThing.so.9")
    with pytest.raises(GraphicsError, match=r"EGL cannot be loaded.*libegl1") as error:
        context.HeadlessContext()
    assert "\n" not in str(error.value)


def test_no_current_context_is_one_line_with_the_remedy():
    said = run(
        "from avatar.errors import GraphicsError\n"
        "from avatar.render.context import attach\n"
        "try: attach()\n"
        "except GraphicsError as error: print(error)"
    )
    assert "there is no OpenGL context" in said.stdout, said.stderr
    assert len(said.stdout.strip().splitlines()) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="SDL's offscreen driver needs EGL")
def test_a_window_shows_the_picture_upright_between_bars():
    said = run(WINDOW, SDL_VIDEODRIVER="offscreen", PYGAME_HIDE_SUPPORT_PROMPT="1")
    if said.stderr.startswith("77"):
        pytest.skip(f"no offscreen window here: {said.stderr.strip()}")
    assert said.returncode == 0, said.stderr
    bar, dark = [13, 13, 15], 1
    rows = json.loads(said.stdout.strip().splitlines()[-1])
    assert rows[0] == pytest.approx(bar, abs=dark)
    assert rows[1:3] == [[250, 10, 10]] * 2
    assert rows[3:5] == [[10, 10, 250]] * 2
    assert rows[5] == pytest.approx(bar, abs=dark)
