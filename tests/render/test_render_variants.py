"""Every variant of every shader compiles and links on the driver at hand, and materials ask for the right one."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from render_models import toon, unlit

from avatar.model.model import Expression, Material, MaterialBind, MToon, TextureSlot
from avatar.render.material import ROWS, SLOTS, STRIDE_ROWS, Wardrobe, pack, surface, uv_rows
from avatar.render.program import Program

pytestmark = pytest.mark.gl

MAPS = {
    "surface_mtoon.frag": ("SHADE", "SHIFT", "NORMAL", "EMISSIVE", "MATCAP", "RIM"),
    "surface_pbr.frag": ("NORMAL", "EMISSIVE", "METAL_ROUGH", "OCCLUSION"),
    "surface_unlit.frag": ("EMISSIVE",),
    "surface_outline.frag": (),
}
LIGHTS = ((), ("SHADOW 1", "POSITION"), ("SHADOW 2", "POSITION"), ("ROOM",), ("SHADOW 9", "POSITION", "ROOM"))
SHAPES = ((), ("MORPHS 16", "MORPH_TEXELS 1"), ("MORPHS 1023", "MORPH_TEXELS 3"))
UVS = ((), ("UV_SLOTS",), ("UV_SLOTS", "UV1"), ("UV_MOTION",), ("UV_MOTION", "MAP_UV_MASK", "UV_SLOTS", "UV1"))
ALPHA = ((), ("ALPHA_MASK",), ("ALPHA_BLEND", "DOUBLE_SIDED", "COLOR"))


def build(fragment: str, defines: tuple[str, ...], vertex: str = "surface_skin.vert") -> None:
    if fragment == "surface_pbr.frag" or {"MAP_NORMAL", "RIM_LIGHT", "MAP_MATCAP"} & set(defines):
        defines = (*defines, "POSITION")
    if {"RIM_LIGHT", "MAP_MATCAP"} & set(defines):
        defines = (*defines, "RIM_OR_MATCAP")
    Program(vertex, fragment, defines).close()


@pytest.mark.parametrize("fragment", MAPS)
def test_each_surface_with_each_way_of_sampling(gl, fragment):
    every = ("MAP_BASE", *(f"MAP_{name}" for name in MAPS[fragment]))
    for uv, alpha in itertools.product(UVS, ALPHA):
        build(fragment, (*every, *uv, *alpha, "JOINTS 4", "PALETTE 128"))
    for one in every:
        build(fragment, (one, "JOINTS 1", "PALETTE 64"))
    build(fragment, ("JOINTS 2", "PALETTE 1365"))
    build(fragment, (*every, "JOINTS 8", "PALETTE 64"))


@pytest.mark.parametrize("fragment", MAPS)
def test_each_surface_under_each_light_in_each_shape(gl, fragment):
    every = ("MAP_BASE", *(f"MAP_{name}" for name in MAPS[fragment]), "DOUBLE_SIDED")
    for light, shape in itertools.product(LIGHTS, SHAPES):
        build(fragment, (*every, *light, *shape, "JOINTS 4", "PALETTE 64"))
    build(fragment, (*every, "TANGENT", "SRGB", *SHAPES[2], *LIGHTS[3], "JOINTS 2", "PALETTE 64"))


def test_lit_outlines(gl):
    lit = ("OUTLINE_LIT", "OUTLINE_WORLD", "MAP_OUTLINE_WIDTH", "MAP_BASE", "SHADE_AS_BASE", "RIM_LIGHT", "MAP_MATCAP")
    for light, shape in itertools.product(LIGHTS, SHAPES):
        build("surface_outline.frag", (*lit, *light, *shape, "JOINTS 4", "PALETTE 64"))
    build("surface_outline.frag", (*lit, "MAP_NORMAL", "TANGENT", "UV_MOTION", "MAP_UV_MASK", "JOINTS 1", "PALETTE 64"))


def test_what_casts_a_shadow(gl):
    for mask in ((), ("ALPHA_MASK",), ("ALPHA_MASK", "MAP_BASE", "UV_SLOTS", "UV1", "SRGB"), ("ALPHA_MASK", "COLOR")):
        for shape in SHAPES:
            build("surface_depth.frag", (*mask, *shape, "JOINTS 4", "PALETTE 64"))


def test_mtoon_rims_and_shared_shade(gl):
    for defines in (("RIM_LIGHT",), ("RIM_LIGHT", "MAP_RIM"), ("MAP_MATCAP",), ("MAP_BASE", "SHADE_AS_BASE")):
        build("surface_mtoon.frag", (*defines, "JOINTS 1", "PALETTE 64"))


@pytest.mark.parametrize("side", ["OUTLINE_WORLD", "OUTLINE_SCREEN"])
def test_outlines(gl, side):
    for more in ((), ("MAP_OUTLINE_WIDTH",), ("MAP_OUTLINE_WIDTH", "MAP_BASE", "UV_SLOTS", "ALPHA_MASK")):
        build("surface_outline.frag", (side, *more, "JOINTS 4", "PALETTE 64"))


@pytest.mark.parametrize("matte", [(), ("MATTE",)])
def test_passes_over_the_picture(gl, matte):
    for samples in (1, 2, 4, 8):
        build("post_compose.frag", (f"SAMPLES {samples}", *matte), "post_quad.vert")
    build("post_shadow.frag", matte, "post_shadow.vert")
    build("post_floor.frag", matte, "post_shadow.vert")
    build("post_texture.frag", (), "post_quad.vert")


def test_a_material_buffer_row_holds_every_slot():
    assert ROWS == 9 + 2 * len(SLOTS) <= STRIDE_ROWS
    assert pack(Material()).shape == (STRIDE_ROWS, 4)


def test_one_sample_serves_base_and_shade_when_they_are_the_same():
    slot = TextureSlot(0)
    same = Material(kind="mtoon", base_texture=slot, mtoon=MToon(shade_texture=TextureSlot(0)))
    other = Material(kind="mtoon", base_texture=slot, mtoon=MToon(shade_texture=TextureSlot(1)))
    assert "SHADE_AS_BASE" in surface(same).defines
    assert surface(same).textures == ((0, 0),)
    assert "MAP_SHADE" in surface(other).defines
    assert len(surface(other).textures) == 2


def test_different_transforms_or_uv_sets_sample_slot_by_slot():
    alike = Material(base_texture=TextureSlot(0), emissive_texture=TextureSlot(1))
    turned = Material(base_texture=TextureSlot(0), emissive_texture=TextureSlot(1, rotation=0.5))
    second = Material(base_texture=TextureSlot(0), emissive_texture=TextureSlot(1, uv=1))
    assert "UV_SLOTS" not in surface(alike).defines
    assert "UV_SLOTS" in surface(turned).defines
    assert {"UV_SLOTS", "UV1"} <= set(surface(second).defines)


def test_drawing_order_is_solid_mask_blend():
    materials = [unlit(alpha_mode="BLEND"), unlit(), unlit(alpha_mode="MASK"), toon(alpha_mode="BLEND")]
    assert [surface(m).order[0] for m in materials] == [3, 0, 1, 3]
    writes = Material(kind="mtoon", alpha_mode="BLEND", mtoon=MToon(transparent_with_z_write=True))
    assert surface(writes).order[0] == 2
    assert surface(writes).depth_write


def test_moving_textures_with_a_transform_are_sampled_slot_by_slot():
    def defines(**slot):
        return surface(
            Material(kind="mtoon", base_texture=TextureSlot(0, **slot), mtoon=MToon(uv_scroll=(1, 0)))
        ).defines

    assert "UV_SLOTS" not in defines()
    assert "UV_SLOTS" in defines(scale=(2.0, 1.0))


def test_an_outline_takes_light_only_where_it_is_mixed_in():
    edge = {"outline_mode": "worldCoordinates", "outline_width": 0.01, "rim_color": (1.0, 0.0, 0.0)}
    plain = Material(kind="mtoon", double_sided=True, mtoon=MToon(**edge, outline_lighting_mix=0.0))
    mixed = Material(kind="mtoon", double_sided=True, mtoon=MToon(**edge, outline_lighting_mix=0.5))
    assert surface(plain).outline == ("OUTLINE_WORLD",)
    assert set(surface(mixed).outline) == {*surface(mixed).defines, "OUTLINE_LIT", "OUTLINE_WORLD"} - {"DOUBLE_SIDED"}
    for other in (MToon(), MToon(**{**edge, "outline_width": 0.0}), MToon(**{**edge, "outline_mode": "none"})):
        assert surface(Material(kind="mtoon", mtoon=other)).outline is None


def test_an_outline_s_width_may_lie_on_the_second_uv_set():
    width = TextureSlot(1, uv=1)
    m = MToon(outline_mode="screenCoordinates", outline_width=0.01, outline_width_texture=width, outline_lighting_mix=0)
    got = surface(Material(kind="mtoon", base_texture=TextureSlot(0), mtoon=m))
    assert {"UV1", "MAP_OUTLINE_WIDTH", "OUTLINE_SCREEN"} <= set(got.outline)
    assert "UV1" not in got.defines


def bound(kind, value):
    bind = MaterialBind(0, kind, value)
    return {"x": Expression("x", False, np.zeros(0, np.int32), np.zeros(0, np.float32), materials=(bind,))}


def test_an_expression_moves_every_texture_but_the_matcap():
    slots = {n: TextureSlot(k, offset=(0.1, 0.2), rotation=0.7) for k, n in enumerate(("base", "shade", "matcap"))}
    material = Material(
        kind="mtoon",
        base_texture=slots["base"],
        mtoon=MToon(shade_texture=slots["shade"], matcap_texture=slots["matcap"]),
    )
    wardrobe = Wardrobe((material,), bound("textureTransform", (0.5, 0.6, 2.0, 3.0)))
    rest = wardrobe.rows.copy()
    assert wardrobe.wear({"x": 0.5})
    for name in ("base", "shade"):
        k = 9 + 2 * SLOTS.index(name)
        want = uv_rows(TextureSlot(0, offset=(0.3, 0.4), scale=(1.5, 2.0), rotation=0.7))
        assert wardrobe.rows[0, k : k + 2] == pytest.approx(want, abs=1e-6)
    k = 9 + 2 * SLOTS.index("matcap")
    assert (wardrobe.rows[0, k : k + 2] == rest[0, k : k + 2]).all()
    assert wardrobe.wear({"x": 0.0})
    assert (wardrobe.rows == rest).all()


def test_an_expression_s_colour_goes_on_beyond_its_own():
    wardrobe = Wardrobe((Material(base_color=(0.2, 0.2, 0.2, 1.0)),), bound("color", (1.0, 0.0, 0.2, 0.5)))
    wardrobe.wear({"x": 0.5})
    assert wardrobe.rows[0, 0] == pytest.approx([0.6, 0.1, 0.2, 0.75])


def test_texture_transform_follows_its_extension():
    # KHR_texture_transform: u' = T R S u; a quarter turn takes (1, 0) to (0, -1) before scale and offset are seen.
    rows = uv_rows(TextureSlot(0, offset=(0.25, 0.5), scale=(2.0, 3.0), rotation=3.14159265 / 2))
    u, v = 1.0, 0.0
    got = [float(r[0] * u + r[1] * v + r[2]) for r in rows]
    assert got == pytest.approx([0.25, 0.5 - 2.0], abs=1e-5)


def test_a_wardrobe_without_binds_never_changes():
    assert not Wardrobe((Material(),), {}).wear({"happy": 1.0})
