"""A part that is not shown leaves no pixel of itself, and its fade is between with it and without."""

from __future__ import annotations

import numpy as np

from avatar import paths
from avatar.model.load import load
from avatar.model.parts import chosen
from avatar.render.renderer import Renderer
from avatar.stage.scene import Figure, Scene
from avatar.stage.wearing import Look, Wearing


def test_parts_are_hidden_and_fade() -> None:
    model = load(paths.companion("hikari"))
    place = np.eye(4, dtype=np.float32)
    place[:3, 3] = (0, -0.7, -1.3)
    figure = Figure(model, model.rest_world(), model.morph_defaults.copy(), place)
    wearing = Wearing()
    with Renderer((160, 160), 1) as renderer:

        def shot(t: float) -> np.ndarray:
            scene = Scene((160, 160), figures=wearing.dressed([figure], t), background=(0.1, 0.4, 0.1, 1))
            renderer.draw(scene)
            return renderer.read().astype(np.int32)

        whole, wearing_from = shot(0.0), chosen(model, ["dress"])
        wearing.put_on(Look(wearing_from), 1.0, 0.0)
        half, none = shot(0.5), shot(1.0)
        wearing.put_on(Look(), 0.0, 2.0)
        again = shot(2.0)
    ground = np.array(none[0, 0])
    skirt = (slice(110, 150), slice(70, 90))
    assert np.abs(none[skirt] - ground).max() <= 2, "behind the dress is only the ground"
    assert np.abs(whole[skirt] - ground).mean() > 20
    between = (whole[skirt] + none[skirt]) / 2
    assert np.abs(half[skirt] - between).mean() < 25
    assert np.array_equal(again, whole)
