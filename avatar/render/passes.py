"""The passes over the whole picture: camera, matte, shadow, composing, overlay, reading back."""

from __future__ import annotations

import math
from ctypes import c_void_p

import cv2
import numpy as np

from ..stage.scene import Figure, Lighting, Overlay, Scene
from ..types import ByteArray, FloatArray, HandMatte
from .floor import Darkness, fall, tight
from .gl import GL
from .grain import LEAST, UNIT, Grain, Spread, optics_of, zoom_of
from .overlay import Item, OverlayLayout
from .program import UNITS, Library, Program
from .shadow import Fit
from .targets import Picture, Target, bind_apart

_SHADOW = ("post_shadow.vert", "post_shadow.frag")
_FLOOR = ("post_shadow.vert", "post_floor.frag")
_FLAME = ("post_quad.vert", "post_flame.frag")
_FLAME_ENDS = 0.9  # metres
_FLAME_AWAY = (0.17, 0.28, 0.62)  # metres from a flame of a hand, a person, the room
_COMPOSE = ("post_quad.vert", "post_compose.frag")
_LOOKS = ((), ("SPREAD",), ("GRAIN",), ("SPREAD", "GRAIN"))
_WORDS = ("post_quad.vert", "post_texture.frag")


def crop(frame: tuple[int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The middle of a frame that fills a picture with its aspect kept: x0, y0, x1, y1 in frame pixels.

    frame, size : (width, height).
    """
    scale = max(size[0] / frame[0], size[1] / frame[1])
    w, h = (min(f, max(1, round(s / scale))) for f, s in zip(frame, size, strict=True))
    x, y = (frame[0] - w) // 2, (frame[1] - h) // 2
    return x, y, x + w, y + h


class Passes:
    """Programs and buffers of the passes; one per renderer."""

    def __init__(self, library: Library, thrifty: bool = False) -> None:
        """thrifty : shadows on the floor are worked out on a small picture of it, and looked up there."""
        self._library = library
        self._darkness = Darkness() if thrifty else None
        self._empty = int(GL.glGenVertexArrays(1))
        self._matte, self._hands = Picture(1), Picture(2)
        self._grain = Grain()
        self._hand_matte: HandMatte | None = None
        self._hands_map: tuple[float, float, float, float] | None = None
        self._matte_map: tuple[float, float, float, float] | None = None
        self._layout = OverlayLayout()
        self._laid: tuple[Item, ...] = ()
        self._words: list[Picture] = []
        self._rgba = np.empty((0, 0, 4), np.uint8)
        self._rgb = np.empty((0, 0, 3), np.uint8)
        self._upload = np.empty((0, 0, 4), np.uint8)

    def warm(self, samples: int) -> None:
        """Compile every program now. samples : of the figures' target."""
        for matte in ((), ("MATTE",), ("MATTE", "HANDS")):
            for shaders, defines in (
                (_SHADOW, ()),
                (_SHADOW, ("SHADOW",)),
                (_FLOOR, ()),
                (_FLAME, ()),
                *((_COMPOSE, (f"SAMPLES {samples}", *look)) for look in _LOOKS),
            ):
                self._program(shaders, (*matte, *defines))
        self._library.get(*_WORDS, image=1)

    def camera(self, scene: Scene, picture: Target) -> float:
        """Fill the picture with the camera's, or the background. Returns the picture's own vertical field of view."""
        w, h = picture.size
        if scene.frame is None:
            r, g, b, a = scene.background
            rgb = [12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in (r, g, b)]
            picture.bind(w, h)
            GL.glClearColor(rgb[0] * a, rgb[1] * a, rgb[2] * a, a)
            GL.glClear(GL.GL_COLOR_BUFFER_BIT)
            return scene.fov_y
        image = scene.frame.image
        x0, y0, x1, y1 = crop((image.shape[1], image.shape[0]), (w, h))
        part = image[y0:y1, x0:x1]
        if part.shape[:2] != (h, w):
            smaller = part.shape[0] > h
            part = cv2.resize(part, (w, h), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
        if scene.mirror:
            part = cv2.flip(part, 1)
        if self._upload.shape[:2] != (h, w):
            self._upload = np.empty((h, w, 4), np.uint8)
        cv2.cvtColor(np.ascontiguousarray(part), cv2.COLOR_RGB2RGBA, dst=self._upload)
        bind_apart(GL.GL_TEXTURE_2D, picture.color)
        GL.glTexSubImage2D(GL.GL_TEXTURE_2D, 0, 0, 0, w, h, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, self._upload)
        return 2 * math.atan(math.tan(scene.fov_y / 2) * (y1 - y0) / image.shape[0])

    def matte(self, scene: Scene, size: tuple[int, int]) -> None:
        """Take over the scene's matte and hands, placed over the picture as the camera's picture is."""
        self._matte_map = self._hands_map = None
        self._hand_matte = scene.hands
        body = scene.matte is not None and (any(f.behind_person for f in scene.figures) or scene.lighting.flames != ())
        if not body and scene.hands is None:
            return
        self._matte.upload(scene.matte if body and scene.matte is not None else np.zeros((1, 1), np.uint8))
        frame = scene.frame.image.shape[1::-1] if scene.frame is not None else size
        x0, y0, x1, y1 = crop((frame[0], frame[1]), size)
        sx, sy = (x1 - x0) / frame[0] / size[0], (y1 - y0) / frame[1] / size[1]
        ox, oy = x0 / frame[0], y0 / frame[1]
        self._matte_map = (-sx, sy, x1 / frame[0], oy) if scene.mirror else (sx, sy, ox, oy)
        if scene.hands is not None:
            left, top, right, bottom = scene.hands.box
            wide, high = frame[0] / (right - left), frame[1] / (bottom - top)
            a, b, c, d = self._matte_map
            self._hands_map = (a * wide, b * high, c * wide - left / (right - left), d * high - top / (bottom - top))

    def flames(self, scene: Scene, picture: Target, clip: FloatArray, lens: float) -> None:
        """The light of the scene's flames on the camera's picture. clip : (4, 4) stage to clip; lens : its [1][1]."""
        if scene.frame is None:
            return
        w, h = picture.size
        masks = ("MATTE",) * (self._matte_map is not None)
        hands, at = self._hand_matte, self._hands_map
        if masks and hands is not None and at is not None:
            masks = (*masks, "HANDS")
            self._hands.upload(np.asarray(cv2.merge([hands.alpha, hands.alpha]), np.uint8))
        for flame in scene.lighting.flames:
            x, y, _, depth = (float(v) for v in clip @ np.append(flame.point, np.float32(1)))
            if depth < 0.05:
                continue
            x, y = (x / depth + 1) * w / 2, (y / depth + 1) * h / 2
            metre = lens * h / 2 / depth
            far = _FLAME_ENDS * metre
            rect = max(int(x - far), 0), max(int(y - far), 0), min(int(x + far) + 1, w), min(int(y + far) + 1, h)
            if rect[0] >= rect[2] or rect[1] >= rect[3]:
                continue
            program = self._program(_FLAME, masks)
            GL.glUniform4f(program["flame"], x, y, 1 / metre, _FLAME_ENDS**-2)
            GL.glUniform3f(program["warm"], *(float(v) for v in flame.color))
            GL.glUniform3f(program["away"], *_FLAME_AWAY)
            if masks and self._matte_map is not None:
                GL.glUniform4f(program["matte_map"], *self._matte_map)
                GL.glActiveTexture(GL.GL_TEXTURE0)
                GL.glBindTexture(GL.GL_TEXTURE_2D, self._matte.name)
            if len(masks) > 1 and at is not None:
                GL.glUniform4f(program["hands_map"], *at)
                GL.glActiveTexture(GL.GL_TEXTURE2)
                GL.glBindTexture(GL.GL_TEXTURE_2D, self._hands.name)
            self._rect(program, picture, rect, factor=True)

    def shadow(self, picture: Target, figure: Figure, clip: FloatArray, lighting: Lighting, cast: Fit | None) -> None:
        """Darken the floor under a figure. clip : stage to clip; cast : where the bound shadow map lies, or None."""
        falls = fall(figure, lighting, cast)
        cast = cast if figure.floor else None
        small = self._darkness
        if cast is not None and small is not None:
            if not small.fresh(cast, falls):
                part = tight(falls, cast.points, figure.placement, lighting.direction)
                GL.glBindVertexArray(self._empty)
                small.draw(self._program(_SHADOW, ("SHADOW",)), cast, falls, part)
            program = self._masked(_FLOOR, (), figure)
            GL.glUniform4f(program["rect"], *small.rect)
            GL.glActiveTexture(GL.GL_TEXTURE1)
            GL.glBindTexture(GL.GL_TEXTURE_2D, small.target.color)
        else:
            program = self._masked(_SHADOW, ("SHADOW",) if cast else (), figure)
            falls.set(program, falls.rect)
        GL.glUniformMatrix4fv(program["floor_quad"], 1, True, (clip @ falls.floor).astype(np.float32))
        self._lay(picture)

    def compose(
        self,
        picture: Target,
        small: Target,
        scale: float,
        shift: float,
        rect: tuple[int, int, int, int],
        figure: Figure,
        scene: Scene,
        soft: Spread | None = None,
    ) -> None:
        """Lay a figure's own target over the picture at ``rect`` (x0, y0, x1, y1). scale : its pixels for one of the
        picture's; shift : how far right and down it is drawn in it, pixels of the picture; soft : ``grain.spread``."""
        optics = optics_of(scene)
        grained = optics is not None and max(optics.noise) > LEAST
        look = ("SPREAD",) * (soft is not None) + ("GRAIN",) * grained
        program = self._masked(_COMPOSE, (f"SAMPLES {small.samples}", *look), figure)
        if soft is not None:
            small.soften(int(soft[2]) + 1)
            GL.glUniform3f(program["spread"], *soft)
        if grained and optics is not None and scene.frame is not None:
            self._grain.bind(program, optics, zoom_of(scene, picture.size), scene.frame.index)
        GL.glActiveTexture(GL.GL_TEXTURE1)
        GL.glBindTexture(small.kind, small.color)
        GL.glUniform2i(program["corner"], rect[0], rect[1])
        GL.glUniform2f(program["step_uv"], scale / small.size[0], scale / small.size[1])
        GL.glUniform1f(program["shift"], 0.5 + shift)
        GL.glUniform1f(program["opacity"], figure.opacity)
        self._rect(program, picture, rect)

    def overlay(self, overlay: Overlay, picture: Target) -> None:
        """Captions and marks over everything, never mirrored."""
        items = self._layout.items(overlay, picture.size)
        if items is not self._laid:
            self._laid = items
            while len(self._words) < len(items):
                self._words.append(Picture(4))
            for item, words in zip(items, self._words, strict=False):
                words.upload(item.image)
        if not items:
            return
        program = self._library.get(*_WORDS, image=1)
        program.use()
        GL.glActiveTexture(GL.GL_TEXTURE1)
        for item, words in zip(items, self._words, strict=False):
            GL.glBindTexture(GL.GL_TEXTURE_2D, words.name)
            GL.glUniform2i(program["corner"], item.x, item.y)
            self._rect(program, picture, (item.x, item.y, item.x + item.image.shape[1], item.y + item.image.shape[0]))

    def read(self, picture: Target, out: ByteArray | None) -> ByteArray:
        """(H, W, 3) uint8."""
        rgba = self.read_rgba(picture)
        if out is None:
            if self._rgb.shape[:2] != rgba.shape[:2]:
                self._rgb = np.empty((*rgba.shape[:2], 3), np.uint8)
            out = self._rgb
        cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB, dst=out)
        return out

    def read_rgba(self, picture: Target) -> ByteArray:
        """(H, W, 4) uint8 premultiplied; the next call reuses it."""
        w, h = picture.size
        if self._rgba.shape[:2] != (h, w):
            self._rgba = np.empty((h, w, 4), np.uint8)
        GL.glBindFramebuffer(GL.GL_READ_FRAMEBUFFER, picture.framebuffer)
        GL.glPixelStorei(GL.GL_PACK_ALIGNMENT, 1)
        GL.glReadPixels(0, 0, w, h, GL.GL_RGBA, GL.GL_UNSIGNED_BYTE, c_void_p(self._rgba.ctypes.data))
        return self._rgba

    def close(self) -> None:
        """Delete what it holds on the GPU."""
        self._grain.close()
        for texture in (self._matte, self._hands, *self._words):
            texture.close()
        if self._darkness is not None:
            self._darkness.close()
        GL.glDeleteVertexArrays(1, np.array([self._empty], np.uint32))

    def _masked(self, shaders: tuple[str, str], defines: tuple[str, ...], figure: Figure) -> Program:
        """A program in use that hides its result where the person is, if the figure wants that."""
        levels = figure.behind_hands if self._hands_map is not None else None
        place = self._matte_map if figure.behind_person > 0 or levels is not None else None
        if place is None:
            return self._program(shaders, defines)
        hands, at = self._hand_matte, self._hands_map
        if levels is None or hands is None or at is None:
            program = self._program(shaders, (*defines, "MATTE"))
        else:
            program = self._program(shaders, (*defines, "MATTE", "HANDS"))
            table = np.zeros(256, np.uint8)
            table[: len(levels)] = np.rint(levels * 255)
            self._hands.upload(np.asarray(cv2.merge([hands.alpha, cv2.LUT(hands.label, table)]), np.uint8))
            GL.glUniform4f(program["hands_map"], *at)
            GL.glUniform1f(program["only_hands"], float(figure.on_hand and shaders != _COMPOSE))
            GL.glActiveTexture(GL.GL_TEXTURE2)
            GL.glBindTexture(GL.GL_TEXTURE_2D, self._hands.name)
        GL.glUniform4f(program["matte_map"], *place)
        GL.glUniform1f(program["behind"], figure.behind_person)
        GL.glActiveTexture(GL.GL_TEXTURE0)
        GL.glBindTexture(GL.GL_TEXTURE_2D, self._matte.name)
        return program

    def _program(self, shaders: tuple[str, str], defines: tuple[str, ...]) -> Program:
        """A program in use."""
        program = self._library.get(
            *shaders, defines, matte=0, hands=2, figure=1, darkness=1, grain=UNIT, shadow_map=UNITS["shadow_map"]
        )
        program.use()
        return program

    def _rect(self, program: Program, picture: Target, rect: tuple[int, int, int, int], factor: bool = False) -> None:
        w, h = picture.size
        x0, y0, x1, y1 = rect
        GL.glUniform4f(program["rect"], 2 * x0 / w - 1, 2 * y0 / h - 1, 2 * x1 / w - 1, 2 * y1 / h - 1)
        self._lay(picture, factor)

    def _lay(self, picture: Target, factor: bool = False) -> None:
        """factor : so much of what is there is added to it; otherwise laid over it."""
        picture.bind(*picture.size)
        GL.glEnable(GL.GL_BLEND)
        if factor:
            GL.glBlendFuncSeparate(GL.GL_DST_COLOR, GL.GL_ONE, GL.GL_ZERO, GL.GL_ONE)
        else:
            GL.glBlendFunc(GL.GL_ONE, GL.GL_ONE_MINUS_SRC_ALPHA)
        GL.glBindVertexArray(self._empty)
        GL.glDrawArrays(GL.GL_TRIANGLES, 0, 6)
