"""A companion on the GPU: meshes, textures, materials and joint palette; where it is in the picture; drawing it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import GraphicsError
from ..model.model import AvatarModel
from ..stage.scene import Figure, Lighting
from ..types import FloatArray
from .gl import GL
from .material import SLOTS, STRIDE_ROWS, Surface, Wardrobe, surface
from .mesh import Mesh
from .palette import Palette
from .program import BLOCKS, Library, Program
from .targets import upload_texture

DIRECT, INDIRECT = 0.8, 0.4
"""``Lighting``'s colour and ambient are multiplied with these: in a neutral room (1, 0.5) lit parts are as painted."""

THINNEST_OUTLINE = 0.6
"""Pixels of the target; a thinner outline would fall apart into dots, so it is not drawn."""


@dataclass(frozen=True, slots=True)
class Shot:
    """From where a figure is drawn. clip, view : (4, 4) companion frame to clip and to camera; lens : projection[1][1];
    clockwise : fronts turn clockwise in this clip space; pixels_a_metre : of the target, where the figure is nearest;
    height : of the whole picture in pixels of the target; light : (3,) towards the light, companion frame."""

    clip: FloatArray
    view: FloatArray
    lens: float
    clockwise: bool
    pixels_a_metre: float
    height: float
    light: FloatArray


@dataclass(frozen=True, slots=True)
class _Draw:
    mesh: Mesh
    surface: Surface
    program: Program
    outline: Program | None


class DrawnModel:
    """One AvatarModel, uploaded. Needs a current context from making to closing."""

    def __init__(self, model: AvatarModel, library: Library, block_limit: int, software: bool) -> None:
        """block_limit : bytes of the largest uniform block the driver takes. GraphicsError for too large a skeleton."""
        self.model = model
        self._joints = Palette(model)
        count = len(self._joints.nodes)
        size = next((s for s in (64, 128, 256, 341, 682, 1365) if s >= count), count)
        if size * 48 > block_limit:
            raise GraphicsError(
                f"{model.name}: {count} joints are more than this graphics driver takes ({block_limit // 48})"
            )
        self._palette = np.zeros((size, 3, 4), np.float32)
        self._wardrobe = Wardrobe(model.materials, model.expressions)
        self._textures = [upload_texture(t, software) for t in model.textures]
        rims = {b.material for e in model.expressions.values() for b in e.materials if b.kind == "rimColor"}
        surfaces = [surface(m, k in rims) for k, m in enumerate(model.materials)]
        self._meshes = [Mesh(p, e) for p, e in zip(model.primitives, self._joints.vertex_entries, strict=True)]
        draws = [self._make_draw(m, surfaces[m.material], library, size) for m in self._meshes if not m.unseen]
        draws.sort(key=lambda d: d.surface.order)
        self._solid = [d for d in draws if not d.surface.blend]
        self._clear = [d for d in draws if d.surface.blend]
        self._outline = max((m.mtoon.outline_width for m in model.materials if m.mtoon), default=0.0)
        self._figure_block, self._palette_block, self._material_block = (int(b) for b in GL.glGenBuffers(3))
        self._figure_data = np.zeros(48, np.float32)
        self._upload(self._material_block, self._wardrobe.rows, GL.GL_STATIC_DRAW)

    def _make_draw(self, mesh: Mesh, s: Surface, library: Library, palette: int) -> _Draw:
        shape = [f"PALETTE {palette}", f"JOINTS {mesh.joints}"]
        shape += ["COLOR"] * mesh.has_color
        units = {f"map_{name}": k for k, name in enumerate(SLOTS)}
        drop = () if mesh.has_uv1 else ("UV1",)

        def program(fragment: str, defines: tuple[str, ...]) -> Program:
            return library.get("surface_skin.vert", fragment, (*shape, *(d for d in defines if d not in drop)), **units)

        outline = program("surface_outline.frag", s.outline) if s.outline is not None else None
        return _Draw(mesh, s, program(s.fragment, s.defines), outline)

    def pose(self, figure: Figure) -> None:
        """Take over a figure's joints, morphs and expression colours."""
        self._joints.rows(figure.world, self._palette)
        self._upload(self._palette_block, self._palette, GL.GL_STREAM_DRAW)
        for mesh in self._meshes:
            mesh.shape(figure.morphs)
        if self._wardrobe.wear(figure.expressions):
            self._upload(self._material_block, self._wardrobe.rows, GL.GL_DYNAMIC_DRAW)
        self._world = figure.world

    def bounds(self, clip: FloatArray, size: tuple[int, int]) -> tuple[tuple[int, int, int, int], float]:
        """Where the posed figure is in a picture of ``size``, and how near (metres): ``Palette.bounds`` with its morphs
        and outlines."""
        reach = max((m.reach for m in self._meshes), default=0.0) + self._outline
        return self._joints.bounds(self._world, clip, size, reach)

    def draw(self, shot: Shot, lighting: Lighting, time: float) -> None:
        """Draw into the bound target: solid surfaces, their outlines, then what is see-through, in its own order."""
        view = shot.view
        turn = view[:3, :3]
        scale2 = max(float(turn[0] @ turn[0]), 1e-12)
        light = shot.light
        d = self._figure_data
        d[0:16], d[16:32] = shot.clip.T.reshape(-1), view.T.reshape(-1)
        d[32:35], d[35] = -(turn.T @ view[:3, 3]) / scale2, time
        d[36:39], d[39] = light / max(float(np.linalg.norm(light)), 1e-12), 1 / shot.lens
        d[40:43], d[44:47] = lighting.color * np.float32(DIRECT), lighting.ambient * np.float32(INDIRECT)
        self._upload(self._figure_block, d, GL.GL_STREAM_DRAW)
        GL.glBindBufferBase(GL.GL_UNIFORM_BUFFER, BLOCKS["Figure"], self._figure_block)
        GL.glBindBufferBase(GL.GL_UNIFORM_BUFFER, BLOCKS["Palette"], self._palette_block)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_LEQUAL)
        GL.glFrontFace(GL.GL_CW if shot.clockwise else GL.GL_CCW)
        GL.glBlendFunc(GL.GL_ONE, GL.GL_ONE_MINUS_SRC_ALPHA)
        for item in self._solid:
            self._draw_surface(item)
        for item in self._solid:
            self._draw_outline(item, shot)
        for item in self._clear:
            self._draw_surface(item)
            self._draw_outline(item, shot)
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glDisable(GL.GL_CULL_FACE)
        GL.glDepthMask(True)

    def _draw_surface(self, item: _Draw) -> None:
        self._state(item, item.program, GL.GL_BACK, not item.surface.double_sided)
        item.mesh.draw()

    def _draw_outline(self, item: _Draw, shot: Shot) -> None:
        if item.outline is None:
            return
        m = self.model.materials[item.mesh.material].mtoon
        assert m is not None
        pixels = shot.pixels_a_metre if m.outline_mode == "worldCoordinates" else shot.height / 2
        if m.outline_width * pixels >= THINNEST_OUTLINE:
            self._state(item, item.outline, GL.GL_FRONT, True)
            item.mesh.draw()

    def _state(self, item: _Draw, program: Program, cull: int, culling: bool) -> None:
        program.use()
        (GL.glEnable if culling else GL.glDisable)(GL.GL_CULL_FACE)
        GL.glCullFace(cull)
        (GL.glEnable if item.surface.blend else GL.glDisable)(GL.GL_BLEND)
        GL.glDepthMask(item.surface.depth_write)
        row = STRIDE_ROWS * 16
        GL.glBindBufferRange(
            GL.GL_UNIFORM_BUFFER, BLOCKS["Material"], self._material_block, item.mesh.material * row, row
        )
        for unit, texture in item.surface.textures:
            GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
            GL.glBindTexture(GL.GL_TEXTURE_2D, self._textures[texture])

    def close(self) -> None:
        """Delete everything it holds on the GPU."""
        for mesh in self._meshes:
            mesh.close()
        if self._textures:
            GL.glDeleteTextures(len(self._textures), np.array(self._textures, np.uint32))
        GL.glDeleteBuffers(3, np.array([self._figure_block, self._palette_block, self._material_block], np.uint32))

    @staticmethod
    def _upload(buffer: int, data: FloatArray, usage: int) -> None:
        GL.glBindBuffer(GL.GL_UNIFORM_BUFFER, buffer)
        GL.glBufferData(GL.GL_UNIFORM_BUFFER, data.nbytes, data, usage)
