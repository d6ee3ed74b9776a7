"""A figure comes as soft and as noisy as the camera's picture is, and nothing else does."""

from __future__ import annotations

import numpy as np
import pytest
from render_models import at, figure, model, scene, square

from avatar.linalg import affine, quat
from avatar.model.model import Material
from avatar.render.grain import SIDE, spread, tile
from avatar.render.renderer import Renderer
from avatar.stage.optics import Optics, blur_of
from avatar.stage.scene import Lighting

SIZE = (320, 240)
GREY = 128


def cards(seed=0, count=12):
    """Unlit cards of many greys, hardly aslant, one before the other."""
    rng = np.random.default_rng(seed)
    found = []
    for k in range(count):
        shade = float(rng.uniform(0, 1))
        m = model((square(),), (Material(kind="unlit", base_color=(shade, shade, shade, 1), double_sided=True),))
        where = np.array([*(rng.uniform(-1, 1, 2) * (0.7, 0.5)), -1.9 + 0.01 * k], np.float32)
        turn = quat.from_axis_angle(np.array([0, 0, 1], np.float32), float(rng.uniform(-0.1, 0.1)))
        found.append(figure(m, affine.compose(where, turn, np.full(3, rng.uniform(0.2, 0.5), np.float32))))
    return found


def drawn(renderer, figures, optics, index=0, grey=GREY):
    s = scene(SIZE, *figures, image=np.full((SIZE[1], SIZE[0], 3), grey, np.uint8))
    s.frame = type(s.frame)(s.frame.image, 0.0, index)
    s.lighting, s.optics = Lighting(shadows=0), optics
    renderer.draw(s)
    return renderer.read().copy()


@pytest.mark.gl
@pytest.mark.parametrize("samples", [None, 1, 4], ids=["live", "one sample", "four samples"])
@pytest.mark.parametrize("blur", [0.9, 1.2, 1.7])
def test_edges_are_as_soft_as_the_camera_s(gl, samples, blur):
    with Renderer(SIZE, samples, gl, shadows=False) as r:
        plain = blur_of(drawn(r, cards(), None), 0.0)
        found = blur_of(drawn(r, cards(), Optics(blur)), 0.0)
    assert plain == pytest.approx(0.55, abs=0.08)
    assert found == pytest.approx(blur, rel=0.3)


@pytest.mark.gl
def test_a_camera_that_sharpens_makes_figures_sharper(gl):
    with Renderer(SIZE, None, gl, shadows=False) as r:
        plain, sharper = (drawn(r, cards(), o) for o in (None, Optics(0.3)))
    assert blur_of(sharper, 0.0) < blur_of(plain, 0.0) - 0.05


@pytest.mark.gl
def test_as_soft_as_it_is_drawn_it_stays_as_it_is(gl):
    with Renderer(SIZE, None, gl, shadows=False) as r:
        assert (drawn(r, cards(), Optics(0.6)) == drawn(r, cards(), None)).all()
        assert (drawn(r, cards(), Optics()) == drawn(r, cards(), None)).all()


@pytest.mark.gl
@pytest.mark.parametrize("samples", [None, 4])
@pytest.mark.parametrize(("shade", "sigma"), [(0.03, 0.02), (0.6, 0.008)])
def test_a_figure_has_the_camera_s_noise_and_the_picture_no_more(gl, samples, shade, sigma):
    m = model((square(),), (Material(kind="unlit", base_color=(shade, shade, shade, 1), double_sided=True),))
    card = figure(m, at(0, 0, -1.2))
    level = 1.055 * shade ** (1 / 2.4) - 0.055
    noise = Optics(noise=(0.02, 0.02 + (sigma - 0.02) / level) if shade > 0.1 else (sigma, sigma))
    with Renderer(SIZE, samples, gl, shadows=False) as r:
        clean = drawn(r, [card], None).astype(float)
        first, again, other = (drawn(r, [card], noise, k).astype(float) for k in (5, 5, 6))
    on = clean[..., 0] != GREY
    assert on.sum() > 4000
    inside = on & np.roll(on, 3, 0) & np.roll(on, -3, 0) & np.roll(on, 3, 1) & np.roll(on, -3, 1)
    assert (first - clean)[inside].std() / 255 == pytest.approx(sigma, rel=0.12)
    assert abs((first - clean)[inside].mean()) < 0.6
    assert (first[~on] == clean[~on]).all()
    assert (first == again).all()
    assert np.corrcoef((first - clean)[inside].ravel(), (other - clean)[inside].ravel())[0, 1] < 0.05


@pytest.mark.gl
def test_a_photograph_s_grain_is_the_same_in_every_picture(gl):
    with Renderer(SIZE, None, gl, shadows=False) as r:
        a, b = (drawn(r, cards(), Optics(noise=(0.02, 0.02), moves=False), k) for k in (1, 2))
    assert (a == b).all()


@pytest.mark.gl
def test_without_a_camera_s_picture_there_is_nothing_to_match(gl):
    with Renderer(SIZE, None, gl, shadows=False) as r:
        got = []
        for optics in (None, Optics(1.5, (0.05, 0.05))):
            s = scene(SIZE, *cards(), background=(0, 0, 0, 1))
            s.optics, s.lighting = optics, Lighting(shadows=0)
            r.draw(s)
            got.append(r.read().copy())
    assert (got[0] == got[1]).all()


@pytest.mark.parametrize("grain", [0.0, 0.3, 0.7])
@pytest.mark.parametrize("shared", [0.0, 0.9])
def test_the_tile_is_the_noise_that_was_asked_for(grain, shared):
    n = (tile(grain, shared).astype(float) - 128) / (127 / 4)
    assert n.shape == (SIDE, SIDE, 4)
    assert n.std() == pytest.approx(1, abs=0.03)
    beside = (n * np.roll(n, 1, 1)).mean() / n.var()  # over the edge as well
    assert beside == pytest.approx(grain, abs=0.06)
    assert np.corrcoef(n[..., 0].ravel(), n[..., 2].ravel())[0, 1] == pytest.approx(shared, abs=0.06)


def test_weights_keep_brightness():
    for multisampled in (False, True):
        for blur in (0.2, 0.9, 1.3, 2.5, 50.0):
            for scale in (1.0, 1.4, 2.0):
                w, rest, _ = spread(Optics(blur), 1.0, scale, multisampled)
                assert w + rest == pytest.approx(1)
    assert spread(Optics(0.9), 0.5, 1.0, False)[1] < 0, "a picture shown at half its size is twice as sharp"


@pytest.mark.gl
def test_drawn_less_finely_it_is_soft_and_not_jagged(gl):
    """Along an edge that is hardly aslant, brightness goes from row to row in small steps, not in whole ones."""
    m = model((square(),), (Material(kind="unlit", base_color=(1, 1, 1, 1), double_sided=True),))
    turn = quat.from_axis_angle(np.array([0, 0, 1], np.float32), 0.15)
    card = figure(m, affine.compose(np.array([0, 0, -1.6], np.float32), turn, np.full(3, 0.6, np.float32)))
    steps = []
    with Renderer(SIZE, None, gl, shadows=False) as r:
        for share in (1.0, 0.75, 0.6):
            r.coarser(share)
            got = drawn(r, [card], None, grey=0).astype(float)[105:135, :, 0]
            edge = (got / 255).sum(1)  # where the left and right edges are, together, to a part of a pixel
            assert edge == pytest.approx(np.full(30, edge.mean()), abs=1.2)
            steps.append(np.abs(np.diff(got[:, : SIZE[0] // 2], axis=0)).max())
    assert r.context.software or steps[0] == steps[1] == steps[2]
    if r.context.software:
        assert steps[1] < steps[0]
        assert steps[2] < steps[0]
