"""The light of a room as nine numbers a colour: second-order spherical harmonics, from the camera's own picture.

A probe is (9, 3) float32: the light that arrives, per real spherical harmonic in the order 1, y, z, x, xy, yz, 3z²-1,
zx, x²-y² and linear RGB, in the units of ``Lighting.ambient`` and in the stage frame. R. Ramamoorthi and P. Hanrahan,
"An Efficient Representation for Irradiance Environment Maps", 2001.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..types import ByteArray, FloatArray

NEUTRAL: Final = 0.5
"""Irradiance in a room whose picture is, on average, as bright as ``GREY``."""

GREY: Final = 0.21
"""Mean linear brightness at which a camera's automatic exposure leaves an ordinary room."""

UNSEEN: Final = 0.5
"""How much of the seen half is believed of the unseen one; the rest is its mean."""

_BASIS: Final = (0.282095, 0.488603, 0.488603, 0.488603, 1.092548, 1.092548, 0.315392, 1.092548, 0.546274)
_MATTE: Final = np.array([1, *[2 / 3] * 3, *[1 / 4] * 5], np.float32)
_CELLS: Final = (32, 24)
_DIRECTIONS: Final = 1024


def probe_uniform(rgb: tuple[float, float, float] | FloatArray) -> FloatArray:
    """The probe of a room that is evenly bright. rgb : linear; ``irradiance`` of it is rgb everywhere."""
    probe = np.zeros((9, 3), np.float32)
    probe[0] = np.asarray(rgb, np.float32) / np.float32(_BASIS[0])
    return probe


def probe_from_picture(image: ByteArray, fov_y: float) -> FloatArray:
    """The probe of the room that a camera sees.

    image : (H, W, 3) uint8 RGB, encoded; fov_y : its vertical field of view, radians. What the picture shows lies where
    the camera sees it (-Z). Beyond the picture's rim its rim goes on. Behind the camera, where the light on a face
    comes from and which nobody sees, the same room is assumed as in a mirror, faded half-way into the mean: a window at
    the left lights the left, but never more than a part of it. ValueError for a picture of another shape.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.shape[0] < 1 or image.shape[1] < 1:
        raise ValueError(f"a picture is (H, W, 3), not {image.shape}")
    small = linear(_shrunk(image))
    rows, columns = small.shape[:2]
    d = _sphere(_DIRECTIONS)
    ahead = np.maximum(np.abs(d[:, 2]), 1e-3)
    focal = 1 / math.tan(fov_y / 2)
    aspect = image.shape[1] / image.shape[0]
    column = (d[:, 0] / ahead * focal / aspect * 0.5 + 0.5) * columns
    row = (0.5 - d[:, 1] / ahead * focal * 0.5) * rows
    at = np.clip(row, 0, rows - 1).astype(np.intp), np.clip(column, 0, columns - 1).astype(np.intp)
    light = small[at]
    mean = light.mean(0)
    light = mean + np.where(d[:, 2:] < 0, 1.0, UNSEEN) * (light - mean)
    probe: FloatArray = (_basis(d).T @ light * (4 * math.pi / len(d) * NEUTRAL / GREY)).astype(np.float32)
    return probe


def irradiance(probe: FloatArray, normals: FloatArray) -> FloatArray:
    """What a white matte surface sends back, linear RGB (..., 3): irradiance over π. normals : (..., 3) unit, stage
    frame. Never negative."""
    basis = _basis(np.asarray(normals, np.float32)) * _MATTE
    found: FloatArray = np.maximum(basis @ np.asarray(probe, np.float32), 0).astype(np.float32)
    return found


def polynomial(probe: FloatArray, turn: FloatArray) -> FloatArray:
    """``irradiance`` as a polynomial of a turned normal, for shaders: (10, 3) factors of 1, x, y, z, xx, yy, zz, xy,
    yz, zx. turn : (3, 3) rotation, frame of those normals to the stage frame."""
    p = np.asarray(probe, np.float64) * _MATTE[:, None] * np.array(_BASIS)[:, None]
    out = np.empty((10, 3), np.float32)
    out[0] = p[0]
    out[1:4] = turn.T @ p[[3, 1, 2]]
    q = np.empty((3, 3, 3))
    q[0, 0], q[1, 1], q[2, 2] = p[8] - p[6], -p[8] - p[6], 2 * p[6]
    q[0, 1] = q[1, 0] = p[4] / 2
    q[1, 2] = q[2, 1] = p[5] / 2
    q[0, 2] = q[2, 0] = p[7] / 2
    q = np.einsum("ia,ijc,jb->abc", turn, q, turn)
    out[4:7] = q[[0, 1, 2], [0, 1, 2]]
    out[7:] = 2 * q[[0, 1, 2], [1, 2, 0]]
    return out


def _basis(d: FloatArray) -> FloatArray:
    x, y, z = d[..., 0], d[..., 1], d[..., 2]
    terms = (np.ones_like(x), y, z, x, x * y, y * z, 3 * z * z - 1, z * x, x * x - y * y)
    return np.stack(terms, -1) * np.array(_BASIS, d.dtype)


def _sphere(count: int) -> FloatArray:
    """(count, 3) unit directions, evenly spread (Fibonacci), as many at the left as at the right."""
    k = np.arange(count // 2)
    z = 1 - (2 * k + 1) / len(k)
    r, a = np.sqrt(1 - z * z), k * (math.pi * (3 - math.sqrt(5)))
    half = np.stack([r * np.cos(a), r * np.sin(a), z], -1)
    return np.concatenate([half, half * (-1, 1, 1)]).astype(np.float32)


def _shrunk(image: ByteArray) -> FloatArray:
    """Means over at most 32 × 24 cells of every few pixels, 0-1 encoded."""
    step = max(1, min(image.shape[1] // (_CELLS[0] * 4), image.shape[0] // (_CELLS[1] * 4)))
    part: FloatArray = image[::step, ::step].astype(np.float32) / np.float32(255)
    for axis, cells in ((0, _CELLS[1]), (1, _CELLS[0])):
        size = part.shape[axis]
        starts = np.unique(np.linspace(0, size, min(cells, size), endpoint=False).astype(np.intp))
        counts = np.diff(np.append(starts, size)).astype(np.float32)
        shape = [1, 1, 1]
        shape[axis] = len(counts)
        part = (np.add.reduceat(part, starts, axis=axis) / counts.reshape(shape)).astype(np.float32)
    return part


def linear(encoded: FloatArray) -> FloatArray:
    """sRGB values 0-1 to linear ones (IEC 61966-2-1)."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4).astype(np.float32)
