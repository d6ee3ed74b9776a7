"""What is drawn before what, which side is a front, and what is never drawn."""

from __future__ import annotations

from ctypes import c_void_p
from dataclasses import replace

import numpy as np
import pytest
from render_models import BLUE, GREEN, RED, at, figure, model, scene, square, unlit, where

from avatar.linalg import affine, camera, quat
from avatar.model.model import Material, MToon, Skin, Texture, TextureSlot
from avatar.render import figure as figures
from avatar.render.gl import GL
from avatar.render.palette import Palette
from avatar.render.renderer import Renderer
from avatar.stage.scene import Overlay

pytestmark = pytest.mark.gl
SIZE = (160, 120)
MIDDLE = (60, 80)


@pytest.fixture
def renderer(gl):
    with Renderer(SIZE, 1, gl) as r:
        yield r


def drawn(renderer, s):
    renderer.draw(s)
    return renderer.read().astype(int)


def glass(color, alpha=0.5, **more):
    return unlit(color, alpha, alpha_mode="BLEND", **more)


def toon_glass(color, alpha=0.5, z_write=False, queue=0, **more):
    """See-through MToon that shows its colour by light and shade alike."""
    m = MToon(shade_color=color, transparent_with_z_write=z_write, render_queue_offset=queue)
    return Material(kind="mtoon", base_color=(*color, alpha), alpha_mode="BLEND", mtoon=m, **more)


def over(*layers):
    """What layers of (colour, alpha), the first the farthest, make over black."""
    color = np.zeros(3)
    for c, a in layers:
        color = np.array(c) * 255 * a + color * (1 - a)
    return color


@pytest.mark.parametrize("flip", [False, True])
def test_glass_is_drawn_from_back_to_front_wherever_the_camera_stands(renderer, flip):
    # blue at +0.3, red at -0.3; from behind, their order is the other one
    parts = [square(1, offset=(0, 0, 0.3)), square(0, offset=(0, 0, -0.3))]
    m = model(tuple(parts[::-1] if flip else parts), (glass(RED, double_sided=True), glass(BLUE, double_sided=True)))
    front = drawn(renderer, scene(SIZE, figure(m, at(0, 0, -2))))[MIDDLE]
    assert front == pytest.approx(over((RED, 0.5), (BLUE, 0.5)), abs=2)
    back = drawn(renderer, scene(SIZE, figure(m, at(0, 0, -2, turn=np.pi))))[MIDDLE]
    assert back == pytest.approx(over((BLUE, 0.5), (RED, 0.5)), abs=2)


def test_a_skin_s_glass_is_sorted_by_where_its_joints_carry_it(renderer):
    bind = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    skin = Skin(np.array([0, 1], np.int32), bind)
    weights = np.tile(np.array([1, 0, 0, 0], np.float32), (4, 1))

    def part(k):
        return square(k, skin=0, joints=np.tile(np.array([k, 0, 0, 0], np.int32), (4, 1)), weights=weights)

    m = model((part(0), part(1)), (glass(RED), glass(BLUE)), skins=(skin,), nodes=2)
    for ahead, want in ((0.4, over((RED, 0.5), (BLUE, 0.5))), (-0.4, over((BLUE, 0.5), (RED, 0.5)))):
        f = figure(m, at(0, 0, -2))
        f.world = m.rest_world()
        f.world[1, 2, 3] = ahead
        assert drawn(renderer, scene(SIZE, f))[MIDDLE] == pytest.approx(want, abs=2)


@pytest.mark.parametrize("swapped", [False, True])
def test_a_double_sided_glass_shows_its_far_side_through_its_near_one(renderer, swapped):
    # one primitive: a blue back wall turned away, a red front, told apart by vertex colour
    near, far = square(offset=(0, 0, 0.2)), square(offset=(0, 0, -0.2))
    away = far.indices[:, ::-1]
    parts = [near.indices, away + 4]
    both = replace(
        near,
        positions=np.concatenate([near.positions, far.positions]),
        normals=np.concatenate([near.normals, -far.normals]),
        uvs=(np.zeros((8, 2), np.float32),),
        colors=np.repeat(np.array([[1, 0, 0, 0.5], [0, 0, 1, 0.5]], np.float32), 4, axis=0),
        indices=np.concatenate(parts[::-1] if swapped else parts).astype(np.int32),
    )
    m = model((both,), (unlit((1.0, 1.0, 1.0), alpha_mode="BLEND", double_sided=True),))
    front = drawn(renderer, scene(SIZE, figure(m, at(0, 0, -2))))[MIDDLE]
    assert front == pytest.approx(over((BLUE, 0.5), (RED, 0.5)), abs=2)
    back = drawn(renderer, scene(SIZE, figure(m, at(0, 0, -2, turn=np.pi))))[MIDDLE]
    assert back == pytest.approx(over((RED, 0.5), (BLUE, 0.5)), abs=2)


@pytest.mark.parametrize("swapped", [False, True])
def test_what_lies_equally_far_is_drawn_in_the_file_s_order(renderer, swapped):
    parts = (square(1), square(0)) if swapped else (square(0), square(1))
    m = model(parts, (glass(RED), glass(BLUE)))
    layers = ((BLUE, 0.5), (RED, 0.5)) if swapped else ((RED, 0.5), (BLUE, 0.5))
    assert drawn(renderer, scene(SIZE, figure(m, at(0, 0, -2))))[MIDDLE] == pytest.approx(over(*layers), abs=2)


def test_the_render_queue_comes_before_depth(renderer):
    # the nearer red is drawn first because its queue is lower
    near, far = square(0, offset=(0, 0, 0.3)), square(1)
    dark = at(0, 0, -2)
    for queue, layers in ((-1, ((RED, 0.5), (BLUE, 0.5))), (0, ((BLUE, 0.5), (RED, 0.5)))):
        m = model((near, far), (toon_glass(RED, queue=queue), toon_glass(BLUE)))
        s = scene(SIZE, figure(m, dark))
        s.lighting.color, s.lighting.ambient = np.full(3, 1.25, np.float32), np.zeros(3, np.float32)
        s.lighting.shadows = 0.0
        assert drawn(renderer, s)[MIDDLE] == pytest.approx(over(*layers), abs=3)


def test_a_queue_of_what_is_not_see_through_says_nothing():
    high = Material(kind="mtoon", mtoon=MToon(render_queue_offset=9))
    assert figures.surface(high).order == figures.surface(Material(kind="mtoon", mtoon=MToon())).order
    masked = replace(high, alpha_mode="MASK")
    assert figures.surface(masked).order == (1, 0)


def test_glass_that_writes_depth_comes_first_and_hides_glass_behind_it(renderer):
    near, far = square(0, offset=(0, 0, 0.3)), square(1)
    m = model((far, near), (toon_glass(RED, z_write=True), toon_glass(BLUE)))
    s = scene(SIZE, figure(m, at(0, 0, -2)))
    s.lighting.color, s.lighting.ambient = np.full(3, 1.25, np.float32), np.zeros(3, np.float32)
    s.lighting.shadows = 0.0
    assert drawn(renderer, s)[MIDDLE] == pytest.approx(over((RED, 0.5)), abs=3)
    other = model((far, near), (glass(RED, depth_write=True), glass(BLUE)))
    assert drawn(renderer, scene(SIZE, figure(other, at(0, 0, -2))))[MIDDLE] == pytest.approx(over((RED, 0.5)), abs=2)


def test_solid_then_masked_then_glass(renderer):
    # whatever the file's order: the glass in front lies over both
    parts = (square(2, offset=(0, 0, 0.4)), square(1, offset=(0.25, 0, 0.2)), square(0))
    masked = unlit(GREEN, 0.9, alpha_mode="MASK")
    got = drawn(renderer, scene(SIZE, figure(model(parts, (unlit(BLUE), masked, glass(RED))), at(0, 0, -2))))
    assert got[60, 84] == pytest.approx(over((GREEN, 1), (RED, 0.5)), abs=2)
    assert got[60, 58] == pytest.approx(over((BLUE, 1), (RED, 0.5)), abs=2)


@pytest.mark.parametrize("z_write", [False, True])
def test_glass_has_its_outline(renderer, z_write):
    m = MToon(shade_color=RED, outline_mode="worldCoordinates", outline_width=0.06, outline_color=BLUE)
    m.outline_lighting_mix, m.transparent_with_z_write = 0.0, z_write
    material = Material(kind="mtoon", base_color=(*RED, 1.0), alpha_mode="BLEND", mtoon=m)
    # a closed tent: four sides that lean, so that their hull reaches beyond them
    top = np.array([0, 0, 0.3], np.float32)
    rim = square().positions
    faces = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4], [2, 1, 0], [3, 2, 0]], np.int32)
    part = replace(
        square(),
        positions=np.concatenate([rim, top[None]]),
        normals=np.concatenate([rim, top[None]]) / np.linalg.norm(np.concatenate([rim, top[None]]), axis=1)[:, None],
        uvs=(np.zeros((5, 2), np.float32),),
        indices=faces,
    )
    got = drawn(renderer, scene(SIZE, figure(model((part,), (material,)), at(0, 0, -2))))
    ring = where(got, BLUE, 20)
    assert ring.any()
    assert ring.sum() > 60
    if z_write:
        assert not ring[50:70, 70:90].any()


def ball(radius, n=32):
    """A sphere about the origin."""
    v, u = np.meshgrid(np.linspace(0, np.pi, n), np.linspace(0, 2 * np.pi, 2 * n), indexing="ij")
    d = np.stack([np.sin(v) * np.sin(u), np.cos(v), np.sin(v) * np.cos(u)], -1).reshape(-1, 3).astype(np.float32)
    k = np.arange(n * 2 * n).reshape(n, 2 * n)
    a, b, c, e = (x.ravel() for x in (k[:-1, :-1], k[1:, :-1], k[1:, 1:], k[:-1, 1:]))
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, e], 1)]).astype(np.int32)
    uvs = (np.zeros((len(d), 2), np.float32),)
    return replace(square(), positions=d * radius, normals=d, uvs=uvs, indices=faces)


def test_a_thin_outline_is_faint_and_whole_not_dashed(renderer):
    # 0.7 pixels wide on a ball: every ray from the middle outwards must meet it.
    distance = 2.0
    pixel = 2 * distance * np.tan(np.radians(63.0) / 2) / SIZE[1]
    m = MToon(outline_mode="worldCoordinates", outline_width=0.7 * pixel, outline_color=BLUE, outline_lighting_mix=0.0)
    thing = model((ball(0.4),), (Material(kind="mtoon", base_color=(0, 0, 0, 1), mtoon=m),))
    m.shade_color = (0.0, 0.0, 0.0)
    blue = drawn(renderer, scene(SIZE, figure(thing, at(0, 0, -distance))))[..., 2].astype(float)
    cy, cx = SIZE[1] / 2 - 0.5, SIZE[0] / 2 - 0.5
    y, x = np.indices(blue.shape)
    ray = np.round(np.degrees(np.arctan2(y - cy, x - cx)) / 6).astype(int) % 60
    strongest = np.array([blue[ray == k].max() for k in range(60)])
    assert strongest.min() > 60
    assert strongest.max() < 255


@pytest.mark.parametrize(("mode", "width"), [("worldCoordinates", 0.1), ("screenCoordinates", 0.2)])
@pytest.mark.parametrize("far", [2.0, 3.5])
@pytest.mark.parametrize("half", [False, True])
def test_an_outline_is_as_wide_as_it_says(renderer, mode, width, far, half):
    m = MToon(outline_mode=mode, outline_width=width, outline_color=BLUE, outline_lighting_mix=0.0)
    green = np.zeros((2, 2, 4), np.uint8)
    green[..., 1] = 128  # the green channel is a factor, not a colour
    m.outline_width_texture = TextureSlot(0) if half else None
    thing = model((ball(0.4),), (Material(kind="mtoon", mtoon=m),), (Texture(green),))
    ring = where(drawn(renderer, scene(SIZE, figure(thing, at(0, 0, -far)))), BLUE)
    focal, factor = SIZE[1] / 2 / np.tan(np.radians(63.0) / 2), 0.502 if half else 1.0
    columns = np.nonzero(ring[SIZE[1] // 2])[0]
    inner, hull = (focal * np.tan(np.arcsin(r / far)) for r in (0.4, 0.4 + width * factor))
    outer = hull if mode == "worldCoordinates" else inner + width * factor * SIZE[1] / 2
    assert (columns[-1] - columns[0] + 1) / 2 == pytest.approx(outer, abs=0.12 * (outer - inner) + 0.8)
    assert not ring[SIZE[1] // 2, SIZE[0] // 2]


def mirrored(scale, **more):
    m = model(**more)
    m.scale = np.array([scale], np.float32)
    return m


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("scale", [(-1, 1, 1), (1, 1, -1), (-1, -1, -1), (-1, 1, -1), (1, 1, 1)])
def test_a_mirrored_node_turns_its_fronts(renderer, scale, mirror):
    m = mirrored(scale)
    m.materials = (unlit(RED),)
    # glTF: the front is where the triangles of the unmirrored node would be seen counterclockwise
    toward = scale[2] > 0
    got = where(drawn(renderer, scene(SIZE, figure(m, at(0, 0, -2)), mirror=mirror)), RED)
    away = where(drawn(renderer, scene(SIZE, figure(m, at(0, 0, -2, turn=np.pi)), mirror=mirror)), RED)
    assert got.any() == toward
    assert away.any() == (not toward)


def test_a_mirrored_figure_is_lit_from_the_side_of_the_light(renderer):
    m = mirrored((-1, 1, 1))
    m.materials = (Material(kind="mtoon", double_sided=True, mtoon=MToon(shade_color=(0.1, 0.1, 0.1))),)
    s = scene(SIZE, figure(m, at(0, 0, -2)))
    s.lighting.shadows = 0.0
    assert drawn(renderer, s)[MIDDLE].min() > 240
    s.lighting.direction = np.array([0, 0, -1], np.float32)
    assert drawn(renderer, s)[MIDDLE].max() < 160


def test_a_mirrored_skin_turns_its_fronts_by_its_joints(renderer):
    skin = Skin(np.array([1], np.int32), np.eye(4, dtype=np.float32)[None])
    joints, weights = np.zeros((4, 4), np.int32), np.tile(np.array([1, 0, 0, 0], np.float32), (4, 1))
    m = model((square(skin=0, joints=joints, weights=weights),), (unlit(RED),), skins=(skin,), nodes=2)
    for node, flips in ((0, True), (1, True)):
        m.scale = np.ones((2, 3), np.float32)
        m.scale[node, 0] = -1
        assert where(drawn(renderer, scene(SIZE, figure(m, at(0, 0, -2)))), RED).any() == flips
    # the mesh's own node does not move a skin, so its mirroring does not turn it
    alone = replace(m.primitives[0], node=0)
    m.primitives, m.parents = (alone,), np.array([-1, -1], np.int32)
    m.scale = np.array([[-1, 1, 1], [1, 1, 1]], np.float32)
    assert where(drawn(renderer, scene(SIZE, figure(m, at(0, 0, -2)))), RED).any()


def test_winding_rules_even_where_normals_say_otherwise(renderer):
    inside_out = replace(square(), normals=-square().normals)
    assert where(drawn(renderer, scene(SIZE, figure(model((inside_out,)), at(0, 0, -2)))), RED).any()
    turned = replace(square(), indices=square().indices[:, ::-1].copy())
    assert not where(drawn(renderer, scene(SIZE, figure(model((turned,)), at(0, 0, -2)))), RED).any()


def test_what_only_its_wearer_sees_is_never_drawn(renderer):
    hidden = square(1, offset=(0, 0, 0.2), first_person="firstPersonOnly")
    for flag in ("auto", "both", "thirdPersonOnly"):
        m = model((square(0, first_person=flag), hidden), (unlit(RED), unlit(BLUE)))
        got = drawn(renderer, scene(SIZE, figure(m, at(0, 0, -2))))
        assert where(got, RED).any()
        assert not where(got, BLUE).any()
        assert renderer._drawn(m).model is m


def test_depth_alone_is_drawn_of_all_that_is_not_see_through(gl, renderer):
    parts = (square(0), square(1, offset=(2, 0, 0)), square(2, offset=(-2, 0, 0)))
    m = model(parts, (unlit(RED), glass(BLUE), unlit(GREEN, 0.2, alpha_mode="MASK")))
    renderer.prepare(m)
    made = renderer._drawn(m)
    made.pose(figure(m, np.eye(4, dtype=np.float32)))
    clip = camera.perspective(1.2, SIZE[0] / SIZE[1]) @ at(0, 0, -4)
    target = renderer._target(*SIZE)
    target.bind(*SIZE)
    GL.glClearColor(0, 0, 0, 0)
    GL.glClear(GL.GL_COLOR_BUFFER_BIT | GL.GL_DEPTH_BUFFER_BIT)
    made.draw_depth(clip.astype(np.float32))
    depth = np.zeros((SIZE[1], SIZE[0]), np.float32)
    GL.glReadPixels(0, 0, *SIZE, GL.GL_DEPTH_COMPONENT, GL.GL_FLOAT, c_void_p(depth.ctypes.data))
    covered = depth < 1
    focal = SIZE[1] / 2 / np.tan(0.6)
    columns = np.nonzero(covered.any(0))[0]
    assert columns.mean() + 0.5 == pytest.approx(SIZE[0] / 2, abs=0.6)
    assert np.ptp(columns) + 1 == pytest.approx(focal / 4, abs=1.5)


def test_after_prepare_nothing_is_compiled_or_uploaded_any_more(gl, monkeypatch, rng):
    deltas = rng.normal(0, 0.1, (3, 4, 3)).astype(np.float32)
    image = rng.integers(0, 255, (16, 16, 4), dtype=np.uint8)
    edge = MToon(outline_mode="worldCoordinates", outline_width=0.02)
    materials = (
        Material(kind="mtoon", mtoon=edge, base_texture=TextureSlot(0)),
        glass(RED),
        Material(alpha_mode="MASK", base_texture=TextureSlot(0)),
    )
    parts = (square(0, morph_positions=deltas), square(1, offset=(0, 0, 0.1)), square(2, offset=(1, 0, 0)))
    m = model(parts, materials, (Texture(image),), morphs=3)
    camera_picture = rng.integers(0, 255, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    counts: dict[str, int] = {}
    with Renderer(SIZE, None, gl) as r:
        r.prepare(m)
        programs = len(r._library)
        for name in ("glLinkProgram", "glCompileShader", "glTexImage2D", "glTexBuffer", "glGenerateMipmap"):
            real = getattr(GL, name)

            def counted(*a, _real=real, _name=name):
                if a[-1] is not None:  # else it only makes room for a target
                    counts[_name] = counts.get(_name, 0) + 1
                return _real(*a)

            monkeypatch.setattr(GL, name, counted)
        for k in range(4):
            weights = np.array([0.5 * k, 0, 0.2 * k], np.float32)
            feet = np.array([0, -0.5, -2], np.float32)
            s = scene(SIZE, figure(m, at(0, 0, -2), morphs=weights, shadow=feet), image=camera_picture)
            r.draw(s)
            r.read()
        assert counts == {}
        assert len(r._library) == programs
        r.draw(scene(SIZE, image=camera_picture, overlay=Overlay(caption="new words")))
        assert "glLinkProgram" not in counts


def test_rest_pose_and_turned_joints_agree_on_depth(rng):
    # the palette's depth of a primitive is that of the middle of its box
    m = model((square(offset=(0.3, -0.2, 0.5)),))
    p = Palette(m)
    world = m.rest_world()
    world[0] = affine.compose(rng.normal(size=3).astype(np.float32), quat.from_euler(0.2, 0.5, -0.1))
    p.rows(world, np.zeros((64, 3, 4), np.float32))
    clip = camera.perspective(1.0, 1.0)
    middle = affine.apply(world[0], np.array([0.3, -0.2, 0.5], np.float32))
    assert p.depths(clip) == pytest.approx([-middle[2]], abs=1e-5)
    assert p.mirrored().tolist() == [False]
