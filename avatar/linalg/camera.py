"""Camera matrices in OpenGL's conventions, and the way between pixels and metres."""

from __future__ import annotations

import math

import numpy as np

from ..types import FloatArray


def perspective(fov_y: float, aspect: float, near: float = 0.05, far: float = 50.0) -> FloatArray:
    """Clip matrix (4, 4). fov_y : vertical field of view, radians; aspect : width / height; near, far : metres."""
    f = 1 / math.tan(fov_y / 2)
    m = np.zeros((4, 4), np.float32)
    m[0, 0] = f / aspect
    m[1, 1] = f
    m[2, 2] = (far + near) / (near - far)
    m[2, 3] = 2 * far * near / (near - far)
    m[3, 2] = -1
    return m


def look_at(eye: FloatArray, target: FloatArray, up: tuple[float, float, float] = (0, 1, 0)) -> FloatArray:
    """View matrix (4, 4), world to camera; eye, target (3,) metres."""
    eye = np.asarray(eye, np.float64)
    z = eye - np.asarray(target, np.float64)
    z /= np.linalg.norm(z)
    x = np.cross(up, z)
    if x @ x < 1e-12:
        # Looking along ``up``: what was ahead lies at the picture's top, or its foot.
        x = np.cross((0.0, 0.0, -1.0) if abs(z[2]) < 0.5 else (0.0, 1.0, 0.0), z)
    x /= np.linalg.norm(x)
    y = np.cross(z, x)
    m = np.eye(4)
    m[0, :3], m[1, :3], m[2, :3] = x, y, z
    m[:3, 3] = -m[:3, :3] @ eye
    return m.astype(np.float32)


def focal_pixels(fov_y: float, height: int) -> float:
    """Focal length in pixels of a picture ``height`` pixels high."""
    return height / (2 * math.tan(fov_y / 2))


def project(points: FloatArray, fov_y: float, size: tuple[int, int]) -> FloatArray:
    """Stage points (..., 3) to pixels (..., 2), y downwards; size = (width, height). Points must have z < 0."""
    points = np.asarray(points, np.float32)
    f = focal_pixels(fov_y, size[1])
    depth = -points[..., 2]
    return np.stack([size[0] / 2 + f * points[..., 0] / depth, size[1] / 2 - f * points[..., 1] / depth], -1).astype(
        np.float32
    )


def unproject(pixels: FloatArray, depth: float | FloatArray, fov_y: float, size: tuple[int, int]) -> FloatArray:
    """Pixels (..., 2) at ``depth`` metres in front of the lens to stage points (..., 3)."""
    pixels = np.asarray(pixels, np.float32)
    f = focal_pixels(fov_y, size[1])
    d = np.asarray(depth, np.float32)
    return np.stack(
        [
            (pixels[..., 0] - size[0] / 2) * d / f,
            (size[1] / 2 - pixels[..., 1]) * d / f,
            np.broadcast_to(-d, pixels.shape[:-1]),
        ],
        -1,
    ).astype(np.float32)
