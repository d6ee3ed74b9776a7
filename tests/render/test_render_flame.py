"""A flame's light on figures and on the camera's picture: near it brighter and warmer; without one, nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from render_models import at, figure, model, scene, square

from avatar import paths
from avatar.linalg import quat
from avatar.model.model import Material, MToon
from avatar.render.renderer import Renderer
from avatar.runtime.loading import load_prop
from avatar.stage.burning import Burning
from avatar.stage.light import probe_uniform
from avatar.stage.scene import Figure, Flame, Lighting

pytestmark = pytest.mark.gl
SIZE = (128, 96)
WARM = np.array([0.06, 0.034, 0.013], np.float32)
DARK = Lighting(color=np.zeros(3, np.float32), ambient=np.full(3, 0.2, np.float32), shadows=0)


@pytest.fixture
def renderer(gl):
    with Renderer(SIZE, 1, gl) as r:
        yield r


def wall(kind: str):
    if kind == "pbr":
        return Material(kind="pbr", metallic=0.0, roughness=1.0, base_color=(0.8, 0.8, 0.8, 1))
    return Material(kind="mtoon", base_color=(0.8, 0.8, 0.8, 1), mtoon=MToon(shade_color=(0.5, 0.5, 0.5)))


def linear(picture):
    c = picture.astype(float) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def drawn(renderer, material, *flames: Flame, scale: float = 1.0, image=None):
    m = model((square(),), (material,))
    s = scene(SIZE, figure(m, at(0, 0, -1.2, scale=scale)), background=(0, 0, 0, 1), image=image)
    s.lighting = replace(DARK, flames=flames)
    renderer.draw(s)
    return renderer.read().copy()


def flame(x: float, y: float = 0.0, z: float = -0.9) -> Flame:
    return Flame(np.array([x, y, z], np.float32), WARM)


@pytest.mark.parametrize("kind", ["toon", "pbr"])
def test_the_side_near_a_flame_is_brighter_and_warmer_and_it_falls_off(renderer, kind):
    without = linear(drawn(renderer, wall(kind)))
    gain = linear(drawn(renderer, wall(kind), flame(-0.35))) - without
    row = gain[SIZE[1] // 2]
    near, middle, far = (row[x] for x in (40, 64, 92))
    assert near[0] > middle[0] > far[0] > 0.003
    assert near[0] > near[1] > near[2] > 0
    assert near[0] / near[2] == pytest.approx(WARM[0] / WARM[2], rel=0.25)


@pytest.mark.parametrize("kind", ["toon", "pbr"])
def test_twice_as_far_is_a_quarter_whatever_the_companion_s_size(renderer, kind):
    for scale in (1.0, 0.8):
        without = linear(drawn(renderer, wall(kind), scale=scale))[48, 64, 0]
        one, two = (
            linear(drawn(renderer, wall(kind), flame(0, 0, z), scale=scale))[48, 64, 0] - without for z in (-0.9, -0.6)
        )
        assert one / two == pytest.approx(4, rel=0.15)
        assert one == pytest.approx(0.8 * WARM[0] / 0.3**2, rel=0.06)


@pytest.mark.parametrize("kind", ["toon", "pbr"])
def test_near_it_grows_smoothly_and_no_more_than_at_a_quarter_of_a_metre(renderer, kind):
    without = linear(drawn(renderer, wall(kind)))[48, 64, 0]
    away = np.array([0.5, 0.3, 0.2, 0.1, 0.05])
    faint = [replace(flame(0, 0, -1.2 + d), color=WARM / 2) for d in away]
    gains = [linear(drawn(renderer, wall(kind), one))[48, 64, 0] - without for one in faint]
    assert (np.diff(gains) > -0.008).all(), "never less for being nearer, within a step of the picture's"
    assert gains[-1] == pytest.approx(0.4 * WARM[0] / 0.24**2, rel=0.06)


@pytest.mark.parametrize("kind", ["toon", "pbr"])
@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_what_it_burns_on_is_in_the_way_of_what_is_below_and_of_nothing_else(renderer, kind, scale):
    def gain(y: float, below: float) -> float:
        """At a wall's middle, 0.2 m behind a flame y higher up."""
        one = replace(flame(0, y, -1.0), below=below)
        return linear(drawn(renderer, wall(kind), one, scale=scale))[48, 64, 0] - without

    without = linear(drawn(renderer, wall(kind), scale=scale))[48, 64, 0]
    shares = [gain(y, 0.3) / gain(y, 1.0) for y in (0.55, 0.2, 0.0, -0.3)]
    assert shares[0] == pytest.approx(0.3, abs=0.08), "20 degrees from straight down"
    assert 0.4 < shares[1] < 1
    assert shares[2:] == pytest.approx([1, 1], abs=0.02), "beside it and above it"


@pytest.mark.parametrize(("level", "tint"), [(0.35, (1, 0.8, 0.6)), (1.0, (1, 1, 1)), (0.12, (0.6, 0.75, 1))])
def test_the_dish_of_a_candle_is_warm_and_keeps_its_colour(gl, level, tint):
    """In a warm, a bright and a dim room, burning, from above: brass by candle light and not white."""
    m = load_prop(paths.prop("candle"))
    room = np.array(tint, np.float32) * np.float32(level)
    placement = at(0, -0.06, -0.32)
    placement[:3, :3] = quat.to_matrix(quat.from_euler(0.55, 0, 0))
    burning = Burning(m.node_names, m.rest_world(), 1)
    world = burning.moved(placement)
    light = burning.light(placement, world, 1.0)
    assert light is not None
    around = Lighting(color=room, ambient=room / 2, probe=probe_uniform(tuple(room / 2)))
    dishes = []
    with Renderer((320, 240), 1, gl) as renderer:
        for flames in ((), (light,)):
            s = scene((320, 240), Figure(m, world, m.morph_defaults, placement), background=(0, 0, 0, 1))
            s.lighting = replace(around, flames=flames)
            renderer.draw(s)
            picture = renderer.read().copy()
            rows = np.flatnonzero(picture.max(axis=(1, 2)) > 20)
            dishes.append(picture[rows[-1] - 14 : rows[-1] - 2, 142:152].astype(int))  # left of the candle
    there = dishes[0].min(-1) > 10
    assert there.sum() > 60
    unlit, lit = (dish[there] for dish in dishes)
    assert lit.mean(0)[0] > unlit.mean(0)[0] + 8, "it is lit"
    assert (lit[:, 0] > lit[:, 1]).all(), "by something warm"
    assert (lit[:, 1] > lit[:, 2]).all()
    assert lit.max() < 250, "and not burnt out"


@pytest.mark.parametrize("kind", ["toon", "pbr"])
def test_what_a_flame_lights_brightly_keeps_its_hue_and_is_never_darker_for_it(renderer, kind):
    bright = Lighting(color=np.zeros(3, np.float32), ambient=np.array([0.9, 0.75, 0.6], np.float32), shadows=0)
    middle = []
    for strength in (0.0, 0.2, 0.5, 1.0, 2.0, 4.0):
        m = model((square(),), (wall(kind),))
        s = scene(SIZE, figure(m, at(0, 0, -1.2)), background=(0, 0, 0, 1))
        flames = (replace(flame(0), color=WARM * np.float32(strength)),) if strength else ()
        s.lighting = replace(bright, flames=flames)
        renderer.draw(s)
        middle.append(linear(renderer.read())[48, 64])
    assert (np.diff([c[0] for c in middle]) >= -0.004).all()
    whole = middle[0] + 0.8 * WARM * 4 / 0.3**2
    assert middle[-1] / middle[-1][0] == pytest.approx(whole / whole[0], rel=0.06), "no channel is cut off by itself"
    assert middle[-1][0] > 0.97


def test_two_flames_add_up_and_each_is_its_own(renderer):
    base, left, right, both = (
        linear(drawn(renderer, wall("pbr"), *some))
        for some in ((), (flame(-0.3),), (flame(0.3),), (flame(-0.3), flame(0.3)))
    )
    assert both - base == pytest.approx(left - base + right - base, abs=0.015)


def test_nothing_faces_away_and_is_lit(renderer):
    behind = flame(0, 0, -1.8)
    material = wall("toon")
    assert drawn(renderer, material, behind) == pytest.approx(drawn(renderer, material), abs=1)


def room(value: int = 90) -> np.ndarray:
    return np.full((SIZE[1], SIZE[0], 3), value, np.uint8)


def picture(renderer, *flames: Flame, mirror: bool = False, matte=None):
    s = scene(SIZE, image=room(), mirror=mirror, matte=matte)
    s.lighting = replace(DARK, flames=flames)
    renderer.draw(s)
    return renderer.read().astype(int)


def test_without_flames_the_picture_is_the_camera_s_own_to_the_bit(renderer):
    assert (picture(renderer) == 90).all()


@pytest.mark.parametrize("mirror", [False, True])
def test_the_room_glows_round_the_flame_and_nowhere_far(renderer, mirror):
    got = picture(renderer, flame(-0.3), mirror=mirror)
    got = got[:, ::-1] if mirror else got
    row = got[SIZE[1] // 2]
    brightest = round(float(np.flatnonzero(row[:, 0] == row[:, 0].max()).mean()))
    assert abs(brightest - (64 - 0.3 / 0.9 * 48 / np.tan(np.radians(63) / 2))) < 3
    assert (np.diff(row[brightest:, 0]) <= 0).all()
    gain = row[brightest] - 90
    assert gain[0] > gain[1] > gain[2] >= 0
    assert gain[0] > 4
    assert picture(renderer, flame(-3.5)).max() == 90


def test_the_person_is_lit_more_than_the_room_behind(renderer):
    matte = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    matte[:, : SIZE[0] // 2] = 255
    got = picture(renderer, flame(0.0), matte=matte)[SIZE[1] // 2]
    assert got[50, 0] > got[78, 0] + 4


def test_what_is_drawn_is_not_lit_a_second_time_by_the_glow(renderer):
    unlit = Material(kind="unlit", base_color=(0.2, 0.2, 0.2, 1))
    m = model((square(),), (unlit,))
    pictures = []
    for some in ((), (flame(0.0),)):
        s = scene(SIZE, figure(m, at(0, 0, -1.2)), image=room())
        s.lighting = replace(DARK, flames=some)
        renderer.draw(s)
        pictures.append(renderer.read().astype(int).copy())
    assert (pictures[0][48, 64] == pictures[1][48, 64]).all()
    assert pictures[1][48, 10, 0] > pictures[0][48, 10, 0]
