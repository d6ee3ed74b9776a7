"""Where a figure is in the picture: nothing drawn is outside it, and it is not much larger than what is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from render_models import RED, at, figure, model, scene, square, where

from avatar.linalg import affine, camera, quat
from avatar.model.model import AvatarModel, Primitive, Skin
from avatar.render.bounds import Bounds
from avatar.render.palette import Palette
from avatar.render.renderer import Renderer

SIZE = (320, 240)
ASPECT = SIZE[0] / SIZE[1]


def bounds_of(m):
    p = Palette(m)
    return Bounds(m.primitives, p.vertex_entries, p.nodes, p.binds)


def rect(m, world, morphs, clip, size=SIZE, reach=0.0, margin=2.0):
    found = bounds_of(m)
    found.pose(world, morphs)
    return found.rect(clip, size, reach, margin)


def strip(weights):
    """A ribbon 6 m long and 0.5 m high, its vertices pulled by two joints with these weights (V,) of the second."""
    n = len(weights)
    x = np.linspace(-3, 3, n, dtype=np.float32)
    points = np.stack([np.tile(x, 2), np.repeat([-0.25, 0.25], n), np.zeros(2 * n)], 1).astype(np.float32)
    k = np.arange(n - 1)
    lower = np.stack([k, k + 1, k + n + 1], 1)
    upper = np.stack([k, k + n + 1, k + n], 1)
    second = np.tile(np.asarray(weights, np.float32), 2)
    part = Primitive(
        positions=points,
        normals=np.tile(np.array([0, 0, 1], np.float32), (2 * n, 1)),
        uvs=(),
        indices=np.concatenate([lower, upper]).astype(np.int32),
        material=0,
        node=0,
        skin=0,
        joints=np.tile(np.array([0, 1, 0, 0], np.int32), (2 * n, 1)),
        weights=np.stack([1 - second, second, 0 * second, 0 * second], 1),
    )
    bind = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    return model((part,), skins=(Skin(np.array([0, 1], np.int32), bind),), nodes=2)


@pytest.mark.gl
@pytest.mark.parametrize(
    ("weights", "left", "right"),
    [((0.0, 0.5, 1.0), 8.0, 8.0), ((0.0, 0.0, 1.0, 1.0), 8.0, 8.0), ((0.0, 0.99, 1.0), 198.0, 2.0)],
    ids=["a vertex between", "an edge between", "a vertex by a hundredth"],
)
def test_what_two_joints_outside_the_picture_stretch_between_them_is_drawn(gl, weights, left, right):
    """One joint takes its end far to the left, one far to the right: only what spans them is in the picture."""
    m = strip(weights)
    f = figure(m, at(0, 0, -3))
    f.world = f.world.copy()
    f.world[0, 0, 3], f.world[1, 0, 3] = -left, right
    with Renderer(SIZE, 1, gl) as r:
        r.draw(scene(SIZE, f, background=(0, 0, 0, 1)))
        red = where(r.read(), RED)
    assert red[SIZE[1] // 2].all()
    high = round(0.5 * camera.focal_pixels(np.radians(63.0), SIZE[1]) / 3)
    assert red[:, SIZE[0] // 2].sum() == pytest.approx(high, abs=1)


def random_model(rng, joints=6, vertices=60, morphs=4, skinned=True):
    """A cloud of triangles, each vertex pulled by one to four joints (some hardly at all) and moved by some morphs."""
    count = rng.integers(1, 5, vertices)
    weights = rng.random((vertices, 4)) ** 4 * (np.arange(4) < count[:, None])
    weights[:, 0] += 1e-3
    deltas = rng.normal(0, 0.1, (morphs, vertices, 3)) * (rng.random((morphs, vertices, 1)) < 0.3)
    bind = np.stack(
        [affine.compose(rng.normal(0, 0.3, 3), quat.from_euler(*rng.normal(0, 1, 3))) for _ in range(joints)]
    )
    skin = {
        "skin": 0,
        "joints": rng.permuted(np.tile(np.arange(joints, dtype=np.int32), (vertices, 1)), axis=1)[:, :4],
        "weights": (weights / weights.sum(1, keepdims=True)).astype(np.float32),
    }
    part = Primitive(
        positions=rng.normal(0, 0.3, (vertices, 3)).astype(np.float32),
        normals=np.tile(np.array([0, 0, 1], np.float32), (vertices, 1)),
        uvs=(),
        indices=rng.integers(0, vertices, (40, 3)).astype(np.int32),
        material=0,
        node=0,
        morph_positions=deltas.astype(np.float32),
        morph_offset=1,
        **(skin if skinned else {}),
    )
    m = model((part,), skins=(Skin(np.arange(joints, dtype=np.int32), bind.astype(np.float32)),), nodes=joints)
    m.morph_defaults = np.zeros(morphs + 1, np.float32)
    return m


def posed(m: AvatarModel, world: np.ndarray, morphs: np.ndarray) -> np.ndarray:
    """(T, 3, 3) the model's triangles in the companion's frame, by glTF's own formula."""
    p = m.primitives[0]
    at_ = p.positions + np.einsum("k,kvi->vi", morphs[1:], p.morph_positions)
    whole = np.concatenate([at_, np.ones((len(at_), 1))], 1)
    if p.skin < 0:
        return (whole @ world[p.node].T)[p.indices, :3]
    joints = world[m.skins[0].joints] @ m.skins[0].inverse_bind
    return np.einsum("vk,vkij,vj->vi", p.weights, joints[p.joints], whole)[p.indices, :3]


@pytest.mark.parametrize("skinned", [True, False], ids=["skinned", "rigid"])
def test_nothing_of_a_figure_is_outside_its_bounds(rng, skinned):
    reached = 0
    for _ in range(150):
        m = random_model(rng, skinned=skinned)
        world = m.rest_world()
        for j in range(len(world)):
            world[j] = affine.compose(
                rng.normal(0, 1, 3), quat.from_euler(*rng.normal(0, 1, 3)), rng.uniform(0.5, 2, 3)
            )
        morphs = rng.normal(0, 1, 5).astype(np.float32) * (rng.random(5) < 0.6)
        placement = at(*rng.uniform(-3, 3, 2), -rng.uniform(2, 12), turn=rng.uniform(-3, 3))
        clip = (camera.perspective(1.0, ASPECT) @ placement).astype(np.float32)
        (x0, y0, x1, y1), nearest = rect(m, world, morphs, clip, margin=0.01)
        corners = posed(m, world, morphs)
        inner = rng.dirichlet((0.4, 0.4, 0.4), (len(corners), 30))  # points all over the triangles
        points = np.concatenate([corners, np.einsum("tks,tsi->tki", inner, corners)], 1).reshape(-1, 3)
        seen = np.concatenate([points, np.ones((len(points), 1))], 1) @ clip.T
        assert nearest <= max(seen[:, 3].min(), 0.02) + 1e-4
        xy = (seen[:, :2] / seen[:, 3:] + 1) / 2 * SIZE
        inside = (xy >= 0).all(1) & (xy <= SIZE).all(1) & (seen[:, 3] > 0.02)
        assert (xy[inside] >= (x0, y0)).all()
        assert (xy[inside] <= (x1, y1)).all()
        reached += bool(inside.any() and (x1 - x0) * (y1 - y0) < SIZE[0] * SIZE[1])
    assert reached > 40  # so many of them say something


def test_outlines_stay_inside_too(rng):
    for _ in range(60):
        m = random_model(rng, morphs=0)
        world = m.rest_world()
        clip = (camera.perspective(1.0, ASPECT) @ at(*rng.uniform(-1, 1, 2), -rng.uniform(1.5, 4))).astype(np.float32)
        (x0, y0, x1, y1), _ = rect(m, world, np.zeros(1, np.float32), clip, reach=0.1, margin=0.01)
        out = rng.normal(size=(40, 3, 20, 3))
        points = posed(m, world, np.zeros(1))[:, :, None] + 0.1 * out / np.linalg.norm(out, axis=-1, keepdims=True)
        seen = np.concatenate([points, np.ones((*points.shape[:-1], 1))], -1).reshape(-1, 4) @ clip.T
        xy = (seen[:, :2] / seen[:, 3:] + 1) / 2 * SIZE
        inside = (xy >= 0).all(1) & (xy <= SIZE).all(1)
        assert (xy[inside] >= (x0, y0)).all()
        assert (xy[inside] <= (x1, y1)).all()


def test_a_rigid_square_is_held_to_the_pixel():
    m = model()
    clip = camera.perspective(np.radians(63.0), ASPECT) @ at(0.2, 0.1, -3)
    (x0, y0, x1, y1), nearest = rect(m, m.rest_world(), m.morph_defaults, clip, margin=0.0)
    focal = camera.focal_pixels(np.radians(63.0), SIZE[1]) / 3
    assert (x0, x1) == (np.floor(160 - 0.3 * focal), np.ceil(160 + 0.7 * focal))
    assert (y0, y1) == (np.floor(120 - 0.4 * focal), np.ceil(120 + 0.6 * focal))
    assert nearest == pytest.approx(3)


def test_a_moving_face_widens_nothing_but_itself():
    """What no target moves keeps its bounds, whatever the targets do; what one moves goes as far as its weight says."""
    deltas = np.zeros((2, 8, 3), np.float32)
    deltas[0, :4, 0], deltas[1, :4, 1] = 0.4, -0.3
    small, wide = square(), square()
    part = square(morph_positions=deltas, morph_offset=0)
    part.positions = np.concatenate([small.positions * 0.2, wide.positions * np.array([1, 2, 1], np.float32)])
    part.normals = np.tile(part.normals[:1], (8, 1))
    part.indices = np.concatenate([part.indices, part.indices + 4])
    m = model((part,), morphs=2)
    clip = camera.perspective(1.0, 1.0) @ at(0, 0, -4)

    def found(*weights):
        return np.array(rect(m, m.rest_world(), np.array(weights, np.float32), clip, (400, 400), margin=0.0)[0])

    rest = found(0, 0)
    assert (found(0.5, 1.0) == rest).all()  # the small square moves before the large one
    focal = 200 / np.tan(0.5) / 4
    moved = found(2.0, 1.0)
    assert (moved[[0, 1, 3]] == rest[[0, 1, 3]]).all()
    assert moved[2] == np.ceil(200 + (0.1 + 0.8) * focal)
    assert found(-2.0, 0.0)[0] == np.floor(200 - (0.1 + 0.8) * focal)


def test_what_is_behind_or_never_drawn_is_nowhere():
    m = model()
    behind = camera.perspective(1.0, ASPECT) @ at(0, 0, 3)
    (x0, _, x1, _), _ = rect(m, m.rest_world(), m.morph_defaults, behind)
    assert x1 <= x0
    hidden = model((square(first_person="firstPersonOnly"),))
    (x0, _, x1, _), _ = rect(hidden, m.rest_world(), m.morph_defaults, camera.perspective(1.0, ASPECT) @ at(0, 0, -3))
    assert x1 <= x0
    across = camera.perspective(1.0, ASPECT) @ at(0, 0, 0, turn=1.5)
    assert rect(m, m.rest_world(), m.morph_defaults, across) == ((0, 0, *SIZE), 0.02)


@pytest.mark.gl
def test_a_figure_that_is_never_drawn_casts_nothing(gl):
    m = model((square(first_person="firstPersonOnly"),))
    with Renderer(SIZE, 1, gl) as r:
        r.prepare(m)
        white = np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
        r.draw(scene(SIZE, figure(m, at(0, 0, -2), shadow=np.array([0, -0.5, -2], np.float32)), image=white))
        assert r.read().shape == white.shape
