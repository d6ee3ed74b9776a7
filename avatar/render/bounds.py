"""Where a posed model is: the box that each joint's vertices fill, and what of a picture they cover. No OpenGL here.

A vertex lies between where its joints would each put it, so a triangle inside the hull of the boxes of all the joints
that pull it. In a picture the hull of several boxes lies in the rectangles round each two of them: the pairs of joints
that share a triangle are all that must be known.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ..model.model import Primitive
from ..types import FloatArray

_CORNERS = np.array([[x, y, z, 1] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
_NEAREST = 0.02  # metres before the lens: what comes nearer may be anywhere in the picture

Rect = tuple[int, int, int, int]


class Bounds:
    """The boxes of the joints that move drawn vertices. empty : no vertex is drawn."""

    def __init__(
        self,
        primitives: tuple[Primitive, ...],
        vertex_entries: list[NDArray[np.uint16]],
        nodes: NDArray[np.intp],
        binds: FloatArray,
    ) -> None:
        """vertex_entries, nodes : ``Palette``'s; binds : (E, 4, 4) the mesh's frame to each entry's."""
        # What morphs move has boxes of its own: a moving face must not widen the hair's, nor a wide one the face's.
        nodes, binds, count = nodes.repeat(2), binds.repeat(2, 0), 2 * len(nodes)
        low = np.full((count, 3), np.inf, np.float32)
        high = -low
        drawn = [
            (p, 2 * e.astype(np.uint32) + _moving(p)[:, None])
            for p, e in zip(primitives, vertex_entries, strict=True)
            if p.first_person != "firstPersonOnly" and p.indices.size
        ]
        parts = [(p, _pulls(p, e)) for p, e in drawn]
        for p, pulls in parts:
            for vertices, e in pulls:
                local = np.einsum("vij,vj->vi", binds[e, :3, :3], p.positions[vertices]) + binds[e, :3, 3]
                np.minimum.at(low, e, local)
                np.maximum.at(high, e, local)
        used = np.isfinite(low[:, 0])
        self.empty = not used.any()
        place = np.cumsum(used) - 1
        self._nodes = nodes[used]
        self._low, self._size = low[used].T.copy(), (high - low)[used].T.copy()
        self._pairs = place[_pairs(drawn, count)]
        self._targets, moved, self._down, self._up = _moves(parts, binds)
        self._moved = place[moved]
        self._now_low, self._now_size = self._low.copy(), self._size.copy()
        # Of each box its three edges and lowest corner, in the companion's frame.
        self._frames = np.zeros((3, 4, len(self._nodes)), np.float32)

    def pose(self, world: FloatArray, morphs: FloatArray) -> None:
        """Take over a pose. world : (J, 4, 4) joints to the companion's frame; morphs : (M,) weights."""
        if self._moved.size:
            self._grow(morphs[self._targets])
        turned = np.ascontiguousarray(world[self._nodes, :3].transpose(1, 2, 0))
        np.multiply(turned[:, :3], self._now_size, out=self._frames[:, :3])
        np.add(turned[:, 3], (turned[:, :3] * self._now_low).sum(1), out=self._frames[:, 3])

    def _grow(self, weights: FloatArray) -> None:
        """Make the boxes of what morphs move as wide as these weights need."""
        more, less = np.maximum(weights, 0), np.minimum(weights, 0)
        low = (more @ self._down + less @ self._up).reshape(3, -1)
        high = (more @ self._up + less @ self._down).reshape(3, -1)
        self._now_low[:, self._moved] = self._low[:, self._moved] + low
        self._now_size[:, self._moved] = self._size[:, self._moved] + (high - low)

    def corners(self) -> FloatArray:
        """(N, 3) corners of the boxes, in the companion's frame."""
        found: FloatArray = (_CORNERS @ self._frames).reshape(3, -1).T
        return found

    def rect(self, clip: FloatArray, size: tuple[int, int], reach: float, margin: float) -> tuple[Rect, float]:
        """Pixels (x0, y0, x1, y1) that hold every triangle, cut at the picture, and the least depth (clip space's w).

        Empty (x1 <= x0) when all are outside. clip : (4, 4) companion's frame to clip, rows in the picture's direction;
        size : (width, height); reach : metres that outlines may add; margin : pixels around."""
        if self.empty:
            return (0, 0, 0, 0), _NEAREST
        rows = clip[[0, 1, 3]]
        seen = (rows[:, :3] @ self._frames.reshape(3, -1)).reshape(3, 4, -1)
        seen[:, 3] += rows[:, 3:]
        points = _CORNERS @ seen
        wide, tall, deep = (reach * math.hypot(*row) for row in rows[:, :3].tolist())
        w = points[2]
        least = w.min(0)
        nearest = float(least.min())
        if nearest - deep < _NEAREST:
            return ((0, 0, 0, 0) if w.max() + deep < _NEAREST else (0, 0, *size)), max(nearest, _NEAREST)
        xy = points[:2] / w
        low, high = xy.min(1), xy.max(1)
        if reach:
            grow = np.maximum(-low, high) * np.float32(deep) + np.array([[wide], [tall]], np.float32)
            grow /= least - np.float32(deep)
            low, high = low - grow, high + grow
        return self._cut(low, high, size, margin), nearest

    def _cut(self, low: FloatArray, high: FloatArray, size: tuple[int, int], margin: float) -> Rect:
        """The rectangle of what is inside the picture. low, high : (2, N) each box's, -1 to 1 in the picture."""
        edge = 1 + 2 * margin / np.array(size, np.float32)[:, None]
        inside = np.all((high > -edge) & (low < edge), axis=0)
        if not inside.all():
            # What lies between two boxes may be in the picture where one of them is not. Each two by themselves: a wide
            # one below the picture must not widen the rest.
            a, b = self._pairs
            between = ~(inside[a] & inside[b])
            a, b = a[between], b[between]
            low = np.concatenate([low[:, inside], np.minimum(low[:, a], low[:, b])], 1)
            high = np.concatenate([high[:, inside], np.maximum(high[:, a], high[:, b])], 1)
            inside = np.all((high > -edge) & (low < edge), axis=0)
            low, high = low[:, inside], high[:, inside]
            if not inside.any():
                return 0, 0, 0, 0
        (x0, y0), (x1, y1) = (map(float, corner) for corner in (low.min(1), high.max(1)))
        w, h = size
        return (
            max(math.floor((x0 + 1) * w / 2 - margin), 0),
            max(math.floor((y0 + 1) * h / 2 - margin), 0),
            min(math.ceil((x1 + 1) * w / 2 + margin), w),
            min(math.ceil((y1 + 1) * h / 2 + margin), h),
        )


Pulls = list[tuple[NDArray[np.intp], NDArray[np.intp]]]
"""Of each of a primitive's columns of joints: the drawn vertices it pulls, and the box that each is in."""


def _moving(p: Primitive) -> NDArray[np.uint32]:
    """(V,) 1 where a morph target moves the vertex, else 0."""
    if p.morph_positions is None:
        return np.zeros(len(p.positions), np.uint32)
    found: NDArray[np.uint32] = np.any(p.morph_positions, axis=(0, 2)).astype(np.uint32)
    return found


def _pulls(p: Primitive, entries: NDArray[np.uint32]) -> Pulls:
    drawn = np.unique(p.indices).astype(np.intp)
    if p.skin < 0 or p.weights is None:
        return [(drawn, entries[drawn, 0].astype(np.intp))]
    columns = (drawn[p.weights[drawn, k] > 0] for k in range(p.weights.shape[1]))
    return [(v, entries[v, k].astype(np.intp)) for k, v in enumerate(columns)]


def _pairs(parts: list[tuple[Primitive, NDArray[np.uint32]]], count: int) -> NDArray[np.intp]:
    """(2, N) each two of ``count`` boxes that hold one triangle."""
    codes = [np.zeros(0, np.intp)]
    for p, boxes in parts:
        if p.skin >= 0 and p.weights is not None:
            most = np.take_along_axis(boxes, p.weights.argmax(1)[:, None], 1)
            boxes = np.where(p.weights > 0, boxes, most)
        groups, of = _groups(boxes)
        corners = of[p.indices]
        alone = np.unique(corners)
        ends = [corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]], np.stack([alone, alone], 1)]
        sides = np.concatenate(ends)
        a, b = np.divmod(np.unique(sides.min(1) * len(groups) + sides.max(1)), len(groups))
        e, f = groups[a][:, :, None], groups[b][:, None]
        first, last = np.minimum(e, f), np.maximum(e, f)
        codes.append(np.unique((first * count + last)[first < last]))
    return np.stack(np.divmod(np.unique(np.concatenate(codes)), count))


def _groups(joints: NDArray[np.uint32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Each different row of joints (V, 4 or 8) whatever its order, and which one each vertex has (V,)."""
    rows = np.ascontiguousarray(np.sort(joints, axis=1))
    of = np.zeros(len(rows), np.intp)
    for half in rows.view(np.uint64).T:
        different, which = np.unique(half, return_inverse=True)
        of = np.unique(of * len(different) + which, return_inverse=True)[1]
    _, one = np.unique(of, return_index=True)
    return rows[one].astype(np.intp), of


def _moves(
    parts: list[tuple[Primitive, Pulls]], binds: FloatArray
) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray, FloatArray]:
    """What morph targets do to the boxes: (T,) targets of the model, (N,) boxes whose vertices they move, and (T, 3·N)
    how far each moves them down and up at most along the box's own axes."""
    morphing = [(p, p.morph_positions, _moved(p, pulls)) for p, pulls in parts if p.morph_positions is not None]
    none = [np.zeros(0, np.intp)]
    targets = np.unique(np.concatenate(none + [p.morph_offset + np.arange(len(d)) for p, d, _ in morphing]))
    boxes = np.unique(np.concatenate(none + [e for _, _, (_, e) in morphing]))
    down = np.zeros((len(targets), 3, len(boxes)), np.float32)
    up = np.zeros_like(down)
    for p, deltas, (vertices, e) in morphing:
        if not len(vertices):
            continue
        starts = np.flatnonzero(np.diff(e, prepend=-1))
        turn, at = binds[e[starts], :3, :3], np.searchsorted(boxes, e[starts])
        for k, delta in enumerate(deltas, int(np.searchsorted(targets, p.morph_offset))):
            ways = delta[vertices]
            low, high = (edge.reduceat(ways, starts, axis=0)[:, None] for edge in (np.minimum, np.maximum))
            # Of the mesh's axes, the boxes' own axes get the least and the most that any of such ways can come to.
            least = np.where(turn > 0, turn * low, turn * high).sum(2).T
            most = np.where(turn > 0, turn * high, turn * low).sum(2).T
            down[k][:, at] = np.minimum(down[k][:, at], least)
            up[k][:, at] = np.maximum(up[k][:, at], most)
    flat = (len(targets), 3 * len(boxes))
    return targets, boxes, down.reshape(flat), up.reshape(flat)


def _moved(p: Primitive, pulls: Pulls) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The vertices that morphs move, once for each joint that pulls them, and their boxes, in the boxes' order."""
    moving = _moving(p).astype(bool)
    kept = [(v[moving[v]], e[moving[v]]) for v, e in pulls]
    vertices, boxes = (np.concatenate(each) for each in zip(*kept, strict=True))
    order = np.argsort(boxes, kind="stable")
    return vertices[order], boxes[order]
