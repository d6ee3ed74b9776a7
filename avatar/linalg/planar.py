"""A plane seen by a camera: homographies, and where the plane lies, in double precision.

Planes are told in their own frame (x right, y up, z out of them, metres); what a camera sees is told as slopes
(..., 2): x and y of the stage frame over the distance along -Z, so that ``(0, 0)`` is the middle of the picture.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_ROUNDS = 8
_TINY = 1e-12


def homography(source: Array, target: Array) -> Array:
    """(3, 3) that takes points (N, 2) to points (N, 2), N >= 4, least squares (normalised DLT: R. Hartley and
    A. Zisserman, *Multiple View Geometry*, 4.1). ValueError for points that lie on one line."""
    a, ta = _normalised(np.asarray(source, np.float64))
    b, tb = _normalised(np.asarray(target, np.float64))
    one, none = np.ones((len(a), 1)), np.zeros((len(a), 3))
    p = np.hstack([a, one])
    rows = np.vstack([np.hstack([p, none, -b[:, :1] * p]), np.hstack([none, p, -b[:, 1:] * p])])
    _, size, vt = np.linalg.svd(rows)
    if len(size) < 8 or size[7] < 1e-9 * size[0]:
        raise ValueError("a plane needs four points that do not lie on one line")
    found = np.linalg.solve(tb, vt[-1].reshape(3, 3) @ ta)
    return np.asarray(found / (found[2, 2] if abs(found[2, 2]) > _TINY else np.linalg.norm(found)), np.float64)


def through(h: Array, points: Array) -> Array:
    """Points (..., 2) through a homography (3, 3)."""
    p = np.asarray(points, np.float64) @ h[:, :2].T + h[:, 2]
    return np.asarray(p[..., :2] / p[..., 2:], np.float64)


def _normalised(points: Array) -> tuple[Array, Array]:
    middle = points.mean(0)
    size = float(np.sqrt(((points - middle) ** 2).sum(1).mean()))
    s = 1.0 / max(size, _TINY)
    matrix = np.array([[s, 0, -s * middle[0]], [0, s, -s * middle[1]], [0, 0, 1]])
    return (points - middle) * s, matrix


def slopes(matrix: Array, plane: Array) -> Array:
    """What is seen of points (N, 2) of a plane; matrix : (4, 4) plane to stage. (N, 2); NaN behind the camera."""
    p = plane @ matrix[:3, :2].T + matrix[:3, 3]
    with np.errstate(invalid="ignore", divide="ignore"):
        ahead = np.where(p[:, 2] < -_TINY, -p[:, 2], np.nan)
    return np.asarray(p[:, :2] / ahead[:, None], np.float64)


def poses(plane: Array, seen: Array) -> list[tuple[Array, float]]:
    """The two places in which a plane looks as it does, the likelier one first.

    plane : (N, 2) points of it, metres; seen : (N, 2) slopes of the same. Each place is ((4, 4) plane to stage, root
    mean square of what is left of the slopes). From the homography by T. Collins and A. Bartoli, "Infinitesimal
    Plane-Based Pose Estimation", IJCV 2014, then each refined by least squares. ValueError for too few points.
    """
    plane, seen = np.asarray(plane, np.float64), np.asarray(seen, np.float64)
    middle = plane.mean(0)
    h = homography(plane - middle, seen * (1.0, -1.0))
    p = h[:2, 2] / h[2, 2]
    j = (h[:2, :2] - np.outer(p, h[2, :2])) / h[2, 2]
    found = []
    for turn in _turns(p, j):
        matrix = np.eye(4)
        matrix[:3, :3] = turn * np.array([[1.0], [-1.0], [-1.0]])
        matrix[:3, 3] = _place(matrix[:3, :3], plane - middle, seen)
        matrix[:3, 3] -= matrix[:3, :2] @ middle
        found.append(refined(matrix, plane, seen))
    return sorted(found, key=lambda one: one[1])


def _turns(p: Array, j: Array) -> list[Array]:
    """The two rotations (OpenCV's camera: y down, z ahead) of a plane whose point at the origin is seen at ``p`` (2,)
    with the Jacobian ``j`` (2, 2)."""
    far = np.hypot(*p)
    turn = np.eye(3)
    if far > _TINY:
        cos, sin = 1 / np.hypot(far, 1), far / np.hypot(far, 1)
        k = np.zeros((3, 3))
        k[:2, 2], k[2, :2] = p / far, -p / far
        turn = np.eye(3) + sin * k + (1 - cos) * k @ k
    b = turn[:2, :2] - np.outer(p, turn[2, :2])
    a = np.linalg.solve(b, j)
    flat = a / max(np.linalg.svd(a, compute_uv=False)[0], _TINY)
    left = np.eye(2) - flat.T @ flat
    x, y = np.sqrt(max(left[0, 0], 0)), np.sqrt(max(left[1, 1], 0)) * (1 if left[0, 1] >= 0 else -1)
    both = []
    for sign in (1.0, -1.0):
        first, second = np.array([*flat[:, 0], sign * x]), np.array([*flat[:, 1], sign * y])
        both.append(turn @ _orthonormal(first, second))
    return both


def _orthonormal(first: Array, second: Array) -> Array:
    u, _, vt = np.linalg.svd(np.stack([first, second, np.cross(first, second)], 1))
    return np.asarray(u @ np.diag([1, 1, np.linalg.det(u @ vt)]) @ vt, np.float64)


def _place(turn: Array, plane: Array, seen: Array) -> Array:
    """(3,) least squares: where the plane's origin is, once its rotation (stage) is known."""
    p = plane @ turn[:, :2].T
    n = len(p)
    rows, right = np.zeros((2 * n, 3)), np.zeros(2 * n)
    for axis in (0, 1):
        rows[axis * n : (axis + 1) * n, axis] = 1
        rows[axis * n : (axis + 1) * n, 2] = seen[:, axis]
        right[axis * n : (axis + 1) * n] = -p[:, axis] - seen[:, axis] * p[:, 2]
    return np.asarray(np.linalg.lstsq(rows, right, rcond=None)[0], np.float64)


def refined(matrix: Array, plane: Array, seen: Array) -> tuple[Array, float]:
    """The place near ``matrix`` (4, 4) that fits best, and the root mean square of the slopes' errors that it leaves
    (Levenberg and Marquardt, rotation as a small vector)."""
    best, error = matrix, _left(matrix, plane, seen)
    damping = 1e-4
    for _ in range(_ROUNDS):
        p = plane @ best[:3, :2].T
        q = p + best[:3, 3]
        d = -q[:, 2]
        if d.min() <= _TINY:
            break
        rest = (seen - q[:, :2] / d[:, None]).T.reshape(-1)
        j = np.zeros((2, len(p), 6))
        for axis in (0, 1):
            j[axis, :, axis] = 1 / d
            j[axis, :, 2] = q[:, axis] / (d * d)
            g, out = j[axis, :, :3].T, j[axis, :, 3:]
            out[:, 0] = p[:, 1] * g[2] - p[:, 2] * g[1]
            out[:, 1] = p[:, 2] * g[0] - p[:, 0] * g[2]
            out[:, 2] = p[:, 0] * g[1] - p[:, 1] * g[0]
        rows = j.reshape(-1, 6)
        normal = rows.T @ rows
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal) + _TINY), rows.T @ rest)
        moved = best.copy()
        moved[:3, :3] = _rotation(np.asarray(step[3:], np.float64)) @ best[:3, :3]
        moved[:3, 3] = best[:3, 3] + step[:3]
        after = _left(moved, plane, seen)
        if not after < error:
            damping *= 10
            continue
        gain, best, error, damping = error - after, moved, after, damping / 10
        if gain < 1e-4 * error + _TINY:
            break
    return best, error


def _left(matrix: Array, plane: Array, seen: Array) -> float:
    rest = slopes(matrix, plane) - seen
    return float(np.sqrt((rest**2).sum(1).mean())) if np.isfinite(rest).all() else float("inf")


def _rotation(v: Array) -> Array:
    angle = float(np.linalg.norm(v))
    if angle < _TINY:
        return np.eye(3)
    x, y, z = v / angle
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k, np.float64)


def meet(matrix: Array, seen: Array) -> Array:
    """Where lines of sight (N, 2), as slopes, meet a plane; matrix : (4, 4) plane to stage. (N, 2) metres on the plane;
    NaN where they do not meet it before the camera."""
    rays = np.hstack([seen, -np.ones((len(seen), 1))])
    normal = matrix[:3, 2]
    with np.errstate(invalid="ignore", divide="ignore"):
        far = (normal @ matrix[:3, 3]) / (rays @ normal)
    points = rays * np.where(far > 0, far, np.nan)[:, None] - matrix[:3, 3]
    return np.asarray(points @ matrix[:3, :2], np.float64)
