"""Quaternions ``xyzw``, unit, float32. Every function works over leading axes and takes ``out=``."""

from __future__ import annotations

from typing import Final

import numpy as np

from ..types import FloatArray

_PLACES: Final = np.array([[3, 2, 1, 0], [2, 3, 0, 1], [1, 0, 3, 2], [0, 1, 2, 3]])
"""Which of x, y, z, w stands where in the matrix of a product, and with which sign."""
_LEFT_SIGNS: Final = np.array([[1, -1, 1, 1], [1, 1, -1, 1], [-1, 1, 1, 1], [-1, -1, -1, 1]], np.float32)
_RIGHT_SIGNS: Final = np.array([[1, 1, -1, 1], [-1, 1, 1, 1], [1, -1, 1, 1], [-1, -1, -1, 1]], np.float32)


def identity(shape: tuple[int, ...] = ()) -> FloatArray:
    """Identity rotations, ``(*shape, 4) float32``."""
    q = np.zeros((*shape, 4), np.float32)
    q[..., 3] = 1
    return q


def multiply(a: FloatArray, b: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """Hamilton product ``a b`` (apply b first, then a). a, b : (..., 4); out may not alias a or b."""
    if out is None:
        out = np.empty(np.broadcast_shapes(a.shape, b.shape), np.float32)
    ax, ay, az, aw = a[..., 0], a[..., 1], a[..., 2], a[..., 3]
    bx, by, bz, bw = b[..., 0], b[..., 1], b[..., 2], b[..., 3]
    out[..., 0] = aw * bx + ax * bw + ay * bz - az * by
    out[..., 1] = aw * by - ax * bz + ay * bw + az * bx
    out[..., 2] = aw * bz + ax * by - ay * bx + az * bw
    out[..., 3] = aw * bw - ax * bx - ay * by - az * bz
    return out


def conjugate(q: FloatArray) -> FloatArray:
    """Inverse of unit quaternions, (..., 4)."""
    return q * np.array([-1, -1, -1, 1], np.float32)


def normalize(q: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """Unit length; a zero quaternion becomes the identity. q : (..., 4)."""
    n = np.sqrt(np.einsum("...i,...i->...", q, q))[..., None]
    bad = n < 1e-12
    result = np.divide(q, np.where(bad, 1, n), out=out)
    if bad.any():
        result[bad[..., 0]] = (0, 0, 0, 1)
    return result.astype(np.float32, copy=False)


def rotate(q: FloatArray, v: FloatArray) -> FloatArray:
    """Vectors v (..., 3) turned by q (..., 4)."""
    u, w = q[..., :3], q[..., 3:]
    t = 2 * np.cross(u, v)
    return (v + w * t + np.cross(u, t)).astype(np.float32, copy=False)


def from_axis_angle(axis: FloatArray, angle: FloatArray | float) -> FloatArray:
    """Turn by ``angle`` radians about a unit axis. axis : (..., 3); angle : (...) or scalar."""
    half = np.asarray(angle, np.float32)[..., None] * np.float32(0.5)
    axis = np.asarray(axis, np.float32)
    return np.concatenate(
        [
            axis * np.sin(half),
            np.broadcast_to(np.cos(half), (*np.broadcast_shapes(axis.shape[:-1], half.shape[:-1]), 1)),
        ],
        axis=-1,
        dtype=np.float32,
    )


def from_euler(x: float, y: float, z: float) -> FloatArray:
    """Intrinsic Y, then X, then Z (yaw, pitch, roll), radians; (4,)."""
    qx = from_axis_angle(np.array([1, 0, 0], np.float32), x)
    qy = from_axis_angle(np.array([0, 1, 0], np.float32), y)
    qz = from_axis_angle(np.array([0, 0, 1], np.float32), z)
    return multiply(multiply(qy, qx), qz)


def between(a: FloatArray, b: FloatArray) -> FloatArray:
    """The shortest turn that takes unit vectors a (..., 3) onto b (..., 3). Opposite vectors turn about some normal."""
    a, b = np.broadcast_arrays(a, b)
    w = 1 + np.einsum("...i,...i->...", a, b)[..., None]
    xyz = np.cross(a, b)
    flip = w[..., 0] < 1e-6
    if np.any(flip):
        other = np.where(np.abs(a[..., :1]) > 0.6, np.array([0.0, 1, 0]), np.array([1.0, 0, 0]))
        xyz = np.where(flip[..., None], np.cross(a, other), xyz)
        w = np.where(flip[..., None], 0, w)
    return normalize(np.concatenate([xyz, w], axis=-1).astype(np.float32))


def slerp(a: FloatArray, b: FloatArray, t: FloatArray | float) -> FloatArray:
    """Spherical interpolation along the shorter arc. a, b : (..., 4); t : scalar or (...)."""
    t = np.asarray(t, np.float32)[..., None]
    dot = np.einsum("...i,...i->...", a, b)[..., None]
    b = np.where(dot < 0, -b, b)
    dot = np.minimum(np.abs(dot), 1)
    theta = np.arccos(dot)
    s = np.sin(theta)
    near = s < 1e-5
    s = np.where(near, 1, s)
    wa = np.where(near, 1 - t, np.sin((1 - t) * theta) / s)
    wb = np.where(near, t, np.sin(t * theta) / s)
    return normalize((wa * a + wb * b).astype(np.float32))


def to_matrix(q: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """Rotation matrices (..., 3, 3) for column vectors, from unit q (..., 4)."""
    if out is None:
        out = np.empty((*q.shape[:-1], 3, 3), np.float32)
    x, y, z, w = q[..., 0], q[..., 1], q[..., 2], q[..., 3]
    out[..., 0, 0] = 1 - 2 * (y * y + z * z)
    out[..., 0, 1] = 2 * (x * y - z * w)
    out[..., 0, 2] = 2 * (x * z + y * w)
    out[..., 1, 0] = 2 * (x * y + z * w)
    out[..., 1, 1] = 1 - 2 * (x * x + z * z)
    out[..., 1, 2] = 2 * (y * z - x * w)
    out[..., 2, 0] = 2 * (x * z - y * w)
    out[..., 2, 1] = 2 * (y * z + x * w)
    out[..., 2, 2] = 1 - 2 * (x * x + y * y)
    return out


def _outer_to_matrix() -> FloatArray:
    """(16, 16): the outer product of a unit quaternion with itself, flat, to its homogeneous matrix, flat."""
    k = np.zeros((4, 4, 4, 4))
    w = 3
    for a, b, c in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        for i, sign in ((w, 1), (a, 1), (b, -1), (c, -1)):
            k[i, i, a, a] = sign
        k[a, b, a, b] = k[a, b, b, a] = 2
        k[c, w, b, a] = 2
        k[c, w, a, b] = -2
        k[a, a, 3, 3] = 1
    k[w, w, 3, 3] = 1
    return k.reshape(16, 16).astype(np.float32)


_OUTER_TO_MATRIX = _outer_to_matrix()
_ROWS = np.repeat(np.eye(4, dtype=np.float32), 4, axis=1)
_COLUMNS = np.tile(np.eye(4, dtype=np.float32), 4)
"""(4, 16) each: a quaternion to the two factors of that outer product. Products of long rows are many times quicker
than multiplying four numbers by four, again and again."""


_HALF, _LITTLE = np.array(0.5, np.float32), np.array(1e-7, np.float32)
"""Arrays, because an operation with one of Python's numbers takes twice as long."""
_MANY = 2000
"""Numbers from which on three long operations are quicker than one that goes three by three."""


def to_affine(q: FloatArray, outer: FloatArray, out: FloatArray) -> FloatArray:
    """Homogeneous matrices of unit q (..., n, 4) by one product, for the hot loop: no translation, last row 0 0 0 1.

    outer : (..., n, 4, 4) contiguous scratch; out : (..., n, 4, 4) float32, whose last two axes are contiguous.
    """
    flat = (*q.shape[:-1], 16)
    square, result = outer.reshape(flat), out.reshape(flat)
    np.matmul(q, _ROWS, out=square)
    np.matmul(q, _COLUMNS, out=result)
    np.multiply(square, result, out=square)
    np.matmul(square, _OUTER_TO_MATRIX, out=result)
    return out


def from_matrix(m: FloatArray) -> FloatArray:
    """Unit quaternions (..., 4) from pure rotation matrices (..., 3, 3), by the largest of the four squares
    (Shepperd 1978), so that no branch loses precision."""
    m = np.asarray(m, np.float64)
    d0, d1, d2 = m[..., 0, 0], m[..., 1, 1], m[..., 2, 2]
    four = np.stack([1 + d0 - d1 - d2, 1 - d0 + d1 - d2, 1 - d0 - d1 + d2, 1 + d0 + d1 + d2], -1)
    k = np.argmax(four, -1)
    a = m[..., 2, 1] - m[..., 1, 2]
    b = m[..., 0, 2] - m[..., 2, 0]
    c = m[..., 1, 0] - m[..., 0, 1]
    xy = m[..., 0, 1] + m[..., 1, 0]
    xz = m[..., 0, 2] + m[..., 2, 0]
    yz = m[..., 1, 2] + m[..., 2, 1]
    options = np.stack(
        [
            np.stack([four[..., 0], xy, xz, a], -1),
            np.stack([xy, four[..., 1], yz, b], -1),
            np.stack([xz, yz, four[..., 2], c], -1),
            np.stack([a, b, c, four[..., 3]], -1),
        ],
        -2,
    )
    chosen = np.take_along_axis(options, k[..., None, None], -2)[..., 0, :]
    return normalize(chosen.astype(np.float32))


def from_vector(v: FloatArray, out: FloatArray | None = None) -> FloatArray:
    """Exponential map: rotation vectors (..., 3), axis times radians, to unit quaternions (..., 4)."""
    if out is None:
        out = np.empty((*v.shape[:-1], 4), np.float32)
    half = np.sqrt(np.vecdot(v, v))
    half *= 0.5
    np.cos(half, out=out[..., 3])
    # np.sinc is sin(pi x) / (pi x), finite at 0
    ratio = np.sinc(half * np.float32(1 / np.pi))
    ratio *= 0.5
    np.multiply(v, ratio[..., None], out=out[..., :3])
    return out


def turns(v: FloatArray, out: FloatArray, half: FloatArray, ratio: FloatArray) -> FloatArray:
    """``from_vector`` for the hot loop. half, ratio : (..., 1) scratch."""
    np.vecdot(v, v, out=half[..., 0])
    np.sqrt(half, out=half)
    half *= _HALF
    np.cos(half, out=out[..., 3:])
    np.maximum(half, _LITTLE, out=half)
    np.sin(half, out=ratio)
    ratio /= half
    ratio *= _HALF
    if v.size < _MANY:
        np.multiply(v, ratio, out=out[..., :3])
        return out
    for i in range(3):
        np.multiply(v[..., i], ratio[..., 0], out=out[..., i])
    return out


def to_vector(q: FloatArray) -> FloatArray:
    """Logarithm: unit quaternions (..., 4) to rotation vectors (..., 3) of at most pi radians."""
    q = np.where(q[..., 3:] < 0, -q, q)
    n = np.sqrt(np.einsum("...i,...i->...", q[..., :3], q[..., :3]))[..., None]
    angle = 2 * np.arctan2(n, q[..., 3:])
    return (q[..., :3] * np.where(n < 1e-7, 2, angle / np.where(n < 1e-7, 1, n))).astype(np.float32)


def left_matrix(q: FloatArray) -> FloatArray:
    """(..., 4, 4) with ``left_matrix(a) @ b == multiply(a, b)``."""
    return (q[..., _PLACES] * _LEFT_SIGNS).astype(np.float32, copy=False)


def right_matrix(q: FloatArray) -> FloatArray:
    """(..., 4, 4) with ``right_matrix(b) @ a == multiply(a, b)``."""
    return (q[..., _PLACES] * _RIGHT_SIGNS).astype(np.float32, copy=False)
