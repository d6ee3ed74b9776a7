"""The joints that pull a model's vertices, over all its skins, and the box each one's vertices fill. No OpenGL here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.model import AvatarModel, Primitive
from ..types import FloatArray

_CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)], np.float32)
_PULL = 0.02  # a weaker weight does not widen a joint's box


class Palette:
    """Each different pair of node and inverse bind once; a rigid primitive's entry is its node.

    nodes : (E,) node of each entry; vertex_entries : for each primitive (V, 4 or 8) uint16, entries of its vertices.
    """

    def __init__(self, model: AvatarModel) -> None:
        found: dict[tuple[int, bytes], int] = {}
        nodes: list[int] = []
        binds: list[FloatArray] = []

        def entry(node: int, bind: FloatArray) -> int:
            key = (node, bind.tobytes())
            if key not in found:
                found[key] = len(nodes)
                nodes.append(node)
                binds.append(bind)
            return found[key]

        identity = np.eye(4, dtype=np.float32)
        skins = [
            np.array([entry(int(n), np.asarray(b, np.float32)) for n, b in zip(s.joints, s.inverse_bind, strict=True)])
            for s in model.skins
        ]
        self.vertex_entries: list[NDArray[np.uint16]] = []
        for p in model.primitives:
            if p.skin >= 0 and p.joints is not None:
                self.vertex_entries.append(skins[p.skin][p.joints].astype(np.uint16))
            else:
                self.vertex_entries.append(np.full((len(p.positions), 4), entry(p.node, identity), np.uint16))
        self.nodes = np.array(nodes or [0], np.intp)
        self._binds = np.stack(binds or [identity])
        self._matrices = np.empty_like(self._binds)
        self._anchors, self._middles = self._anchored(model.primitives)
        low, high = self._boxes(model.primitives)
        used = np.isfinite(low[:, 0])
        self._boxed = self.nodes[used]
        corners = low[used, None] + (high - low)[used, None] * _CORNERS
        self._corners = np.concatenate([corners, np.ones_like(corners[..., :1])], -1).swapaxes(-1, -2)

    def rows(self, world: FloatArray, out: FloatArray) -> None:
        """The upper three rows of ``world @ inverse_bind`` of each entry. world : (J, 4, 4); out : (≥ E, 3, 4)."""
        np.matmul(world[self.nodes], self._binds, out=self._matrices)
        out[: len(self.nodes)] = self._matrices[:, :3]

    def mirrored(self) -> NDArray[np.bool_]:
        """(P,) primitives mirrored in ``rows``' pose: their fronts turn the other way (glTF 2.0, 3.7.4).

        A skin's primitive goes by the joint that pulls most of it: its own node does not move it."""
        found: NDArray[np.bool_] = np.linalg.det(self._matrices[self._anchors, :3, :3]) < 0
        return found

    def depths(self, clip: FloatArray) -> FloatArray:
        """(P,) how far the middles of the primitives are in ``rows``' pose: clip space's w."""
        far: FloatArray = np.einsum("j,pjk,pk->p", clip[3], self._matrices[self._anchors], self._middles)
        return far

    def corners(self, world: FloatArray) -> FloatArray:
        """(N, 3) corners of the joints' boxes. world : (J, 4, 4)."""
        found: FloatArray = (world[self._boxed] @ self._corners)[:, :3].swapaxes(-1, -2).reshape(-1, 3)
        return found

    def bounds(
        self, world: FloatArray, clip: FloatArray, size: tuple[int, int], reach: float, margin: float = 2.0
    ) -> tuple[tuple[int, int, int, int], float]:
        """Pixels (x0, y0, x1, y1) that hold every vertex, with a margin of pixels, cut at the picture; the least depth.

        Empty (x1 <= x0) when all are outside. world : (J, 4, 4); clip : (4, 4) companion frame to clip, rows in its
        direction; reach : metres that morphs and outlines may add.
        """
        points = ((clip @ world[self._boxed]) @ self._corners).swapaxes(-1, -2)
        w = points[..., 3]
        if not points.size or w.max() < 0.02:
            return (0, 0, 0, 0), 0.02
        nearest = float(w.min())
        if nearest < 0.02:
            return (0, 0, *size), 0.02
        xy = points[..., :2] / w[..., None]
        grow = np.linalg.norm(clip[:2, :3], axis=1) * reach / nearest
        half = np.array(size, np.float32) / 2
        # Each box is cut at the picture by itself: a wide one below it must not widen the rest.
        low = np.clip(np.floor((xy.min(1) - grow + 1) * half - margin), 0, size)
        high = np.clip(np.ceil((xy.max(1) + grow + 1) * half + margin), 0, size)
        seen = (high > low).all(1)
        if not seen.any():
            return (0, 0, 0, 0), nearest
        x0, y0 = low[seen].min(0).astype(int)
        x1, y1 = high[seen].max(0).astype(int)
        return (int(x0), int(y0), int(x1), int(y1)), nearest

    def _anchored(self, primitives: tuple[Primitive, ...]) -> tuple[NDArray[np.intp], FloatArray]:
        """Of each primitive: the entry that pulls most of it (P,), and the middle of its box (P, 4)."""
        anchors = np.zeros(len(primitives), np.intp)
        middles = np.ones((len(primitives), 4), np.float32)
        for k, (p, entries) in enumerate(zip(primitives, self.vertex_entries, strict=True)):
            if not len(p.positions):
                continue
            weights = p.weights if p.skin >= 0 and p.weights is not None else np.eye(1, 4, dtype=np.float32)
            pull = np.bincount(entries.ravel(), np.broadcast_to(weights, entries.shape).ravel())
            anchors[k] = pull.argmax()
            middles[k, :3] = (p.positions.min(0) + p.positions.max(0)) / 2
        return anchors, middles

    def _boxes(self, primitives: tuple[Primitive, ...]) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest corner (E, 3) of the vertices each entry pulls, in the entry's own frame; a vertex lies
        between where its joints would each put it, so boxes of all entries hold it."""
        low = np.full((len(self.nodes), 3), np.inf, np.float32)
        high = -low
        for p, entries in zip(primitives, self.vertex_entries, strict=True):
            weights = p.weights if p.skin >= 0 else None
            for k in range(weights.shape[1] if weights is not None else 1):
                pulled = weights[:, k] > _PULL if weights is not None else slice(None)
                e = entries[pulled, k]
                bind = self._binds[e]
                local = np.einsum("vij,vj->vi", bind[:, :3, :3], p.positions[pulled]) + bind[:, :3, 3]
                np.minimum.at(low, e, local)
                np.maximum.at(high, e, local)
        return low, high
