"""Motions: a model's own glTF animations, and motion files of any kind, told by content and not by name.

What becomes of a clip on a model is said in ``animate.clips``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..config import Limits
from ..errors import LimitError, ModelError
from ..linalg import quat
from ..types import FloatArray
from . import bvh, vrm0, vrm1, vrma
from .clip import Clip, Track, between
from .container import Container, open_container
from .draco import Unpack, unpack_here
from .gltf import Document, read_document
from .skeleton import find_bones
from .tpose import corrections, facing, parent_bone
from .tracks import PATHS, Animation, read_animations


def load_motion(path: str | Path, limits: Limits | None = None, *, unpack: Unpack = unpack_here) -> tuple[Clip, ...]:
    """The clips of a .vrma, .glb, .gltf, .vrm or .bvh file, at least one.

    A glTF's clips move its own nodes; where its skeleton is a person's (VRM, or known bone names) they hold the same
    motion for any humanoid too. limits, unpack : as of ``load``.
    Raises ModelError, and nothing else, for any file that is not acceptable.
    """
    path = Path(path)
    data = _opening(path)
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:9].upper() == b"HIERARCHY":
        return (bvh.read(path, _whole(path)),)
    return read_motion(open_container(path, limits or Limits()), unpack)


def read_motion(container: Container, unpack: Unpack = unpack_here) -> tuple[Clip, ...]:
    """As ``load_motion``, of an opened glTF file, which can be read but once. Raises ModelError."""
    document = read_document(container, unpack=unpack)
    root = document.root
    place = root.extension(vrma.EXTENSION)
    if place is not None:
        clips = vrma.read(document, place)
    else:
        new, old = root.extension("VRMC_vrm"), root.extension("VRM")
        if new is not None:
            vrm1.humanoid(document, new.need("humanoid").need("humanBones"))
        elif old is not None:
            vrm0.apply(document, old)
        clips = _with_humanoid(document)
    if not clips:
        notes = document.gaps.files()
        raise ModelError(container.path, "/animations", notes[0] if notes else "there is no animation in this file")
    return clips


def read_clips(document: Document) -> tuple[Clip, ...]:
    """The file's own animations, by the model's nodes; turned as the model is, if it is a VRM 0 that was turned.

    One whose data lie in a missing file is left out and noted in ``document.gaps``. Raises ModelError."""
    turned = document.model.kind == "vrm0"
    return tuple(_own(document, animation, turned) for animation in read_animations(document))


def _own(document: Document, animation: Animation, turned: bool) -> Clip:
    model = document.model

    def tracks(path: str) -> dict[int, Track]:
        found = animation.channels[path]
        turns = turned and path in ("translation", "rotation")
        return {node: _turned(track) for node, track in found.items()} if turns else found

    clip = Clip(animation.name, animation.duration())
    clip.translation, clip.rotation, clip.scale, clip.weights = map(tracks, PATHS)
    clip.nodes, clip.rest = model.node_names, (model.translation, model.rotation)
    return clip


def _turned(track: Track) -> Track:
    """Half a turn about +Y of the axes: x and z change sign, in places as in quaternions."""
    values = track.values.copy()
    values[..., [0, 2]] *= -1
    return Track(track.times, values, track.interpolation)


def _with_humanoid(document: Document) -> tuple[Clip, ...]:
    model, animations = document.model, read_animations(document)
    known = bool(model.humanoid)
    bones = model.humanoid or find_bones(model.node_names, model.parents.tolist())
    clips = [_own(document, animation, model.kind == "vrm0") for animation in animations]
    if not bones or not clips:
        return tuple(clips)
    rest = vrma.Rest(model, bones)
    stance = None if known else _Stance(model.rest_world()[:, :3, 3], bones)
    for clip in clips:
        rest.humanoid_tracks(clip, Animation(clip.name, {"rotation": clip.rotation, "translation": clip.translation}))
        if stance is not None:
            stance.stand(clip)
    return tuple(clips)


class _Stance:
    """A skeleton known by its names only need not rest in a T-pose: its tracks are made relative to one. Where it does
    not stand upright, its clips stay ones for its own nodes."""

    def __init__(self, places: FloatArray, bones: dict[str, int]) -> None:
        points = {bone: places[node].astype(np.float64) for bone, node in bones.items()}
        frame, self._upright = facing(points)
        if not self._upright:
            return
        turned, back = corrections(points, frame), quat.conjugate(frame)
        still = Track(np.zeros(1, np.float32), quat.identity((1,)))
        self._ways: dict[str, FloatArray] = {}
        for bone in bones:
            above = parent_bone(bone, bones)
            before = quat.multiply(quat.conjugate(turned[above]), back) if above else back
            self._ways[bone] = between(before, quat.multiply(frame, turned[bone]))
        self._still = {bone: still.through(way) for bone, way in self._ways.items()}
        self._turn = np.eye(4, dtype=np.float32)
        self._turn[:3, :3] = quat.to_matrix(back)
        up = self._turn[1, :3]
        self._low = min(float(up @ p) for name, p in points.items() if name.endswith(("Foot", "Toes", "LowerLeg")))
        self._height = float(up @ points["hips"]) - self._low

    def stand(self, clip: Clip) -> None:
        """Makes the clip's humanoid tracks relative to the T-pose."""
        if not self._upright:
            clip.bone_rotation, clip.hips_translation = {}, None
            return
        for bone, way in self._ways.items():
            track = clip.bone_rotation.get(bone)
            clip.bone_rotation[bone] = self._still[bone] if track is None else track.through(way)
        clip.hips_height = self._height
        if clip.hips_translation is not None:
            turn = self._turn.copy()
            turn[1, 3] = -self._low
            clip.hips_translation = vrma.placed(clip.hips_translation, turn)


def _opening(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(256)
    except (OSError, ValueError) as error:
        raise ModelError(path, "", _why(error)) from error


def _whole(path: Path) -> bytes:
    try:
        if path.stat().st_size > bvh.MAX_BYTES:
            raise LimitError(path, "", f"at most {bvh.MAX_BYTES >> 20} MiB of BVH are read")
        return path.read_bytes()
    except OSError as error:
        raise ModelError(path, "", _why(error)) from error


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    return f"the file cannot be read ({type(error).__name__})"
