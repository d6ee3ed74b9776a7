"""``load``: any VRM 1.0, VRM 0.x, .glb or .gltf file to an AvatarModel."""

from __future__ import annotations

from pathlib import Path

from . import secondary, vrm0, vrm1
from .gltf import read_document
from .model import AvatarModel


def load(path: str | Path) -> AvatarModel:
    """Reads and checks a companion's file.

    Nodes come parents first, level by level; a VRM 0 file is turned to face +Z; a plain glTF gets no humanoid.
    Raises ModelError, and nothing else, for any file that is not acceptable.
    """
    document = read_document(Path(path))
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
    model.textures = tuple(document.textures.made)
    return model
