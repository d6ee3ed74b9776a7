"""The parts of a companion by the names that its file has for them: nodes and materials."""

from __future__ import annotations

from collections.abc import Iterable

from .model import AvatarModel


def parts_of(model: AvatarModel) -> dict[str, frozenset[int]]:
    """Name of a node that carries a mesh, or of a material -> indices of the primitives that are of it; a name that
    both have means what either has."""
    found: dict[str, set[int]] = {}
    for k, primitive in enumerate(model.primitives):
        material = model.materials[primitive.material].name if primitive.material < len(model.materials) else ""
        for name in (model.node_names[primitive.node], material):
            if name:
                found.setdefault(name, set()).add(k)
    return {name: frozenset(indices) for name, indices in found.items()}


def chosen(model: AvatarModel, names: Iterable[str]) -> frozenset[int]:
    """The primitives of all these parts. KeyError for a name that there is not."""
    parts = parts_of(model)
    return frozenset(k for name in names for k in parts[name])
