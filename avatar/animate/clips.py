"""Clips on a model: bound once, then sampled at any time. Pure: the same time gives the same pose."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import UsageError
from ..linalg import quat
from ..model.clip import Clip, Track
from ..model.model import AvatarModel
from ..types import FloatArray
from .retarget import retarget
from .sampling import Bank

_SAME_TURN = float(np.cos(np.radians(1.0)))
_SAME_PLACE = 1e-3


@dataclass(slots=True)
class ClipPose:
    """A model as a clip has it at one moment; what the clip does not move is at rest.

    rotation : (J, 4) xyzw, translation : (J, 3), scale : (J, 3), all local, float32; morphs : (M,) float32, the model's
    defaults and the clip's own weights (not what expressions do); expressions : name -> weight in 0–1, those that the
    model has; look : (yaw, pitch) of the eyes in the head's frame, degrees, yaw positive to the companion's left, pitch
    positive downwards, or None where the clip says nothing of it.
    """

    rotation: FloatArray
    translation: FloatArray
    scale: FloatArray
    morphs: FloatArray
    expressions: dict[str, float] = field(default_factory=dict)
    look: tuple[float, float] | None = None


class BoundClip:
    """A clip on one model. nodes : (n,) those whose rotation it holds; moved : (k,) those whose translation; weighs :
    (w,) morph targets it sets; expression_names : those it has that the model has too; duration : seconds."""

    def __init__(self, model: AvatarModel, clip: Clip) -> None:
        self.model, self.clip, self.duration = model, clip, float(clip.duration)
        own = _own_nodes(model, clip)
        if own is None:
            rotation, translation = retarget(model, clip)
            scale: dict[int, Track] = {}
            weights: dict[int, Track] = {}
        else:
            rotation, translation, scale, weights = own
        expressions = {name: t for name, t in clip.expressions.items() if name in model.expressions}
        parts = (rotation, translation, scale, weights, expressions, clip.look_at)
        tracks = any((clip.translation, clip.rotation, clip.scale, clip.weights, clip.bone_rotation, clip.expressions))
        if tracks and not any(parts):
            raise UsageError(f"the motion '{clip.name}' moves nothing that {model.name} has")
        self.nodes = np.array(sorted(rotation), np.intp)
        self.moved = np.array(sorted(translation), np.intp)
        self.expression_names = tuple(expressions)
        j, m = model.joint_count, len(model.morph_defaults)
        # The eyes' track rides along, in a row of its own below the nodes'; places and sizes have the same width:
        # sizes come as rows J … 2J-1.
        still = np.concatenate([quat.normalize(np.array(model.rotation, np.float32)), quat.identity((1,))])
        turns = rotation | ({j: clip.look_at} if clip.look_at is not None else {})
        self._turns = _Sheet(_banks(turns, True), still)
        rest = np.concatenate([model.translation, model.scale]).astype(np.float32)
        self._vectors = _Sheet(_banks(translation | {node + j: t for node, t in scale.items()}), rest)
        shapes = _banks({_morph_offset(model, node): t for node, t in weights.items()})
        self._shapes = _Sheet(shapes, np.array(model.morph_defaults, np.float32)[:, None], apart=True)
        self.weighs = np.unique(np.concatenate([np.zeros(0, np.intp), *(_spread(b, at) for b, at in shapes)]))
        self.weighs = self.weighs[self.weighs < m]
        names = self.expression_names
        self._expressions = [
            (bank, [names[i] for i in at], np.empty((bank.count, 1), np.float32))
            for bank, at in _banks(dict(enumerate(expressions.values())))
        ]
        self._eye = np.empty((1, 4), np.float32)

    def blank(self) -> ClipPose:
        """A pose at rest, for ``sample`` to write."""
        model = self.model
        return ClipPose(
            quat.normalize(np.array(model.rotation, np.float32)),
            np.array(model.translation, np.float32),
            np.array(model.scale, np.float32),
            np.array(model.morph_defaults, np.float32),
            dict.fromkeys(self.expression_names, 0.0),
        )

    def pose(self, t: float, loop: bool = False) -> ClipPose:
        """The model at ``t`` seconds, in arrays of its own; before the start and after the end the clip stands still,
        or starts again where ``loop``."""
        return self.sample(t, self.blank(), loop)

    def sample(self, t: float, out: ClipPose, loop: bool = False) -> ClipPose:
        """``pose`` into a pose made before by ``blank``, every array of it written whole; allocates nothing. For one
        thread at a time. Returns ``out``."""
        if loop and self.duration > 0 and math.isfinite(t):
            t = t % self.duration
        j = self.model.joint_count
        self._turns.sample(t)
        self._turns.read(out.rotation, 0)
        self._vectors.sample(t)
        self._vectors.read(out.translation, 0)
        self._vectors.read(out.scale, j)
        self._shapes.sample(t)
        self._shapes.read(out.morphs[:, None], 0)
        for bank, names, values in self._expressions:
            bank.sample(t, values)
            for i, name in enumerate(names):
                out.expressions[name] = min(max(values.item(i), 0.0), 1.0)
        if self.clip.look_at is not None:
            self._turns.read(self._eye, j)
            out.look = look_angles(self._eye[0])
        else:
            out.look = None
        return out


class _Sheet:
    """Rows that banks write, among rows at rest, put into the order of the model by one gather.

    banks : each with the rows (T,) it writes; rest : (N, C) float32; apart : a track of width C' is C' rows of width 1.
    """

    def __init__(self, banks: list[tuple[Bank, NDArray[np.intp]]], rest: FloatArray, apart: bool = False) -> None:
        n = len(rest)
        sizes = [bank.count * (bank.width if apart else 1) for bank, _ in banks]
        self._all = np.concatenate([np.asarray(rest, np.float32), np.zeros((sum(sizes), rest.shape[1]), np.float32)])
        self._order = np.arange(n)
        self._parts: list[tuple[Bank, FloatArray]] = []
        start = n
        for (bank, at), size in zip(banks, sizes, strict=True):
            rows = _spread(bank, at) if apart else at
            inside = rows < n
            self._order[rows[inside]] = np.arange(start, start + size)[inside]
            self._parts.append((bank, self._all[start : start + size].reshape(bank.count, bank.width)))
            start += size

    def sample(self, t: float) -> None:
        for bank, values in self._parts:
            bank.sample(t, values)

    def read(self, out: FloatArray, first: int) -> None:
        """Rows from ``first`` on into out : (n, C)."""
        self._all.take(self._order[first : first + len(out)], axis=0, out=out, mode="clip")


def _spread(bank: Bank, at: NDArray[np.intp]) -> NDArray[np.intp]:
    return (at[:, None] + np.arange(bank.width)).ravel()


def bind(model: AvatarModel, clip: Clip) -> BoundClip:
    """A clip made ready for a model, by the first of these that fits: its nodes are the model's, or have the same names
    and rest; it is a motion for any humanoid and the model is one; some of its nodes have the same names.

    Raises UsageError where the clip would move nothing."""
    return BoundClip(model, clip)


def look_angles(q: FloatArray) -> tuple[float, float]:
    """(yaw, pitch) in degrees of where a rotation (4,) turns +Z: the first two of the angles Y, X, Z (intrinsic)."""
    x, y, z, w = q.tolist()
    pitch = math.asin(min(max(2 * (w * x - y * z), -1.0), 1.0))
    yaw = math.atan2(2 * (x * z + w * y), 1 - 2 * (x * x + y * y))
    return math.degrees(yaw), math.degrees(pitch)


Nodes = dict[int, Track]


def _own_nodes(model: AvatarModel, clip: Clip) -> tuple[Nodes, Nodes, Nodes, Nodes] | None:
    """(rotation, translation, scale, weights) by the model's nodes, None where the clip is to be retargeted."""
    moved = set(clip.rotation) | set(clip.translation) | set(clip.scale) | set(clip.weights)
    if clip.rest is None or not moved:
        return None
    places, turns = clip.rest
    rest = quat.normalize(np.asarray(turns, np.float32))
    mine = quat.normalize(np.asarray(model.rotation, np.float32))
    if clip.nodes == model.node_names and np.allclose(places, model.translation, atol=_SAME_PLACE):
        where = {node: node for node in moved}
    else:
        names: dict[str, int] = {}
        for node, name in enumerate(model.node_names):
            names.setdefault(name, node)
        where = {node: names[clip.nodes[node]] for node in moved if clip.nodes[node] in names}
    same = len(where) == len(moved) and all(abs(rest[a] @ mine[b]) >= _SAME_TURN for a, b in where.items())
    if not same and clip.bone_rotation and any(retarget(model, clip)):
        return None

    def here(tracks: Nodes, change: Callable[[Track, int, int], Track] | None = None) -> Nodes:
        return {where[n]: change(t, n, where[n]) if change else t for n, t in tracks.items() if n in where}

    def moved_by(track: Track, node: int, mine_: int) -> Track:
        shift = np.asarray(model.translation[mine_] - places[node], np.float32)
        if float(np.abs(shift).max()) < _SAME_PLACE:
            return track
        values = track.values.copy()
        (values[:, 1] if track.interpolation == "cubic" else values)[...] += shift
        return Track(track.times, values, track.interpolation)

    weights = {n: t for n, t in here(clip.weights).items() if _morph_count(model, n) == t.width}
    return here(clip.rotation), here(clip.translation, moved_by), here(clip.scale), weights


def _morph_count(model: AvatarModel, node: int) -> int:
    counts = [0]
    for p in model.primitives:
        if p.node == node:
            counts += [len(m) for m in (p.morph_positions, p.morph_normals, p.morph_tangents) if m is not None]
    return max(counts)


def _morph_offset(model: AvatarModel, node: int) -> int:
    return next(p.morph_offset for p in model.primitives if p.node == node)


def _banks(tracks: dict[int, Track], rotation: bool = False) -> list[tuple[Bank, NDArray[np.intp]]]:
    """Banks of like tracks, each with the keys of its tracks."""
    groups: dict[tuple[bool, int], list[int]] = {}
    for key, track in tracks.items():
        groups.setdefault((track.interpolation == "cubic", track.width), []).append(key)
    return [(Bank([tracks[k] for k in keys], rotation), np.array(keys, np.intp)) for keys in groups.values()]
