"""The composed picture: camera, matte, mirror, opacity, shadow, words, and how it is read."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from render_models import RED, WHITE, at, figure, middle, model, photo, scene, toon, unlit, where

from avatar.render.passes import crop
from avatar.render.renderer import Renderer
from avatar.stage.light import probe_uniform
from avatar.stage.scene import Lighting, Overlay

pytestmark = pytest.mark.gl
SIZE = (320, 240)


@pytest.fixture
def renderer(gl):
    with Renderer(SIZE, 1, gl) as r:
        yield r


def drawn(renderer, s):
    renderer.draw(s)
    return renderer.read().copy()


def test_the_camera_picture_comes_through_untouched(renderer, rng):
    image = photo(rng, SIZE)
    assert (drawn(renderer, scene(SIZE, image=image)) == image).all()


def test_mirror_swaps_left_and_right(renderer, rng):
    image = photo(rng, SIZE)
    assert (drawn(renderer, scene(SIZE, image=image, mirror=True)) == image[:, ::-1]).all()


@pytest.mark.parametrize(
    ("frame", "size", "expected"),
    [
        ((640, 480), (320, 240), (0, 0, 640, 480)),
        ((640, 480), (640, 360), (0, 60, 640, 420)),
        ((640, 360), (480, 360), (80, 0, 560, 360)),
        ((10, 10), (1000, 10), (0, 4, 10, 5)),
    ],
)
def test_the_middle_is_cropped_and_the_aspect_kept(frame, size, expected):
    x0, y0, x1, y1 = crop(frame, size)
    assert abs(np.array([x0, y0, x1, y1]) - expected).max() <= 1
    assert x1 > x0
    assert y1 > y0


def test_a_figure_keeps_its_place_against_a_cropped_camera(renderer):
    # A cross in the frame's middle and a figure at a stage point that falls on it: still together after cropping.
    image = np.zeros((480, 480, 3), np.uint8)
    image[60:180, 300:420] = (0, 0, 255)
    point = np.array([(360 - 240), (240 - 120)]) / (480 / 2) * np.tan(np.radians(63.0) / 2) * 4
    small = at(point[0], point[1], -4, scale=0.2)
    got = drawn(renderer, scene(SIZE, figure(model(), small), image=image))
    red, blue = where(got, RED), got[..., 2] > 128
    assert middle(red) == pytest.approx(middle(red | blue), abs=1.5)


def test_one_picture_after_another_of_other_sizes(renderer, rng):
    for size in ((320, 240), (200, 100), (640, 480), (33, 47)):
        image = photo(rng, size)
        got = drawn(renderer, scene(size, image=image))
        assert got.shape == (size[1], size[0], 3)
        assert (got == image).all()


def test_read_fills_the_buffer_it_is_given(renderer, rng):
    image = photo(rng, SIZE)
    out = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    renderer.draw(scene(SIZE, image=image))
    assert renderer.read(out) is out
    assert (out == image).all()
    assert renderer.read() is renderer.read()


def half_matte(value=255):
    matte = np.zeros((60, 80), np.uint8)
    matte[:, :40] = value
    return matte


def test_the_person_hides_the_figure_where_the_matte_says(renderer, rng):
    image = photo(rng, SIZE)
    f = figure(model(), at(0, 0, -2))
    hidden = drawn(renderer, scene(SIZE, f, image=image, matte=half_matte()))
    assert (hidden[:, :150] == image[:, :150]).all()
    assert where(hidden, RED)[120, 180]
    f.behind_person = False
    assert where(drawn(renderer, scene(SIZE, f, image=image, matte=half_matte())), RED)[120, 140]


def test_the_matte_turns_with_the_mirror(renderer, rng):
    image = photo(rng, SIZE)
    f = figure(model(), at(0, 0, -2))
    got = drawn(renderer, scene(SIZE, f, image=image, matte=half_matte(), mirror=True))
    assert where(got, RED)[120, 140]
    assert (got[:, 170:] == image[:, ::-1][:, 170:]).all()


def test_a_weak_matte_hides_nothing(renderer, rng):
    image = photo(rng, SIZE)
    got = drawn(renderer, scene(SIZE, figure(model(), at(0, 0, -2)), image=image, matte=half_matte(60)))
    assert where(got, RED)[120, 140]


def test_figures_are_mirrored_too_and_still_show_their_front(renderer):
    f = figure(model(), at(1, 0, -4))
    plain = where(drawn(renderer, scene(SIZE, f)), RED)
    mirrored = where(drawn(renderer, scene(SIZE, f, mirror=True)), RED)
    assert plain.any()
    assert (mirrored == plain[:, ::-1]).mean() > 0.999


@pytest.mark.parametrize("share", [0.75, 0.6])
def test_drawn_less_finely_a_figure_is_as_large_and_where_it_was_and_the_camera_untouched(renderer, rng, share):
    if not renderer.context.software:
        pytest.skip("a GPU draws all of it")
    image = photo(rng, SIZE) // 4 * 3
    s = scene(SIZE, figure(model(), at(0.3, 0.1, -4)), image=image)
    bare = drawn(renderer, scene(SIZE, image=image)).astype(float)
    fine = drawn(renderer, s)
    renderer.coarser(share)
    coarse = drawn(renderer, s)
    seen = where(fine, RED)
    assert seen.any()
    # How much of each pixel is the figure's: soft edges lie in part over what is behind them.
    colour = np.median(fine[seen], axis=0)
    full, part = (((x - bare) * (colour - bare)).sum(-1) / ((colour - bare) ** 2).sum(-1) for x in (fine, coarse))
    assert part.sum() == pytest.approx(full.sum(), rel=0.04), "soft edges cover as much as sharp ones"
    rows, columns = np.mgrid[: full.shape[0], : full.shape[1]]
    for at_each in (rows, columns):
        was, now = ((at_each * share_of).sum() / share_of.sum() for share_of in (full, part))
        assert now == pytest.approx(was, abs=0.7)
    away = cv2.dilate(seen.astype(np.uint8), np.ones((11, 11), np.uint8)) == 0
    assert np.array_equal(coarse[away], fine[away])
    renderer.coarser(1.0)
    assert np.array_equal(drawn(renderer, s), fine)


@pytest.mark.parametrize("opacity", [0.0, 0.25, 0.5, 1.0])
def test_opacity_mixes_figure_and_camera(renderer, rng, opacity):
    image = photo(rng, SIZE)
    got = drawn(renderer, scene(SIZE, figure(model(), at(0, 0, -2), opacity=opacity), image=image))
    expected = image[100:140, 140:180] * (1 - opacity) + np.array([255, 0, 0]) * opacity
    assert got[100:140, 140:180] == pytest.approx(expected, abs=1.5)


@pytest.fixture(params=[True, False], ids=["larger", "multisampled"])
def way(request, gl, monkeypatch):
    """Both ways of smoothing: the CPU's and the GPU's, whatever draws here."""
    monkeypatch.setattr(gl, "software", request.param)
    return gl


@pytest.mark.parametrize("samples", [1, 2, 4])
def test_edges_have_no_halo(way, samples):
    white = np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
    f = figure(model(materials=(unlit(WHITE),)), at(0.1, 0, -3, turn=0.6))
    with Renderer(SIZE, samples, way) as r:
        assert drawn(r, scene(SIZE, f, image=white)).min() >= 254


@pytest.mark.parametrize("samples", [2, 4])
def test_more_samples_give_edges_between_colours(way, samples):
    place = at(0.1, 0, -3, turn=0.6)
    with Renderer(SIZE, 1, way) as r:
        hard = drawn(r, scene(SIZE, figure(model(), place)))[..., 0]
    with Renderer(SIZE, samples, way) as r:
        soft = drawn(r, scene(SIZE, figure(model(), place)))[..., 0]
    assert ((hard > 8) & (hard < 247)).sum() == 0
    assert ((soft > 8) & (soft < 247)).sum() > 60
    assert soft.sum() == pytest.approx(hard.sum(), rel=0.02)


@pytest.mark.parametrize(("shadows", "left"), [(0.0, 0.45), (1.0, 0.60)])
def test_a_soft_patch_lies_on_the_floor_under_the_feet(renderer, shadows, left):
    white = np.full((SIZE[1], SIZE[0], 3), 255, np.uint8)
    feet = np.array([0.3, -1.0, -3], np.float32)
    f = figure(model(), at(0.3, 4, -3), shadow=feet)
    s = scene(SIZE, f, image=white)
    s.lighting.shadows = shadows
    got = drawn(renderer, s)[..., 0]
    y, x = np.unravel_index(got.argmin(), got.shape)
    focal = SIZE[1] / 2 / np.tan(np.radians(63.0) / 2)
    assert (x, y) == pytest.approx((160 + focal * 0.1, 120 + focal / 3), abs=5)
    assert got[y, x] == pytest.approx(255 * left, abs=8)
    rim = np.nonzero((got < 254).any(0))[0]
    assert np.diff(got[y].astype(int)[rim[0] : rim[-1]]).max() < 14  # no hard edge


def green(picture):
    return (picture[..., 1].astype(int) - picture[..., 0] > 80) & (picture[..., 1].astype(int) - picture[..., 2] > 60)


def test_the_indicator_is_drawn_exactly_when_the_camera_is_open(renderer):
    grey = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    for on in (True, False, True):
        for mirror in (True, False):
            got = drawn(renderer, scene(SIZE, image=grey, overlay=Overlay(camera_on=on), mirror=mirror))
            dot = green(got)
            assert dot.any() == on
            if on:
                x, y = middle(dot)
                assert x < SIZE[0] / 4
                assert y < SIZE[1] / 4
            else:
                assert (got == grey).all()


def test_words_are_never_mirrored(renderer):
    grey = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    words = Overlay(caption="Left to right", speaker="Hikari", notice="Not a person", camera_on=True, label="Presence")
    plain = drawn(renderer, scene(SIZE, image=grey, overlay=words))
    assert (plain != grey).any()
    assert (drawn(renderer, scene(SIZE, image=grey, overlay=words, mirror=True)) == plain).all()


def test_words_change_and_go(renderer):
    grey = np.full((SIZE[1], SIZE[0], 3), 90, np.uint8)
    first = drawn(renderer, scene(SIZE, image=grey, overlay=Overlay(caption="One")))
    second = drawn(renderer, scene(SIZE, image=grey, overlay=Overlay(caption="Another thing")))
    assert (first != second).any()
    assert (drawn(renderer, scene(SIZE, image=grey, overlay=Overlay(caption="One"))) == first).all()
    assert (drawn(renderer, scene(SIZE, image=grey)) == grey).all()


def test_a_background_without_a_camera(renderer):
    renderer.draw(scene(SIZE, background=(0.5, 0.5, 0.5, 1.0)))
    assert renderer.read()[0, 0] == pytest.approx([188] * 3, abs=1)
    renderer.draw(scene(SIZE, figure(model(), at(0, 0, -2)), background=(0, 0, 0, 0)))
    rgba = renderer.read_rgba()
    assert rgba[0, 0].tolist() == [0, 0, 0, 0]
    assert rgba[120, 160].tolist() == [255, 0, 0, 255]


def test_two_figures_the_nearer_one_in_front(renderer):
    near, far = figure(model(materials=(unlit(WHITE),)), at(0, 0, -2)), figure(model(), at(0.4, 0, -4))
    for order in ((near, far), (far, near)):
        assert where(drawn(renderer, scene(SIZE, *order)), WHITE)[120, 160]


def test_a_figure_outside_or_behind_the_camera_draws_nothing(renderer, rng):
    image = photo(rng, SIZE)
    for place in (at(40, 0, -3), at(0, 0, 3), at(0, -60, -3)):
        assert (drawn(renderer, scene(SIZE, figure(model(), place), image=image)) == image).all()


def test_prepare_compiles_all_that_drawing_needs(gl):
    m = model(materials=(toon(),))
    with Renderer(SIZE, 1, gl) as r:
        r.prepare(m)
        before = len(r._library)
        r.draw(scene(SIZE, figure(m, at(0, 0, -2), shadow=np.array([0, -1, -2], np.float32)), matte=half_matte()))
        r.draw(scene(SIZE, figure(m, at(0, 0, -2)), overlay=Overlay(caption="words")))
        assert len(r._library) == before
    r.close()


def test_prepare_compiles_for_each_kind_of_light_it_is_told_of(gl):
    m = model(materials=(toon(),))
    lights = (Lighting(shadows=0), Lighting(probe=probe_uniform((0.5, 0.5, 0.5))), Lighting())
    with Renderer(SIZE, 1, gl) as r:
        r.prepare(m, *lights)
        before = len(r._library)
        for light in lights:
            s = scene(SIZE, figure(m, at(0, 0, -2)))
            s.lighting = light
            r.draw(s)
        assert len(r._library) == before
