"""What is drawn depends on what was given alone: not on leftovers in the driver's memory, nor on earlier renderers."""

from __future__ import annotations

import numpy as np
import pytest
from gl_watch import watched
from render_models import GREEN, at, figure, model, scene, square, toon

from avatar.model.model import MToon, Texture, TextureSlot
from avatar.render.context import HeadlessContext
from avatar.render.gl import GL
from avatar.render.renderer import Renderer
from avatar.stage.scene import Lighting, Overlay

pytestmark = pytest.mark.gl
SIZE = (200, 160)
ABOVE = np.array([0.0, 0.6, 0.8], np.float32)
KINDS = [(1, False), (1, True), (4, False), (4, True)]
NAMES = ["few taps", "many taps", "shared taps", "many taps, smoothed"]


def wall_and_cut_plate():
    """A wall, and before it a plate whose texture cuts its left half away."""
    holes = np.full((4, 4, 4), 255, np.uint8)
    holes[:, :2, 3] = 0
    cut = toon(alpha_mode="MASK", base_texture=TextureSlot(0), double_sided=True)
    plate = square(material=1, offset=(0, 0, 0.3))
    plate.positions[:, :2] *= 0.3
    return model((square(), plate), (toon(), cut), (Texture(holes, filters=(9728, 9728)),))


def everything(rng):
    """A face that morphs, outlines, a mask, glass, a matcap, and textures with and without small levels."""
    deltas = rng.normal(0, 0.05, (3, 4, 3)).astype(np.float32)
    edge = MToon(outline_mode="worldCoordinates", outline_width=0.03, matcap_texture=TextureSlot(1))
    materials = (
        toon(base_texture=TextureSlot(0), normal_texture=TextureSlot(2)),
        toon(alpha_mode="MASK", base_texture=TextureSlot(1), double_sided=True),
        toon(alpha_mode="BLEND", base_color=(*GREEN, 0.5), double_sided=True),
        toon(emissive_texture=TextureSlot(0)),
    )
    materials[3].mtoon = edge
    parts = [square(k, offset=(0.2 * k, 0, 0.1 * k)) for k in range(4)]
    parts[0] = square(0, morph_positions=deltas)
    textures = [
        Texture(rng.integers(0, 255, (16, 8, 4), dtype=np.uint8), filters=f) for f in ((9729, 9987), (9728,) * 2)
    ]
    return model(tuple(parts), materials, (*textures, textures[0]), morphs=3)


def play(renderer, m, rng, frames=3):
    """Pictures of a figure that moves, with its shadow, behind a person, in two kinds of light, with words."""
    picture = rng.integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    for k in range(frames):
        morphs = np.array([0.5 * (k % 2), 0, 0.2 * k], np.float32)
        place = at(0.1 * k, -0.2, -2 - 0.3 * k)
        f = figure(m, place, morphs=morphs, shadow=place[:3, 3] - np.array([0, 0.5, 0], np.float32))
        f.behind_person = k > 0
        s = scene(SIZE, f, image=picture if k else None)
        s.lighting = Lighting(direction=ABOVE, probe=None if k % 2 else np.ones((9, 3), np.float32))
        s.matte = np.zeros((8, 8), np.uint8)
        s.overlay = Overlay(caption="word " * k, camera_on=True)
        renderer.draw(s)
        renderer.read()


def test_every_draw_finds_all_that_it_reads(gl, rng):
    with watched() as watch:
        for m in (everything(rng), wall_and_cut_plate()):
            for samples, fine in KINDS:
                with Renderer(SIZE, samples, gl, fine=fine) as r:
                    play(r, m, rng)
    assert watch.draws > 200
    assert watch.faults == []


@pytest.mark.parametrize(
    ("where", "instead", "said"),
    [
        ("shadow.ShadowMap._clear", lambda self: GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, self._framebuffer), "a depth"),
        ("program.Program.samplers", lambda self, **units: self.use() or self, "was never set"),
        ("figure.upload_texture", lambda *a, **k: int(GL.glGenTextures(1)), "that nothing filled"),
    ],
    ids=["a map not cleared", "a sampler not set", "a texture not uploaded"],
)
def test_the_watch_sees_what_is_missing(gl, rng, monkeypatch, where, instead, said):
    monkeypatch.setattr(f"avatar.render.{where}", instead)
    with watched() as watch, Renderer(SIZE, 1, gl, fine=False) as r:
        play(r, wall_and_cut_plate(), rng, 1)
    assert any(said in fault for fault in watch.faults)


@pytest.mark.parametrize(("samples", "fine"), KINDS, ids=NAMES)
def test_the_first_picture_is_the_second_whatever_was_drawn_before(samples, fine):
    """In a new context, and after renderers of other kinds that were closed in it."""
    found = []
    for before in ([], [(1, True), (4, False)], [(1, False), (4, True), (1, True)]):
        with HeadlessContext() as context:
            for other, finely in before:
                with Renderer(SIZE, other, context, fine=finely) as r:
                    r.draw(lit())
            with Renderer(SIZE, samples, context, fine=fine) as r:
                for _ in range(3):
                    r.draw(lit())
                    found.append(r.read().copy())
    for picture in found[1:]:
        assert (picture == found[0]).all()


def lit():
    s = scene(SIZE, figure(wall_and_cut_plate(), at(0, 0, -2)), background=(0, 0, 0, 1))
    s.lighting = Lighting(direction=ABOVE)
    return s


def test_a_closed_renderer_leaves_nothing_on_the_gpu(rng):
    kinds = ("Texture", "Buffer", "Framebuffer", "Renderbuffer", "VertexArray", "Program")

    def there():
        return {kind for kind in (*kinds, "Shader") for n in range(1, 500) if getattr(GL, f"glIs{kind}")(n)}

    with HeadlessContext() as context:
        for samples, fine in KINDS:
            with Renderer(SIZE, samples, context, fine=fine) as r:
                play(r, everything(rng), rng)
                assert there() >= set(kinds)
            assert there() == set()
