"""``load`` with the pictures decoded on several processors and native mesh decoders kept apart."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from ..config import Limits
from ..io.detect.quiet import PICTURES, quiet
from ..model import inspect as inspector
from ..model import load as reader
from ..model import motion, static
from ..model import validate as validator
from ..model.clip import Clip
from ..model.codes import Report
from ..model.model import AvatarModel
from .unpacker import Unpacker

MOST_THREADS = 4

A = TypeVar("A")
B = TypeVar("B")


def load(path: str | Path, *, scene: int | None = None, limits: Limits | None = None) -> AvatarModel:
    """A companion's file, VRM 1.0, VRM 0.x, .glb or .gltf, as an AvatarModel.

    Nodes come parents first; a VRM 0 file is turned to face +Z; a plain glTF gets no humanoid. A file that the model
    names and that is not there is stood in for, and said in ``notes``.
    scene : which of the file's scenes, None = its default; limits : what the file may ask for.
    Pictures are decoded on at most four threads, Draco streams unpacked in a process that is ended when it takes too
    long. Raises ModelError, and nothing else, for any file that is not acceptable.
    """
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    with Unpacker() as apart, ThreadPoolExecutor(threads, "presence-picture") as pool:

        def each(decode: Callable[[A], B], pictures: Iterable[A]) -> list[B]:
            with quiet(PICTURES):
                return list(pool.map(decode, pictures))

        return reader.load(path, scene=scene, limits=limits, each=each, unpack=apart.unpack)


def load_motion(path: str | Path, limits: Limits | None = None) -> tuple[Clip, ...]:
    """The clips, at least one, of a .vrma, .bvh, .glb, .gltf or .vrm file. Raises ModelError."""
    with Unpacker() as apart:
        return motion.load_motion(path, limits, unpack=apart.unpack)


def load_prop(path: str | Path, limits: Limits | None = None) -> AvatarModel:
    """A .obj, .stl, .ply, .glb or .gltf file as a model of the kind ``prop``, in its own units, taken for
    metres, +Y up. Raises ModelError."""
    with Unpacker() as apart, quiet(PICTURES):
        return static.load_prop(path, limits, unpack=apart.unpack)


def inspect(path: str | Path, limits: Limits | None = None) -> dict[str, Any]:
    """What a companion's, motion's or prop's file holds, JSON-ready (docs/VALIDATE.md). Raises ModelError."""
    with Unpacker() as apart:
        return inspector.inspect(path, limits, unpack=apart.unpack)


def validate(path: str | Path, limits: Limits | None = None) -> Report:
    """Everything that is wrong with a glTF, VRM or VRMA file (docs/VALIDATE.md). Never raises for content."""
    with Unpacker() as apart:
        return validator.validate(path, limits, unpack=apart.unpack)
