"""Pictures on the GPU: textures that are read, and targets that are drawn into."""

from __future__ import annotations

import numpy as np

from ..errors import GraphicsError
from ..model.model import Texture
from ..types import ByteArray
from .gl import GL

_BETWEEN = GL.GL_LINEAR_MIPMAP_NEAREST
_APART = GL.GL_TEXTURE15
"""A unit that no program reads: what is made, filled or drawn into is never left bound where one does."""


def bind_apart(kind: int, name: int) -> None:
    """Bind a texture to make or fill it."""
    GL.glActiveTexture(_APART)
    GL.glBindTexture(kind, name)


def sampled(last: int, minify: int, magnify: int, wrap: tuple[int, int]) -> None:
    """Say how the bound 2D texture is read, before it has storage. last : its smallest level, 0 for only the whole."""
    for key, value in (
        (GL.GL_TEXTURE_MAX_LEVEL, last),
        (GL.GL_TEXTURE_MIN_FILTER, minify),
        (GL.GL_TEXTURE_MAG_FILTER, magnify),
        (GL.GL_TEXTURE_WRAP_S, wrap[0]),
        (GL.GL_TEXTURE_WRAP_T, wrap[1]),
    ):
        GL.glTexParameteri(GL.GL_TEXTURE_2D, key, value)


def sampled_smoothly() -> None:
    """``sampled`` of one level, averaged between texels, its edge going on for ever."""
    sampled(0, GL.GL_LINEAR, GL.GL_LINEAR, (GL.GL_CLAMP_TO_EDGE, GL.GL_CLAMP_TO_EDGE))


def upload_texture(texture: Texture, software: bool, srgb: bool = False) -> int:
    """A model's texture; returns its name. Sampled as its file asks, except that linear ones always get mipmaps (a
    companion is seen small, and would shimmer), of which a CPU reads one level and a GPU two.

    srgb : it holds colours, which the driver decodes before it filters (glTF 2.0, 3.8.3); otherwise shaders decode what
    was filtered."""
    name = int(GL.glGenTextures(1))
    bind_apart(GL.GL_TEXTURE_2D, name)
    magnify, minify = texture.filters
    if minify not in (GL.GL_NEAREST, GL.GL_NEAREST_MIPMAP_NEAREST):
        minify = GL.GL_LINEAR_MIPMAP_NEAREST if software else GL.GL_LINEAR_MIPMAP_LINEAR
    image = np.ascontiguousarray(texture.image)
    h, w = image.shape[:2]
    last = 0 if minify == GL.GL_NEAREST else max(w, h).bit_length() - 1
    # The driver is told first how much storage it takes: none has to be moved when it is first read.
    sampled(last, minify, magnify, texture.wrap)
    GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
    inner = GL.GL_SRGB8_ALPHA8 if srgb else GL.GL_RGBA8
    GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, inner, w, h, 0, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, image)
    if last:
        GL.glGenerateMipmap(GL.GL_TEXTURE_2D)
    return name


class Picture:
    """A texture whose content changes: camera matte, captions. Storage is made anew only when the size changes."""

    def __init__(self, channels: int) -> None:
        """channels : 1, 2 or 4, uint8."""
        self.name = int(GL.glGenTextures(1))
        self.size = (0, 0)
        self._inner, self._outer = {
            1: (GL.GL_R8, GL.GL_RED),
            2: (GL.GL_RG8, GL.GL_RG),
            4: (GL.GL_RGBA8, GL.GL_RGBA),
        }[channels]
        bind_apart(GL.GL_TEXTURE_2D, self.name)
        sampled_smoothly()

    def upload(self, image: ByteArray) -> None:
        """image : (H, W) or (H, W, channels) uint8."""
        image = np.ascontiguousarray(image)
        h, w = image.shape[:2]
        bind_apart(GL.GL_TEXTURE_2D, self.name)
        GL.glPixelStorei(GL.GL_UNPACK_ALIGNMENT, 1)
        if (w, h) == self.size:
            GL.glTexSubImage2D(GL.GL_TEXTURE_2D, 0, 0, 0, w, h, self._outer, GL.GL_UNSIGNED_BYTE, image)
        else:
            GL.glTexImage2D(GL.GL_TEXTURE_2D, 0, self._inner, w, h, 0, self._outer, GL.GL_UNSIGNED_BYTE, image)
            self.size = (w, h)

    def close(self) -> None:
        """Delete it."""
        GL.glDeleteTextures(1, np.array([self.name], np.uint32))


class Target:
    """A framebuffer with one RGBA8 colour texture, and depth when asked. samples : 1, or of a multisampled texture."""

    def __init__(self, size: tuple[int, int], samples: int = 1, depth: bool = False) -> None:
        self.size, self.samples = size, samples
        self.kind = GL.GL_TEXTURE_2D_MULTISAMPLE if samples > 1 else GL.GL_TEXTURE_2D
        self.color = int(GL.glGenTextures(1))
        self.framebuffer = int(GL.glGenFramebuffers(1))
        self._depth = int(GL.glGenRenderbuffers(1)) if depth else 0
        bind_apart(self.kind, self.color)
        if samples > 1:
            GL.glTexImage2DMultisample(self.kind, samples, GL.GL_RGBA8, *size, True)
        else:
            sampled_smoothly()
            GL.glTexImage2D(self.kind, 0, GL.GL_RGBA8, *size, 0, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, None)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        GL.glFramebufferTexture2D(GL.GL_FRAMEBUFFER, GL.GL_COLOR_ATTACHMENT0, self.kind, self.color, 0)
        if depth:
            GL.glBindRenderbuffer(GL.GL_RENDERBUFFER, self._depth)
            GL.glRenderbufferStorageMultisample(
                GL.GL_RENDERBUFFER, samples if samples > 1 else 0, GL.GL_DEPTH_COMPONENT24, *size
            )
            GL.glFramebufferRenderbuffer(GL.GL_FRAMEBUFFER, GL.GL_DEPTH_ATTACHMENT, GL.GL_RENDERBUFFER, self._depth)
        if GL.glCheckFramebufferStatus(GL.GL_FRAMEBUFFER) != GL.GL_FRAMEBUFFER_COMPLETE:
            raise GraphicsError(f"the driver cannot draw into a {size[0]}x{size[1]} picture with {samples} samples")

    def bind(self, width: int, height: int) -> None:
        """Draw into its first width × height pixels."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self.framebuffer)
        GL.glViewport(0, 0, width, height)

    def soften(self, copies: int) -> None:
        """Make softer copies of what is in it, each half the size of the one before; a multisampled one has none."""
        if self.samples == 1:
            bind_apart(self.kind, self.color)
            for key, value in ((GL.GL_TEXTURE_MAX_LEVEL, copies), (GL.GL_TEXTURE_MIN_FILTER, _BETWEEN)):
                GL.glTexParameteri(self.kind, key, value)
            GL.glGenerateMipmap(self.kind)

    def close(self) -> None:
        """Delete it."""
        GL.glDeleteFramebuffers(1, np.array([self.framebuffer], np.uint32))
        GL.glDeleteTextures(1, np.array([self.color], np.uint32))
        if self._depth:
            GL.glDeleteRenderbuffers(1, np.array([self._depth], np.uint32))
