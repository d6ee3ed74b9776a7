"""A figure on the screen is where the mathematics says, in the colour its material says."""

from __future__ import annotations

import numpy as np
import pytest
from render_models import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    at,
    figure,
    middle,
    model,
    photo,
    scene,
    square,
    toon,
    unlit,
    where,
)

from avatar.errors import GraphicsError
from avatar.linalg import affine, camera, quat
from avatar.model.model import Expression, Material, MaterialBind, MToon, Skin, Texture, TextureSlot
from avatar.render.renderer import Renderer

pytestmark = pytest.mark.gl
SIZE = (320, 240)


@pytest.fixture
def renderer(gl):
    with Renderer(SIZE, 1, gl) as r:
        yield r


def drawn(renderer, s):
    renderer.draw(s)
    return renderer.read().copy()


def bent(angle):
    """A square carried by the second of two joints that sit at x = 0.5, turned by ``angle`` about +Z."""
    bind = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    bind[:, 0, 3] = -0.5
    joints = np.tile(np.array([1, 0, 0, 0], np.int32), (4, 1))
    weights = np.tile(np.array([1, 0, 0, 0], np.float32), (4, 1))
    part = square(skin=0, joints=joints, weights=weights, offset=(1.0, 0, 0))
    m = model((part,), skins=(Skin(np.array([0, 1], np.int32), bind),), nodes=2)
    world = m.rest_world()
    world[:, 0, 3] = 0.5
    world[1, :3, :3] = quat.to_matrix(quat.from_euler(0, 0, angle))
    return m, world


@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi / 2, -1.2])
def test_a_skinned_square_turns_about_its_joint(renderer, angle):
    m, world = bent(angle)
    placement = at(0.1, -0.2, -3.5)
    f = figure(m, placement)
    f.world = world
    got = middle(where(drawn(renderer, scene(SIZE, f)), RED))
    # The square's centre is half a metre from the joint, which stands at x = 0.5.
    centre = np.array([0.5 + 0.5 * np.cos(angle), 0.5 * np.sin(angle), 0], np.float32)
    expected = camera.project(affine.apply(placement, centre), np.radians(63.0), SIZE)
    assert got == pytest.approx(expected, abs=0.6)


def test_two_joints_share_a_vertex_by_weight(renderer):
    bind = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    joints = np.tile(np.array([0, 1, 0, 0], np.int32), (4, 1))
    weights = np.tile(np.array([0.25, 0.75, 0, 0], np.float32), (4, 1))
    part = square(skin=0, joints=joints, weights=weights)
    m = model((part,), skins=(Skin(np.array([0, 1], np.int32), bind),), nodes=2)
    f = figure(m, at(0, 0, -4))
    f.world[1, 0, 3] = 1.0
    got = middle(where(drawn(renderer, scene(SIZE, f)), RED))
    expected = camera.project(np.array([0.75, 0, -4], np.float32), np.radians(63.0), SIZE)
    assert got == pytest.approx(expected, abs=0.6)


def test_eight_joints_share_a_vertex_by_weight(renderer):
    """Each joint moves the square's middle by its weight times its own way; the light ones count as much as any."""
    weights = np.array([0.05, 0.10, 0.15, 0.20, 0.10, 0.15, 0.05, 0.20], np.float32)
    bind = np.tile(np.eye(4, dtype=np.float32), (8, 1, 1))
    joints = np.arange(8, dtype=np.int32)
    part = square(skin=0, joints=np.tile(joints, (4, 1)), weights=np.tile(weights, (4, 1)))
    m = model((part,), skins=(Skin(joints, bind),), nodes=8)
    for k in range(8):
        f = figure(m, at(0, 0, -3))
        f.world[k, :2, 3] = (1.8, -0.9)
        got = middle(where(drawn(renderer, scene(SIZE, f)), RED))
        expected = camera.project(
            np.array([weights[k] * 1.8, weights[k] * -0.9, -3], np.float32), np.radians(63.0), SIZE
        )
        assert got == pytest.approx(expected, abs=0.6), k


def test_up_is_up_and_right_is_right(renderer):
    up_right = drawn(renderer, scene(SIZE, figure(model(), at(1, 0.8, -4))))
    x, y = middle(where(up_right, RED))
    assert x > SIZE[0] / 2
    assert y < SIZE[1] / 2


def test_a_texture_stands_upright(renderer):
    image = np.zeros((2, 2, 4), np.uint8)
    image[:] = 255
    image[0, 0] = (255, 0, 0, 255)  # top left of the picture is uv (0, 0)
    texture = Texture(image, filters=(9728, 9728))
    m = model(materials=(unlit(WHITE, base_texture=TextureSlot(0)),), textures=(texture,))
    got = drawn(renderer, scene(SIZE, figure(m, at(0, 0, -2))))
    x, y = middle(where(got, RED))
    assert x < SIZE[0] / 2
    assert y < SIZE[1] / 2


def morphing():
    deltas = np.zeros((2, 4, 3), np.float32)
    deltas[0, :, 1] = 0.5
    deltas[1, 2:, 0] = 0.3
    expressions = {"up": Expression("up", False, np.array([0], np.int32), np.array([1.0], np.float32))}
    return model((square(morph_positions=deltas, morph_offset=1),), morphs=3, expressions=expressions)


def test_morphs_move_what_they_must_and_nothing_else(renderer):
    m, place = morphing(), at(0, -0.2, -4)
    rest = where(drawn(renderer, scene(SIZE, figure(m, place))), RED)
    other = np.array([1.0, 0, 0], np.float32)  # belongs to another primitive
    assert (where(drawn(renderer, scene(SIZE, figure(m, place, morphs=other))), RED) == rest).all()
    half = np.array([0, 0.5, 0], np.float32)
    moved = where(drawn(renderer, scene(SIZE, figure(m, place, morphs=half))), RED)
    rise = 0.25 * camera.focal_pixels(np.radians(63.0), SIZE[1]) / 4
    assert middle(rest) - middle(moved) == pytest.approx([0, rise], abs=0.6)
    corner = np.array([0, 0, 1], np.float32)
    leaning = where(drawn(renderer, scene(SIZE, figure(m, place, morphs=corner))), RED)
    rows = np.nonzero(leaning.any(1))[0]
    top, bottom = leaning[rows[1]].nonzero()[0], leaning[rows[-2]].nonzero()[0]
    assert top.mean() - bottom.mean() == pytest.approx(rise * 0.3 / 0.25, abs=1.5)
    again = where(drawn(renderer, scene(SIZE, figure(m, place))), RED)
    assert (again == rest).all()


def test_an_expression_colours_a_material_in_step_with_its_weight(renderer):
    bind = MaterialBind(0, "color", (0.0, 1.0, 0.0, 1.0))
    e = Expression("green", False, np.zeros(0, np.int32), np.zeros(0, np.float32), materials=(bind,))
    m = model(expressions={"green": e})
    place = at(0, 0, -2)
    full = drawn(renderer, scene(SIZE, figure(m, place, expressions={"green": 1.0})))
    assert where(full, GREEN)[120, 160]
    half = drawn(renderer, scene(SIZE, figure(m, place, expressions={"green": 0.5})))
    assert half[120, 160] == pytest.approx([188, 188, 0], abs=2)  # 0.5 linear is 188 in sRGB
    assert where(drawn(renderer, scene(SIZE, figure(m, place))), RED)[120, 160]


def test_mtoon_is_lit_in_front_and_shaded_behind_the_light(renderer):
    m = model(materials=(toon(),))
    s = scene(SIZE, figure(m, at(0, 0, -2)))
    lit = drawn(renderer, s)[120, 160]
    s.lighting.direction = np.array([0, 0, -1], np.float32)
    shaded = drawn(renderer, s)[120, 160]
    assert lit.min() >= 253  # a neutral room shows white as white
    # 0.8 of the shade colour and 0.2 of ambience, encoded
    assert shaded.astype(int) == pytest.approx([161] * 3, abs=3)


def test_the_light_stays_in_the_stage_when_figure_and_camera_turn(renderer):
    m = model(materials=(Material(kind="mtoon", double_sided=True, mtoon=MToon(shade_color=(0.2, 0.2, 0.2))),))
    s = scene(SIZE, figure(m, at(0, 0, -2)))
    s.lighting.direction = np.array([1, 0, 0], np.float32)

    def lightness(turn, view=None):
        s.figures[0].placement, s.view = at(0, 0, -2, turn=turn), view
        return drawn(renderer, s)[120, 160, 0]

    assert lightness(0.9) > 250  # its front has turned to the light on the right
    assert lightness(-0.9) < 170
    behind = camera.look_at(np.array([0, 0, -4], np.float32), np.array([0, 0, -2], np.float32))
    assert lightness(0.9, behind) < 170  # seen from behind, the lit side is the other one


def test_nearer_hides_farther_and_backs_are_not_drawn(renderer):
    near = square(1, offset=(0, 0, 0.5))
    m = model((square(0), near), (unlit(RED), unlit(BLUE)))
    assert where(drawn(renderer, scene(SIZE, figure(m, at(0, 0, -3)))), BLUE)[120, 160]
    assert not where(drawn(renderer, scene(SIZE, figure(m, at(0, 0, -3, turn=np.pi)))), BLUE).any()
    both = model(materials=(unlit(RED, double_sided=True),))
    assert where(drawn(renderer, scene(SIZE, figure(both, at(0, 0, -3, turn=np.pi)))), RED)[120, 160]


def test_alpha_modes(renderer, rng):
    image = photo(rng, SIZE)
    place = at(0, 0, -2)

    def pixel(material):
        return drawn(renderer, scene(SIZE, figure(model(materials=(material,)), place), image=image))[120, 160]

    behind = image[120, 160].astype(float)
    assert pixel(unlit(RED, 0.4)) == pytest.approx([255, 0, 0], abs=1)
    assert (pixel(unlit(RED, 0.4, alpha_mode="MASK")) == behind).all()
    assert pixel(unlit(RED, 0.6, alpha_mode="MASK")) == pytest.approx([255, 0, 0], abs=1)
    blended = pixel(unlit(RED, 0.4, alpha_mode="BLEND"))
    assert blended == pytest.approx(behind * 0.6 + np.array([255, 0, 0]) * 0.4, abs=2)


@pytest.mark.parametrize("mode", ["worldCoordinates", "screenCoordinates"])
def test_an_outline_stands_round_the_shape_at_its_width(renderer, mode):
    width = 0.05
    toon_edge = MToon(outline_mode=mode, outline_width=width, outline_color=BLUE, outline_lighting_mix=0.0)
    box = [square(offset=(0, 0, 0.01)), square(offset=(0, 0, -0.01))]
    # A thin slab whose normals point outward, so that its hull grows sideways.
    for part, z in zip(box, (1, -1), strict=True):
        out = part.positions * (1, 1, 0) + np.array([0, 0, 0.1 * z])
        part.normals = (out / np.linalg.norm(out, axis=1, keepdims=True)).astype(np.float32)
    box[1].indices = box[1].indices[:, ::-1].copy()
    m = model(tuple(box), (Material(kind="mtoon", base_color=(1, 0, 0, 1), mtoon=toon_edge),))
    got = drawn(renderer, scene(SIZE, figure(m, at(0, 0, -3))))
    line = where(got[120, : SIZE[0] // 2], BLUE, 30).sum()
    # 5 cm at 3 m, or half of 5 % of the picture's height.
    metre = camera.focal_pixels(np.radians(63.0), SIZE[1]) / 3
    expected = width * metre if mode == "worldCoordinates" else width / 2 * SIZE[1]
    assert line == pytest.approx(expected * 0.7, abs=1.6)  # corner normals lean by 45 degrees


def test_first_person_parts_are_not_drawn(renderer):
    m = model((square(0, first_person="firstPersonOnly"),))
    assert not where(drawn(renderer, scene(SIZE, figure(m, at(0, 0, -2)))), RED).any()


def test_too_large_a_skeleton_is_refused_in_words(gl):
    count = 6000
    bind = np.tile(np.eye(4, dtype=np.float32), (count, 1, 1))
    joints = np.zeros((4, 4), np.int32)
    weights = np.tile(np.array([1, 0, 0, 0], np.float32), (4, 1))
    m = model((square(skin=0, joints=joints, weights=weights),), skins=(Skin(np.arange(count), bind),), nodes=count)
    with Renderer(SIZE, 1, gl) as r:
        r._block_limit = 65536
        with pytest.raises(GraphicsError, match="6000 joints"):
            r.prepare(m)
