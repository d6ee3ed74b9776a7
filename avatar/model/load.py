"""``load``: any VRM 1.0, VRM 0.x, .glb or .gltf file to an AvatarModel."""

from __future__ import annotations

from pathlib import Path

from ..config import Limits
from . import secondary, vrm0, vrm1
from .container import Container, open_container
from .draco import Unpack, unpack_here
from .gltf import Document, read_document
from .images import Each
from .model import AvatarModel
from .motion import read_clips
from .mouth import adopt


def load(
    path: str | Path,
    *,
    scene: int | None = None,
    limits: Limits | None = None,
    each: Each = map,
    unpack: Unpack = unpack_here,
) -> AvatarModel:
    """Reads and checks a companion's file.

    Nodes come parents first, level by level; a VRM 0 file is turned to face +Z; a plain glTF gets no humanoid. Morph
    targets that are a mouth by their names become expressions where the file has none for them (``mouth``).
    A file that the model names and that is not there, and a picture that cannot be shown, is stood in for and said in
    ``notes``.
    scene : which of the file's scenes, None = its default; each : decodes the pictures, one after another like ``map``
    or several at once like a thread pool's ``map``; unpack : unpacks Draco streams, here or in a process of its own.
    ``runtime.loading.load`` gives both.
    Raises ModelError, and nothing else, for any file that is not acceptable.
    """
    return read(path, scene=scene, limits=limits, each=each, unpack=unpack).model


def read(
    path: str | Path,
    *,
    scene: int | None = None,
    limits: Limits | None = None,
    each: Each = map,
    unpack: Unpack = unpack_here,
) -> Document:
    """As ``load``, with what was found out on the way. Raises ModelError."""
    return read_opened(open_container(Path(path), limits or Limits()), scene=scene, each=each, unpack=unpack)


def read_opened(
    container: Container, *, scene: int | None = None, each: Each = map, unpack: Unpack = unpack_here
) -> Document:
    """As ``read``, of an opened file, which can be read but once. Raises ModelError."""
    document = read_document(container, scene=scene, unpack=unpack)
    root, model = document.root, document.model
    new, old = root.extension("VRMC_vrm"), root.extension("VRM")
    springs = root.extension("VRMC_springBone")
    if new is not None:
        vrm1.apply(document, new)
    elif old is not None:
        vrm0.apply(document, old)
    if springs is not None:
        secondary.apply_springs(document, springs)
    secondary.apply_constraints(document)
    adopt(model)
    shown = {primitive.material for primitive in model.primitives}
    document.textures.finish([model.materials[i] for i in sorted(shown)], each)
    model.textures = tuple(document.textures.made)
    model.clips = read_clips(document)
    model.notes = document.gaps.notes()
    return document
