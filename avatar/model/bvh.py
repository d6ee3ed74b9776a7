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

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from ..linalg import quat
from ..types import FloatArray
from .bvh_text import MAX_BYTES, Joint, Recording, parse
from .clip import Clip, Track
from .place import printable
from .skeleton import find_bones, why_nobody
from .tpose import corrections, facing, parent_bone

__all__ = ["MAX_BYTES", "parse", "read"]

_UNITS: Final = (1.0, 0.1, 0.0254, 0.01, 0.001)


class Motion:
    """The recording as rotations and places. Joints without channels give one row, the others T."""

    def __init__(self, recording: Recording) -> None:
        self.joints, self._frames = recording.joints, recording.frames
        self._turns: dict[int, FloatArray] = {}

    def turn(self, joint: int) -> FloatArray:
        """(T or 1, 4): the joint's rotation channels, applied in the order that the file names them."""
        if joint not in self._turns:
            turn = quat.identity((1,))
            for column, kind in self.joints[joint].channels:
                if kind >= 3:
                    axis = np.eye(3, dtype=np.float32)[kind - 3]
                    angle = np.radians(np.fmod(self._frames[:, column], 360))
                    turn = quat.multiply(turn, quat.from_axis_angle(axis, angle))
            self._turns[joint] = turn
        return self._turns[joint]

    def place(self, joint: int) -> FloatArray:
        """(T or 1, 3): position channels where there are any (they stand for the offset), else the offset."""
        own = self.joints[joint]
        place = own.offset[None].astype(np.float32)
        for column, kind in own.channels:
            if kind < 3:
                place = np.repeat(place, len(self._frames), 0) if len(place) == 1 else place
                place[:, kind] = self._frames[:, column]
        return place

    def above(self, joint: int) -> list[int]:
        """The joint and what it hangs from, up to the root."""
        way = [joint]
        while self.joints[way[-1]].parent >= 0:
            way.append(self.joints[way[-1]].parent)
        return way

    def way(self, joint: int) -> FloatArray:
        """(T or 1, 3) place of a joint over time, in the file's frame and units."""
        chain = self.above(joint)
        place = self.place(joint)
        for up in chain[1:]:
            place = self.place(up) + quat.rotate(self.turn(up), place)
        return place

    def standing(self) -> FloatArray:
        """(J, 4) world turns of the first frame."""
        turns = quat.identity((len(self.joints),))
        for j, joint in enumerate(self.joints):
            own = self.turn(j)[0]
            turns[j] = quat.multiply(turns[joint.parent], own) if joint.parent >= 0 else own
        return turns


def read(path: Path, data: bytes) -> Clip:
    """The file as a clip for any humanoid. Raises ModelError, also where the joints are not a person's."""
    recording = parse(path, data)
    joints, motion = recording.joints, Motion(recording)
    names, parents = [j.name for j in joints], [j.parent for j in joints]
    bones = find_bones(names, parents)
    if not bones:
        why = printable(why_nobody(names, parents))
        raise ModelError(path, "line 1", f"the joints' names are not those of a person that Presence knows: {why}")
    reference = quat.identity((len(joints),))
    points = _points(joints, bones, [j.offset for j in joints], reference)
    frame, upright = facing(points)
    if not upright:
        reference = motion.standing()
        places = [motion.place(j)[0].astype(np.float64) for j in range(len(joints))]
        points = _points(joints, bones, places, reference)
        frame, upright = facing(points)
        if not upright:
            raise ModelError(path, "", "the figure stands upright neither without rotations nor in the first frame")
    times = (np.arange(len(recording.frames)) * recording.step).astype(np.float32)
    clip = Clip(path.stem, float(times[-1]), "bvh")
    turned = corrections(points, frame)
    back = quat.conjugate(frame)
    for bone, joint in bones.items():
        above = parent_bone(bone, bones)
        stop = bones[above] if above else -1
        way = motion.above(joint)
        if above and stop not in way:
            raise ModelError(
                path, "line 1", f"'{joints[joint].name[:40]}' does not hang from '{joints[stop].name[:40]}'"
            )
        chain = motion.turn(joint)
        for up in way[1 : way.index(stop) if above else len(way)]:
            chain = quat.multiply(motion.turn(up), chain)
        # n = A_p^-1 F^-1 G_p m G^-1 F A, with G the reference pose and A the corrections.
        before = back
        if above:
            before = quat.multiply(quat.conjugate(turned[above]), quat.multiply(back, reference[stop]))
        after = quat.multiply(quat.multiply(quat.conjugate(reference[joint]), frame), turned[bone])
        track = Track(times[: len(chain)], quat.normalize(chain)).sandwich(before, after)
        clip.bone_rotation[bone] = track
    _hips(clip, motion, bones, points, frame, times)
    return clip


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
    motion: Motion,
    bones: dict[str, int],
    points: dict[str, NDArray[np.float64]],
    frame: FloatArray,
    times: FloatArray,
) -> None:
    """The hips' height and way, with the floor at zero and the start above the origin."""
    back = quat.conjugate(frame)
    height = {name: float(quat.rotate(back, p.astype(np.float32))[1]) for name, p in points.items()}
    low = min(h for name, h in height.items() if name.removesuffix("End").endswith(("LowerLeg", "Foot", "Toes")))
    rest = height["hips"] - low
    unit = min(_UNITS, key=lambda u: abs(np.log(rest * u / 0.9)))
    clip.hips_height = rest * unit
    way = quat.rotate(back, motion.way(bones["hips"]))
    if len(way) == 1:
        return
    feet = [b for b in bones if b.endswith(("Toes", "Foot", "LowerLeg"))]
    some = slice(None, None, max(1, len(way) // 512))
    soles = [quat.rotate(back, motion.way(bones[b])[some])[:, 1] - (height[b] - low) for b in feet]
    floor = float(np.percentile(np.min(soles, axis=0), 5))
    if abs(floor) > 0.15 * rest:
        way[:, 1] -= floor
    way[:, ::2] -= way[0, ::2]
    clip.hips_translation = Track(times, way * np.float32(unit))
