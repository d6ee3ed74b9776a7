"""The newest picture is drawn once and read once, whoever asks, and a portrait of it takes no words off it."""

from __future__ import annotations

from typing import Any

import numpy as np

from avatar.runtime.drawn import Drawn
from avatar.stage.scene import Overlay, Scene


class Counting:
    """A renderer whose pictures have one value: how many it has drawn; one more than 100 where there were words."""

    def __init__(self) -> None:
        self.drawn = self.read_out = 0
        self.value = 0

    def draw(self, scene: Scene) -> None:
        self.drawn += 1
        self.value = self.drawn + 100 * bool(scene.overlay.label)

    def read(self, out: Any = None) -> Any:
        self.read_out += 1
        out = np.zeros((2, 3, 3), np.uint8) if out is None else out
        out[:] = self.value
        return out


def test_it_is_drawn_and_read_once_for_everybody() -> None:
    renderer = Counting()
    scene = Scene((3, 2), overlay=Overlay(label="words"))
    drawn = Drawn(renderer, scene, (3, 2))  # type: ignore[arg-type]
    assert drawn.read().shape == (2, 3, 3)
    assert not drawn.read().any(), "black before the first"
    assert (renderer.drawn, renderer.read_out) == (0, 0)
    for _ in range(5):
        drawn.composed()
    assert renderer.drawn == 0, "nobody asked"
    assert drawn.read().max() == drawn.read().max() == drawn.look().max() == 101
    assert (renderer.drawn, renderer.read_out) == (1, 2)


def test_a_portrait_has_no_words_and_the_picture_keeps_them() -> None:
    renderer = Counting()
    scene = Scene((3, 2), overlay=Overlay(label="words"))
    drawn = Drawn(renderer, scene, (3, 2))  # type: ignore[arg-type]
    drawn.composed()
    drawn.read()
    assert drawn.portrait().max() == 2
    assert scene.overlay.label == "words"
    assert drawn.read().max() == 101, "as it was, with its words"
