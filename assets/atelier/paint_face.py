"""Materials and painted pictures of the head. Pictures are made at a multiple of their size and reduced."""

from __future__ import annotations

import cv2
import numpy as np
from face_form import EYE, MOUTH_Y, surface
from face_shapes import INNER, OUTER, REST, lid_lines, lip_lines
from kit import Array
from materials import SKIN, SKIN_BASE, SKIN_SHADE, MaterialSpec
from numpy.typing import NDArray

Image = NDArray[np.uint8]

FACE_BOX = (0.0, 1.384, 0.088, 1.570)
"""Inner, bottom, outer, top of the face picture on the front plane, metres; one half serves both."""
FACE_SIZE = 512

HAIR_DARK = (52, 40, 48)
LASH = (50, 32, 38)


def face_uv(positions: Array) -> Array:
    """(n, 2) picture coordinates of points seen from the front, held inside the picture."""
    l, b, r, t = FACE_BOX
    uv = np.stack([(np.abs(positions[:, 0]) - l) / (r - l), (t - positions[:, 1]) / (t - b)], axis=1)
    uv[positions[:, 2] < 0.0, 0] = 1.0
    return np.asarray(np.clip(uv, 0.002, 0.998))


def face_materials() -> dict[str, MaterialSpec]:
    """Every material of the head, by key; ``skin`` is the body's."""
    specs = [
        SKIN,
        MaterialSpec(
            "face",
            SKIN_BASE,
            SKIN_SHADE,
            "face",
            "face",
            toony=SKIN.toony,
            shift=SKIN.shift,
            rim=SKIN.rim,
            rim_power=SKIN.rim_power,
            outline=SKIN.outline,
            outline_color=SKIN.outline_color,
            outline_mix=SKIN.outline_mix,
        ),
        MaterialSpec("eyewhite", (255, 255, 255), (236, 226, 232), "eyewhite", "eyewhite", toony=0.5, shift=0.4),
        MaterialSpec("iris", (255, 255, 255), (226, 216, 224), "iris", "iris", toony=0.5, shift=0.5),
        MaterialSpec("lash", LASH, (40, 25, 32), toony=0.5, shift=0.3, double_sided=True),
        MaterialSpec("line", (172, 104, 92), (152, 88, 80), toony=0.5, shift=0.3, double_sided=True),
        MaterialSpec("lipline", (142, 66, 66), (128, 58, 60), toony=0.5, shift=0.3, double_sided=True),
        MaterialSpec("brow", (104, 76, 76), (88, 62, 66), toony=0.5, shift=0.3, double_sided=True),
        MaterialSpec(
            "mouth", (255, 255, 255), (235, 215, 215), "mouth", "mouth", toony=0.5, shift=0.4, double_sided=True
        ),
        MaterialSpec(
            "teeth", (255, 255, 255), (226, 204, 204), "teeth", "teeth", toony=0.2, shift=0.25, double_sided=True
        ),
        MaterialSpec(
            "hair",
            (255, 255, 255),
            (172, 152, 172),
            "hair",
            "hair",
            toony=0.86,
            shift=-0.12,
            outline=0.0005,
            outline_color=(62, 40, 42),
            outline_mix=0.5,
        ),
        MaterialSpec(
            "pin",
            (226, 186, 104),
            (160, 108, 66),
            toony=0.8,
            shift=0.0,
            rim=(120, 104, 70),
            rim_power=3.0,
            outline=0.0004,
            outline_color=(92, 58, 40),
            outline_mix=0.5,
        ),
        MaterialSpec("tongue", (222, 116, 112), (196, 92, 94), toony=0.6, shift=0.1),
    ]
    return {s.name: s for s in specs}


def textures() -> dict[str, Image]:
    """Every picture of the head, by key: (H, W, 4) uint8, sRGB."""
    return {
        "face": paint_skin(),
        "iris": paint_iris(),
        "eyewhite": paint_white(),
        "mouth": paint_mouth(),
        "teeth": paint_teeth(),
        "hair": paint_hair(),
    }


def _lay(image: Array, colour: tuple[float, float, float], alpha: Array) -> None:
    image += alpha[..., None] * (np.array(colour, float) - image)


def _finish(image: Array, size: int) -> Image:
    small = cv2.resize(image.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)
    rgb = np.clip(np.round(small), 0, 255).astype(np.uint8)
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def _grid(n: int) -> tuple[Array, Array]:
    a = (np.arange(n) + 0.5) / n
    return np.meshgrid(a, a)


def paint_skin() -> Image:
    """The face: white where the skin is plain (the material's colour carries it), blush, lips, lids and nose on it."""
    n = FACE_SIZE * 2
    u, v = _grid(n)
    l, b, r, t = FACE_BOX
    ax, y = l + u * (r - l), t - v * (t - b)
    image = np.full((n, n, 3), 255.0)

    def soft(cx: float, cy: float, sx: float, sy: float) -> Array:
        return np.exp(-0.5 * ((ax - cx) / sx) ** 2 - 0.5 * ((y - cy) / sy) ** 2)

    _lay(image, (255, 200, 192), 0.42 * soft(0.0435, 1.4750, 0.0095, 0.0058))
    fringe = 1 / (1 + np.exp(-(y - 1.560) / 0.0045))
    _lay(image, (244, 206, 194), 0.55 * fringe * np.clip((0.070 - ax) / 0.012, 0, 1))
    _lay(image, (255, 214, 206), 0.40 * soft(0.0, 1.4685, 0.0065, 0.0050))
    _lay(image, (255, 222, 214), 0.35 * soft(0.0, 1.4200, 0.0120, 0.0060))
    ex, ey = (ax - EYE[0]) * 1000, (y - EYE[1]) * 1000
    top, bottom = lid_lines(np.clip(ex, INNER, OUTER), REST)
    across = np.exp(-0.5 * np.maximum(np.abs(ex - 0.3) - 10, 0) ** 2 / 9)
    above = np.clip(ey - top, 0, None)
    _lay(image, (238, 176, 164), 0.55 * across * np.exp(-((above / 2.6) ** 1.2)) * (ey > top - 3))
    below = np.clip(bottom - ey, 0, None)
    _lay(image, (246, 196, 184), 0.40 * across * np.exp(-((below / 2.2) ** 1.2)) * (ey < bottom + 2))
    for cx, cy, sx, sy, a in ((0.0052, 1.4636, 0.0026, 0.0009, 0.42), (0.0, 1.4632, 0.0050, 0.0012, 0.22)):
        _lay(image, (214, 128, 112), a * soft(cx, cy, sx, sy))
    _paint_lips(image, ax, y)
    _paint_under_chin(image, ax, y)
    return _finish(image, FACE_SIZE)


def _paint_under_chin(image: Array, ax: Array, y: Array) -> None:
    """The chin's shadow on the throat, gone again at the neck's seam."""
    jaw = surface(np.linspace(0, 1.45, 60), np.full(60, 11.25), 0.0)
    line = np.interp(ax, jaw[:, 0], jaw[:, 1])
    below = 1 / (1 + np.exp((y - line + 0.0006) / 0.0006)) * (1 / (1 + np.exp((ax - 0.036) / 0.0026)))
    fade = np.clip((y - 1.387) / 0.016, 0, 1)
    _lay(image, tuple(255.0 * s / b for s, b in zip(SKIN_SHADE, SKIN_BASE, strict=True)), 0.9 * below * fade)


def _paint_lips(image: Array, ax: Array, y: Array) -> None:
    mx, my = ax * 1000, (y - MOUTH_Y) * 1000
    u = np.clip(mx / REST.width, 0, 1)
    _, top, _, red_up, red_low = lip_lines(u, REST)
    d = my - top
    inside = 1 / (1 + np.exp((mx - REST.width + 0.4) / 0.5))
    edge = 0.55
    upper = inside / (1 + np.exp((d - red_up) / (edge * 0.7))) * (d > -0.05)
    lower = inside / (1 + np.exp((-d - red_low) / (edge * 1.2))) * (d <= -0.05)
    _lay(image, (228, 146, 140), 0.80 * upper)
    _lay(image, (240, 160, 152), 0.74 * lower)
    _lay(image, (186, 92, 92), 0.45 * inside * np.exp(-np.abs(d) / 0.55))
    shine = np.exp(-0.5 * ((mx - 1.0) / 3.4) ** 2 - 0.5 * ((d + 1.9) / 0.55) ** 2)
    _lay(image, (255, 226, 218), 0.55 * shine)
    under = np.exp(-0.5 * (mx / 6.0) ** 2 - 0.5 * ((d + 5.6) / 0.9) ** 2)
    _lay(image, (240, 190, 176), 0.45 * under)


def paint_iris(size: int = 256) -> Image:
    """Ring, gradient from dusk above to light below, fibres, pupil and two lights."""
    n = size * 3
    u, v = _grid(n)
    x, y = (u - 0.5) * 2, (0.5 - v) * 2
    r = np.hypot(x, y)
    a = np.arctan2(y, x)
    k = np.clip(0.5 - 0.62 * y, 0, 1)[..., None]
    image = np.array([62.0, 44, 62]) * (1 - k) + np.array([176.0, 118, 92]) * k
    rng = np.random.default_rng(3)
    fibre = sum(np.sin(f * a + rng.uniform(0, 6.28)) * w for f, w in ((23, 0.5), (37, 0.35), (61, 0.3)))
    band = np.exp(-0.5 * ((r - 0.62) / 0.16) ** 2)
    _lay(image, (214, 158, 116), np.clip(0.22 * band * (0.6 + fibre) * k[..., 0], 0, 1))
    glow = np.exp(-0.5 * (x / 0.52) ** 2 - 0.5 * ((y + 0.56) / 0.24) ** 2)
    _lay(image, (244, 186, 124), 0.85 * glow)
    _lay(image, (44, 26, 36), 0.94 / (1 + np.exp(-(r - 0.90) / 0.018)))
    _lay(image, (52, 32, 42), 0.45 * np.clip((r - 0.72) / 0.2, 0, 1))
    pupil = np.hypot(x / 0.36, (y - 0.02) / 0.40)
    _lay(image, (34, 18, 28), 1 / (1 + np.exp((pupil - 1) / 0.05)))
    shade = 1 / (1 + np.exp(-(y - 0.42 + 0.16 * x * x) / 0.07))
    _lay(image, (38, 22, 34), 0.62 * shade)
    big = np.hypot((x + 0.34) / 0.215, (y - 0.40) / 0.245)
    _lay(image, (255, 255, 255), 1 / (1 + np.exp((big - 1) / 0.05)))
    small = np.hypot((x - 0.36) / 0.105, (y + 0.42) / 0.115)
    _lay(image, (255, 246, 238), 0.92 / (1 + np.exp((small - 1) / 0.08)))
    return _finish(image, size)


def paint_white(size: int = 128) -> Image:
    """The white, with the upper lid's soft shadow."""
    u, v = _grid(size * 2)
    x, y = u * 38 - 19, 14.5 - v * 29
    top, _ = lid_lines(np.clip(x, INNER, OUTER), REST)
    image = np.full((*u.shape, 3), 0.0) + np.array([253.0, 250, 248])
    depth = np.clip(top - y, 0, None)
    _lay(image, (196, 178, 192), 0.78 * np.exp(-((depth / 4.0) ** 2)))
    _lay(image, (238, 200, 192), 0.55 * np.exp(-0.5 * (((np.abs(x - 0.3) - 16) / 3.0) ** 2)))
    return _finish(image, size)


def paint_mouth(size: int = 64) -> Image:
    """The cavity from the lips (top) to the throat (bottom)."""
    _, v = _grid(size)
    k = np.clip(v * 1.3, 0, 1)[..., None]
    return _finish(np.array([172.0, 72, 74]) * (1 - k) + np.array([92.0, 28, 36]) * k, size)


def paint_teeth(size: int = 64) -> Image:
    """White in the middle, in the cheeks' shadow at both ends, a little darker toward the gums."""
    u, v = _grid(size)
    image = np.full((size, size, 3), 0.0) + np.array([252.0, 246, 240])
    _lay(image, (176, 110, 110), 0.85 * np.clip((np.abs(u - 0.5) - 0.20) / 0.20, 0, 1))
    _lay(image, (226, 190, 186), 0.6 * np.clip(0.75 - v, 0, 1))
    return _finish(image, size)


def paint_hair(size: int = 512) -> Image:
    """Strands down the picture, darker toward the roots, with a broken band of light; it repeats from side to side."""
    n = size * 2
    u, v = _grid(n)
    rng = np.random.default_rng(11)
    strand = np.zeros(n)
    for f, w in ((7, 0.5), (13, 0.7), (29, 0.9), (53, 0.8), (89, 0.6)):
        strand += w * np.sin(2 * np.pi * (f * u[0] + rng.random()))
    strand = (strand / 2.4)[None] * np.ones((n, 1))
    wave = np.roll(strand, n // 7, axis=1)
    root, tip = np.array([54.0, 38, 40]), np.array([122.0, 82, 66])
    k = np.clip((v - 0.08) / 0.85, 0, 1)[..., None] ** 1.15
    image = root * (1 - k) + tip * k
    image *= (1 + 0.085 * strand)[..., None]
    at = 0.185 + 0.012 * wave
    thick = 0.020 + 0.010 * strand
    band = np.clip(1 - np.abs(v - at) / np.maximum(thick, 0.002), 0, 1)
    _lay(image, (214, 164, 136), 0.66 * np.clip(band * 1.8, 0, 1) * (0.65 + 0.35 * np.clip(wave, -1, 1)))
    glow = np.exp(-0.5 * ((v - 0.19) / 0.055) ** 2)
    _lay(image, (160, 112, 98), 0.30 * glow)
    return _finish(image, size)
