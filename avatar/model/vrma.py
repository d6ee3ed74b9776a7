"""VRMC_vrm_animation 1.0: one glTF animation, read as a motion for any humanoid.

Source: VRMC_vrm_animation-1.0 and its note on pose data. With P the world rest rotation of a bone's parent node and R
the bone's own rest rotation, both the animation file's own, the normalised rotation is ``P q R^-1 P^-1``.
"""

from __future__ import annotations

import numpy as np

from ..linalg import affine, quat
from ..types import FloatArray
from .clip import Clip, Track, between
from .gltf import Document
from .model import HUMAN_BONES, AvatarModel
from .place import Place
from .tracks import Animation, read_animations

EXTENSION = "VRMC_vrm_animation"


def read(document: Document, place: Place) -> tuple[Clip, ...]:
    """Every animation of the file as a humanoid clip; ``place`` is the extension's. Raises ModelError."""
    version = place.text("specVersion", "1.0")
    if not version.startswith("1.0"):
        raise place.refuse(f"VRM animation {version[:20]} is not supported, only 1.0 is", "specVersion")
    humanoid = place.child("humanoid")
    bones = _nodes(document, humanoid.child("humanBones") if humanoid is not None else None, HUMAN_BONES)
    if len(set(bones.values())) < len(bones):
        raise place.refuse("one node stands for two bones", "humanoid", "humanBones")
    groups = place.child("expressions")
    expressions: dict[str, int] = {}
    for key in ("custom", "preset") if groups is not None else ():
        assert groups is not None
        expressions |= _nodes(document, groups.child(key), None)
    look = place.child("lookAt")
    eyes = document.node(look, "node") if look is not None else -1
    clips = []
    rest = Rest(document.model, bones)
    for animation in read_animations(document):
        clip = Clip(animation.name, animation.duration(), "vrma")
        rest.humanoid_tracks(clip, animation)
        moved = animation.channels["translation"]
        clip.expressions = {name: _column(moved[node]) for name, node in expressions.items() if node in moved}
        clip.look_at = animation.channels["rotation"].get(eyes)
        clips.append(clip)
    return tuple(clips)


def _nodes(document: Document, group: Place | None, allowed: tuple[str, ...] | None) -> dict[str, int]:
    entries = group.items() if group is not None else ()
    return {name: document.node(place, "node") for name, place in entries if allowed is None or name in allowed}


def _column(track: Track) -> Track:
    """An expression's weight is the x of its node's place."""
    return Track(track.times, np.ascontiguousarray(track.values[..., :1]), track.interpolation)


class Rest:
    """How a model's bones rest, found out once for all its clips. bones : VRM bone -> node."""

    def __init__(self, model: AvatarModel, bones: dict[str, int]) -> None:
        turns, self._bones = rest_rotations(model), bones
        self._ways: dict[str, FloatArray] = {}
        for bone, node in bones.items():
            above = turns[model.parents[node]] if model.parents[node] >= 0 else quat.identity()
            self._ways[bone] = between(above, quat.conjugate(turns[node]))
        if "hips" in bones:
            world, hips = model.rest_world(), bones["hips"]
            self._height = float(world[hips][1, 3])
            self._above = world[model.parents[hips]] if model.parents[hips] >= 0 else np.eye(4, dtype=np.float32)

    def humanoid_tracks(self, clip: Clip, animation: Animation) -> None:
        """Fills the clip's normalised humanoid tracks from an animation of the model's nodes."""
        for bone, node in self._bones.items():
            track = animation.channels["rotation"].get(node)
            if track is not None:
                clip.bone_rotation[bone] = track.through(self._ways[bone])
        if "hips" not in self._bones:
            return
        clip.hips_height = self._height
        track = animation.channels["translation"].get(self._bones["hips"])
        if track is not None:
            clip.hips_translation = placed(track, self._above)


def placed(track: Track, matrix: FloatArray) -> Track:
    """A translation track through an affine (4, 4); tangents take its linear part only."""
    values = np.asarray(track.values @ matrix[:3, :3].T, np.float32)
    if track.interpolation == "cubic":
        values[:, 1] += matrix[:3, 3]
    else:
        values += matrix[:3, 3]
    return Track(track.times, values, track.interpolation)


def rest_rotations(model: AvatarModel) -> FloatArray:
    """(J, 4) world rest rotations, the product of the nodes' own: no scale, however skewed, has a part in it."""
    turns = quat.normalize(np.array(model.rotation, np.float32))
    for run in affine.generations(model.parents):
        above, own = model.parents[run], turns[run]
        hung = above >= 0
        own[hung] = quat.multiply(turns[above[hung]], own[hung])
    return quat.normalize(turns)
