"""The joints that pull a model's vertices, over all its skins. No OpenGL here."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..model.model import AvatarModel, Primitive
from ..types import FloatArray


class Palette:
    """Each different pair of node and inverse bind once; a rigid primitive's entry is its node.

    nodes : (E,) node of each entry; binds : (E, 4, 4) its inverse bind matrix;
    vertex_entries : for each primitive (V, 4 or 8) uint16, entries of its vertices.
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
        self.binds = np.stack(binds or [identity])
        self._matrices = np.empty_like(self.binds)
        self._anchors, self._middles = self._anchored(model.primitives)

    def rows(self, world: FloatArray, out: FloatArray) -> None:
        """The upper three rows of ``world @ inverse_bind`` of each entry. world : (J, 4, 4); out : (≥ E, 3, 4)."""
        np.matmul(world[self.nodes], self.binds, out=self._matrices)
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
