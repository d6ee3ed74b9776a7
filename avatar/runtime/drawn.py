"""The newest picture of a stage: drawn once, read back once, and both only where somebody asks for it."""

from __future__ import annotations

import numpy as np

from ..render.renderer import Renderer
from ..stage.scene import Overlay, Scene
from ..types import ByteArray


class Drawn:
    """renderer : draws ``scene``, whose values are another picture's after each ``composed``; size : (w, h) pixels.
    Every call comes from the thread that owns the GL context."""

    def __init__(self, renderer: Renderer, scene: Scene, size: tuple[int, int]) -> None:
        self._renderer, self._scene = renderer, scene
        self._undrawn = self._unread = False
        self.picture: ByteArray = np.zeros((size[1], size[0], 3), np.uint8)
        """(H, W, 3) uint8 RGB as it was read last; overwritten by the next."""

    def composed(self) -> None:
        """The scene is that of the next picture."""
        self._undrawn = self._unread = True

    def draw(self) -> None:
        """Draw what is composed, unless it is drawn already."""
        if self._undrawn:
            self._undrawn = False
            self._renderer.draw(self._scene)

    def read(self) -> ByteArray:
        """(H, W, 3) uint8 RGB: into ``picture``, unless it is there already."""
        if self._unread:
            self.draw()
            self._unread = False
            self._renderer.read(self.picture)
        return self.picture

    def look(self) -> ByteArray:
        """A copy of it, (H, W, 3) uint8 RGB."""
        self.draw()
        return self._renderer.read().copy()

    def portrait(self) -> ByteArray:
        """A copy, (H, W, 3) uint8 RGB, without words or marks on it: for a photograph. What is shown and recorded keeps
        them."""
        words, self._scene.overlay = self._scene.overlay, Overlay()
        self._renderer.draw(self._scene)
        picture = self._renderer.read().copy()
        self._scene.overlay = words
        return picture
