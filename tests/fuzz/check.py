"""What every reader owes every file: a result that fits together, or one ModelError with a pointer and one line."""

from __future__ import annotations

import functools
import json
import re
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from apart import Apart
from corpus_vrm import vrm1
from mutate import split

from avatar.animate.clips import bind
from avatar.errors import ModelError, UsageError
from avatar.model.clip import Clip
from avatar.model.inspect import inspect
from avatar.model.load import load
from avatar.model.model import AvatarModel
from avatar.model.motion import load_motion
from avatar.model.static import load_prop
from avatar.model.validate import validate


class Fault(Exception):
    """A reader broke its promise."""


Reader = Callable[[Path], Any]
_APART = Apart()
_GLTF: tuple[tuple[str, Reader], ...] = tuple(
    (name, functools.partial(read, unpack=_APART.unpack))
    for name, read in (("load", load), ("motion", load_motion), ("validate", validate), ("inspect", inspect))
)
READERS: dict[str, tuple[tuple[str, Reader], ...]] = {
    **dict.fromkeys((".vrm", ".glb", ".vrma"), _GLTF),
    ".gltf": (*_GLTF, ("prop", functools.partial(load_prop, unpack=_APART.unpack))),
    ".bvh": (("motion", load_motion), ("inspect", inspect)),
    **dict.fromkeys((".obj", ".stl", ".ply"), (("prop", load_prop), ("inspect", inspect))),
}
"""Suffix -> (name, function of a path) of every reader that takes such files."""
TEXT = (".bvh", ".obj", ".stl", ".ply")
"""Files without JSON: a refusal may name a line or a part instead."""


def fits(model: AvatarModel) -> None:
    """Asserts that every index stays inside, every number is finite and every shape agrees."""
    joints, morphs = model.joint_count, len(model.morph_defaults)
    assert (model.parents < np.arange(joints)).all(), "parents come first"
    assert len(model.node_names) == len(model.translation) == len(model.rotation) == len(model.scale) == joints
    assert np.isfinite(model.rest_world()).all(), "the rest pose is finite"
    assert np.isfinite(model.morph_defaults).all()
    for p in model.primitives:
        assert p.positions.dtype == p.normals.dtype == np.float32
        assert 0 <= p.indices.min() <= p.indices.max() < len(p.positions) == len(p.normals), "indices"
        assert 0 <= p.node < joints
        assert 0 <= p.material < len(model.materials)
        for array in (p.positions, p.normals, *p.uvs, p.colors, p.weights, p.tangents, p.morph_positions):
            assert array is None or np.isfinite(array).all(), "vertices are finite"
        assert all(len(uv) in (0, len(p.positions)) for uv in p.uvs)
        assert (p.joints is None) == (p.weights is None)
        if p.joints is not None and p.weights is not None:
            assert 0 <= p.joints.min() <= p.joints.max() < len(model.skins[p.skin].joints), "joints"
            assert len(p.joints) == len(p.weights) == len(p.positions)
            assert np.allclose(p.weights.sum(1), 1, atol=1e-4), "weights sum to one"
        for stack in (p.morph_positions, p.morph_normals, p.morph_tangents):
            if stack is not None:
                assert stack.shape[1:] == p.positions.shape
                assert p.morph_offset + len(stack) <= morphs, "morphs"
    for skin in model.skins:
        assert ((skin.joints >= 0) & (skin.joints < joints)).all()
        assert skin.inverse_bind.shape == (len(skin.joints), 4, 4)
    for texture in model.textures:
        assert texture.image.dtype == np.uint8
        assert texture.image.ndim == 3
        assert texture.image.shape[2] == 4
    for expression in model.expressions.values():
        assert ((expression.morphs >= 0) & (expression.morphs < morphs)).all()
        assert len(expression.weights) == len(expression.morphs)
        assert all(0 <= bind.material < len(model.materials) for bind in expression.materials)
    for spring in model.springs:
        assert all(0 <= j.node < joints and 0 <= j.tail < joints for j in spring.joints)
        assert all(0 <= c < len(model.colliders) for c in spring.colliders)
        assert -1 <= spring.center < joints
    assert all(0 <= c.node < joints for c in model.colliders)
    assert all(0 <= c.node < joints and 0 <= c.source < joints for c in model.constraints)
    assert all(0 <= node < joints for node in model.humanoid.values())
    for clip in model.clips:
        moves(clip)


def moves(clip: Clip) -> None:
    """Asserts that every track of a clip has ascending times and finite values of the right shape."""
    assert np.isfinite(clip.duration)
    assert clip.duration >= 0
    assert np.isfinite(clip.hips_height)
    kinds = (clip.translation, clip.rotation, clip.scale, clip.weights, clip.bone_rotation, clip.expressions)
    tracks = [track for kind in kinds for track in kind.values()]
    for track in (*tracks, clip.hips_translation, clip.look_at):
        if track is None:
            continue
        assert track.interpolation in ("step", "linear", "cubic")
        assert len(track.times) == len(track.values) > 0
        assert track.values.ndim == (3 if track.interpolation == "cubic" else 2)
        assert np.isfinite(track.times).all()
        assert np.isfinite(track.values).all()
        assert (np.diff(track.times) >= 0).all()


@functools.cache
def dancer() -> AvatarModel:
    """The VRM 1.0 seed, loaded: a humanoid for motions to move."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dancer.vrm"
        path.write_bytes(vrm1().glb())
        return load(path)


def plays(model: AvatarModel, clip: Clip) -> None:
    """Asserts that a clip on a model gives finite poses with unit rotations, wherever it is sampled."""
    try:
        bound = bind(model, clip)
    except UsageError:
        return
    for t in (-1.0, 0.0, clip.duration / 3, clip.duration, clip.duration + 1):
        pose = bound.pose(t)
        for array in (pose.rotation, pose.translation, pose.scale, pose.morphs):
            assert np.isfinite(array).all(), "a pose is finite"
        assert len(pose.rotation) == model.joint_count
        assert np.allclose((pose.rotation.astype(np.float64) ** 2).sum(-1), 1, atol=1e-3), "rotations are unit"
        assert all(0 <= weight <= 1 for weight in pose.expressions.values())


def _right(name: str, found: Any) -> None:
    if isinstance(found, AvatarModel):
        fits(found)
        for clip in found.clips[:4]:
            plays(found, clip)
    elif name == "motion":
        assert isinstance(found, tuple)
        for clip in found:
            moves(clip)
        for clip in found[:4]:
            plays(dancer(), clip)
    else:
        json.dumps(found, allow_nan=False)


def resolves(root: Any, pointer: str) -> bool:
    """Whether the pointer names a member of ``root``, or one that is missing from an object that is there."""
    at, keys = root, [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]
    for i, key in enumerate(keys):
        if isinstance(at, dict) and key in at:
            at = at[key]
        elif isinstance(at, list) and key.isdigit() and int(key) < len(at):
            at = at[int(key)]
        else:
            return i == len(keys) - 1 and isinstance(at, dict)
    return True


def reported(report: Any, data: bytes) -> str:
    """Asserts that a report holds together; ``""`` for valid, else the code of its first error."""
    assert report.verdict in ("valid", "invalid")
    errors = [message.code for message in report.messages if message.severity == "error"]
    assert (report.verdict == "invalid") == bool(report.counts["error"])
    root = split(data)
    for message in report.messages:
        assert message.message, "a message without words"
        assert message.message.isprintable(), f"{message.code}: more than one printable line"
        pointer = message.pointer
        exact = root and len(pointer) < 200 and "\N{REPLACEMENT CHARACTER}" not in pointer
        assert not exact or resolves(root[0], pointer), f"{message.code}: '{pointer}' leads nowhere in the file"
    return (errors or ["an error that is not listed"])[0] if report.verdict == "invalid" else ""


def well_said(error: ModelError, path: Path, data: bytes) -> None:
    """Asserts that a refusal names the file, gives one printable line, and points into the file's own JSON."""
    said, pointer = str(error), error.pointer
    assert error.rule.isprintable(), f"not one printable line: {error.rule!r}"
    assert str(path) in said, "the file is not named"
    assert said.isprintable(), "more than one printable line"
    assert len(said) < 1200, f"a line of {len(said)} characters"
    assert error.rule, "no rule"
    place = r"line \d+|part '.*'" if path.suffix in TEXT else "/.*"
    assert pointer == "" or re.fullmatch(place, pointer), f"'{pointer}' is no JSON pointer"
    found = split(data) if pointer and len(pointer) < 300 and "\N{REPLACEMENT CHARACTER}" not in pointer else None
    assert found is None or resolves(found[0], pointer), f"'{pointer}' leads nowhere in the file"


def outline(rule: str) -> str:
    """A rule without its numbers and quotations, so that like is counted with like."""
    rule = re.sub(r"(glTF|extension) .+? is not", r"\1 … is not", rule)
    return re.sub(r"-?\d[\d.e+]*", "#", re.sub(r"'[^']*'", "'…'", rule))[:90]


def check(path: Path, data: bytes, name: str, read: Reader, deep: bool = True) -> str:
    """``""`` when ``read`` accepts the file and what it gives fits, else the outline of its refusal. Raises Fault.

    deep : look into what was read, too, which takes its time with a large one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            found = read(path)
    except ModelError as error:
        try:
            well_said(error, path, data)
        except AssertionError as broken:
            raise Fault(f"{name}: {broken} — {error}") from error
        return outline(error.rule)
    except Exception as error:
        raise Fault(f"{name}: {type(error).__name__}: {error}") from error
    if not deep:
        return ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            if name == "validate":
                return reported(found, data)
            _right(name, found)
    except Exception as broken:
        raise Fault(f"{name}: accepted, but {type(broken).__name__} {broken}") from broken
    return ""
