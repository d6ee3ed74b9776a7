"""The window gives a current 3.3 core context, shows, hears keys; without a display it says so in one line."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap

import pytest

from avatar.errors import OutputError
from avatar.io.outputs import window


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_no_display_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not window.has_display()
    with pytest.raises(OutputError, match="no display") as refusal:
        window.Window((320, 240))
    assert "\n" not in str(refusal.value)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="an X server that is not there")
def test_a_display_that_does_not_answer_is_one_clear_line() -> None:
    code = """
        from avatar.errors import OutputError
        from avatar.io.outputs.window import Window
        try:
            Window((320, 240))
        except OutputError as error:
            print(error)
    """
    out = _run(code, {"DISPLAY": ":987", "SDL_VIDEODRIVER": "x11"})
    assert out.startswith("no window can be opened")
    assert len(out.strip().splitlines()) == 1


def test_in_a_ceremony_a_clicker_conducts_and_nothing_closes_by_a_slip() -> None:
    keys = window.Keys(clicker=True)
    pressed = ("page down", "right", "return", "space", "page up", ".", "h", "m", "b", "q")
    meant = ["go", "go", "go", "go", "back", "hold", "hold", "mirror", None, None]
    assert [keys.take(key, 5.0) for key in pressed] == meant
    assert keys.take("escape", 10.0) is None, "some clickers send it when their show begins or ends"
    assert keys.take("escape", 11.5) is None
    assert keys.take("escape", 12.0) == "panic"
    assert keys.take("escape", 12.5) is None, "two make one"
    plain = window.Keys()
    assert [plain.take(key, 0.0) for key in ("escape", "m", "space", "page down")] == ["close", "mirror", "mute", None]


def test_keys_are_called_as_pygame_calls_them() -> None:
    pygame = pytest.importorskip("pygame")
    codes = (pygame.K_PAGEDOWN, pygame.K_PAGEUP, pygame.K_RIGHT, pygame.K_PERIOD, pygame.K_ESCAPE, pygame.K_RETURN)
    code = "import pygame, json; pygame.display.init(); print(json.dumps([pygame.key.name(k) for k in %r]))"
    out = _run(code % (codes,), {"SDL_VIDEODRIVER": "dummy"})
    assert json.loads(out.splitlines()[-1]) == ["page down", "page up", "right", ".", "escape", "return"]


@pytest.mark.gl
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
def test_window_under_a_virtual_display() -> None:
    code = """
        import json
        import numpy as np, pygame
        from avatar.io.outputs.window import Window
        from avatar.render.context import attach
        from avatar.render.gl import GL, check
        window = Window((320, 240), vsync=False)
        context = attach()
        GL.glViewport(0, 0, *window.size)
        GL.glClearColor(1.0, 0.5, 0.0, 1.0)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT)
        pixel = np.frombuffer(GL.glReadPixels(10, 10, 1, 1, GL.GL_RGB, GL.GL_UNSIGNED_BYTE), np.uint8).tolist()
        check("clearing the window")
        window.present()
        window.poll()
        for key in (pygame.K_m, pygame.K_SPACE, pygame.K_x, pygame.K_ESCAPE):
            pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key))
        pygame.event.post(pygame.event.Event(pygame.QUIT))
        actions = window.poll()
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_f))
        window.poll()
        window.present()
        full = window.size
        profile = GL.glGetIntegerv(GL.GL_CONTEXT_PROFILE_MASK)
        check("the end")
        window.close()
        window.close()
        print(json.dumps(dict(version=context.version, pixel=pixel, actions=actions, full=full, profile=int(profile))))
    """
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert server.stdout is not None
        display = server.stdout.readline().strip()
        if not display:
            pytest.skip("Xvfb does not start here")
        facts = json.loads(_run(code, {"DISPLAY": f":{display}", "SDL_VIDEODRIVER": "x11"}))
    finally:
        server.terminate()
        server.communicate()
    assert tuple(map(int, facts["version"].split()[0].split(".")[:2])) >= (3, 3)
    assert facts["profile"] == 1
    assert facts["pixel"][0] == 255
    assert abs(facts["pixel"][1] - 128) <= 1
    assert facts["actions"] == ["mirror", "mute", "close", "close"]
    assert facts["full"] == [640, 480]


def _run(code: str, environment: dict[str, str]) -> str:
    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=clean | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
