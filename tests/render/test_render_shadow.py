"""Soft shadows: they fall where light is hidden, have soft edges, and nothing shadows itself."""

from __future__ import annotations

import numpy as np
import pytest
from render_models import at, figure, model, scene, square, toon

from avatar.model.model import Texture, TextureSlot
from avatar.render import floor, shadow
from avatar.render.renderer import Renderer
from avatar.stage.scene import Lighting

SIZE = (320, 320)
GL_TEST = pytest.mark.gl
ABOVE = np.array([0.0, 0.6, 0.8], np.float32)


@pytest.fixture(params=[(1, False), (1, True), (4, False)], ids=["few taps", "many taps", "shared taps"])
def renderer(request, gl):
    samples, fine = request.param
    with Renderer(SIZE, samples, gl, fine=fine) as r:
        yield r


def wall_and_plate(**more):
    """A wall of 1 m and, 0.3 m before it, a plate of 0.3 m that hides the light from a part of it."""
    plate = square(offset=(0, 0, 0.3))
    plate.positions[:, :2] *= 0.3
    return model((square(), plate), (toon(double_sided=True, **more),))


def drawn(renderer, m, lighting, place=None, **more):
    s = scene(SIZE, figure(m, at(0, 0, -2) if place is None else place), background=(0, 0, 0, 1), **more)
    s.lighting = lighting
    renderer.draw(s)
    return renderer.read()[..., 0].astype(int)


def pixel(x, y, z=-2.0):
    """Of a stage point, (row, column)."""
    focal = SIZE[1] / 2 / np.tan(np.radians(63.0) / 2)
    return round(SIZE[1] / 2 - focal * y / -z), round(SIZE[0] / 2 + focal * x / -z)


@GL_TEST
def test_a_plate_shades_the_wall_behind_it(renderer):
    m = wall_and_plate()
    lit = drawn(renderer, m, Lighting(direction=ABOVE, shadows=0))
    got = drawn(renderer, m, Lighting(direction=ABOVE))
    # The light comes down at 3 to 4: the plate's middle shades a point 0.3 * 3 / 4 below it.
    assert lit[pixel(0, -0.28)] >= 253
    assert got[pixel(0, -0.28)] == pytest.approx(162, abs=4)  # the shade colour, as where no light falls
    for x, y in ((0.35, 0.3), (-0.35, 0.3), (0.35, -0.4), (0.0, -0.45)):
        assert got[pixel(x, y)] >= 253


@GL_TEST
def test_half_a_shadow_is_half_as_dark(renderer):
    got = drawn(renderer, wall_and_plate(), Lighting(direction=ABOVE, shadows=0.5))
    linear = 0.5 * (0.2 * 0.8) + 0.5 * 0.8 + 0.2
    assert got[pixel(0, -0.28)] == pytest.approx(255 * (1.055 * linear ** (1 / 2.4) - 0.055), abs=4)


@GL_TEST
def test_edges_are_soft(renderer):
    got = drawn(renderer, wall_and_plate(), Lighting(direction=ABOVE), at(0, 0, -0.8))
    (middle, left), (_, right) = pixel(0, -0.3, -0.8), pixel(0.3, 0, -0.8)
    row = got[middle, left:right]
    edge = np.nonzero((row > 166) & (row < 250))[0]
    assert row[0] < 166
    assert row[-1] > 250
    assert len(edge) >= 2
    assert np.diff(row).min() >= -1  # it only grows lighter
    assert np.diff(row).max() < 70


@GL_TEST
@pytest.mark.parametrize("turn", [0.0, 0.5, 1.0, 1.25])
def test_a_flat_wall_does_not_shade_itself(renderer, turn):
    light = Lighting(direction=np.array([0, 0, 1], np.float32))
    place = at(0, 0, -2, turn=turn)
    m = model(materials=(toon(double_sided=True),))
    dark = drawn(renderer, m, Lighting(direction=light.direction, shadows=0), place)
    assert (drawn(renderer, m, light, place) == dark).all()


@GL_TEST
def test_a_mask_casts_its_own_shape(renderer):
    holes = np.full((4, 4, 4), 255, np.uint8)
    holes[:, :2, 3] = 0
    cut = toon(alpha_mode="MASK", base_texture=TextureSlot(0), double_sided=True)
    plate = square(material=1, offset=(0, 0, 0.3))
    plate.positions[:, :2] *= 0.3
    m = model((square(), plate), (toon(), cut), (Texture(holes, filters=(9728, 9728)),))
    got = drawn(renderer, m, Lighting(direction=ABOVE))
    assert got[pixel(0.08, -0.28)] == pytest.approx(162, abs=4)
    assert got[pixel(-0.08, -0.28)] >= 253


@GL_TEST
def test_the_shadow_follows_the_figure_and_the_light(renderer):
    m = wall_and_plate()
    for place, towards in ((at(0, 0, -2, turn=0.4), (0.0, 0.6, 0.8)), (at(0.2, 0.1, -2, scale=0.5), (0.6, 0.0, 0.8))):
        light = np.array(towards, np.float32)
        # What hides a point of the wall lies towards the light from it.
        own = place[:3, :3] / np.linalg.norm(place[:3, 0])
        way = own.T @ light
        hidden = np.array([0, 0, 0.3]) - way * (0.3 / way[2])
        x, y, z = place[:3, :3] @ hidden + place[:3, 3]
        for _ in range(2):  # also in the picture that may use the map of the one before
            got = drawn(renderer, m, Lighting(direction=light), place)
        assert got[pixel(x, y, z)] < 200
        assert drawn(renderer, m, Lighting(direction=light, shadows=0), place)[pixel(x, y, z)] > 250


@GL_TEST
def test_the_same_model_twice_has_two_shadows(renderer):
    m = wall_and_plate()
    near, far = figure(m, at(-0.6, 0, -2.6)), figure(m, at(0.6, 0, -2.6, turn=0.0))
    far.world = far.world.copy()
    far.world[:, 1, 3] += 0.2
    s = scene(SIZE, near, far, background=(0, 0, 0, 1))
    s.lighting = Lighting(direction=ABOVE)
    renderer.draw(s)
    got = renderer.read()[..., 0]
    assert got[pixel(-0.6, -0.28, -2.6)] < 175
    assert got[pixel(0.6, -0.08, -2.6)] < 175


@GL_TEST
def test_a_figure_that_jumps_takes_its_shadow_along(renderer):
    m = wall_and_plate()
    for up in (0.0, 0.25, 0.0, 0.1):
        f = figure(m, at(0, 0, -2))
        f.world = f.world.copy()
        f.world[:, 1, 3] += up
        s = scene(SIZE, f, background=(0, 0, 0, 1))
        s.lighting = Lighting(direction=ABOVE)
        renderer.draw(s)
        assert renderer.read()[pixel(0, up - 0.28)][0] == pytest.approx(162, abs=4)


@GL_TEST
def test_the_floor_shows_the_figure_s_own_shape(renderer):
    white = np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
    feet = np.array([0, -0.6, -2.5], np.float32)
    light = Lighting(direction=np.array([0.6, 0.64, 0.48], np.float32))
    plank = square()
    plank.positions[:, 0] *= 0.4
    f = figure(model((plank,), (toon(double_sided=True),)), at(0, -0.1, -2.5), shadow=feet)
    s = scene(SIZE, f, image=white)
    s.lighting = light
    renderer.draw(s)
    got = renderer.read()[..., 0].astype(int)
    shaded, mirrored = got[pixel(-0.38, -0.6, -2.8)], got[pixel(0.38, -0.6, -2.8)]
    assert shaded < 230
    assert mirrored >= 253
    assert got.min() > 90  # quiet


def on_white(light, up=0.0, x=0.0):
    """A plank over a white floor that does not show itself: the floor's shadow alone."""
    plank = square()
    plank.positions[:, 0] *= 0.4
    clear = toon(alpha_mode="MASK", base_color=(1, 1, 1, 1), double_sided=True)
    f = figure(model((plank,), (clear,)), at(x, -0.1, -2.5), shadow=np.array([x, -0.6, -2.5], np.float32))
    f.world = f.world.copy()
    f.world[:, 1, 3] += up
    s = scene(SIZE, f, image=np.full((SIZE[1], SIZE[0], 3), 255, np.uint8))
    s.lighting = Lighting(direction=np.array(light, np.float32) / np.linalg.norm(light))
    return s


@GL_TEST
@pytest.mark.parametrize("light", [(0.6, 0.64, 0.48), (-0.3, 0.9, 0.2), (0.7, 0.2, -0.6), (0.1, -0.2, 0.9)])
def test_the_floor_s_small_picture_shows_what_is_worked_out_at_each_pixel(gl, light):
    got = []
    for small in (True, False):
        with Renderer(SIZE, 1, gl, fine=False) as r:
            assert r._passes._darkness is not None
            if not small:
                r._passes._darkness.close()
                r._passes._darkness = None
            for up, x in ((0.0, 0.0), (0.0, 0.2), (0.05, 0.2)):  # also from the picture before's, moved along
                r.draw(on_white(light, up, x))
                got.append(r.read().astype(int))
    for a, b in zip(got[:3], got[3:], strict=True):
        apart = np.abs(a - b).max(-1)
        assert apart.max() <= 16
        assert (apart > 4).mean() < 0.003
        assert (a.min(-1) < 250).any()


@GL_TEST
def test_a_renderer_without_shadows_draws_none(gl):
    with Renderer(SIZE, 1, gl, shadows=False) as r:
        m = wall_and_plate()
        dark = drawn(r, m, Lighting(direction=ABOVE, shadows=0))
        assert (drawn(r, m, Lighting(direction=ABOVE)) == dark).all()


@pytest.mark.parametrize("towards", [(0.3, 0.6, 0.74), (-0.8, 0.5, 0.3), (0.2, 0.95, -0.2), (0.9, 0.02, 0.4)])
def test_the_floor_s_rectangle_holds_every_shadow(towards, rng):
    towards = np.array(towards, np.float32) / np.linalg.norm(towards)
    points = rng.uniform((-0.3, 0, -0.2), (0.3, 0.5, 0.2), (100, 3)).astype(np.float32)
    place = at(0.3, -1.2, -2, turn=0.7)
    f = figure(model(), place, shadow=place[:3, 3])
    cast = shadow.fit(points, place[:3, :3].T @ towards, (192, 288))
    falls = floor.fall(f, Lighting(direction=towards), cast)
    x0, z0, x1, z1 = floor.tight(falls, points, place, towards)
    there = points @ place[:3, :3].T + place[:3, 3]
    there -= towards * ((there[:, 1:2] + 1.2) / towards[1])
    on_floor = (there - falls.floor[:3, 3]) @ np.linalg.inv(falls.floor[:3, :3]).T
    assert on_floor[:, 1] == pytest.approx(0, abs=1e-4)
    fx0, fz0, fx1, fz1 = falls.rect
    inside = np.clip(on_floor[:, [0, 2]], (fx0, fz0), (fx1, fz1))  # farther away it has faded
    assert (inside >= (x0, z0)).all()
    assert (inside <= (x1, z1)).all()
    assert x0 <= -1
    assert min(x1, z1) >= 1
    assert z0 == -1
    assert (fx0, fz0) <= (x0, z0)
    assert x1 <= fx1
    assert z1 <= fz1


def test_on_a_table_seen_from_above_the_shadow_lies_in_the_table_s_plane(rng):
    towards = np.array([0.3, 0.6, 0.74], np.float32) / np.linalg.norm([0.3, 0.6, 0.74])
    tilt = np.radians(50)
    place = at(0.1, -0.1, -1, turn=0.4)
    tip = np.eye(4, dtype=np.float32)
    tip[1:3, 1:3] = [[np.cos(tilt), -np.sin(tilt)], [np.sin(tilt), np.cos(tilt)]]
    place = (place @ tip * [[0.2], [0.2], [0.2], [1]]).astype(np.float32)
    place[:3, 3] = (0.1, -0.1, -1)
    f = figure(model(), place, shadow=place[:3, 3])
    points = rng.uniform((-0.3, 0, -0.2), (0.3, 0.5, 0.2), (100, 3)).astype(np.float32)
    own = place[:3, :3].T @ towards / 0.2
    cast = shadow.fit(points, own, (192, 288))
    falls = floor.fall(f, Lighting(direction=towards), cast)
    up = place[:3, 1] / np.linalg.norm(place[:3, 1])
    assert falls.floor[:3, [0, 2]].T @ up == pytest.approx([0, 0], abs=1e-6)
    assert np.linalg.norm(falls.floor[:3, [0, 2]], axis=0) == pytest.approx(0.2 * floor.RADIUS, rel=1e-4)
    x0, z0, x1, z1 = floor.tight(falls, points, place, towards)
    there = points @ place[:3, :3].T + place[:3, 3]
    there -= towards * (((there - place[:3, 3]) @ up) / (towards @ up))[:, None]
    on_floor = (there - falls.floor[:3, 3]) @ np.linalg.inv(falls.floor[:3, :3]).T
    assert on_floor[:, 1] == pytest.approx(0, abs=1e-4)
    inside = np.clip(on_floor[:, [0, 2]], falls.rect[:2], falls.rect[2:])
    assert (inside >= (x0, z0)).all()
    assert (inside <= (x1, z1)).all()
    f.floor = False
    assert floor.fall(f, Lighting(direction=towards), cast).rows is None, "on a palm there is the patch alone"


@pytest.mark.parametrize("towards", [(0, 0, 1), (0, 1, 0), (0.3, 0.6, 0.74), (-1, 0, 0), (0, -1, 0.01)])
def test_the_map_holds_the_figure(towards, rng):
    towards = np.array(towards, np.float32) / np.linalg.norm(towards)
    points = rng.uniform((-0.4, 0, -0.3), (0.4, 1.7, 0.3), (100, 3)).astype(np.float32)
    found = shadow.fit(points, towards, (192, 288))
    at = points @ found.rows[:, :3].T + found.rows[:, 3]
    assert at.min() > 0
    assert at.max() < 1
    nearer = (points + 0.01 * towards) @ found.rows[2, :3] + found.rows[2, 3]
    assert nearer == pytest.approx(at[:, 2] - 0.01 / found.depth, abs=1e-5)
    clip = points @ found.clip[:3, :3].T + found.clip[:3, 3]
    assert clip == pytest.approx(2 * at - 1, abs=1e-5)
    # Texels are square, and no more than a step larger than need be.
    assert found.rows[0, :3] @ found.rows[0, :3] * 192**2 == pytest.approx(found.texel**-2, rel=1e-4)
    assert found.rows[1, :3] @ found.rows[1, :3] * 288**2 == pytest.approx(found.texel**-2, rel=1e-4)
    used = (at.max(0) - at.min(0))[:2]
    assert used.max() > 0.85


def test_a_figure_that_sways_keeps_its_texels(rng):
    points = rng.uniform((-0.4, 0, -0.3), (0.4, 1.7, 0.3), (100, 3)).astype(np.float32)
    towards = np.array([0.3, 0.6, 0.74], np.float32) / np.linalg.norm([0.3, 0.6, 0.74])
    still, moved = (shadow.fit(points + d, towards, (192, 288)) for d in (0.0, np.array([0.013, 0, 0.004], np.float32)))
    assert moved.texel == still.texel
    shift = (moved.rows[:2, 3] - still.rows[:2, 3]) * (192, 288)
    assert shift == pytest.approx(np.round(shift), abs=1e-3)  # whole texels
