"""Clip: a motion as plain data, whatever file it came from."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..types import FloatArray


@dataclass(slots=True)
class Track:
    """Values over time. times : (N,) float32 seconds, never falling; values : (N, C) float32, and for ``cubic``
    (N, 3, C) as glTF's CUBICSPLINE has them: in-tangent, value, out-tangent; interpolation : step, linear or cubic.

    Rotations are ``xyzw`` of unit length (cubic: normalised after sampling), and linear means spherical, the shorter
    way, for them. Before the first and after the last key the value stays."""

    times: FloatArray
    values: FloatArray
    interpolation: str = "linear"

    @property
    def width(self) -> int:
        """C."""
        return int(self.values.shape[-1])

    def sandwich(self, before: FloatArray, after: FloatArray) -> Track:
        """A rotation track with every value q made ``before q after`` (unit quaternions, (4,)). Linear in q, so it is
        right for tangents and for every interpolation."""
        return self.through(between(before, after))

    def through(self, matrix: FloatArray) -> Track:
        """A track with every value made ``matrix @ value``; matrix : (C, C)."""
        return Track(self.times, np.asarray(self.values @ matrix.T, np.float32), self.interpolation)


def between(before: FloatArray, after: FloatArray) -> FloatArray:
    """(4, 4) that makes a quaternion q ``before q after``."""
    from ..linalg import quat

    both: FloatArray = quat.left_matrix(before) @ quat.right_matrix(after)
    return both


@dataclass(slots=True)
class Clip:
    """Tracks by what they move. duration : seconds.

    For a file's own nodes (a glTF animation): translation, rotation, scale, weights : node -> track (weights are the
    node's morph targets); nodes : the names of those nodes, rest : their local rest translations (J, 3) and rotations
    (J, 4), so that another model with the same skeleton can be recognised.
    For any humanoid (VRMA, BVH, a glTF skeleton with known bone names): bone_rotation : VRM bone -> local rotation
    *relative to the T-pose in the normalised humanoid's frame* (identity = T-pose; the frame is the model's: +Y up,
    facing +Z); hips_translation : place of the hips over the origin, metres, in a figure whose hips rest at
    ``hips_height``; expressions : name -> weight track (N, 1); look_at : rotation track (N, 4) that turns +Z to where
    the eyes look, in the head's frame.
    """

    name: str
    duration: float
    kind: str = "gltf"  # gltf, vrma, bvh
    translation: dict[int, Track] = field(default_factory=dict)
    rotation: dict[int, Track] = field(default_factory=dict)
    scale: dict[int, Track] = field(default_factory=dict)
    weights: dict[int, Track] = field(default_factory=dict)
    bone_rotation: dict[str, Track] = field(default_factory=dict)
    hips_translation: Track | None = None
    hips_height: float = 0.0
    expressions: dict[str, Track] = field(default_factory=dict)
    look_at: Track | None = None
    nodes: tuple[str, ...] = ()
    rest: tuple[FloatArray, FloatArray] | None = None
