"""A motion for any humanoid, made into tracks for one model's own nodes.

With P the world rest rotation of the node's parent and R the node's own rest rotation, a normalised rotation n becomes
``P^-1 n P R`` (VRM 1.0's ``R W^-1 n W`` with W = P R). That is linear in n and keeps angles, so whole tracks are turned
once, with their tangents, and played like any others. The hips' way is scaled by the two figures' hips heights.

A bone that the model lacks hands its rotation to the bones next below it, as VRMC_vrm_animation advises.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..linalg import quat
from ..model.clip import Clip, Track
from ..model.model import AvatarModel
from ..model.skeleton import find_bones
from ..model.tpose import PARENT, corrections, facing, parent_bone
from ..model.vrma import placed, rest_rotations
from ..types import FloatArray
from .sampling import sample

_SMALLEST_HEIGHT = 0.01
_CUBIC_PARTS = 4


def human_bones(model: AvatarModel) -> tuple[dict[str, int], dict[str, FloatArray], FloatArray]:
    """(VRM bone -> node, the bones' turns from the T-pose to the model's rest, turn from the figure's to the model's
    frame). A VRM rests in its T-pose; a plain glTF is told by its nodes' names. Empty where it is not a person's."""
    if model.humanoid:
        return model.humanoid, dict.fromkeys(model.humanoid, quat.identity()), quat.identity()
    bones = find_bones(model.node_names, model.parents.tolist())
    places = model.rest_world()[:, :3, 3].astype(np.float64)
    points = {bone: places[node] for bone, node in bones.items()}
    frame, upright = facing(points) if bones else (quat.identity(), False)
    return (bones, corrections(points, frame), frame) if upright else ({}, {}, frame)


def retarget(model: AvatarModel, clip: Clip) -> tuple[dict[int, Track], dict[int, Track]]:
    """(rotation, translation) tracks by the model's nodes, both empty where the model is no person."""
    bones, stance, frame = human_bones(model)
    if not bones:
        return {}, {}
    turns = rest_rotations(model)
    tracks = _folded(clip.bone_rotation, bones)
    if tracks and not model.humanoid:
        # In a rest that is no T-pose even a bone without a track has to move.
        still = Track(np.zeros(1, np.float32), quat.identity((1,)))
        tracks = {bone: tracks.get(bone, still) for bone in bones}
    rotation = {}
    for bone, track in tracks.items():
        node = bones[bone]
        above = turns[model.parents[node]] if model.parents[node] >= 0 else quat.identity()
        before, after = quat.multiply(quat.conjugate(above), frame), quat.multiply(quat.conjugate(frame), turns[node])
        if parent := parent_bone(bone, bones):
            before = quat.multiply(before, stance[parent])
        rotation[node] = track.sandwich(before, quat.multiply(quat.conjugate(stance[bone]), after))
    way = _hips(model, clip, bones["hips"], frame)
    return rotation, {} if way is None else {bones["hips"]: way}


def _hips(model: AvatarModel, clip: Clip, hips: int, frame: FloatArray) -> Track | None:
    if clip.hips_translation is None or clip.hips_height < _SMALLEST_HEIGHT:
        return None
    world = model.rest_world().astype(np.float64)
    height = float(quat.to_matrix(frame)[:, 1] @ world[hips][:3, 3])
    above = world[model.parents[hips]] if model.parents[hips] >= 0 else np.eye(4)
    if height < _SMALLEST_HEIGHT or abs(np.linalg.det(above[:3, :3])) < 1e-12:
        return None
    size = np.diag([*(height / clip.hips_height,) * 3, 1.0])
    turn = np.eye(4)
    turn[:3, :3] = quat.to_matrix(frame)
    return placed(clip.hips_translation, (np.linalg.inv(above) @ turn @ size).astype(np.float32))


def _folded(tracks: dict[str, Track], bones: dict[str, int]) -> dict[str, Track]:
    """The tracks of the bones that are there, each with what bones missing above it hand down."""
    found: dict[str, Track] = {}
    for bone in bones:
        chain = [tracks[bone]] if bone in tracks else []
        above = PARENT.get(bone, "")
        while above and above not in bones:
            if above in tracks:
                chain.insert(0, tracks[above])
            above = PARENT.get(above, "")
        if chain:
            found[bone] = chain[0] if len(chain) == 1 else product(chain)
    return found


def product(chain: list[Track]) -> Track:
    """Rotation tracks multiplied, the first outermost: exact at every key, spherical between."""
    times = np.unique(np.concatenate([t.times for t in chain])).astype(np.float64)
    if any(t.interpolation == "cubic" for t in chain):
        times = np.interp(np.arange((len(times) - 1) * _CUBIC_PARTS + 1) / _CUBIC_PARTS, np.arange(len(times)), times)
    turn = _at(chain[0], times)
    for track in chain[1:]:
        turn = quat.multiply(turn, _at(track, times))
    kind = "step" if all(t.interpolation == "step" for t in chain) else "linear"
    return Track(times.astype(np.float32), turn, kind)


def _at(track: Track, times: NDArray[np.float64]) -> FloatArray:
    return sample(track, times, rotation=True)
