"""The one door to PyOpenGL: sets it up before it is imported, and hands on its names.

Error checks after every call are off (they double the price of a call); ``check`` asks once, where it matters.
``draw_elements`` is ``glDrawElements`` without PyOpenGL's conversion of the offset, which takes longer than the call.
"""

from __future__ import annotations

import os
import sys

from ..errors import GraphicsError

REMEDY = (
    "install Mesa (Debian, Ubuntu: sudo apt-get install libegl1 libgl1 libgl1-mesa-dri) "
    "or a graphics driver with OpenGL 3.3"
)

if sys.platform.startswith("linux"):
    # One binding for headless pictures and windows alike: both go through EGL, under X11 too.
    os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
    os.environ.setdefault("SDL_VIDEO_X11_FORCE_EGL", "1")
# Drawing in the calling thread costs the least processor time; threads only add waiting (benchmarks/render.py).
os.environ.setdefault("LP_NUM_THREADS", "0")

try:
    import OpenGL

    OpenGL.ERROR_CHECKING = False
    OpenGL.ERROR_LOGGING = False
    from OpenGL import GL
    from OpenGL.raw.GL.VERSION.GL_1_1 import glDrawElements as draw_elements
except (ImportError, AttributeError, OSError) as error:
    raise GraphicsError(f"OpenGL cannot be loaded ({error}): {REMEDY}") from error

__all__ = ["GL", "REMEDY", "check", "draw_elements"]

_NAMES = {
    0x0500: "invalid enum",
    0x0501: "invalid value",
    0x0502: "invalid operation",
    0x0505: "out of memory",
    0x0506: "invalid framebuffer operation",
}


def check(where: str) -> None:
    """Raise GraphicsError if OpenGL holds an error; ``where`` says what was being done."""
    code = GL.glGetError()
    if code:
        while GL.glGetError():
            pass
        raise GraphicsError(f"OpenGL error while {where}: {_NAMES.get(code, hex(code))}")
