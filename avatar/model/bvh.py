"""BVH (Biovision Hierarchy) to a humanoid clip: strict reading, names to bones, any rest pose to the T-pose.

Refusals are ModelErrors whose place is the line, as ``line 12``. Joint names: see ``skeleton``.

Units and place: BVH knows no unit. The clip's metres take the one of metres, decimetres, inches, centimetres or
millimetres that brings the rest hips nearest to 0.9 m; on another figure the hips' way is scaled by the two hips'
heights anyway, so a wrong guess changes nothing there. The hips start above the origin, and where the file's floor is
plainly not at zero, it is moved there.
Rest: the offsets without rotation, where the figure stands upright in them; else (some programs write bones all along
one axis) the first frame is taken for how it stands. How the rest becomes a T-pose: see ``tpose``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..linalg import quat
from ..types import FloatArray
from .bvh_motion import Motion, above, between, moves, turns
from .bvh_text import MAX_BYTES, Joint, Recording, parse
from .clip import Clip, Track
from .place import printable
from .skeleton import find_bones, why_nobody
from .tpose import corrections, facing, parent_bone

__all__ = ["MAX_BYTES", "parse", "read"]

_UNITS: Final = (1.0, 0.1, 0.0254, 0.01, 0.001)
_BLOCK: Final = 4096
"""Frames that are turned at once: few enough for their rows to stay near the processor."""


def read(path: Path, data: bytes) -> Clip:
    """The file as a clip for any humanoid. Raises ModelError, also where the joints are not a person's."""
    recording = parse(path, data)
    joints = recording.joints
    names, parents = [j.name for j in joints], [j.parent for j in joints]
    bones = find_bones(names, parents)
    if not bones:
        why = printable(why_nobody(names, parents))
        raise ModelError(path, "line 1", f"the joints' names are not those of a person that Presence knows: {why}")
    reference = quat.identity((len(joints),))
    points = _points(joints, bones, [j.offset for j in joints], reference)
    frame, upright = facing(points)
    if not upright:
        first = Motion(joints, recording.frames[:1])
        reference = np.stack([first.world(j)[:, 0] for j in range(len(joints))])
        places = [first.offset(j)[:, 0].astype(np.float64) for j in range(len(joints))]
        points = _points(joints, bones, places, reference)
        frame, upright = facing(points)
        if not upright:
            raise ModelError(path, "", "the figure stands upright neither without rotations nor in the first frame")
    times = (np.arange(len(recording.frames)) * recording.step).astype(np.float32)
    clip = Clip(path.stem, float(times[-1]), "bvh")
    limbs = _limbs(path, recording, bones, reference, frame, corrections(points, frame))
    hips = bones["hips"]
    way = np.empty((len(times), 3), np.float32)
    back = quat.to_matrix(quat.conjugate(frame))
    for start in range(0, len(times), _BLOCK):
        rows = slice(start, start + _BLOCK)
        motion = Motion(joints, recording.frames[rows])
        for limb in limbs.values():
            if limb.moves or not start:
                limb.read(motion, rows)
        way[rows] = (back @ motion.place(hips)).T
    for bone, limb in limbs.items():
        clip.bone_rotation[bone] = Track(times[: len(limb.turns)], limb.turns)
    _hips(clip, recording, bones, points, back, way)
    return clip


@dataclass(slots=True)
class _Limb:
    """A bone's rotations to be. joint : its own; stop : its parent bone's, or -1; sandwich : (4, 4), see ``_limbs``;
    moves : whether it turns against its parent bone; turns : (T, 4), a single row where it does not move."""

    joint: int
    stop: int
    sandwich: FloatArray
    moves: bool
    turns: FloatArray

    def read(self, motion: Motion, rows: slice) -> None:
        """Fills these rows, of the frames that the motion has."""
        if self.moves:
            world = motion.world(self.joint)
            turned = self.sandwich @ (between(world, motion.world(self.stop)) if self.stop >= 0 else world)
        else:
            turned = self.sandwich[:, 3:]
        turned /= np.sqrt(np.einsum("it,it->t", turned, turned))
        self.turns[rows] = turned.T


def _limbs(
    path: Path,
    recording: Recording,
    bones: dict[str, int],
    reference: FloatArray,
    frame: FloatArray,
    turned: dict[str, FloatArray],
) -> dict[str, _Limb]:
    """The bones, not yet read. reference : (J, 4); turned : the corrections. Raises ModelError."""
    joints, back = recording.joints, quat.conjugate(frame)
    found = {}
    for bone, joint in bones.items():
        parent = parent_bone(bone, bones)
        stop = bones[parent] if parent else -1
        way = above(joints, joint)
        if parent and stop not in way:
            raise ModelError(
                path, "line 1", f"'{joints[joint].name[:40]}' does not hang from '{joints[stop].name[:40]}'"
            )
        moves = turns(joints, way[: way.index(stop)] if parent else way)
        # n = A_p^-1 F^-1 G_p m G^-1 F A, with G the reference pose and A the corrections.
        before = back
        if parent:
            before = quat.multiply(quat.conjugate(turned[parent]), quat.multiply(back, reference[stop]))
        after = quat.multiply(quat.multiply(quat.conjugate(reference[joint]), frame), turned[bone])
        sandwich = quat.left_matrix(before) @ quat.right_matrix(after)
        rows = len(recording.frames) if moves else 1
        found[bone] = _Limb(joint, stop, sandwich, moves, np.empty((rows, 4), np.float32))
    return found


def _points(
    joints: list[Joint], bones: dict[str, int], places: list[NDArray[np.float64]], turns: FloatArray
) -> dict[str, NDArray[np.float64]]:
    """Places of the bones, and of the end sites as ``<bone>End``, when the joints have these world turns (J, 4)."""
    world: list[NDArray[np.float64]] = []
    for joint, place in zip(joints, places, strict=True):
        up = joint.parent
        world.append(place if up < 0 else world[up] + quat.rotate(turns[up], place.astype(np.float32)))
    found = {bone: world[j] for bone, j in bones.items()}
    for bone, j in bones.items():
        end = joints[j].end
        if end is not None:
            found[f"{bone}End"] = world[j] + quat.rotate(turns[j], end.astype(np.float32))
    return found


def _hips(
    clip: Clip,
    recording: Recording,
    bones: dict[str, int],
    points: dict[str, NDArray[np.float64]],
    back: FloatArray,
    way: FloatArray,
) -> None:
    """The hips' height and way, with the floor at zero and the start above the origin.

    points : at rest, in the file's frame; back : (3, 3) from there to the figure's; way : (T, 3) the hips' places in
    the figure's frame."""
    height = {name: float(back[1] @ p.astype(np.float32)) for name, p in points.items()}
    low = min(h for name, h in height.items() if name.removesuffix("End").endswith(("LowerLeg", "Foot", "Toes")))
    rest = height["hips"] - low
    unit = min(_UNITS, key=lambda u: abs(np.log(rest * u / 0.9)))
    clip.hips_height = rest * unit
    if not moves(recording.joints, bones["hips"]):
        return
    some = Motion(recording.joints, recording.frames[:: max(1, len(way) // 512)])
    feet = [b for b in bones if b.endswith(("Toes", "Foot", "LowerLeg"))]
    soles = [back[1] @ some.place(bones[b]) - (height[b] - low) for b in feet]
    floor = float(np.percentile(np.min(soles, axis=0), 5))
    if abs(floor) > 0.15 * rest:
        way[:, 1] -= floor
    way[:, ::2] -= way[0, ::2]
    times = (np.arange(len(way)) * recording.step).astype(np.float32)
    clip.hips_translation = Track(times, way * np.float32(unit))
