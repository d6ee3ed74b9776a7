"""An OpenGL 3.3 core context: one without any window, or the one a window has just made current.

On Linux the headless one is EGL by Mesa's surfaceless platform or on a GPU's own device; elsewhere a hidden window.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import sys
from types import TracebackType
from typing import Any

from ..errors import GraphicsError
from .gl import GL, REMEDY

_SURFACELESS, _DEVICE = 0x31DD, 0x313F
_OPENGL_API, _OPENGL_BIT = 0x30A2, 0x0008


class Context:
    """A current OpenGL context, described. renderer, version : what the driver says; software : drawn by the CPU."""

    def __init__(self) -> None:
        try:
            version, renderer = GL.glGetString(GL.GL_VERSION), GL.glGetString(GL.GL_RENDERER)
        except Exception as error:  # PyOpenGL raises its own kinds when no context is current
            raise GraphicsError(f"there is no OpenGL context ({error}): {REMEDY}") from error
        if not version:
            raise GraphicsError(f"there is no OpenGL context: {REMEDY}")
        self.version, self.renderer = version.decode(), renderer.decode()
        numbers = self.version.split()[0].split(".")
        if (int(numbers[0]), int(numbers[1])) < (3, 3):
            raise GraphicsError(f"OpenGL {self.version} ({self.renderer}) is older than 3.3: {REMEDY}")
        low = self.renderer.lower()
        self.software = any(word in low for word in ("llvmpipe", "softpipe", "swrast", "swr", "software"))

    def make_current(self) -> None:
        """Make it the calling thread's context again; a window's context is its window's business."""

    def close(self) -> None:
        """Give it back; a window's context is its window's business."""

    def __enter__(self) -> Context:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def attach() -> Context:
    """The context that is current on this thread (a window has made it). GraphicsError when there is none."""
    return Context()


class HeadlessContext(Context):
    """A context that needs no display. GraphicsError, with the remedy, when there is no usable OpenGL."""

    def __init__(self) -> None:
        self._egl: Any = None
        self._window: Any = None
        if sys.platform.startswith("linux"):
            self._open_egl()
        else:
            self._open_hidden_window()
        try:
            super().__init__()
        except GraphicsError:
            self.close()
            raise

    def make_current(self) -> None:
        """Make it the calling thread's context; one thread at a time may hold it."""
        if self._egl is not None and not self._egl.eglMakeCurrent(self._display, None, None, self._context):
            raise GraphicsError("the OpenGL context cannot be made current: another thread holds it")

    def release(self) -> None:
        """Let another thread make it current."""
        if self._egl is not None:
            self._egl.eglMakeCurrent(self._display, None, None, None)

    def close(self) -> None:
        """Destroy it; closing twice is fine."""
        if self._egl is not None:
            self._egl.eglMakeCurrent(self._display, None, None, None)
            self._egl.eglDestroyContext(self._display, self._context)
            self._egl = None
        if self._window is not None:
            self._window.display.quit()
            self._window = None

    def _open_egl(self) -> None:
        egl = _load_egl()
        for display in _displays(egl):
            if not egl.eglInitialize(display, None, None):
                continue
            if context := _make(egl, display):
                self._egl, self._display, self._context = egl, display, context
                return
        raise GraphicsError(f"EGL gives no OpenGL 3.3 context without a display: {REMEDY}")

    def _open_hidden_window(self) -> None:
        import pygame

        try:
            pygame.display.init()
            for name, value in (
                (pygame.GL_CONTEXT_MAJOR_VERSION, 3),
                (pygame.GL_CONTEXT_MINOR_VERSION, 3),
                (pygame.GL_CONTEXT_PROFILE_MASK, pygame.GL_CONTEXT_PROFILE_CORE),
                (pygame.GL_CONTEXT_FORWARD_COMPATIBLE_FLAG, 1),
            ):
                with contextlib.suppress(pygame.error):
                    pygame.display.gl_set_attribute(name, value)
            pygame.display.set_mode((64, 64), pygame.OPENGL | pygame.HIDDEN)
        except pygame.error as error:
            raise GraphicsError(f"no hidden OpenGL window can be made ({error}): {REMEDY}") from error
        self._window = pygame


def _load_egl() -> Any:
    try:
        egl = ctypes.CDLL(ctypes.util.find_library("EGL") or "libEGL.so.1")
    except OSError as error:
        raise GraphicsError(f"EGL cannot be loaded ({error}): {REMEDY}") from error
    pointer = ctypes.c_void_p
    for name, result, arguments in (
        ("eglGetProcAddress", pointer, [ctypes.c_char_p]),
        ("eglGetDisplay", pointer, [pointer]),
        ("eglInitialize", ctypes.c_uint, [pointer, pointer, pointer]),
        ("eglBindAPI", ctypes.c_uint, [ctypes.c_uint]),
        ("eglChooseConfig", ctypes.c_uint, [pointer, pointer, pointer, ctypes.c_int, pointer]),
        ("eglCreateContext", pointer, [pointer, pointer, pointer, pointer]),
        ("eglDestroyContext", ctypes.c_uint, [pointer, pointer]),
        ("eglMakeCurrent", ctypes.c_uint, [pointer, pointer, pointer, pointer]),
    ):
        function = getattr(egl, name)
        function.restype, function.argtypes = result, arguments
    return egl


def _displays(egl: Any) -> list[Any]:
    """Displays to try: each GPU's device, Mesa without a surface, and the desktop's own."""
    found: list[Any] = []
    platform = egl.eglGetProcAddress(b"eglGetPlatformDisplayEXT")
    devices = egl.eglGetProcAddress(b"eglQueryDevicesEXT")
    describe = egl.eglGetProcAddress(b"eglQueryDeviceStringEXT")
    if platform:
        kind = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p)
        if devices and describe:
            handles, count = (ctypes.c_void_p * 16)(), ctypes.c_int(0)
            query = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(devices)
            text = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int)(describe)
            query(16, handles, ctypes.byref(count))
            hardware = [h for h in handles[: count.value] if b"software" not in (text(h, 0x3055) or b"")]
            found += [kind(platform)(_DEVICE, h, None) for h in hardware]
        found.append(kind(platform)(_SURFACELESS, None, None))
    found.append(egl.eglGetDisplay(None))
    return [d for d in found if d]


def _make(egl: Any, display: Any) -> Any:
    """A current 3.3 core context on this display, or None."""
    ints = ctypes.c_int * 7
    config, count = ctypes.c_void_p(), ctypes.c_int(0)
    wanted = ints(0x3033, 0, 0x3040, _OPENGL_BIT, 0x3038, 0, 0)
    if not egl.eglBindAPI(_OPENGL_API) or not egl.eglChooseConfig(
        display, wanted, ctypes.byref(config), 1, ctypes.byref(count)
    ):
        return None
    context = egl.eglCreateContext(
        display, config if count.value else None, None, ints(0x3098, 3, 0x30FB, 3, 0x30FD, 1, 0x3038)
    )
    if context and egl.eglMakeCurrent(display, None, None, context):
        return context
    return None
