"""A window with an OpenGL 3.3 core context: opens it, makes the context current, shows what was drawn, hears its keys.

It draws nothing itself: whoever holds the renderer draws into framebuffer 0 between two calls of ``present``.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Final, Literal, TypeAlias

from ...errors import OutputError

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
if sys.platform.startswith("linux"):
    os.environ.setdefault("SDL_VIDEO_X11_FORCE_EGL", "1")  # the context kind that headless pictures use too

Action: TypeAlias = Literal["close", "mirror", "mute", "go", "back", "hold", "panic"]
KEYS: Final = "Esc closes, F full screen, M mirror, Space mutes"
CLICKER: Final = "PageDown, Space, Enter GO, PageUp back, H or . hold, Esc twice panic, F full screen, M mirror"
_TWICE_S: Final = 1.0
_PLAIN: Final[dict[str, Action]] = {"escape": "close", "m": "mirror", "space": "mute"}
_CLICKED: Final[dict[str, Action]] = {
    **dict.fromkeys(("page down", "right", "space", "return", "enter"), "go"),
    "page up": "back",
    **dict.fromkeys(("h", "."), "hold"),
    "m": "mirror",
}
_REMEDY: Final = "use --headless, or start it where there is a display"


def has_display() -> bool:
    """Whether a window could be opened here, by what the system says; opening may still fail."""
    linux = sys.platform.startswith("linux")
    return not linux or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


class Keys:
    """What keys mean. clicker : a ceremony is conducted with them, as with a clicker for slides: none of them closes
    the window, and panic asks for Escape twice within a second, which some clickers send by themselves once."""

    def __init__(self, clicker: bool = False) -> None:
        self._clicker = clicker
        self._escaped = float("-inf")

    def take(self, key: str, now: float) -> Action | None:
        """A key that was pressed at ``now`` seconds, by pygame's name of it."""
        if not self._clicker:
            return _PLAIN.get(key)
        if key == "escape":
            twice = now - self._escaped < _TWICE_S
            self._escaped = float("-inf") if twice else now
            return "panic" if twice else None
        return _CLICKED.get(key)


class Window:
    """One window; its context is current on the thread that made it.

    size : (w, h) asked for, in points; vsync : ``present`` waits for the display; clicker : its keys
    conduct a ceremony (``Keys``). Raises OutputError where there is
    no display or it gives no OpenGL 3.3.
    """

    def __init__(
        self, size: tuple[int, int], title: str = "Presence", vsync: bool = True, clicker: bool = False
    ) -> None:
        if not has_display():
            raise OutputError(f"there is no display for a window: {_REMEDY}")
        import pygame

        self._pygame, self._keys = pygame, Keys(clicker)
        try:
            pygame.display.init()
            attributes = {
                pygame.GL_CONTEXT_MAJOR_VERSION: 3,
                pygame.GL_CONTEXT_MINOR_VERSION: 3,
                pygame.GL_CONTEXT_PROFILE_MASK: pygame.GL_CONTEXT_PROFILE_CORE,
                pygame.GL_DOUBLEBUFFER: 1,
                pygame.GL_DEPTH_SIZE: 0,
            }
            for attribute, value in attributes.items():
                pygame.display.gl_set_attribute(attribute, value)
            flags = pygame.OPENGL | pygame.DOUBLEBUF | pygame.RESIZABLE
            pygame.display.set_mode(size, flags, vsync=int(vsync))
            pygame.display.set_caption(title)
        except pygame.error as error:
            pygame.display.quit()
            raise OutputError(f"no window can be opened ({error}): {_REMEDY}") from None

    @property
    def size(self) -> tuple[int, int]:
        """(w, h) of the drawable, in pixels; changes when the person resizes it."""
        width, height = self._pygame.display.get_window_size()
        return width, height

    def poll(self) -> list[Action]:
        """What the person asked for since the last call; full screen is done at once."""
        actions: list[Action] = []
        pygame = self._pygame
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                actions.append("close")
            elif event.type == pygame.KEYDOWN and event.key == pygame.K_f:
                pygame.display.toggle_fullscreen()
            elif event.type == pygame.KEYDOWN:
                action = self._keys.take(pygame.key.name(event.key), time.monotonic())
                actions += [action] if action is not None else []
        return actions

    def present(self) -> None:
        """Show what was drawn; with vsync, waits for the display."""
        self._pygame.display.flip()

    def close(self) -> None:
        """Close the window and its context. A second call does nothing."""
        self._pygame.display.quit()
