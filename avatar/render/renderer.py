"""The renderer: a Scene in, one composed picture out.

Order, written once in ``draw``: camera picture; of each figure, far ones first, its shadow map, its shadow on the
floor, and itself, drawn alone in a small target that covers only its own rectangle and laid over the picture where the
matte lets it; captions and marks. Rows of every target run from the picture's top, so nothing is flipped on the way.

Edges are smoothed in that small target only: a GPU multisamples it and the composing pass averages the samples (they
hold encoded colours: resolved as shown, like three.js's); a CPU draws it larger and lets a filter average. The camera's
picture is never drawn, it is copied: not a sample of it is spent.

Colour is linear inside surface shaders only. Textures are decoded by the driver before it filters them (on a CPU, live,
by the shader after it), surfaces leave encoded (sRGB) and premultiplied, and all blending after that, see-through
surfaces and outlines included, is of encoded colours, as in three.js and in Unity's gamma space.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..linalg import affine, camera, quat
from ..model.model import AvatarModel
from ..stage.scene import FLAMES, Figure, Lighting, Overlay, Scene
from ..types import ByteArray, FloatArray, VideoFrame
from .capsule import capsule
from .context import Context, HeadlessContext
from .figure import DrawnModel
from .gl import GL, check
from .grain import optics_of, spread, zoom_of
from .passes import Passes
from .program import Library
from .shadow import FLAME_ROWS, ShadowMap, flame_rows, rows
from .shot import Shot
from .targets import Target

_TILE = 64
_SOFT = 0.5
"""Pixels over which a CPU's one sample a pixel is averaged: edges without steps, for nothing, and as soft as a camera's
own picture."""

_FINE = 2.0
"""Samples across a pixel where the CPU draws what is small."""

_MAP = {True: (192, 288), False: (384, 576)}
_TAPS = {True: "SHADOW 2", False: "SHADOW 9"}
"""Texels of a figure's shadow map and comparisons of a point with it: where the CPU draws live, and elsewhere."""
_SHARED = "SHADOW 1"
"""Where four neighbours are averaged, two of them make the one comparison and two the other."""


class Renderer:
    """Draws scenes of ``size`` (width, height) pixels.

    samples : edge smoothing, samples a pixel; None chooses: 4 on a GPU, and where the CPU draws 1, with neighbours
    averaged. A GPU multisamples (1, 2, 4 or 8). A CPU draws the companion √samples times larger (1 to 4) and averages,
    which costs it about half as much and smooths textures and thin lines too (benchmarks/render.py).
    shadows : figures cast and receive soft shadows, as dark as ``Lighting.shadows`` says; False leaves the patch under
    the feet. fine : large shadow maps, looked up with many comparisons and drawn for every picture; None: on a GPU.
    The others cost a CPU 2 to 3 ms in a frame of 8, fine ones twice that, more with more samples: for stills.
    context : the current one (a window's, from ``context.attach``), or None to make a headless one, closed with the
    renderer. Use from one thread.
    """

    def __init__(
        self,
        size: tuple[int, int],
        samples: float | None = None,
        context: Context | None = None,
        shadows: bool = True,
        fine: bool | None = None,
    ) -> None:
        self._own = HeadlessContext() if context is None else None
        self.context: Context = context or self._own or Context()
        software = self.context.software
        most = 4 if software else int(GL.glGetIntegerv(GL.GL_MAX_COLOR_TEXTURE_SAMPLES))
        wanted = samples if samples is not None else 1 if software else 4
        self.samples = max(1.0, min(float(wanted), most))
        self._scale = math.sqrt(self.samples) if software else 1.0
        self._soft = _SOFT if software and samples is None else 0.0
        self._samples = 1 if software else round(self.samples)
        self._block_limit = int(GL.glGetIntegerv(GL.GL_MAX_UNIFORM_BLOCK_SIZE))
        self._library = Library()
        self._thrifty = software if fine is None else not fine
        self._passes = Passes(self._library, self._thrifty)
        self._models: dict[int, DrawnModel] = {}
        self._taps = _SHARED if self._thrifty and self._scale == 2 and not self._soft else _TAPS[self._thrifty]
        self._shadow = ShadowMap(_MAP[self._thrifty], self._thrifty) if shadows else None
        self._capsule: AvatarModel | None = None
        self._most = (0, 0)
        self._small: Target | None = None
        self._picture: Target | None = None
        self.size = (0, 0)
        self._resize(size)
        GL.glDisable(GL.GL_DITHER)
        check("setting up the renderer")

    def prepare(self, model: AvatarModel, *lights: Lighting) -> None:
        """Upload a companion and rehearse: every shader is compiled and used once, so that no real frame is late.

        lights : one of each kind that will be used (with a probe or none, with shadows or none); the default light if
        none is given. Another kind is compiled when it first appears.
        """
        drawn = self._drawn(model)
        rest = Figure(model, model.rest_world(), model.morph_defaults, np.eye(4, dtype=np.float32))
        drawn.pose(rest)
        eye = np.eye(4, dtype=np.float32)
        lights = lights or (Lighting(),)
        around = np.vstack([rows(lights[0], eye[:3, :3], None), np.zeros((FLAME_ROWS * FLAMES, 4), np.float32)])
        unseen = Shot(camera.perspective(1.0, 1.0), eye, 1.0, True, math.inf, math.inf, lights[0].direction, around)
        target = self._target(_TILE, _TILE)
        target.bind(_TILE, _TILE)
        self._passes.warm(target.samples)
        if self._shadow is not None:
            self._shadow.bind()
        for defines in {self._variant(light): None for light in lights}:
            drawn.rehearse(replace(unseen, defines=defines))
        feet = np.array([0, -model.height() / 2, -3], np.float32)
        place = affine.compose(feet, quat.identity())
        rest = replace(rest, placement=place, shadow=feet)
        frame = VideoFrame(np.zeros((self.size[1], self.size[0], 3), np.uint8), 0.0, 0)
        words = Overlay("a", "b", "c", camera_on=True, label="d")
        for matte in (np.zeros((8, 8), np.uint8), None):
            self.draw(Scene(self.size, frame, matte, [rest], lights[0], words))
        self.draw(Scene(self.size))
        check(f"preparing {model.name}")

    def coarser(self, share: float) -> None:
        """Draw companions with so much of their detail across (0-1, 1 = all), from the next picture on; a GPU, which
        has time enough, goes on as it was."""
        if self.context.software:
            self._scale = math.sqrt(self.samples) * share

    def draw(self, scene: Scene) -> None:
        """Compose one picture; it stays until the next ``draw``."""
        if scene.size != self.size:
            self._resize(scene.size)
        assert self._picture is not None
        fov = self._passes.camera(scene, self._picture)
        projection = camera.perspective(fov, self.size[0] / self.size[1])
        projection[1] *= -1
        if scene.mirror:
            projection[0] *= -1
        stage = scene.view if scene.view is not None else np.eye(4, dtype=np.float32)
        self._passes.matte(scene, self.size)
        if scene.lighting.flames:
            self._passes.flames(scene, self._picture, projection @ stage, abs(float(projection[1, 1])))
        self._spare()
        for figure in sorted(scene.figures, key=lambda f: _depth(f, stage)):
            if figure.opacity > 0:
                self._figure(scene, figure, projection, stage)
        self._passes.overlay(scene.overlay, self._picture)

    def read(self, out: ByteArray | None = None) -> ByteArray:
        """The picture, (H, W, 3) uint8 RGB, origin top left. Without ``out``: in a buffer the next call reuses."""
        assert self._picture is not None
        return self._passes.read(self._picture, out)

    def read_rgba(self) -> ByteArray:
        """The picture with straight alpha, (H, W, 4) uint8, a new array each time; for stills."""
        assert self._picture is not None
        rgba = self._passes.read_rgba(self._picture).astype(np.float32)
        alpha = rgba[..., 3:]
        rgba[..., :3] *= np.divide(255, alpha, out=np.zeros_like(alpha), where=alpha > 0)
        straight: ByteArray = np.clip(rgba + 0.5, 0, 255).astype(np.uint8)
        return straight

    def present(self, window: tuple[int, int]) -> None:
        """Show the picture in the current window's framebuffer, ``window`` pixels, aspect kept with dark bars."""
        assert self._picture is not None
        scale = min(window[0] / self.size[0], window[1] / self.size[1])
        w, h = round(self.size[0] * scale), round(self.size[1] * scale)
        x, y = (window[0] - w) // 2, (window[1] - h) // 2
        GL.glBindFramebuffer(GL.GL_DRAW_FRAMEBUFFER, 0)
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, self._picture.framebuffer)
        if (w, h) != window:
            GL.glClearColor(0.05, 0.05, 0.06, 1)
            GL.glClear(GL.GL_COLOR_BUFFER_BIT)
        linear = GL.GL_NEAREST if (w, h) == self.size else GL.GL_LINEAR
        GL.glBlitFramebuffer(0, 0, *self.size, x, y + h, x + w, y, GL.GL_COLOR_BUFFER_BIT, linear)
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, 0)

    def close(self) -> None:
        """Delete everything on the GPU, and the context if it was made here; closing twice is fine."""
        if self._picture is None:
            return
        for drawn in self._models.values():
            drawn.close()
        self._models.clear()
        self._passes.close()
        self._library.close()
        for target in (self._picture, self._small, self._shadow):
            if target is not None:
                target.close()
        self._picture = self._small = self._shadow = None
        if self._own is not None:
            self._own.close()

    def __enter__(self) -> Renderer:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _drawn(self, model: AvatarModel) -> DrawnModel:
        found = self._models.get(id(model))
        if found is None:
            software = self.context.software
            srgb = not self._thrifty or self.samples >= 4
            found = DrawnModel(model, self._library, self._block_limit, software, srgb=srgb)
            self._models[id(model)] = found
        return found

    def _variant(self, lighting: Lighting) -> tuple[str, ...]:
        """Defines of surfaces in this light; what is not there costs nothing."""
        shadows = ("POSITION", self._taps) if self._shadow is not None and lighting.shadows > 0 else ()
        shadows = (*shadows, "ROOM") if lighting.probe is not None else shadows
        flames = ("POSITION", f"FLAMES {len(lighting.flames)}") if lighting.flames else ()
        return tuple(dict.fromkeys((*shadows, *flames)))

    def _figure(self, scene: Scene, figure: Figure, projection: FloatArray, stage: FloatArray) -> None:
        assert self._picture is not None
        drawn = self._drawn(figure.model)
        drawn.pose(figure)
        view = (stage @ figure.placement).astype(np.float32)
        clip = (projection @ view).astype(np.float32)
        (x0, y0, x1, y1), nearest = drawn.bounds(clip, self.size)
        scale, soft = (_FINE, 0.0) if figure.fine and self.context.software else (self._scale, self._soft)
        optics, zoom = optics_of(scene), zoom_of(scene, self.size)
        look = spread(optics, zoom, scale, self._samples > 1)
        if look is not None and x1 > x0 and y1 > y0:
            wider = max(4, math.ceil(3 * optics.blur * zoom)) if optics is not None else 4
            x0, y0 = max(x0 - wider, 0), max(y0 - wider, 0)
            x1, y1 = min(x1 + wider, self.size[0]), min(y1 + wider, self.size[1])
        w, h = x1 - x0, y1 - y0
        if (w <= 0 or h <= 0) and figure.shadow is None:
            return
        if np.linalg.norm(figure.placement[:3, 0]) < 1e-6:
            return
        turn = _unit(figure.placement[:3, :3], figure.placement[:3, 0])
        light = turn.T @ scene.lighting.direction
        light = _unit(light, light)
        cast = None
        if self._shadow is not None and scene.lighting.shadows > 0 and not drawn.empty and not _tiny(figure):
            cast = self._shadow.draw(drawn, light, again=sum(not _tiny(f) for f in scene.figures) > 1)
        if figure.shadow is not None:
            if self._shadow is not None:
                self._shadow.bind()
            self._passes.shadow(self._picture, figure, projection @ stage, scene.lighting, cast)
        if w <= 0 or h <= 0:
            return
        inner = (math.ceil(w * scale + soft), math.ceil(h * scale + soft))
        target = self._target(*inner)
        target.bind(*inner)
        GL.glDisable(GL.GL_BLEND)
        GL.glClearColor(0, 0, 0, 0)
        GL.glClear(GL.GL_COLOR_BUFFER_BIT | GL.GL_DEPTH_BUFFER_BIT)
        wide, high = inner[0] / scale, inner[1] / scale
        left, top = x0 - soft / 2, y0 - soft / 2
        cut = np.eye(4, dtype=np.float32)
        cut[0, 0], cut[0, 3] = self.size[0] / wide, (self.size[0] - 2 * left - wide) / wide
        cut[1, 1], cut[1, 3] = self.size[1] / high, (self.size[1] - 2 * top - high) / high
        if figure.until is not None:
            cut = _far(cut, projection, figure.until)
        part = cut @ clip
        if figure.hidden_by is not None:
            self._hide(np.asarray(cut @ projection @ stage, np.float32), figure.hidden_by)
        height = self.size[1] * scale
        density = float(np.linalg.norm(clip[1, :3])) * height / 2 / nearest
        lens = abs(float(projection[1, 1]))
        lit = rows(scene.lighting, turn, cast)
        if scene.lighting.flames:
            lit = np.vstack([lit, flame_rows(scene.lighting.flames, figure.placement)])
        shot = Shot(
            part, view, lens, not scene.mirror, density, height, light, lit, defines=self._variant(scene.lighting)
        )
        if self._shadow is not None:
            self._shadow.bind()
        drawn.draw(shot, scene.time)
        self._passes.compose(self._picture, target, scale, soft / 2, (x0, y0, x1, y1), figure, scene, look)

    def _hide(self, clip: FloatArray, capsules: FloatArray) -> None:
        """Draw the depth of capsules into the bound target. clip : stage to its clip space."""
        if self._capsule is None:
            self._capsule = capsule()
        drawn, model = self._drawn(self._capsule), self._capsule
        drawn.pose(Figure(model, model.rest_world(), model.morph_defaults, np.eye(4, dtype=np.float32)))
        GL.glColorMask(False, False, False, False)
        for matrix in capsules:
            drawn.draw_depth((clip @ matrix).astype(np.float32))
        GL.glColorMask(True, True, True, True)

    def _target(self, w: int, h: int) -> Target:
        """A target of at least w × h in whole tiles; made anew when too small."""
        need = (math.ceil(w / _TILE) * _TILE, math.ceil(h / _TILE) * _TILE)
        self._most = max(self._most[0], need[0]), max(self._most[1], need[1])
        have = self._small.size if self._small is not None else (0, 0)
        if self._small is None or need[0] > have[0] or need[1] > have[1]:
            if self._small is not None:
                self._small.close()
                need = max(need[0], have[0]), max(need[1], have[1])
            self._small = Target(need, self._samples, depth=True)
        return self._small

    def _spare(self) -> None:
        """Let the target go that was more than four times too large for all of the last picture's figures."""
        most, self._most = self._most, (0, 0)
        if self._small is not None and 0 < 4 * most[0] * most[1] < self._small.size[0] * self._small.size[1]:
            self._small.close()
            self._small = None

    def _resize(self, size: tuple[int, int]) -> None:
        if self._picture is not None:
            self._picture.close()
        self.size = (int(size[0]), int(size[1]))
        self._picture = Target(self.size)


def _depth(figure: Figure, stage: FloatArray) -> float:
    return float((stage @ figure.placement)[2, 3]) if figure.order is None else figure.order


def _tiny(figure: Figure) -> bool:
    """Whether nobody would see its own shadow on it."""
    return figure.fine and figure.shadow is None


def _far(cut: FloatArray, projection: FloatArray, until: float) -> FloatArray:
    """``cut``, after which what lies beyond ``until`` metres before the lens lies beyond the far plane."""
    edge = (projection[2, 2] * -until + projection[2, 3]) / until
    stretch = np.float32(2 / max(edge + 1, 1e-3))
    nearer = cut.copy()
    nearer[2, 2], nearer[2, 3] = stretch, stretch - 1
    return nearer


def _unit(values: FloatArray, of: FloatArray) -> FloatArray:
    """values over the length of ``of``."""
    return (values / max(float(np.linalg.norm(of)), 1e-9)).astype(np.float32)
