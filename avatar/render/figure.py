"""A companion on the GPU: meshes, textures, materials and joint palette; where it is in the picture; drawing it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import GraphicsError
from ..model.model import AvatarModel
from ..stage.scene import Figure
from ..types import FloatArray
from .bounds import Bounds, Rect
from .gl import GL
from .material import COLORS, SLOTS, STRIDE_ROWS, Surface, Wardrobe, surface
from .mesh import Mesh
from .palette import Palette
from .program import BLOCKS, UNITS, Library, Program
from .shot import SOLID_OUTLINE, Shot, unlit_block
from .targets import upload_texture

Programs = tuple[Program, Program]


@dataclass(frozen=True, slots=True)
class _Part:
    """One primitive. index : among the model's; textures : (unit, name)."""

    index: int
    mesh: Mesh
    look: Surface
    textures: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class _Draw:
    """How a part is drawn under one kind of light. surface, outline : programs, each the still and the morphing one
    (the same where the shader does not morph); outline is None where there is none."""

    part: _Part
    surface: Programs
    outline: Programs | None


class DrawnModel:
    """One AvatarModel, uploaded. Needs a current context from making to closing."""

    def __init__(
        self,
        model: AvatarModel,
        library: Library,
        block_limit: int,
        software: bool,
        morph_in_shader: bool | None = None,
        srgb: bool = False,
    ) -> None:
        """block_limit : bytes of the largest uniform block the driver takes; software : the CPU draws;
        morph_in_shader : else NumPy blends, None chooses: where the CPU draws, neither is quicker, but a program more
        for each material takes it 0.1 s to compile; srgb : the driver decodes colours before it filters them.
        GraphicsError for too large a skeleton."""
        self.model = model
        self._library = library
        self._joints = Palette(model)
        self._bounds = Bounds(model.primitives, self._joints.vertex_entries, self._joints.nodes, self._joints.binds)
        count = len(self._joints.nodes)
        size = next((s for s in (64, 128, 256, 341, 682, 1365) if s >= count), count)
        if size * 48 > block_limit:
            raise GraphicsError(
                f"{model.name}: {count} joints are more than this graphics driver takes ({block_limit // 48})"
            )
        self._palette = np.zeros((size, 3, 4), np.float32)
        self._wardrobe = Wardrobe(model.materials, model.expressions)
        self._software, self._srgb = software, srgb
        self._textures: dict[tuple[int, bool], int] = {}
        rims = {b.material for e in model.expressions.values() for b in e.materials if b.kind == "rimColor"}
        looks = [surface(m, k in rims) for k, m in enumerate(model.materials)]
        entries = self._joints.vertex_entries
        in_shader = not software if morph_in_shader is None else morph_in_shader
        self._meshes = [Mesh(p, e, in_shader) for p, e in zip(model.primitives, entries, strict=True)]
        parts = [
            _Part(k, m, look, tuple((unit, self._texture(t, unit in COLORS)) for unit, t in look.textures))
            for k, m in enumerate(self._meshes)
            if m.count and not m.unseen and (look := looks[m.material])
        ]
        parts.sort(key=lambda p: p.look.order)
        self._solid = [p for p in parts if not p.look.blend]
        self._clear = [p for p in parts if p.look.blend]
        self._lit: dict[tuple[str, ...], tuple[list[_Draw], list[_Draw]]] = {}
        self._casting: list[tuple[_Part, Programs]] = []
        self._world_outline, self._screen_outline = (
            max((m.mtoon.outline_width for m in model.materials if m.mtoon and m.mtoon.outline_mode == mode), default=0)
            for mode in ("worldCoordinates", "screenCoordinates")
        )
        self._figure_block, self._palette_block, self._material_block = (int(b) for b in GL.glGenBuffers(3))
        self._mirrored = [False] * len(self._meshes)
        self._now: tuple[bool, int, bool, bool, bool] | None = None
        self._hidden: frozenset[int] = frozenset()
        self._upload(self._material_block, self._wardrobe.rows, GL.GL_STATIC_DRAW)

    def _draws(self, defines: tuple[str, ...]) -> tuple[list[_Draw], list[_Draw]]:
        """Solid and see-through parts with their programs for this kind of light, compiled on its first use."""
        found = self._lit.get(defines)
        if found is None:
            found = self._lit[defines] = (
                [self._make_draw(p, defines) for p in self._solid],
                [self._make_draw(p, defines) for p in self._clear],
            )
        return found

    def _make_draw(self, part: _Part, defines: tuple[str, ...]) -> _Draw:
        look = part.look
        surface = self._programs(part, look.fragment, (*look.defines, *defines))
        if look.outline is None:
            return _Draw(part, surface, None)
        lit = defines if "OUTLINE_LIT" in look.outline else ()
        return _Draw(part, surface, self._programs(part, "surface_outline.frag", (*look.outline, *lit)))

    def _texture(self, index: int, color: bool) -> int:
        """A texture of the model, uploaded once for each way of reading it."""
        key = (index, color and self._srgb)
        if key not in self._textures:
            self._textures[key] = upload_texture(self.model.textures[index], self._software, key[1])
        return self._textures[key]

    def _programs(self, part: _Part, fragment: str, defines: tuple[str, ...]) -> Programs:
        mesh = part.mesh
        still = [d for d in defines if d != "UV1" or mesh.has_uv1]
        still += [f"PALETTE {len(self._palette)}", f"JOINTS {mesh.joints}"]
        still += ["TANGENT"] * (mesh.has_tangent and "MAP_NORMAL" in defines)
        still += ["SRGB"] * self._srgb
        still += ["COLOR"] * (mesh.has_color and part.look.fragment != "surface_mtoon.frag")
        units = {f"map_{name}": k for k, name in enumerate(SLOTS)} | UNITS
        first = self._library.get("surface_skin.vert", fragment, tuple(still), **units)
        if not mesh.morph_defines:
            return first, first
        return first, self._library.get("surface_skin.vert", fragment, (*still, *mesh.morph_defines), **units)

    def pose(self, figure: Figure) -> None:
        """Take over a figure's joints, morphs and expression colours."""
        self._hidden = figure.hidden
        self._joints.rows(figure.world, self._palette)
        self._mirrored = self._joints.mirrored().tolist()
        self._upload(self._palette_block, self._palette, GL.GL_STREAM_DRAW)
        for mesh in self._meshes:
            mesh.shape(figure.morphs)
        if self._wardrobe.wear(figure.expressions):
            self._upload(self._material_block, self._wardrobe.rows, GL.GL_DYNAMIC_DRAW)
        self._bounds.pose(figure.world, figure.morphs)

    def bounds(self, clip: FloatArray, size: tuple[int, int]) -> tuple[Rect, float]:
        """Where the posed figure is in a picture of ``size``, and how near (metres): ``Bounds.rect`` with outlines."""
        return self._bounds.rect(clip, size, self._world_outline, 2 + self._screen_outline * size[1] / 2)

    @property
    def empty(self) -> bool:
        """Nothing of it is ever drawn."""
        return self._bounds.empty

    def corners(self) -> FloatArray:
        """(N, 3) corners of boxes that hold the posed figure but for its outlines, companion frame."""
        return self._bounds.corners()

    def draw(self, shot: Shot, time: float) -> None:
        """Draw into the bound target: solid surfaces, their outlines, then what is see-through, in its own order."""
        self._begin(shot.block(time))
        GL.glBlendFunc(GL.GL_ONE, GL.GL_ONE_MINUS_SRC_ALPHA)
        solid, clear = self._draws(shot.defines)
        if self._hidden:
            solid, clear = ([d for d in some if d.part.index not in self._hidden] for some in (solid, clear))
        for item in solid:
            self._draw_surface(item, shot)
        for item in solid:
            self._draw_outline(item, shot)
        for item in self._by_depth(clear, shot.clip):
            self._draw_surface(item, shot)
            self._draw_outline(item, shot)
        self._end()

    def draw_depth(self, clip: FloatArray, time: float = 0.0, culling: bool = False) -> None:
        """Draw only depth into the bound target, of every surface that is not see-through.

        clip : (4, 4) companion frame to the light's clip space, where fronts turn counterclockwise; culling : leave out
        what single-sided surfaces turn away from the light."""
        if not self._casting:
            file = "surface_depth.frag"
            self._casting = [(p, self._programs(p, file, p.look.depth)) for p in self._solid]
        self._begin(unlit_block(clip, time))
        for part, programs in self._casting:
            if part.index in self._hidden:
                continue
            self._state(part, programs, False, GL.GL_BACK, culling and not part.look.double_sided)
            part.mesh.draw()
        self._end()

    def rehearse(self, shot: Shot) -> None:
        """Draw with every program of this kind of light once, morphing or not; the next ``pose`` undoes it."""
        for weight in (0, 1):
            weights = np.full(len(self.model.morph_defaults), weight, np.float32)
            for mesh in self._meshes:
                mesh.shape(weights)
            self.draw(shot, 0.0)
            self.draw_depth(shot.clip)

    def _by_depth(self, draws: list[_Draw], clip: FloatArray) -> list[_Draw]:
        """What is see-through, by render queue, and within one queue from back to front."""
        if len(draws) < 2:
            return draws
        far = self._joints.depths(clip)
        return sorted(draws, key=lambda d: (*d.part.look.order, -far[d.part.index]))

    def _begin(self, block: FloatArray) -> None:
        self._now = None
        self._upload(self._figure_block, block, GL.GL_STREAM_DRAW)
        GL.glBindBufferBase(GL.GL_UNIFORM_BUFFER, BLOCKS["Figure"], self._figure_block)
        GL.glBindBufferBase(GL.GL_UNIFORM_BUFFER, BLOCKS["Palette"], self._palette_block)
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glDepthFunc(GL.GL_LEQUAL)

    @staticmethod
    def _end() -> None:
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glDisable(GL.GL_CULL_FACE)
        GL.glDepthMask(True)
        GL.glFrontFace(GL.GL_CCW)

    def _draw_surface(self, item: _Draw, shot: Shot) -> None:
        part = item.part
        if part.look.blend and part.look.double_sided:
            # Its far side lies behind its near one, whatever the order of its triangles.
            self._state(part, item.surface, shot.clockwise, GL.GL_FRONT, True)
            part.mesh.draw()
            self._state(part, item.surface, shot.clockwise, GL.GL_BACK, True)
        else:
            self._state(part, item.surface, shot.clockwise, GL.GL_BACK, not part.look.double_sided)
        part.mesh.draw()

    def _draw_outline(self, item: _Draw, shot: Shot) -> None:
        if item.outline is None:
            return
        part = item.part
        m = self.model.materials[part.mesh.material].mtoon
        assert m is not None
        pixels = shot.pixels_a_metre if m.outline_mode == "worldCoordinates" else shot.height / 2
        wide = m.outline_width * pixels
        if wide >= shot.thinnest:
            grown = max(1.0, SOLID_OUTLINE / wide)
            self._state(part, item.outline, shot.clockwise, GL.GL_FRONT, True, blend=grown > 1)
            GL.glUniform2f(item.outline[part.mesh.morphing]["thin"], grown, 1 / grown)
            part.mesh.draw()

    def _state(
        self, part: _Part, programs: Programs, clockwise: bool, cull: int, culling: bool, blend: bool = False
    ) -> None:
        """What a part is drawn with. clockwise : its fronts turn so, unless it is mirrored."""
        programs[part.mesh.morphing].use()
        state = (
            clockwise != self._mirrored[part.index],
            cull,
            culling,
            blend or part.look.blend,
            part.look.depth_write,
        )
        if state != self._now:
            self._now = state
            GL.glFrontFace(GL.GL_CW if state[0] else GL.GL_CCW)
            GL.glCullFace(cull)
            (GL.glEnable if culling else GL.glDisable)(GL.GL_CULL_FACE)
            (GL.glEnable if state[3] else GL.glDisable)(GL.GL_BLEND)
            GL.glDepthMask(part.look.depth_write)
        row = STRIDE_ROWS * 16
        GL.glBindBufferRange(
            GL.GL_UNIFORM_BUFFER, BLOCKS["Material"], self._material_block, part.mesh.material * row, row
        )
        for unit, texture in part.textures:
            GL.glActiveTexture(GL.GL_TEXTURE0 + unit)
            GL.glBindTexture(GL.GL_TEXTURE_2D, texture)

    def close(self) -> None:
        """Delete everything it holds on the GPU."""
        for mesh in self._meshes:
            mesh.close()
        if self._textures:
            GL.glDeleteTextures(len(self._textures), np.array(list(self._textures.values()), np.uint32))
        GL.glDeleteBuffers(3, np.array([self._figure_block, self._palette_block, self._material_block], np.uint32))

    @staticmethod
    def _upload(buffer: int, data: FloatArray, usage: int) -> None:
        GL.glBindBuffer(GL.GL_UNIFORM_BUFFER, buffer)
        GL.glBufferData(GL.GL_UNIFORM_BUFFER, data.nbytes, data, usage)
