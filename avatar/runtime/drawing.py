"""A stage's newest picture: drawn once and read once, at once or, where nobody may ever look, when it is asked for."""

from __future__ import annotations

import numpy as np

from ..render.renderer import Renderer
from ..stage.scene import Overlay, Scene
from ..types import ByteArray


class Drawing:
    """The newest scene's picture. To be used from the thread that owns the GL context.

    scene : changed by whoever composes it, and then ``composed``; until the next time it stays as it is.
    """

    def __init__(self, renderer: Renderer, scene: Scene) -> None:
        self._renderer, self._scene = renderer, scene
        self._newest: ByteArray = np.zeros((scene.size[1], scene.size[0], 3), np.uint8)
        self._undrawn = self._unread = False

    def composed(self) -> None:
        """There is a new picture."""
        self._undrawn = self._unread = True

    def draw(self) -> None:
        """Draw it, unless it is drawn already."""
        if self._undrawn:
            self._undrawn = False
            self._renderer.draw(self._scene)

    def read(self) -> ByteArray:
        """It, (H, W, 3) uint8 RGB, in a buffer that the next one overwrites; black before the first."""
        if self._unread:
            self.draw()
            self._unread = False
            self._renderer.read(self._newest)
        return self._newest

    def look(self) -> ByteArray:
        """A copy of what was drawn last, (H, W, 3) uint8 RGB."""
        self.draw()
        return self._renderer.read().copy()

    def portrait(self) -> ByteArray:
        """A copy of it without words or marks on it, (H, W, 3) uint8 RGB."""
        self.read()
        words, self._scene.overlay = self._scene.overlay, Overlay()
        self._renderer.draw(self._scene)
        self._scene.overlay = words
        return self._renderer.read().copy()
