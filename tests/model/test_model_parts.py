"""Parts by the names in the file: of nodes with a mesh, and of materials."""

from __future__ import annotations

import pytest

from avatar import paths
from avatar.model.load import load
from avatar.model.parts import chosen, parts_of


def test_the_house_companions_parts() -> None:
    model = load(paths.companion("hikari"))
    parts = parts_of(model)
    assert {"dress", "blouse", "hair", "pin"} <= set(parts)
    assert frozenset().union(*parts.values()) == frozenset(range(len(model.primitives)))
    assert chosen(model, ["hair", "pin"]) == parts["hair"] | parts["pin"]
    with pytest.raises(KeyError):
        chosen(model, ["cape"])
