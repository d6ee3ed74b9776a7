"""Printed marks as a pinhole camera sees them, without pictures: corners with a little noise."""

from __future__ import annotations

import numpy as np

from avatar.linalg import planar
from avatar.stage.camera import Camera
from avatar.types import Mark, Observation

CAMERA = Camera((640, 480), np.radians(50.0))
CORNERS = np.array([[-0.5, 0.5], [0.5, 0.5], [0.5, -0.5], [-0.5, -0.5]])


def table(tilt: float, spin: float = 0.0, at: tuple[float, float, float] = (0, -0.1, -0.8)) -> np.ndarray:
    """A level table seen ``tilt`` degrees above its edge-on view, a print on it turned by ``spin``; plane to stage."""
    t, s = np.radians([tilt - 90, spin])
    tip = np.array([[1, 0, 0], [0, np.cos(t), -np.sin(t)], [0, np.sin(t), np.cos(t)]])
    turn = np.array([[np.cos(s), -np.sin(s), 0], [np.sin(s), np.cos(s), 0], [0, 0, 1]])
    matrix = np.eye(4)
    matrix[:3, :3] = tip @ turn
    matrix[:3, 3] = at
    return matrix


def mark(
    matrix: np.ndarray,
    number: int = 3,
    size: float = 0.08,
    at: tuple[float, float] = (0.0, 0.0),
    turn: float = 0.0,
    noise: float = 0.0,
    rng: np.random.Generator | None = None,
    camera: Camera = CAMERA,
    family: str = "april",
) -> Mark:
    """The mark that lies ``at`` (metres) on a plane, turned by ``turn`` radians."""
    own = CORNERS * size
    c, s = np.cos(turn), np.sin(turn)
    plane = own @ np.array([[c, s], [-s, c]]) + at
    pixels = planar.slopes(matrix, plane) * (camera.focal, -camera.focal) + np.array(camera.size) / 2
    if noise and rng is not None:
        pixels = pixels + rng.normal(0, noise, pixels.shape)
    return Mark(family, number, pixels.astype(np.float32), own.astype(np.float32))


def seen(t: float, *marks: Mark, marks_t: float | None = None, **parts) -> Observation:
    return Observation(t, CAMERA.size, marks=marks, marks_t=t if marks_t is None else marks_t, **parts)


def angle(a: np.ndarray, b: np.ndarray) -> float:
    """Degrees between two turns."""
    return float(np.degrees(np.arccos(np.clip((np.trace(a[:3, :3].T @ b[:3, :3]) - 1) / 2, -1, 1))))
