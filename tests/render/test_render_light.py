"""Light on surfaces: a room's probe, matte and mirrored, by the closed forms of each; textures decoded once."""

from __future__ import annotations

import numpy as np
import pytest
from render_models import at, figure, model, scene, square, toon

from avatar.model.model import Material, MToon, Texture, TextureSlot
from avatar.render.renderer import Renderer
from avatar.render.shot import INDIRECT
from avatar.stage import light
from avatar.stage.scene import Lighting

pytestmark = pytest.mark.gl
SIZE = (64, 64)
BLACK = np.zeros(3, np.float32)


@pytest.fixture
def renderer(gl):
    with Renderer(SIZE, 1, gl) as r:
        yield r


def encoded(linear):
    c = np.clip(np.asarray(linear, np.float64), 0, 1)
    return 255 * np.where(c <= 0.0031308, 12.92 * c, 1.055 * c ** (1 / 2.4) - 0.055)


def colour(renderer, material, lighting, place=None, **more):
    """Of a square's middle pixel, (3,)."""
    m = model((square(),), (material,), **more)
    s = scene(SIZE, figure(m, at(0, 0, -2) if place is None else place), background=(0, 0, 0, 1))
    s.lighting = lighting
    renderer.draw(s)
    return renderer.read()[SIZE[1] // 2, SIZE[0] // 2].astype(float)


def around(probe):
    """No key light, only the room's."""
    return Lighting(color=BLACK, probe=probe, shadows=0)


def lopsided():
    """A room that is bright and warm at the left, blue at the right, brighter above."""
    probe = light.probe_uniform((1.0, 1.0, 1.0))
    probe[3] = (-0.9, -0.3, 0.8)
    probe[1] = 0.5
    probe[8] = 0.3
    return probe


def matte(**more):
    return Material(kind="pbr", metallic=0.0, roughness=1.0, base_color=(0.8, 0.8, 0.8, 1), double_sided=True, **more)


def plain(gi):
    return Material(kind="mtoon", double_sided=True, mtoon=MToon(shade_color=(1, 1, 1), gi_equalization=gi))


@pytest.mark.parametrize("kind", ["toon", "pbr"])
def test_an_even_probe_is_the_ambient_light(renderer, kind):
    material = plain(0.3) if kind == "toon" else matte()
    rgb = np.array([0.5, 0.4, 0.3], np.float32)
    even = Lighting(ambient=rgb, shadows=0)
    probed = Lighting(ambient=BLACK, probe=light.probe_uniform(rgb), shadows=0)
    assert colour(renderer, material, probed) == pytest.approx(colour(renderer, material, even), abs=1.01)


@pytest.mark.parametrize("turn", [0.0, 0.8, -1.2])
def test_mtoon_without_equalization_shows_the_irradiance_of_its_normal(renderer, turn):
    probe = lopsided()
    normal = np.array([np.sin(turn), 0, np.cos(turn)], np.float32)
    expected = encoded(light.irradiance(probe, normal) * INDIRECT)
    assert colour(renderer, plain(0.0), around(probe), at(0, 0, -2, turn=turn)) == pytest.approx(expected, abs=1.5)


@pytest.mark.parametrize("turn", [0.0, 1.2])
def test_mtoon_equalized_shows_the_mean_of_up_and_down(renderer, turn):
    probe = lopsided()
    up = np.array([[0, 1, 0], [0, -1, 0]], np.float32)
    expected = encoded(light.irradiance(probe, up).mean(0) * INDIRECT)
    assert colour(renderer, plain(1.0), around(probe), at(0, 0, -2, turn=turn)) == pytest.approx(expected, abs=1.5)


def test_the_probe_belongs_to_the_room_and_not_to_the_figure(renderer):
    # A figure that turns shows another side to the same window.
    left, right = (colour(renderer, plain(0.0), around(lopsided()), at(0, 0, -2, turn=t)) for t in (-1.0, 1.0))
    assert left[0] > right[0] + 20
    assert left[2] < right[2] - 20


def test_a_matte_surface_is_lit_by_the_irradiance(renderer):
    probe = lopsided()
    got = colour(renderer, matte(), around(probe))
    dull = encoded(0.8 * light.irradiance(probe, np.array([0, 0, 1], np.float32)) * INDIRECT)
    assert (got >= dull - 1).all()
    assert (got < dull + 14).all()  # and a little gloss


def test_a_white_metal_in_an_even_room_vanishes(renderer):
    # The furnace test: what reflects everything looks as its surroundings do, however rough.
    for rough in (0.1, 0.5, 1.0):
        metal = Material(kind="pbr", metallic=1.0, roughness=rough)
        got = colour(renderer, metal, around(light.probe_uniform((1.0, 1.0, 1.0))))
        assert got == pytest.approx(encoded(np.full(3, INDIRECT)), abs=2)


def test_a_smooth_metal_mirrors_where_a_rough_one_blurs(renderer):
    # Turned by 45 degrees it mirrors what is at the left of the picture; a rough one sees the whole half.
    probe = light.probe_uniform((1.0, 1.0, 1.0))
    probe[3] = -1.5
    place = at(0, 0, -2, turn=-np.pi / 4)
    smooth, rough = (
        colour(renderer, Material(kind="pbr", metallic=1.0, roughness=r), around(probe), place)[0] for r in (0.1, 1.0)
    )
    assert smooth > rough + 8


def test_occlusion_hides_the_room_but_not_the_light(renderer):
    hidden = matte(occlusion_texture=TextureSlot(0))
    dark = (Texture(np.zeros((2, 2, 4), np.uint8)),)
    assert colour(renderer, hidden, around(lopsided()), textures=dark).max() <= 1
    key = Lighting(direction=np.array([0, 0, 1], np.float32), ambient=BLACK, shadows=0)
    bright = (Texture(np.full((2, 2, 4), 255, np.uint8)),)
    assert colour(renderer, hidden, key, textures=dark) == pytest.approx(
        colour(renderer, hidden, key, textures=bright), abs=1
    )


@pytest.mark.parametrize("samples", [1, 4])
@pytest.mark.parametrize("value", [0, 12, 60, 128, 200, 255])
def test_a_painted_colour_comes_out_as_it_was_painted(gl, samples, value):
    image = np.full((4, 4, 4), 255, np.uint8)
    image[..., 1] = value
    material = Material(kind="unlit", base_texture=TextureSlot(0), double_sided=True)
    with Renderer(SIZE, samples, gl) as r:
        got = colour(r, material, Lighting(), textures=(Texture(image),))
    assert got == pytest.approx([255, value, 255], abs=1.01)


def test_textures_are_decoded_before_they_are_filtered(gl):
    # A fine black and white checker is half the light, which is 188 of 255 and not 128.
    image = np.zeros((64, 64, 4), np.uint8)
    image[::2, ::2] = image[1::2, 1::2] = 255
    image[..., 3] = 255
    material = Material(kind="unlit", base_texture=TextureSlot(0), double_sided=True)
    with Renderer(SIZE, 4, gl) as r:
        got = colour(r, material, Lighting(), at(0, 0, -4), textures=(Texture(image),))
    assert got == pytest.approx([188] * 3, abs=4)


def test_emission_is_no_part_of_unlit(renderer):
    glowing = Material(kind="unlit", base_color=(0.2, 0.2, 0.2, 1), emissive=(1, 1, 1))
    assert colour(renderer, glowing, Lighting()) == pytest.approx(encoded([0.2] * 3), abs=1.01)


def test_vertex_colours_are_no_part_of_mtoon(renderer):
    blue = np.tile(np.array([0, 0, 1, 1], np.float32), (4, 1))
    front = Lighting(direction=np.array([0, 0, 1], np.float32))
    for material, expected in ((toon(), 255), (matte(), 0)):
        m = model((square(colors=blue),), (material,))
        s = scene(SIZE, figure(m, at(0, 0, -2)))
        s.lighting = front
        renderer.draw(s)
        got = renderer.read()[32, 32]
        assert abs(int(got[0]) - expected) < 60
        assert got[2] > 200
