"""Fewer draws: parts whose plain materials differ only in colour become one material with a small palette picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from kit import Part
from materials import MaterialSpec
from numpy.typing import NDArray

CELL = 8  # pixels; every vertex points at the middle of its cell, so nothing bleeds
WHITE = (255, 255, 255)


def share_palette(
    parts: Sequence[Part], materials: Mapping[str, MaterialSpec], textures: Mapping[str, NDArray[np.uint8]]
) -> tuple[list[Part], dict[str, MaterialSpec], dict[str, NDArray[np.uint8]]]:
    """The same companion with textureless materials that are alike but for their colours joined into one each."""
    used = dict.fromkeys(p.material for p in parts)
    alike: dict[MaterialSpec, list[str]] = {}
    for key in used:
        spec = materials[key]
        if spec.texture is None and spec.shade_texture is None:
            alike.setdefault(replace(spec, name="", base=WHITE, shade=WHITE), []).append(key)
    specs, images = dict(materials), dict(textures)
    moved: dict[str, tuple[str, float]] = {}
    for common, keys in alike.items():
        if len(keys) < 2:
            continue
        name = "_".join(keys)
        cells = np.array([[materials[k].base for k in keys], [materials[k].shade for k in keys]], np.uint8)
        for image, row in ((name, cells[0]), (name + "_shade", cells[1])):
            images[image] = np.tile(np.repeat(row, CELL, axis=0), (CELL, 1, 1))
        specs[name] = replace(common, name=name, texture=name, shade_texture=name + "_shade")
        moved |= {k: (name, (i + 0.5) / len(keys)) for i, k in enumerate(keys)}
    out = []
    for p in parts:
        if p.material in moved:
            name, u = moved[p.material]
            out.append(replace(p, material=name, uvs=np.tile([u, 0.5], (len(p.positions), 1))))
        else:
            out.append(p)
    return out, specs, images
