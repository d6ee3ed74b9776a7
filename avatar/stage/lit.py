"""The light of the room on the companion: colour and brightness of the picture, and the main light from the person's
own face, followed slowly enough that nobody sees it change.

A face is the one thing in the picture whose shape is known: shade its skin as ``c0 + c · n`` over the normals n of a
rounded head, and c points to the light (a first-order fit as R. Ramamoorthi and P. Hanrahan 2001 justify: a matte
surface keeps little beyond the first order).
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..types import ByteArray, Face, FloatArray
from .light import NEUTRAL, irradiance, linear, probe_from_picture
from .scene import Lighting

_EVERY_S: Final = 0.2
_FOLLOW_S: Final = 1.2
"""Seconds in which most of a change of the light has been followed."""
_SWITCHED: Final = 0.45
"""A change of brightness by this part at once is a lamp or a blind: it is followed four times as quickly."""
_PAINT: Final = 0.45
"""How much of a pale picture's colour is paint all the same, not light."""
_PALE: Final = 0.30
"""Saturation beyond which a colour is a thing's own: an orange suit does not make the room orange."""
_REFLECTED: Final = 0.3
"""How much of such colours comes back from where they are."""
_STRIDE: Final = 8
_DARKEST, _BRIGHTEST = 0.22, 1.0
"""What lit parts are painted for is nearly white already: beyond this they would only be blown out, which a camera that
exposes by itself does not let happen either."""
_SOFTER: Final = 0.75
"""Power of the picture's brightness: eyes, too, take part of it for granted."""
_BEHIND: Final = 0.085
"""Metres from between the eyes back to the middle of the head."""
_FACE_WIDTH: Final = 0.145
_KEEP: Final = 1.6
"""Residuals beyond so many of their median are no skin: brows, lips, hair over the brow, glasses."""
_ABOVE: Final = np.array([0.25, 0.75, 0.6], np.float32)
"""Where light comes from when nothing says so."""
_LUMA: Final = np.array([0.2126, 0.7152, 0.0722], np.float32)


def _unit(v: FloatArray) -> FloatArray:
    size = float(np.linalg.norm(v))
    return np.asarray(v / size, np.float32) if size > 1e-9 else _ABOVE / np.float32(np.linalg.norm(_ABOVE))


def tint_of(image: ByteArray) -> FloatArray:
    """(3,) the colour that is over everything pale in a picture, linear, of luminance 1."""
    pixels = linear(image[::_STRIDE, ::_STRIDE].reshape(-1, 3).astype(np.float32) / np.float32(255))
    most = pixels.max(1)
    saturation = 1 - pixels.min(1) / np.maximum(most, 1e-4)
    weight = 1 / (1 + (saturation / (2 * _PALE)) ** 6) * np.where(most > 0.97, 0.2, 1.0)
    colour = np.asarray(weight @ pixels, np.float32)
    level = float(colour @ _LUMA)
    return colour / np.float32(level) if level > 1e-4 else np.ones(3, np.float32)


def from_face(image: ByteArray, face: Face) -> tuple[FloatArray, float] | None:
    """((3,) unit direction to the main light, stage frame; its contrast: how much brighter than the mean the side is
    that faces it, 0-1), from how a face is shaded; None where it is too small, dark or blown out to tell.

    image : (H, W, 3) uint8 RGB, encoded.
    """
    width = float(face.box[2] - face.box[0])
    if not width > 24 or not np.isfinite(face.points).all():
        return None
    height, across = image.shape[:2]
    x, y = np.rint(face.points[:, :2]).astype(np.intp).T
    inside = (x > 0) & (y > 0) & (x < across - 1) & (y < height - 1)
    if inside.sum() < 200:
        return None
    x, y, points = x[inside], y[inside], face.points[inside]
    patch = sum(image[y + j, x + i].astype(np.float32) for j in (-1, 0, 1) for i in (-1, 0, 1)) / np.float32(9 * 255)
    usable = (patch.max(1) < 0.97) & (patch.max(1) > 0.03)
    if usable.sum() < 200:
        return None
    luma = linear(patch[usable]) @ _LUMA
    per_metre = width / _FACE_WIDTH
    place = np.stack([points[:, 0], -points[:, 1], -points[:, 2]], 1)[usable] / per_metre
    ahead = np.asarray(face.matrix[:3, 2], np.float32)
    middle = np.median(place, axis=0) - _BEHIND * _unit(ahead)
    normal = place - middle
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    rows = np.concatenate([np.ones((len(normal), 1), np.float32), normal.astype(np.float32)], 1)
    kept = np.ones(len(rows), bool)
    for _ in range(4):
        fit = np.linalg.lstsq(rows[kept], luma[kept], rcond=None)[0]
        off = np.abs(rows @ fit - luma)
        kept = off <= _KEEP * max(float(np.median(off[kept])), 1e-4) / 0.6745
        if kept.sum() < 100:
            return None
    slope = np.asarray(fit[1:], np.float32)
    mean = float((rows[kept] @ fit).mean())
    if mean < 1e-3:
        return None
    return _unit(slope), min(float(np.linalg.norm(slope)) / mean, 1.0)


def from_probe(probe: FloatArray) -> tuple[FloatArray, float]:
    """The same from what the picture shows of the room: its first order (order 1, y, z, x of ``light``'s probes)."""
    y, z, x = (float(probe[k] @ _LUMA) for k in (1, 2, 3))
    mean = float(probe[0] @ _LUMA)
    slope = np.array([x, y, z], np.float32)
    # light comes from above more often than not
    direction = _unit(_unit(slope) + 0.6 * _unit(_ABOVE))
    return direction, min(float(np.linalg.norm(slope)) / max(mean, 1e-6) * 1.7, 1.0)


class RoomLight:
    """Follows the light. ``lighting`` is what to draw with; before the first picture the neutral default."""

    def __init__(self) -> None:
        self.lighting = Lighting()
        self._wait = 0.0
        self._goal: FloatArray | None = None
        self._now: FloatArray | None = None

    def step(self, image: ByteArray | None, face: Face | None, fov_y: float, dt: float) -> Lighting:
        """Move on by ``dt`` seconds. image : the newest picture, not mirrored, or None; fov_y : its field of view,
        radians. Returns ``lighting``."""
        dt = min(max(dt, 0.0), 1.0) if math.isfinite(dt) else 0.0
        self._wait -= dt
        if image is not None and self._wait <= 0:
            self._wait = _EVERY_S
            self._goal = self._look(image, face, fov_y)
        if self._goal is None:
            return self.lighting
        if self._now is None:
            self._now = self._goal.copy()
        else:
            was, will = float(self._now[:3] @ _LUMA), float(self._goal[:3] @ _LUMA)
            seconds = _FOLLOW_S / (4 if abs(will - was) > _SWITCHED * max(was, will) else 1)
            self._now += (self._goal - self._now) * np.float32(1 - math.exp(-dt / seconds))
        self._write(self._now)
        return self.lighting

    def _look(self, image: ByteArray, face: Face | None, fov_y: float) -> FloatArray:
        """(34,) colour of the room (3), direction times contrast (3), contrast (1), probe (27), as they are now."""
        probe = probe_from_picture(image, fov_y)
        # what a camera that exposes by itself makes of an ordinary room is what lit parts are painted for
        mean = probe[0] * np.float32(0.282095 / NEUTRAL)
        level = max(float(mean @ _LUMA), 1e-4)
        kept = float(np.clip(level**_SOFTER, _DARKEST, _BRIGHTEST))
        whole = mean / level
        tint = 1 + (1 - _PAINT) * (tint_of(image) - 1)
        seen = from_face(image, face) if face is not None else None
        direction, contrast = seen if seen is not None else from_probe(probe)
        direction = direction.copy()
        # from behind, it would leave the side we see in the dark: drawn light needs a front
        direction[2] = max(direction[2], 0.12)
        direction = _unit(direction)
        grey = probe @ _LUMA
        shown = grey[:, None] * tint + _REFLECTED * (probe - grey[:, None] * whole)
        shown = shown * np.float32(kept / level)
        return np.concatenate([kept * tint, direction * max(contrast, 0.05), [contrast], shown.ravel()]).astype(
            np.float32
        )

    def _write(self, now: FloatArray) -> None:
        light = self.lighting
        colour, way, contrast = now[:3], now[3:6], float(now[6])
        light.direction = _unit(way)
        # with little contrast light comes from everywhere, and the key light only shapes
        light.color = np.maximum(colour * np.float32(0.80 + 0.35 * contrast), 0)
        light.probe = now[7:].reshape(9, 3).copy()
        light.ambient = irradiance(light.probe, np.array([0.0, 0.0, 1.0], np.float32))
        light.shadows = float(np.clip(0.35 + 1.1 * contrast, 0.35, 1.0))
