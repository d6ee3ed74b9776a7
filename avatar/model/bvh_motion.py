"""A BVH recording's rotations and places, many frames at a time. The text: see ``bvh_text``; the person: ``bvh``.

Everything here is kept as rows of components, (4, T) and (3, T): each step then runs over whole rows, and one turn
about an axis costs six of them where a product of any two quaternions costs sixteen.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..types import FloatArray
from .bvh_text import Joint


def above(joints: list[Joint], joint: int) -> list[int]:
    """The joint and what it hangs from, up to the root."""
    way = [joint]
    while joints[way[-1]].parent >= 0:
        way.append(joints[way[-1]].parent)
    return way


def turns(joints: list[Joint], way: Iterable[int]) -> bool:
    """Whether any of these joints is turned by the motion."""
    return any(kind >= 3 for joint in way for _, kind in joints[joint].channels)


def moves(joints: list[Joint], joint: int) -> bool:
    """Whether the motion changes where the joint is."""
    way = above(joints, joint)
    return turns(joints, way[1:]) or any(kind < 3 for j in way for _, kind in joints[j].channels)


class Motion:
    """Some frames of a recording. joints : the file's; frames : (T, columns) float32, T at least 1."""

    def __init__(self, joints: list[Joint], frames: FloatArray) -> None:
        self._joints, self._count = joints, len(frames)
        self._columns = np.ascontiguousarray(frames.T)
        self._world: dict[int, FloatArray] = {}
        self._places: dict[int, FloatArray] = {}

    def world(self, joint: int) -> FloatArray:
        """(4, T): the joint's world turns, xyzw."""
        for j in reversed(self._missing(joint, self._world)):
            parent = self._joints[j].parent
            self._world[j] = self._turned(j, self._world[parent] if parent >= 0 else None)
        return self._world[joint]

    def offset(self, joint: int) -> FloatArray:
        """(3, T): position channels where there are any (they stand for the offset), else the offset."""
        own = self._joints[joint]
        place = np.repeat(own.offset.astype(np.float32)[:, None], self._count, 1)
        for column, kind in own.channels:
            if kind < 3:
                place[kind] = self._columns[column]
        return place

    def place(self, joint: int) -> FloatArray:
        """(3, T): where the joint is, in the file's frame and units."""
        for j in reversed(self._missing(joint, self._places)):
            parent = self._joints[j].parent
            offset = self.offset(j)
            self._places[j] = self._places[parent] + rotated(self.world(parent), offset) if parent >= 0 else offset
        return self._places[joint]

    def _missing(self, joint: int, known: dict[int, FloatArray]) -> list[int]:
        way = []
        while joint >= 0 and joint not in known:
            way.append(joint)
            joint = self._joints[joint].parent
        return way

    def _turned(self, joint: int, world: FloatArray | None) -> FloatArray:
        """``world`` (the identity where None), then the joint's own channels in the order that the file names them."""
        for column, kind in self._joints[joint].channels:
            if kind < 3:
                continue
            # A whole turn is taken off first: half of it would change the sign, and a long one loses figures.
            half = np.fmod(self._columns[column], np.float32(360))
            half *= np.float32(np.pi / 360)
            world = _about(world, kind - 3, np.sin(half), np.cos(half))
        if world is None:
            world = np.zeros((4, self._count), np.float32)
            world[3] = 1
        return world


def _about(q: FloatArray | None, axis: int, sine: FloatArray, cosine: FloatArray) -> FloatArray:
    """(4, T): q times the turn about a coordinate axis with that sine and cosine of half its angle."""
    out = np.zeros((4, len(sine)), np.float32)
    if q is None:
        out[axis], out[3] = sine, cosine
        return out
    left, right = (axis + 1) % 3, (axis + 2) % 3
    np.multiply(q, cosine, out=out)
    crossed = q * sine
    out[axis] += crossed[3]
    out[3] -= crossed[axis]
    out[left] += crossed[right]
    out[right] -= crossed[left]
    return out


def between(below: FloatArray, above_: FloatArray) -> FloatArray:
    """(4, T): the turns that lead from ``above_`` to ``below``, world turns (4, T) both: its conjugate times that."""
    ax, ay, az, aw = above_
    bx, by, bz, bw = below
    out = np.empty_like(below)
    out[0] = aw * bx - ax * bw - ay * bz + az * by
    out[1] = aw * by + ax * bz - ay * bw - az * bx
    out[2] = aw * bz - ax * by + ay * bx - az * bw
    out[3] = aw * bw + ax * bx + ay * by + az * bz
    return out


def rotated(q: FloatArray, v: FloatArray) -> FloatArray:
    """(3, T): vectors v (3, T) turned by q (4, T)."""
    x, y, z, w = q
    tx, ty, tz = 2 * (y * v[2] - z * v[1]), 2 * (z * v[0] - x * v[2]), 2 * (x * v[1] - y * v[0])
    out: FloatArray = v + w * np.stack([tx, ty, tz])
    out[0] += y * tz - z * ty
    out[1] += z * tx - x * tz
    out[2] += x * ty - y * tx
    return out
