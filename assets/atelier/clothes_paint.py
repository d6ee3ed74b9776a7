"""The cloth's materials and its painted atlas (1024²: blouse, skirt and small things, from top to bottom), and the
blush of the hands."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from body import TIGHTS_BOX
from clothes_shoes import SHOE_BOX
from clothes_skirt import PLEATS, SASH_BOX, SKIRT_BOX
from clothes_top import COLLAR_BOX, CUFF_BOX, LOW_Y, ROWS, SLEEVE_BOX, TORSO_BOX
from clothes_trim import BROOCH_BOX, RIBBON_BOX, SASH_KNOT_BOX
from kit import Array
from materials import SKIN, MaterialSpec
from numpy.typing import NDArray

SIZE = 1024
CREAM = (247, 242, 233)
CREAM_DEEP = (226, 214, 205)
INDIGO = (49, 74, 108)
INDIGO_DEEP = (37, 56, 88)
GOLD = (222, 184, 116)
MADDER = (178, 84, 80)
MADDER_DEEP = (148, 62, 68)
MADDER_LIGHT = (204, 122, 108)
TIGHTS = (62, 58, 72)
SHOE = (92, 54, 50)
SOLE = (58, 36, 36)

BLOUSE_SPEC = MaterialSpec(
    "blouse",
    shade=(208, 194, 206),
    texture="cloth",
    shade_texture="cloth",
    toony=0.70,
    shift=-0.17,
    outline=0.0011,
    outline_color=(128, 104, 104),
    outline_mix=0.5,
)
DRESS_SPEC = MaterialSpec(
    "dress", shade=(172, 162, 190), texture="cloth", shade_texture="cloth", toony=0.82, shift=-0.06,
    rim=(26, 30, 40), rim_power=4.0, outline=0.0012, outline_color=(26, 30, 52), outline_mix=0.3, double_sided=True,
)  # fmt: skip


def cloth_materials() -> dict[str, MaterialSpec]:
    return {"blouse": BLOUSE_SPEC, "dress": DRESS_SPEC, "skin": replace(SKIN, texture="skin", shade_texture="skin")}


def mix(a: Array, b: Array, t: Array) -> Array:
    t = np.asarray(t)[..., None]
    return np.asarray(a) * (1 - t) + np.asarray(b) * t


def patch(box: tuple[float, float, float, float], margin: int = 3) -> tuple[slice, slice, Array, Array]:
    """Rows, columns of a box in the atlas (a little larger), and its u, v in 0–1 for every pixel."""
    x0, y0, x1, y1 = (b * SIZE for b in box)
    xs = np.arange(max(0, int(x0) - margin), min(SIZE, int(np.ceil(x1)) + margin))
    ys = np.arange(max(0, int(y0) - margin), min(SIZE, int(np.ceil(y1)) + margin))
    u, v = np.meshgrid((xs + 0.5 - x0) / (x1 - x0), (ys + 0.5 - y0) / (y1 - y0))
    return slice(ys[0], ys[-1] + 1), slice(xs[0], xs[-1] + 1), np.clip(u, 0, 1), np.clip(v, 0, 1)


def band(x: Array, at: float, half: float, soft: float) -> Array:
    """1 within ``half`` of ``at``, falling to 0 over ``soft``."""
    return np.clip((half + soft - np.abs(x - at)) / soft, 0, 1)


def cloth_texture() -> NDArray[np.uint8]:
    """(1024, 1024, 3) RGB."""
    image = np.full((SIZE, SIZE, 3), CREAM, float)
    paint_blouse(image)
    paint_skirt(image)
    paint_small(image)
    return np.round(np.clip(image, 0, 255)).astype(np.uint8)


def paint_blouse(image: Array) -> None:
    r, c, u, v = patch(TORSO_BOX)
    front, low = u - 0.5, np.clip((v - 0.5) / 0.5, 0, 1)
    side = np.exp(-(((np.abs(front) - 0.25) / 0.055) ** 2))
    col = mix(CREAM, CREAM_DEEP, 0.55 * side * np.clip((v - 0.36) / 0.2, 0, 1))
    gather = (0.5 + 0.5 * np.cos(u * 2 * np.pi * 26 + 1.5 * np.sin(u * 40))) ** 3
    col = mix(
        col, CREAM_DEEP, (0.75 * gather + 0.2) * np.clip((low - 0.45) / 0.55, 0, 1) ** 1.3 * (np.abs(front) > 0.018)
    )
    tuck = (v > 0.22) & (v < 0.66)
    for k in (-1, 1):
        for j in range(4):
            at = k * (0.034 + 0.0125 * j)
            col = mix(col, (218, 205, 198), 0.75 * band(front, at, 0.0006, 0.0018) * tuck)
            col = mix(col, (255, 252, 247), 0.6 * band(front, at + 0.0028, 0.0006, 0.0018) * tuck)
    placket = band(front, 0, 0.0165, 0.002)
    col = mix(col, (251, 247, 240), placket)
    col = mix(
        col, (190, 174, 172), 0.6 * np.maximum(band(front, 0.018, 0.0006, 0.0018), band(front, -0.018, 0.0006, 0.0018))
    )
    height = np.interp(v, np.linspace(1, 0, ROWS)[len(LOW_Y) - 1 :: -1], LOW_Y[::-1])
    for at in (1.201, 1.162, 1.123, 1.084):
        d = np.hypot(front * 0.74, height - at) * (v > 0.5) + (v <= 0.5)
        col = mix(col, (160, 122, 84), np.clip((0.0058 - d) / 0.001, 0, 1) * 0.8)
        col = mix(col, GOLD, np.clip((0.0048 - d) / 0.001, 0, 1))
        col = mix(
            col, (246, 224, 178), np.clip((0.0018 - np.hypot(front * 0.74 + 0.001, height - at - 0.0015)) / 0.001, 0, 1)
        )
    image[r, c] = col
    r, c, u, v = patch(SLEEVE_BOX)
    gather = (0.5 + 0.5 * np.cos(u * 2 * np.pi * 16)) ** 2
    col = mix(CREAM, CREAM_DEEP, (0.8 * gather + 0.15) * np.clip((v - 0.74) / 0.26, 0, 1) ** 1.2)
    beneath = np.minimum(u, 1 - u)
    col = mix(col, CREAM_DEEP, 0.45 * np.exp(-((beneath / 0.10) ** 2)) * (v < 0.9))
    for at, lean in ((0.47, 0.10), (0.545, -0.04), (0.615, -0.13)):
        line = v - (at + lean * (u - 0.25))
        fade = np.exp(-(((u - 0.25) / 0.13) ** 2))
        col = mix(col, (206, 192, 190), 0.36 * np.exp(-((line / 0.012) ** 2)) * fade)
    col = mix(col, (206, 190, 186), 0.8 * np.clip((0.020 - v) / 0.012, 0, 1))
    image[r, c] = col
    r, c, u, v = patch(CUFF_BOX)
    col = mix(np.array(CREAM, float), CREAM_DEEP, 0.9 * np.clip((0.10 - v) / 0.10, 0, 1))
    col = mix(col, INDIGO, band(v, 0.56, 0.030, 0.02))
    col = mix(col, CREAM_DEEP, np.clip((v - 0.86) / 0.05, 0, 1))
    image[r, c] = col
    r, c, u, v = patch(COLLAR_BOX)
    col = mix(np.array(CREAM, float), CREAM_DEEP, 0.8 * np.clip((0.20 - v) / 0.20, 0, 1))
    col = mix(col, INDIGO, band(v, 0.62, 0.035, 0.03))
    col = mix(col, CREAM_DEEP, np.clip((v - 0.86) / 0.05, 0, 1))
    image[r, c] = col


def paint_skirt(image: Array) -> None:
    r, c, u, v = patch(SKIRT_BOX)
    col = mix(INDIGO, INDIGO_DEEP, 0.75 * (1 - v) ** 1.5)
    t = (u * PLEATS) % 1.0
    deep = np.clip(v * 1.6, 0.25, 1)
    # a pleat: the fold's shadow beside its edge, then light rising to the next edge
    shadow = np.exp(-(((t - 0.13) / 0.055) ** 2)) + np.exp(-((t - 0.13) / 0.22).clip(0) * 2.2) * (t > 0.13) * 0.45
    col = mix(col, (24, 36, 62), 0.85 * np.clip(shadow, 0, 1) * deep)
    edge = np.maximum(np.exp(-((t / 0.03) ** 2)), np.exp(-(((t - 1) / 0.05) ** 2)))
    col = mix(col, (92, 122, 158), 0.42 * edge * deep)
    shade = 1 - 0.35 * np.exp(-(((t - 0.13) / 0.10) ** 2))
    for at, half, colour, amount in ((0.915, 0.0075, GOLD, 0.95), (0.935, 0.0028, CREAM, 0.85)):
        col = mix(col, np.asarray(colour) * shade[..., None], amount * band(v, at, half, 0.0025))
    image[r, c] = col


def paint_small(image: Array) -> None:
    r, c, u, v = patch(SASH_BOX)
    col = mix(MADDER, MADDER_DEEP, 0.55 * (np.abs(v - 0.5) * 2) ** 2)
    across, down = (u * 44) % 1.0 - 0.5, ((v - 0.04) / 0.92 * 3) % 1.0 - 0.5
    diamond = np.abs(across) + np.abs(down)
    col = mix(col, MADDER_LIGHT, 0.55 * band(diamond, 0.5, 0.03, 0.05) + 0.5 * np.clip((0.10 - diamond) / 0.05, 0, 1))
    for at in (0.075, 0.925):
        col = mix(col, GOLD, band(v, at, 0.022, 0.02))
    image[r, c] = col
    r, c, u, v = patch(SHOE_BOX)
    col = mix(SHOE, SOLE, np.clip((v - 0.86) / 0.02, 0, 1))
    col = mix(col, (132, 84, 72), 0.7 * band(v, 0.04, 0.03, 0.05))
    image[r, c] = col
    r, c, _, v = patch(TIGHTS_BOX)
    image[r, c] = mix(TIGHTS, (52, 48, 63), v)
    r, c, u, v = patch(RIBBON_BOX)
    col = mix(INDIGO, INDIGO_DEEP, 0.7 * (1 - v))
    image[r, c] = mix(
        col, (96, 124, 158), 0.5 * np.exp(-(((v - 0.55) / 0.2) ** 2)) * (0.5 + 0.5 * np.cos(u * 4 * np.pi))
    )
    r, c, u, v = patch(SASH_KNOT_BOX)
    col = mix(MADDER, MADDER_DEEP, 0.8 * (1 - v))
    col = mix(col, MADDER_LIGHT, 0.5 * np.exp(-(((v - 0.55) / 0.22) ** 2)) * (0.5 + 0.5 * np.cos(u * 4 * np.pi)))
    image[r, c] = mix(col, GOLD, np.clip((v - 0.93) / 0.03, 0, 1))
    r, c, u, v = patch(BROOCH_BOX)
    x, y = (u - 0.5) / 0.47, (0.5 - v) / 0.47
    d = np.hypot(x, y)
    col = mix(np.array(GOLD, float), (176, 132, 72), np.clip(d - 0.2 - y * 0.5, 0, 1))
    stone = np.clip((0.66 - d) / 0.05, 0, 1)
    col = mix(col, mix((122, 176, 178), (44, 96, 116), np.clip(0.5 - 0.8 * y + 0.3 * d, 0, 1)), stone)
    image[r, c] = mix(col, (246, 252, 250), np.clip((0.17 - np.hypot(x + 0.22, y - 0.26)) / 0.05, 0, 1))


def skin_texture() -> NDArray[np.uint8]:
    """(32, 64, 3) RGB that multiplies the skin: upper half from plain to blushed, left to right; lower half nails."""
    t = np.linspace(0, 1, 64)
    blush = mix((255, 255, 255), (253, 222, 214), t)
    nail = mix((255, 240, 238), (254, 222, 220), t)
    return np.round(np.concatenate([np.tile(blush, (16, 1, 1)), np.tile(nail, (16, 1, 1))])).astype(np.uint8)


def cloth_textures() -> dict[str, NDArray[np.uint8]]:
    return {"cloth": cloth_texture(), "skin": skin_texture()}
