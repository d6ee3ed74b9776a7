"""Morph targets in the vertex shader: the positions, normals and tangents that glTF's own sums give.

What the shader makes of each vertex is read back by transform feedback, and held against NumPy.
"""

from __future__ import annotations

from ctypes import POINTER, c_char, c_char_p, c_void_p, cast, create_string_buffer
from dataclasses import replace

import numpy as np
import pytest
from render_models import at, figure, model, scene, square, toon

from avatar import paths
from avatar.linalg import affine, quat
from avatar.model.load import load
from avatar.model.model import MToon, Primitive
from avatar.render.figure import DrawnModel
from avatar.render.gl import GL
from avatar.render.mesh import Mesh, _near_order
from avatar.render.morph import Blended, InShader
from avatar.render.program import BLOCKS, UNITS, Library, _compile
from avatar.render.renderer import Renderer
from avatar.render.still import render_still
from avatar.render.targets import Target

pytestmark = pytest.mark.gl
SIZE = (320, 240)


def grid(n: int = 9) -> Primitive:
    """A flat grid of n × n vertices in x, y from -1 to 1, facing +Z."""
    x, y = np.meshgrid(np.linspace(-1, 1, n), np.linspace(-1, 1, n))
    positions = np.stack([x.ravel(), y.ravel(), np.zeros(n * n)], 1).astype(np.float32)
    k = np.arange(n * n).reshape(n, n)
    a, b, c, d = (v.ravel() for v in (k[:-1, :-1], k[:-1, 1:], k[1:, 1:], k[1:, :-1]))
    return Primitive(
        positions=positions,
        normals=np.tile(np.array([0, 0, 1], np.float32), (n * n, 1)),
        uvs=(((positions[:, :2] + 1) / 2).astype(np.float32),),
        indices=np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32),
        material=0,
        node=0,
    )


def shaped(p: Primitive, *more: str, weights: np.ndarray, matrix: np.ndarray | None = None, in_shader: bool = True):
    """(positions, normals, tangents) of the vertices as the vertex shader leaves them, in the primitive's order."""
    mesh = Mesh(p, np.zeros((len(p.positions), 4), np.uint16), in_shader)
    mesh.shape(weights.astype(np.float32))
    tangent = ("TANGENT",) * mesh.has_tangent
    defines = ("JOINTS 1", "PALETTE 64", "POSITION", *tangent, *more)
    if mesh.morphing:
        defines += mesh.morph_defines
    program = GL.glCreateProgram()
    part = _compile("surface_skin.vert", GL.GL_VERTEX_SHADER, defines)
    GL.glAttachShader(program, part)
    names = ["v_position", "v_normal"] + (["v_tangent"] if tangent else [])
    texts = [create_string_buffer(n.encode()) for n in names]
    array = (c_char_p * len(names))(*[cast(t, c_char_p) for t in texts])
    GL.glTransformFeedbackVaryings(
        program, len(names), cast(array, POINTER(POINTER(c_char))), GL.GL_INTERLEAVED_ATTRIBS
    )
    GL.glLinkProgram(program)
    assert GL.glGetProgramiv(program, GL.GL_LINK_STATUS), GL.glGetProgramInfoLog(program)
    GL.glUseProgram(program)
    m = np.eye(4, dtype=np.float32) if matrix is None else matrix.astype(np.float32)
    palette = np.zeros((64, 3, 4), np.float32)
    palette[0] = m[:3]
    blocks = {"Figure": np.zeros((64, 4), np.float32), "Material": np.zeros((32, 4), np.float32), "Palette": palette}
    buffers = [int(b) for b in GL.glGenBuffers(4)]
    for buffer, (name, data) in zip(buffers, blocks.items(), strict=False):
        GL.glBindBuffer(GL.GL_UNIFORM_BUFFER, buffer)
        GL.glBufferData(GL.GL_UNIFORM_BUFFER, data.nbytes, data, GL.GL_STATIC_DRAW)
        GL.glBindBufferBase(GL.GL_UNIFORM_BUFFER, BLOCKS[name], buffer)
    for name, binding in BLOCKS.items():
        index = GL.glGetUniformBlockIndex(program, name)
        if index != GL.GL_INVALID_INDEX:
            GL.glUniformBlockBinding(program, index, binding)
    if mesh.morphing:
        GL.glUniform1i(GL.glGetUniformLocation(program, "morphs"), UNITS["morphs"])
    wide = 10 if tangent else 6
    out = np.zeros((mesh.count, wide), np.float32)
    GL.glBindBuffer(GL.GL_TRANSFORM_FEEDBACK_BUFFER, buffers[3])
    GL.glBufferData(GL.GL_TRANSFORM_FEEDBACK_BUFFER, out.nbytes, None, GL.GL_STREAM_READ)
    GL.glBindBufferBase(GL.GL_TRANSFORM_FEEDBACK_BUFFER, 0, buffers[3])
    target = Target((4, 4))
    target.bind(4, 4)
    GL.glEnable(GL.GL_RASTERIZER_DISCARD)
    GL.glBeginTransformFeedback(GL.GL_TRIANGLES)
    mesh.draw()
    GL.glEndTransformFeedback()
    GL.glDisable(GL.GL_RASTERIZER_DISCARD)
    GL.glGetBufferSubData(GL.GL_TRANSFORM_FEEDBACK_BUFFER, 0, out.nbytes, c_void_p(out.ctypes.data))
    GL.glUseProgram(0)
    target.close()
    GL.glDeleteShader(part)
    GL.glDeleteProgram(program)
    GL.glDeleteBuffers(4, np.array(buffers, np.uint32))
    mesh.close()
    triangles, old = _near_order(p)
    found = np.zeros((len(p.positions), wide), np.float32)
    found[old[triangles.ravel()]] = out
    return found[:, :3], found[:, 3:6], found[:, 6:]


def unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


def many(rng: np.random.Generator, targets: int, reach: float = 0.05, normals: bool = True) -> Primitive:
    """A grid with random targets; the first quarter of its vertices never moves."""
    p = grid()
    v = len(p.positions)
    dp, dn = rng.normal(0, reach, (2, targets, v, 3)).astype(np.float32)
    dp[:, : v // 4] = dn[:, : v // 4] = 0
    return replace(p, morph_positions=dp, morph_normals=dn if normals else None)


def expected(p: Primitive, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """glTF 2.0, 3.7.2.2: base plus the weighted sum of the deltas."""
    at_ = p.positions + np.einsum("k,kvi->vi", w, p.morph_positions.astype(float))
    dn = 0 if p.morph_normals is None else np.einsum("k,kvi->vi", w, p.morph_normals.astype(float))
    return at_, unit(p.normals + dn)


@pytest.mark.parametrize("in_shader", [True, False], ids=["shader", "cpu"])
@pytest.mark.parametrize(
    ("targets", "active"), [(1, 1), (7, 3), (16, 16), (17, 5), (100, 80), (300, 300)], ids=lambda v: str(v)
)
def test_every_vertex_is_where_the_sum_of_the_targets_says(gl, rng, targets, active, in_shader):
    p = many(rng, targets)
    w = np.zeros(targets)
    w[rng.permutation(targets)[:active]] = rng.uniform(-1.5, 2.0, active)
    at_, n, _ = shaped(p, weights=w, in_shader=in_shader)
    want, normal = expected(p, w)
    # a half float's deltas of 0.2 are rounded by at most 6e-5 each
    assert np.abs(at_ - want).max() < 2e-4 * max(1.0, np.sqrt(active))
    assert np.abs(n - normal).max() < 5e-3


@pytest.mark.parametrize("weight", [-1.0, -0.4, 1.0, 1.7, 3.0])
def test_weights_beyond_nought_and_one_go_on_in_the_same_line(gl, rng, weight):
    p = many(rng, 2)
    at_, _, _ = shaped(p, weights=np.array([0.0, weight]))
    assert at_ - p.positions == pytest.approx(weight * p.morph_positions[1], abs=3e-4)


def test_a_flat_cloth_morphed_to_a_bowl_has_the_bowl_s_own_normals(gl):
    p = grid(17)
    x, y = p.positions[:, 0].astype(float), p.positions[:, 1].astype(float)
    depth = 0.4 * (x * x + y * y)
    bowl = unit(np.stack([-0.8 * x, -0.8 * y, np.ones_like(x)], 1))
    dp = np.stack([0 * x, 0 * x, depth], 1)[None].astype(np.float32)
    p = replace(p, morph_positions=dp, morph_normals=(bowl - p.normals)[None].astype(np.float32))
    at_, n, _ = shaped(p, weights=np.ones(1))
    assert at_[:, 2] == pytest.approx(depth, abs=1e-3)
    assert np.degrees(np.arccos(np.clip((n * bowl).sum(1), -1, 1))).max() < 0.1
    _, half, _ = shaped(p, weights=np.full(1, 0.5))
    assert half == pytest.approx(unit(0.5 * p.normals + 0.5 * bowl), abs=2e-3)


def test_without_normal_deltas_the_normals_stay(gl, rng):
    p = many(rng, 3, normals=False)
    _, n, _ = shaped(p, weights=np.array([1.0, -1.0, 0.5]))
    assert n == pytest.approx(p.normals, abs=1e-6)


@pytest.mark.parametrize("in_shader", [True, False], ids=["shader", "cpu"])
def test_tangents_morph_and_turn_with_the_surface(gl, rng, in_shader):
    p = many(rng, 3)
    v = len(p.positions)
    tangents = np.tile(np.array([1, 0, 0, -1], np.float32), (v, 1))
    dt = rng.normal(0, 0.2, (3, v, 3)).astype(np.float32)
    p = replace(p, tangents=tangents, morph_tangents=dt)
    w = np.array([0.5, 0.0, -1.0])
    turn = affine.compose(np.array([0, 1, 0], np.float32), quat.from_euler(0.3, -0.8, 0.5))
    at_, n, t = shaped(p, weights=w, matrix=turn, in_shader=in_shader)
    want, normal = expected(p, w)
    r = turn[:3, :3]
    assert at_ == pytest.approx(affine.apply(turn, want), abs=1e-3)
    assert n == pytest.approx(normal @ r.T, abs=5e-3)
    assert t[:, :3] == pytest.approx((tangents[:, :3] + np.einsum("k,kvi->vi", w, dt)) @ r.T, abs=3e-3)
    assert (t[:, 3] == -1).all()


@pytest.mark.parametrize(
    "scale", [(1, 1, 3), (0.2, 1, 1), (-1, 1, 1), (-2, -0.5, -1), (-1, -1, 1)], ids=lambda s: "x".join(map(str, s))
)
def test_normals_stand_upright_on_stretched_and_mirrored_surfaces(gl, scale):
    p = grid(5)
    slope = unit(np.array([0.6, -0.3, 1.0]))
    p.positions[:, 2] = -(p.positions[:, 0] * slope[0] + p.positions[:, 1] * slope[1]) / slope[2]
    p = replace(p, normals=np.tile(slope, (len(p.positions), 1)).astype(np.float32))
    p.tangents = np.tile(np.array([1, 0, 0, 1], np.float32), (len(p.positions), 1))
    m = affine.compose(np.zeros(3, np.float32), quat.from_euler(0.4, 0.2, -0.7), np.array(scale, np.float32))
    at_, n, t = shaped(p, weights=np.zeros(0), matrix=m)
    edges = at_[1:] - at_[0]
    assert np.abs(edges @ n[0]).max() < 1e-5
    assert n[0] == pytest.approx(unit(np.linalg.inv(m[:3, :3]).T @ slope), abs=1e-5)
    # the bitangent is the one the file means, carried along
    carried = m[:3, :3] @ np.cross(slope, [1, 0, 0])
    assert np.cross(n[0], t[0, :3]) * t[0, 3] @ carried > 0


def test_more_targets_than_a_driver_must_take_are_blended_all_the_same(gl, rng):
    p = many(rng, 1100, reach=0.01)
    mesh = Mesh(p, np.zeros((len(p.positions), 4), np.uint16), True)
    assert isinstance(mesh._morph, Blended)
    assert mesh.morph_defines == ()
    mesh.close()
    w = rng.uniform(-1, 1, 1100)
    at_, n, _ = shaped(p, weights=w)
    want, normal = expected(p, w)
    assert at_ == pytest.approx(want, abs=1e-4)
    assert n == pytest.approx(normal, abs=1e-4)


@pytest.mark.parametrize("reach", [0.02, 5.0])
def test_large_deltas_are_kept_whole(gl, rng, reach):
    p = many(rng, 4, reach=reach)
    at_, _, _ = shaped(p, weights=np.ones(4))
    assert np.abs(at_ - expected(p, np.ones(4))[0]).max() < 2.5e-4 * max(1.0, 0.02 * reach)


def test_vertices_that_no_target_moves_have_no_row(gl, rng):
    p = many(rng, 5)
    made = InShader(np.concatenate([p.morph_positions, p.morph_normals], 2))
    still = len(p.positions) // 4
    assert (made.rows[:still] == -1).all()
    assert sorted(made.rows[still:]) == list(range(len(p.positions) - still))
    made.close()


def test_a_still_face_is_drawn_by_the_variant_without_morphs(gl, rng):
    m = model((many(rng, 5),), morphs=5)
    library = Library()
    drawn = DrawnModel(m, library, 65536, True, morph_in_shader=True)
    (item,) = drawn._draws(())[0]
    still, moving = item.surface
    assert "MORPHS" not in still.name
    assert "MORPHS 16" in moving.name
    for weights, morphing in (([0, 0, 0, 0, 0], False), ([0, 0.1, 0, 0, 0], True), ([0, 0, 0, 0, 0], False)):
        drawn.pose(figure(m, at(0, 0, -3), morphs=np.array(weights, np.float32)))
        assert item.part.mesh.morphing is morphing
    drawn.close()
    library.close()


def test_a_dent_is_shaded_as_a_dent(gl):
    p = square()
    # All normals tip over to the right by 60 degrees: from the front light's full tone to its shade.
    tip = np.array([np.sin(np.pi / 3), 0, np.cos(np.pi / 3) - 1], np.float32)
    p = replace(p, morph_positions=np.zeros((1, 4, 3), np.float32), morph_normals=np.tile(tip, (1, 4, 1)))
    material = replace(toon(), mtoon=MToon(shade_color=(0.1, 0.1, 0.1), shading_toony=0.99, shading_shift=-0.7))
    m = model((p,), (material,), morphs=1)
    with Renderer(SIZE, 1, gl) as r:
        r.draw(scene(SIZE, figure(m, at(0, 0, -2))))
        lit = int(r.read()[120, 160, 0])
        r.draw(scene(SIZE, figure(m, at(0, 0, -2), morphs=np.ones(1, np.float32))))
        tipped = int(r.read()[120, 160, 0])
    assert lit > 245
    assert tipped < lit - 80


def test_the_rectangle_that_is_drawn_grows_with_the_morphs(gl):
    deltas = np.zeros((2, 4, 3), np.float32)
    deltas[0, :, 0] = 0.7
    deltas[1, :, 0] = -0.7
    m = model((square(morph_positions=deltas),), morphs=2)
    with Renderer(SIZE, 1, gl) as r:
        for weights, x in (((1, 0), 0.7), ((0, 1), -0.7), ((-1, 0), -0.7), ((1, 1), 0.0)):
            r.draw(scene(SIZE, figure(m, at(0, 0, -4), morphs=np.array(weights, np.float32))))
            red = (r.read()[..., 0] > 128).nonzero()
            focal = SIZE[1] / 2 / np.tan(np.radians(63.0) / 2)
            assert red[1].mean() + 0.5 == pytest.approx(SIZE[0] / 2 + focal * x / 4, abs=0.7)
            assert np.ptp(red[1]) + 1 == pytest.approx(focal / 4, abs=1.5)


def test_a_face_looks_the_same_morphed_in_either_way(gl, monkeypatch, same_picture):
    m = load(paths.companion(paths.companion_names()[0]))
    asked = {"happy": 0.7, "aa": 0.5, "blinkLeft": 1.0}
    real, pictures = DrawnModel.__init__, []
    for in_shader in (True, False):

        def made(self, *a, _way=in_shader, **more):
            real(self, *a, **{**more, "morph_in_shader": _way})

        monkeypatch.setattr(DrawnModel, "__init__", made)
        face = {"camera": (0.1, 1.48, 0.7), "target": (0, 1.43, 0), "fov": 30.0}
        pictures.append(render_still(m, (240, 240), asked, "white", context=gl, **face)[..., :3])
    still = render_still(m, (240, 240), {}, "white", context=gl, **face)[..., :3]
    same_picture(*pictures, mean=0.02, share=0.0005)
    assert np.abs(pictures[0].astype(int) - still).mean() > 0.5
